//! What an import found and changed, in words and as JSON.

use super::failure::Failure;
use super::import::ImportArgs;
use serde_json::{Map, Value, json};
use std::io::Write;
use tegata_trust_lists::import::{Authenticity, Imported};
use tegata_trust_lists::publish::Merged;

/// Entries that are named one by one in words; JSON names up to a thousand.
const NAMED: usize = 20;

/// All that a report is made of.
pub struct Told<'a> {
    pub args: &'a ImportArgs,
    pub name: &'a str,
    pub imported: &'a Imported,
    pub merged: &'a Merged,
    /// Whether the source withdraws certificates, now or before.
    pub withdraws: bool,
    /// The number of its withdrawal list, once written.
    pub list: Option<u64>,
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

pub fn write_text(out: &mut dyn Write, told: &Told<'_>) -> Result<(), Failure> {
    let report = &told.imported.report;
    let made = told.imported.as_of.map_or_else(String::new, |as_of| format!(", made {as_of}"));
    let vouched = match told.imported.authenticity {
        Authenticity::Signed(signer) => format!("signed by {}", hex(&signer)),
        Authenticity::Unsigned => "signed by nobody: you vouch for it".to_owned(),
    };
    writeln!(out, "Source {} ({}){made}, {vouched}.", told.name, told.args.kind.name())?;
    writeln!(out, "{} entries:", report.total())?;
    for (outcome, count) in report.outcomes() {
        writeln!(out, "  {count:6} {}", outcome.title())?;
    }
    for (place, (outcome, entry)) in report.details().iter().enumerate() {
        if place == NAMED {
            writeln!(out, "         … --json names up to a thousand")?;
            break;
        }
        writeln!(out, "         {}: {entry}", outcome.name())?;
    }
    if report.observations().next().is_some() {
        writeln!(out, "Worth knowing:")?;
        for (observation, count) in report.observations() {
            writeln!(out, "  {count:6} {}", observation.title())?;
        }
    }
    let Merged { added, changed, unchanged, withdrawn, still_revoked, removed, withdrawals } = told.merged;
    writeln!(
        out,
        "In the working state: {added} new, {changed} changed, {unchanged} unchanged, {withdrawn} revoked because absent, {still_revoked} listed again and still revoked, {removed} past their end and taken out."
    )?;
    if told.withdraws {
        writeln!(out, "Withdrawn certificates: {withdrawals}, in {} lists of a key.", told.imported.withdrawals.len())?;
    }
    if told.args.dry_run {
        writeln!(out, "Nothing was written (--dry-run).")?;
        return Ok(());
    }
    let dir = told.args.repository.dir.display();
    writeln!(out, "Verifiers will know once it is published: tegata-trust publish --dir {dir}")?;
    if told.withdraws {
        writeln!(out, "Withdrawals are published by: tegata-trust status publish --dir {dir}")?;
    }
    Ok(())
}

pub fn write_json(out: &mut dyn Write, told: &Told<'_>) -> Result<(), Failure> {
    let report = &told.imported.report;
    let outcomes: Map<String, Value> =
        report.outcomes().map(|(outcome, count)| (outcome.name().to_owned(), count.into())).collect();
    let observations: Map<String, Value> =
        report.observations().map(|(observation, count)| (observation.name().to_owned(), count.into())).collect();
    let details: Vec<_> =
        report.details().iter().map(|(outcome, entry)| json!({ "outcome": outcome.name(), "entry": entry })).collect();
    let signed_by = match told.imported.authenticity {
        Authenticity::Signed(signer) => Some(hex(&signer)),
        Authenticity::Unsigned => None,
    };
    let merged = told.merged;
    let value = json!({
        "source": told.name,
        "kind": told.args.kind.name(),
        "made": told.imported.as_of.map(|as_of| as_of.to_string()),
        "signed_by": signed_by,
        "entries": report.total(),
        "outcomes": outcomes,
        "observations": observations,
        "not_taken": details,
        "working_state": {
            "new": merged.added,
            "changed": merged.changed,
            "unchanged": merged.unchanged,
            "revoked_because_absent": merged.withdrawn,
            "still_revoked": merged.still_revoked,
            "taken_out": merged.removed,
        },
        "withdrawals": { "list": told.list, "certificates": merged.withdrawals },
        "written": !told.args.dry_run,
    });
    writeln!(out, "{}", serde_json::to_string_pretty(&value)?)?;
    Ok(())
}
