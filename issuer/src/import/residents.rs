//! A residents' file: one person a row, without doses.

use super::ImportError;
use super::cells::Cells;
use super::head::Head;
use super::mapping::Mapping;
use super::people::PeopleColumns;
use super::rows::{Late, Layout, Opened, Sender, read};
use super::table::{Row, Table};
use super::twins::Twins;
use crate::register::{Entry, PersonPart};
use tegata_certificate::Date;

/// Reads a file of residents to its end, or until nobody listens.
pub(crate) fn read_residents(
    mut table: Table,
    mapping: Option<&Mapping>,
    today: Date,
    to: &Sender,
) -> Result<(), ImportError> {
    let (head, _) = Head::read(&mut table, mapping)?;
    let headings = &head.headings;
    let columns = PeopleColumns::find(headings, true)
        .map_err(|missing| ImportError::MissingColumns { file: table.name.clone(), missing: missing.join(", ") })?;
    let opened = Opened {
        encoding: table.encoding,
        people: Some(columns.present()),
        columns: head.columns(),
        number: columns.number,
        dose_column: None,
        doses: Vec::new(),
        relay: head.relay(),
        unused: head.unused.clone(),
        sample: head.sample,
        base: 0,
    };
    let width = headings.names.len();
    let mut layout = Residents { columns, width, twins: Twins::default() };
    read(table, today, to, opened, &mut layout, head.mapped, head.first)
}

struct Residents {
    columns: PeopleColumns,
    width: usize,
    twins: Twins,
}

impl Layout for Residents {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let Some(number) = cells.register_number(self.columns.number, row.cell(self.columns.number)) else {
            return false;
        };
        let person = self.columns.read(cells, row);
        let good = person.is_some();
        if let Some(person) = &person {
            self.twins.taken(&number, person, row.line);
        }
        let person = person.map_or(PersonPart::Refused(row.line), |person| PersonPart::Given(person, row.line));
        entries.push(Entry { number, person, doses: None });
        good
    }

    fn finish(&mut self) -> std::io::Result<Late> {
        Ok(Late { findings: self.twins.finish(self.columns.romanised())?, ..Late::default() })
    }

    fn width(&self) -> usize {
        self.width
    }
}
