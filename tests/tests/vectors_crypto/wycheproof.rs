//! Wycheproof, by the kind that each group of tests names.

use std::path::Path;

use serde_json::Value as Json;
use tegata_certificate::{Algorithm, VerifyingKey};
use tegata_tests::vectors::{self, Tally};

use crate::{bytes, ed25519, jose, pbes2};

pub fn all(family: &Path) -> Vec<Tally> {
    vectors::files_below(family, "json").iter().map(|path| file(path)).collect()
}

fn file(path: &Path) -> Tally {
    let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let mut tally = Tally::new(format!("wycheproof/{name}"));
    let file = vectors::json(path);
    for group in file["testGroups"].as_array().expect("groups of tests") {
        match group["type"].as_str().unwrap_or_default() {
            "EddsaVerify" => ed25519::wycheproof(&mut tally, group),
            "EcdsaP1363Verify" => ecdsa(&mut tally, group, |sig| Some(sig.to_vec())),
            "EcdsaVerify" => {
                ecdsa(&mut tally, group, |sig| der_to_fixed(sig, field_length(group)));
                der_is_no_signature(&mut tally, group);
            }
            "RsassaPssVerify" => rsa_pss(&mut tally, group),
            "PbeTest" => pbes2::group(&mut tally, &file, group),
            "JsonWebSignature" | "JsonWebKey" => jose::group(&mut tally, group),
            other => tally.skip_many(format!("no part of the product: {other}"), tests(group).len() as u64),
        }
    }
    tally
}

pub fn tests(group: &Json) -> &[Json] {
    group["tests"].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn id(case: &Json) -> String {
    format!("tcId {} ({})", case["tcId"], case["comment"].as_str().unwrap_or_default())
}

/// ECDSA in the form that COSE uses, r and s with the length of the field. `fixed` brings a
/// signature into that form; what cannot be brought into it is refused before any key sees it.
fn ecdsa(tally: &mut Tally, group: &Json, fixed: impl Fn(&[u8]) -> Option<Vec<u8>>) {
    let key = VerifyingKey::from_spki(&bytes(group, "publicKeyDer"));
    let _ = key.as_ref().map(VerifyingKey::prepare);
    let ours = match (group["publicKey"]["curve"].as_str(), group["sha"].as_str()) {
        (Some("secp256r1"), Some("SHA-256")) => Some(Algorithm::Es256),
        (Some("secp384r1"), Some("SHA-384")) => Some(Algorithm::Es384),
        _ => None,
    };
    for case in tests(group) {
        let signature = fixed(&bytes(case, "sig"));
        let held = match (&key, signature) {
            (Ok(key), Some(signature)) => holds(key, &bytes(case, "msg"), &signature),
            _ => false,
        };
        let algorithm = key.as_ref().ok().map(VerifyingKey::algorithm);
        let wanted = case["result"] == "valid" && ours.is_some();
        tally.check(id(case), held == wanted && (!wanted || algorithm == ours));
    }
}

fn field_length(group: &Json) -> usize {
    group["publicKey"]["keySize"].as_u64().map_or(0, |bits| bits.div_ceil(8) as usize)
}

/// Whether it does, which is written down for wasm to be asked the same.
fn holds(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    let holds = key.verify(message, signature).is_ok();
    vectors::record_signature(key, message, signature, holds);
    holds
}

/// A signature in DER is never one for COSE, not even one whose numbers are right.
fn der_is_no_signature(tally: &mut Tally, group: &Json) {
    let Ok(key) = VerifyingKey::from_spki(&bytes(group, "publicKeyDer")) else { return };
    for case in tests(group) {
        let held = holds(&key, &bytes(case, "msg"), &bytes(case, "sig"));
        tally.check(format!("{} as DER", id(case)), !held);
    }
}

/// `SEQUENCE { r INTEGER, s INTEGER }` in DER to r and s of a fixed length.
fn der_to_fixed(der: &[u8], length: usize) -> Option<Vec<u8>> {
    let (body, rest) = der_value(der, 0x30)?;
    let (r, rest_of_body) = der_value(body, 0x02)?;
    let (s, end) = der_value(rest_of_body, 0x02)?;
    if !rest.is_empty() || !end.is_empty() {
        return None;
    }
    let mut fixed = unsigned(r, length)?;
    fixed.extend(unsigned(s, length)?);
    Some(fixed)
}

/// The contents of a value with this tag and what follows it. A length is in its shortest form.
fn der_value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der {
        [own, length, rest @ ..] if *own == tag && *length < 0x80 => (usize::from(*length), rest),
        [own, 0x81, length, rest @ ..] if *own == tag && *length >= 0x80 => (usize::from(*length), rest),
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// A number that is not negative, in the shortest form, with zeros in front up to `length`.
fn unsigned(integer: &[u8], length: usize) -> Option<Vec<u8>> {
    let digits = match integer {
        [0] => &[],
        [0, rest @ ..] if rest[0] >= 0x80 => rest,
        [first, ..] if (1..0x80).contains(first) => integer,
        _ => return None,
    };
    let zeros = length.checked_sub(digits.len())?;
    Some([vec![0; zeros].as_slice(), digits].concat())
}

/// PS256 wants SHA-256, MGF1 with SHA-256 and a salt of 32 bytes; whatever has other parameters
/// is refused although it is good in its own way.
fn rsa_pss(tally: &mut Tally, group: &Json) {
    let key = VerifyingKey::from_spki(&bytes(group, "publicKeyDer"));
    let sha256 = Some("SHA-256");
    let is_ps256 = group["sha"].as_str() == sha256
        && group["mgf"].as_str() == Some("MGF1")
        && group["mgfSha"].as_str() == sha256
        && group["sLen"] == 32;
    let size_is_ours = group["keySize"].as_u64().is_some_and(|bits| (2048..=4096).contains(&bits));
    for case in tests(group) {
        let held = key.as_ref().is_ok_and(|key| holds(key, &bytes(case, "msg"), &bytes(case, "sig")));
        let wanted = case["result"] == "valid" && is_ps256 && size_is_ours;
        tally.check(id(case), held == wanted);
    }
}
