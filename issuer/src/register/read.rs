//! What a register says: records one at a time or page by page, counts, and the imports it came from.

use super::pack::{Term, unpack};
use super::particulars::{Particulars, municipality};
use super::{Register, RegisterError};
use crate::record::{Dose, Record, RegisterNumber};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::HashMap;
use tegata_certificate::{Date, vaccine};

/// A query for people, with their columns in the order in which `Particulars::read` and [`records`] read them.
macro_rules! select_person {
    ($rest:literal) => {
        concat!(
            "SELECT number, name, kana, romanised, birth, sex, municipality, nationality, passport, shielded, ",
            "import_id, line, dose_count, doses FROM person ",
            $rest
        )
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
        self.run(async |connection| {
            let sql = select_person!("WHERE number = ?");
            match sqlx::query(sql).bind(number.as_str()).fetch_optional(&mut *connection).await? {
                None => Ok(None),
                Some(row) => Ok(records(connection, vec![row]).await?.pop()),
            }
        })
    }

    /// The next records with at least one dose, at most `limit`, whose numbers come after `after`, by
    /// number. All records in bounded memory: begin with `None`, go on with the last number of each page
    /// until a page is empty. Writing between pages is fine.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn issuable_after(&mut self, after: Option<&RegisterNumber>, limit: u32) -> Result<Vec<Record>, RegisterError> {
        self.run(async |connection| {
            let sql = select_person!("WHERE number > ? AND dose_count > 0 ORDER BY number LIMIT ?");
            // Every number is longer than the empty text.
            let after = after.map_or("", RegisterNumber::as_str);
            let rows = sqlx::query(sql).bind(after).bind(i64::from(limit)).fetch_all(&mut *connection).await?;
            records(connection, rows).await
        })
    }

    /// As [`issuable_after`](Self::issuable_after), with the records that have no dose among them.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn records_after(&mut self, after: Option<&RegisterNumber>, limit: u32) -> Result<Vec<Record>, RegisterError> {
        self.run(async |connection| {
            let sql = select_person!("WHERE number > ? ORDER BY number LIMIT ?");
            let after = after.map_or("", RegisterNumber::as_str);
            let rows = sqlx::query(sql).bind(after).bind(i64::from(limit)).fetch_all(&mut *connection).await?;
            records(connection, rows).await
        })
    }

    /// Counts, and the newest imports.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn status(&mut self) -> Result<Status, RegisterError> {
        self.run(async |connection| {
            let counts = sqlx::query(
                "SELECT COUNT(*), COALESCE(SUM(CASE WHEN dose_count > 0 THEN 1 ELSE 0 END), 0), \
                 COALESCE(SUM(dose_count), 0), COALESCE(SUM(shielded), 0) FROM person",
            )
            .fetch_one(&mut *connection)
            .await?;
            let rows = sqlx::query(
                "SELECT i.id, i.day, f.role, f.name, f.sha256, f.encoding, f.rows_good, f.refused \
                 FROM import i JOIN import_file f ON f.import_id = i.id ORDER BY i.id DESC, f.role LIMIT 20",
            )
            .fetch_all(&mut *connection)
            .await?;
            Ok(Status {
                people: count(&counts, 0)?,
                issuable: count(&counts, 1)?,
                doses: count(&counts, 2)?,
                shielded: count(&counts, 3)?,
                imports: rows.iter().map(import_entry).collect::<Result<_, _>>()?,
            })
        })
    }
}

fn import_entry(row: &SqliteRow) -> Result<ImportEntry, sqlx::Error> {
    Ok(ImportEntry {
        import: count(row, 0)?,
        day: row.try_get(1)?,
        role: row.try_get(2)?,
        file: row.try_get(3)?,
        sha256: row.try_get::<&[u8], _>(4)?.iter().map(|byte| format!("{byte:02x}")).collect(),
        encoding: row.try_get(5)?,
        good: count(row, 6)?,
        refused: count(row, 7)?,
    })
}

/// What the register holds there is not what this program writes.
pub(super) fn damaged() -> sqlx::Error {
    sqlx::Error::Decode("a value that this program does not write".into())
}

/// A number that is never negative.
pub(super) fn count(row: &SqliteRow, at: usize) -> Result<u64, sqlx::Error> {
    u64::try_from(row.try_get::<i64, _>(at)?).map_err(|_| damaged())
}

/// A register number.
pub(super) fn number(row: &SqliteRow, at: usize) -> Result<RegisterNumber, sqlx::Error> {
    RegisterNumber::from_register(row.try_get(at)?).ok_or_else(damaged)
}

/// The records in rows of [`select_person`], their terms looked up together.
async fn records(connection: &mut SqliteConnection, rows: Vec<SqliteRow>) -> Result<Vec<Record>, sqlx::Error> {
    let mut packed = Vec::with_capacity(rows.len());
    let mut texts: HashMap<u32, String> = HashMap::new();
    for row in &rows {
        let doses = unpack(row.try_get(13)?).ok_or_else(damaged)?;
        for term in doses.iter().flat_map(|dose| [&dose.maker, &dose.lot, &dose.site]) {
            if let Term::Known(id) = term {
                texts.entry(*id).or_default();
            }
        }
        packed.push((Particulars::read(row)?.into_person(number(row, 0)?)?, doses));
    }
    for (id, text) in &mut texts {
        *text = sqlx::query_scalar("SELECT text FROM term WHERE id = ?")
            .bind(i64::from(*id))
            .fetch_one(&mut *connection)
            .await?;
    }
    let text = |term: Term| match term {
        Term::Absent => None,
        Term::Known(id) => texts.get(&id).cloned(),
        Term::Inline(text) => Some(text),
    };
    packed
        .into_iter()
        .map(|(person, doses)| {
            let doses = doses.into_iter().map(|dose| {
                Ok(Dose {
                    number: dose.number,
                    date: Date::from_days(i64::from(dose.day)).ok_or_else(damaged)?,
                    product: vaccine::by_cvx(u64::from(dose.cvx)).ok_or_else(damaged)?,
                    maker: text(dose.maker),
                    lot: text(dose.lot),
                    site: text(dose.site),
                    ticket: dose.ticket,
                    municipality: dose.municipality.map(|code| municipality(i64::from(code))).transpose()?,
                })
            });
            let mut doses = doses.collect::<Result<Vec<Dose>, sqlx::Error>>()?;
            doses.sort_by_key(|dose| (dose.date, dose.number, dose.product.cvx));
            Ok(Record { person, doses })
        })
        .collect()
}
