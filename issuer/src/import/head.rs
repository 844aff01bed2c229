//! A file's first row: what its columns hold, as they stand or as a mapping lays them out.

use super::ImportError;
use super::headings::{self, Field, Headings};
use super::mapping::{self, Bound, DoseSlot, Mapping, Relay};
use super::origin::Origin;
use super::table::{Next, Table};
use crate::check::Column;
use std::sync::Arc;

/// A row that is none of headings: its line, and its cells as they stand.
pub(super) type FirstRow = (u64, Vec<Vec<u8>>);

/// What a file with a mapping begins with.
struct First {
    /// The headings, if there are any.
    names: Vec<Arc<str>>,
    /// How many cells the row has.
    width: usize,
    /// The row, if it is none of headings.
    row: Option<FirstRow>,
}

/// A file's columns, as a layout finds them.
pub(super) struct Head {
    pub(super) headings: Headings,
    pub(super) unused: Vec<String>,
    pub(super) mapped: Option<Mapped>,
    /// A first row that turned out to be no heading.
    pub(super) first: Option<FirstRow>,
    /// Whether the file is one of a sample.
    pub(super) sample: bool,
}

/// What a mapping makes of each row.
pub(super) struct Mapped {
    pub(super) relay: Relay,
    pub(super) origin: Option<Origin>,
}

impl Head {
    /// Reads a file's first row, and lays its columns out anew if there is a mapping; the mapping's doses of a wide
    /// row come with it.
    pub(super) fn read(table: &mut Table, mapping: Option<&Mapping>) -> Result<(Self, Vec<DoseSlot>), ImportError> {
        let Some(mapping) = mapping else {
            let headings = first_row(table)?;
            let (unused, sample) = (headings.unused(), headings.is_sample());
            return Ok((Self { headings, unused, mapped: None, first: None, sample }, Vec::new()));
        };
        let First { names, width, row: first } = mapped_first_row(table, mapping)?;
        let Bound { relay, headings, origin, doses, unused } =
            mapping::bind(mapping, &table.name, table.encoding, &names, width)?;
        let sample = headings::is_sample(&names);
        let mapped = Some(Mapped { relay, origin: Some(origin) });
        Ok((Self { headings, unused, mapped, first, sample }, doses))
    }

    /// What the file calls each of the headings' columns.
    pub(super) fn columns(&self) -> Vec<Column> {
        let origin = self.mapped.as_ref().and_then(|mapped| mapped.origin.as_ref());
        let column = |(at, name): (usize, &Arc<str>)| match origin {
            Some(origin) => origin.column(at),
            None => Column { number: at + 1, name: name.clone() },
        };
        self.headings.names.iter().enumerate().map(column).collect()
    }

    /// Another that lays rows out in the same way.
    pub(super) fn relay(&self) -> Option<Relay> {
        self.mapped.as_ref().map(|mapped| mapped.relay.clone())
    }
}

/// The first row of a file that a mapping is for.
fn mapped_first_row(table: &mut Table, mapping: &Mapping) -> Result<First, ImportError> {
    let (file, encoding) = (table.name.clone(), table.encoding);
    match table.next()? {
        Next::Row(row) if mapping.has_headings() => {
            Ok(First { names: Headings::read(row, encoding).names, width: row.len(), row: None })
        }
        Next::Row(row) => {
            let copy = (0..row.len()).map(|at| row.raw(at).to_vec()).collect();
            Ok(First { names: Vec::new(), width: row.len(), row: Some((row.line, copy)) })
        }
        Next::TooLong(_) => Err(ImportError::MissingColumns { file, missing: Field::Number.name().to_owned() }),
        Next::End => Err(ImportError::Empty { file }),
    }
}

fn first_row(table: &mut Table) -> Result<Headings, ImportError> {
    let (file, encoding) = (table.name.clone(), table.encoding);
    match table.next()? {
        Next::Row(row) => Ok(Headings::read(row, encoding)),
        Next::TooLong(_) => Err(ImportError::MissingColumns { file, missing: Field::Number.name().to_owned() }),
        Next::End => Err(ImportError::Empty { file }),
    }
}
