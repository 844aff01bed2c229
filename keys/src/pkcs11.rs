//! Keys in a PKCS#11 token: a smart card, an HSM, or a service that speaks its interface.
//!
//! The token makes the key, keeps it, and signs; what comes out is a signature. What a key may do is looked at each
//! time that it is opened, because a key that could be read, or that decrypts what it is given, is not what the office
//! believes it has.

mod attributes;
mod error;
mod generate;
mod login;
mod module;
mod token_key;
mod uri;

pub use error::TokenError;
pub(crate) use generate::{destroy, generate};
pub(crate) use token_key::{TokenKey, token_of};
pub use uri::{TokenUri, UriError};

use std::path::{Path, PathBuf};

/// Names the vendor's library where neither a record nor an argument does.
pub const MODULE_VARIABLE: &str = "TEGATA_PKCS11_MODULE";

/// Where a key in a token is: what its public record says of it. No PIN is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenPlace {
    /// Token and object.
    pub uri: TokenUri,
    /// The vendor's library; without one, `TEGATA_PKCS11_MODULE` names it on each machine.
    pub module: Option<PathBuf>,
}

impl TokenPlace {
    /// The library to load.
    ///
    /// # Errors
    /// [`TokenError::NoModule`].
    pub(crate) fn module(&self) -> Result<PathBuf, TokenError> {
        let named = || std::env::var_os(MODULE_VARIABLE).filter(|path| !path.is_empty()).map(PathBuf::from);
        self.module.as_deref().map(Path::to_owned).or_else(named).ok_or(TokenError::NoModule)
    }
}
