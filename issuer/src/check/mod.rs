//! Diagnostics: what is wrong with a row, where, and what to do about it.
//!
//! Import answers like a compiler: every finding has a stable code, a level, the file, line and
//! column, the offending text and a remedy, in Japanese and English.

mod code;

pub use code::Code;

use serde::Serialize;
use std::sync::Arc;

/// What a finding means for its row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The row cannot be issued: it is refused and waits for its correction.
    Block,
    /// The row is taken, but a person should look at it. What it concerns is on no certificate.
    Eye,
    /// The row is taken; it was repaired without loss, or there is something to know.
    Info,
}

impl Level {
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

/// A cell's text, made fit to show: bounded, one line, no control characters.
pub(crate) fn shown(text: &str) -> String {
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
