//! JSON Web Signatures and Keys, as the compact reader takes them.

use serde_json::Value as Json;
use tegata_certificate::{JwkSet, Jws, VerifyingKey};
use tegata_tests::vectors::{self, Tally};

use crate::wycheproof::tests;

/// One group of Wycheproof's `JsonWebSignature` or `JsonWebKey`: a key, or a set of keys, and
/// messages. Groups of shared keys have no public half; such keys are refused like any private one.
pub fn group(tally: &mut Tally, group: &Json) {
    let keys = if group["public"].is_null() { &group["private"] } else { &group["public"] };
    for case in tests(group) {
        let id = format!("tcId {} ({})", case["tcId"], case["comment"].as_str().unwrap_or_default());
        // Messages in JSON serialisation come as objects: no compact form, so no certificate.
        let message = case["jws"].as_str().map_or_else(|| case["jws"].to_string(), str::to_owned);
        let opened = open(&message, keys);
        match (case["result"] == "valid", is_ours(&message, keys)) {
            (true, false) if opened.is_none() => {
                tally.skip("good in an algorithm or form that is not read here, and refused");
            }
            (true, true) => tally.check(id, opened == payload(&message)),
            _ => tally.check(id, opened.is_none()),
        }
    }
}

/// The payload, if the message holds under the only key, or under the one of the set that the
/// message names.
fn open(message: &str, keys: &Json) -> Option<Vec<u8>> {
    let jws = Jws::decode(message).ok()?;
    let text = keys.to_string();
    let key: VerifyingKey = if keys["keys"].is_array() {
        JwkSet::parse(text.as_bytes()).ok()?.get(jws.kid()?)?.clone()
    } else {
        VerifyingKey::from_jwk(text.as_bytes()).ok()?
    };
    key.prepare();
    jws.open(&key).ok()
}

fn payload(message: &str) -> Option<Vec<u8>> {
    vectors::base64url(message.split('.').nth(1)?)
}

/// Whether the header's algorithm is one of ours, with a public key of its kind.
fn is_ours(message: &str, keys: &Json) -> bool {
    let header = message.split('.').next().and_then(vectors::base64url).unwrap_or_default();
    let header: Json = serde_json::from_slice(&header).unwrap_or_default();
    let all = keys["keys"].as_array().cloned().unwrap_or_else(|| vec![keys.clone()]);
    let curve_or_kind = match header["alg"].as_str() {
        Some("ES256") => "P-256",
        Some("ES384") => "P-384",
        Some("EdDSA") => "Ed25519",
        Some("PS256") => "RSA",
        _ => return false,
    };
    all.iter().any(|key| key["crv"] == curve_or_kind || key["kty"] == curve_or_kind)
}
