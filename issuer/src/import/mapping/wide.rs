//! All doses of a person in one row, wherever a mapping says they stand.

use super::bind::DoseSlot;
use crate::check::{Code, Note};
use crate::import::cells::Cells;
use crate::import::doses::DoseReader;
use crate::import::people::PeopleColumns;
use crate::import::rows::Layout;
use crate::import::table::Row;
use crate::register::{Doses, Entry, PackedDose, PersonPart, pack};

/// Reads rows of all doses of a person, with the person or without.
pub(crate) struct MappedWide {
    pub(crate) people: Option<PeopleColumns>,
    /// The column of the register number.
    pub(crate) number: usize,
    pub(crate) doses: Vec<DoseSlot>,
    pub(crate) reader: DoseReader,
    pub(crate) width: usize,
    row: Vec<PackedDose>,
}

impl MappedWide {
    pub(crate) fn new(
        people: Option<PeopleColumns>,
        number: usize,
        doses: Vec<DoseSlot>,
        reader: DoseReader,
        width: usize,
    ) -> Self {
        Self { people, number, doses, reader, width, row: Vec::new() }
    }
}

impl Layout for MappedWide {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let number = cells.register_number(self.number, row.cell(self.number));
        let person = self.people.as_ref().map(|people| people.read(cells, row));
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
        let Some(number) = number else { return false };
        let good = !cells.blocked;
        let person = match person {
            Some(Some(person)) if good => PersonPart::Given(person, row.line),
            // Doses of another file wait for this row's correction.
            Some(_) => PersonPart::Refused(row.line),
            None => PersonPart::Absent,
        };
        let doses = (good && !self.row.is_empty()).then(|| Doses {
            line: row.line,
            count: self.row.len(),
            packed: pack(&self.row),
        });
        if doses.is_some() || !matches!(person, PersonPart::Absent) {
            entries.push(Entry { number, person, doses });
        }
        good
    }

    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        self.reader.words.take_fresh()
    }

    fn width(&self) -> usize {
        self.width
    }
}
