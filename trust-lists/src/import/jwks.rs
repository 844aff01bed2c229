//! A JSON Web Key set (RFC 7517): of a SMART Health Card issuer, with `--iss`, or of a state's EU DCC signers.

use super::document_key::{Listed, bare, certified};
use super::encoding::{base64, base64url};
use super::{ImportError, Imported, ImportedKey, Input, Outcome, json, shc_key};
use serde_json::Value;
use tegata_certificate::{Kind, VerifyingKey};

const FORM: &str = "a JSON Web Key set";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, 1, "one file")?;
    let bytes = files.first().map(|file| file.bytes.as_slice()).unwrap_or_default();
    let set = json::parse(bytes, FORM)?;
    let authenticity = input.policy.accept_unsigned()?;
    input.policy.check_age(None)?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or(ImportError::Form(FORM))?;
    let mut imported = Imported::new(None, authenticity);
    let issuer = match input.iss {
        Some(iss) => Some(
            shc_key::ShcIssuer::named(iss, iss, input.country)
                .ok_or(ImportError::Untold { what: "a usable issuer URL", option: "--iss" })?,
        ),
        None => None,
    };
    let until = input.policy.now.plus(input.policy.undated_life);
    for jwk in keys {
        let key = match &issuer {
            Some(issuer) => shc_key::read(jwk, issuer, until, input.policy, &mut imported.report),
            None => read_signer(jwk, input, &mut imported),
        };
        imported.push(json::text(jwk, "kid").unwrap_or_default(), key);
    }
    Ok(imported)
}

/// A signer of EU DCCs, by its certificate where the key has one.
fn read_signer(jwk: &Value, input: &Input<'_>, imported: &mut Imported) -> Result<ImportedKey, Outcome> {
    let key = VerifyingKey::from_jwk(jwk.to_string().as_bytes()).map_err(|_| Outcome::UnusableKey)?;
    let kid = json::text(jwk, "kid").map(|kid| base64(kid).ok_or(Outcome::Malformed)).transpose()?;
    let listed = Listed { kid: kid.as_deref(), country: input.country, kinds: &Kind::ALL };
    let leaf = jwk.get("x5c").and_then(|chain| chain.get(0));
    let Some(leaf) = leaf else {
        return bare(key, listed, input.policy.now, input.policy, &mut imported.report);
    };
    let der = leaf.as_str().and_then(|text| base64(text).or_else(|| base64url(text))).ok_or(Outcome::Malformed)?;
    let read = certified(&der, listed, input.policy, &mut imported.report)?;
    // Else nobody could say which of the two is meant.
    if read.entry.key == key { Ok(read) } else { Err(Outcome::KidMismatch) }
}
