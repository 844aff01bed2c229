//! The checks of a corrected record: those of an import, by the very code that reads its rows.

use super::change::Draft;
use crate::check::{Code, Diagnostic, Level, Note, Subject};
use crate::export::csv as long_form;
use crate::import::rows::Batch;
use crate::import::table::Table;
use crate::import::{Encoding, ImportError, Input, long, residents};
use crate::record::RegisterNumber;
use crate::register::{NewHold, PackedDose, Particulars, PersonPart, Vocabulary};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use tegata_certificate::Date;

/// What is wrong with a corrected record. It is for whoever corrects, and belongs into no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Fault {
    /// What.
    pub code: Code,
    /// What the offending cell is called, if it is one.
    pub field: Option<Arc<str>>,
    /// The dose's number, if it is one's.
    pub dose: Option<u8>,
    /// The offending text.
    pub text: Option<String>,
    /// More about it.
    pub note: Option<Note>,
    subject: Subject,
    facts: String,
}

impl std::fmt::Debug for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code.name())
    }
}

impl Fault {
    /// The finding that somebody else seems to be the same person.
    pub(super) fn twin(other: &RegisterNumber) -> Self {
        let (code, subject, facts) = (Code::SamePersonTwice, Subject::Person, NewHold::twin_facts(other));
        let note = Some(Note::OtherNumber(other.to_string()));
        Self { code, field: None, dose: None, text: None, note, subject, facts }
    }

    /// What the register keeps of it.
    pub(super) fn hold(&self, person: &RegisterNumber) -> NewHold {
        let (subject, facts) = (self.subject, self.facts.clone());
        NewHold {
            person: person.clone(),
            also: None,
            code: self.code,
            subject,
            facts,
            role: Arc::from(""),
            line: 1,
            column: 0,
        }
    }
}

/// A record that was read from its cells.
pub(super) struct Checked {
    /// None where something refuses it.
    pub(super) person: Option<Particulars>,
    pub(super) doses: Vec<PackedDose>,
    pub(super) faults: Vec<Fault>,
    pub(super) terms: Vec<(u32, String)>,
}

/// Batches that a record fills at most: it has 99 doses, and few findings each.
const BATCHES: usize = 1_024;

/// Reads and checks a draft as an import would. `today` is the day after which no day of a record may lie.
pub(super) fn check(draft: &Draft, today: Date, words: Vocabulary, import: u64) -> Result<Checked, ImportError> {
    let (sender, receiver) = sync_channel(BATCHES);
    if draft.doses.is_empty() {
        let table = table(long_form::person_csv(&draft.person))?;
        residents::read_residents(table, None, today, &sender)?;
    } else {
        let table = table(long_form::csv(&draft.doses))?;
        long::read_long(table, None, today, words, import, &sender)?;
    }
    drop(sender);
    gather(draft, &receiver)
}

fn table(csv: String) -> Result<Table, ImportError> {
    let mut input = Input::from_bytes("correction", csv.into_bytes());
    input.encoding = Some(Encoding::Utf8);
    // The register number is the register's.
    input.own_numbers = true;
    Table::open(input)
}

fn gather(draft: &Draft, batches: &Receiver<Result<Batch, ImportError>>) -> Result<Checked, ImportError> {
    let mut checked = Checked { person: None, doses: Vec::new(), faults: Vec::new(), terms: Vec::new() };
    while let Ok(batch) = batches.recv() {
        let batch = batch?;
        checked.terms.extend(batch.terms);
        for found in batch.findings {
            checked.faults.extend(of_cell(draft, found));
        }
        for found in batch.late.findings {
            let (subject, facts) = found.held.unwrap_or((Subject::Series, String::new()));
            let dose = dose_of(draft, found.line);
            let (field, text) = (None, None);
            checked.faults.push(Fault { code: found.code, field, dose, text, note: found.note, subject, facts });
        }
        for entry in batch.entries {
            if let PersonPart::Given(person, _) = entry.person {
                checked.person = Some(person);
            }
            let Some(doses) = entry.doses else { continue };
            checked.doses.extend(doses.unpacked());
            let faults = doses.remarks.map(|remarks| remarks.faults).unwrap_or_default();
            checked.faults.extend(faults.into_iter().map(|fault| {
                let (code, dose, note) = (fault.code, Some(fault.dose), fault.note);
                Fault { code, field: None, dose, text: None, note, subject: fault.subject, facts: fault.facts }
            }));
        }
    }
    // The person is read once for each dose whose row was refused; and a row that waits for another tells nothing new.
    let mut seen: Vec<Fault> = Vec::new();
    for fault in checked.faults {
        if !seen.iter().any(|other| (other.code, &other.facts, other.dose) == (fault.code, &fault.facts, fault.dose)) {
            seen.push(fault);
        }
    }
    checked.faults = seen;
    Ok(checked)
}

/// A finding about a cell; what was merely repaired is left out where the text was so before.
fn of_cell(draft: &Draft, found: Diagnostic) -> Option<Fault> {
    if found.code.level() == Level::Info {
        return None;
    }
    let Diagnostic { code, line, column, text, note, hold, .. } = found;
    let (subject, facts) = match hold {
        Some(hold) => (hold.subject, hold.facts),
        None => (Subject::Person, text.clone().unwrap_or_default()),
    };
    let of_dose = column.as_ref().is_some_and(|column| long_form::is_of_dose(&column.name));
    let dose = if of_dose { dose_of(draft, line) } else { None };
    Some(Fault { code, field: column.map(|column| column.name), dose, text, note, subject, facts })
}

/// The number of the dose whose row it is.
fn dose_of(draft: &Draft, line: u64) -> Option<u8> {
    let at = usize::try_from(line).ok()?.checked_sub(2)?;
    draft.doses.get(at)?.dose_number()
}
