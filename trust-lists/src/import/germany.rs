//! Germany's list: a line of base64, the ES256 signature (r, s) over the rest; then JSON
//! `{certificates: [{kid, country, rawData, …}]}`.

use super::encoding::base64;
use super::{ImportError, Imported, Input, gateway, json};

const FORM: &str = "a German trust list (a line of signature, then JSON)";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, 1, "one file")?;
    let bytes = files.first().map(|file| file.bytes.as_slice()).unwrap_or_default();
    let line = bytes.iter().position(|byte| *byte == b'\n').ok_or(ImportError::Form(FORM))?;
    let (first, rest) = bytes.split_at_checked(line).ok_or(ImportError::Form(FORM))?;
    let body = rest.get(1..).unwrap_or_default();
    let signature = std::str::from_utf8(first).ok().and_then(base64).ok_or(ImportError::Form(FORM))?;
    let signer = input.signer.ok_or(ImportError::SignerMissing)?;
    signer.check_in_force(input.policy.now)?;
    let key = signer.document_key()?;
    // A copy by hand may have got a line end behind the JSON, or lost it.
    let held = key.verify(body, &signature).or_else(|_| key.verify(body.trim_ascii_end(), &signature));
    held.map_err(|_| ImportError::Signature)?;
    input.policy.check_age(None)?;
    let mut imported = Imported::new(None, signer.authenticity());
    gateway::read_entries(&json::parse(body, FORM)?, FORM, input, &mut imported)?;
    Ok(imported)
}
