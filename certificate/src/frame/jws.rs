//! JSON Web Signatures in their compact form (RFC 7515 section 3.1), read strictly.
//!
//! The header chooses nothing: its algorithm must be the one that the key is for, so `none`, a MAC
//! keyed with a public key and an algorithm of another family all end in a refusal. Keys that a
//! header carries or points to (`jwk`, `jku`, `x5u`, `x5c`) are not looked at.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::json::Object;
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

/// The parts of a message that is opened elsewhere.
pub(crate) struct Unverified {
    /// How many of its first characters are signed.
    pub signed: usize,
    /// The payload.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
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
        let header = part(header)?;
        let header = Object::parse(&header).map_err(|_| JwsError::Header)?;
        let (payload, signature) = (part(payload)?, part(signature)?);
        // Empty lists and null are no way around: RFC 7515 section 4.1.11.
        if header.get("crit").is_some() {
            return Err(JwsError::Critical);
        }
        let field = |name| header.text(name).map_err(|_| JwsError::Header);
        let algorithm = field("alg")?.ok_or(JwsError::Header)?;
        let algorithm = Algorithm::from_name(algorithm).ok_or(JwsError::Algorithm)?;
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

    /// The payload as it stands, signed by nobody as far as is known.
    pub(crate) fn into_unverified(self) -> Unverified {
        Unverified { signed: self.signed.len(), payload: self.payload, signature: self.signature }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(header: &str) -> String {
        let part = Base64UrlUnpadded::encode_string(header.as_bytes());
        format!("{part}.e30.AAAA")
    }

    fn refusal(header: &str) -> Option<JwsError> {
        Jws::decode(&encode(header)).err()
    }

    #[test]
    fn only_algorithms_of_ours_are_decoded() {
        for name in ["ES256", "ES384", "PS256", "EdDSA"] {
            let text = encode(&format!(r#"{{"alg":"{name}","kid":"k","zip":"DEF"}}"#));
            let jws = Jws::decode(&text).unwrap();
            assert_eq!((jws.algorithm().name(), jws.kid(), jws.is_deflated()), (name, Some("k"), true));
        }
        for name in ["none", "None", "", "HS256", "RS256", "PS384", "es256", "ES512", "dir"] {
            let header = format!(r#"{{"alg":"{name}"}}"#);
            assert_eq!(refusal(&header), Some(JwsError::Algorithm), "{name}");
        }
    }

    #[test]
    fn a_header_that_is_unclear_or_asks_for_more_is_refused() {
        assert_eq!(refusal(r#"{"kid":"k"}"#), Some(JwsError::Header));
        assert_eq!(refusal(r#"{"alg":["ES256"]}"#), Some(JwsError::Header));
        assert_eq!(refusal(r#"{"alg":"ES256","kid":1}"#), Some(JwsError::Header));
        assert_eq!(refusal(r#"{"alg":"none","alg":"ES256"}"#), Some(JwsError::Header));
        assert_eq!(refusal(r#"{"alg":"ES256","zip":"GZ"}"#), Some(JwsError::Header));
        assert_eq!(refusal(r#"{"alg":"ES256","crit":["b64"],"b64":false}"#), Some(JwsError::Critical));
        assert_eq!(refusal(r#"{"alg":"ES256","crit":null}"#), Some(JwsError::Critical));
    }

    #[test]
    fn only_the_one_encoding_of_three_parts_is_decoded() {
        let good = encode(r#"{"alg":"ES256"}"#);
        assert!(Jws::decode(&good).is_ok());
        let header = good.split('.').next().unwrap();
        for other in [
            String::new(),
            header.to_owned(),
            format!("{header}.e30"),
            format!("{good}.e30"),
            format!("{good}="),
            format!("{good}\n"),
            format!(" {good}"),
            good.replace("e30", "e3 0"),
            good.replace("AAAA", "AA+A"),
            // The last character's unused bits are not zero.
            good.replace("AAAA", "AAB"),
            format!(r#"{{"protected":"{header}","payload":"e30","signature":"AAAA"}}"#),
        ] {
            assert!(Jws::decode(&other).is_err(), "{other}");
        }
        let long = format!("{good}{}", "A".repeat(TEXT_MAX));
        assert_eq!(Jws::decode(&long).err(), Some(JwsError::TooLarge));
    }
}
