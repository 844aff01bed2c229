//! Joins people and doses by register number, in memory that does not grow with the files.
//!
//! Exports list people in the order of their numbers, so the two files are walked side by side and
//! most people are written once, whole. What the order does not bring together waits in a table of
//! the register and is joined there at the end: any order gives the same result.

use super::rows::{Batch, Opened};
use super::{FileSummary, ImportError, Sink};
use crate::check::{Code, Column, Diagnostic, Note};
use crate::register::{Entry, Finding, PersonPart, Writer};
use std::cmp::Ordering;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// The entries of one file, as its thread reads them.
pub(crate) struct Stream {
    receiver: Receiver<Result<Batch, ImportError>>,
    entries: std::vec::IntoIter<Entry>,
    head: Option<Entry>,
    pub(crate) summary: FileSummary,
    pub(crate) sha256: [u8; 32],
    file: Arc<str>,
    opened: Option<Opened>,
}

impl Stream {
    pub(crate) fn new(role: &'static str, file: Arc<str>, receiver: Receiver<Result<Batch, ImportError>>) -> Self {
        let summary = FileSummary { role, file: file.to_string(), ..FileSummary::default() };
        Self { receiver, entries: Vec::new().into_iter(), head: None, summary, sha256: [0; 32], file, opened: None }
    }

    /// Looks at the next entry; passes findings and terms on as they come.
    fn peek(&mut self, writer: &mut Writer<'_>, sink: &mut dyn Sink) -> Result<Option<&Entry>, ImportError> {
        while self.head.is_none() {
            self.head = self.entries.next();
            if self.head.is_none() {
                // The thread ends by hanging up, after its last batch or its error.
                let Ok(batch) = self.receiver.recv() else { return Ok(None) };
                self.take_batch(batch?, writer, sink)?;
            }
        }
        Ok(self.head.as_ref())
    }

    fn take_batch(&mut self, batch: Batch, writer: &mut Writer<'_>, sink: &mut dyn Sink) -> Result<(), ImportError> {
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
        writer.terms(&batch.terms)?;
        self.entries = batch.entries.into_iter();
        Ok(())
    }

    /// Reports what turned out beside the register or another row.
    fn report(&mut self, found: Finding, sink: &mut dyn Sink) {
        let column = self.opened.as_ref().and_then(|opened| {
            let at = if found.code == Code::ConflictingDose { opened.dose_column? } else { opened.number_column };
            Some(Column { number: at + 1, name: opened.columns.get(at).cloned()? })
        });
        let text = (found.code != Code::ConflictingDose).then_some(found.number);
        let note = found.other_line.map(Note::OtherLine);
        let finding = Diagnostic { code: found.code, file: self.file.clone(), line: found.line, column, text, note };
        match found.code {
            Code::WaitsForResident => self.summary.waiting += 1,
            _ => self.summary.refused += 1,
        }
        self.summary.count(&finding);
        sink.finding(&finding);
    }
}

/// Walks the files side by side into the register.
pub(crate) fn join<'s>(
    mut people: Option<&'s mut Stream>,
    mut doses: Option<&'s mut Stream>,
    writer: &mut Writer<'_>,
    sink: &mut dyn Sink,
) -> Result<(), ImportError> {
    loop {
        let person = people.as_mut().map_or(Ok(None), |stream| stream.peek(writer, sink))?;
        let dose = doses.as_mut().map_or(Ok(None), |stream| stream.peek(writer, sink))?;
        let order = match (person, dose) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(person), Some(dose)) => person.number.export_order(&dose.number),
        };
        let person = if order.is_le() { people.as_mut().and_then(|stream| stream.head.take()) } else { None };
        let dose = if order.is_ge() { doses.as_mut().and_then(|stream| stream.head.take()) } else { None };
        match (person, dose) {
            // A refused person's number may have another, good row yet; only the end tells.
            (Some(Entry { number, person, doses: None }), Some(dose)) if !matches!(person, PersonPart::Refused(_)) => {
                writer.write(Entry { number, person, doses: dose.doses })?;
            }
            (person, dose) => {
                for entry in person.into_iter().chain(dose) {
                    writer.write(entry)?;
                }
            }
        }
        report(&mut people, &mut doses, writer, sink);
    }
    Ok(())
}

/// Passes on what the writer found.
pub(crate) fn report<'s>(
    people: &mut Option<&'s mut Stream>,
    doses: &mut Option<&'s mut Stream>,
    writer: &mut Writer<'_>,
    sink: &mut dyn Sink,
) {
    for found in writer.take_findings() {
        // A file of both kinds is the stream of people.
        let stream = if found.of_person || doses.is_none() { &mut *people } else { &mut *doses };
        if let Some(stream) = stream {
            stream.report(found, sink);
        }
    }
}
