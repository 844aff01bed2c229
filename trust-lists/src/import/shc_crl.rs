//! Withdrawal lists of SMART Health Card issuers: `{kid, method: "rid", ctr, rids}` (version 1.2.0).

use super::encoding::base64url;
use super::shc_key::ShcIssuer;
use super::{ImportError, Imported, Input, Outcome, json};
use crate::publish::parse_rid;
use crate::status::{WithdrawalGroup, Withdrawn};
use serde_json::Value;

const FORM: &str = "a withdrawal list of a SMART Health Card issuer (JSON)";

pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let files = input.files(1, usize::MAX, "one file or more, each of one key of the issuer")?;
    let untold = ImportError::Untold { what: "whose it is", option: "--iss" };
    let iss = input.iss.filter(|iss| ShcIssuer::named(iss, iss, None).is_some()).ok_or(untold)?;
    let authenticity = input.policy.accept_unsigned()?;
    input.policy.check_age(None)?;
    let mut imported = Imported::new(None, authenticity);
    for file in files {
        let list = json::parse(&file.bytes, FORM)?;
        match read_list(iss, &list) {
            Ok(group) => take(&mut imported, json::text(&list, "kid").unwrap_or_default(), group),
            Err(_) => return Err(ImportError::Form(FORM)),
        }
    }
    Ok(imported)
}

/// Counts a group's entries as taken.
pub(super) fn take(imported: &mut Imported, name: &str, group: WithdrawalGroup) {
    (0..group.entries.len()).for_each(|_| imported.report.add(Outcome::Taken, name));
    imported.withdrawals.push(group);
}

/// The withdrawn of one key. All or nothing: an entry that cannot be read would stay valid.
pub(super) fn read_list(iss: &str, list: &Value) -> Result<WithdrawalGroup, Outcome> {
    let kid = json::text(list, "kid").and_then(base64url).filter(|kid| kid.len() == 32).ok_or(Outcome::Malformed)?;
    if json::text(list, "method").is_some_and(|method| method != "rid") {
        return Err(Outcome::OtherPurpose);
    }
    let rids = list.get("rids").and_then(Value::as_array).ok_or(Outcome::Malformed)?;
    let rids = rids.iter().map(|rid| rid.as_str().and_then(parse_rid).ok_or(Outcome::Malformed));
    let entries = Withdrawn::Rid(rids.collect::<Result<_, _>>()?);
    Ok(WithdrawalGroup { kid, iss: Some(iss.to_owned()), entries })
}
