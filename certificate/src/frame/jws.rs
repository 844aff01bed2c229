//! JSON Web Signatures in their compact form (RFC 7515 section 3.1), read strictly.
//!
//! The header chooses nothing: its algorithm must be the one that the key is for, so `none`, a MAC
//! keyed with a public key and an algorithm of another family all end in a refusal. Keys that a
//! header carries or points to (`jwk`, `jku`, `x5u`, `x5c`) are not looked at.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::json::{Json, NotJson, Object};
use crate::signature::{Algorithm, VerifyingKey};

/// No message is longer, in characters of its compact form.
pub const TEXT_MAX: usize = 64 * 1024;

/// Why a text is not a JSON Web Signature that holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JwsError {
    /// Longer than any certificate.
    #[error("larger than any certificate")]
    TooLarge,
    /// Not three parts of base64url without padding, in their one encoding.
    #[error("not a JSON Web Signature in compact form")]
    Form,
    /// The header is not one JSON object, repeats a name, or lacks its algorithm.
    #[error("the JWS header is not readable")]
    Header,
    /// The header asks for an extension to be understood (`crit`); none is.
    #[error("the JWS header asks for an extension")]
    Critical,
    /// The algorithm is `none`, or one that no format here uses.
    #[error("a signature algorithm that is not used here")]
    Algorithm,
    /// The algorithm is not the one that the key is for.
    #[error("the algorithm is not the key's")]
    OtherAlgorithm,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Signature,
}

/// A decoded message; nothing in it is believed yet.
///
/// `Debug` shows the algorithm only.
pub struct Jws<'a> {
    signed: &'a [u8],
    payload: Vec<u8>,
    signature: Vec<u8>,
    algorithm: Algorithm,
    kid: Option<String>,
    deflated: bool,
}

impl<'a> Jws<'a> {
    /// Decodes a message in compact form.
    ///
    /// # Errors
    /// Every [`JwsError`] but the two that need a key.
    pub fn decode(text: &'a str) -> Result<Self, JwsError> {
        if text.len() > TEXT_MAX {
            return Err(JwsError::TooLarge);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(JwsError::Form)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsError::Form)?;
        let part = |part: &str| Base64UrlUnpadded::decode_vec(part).map_err(|_| JwsError::Form);
        let header = Object::parse(&part(header)?).map_err(|_| JwsError::Header)?;
        let (payload, signature) = (part(payload)?, part(signature)?);
        // Empty lists and null are no way around: RFC 7515 section 4.1.11.
        if header.get("crit").is_some() {
            return Err(JwsError::Critical);
        }
        let field = |name| header.text(name).map_err(|NotJson| JwsError::Header);
        let algorithm = field("alg")?.ok_or(JwsError::Header)?;
        let algorithm = algorithm_of_name(algorithm).ok_or(JwsError::Algorithm)?;
        let deflated = match field("zip")? {
            None => false,
            Some("DEF") => true,
            Some(_) => return Err(JwsError::Header),
        };
        let kid = field("kid")?.map(str::to_owned);
        Ok(Self { signed: signed.as_bytes(), payload, signature, algorithm, kid, deflated })
    }

    /// The algorithm that the header claims.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key identifier that the header claims: a hint to find keys by, and nothing else.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Whether the payload is a raw DEFLATE stream (`zip`: `DEF`).
    #[must_use]
    pub fn is_deflated(&self) -> bool {
        self.deflated
    }

    /// The payload, once the signature holds under this key. It is checked over the characters
    /// as they came (RFC 7515 section 5.2).
    ///
    /// # Errors
    /// [`JwsError::OtherAlgorithm`] and [`JwsError::Signature`].
    pub fn open(self, key: &VerifyingKey) -> Result<Vec<u8>, JwsError> {
        if key.algorithm() != self.algorithm {
            return Err(JwsError::OtherAlgorithm);
        }
        key.verify(self.signed, &self.signature).map_err(|_| JwsError::Signature)?;
        Ok(self.payload)
    }
}

impl std::fmt::Debug for Jws<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jws").field("algorithm", &self.algorithm).finish_non_exhaustive()
    }
}

/// The algorithm of a JOSE name (RFC 7518 section 3.1, RFC 8037 section 3.1).
pub(crate) fn algorithm_of_name(name: &str) -> Option<Algorithm> {
    Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name)
}

/// The text member of a list that must hold texts only.
pub(crate) fn texts(value: &Json) -> Option<Vec<&str>> {
    let Json::List(items) = value else { return None };
    let text = |item: &'_ Json| match item {
        Json::Text(text) => Some(text.as_str()),
        _ => None,
    };
    items.iter().map(|item| match item {
        Json::Text(text) => Some(text.as_str()),
        _ => None,
    }).collect()
}
