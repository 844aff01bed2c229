//! Opening keys, wherever they are: each secret is asked for once, and no PIN is tried where it may be wrong.

use crate::passphrase::{Passphrase, PassphraseError, PassphraseSource};
use crate::pkcs11::{TokenKey, TokenUri, token_of};
use crate::record::KeyRecord;
use crate::signer::Signer;
use crate::store::{KeyStore, StoreError};

/// What opens the keys of a store, one after another.
///
/// One passphrase is for all sealed files, one PIN for each token. A passphrase is never tried as a PIN: a token counts
/// wrong ones and locks itself.
#[derive(Debug)]
pub struct Keyring<'a> {
    store: &'a KeyStore,
    /// Whose passphrase is asked for; without a word, that of the key that is opened.
    of: Option<String>,
    passphrase_source: PassphraseSource,
    pin_source: PassphraseSource,
    passphrase: Option<Passphrase>,
    pins: Vec<(TokenUri, Passphrase)>,
}

impl<'a> Keyring<'a> {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(store: &'a KeyStore, passphrase: PassphraseSource, pin: PassphraseSource) -> Self {
        Self { store, of: None, passphrase_source: passphrase, pin_source: pin, passphrase: None, pins: Vec::new() }
    }

    /// Names what the passphrase opens, where it is asked for: `the role keys`.
    #[must_use]
    pub fn asking_for(self, of: impl Into<String>) -> Self {
        Self { of: Some(of.into()), ..self }
    }

    /// Opens the sealed files with a passphrase that is known.
    #[must_use]
    pub fn with_passphrase(self, passphrase: Passphrase) -> Self {
        Self { passphrase: Some(passphrase), ..self }
    }

    /// Opens a key. Asks only for what this one needs, and for no PIN of a token that is not there.
    ///
    /// # Errors
    /// [`StoreError::Secret`], and those of [`KeyStore::unlock`].
    pub fn open(&mut self, name: &str) -> Result<Box<dyn Signer>, StoreError> {
        let record = self.store.usable(name)?;
        if record.token.is_some() {
            return self.open_in_token(&record);
        }
        if self.passphrase.is_none() {
            let of = self.of.as_deref().unwrap_or(name);
            self.passphrase = Some(self.passphrase_source.read(of)?);
        }
        match &self.passphrase {
            Some(passphrase) => self.store.unlock(name, passphrase),
            None => Err(PassphraseError::Empty.into()),
        }
    }

    fn open_in_token(&mut self, record: &KeyRecord) -> Result<Box<dyn Signer>, StoreError> {
        let Some(place) = &record.token else { return Err(StoreError::Make("its record names no token")) };
        let failed = StoreError::token(&record.name);
        let token = token_of(place).map_err(&failed)?;
        let known = self.pins.iter().position(|(of, _)| *of == token);
        let at = match known {
            Some(at) => at,
            None => {
                if self.pin_source != PassphraseSource::Prompt && !self.pins.is_empty() {
                    return Err(PassphraseError::OnePin.into());
                }
                let pin = self.pin_source.read_pin(&name_of(&token))?;
                self.pins.push((token, pin));
                self.pins.len() - 1
            }
        };
        let Some((_, pin)) = self.pins.get(at) else { return Err(PassphraseError::Empty.into()) };
        Ok(Box::new(TokenKey::open(place, pin, Some(&record.key)).map_err(&failed)?.marked(record.demo)))
    }
}

/// A token in a prompt.
pub(crate) fn name_of(token: &TokenUri) -> String {
    let label = token.token.as_deref().or(token.serial.as_deref()).unwrap_or_default();
    format!("token {label}")
}
