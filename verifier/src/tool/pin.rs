//! The pinned first root, kept between runs: one line in one file.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tegata_trust_lists::RootPin;

/// Where the pin is kept.
#[derive(Clone, Debug)]
pub struct PinFile(PathBuf);

/// Why the pin file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PinFileError {
    /// No folder for settings is known.
    #[error("no folder to keep the pin in\n  remedy: set TEGATA_CONFIG_DIR, or give the pin each time: --root SHA256")]
    NoFolder,
    /// It cannot be read or written.
    #[error("cannot use the pin file {}: {error}\n  remedy: check the folder's permissions, or give the pin each time: --root SHA256", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// It holds no pin.
    #[error("the pin file {} is damaged\n  remedy: pin the root again: tegata-verifier trust pin SHA256 --replace", .0.display())]
    Damaged(PathBuf),
    /// Another root is pinned.
    #[error(
        "another root is pinned already: {0}\n  remedy: if your authority has announced a new first root, say --replace"
    )]
    OtherPinned(RootPin),
}

impl PinFile {
    /// The file in the folder for settings: `TEGATA_CONFIG_DIR`, else `XDG_CONFIG_HOME/tegata`, else
    /// `HOME/.config/tegata`, as `lookup` gives these variables.
    ///
    /// # Errors
    /// [`PinFileError::NoFolder`] if none is set.
    pub fn locate(lookup: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<Self, PinFileError> {
        let folder = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = folder("TEGATA_CONFIG_DIR")
            .or_else(|| folder("XDG_CONFIG_HOME").map(|base| base.join("tegata")))
            .or_else(|| folder("HOME").map(|home| home.join(".config/tegata")))
            .ok_or(PinFileError::NoFolder)?;
        Ok(Self(folder.join("root.pin")))
    }

    /// Its path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn fail(&self) -> impl FnOnce(io::Error) -> PinFileError {
        let path = self.0.clone();
        |error| PinFileError::File { path, error }
    }

    /// The pin, if one is kept.
    ///
    /// # Errors
    /// [`PinFileError`] if the file is there but cannot be read, or holds no pin.
    pub fn load(&self) -> Result<Option<RootPin>, PinFileError> {
        match fs::read_to_string(&self.0) {
            Ok(text) => text.trim().parse().map(Some).map_err(|_| PinFileError::Damaged(self.0.clone())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.fail()(error)),
        }
    }

    /// Whether [`store`](Self::store) would keep a pin that is not kept yet.
    ///
    /// # Errors
    /// As `store`.
    pub fn would_store(&self, pin: RootPin, replace: bool) -> Result<bool, PinFileError> {
        match self.load() {
            Ok(Some(kept)) if kept == pin => Ok(false),
            Ok(Some(kept)) if !replace => Err(PinFileError::OtherPinned(kept)),
            Err(PinFileError::Damaged(_)) if replace => Ok(true),
            other => other.map(|_| true),
        }
    }

    /// Keeps a pin. The file is replaced whole or not at all.
    ///
    /// # Errors
    /// [`PinFileError::OtherPinned`] if another pin is kept and `replace` does not say so, or what the
    /// file system gives.
    pub fn store(&self, pin: RootPin, replace: bool) -> Result<(), PinFileError> {
        self.would_store(pin, replace)?;
        let folder = self.0.parent().ok_or(PinFileError::NoFolder)?;
        let write = || {
            fs::create_dir_all(folder)?;
            let mut file = tempfile::NamedTempFile::new_in(folder)?;
            writeln!(file, "{pin}")?;
            file.as_file().sync_all()?;
            file.persist(&self.0).map_err(|error| error.error)?;
            fs::File::open(folder)?.sync_all()
        };
        write().map_err(self.fail())
    }

    /// Forgets the pin. Whether there was one.
    ///
    /// # Errors
    /// What the file system gives.
    pub fn forget(&self) -> Result<bool, PinFileError> {
        match fs::remove_file(&self.0) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.fail()(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_pin_takes_the_place_of_one_only_when_told() {
        let folder = tempfile::tempdir().unwrap();
        let file =
            PinFile::locate(|name| (name == "TEGATA_CONFIG_DIR").then(|| folder.path().join("new").into())).unwrap();
        let (a, b) = (RootPin([1; 32]), RootPin([2; 32]));
        assert_eq!(file.load().unwrap(), None);
        file.store(a, false).unwrap();
        file.store(a, false).unwrap();
        assert!(matches!(file.store(b, false), Err(PinFileError::OtherPinned(kept)) if kept == a));
        assert_eq!(file.load().unwrap(), Some(a));
        file.store(b, true).unwrap();
        assert_eq!(file.load().unwrap(), Some(b));
        fs::write(file.path(), "not a pin").unwrap();
        assert!(matches!(file.load(), Err(PinFileError::Damaged(_))));
        assert!(file.forget().unwrap());
        assert!(!file.forget().unwrap());
    }
}
