//! Signatures: which algorithms there are, and the keys that check them.
//!
//! The algorithm belongs to the key, as the trust list pins it; what a message claims is compared
//! with it and decides nothing.

mod ed25519;
mod es256;
mod jwk;
mod key;
mod point;
pub mod tables;

pub(crate) use es256::P256Key;
pub use jwk::{JwkError, JwkSet};
pub use key::{KeyError, VerifyingKey};
pub(crate) use point::{coordinates, point_key};

/// A signature algorithm, by its COSE registration (RFC 9053, RFC 8230).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Algorithm {
    /// EdDSA over Ed25519 (−8), checked by the strictest rules.
    EdDsa,
    /// ECDSA over P-256 with SHA-256 (−7).
    Es256,
    /// ECDSA over P-384 with SHA-384 (−35).
    Es384,
    /// RSASSA-PSS with SHA-256, MGF1-SHA-256 and a salt of 32 bytes (−37).
    Ps256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 4] = [Self::EdDsa, Self::Es256, Self::Es384, Self::Ps256];

    /// The number registered for COSE.
    #[must_use]
    pub fn cose(self) -> i64 {
        match self {
            Self::EdDsa => -8,
            Self::Es256 => -7,
            Self::Es384 => -35,
            Self::Ps256 => -37,
        }
    }

    /// The algorithm of that COSE number.
    #[must_use]
    pub fn from_cose(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.cose() == number)
    }

    /// The algorithm of that JOSE and COSE name; case counts.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// The name registered for JOSE and COSE.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Ps256 => "PS256",
        }
    }
}

/// The signature does not hold. Which check failed is no one's business.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the signature does not hold")]
pub struct SignatureError;
