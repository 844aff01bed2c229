//! The audit, read: entries by what is asked for, and the pseudonyms of people.

use super::act::{ActKind, ActOutcome, CertificateHash};
use super::audit::{Fields, SHORT, YearKey, mac_of, pseudonym, read_year_key};
use super::audit_head::Head;
use super::audit_proof::noted;
use super::database::{Database, Row, Value, values};
use super::read::{count, damaged, kid, text};
use super::{Register, RegisterError};
use crate::record::RegisterNumber;
use serde::{Serialize, Serializer};
use tegata_certificate::UnixTime;

/// Entries that are read at a time.
pub(super) const PAGE: i64 = 1_000;

/// A person as the entries of one year name them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Pseudonym([u8; SHORT]);

impl std::fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}

/// What turns numbers into pseudonyms: the keys of all years that are there still.
pub(crate) struct PseudonymKeys(Vec<YearKey>);

impl PseudonymKeys {
    /// How entries name a person, one pseudonym a year.
    pub(crate) fn names(&self, person: &RegisterNumber) -> impl Iterator<Item = Pseudonym> {
        self.0.iter().map(|key| Pseudonym(pseudonym(key, person.as_str())))
    }
}

/// An entry of the audit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct AuditEntry {
    /// Its number, from 1.
    pub sequence: u64,
    /// When.
    #[serde(serialize_with = "shown")]
    pub time: UnixTime,
    /// What was done.
    #[serde(serialize_with = "kind_name")]
    pub act: ActKind,
    /// What came of it.
    #[serde(serialize_with = "outcome_name")]
    pub outcome: ActOutcome,
    /// Who.
    pub actor: String,
    /// Where.
    pub station: String,
    /// What for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// Whom it is about.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown_if_any")]
    pub person: Option<Pseudonym>,
    /// Which certificate it is about.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "shown_if_any")]
    pub certificate: Option<CertificateHash>,
    /// Details, as `name=value`, with a blank between two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<String>,
    /// SHA-256 of all this and the link before.
    #[serde(serialize_with = "digits")]
    pub link: [u8; 32],
}

impl AuditEntry {
    /// The value of a detail.
    #[must_use]
    pub fn detail(&self, name: &str) -> Option<&str> {
        let details = self.details.as_deref()?.split(' ').filter_map(|detail| detail.split_once('='));
        details.into_iter().find(|(other, _)| *other == name).map(|(_, value)| value)
    }
}

fn shown<S: Serializer>(value: &impl std::fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[allow(clippy::ref_option, reason = "the shape that serde calls")]
fn shown_if_any<S: Serializer>(value: &Option<impl std::fmt::Display>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
fn kind_name<S: Serializer>(kind: &ActKind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(kind.name())
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
fn outcome_name<S: Serializer>(outcome: &ActOutcome, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(outcome.name())
}

fn digits<S: Serializer>(link: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&base16ct::lower::encode_string(link))
}

/// Which entries are wanted; what is not said is no condition.
#[derive(Clone, Default)]
pub struct AuditFilter {
    /// From that time.
    pub since: Option<UnixTime>,
    /// Before that time.
    pub until: Option<UnixTime>,
    /// By that actor.
    pub actor: Option<String>,
    /// At that station.
    pub station: Option<String>,
    /// Of these kinds; none is any.
    pub acts: Vec<ActKind>,
    /// About that person, as far as the register still has the keys of the years.
    pub person: Option<RegisterNumber>,
    /// About that certificate.
    pub certificate: Option<CertificateHash>,
}

pub(super) const COLUMNS: &str = "SELECT sequence, time, act, outcome, actor, station, purpose, person, certificate, details, link, seal \
     FROM audit";

impl Register {
    /// The newest entry's number and link: to be published, or read aloud to somebody who writes it down.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn audit_head(&mut self) -> Result<Head, RegisterError> {
        self.run(head_of)
    }

    /// Goes through entries, oldest first, in bounded memory.
    ///
    /// # Errors
    /// If the register cannot be read, or an entry is not what this program writes.
    pub fn audit(&mut self, filter: &AuditFilter, each: &mut dyn FnMut(&AuditEntry)) -> Result<(), RegisterError> {
        let pseudonyms = filter.person.as_ref().map(|person| self.pseudonyms_of(person)).transpose()?;
        if pseudonyms.as_ref().is_some_and(Vec::is_empty) {
            return Ok(());
        }
        let mut after = 0;
        loop {
            let page = self.run(|database| page(database, filter, pseudonyms.as_deref(), after))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.sequence;
            page.iter().for_each(&mut *each);
        }
    }

    /// How entries name a person, in each year whose key is there still.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn pseudonyms_of(&mut self, person: &RegisterNumber) -> Result<Vec<Pseudonym>, RegisterError> {
        Ok(self.pseudonym_keys()?.names(person).collect())
    }

    /// What turns numbers into pseudonyms.
    pub(crate) fn pseudonym_keys(&mut self) -> Result<PseudonymKeys, RegisterError> {
        Ok(PseudonymKeys(self.year_keys()?.into_iter().map(|(_, key)| key).collect()))
    }

    /// The keys of the years, oldest first.
    fn year_keys(&mut self) -> Result<Vec<(i64, YearKey)>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let rows = database.query("SELECT year FROM pseudonym_key ORDER BY year", Vec::new())?;
            let mut keys = Vec::with_capacity(rows.len());
            for row in &rows {
                let year = row.integer(0)?.ok_or_else(damaged)?;
                keys.extend(read_year_key(database, &seals, year)?.map(|key| (year, mac_of(&key))));
            }
            Ok(keys)
        })
    }
}

fn head_of(database: &mut dyn Database) -> Result<Head, sqlx::Error> {
    Ok(noted(database)?.unwrap_or(Head { sequence: 0, link: [0; 32] }))
}

pub(super) type Parts = (Fields, [u8; 32], [u8; SHORT]);

pub(super) fn read_row(row: &Row) -> Result<Parts, sqlx::Error> {
    let integer = |at| row.integer(at)?.ok_or_else(damaged);
    let fields = Fields {
        time: integer(1)?,
        act: integer(2)?,
        outcome: integer(3)?,
        actor: text(row, 4)?.to_owned(),
        station: text(row, 5)?.to_owned(),
        purpose: row.text(6)?.map(str::to_owned),
        person: row.bytes(7)?.map(<[u8]>::to_vec),
        certificate: row.bytes(8)?.map(<[u8]>::to_vec),
        details: row.text(9)?.map(str::to_owned),
    };
    let seal = row.bytes(11)?.and_then(|seal| seal.try_into().ok()).ok_or_else(damaged)?;
    Ok((fields, kid(row, 10)?, seal))
}

fn page(
    database: &mut dyn Database,
    filter: &AuditFilter,
    pseudonyms: Option<&[Pseudonym]>,
    after: u64,
) -> Result<Vec<AuditEntry>, sqlx::Error> {
    let (mut sql, mut values) = (format!("{COLUMNS} WHERE sequence > ?"), values![after]);
    let mut also = |condition: &str, value: Value<'static>| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(since) = filter.since {
        also("time >= ?", since.0.into());
    }
    if let Some(until) = filter.until {
        also("time < ?", until.0.into());
    }
    if let Some(actor) = &filter.actor {
        also("actor = ?", actor.clone().into());
    }
    if let Some(station) = &filter.station {
        also("station = ?", station.clone().into());
    }
    if let Some(certificate) = &filter.certificate {
        also("certificate = ?", certificate.as_bytes().to_vec().into());
    }
    let mut any_of = |column: &str, any: Vec<Value<'static>>| {
        if !any.is_empty() {
            sql.push_str(&format!(" AND {column} IN ({})", vec!["?"; any.len()].join(",")));
            values.extend(any);
        }
    };
    any_of("act", filter.acts.iter().map(|act| act.number().into()).collect());
    any_of("person", pseudonyms.unwrap_or_default().iter().map(|person| person.0.to_vec().into()).collect());
    sql.push_str(" ORDER BY sequence LIMIT ?");
    values.push(PAGE.into());
    database.query(&sql, values)?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<AuditEntry, sqlx::Error> {
    let (fields, link, _) = read_row(row)?;
    let person = fields.person.map(|person| person.try_into().map(Pseudonym).map_err(|_| damaged())).transpose()?;
    let certificate = fields.certificate.map(|hash| <[u8; 32]>::try_from(hash).map_err(|_| damaged())).transpose()?;
    Ok(AuditEntry {
        sequence: count(row, 0)?,
        time: UnixTime(fields.time),
        act: ActKind::from_number(fields.act).ok_or_else(damaged)?,
        outcome: ActOutcome::from_number(fields.outcome).ok_or_else(damaged)?,
        actor: fields.actor,
        station: fields.station,
        purpose: fields.purpose,
        person,
        certificate: certificate.map(CertificateHash::from_bytes),
        details: fields.details,
        link,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::register::{Act, ActPurpose, Actor, AuditFault};

    fn register(folder: &std::path::Path) -> Register {
        let mut register = Register::open_or_create(folder.join("register.sqlite")).expect("a register");
        register.act_for(Actor::new("clerk", "counter-1").expect("an actor"));
        register.act_at(UnixTime(1_780_272_000));
        register
    }

    fn number(text: &str) -> RegisterNumber {
        RegisterNumber::parse(text).expect("a number")
    }

    fn fault(register: &mut Register) -> Option<AuditFault> {
        register.verify_audit(&[]).expect("verifies").fault
    }

    #[test]
    fn what_was_noted_is_read_back_and_found_by_person() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut register = self::register(folder.path());
        let purpose = ActPurpose::parse("窓口").expect("a purpose");
        let (one, other) = (number("4711"), number("4712"));
        let act = |person| Act::new(ActKind::View).about(person).purpose(purpose.clone());
        register.note(&[act(&one), act(&other), Act::new(ActKind::Search).with("found", 2)]).expect("notes");
        register.note(&[act(&one)]).expect("notes");
        let proof = register.verify_audit(&[]).expect("verifies");
        // The first entry tells that the year's key was made.
        assert_eq!((proof.head.sequence, proof.fault), (5, None));
        let mut found = Vec::new();
        let filter = AuditFilter { person: Some(one.clone()), ..AuditFilter::default() };
        register.audit(&filter, &mut |entry| found.push(entry.clone())).expect("reads");
        assert_eq!(found.iter().map(|entry| entry.sequence).collect::<Vec<_>>(), [2, 5]);
        assert_eq!((found[0].actor.as_str(), found[0].station.as_str()), ("clerk", "counter-1"));
        assert_eq!((found[0].act, found[0].purpose.as_deref()), (ActKind::View, Some("窓口")));
        let json = serde_json::to_string(&found).expect("writes");
        assert!(!json.contains("4711"), "{json}");
    }

    #[test]
    fn a_register_that_was_set_back_is_missed_and_so_is_one_that_grew_another_way_since() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("register.sqlite");
        let mut register = self::register(folder.path());
        register.note(&[Act::new(ActKind::SignIn)]).expect("notes");
        register.close().expect("closes");
        let earlier = std::fs::read(&file).expect("reads");
        let mut register = self::register(folder.path());
        register.note(&[Act::new(ActKind::SignOut)]).expect("notes");
        let published = register.audit_head().expect("reads");
        register.close().expect("closes");
        std::fs::write(&file, earlier).expect("sets back");
        let mut register = self::register(folder.path());
        assert_eq!(fault(&mut register), Some(AuditFault::Dropped { first: 2, last: 2 }));
        register.note(&[Act::new(ActKind::SignIn), Act::new(ActKind::SignIn)]).expect("notes");
        // The note beside the key went on with the new entries; what was published tells still.
        let proof = register.verify_audit(&[published]).expect("verifies");
        assert_eq!(proof.fault, Some(AuditFault::SetBack { sequence: 2 }));
    }
}
