//! Writes down what the verifier says of each code that a test judges, so that a browser can be asked the same.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};
use std::env;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use tegata_certificate::{UnixTime, VerifyingKey};
use tegata_trust_lists::{Bundle, RootPin, TrustState};
use tegata_verifier::{Moment, Policy, Verifier};

/// Names the folder to write into; nothing is written without it.
const FOLDER: &str = "TEGATA_RECORD";

/// Adds a line to the record of this test program: the lists by their SHA-256, the root, the text, the time and the
/// report by the policy that everybody has. The lists go into a file of that name beside it.
///
/// # Panics
/// If the folder cannot be written.
pub fn record(bundle: &Bundle, pin: &RootPin, text: &str, now: UnixTime) {
    let Some(folder) = env::var_os(FOLDER).map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).expect("a folder for the record");
    let state = TrustState::load(bundle, pin, now).expect("lists that load");
    let policy = Policy { accept_demo: true, ..Policy::default() };
    let verifier = Verifier::new(state, policy).expect("told to take demonstrations");
    let report = verifier.verify(text, Moment::Now(now)).to_json(verifier.state());

    let lists = bundle.encode();
    let name = HEXLOWER.encode(&Sha256::digest(&lists));
    let file = folder.join(format!("{name}.cbor"));
    if !file.exists() {
        fs::write(file, lists).expect("lists beside the record");
    }
    let line = serde_json::json!({
        "lists": name,
        "root": pin.to_string(),
        "text": text,
        "now": now.0,
        "report": report,
    });
    add(folder, &line);
}

/// Adds to the record whether a signature holds, under `signatures` in its folder.
///
/// # Panics
/// If the folder cannot be written.
pub fn record_signature(key: &VerifyingKey, message: &[u8], signature: &[u8], holds: bool) {
    let Some(folder) = env::var_os(FOLDER).map(|folder| PathBuf::from(folder).join("signatures")) else { return };
    fs::create_dir_all(&folder).expect("a folder for the record");
    let [key, message, signature] = [&key.to_cose_key(), message, signature].map(|bytes| HEXLOWER.encode(bytes));
    add(folder, &serde_json::json!({ "key": key, "message": message, "signature": signature, "holds": holds }));
}

/// Adds a line to the record of this test program in that folder.
fn add(folder: PathBuf, line: &serde_json::Value) {
    let program = env::current_exe().ok();
    let program = program.as_ref().and_then(|program| program.file_stem()).unwrap_or_default();
    let path = folder.join(program).with_extension("ndjson");
    let mut file = OpenOptions::new().create(true).append(true).open(path).expect("a record");
    // In one piece: tests of one program run side by side.
    file.write_all(format!("{line}\n").as_bytes()).expect("writes");
}
