//! `tegata-verifier update`.

use crate::cli::UpdateArgs;
use crate::error::{Exit, ToolError};
use crate::{device_time, pin_file, state_folder};
use serde_json::json;
use std::io::{self, Write};
use tegata_certificate::UnixTime;
use tegata_trust_lists::Held;
use tegata_verifier::tool::{
    ListSource, UpdateOutcome, changes, changes_json, lists_json, pinned, update_kept, write_changes, write_lists,
};

/// Brings the kept lists up to date, and tells what has changed.
pub fn update(args: &UpdateArgs) -> Result<Exit, ToolError> {
    let now = device_time();
    let pin = pinned(args.root, &pin_file()?)?;
    let folder = state_folder()?;
    let from = match &args.from {
        Some(named) => ListSource::named(named)?,
        None => folder.source()?.ok_or(ToolError::NoSource)?,
    };
    let outcome = update_kept(&folder, &from, &pin, now)?;
    let mut out = io::stdout().lock();
    if args.json { print_json(&mut out, &outcome, &from, now) } else { print(&mut out, &outcome, &from, now) }?;
    Ok(Exit::Valid)
}

fn print(out: &mut dyn Write, outcome: &UpdateOutcome, from: &ListSource, now: UnixTime) -> io::Result<()> {
    let place = from.place();
    match (&outcome.before, &outcome.after) {
        (Some(before), Some(after)) => {
            writeln!(out, "Updated from {place}:")?;
            write_changes(out, &changes(Some(before.state()), after.state()))?;
        }
        (None, Some(_)) => writeln!(out, "First lists, from {place}:")?,
        (_, None) => writeln!(out, "Nothing has changed at {place}.")?,
    }
    outcome.kept().map_or(Ok(()), |held| write_lists(out, held.state(), now))
}

fn print_json(out: &mut dyn Write, outcome: &UpdateOutcome, from: &ListSource, now: UnixTime) -> io::Result<()> {
    let before = outcome.before.as_ref().map(Held::state);
    let changes = outcome.after.as_ref().map(|after| changes(before, after.state())).unwrap_or_default();
    let report = json!({
        "changed": outcome.after.is_some(),
        "from": from.place(),
        "changes": changes_json(&changes),
        "lists": outcome.kept().map(|held| lists_json(held.state(), now)),
    });
    writeln!(out, "{report}")
}
