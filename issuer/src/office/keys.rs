//! The office's keys, opened once, and the published lists that vouch for them, read anew when a newer file lies there.

use crate::issue::{IssuingKey, KeyProblem};
use crate::office::config::Config;
use crate::withdraw::{StatusKey, StatusKeyProblem};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::SystemTime;
use tegata_certificate::UnixTime;
use tegata_keys::{KeyStore, Keyring, Signer, StoreError};
use tegata_trust_lists::{Bundle, Freshness, MAX_BUNDLE, RootPin, TrustError, TrustState};

/// What signs, and why it is believed.
pub struct OfficeKeys {
    issuing: Vec<Named>,
    status: Option<Named>,
    bundle: PathBuf,
    root: RootPin,
    lists: RwLock<(Option<Stamp>, Arc<TrustState>)>,
}

struct Named {
    name: String,
    signer: Box<dyn Signer>,
    certificate: Option<Vec<u8>>,
    is_demo: bool,
}

/// Why the office cannot sign. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A key store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The pin.
    #[error("root in the office's file is no SHA-256 in 64 hexadecimal digits: copy it from the list's operator")]
    Root,
    /// The lists cannot be read.
    #[error("the trust list {file} cannot be read: {error}; put the newest bundle there")]
    File {
        /// Which.
        file: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// They do not hold.
    #[error("the trust list is refused ({code}): {0}; put the newest bundle of its operator there", code = .0.code())]
    Refused(#[source] TrustError),
    /// They have expired since.
    #[error(
        "the trust list has expired, and what is signed now would be refused: put the newest bundle of its operator there"
    )]
    Expired,
    /// A key.
    #[error("key `{name}`: {problem}")]
    Key {
        /// Which.
        name: String,
        /// What is wrong.
        #[source]
        problem: KeyProblem,
    },
    /// The key for requests.
    #[error("key `{name}`: {problem}")]
    StatusKey {
        /// Which.
        name: String,
        /// What is wrong.
        #[source]
        problem: StatusKeyProblem,
    },
    /// There is no key for requests.
    #[error(
        "this office has no key for requests to the status service (keys.status in its file): nothing is withdrawn here"
    )]
    NoStatusKey,
}

impl OfficeKeys {
    /// Opens the keys that the configuration names, in files or in tokens; `keyring` has what opens them.
    ///
    /// # Errors
    /// [`KeysError`] if a key cannot be opened, or if the lists do not vouch for it.
    pub fn open(
        config: &Config,
        store: &KeyStore,
        keyring: &mut Keyring<'_>,
        now: UnixTime,
    ) -> Result<Self, KeysError> {
        let mut open = |name: &String| {
            let record = store.record(name)?;
            let (signer, certificate) = (keyring.open(name)?, store.certificate(name)?);
            Ok::<_, StoreError>(Named { name: name.clone(), signer, certificate, is_demo: record.demo })
        };
        let root: RootPin = config.root.parse().map_err(|_| KeysError::Root)?;
        let read = stamp(&config.trust);
        let keys = Self {
            issuing: config.keys.issuing.iter().map(&mut open).collect::<Result<_, _>>()?,
            status: config.keys.status.as_ref().map(&mut open).transpose()?,
            lists: RwLock::new((read, Arc::new(load(&config.trust, &root, now)?))),
            bundle: config.trust.clone(),
            root,
        };
        keys.with(now, |_, _| ())?;
        if keys.status.is_some() {
            keys.with_status(now, |_, _| ())?;
        }
        Ok(keys)
    }

    /// The lists in force: those of the newest file that holds.
    ///
    /// # Errors
    /// [`KeysError`] if there are none that have not expired.
    pub fn lists(&self, now: UnixTime) -> Result<Arc<TrustState>, KeysError> {
        let found = stamp(&self.bundle);
        let known = self.lists.read().unwrap_or_else(PoisonError::into_inner).clone();
        let state = if found == known.0 {
            known.1
        } else {
            match load(&self.bundle, &self.root, now) {
                Ok(state) => {
                    let state = Arc::new(state);
                    *self.lists.write().unwrap_or_else(PoisonError::into_inner) = (found, state.clone());
                    state
                }
                // A file that is half copied, or damaged: what was read before is as good as it was.
                Err(_) => known.1,
            }
        };
        if matches!(state.freshness(now), Freshness::Expired { .. }) { Err(KeysError::Expired) } else { Ok(state) }
    }

    /// Does something with the keys that sign certificates.
    ///
    /// # Errors
    /// [`KeysError`] if verifiers would refuse what they sign now.
    pub fn with<T>(
        &self,
        now: UnixTime,
        work: impl FnOnce(&[IssuingKey<'_>], &TrustState) -> T,
    ) -> Result<T, KeysError> {
        let state = self.lists(now)?;
        let mut keys = Vec::with_capacity(self.issuing.len());
        for named in &self.issuing {
            let failed = |problem| KeysError::Key { name: named.name.clone(), problem };
            match IssuingKey::new(&named.signer, &state, now) {
                Ok(key) => keys.push(key),
                Err(KeyProblem::NotListed) if named.certificate.is_some() => {}
                Err(problem) => return Err(failed(problem)),
            }
            if let Some(certificate) = &named.certificate {
                keys.push(IssuingKey::certified(&named.signer, certificate, &state, now).map_err(failed)?);
            }
        }
        Ok(work(&keys, &state))
    }

    /// Does something with the key that signs requests.
    ///
    /// # Errors
    /// [`KeysError`] if there is none, or if it signs something else.
    pub fn with_status<T>(
        &self,
        now: UnixTime,
        work: impl FnOnce(&StatusKey<'_>, &TrustState) -> T,
    ) -> Result<T, KeysError> {
        let named = self.status.as_ref().ok_or(KeysError::NoStatusKey)?;
        let state = self.lists(now)?;
        let key = StatusKey::new(&named.signer, named.is_demo, &state)
            .map_err(|problem| KeysError::StatusKey { name: named.name.clone(), problem })?;
        Ok(work(&key, &state))
    }
}

/// By what a file is known to be another one: when it was written, how long it is, and which it is, for the clock of a file
/// system is coarse.
type Stamp = (SystemTime, u64, u64);

fn stamp(path: &Path) -> Option<Stamp> {
    let file = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let which = std::os::unix::fs::MetadataExt::ino(&file);
    #[cfg(not(unix))]
    let which = 0;
    Some((file.modified().ok()?, file.len(), which))
}

fn load(path: &Path, root: &RootPin, now: UnixTime) -> Result<TrustState, KeysError> {
    let fail = |error| KeysError::File { file: path.display().to_string(), error };
    if std::fs::metadata(path).map_err(fail)?.len() > MAX_BUNDLE as u64 {
        return Err(fail(std::io::ErrorKind::FileTooLarge.into()));
    }
    let bytes = std::fs::read(path).map_err(fail)?;
    Bundle::parse(&bytes).and_then(|bundle| TrustState::load(&bundle, root, now)).map_err(KeysError::Refused)
}
