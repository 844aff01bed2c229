//! What every key can do, wherever it lives.

use tegata_certificate::VerifyingKey;

/// A private key that signs: a file that was unlocked, or a token that never gives its key out.
pub trait Signer: Send + Sync {
    /// The public half.
    fn verifying_key(&self) -> &VerifyingKey;

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

    fn is_demo(&self) -> Option<bool> {
        (**self).is_demo()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        (**self).sign(message)
    }
}

/// Why a key did not sign. It says nothing about the message or the key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignError {
    /// The key or its token refused or failed.
    #[error("the key could not sign")]
    Failed,
}
