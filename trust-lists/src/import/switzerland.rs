//! Switzerland's lists: a JWS (or its payload) of keys `{certs: [{keyId, alg, use, crv, x, y | n, e}]}`, and
//! one of the identifiers that are in use, `{activeKeyIds: […]}`. Keys come without certificates and countries.

use super::document_key::{Listed, bare};
use super::encoding::base64;
use super::{Authenticity, ImportError, Imported, Input, InputFile, Outcome, json, jws};
use serde_json::Value;
use std::collections::HashSet;
use tegata_certificate::{Kind, VerifyingKey};

const FORM: &str = "a Swiss key list (JWS or JSON)";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, 2, "one or two files: the keys, and the identifiers in use")?;
    let mut authenticity = None;
    let mut lists = Vec::new();
    for file in files {
        let (list, vouched) = open(file, input)?;
        // A set is vouched for as its weakest part is.
        if authenticity != Some(Authenticity::Unsigned) {
            authenticity = Some(vouched);
        }
        lists.push(list);
    }
    input.policy.check_age(None)?;
    let mut lists = lists.iter();
    let (Some(keys), Some(authenticity)) = (lists.next(), authenticity) else {
        return Err(ImportError::Form(FORM));
    };
    let active = lists.next().map(active).transpose()?;
    let keys = keys.get("certs").or(keys.get("keys")).and_then(Value::as_array).ok_or(ImportError::Form(FORM))?;
    let mut imported = Imported::new(None, authenticity);
    for key in keys {
        let name = json::text(key, "keyId").unwrap_or_default();
        let read = read_key(key, active.as_ref()).and_then(|(kid, kinds, key)| {
            let listed = Listed { kid: Some(&kid), country: input.country, kinds: &kinds };
            bare(key, listed, input.policy.now, input.policy, &mut imported.report)
        });
        imported.push(name, read);
    }
    Ok(imported)
}

fn open(file: &InputFile, input: &Input<'_>) -> Result<(Value, Authenticity), ImportError> {
    if !jws::is_jws(&file.bytes) {
        let authenticity = input.policy.accept_unsigned()?;
        return Ok((json::parse(&file.bytes, FORM)?, authenticity));
    }
    let signer = input.signer.ok_or(ImportError::SignerMissing)?;
    let payload = jws::open(&file.bytes, signer, input.policy.now, FORM)?;
    Ok((json::parse(&payload, FORM)?, signer.authenticity()))
}

fn active(list: &Value) -> Result<HashSet<Vec<u8>>, ImportError> {
    let kids = list.get("activeKeyIds").unwrap_or(list).as_array().ok_or(ImportError::Form(FORM))?;
    kids.iter().map(|kid| kid.as_str().and_then(base64).ok_or(ImportError::Form(FORM))).collect()
}

fn read_key(key: &Value, active: Option<&HashSet<Vec<u8>>>) -> Result<(Vec<u8>, Vec<Kind>, VerifyingKey), Outcome> {
    let kid = json::text(key, "keyId").and_then(base64).ok_or(Outcome::Malformed)?;
    if active.is_some_and(|active| !active.contains(&kid)) {
        return Err(Outcome::Inactive);
    }
    // Letters of the kinds; "sig" for all of them, and nothing for none.
    let kinds = match json::text(key, "use").ok_or(Outcome::Malformed)? {
        "sig" => Kind::ALL.to_vec(),
        letters => {
            let all = [('v', Kind::Vaccination), ('t', Kind::Test), ('r', Kind::Recovery)];
            all.into_iter().filter(|(letter, _)| letters.contains(*letter)).map(|(_, kind)| kind).collect()
        }
    };
    if kinds.is_empty() {
        return Err(Outcome::OtherPurpose);
    }
    let part = |name: &str| json::text(key, name).and_then(base64).ok_or(Outcome::Malformed);
    let read = match json::text(key, "alg").ok_or(Outcome::Malformed)? {
        "ES256" if json::text(key, "crv") == Some("P-256") => {
            let (x, y) = (padded(&part("x")?)?, padded(&part("y")?)?);
            VerifyingKey::p256(&[&[4][..], &x, &y].concat())
        }
        // These lists write RS256 and mean PS256, which is what RSA keys sign in this family.
        "RS256" | "PS256" => VerifyingKey::rsa(&part("n")?, &part("e")?),
        _ => return Err(Outcome::UnusableKey),
    };
    Ok((kid, kinds, read.map_err(|_| Outcome::UnusableKey)?))
}

/// A coordinate in its full length: the writer's numbers may lack zeros or have one too many.
fn padded(number: &[u8]) -> Result<[u8; 32], Outcome> {
    let first = number.iter().position(|byte| *byte != 0).unwrap_or(number.len());
    let digits = number.get(first..).unwrap_or_default();
    let mut full = [0; 32];
    let start = full.len().checked_sub(digits.len()).ok_or(Outcome::UnusableKey)?;
    full.iter_mut().skip(start).zip(digits).for_each(|(to, from)| *to = *from);
    Ok(full)
}
