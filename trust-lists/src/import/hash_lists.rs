//! Batches of withdrawn EU DCCs, as the gateway hands them out:
//! `{country, expires, kid, hashType, entries: [{hash}]}`.
//!
//! The files given are all that is in force: what a batch withdrew that is not among them counts no more, and so
//! does a batch past its own end. The gateway's list of batches (`{batches: [{batchId, deleted}]}`) may stand
//! beside them; a file that bears the name of a deleted batch is then left out. A batch may be a CMS message, in
//! base64 as the gateway hands it out, of whoever uploaded it.

use super::encoding::base64;
use super::{Authenticity, ImportError, Imported, Input, InputFile, Outcome, json};
use crate::status::{ShortHash, WithdrawalGroup, Withdrawn};
use serde_json::Value;
use std::collections::HashSet;
use tegata_certificate::UnixTime;

const FORM: &str = "batches of withdrawn EU DCCs (JSON)";

/// A batch without one key's name.
const UNKNOWN_KID: &str = "UNKNOWN_KID";

/// Entries of a batch (gateway specification).
const MAX_ENTRIES: usize = 1_000;

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, usize::MAX, "one file or more, each a batch or the list of batches")?;
    input.policy.check_age(None)?;
    let mut authenticity = None;
    let mut batches = Vec::new();
    let mut deleted = HashSet::new();
    for file in files {
        let (value, vouched) = open(file, input)?;
        // A set is vouched for as its weakest part is.
        if authenticity != Some(Authenticity::Unsigned) {
            authenticity = Some(vouched);
        }
        match value.get("batches").and_then(Value::as_array) {
            Some(list) => deleted.extend(list.iter().filter(is_deleted).filter_map(batch_id)),
            None => batches.push((file.name.as_str(), value)),
        }
    }
    let mut imported = Imported::new(None, authenticity.ok_or(ImportError::Form(FORM))?);
    for (name, batch) in batches {
        let id = name.split_once('.').map_or(name, |(id, _)| id);
        let read = if deleted.contains(id) { Err(Outcome::Inactive) } else { read_batch(&batch, input) };
        match read {
            Ok(group) => {
                imported.report.add(Outcome::Taken, name);
                imported.withdrawals.push(group);
            }
            // Half a batch would leave the rest valid: the operator must know.
            Err(Outcome::Malformed) => return Err(ImportError::Form(FORM)),
            Err(outcome) => imported.report.add(outcome, name),
        }
    }
    Ok(imported)
}

fn open(file: &InputFile, input: &Input<'_>) -> Result<(Value, Authenticity), ImportError> {
    if file.bytes.trim_ascii_start().starts_with(b"{") {
        let authenticity = input.policy.accept_unsigned()?;
        return Ok((json::parse(&file.bytes, FORM)?, authenticity));
    }
    let message = match std::str::from_utf8(&file.bytes).ok().and_then(base64) {
        Some(message) => message,
        None => file.bytes.clone(),
    };
    let signer = input.signer.ok_or(ImportError::SignerMissing)?;
    Ok((json::parse(&signer.open_cms(&message, input.policy.now)?, FORM)?, signer.authenticity()))
}

fn is_deleted(batch: &&Value) -> bool {
    batch.get("deleted").and_then(Value::as_bool).unwrap_or(false)
}

fn batch_id(batch: &Value) -> Option<String> {
    json::text(batch, "batchId").map(str::to_owned)
}

fn read_batch(batch: &Value, input: &Input<'_>) -> Result<WithdrawalGroup, Outcome> {
    let until = json::text(batch, "expires").and_then(UnixTime::parse).ok_or(Outcome::Malformed)?;
    if until <= input.policy.now {
        return Err(Outcome::Expired);
    }
    let kid = match json::text(batch, "kid").ok_or(Outcome::Malformed)? {
        UNKNOWN_KID => Vec::new(),
        text => base64(text).filter(|kid| kid.len() == 8).ok_or(Outcome::Malformed)?,
    };
    let entries = batch.get("entries").and_then(Value::as_array).ok_or(Outcome::Malformed)?;
    if entries.len() > MAX_ENTRIES {
        return Err(Outcome::Malformed);
    }
    let hashes = entries.iter().map(hash).collect::<Option<Vec<_>>>().ok_or(Outcome::Malformed)?;
    let entries = match json::text(batch, "hashType").ok_or(Outcome::Malformed)? {
        "UCI" => Withdrawn::Uci(hashes),
        "COUNTRYCODEUCI" => Withdrawn::CountryUci(hashes),
        "SIGNATURE" => Withdrawn::Signature(hashes),
        _ => return Err(Outcome::Malformed),
    };
    Ok(WithdrawalGroup { kid, iss: None, entries })
}

/// The first 16 bytes of a SHA-256; some writers give all 32.
fn hash(entry: &Value) -> Option<ShortHash> {
    let bytes = base64(json::text(entry, "hash")?)?;
    let short = match bytes.len() {
        16 | 32 => bytes.get(..16)?,
        _ => return None,
    };
    short.try_into().ok()
}
