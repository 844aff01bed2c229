//! A private key in memory.

use crate::signer::{SignError, Signer};
use ed25519_dalek::Signer as _;
use pkcs8::{EncodePrivateKey, PrivateKeyInfoRef, SecretDocument};
use std::fmt;
use tegata_certificate::{Algorithm, VerifyingKey};
use zeroize::Zeroizing;

/// The kinds of key that this crate makes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyType {
    /// Ed25519 (RFC 8032), signs EdDSA: the default of the `compact` format.
    Ed25519,
    /// NIST P-256, signs ES256: what the other families need.
    P256,
}

impl KeyType {
    /// Every type.
    pub const ALL: [Self; 2] = [Self::Ed25519, Self::P256];

    /// The name used in arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ed25519",
            Self::P256 => "p256",
        }
    }

    /// The type with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The algorithm that a key of this type signs with.
    #[must_use]
    pub fn algorithm(self) -> Algorithm {
        match self {
            Self::Ed25519 => Algorithm::EdDsa,
            Self::P256 => Algorithm::Es256,
        }
    }
}

/// A private key in memory, wiped when dropped. `Debug` shows the algorithm only.
///
/// Both kinds sign deterministically (RFC 8032; RFC 6979), so that signing the same bytes again
/// gives the same bytes and a weak random source can't leak the key.
pub struct PrivateKey {
    secret: Secret,
    public: VerifyingKey,
    /// What the store says it is for.
    demo: Option<bool>,
}

enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

/// Why bytes are not a private key that this crate can use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PrivateKeyError {
    /// The system's random source failed.
    #[error("the system's random source failed")]
    Random,
    /// Not a PKCS#8 private key.
    #[error("not a PKCS#8 private key")]
    Malformed,
    /// A PKCS#8 key of another type than Ed25519 or P-256.
    #[error("the key is neither Ed25519 nor P-256")]
    UnknownType,
}

impl PrivateKey {
    /// With what its record says of it.
    pub(crate) fn of_record(self, demo: bool) -> Self {
        Self { demo: Some(demo), ..self }
    }

    /// Makes a new key from the system's random source.
    ///
    /// # Errors
    /// [`PrivateKeyError::Random`].
    pub fn generate(kind: KeyType) -> Result<Self, PrivateKeyError> {
        let mut seed = Zeroizing::new([0u8; 32]);
        loop {
            getrandom::fill(seed.as_mut_slice()).map_err(|_| PrivateKeyError::Random)?;
            // A P-256 scalar outside 1..n occurs about once in 2^32: draw again.
            match Self::from_secret_bytes(kind, &seed) {
                Err(PrivateKeyError::Malformed) => {}
                done => return done,
            }
        }
    }

    /// The key with these secret bytes: the seed of RFC 8032, or the big-endian scalar of P-256.
    fn from_secret_bytes(kind: KeyType, bytes: &[u8; 32]) -> Result<Self, PrivateKeyError> {
        match kind {
            KeyType::Ed25519 => Self::ed25519(ed25519_dalek::SigningKey::from_bytes(bytes)),
            KeyType::P256 => {
                Self::p256(p256::ecdsa::SigningKey::from_slice(bytes).map_err(|_| PrivateKeyError::Malformed)?)
            }
        }
    }

    fn ed25519(key: ed25519_dalek::SigningKey) -> Result<Self, PrivateKeyError> {
        let public = VerifyingKey::ed25519(key.verifying_key().as_bytes()).map_err(|_| PrivateKeyError::Malformed)?;
        Ok(Self { secret: Secret::Ed25519(Box::new(key)), public, demo: None })
    }

    fn p256(key: p256::ecdsa::SigningKey) -> Result<Self, PrivateKeyError> {
        let point = key.verifying_key().to_sec1_point(false);
        let public = VerifyingKey::p256(point.as_bytes()).map_err(|_| PrivateKeyError::Malformed)?;
        Ok(Self { secret: Secret::P256(Box::new(key)), public, demo: None })
    }

    /// Reads a PKCS#8 `PrivateKeyInfo` (RFC 5958) in DER.
    ///
    /// # Errors
    /// [`PrivateKeyError::Malformed`] or [`PrivateKeyError::UnknownType`].
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, PrivateKeyError> {
        let info = PrivateKeyInfoRef::try_from(der).map_err(|_| PrivateKeyError::Malformed)?;
        let oid = info.algorithm.oid;
        if oid == ed25519_dalek::pkcs8::ALGORITHM_OID {
            Self::ed25519(info.try_into().map_err(|_| PrivateKeyError::Malformed)?)
        } else if oid == p256::elliptic_curve::ALGORITHM_OID {
            Self::p256(info.try_into().map_err(|_| PrivateKeyError::UnknownType)?)
        } else {
            Err(PrivateKeyError::UnknownType)
        }
    }

    /// The key as a PKCS#8 `PrivateKeyInfo` in DER, wiped when dropped.
    ///
    /// # Errors
    /// [`PrivateKeyError::Malformed`], if it cannot be encoded.
    pub(crate) fn to_pkcs8(&self) -> Result<SecretDocument, PrivateKeyError> {
        match &self.secret {
            // Without the public key (version 1 of RFC 5958): what older readers understand too.
            Secret::Ed25519(key) => {
                ed25519_dalek::pkcs8::KeypairBytes { secret_key: key.to_bytes(), public_key: None }.to_pkcs8_der()
            }
            Secret::P256(key) => p256::SecretKey::from(key.as_nonzero_scalar()).to_pkcs8_der(),
        }
        .map_err(|_| PrivateKeyError::Malformed)
    }
}

impl Signer for PrivateKey {
    fn verifying_key(&self) -> &VerifyingKey {
        &self.public
    }

    fn is_deterministic(&self) -> bool {
        true
    }

    fn is_demo(&self) -> Option<bool> {
        self.demo
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.secret {
            Secret::Ed25519(key) => Ok(key.sign(message).to_bytes().to_vec()),
            Secret::P256(key) => {
                let signature: p256::ecdsa::Signature = key.try_sign(message).map_err(|_| SignError::Failed)?;
                Ok(signature.to_bytes().to_vec())
            }
        }
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey").field("algorithm", &self.public.algorithm()).finish_non_exhaustive()
    }
}
