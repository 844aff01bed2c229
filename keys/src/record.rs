//! What is public about a key: the JSON file beside each sealed key.

use crate::pkcs11::TokenPlace;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use tegata_certificate::{Algorithm, UnixTime, VerifyingKey};

/// The public half of a key and its life: what `key list` shows, and what the operator of a trust
/// repository is given. It holds no secret.
#[derive(Clone, Debug)]
pub struct KeyRecord {
    /// The name in its store.
    pub name: String,
    /// The public key.
    pub key: VerifyingKey,
    /// When it was made.
    pub created: UnixTime,
    /// Since when it signs nothing any more.
    pub retired: Option<UnixTime>,
    /// Made for a demonstration: its passphrase may be short, and no production list takes it.
    pub demo: bool,
    /// Where it is, if a token keeps it; otherwise a sealed file of this store does.
    pub token: Option<TokenPlace>,
}

/// Why JSON is not a key record.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a key record")]
pub struct RecordError;

/// The file's form.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    name: String,
    algorithm: String,
    /// RFC 9679 thumbprint with SHA-256, hex.
    kid: String,
    created: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retired: Option<String>,
    #[serde(default)]
    demo: bool,
    /// The COSE_Key, hex.
    cose_key: String,
    /// Token and key in it (RFC 7512), without a PIN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// The vendor's library.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    module: Option<PathBuf>,
}

impl KeyRecord {
    pub(crate) fn new(name: &str, key: &VerifyingKey, created: UnixTime, demo: bool) -> Self {
        Self { name: name.to_owned(), key: key.clone(), created, retired: None, demo, token: None }
    }

    /// The key's identifier: its RFC 9679 thumbprint with SHA-256.
    #[must_use]
    pub fn kid(&self) -> [u8; 32] {
        self.key.thumbprint()
    }

    /// The identifier in hex.
    #[must_use]
    pub fn kid_hex(&self) -> String {
        base16ct::lower::encode_string(&self.kid())
    }

    /// The algorithm that the key signs with.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    /// The record as JSON, with a line feed at the end.
    ///
    /// # Errors
    /// [`RecordError`], if JSON cannot hold it.
    pub fn to_json(&self) -> Result<String, RecordError> {
        let form = Form {
            name: self.name.clone(),
            algorithm: self.algorithm().name().to_owned(),
            kid: self.kid_hex(),
            created: self.created.to_string(),
            retired: self.retired.map(|at| at.to_string()),
            demo: self.demo,
            cose_key: base16ct::lower::encode_string(&self.key.to_cose_key()),
            token: self.token.as_ref().map(|place| place.uri.to_string()),
            module: self.token.as_ref().and_then(|place| place.module.clone()),
        };
        serde_json::to_string_pretty(&form).map(|text| text + "\n").map_err(|_| RecordError)
    }

    /// Reads the JSON form; the stated kid and algorithm must be those of the key.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn from_json(text: &str) -> Result<Self, RecordError> {
        let form: Form = serde_json::from_str(text).map_err(|_| RecordError)?;
        let cose_key = base16ct::lower::decode_vec(&form.cose_key).map_err(|_| RecordError)?;
        let token = match (form.token, form.module) {
            (Some(uri), module) => Some(TokenPlace { uri: uri.parse().map_err(|_| RecordError)?, module }),
            (None, None) => None,
            (None, Some(_)) => return Err(RecordError),
        };
        let record = Self {
            token,
            key: VerifyingKey::from_cose_key(&cose_key).map_err(|_| RecordError)?,
            created: UnixTime::parse(&form.created).ok_or(RecordError)?,
            retired: form.retired.map(|at| UnixTime::parse(&at).ok_or(RecordError)).transpose()?,
            demo: form.demo,
            name: form.name,
        };
        let consistent = record.kid_hex() == form.kid && record.algorithm().name() == form.algorithm;
        if consistent { Ok(record) } else { Err(RecordError) }
    }
}
