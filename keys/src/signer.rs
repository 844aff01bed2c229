//! What every key can do, wherever it lives.

use std::fmt;
use tegata_certificate::VerifyingKey;

/// A private key that signs: a file that was unlocked, or a token that never gives its key out.
pub trait Signer: Send + Sync {
    /// The public half.
    fn verifying_key(&self) -> &VerifyingKey;

    /// Whether it gives the same bytes whenever it signs the same message. Where it does not, whoever must be able to
    /// hand out the same again keeps the signature.
    fn is_deterministic(&self) -> bool;

    /// Whether it was made for demonstrations, where that is known: a key of a store is one or the other for ever.
    fn is_demo(&self) -> Option<bool> {
        None
    }

    /// Signs a message. The result is in the form that COSE and JOSE use: 64 bytes, for EdDSA as
    /// RFC 8032 has them, for ES256 `r || s`.
    ///
    /// # Errors
    /// [`SignError`], when the key cannot be used now.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError>;
}

impl<S: Signer + ?Sized> Signer for Box<S> {
    fn verifying_key(&self) -> &VerifyingKey {
        (**self).verifying_key()
    }

    fn is_deterministic(&self) -> bool {
        (**self).is_deterministic()
    }

    fn is_demo(&self) -> Option<bool> {
        (**self).is_demo()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        (**self).sign(message)
    }
}

/// Shows the algorithm only.
impl fmt::Debug for dyn Signer + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("algorithm", &self.verifying_key().algorithm()).finish_non_exhaustive()
    }
}

/// Why a key did not sign. It says nothing about the message or the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignError {
    /// The key or its token refused or failed.
    #[error("the key could not sign: look whether its token works, then do the same again")]
    Failed,
    /// The token that holds it is not there. As soon as it is, the same signer signs again.
    #[error("the token is away: plug it in, or start the service that holds it, then do the same again")]
    Away,
    /// The token takes its PIN no more.
    #[error("the token refuses its PIN, which was tried once: look up the right one, and whether the token is locked")]
    Pin,
}
