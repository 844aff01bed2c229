//! FHIR R4: bundles, and files with one resource a line, as a bulk export gives them.
//!
//! Patients and immunisations (JP Core or plain R4) become the cells of our own columns and are read by the same
//! code as a row of a table; so their faults are the same findings. A finding's line is the line of an NDJSON file, in
//! a bundle the entry's place from 1; its column is the path of the element.
//!
//! Files are read as streams, a resource at a time. What grows with them is one small entry a patient, by which
//! references are resolved; a dose that comes before its patient waits in a nameless file.

mod doubts;
mod immunization;
mod names;
mod numbers;
mod patient;
mod references;
mod resource;
mod source;

use super::cells::Cells;
use super::doses::DoseReader;
use super::mapping::DoseSlot;
use super::origin::Origin;
use super::people::PeopleColumns;
use super::rows::{Batch, Late, Opened, Sender};
use super::twins::Twins;
use super::{Encoding, ImportError, Input};
use crate::check::{Code, Column, Note};
use crate::fhir::{JP_PATIENT_NUMBERS, RESIDENT};
use crate::record::RegisterNumber;
use crate::register::{Doses, Entry, PackedDose, PersonPart, Vocabulary};
use doubts::Doubts;
use numbers::Numbers;
use references::{Known, People, Spool, Waiting};
use resource::Resource;
use serde_json::Value;
use source::{Element, Goes};
use std::collections::BTreeSet;
use std::sync::Arc;
use tegata_certificate::Date;

/// The identifier systems whose values are register numbers, unless another is named; a last character `*` stands
/// for whatever follows.
pub const FHIR_SYSTEMS: [&str; 2] = [RESIDENT, "urn:oid:1.2.392.100495.20.3.51.*"];
const _: () = assert!(FHIR_SYSTEMS[1].len() == JP_PATIENT_NUMBERS.len() + 1);

/// How FHIR files are to be read.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct FhirOptions {
    /// The identifier system whose values are register numbers; [`FHIR_SYSTEMS`] if `None`.
    pub identifier_system: Option<String>,
}

impl FhirOptions {
    /// How well a system's values serve as register numbers, the best first; `None` if not at all.
    fn rank(&self, system: &str) -> Option<u8> {
        match &self.identifier_system {
            Some(wanted) => (wanted == system).then_some(0),
            None if system == RESIDENT => Some(0),
            None => system.starts_with(JP_PATIENT_NUMBERS).then_some(1),
        }
    }
}

/// Entries a batch.
const BATCH: usize = 512;

/// Where a patient's elements follow an immunisation's, for findings that come late.
const PATIENT: usize = immunization::CELLS;

/// Reads files to their end, or until nobody listens.
pub(super) fn read(
    files: Vec<Input>,
    options: &FhirOptions,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &Sender,
) -> Result<(), ImportError> {
    let mut reading = Reading {
        options,
        to,
        columns: patient::columns(),
        doses: DoseReader::new(words, import),
        twins: Twins::default(),
        people: People::default(),
        numbers: Numbers::default(),
        spool: None,
        others: BTreeSet::new(),
        base: 0,
        batch: Batch::default(),
        cells: Cells {
            file: Arc::from(""),
            encoding: Encoding::Utf8,
            columns: Vec::new(),
            origin: Some(Origin::default()),
            today,
            own_numbers: false,
            line: 0,
            blocked: false,
            findings: Vec::new(),
        },
    };
    let mut bases = Vec::new();
    for (at, file) in files.into_iter().enumerate() {
        bases.push((file.name.clone(), reading.base));
        if reading.file(at, file)? == Goes::Away {
            return Ok(());
        }
    }
    reading.end(&bases)
}

/// What is known while files are read.
struct Reading<'a> {
    options: &'a FhirOptions,
    to: &'a Sender,
    columns: PeopleColumns,
    doses: DoseReader,
    twins: Twins,
    people: People,
    /// Whose each line is, for findings that only the end shows.
    numbers: Numbers,
    spool: Option<Spool>,
    /// The types of resources that were passed over in this file.
    others: BTreeSet<String>,
    /// The lines of the files before this one: lines count on from file to file.
    base: u64,
    batch: Batch,
    cells: Cells,
}

/// How many types of other resources are named.
const OTHERS: usize = 16;

impl Reading<'_> {
    fn file(&mut self, at: usize, input: Input) -> Result<Goes, ImportError> {
        self.cells.file = input.name.clone();
        self.cells.own_numbers = input.own_numbers;
        self.others.clear();
        let paths = immunization::PATHS.iter().chain(patient::FIELDS.iter().map(|(_, path)| path));
        self.batch.file = at;
        self.batch.opened = Some(Box::new(Opened {
            encoding: Encoding::Utf8,
            people: Some(patient::present()),
            columns: paths.map(|path| Column { number: 0, name: Arc::from(*path) }).collect(),
            number: PATIENT + patient::NUMBER,
            dose_column: Some(immunization::DOSE_NUMBER),
            doses: vec![DoseSlot::only(immunization::COLUMNS)],
            relay: None,
            unused: Vec::new(),
            sample: false,
            base: self.base,
        }));
        let mut last = 0;
        let finished = source::each(input, at, &mut |element| {
            last = element.line;
            self.element(&element)
        })?;
        let Some(finished) = finished else { return Ok(Goes::Away) };
        self.base += last;
        self.batch.finished = Some(finished);
        self.send()
    }

    fn send(&mut self) -> Result<Goes, ImportError> {
        let next = Batch { file: self.batch.file, ..Batch::default() };
        let mut batch = std::mem::replace(&mut self.batch, next);
        batch.terms = self.doses.words.take_fresh();
        batch.findings = std::mem::take(&mut self.cells.findings);
        Ok(if self.to.send(Ok(batch)).is_err() { Goes::Away } else { Goes::On })
    }

    fn element(&mut self, element: &Element<'_>) -> Result<Goes, ImportError> {
        self.cells.begin(element.line);
        self.origin().prefix.clone_from(&element.prefix);
        match serde_json::from_str::<Value>(element.json) {
            Ok(Value::Object(object)) if object.get("resourceType").is_some_and(Value::is_string) => {
                self.resource(element, &Value::Object(object))?;
            }
            // An entry of a transaction or of a search need not have a resource.
            Ok(Value::Null) => {}
            _ => {
                self.batch.rows += 1;
                self.batch.refused += 1;
                self.cells.report(Code::FhirJson, None, b"", None);
            }
        }
        if self.batch.entries.len() >= BATCH || self.cells.findings.len() >= BATCH {
            return self.send();
        }
        Ok(Goes::On)
    }

    fn resource(&mut self, element: &Element<'_>, value: &Value) -> Result<(), ImportError> {
        match value.get("resourceType").and_then(Value::as_str).unwrap_or_default() {
            "Patient" => {
                self.batch.rows += 1;
                let known = self.patient(value)?;
                match known {
                    Known::NotTaken(_) => self.batch.rows -= 1,
                    Known::Refused(_) => self.batch.refused += 1,
                    Known::Number(_) | Known::Ambiguous => {}
                }
                let id = value.get("id").and_then(Value::as_str);
                for key in element.scope.keys_of_patient(element.full_url, id) {
                    self.people.note(key, known.clone()).map_err(|()| ImportError::FhirTooMany {
                        file: self.cells.file.clone(),
                        limit: references::LIMIT,
                    })?;
                }
            }
            "Immunization" => {
                self.batch.rows += 1;
                let before = self.cells.findings.len();
                if !self.immunization(element, value)? {
                    // What is refused needs no holding, nor does the patient inside it.
                    self.cells.findings.iter_mut().skip(before).for_each(|finding| finding.hold = None);
                    // What was never given is no row; what is wrong is a refused one.
                    let said = self.cells.findings.get(before..).unwrap_or_default();
                    if said.iter().any(|finding| finding.code == Code::FhirStatus) {
                        self.batch.rows -= 1;
                    } else {
                        self.batch.refused += 1;
                    }
                }
            }
            other => {
                if self.others.len() < OTHERS && self.others.insert(other.to_owned()) {
                    let origin = self.origin();
                    origin.clear();
                    origin.push(0, "resourceType");
                    self.cells.report(Code::FhirOtherResource, Some(0), other.as_bytes(), None);
                }
            }
        }
        Ok(())
    }

    /// Takes a patient; its entry goes on, even a refused one's, if it has a number.
    fn patient(&mut self, value: &Value) -> Result<Known, ImportError> {
        let line = self.base + self.cells.line;
        let before = self.cells.findings.len();
        let drafted = patient::draft(value, self.options);
        if let Some(said) = drafted.not_taken {
            let at = self.lay(&drafted.resource, patient::CELLS);
            self.cells.report(Code::FhirStatus, Some(at), said.as_bytes(), None);
            return Ok(Known::NotTaken(line));
        }
        self.lay(&drafted.resource, patient::CELLS);
        self.faults(&drafted.resource, patient::CELLS);
        let row = drafted.resource.row(self.cells.line);
        let number = match drafted.has_number {
            true => self.cells.register_number(patient::NUMBER, row.get().cell(patient::NUMBER)),
            false => None,
        };
        let person = self.columns.read(&mut self.cells, row.get());
        let Some(number) = number else { return Ok(Known::Refused(line)) };
        match person {
            Some(person) => {
                Doubts::about(&mut self.cells, before, &number);
                self.twins.taken(&number, &person, line);
                self.numbers.note(line, &number).map_err(|error| ImportError::Temporary { error })?;
                let person = PersonPart::Given(person, line);
                self.batch.entries.push(Entry { number: number.clone(), person, doses: None });
            }
            None => {
                self.batch.entries.push(Entry {
                    number: number.clone(),
                    person: PersonPart::Refused(line),
                    doses: None,
                });
                self.batch.refused += 1;
            }
        }
        Ok(Known::Number(number))
    }

    /// Takes an immunisation; `false` if it is refused or not taken.
    fn immunization(&mut self, element: &Element<'_>, value: &Value) -> Result<bool, ImportError> {
        let before = self.cells.findings.len();
        let drafted = immunization::draft(value, self.options);
        let at = self.lay(&drafted.resource, immunization::CELLS);
        if let Some(said) = drafted.not_taken {
            self.cells.report(Code::FhirStatus, Some(at), said.as_bytes(), None);
            return Ok(false);
        }
        self.faults(&drafted.resource, immunization::CELLS);
        let row = drafted.resource.row(self.cells.line);
        let dose = self.dose(row.get());
        let Some(mut dose) = dose.filter(|_| !self.cells.blocked) else {
            return Ok(false);
        };
        dose.line = self.base + self.cells.line;
        let number = match drafted.person {
            immunization::Whose::Number(number) => self.cells.register_number(immunization::NUMBER, number.as_bytes()),
            immunization::Whose::Contained(patient) => self.contained(patient)?,
            immunization::Whose::Reference(reference) => return self.referred(element, reference, &dose, before),
        };
        let Some(number) = number else { return Ok(false) };
        Doubts::about(&mut self.cells, before, &number);
        self.entry(number, &dose)?;
        Ok(true)
    }

    fn dose(&mut self, row: super::table::Row<'_>) -> Option<PackedDose> {
        let at = immunization::DOSE_NUMBER;
        let number = match row.cell(at) {
            b"" => {
                self.cells.report(Code::MissingDoseNumber, Some(at), b"", None);
                None
            }
            cell => self.cells.dose_number(at, cell),
        };
        self.doses.read(&mut self.cells, row, &immunization::COLUMNS, number)
    }

    /// The number of a patient inside an immunisation; its cells are laid over the immunisation's.
    fn contained(&mut self, patient: &Value) -> Result<Option<RegisterNumber>, ImportError> {
        let refused = self.batch.refused;
        let known = self.patient(patient)?;
        // It is the immunisation's row that is refused, once.
        self.batch.refused = refused;
        Ok(match known {
            Known::Number(number) if !self.cells.blocked => Some(number),
            _ => None,
        })
    }

    fn referred(
        &mut self,
        element: &Element<'_>,
        reference: &str,
        dose: &PackedDose,
        before: usize,
    ) -> Result<bool, ImportError> {
        let keys = element.scope.keys_of_reference(element.full_url, reference);
        match self.people.find(&keys) {
            Some(Known::Number(number)) => {
                let number = number.clone();
                Doubts::about(&mut self.cells, before, &number);
                self.entry(number, dose)?;
                return Ok(true);
            }
            Some(known) => {
                let note = self.note(known);
                self.cells.report(Code::FhirReference, Some(immunization::NUMBER), reference.as_bytes(), note);
                return Ok(false);
            }
            None => {}
        }
        let failed = |error| ImportError::Temporary { error };
        let doubts = Doubts::take(&mut self.cells, before);
        let spool = match &mut self.spool {
            Some(spool) => spool,
            None => self.spool.insert(Spool::new().map_err(failed)?),
        };
        let waiting = Waiting {
            keys,
            file: self.batch.file,
            line: self.cells.line,
            prefix: element.prefix.clone(),
            reference: reference.chars().take(crate::check::TEXT_LIMIT + 1).collect(),
            packed: Doses::of(dose.line, std::slice::from_ref(dose), Vec::new(), Vec::new()).packed,
            doubts: doubts.to_bytes(),
        };
        spool.push(&waiting).map_err(failed)?;
        Ok(true)
    }

    /// The line of the patient that is not there to take the dose, in this file.
    fn note(&self, known: &Known) -> Option<Note> {
        match known {
            Known::Refused(line) | Known::NotTaken(line) => line.checked_sub(self.base).map(Note::OtherLine),
            Known::Number(_) | Known::Ambiguous => None,
        }
    }

    fn entry(&mut self, number: RegisterNumber, dose: &PackedDose) -> Result<(), ImportError> {
        self.doses.taken(dose, &number);
        self.numbers.note(dose.line, &number).map_err(|error| ImportError::Temporary { error })?;
        let doses = Doses::of(dose.line, std::slice::from_ref(dose), Vec::new(), Vec::new());
        self.batch.entries.push(Entry { number, person: PersonPart::Absent, doses: Some(doses) });
        Ok(())
    }

    /// Gives out the doses whose patients came later, reports those whose never came, and tells what only all files
    /// together show.
    fn end(mut self, bases: &[(Arc<str>, u64)]) -> Result<(), ImportError> {
        let failed = |error| ImportError::Temporary { error };
        if let Some(spool) = self.spool.take() {
            let mut spool = spool.read().map_err(failed)?;
            while let Some(waiting) = spool.next().map_err(failed)? {
                if self.late_dose(waiting, bases)? == Goes::Away {
                    return Ok(());
                }
            }
        }
        let (mut findings, lots) = self.doses.finish().map_err(failed)?;
        findings.append(&mut self.twins.finish(Some(PATIENT + patient::ROMANISED)).map_err(failed)?);
        std::mem::take(&mut self.numbers).complete(&mut findings).map_err(failed)?;
        self.batch.late = Late { findings, lots, refused_doses: Vec::new() };
        self.send().map(drop)
    }

    /// Takes a dose whose patient had not been read before.
    fn late_dose(&mut self, mut waiting: Waiting, bases: &[(Arc<str>, u64)]) -> Result<Goes, ImportError> {
        let (name, base) = bases.get(waiting.file).cloned().unwrap_or_default();
        if waiting.file != self.batch.file {
            if self.send()? == Goes::Away {
                return Ok(Goes::Away);
            }
            self.batch.file = waiting.file;
        }
        (self.base, self.cells.file) = (base, name);
        self.cells.begin(waiting.line);
        let dose = Doses::stored(waiting.line, 1, std::mem::take(&mut waiting.packed)).unpacked().pop();
        match (self.people.find(&waiting.keys), dose) {
            (Some(Known::Number(number)), Some(dose)) => {
                let number = number.clone();
                let before = self.cells.findings.len();
                Doubts::from_bytes(&waiting.doubts).tell(&mut self.cells, dose.number);
                Doubts::about(&mut self.cells, before, &number);
                self.entry(number, &dose)?;
            }
            (known, _) => {
                let note = known.and_then(|known| self.note(known));
                let origin = self.origin();
                origin.prefix.clone_from(&waiting.prefix);
                origin.clear();
                origin.push(0, "patient.reference");
                self.cells.report(Code::FhirReference, Some(0), waiting.reference.as_bytes(), note);
                self.batch.refused += 1;
            }
        }
        if self.batch.entries.len() >= BATCH || self.cells.findings.len() >= BATCH { self.send() } else { Ok(Goes::On) }
    }

    fn origin(&mut self) -> &mut Origin {
        self.cells.origin.get_or_insert_default()
    }

    /// Lays a resource's elements out, so that findings find them; the place after the last cell is that of what
    /// keeps it from being taken.
    fn lay(&mut self, resource: &Resource, cells: usize) -> usize {
        let origin = self.origin();
        origin.clear();
        resource.lay(origin);
        for fault in &resource.faults {
            origin.push(0, fault.path.clone());
        }
        origin.push(0, resource.status);
        cells + resource.faults.len()
    }

    fn faults(&mut self, resource: &Resource, cells: usize) {
        for (at, fault) in resource.faults.iter().enumerate() {
            self.cells.report(fault.code, Some(cells + at), fault.text.as_bytes(), fault.note.clone());
        }
    }
}
