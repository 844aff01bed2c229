//! The lists that a device holds, kept between runs: one file, replaced whole, checked again at every start.
//!
//! ```text
//! DIR/lists.cbor   the lists as they were signed
//! DIR/source       where the last update came from
//! DIR/fetched/     what an interrupted update had fetched already
//! DIR/lock         held while an update runs
//! ```

use super::disk::{Disk, LocalDisk, replace};
use super::fetched::{Fetched, clear};
use super::list_source::ListSource;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use tegata_trust_lists::{Held, MAX_BUNDLE, RootPin, TrustError};

/// What is kept around the files of a bundle takes less.
const MAX_LISTS: u64 = MAX_BUNDLE as u64 + 1024;

/// The longest remembered address or path, in bytes.
const MAX_SOURCE: u64 = 4096;

/// Where lists are kept.
#[derive(Debug)]
pub struct StateFolder<D = LocalDisk> {
    path: PathBuf,
    disk: D,
}

/// Why kept lists cannot be used or replaced. Each message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// No folder for state is known.
    #[error(
        "no folder to keep trust lists in\n  remedy: set TEGATA_STATE_DIR, or name a bundle each time: --trust BUNDLE"
    )]
    NoFolder,
    /// The file system refused.
    #[error("cannot use {}: {error}\n  remedy: check that the disk has room and who may read and write there", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The kept lists do not hold any more: the file was changed.
    #[error(
        "the kept trust lists in {} are damaged ({code}): {error}\n  remedy: delete that file and get the lists anew: tegata-verifier update --from URL",
        path.display(),
        code = error.code()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first thing that does not hold.
        #[source]
        error: TrustError,
    },
    /// The kept lists are of another root than the pinned one.
    #[error(
        "the kept trust lists in {} are not of the pinned root\n  remedy: if the pin is right, delete that file and get the lists anew: tegata-verifier update --from URL; if not, pin the right root",
        .0.display()
    )]
    OtherRoot(PathBuf),
    /// What is kept as the last source is none.
    #[error("{} is damaged\n  remedy: name the source once more: tegata-verifier update --from URL", .0.display())]
    SourceDamaged(PathBuf),
    /// Another update runs.
    #[error("another update works on {}\n  remedy: wait until it ends", .0.display())]
    Locked(PathBuf),
}

impl StateFolder {
    /// The folder for state: `TEGATA_STATE_DIR`, else `XDG_STATE_HOME/tegata`, else
    /// `HOME/.local/state/tegata`, as `lookup` gives these variables.
    ///
    /// # Errors
    /// [`StateError::NoFolder`] if none is set.
    pub fn locate(lookup: impl Fn(&str) -> Option<std::ffi::OsString>) -> Result<Self, StateError> {
        let folder = |name: &str| lookup(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        folder("TEGATA_STATE_DIR")
            .or_else(|| folder("XDG_STATE_HOME").map(|base| base.join("tegata")))
            .or_else(|| folder("HOME").map(|home| home.join(".local/state/tegata")))
            .map(|path| Self::new(path, LocalDisk))
            .ok_or(StateError::NoFolder)
    }
}

impl<D: Disk> StateFolder<D> {
    /// The folder at `path`.
    #[must_use]
    pub fn new(path: PathBuf, disk: D) -> Self {
        Self { path, disk }
    }

    /// The file that the lists are kept in.
    #[must_use]
    pub fn lists_path(&self) -> PathBuf {
        self.path.join("lists.cbor")
    }

    fn source_path(&self) -> PathBuf {
        self.path.join("source")
    }

    fn fetched_path(&self) -> PathBuf {
        self.path.join("fetched")
    }

    fn read(&self, path: &Path, cap: u64) -> Result<Option<Vec<u8>>, StateError> {
        match self.disk.read(path, cap) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::File { path: path.to_owned(), error }),
        }
    }

    /// Whether lists are kept, whatever they are worth.
    ///
    /// # Errors
    /// [`StateError::File`].
    pub fn holds_lists(&self) -> Result<bool, StateError> {
        Ok(self.read(&self.lists_path(), 0)?.is_some())
    }

    /// The kept lists, checked against the pinned root as if they had come just now; `None` if none are kept.
    ///
    /// # Errors
    /// [`StateError`]. Damaged lists are never passed over: whoever could damage them may want older ones back.
    pub fn load(&self, pin: &RootPin) -> Result<Option<Held>, StateError> {
        let path = self.lists_path();
        let Some(bytes) = self.read(&path, MAX_LISTS)? else { return Ok(None) };
        match Held::open(&bytes, pin) {
            Ok(held) => Ok(Some(held)),
            Err(TrustError::NotPinned) => Err(StateError::OtherRoot(path)),
            Err(error) => Err(StateError::Damaged { path, error }),
        }
    }

    /// Where the last update came from.
    ///
    /// # Errors
    /// [`StateError::File`] or [`StateError::SourceDamaged`].
    pub fn source(&self) -> Result<Option<ListSource>, StateError> {
        let path = self.source_path();
        let Some(bytes) = self.read(&path, MAX_SOURCE)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.strip_suffix('\n'));
        match text.and_then(ListSource::remembered) {
            Some(source) => Ok(Some(source)),
            None => Err(StateError::SourceDamaged(path)),
        }
    }

    /// Takes the folder for an update, made if need be.
    ///
    /// # Errors
    /// [`StateError::Locked`] or [`StateError::File`].
    pub fn lock(&self) -> Result<LockedState<'_, D>, StateError> {
        let fail = |path: &Path| {
            let path = path.to_owned();
            |error| StateError::File { path, error }
        };
        self.disk.make_folder(&self.path).map_err(fail(&self.path))?;
        let name = self.path.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&name).map_err(fail(&name))?;
        match lock.try_lock() {
            Ok(()) => Ok(LockedState { folder: self, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StateError::Locked(self.path.clone())),
            Err(TryLockError::Error(error)) => Err(fail(&name)(error)),
        }
    }
}

/// The folder, held by one update. Only who holds it can replace what is kept.
#[derive(Debug)]
pub struct LockedState<'a, D = LocalDisk> {
    folder: &'a StateFolder<D>,
    /// The lock lasts as long as the file is open.
    _lock: File,
}

impl<D: Disk> LockedState<'_, D> {
    fn replace(&self, path: PathBuf, bytes: &[u8]) -> Result<(), StateError> {
        replace(&self.folder.disk, &path, bytes).map_err(|error| StateError::File { path, error })
    }

    /// The kept lists, as [`StateFolder::load`] gives them.
    ///
    /// # Errors
    /// [`StateError`].
    pub fn load(&self, pin: &RootPin) -> Result<Option<Held>, StateError> {
        self.folder.load(pin)
    }

    /// Replaces the kept lists.
    ///
    /// # Errors
    /// [`StateError::File`]: then the old lists are kept, or the new ones.
    pub fn store(&self, held: &Held) -> Result<(), StateError> {
        self.replace(self.folder.lists_path(), &held.encode())
    }

    /// Remembers where an update came from, if it is not remembered yet.
    ///
    /// # Errors
    /// [`StateError::File`].
    pub fn remember(&self, source: &ListSource) -> Result<(), StateError> {
        if self.folder.source().is_ok_and(|known| known.as_ref() == Some(source)) {
            return Ok(());
        }
        self.replace(self.folder.source_path(), format!("{source}\n").as_bytes())
    }

    /// A source that keeps what comes from another one, so that an interrupted update can go on.
    pub fn keeping<S>(&self, source: S) -> Fetched<'_, S, D> {
        Fetched::new(source, &self.folder.disk, &self.folder.fetched_path())
    }

    /// Removes what was fetched and is in use now.
    ///
    /// # Errors
    /// [`StateError::File`].
    pub fn clear_fetched(&self) -> Result<(), StateError> {
        let path = self.folder.fetched_path();
        clear(&self.folder.disk, &path).map_err(|error| StateError::File { path, error })
    }

    /// Drops the lists and where they came from. Whether there were any.
    ///
    /// # Errors
    /// [`StateError::File`].
    pub fn drop_lists(&self) -> Result<bool, StateError> {
        let had = self.folder.holds_lists()?;
        for path in [self.folder.lists_path(), self.folder.source_path()] {
            self.folder.disk.remove(&path).map_err(|error| StateError::File { path, error })?;
        }
        self.clear_fetched()?;
        Ok(had)
    }
}
