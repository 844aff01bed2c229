//! Bringing the kept lists up to date.

use super::disk::Disk;
use super::http::Http;
use super::list_source::{BundleSource, FolderSource, ListSource, SourceError};
use super::state_folder::{LockedState, StateError, StateFolder};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Held, RootPin, Source, TrustError, UpdateError, Updated, update};

/// What an update came to.
#[derive(Debug)]
pub struct UpdateOutcome {
    /// What was kept before, if anything.
    pub before: Option<Held>,
    /// What is kept now, if it is something else.
    pub after: Option<Held>,
}

impl UpdateOutcome {
    /// What is kept now.
    #[must_use]
    pub fn kept(&self) -> Option<&Held> {
        self.after.as_ref().or(self.before.as_ref())
    }
}

/// Why the lists were not brought up to date. What was kept is kept. Each message ends with what to do.
#[derive(Debug, thiserror::Error)]
pub enum UpdateFailure {
    /// The state folder.
    #[error(transparent)]
    State(#[from] StateError),
    /// The source gave nothing.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// What it gave does not hold.
    #[error("the lists from {from} are refused ({code}): {error}\n  remedy: {remedy}", code = error.code(), remedy = super::lists::remedy(error))]
    Refused {
        /// The source.
        from: String,
        /// The first thing that does not hold.
        #[source]
        error: TrustError,
    },
}

/// Brings the kept lists up to date from a source, for the pinned root, at the device's time `now`.
/// On any failure the lists that were kept stay in force.
///
/// # Errors
/// [`UpdateFailure`].
pub fn update_kept<D: Disk>(
    folder: &StateFolder<D>,
    from: &ListSource,
    pin: &RootPin,
    now: UnixTime,
) -> Result<UpdateOutcome, UpdateFailure> {
    let state = folder.lock()?;
    let outcome = match from {
        ListSource::Address(address) => {
            let http = Http::new(address).map_err(SourceError::from)?;
            let outcome = replace_kept(&state, state.keeping(http), from, pin, now)?;
            state.clear_fetched()?;
            outcome
        }
        ListSource::Folder(path) => replace_kept(&state, FolderSource::new(path)?, from, pin, now)?,
        ListSource::Bundle(path) => replace_kept(&state, BundleSource::new(path)?, from, pin, now)?,
    };
    state.remember(from)?;
    Ok(outcome)
}

/// The update itself, from any source of files.
///
/// # Errors
/// [`UpdateFailure`].
pub fn replace_kept<D: Disk, S: Source<Error = SourceError>>(
    state: &LockedState<'_, D>,
    mut source: S,
    from: &ListSource,
    pin: &RootPin,
    now: UnixTime,
) -> Result<UpdateOutcome, UpdateFailure> {
    let before = state.load(pin)?;
    let after = match update(before.as_ref(), pin, &mut source, now) {
        Ok(Updated::Unchanged) => None,
        Ok(Updated::Changed(held)) => Some(*held),
        Err(UpdateError::Source { error, .. }) => return Err(error.into()),
        Err(UpdateError::Refused(error)) => return Err(UpdateFailure::Refused { from: from.place(), error }),
    };
    if let Some(held) = &after {
        state.store(held)?;
    }
    Ok(UpdateOutcome { before, after })
}
