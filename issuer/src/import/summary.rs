//! What an import did, for whoever asked for it.

use crate::check::{Code, Diagnostic, Level};
use crate::register::Tally;
use serde::Serialize;
use std::collections::BTreeMap;

/// What an import did.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Summary {
    /// The files.
    pub files: Vec<FileSummary>,
    /// What changed in the register.
    pub changes: Tally,
    /// People of this import who get no certificate until a finding about them is confirmed.
    pub to_confirm: u64,
    /// Whether it was only tried: then nothing was changed.
    pub dry_run: bool,
}

impl Summary {
    /// How many rows were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.files.iter().map(|file| file.refused).sum()
    }

    /// How many good rows wait for another row's correction.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.files.iter().map(|file| file.waiting).sum()
    }
}

/// What became of one file.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct FileSummary {
    /// `residents`, `doses` or `rows`.
    pub role: &'static str,
    /// Its name.
    pub file: String,
    /// The encoding it was read in.
    pub encoding: &'static str,
    /// Its length in bytes.
    pub bytes: u64,
    /// Rows, without the heading and blank lines.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// Good rows that wait for another row's correction.
    pub waiting: u64,
    /// How often each code was found.
    pub findings: BTreeMap<&'static str, u64>,
    /// Columns that nothing was taken from.
    pub unused_columns: Vec<String>,
}

impl FileSummary {
    pub(super) fn count(&mut self, finding: &Diagnostic) {
        *self.findings.entry(finding.code.name()).or_default() += 1;
    }

    /// How many findings have that level.
    #[must_use]
    pub fn findings_of(&self, level: Level) -> u64 {
        let of_level = Code::ALL.iter().filter(|code| code.level() == level);
        of_level.filter_map(|code| self.findings.get(code.name())).sum()
    }
}
