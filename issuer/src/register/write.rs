//! Writing an import: one transaction, whole batches a statement, exact counts.
//!
//! A batch is inserted first as if everything in it were new, which for a first import it is. Only when
//! the register already had some of it are those rows read, compared here, and written again; so the SQL
//! stays plain and every change is counted for what it is.

use super::act::{Act, ActKind};
use super::closing::Dispersed;
use super::database::{Database, values};
use super::entry::{Doses, Entry, FileEntry, Mode, PersonPart, Tally};
use super::findings::Holds;
use super::kept::{Kept, kept};
use super::merge::merge;
use super::mergers::{Mergers, Numbering};
use super::pack::{PackedDose, pack};
use super::particulars::{Particulars, PersonColumns};
use super::people::{PERSON_COLUMNS, People, PersonRow, Sealer, update};
use super::read::{count, damaged, text};
use super::seal::{Nonces, Seals};
use super::statements::{in_chunks, insert};
use super::usage::{Usage, claim_usage};
use super::versions::keep_earlier;
use super::{Register, RegisterError, Vocabulary, waiting};
use crate::check::series::{Fault, Judgement, judge, of_one_row};
use crate::check::{Code, Finding, Level, Place};
use crate::import::Scope;
use crate::municipality::MunicipalityCode;
use crate::record::RegisterNumber;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// An import being written. Dropped without [`commit`](Self::commit), it leaves the register as it was.
pub(crate) struct Writer<'r> {
    pub(super) register: &'r mut Register,
    mode: Mode,
    mergers: Arc<Mergers>,
    columns: PersonColumns,
    pub(super) import: u64,
    /// Whose people may be written, if not everybody's; and the lines about others.
    scope: Option<Arc<Scope>>,
    outside: BTreeSet<u64>,
    /// How many entries wait in their table.
    waiting: u64,
    pub(super) tally: Tally,
    pub(super) findings: Vec<Finding>,
    /// What holds people, and the lots as this import saw them.
    pub(super) holds: Holds,
    /// People whose row of doses was refused beside the other file or the register.
    pub(super) rows_refused: Vec<RegisterNumber>,
    /// Whether anybody came without doses.
    pub(super) some_without_doses: bool,
    open: bool,
}

/// Lines about people outside that are told.
const OUTSIDE_TOLD: usize = 100;

impl<'r> Writer<'r> {
    /// Begins an import: its number and the terms that the register knows. Findings with a code of `accept` hold
    /// nobody; the day beside it is noted.
    pub(crate) fn begin(
        register: &'r mut Register,
        mode: Mode,
        accept: (&[Code], &str),
    ) -> Result<(Self, Vocabulary), RegisterError> {
        register.run(|database| database.begin_import())?;
        // From here on, an error undoes the transaction.
        let mut writer = Self {
            register,
            mode,
            mergers: Arc::default(),
            columns: PersonColumns::default(),
            import: 0,
            scope: None,
            outside: BTreeSet::new(),
            waiting: 0,
            tally: Tally::default(),
            findings: Vec::new(),
            holds: Holds::default(),
            rows_refused: Vec::new(),
            some_without_doses: false,
            open: true,
        };
        let (import, terms) = writer.register.run(begin)?;
        writer.mergers = Arc::new(writer.register.run(Mergers::read)?);
        writer.import = import;
        let lots = writer.begin_holds(accept)?;
        Ok((writer, Vocabulary::new(terms).with_lots(lots)))
    }

    /// The database, for the parts of an import that have files of their own.
    pub(super) fn run<T>(
        &mut self,
        step: impl FnOnce(&mut dyn Database) -> Result<T, sqlx::Error>,
    ) -> Result<T, RegisterError> {
        self.register.run(step)
    }

    pub(super) fn seals(&self) -> Arc<Seals> {
        self.register.seals()
    }

    /// Hears that a file is a sample's: the register is for demonstrations from now on.
    ///
    /// # Errors
    /// [`RegisterError::LiveRegister`] if it holds what counts.
    pub(crate) fn take_sample(&mut self) -> Result<(), RegisterError> {
        let now = self.register.journal().now();
        match self.run(|database| claim_usage(database, Usage::Demo, now))? {
            Usage::Demo => Ok(()),
            Usage::Live => Err(RegisterError::LiveRegister(self.register.place.clone())),
        }
    }

    /// Writes people of these municipalities only; before the first is written.
    pub(crate) fn keep_within(&mut self, scope: Option<Scope>) {
        self.scope = scope.map(Arc::new);
    }

    /// Whose people may be written, if not everybody's.
    pub(super) fn scope(&self) -> Option<Arc<Scope>> {
        self.scope.clone()
    }

    /// The lines about people whom this import may not write, if there are any: then it must not be made permanent.
    pub(crate) fn outside(&self) -> Option<Vec<u64>> {
        (!self.outside.is_empty()).then(|| self.outside.iter().copied().collect())
    }

    /// Notes a line about somebody outside.
    fn look_whose(&mut self, municipality: Option<MunicipalityCode>, line: u64) {
        let is_outside = self.scope.as_ref().is_some_and(|scope| !scope.has(municipality));
        if is_outside && self.outside.len() < OUTSIDE_TOLD {
            self.outside.insert(line);
        }
    }

    /// What was changed so far.
    pub(crate) fn tally(&self) -> Tally {
        self.tally
    }

    /// What a row of the file states.
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// What seals the people of this import, on whichever thread.
    pub(crate) fn sealer(&self) -> Sealer {
        Sealer::new(self.import, self.register.seals(), self.mergers.clone()).within(self.scope.clone())
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
        for entry in &entries {
            if let PersonPart::Given(person, line) = &entry.person {
                self.look_whose(person.municipality, *line);
            }
        }
        let refused = entries.iter().filter(|entry| entry.doses.as_ref().is_some_and(|doses| doses.count == 0));
        self.rows_refused.extend(refused.map(|entry| entry.number.clone()));
        self.some_without_doses |= entries.iter().any(|entry| entry.doses.is_none());
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
        let (seals, first) = (self.register.seals(), self.waiting);
        self.waiting += waiting.len() as u64;
        self.register.run(|database| waiting::keep(database, &seals, first, &waiting, &refused))
    }

    /// What was found since the last call.
    pub(crate) fn take_findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    /// Joins the doses that found their person in no row before: with people of other rows or of earlier imports.
    pub(crate) fn join_rest(&mut self) -> Result<(), RegisterError> {
        self.register.run(|database| database.complete_import())?;
        let mut after = 0;
        let seals = self.register.seals();
        while let Some((last, entries)) = self.register.run(|database| waiting::page(database, &seals, after))? {
            after = last;
            self.reconcile(entries)?;
        }
        Ok(())
    }

    /// Notes the import and makes it permanent, all at once.
    pub(crate) fn commit(mut self, day: &str, files: &[FileEntry<'_>]) -> Result<(), RegisterError> {
        self.finish_holds()?;
        let (import, tally) = (self.import, self.tally);
        let act = Act::new(ActKind::Import)
            .with("import", import)
            .with("inserted", tally.people_inserted)
            .with("updated", tally.people_updated)
            .with("refused", files.iter().map(|file| file.refused).sum::<u64>());
        self.register.append_alone(&[act])?;
        self.register.run(|database| {
            journal(database, import, day, &tally, files)?;
            database.commit()?;
            database.end_import();
            Ok(())
        })?;
        self.open = false;
        self.register.raise_head()
    }

    /// Tells what the file alone showed.
    fn tell_of_file(&mut self, doses: Option<Doses>, number: &RegisterNumber) {
        if let Some(remarks) = doses.and_then(|doses| doses.remarks) {
            self.tell(remarks.faults, number);
        }
    }

    /// Tells what is wrong with a person's doses.
    pub(super) fn tell(&mut self, faults: Vec<Fault>, number: &RegisterNumber) {
        self.findings.extend(faults.into_iter().map(|fault| fault.into_finding(number)));
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

    pub(super) fn write_kept(&mut self, kept: HashMap<String, Kept>) -> Result<(), RegisterError> {
        let changed: Vec<Kept> = kept.into_values().filter(|kept| kept.changed).collect();
        let (import, seals) = (self.import, self.register.seals());
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

    fn reconcile_one(&mut self, kept: &mut Kept, entry: Entry, dispersed: &mut Vec<Dispersed>) {
        let line = match &entry.person {
            PersonPart::Given(_, line) => *line,
            _ => entry.doses.as_ref().map_or(0, |doses| doses.line),
        };
        self.look_whose(kept.person.municipality, line);
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
            if !same {
                kept.remember();
            }
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
        match self.mode_of(kept) {
            Mode::WholeSeries => self.merge_series(kept, doses),
            Mode::SingleDoses | Mode::ByDay => {
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

    /// How the doses of a row come into the person's.
    fn mode_of(&self, kept: &Kept) -> Mode {
        match self.mergers.numbering(&kept.number) {
            None => self.mode,
            // The other number's row gives the rest of the series.
            Some(Numbering::Kept) => Mode::SingleDoses,
            Some(Numbering::ByDay) => Mode::ByDay,
        }
    }

    fn merge(&mut self, kept: &mut Kept, doses: Vec<PackedDose>) {
        kept.remember();
        let mode = self.mode_of(kept);
        let conflicts = merge(&mut kept.doses, doses, self.import, mode, &mut self.tally);
        kept.changed = true;
        self.findings.extend(conflicts.into_iter().map(|(line, other)| {
            let finding = Finding::new(Code::ConflictingDose, false, line, Some(kept.number.clone()));
            finding.at(Place::DoseNumber).beside(other)
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
            Mode::SingleDoses | Mode::ByDay => {
                doses.map(Doses::unpacked).unwrap_or_default().iter().map(|dose| dose.line).collect()
            }
        };
        if lines.is_empty() {
            // A person without doses is a row of its own, as a Patient of FHIR is.
            lines.push(line);
        }
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

/// This import's number, and the terms.
pub(super) fn begin(database: &mut dyn Database) -> Result<(u64, Vec<(u32, String)>), sqlx::Error> {
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
    note_import(database, import, day, tally, files)?;
    waiting::clear(database)
}

/// Notes an import and its files.
pub(super) fn note_import(
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
    Ok(())
}
