//! Our long form: one dose a row, with its person.

use super::ImportError;
use super::cells::Cells;
use super::doses::{DoseColumns, DoseReader};
use super::excerpt;
use super::head::Head;
use super::headings::Field;
use super::mapping::{DoseSlot, Mapping};
use super::people::PeopleColumns;
use super::rows::{Late, Layout, Opened, Sender, read};
use super::table::{Row, Table};
use super::twins::Twins;
use crate::check::series::judge;
use crate::check::{Code, Finding, Level, Note};
use crate::record::RegisterNumber;
use crate::register::{Doses, Entry, PackedDose, Particulars, PersonPart, Vocabulary};
use tegata_certificate::Date;

/// Reads our long form to its end, or until nobody listens.
pub(crate) fn read_long(
    mut table: Table,
    mapping: Option<&Mapping>,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &Sender,
) -> Result<(), ImportError> {
    let (head, _) = Head::read(&mut table, mapping)?;
    let headings = &head.headings;
    let file = table.name.clone();
    let people = PeopleColumns::find(headings, false);
    let at = |field| headings.place(field);
    let mut missing: Vec<&str> = people.as_ref().err().cloned().unwrap_or_default();
    for field in [Field::DoseNumber, Field::Date] {
        if at(field).is_none() {
            missing.push(field.name());
        }
    }
    if at(Field::Maker).is_none() && at(Field::Product).is_none() {
        missing.push(Field::Maker.name());
    }
    let looks_wide = headings.names.iter().filter(|name| name.contains("接種日")).count() > 1;
    if looks_wide && !missing.is_empty() {
        return Err(ImportError::WideLayout { file });
    }
    let (Ok(people), Some(date), Some(dose_number), true) =
        (people, at(Field::Date), at(Field::DoseNumber), missing.is_empty())
    else {
        return Err(ImportError::MissingColumns { file, missing: missing.join(", ") });
    };
    let dose = DoseColumns {
        record_time: at(Field::RecordTime),
        date,
        ticket: at(Field::Ticket),
        municipality: at(Field::Municipality),
        site: at(Field::Site),
        doctor: at(Field::Doctor),
        maker: at(Field::Maker),
        product: at(Field::Product),
        label: None,
        lot: at(Field::Lot),
    };
    let opened = Opened {
        encoding: table.encoding,
        people: Some(people.present()),
        columns: head.columns(),
        number: people.number,
        dose_column: Some(dose_number),
        doses: vec![DoseSlot::only(dose)],
        relay: head.relay(),
        unused: head.unused.clone(),
        sample: head.sample,
        base: 0,
    };
    let doses = DoseReader::new(words, import);
    let mut layout = Long {
        people,
        dose,
        dose_number,
        doses,
        width: headings.names.len(),
        group: None,
        spare: Default::default(),
        lost: Lost::default(),
        twins: Twins::default(),
        findings: Vec::new(),
    };
    read(table, today, to, opened, &mut layout, head.mapped, head.first)
}

struct Long {
    people: PeopleColumns,
    dose: DoseColumns,
    dose_number: usize,
    doses: DoseReader,
    width: usize,
    group: Option<Group>,
    /// The buffers of the last group, for the next.
    spare: (Vec<u8>, Vec<PackedDose>),
    lost: Lost,
    twins: Twins,
    findings: Vec<Finding>,
}

/// Refused rows around a group, so that a dose is not missed a second time.
#[derive(Default)]
struct Lost {
    rows: Vec<(Option<RegisterNumber>, Option<u8>)>,
    /// How many of them came before the group's last good row.
    before: usize,
}

impl Lost {
    /// Refused rows that are remembered: a group has a hundred doses at most.
    const MOST: usize = 128;

    /// A row of the person and dose was refused, as far as it can be read.
    fn refused(&mut self, number: Option<RegisterNumber>, dose: Option<u8>) {
        if self.rows.len() < Self::MOST {
            self.rows.push((number, dose));
        }
    }

    fn good(&mut self) {
        self.before = self.rows.len();
    }

    /// The numbers of the doses that a group's person has in refused rows, 0 for one that is not known. Rows after the group
    /// may be the next one's, too.
    fn of(&mut self, number: &RegisterNumber) -> Vec<u8> {
        let theirs = self.rows.iter().filter(|(person, _)| person.as_ref().is_none_or(|person| person == number));
        let lost = theirs.map(|(person, dose)| dose.filter(|_| person.is_some()).unwrap_or(0)).collect();
        self.rows.drain(..self.before);
        self.before = 0;
        lost
    }
}

/// Rows of one person, one after another.
struct Group {
    number: RegisterNumber,
    person: Particulars,
    line: u64,
    /// The cells that describe the person, as they stand.
    cells: Vec<u8>,
    doses: Vec<PackedDose>,
}

impl Layout for Long {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let known = self.group.as_ref().is_some_and(|group| self.people.same_cells(row, &group.cells));
        let person = if known { None } else { self.person(cells, row) };
        let number_cell = row.cell(self.dose_number);
        let number = if number_cell.is_empty() {
            cells.report(Code::MissingDoseNumber, Some(self.dose_number), b"", None);
            None
        } else {
            cells.dose_number(self.dose_number, number_cell)
        };
        let dose = self.doses.read(cells, row, &self.dose, number);
        let (Some(dose), false) = (dose, cells.blocked) else { return false };
        match (person, &mut self.group) {
            (Some((number, person)), Some(group)) if group.number == number => {
                if group.person != person {
                    cells.report(
                        Code::ConflictingPerson,
                        Some(self.people.number),
                        row.cell(self.people.number),
                        Some(Note::OtherLine(group.line)),
                    );
                    return false;
                }
            }
            (Some((number, person)), _) => {
                self.end(entries);
                self.twins.taken(&number, &person, row.line);
                let (mut cells, doses) = std::mem::take(&mut self.spare);
                self.people.copy_cells(row, &mut cells);
                self.group = Some(Group { number, person, line: row.line, cells, doses });
            }
            (None, _) => {}
        }
        let Some(group) = &mut self.group else { return false };
        match group.doses.iter().find(|other| other.key() == dose.key()) {
            None => group.doses.push(dose),
            Some(other) if other.says_the_same(&dose) => {}
            Some(other) => {
                let note = Some(Note::OtherLine(other.line));
                cells.report(Code::ConflictingDose, Some(self.dose_number), number_cell, note);
                return false;
            }
        }
        self.lost.good();
        true
    }

    fn refused(&mut self, cells: &Cells, row: Row<'_>) {
        let number = excerpt::number(row, self.people.number, cells.encoding);
        let dose = std::str::from_utf8(row.cell(self.dose_number)).ok().and_then(|dose| dose.parse().ok());
        self.lost.refused(number, dose);
    }

    fn end(&mut self, entries: &mut Vec<Entry>) {
        let Some(mut group) = self.group.take() else { return };
        let lost = self.lost.of(&group.number);
        let judgement = judge(Some(group.person.birth), &group.doses, &lost, false);
        group.doses.retain(|dose| !judgement.out.contains(&dose.key()));
        let mut faults = judgement.faults;
        let refused = faults.extract_if(.., |fault| fault.code.level() != Level::Eye);
        self.findings.extend(refused.map(|fault| fault.into_finding(&group.number)));
        group.doses.iter().for_each(|dose| self.doses.taken(dose, &group.number));
        if let Some(line) = group.doses.first().map(|dose| dose.line) {
            let doses = Doses::of(line, &group.doses, faults, lost);
            entries.push(Entry {
                number: group.number,
                person: PersonPart::Given(group.person, group.line),
                doses: Some(doses),
            });
        }
        group.doses.clear();
        self.spare = (group.cells, group.doses);
    }

    fn late(&mut self) -> Late {
        Late { findings: std::mem::take(&mut self.findings), ..Late::default() }
    }

    fn finish(&mut self) -> std::io::Result<Late> {
        let (mut findings, lots) = self.doses.finish()?;
        findings.append(&mut self.twins.finish(self.people.romanised())?);
        Ok(Late { findings, lots, refused_doses: Vec::new() })
    }

    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        self.doses.words.take_fresh()
    }

    fn width(&self) -> usize {
        self.width
    }
}

impl Long {
    fn person(&self, cells: &mut Cells, row: Row<'_>) -> Option<(RegisterNumber, Particulars)> {
        let at = self.people.number;
        let number = cells.register_number(at, row.cell(at));
        // Whatever else is wrong with the row is shown at once.
        let person = self.people.read(cells, row);
        number.zip(person)
    }
}
