//! Who was affected by a breach: by a station, an actor or a key that cannot be trusted, since when and until when.

use crate::record::RegisterNumber;
use crate::register::{Act, ActKind, AuditFilter, Pseudonym, Register, RegisterError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use tegata_certificate::UnixTime;

/// What cannot be trusted; at least one of them.
#[derive(Clone, Default)]
pub struct BreachScope {
    /// A station.
    pub station: Option<String>,
    /// An actor.
    pub actor: Option<String>,
    /// A key, by its kid.
    pub key: Option<[u8; 32]>,
    /// From that time.
    pub since: Option<UnixTime>,
    /// Before that time.
    pub until: Option<UnixTime>,
}

/// Who was affected.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Breach {
    /// How many people.
    pub persons: u64,
    /// How many of them the register does not have any more, or whose pseudonyms are past their term.
    pub unnamed: u64,
    /// Certificates that were issued with it.
    pub certificates: u64,
    /// What was done, by kind, and how often.
    pub acts: BTreeMap<&'static str, u64>,
    /// Whether everybody in the register was affected, because all of it was exported or reviewed there.
    pub everybody: bool,
    /// The first and the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// The last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// Vaccinations are treated as special care-required personal information (要配慮個人情報): a report is due from one
    /// person on.
    pub special_care: bool,
    /// Whether a report to the Personal Information Protection Commission (個人情報保護委員会) is due: 3 to 5 days after it is
    /// known, and the final one within 30 days, 60 where it was done with a wrongful purpose. The people themselves are told
    /// too.
    pub report_due: bool,
    /// Their numbers, for whoever has the register's key.
    #[serde(skip)]
    pub numbers: Vec<RegisterNumber>,
}

/// People that are looked at at a time.
const PAGE: usize = 1_000;

/// Finds who was affected, and notes that this was asked.
///
/// # Errors
/// If the register cannot be read or written.
pub fn breach(register: &mut Register, scope: &BreachScope) -> Result<Breach, RegisterError> {
    let mut found = Breach::default();
    let (mut numbers, mut span) = (BTreeSet::new(), None);
    if scope.station.is_some() || scope.actor.is_some() {
        let pseudonyms = by_entries(register, scope, &mut found, &mut span)?;
        let named = name(register, &pseudonyms, found.everybody, &mut numbers)?;
        found.unnamed = (pseudonyms.len() as u64).saturating_sub(named);
    }
    if let Some(kid) = &scope.key {
        for (number, issued_at) in register.certificates_signed(kid, scope.since, scope.until)? {
            numbers.insert(number);
            found.certificates += 1;
            widen(&mut span, issued_at);
        }
    }
    found.persons = numbers.len() as u64 + found.unnamed;
    found.special_care = found.persons > 0;
    found.report_due = found.special_care;
    (found.first, found.last) = (span.map(|(first, _)| first.to_string()), span.map(|(_, last)| last.to_string()));
    found.numbers = numbers.into_iter().collect();
    register.note(&[Act::new(ActKind::BreachReport).with("persons", found.persons)])?;
    Ok(found)
}

fn widen(span: &mut Option<(UnixTime, UnixTime)>, time: UnixTime) {
    let (first, last) = span.unwrap_or((time, time));
    *span = Some((first.min(time), last.max(time)));
}

/// Everybody whom acts there were about.
fn by_entries(
    register: &mut Register,
    scope: &BreachScope,
    found: &mut Breach,
    span: &mut Option<(UnixTime, UnixTime)>,
) -> Result<HashSet<Pseudonym>, RegisterError> {
    let filter = AuditFilter {
        station: scope.station.clone(),
        actor: scope.actor.clone(),
        since: scope.since,
        until: scope.until,
        ..AuditFilter::default()
    };
    let mut people = HashSet::new();
    register.audit(&filter, &mut |entry| {
        let all = entry.detail("people") == Some("all");
        if entry.person.is_none() && !all {
            return;
        }
        found.everybody |= all;
        people.extend(entry.person);
        *found.acts.entry(entry.act.name()).or_default() += 1;
        found.certificates += u64::from(matches!(entry.act, ActKind::Issue));
        widen(span, entry.time);
    })?;
    Ok(people)
}

/// The numbers of those pseudonyms, or of everybody; says how many pseudonyms had one.
fn name(
    register: &mut Register,
    pseudonyms: &HashSet<Pseudonym>,
    everybody: bool,
    numbers: &mut BTreeSet<RegisterNumber>,
) -> Result<u64, RegisterError> {
    let (keys, mut named, mut after) = (register.pseudonym_keys()?, 0, String::new());
    loop {
        let page = register.numbers_after(&after, PAGE)?;
        let Some(last) = page.last() else { return Ok(named) };
        after = last.to_string();
        for number in page {
            let hits = keys.names(&number).filter(|pseudonym| pseudonyms.contains(pseudonym)).count() as u64;
            named += hits;
            if hits > 0 || everybody {
                numbers.insert(number);
            }
        }
    }
}
