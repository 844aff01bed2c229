//! What becomes of each file: its summary, and the findings that only the register, the other file or its own end shows.

use super::join::Side;
use super::rows::{Batch, Opened};
use super::table::{Next, Row, Table};
use super::{FileSummary, ImportError, Input, Sink, excerpt};
use crate::check::{Diagnostic, Fate, Finding, Hold, Note, Place, shown};
use crate::record::RegisterNumber;
use crate::register::{FileEntry, NewHold, RegisterError, Writer};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Late findings that wait for their rows at most: with more, the file is read once more already.
const PENDING: usize = 100_000;

/// One file's report.
pub(crate) struct FileReport {
    pub(crate) side: Side,
    pub(crate) summary: FileSummary,
    sha256: [u8; 32],
    /// What the journal calls the file: each of an import's files has its own role there.
    role: Arc<str>,
    again: Again,
    opened: Option<Box<Opened>>,
    /// What is to be told once the whole file was read, when its rows can be looked up.
    pending: Vec<Finding>,
}

/// How rows of a file are looked up afterwards.
pub(crate) enum Again {
    /// In the file once more.
    Table(Box<Input>),
    /// Not at all: a file of that name has no rows of cells.
    Never(Arc<str>),
}

/// Where lines are: several files that are read as one count their lines on from file to file.
pub(crate) struct Lines(Vec<(Side, Arc<str>, u64)>);

impl Lines {
    pub(crate) fn of(files: &[FileReport]) -> Self {
        let opened = files.iter().filter(|file| file.opened.is_some());
        Self(opened.map(|file| (file.side, file.role.clone(), file.base())).collect())
    }

    /// The role of the file that has the line, and the line in that file.
    pub(crate) fn place(&self, side: Side, line: u64) -> (Arc<str>, u64) {
        let has = |(of, _, base): &&(Side, Arc<str>, u64)| *of == side && *base < line;
        let found = self.0.iter().rfind(has);
        found.map_or_else(|| (Arc::from(""), line), |(_, role, base)| (role.clone(), line - base))
    }
}

/// A row of the file, what stands between its cells, and the people of other rows that findings name.
struct Found<'a> {
    row: Option<Row<'a>>,
    separator: char,
    others: &'a BTreeMap<u64, Option<RegisterNumber>>,
    lines: &'a Lines,
}

impl FileReport {
    /// A report about the `at`-th file of its role, from 0.
    pub(crate) fn new(side: Side, role: &'static str, at: usize, again: Again) -> Self {
        let name = match &again {
            Again::Table(input) => &input.name,
            Again::Never(name) => name,
        };
        let summary = FileSummary { role, file: name.to_string(), ..FileSummary::default() };
        let role = if at == 0 { Arc::from(role) } else { Arc::from(format!("{role}-{}", at + 1)) };
        Self { side, summary, sha256: [0; 32], role, again, opened: None, pending: Vec::new() }
    }

    fn name(&self) -> &Arc<str> {
        match &self.again {
            Again::Table(input) => &input.name,
            Again::Never(name) => name,
        }
    }

    /// How many lines the files before it had, where several are read as one.
    fn base(&self) -> u64 {
        self.opened.as_ref().map_or(0, |opened| opened.base)
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
            if opened.sample {
                writer.take_sample()?;
            }
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
    fn hold(&self, finding: &mut Diagnostic, other: Option<(RegisterNumber, Arc<str>, u64)>) -> Option<NewHold> {
        let hold = finding.hold.take()?;
        let person = hold.person?;
        let (role, code) = (self.role.clone(), finding.code);
        let column = finding.column.as_ref().map_or(0, |column| column.number as u64);
        let (subject, facts) = (hold.subject, hold.facts);
        Some(NewHold { person, also: other, code, subject, facts, role, line: finding.line, column })
    }

    /// Whether so much waits that it is told now.
    pub(crate) fn is_full(&self) -> bool {
        self.pending.len() >= PENDING
    }

    /// Tells what waits for its row, in the order of the rows. The file is read once more.
    pub(crate) fn finish(
        &mut self,
        lines: &Lines,
        writer: &mut Writer<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), ImportError> {
        let mut pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return Ok(());
        }
        pending.sort_by_key(|finding| finding.line);
        let mut others: BTreeMap<u64, Option<RegisterNumber>> =
            pending.iter().filter_map(|finding| finding.other_row).map(|line| (line, None)).collect();
        let mut pending = pending.into_iter().peekable();
        let mut separator = ',';
        if let Again::Table(input) = &self.again {
            let mut table = Table::open(input.again())?;
            separator = char::from(table.separator());
            while pending.peek().is_some() {
                let row = match table.next()? {
                    Next::Row(row) => row,
                    Next::TooLong(_) => continue,
                    Next::End => break,
                };
                if let (Some(other), Some(opened)) = (others.get_mut(&row.line), &mut self.opened) {
                    *other = opened.number_in(row);
                }
                while let Some(finding) = pending.next_if(|finding| finding.line <= row.line) {
                    let row = (finding.line == row.line).then_some(row);
                    self.tell(finding, &Found { row, separator, others: &others, lines }, writer, sink)?;
                }
            }
        }
        // Rows that are not there any more: the file was changed meanwhile, and what was found is told without them.
        for finding in pending {
            self.tell(finding, &Found { row: None, separator, others: &others, lines }, writer, sink)?;
        }
        Ok(())
    }

    fn tell(
        &mut self,
        mut finding: Finding,
        found: &Found<'_>,
        writer: &mut Writer<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), RegisterError> {
        let (side, name) = (self.side, self.name().clone());
        let Some(opened) = &mut self.opened else { return Ok(()) };
        let column = opened.column_of(finding.place, found.row);
        let of_row = found.row.and_then(|row| opened.number_in(row));
        let person = finding.number.take().or(of_row);
        let other = finding.other_row.and_then(|line| {
            let number = finding.other_number.take().or_else(|| found.others.get(&line).cloned().flatten())?;
            let (role, line) = found.lines.place(side, line);
            Some((number, role, line))
        });
        if let Some((number, role, line)) = &other {
            // A line of another file would be looked for in vain.
            let line = if *role == self.role { *line } else { 0 };
            finding.note = Some(Note::OtherPerson { line, number: number.to_string() });
        }
        let encoding = opened.encoding;
        let at = column.as_ref().and_then(|column| column.number.checked_sub(1));
        let text = match (finding.place, found.row.zip(at)) {
            (Place::Number, _) => person.as_ref().map(ToString::to_string),
            (_, Some((row, at))) => {
                Some(row.cell(at)).filter(|cell| !cell.is_empty()).map(|cell| shown(&encoding.decode_lossy(cell)))
            }
            _ => None,
        };
        let mut diagnostic = Diagnostic {
            code: finding.code,
            file: name,
            line: finding.line,
            column,
            text,
            note: finding.note,
            row: found.row.map(|row| excerpt::excerpt(row, at, encoding, found.separator)),
            hold: finding.held.map(|(subject, facts)| Box::new(Hold { person, other: None, subject, facts })),
        };
        self.summary.count(&diagnostic);
        sink.finding(&diagnostic);
        match self.hold(&mut diagnostic, other) {
            Some(hold) => writer.hold(&[hold]),
            None => Ok(()),
        }
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

/// Gives what was found late to the files that it is about, each with the line in its own file.
pub(crate) fn take_findings(files: &mut [FileReport], found: Vec<Finding>) {
    for mut finding in found {
        let side = if finding.of_person { Side::People } else { Side::Doses };
        // Of several files that are read as one, the last that begins before the line; and where no file gives doses
        // only, those that give people have them too.
        let divided = files.iter().any(|file| file.side == Side::Doses);
        let holds = |file: &FileReport, line: u64| {
            (!divided || file.side == side) && file.opened.is_some() && file.base() < line
        };
        let at = files.iter().rposition(|file| holds(file, finding.line)).unwrap_or(0);
        let own = |line: u64| files.iter().rposition(|file| holds(file, line)) == Some(at);
        let base = files.get(at).map_or(0, FileReport::base);
        match &mut finding.note {
            // A line of another file would be looked for in vain.
            Some(Note::OtherLine(line)) if files.len() > 1 && !divided => match own(*line) {
                true => *line -= base,
                false => finding.note = None,
            },
            Some(Note::OtherDose { line, .. }) if files.len() > 1 && !divided => {
                *line = if own(*line) { *line - base } else { 0 };
            }
            _ => {}
        }
        finding.line = finding.line.saturating_sub(base);
        if let Some(file) = files.get_mut(at) {
            file.count_fate(&finding);
            file.pending.push(finding);
        }
    }
}
