//! Entries of the EU gateway: `[{kid, timestamp, country, certificateType, thumbprint, rawData}]`, alone or
//! as `certificates` of an object.

use super::document_key::{Listed, certified, country_of};
use super::encoding::base64;
use super::{ImportError, Imported, ImportedKey, Input, Outcome, json};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tegata_certificate::Kind;

const FORM: &str = "entries of the EU gateway (JSON)";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, usize::MAX, "one file or more")?;
    let authenticity = input.policy.accept_unsigned()?;
    input.policy.check_age(None)?;
    let mut imported = Imported::new(None, authenticity);
    for file in files {
        read_entries(&json::parse(&file.bytes, FORM)?, FORM, input, &mut imported)?;
    }
    Ok(imported)
}

/// Reads a list of entries, whoever vouches for it.
pub(super) fn read_entries(
    list: &Value,
    form: &'static str,
    input: &Input<'_>,
    imported: &mut Imported,
) -> Result<(), ImportError> {
    let entries = list.get("certificates").unwrap_or(list).as_array().ok_or(ImportError::Form(form))?;
    for entry in entries {
        let key = read_entry(entry, input, imported);
        imported.push(json::text(entry, "kid").unwrap_or_default(), key);
    }
    Ok(())
}

fn read_entry(entry: &Value, input: &Input<'_>, imported: &mut Imported) -> Result<ImportedKey, Outcome> {
    // Others are for connections, uploads and authorities. A list without types has signers only.
    if json::text(entry, "certificateType").is_some_and(|kind| kind != "DSC") {
        return Err(Outcome::OtherPurpose);
    }
    let der = json::text(entry, "rawData").and_then(base64).ok_or(Outcome::Malformed)?;
    if let Some(thumbprint) = json::text(entry, "thumbprint") {
        let own = base16ct::lower::encode_string(&Sha256::digest(&der));
        if !thumbprint.eq_ignore_ascii_case(&own) {
            return Err(Outcome::KidMismatch);
        }
    }
    let kid = json::text(entry, "kid").map(|kid| base64(kid).ok_or(Outcome::Malformed)).transpose()?;
    let country = json::text(entry, "country").and_then(country_of).or(input.country);
    let listed = Listed { kid: kid.as_deref(), country, kinds: &Kind::ALL };
    certified(&der, listed, input.policy, &mut imported.report)
}
