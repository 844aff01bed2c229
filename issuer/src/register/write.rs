//! Writing an import: one transaction, whole batches a statement, exact counts.
//!
//! A batch is inserted first as if everything in it were new, which for a first import it is. Only when
//! the register already had some of it are those rows read, compared here, and written again; so the SQL
//! stays plain and every change is counted for what it is.

use super::merge::merge;
use super::pack::{PackedDose, pack, unpack};
use super::particulars::{Particulars, PersonColumns};
use super::read::{count, damaged, number, select_person};
use super::statements::{BATCH, Bound, bind_rows, insert, insert_bound, journal_mode, select, signed};
use super::{Register, RegisterError, Vocabulary};
use crate::check::Code;
use crate::record::RegisterNumber;
use serde::Serialize;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, Row, SqliteConnection};
use std::collections::HashMap;

/// People that are best written at once.
pub(crate) const PEOPLE_BATCH: usize = BATCH;

/// What an import knows of one person.
pub(crate) struct Entry {
    pub(crate) number: RegisterNumber,
    pub(crate) person: PersonPart,
    pub(crate) doses: Option<Doses>,
}

/// The person's particulars in the import.
#[allow(clippy::large_enum_variant, reason = "all but a few give the person")]
pub(crate) enum PersonPart {
    /// As that line gives them.
    Given(Particulars, u64),
    /// That line gave them, but was refused.
    Refused(u64),
    /// The import's rows so far do not give them.
    Absent,
}

/// The doses of one person in the import.
pub(crate) struct Doses {
    /// The line of the (first) row that gives them.
    pub(crate) line: u64,
    pub(crate) count: usize,
    pub(crate) packed: Vec<u8>,
}

/// People to write, their values bound already if they fill one statement.
pub(crate) struct People {
    entries: Vec<Entry>,
    bound: Option<SqliteArguments>,
}

impl People {
    /// Binds the values of entries that all give their person: work for another thread than the writing one.
    pub(crate) fn bind(entries: Vec<Entry>, import: u64) -> Self {
        let bound =
            (entries.len() == BATCH).then(|| bind_rows(&entries, 14, |to, entry| bind_entry(to, entry, import)).ok());
        Self { entries, bound: bound.flatten() }
    }
}

/// What a row of the file states.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A person's whole COVID-19 series: a dose that it lacks is not (or no longer) true.
    WholeSeries,
    /// Single doses: it says nothing about others.
    SingleDoses,
}

/// What an import changed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Tally {
    /// People who are new in the register.
    pub people_inserted: u64,
    /// People whose particulars changed.
    pub people_updated: u64,
    /// People given again as they were.
    pub people_unchanged: u64,
    /// Doses that are new.
    pub doses_inserted: u64,
    /// Doses that changed.
    pub doses_updated: u64,
    /// Doses given again as they were.
    pub doses_unchanged: u64,
    /// Doses that a person's corrected row no longer has.
    pub doses_removed: u64,
}

/// A row that turned out to be unfit only beside the register or another row.
pub(crate) struct Finding {
    pub(crate) code: Code,
    /// Whether the row is one of the file that gives people, not of the one that gives doses.
    pub(crate) of_person: bool,
    pub(crate) line: u64,
    pub(crate) other_line: Option<u64>,
    pub(crate) number: String,
}

/// One file of an import, for the journal.
pub(crate) struct FileEntry<'a> {
    pub(crate) role: &'a str,
    pub(crate) name: &'a str,
    pub(crate) sha256: &'a [u8],
    pub(crate) bytes: u64,
    pub(crate) encoding: &'a str,
    pub(crate) good: u64,
    pub(crate) refused: u64,
}

/// An import being written. Dropped without [`commit`](Self::commit), it leaves the register as it was.
pub(crate) struct Writer<'r> {
    register: &'r mut Register,
    mode: Mode,
    columns: PersonColumns,
    import: u64,
    tally: Tally,
    findings: Vec<Finding>,
    open: bool,
}

impl<'r> Writer<'r> {
    /// Begins an import: its number and the terms that the register knows.
    pub(crate) fn begin(register: &'r mut Register, mode: Mode) -> Result<(Self, Vocabulary), RegisterError> {
        let (import, terms) = register.run(async |connection| {
            journal_mode(connection, "DELETE").await?;
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            begin(connection).await
        })?;
        let writer = Self {
            register,
            mode,
            columns: PersonColumns::default(),
            import,
            tally: Tally::default(),
            findings: Vec::new(),
            open: true,
        };
        Ok((writer, Vocabulary::new(terms)))
    }

    /// This import's number.
    pub(crate) fn import(&self) -> u64 {
        self.import
    }

    /// Says which particulars the file has; before the first person is written.
    pub(crate) fn person_columns(&mut self, columns: PersonColumns) {
        self.columns = columns;
    }

    /// Adds terms that doses to come refer to.
    pub(crate) fn terms(&mut self, terms: &[(u32, String)]) -> Result<(), RegisterError> {
        self.register.run(async |connection| {
            insert(connection, "INSERT INTO term (id, text)", 2, "", terms, |arguments, (id, text)| {
                arguments.add(i64::from(*id))?;
                arguments.add(text.as_str())
            })
            .await
            .map(drop)
        })
    }

    /// Writes people with what the import has of their doses.
    pub(crate) fn people(&mut self, people: People) -> Result<(), RegisterError> {
        let People { entries, bound } = people;
        let import = self.import;
        let inserted = self.register.run(async |connection| match bound {
            Some(bound) => insert_bound(connection, INSERT_PERSON, 14, "ON CONFLICT DO NOTHING", BATCH, bound).await,
            None => {
                let bind = |to: &mut SqliteArguments, entry: &Entry| bind_entry(to, entry, import);
                insert(connection, INSERT_PERSON, 14, "ON CONFLICT DO NOTHING", &entries, bind).await
            }
        })?;
        if inserted == entries.len() as u64 {
            self.tally.people_inserted += inserted;
            let doses = entries.iter().filter_map(|entry| entry.doses.as_ref());
            self.tally.doses_inserted += doses.map(|doses| doses.count as u64).sum::<u64>();
            return Ok(());
        }
        self.reconcile(entries)
    }

    /// Keeps what found no counterpart until the whole import was read.
    pub(crate) fn rest(&mut self, entries: Vec<Entry>) -> Result<(), RegisterError> {
        let (mut waiting, mut refused) = (Vec::new(), Vec::new());
        for Entry { number, person, doses } in entries {
            match (person, doses) {
                (PersonPart::Refused(line), None) => refused.push((number, line)),
                (_, Some(doses)) => waiting.push((number, doses)),
                (_, None) => {}
            }
        }
        self.register.run(async |connection| {
            let head = "INSERT INTO waiting (number, line, dose_count, doses)";
            insert(connection, head, 4, "", &waiting, |to, (number, doses)| {
                to.add(number.as_str())?;
                to.add(signed(doses.line))?;
                to.add(doses.count as i64)?;
                to.add(doses.packed.as_slice())
            })
            .await?;
            let head = "INSERT INTO refused (number, line)";
            insert(connection, head, 2, "ON CONFLICT DO NOTHING", &refused, |to, (number, line)| {
                to.add(number.as_str())?;
                to.add(signed(*line))
            })
            .await
            .map(drop)
        })
    }

    /// What was found since the last call.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// Joins the doses that found their person in no row before: with people of other rows or of earlier imports.
    pub(crate) fn join_rest(&mut self) -> Result<Tally, RegisterError> {
        let mut after = 0;
        loop {
            let page = self.register.run(async |connection| waiting_page(connection, after).await)?;
            let Some((last, _)) = page.last() else { return Ok(self.tally) };
            after = *last;
            let entries = page.into_iter().map(|(_, (number, doses))| Entry {
                number,
                person: PersonPart::Absent,
                doses: Some(doses),
            });
            self.reconcile(entries.collect())?;
        }
    }

    /// Notes the import and makes it permanent, all at once.
    pub(crate) fn commit(mut self, day: &str, files: &[FileEntry<'_>]) -> Result<(), RegisterError> {
        let (import, tally) = (self.import, self.tally);
        self.register.run(async |connection| {
            journal(connection, import, day, &tally, files).await?;
            sqlx::query("COMMIT").execute(&mut *connection).await?;
            // The import is in; in which mode later ones are is a matter of speed only.
            let _ = journal_mode(connection, "WAL").await;
            Ok(())
        })?;
        self.open = false;
        Ok(())
    }

    fn report_waiting(&mut self, number: String, line: u64, other_line: u64) {
        let finding =
            Finding { code: Code::WaitsForResident, of_person: false, line, other_line: Some(other_line), number };
        self.findings.push(finding);
    }

    /// Brings entries together with what the register has for the same numbers.
    fn reconcile(&mut self, entries: Vec<Entry>) -> Result<(), RegisterError> {
        let numbers: Vec<&str> = entries.iter().map(|entry| entry.number.as_str()).collect();
        let (mut kept, refused) = self.register.run(async |connection| {
            let kept = kept(connection, &numbers).await?;
            let unknown: Vec<&str> = numbers.iter().copied().filter(|&number| !kept.contains_key(number)).collect();
            Ok((kept, refused_lines(connection, &unknown).await?))
        })?;
        for entry in entries {
            match kept.get_mut(entry.number.as_str()) {
                Some(kept) => self.reconcile_one(kept, entry),
                None => {
                    let (number, line) = (entry.number.to_string(), entry.doses.map_or(0, |doses| doses.line));
                    match refused.get(&number) {
                        Some(&other) => self.report_waiting(number, line, other),
                        None => self.findings.push(Finding {
                            code: Code::NoMatchingResident,
                            of_person: false,
                            line,
                            other_line: None,
                            number,
                        }),
                    }
                }
            }
        }
        let changed: Vec<Kept> = kept.into_values().filter(|kept| kept.changed).collect();
        self.register.run(async |connection| {
            insert(connection, INSERT_PERSON, 14, UPDATE_PERSON, &changed, |arguments, kept| {
                kept.person.bind(
                    arguments,
                    &kept.number,
                    (kept.import, kept.line),
                    kept.doses.len(),
                    &pack(&kept.doses),
                )
            })
            .await
            .map(drop)
        })
    }

    fn reconcile_one(&mut self, kept: &mut Kept, entry: Entry) {
        if let PersonPart::Given(person, line) = entry.person {
            if (kept.import, kept.line) == (self.import, line) {
                // This very row was inserted a moment ago.
                self.tally.people_inserted += 1;
                self.tally.doses_inserted += kept.doses.len() as u64;
                return;
            }
            let person = self.columns.complete(person, &kept.person);
            let same = person == kept.person;
            if kept.import == self.import {
                if !same {
                    return self.report_conflicting_person(kept.line, line, &kept.number, entry.doses.as_ref());
                }
            } else {
                *(if same { &mut self.tally.people_unchanged } else { &mut self.tally.people_updated }) += 1;
                (kept.person, kept.import, kept.line, kept.changed) = (person, self.import, line, true);
            }
        }
        let Some(doses) = entry.doses.and_then(|doses| unpack(&doses.packed)) else { return };
        let conflicts = merge(&mut kept.doses, doses, self.import, self.mode, &mut self.tally);
        kept.changed = true;
        let number = kept.number.as_str();
        self.findings.extend(conflicts.into_iter().map(|(line, other)| Finding {
            code: Code::ConflictingDose,
            of_person: false,
            line,
            other_line: Some(other),
            number: number.to_owned(),
        }));
    }

    /// Every row of the entry is refused: the person's own, or in a file of single doses each dose's.
    fn report_conflicting_person(
        &mut self,
        other_line: u64,
        line: u64,
        number: &RegisterNumber,
        doses: Option<&Doses>,
    ) {
        let mut lines: Vec<u64> = match self.mode {
            Mode::WholeSeries => vec![line],
            Mode::SingleDoses => {
                let doses = doses.and_then(|doses| unpack(&doses.packed)).unwrap_or_default();
                doses.iter().map(|dose| dose.line).collect()
            }
        };
        if lines.is_empty() {
            // A person without doses is a row of its own, as a Patient of FHIR is.
            lines.push(line);
        }
        lines.sort_unstable();
        self.findings.extend(lines.into_iter().map(|line| Finding {
            code: Code::ConflictingPerson,
            of_person: true,
            line,
            other_line: Some(other_line),
            number: number.to_string(),
        }));
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        if self.open {
            let _ = self.register.run(async |connection| {
                // Where the disk is full SQLite has rolled back itself; and if the connection is broken,
                // the next one undoes the transaction.
                let _ = sqlx::query("ROLLBACK").execute(&mut *connection).await;
                journal_mode(connection, "WAL").await
            });
        }
    }
}

/// A person as the register has it.
struct Kept {
    number: RegisterNumber,
    person: Particulars,
    import: u64,
    line: u64,
    doses: Vec<PackedDose>,
    changed: bool,
}

/// No doses, packed.
const EMPTY: &Vec<u8> = &Vec::new();

const INSERT_PERSON: &str = "INSERT INTO person (number, name, kana, romanised, birth, sex, municipality, nationality, \
    passport, shielded, import_id, line, dose_count, doses)";

const UPDATE_PERSON: &str = "ON CONFLICT (number) DO UPDATE SET name = excluded.name, kana = excluded.kana, \
    romanised = excluded.romanised, birth = excluded.birth, sex = excluded.sex, municipality = excluded.municipality, \
    nationality = excluded.nationality, passport = excluded.passport, shielded = excluded.shielded, \
    import_id = excluded.import_id, line = excluded.line, dose_count = excluded.dose_count, doses = excluded.doses";

/// Binds an entry that gives its person.
fn bind_entry(to: &mut SqliteArguments, entry: &Entry, import: u64) -> Bound {
    match &entry.person {
        PersonPart::Given(person, line) => {
            let (count, packed) = entry.doses.as_ref().map_or((0, EMPTY), |doses| (doses.count, &doses.packed));
            person.bind(to, &entry.number, (import, *line), count, packed)
        }
        PersonPart::Refused(_) | PersonPart::Absent => Err("an entry without a person".into()),
    }
}

async fn kept(connection: &mut SqliteConnection, numbers: &[&str]) -> Result<HashMap<String, Kept>, sqlx::Error> {
    let rows = select(connection, select_person!(""), numbers).await?;
    rows.iter()
        .map(|row| {
            let (number, person) = (number(row, 0)?, Particulars::read(row)?);
            let doses = unpack(row.try_get(13)?).ok_or_else(damaged)?;
            let kept = Kept { number, person, import: count(row, 10)?, line: count(row, 11)?, doses, changed: false };
            Ok((kept.number.to_string(), kept))
        })
        .collect()
}

async fn refused_lines(
    connection: &mut SqliteConnection,
    numbers: &[&str],
) -> Result<HashMap<String, u64>, sqlx::Error> {
    let rows = select(connection, "SELECT number, line FROM refused", numbers).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, count(row, 1)?))).collect()
}

async fn waiting_page(
    connection: &mut SqliteConnection,
    after: i64,
) -> Result<Vec<(i64, (RegisterNumber, Doses))>, sqlx::Error> {
    let sql =
        "SELECT sequence, number, line, dose_count, doses FROM waiting WHERE sequence > ? ORDER BY sequence LIMIT 1000";
    let rows = sqlx::query(sql).bind(after).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let count = usize::try_from(count(row, 3)?).map_err(|_| damaged())?;
            let doses = Doses { line: super::read::count(row, 2)?, count, packed: row.try_get(4)? };
            Ok((row.try_get(0)?, (number(row, 1)?, doses)))
        })
        .collect()
}

/// This import's number, the terms, and the tables that live as long as the import.
async fn begin(connection: &mut SqliteConnection) -> Result<(u64, Vec<(u32, String)>), sqlx::Error> {
    for sql in [
        // Doses whose person is in no row read so far, and people whose row was refused.
        "CREATE TEMPORARY TABLE IF NOT EXISTS waiting (sequence INTEGER PRIMARY KEY, number TEXT NOT NULL, \
         line BIGINT NOT NULL, dose_count SMALLINT NOT NULL, doses BLOB NOT NULL)",
        "CREATE TEMPORARY TABLE IF NOT EXISTS refused (number TEXT NOT NULL PRIMARY KEY, line BIGINT NOT NULL)",
        "DELETE FROM waiting",
        "DELETE FROM refused",
    ] {
        sqlx::query(sql).execute(&mut *connection).await?;
    }
    let next = sqlx::query("SELECT COALESCE(MAX(id), 0) + 1 FROM import").fetch_one(&mut *connection).await?;
    let rows = sqlx::query("SELECT id, text FROM term").fetch_all(&mut *connection).await?;
    let term =
        |row: &sqlx::sqlite::SqliteRow| Ok((u32::try_from(count(row, 0)?).map_err(|_| damaged())?, row.try_get(1)?));
    Ok((count(&next, 0)?, rows.iter().map(term).collect::<Result<_, sqlx::Error>>()?))
}

async fn journal(
    connection: &mut SqliteConnection,
    import: u64,
    day: &str,
    tally: &Tally,
    files: &[FileEntry<'_>],
) -> Result<(), sqlx::Error> {
    let changes =
        [tally.people_inserted, tally.people_updated, tally.doses_inserted, tally.doses_updated, tally.doses_removed];
    let mut query = sqlx::query("INSERT INTO import VALUES (?, ?, ?, ?, ?, ?, ?)").bind(signed(import)).bind(day);
    for number in changes {
        query = query.bind(signed(number));
    }
    query.execute(&mut *connection).await?;
    for file in files {
        sqlx::query("INSERT INTO import_file VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
            .bind(signed(import))
            .bind(file.role)
            .bind(file.name)
            .bind(file.sha256)
            .bind(signed(file.bytes))
            .bind(file.encoding)
            .bind(signed(file.good))
            .bind(signed(file.refused))
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
