//! A file to import, and how it is read more than once.

use super::{Encoding, ImportError, Mapping};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A file to import.
pub struct Input {
    /// What findings call it.
    pub name: Arc<str>,
    /// Its bytes.
    pub reader: Box<dyn Read + Send>,
    /// Its length, where it is known beforehand.
    pub size: Option<u64>,
    /// Its encoding, if it is not to be detected.
    pub encoding: Option<Encoding>,
    /// How its columns are laid out, if not as we know them.
    pub mapping: Option<Box<Mapping>>,
    /// Whether somebody has looked at the register numbers, and none is a My Number though some look like one: one of ten
    /// numbers of twelve digits does.
    pub own_numbers: bool,
    /// How many bytes of it were read; for a progress bar.
    pub progress: Arc<AtomicU64>,
    /// The same bytes, for looking up rows afterwards.
    source: Source,
}

/// Where a file's bytes can be read again.
#[derive(Clone)]
enum Source {
    /// From the open file, whatever has its name meanwhile.
    File(Arc<File>),
    Bytes(Arc<[u8]>),
}

impl Source {
    fn reader(&self) -> Box<dyn Read + Send> {
        match self {
            Self::File(file) => Box::new(FileReader { file: Arc::clone(file), at: 0 }),
            Self::Bytes(bytes) => Box::new(std::io::Cursor::new(bytes.clone())),
        }
    }
}

/// Reads an open file with a place of its own in it, so that several can read.
struct FileReader {
    file: Arc<File>,
    at: u64,
}

impl Read for FileReader {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, to, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, to, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Input {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let name: Arc<str> = Arc::from(path.to_string_lossy());
        let failed = |error| ImportError::Read { file: name.clone(), error };
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(std::io::ErrorKind::IsADirectory.into()));
        }
        let mut size = metadata.len();
        if !metadata.is_file() {
            // What comes through a pipe is laid into a file without a name: findings at the end look up rows again.
            let mut kept = tempfile::tempfile().map_err(|error| ImportError::Temporary { error })?;
            size = std::io::copy(&mut file, &mut kept).map_err(failed)?;
            file = kept;
        }
        Ok(Self::from_source(name, size, Source::File(Arc::new(file))))
    }

    /// Bytes that are in memory already.
    #[must_use]
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self::from_source(Arc::from(name), size, Source::Bytes(Arc::from(bytes)))
    }

    fn from_source(name: Arc<str>, size: u64, source: Source) -> Self {
        Self {
            name,
            reader: source.reader(),
            size: Some(size),
            encoding: None,
            mapping: None,
            own_numbers: false,
            progress: Arc::default(),
            source,
        }
    }

    /// Its bytes from the beginning.
    pub(crate) fn bytes(&self) -> Box<dyn Read + Send> {
        self.source.reader()
    }

    /// The same file from its beginning.
    pub(crate) fn again(&self) -> Self {
        Self {
            encoding: self.encoding,
            mapping: self.mapping.clone(),
            own_numbers: self.own_numbers,
            ..Self::from_source(self.name.clone(), self.size.unwrap_or(0), self.source.clone())
        }
    }
}
