//! What holds people back: findings that somebody has to confirm, and the confirmations.
//!
//! A finding is known by its fingerprint, a keyed hash of its code, its person and its facts. So a confirmation outlasts
//! the next import of the same facts, and falls when they change; and no fact is in the clear here.

use super::read::{count, damaged, number};
use super::statements::{insert, select, signed};
use super::write::{Dispersed, Entry, PersonPart};
use super::{Mode, Register, RegisterError, Writer};
use crate::check::lots::KnownLot;
use crate::check::{Code, Subject};
use crate::record::RegisterNumber;
use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteRow;
use sqlx::{Arguments, Row, SqliteConnection};
use std::collections::HashSet;

/// What an import needs of this.
#[derive(Default)]
pub(super) struct Holds {
    key: [u8; 32],
    accept: Vec<Code>,
    day: String,
    lots: Vec<KnownLot>,
    /// Whether the register had findings before this import, which its rows may do away with.
    had_some: bool,
}

/// A finding that is to hold a person.
pub(crate) struct NewHold {
    pub(crate) person: RegisterNumber,
    /// Another person that it holds, too, and the line of that one's row.
    pub(crate) also: Option<(RegisterNumber, u64)>,
    pub(crate) code: Code,
    pub(crate) subject: Subject,
    pub(crate) facts: String,
    pub(crate) role: &'static str,
    pub(crate) line: u64,
    /// From 1; 0 for the whole row.
    pub(crate) column: u64,
}

impl NewHold {
    fn fingerprint(&self, key: &[u8; 32]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(key);
        for part in [self.code.number(), self.person.as_str(), &self.facts] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }

    fn subject_number(&self) -> i64 {
        match self.subject {
            Subject::Person => 0,
            Subject::Dose(_) => 1,
            Subject::Series => 2,
        }
    }

    fn dose(&self) -> i64 {
        if let Subject::Dose(number) = self.subject { i64::from(number) } else { 0 }
    }
}

/// A finding that holds somebody, or has been confirmed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct OpenFinding {
    /// The person's number in the register.
    pub person: String,
    /// What was found.
    pub code: Code,
    /// Its number.
    pub number: &'static str,
    /// The import that last found it.
    pub import: u64,
    /// The file.
    pub file: String,
    /// The line of its row.
    pub line: u64,
    /// The column, from 1; absent for the whole row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u64>,
    /// The day on which it was confirmed, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<String>,
    #[serde(skip)]
    fingerprint: Vec<u8>,
}

/// Which findings are meant.
#[derive(Clone, Debug)]
pub enum FindingChoice {
    /// Those of a row: file as it was named (or the last part of its name), line, and an import if not the newest of that file.
    Row {
        /// The file.
        file: String,
        /// The line.
        line: u64,
        /// The import.
        import: Option<u64>,
    },
    /// Those of a person.
    Person(RegisterNumber),
    /// All.
    All,
}

impl Writer<'_> {
    /// Makes ready to hold people; gives the lots that earlier imports saw.
    pub(super) fn begin_holds(&mut self, (accept, day): (&[Code], &str)) -> Result<Vec<KnownLot>, RegisterError> {
        let (key, had_some, lots) = self.run(async |connection| {
            let key = finding_key(connection).await?;
            let some = sqlx::query("SELECT 1 FROM open_finding LIMIT 1").fetch_optional(&mut *connection).await?;
            Ok((key, some.is_some(), known_lots(connection).await?))
        })?;
        self.holds = Holds { key, accept: accept.to_vec(), day: day.to_owned(), lots: Vec::new(), had_some };
        Ok(lots)
    }

    /// Holds people because of findings. What was confirmed stays confirmed.
    pub(crate) fn hold(&mut self, holds: &[NewHold]) -> Result<(), RegisterError> {
        if holds.is_empty() {
            return Ok(());
        }
        let (key, import) = (self.holds.key, self.import());
        let (accept, day) = (self.holds.accept.clone(), self.holds.day.clone());
        self.run(async |connection| {
            for hold in holds {
                let fingerprint = hold.fingerprint(&key);
                let own = (&hold.person, hold.line);
                for (person, line) in
                    std::iter::once(own).chain(hold.also.as_ref().map(|(number, line)| (number, *line)))
                {
                    sqlx::query(INSERT_FINDING)
                        .bind(person.as_str())
                        .bind(hold.code.name())
                        .bind(fingerprint.as_slice())
                        .bind(hold.subject_number())
                        .bind(hold.dose())
                        .bind(signed(import))
                        .bind(hold.role)
                        .bind(signed(line))
                        .bind(signed(hold.column))
                        .execute(&mut *connection)
                        .await?;
                }
                if accept.contains(&hold.code) {
                    confirm_one(connection, &fingerprint, &day).await?;
                }
            }
            Ok(())
        })
    }

    /// Findings of earlier imports fall with the facts that these entries give anew; those that still hold are found again.
    pub(super) fn forget_superseded(&mut self, entries: &[Entry]) -> Result<(), RegisterError> {
        if !self.holds.had_some {
            return Ok(());
        }
        let (import, whole) = (signed(self.import()), self.is_whole_series());
        let people: Vec<&str> = entries
            .iter()
            .filter(|entry| matches!(entry.person, PersonPart::Given(..)))
            .map(|entry| entry.number.as_str())
            .collect();
        let with_doses = || entries.iter().filter_map(|entry| Some((&entry.number, entry.doses.as_ref()?)));
        let dosed: Vec<&str> = with_doses().map(|(number, _)| number.as_str()).collect();
        self.run(async |connection| {
            for number in &people {
                forget(connection, "subject = 0", number, import).await?;
            }
            for number in &dosed {
                forget(connection, if whole { "subject > 0" } else { "subject = 2" }, number, import).await?;
            }
            if whole {
                return Ok(());
            }
            for (number, doses) in with_doses() {
                for dose in doses.unpacked() {
                    let sql =
                        "DELETE FROM open_finding WHERE subject = 1 AND dose = ? AND number = ? AND import_id < ?";
                    sqlx::query(sql)
                        .bind(i64::from(dose.number))
                        .bind(number.as_str())
                        .bind(import)
                        .execute(&mut *connection)
                        .await?;
                }
            }
            Ok(())
        })
    }

    /// Lays people aside whose doses are judged when all rows were read.
    pub(super) fn lay_aside(&mut self, people: &[Dispersed]) -> Result<(), RegisterError> {
        self.run(async |connection| {
            let head = "INSERT INTO dispersed (number, doses, lost)";
            insert(connection, head, 3, "ON CONFLICT DO NOTHING", people, |to, person| {
                to.add(person.number.as_str())?;
                to.add(person.before.as_slice())?;
                to.add(person.lost.as_slice())
            })
            .await
            .map(drop)
        })
    }

    /// Notes people of whom a row of doses was refused.
    pub(crate) fn refused_doses(&mut self, numbers: &[RegisterNumber]) -> Result<(), RegisterError> {
        self.run(async |connection| {
            let head = "INSERT INTO refused_doses (number)";
            insert(connection, head, 1, "ON CONFLICT DO NOTHING", numbers, |to, number| to.add(number.as_str()))
                .await
                .map(drop)
        })
    }

    /// Keeps what is known of lots now.
    pub(crate) fn keep_lots(&mut self, mut lots: Vec<KnownLot>) {
        self.holds.lots.append(&mut lots);
    }

    /// How many people this import holds.
    pub(crate) fn held_people(&mut self) -> Result<u64, RegisterError> {
        let import = signed(self.import());
        self.run(async |connection| {
            let sql = "SELECT COUNT(DISTINCT o.number) FROM open_finding o JOIN person p ON p.number = o.number \
                       LEFT JOIN confirmation c ON c.fingerprint = o.fingerprint \
                       WHERE o.import_id = ? AND c.fingerprint IS NULL";
            count(&sqlx::query(sql).bind(import).fetch_one(connection).await?, 0)
        })
    }

    /// Writes what is left to write before the import is made permanent.
    pub(super) fn finish_holds(&mut self) -> Result<(), RegisterError> {
        let (import, lots) = (signed(self.import()), std::mem::take(&mut self.holds.lots));
        self.run(async |connection| {
            // Of people whose row was refused after all.
            let sql = "DELETE FROM open_finding WHERE import_id = ? AND number NOT IN (SELECT number FROM person)";
            sqlx::query(sql).bind(import).execute(&mut *connection).await?;
            let head = "INSERT INTO lot (lot, maker, seen, first_day, last_day)";
            let tail = "ON CONFLICT (lot, maker) DO UPDATE SET seen = excluded.seen, first_day = excluded.first_day, \
                        last_day = excluded.last_day";
            insert(connection, head, 5, tail, &lots, |to, lot| {
                to.add(lot.lot.as_str())?;
                to.add(lot.maker.as_str())?;
                to.add(signed(lot.seen))?;
                to.add(i64::from(lot.days.0))?;
                to.add(i64::from(lot.days.1))
            })
            .await
            .map(drop)
        })
    }

    fn is_whole_series(&self) -> bool {
        self.mode() == Mode::WholeSeries
    }
}

const INSERT_FINDING: &str = "INSERT INTO open_finding (number, code, fingerprint, subject, dose, import_id, role, line, \
    column_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (number, code, fingerprint) DO UPDATE SET \
    subject = excluded.subject, dose = excluded.dose, import_id = excluded.import_id, role = excluded.role, \
    line = excluded.line, column_number = excluded.column_number";

async fn forget(
    connection: &mut SqliteConnection,
    which: &'static str,
    number: &str,
    import: i64,
) -> Result<(), sqlx::Error> {
    // One of three constants.
    let sql = format!("DELETE FROM open_finding WHERE {which} AND number = ? AND import_id < ?");
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(number).bind(import).execute(connection).await.map(drop)
}

async fn confirm_one(connection: &mut SqliteConnection, fingerprint: &[u8], day: &str) -> Result<u64, sqlx::Error> {
    let sql = "INSERT INTO confirmation (fingerprint, day) VALUES (?, ?) ON CONFLICT DO NOTHING";
    Ok(sqlx::query(sql).bind(fingerprint).bind(day).execute(connection).await?.rows_affected())
}

/// The key of this register's fingerprints; made when the first is needed.
async fn finding_key(connection: &mut SqliteConnection) -> Result<[u8; 32], sqlx::Error> {
    let sql = "SELECT fingerprint_key FROM finding_key WHERE id = 1";
    if let Some(row) = sqlx::query(sql).fetch_optional(&mut *connection).await? {
        return row.try_get::<&[u8], _>(0)?.try_into().map_err(|_| damaged());
    }
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| sqlx::Error::Io(std::io::Error::other(error.to_string())))?;
    sqlx::query("INSERT INTO finding_key (id, fingerprint_key) VALUES (1, ?)")
        .bind(key.as_slice())
        .execute(connection)
        .await?;
    Ok(key)
}

/// The lots that were seen most.
async fn known_lots(connection: &mut SqliteConnection) -> Result<Vec<KnownLot>, sqlx::Error> {
    let sql = "SELECT lot, maker, seen, first_day, last_day FROM lot ORDER BY seen DESC, lot LIMIT 8192";
    let day = |row: &SqliteRow, at: usize| {
        row.try_get::<i64, _>(at).and_then(|day| i32::try_from(day).map_err(|_| damaged()))
    };
    let lot = |row: &SqliteRow| {
        let days = (day(row, 3)?, day(row, 4)?);
        Ok(KnownLot { lot: row.try_get(0)?, maker: row.try_get(1)?, seen: count(row, 2)?, days })
    };
    sqlx::query(sql).fetch_all(connection).await?.iter().map(lot).collect()
}

impl Register {
    /// Who of these people is held by a finding that nobody has confirmed.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub(crate) fn held(&mut self, numbers: &[&str]) -> Result<HashSet<String>, RegisterError> {
        self.run(async |connection| {
            let head = "SELECT number FROM (SELECT o.number FROM open_finding o LEFT JOIN confirmation c \
                        ON c.fingerprint = o.fingerprint WHERE c.fingerprint IS NULL) held";
            select(connection, head, numbers).await?.iter().map(|row| row.try_get(0)).collect()
        })
    }

    /// The findings that hold somebody, or did until they were confirmed, by file, line and code.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn open_findings(
        &mut self,
        choice: &FindingChoice,
        code: Option<Code>,
    ) -> Result<Vec<OpenFinding>, RegisterError> {
        let findings = self.run(async |connection| {
            let sql = "SELECT o.number, o.code, o.import_id, f.name, o.line, o.column_number, c.day, o.fingerprint \
                       FROM open_finding o JOIN import_file f ON f.import_id = o.import_id AND f.role = o.role \
                       LEFT JOIN confirmation c ON c.fingerprint = o.fingerprint \
                       WHERE (? = '' OR o.number = ?) AND (? = '' OR o.code = ?) AND (? < 0 OR o.line = ?) \
                       ORDER BY o.import_id, f.name, o.line, o.code";
            let (person, line) = match choice {
                FindingChoice::Person(number) => (number.as_str(), -1),
                FindingChoice::Row { line, .. } => ("", signed(*line)),
                FindingChoice::All => ("", -1),
            };
            let code = code.map_or("", Code::name);
            let rows = sqlx::query(sql).bind(person).bind(person).bind(code).bind(code).bind(line).bind(line);
            rows.fetch_all(connection).await?.iter().map(open_finding).collect::<Result<Vec<_>, sqlx::Error>>()
        })?;
        let FindingChoice::Row { file, import, .. } = choice else { return Ok(findings) };
        let newest = match import {
            Some(import) => Some(*import),
            None => self.newest_import_of(file)?,
        };
        let wanted = |found: &OpenFinding| is_named(&found.file, file) && Some(found.import) == newest;
        Ok(findings.into_iter().filter(wanted).collect())
    }

    /// The newest import of a file.
    fn newest_import_of(&mut self, file: &str) -> Result<Option<u64>, RegisterError> {
        self.run(async |connection| {
            let rows = sqlx::query("SELECT import_id, name FROM import_file ORDER BY import_id DESC")
                .fetch_all(connection)
                .await?;
            for row in &rows {
                if is_named(row.try_get(1)?, file) {
                    return count(row, 0).map(Some);
                }
            }
            Ok(None)
        })
    }

    /// Confirms findings, or takes their confirmation back; says how many were not so already. `day` is noted.
    ///
    /// # Errors
    /// If the register cannot be written.
    pub fn confirm(&mut self, findings: &[OpenFinding], undo: bool, day: &str) -> Result<u64, RegisterError> {
        self.run(async |connection| {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            let changed = confirm_all(connection, findings, undo, day).await;
            sqlx::query(if changed.is_ok() { "COMMIT" } else { "ROLLBACK" }).execute(&mut *connection).await?;
            changed
        })
    }
}

async fn confirm_all(
    connection: &mut SqliteConnection,
    findings: &[OpenFinding],
    undo: bool,
    day: &str,
) -> Result<u64, sqlx::Error> {
    let mut changed = 0;
    for finding in findings {
        changed += if undo {
            let delete = sqlx::query("DELETE FROM confirmation WHERE fingerprint = ?");
            delete.bind(finding.fingerprint.as_slice()).execute(&mut *connection).await?.rows_affected()
        } else {
            confirm_one(connection, &finding.fingerprint, day).await?
        };
    }
    Ok(changed)
}

/// Whether a file is meant: by its whole name, or by the last part of it.
fn is_named(name: &str, meant: &str) -> bool {
    name == meant || name.rsplit(['/', '\\']).next() == Some(meant)
}

fn open_finding(row: &SqliteRow) -> Result<OpenFinding, sqlx::Error> {
    let code = Code::find(row.try_get(1)?).ok_or_else(damaged)?;
    Ok(OpenFinding {
        person: number(row, 0)?.to_string(),
        code,
        number: code.number(),
        import: count(row, 2)?,
        file: row.try_get(3)?,
        line: count(row, 4)?,
        column: Some(count(row, 5)?).filter(|&column| column > 0),
        confirmed: row.try_get(6)?,
        fingerprint: row.try_get(7)?,
    })
}
