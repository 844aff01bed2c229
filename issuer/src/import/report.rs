//! What becomes of each file: its summary, and the findings that only the register or the other file shows.

use super::join::Side;
use super::rows::{Batch, Opened};
use super::{FileSummary, Sink};
use crate::check::{Code, Diagnostic, Note};
use crate::register::{FileEntry, Finding, RegisterError, Writer};
use std::sync::Arc;

/// One file's report.
pub(crate) struct FileReport {
    pub(crate) side: Side,
    pub(crate) summary: FileSummary,
    sha256: [u8; 32],
    /// What the journal calls the file: each of an import's files has its own role there.
    role: String,
    file: Arc<str>,
    opened: Option<Box<Opened>>,
}

impl FileReport {
    /// A report about the `at`-th file of its role, from 0.
    pub(crate) fn new(side: Side, role: &'static str, at: usize, file: Arc<str>) -> Self {
        let summary = FileSummary { role, file: file.to_string(), ..FileSummary::default() };
        let role = if at == 0 { role.to_owned() } else { format!("{role}-{}", at + 1) };
        Self { side, summary, sha256: [0; 32], role, file, opened: None }
    }

    /// Notes what was read; passes findings and terms on.
    pub(crate) fn read(
        &mut self,
        batch: Batch,
        writer: &mut Writer<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), RegisterError> {
        for finding in &batch.findings {
            self.summary.count(finding);
            sink.finding(finding);
        }
        self.summary.rows += batch.rows;
        self.summary.refused += batch.refused;
        if let Some(opened) = batch.opened {
            self.summary.encoding = opened.encoding.name();
            self.summary.unused_columns.clone_from(&opened.unused);
            if let Some(columns) = opened.people {
                writer.person_columns(columns);
            }
            self.opened = Some(opened);
        }
        if let Some((sha256, bytes)) = batch.finished {
            (self.sha256, self.summary.bytes) = (sha256, bytes);
        }
        writer.terms(&batch.terms)
    }

    /// How many lines the files before it had, where several are read as one.
    fn base(&self) -> u64 {
        self.opened.as_ref().map_or(0, |opened| opened.base)
    }

    /// Reports what turned out beside the register or another row.
    fn report(&mut self, found: Finding, sink: &mut dyn Sink) {
        let column = self.opened.as_ref().and_then(|opened| {
            if found.code == Code::ConflictingDose {
                opened.dose_column.clone()
            } else {
                Some(opened.number_column.clone())
            }
        });
        let text = (found.code != Code::ConflictingDose).then_some(found.number);
        // A line of another file would be looked for in vain.
        let base = self.base();
        let note =
            found.other_line.and_then(|line| line.checked_sub(base)).filter(|&line| line > 0).map(Note::OtherLine);
        let line = found.line.saturating_sub(base);
        let finding = Diagnostic { code: found.code, file: self.file.clone(), line, column, text, note };
        match found.code {
            Code::WaitsForResident => self.summary.waiting += 1,
            _ => self.summary.refused += 1,
        }
        self.summary.count(&finding);
        sink.finding(&finding);
    }

    /// The file in the register's journal.
    pub(crate) fn journal_entry(&self) -> FileEntry<'_> {
        let FileSummary { file, encoding, bytes, rows, refused, waiting, .. } = &self.summary;
        let good = rows - refused - waiting;
        FileEntry {
            role: &self.role,
            name: file,
            sha256: &self.sha256,
            bytes: *bytes,
            encoding,
            good,
            refused: *refused,
        }
    }
}

/// Passes on what the writer found.
pub(crate) fn pass_on(files: &mut [FileReport], writer: &mut Writer<'_>, sink: &mut dyn Sink) {
    for found in writer.take_findings() {
        let side = if found.of_person { Side::People } else { Side::Doses };
        // Of several files that are read as one, the last that begins before the line; and where no file gives doses
        // only, those that give people have them too.
        let divided = files.iter().any(|file| file.side == Side::Doses);
        let holds = |file: &FileReport| (!divided || file.side == side) && file.base() < found.line;
        let at = files.iter().rposition(holds).unwrap_or(0);
        if let Some(file) = files.get_mut(at) {
            file.report(found, sink);
        }
    }
}
