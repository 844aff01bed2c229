//! Writing an import: one transaction, whole batches a statement, exact counts.
//!
//! A batch is inserted first as if everything in it were new, which for a first import it is. Only when
//! the register already had some of it are those rows read, compared here, and written again; so the SQL
//! stays plain and every change is counted for what it is.

use super::database::{Database, values};
use super::merge::merge;
use super::pack::{PackedDose, pack, unpack};
use super::particulars::{Particulars, PersonColumns};
use super::people::{PERSON_COLUMNS, People, PersonRow, Sealer, update};
use super::read::{Opened, count, damaged, select_person, text};
use super::seal::{Nonces, Seals};
use super::statements::{in_chunks, insert, select};
use super::versions::{Change, keep_earlier};
use super::{Register, RegisterError, Vocabulary, waiting};
use crate::check::Code;
use crate::record::RegisterNumber;
use serde::Serialize;
use std::collections::HashMap;

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
    /// How many entries wait in their table.
    waiting: u64,
    tally: Tally,
    findings: Vec<Finding>,
    open: bool,
}

impl<'r> Writer<'r> {
    /// Begins an import: its number and the terms that the register knows.
    pub(crate) fn begin(register: &'r mut Register, mode: Mode) -> Result<(Self, Vocabulary), RegisterError> {
        register.run(|database| database.begin_import())?;
        // From here on, an error undoes the transaction.
        let mut writer = Self {
            register,
            mode,
            columns: PersonColumns::default(),
            import: 0,
            waiting: 0,
            tally: Tally::default(),
            findings: Vec::new(),
            open: true,
        };
        let (import, terms) = writer.register.run(begin)?;
        writer.import = import;
        Ok((writer, Vocabulary::new(terms)))
    }

    /// What seals the people of this import, on whichever thread.
    pub(crate) fn sealer(&self) -> Sealer {
        Sealer::new(self.import, self.register.seals())
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
        self.register.run(|database| {
            insert(database, "INSERT INTO term (id, text)", 2, "", terms, |to, (id, text)| {
                to.extend(values![i64::from(*id), text]);
            })
            .map(drop)
        })
    }

    /// Writes people with what the import has of their doses.
    pub(crate) fn people(&mut self, people: People) -> Result<(), RegisterError> {
        let sealer = self.sealer();
        let (entries, inserted) = self.register.run(|database| people.insert(database, &sealer))?;
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
        let (seals, first) = (self.register.seals(), self.waiting);
        self.waiting += waiting.len() as u64;
        self.register.run(|database| waiting::keep(database, &seals, first, &waiting, &refused))
    }

    /// What was found since the last call.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// Joins the doses that found their person in no row before: with people of other rows or of earlier imports.
    pub(crate) fn join_rest(&mut self) -> Result<Tally, RegisterError> {
        self.register.run(|database| database.complete_import())?;
        let mut after = 0;
        let seals = self.register.seals();
        while let Some((last, entries)) = self.register.run(|database| waiting::page(database, &seals, after))? {
            after = last;
            self.reconcile(entries)?;
        }
        Ok(self.tally)
    }

    /// Notes the import and makes it permanent, all at once.
    pub(crate) fn commit(mut self, day: &str, files: &[FileEntry<'_>]) -> Result<(), RegisterError> {
        let (import, tally) = (self.import, self.tally);
        self.register.run(|database| {
            journal(database, import, day, &tally, files)?;
            database.commit()?;
            database.end_import();
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
        let seals = self.register.seals();
        let (mut kept, refused) = self.register.run(|database| {
            let kept = kept(database, &seals, &numbers)?;
            let unknown: Vec<&str> = numbers.iter().copied().filter(|&number| !kept.contains_key(number)).collect();
            Ok((kept, waiting::refused_lines(database, &unknown)?))
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
        let import = self.import;
        self.register.run(|database| {
            let mut nonces = Nonces::for_values(changed.len());
            let mut changes = Vec::new();
            for part in in_chunks(&changed) {
                let mut rows = Vec::with_capacity(PERSON_COLUMNS * part.len());
                for Kept { number, person, import, line, doses, .. } in part {
                    let packed = pack(doses);
                    PersonRow::seal(number, person, (*import, *line), doses.len(), &packed, &seals, &mut nonces)?
                        .into_values(&mut rows);
                }
                update(database, rows)?;
            }
            for kept in changed {
                changes.extend(kept.into_change());
            }
            keep_earlier(database, &seals, import, changes)
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
            if !same {
                kept.remember();
            }
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
        kept.remember();
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
            let _ = self.register.run(|database| {
                // Where the disk is full SQLite has rolled back itself; and if the connection is broken,
                // the next one undoes the transaction.
                let _ = database.rollback();
                database.end_import();
                Ok(())
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
    /// Particulars and doses before the import changed either.
    before: Option<(Particulars, Vec<PackedDose>)>,
}

impl Kept {
    /// Keeps what the register says now, before it is changed.
    fn remember(&mut self) {
        self.before.get_or_insert_with(|| (self.person.clone(), self.doses.clone()));
    }

    /// What was changed of the record, if anything was.
    fn into_change(self) -> Option<Change> {
        let (person, doses) = self.before?;
        let unlike = |(one, other): (&PackedDose, &PackedDose)| !one.says_the_same(other);
        let same_doses = doses.len() == self.doses.len() && !doses.iter().zip(&self.doses).any(unlike);
        if person == self.person && same_doses {
            return None;
        }
        let Self { number, import, line, .. } = self;
        let before = Opened { number: number.clone(), person, doses, import, line };
        Some(Change { before, after: Opened { number, person: self.person, doses: self.doses, import, line } })
    }
}

fn kept(database: &mut dyn Database, seals: &Seals, numbers: &[&str]) -> Result<HashMap<String, Kept>, sqlx::Error> {
    let rows = select(database, select_person!(""), numbers)?;
    rows.iter()
        .map(|row| {
            let Opened { number, person, doses, import, line } = Opened::from_row(row, seals)?;
            Ok((number.to_string(), Kept { number, person, import, line, doses, changed: false, before: None }))
        })
        .collect()
}

/// This import's number, and the terms.
fn begin(database: &mut dyn Database) -> Result<(u64, Vec<(u32, String)>), sqlx::Error> {
    let next = database.query("SELECT COALESCE(MAX(id), 0) + 1 FROM import", Vec::new())?;
    let import = count(next.first().ok_or_else(damaged)?, 0)?;
    let rows = database.query("SELECT id, text FROM term", Vec::new())?;
    let term = |row| Ok((u32::try_from(count(row, 0)?).map_err(|_| damaged())?, text(row, 1)?.to_owned()));
    Ok((import, rows.iter().map(term).collect::<Result<_, sqlx::Error>>()?))
}

fn journal(
    database: &mut dyn Database,
    import: u64,
    day: &str,
    tally: &Tally,
    files: &[FileEntry<'_>],
) -> Result<(), sqlx::Error> {
    database.execute(
        "INSERT INTO import (id, day, people_inserted, people_updated, doses_inserted, doses_updated, doses_removed) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
        values![
            import,
            day,
            tally.people_inserted,
            tally.people_updated,
            tally.doses_inserted,
            tally.doses_updated,
            tally.doses_removed,
        ],
    )?;
    for file in files {
        database.execute(
            "INSERT INTO import_file (import_id, role, name, sha256, bytes, encoding, rows_good, refused) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            values![import, file.role, file.name, file.sha256, file.bytes, file.encoding, file.good, file.refused,],
        )?;
    }
    waiting::clear(database)
}
