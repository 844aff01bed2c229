//! What becomes of each file: its summary, and the findings that only the register, the other file or its own end shows.

use super::join::Side;
use super::rows::{Batch, Opened};
use super::table::{Next, Row, Table};
use super::{FileSummary, ImportError, Input, Sink, excerpt};
use crate::check::{Column, Diagnostic, Fate, Finding, Hold, Note, Place, shown};
use crate::record::RegisterNumber;
use crate::register::{FileEntry, NewHold, RegisterError, Writer};
use std::collections::BTreeMap;

/// Late findings that wait for their rows at most: with more, the file is read once more already.
const PENDING: usize = 100_000;

/// One file's report.
pub(crate) struct FileReport {
    pub(crate) side: Side,
    pub(crate) summary: FileSummary,
    sha256: [u8; 32],
    input: Input,
    opened: Option<Opened>,
    /// What is to be told once the whole file was read, when its rows can be looked up.
    pending: Vec<Finding>,
}

impl FileReport {
    /// `input` is the file once more, for looking up rows.
    pub(crate) fn new(side: Side, role: &'static str, input: Input) -> Self {
        let summary = FileSummary { role, file: input.name.to_string(), ..FileSummary::default() };
        Self { side, summary, sha256: [0; 32], input, opened: None, pending: Vec::new() }
    }

    /// Notes what was read; passes findings and terms on.
    pub(crate) fn read(
        &mut self,
        mut batch: Batch,
        writer: &mut Writer<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), RegisterError> {
        let mut holds = Vec::new();
        for finding in &mut batch.findings {
            self.summary.count(finding);
            sink.finding(finding);
            holds.extend(self.hold(finding, None));
        }
        writer.hold(&holds)?;
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
        for finding in &batch.late.findings {
            self.count_fate(finding);
        }
        self.pending.append(&mut batch.late.findings);
        writer.refused_doses(&batch.late.refused_doses)?;
        writer.keep_lots(batch.late.lots);
        writer.terms(&batch.terms)
    }

    fn count_fate(&mut self, found: &Finding) {
        match found.fate {
            Fate::Refused => self.summary.refused += 1,
            Fate::Waits => self.summary.waiting += 1,
            Fate::Unchanged => {}
        }
    }

    /// What the register has to hold because of a finding.
    fn hold(&self, finding: &mut Diagnostic, other: Option<(RegisterNumber, u64)>) -> Option<NewHold> {
        let hold = finding.hold.take()?;
        let person = hold.person?;
        let (role, code) = (self.summary.role, finding.code);
        let column = finding.column.as_ref().map_or(0, |column| column.number as u64);
        let (subject, facts) = (hold.subject, hold.facts);
        Some(NewHold { person, also: other, code, subject, facts, role, line: finding.line, column })
    }

    /// Whether so much waits that it is told now.
    pub(crate) fn is_full(&self) -> bool {
        self.pending.len() >= PENDING
    }

    /// Tells what waits for its row, in the order of the rows. The file is read once more.
    pub(crate) fn finish(&mut self, writer: &mut Writer<'_>, sink: &mut dyn Sink) -> Result<(), ImportError> {
        let mut pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Ok(());
        }
        pending.sort_by_key(|finding| finding.line);
        let mut others: BTreeMap<u64, Option<RegisterNumber>> =
            pending.iter().filter_map(|finding| finding.other_row).map(|line| (line, None)).collect();
        let mut table = Table::open(self.input.again())?;
        let separator = char::from(table.separator());
        let mut pending = pending.into_iter().peekable();
        while pending.peek().is_some() {
            let row = match table.next()? {
                Next::Row(row) => row,
                Next::TooLong(_) => continue,
                Next::End => break,
            };
            let Some(opened) = &self.opened else { break };
            let number = || excerpt::number(row, opened.number_column, opened.encoding);
            if let Some(other) = others.get_mut(&row.line) {
                *other = number();
            }
            while let Some(found) = pending.next_if(|found| found.line <= row.line) {
                let row = (found.line == row.line).then_some(row);
                self.tell(found, row, separator, &others, writer, sink)?;
            }
        }
        // Rows that are not there any more: the file was changed meanwhile, and what was found is told without them.
        for found in pending {
            self.tell(found, None, separator, &others, writer, sink)?;
        }
        Ok(())
    }

    fn tell(
        &mut self,
        mut found: Finding,
        row: Option<Row<'_>>,
        separator: char,
        others: &BTreeMap<u64, Option<RegisterNumber>>,
        writer: &mut Writer<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), RegisterError> {
        let Some(opened) = &self.opened else { return Ok(()) };
        let at = opened.column_of(found.place);
        let encoding = opened.encoding;
        let column = at.and_then(|at| Some(Column { number: at + 1, name: opened.columns.get(at).cloned()? }));
        let of_row = row.and_then(|row| excerpt::number(row, opened.number_column, encoding));
        let person = found.number.take().or(of_row);
        let other = found.other_row.and_then(|line| Some((others.get(&line)?.clone()?, line)));
        if let Some((number, line)) = &other {
            found.note = Some(Note::OtherPerson { line: *line, number: number.to_string() });
        }
        let text = match (found.place, row.zip(at)) {
            (Place::Number, _) => person.as_ref().map(ToString::to_string),
            (_, Some((row, at))) => {
                Some(row.cell(at)).filter(|cell| !cell.is_empty()).map(|cell| shown(&encoding.decode_lossy(cell)))
            }
            _ => None,
        };
        let mut finding = Diagnostic {
            code: found.code,
            file: self.input.name.clone(),
            line: found.line,
            column,
            text,
            note: found.note,
            row: row.map(|row| excerpt::excerpt(row, at, encoding, separator)),
            hold: found.held.map(|(subject, facts)| Box::new(Hold { person, other: None, subject, facts })),
        };
        self.summary.count(&finding);
        sink.finding(&finding);
        match self.hold(&mut finding, other) {
            Some(hold) => writer.hold(&[hold]),
            None => Ok(()),
        }
    }

    /// The file in the register's journal.
    pub(crate) fn journal_entry(&self) -> FileEntry<'_> {
        let FileSummary { role, file, encoding, bytes, rows, refused, waiting, .. } = &self.summary;
        let good = rows - refused - waiting;
        FileEntry { role, name: file, sha256: &self.sha256, bytes: *bytes, encoding, good, refused: *refused }
    }
}

/// Gives what the writer found to the files that it is about.
pub(crate) fn take_findings(files: &mut [FileReport], found: Vec<Finding>) {
    for finding in found {
        let side = if finding.of_person { Side::People } else { Side::Doses };
        // The only file has both.
        let at = files.iter().position(|file| file.side == side).unwrap_or(0);
        if let Some(file) = files.get_mut(at) {
            file.count_fate(&finding);
            file.pending.push(finding);
        }
    }
}
