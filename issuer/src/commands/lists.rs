//! The published lists, as a command is given them: a bundle file and the pin of its first root.

use crate::error::Status;
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Bundle, MAX_BUNDLE, RootPin, TrustError, TrustState};

/// Why there are no lists to go by.
#[derive(Debug, thiserror::Error)]
pub enum ListFailure {
    /// The bundle cannot be read.
    #[error("cannot read the trust list {}: {error}; check the name, or get the bundle again", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: std::io::Error,
    },
    /// The lists do not hold.
    #[error("the trust list is refused ({code}): {0}; get the newest bundle and pin of its operator", code = .0.code())]
    Refused(#[source] TrustError),
}

impl ListFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::File { .. } => Status::Failed,
            Self::Refused(_) => Status::TrustRefused,
        }
    }
}

/// Reads and checks a bundle.
///
/// # Errors
/// [`ListFailure`].
pub fn load(path: &Path, root: &RootPin, now: UnixTime) -> Result<TrustState, ListFailure> {
    let fail = |error| ListFailure::File { path: path.to_owned(), error };
    let length = std::fs::metadata(path).map_err(fail)?.len();
    if length > MAX_BUNDLE as u64 {
        return Err(fail(std::io::ErrorKind::FileTooLarge.into()));
    }
    let bytes = std::fs::read(path).map_err(fail)?;
    Bundle::parse(&bytes).and_then(|bundle| TrustState::load(&bundle, root, now)).map_err(ListFailure::Refused)
}
