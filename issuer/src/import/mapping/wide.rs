//! All doses of a person in one row, wherever a mapping says they stand.

use super::Mapping;
use super::bind::DoseSlot;
use crate::check::series::{Judgement, judge};
use crate::check::{Code, Level, Note};
use crate::import::ImportError;
use crate::import::cells::Cells;
use crate::import::doses::DoseReader;
use crate::import::excerpt;
use crate::import::head::Head;
use crate::import::headings::Field;
use crate::import::people::PeopleColumns;
use crate::import::rows::{self, Late, Layout, Opened, Sender};
use crate::import::table::{Row, Table};
use crate::import::twins::Twins;
use crate::record::RegisterNumber;
use crate::register::{Doses, Entry, PackedDose, Particulars, PersonPart, Vocabulary};
use tegata_certificate::Date;

/// Reads a file with all doses of a person in a row, as a mapping describes it, to its end or until nobody listens.
pub(crate) fn read_wide(
    mut table: Table,
    mapping: &Mapping,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &Sender,
) -> Result<(), ImportError> {
    let (head, doses) = Head::read(&mut table, Some(mapping))?;
    let missing =
        |missing: Vec<&str>| ImportError::MissingColumns { file: table.name.clone(), missing: missing.join(", ") };
    let people = mapping.gives_people().then(|| PeopleColumns::find(&head.headings, true));
    let people = people.transpose().map_err(missing)?;
    let number = head.headings.place(Field::Number).ok_or_else(|| missing(vec![Field::Number.name()]))?;
    let opened = Opened {
        encoding: table.encoding,
        people: people.as_ref().map(PeopleColumns::present),
        columns: head.columns(),
        number,
        dose_column: None,
        doses: doses.clone(),
        relay: head.relay(),
        unused: head.unused.clone(),
        sample: head.sample,
        base: 0,
    };
    let width = head.headings.names.len();
    let mut layout = MappedWide::new(people, number, doses, DoseReader::new(words, import), width);
    rows::read(table, today, to, opened, &mut layout, head.mapped, head.first)
}

/// Reads rows of all doses of a person, with the person or without.
struct MappedWide {
    people: Option<PeopleColumns>,
    /// The column of the register number.
    number: usize,
    doses: Vec<DoseSlot>,
    reader: DoseReader,
    width: usize,
    row: Vec<PackedDose>,
    twins: Twins,
    /// People whose row of doses was refused since the last batch.
    refused: Vec<RegisterNumber>,
}

impl MappedWide {
    fn new(
        people: Option<PeopleColumns>,
        number: usize,
        doses: Vec<DoseSlot>,
        reader: DoseReader,
        width: usize,
    ) -> Self {
        Self { people, number, doses, reader, width, row: Vec::new(), twins: Twins::default(), refused: Vec::new() }
    }

    /// Reads the doses of a row, each once.
    fn doses(&mut self, cells: &mut Cells, row: Row<'_>) {
        self.row.clear();
        for slot in &self.doses {
            if slot.filled.iter().all(|&at| row.cell(at).is_empty()) {
                continue;
            }
            let number = match slot.number_column.map(|at| (at, row.cell(at))) {
                Some((at, b"")) => {
                    cells.report(Code::MissingDoseNumber, Some(at), b"", None);
                    None
                }
                Some((at, cell)) => cells.dose_number(at, cell),
                None => Some(slot.number),
            };
            let Some(dose) = self.reader.read(cells, row, &slot.columns, number) else { continue };
            match self.row.iter().find(|other| other.key() == dose.key()) {
                Some(other) if !other.says_the_same(&dose) => {
                    let at = slot.number_column.unwrap_or(slot.columns.date);
                    cells.report(Code::ConflictingDose, Some(at), row.cell(at), Some(Note::OtherLine(row.line)));
                }
                Some(_) => {}
                None => self.row.push(dose),
            }
        }
    }

    /// Holds the doses of a good row against each other and the birth date; what contradicts refuses the row.
    fn judge(&self, cells: &mut Cells, row: Row<'_>, person: Option<&Particulars>) -> Judgement {
        if cells.blocked {
            return Judgement::default();
        }
        let judgement = judge(person.map(|person| person.birth), &self.row, &[], true);
        for fault in judgement.faults.iter().filter(|fault| fault.code.level() == Level::Block) {
            let slot = self.doses.iter().find(|slot| slot.gives(fault.dose, Some(row)));
            let at = slot.map(|slot| slot.columns.date);
            cells.report(fault.code, at, at.map_or(b"", |at| row.cell(at)), fault.note.clone());
        }
        judgement
    }
}

impl Layout for MappedWide {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let number = cells.register_number(self.number, row.cell(self.number));
        let person = self.people.as_ref().map(|people| people.read(cells, row));
        self.doses(cells, row);
        let judgement = self.judge(cells, row, person.as_ref().and_then(Option::as_ref));
        let Some(number) = number else { return false };
        let good = !cells.blocked;
        let person = match person {
            Some(Some(person)) if good => {
                self.twins.taken(&number, &person, row.line);
                PersonPart::Given(person, row.line)
            }
            // Doses of another file wait for this row's correction.
            Some(_) => PersonPart::Refused(row.line),
            None => PersonPart::Absent,
        };
        let doses = (good && !self.row.is_empty()).then(|| {
            self.row.iter().for_each(|dose| self.reader.taken(dose, &number));
            Doses::of(row.line, &self.row, judgement.faults, Vec::new())
        });
        if doses.is_some() || !matches!(person, PersonPart::Absent) {
            entries.push(Entry { number, person, doses });
        }
        good
    }

    fn refused(&mut self, cells: &Cells, row: Row<'_>) {
        // Beside residents of another file: whose doses are not there is not told once more.
        if self.people.is_none() {
            self.refused.extend(excerpt::number(row, self.number, cells.encoding));
        }
    }

    fn late(&mut self) -> Late {
        Late { refused_doses: std::mem::take(&mut self.refused), ..Late::default() }
    }

    fn finish(&mut self) -> std::io::Result<Late> {
        let (mut findings, lots) = self.reader.finish()?;
        if let Some(people) = &self.people {
            findings.append(&mut self.twins.finish(people.romanised())?);
        }
        Ok(Late { findings, lots, refused_doses: Vec::new() })
    }

    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        self.reader.words.take_fresh()
    }

    fn width(&self) -> usize {
        self.width
    }
}
