//! Diagnostics: what is wrong with a row, where, and what to do about it.
//!
//! Import answers like a compiler: every finding has a stable code, a level, the file, line and
//! column, the row with the place of the offending text in it, and a remedy, in Japanese and English. Each code has a
//! [`Page`] that explains it.

mod code;
mod finding;
pub(crate) mod first_use;
pub(crate) mod intervals;
pub(crate) mod lots;
mod note;
mod page;
mod pages;
pub(crate) mod repeats;
pub(crate) mod romanisation;
pub(crate) mod series;

pub use code::Code;
pub(crate) use finding::{Fate, Finding, Place};
pub use page::{Page, markdown};

use crate::import::my_number;
use crate::record::RegisterNumber;
use serde::Serialize;
use std::sync::Arc;

/// What a finding means for its row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The row cannot be issued: it is refused and waits for its correction.
    Block,
    /// The row is taken, but held: the person gets no certificate until somebody has confirmed it.
    Eye,
    /// The row is taken; it was repaired without loss, or there is something to know.
    Info,
}

impl Level {
    /// Every level, the gravest first.
    pub const ALL: [Self; 3] = [Self::Block, Self::Eye, Self::Info];

    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Eye => "eye",
            Self::Info => "info",
        }
    }
}

/// The languages of the texts.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Language {
    /// Japanese.
    Ja,
    /// English.
    En,
}

/// A column of a file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Column {
    /// Its place, from 1; 0 in a file without columns (FHIR).
    pub number: usize,
    /// Its heading; in a file without headings, what the layout calls it; in FHIR, the element's path.
    pub name: Arc<str>,
}

/// One finding in one row.
///
/// `text` and `note` show what the clerk has to correct, which may be personal: a finding is for
/// the person who works on the file, and belongs into no log.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// What is wrong.
    pub code: Code,
    /// The file, as it was named to the import.
    pub file: Arc<str>,
    /// The line in which the row begins, from 1.
    pub line: u64,
    /// The column, unless the finding is about the whole row.
    pub column: Option<Column>,
    /// The offending text, at most [`TEXT_LIMIT`] characters; control characters show as `�`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// More about it: what it was repaired to, what was expected, or the line of its counterpart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
    /// The row, and where in it the finding is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<Excerpt>,
    /// For [`Level::Eye`]: what the register needs to hold the person.
    #[serde(skip)]
    pub(crate) hold: Option<Box<Hold>>,
}

/// What is held, until somebody confirms it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Hold {
    /// The person; `None` while the row's number is not known.
    pub(crate) person: Option<RegisterNumber>,
    /// The person of the other row, where both are held.
    pub(crate) other: Option<RegisterNumber>,
    /// What it is about, so that it falls when this is given anew.
    pub(crate) subject: Subject,
    /// The facts that make the finding: a confirmation holds as long as they stay the same.
    pub(crate) facts: String,
}

/// What a finding is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Subject {
    /// The person's particulars.
    Person,
    /// The dose with that number.
    Dose(u8),
    /// The doses together.
    Series,
}

/// A row as a person reads it, and a part of it. Long rows are cut around the part.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// The row's cells with separators between them; control characters show as `�`, what was cut as `…`.
    pub text: String,
    /// Where the part begins, in characters.
    pub start: usize,
    /// How long it is, in characters; 0 for an empty cell.
    pub length: usize,
}

impl Excerpt {
    /// The text before the part, the part, and the text after it.
    #[must_use]
    pub fn parts(&self) -> (&str, &str, &str) {
        let byte = |character: usize| self.text.char_indices().nth(character).map_or(self.text.len(), |(at, _)| at);
        let (before, rest) = self.text.split_at_checked(byte(self.start)).unwrap_or((&self.text, ""));
        let end = rest.char_indices().nth(self.length).map_or(rest.len(), |(at, _)| at);
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        (before, part, after)
    }
}

/// More about a finding.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Note {
    /// The text was taken as this.
    TakenAs(String),
    /// This may have been meant.
    Suggestion(String),
    /// What is wrong with a machine-readable zone, by the codes of [`tegata_certificate::mrz::MrzFault`].
    MrzFaults(Vec<&'static str>),
    /// The row that this one contradicts, or waits for, begins in this line.
    OtherLine(u64),
    /// The dose that this one contradicts, or stands too close to.
    OtherDose {
        /// The line in which its row begins, from 1; 0 for one of another file.
        line: u64,
        /// Its number in the series.
        dose: u8,
        /// Its day.
        day: String,
    },
    /// The row of another person.
    OtherPerson {
        /// The line in which it begins, from 1; 0 for one of another file.
        line: u64,
        /// The person's number in the register.
        number: String,
    },
    /// Another person of the register, by number.
    OtherNumber(String),
    /// The days on which the lot is otherwise seen.
    Range(String),
    /// So many rows of the file.
    Rows(u64),
    /// The layout has so many cells a row, this row so many.
    Expected {
        /// Cells of the layout.
        cells: usize,
        /// Cells found.
        found: usize,
    },
}

/// The longest offending text shown, in characters.
pub const TEXT_LIMIT: usize = 60;

/// A cell's text, made fit to show: bounded, one line, no control characters, and no My Number.
pub(crate) fn shown(text: &str) -> String {
    let text = &*my_number::struck_out(text);
    let mut shown: String =
        text.chars().take(TEXT_LIMIT).map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    if text.chars().nth(TEXT_LIMIT).is_some() {
        shown.push('…');
    }
    shown
}

impl std::fmt::Debug for Diagnostic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in line {}", self.code.name(), self.line)?;
        self.column.as_ref().map_or(Ok(()), |column| write!(f, ", column {}", column.number))
    }
}
