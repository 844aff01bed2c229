//! The directory of the Vaccination Credential Initiative: its signed archive of every issuer ever seen healthy.
//!
//! `{time, issuerInfo: [{issuer {iss, name, canonical_iss?}, keys: [JWK], crls?, lastRetrieved}]}`, and beside it a
//! signature over exactly these bytes: ECDSA with SHA-512, in DER, by the directory's certificate (P-521). A third
//! file, the metadata by `canonical_iss`, only says where an issuer is.

use super::shc_key::{self, ShcIssuer};
use super::{ImportError, Imported, Input, Observation, Outcome, json, shc_crl};
use serde_json::Value;
use std::collections::HashMap;
use tegata_certificate::x509::Hash;
use tegata_certificate::{Country, UnixTime};

const FORM: &str = "a snapshot of the VCI directory (JSON)";
const METADATA_FORM: &str = "the metadata of the VCI directory (JSON)";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let wanted =
        "two or three files: vci_snapshot.json, vci_snapshot.sig and, for countries, vci-issuers-metadata.json";
    let (snapshot, signature, metadata) = match input.files(1, 3, wanted)? {
        [snapshot] => (snapshot, None, None),
        [snapshot, signature] => (snapshot, Some(signature), None),
        [snapshot, signature, metadata] => (snapshot, Some(signature), Some(metadata)),
        _ => return Err(ImportError::Files(wanted)),
    };
    let authenticity = match signature {
        Some(signature) => {
            let signer = input.signer.ok_or(ImportError::SignerMissing)?;
            signer.check_in_force(input.policy.now)?;
            signer.check_der(Hash::Sha512, &snapshot.bytes, &signature.bytes)?;
            signer.authenticity()
        }
        None => input.policy.accept_unsigned()?,
    };
    let directory = json::parse(&snapshot.bytes, FORM)?;
    let made = json::text(&directory, "time").and_then(UnixTime::parse).ok_or(ImportError::Form(FORM))?;
    input.policy.check_age(Some(made))?;
    let countries = match metadata {
        Some(file) => countries(&json::parse(&file.bytes, METADATA_FORM)?)?,
        None => HashMap::new(),
    };
    let mut imported = Imported::new(Some(made), authenticity);
    for info in directory.get("issuerInfo").and_then(Value::as_array).ok_or(ImportError::Form(FORM))? {
        read_issuer(info, made, &countries, input, &mut imported)?;
    }
    Ok(imported)
}

/// The country of an issuer by its URL, where all its places are in one.
fn countries(metadata: &Value) -> Result<HashMap<String, Country>, ImportError> {
    let form = ImportError::Form(METADATA_FORM);
    let mut countries = HashMap::new();
    for entry in metadata.get("issuer_metadata").and_then(Value::as_array).ok_or(form)? {
        let places = entry.get("locations").and_then(Value::as_array).into_iter().flatten();
        let mut codes: Vec<_> = places.filter_map(|place| Country::parse(json::text(place, "country")?)).collect();
        codes.sort_unstable();
        codes.dedup();
        if let (Some(iss), [country]) = (json::text(entry, "canonical_iss"), codes.as_slice()) {
            countries.insert(iss.to_owned(), *country);
        }
    }
    Ok(countries)
}

fn read_issuer(
    info: &Value,
    made: UnixTime,
    countries: &HashMap<String, Country>,
    input: &Input<'_>,
    imported: &mut Imported,
) -> Result<(), ImportError> {
    let form = || ImportError::Form(FORM);
    let issuer = info.get("issuer").ok_or_else(form)?;
    let iss = json::text(issuer, "iss").ok_or_else(form)?;
    let keys = info.get("keys").and_then(Value::as_array).ok_or_else(form)?;
    let seen = json::text(info, "lastRetrieved").and_then(UnixTime::parse).ok_or_else(form)?;
    let canonical = json::text(issuer, "canonical_iss");
    let country = [Some(iss), canonical].into_iter().flatten().find_map(|iss| countries.get(iss).copied());
    let Some(of) = ShcIssuer::named(iss, json::text(issuer, "name").unwrap_or_default(), country.or(input.country))
    else {
        imported.push(iss, Err(Outcome::Malformed));
        return Ok(());
    };
    let mut observe = |observed: bool, what| {
        if observed {
            imported.report.observe(what);
        }
    };
    let dead = seen.plus(input.policy.dead_after) < made;
    observe(canonical.is_some(), Observation::OtherName);
    observe(country.is_none(), Observation::CountryUnknown);
    observe(keys.is_empty(), Observation::NoKeys);
    observe(dead && !input.policy.drop_dead, Observation::DeadIssuerKept);
    // What a dead issuer signed stays valid; whatever says it was signed long after it fell silent is not its own.
    let until = if dead { seen.plus(input.policy.dead_after) } else { made.plus(input.policy.undated_life) };
    for jwk in keys {
        let name = format!("{iss} {}", json::text(jwk, "kid").unwrap_or_default());
        if dead && input.policy.drop_dead {
            imported.push(&name, Err(Outcome::DeadIssuer));
            continue;
        }
        let key = shc_key::read(jwk, &of, until, input.policy, &mut imported.report);
        imported.push(&name, key);
    }
    for list in info.get("crls").and_then(Value::as_array).into_iter().flatten() {
        // The directory would have to be taken without what its issuers withdrew: rather nothing is.
        imported.withdrawals.push(shc_crl::read_list(iss, list).map_err(|_| form())?);
    }
    Ok(())
}
