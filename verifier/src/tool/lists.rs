//! Loading the published lists for the command line.

use super::pin::{PinFile, PinFileError};
use super::state_folder::{StateError, StateFolder};
use crate::{DemoRefused, Policy, Verifier};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Bundle, MAX_BUNDLE, RootPin, TrustError, TrustState};

/// Why there are no lists to judge by. Each ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No bundle was named, and no lists are kept.
    #[error(
        "no trust list: nothing can be checked without one\n  remedy: get the lists that your authority publishes: tegata-verifier update --from URL; or name a bundle for once: --trust BUNDLE"
    )]
    Missing,
    /// The bundle cannot be read.
    #[error("cannot read the trust list {}: {error}\n  remedy: check the name, or get the bundle again", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// No first root is pinned.
    #[error(
        "no root is pinned: a trust list cannot vouch for itself\n  remedy: pin the root that your authority published by another way, once: tegata-verifier trust pin SHA256"
    )]
    Unpinned,
    /// The pin file cannot be used.
    #[error(transparent)]
    Pin(#[from] PinFileError),
    /// The kept lists cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// The lists do not hold.
    #[error("the trust list is refused ({code}): {error}\n  remedy: {remedy}", code = error.code(), remedy = remedy(error))]
    Refused {
        /// The first thing that does not hold.
        #[source]
        error: TrustError,
    },
    /// The lists are of a DEMO repository.
    #[error("{0}\n  remedy: nothing of a demonstration is valid; to look at a demonstration, say --demo")]
    Demo(#[from] DemoRefused),
}

/// What to do about lists that are refused.
pub(super) fn remedy(error: &TrustError) -> &'static str {
    match error {
        TrustError::NotPinned => "this list is not of the authority that you pinned; get the list or the pin again",
        TrustError::Expired { .. } => "get the newest bundle of your authority",
        TrustError::ClockSuspect { .. } => "set the date and time of this device",
        TrustError::UnknownLabel { .. } | TrustError::OtherSpecification { .. } => "update this program",
        _ => "get the bundle again, and tell its publisher if it stays so",
    }
}

/// The pin to judge by: the one given, else the one kept.
///
/// # Errors
/// [`ListError::Unpinned`] if there is none, [`ListError::Pin`] if it cannot be read.
pub fn pinned(given: Option<RootPin>, pin_file: &PinFile) -> Result<RootPin, ListError> {
    match given {
        Some(pin) => Ok(pin),
        None => pin_file.load()?.ok_or(ListError::Unpinned),
    }
}

/// A verifier by the lists for the pinned root: those of the bundle that is named, else those that the last update kept.
///
/// # Errors
/// [`ListError`].
pub fn load_verifier(
    bundle: Option<&Path>,
    pin: Option<RootPin>,
    pin_file: &PinFile,
    policy: Policy,
    now: UnixTime,
    folder: impl FnOnce() -> Result<StateFolder, StateError>,
) -> Result<Verifier, ListError> {
    let state = match bundle {
        Some(path) => load_bundle(path, pin, pin_file, now)?,
        None => {
            let folder = folder()?;
            if !folder.holds_lists()? {
                return Err(ListError::Missing);
            }
            // Expired lists open too: the verdict says that they have, and how long ago.
            let held = folder.load(&pinned(pin, pin_file)?)?;
            held.ok_or(ListError::Missing)?.into_state()
        }
    };
    Ok(Verifier::new(state, policy)?)
}

fn load_bundle(path: &Path, pin: Option<RootPin>, pin_file: &PinFile, now: UnixTime) -> Result<TrustState, ListError> {
    let fail = |error| ListError::File { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let cap = MAX_BUNDLE as u64 + 1;
    File::open(path).and_then(|file| file.take(cap).read_to_end(&mut bytes)).map_err(fail)?;
    let pin = pinned(pin, pin_file)?;
    let bundle = Bundle::parse(&bytes);
    bundle.and_then(|bundle| TrustState::load(&bundle, &pin, now)).map_err(|error| ListError::Refused { error })
}
