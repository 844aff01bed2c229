//! The lists as an operator reads them: versions, dates, ages, what each status shard says.

use super::human::age;
use crate::display::plain;
use crate::{Language, Moment};
use serde_json::{Value, json};
use std::io::{self, Write};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Change, Freshness, Header, Side, TrustState, diff};

/// How many changes are told in words; a first update of a nation has thousands.
const TOLD: usize = 40;

/// Writes what the lists are and how old.
///
/// # Errors
/// What writing gives.
pub fn write_lists(out: &mut dyn Write, state: &TrustState, now: UnixTime) -> io::Result<()> {
    let (root, trust, head) = (state.root(), state.trust(), state.head());
    writeln!(out, "Repository:  {}", state.repository_id())?;
    write_dates(out, "Root:       ", &root.header, now)?;
    write_dates(out, "Trust list: ", &trust.header, now)?;
    write_dates(out, "Head:       ", &head.header, now)?;
    for shard in state.shards() {
        write_dates(out, &format!("Status {}:   ", shard.number()), shard.header(), now)?;
        writeln!(out, "             {} withdrawn, {} rules", shard.set().len(), shard.rules().len())?;
    }
    for list in state.withdrawals() {
        write_dates(out, &format!("Others {}:   ", list.list), &list.header, now)?;
        writeln!(out, "             {} withdrawn, from {}", list.len(), plain(&list.source, 100))?;
    }
    if let Some(rules) = state.rules() {
        write_dates(out, "Rules:      ", &rules.header, now)?;
        for set in &rules.sets {
            let name = plain(set.name_in("en"), 100);
            writeln!(out, "             {} (version {}, of {}): {name}", set.id, set.version, set.dated)?;
        }
    }
    writeln!(out, "All in all:  {}", freshness_words(state, now))?;
    writeln!(out, "Issuers:     {} with {} keys", trust.issuers.len(), trust.keys.len())
}

fn write_dates(out: &mut dyn Write, label: &str, header: &Header, now: UnixTime) -> io::Result<()> {
    let age = age(header.issued_at, Moment::Now(now), Language::En);
    writeln!(
        out,
        "{label} version {}, as of {} ({age}), good until {}",
        header.version, header.issued_at, header.expires_at
    )
}

/// How far the lists can be used at `now`, in words.
fn freshness_words(state: &TrustState, now: UnixTime) -> String {
    match state.freshness(now) {
        Freshness::Fresh => "fresh".to_owned(),
        Freshness::Stale { expired_at, .. } => {
            format!("past their date since {expired_at}: certificates are to be weighed; update soon")
        }
        Freshness::Expired { expired_at, .. } => format!("expired since {expired_at}: nothing can be checked; update"),
    }
}

/// The lists as data, to stand inside other data.
#[must_use]
pub fn lists_json(state: &TrustState, now: UnixTime) -> Value {
    serde_json::from_str(&crate::lists_json(state, now)).unwrap_or_default()
}

/// What an update has changed.
#[must_use]
pub fn changes(before: Option<&TrustState>, after: &TrustState) -> Vec<Change> {
    diff(&before.map(Side::of).unwrap_or_default(), &Side::of(after))
}

/// Writes the changes, one a line, as far as a person reads them.
///
/// # Errors
/// What writing gives.
pub fn write_changes(out: &mut dyn Write, changes: &[Change]) -> io::Result<()> {
    for change in changes.iter().take(TOLD) {
        writeln!(out, "  {}", plain(&change.words, 400))?;
    }
    match changes.len().checked_sub(TOLD) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "  … and {more} more (--json tells all)"),
    }
}

/// The changes as data.
#[must_use]
pub fn changes_json(changes: &[Change]) -> Value {
    let one = |change: &Change| json!({ "kind": change.kind.code(), "subject": change.subject, "words": change.words });
    changes.iter().map(one).collect()
}
