//! What a key in a token may do, and its public half.

use super::error::{Fault, TokenError};
use super::uri::TokenUri;
use crate::private_key::KeyType;
use cryptoki::object::{Attribute, AttributeType, KeyType as TokenKeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use tegata_certificate::VerifyingKey;

/// What must be so, and whether a token that says nothing of it passes: who knows no other uses need not deny them.
const MUST: [(AttributeType, &str, bool, bool); 9] = [
    (AttributeType::Sensitive, "CKA_SENSITIVE", true, false),
    (AttributeType::Extractable, "CKA_EXTRACTABLE", false, false),
    (AttributeType::Private, "CKA_PRIVATE", true, false),
    (AttributeType::Sign, "CKA_SIGN", true, false),
    (AttributeType::Decrypt, "CKA_DECRYPT", false, true),
    (AttributeType::Unwrap, "CKA_UNWRAP", false, true),
    (AttributeType::Derive, "CKA_DERIVE", false, true),
    (AttributeType::SignRecover, "CKA_SIGN_RECOVER", false, true),
    (AttributeType::AlwaysAuthenticate, "CKA_ALWAYS_AUTHENTICATE", false, true),
];

/// P-256 (1.2.840.10045.3.1.7), as `CKA_EC_PARAMS`.
pub(super) const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
/// Ed25519 as an identifier (RFC 8410): 1.3.101.112.
pub(super) const ED25519: &[u8] = b"\x06\x03\x2b\x65\x70";
/// Ed25519 as a name, as PKCS#11 3.0 first had it.
pub(super) const ED25519_NAME: &[u8] = b"\x13\x0cedwards25519";
/// Ed25519 as GNU had it: 1.3.6.1.4.1.11591.15.1.
const ED25519_GNU: &[u8] = b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";

/// The one private key that a URI names.
pub(super) fn find(session: &Session, uri: &TokenUri) -> Result<ObjectHandle, Fault> {
    let mut template = vec![Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Token(true)];
    template.extend(uri.id.clone().map(Attribute::Id));
    template.extend(uri.object.clone().map(|label| Attribute::Label(label.into_bytes())));
    match session.find_objects(&template).map_err(|error| Fault::of(&error, uri))?.as_slice() {
        [key] => Ok(*key),
        [] => Err(TokenError::NoKey(Box::new(uri.clone())).into()),
        _ => Err(TokenError::ManyKeys(Box::new(uri.clone())).into()),
    }
}

/// Refuses a key that could leave the token or do more than sign; says its type.
pub(super) fn check(session: &Session, key: ObjectHandle, uri: &TokenUri) -> Result<KeyType, Fault> {
    let mut asked: Vec<AttributeType> = MUST.iter().map(|(attribute, ..)| *attribute).collect();
    asked.push(AttributeType::KeyType);
    let told = session.get_attributes(key, &asked).map_err(|error| Fault::of(&error, uri))?;
    for (attribute, name, must, may_be_silent) in MUST {
        let found = told.iter().find(|told| told.attribute_type() == attribute).and_then(truth);
        if found != Some(must) && !(found.is_none() && may_be_silent) {
            return Err(TokenError::Attribute { attribute: name, must, found }.into());
        }
    }
    match told.iter().find_map(|told| if let Attribute::KeyType(kind) = told { Some(*kind) } else { None }) {
        Some(TokenKeyType::EC) => Ok(KeyType::P256),
        Some(TokenKeyType::EC_EDWARDS) => Ok(KeyType::Ed25519),
        _ => Err(TokenError::KeyType.into()),
    }
}

fn truth(attribute: &Attribute) -> Option<bool> {
    match attribute {
        Attribute::Sensitive(told)
        | Attribute::Extractable(told)
        | Attribute::Private(told)
        | Attribute::Sign(told)
        | Attribute::Decrypt(told)
        | Attribute::Unwrap(told)
        | Attribute::Derive(told)
        | Attribute::SignRecover(told)
        | Attribute::AlwaysAuthenticate(told) => Some(*told),
        _ => None,
    }
}

/// The id of a key.
pub(super) fn id_of(session: &Session, key: ObjectHandle, uri: &TokenUri) -> Result<Vec<u8>, Fault> {
    let told = session.get_attributes(key, &[AttributeType::Id]).map_err(|error| Fault::of(&error, uri))?;
    let id = told.into_iter().find_map(|told| if let Attribute::Id(id) = told { Some(id) } else { None });
    id.filter(|id| !id.is_empty()).ok_or_else(|| TokenError::NoPublicKey.into())
}

/// The public half, which lies beside the private one under the same id.
pub(super) fn public_key(session: &Session, kind: KeyType, id: &[u8], uri: &TokenUri) -> Result<VerifyingKey, Fault> {
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), Attribute::Token(true), Attribute::Id(id.to_vec())];
    let found = session.find_objects(&template).map_err(|error| Fault::of(&error, uri))?;
    let [object] = found.as_slice() else { return Err(TokenError::NoPublicKey.into()) };
    let asked = [AttributeType::EcParams, AttributeType::EcPoint];
    let (mut curve, mut point) = (Vec::new(), Vec::new());
    for told in session.get_attributes(*object, &asked).map_err(|error| Fault::of(&error, uri))? {
        match told {
            Attribute::EcParams(bytes) => curve = bytes,
            Attribute::EcPoint(bytes) => point = bytes,
            _ => {}
        }
    }
    Ok(parse(kind, &curve, &point)?)
}

/// A public key as tokens tell it, checked as every key of a list is.
fn parse(kind: KeyType, curve: &[u8], point: &[u8]) -> Result<VerifyingKey, TokenError> {
    let bad = |_| TokenError::PublicKey;
    match kind {
        KeyType::P256 if curve == P256 => {
            // An OCTET STRING around the point, or from some tokens the point alone.
            let point = if let [0x04, 65, point @ ..] = point { point } else { point };
            VerifyingKey::p256(point).map_err(bad)
        }
        KeyType::Ed25519 if [ED25519, ED25519_NAME, ED25519_GNU].contains(&curve) => {
            // An OCTET STRING, a BIT STRING as in PKCS#11 3.1, or the bytes alone.
            let point = match point {
                [0x04, 32, point @ ..] | [0x03, 33, 0, point @ ..] => point,
                point => point,
            };
            VerifyingKey::ed25519(point.try_into().map_err(|_| TokenError::PublicKey)?).map_err(bad)
        }
        _ => Err(TokenError::KeyType),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private_key::PrivateKey;
    use crate::signer::Signer;

    #[test]
    fn a_public_key_is_read_in_each_form_that_tokens_use_and_a_weak_one_is_refused() {
        let ed25519 = PrivateKey::generate(KeyType::Ed25519).expect("makes");
        let spki = ed25519.verifying_key().to_spki();
        let raw = spki.get(spki.len() - 32..).expect("32 bytes").to_vec();
        for curve in [ED25519, ED25519_NAME, ED25519_GNU] {
            for head in [&b"\x04\x20"[..], b"\x03\x21\x00", b""] {
                let point = [head, &raw].concat();
                assert_eq!(parse(KeyType::Ed25519, curve, &point).as_ref(), Ok(ed25519.verifying_key()));
            }
        }
        // The neutral element: every signature of a forger would hold.
        let mut weak = [0; 32];
        weak[0] = 1;
        assert_eq!(parse(KeyType::Ed25519, ED25519, &weak), Err(TokenError::PublicKey));
        let p256 = PrivateKey::generate(KeyType::P256).expect("makes");
        let spki = p256.verifying_key().to_spki();
        let raw = spki.get(spki.len() - 65..).expect("65 bytes").to_vec();
        for head in [&b"\x04\x41"[..], b""] {
            assert_eq!(parse(KeyType::P256, P256, &[head, &raw].concat()).as_ref(), Ok(p256.verifying_key()));
        }
        let mut off = raw.clone();
        off[64] ^= 1;
        assert_eq!(parse(KeyType::P256, P256, &off), Err(TokenError::PublicKey));
        assert_eq!(parse(KeyType::P256, b"\x06\x05\x2b\x81\x04\x00\x22", &raw), Err(TokenError::KeyType), "P-384");
        assert_eq!(parse(KeyType::Ed25519, P256, &raw), Err(TokenError::KeyType));
        assert_eq!(parse(KeyType::Ed25519, ED25519, b""), Err(TokenError::PublicKey));
    }
}
