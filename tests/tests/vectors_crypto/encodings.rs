//! Base45 (RFC 9285) and CBOR (RFC 8949).

use std::path::Path;

use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tegata_certificate::{
    base45,
    cbor::{Limits, Profile, scan},
};
use tegata_tests::vectors::{self, Tally};

use crate::{bytes, text};

pub fn base45(family: &Path) -> Tally {
    let mut tally = Tally::new("base45");
    for path in vectors::files_below(family, "json") {
        let file = vectors::json(&path);
        for case in list(&file, "roundtrip") {
            let (text, bytes) = (text(case, "text"), bytes(case, "bytes"));
            let decoded = base45::decode(text).is_ok_and(|decoded| decoded == bytes);
            tally.check(format!("decode {text:?}"), decoded);
            tally.check(format!("encode {text:?}"), base45::encode(&bytes) == text);
        }
        for case in list(&file, "reject") {
            let text = text(case, "text");
            tally.check(format!("reject {text:?}"), base45::decode(text).is_err());
        }
    }
    tally
}

fn list<'a>(file: &'a Json, name: &str) -> &'a [Json] {
    file[name].as_array().map(Vec::as_slice).unwrap_or_default()
}

pub fn cbor(family: &Path) -> Tally {
    let mut tally = Tally::new("cbor");
    let files: Vec<_> = vectors::files_below(family, "json").iter().map(|p| vectors::json(p)).collect();
    // A case that says what it decodes to is good; the others are ill-formed. The examples of
    // RFC 7049 have one that RFC 8949 declares ill-formed: there the later one decides.
    let is_good = |case: &Json| case.get("roundtrip").is_some();
    let all = || files.iter().flat_map(crate::cases);
    let ill_formed: Vec<&str> = all().filter(|c| !is_good(c)).map(|c| text(c, "hex")).collect();
    for case in all() {
        let (id, bytes) = (text(case, "hex"), bytes(case, "hex"));
        if is_good(case) && !ill_formed.contains(&id) {
            good_item(&mut tally, id, &bytes);
            continue;
        }
        for profile in [Profile::Lenient, Profile::Deterministic] {
            let refused = scan(&bytes, profile, Limits::CERTIFICATE).is_err();
            tally.check(format!("{id} ({profile:?})"), refused);
        }
    }
    tally
}

/// The lenient profile takes every well-formed item; the deterministic one takes it only if it is
/// what a deterministic writer would write, and of the types that we write.
fn good_item(tally: &mut Tally, id: &str, bytes: &[u8]) {
    let lenient = scan(bytes, Profile::Lenient, Limits::CERTIFICATE).is_ok();
    tally.check(format!("{id} (Lenient)"), lenient);
    let Ok(value) = ciborium::from_reader(bytes) else {
        tally.skip("a simple value without a meaning, which the oracle does not know");
        return;
    };
    let wanted = is_ours(&value) && deterministic(&value) == bytes;
    let strict = scan(bytes, Profile::Deterministic, Limits::CERTIFICATE).is_ok();
    tally.check(format!("{id} (Deterministic)"), strict == wanted);
}

/// Whether a value holds no floating-point number anywhere. (Where it holds `undefined`, ciborium
/// writes null and so other bytes.)
fn is_ours(value: &Cbor) -> bool {
    match value {
        Cbor::Float(_) => false,
        Cbor::Array(items) => items.iter().all(is_ours),
        Cbor::Map(members) => members.iter().all(|(key, value)| is_ours(key) && is_ours(value)),
        Cbor::Tag(_, inner) => is_ours(inner),
        _ => true,
    }
}

/// The value in the encoding of RFC 8949 section 4.2.1. Ciborium writes shortest heads and
/// definite lengths; what it does not do is to sort keys.
fn deterministic(value: &Cbor) -> Vec<u8> {
    fn sorted(value: &Cbor) -> Cbor {
        match value {
            Cbor::Array(items) => Cbor::Array(items.iter().map(sorted).collect()),
            Cbor::Tag(tag, inner) => Cbor::Tag(*tag, Box::new(sorted(inner))),
            Cbor::Map(members) => {
                let mut members: Vec<_> = members.iter().map(|(key, value)| (sorted(key), sorted(value))).collect();
                members.sort_by_key(|(key, _)| encode(key));
                Cbor::Map(members)
            }
            other => other.clone(),
        }
    }
    fn encode(value: &Cbor) -> Vec<u8> {
        let mut bytes = Vec::new();
        ciborium::into_writer(value, &mut bytes).expect("writing to memory");
        bytes
    }
    encode(&sorted(value))
}
