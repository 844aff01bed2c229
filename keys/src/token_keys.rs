//! Keys of a store that a token keeps: making one, and taking one in that is there.

use crate::passphrase::Passphrase;
use crate::pkcs11::{TokenError, TokenKey, TokenPlace, TokenUri, destroy, generate};
use crate::private_key::KeyType;
use crate::record::KeyRecord;
use crate::signer::Signer;
use crate::store::{KeyStore, Purpose, StoreError, check_name, encode, make_folder, place_new, staged};
use std::fs;
use std::path::Path;
use tegata_certificate::UnixTime;

impl KeyStore {
    /// Makes a key inside a token, and writes its record. It is sensitive, cannot be extracted, and signs only; its label
    /// is the URI's `object`, or its name.
    ///
    /// A key whose record cannot be written is taken out of the token again.
    ///
    /// # Errors
    /// [`StoreError::Name`], [`StoreError::Exists`], [`StoreError::Token`], [`StoreError::Io`].
    pub fn create_in_token(
        &self,
        name: &str,
        kind: KeyType,
        place: &TokenPlace,
        pin: &Passphrase,
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<KeyRecord, StoreError> {
        self.refuse_taken(name)?;
        let failed = StoreError::token(name);
        let label = place.uri.object.as_deref().unwrap_or(name);
        let uri = generate(place, kind, label, pin).map_err(&failed)?;
        let place = TokenPlace { uri, ..place.clone() };
        let record = TokenKey::open(&place, pin, None)
            .map_err(&failed)
            .and_then(|key| self.keep(name, &key, &place, purpose, now));
        if record.is_err() {
            // Nobody has seen its public key. What cannot be removed either, the token's own tool shows.
            let _ = destroy(&place, pin);
        }
        record
    }

    /// Takes in a key that a token keeps already: looks at what it may do, and writes its record. The token is not
    /// changed.
    ///
    /// # Errors
    /// As [`create_in_token`](Self::create_in_token); [`TokenError::Attribute`] if the key could leave the token, or does
    /// more than sign.
    pub fn adopt_from_token(
        &self,
        name: &str,
        place: &TokenPlace,
        pin: &Passphrase,
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<KeyRecord, StoreError> {
        self.refuse_taken(name)?;
        let failed = StoreError::token(name);
        if !place.uri.names_key() {
            return Err(failed(TokenError::NoKey(Box::new(place.uri.clone()))));
        }
        let key = TokenKey::open(place, pin, None).map_err(&failed)?;
        self.keep(name, &key, place, purpose, now)
    }

    fn keep(
        &self,
        name: &str,
        key: &TokenKey,
        place: &TokenPlace,
        purpose: Purpose,
        now: UnixTime,
    ) -> Result<KeyRecord, StoreError> {
        let uri: TokenUri = key.uri().clone();
        let mut record = KeyRecord::new(name, key.verifying_key(), now, purpose == Purpose::Demo);
        record.token = Some(TokenPlace { uri, module: place.module.as_deref().map(whole_path) });
        let path = self.record_path(name);
        place_new(staged(&path, encode(&record)?.as_bytes(), 0o644)?, &path)?;
        Ok(record)
    }

    fn refuse_taken(&self, name: &str) -> Result<(), StoreError> {
        check_name(name)?;
        make_folder(self.folder())?;
        let sealed = self.folder().join(format!("{name}.key.pem"));
        match [self.record_path(name), sealed].into_iter().find(|path| path.exists()) {
            Some(path) => Err(StoreError::Exists { path }),
            None => Ok(()),
        }
    }
}

/// The record is read from other folders too. Links stay as they are: a newer version of the library takes their place.
fn whole_path(module: &Path) -> std::path::PathBuf {
    std::path::absolute(module).or_else(|_| fs::canonicalize(module)).unwrap_or_else(|_| module.to_owned())
}
