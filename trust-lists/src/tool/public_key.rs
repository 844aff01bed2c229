//! A public key from whatever file an issuer sends.

use super::failure::Failure;
use pkcs8::der::Document;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use tegata_certificate::{KeyError, Kind, SignerCertificate, UnixTime, VerifyingKey};
use tegata_keys::KeyRecord;

/// The largest file that is looked at, in bytes.
const MAX_LENGTH: u64 = 64 * 1024;

/// A public key, and what its file says besides.
pub struct PublicKey {
    pub key: VerifyingKey,
    pub kid: [u8; 32],
    /// Made for demonstrations.
    pub demo: bool,
    /// Its certificate's validity and kinds.
    pub certified: Option<Certified>,
}

pub struct Certified {
    pub not_before: UnixTime,
    pub not_after: UnixTime,
    pub kinds: Vec<Kind>,
}

impl PublicKey {
    fn bare(key: VerifyingKey) -> Self {
        Self { kid: key.thumbprint(), key, demo: false, certified: None }
    }

    fn certified(certificate: SignerCertificate) -> Self {
        let SignerCertificate { key, not_before, not_after, kinds, sha256 } = certificate;
        Self { key, kid: sha256, demo: false, certified: Some(Certified { not_before, not_after, kinds }) }
    }
}

/// Reads a key record, a COSE_Key, a SubjectPublicKeyInfo or an X.509 certificate, the latter two in PEM or DER.
pub fn read(path: &Path) -> Result<PublicKey, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_LENGTH).read_to_end(&mut bytes))
        .map_err(|error| Failure::Read { path: path.to_owned(), error })?;
    let refuse = |error| Failure::PublicKey { path: path.to_owned(), error };
    if bytes.trim_ascii_start().starts_with(b"{") {
        let text = std::str::from_utf8(&bytes).map_err(|_| refuse(KeyError::Malformed))?;
        let record = KeyRecord::from_json(text).map_err(|_| refuse(KeyError::Malformed))?;
        return match record.retired {
            Some(_) => Err(Failure::RetiredKey(path.to_owned())),
            None => Ok(PublicKey { demo: record.demo, ..PublicKey::bare(record.key) }),
        };
    }
    decode(&bytes).map_err(refuse)
}

fn decode(bytes: &[u8]) -> Result<PublicKey, KeyError> {
    if bytes.starts_with(b"-----BEGIN ") {
        let text = std::str::from_utf8(bytes).map_err(|_| KeyError::Malformed)?;
        let (label, document) = Document::from_pem(text).map_err(|_| KeyError::Malformed)?;
        return match label {
            "PUBLIC KEY" => VerifyingKey::from_spki(document.as_bytes()).map(PublicKey::bare),
            "CERTIFICATE" => SignerCertificate::from_der(document.as_bytes()).map(PublicKey::certified),
            _ => Err(KeyError::Malformed),
        };
    }
    // A DER sequence begins with 0x30, a COSE_Key with the head of a map.
    match bytes.first() {
        Some(0x30) => match SignerCertificate::from_der(bytes) {
            Err(KeyError::Malformed) => VerifyingKey::from_spki(bytes).map(PublicKey::bare),
            certificate => certificate.map(PublicKey::certified),
        },
        _ => VerifyingKey::from_cose_key(bytes).map(PublicKey::bare),
    }
}
