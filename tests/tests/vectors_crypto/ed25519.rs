//! Ed25519 by the strictest rules: the key must be canonical and of prime order, and so must R.

use std::path::Path;

use serde_json::Value as Json;
use tegata_certificate::VerifyingKey;
use tegata_tests::vectors::{self, Tally};

use crate::{bytes, cases, text};

/// "Taming the many EdDSAs": the strictest policy accepts none of the cases.
pub fn speccheck(family: &Path) -> Tally {
    let mut tally = Tally::new("ed25519-speccheck");
    for path in vectors::files_below(family, "json") {
        for (number, case) in cases(&vectors::json(&path)).iter().enumerate() {
            let message = bytes(case, "message");
            let held = holds(&bytes(case, "pub_key"), &message, &bytes(case, "signature"));
            tally.check(number, !held);
        }
    }
    tally
}

/// C2SP CCTV: only what has no peculiarity at all is accepted.
pub fn cctv(family: &Path) -> Tally {
    let mut tally = Tally::new("cctv-ed25519");
    for path in vectors::files_below(family, "json") {
        for case in cases(&vectors::json(&path)) {
            let flags = case["flags"].as_array().map(Vec::as_slice).unwrap_or_default();
            let message = text(case, "msg").as_bytes();
            let held = holds(&bytes(case, "key"), message, &bytes(case, "sig"));
            tally.check(format!("{} {flags:?}", case["number"]), held == flags.is_empty());
        }
    }
    tally
}

/// RFC 8032 section 7.1; each signature also with one bit changed, at every place.
pub fn rfc8032(family: &Path) -> Tally {
    let mut tally = Tally::new("rfc8032");
    for path in vectors::files_below(family, "json") {
        for case in cases(&vectors::json(&path)) {
            let (key, message) = (bytes(case, "public"), bytes(case, "message"));
            let signature = bytes(case, "signature");
            tally.check(text(case, "name"), holds(&key, &message, &signature));
            let changed_holds = (0..signature.len() * 8).any(|bit| {
                let mut changed = signature.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                holds(&key, &message, &changed)
            });
            tally.check(format!("{} with a bit changed", case["name"]), !changed_holds);
        }
    }
    tally
}

/// One group of Wycheproof's `EddsaVerify`.
pub fn wycheproof(tally: &mut Tally, group: &Json) {
    let key = bytes(&group["publicKey"], "pk");
    for case in cases_of(group) {
        let held = holds(&key, &bytes(case, "msg"), &bytes(case, "sig"));
        tally.check(format!("tcId {}", case["tcId"]), held == (case["result"] == "valid"));
    }
}

fn cases_of(group: &Json) -> &[Json] {
    group["tests"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn holds(key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let Ok(key) = <&[u8; 32]>::try_from(key) else { return false };
    let Ok(key) = VerifyingKey::ed25519(key) else { return false };
    let first = key.verify(message, signature).is_ok();
    // With its table a key says the same.
    key.prepare();
    assert_eq!(key.verify(message, signature).is_ok(), first, "with a table and without");
    vectors::record_signature(&key, message, signature, first);
    first
}
