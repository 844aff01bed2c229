//! What a register says: records one at a time or page by page, counts, and the imports it came from.

use super::database::{Database, Row, Value, values};
use super::pack::{PackedDose, Term, unpack};
use super::particulars::{Particulars, municipality};
use super::seal::{Place, Seals};
use super::statements::{select, select_in};
use super::{Register, RegisterError};
use crate::record::{Dose, Record, RegisterNumber};
use serde::Serialize;
use std::collections::HashMap;
use tegata_certificate::{BirthDate, Date, vaccine};

/// A query for people, with their columns in the order in which [`Opened::from_row`] reads them.
macro_rules! select_person {
    ($rest:literal) => {
        concat!("SELECT number, municipality, shielded, import_id, line, sealed FROM person ", $rest)
    };
}
pub(super) use select_person;

/// What a register holds, in numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Status {
    /// People.
    pub people: u64,
    /// People with at least one dose: those who can get a certificate.
    pub issuable: u64,
    /// Doses.
    pub doses: u64,
    /// People whose address is shielded.
    pub shielded: u64,
    /// The imports, newest first; at most twenty.
    pub imports: Vec<ImportEntry>,
}

/// One file of one import.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImportEntry {
    /// The import's number.
    pub import: u64,
    /// The day it was made.
    pub day: String,
    /// `residents`, `doses` or `rows`.
    pub role: String,
    /// The file's name.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The file's encoding.
    pub encoding: String,
    /// Rows taken.
    pub good: u64,
    /// Rows refused.
    pub refused: u64,
}

impl Register {
    /// The record with that number, with or without doses.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn record(&mut self, number: &RegisterNumber) -> Result<Option<Record>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let rows = database.query(select_person!("WHERE number = ?"), values![number.as_str()])?;
            Ok(records(database, open_all(&rows, &seals)?)?.pop())
        })
    }

    /// The records of those of these people whom the register knows, in no order.
    pub(crate) fn records_of(&mut self, numbers: &[&str]) -> Result<Vec<Record>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let rows = select(database, select_person!(""), numbers)?;
            records(database, open_all(&rows, &seals)?)
        })
    }

    /// The numbers of everyone with that birth date whose name is read so, however the kana is written. None where
    /// the day of birth is not known, or nothing is left of the kana.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn numbers_of(&mut self, kana: &str, birth: BirthDate) -> Result<Vec<RegisterNumber>, RegisterError> {
        let Some(lookup) = self.seals().lookup(Some(kana), birth) else { return Ok(Vec::new()) };
        self.run(|database| {
            let rows =
                database.query("SELECT number FROM person WHERE lookup = ? ORDER BY number", values![&lookup])?;
            rows.iter().map(|row| number(row, 0)).collect()
        })
    }

    /// The next records with at least one dose, at most `limit`, whose numbers come after `after`, by
    /// number. All records in bounded memory: begin with `None`, go on with the last number of each page
    /// until a page is empty. Writing between pages is fine.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn issuable_after(&mut self, after: Option<&RegisterNumber>, limit: u32) -> Result<Vec<Record>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let sql = select_person!("WHERE number > ? AND dose_count > 0 ORDER BY number LIMIT ?");
            // Every number is longer than the empty text.
            let after = after.map_or("", RegisterNumber::as_str);
            let rows = database.query(sql, values![after, i64::from(limit)])?;
            records(database, open_all(&rows, &seals)?)
        })
    }

    /// As [`issuable_after`](Self::issuable_after), with the records that have no dose among them.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn records_after(&mut self, after: Option<&RegisterNumber>, limit: u32) -> Result<Vec<Record>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let sql = select_person!("WHERE number > ? ORDER BY number LIMIT ?");
            let after = after.map_or("", RegisterNumber::as_str);
            let rows = database.query(sql, values![after, i64::from(limit)])?;
            records(database, open_all(&rows, &seals)?)
        })
    }

    /// How many people have no municipality, and the first of their numbers.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn people_unplaced(&mut self, limit: u64) -> Result<(u64, Vec<RegisterNumber>), RegisterError> {
        self.run(|database| {
            let counted = database.query("SELECT COUNT(*) FROM person WHERE municipality IS NULL", values![])?;
            let sql = "SELECT number FROM person WHERE municipality IS NULL ORDER BY number LIMIT ?";
            let rows = database.query(sql, values![limit])?;
            let numbers = rows.iter().map(|row| number(row, 0)).collect::<Result<_, sqlx::Error>>()?;
            Ok((count(counted.first().ok_or_else(damaged)?, 0)?, numbers))
        })
    }

    /// Counts, and the newest imports.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn status(&mut self) -> Result<Status, RegisterError> {
        self.run(|database| {
            // PostgreSQL adds whole numbers up to decimal ones.
            let counts = database.query(
                "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN dose_count > 0 THEN 1 ELSE 0 END), 0) AS BIGINT), \
                 CAST(COALESCE(SUM(dose_count), 0) AS BIGINT), CAST(COALESCE(SUM(shielded), 0) AS BIGINT) FROM person",
                Vec::new(),
            )?;
            let counts = counts.first().ok_or_else(damaged)?;
            let rows = database.query(
                "SELECT i.id, i.day, f.role, f.name, f.sha256, f.encoding, f.rows_good, f.refused \
                 FROM import i JOIN import_file f ON f.import_id = i.id WHERE f.role <> 'correction' ORDER BY i.id DESC, f.role LIMIT 20",
                Vec::new(),
            )?;
            Ok(Status {
                people: count(counts, 0)?,
                issuable: count(counts, 1)?,
                doses: count(counts, 2)?,
                shielded: count(counts, 3)?,
                imports: rows.iter().map(import_entry).collect::<Result<_, _>>()?,
            })
        })
    }
}

fn import_entry(row: &Row) -> Result<ImportEntry, sqlx::Error> {
    Ok(ImportEntry {
        import: count(row, 0)?,
        day: text(row, 1)?.to_owned(),
        role: text(row, 2)?.to_owned(),
        file: text(row, 3)?.to_owned(),
        sha256: base16ct::lower::encode_string(row.bytes(4)?.ok_or_else(damaged)?),
        encoding: text(row, 5)?.to_owned(),
        good: count(row, 6)?,
        refused: count(row, 7)?,
    })
}

/// What the register holds there is not what this program writes.
pub(super) fn damaged() -> sqlx::Error {
    sqlx::Error::Decode("a value that this program does not write".into())
}

/// A number that is never negative.
pub(super) fn count(row: &Row, at: usize) -> Result<u64, sqlx::Error> {
    row.integer(at)?.and_then(|number| u64::try_from(number).ok()).ok_or_else(damaged)
}

/// A text that is always there.
pub(super) fn text(row: &Row, at: usize) -> Result<&str, sqlx::Error> {
    row.text(at)?.ok_or_else(damaged)
}

/// A register number.
pub(super) fn number(row: &Row, at: usize) -> Result<RegisterNumber, sqlx::Error> {
    RegisterNumber::from_register(text(row, at)?).ok_or_else(damaged)
}

/// A key's kid, or another value of 32 bytes.
pub(super) fn kid(row: &Row, at: usize) -> Result<[u8; 32], sqlx::Error> {
    row.bytes(at)?.and_then(|bytes| bytes.try_into().ok()).ok_or_else(damaged)
}

/// A person as the register has it, opened.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) number: RegisterNumber,
    pub(super) person: Particulars,
    pub(super) doses: Vec<PackedDose>,
    /// The import that last confirmed the person, and the line of its file.
    pub(super) import: u64,
    pub(super) line: u64,
}

impl Opened {
    /// Opens a row of [`select_person`].
    pub(super) fn from_row(row: &Row, seals: &Seals) -> Result<Self, sqlx::Error> {
        let number = number(row, 0)?;
        let sealed = row.bytes(5)?.ok_or_else(damaged)?;
        let (person, doses) = open((row.integer(1)?, row.integer(2)?), Place::person(number.as_str()), sealed, seals)?;
        Ok(Self { number, person, doses, import: count(row, 3)?, line: count(row, 4)? })
    }
}

/// Opens what is sealed of a person; `plain` is what is not: municipality, and whether the address is shielded.
pub(super) fn open(
    plain: (Option<i64>, Option<i64>),
    place: Place<'_>,
    sealed: &[u8],
    seals: &Seals,
) -> Result<(Particulars, Vec<PackedDose>), sqlx::Error> {
    let municipality = plain.0.map(municipality).transpose()?;
    let shielded = plain.1.ok_or_else(damaged)? != 0;
    let opened = seals.open(place, sealed)?;
    let mut rest = opened.as_slice();
    let person = Particulars::unpack(&mut rest, municipality, shielded).ok_or_else(damaged)?;
    Ok((person, unpack(rest).ok_or_else(damaged)?))
}

pub(super) fn open_all(rows: &[Row], seals: &Seals) -> Result<Vec<Opened>, sqlx::Error> {
    rows.iter().map(|row| Opened::from_row(row, seals)).collect()
}

/// The records of people, their terms looked up together.
pub(super) fn records(database: &mut dyn Database, people: Vec<Opened>) -> Result<Vec<Record>, sqlx::Error> {
    let terms = people.iter().flat_map(|person| &person.doses).flat_map(|dose| [&dose.maker, &dose.lot, &dose.site]);
    let mut ids: Vec<u32> =
        terms.filter_map(|term| if let Term::Known(id) = term { Some(*id) } else { None }).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut texts = HashMap::with_capacity(ids.len());
    let head = "SELECT id, text FROM term WHERE";
    for row in select_in(database, head, &[], "id", &ids, |id| Value::from(i64::from(*id)))? {
        texts.insert(count(&row, 0)?, text(&row, 1)?.to_owned());
    }
    let text = |term: Term| match term {
        Term::Absent => Ok(None),
        Term::Known(id) => texts.get(&u64::from(id)).cloned().map(Some).ok_or_else(damaged),
        Term::Inline(text) => Ok(Some(text)),
    };
    let record = |person: Opened| {
        let doses = person.doses.into_iter().map(|dose| {
            Ok(Dose {
                number: dose.number,
                date: Date::from_days(i64::from(dose.day)).ok_or_else(damaged)?,
                product: vaccine::by_cvx(u64::from(dose.cvx)).ok_or_else(damaged)?,
                maker: text(dose.maker)?,
                lot: text(dose.lot)?,
                site: text(dose.site)?,
                ticket: dose.ticket,
                municipality: dose.municipality.map(|code| municipality(i64::from(code))).transpose()?,
            })
        });
        let mut doses = doses.collect::<Result<Vec<Dose>, sqlx::Error>>()?;
        doses.sort_by_key(|dose| (dose.date, dose.number, dose.product.cvx));
        Ok(Record { person: person.person.into_person(person.number)?, doses })
    };
    people.into_iter().map(record).collect()
}
