//! Writing an import: one transaction, whole batches a statement, exact counts.
//!
//! A batch is inserted first as if everything in it were new, which for a first import it is. Only when
//! the register already had some of it are those rows read, compared here, and written again; so the SQL
//! stays plain and every change is counted for what it is.

use super::findings::Holds;
use super::merge::merge;
use super::pack::{PackedDose, pack, unpack};
use super::particulars::{Particulars, PersonColumns};
use super::read::{count, damaged, number, select_person};
use super::statements::{BATCH, Bound, bind_rows, insert, insert_bound, journal_mode, select, signed};
use super::{Register, RegisterError, Vocabulary};
use crate::check::series::{Fault, Judgement, judge, of_one_row};
use crate::check::{Code, Finding, Level, Note, Place};
use crate::record::RegisterNumber;
use serde::Serialize;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
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
    /// What few people have. Entries travel by the thousand, so each byte of theirs counts.
    pub(crate) remarks: Option<Box<Remarks>>,
    /// The earliest and the latest day.
    pub(crate) days: (i32, i32),
}

/// What is to be said of the doses of few people.
#[derive(Default)]
pub(crate) struct Remarks {
    /// What is wrong with them together, as far as the file alone shows.
    pub(crate) faults: Vec<Fault>,
    /// Numbers of doses that the file has in rows that were refused.
    pub(crate) lost: Vec<u8>,
}

impl Doses {
    /// The doses of one person, with what is wrong with them together.
    pub(crate) fn of(line: u64, doses: &[PackedDose], faults: Vec<Fault>, lost: Vec<u8>) -> Self {
        let days = doses.iter().fold((i32::MAX, i32::MIN), |(first, last), d| (first.min(d.day), last.max(d.day)));
        let remarks = (!faults.is_empty() || !lost.is_empty()).then(|| Box::new(Remarks { faults, lost }));
        Self { remarks, days, ..Self::stored(line, doses.len(), pack(doses)) }
    }

    /// Doses that were laid aside.
    pub(crate) fn stored(line: u64, count: usize, packed: Vec<u8>) -> Self {
        Self { line, count, packed, remarks: None, days: (0, 0) }
    }

    /// A row that was refused after it was read: it states nothing.
    pub(crate) fn refused(line: u64) -> Self {
        Self::stored(line, 0, Vec::new())
    }

    /// Numbers of doses that the file has in rows that were refused.
    pub(crate) fn lost(&self) -> &[u8] {
        self.remarks.as_ref().map_or(&[], |remarks| &remarks.lost)
    }

    /// The doses one by one.
    pub(crate) fn unpacked(&self) -> Vec<PackedDose> {
        unpack(&self.packed).unwrap_or_default()
    }
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
    /// What holds people, and the lots as this import saw them.
    pub(super) holds: Holds,
    /// People whose row of doses was refused beside the other file or the register.
    rows_refused: Vec<RegisterNumber>,
    /// Whether anybody came without doses.
    some_without_doses: bool,
    open: bool,
}

impl<'r> Writer<'r> {
    /// Begins an import: its number and the terms that the register knows.
    /// Findings with a code of `accept` hold nobody; the day beside it is noted.
    pub(crate) fn begin(
        register: &'r mut Register,
        mode: Mode,
        accept: (&[Code], &str),
    ) -> Result<(Self, Vocabulary), RegisterError> {
        let (import, terms) = register.run(async |connection| {
            journal_mode(connection, "DELETE").await?;
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            begin(connection).await
        })?;
        let mut writer = Self {
            register,
            mode,
            columns: PersonColumns::default(),
            import,
            tally: Tally::default(),
            findings: Vec::new(),
            holds: Holds::default(),
            rows_refused: Vec::new(),
            some_without_doses: false,
            open: true,
        };
        let lots = writer.begin_holds(accept)?;
        Ok((writer, Vocabulary::new(terms).with_lots(lots)))
    }

    /// The connection, for the parts of an import that have files of their own.
    pub(super) fn run<T>(
        &mut self,
        step: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T, sqlx::Error>,
    ) -> Result<T, RegisterError> {
        self.register.run(step)
    }

    /// What was changed so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// What a row of the file states.
    pub(super) fn mode(&self) -> Mode {
        self.mode
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
        let refused = entries.iter().filter(|entry| entry.doses.as_ref().is_some_and(|doses| doses.count == 0));
        self.rows_refused.extend(refused.map(|entry| entry.number.clone()));
        self.some_without_doses |= entries.iter().any(|entry| entry.doses.is_none());
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
            for entry in entries {
                self.tell_of_file(entry.doses, &entry.number);
            }
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
                // A row that was refused meanwhile states nothing.
                (_, Some(doses)) if doses.count == 0 => {}
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
    pub(crate) fn join_rest(&mut self) -> Result<(), RegisterError> {
        let mut after = 0;
        loop {
            let page = self.register.run(async |connection| waiting_page(connection, after).await)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
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
        self.finish_holds()?;
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

    /// Tells what the file alone showed.
    fn tell_of_file(&mut self, doses: Option<Doses>, number: &RegisterNumber) {
        if let Some(remarks) = doses.and_then(|doses| doses.remarks) {
            self.tell(remarks.faults, number);
        }
    }

    /// Tells what is wrong with a person's doses.
    fn tell(&mut self, faults: Vec<Fault>, number: &RegisterNumber) {
        self.findings.extend(faults.into_iter().map(|fault| fault.into_finding(number)));
    }

    /// Brings entries together with what the register has for the same numbers.
    fn reconcile(&mut self, entries: Vec<Entry>) -> Result<(), RegisterError> {
        let numbers: Vec<&str> = entries.iter().map(|entry| entry.number.as_str()).collect();
        let (mut kept, refused) = self.register.run(async |connection| {
            let kept = kept(connection, &numbers).await?;
            let unknown: Vec<&str> = numbers.iter().copied().filter(|&number| !kept.contains_key(number)).collect();
            Ok((kept, refused_lines(connection, &unknown).await?))
        })?;
        self.forget_superseded(&entries)?;
        let mut dispersed = Vec::new();
        for entry in entries {
            match kept.get_mut(entry.number.as_str()) {
                Some(kept) => self.reconcile_one(kept, entry, &mut dispersed),
                None => {
                    let line = entry.doses.map_or(0, |doses| doses.line);
                    let number = Some(entry.number.clone());
                    self.findings.push(match refused.get(entry.number.as_str()) {
                        Some(&other) => Finding::new(Code::WaitsForResident, false, line, number).beside(other),
                        None => Finding::new(Code::NoMatchingResident, false, line, number),
                    });
                }
            }
        }
        self.lay_aside(&dispersed)?;
        self.write_kept(kept)
    }

    fn write_kept(&mut self, kept: HashMap<String, Kept>) -> Result<(), RegisterError> {
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

    fn reconcile_one(&mut self, kept: &mut Kept, entry: Entry, dispersed: &mut Vec<Dispersed>) {
        if let PersonPart::Given(person, line) = entry.person {
            if (kept.import, kept.line) == (self.import, line) {
                // This very row was inserted a moment ago.
                self.tally.people_inserted += 1;
                self.tally.doses_inserted += kept.doses.len() as u64;
                self.tell_of_file(entry.doses, &kept.number);
                return;
            }
            let person = self.columns.complete(person, &kept.person);
            let same = person == kept.person;
            if kept.import == self.import {
                if !same {
                    return self.report_conflicting_person(kept.line, line, &kept.number, entry.doses.as_ref());
                }
            } else {
                if entry.doses.is_none() && self.contradicts_doses(kept, &person, line) {
                    return;
                }
                *(if same { &mut self.tally.people_unchanged } else { &mut self.tally.people_updated }) += 1;
                (kept.person, kept.import, kept.line, kept.changed) = (person, self.import, line, true);
            }
        }
        let Some(doses) = entry.doses.filter(|doses| doses.count > 0) else { return };
        match self.mode {
            Mode::WholeSeries => self.merge_series(kept, doses),
            Mode::SingleDoses => {
                let before: Vec<PackedDose> =
                    kept.doses.iter().filter(|dose| dose.import != self.import).cloned().collect();
                dispersed.push(Dispersed {
                    number: kept.number.clone(),
                    before: pack(&before),
                    lost: doses.lost().to_vec(),
                });
                self.merge(kept, doses.unpacked());
            }
        }
    }

    /// Whether the birth date that a row gives lies after doses that the register has: then it is refused.
    fn contradicts_doses(&mut self, kept: &Kept, person: &Particulars, line: u64) -> bool {
        let changed = person.birth != kept.person.birth;
        let judgement = if changed { judge(Some(person.birth), &kept.doses, &[], true) } else { Judgement::default() };
        let before_birth = judgement.faults.into_iter().find(|fault| fault.code == Code::DoseBeforeBirth);
        let contradicts = before_birth.is_some();
        if contradicts {
            self.findings.push(Finding::new(Code::DoseBeforeBirth, true, line, Some(kept.number.clone())));
        }
        contradicts
    }

    /// Takes a row that gives the whole series, or refuses it.
    fn merge_series(&mut self, kept: &mut Kept, doses: Doses) {
        let before = kept.doses.clone();
        let tally = self.tally;
        self.merge(kept, doses.unpacked());
        let judgement = judge(Some(kept.person.birth), &kept.doses, doses.lost(), true);
        let refused = judgement.faults.iter().any(|fault| fault.code.level() == Level::Block);
        if refused {
            (kept.doses, self.tally) = (before, tally);
            self.rows_refused.push(kept.number.clone());
            let mut findings = of_one_row(judgement.faults, &kept.number);
            // A dose that is not of this row has no cell in it.
            findings.iter_mut().for_each(|finding| finding.line = doses.line);
            self.findings.append(&mut findings);
        } else {
            let faults = judgement.faults.into_iter().filter(|fault| fault.line == doses.line).collect();
            self.tell(faults, &kept.number);
        }
    }

    fn merge(&mut self, kept: &mut Kept, doses: Vec<PackedDose>) {
        let conflicts = merge(&mut kept.doses, doses, self.import, self.mode, &mut self.tally);
        kept.changed = true;
        self.findings.extend(conflicts.into_iter().map(|(line, other)| {
            let finding = Finding::new(Code::ConflictingDose, false, line, Some(kept.number.clone()));
            finding.at(Place::DoseNumber).beside(other)
        }));
    }

    /// Judges the people whose doses came in several rows, or beside doses that the register had, now that all rows were
    /// read. A dose that contradicts the others is taken back.
    pub(crate) fn check_dispersed(&mut self) -> Result<(), RegisterError> {
        let mut after = String::new();
        loop {
            let page = self.register.run(async |connection| dispersed_page(connection, &after).await)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number.to_string();
            let numbers: Vec<&str> = page.iter().map(|person| person.number.as_str()).collect();
            let mut kept = self.register.run(async |connection| kept(connection, &numbers).await)?;
            for person in &page {
                if let Some(kept) = kept.get_mut(person.number.as_str()) {
                    self.judge_dispersed(kept, person);
                }
            }
            self.write_kept(kept)?;
        }
    }

    fn judge_dispersed(&mut self, kept: &mut Kept, person: &Dispersed) {
        let import = self.import;
        let judgement = judge(Some(kept.person.birth), &kept.doses, &person.lost, false);
        let of_import = |kept: &Kept, number: u8, line: u64| {
            kept.doses.iter().any(|dose| (dose.number, dose.line, dose.import) == (number, line, import))
        };
        let mut faults = judgement.faults;
        faults.retain(|fault| of_import(kept, fault.dose, fault.line));
        for fault in faults.iter_mut().filter(|fault| fault.code == Code::WaitsForDose) {
            // The other is the register's and can't be corrected in this file: then it's this row that is refused.
            if let Some(Note::OtherDose { line, dose, .. }) = fault.note
                && !of_import(kept, dose, line)
            {
                fault.code = Code::DoseOrder;
            }
        }
        self.tell(faults, &kept.number);
        if judgement.out.is_empty() {
            return;
        }
        let before = unpack(&person.before).unwrap_or_default();
        let stays = |dose: &PackedDose| dose.import != import || !judgement.out.contains(&dose.key());
        let count = kept.doses.len();
        kept.doses.retain(stays);
        let removed = (count - kept.doses.len()) as u64;
        let restored: Vec<PackedDose> = before
            .into_iter()
            .filter(|dose| judgement.out.contains(&dose.key()) && !kept.doses.iter().any(|own| own.key() == dose.key()))
            .collect();
        self.tally.doses_inserted = self.tally.doses_inserted.saturating_sub(removed - restored.len() as u64);
        self.tally.doses_updated = self.tally.doses_updated.saturating_sub(restored.len() as u64);
        kept.doses.extend(restored);
        kept.doses.sort_by_key(PackedDose::key);
        kept.changed = true;
    }

    /// Tells who is among the residents and in no row of doses.
    pub(crate) fn find_people_without_doses(&mut self) -> Result<(), RegisterError> {
        if !self.some_without_doses {
            return Ok(());
        }
        let refused = std::mem::take(&mut self.rows_refused);
        self.refused_doses(&refused)?;
        let import = self.import;
        let mut after = String::new();
        loop {
            let page = self.register.run(async |connection| without_doses_page(connection, import, &after).await)?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = last.to_string();
            self.findings.extend(
                page.into_iter()
                    .map(|(number, line)| Finding::new(Code::ResidentWithoutDoses, true, line, Some(number))),
            );
        }
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
            Mode::SingleDoses => doses.map(Doses::unpacked).unwrap_or_default().iter().map(|dose| dose.line).collect(),
        };
        lines.sort_unstable();
        self.findings.extend(
            lines
                .into_iter()
                .map(|line| Finding::new(Code::ConflictingPerson, true, line, Some(number.clone())).beside(other_line)),
        );
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

/// A person whose doses are judged when all rows were read.
pub(super) struct Dispersed {
    pub(super) number: RegisterNumber,
    /// The doses that the register had before this import.
    pub(super) before: Vec<u8>,
    /// Numbers of doses in rows that were refused.
    pub(super) lost: Vec<u8>,
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
            let doses = Doses::stored(super::read::count(row, 2)?, count, row.try_get(4)?);
            Ok((row.try_get(0)?, (number(row, 1)?, doses)))
        })
        .collect()
}

async fn dispersed_page(connection: &mut SqliteConnection, after: &str) -> Result<Vec<Dispersed>, sqlx::Error> {
    let sql = "SELECT number, doses, lost FROM dispersed WHERE number > ? ORDER BY number LIMIT 1000";
    let rows = sqlx::query(sql).bind(after).fetch_all(connection).await?;
    let person =
        |row: &SqliteRow| Ok(Dispersed { number: number(row, 0)?, before: row.try_get(1)?, lost: row.try_get(2)? });
    rows.iter().map(person).collect()
}

async fn without_doses_page(
    connection: &mut SqliteConnection,
    import: u64,
    after: &str,
) -> Result<Vec<(RegisterNumber, u64)>, sqlx::Error> {
    let sql = "SELECT number, line FROM person WHERE number > ? AND import_id = ? AND dose_count = 0 \
               AND number NOT IN (SELECT number FROM refused_doses) ORDER BY number LIMIT 1000";
    let rows = sqlx::query(sql).bind(after).bind(signed(import)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((number(row, 0)?, count(row, 1)?))).collect()
}

/// This import's number, the terms, and the tables that live as long as the import.
async fn begin(connection: &mut SqliteConnection) -> Result<(u64, Vec<(u32, String)>), sqlx::Error> {
    for sql in [
        // Doses whose person is in no row read so far, and people whose row was refused.
        "CREATE TEMPORARY TABLE IF NOT EXISTS waiting (sequence INTEGER PRIMARY KEY, number TEXT NOT NULL, \
         line BIGINT NOT NULL, dose_count SMALLINT NOT NULL, doses BLOB NOT NULL)",
        "CREATE TEMPORARY TABLE IF NOT EXISTS refused (number TEXT NOT NULL PRIMARY KEY, line BIGINT NOT NULL)",
        // People whose doses came in several rows or beside others, with what the register had; and people of whom a
        // row of doses was refused.
        "CREATE TEMPORARY TABLE IF NOT EXISTS dispersed (number TEXT NOT NULL PRIMARY KEY, doses BLOB NOT NULL, \
         lost BLOB NOT NULL)",
        "CREATE TEMPORARY TABLE IF NOT EXISTS refused_doses (number TEXT NOT NULL PRIMARY KEY)",
        "DELETE FROM waiting",
        "DELETE FROM refused",
        "DELETE FROM dispersed",
        "DELETE FROM refused_doses",
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
