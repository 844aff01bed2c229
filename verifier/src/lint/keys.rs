//! An issuer's key set.

use super::base64::decode_standard;
use super::trust::point;
use super::{IssueCode, Issues};
use base64ct::{Base64UrlUnpadded, Encoding};
use sha2::{Digest, Sha256};
use tegata_certificate::json::{Json, Object};
use tegata_certificate::x509::{Certificate, PublicKey};
use tegata_certificate::{UnixTime, VerifyingKey};

/// Certificates of one key.
const CHAIN_MAX: usize = 10;

/// Looks at a key set, at each key, and at their certificates.
pub(super) fn check(bytes: &[u8], iss: Option<&str>, at: UnixTime, issues: &mut Issues) {
    // A key set is a file of its own, and no layer: the end of its last line is no fault.
    let Ok(set) = Json::parse(bytes) else {
        return issues.error(IssueCode::JsonParseError, "jwks");
    };
    let keys = set.as_object().and_then(|set| set.get("keys")).and_then(Json::as_list);
    let Some(keys) = keys.filter(|keys| !keys.is_empty()) else {
        return issues.error(IssueCode::InvalidKeySchema, "jwks keys");
    };
    for (place, key) in keys.iter().enumerate() {
        let place = format!("jwks keys[{place}]");
        match key.as_object() {
            Some(key) => check_key(key, iss, at, &place, issues),
            None => issues.error(IssueCode::InvalidKeySchema, place),
        }
    }
}

fn check_key(jwk: &Object, iss: Option<&str>, at: UnixTime, place: &str, issues: &mut Issues) {
    let text = |name: &str| jwk.get(name).and_then(Json::as_text);
    let within = |member: &str| format!("{place} {member}");
    if jwk.get("d").is_some() {
        issues.error(IssueCode::InvalidKeyPrivate, within("d"));
    }
    for (member, wanted, code) in [
        ("kty", "EC", IssueCode::InvalidKeyWrongKty),
        ("use", "sig", IssueCode::InvalidKeyWrongUse),
        ("alg", "ES256", IssueCode::InvalidKeyWrongAlg),
    ] {
        if text(member) != Some(wanted) {
            issues.error(code, within(member));
        }
    }
    if text("kty") != Some("EC") {
        return;
    }
    if text("crv") != Some("P-256") {
        issues.error(IssueCode::InvalidKeyWrongCrv, within("crv"));
    }
    match thumbprint(jwk) {
        None => issues.error(IssueCode::InvalidKeySchema, place),
        Some(own) if text("kid") != Some(&own) => issues.error(IssueCode::InvalidKeyWrongKid, within("kid")),
        Some(_) => {}
    }
    if text("crv") != Some("P-256") {
        return;
    }
    let key = point(jwk).and_then(|point| VerifyingKey::p256(&point).ok());
    if key.is_none() {
        issues.error(IssueCode::InvalidKeyUnknown, place);
    }
    if jwk.get("crlVersion").is_some_and(|version| version.as_number().is_none_or(|n| n.fract() != 0.0 || n < 1.0)) {
        issues.error(IssueCode::RevocationError, within("crlVersion"));
    }
    if let Some(chain) = jwk.get("x5c") {
        let certificates = chain.texts().ok().filter(|chain| (1..=CHAIN_MAX).contains(&chain.len()));
        let ders: Option<Vec<Vec<u8>>> =
            certificates.and_then(|c| c.iter().map(|text| decode_standard(text)).collect());
        if !ders.is_some_and(|ders| is_sound(&ders, key.as_ref(), iss, at)) {
            issues.error(IssueCode::InvalidKeyX5c, within("x5c"));
        }
    }
}

/// RFC 7638 over the members as they stand.
fn thumbprint(jwk: &Object) -> Option<String> {
    let member = |name: &str| jwk.get(name).and_then(Json::as_text).filter(|text| !text.contains(['"', '\\']));
    let (crv, kty, x, y) = (member("crv")?, member("kty")?, member("x")?, member("y")?);
    let canonical = format!(r#"{{"crv":"{crv}","kty":"{kty}","x":"{x}","y":"{y}"}}"#);
    Some(Base64UrlUnpadded::encode_string(&Sha256::digest(canonical)))
}

/// Whether certificates are those of the key: the first is of it and of its issuer, each is signed by the next, and all
/// are in force. Whether anybody trusts the last is not asked.
fn is_sound(ders: &[Vec<u8>], key: Option<&VerifyingKey>, iss: Option<&str>, at: UnixTime) -> bool {
    let Ok(chain) = ders.iter().map(|der| Certificate::from_der(der)).collect::<Result<Vec<_>, _>>() else {
        return false;
    };
    let Some(leaf) = chain.first() else { return false };
    let of_key = key.is_some_and(|key| VerifyingKey::from_spki(leaf.spki()).is_ok_and(|own| own == *key));
    let uris = leaf.subject_uris();
    let of_issuer = match iss {
        Some(iss) => uris.contains(&iss),
        None => !uris.is_empty(),
    };
    let linked = chain.windows(2).all(|pair| match pair {
        [one, next] => PublicKey::from_spki(next.spki()).is_ok_and(|key| one.is_signed_by(&key).is_ok()),
        _ => false,
    });
    of_key && of_issuer && linked && chain.iter().all(|certificate| certificate.is_live(at))
}
