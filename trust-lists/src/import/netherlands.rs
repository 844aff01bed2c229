//! The Dutch list: `{kid: [{subjectPk, keyUsage, san, ian}]}`, alone or as `eu_keys` of the published file.
//! Keys come without certificates.

use super::document_key::{Listed, bare, country_of};
use super::encoding::base64;
use super::{ImportError, Imported, Input, Outcome, json};
use serde_json::Value;
use tegata_certificate::{Kind, VerifyingKey};

const FORM: &str = "a Dutch key list (JSON)";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, 1, "one file")?;
    let bytes = files.first().map(|file| file.bytes.as_slice()).unwrap_or_default();
    let list = json::parse(bytes, FORM)?;
    let authenticity = input.policy.accept_unsigned()?;
    input.policy.check_age(None)?;
    let keys = list.get("eu_keys").unwrap_or(&list).as_object().ok_or(ImportError::Form(FORM))?;
    let mut imported = Imported::new(None, authenticity);
    for (kid, entries) in keys {
        // One kid may stand for several keys.
        for entry in entries.as_array().ok_or(ImportError::Form(FORM))? {
            let key = read_entry(kid, entry, input).and_then(|(key, kid, country, kinds)| {
                let listed = Listed { kid: Some(&kid), country, kinds: &kinds };
                bare(key, listed, input.policy.now, input.policy, &mut imported.report)
            });
            imported.push(kid, key);
        }
    }
    Ok(imported)
}

type Read = (VerifyingKey, Vec<u8>, Option<tegata_certificate::Country>, Vec<Kind>);

fn read_entry(kid: &str, entry: &Value, input: &Input<'_>) -> Result<Read, Outcome> {
    let kid = base64(kid).ok_or(Outcome::Malformed)?;
    let spki = json::text(entry, "subjectPk").and_then(base64).ok_or(Outcome::Malformed)?;
    let key = VerifyingKey::from_spki(&spki).map_err(|_| Outcome::UnusableKey)?;
    let usages = entry.get("keyUsage").and_then(Value::as_array).ok_or(Outcome::Malformed)?;
    let named = |name: &str| usages.iter().any(|usage| usage.as_str() == Some(name));
    let all = [("v", Kind::Vaccination), ("t", Kind::Test), ("r", Kind::Recovery)];
    let kinds = all.into_iter().filter(|(name, _)| named(name)).map(|(_, kind)| kind).collect();
    let country = ["san", "ian"].into_iter().find_map(|name| country_of(json::text(entry, name)?));
    Ok((key, kid, country.or(input.country), kinds))
}
