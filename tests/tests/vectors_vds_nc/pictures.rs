//! Pictures of seals, read by the verifier's own reader.

use tegata_tests::vectors::Case;
use tegata_verifier::tool::{Limits, read_codes};

pub fn check(case: &Case<'_>) -> Result<(), String> {
    let codes = read_codes(&case.bytes(), &Limits::default()).map_err(|error| error.to_string())?;
    let wanted = case.file(case.expected()["text_of"].as_str().expect("text_of"));
    let [code] = codes.as_slice() else { return Err(format!("{} codes", codes.len())) };
    if code.text.as_bytes() == wanted.trim_ascii() { Ok(()) } else { Err("another text".to_owned()) }
}
