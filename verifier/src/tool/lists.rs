//! Loading the published lists for the command line.

use super::pin::{PinFile, PinFileError};
use crate::{DemoRefused, Policy, Verifier};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Bundle, MAX_BUNDLE, RootPin, TrustError, TrustState};

/// Why there are no lists to judge by. Each ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No bundle was named.
    #[error(
        "no trust list: nothing can be checked without one\n  remedy: name the bundle that your authority publishes: --trust BUNDLE"
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

fn remedy(error: &TrustError) -> &'static str {
    match error {
        TrustError::NotPinned => "this list is not of the authority that you pinned; get the list or the pin again",
        TrustError::Expired { .. } => "get the newest bundle of your authority",
        TrustError::ClockSuspect { .. } => "set the date and time of this device",
        TrustError::UnknownLabel { .. } | TrustError::OtherSpecification { .. } => "update this program",
        _ => "get the bundle again, and tell its publisher if it stays so",
    }
}

/// Loads the bundle at `path` for the pinned root: the one given, else the one kept in `pin_file`.
///
/// # Errors
/// [`ListError`].
pub fn load_verifier(
    path: Option<&Path>,
    pin: Option<RootPin>,
    pin_file: &PinFile,
    policy: Policy,
    now: UnixTime,
) -> Result<Verifier, ListError> {
    let path = path.ok_or(ListError::Missing)?;
    let fail = |error| ListError::File { path: path.to_owned(), error };
    let mut bytes = Vec::new();
    let cap = MAX_BUNDLE as u64 + 1;
    File::open(path).and_then(|file| file.take(cap).read_to_end(&mut bytes)).map_err(fail)?;
    let pin = match pin {
        Some(pin) => pin,
        None => pin_file.load()?.ok_or(ListError::Unpinned)?,
    };
    let state = Bundle::parse(&bytes)
        .and_then(|bundle| TrustState::load(&bundle, &pin, now))
        .map_err(|error| ListError::Refused { error })?;
    Ok(Verifier::new(state, policy)?)
}
