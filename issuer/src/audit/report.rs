//! Totals, and what is unusual.

use crate::record::RegisterNumber;
use crate::register::{
    ActKind, ActOutcome, AuditEntry, AuditFilter, CertificateHash, Pseudonym, Register, RegisterError, is_night,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use tegata_certificate::UnixTime;

/// What a report is to look at, and what it is to take for unusual.
#[derive(Clone)]
pub struct ReportWish {
    /// The entries.
    pub filter: AuditFilter,
    /// The night, in hours of Japan: its first, and the first after it.
    pub night: (u8, u8),
    /// Certificates that one actor issues at a station in an hour, beyond which it is unusual.
    pub per_hour: u64,
    /// New certificates of one person, beyond which it is unusual.
    pub per_person: u64,
    /// People of whom every act is told.
    pub watched: Vec<RegisterNumber>,
}

impl Default for ReportWish {
    /// All entries; night from 20 to 6 o'clock, 60 certificates an hour, 10 a person.
    fn default() -> Self {
        Self { filter: AuditFilter::default(), night: (20, 6), per_hour: 60, per_person: 10, watched: Vec::new() }
    }
}

/// How often something was done.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Total {
    /// The month in Japan, such as `2026-07`.
    pub month: String,
    /// Where.
    pub station: String,
    /// Who.
    pub actor: String,
    /// What.
    pub act: &'static str,
    /// How often.
    pub count: u64,
}

/// Certificates issued at night.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Night {
    /// The day in Japan on which the hour lies.
    pub day: String,
    /// Where.
    pub station: String,
    /// Who.
    pub actor: String,
    /// How many.
    pub count: u64,
}

/// An hour in which one actor issued many certificates at a station.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct HourOfStation {
    /// The hour, UTC.
    pub hour: String,
    /// Where.
    pub station: String,
    /// Who.
    pub actor: String,
    /// How many.
    pub count: u64,
}

/// Many of one thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Many {
    /// The person's pseudonym, or the certificate's hash.
    pub of: String,
    /// How many.
    pub count: u64,
    /// The entry where it began.
    pub first: u64,
    /// The newest one.
    pub last: u64,
}

/// What the audit says of a span of time.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize)]
pub struct AuditReport {
    /// Entries that were looked at.
    pub entries: u64,
    /// Certificates that were newly issued.
    pub issued: u64,
    /// Certificates of before, handed out again.
    pub reissued: u64,
    /// Certificates that were printed.
    pub printed: u64,
    /// Requests and lists that withdrew.
    pub revocations: u64,
    /// Certificates that they name one by one.
    pub revoked: u64,
    /// What was refused or failed.
    pub refused: u64,
    /// Counts by month, station, actor and act.
    pub totals: Vec<Total>,
    /// Certificates that were issued at night.
    pub night: Vec<Night>,
    /// Hours with many.
    pub volume: Vec<HourOfStation>,
    /// People with many new certificates.
    pub many_for_one: Vec<Many>,
    /// Certificates that were newly issued more than once, which this program does not do: a sign of two registers.
    pub duplicates: Vec<Many>,
    /// People for whom different stations newly issued the same family.
    pub at_several_stations: Vec<Many>,
    /// Everything about people who are watched.
    pub watched: Vec<AuditEntry>,
}

/// Seconds that Japan's clocks are ahead.
const JAPAN: i64 = 9 * 3600;

/// Reports on entries. Memory grows with the number of people and certificates in them.
///
/// # Errors
/// If the register cannot be read, or holds an entry that this program did not write.
pub fn report(register: &mut Register, wish: &ReportWish) -> Result<AuditReport, RegisterError> {
    let mut watched = HashSet::new();
    for number in &wish.watched {
        watched.extend(register.pseudonyms_of(number)?);
    }
    let mut tally = Tally { wish, watched, ..Tally::new(wish) };
    register.audit(&wish.filter, &mut |entry| tally.take(entry))?;
    Ok(tally.finish())
}

struct Tally<'w> {
    wish: &'w ReportWish,
    watched: HashSet<Pseudonym>,
    report: AuditReport,
    totals: BTreeMap<(String, String, String, &'static str), u64>,
    night: BTreeMap<(String, String, String), u64>,
    hours: BTreeMap<(i64, String, String), u64>,
    people: HashMap<Pseudonym, Many>,
    certificates: HashMap<CertificateHash, Many>,
    stations: HashMap<(Pseudonym, String), (BTreeSet<String>, Many)>,
}

impl<'w> Tally<'w> {
    fn new(wish: &'w ReportWish) -> Self {
        Self {
            wish,
            watched: HashSet::new(),
            report: AuditReport::default(),
            totals: BTreeMap::new(),
            night: BTreeMap::new(),
            hours: BTreeMap::new(),
            people: HashMap::new(),
            certificates: HashMap::new(),
            stations: HashMap::new(),
        }
    }

    fn take(&mut self, entry: &AuditEntry) {
        let report = &mut self.report;
        report.entries += 1;
        let (station, actor) = (entry.station.clone(), entry.actor.clone());
        let month = day(entry.time).get(..7).unwrap_or_default().to_owned();
        *self.totals.entry((month, station, actor, entry.act.name())).or_default() += 1;
        if entry.person.is_some_and(|person| self.watched.contains(&person)) {
            report.watched.push(entry.clone());
        }
        if entry.outcome != ActOutcome::Done {
            report.refused += 1;
            return;
        }
        match entry.act {
            ActKind::Issue => report.issued += 1,
            ActKind::Reissue => report.reissued += 1,
            ActKind::Print => report.printed += 1,
            ActKind::Revoke if entry.certificate.is_some() => report.revoked += 1,
            ActKind::Revoke => report.revocations += 1,
            _ => {}
        }
        if matches!(entry.act, ActKind::Issue | ActKind::Reissue) {
            self.take_volume(entry);
        }
        if entry.act == ActKind::Issue {
            self.take_issued(entry);
        }
    }

    fn take_volume(&mut self, entry: &AuditEntry) {
        let (station, actor) = (entry.station.clone(), entry.actor.clone());
        let hour = entry.time.0.div_euclid(3600);
        *self.hours.entry((hour, station.clone(), actor.clone())).or_default() += 1;
        let (from, to) = self.wish.night;
        if is_night(entry.time, from, to) {
            *self.night.entry((day(entry.time), station, actor)).or_default() += 1;
        }
    }

    fn take_issued(&mut self, entry: &AuditEntry) {
        if let Some(certificate) = entry.certificate {
            note(self.certificates.entry(certificate).or_insert_with(|| many(entry, certificate.to_string())), entry);
        }
        let Some(person) = entry.person else { return };
        note(self.people.entry(person).or_insert_with(|| many(entry, person.to_string())), entry);
        let format = entry.detail("format").unwrap_or_default().to_owned();
        let of_format = self.stations.entry((person, format));
        let (stations, many) = of_format.or_insert_with(|| (BTreeSet::new(), many(entry, person.to_string())));
        stations.insert(entry.station.clone());
        note(many, entry);
    }

    fn finish(self) -> AuditReport {
        let mut report = self.report;
        report.totals = (self.totals.into_iter())
            .map(|((month, station, actor, act), count)| Total { month, station, actor, act, count })
            .collect();
        report.night = (self.night.into_iter())
            .map(|((day, station, actor), count)| Night { day, station, actor, count })
            .collect();
        report.volume = (self.hours.into_iter())
            .filter(|(_, count)| *count > self.wish.per_hour)
            .map(|((hour, station, actor), count)| HourOfStation {
                hour: UnixTime(hour * 3600).to_string(),
                station,
                actor,
                count,
            })
            .collect();
        report.many_for_one = above(self.people.into_values(), self.wish.per_person);
        report.duplicates = above(self.certificates.into_values(), 1);
        let several = self.stations.into_values().filter(|(stations, _)| stations.len() > 1);
        report.at_several_stations = above(several.map(|(_, many)| many), 0);
        report
    }
}

fn many(entry: &AuditEntry, of: String) -> Many {
    Many { of, count: 0, first: entry.sequence, last: entry.sequence }
}

fn note(many: &mut Many, entry: &AuditEntry) {
    many.count += 1;
    many.last = entry.sequence;
}

fn above(all: impl Iterator<Item = Many>, most: u64) -> Vec<Many> {
    let mut above: Vec<Many> = all.filter(|many| many.count > most).collect();
    above.sort_by(|one, other| (other.count, one.first).cmp(&(one.count, other.first)));
    above
}

/// The day in Japan.
fn day(time: UnixTime) -> String {
    time.plus(JAPAN).date().map(|date| date.to_string()).unwrap_or_default()
}
