//! The file as it came, byte for byte, with three columns added: what is wrong with each row.

use crate::check::{Code, Diagnostic, Language, Level};
use crate::import::headings::{Headings, REPORT_COLUMNS, is_ours};
use crate::import::table::{Next, Row, Table};
use crate::import::vrs::{WIDE, is_wide_heading};
use crate::import::{Encoding, Input, Summary};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::iter::Peekable;

/// What is wrong with a row, in the order of the lines.
struct Remark {
    line: u64,
    code: Code,
    text: String,
}

/// Findings are laid aside until the file is copied: in the order of their rows in a file without a name, the few
/// that come after later rows in memory.
pub(super) struct Annotated {
    input: Input,
    language: Language,
    aside: BufWriter<File>,
    last: u64,
    late: Vec<Remark>,
}

impl Annotated {
    pub(super) fn new(input: &Input, language: Language) -> io::Result<Self> {
        let aside = BufWriter::new(tempfile::tempfile()?);
        Ok(Self { input: input.again(), language, aside, last: 0, late: Vec::new() })
    }

    /// Takes a finding, if it is about this file.
    pub(super) fn take(&mut self, finding: &Diagnostic) -> io::Result<()> {
        if finding.file != self.input.name {
            return Ok(());
        }
        let Diagnostic { line, code, .. } = *finding;
        let column = finding.column.as_ref().map(|column| format!("{}: ", column.name)).unwrap_or_default();
        let note = finding.note.as_ref().map(|note| note.text(self.language));
        let note = note.map(|note| format!(" ({note})")).unwrap_or_default();
        let text = format!("{column}{}{note}", code.title(self.language)).replace(['\n', '\r', '\t'], " ");
        if line < self.last {
            self.late.push(Remark { line, code, text });
            return Ok(());
        }
        self.last = line;
        writeln!(self.aside, "{line}\t{}\t{text}", code.number())
    }

    /// Writes the copy.
    pub(super) fn write(&mut self, summary: &Summary, out: &mut impl Write) -> io::Result<()> {
        self.aside.flush()?;
        self.aside.get_mut().seek(SeekFrom::Start(0))?;
        self.late.sort_by_key(|remark| remark.line);
        let role = summary.files.iter().find(|file| *file.file == *self.input.name).map_or("", |file| file.role);
        let in_order = BufReader::new(self.aside.get_ref()).lines().map_while(|line| remark(&line.ok()?));
        let remarks = Merged { in_order: in_order.peekable(), late: self.late.drain(..).peekable() };
        let table = Table::open(self.input.again()).map_err(io::Error::other)?;
        let ours = Ours::in_file(&self.input, role)?;
        let encoding = table.encoding;
        let mut copy = Copy { from: self.input.bytes(), at: 0, to: out, separator: table.separator(), encoding, ours };
        copy.all(table, remarks, self.language)
    }
}

fn remark(line: &str) -> Option<Remark> {
    let mut parts = line.splitn(3, '\t');
    let line = parts.next()?.parse().ok()?;
    Some(Remark { line, code: Code::find(parts.next()?)?, text: parts.next()?.to_owned() })
}

/// Remarks in the order of their lines.
struct Merged<A: Iterator<Item = Remark>, B: Iterator<Item = Remark>> {
    in_order: Peekable<A>,
    late: Peekable<B>,
}

impl<A: Iterator<Item = Remark>, B: Iterator<Item = Remark>> Merged<A, B> {
    /// The remarks on a line; those on lines before it are about no row that is here.
    fn on(&mut self, line: u64) -> Vec<Remark> {
        let mut remarks = Vec::new();
        while let Some(remark) = self.in_order.next_if(|remark| remark.line <= line) {
            remarks.push(remark);
        }
        while let Some(remark) = self.late.next_if(|remark| remark.line <= line) {
            remarks.push(remark);
        }
        remarks.retain(|remark| remark.line == line);
        remarks.sort_by_key(|remark| remark.code);
        remarks
    }
}

/// Whether the file has a heading row, and whether an earlier report has added its columns.
#[derive(Clone, Copy)]
struct Ours {
    heading: bool,
    columns: bool,
}

impl Ours {
    fn in_file(input: &Input, role: &str) -> io::Result<Self> {
        let mut table = Table::open(input.again()).map_err(io::Error::other)?;
        let encoding = table.encoding;
        let Next::Row(row) = table.next().map_err(io::Error::other)? else {
            return Ok(Self { heading: false, columns: false });
        };
        let headings = Headings::read(row, encoding);
        let mapped = input.mapping.as_ref().map(|mapping| mapping.has_headings());
        if mapped.unwrap_or_else(|| role != "doses" || is_wide_heading(&headings)) {
            let names = headings.names.iter().rev().take(REPORT_COLUMNS.len());
            let columns = names.len() == REPORT_COLUMNS.len() && names.into_iter().all(|name| is_ours(name));
            return Ok(Self { heading: true, columns });
        }
        // A file without headings: only what its last three cells hold tells whose they are.
        let fits = mapped.is_some() || row.len() % WIDE == 1 + REPORT_COLUMNS.len();
        let mut some = false;
        let mut all = fits && can_be_ours(row, &mut some);
        while all {
            match table.next().map_err(io::Error::other)? {
                Next::Row(row) => all = can_be_ours(row, &mut some),
                Next::TooLong(_) => {}
                Next::End => break,
            }
        }
        Ok(Self { heading: false, columns: all && some })
    }
}

/// Whether the last three cells are empty or what a report writes; `some` becomes true for the latter.
fn can_be_ours(row: Row<'_>, some: &mut bool) -> bool {
    let Some(from) = row.len().checked_sub(REPORT_COLUMNS.len()) else { return false };
    let (level, codes, text) = (row.cell(from), row.cell(from + 1), row.cell(from + 2));
    if level.is_empty() {
        return codes.is_empty() && text.is_empty();
    }
    let known = Level::ALL.iter().any(|own| own.name().as_bytes() == level);
    let codes = std::str::from_utf8(codes).is_ok_and(|codes| codes.split(' ').all(|code| Code::find(code).is_some()));
    *some |= known && codes;
    known && codes
}

/// A copy under way.
struct Copy<'a, W: Write> {
    from: Box<dyn Read + Send>,
    /// How far the file was copied.
    at: u64,
    to: &'a mut W,
    separator: u8,
    encoding: Encoding,
    ours: Ours,
}

impl<W: Write> Copy<'_, W> {
    fn all<A, B>(&mut self, mut table: Table, mut remarks: Merged<A, B>, language: Language) -> io::Result<()>
    where
        A: Iterator<Item = Remark>,
        B: Iterator<Item = Remark>,
    {
        let mut heading = self.ours.heading;
        loop {
            let (line, cells) = match table.next().map_err(io::Error::other)? {
                Next::Row(row) => (row.line, row.len()),
                // It stays as it is: where it ends nobody knows.
                Next::TooLong(_) => continue,
                Next::End => break,
            };
            let (from, to) = table.span();
            let remarks = remarks.on(line);
            let added = if std::mem::take(&mut heading) {
                REPORT_COLUMNS.map(str::to_owned)
            } else {
                added_cells(&remarks, language)
            };
            self.row(from, to, cells, &added)?;
        }
        io::copy(&mut self.from, self.to).map(drop)
    }

    /// Copies up to a row and the row itself, and adds cells to it.
    fn row(&mut self, from: u64, to: u64, cells: usize, added: &[String; 3]) -> io::Result<()> {
        let between = from.saturating_sub(self.at);
        io::copy(&mut (&mut self.from).take(between), self.to)?;
        let mut row = vec![0; usize::try_from(to - from).map_err(io::Error::other)?];
        self.from.read_exact(&mut row)?;
        self.at = to;
        let body = row.len() - row.iter().rev().take_while(|&&byte| matches!(byte, b'\r' | b'\n')).count();
        let (body, end) = row.split_at(body);
        let body = if self.ours.columns { self.without_ours(body, cells) } else { body };
        self.to.write_all(body)?;
        for cell in added {
            self.to.write_all(&[self.separator])?;
            let cell = self.encoded(cell);
            self.to.write_all(&cell)?;
        }
        self.to.write_all(end)
    }

    /// The row without its last three cells.
    fn without_ours<'r>(&self, row: &'r [u8], cells: usize) -> &'r [u8] {
        let Some(kept) = cells.checked_sub(REPORT_COLUMNS.len()).filter(|&kept| kept > 0) else { return row };
        let (mut quoted, mut seen) = (false, 0);
        for (at, &byte) in row.iter().enumerate() {
            quoted ^= byte == b'"';
            if byte == self.separator && !quoted {
                seen += 1;
                if seen == kept {
                    return row.get(..at).unwrap_or(row);
                }
            }
        }
        row
    }

    /// A cell of ours in the file's encoding, quoted where it must be. What the encoding does not have shows as 〓.
    fn encoded(&self, text: &str) -> Vec<u8> {
        let text = harmless(text);
        let special = |c: char| c == '"' || c == '\n' || c == '\r' || u32::from(c) == u32::from(self.separator);
        let text = if text.contains(special) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text };
        let mut bytes = Vec::with_capacity(text.len());
        for c in text.chars() {
            let mut utf8 = [0; 4];
            let (encoded, _, missing) = self.encoding.codec().encode(c.encode_utf8(&mut utf8));
            if missing {
                bytes.extend_from_slice(&self.encoding.codec().encode("〓").0);
            } else {
                bytes.extend_from_slice(&encoded);
            }
        }
        bytes
    }
}

/// A text that no spreadsheet takes for a formula.
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() }
}

/// Level, numbers and texts of what is wrong with a row.
fn added_cells(remarks: &[Remark], language: Language) -> [String; 3] {
    let level = remarks.iter().map(|remark| remark.code.level()).min().map_or("", Level::name);
    let mut codes: Vec<&str> = remarks.iter().map(|remark| remark.code.number()).collect();
    codes.dedup();
    let separator = if language == Language::Ja { "／" } else { "; " };
    let texts: Vec<&str> = remarks.iter().map(|remark| remark.text.as_str()).collect();
    [level.to_owned(), codes.join(" "), texts.join(separator)]
}
