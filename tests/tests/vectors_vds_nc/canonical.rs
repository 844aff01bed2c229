//! The canonical form of JSON.

use tegata_certificate::jcs;
use tegata_tests::vectors::Case;

pub fn check(case: &Case<'_>) -> Result<(), String> {
    let bytes = case.bytes();
    let written = std::str::from_utf8(&bytes).map_err(|_| "not UTF-8".to_owned()).and_then(|text| {
        let value = jcs::parse(text).map_err(|error| error.to_string())?;
        Ok(jcs::canonical(&value))
    });
    match (case.expected()["verdict"].as_str(), written) {
        (Some("valid"), Ok(written)) => {
            let wanted = case.file(case.text("canonical"));
            if written.as_bytes() == wanted.trim_ascii_end() { Ok(()) } else { Err(format!("it is written {written}")) }
        }
        (Some("invalid"), Err(_)) => Ok(()),
        (Some("valid"), Err(error)) => Err(error),
        (verdict, _) => Err(format!("wanted {verdict:?}")),
    }
}
