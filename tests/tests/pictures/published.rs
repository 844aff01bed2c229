//! Pictures that other issuers published.

use std::fs;

use serde_json::Value;
use tegata_tests::vectors::{self, Tally};
use tegata_verifier::tool::{Limits, read_codes};

const FLAG: &str = "EXPECTEDPICTUREDECODE";

/// Whether one of the codes in the picture says exactly `text`.
fn says(picture: &[u8], text: &str) -> Result<(), String> {
    let codes = read_codes(picture, &Limits::default()).map_err(|error| error.to_string())?;
    match codes.iter().any(|code| code.text == text) {
        true => Ok(()),
        false => Err(format!("{} codes say something else", codes.len())),
    }
}

#[test]
fn every_published_picture_reads_as_its_text() {
    let Some(folder) = vectors::family("eu-dcc") else { return };
    let pictures = folder.join("pictures");
    let mut tally = Tally::new("pictures");
    for case in vectors::json_lines(&pictures.join("pictures.jsonl")) {
        let field = |name: &str| case[name].as_str().unwrap_or_else(|| panic!("no {name}"));
        let bytes = fs::read(pictures.join(field("file"))).expect("a picture file");
        tally.outcome(field("file"), says(&bytes, field("text")));
    }
    vectors::finish("eu-dcc pictures", vec![tally]);
}

#[test]
fn every_vector_code_reads_as_its_prefix_where_the_vector_says_so_and_nowhere_else() {
    let Some(folder) = vectors::family("eu-dcc") else { return };
    let broken = vectors::rows(&folder.join("known-broken.tsv"));
    let mut tally = Tally::new("2DCODE");
    for path in vectors::files_below(&folder.join("vectors"), "json") {
        let name = path.strip_prefix(&folder).expect("below the folder").display().to_string();
        let vector = vectors::json(&path);
        let Some((picture, text, expected)) = code(&vector) else { continue };
        if broken.iter().any(|row| row[0] == name && row[1] == FLAG) {
            tally.skip("the vector itself is broken");
            continue;
        }
        match (says(&picture, text), expected) {
            (outcome, true) => tally.outcome(name, outcome),
            (outcome, false) => tally.check(name, outcome.is_err()),
        }
    }
    vectors::finish("eu-dcc codes", vec![tally]);
}

/// A vector's picture (none where its Base64 is broken, too), its text and what is expected of them.
fn code(vector: &Value) -> Option<(Vec<u8>, &str, bool)> {
    let expected = vector["EXPECTEDRESULTS"][FLAG].as_bool()?;
    let picture = vectors::base64(vector["2DCODE"].as_str()?).unwrap_or_default();
    Some((picture, vector["PREFIX"].as_str()?, expected))
}
