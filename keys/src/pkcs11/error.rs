//! Why a token's key cannot be used, and what can be done.

use super::uri::TokenUri;
use crate::signer::SignError;
use cryptoki::error::{Error, RvError};
use std::path::PathBuf;

/// Why a key in a token cannot be used; each message says what to do. None holds a PIN.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenError {
    /// Nobody says which library speaks with the token.
    #[error(
        "which PKCS#11 module speaks with the token is not known: name the vendor's library with --module, or in TEGATA_PKCS11_MODULE"
    )]
    NoModule,
    /// The library is not there, or no PKCS#11 module.
    #[error(
        "{path} cannot be used as a PKCS#11 module ({what}): name the vendor's library (its documentation says where it lies)"
    )]
    Module {
        /// The library.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// No slot holds the token.
    #[error("the token is away ({0}): plug it in, or start the service that holds it, then do the same again")]
    Away(Box<TokenUri>),
    /// The URI fits several tokens.
    #[error("more than one token is {0}: add its serial number to the URI (serial=…)")]
    ManyTokens(Box<TokenUri>),
    /// The PIN is not the token's. It is not tried again.
    #[error(
        "wrong PIN for the token; it was tried once: look up the right one before trying again, for a token locks itself after a few"
    )]
    WrongPin,
    /// The token has locked its PIN.
    #[error("the token's PIN is locked after wrong ones: its security officer unlocks it with the vendor's tool")]
    PinLocked,
    /// One more wrong PIN would lock the token.
    #[error(
        "the next wrong PIN locks the token, so it is not tried here: log in once with the vendor's tool, which takes the warning away"
    )]
    PinLastTry,
    /// The user's PIN was never set, or has expired.
    #[error("the token's user PIN is not set, or is to be changed: set it with the vendor's tool")]
    PinUnset,
    /// There is no such key.
    #[error(
        "the token has no private key {0}: look at its objects with the vendor's tool, or make one with `key new NAME --token URI`"
    )]
    NoKey(Box<TokenUri>),
    /// The URI fits several keys.
    #[error("more than one private key is {0}: name one by its id (id=%01…)")]
    ManyKeys(Box<TokenUri>),
    /// The key may do what it must not, or may not do what it must.
    #[error(
        "the key is refused: its {attribute} is {found}, and must be {must}{why}: make a key that is right with `key new NAME --token URI`",
        found = Told(*.found), must = Told(Some(*.must)), why = why(.attribute)
    )]
    Attribute {
        /// The name in PKCS#11.
        attribute: &'static str,
        /// What it must be.
        must: bool,
        /// What the token says; nothing where it says nothing.
        found: Option<bool>,
    },
    /// Neither P-256 nor Ed25519.
    #[error("the key is neither P-256 nor Ed25519: make one with `key new NAME --token URI --type p256` (or ed25519)")]
    KeyType,
    /// The token has no public key beside the private one.
    #[error("the token has no public key object with the private key's id: write it there with the vendor's tool")]
    NoPublicKey,
    /// What is there is no point of the curve, or a weak one.
    #[error("the public key in the token is no good key of its curve: make another with `key new NAME --token URI`")]
    PublicKey,
    /// The check signature does not hold.
    #[error(
        "what the token signs does not verify with its public key: the two objects do not belong together; make another key"
    )]
    CheckSignature,
    /// The public key is not the recorded one.
    #[error("the key in the token is not the one that its record names: another token, or the key was replaced")]
    OtherKey,
    /// The token cannot do it.
    #[error("the token does not know {0}: use a token that does, or a key of the other type")]
    Mechanism(&'static str),
    /// The token cannot be written to.
    #[error(
        "the token is write-protected: take the protection away, or have its administrator make the key and `key adopt` it"
    )]
    WriteProtected,
    /// The token failed otherwise.
    #[error("the token failed ({call}: {code}): look at the vendor's log, then do the same again")]
    Failed {
        /// The function of PKCS#11.
        call: String,
        /// What it answered.
        code: String,
    },
}

impl TokenError {
    /// Whether it is about the PIN.
    #[must_use]
    pub fn is_about_pin(&self) -> bool {
        matches!(self, Self::WrongPin | Self::PinLocked | Self::PinLastTry | Self::PinUnset)
    }

    /// The same in the words of whoever only wants a signature.
    pub(super) fn as_sign_error(&self) -> SignError {
        match self {
            Self::Away(_) => SignError::Away,
            error if error.is_about_pin() => SignError::Pin,
            _ => SignError::Failed,
        }
    }
}

/// What a token says of an attribute.
struct Told(Option<bool>);

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.map_or("not told", |told| if told { "true" } else { "false" }))
    }
}

fn why(attribute: &str) -> &'static str {
    match attribute {
        "CKA_SENSITIVE" | "CKA_EXTRACTABLE" => " (the key could leave the token)",
        "CKA_PRIVATE" => " (the key would sign without a PIN)",
        "CKA_SIGN" => "",
        "CKA_ALWAYS_AUTHENTICATE" => " (each signature would ask for the PIN)",
        _ => " (the key would do more than sign)",
    }
}

/// What a call came to, when it did not succeed.
pub(super) enum Fault {
    /// The session or the token went away under it: begin anew.
    Lost(TokenError),
    /// It would be the same again.
    Refused(TokenError),
}

impl From<TokenError> for Fault {
    fn from(error: TokenError) -> Self {
        Self::Refused(error)
    }
}

impl Fault {
    pub(super) fn into_error(self) -> TokenError {
        match self {
            Self::Lost(error) | Self::Refused(error) => error,
        }
    }

    /// What a module answered about a token.
    pub(super) fn of(error: &Error, token: &TokenUri) -> Self {
        let Error::Pkcs11(code, call) = error else {
            return Self::Refused(TokenError::Failed { call: "PKCS#11".to_owned(), code: error.to_string() });
        };
        // By the name alone: the library's long explanations are for programmers.
        let failed = || TokenError::Failed { call: format!("C_{call}"), code: format!("{code:?}") };
        match code {
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => Self::Refused(TokenError::WrongPin),
            RvError::PinLocked => Self::Refused(TokenError::PinLocked),
            RvError::PinExpired | RvError::UserPinNotInitialized => Self::Refused(TokenError::PinUnset),
            RvError::TokenWriteProtected => Self::Refused(TokenError::WriteProtected),
            RvError::DeviceError
            | RvError::DeviceRemoved
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::SlotIdInvalid
            | RvError::SessionHandleInvalid
            | RvError::SessionClosed
            | RvError::UserNotLoggedIn
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::CryptokiNotInitialized => Self::Lost(TokenError::Away(Box::new(token.of_token()))),
            // Modules say so of anything, a token that went away among it; if it stays so, it is told as it is.
            RvError::GeneralError | RvError::FunctionFailed | RvError::OperationActive | RvError::DeviceMemory => {
                Self::Lost(failed())
            }
            _ => Self::Refused(failed()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cryptoki::context::Function;

    #[test]
    fn a_locked_pin_is_not_a_wrong_pin_and_neither_is_tried_again() {
        let token: TokenUri = "pkcs11:token=office".parse().expect("a URI");
        let fault = |code| Fault::of(&Error::Pkcs11(code, Function::Login), &token);
        for (code, error) in [
            (RvError::PinIncorrect, TokenError::WrongPin),
            (RvError::PinLocked, TokenError::PinLocked),
            (RvError::PinExpired, TokenError::PinUnset),
        ] {
            assert!(matches!(fault(code), Fault::Refused(told) if told == error && told.is_about_pin()));
        }
        assert!(matches!(fault(RvError::DeviceRemoved), Fault::Lost(TokenError::Away(_))));
    }
}
