//! Proposes a mapping for a file of an unknown layout: by the headings that are known, and by what cells look like.
//!
//! What is written holds headings, numbers of columns and names of products, and no cell of a person. It is a
//! proposal: each line says why, and somebody who knows the file looks at it before it is used.

mod choose;
mod look;
mod text;
mod vendor;
mod wide;
mod write;

use super::mapping::MappedLayout;
use super::table::{Next, Table};
use super::{ImportError, Input};
use crate::import::headings::Field;
use look::Column;
use std::sync::Arc;
use tegata_certificate::Date;

/// The most rows that are looked at.
const ROWS: usize = 1000;

/// What is proposed.
struct Guess {
    layout: MappedLayout,
    encoding: super::Encoding,
    separator: u8,
    headings: bool,
    /// How days are written, if not as we read them, and why.
    day: Option<(&'static str, String)>,
    columns: Vec<Line>,
    doses: Doses,
    /// Translations: field, text of the file, our text, why.
    values: Vec<(Field, String, String)>,
    /// What nothing is taken from: number, heading, why.
    left: Vec<(usize, Arc<str>, &'static str)>,
    /// What the mapping still needs.
    missing: Vec<&'static str>,
}

/// A field's columns.
#[derive(Clone)]
struct Line {
    field: Field,
    /// Columns, from 0.
    columns: Vec<usize>,
    how: How,
    /// Why, for the person who looks at it.
    why: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    Joined(&'static str),
    Fingerprint,
}

/// The doses of a wide row.
enum Doses {
    None,
    /// Groups of the same columns: the first column, the width and the count; places from 0.
    Repeated {
        first: usize,
        width: usize,
        count: usize,
        columns: Vec<(Field, usize)>,
        why: String,
    },
    /// A group a dose, with its number.
    Listed(Vec<(usize, Vec<Line>)>),
}

/// Proposes a mapping for a file; the answer is TOML. `today` is the day after which no day of a record may lie.
///
/// # Errors
/// If the file cannot be read as a table.
pub fn guess(input: Input, today: Date) -> Result<String, ImportError> {
    let mut table = Table::open(input)?;
    let (mut rows, mut width) = (Vec::new(), 0);
    while rows.len() <= ROWS {
        match table.next()? {
            Next::Row(row) if !row.is_blank() => {
                width = if rows.is_empty() { row.len() } else { width };
                rows.push((0..width).map(|at| row.cell(at).to_vec()).collect::<Vec<_>>());
            }
            Next::Row(_) | Next::TooLong(_) => {}
            Next::End => break,
        }
    }
    if rows.is_empty() {
        return Err(ImportError::Empty { file: table.name.clone() });
    }
    let headings: Option<Vec<Arc<str>>> = rows.first().and_then(|first| {
        let names: Vec<Arc<str>> =
            first.iter().map(|cell| Arc::from(table.encoding.decode_lossy(cell).trim())).collect();
        // A row is one of headings only if one of them is known: else a person might be taken for a heading, and shown.
        names.iter().any(|name| text::piece(name).is_some()).then_some(names)
    });
    let cells = rows.get(usize::from(headings.is_some())..).unwrap_or_default();
    let columns: Vec<Column> = (0..width)
        .map(|at| {
            let name = headings.as_ref().and_then(|names| names.get(at)).cloned();
            Column::look(at, name, cells, table.encoding, today)
        })
        .collect();
    let mut guess = Guess {
        layout: MappedLayout::Residents,
        encoding: table.encoding,
        separator: table.separator(),
        headings: headings.is_some(),
        day: None,
        columns: Vec::new(),
        doses: Doses::None,
        values: Vec::new(),
        left: Vec::new(),
        missing: Vec::new(),
    };
    choose::choose(&mut guess, &columns, cells);
    Ok(write::write(&guess, &columns))
}
