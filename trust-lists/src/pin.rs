//! The one thing that a verifier is told from outside: which first root is the true one.

use sha2::{Digest, Sha256};
use std::fmt;
use std::str::FromStr;

/// SHA-256 of the first root file. It comes with the verifier or from its operator, never with
/// the lists: what a list says of itself proves nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct RootPin(pub [u8; 32]);

/// Not 64 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a pin is 64 hex digits: the SHA-256 of the first root file")]
pub struct PinError;

impl RootPin {
    /// The pin of a root file.
    #[must_use]
    pub fn of(root: &[u8]) -> Self {
        Self(Sha256::digest(root).into())
    }
}

impl FromStr for RootPin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let mut hash = [0; 32];
        match base16ct::mixed::decode(text, &mut hash) {
            Ok(decoded) if decoded.len() == 32 => Ok(Self(hash)),
            _ => Err(PinError),
        }
    }
}

impl fmt::Display for RootPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}
