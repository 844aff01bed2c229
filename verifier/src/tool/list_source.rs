//! Where an update of the lists comes from: a web server, a folder, or a bundle file.

use super::http::{Http, HttpError};
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tegata_trust_lists::{Bundle, FileName, MAX_BUNDLE, Source, TrustError};

/// A source as it is named and remembered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ListSource {
    /// The address of a web server's folder that holds `v1`.
    Address(String),
    /// A folder that holds `v1`.
    Folder(PathBuf),
    /// A bundle file.
    Bundle(PathBuf),
}

/// Why a source gives nothing. Each message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither an address nor a file or folder that is there.
    #[error("there is no folder or file {0:?}\n  remedy: check the name; an address begins with http:// or https://")]
    NoSuch(String),
    /// A folder without lists.
    #[error("the folder {} holds no v1/head.cose\n  remedy: name the folder that holds v1, as it is published", .0.display())]
    NoRepository(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {}: {error}\n  remedy: check the name and who may read it", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// Not a bundle.
    #[error("{} is refused ({code}): {error}\n  remedy: get the bundle again, and tell its publisher if it stays so", path.display(), code = error.code())]
    NotABundle {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        error: TrustError,
    },
    /// The server.
    #[error(transparent)]
    Http(#[from] HttpError),
}

impl ListSource {
    /// What a person named: an address, else a folder or file that is there, by its absolute path.
    ///
    /// # Errors
    /// [`SourceError`].
    pub fn named(text: &str) -> Result<Self, SourceError> {
        if text.contains("://") {
            Http::new(text)?;
            return Ok(Self::Address(text.trim_end_matches('/').to_owned()));
        }
        let no_such = || SourceError::NoSuch(text.to_owned());
        let path = std::path::absolute(text).map_err(|_| no_such())?;
        match path.metadata() {
            Ok(metadata) if metadata.is_dir() => Ok(Self::Folder(path)),
            Ok(_) => Ok(Self::Bundle(path)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(no_such()),
            Err(error) => Err(SourceError::File { path, error }),
        }
    }

    /// What its text form says.
    pub(super) fn remembered(text: &str) -> Option<Self> {
        let (kind, place) = text.split_once(' ')?;
        match kind {
            "address" => Http::new(place).ok().map(|_| Self::Address(place.to_owned())),
            "folder" => Some(Self::Folder(PathBuf::from(place))),
            "bundle" => Some(Self::Bundle(PathBuf::from(place))),
            _ => None,
        }
    }

    /// The address or path.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Address(address) => address.clone(),
            Self::Folder(path) | Self::Bundle(path) => path.display().to_string(),
        }
    }
}

/// The form that is remembered: a word for its kind, and where it is.
impl fmt::Display for ListSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::Address(_) => "address",
            Self::Folder(_) => "folder",
            Self::Bundle(_) => "bundle",
        };
        write!(f, "{kind} {}", self.place())
    }
}

impl Source for Http {
    type Error = SourceError;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, SourceError> {
        Ok(self.fetch(&file.path(), cap)?)
    }
}

/// A repository in a folder: a USB stick, a mounted share.
#[derive(Debug)]
pub struct FolderSource(PathBuf);

impl FolderSource {
    /// The folder that holds `v1`.
    ///
    /// # Errors
    /// [`SourceError::NoRepository`].
    pub fn new(path: &Path) -> Result<Self, SourceError> {
        if path.join(FileName::Head.path()).is_file() {
            Ok(Self(path.to_owned()))
        } else {
            Err(SourceError::NoRepository(path.to_owned()))
        }
    }
}

impl Source for FolderSource {
    type Error = SourceError;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let path = self.0.join(file.path());
        let mut bytes = Vec::new();
        match File::open(&path).and_then(|file| file.take(cap.saturating_add(1)).read_to_end(&mut bytes)) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(SourceError::File { path, error }),
        }
    }
}

/// A repository in a bundle file.
#[derive(Debug)]
pub struct BundleSource(Bundle);

impl BundleSource {
    /// Reads a bundle file.
    ///
    /// # Errors
    /// [`SourceError::File`] or [`SourceError::NotABundle`].
    pub fn new(path: &Path) -> Result<Self, SourceError> {
        let mut bytes = Vec::new();
        let cap = MAX_BUNDLE as u64 + 1;
        let fail = |error| SourceError::File { path: path.to_owned(), error };
        File::open(path).and_then(|file| file.take(cap).read_to_end(&mut bytes)).map_err(fail)?;
        let bundle = Bundle::parse(&bytes);
        bundle.map(Self).map_err(|error| SourceError::NotABundle { path: path.to_owned(), error })
    }
}

impl Source for BundleSource {
    type Error = SourceError;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, SourceError> {
        let Ok(bytes) = (&self.0).read(file, cap);
        Ok(bytes)
    }
}
