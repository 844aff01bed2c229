//! Keys as JSON Web Keys (RFC 7517, RFC 7518 section 6, RFC 8037), read strictly.

use base64ct::{Base64UrlUnpadded, Encoding};

use super::{KeyError, VerifyingKey};
use crate::frame::json::{Json, NotJson, Object};

/// No key set is longer, in bytes.
pub const SET_MAX: usize = 1024 * 1024;

/// Why a JSON Web Key, or a set of them, is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum JwkError {
    /// Not one JSON object of the right form, or one that repeats a name.
    #[error("not a JSON Web Key")]
    Form,
    /// Larger than any published key set.
    #[error("the key set is too large")]
    TooLarge,
    /// It holds a private or a shared key: whoever reads it could sign.
    #[error("the key is not public")]
    NotPublic,
    /// It is for encryption, or its operations do not name `verify`.
    #[error("the key is not for checking signatures")]
    OtherUse,
    /// It is for an algorithm that its kind does not serve here.
    #[error("the key is for an algorithm that is not used here")]
    OtherAlgorithm,
    /// Two keys of a set have the same identifier.
    #[error("two keys of the set have the same identifier")]
    RepeatedKid,
    /// The key itself is refused.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl From<NotJson> for JwkError {
    fn from(_: NotJson) -> Self {
        Self::Form
    }
}

/// Members of private and of shared keys (RFC 7518 section 6).
const NOT_PUBLIC: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

impl VerifyingKey {
    /// A key from a JSON Web Key: public, for checking signatures, and for its one algorithm.
    ///
    /// An RSA key without `alg` is taken for PS256, the one that RSA keys serve here.
    ///
    /// # Errors
    /// Every [`JwkError`] that concerns a single key.
    pub fn from_jwk(json: &[u8]) -> Result<Self, JwkError> {
        read_key(&Object::parse(json)?)
    }
}

/// A set of keys (RFC 7517 section 5), by identifier.
#[derive(Clone, Debug)]
pub struct JwkSet(Vec<(String, VerifyingKey)>);

impl JwkSet {
    /// Reads a set. Keys of kinds, curves, uses and algorithms that are not ours are left out, as
    /// section 5 asks; so are keys without an identifier, as nothing could find them.
    ///
    /// # Errors
    /// Where any key of the set is not public, malformed or weak, or two have the same identifier
    /// (also such as are left out): then somebody's mistake or attack would decide which one counts.
    pub fn parse(json: &[u8]) -> Result<Self, JwkError> {
        if json.len() > SET_MAX {
            return Err(JwkError::TooLarge);
        }
        let set = Object::parse(json)?;
        let Some(items) = set.get("keys").and_then(Json::as_list) else {
            return Err(JwkError::Form);
        };
        let mut kids = std::collections::BTreeSet::new();
        let mut keys = Vec::new();
        for item in items {
            let item = item.as_object().ok_or(JwkError::Form)?;
            let kid = item.text("kid")?;
            if kid.is_some_and(|kid| !kids.insert(kid)) {
                return Err(JwkError::RepeatedKid);
            }
            match (read_key(item), kid) {
                (Ok(key), Some(kid)) => keys.push((kid.to_owned(), key)),
                (Ok(_), None) => {}
                (Err(JwkError::OtherUse | JwkError::OtherAlgorithm), _)
                | (Err(JwkError::Key(KeyError::Unsupported)), _) => {}
                (Err(refused), _) => return Err(refused),
            }
        }
        Ok(Self(keys))
    }

    /// The key of that identifier.
    #[must_use]
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.iter().find(|(own, _)| own == kid).map(|(_, key)| key)
    }

    /// How many keys of ours the set holds.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the set holds no key of ours.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn read_key(jwk: &Object<'_>) -> Result<VerifyingKey, JwkError> {
    if NOT_PUBLIC.iter().any(|name| jwk.get(name).is_some()) {
        return Err(JwkError::NotPublic);
    }
    if jwk.text("use")?.is_some_and(|purpose| purpose != "sig") {
        return Err(JwkError::OtherUse);
    }
    if let Some(operations) = jwk.get("key_ops") {
        // Section 4.3: no operation twice.
        let operations = operations.texts()?;
        let mut met = std::collections::BTreeSet::new();
        if !operations.iter().all(|operation| met.insert(*operation)) {
            return Err(JwkError::Form);
        }
        if !operations.contains(&"verify") {
            return Err(JwkError::OtherUse);
        }
    }
    let key = read_material(jwk)?;
    match jwk.text("alg")? {
        Some(name) if name != key.algorithm().name() => Err(JwkError::OtherAlgorithm),
        _ => Ok(key),
    }
}

fn read_material(jwk: &Object<'_>) -> Result<VerifyingKey, JwkError> {
    let part = |name: &str| -> Result<Vec<u8>, JwkError> {
        let text = jwk.text(name)?.ok_or(JwkError::Form)?;
        Base64UrlUnpadded::decode_vec(text).map_err(|_| JwkError::Form)
    };
    // Section 6.2.1.2: coordinates have the full length of their field, zeros included.
    let point = |size: usize| -> Result<Vec<u8>, JwkError> {
        let (x, y) = (part("x")?, part("y")?);
        if x.len() != size || y.len() != size {
            return Err(JwkError::Form);
        }
        Ok([&[4], x.as_slice(), y.as_slice()].concat())
    };
    let kind = jwk.text("kty")?.ok_or(JwkError::Form)?;
    let key = match (kind, jwk.text("crv")?) {
        ("EC", Some("P-256")) => VerifyingKey::p256(&point(32)?)?,
        ("EC", Some("P-384")) => VerifyingKey::p384(&point(48)?)?,
        ("OKP", Some("Ed25519")) => {
            let x = part("x")?;
            VerifyingKey::ed25519(x.as_slice().try_into().map_err(|_| JwkError::Form)?)?
        }
        ("RSA", None) => VerifyingKey::rsa(&part("n")?, &part("e")?)?,
        ("RSA", Some(_)) | ("EC" | "OKP", None) => return Err(JwkError::Form),
        _ => return Err(KeyError::Unsupported.into()),
    };
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Algorithm;

    /// RFC 7517 appendix A.1, first key, and RFC 8037 appendix A.2.
    const X: &str = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    const Y: &str = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
    const ED: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn ec(more: &str) -> String {
        format!(r#"{{"kty":"EC","crv":"P-256","x":"{X}","y":"{Y}"{more}}}"#)
    }

    fn refusal(json: &str) -> Option<JwkError> {
        VerifyingKey::from_jwk(json.as_bytes()).err()
    }

    #[test]
    fn published_example_keys_are_read() {
        let ed = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{ED}"}}"#);
        let key = VerifyingKey::from_jwk(ed.as_bytes()).unwrap();
        assert_eq!(key.algorithm(), Algorithm::EdDsa);
        for more in ["", r#","alg":"ES256""#, r#","use":"sig","key_ops":["verify"],"x5c":[]"#] {
            assert_eq!(refusal(&ec(more)), None, "{more}");
        }
    }

    /// RFC 7638 section 3.1 and RFC 8037 appendix A.3.
    #[test]
    fn the_thumbprints_are_the_ones_of_the_rfcs() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let rsa = format!(r#"{{"kty":"RSA","n":"{n}","e":"AQAB","alg":"PS256"}}"#);
        let ed = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{ED}"}}"#);
        for (jwk, wanted) in
            [(rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), (ed, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
        {
            let key = VerifyingKey::from_jwk(jwk.as_bytes()).unwrap();
            assert_eq!(Base64UrlUnpadded::encode_string(&key.jwk_thumbprint()), wanted);
        }
    }

    #[test]
    fn a_key_that_is_not_public_or_for_something_else_is_refused() {
        for name in NOT_PUBLIC {
            assert_eq!(refusal(&ec(&format!(r#","{name}":"AA""#))), Some(JwkError::NotPublic));
        }
        assert_eq!(refusal(&ec(r#","use":"enc""#)), Some(JwkError::OtherUse));
        assert_eq!(refusal(&ec(r#","key_ops":["sign"]"#)), Some(JwkError::OtherUse));
        assert_eq!(refusal(&ec(r#","key_ops":["verify","verify"]"#)), Some(JwkError::Form));
        assert_eq!(refusal(&ec(r#","alg":"ES384""#)), Some(JwkError::OtherAlgorithm));
        assert_eq!(refusal(&ec(r#","alg":1"#)), Some(JwkError::Form));
    }

    #[test]
    fn key_material_of_another_kind_curve_or_length_is_refused() {
        let changed = |from: &str, to: &str| refusal(&ec("").replace(from, to));
        assert_eq!(changed("P-256", "P-521"), Some(JwkError::Key(KeyError::Unsupported)));
        assert_eq!(changed("P-256", "P-384"), Some(JwkError::Form));
        assert_eq!(changed("\"EC\"", "\"RSA\""), Some(JwkError::Form));
        assert_eq!(changed("\"EC\"", "\"oct\""), Some(JwkError::Key(KeyError::Unsupported)));
        assert_eq!(changed(Y, X), Some(JwkError::Key(KeyError::NotOnCurve)));
        assert_eq!(changed(Y, "AAAA"), Some(JwkError::Form));
        assert_eq!(changed(Y, &format!("{Y}=")), Some(JwkError::Form));
        let weak = r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#;
        assert_eq!(refusal(weak), Some(JwkError::Key(KeyError::WeakRsa)));
    }

    #[test]
    fn a_set_leaves_out_what_is_not_ours_and_refuses_what_is_wrong() {
        let set = |keys: &[String]| JwkSet::parse(format!(r#"{{"keys":[{}]}}"#, keys.join(",")).as_bytes());
        let a = ec(r#","kid":"a""#);
        let other = r#"{"kty":"EC","crv":"P-521","kid":"b"}"#.to_owned();
        let encryption = ec(r#","kid":"c","use":"enc""#);
        let read = set(&[a.clone(), other.clone(), encryption]).unwrap();
        assert_eq!((read.len(), read.get("a").is_some(), read.get("b").is_some()), (1, true, false));
        assert_eq!(set(&[a.clone(), a.clone()]).unwrap_err(), JwkError::RepeatedKid);
        let private = ec(r#","kid":"d","d":"AA""#);
        assert_eq!(set(&[a, private]).unwrap_err(), JwkError::NotPublic);
        assert_eq!(JwkSet::parse(b"{}").unwrap_err(), JwkError::Form);
        assert!(set(&[]).unwrap().is_empty());
    }
}
