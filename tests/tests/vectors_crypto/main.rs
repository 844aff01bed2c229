//! Every case of the published vectors for signatures, encodings and hostile messages.
//!
//! Each subfolder of the family is one reader's; its files are found by walking, never by name.

mod cose_examples;
mod ed25519;
mod encodings;
mod hostile;
mod jose;
mod pbes2;
mod wycheproof;

use std::{fs, path::Path};

use p256::elliptic_curve::sec1::ToSec1Point as _;
use serde_json::Value as Json;
use tegata_certificate::{VerifyingKey, key_tables};
use tegata_tests::vectors::{self, Tally};

#[test]
fn every_published_cryptographic_vector_gets_the_wanted_answer() {
    let Some(folder) = vectors::family("crypto") else { return };
    let mut tallies = all(&folder);
    // The base point is a key too.
    let base = p256::AffinePoint::GENERATOR.to_sec1_point(false);
    let key = VerifyingKey::p256(base.as_bytes()).expect("a key");
    key.prepare();
    assert!(key_tables::held() > 0, "keys that are prepared had tables");
    // Everything again by the plain path.
    key_tables::limit_to(0);
    tallies.extend(all(&folder).into_iter().map(|tally| tally.once_more("without tables")));
    assert_eq!(key_tables::held(), 0);
    vectors::finish("crypto", tallies);
}

fn all(folder: &Path) -> Vec<Tally> {
    let mut tallies = Vec::new();
    for name in subfolders(folder) {
        let family = folder.join(&name);
        match name.as_str() {
            "base45" => tallies.push(encodings::base45(&family)),
            "cbor" => tallies.push(encodings::cbor(&family)),
            "ed25519-speccheck" => tallies.push(ed25519::speccheck(&family)),
            "cctv-ed25519" => tallies.push(ed25519::cctv(&family)),
            "rfc8032" => tallies.push(ed25519::rfc8032(&family)),
            "wycheproof" => tallies.extend(wycheproof::all(&family)),
            "cose-wg" => tallies.push(cose_examples::all(&family)),
            "cose-adversarial" => tallies.extend(hostile::messages(&family)),
            "hc1-transport" => tallies.push(hostile::texts(&family, folder)),
            _ => tallies.push(not_read(&name, &family)),
        }
    }
    tallies
}

fn subfolders(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a readable folder");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| path.is_dir())
        .filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// What the product has no part in yet, such as the proofs of a transparency log.
fn not_read(name: &str, family: &Path) -> Tally {
    let mut tally = Tally::new(name);
    let cases = vectors::files_below(family, "json").into_iter().map(|path| count(&vectors::json(&path)));
    tally.skip_many("no part of the product", cases.sum::<usize>() as u64);
    tally
}

/// How many cases a file holds: the longest list at its top, or else the file itself.
fn count(file: &Json) -> usize {
    match file {
        Json::Array(cases) => cases.len(),
        Json::Object(members) => members.values().filter_map(Json::as_array).map(Vec::len).max().unwrap_or(1),
        _ => 1,
    }
}

/// A text member; panics where it is missing, as a case that cannot be read is no check.
fn text<'a>(case: &'a Json, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("a case without the text {name}"))
}

/// A member that holds bytes in hexadecimal digits.
fn bytes(case: &Json, name: &str) -> Vec<u8> {
    vectors::hex(text(case, name)).unwrap_or_else(|| panic!("{name} is not hexadecimal"))
}

/// The cases of a file that is a list, or that names its list `cases`.
fn cases(file: &Json) -> &[Json] {
    let list = file.as_array().or_else(|| file["cases"].as_array());
    list.map_or_else(|| panic!("a file without cases"), Vec::as_slice)
}
