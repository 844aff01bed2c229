//! Lists of what to withdraw: one row a person, a place or a certificate.

use crate::import::headings::{Field, Headings};
use crate::import::table::{Next, Row, Table};
use crate::import::{Encoding, ImportError, Input};
use crate::record::RegisterNumber;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use tegata_certificate::StatusIndex;

/// The most rows of a list.
const MAX_ROWS: usize = 10_000_000;

/// A row of a list.
#[derive(Clone, Debug)]
pub struct ListRow {
    /// The line it begins in, from 1.
    pub(super) line: u64,
    pub(super) names: Named,
}

/// What a row names.
#[derive(Clone)]
pub(super) enum Named {
    Person(RegisterNumber),
    Place(StatusIndex),
    Certificate(String),
}

impl fmt::Debug for Named {
    /// A certificate's text holds its person's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Named(…)")
    }
}

/// What is wrong with a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum RowProblem {
    /// No number, place or certificate can be read there.
    Unreadable,
    /// Nobody has that number.
    NobodyThere,
    /// The place is not this office's.
    NotOurRange,
    /// The certificate is not one that a listed key signed, or of a family without status.
    Certificate,
}

impl RowProblem {
    fn words(self) -> &'static str {
        match self {
            Self::Unreadable => "no number, shard and index, or certificate can be read",
            Self::NobodyThere => "nobody has the number",
            Self::NotOurRange => "the index lies in no range of this office",
            Self::Certificate => "no compact certificate that a listed key signed",
        }
    }
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It cannot be read.
    #[error(
        "{file} cannot be read: {problem}; check its name, and save it as UTF-8 or Shift_JIS (CP932); nothing was changed"
    )]
    Read {
        /// Which file.
        file: Arc<str>,
        /// Why.
        problem: String,
    },
    /// No heading that is known.
    #[error(
        "{0} has no column to go by: give its first row the heading resident_id, or shard and index, or certificate; nothing was changed"
    )]
    Headings(Arc<str>),
    /// More rows than any office has certificates.
    #[error("{0} has more rows than any register: look whether that is the right file; nothing was changed")]
    TooLong(Arc<str>),
    /// Rows that lead nowhere.
    #[error("{}; correct those rows and give the list again; nothing was changed", tell(.0))]
    Rows(BTreeMap<RowProblem, Vec<u64>>),
}

/// `line 3, 5 and 12 more: nobody has the number`.
fn tell(rows: &BTreeMap<RowProblem, Vec<u64>>) -> String {
    const SHOWN: usize = 5;
    let part = |(problem, lines): (&RowProblem, &Vec<u64>)| {
        let shown: Vec<String> = lines.iter().take(SHOWN).map(u64::to_string).collect();
        let rest = match lines.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("line {}{rest}: {}", shown.join(", "), problem.words())
    };
    rows.iter().map(part).collect::<Vec<_>>().join("; ")
}

/// Where the columns are.
enum Columns {
    Person(usize),
    Place(usize, usize),
    Certificate(usize),
}

/// Reads a list: CSV or TSV in any encoding that imports take, with a heading row. The column
/// `resident_id` (or `個別宛名番号` and its like) names people; else `shard` and `index` name places; else
/// `certificate` holds the texts of codes. Other columns are left alone.
///
/// # Errors
/// [`ListError`]; all rows that cannot be read are told together.
pub fn read_list(input: Input) -> Result<Vec<ListRow>, ListError> {
    let file = input.name.clone();
    let unreadable = |error: ImportError| ListError::Read {
        file: file.clone(),
        problem: match error {
            ImportError::Read { error, .. } => error.to_string(),
            _ => "it is in UTF-16".to_owned(),
        },
    };
    let mut table = Table::open(input).map_err(unreadable)?;
    let encoding = table.encoding;
    let columns = match table.next().map_err(unreadable)? {
        Next::Row(row) => columns(row, encoding).ok_or_else(|| ListError::Headings(file.clone()))?,
        Next::TooLong(_) | Next::End => return Err(ListError::Headings(file.clone())),
    };
    let (mut rows, mut bad) = (Vec::new(), Vec::new());
    loop {
        match table.next().map_err(unreadable)? {
            Next::End => break,
            Next::TooLong(line) => bad.push(line),
            Next::Row(row) if row.is_blank() => {}
            Next::Row(row) => match names(row, encoding, &columns) {
                Some(names) => rows.push(ListRow { line: row.line, names }),
                None => bad.push(row.line),
            },
        }
        if rows.len() + bad.len() > MAX_ROWS {
            return Err(ListError::TooLong(file.clone()));
        }
    }
    if bad.is_empty() { Ok(rows) } else { Err(ListError::Rows([(RowProblem::Unreadable, bad)].into())) }
}

fn columns(row: Row<'_>, encoding: Encoding) -> Option<Columns> {
    let headings = Headings::read(row, encoding);
    let called = |name: &str| headings.names.iter().position(|heading| heading.eq_ignore_ascii_case(name));
    let person = headings.place(Field::Number).map(Columns::Person);
    let place = || called("shard").zip(called("index")).map(|(shard, index)| Columns::Place(shard, index));
    person.or_else(place).or_else(|| called("certificate").map(Columns::Certificate))
}

fn names(row: Row<'_>, encoding: Encoding, columns: &Columns) -> Option<Named> {
    let text = |at: usize| encoding.decode(row.cell(at));
    let number = |at: usize| text(at).and_then(|text| text.parse::<u64>().ok());
    match columns {
        Columns::Person(at) => text(*at).and_then(|text| RegisterNumber::parse(&text)).map(Named::Person),
        Columns::Place(shard, index) => {
            number(*shard).zip(number(*index)).map(|(shard, index)| Named::Place(StatusIndex { shard, index }))
        }
        // As it stands: a blank is a character of base45, also at the end.
        Columns::Certificate(at) => {
            let text = encoding.decode(row.raw(*at)).filter(|text| !text.is_empty());
            text.map(|text| Named::Certificate(text.into_owned()))
        }
    }
}
