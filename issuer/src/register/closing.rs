//! What only shows once all rows of an import were read.

use super::findings::NewHold;
use super::kept::{Kept, kept};
use super::pack::{PackedDose, unpack};
use super::write::Writer;
use super::{RegisterError, waiting};
use crate::check::series::judge;
use crate::check::{Code, Finding, Note, Subject};
use crate::record::RegisterNumber;
use std::sync::Arc;

/// A person of an import, and the other number that has the same reading and birth date.
pub(super) struct Twin {
    pub(super) number: RegisterNumber,
    pub(super) line: u64,
    pub(super) other: RegisterNumber,
}

/// A person whose doses are judged when all rows were read.
pub(super) struct Dispersed {
    pub(super) number: RegisterNumber,
    /// The doses that the register had before this import.
    pub(super) before: Vec<u8>,
    /// Numbers of doses in rows that were refused.
    pub(super) lost: Vec<u8>,
}

impl Writer<'_> {
    /// Judges the people whose doses came in several rows, or beside doses that the register had, now that all rows were
    /// read. A dose that contradicts the others is taken back.
    pub(crate) fn check_dispersed(&mut self) -> Result<(), RegisterError> {
        let (mut after, seals) = (String::new(), self.register.seals());
        loop {
            let page = self.register.run(|database| waiting::dispersed_page(database, &seals, &after))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number.to_string();
            let numbers: Vec<&str> = page.iter().map(|person| person.number.as_str()).collect();
            let mut kept = self.register.run(|database| kept(database, &seals, &numbers))?;
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
            let page = self.register.run(|database| waiting::without_doses_page(database, import, &after))?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = last.to_string();
            self.findings.extend(
                page.into_iter()
                    .map(|(number, line)| Finding::new(Code::ResidentWithoutDoses, true, line, Some(number))),
            );
        }
    }

    /// Tells whose reading and birth date another number has that the register knows from earlier imports, and holds both.
    /// `place` is the role of the file that has a line, and the line in it.
    pub(crate) fn find_twins(&mut self, place: &dyn Fn(u64) -> (Arc<str>, u64)) -> Result<(), RegisterError> {
        let (import, mut after) = (self.import, String::new());
        if !self.register.run(|database| waiting::has_earlier_people(database, import))? {
            return Ok(());
        }
        let scope = self.scope();
        loop {
            let page = self.register.run(|database| waiting::twins_page(database, import, &after, scope.as_deref()))?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number.to_string();
            let mut holds = Vec::with_capacity(page.len());
            for Twin { number, line, other } in page {
                holds.push(NewHold::twin(&other, &number, place(line)));
                let note = Some(Note::OtherNumber(other.to_string()));
                let held = Some((Subject::Person, NewHold::twin_facts(&other)));
                let finding = Finding::new(Code::SamePersonTwice, true, line, Some(number));
                self.findings.push(Finding { note, held, ..finding });
            }
            self.hold(&holds)?;
        }
    }
}
