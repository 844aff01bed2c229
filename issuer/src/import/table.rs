//! Rows and cells out of a file, in constant memory whatever the file holds.

use super::ahead::{PIECE, ReadAhead};
use super::encoding::{BOM, Encoding, detect_separator};
use super::{ImportError, Input, Mapping};
use std::sync::Arc;

/// How much of a file is looked at to tell its encoding.
const SAMPLE: usize = 1 << 20;
/// The longest row, in bytes and in cells. A person with twenty doses has 161 cells and 3 KiB.
const ROW_BYTES: usize = 64 * 1024;
const ROW_CELLS: usize = 1024;
// What is left of a row and the next piece of the file fit the buffer.
const _: () = assert!(ROW_BYTES + 1 + PIECE <= SAMPLE);

/// A file being read row by row.
pub(crate) struct Table {
    /// Its name, for findings.
    pub(crate) name: Arc<str>,
    /// What its text is encoded in.
    pub(crate) encoding: Encoding,
    /// How its columns are laid out, if not as we know them.
    pub(crate) mapping: Option<Box<Mapping>>,
    /// Whether somebody has looked at the register numbers: none is a My Number.
    pub(crate) own_numbers: bool,
    ahead: ReadAhead,
    separator: u8,
    parser: csv_core::Reader,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// How far the buffer's beginning is in the file.
    base: u64,
    /// From where to where the last row stands in the file, with the line end of a quoted one.
    span: (u64, u64),
    /// The line that the next row begins in.
    line: u64,
    row: Vec<u8>,
    ends: Vec<usize>,
}

/// One row: its cells are still in the file's encoding.
#[derive(Clone, Copy)]
pub(crate) struct Row<'a> {
    /// The line it begins in, from 1.
    pub(crate) line: u64,
    bytes: &'a [u8],
    ends: &'a [usize],
    /// How many bytes stand between two cells: a separator, or nothing.
    gap: usize,
}

impl<'a> Row<'a> {
    /// A row whose cells stand one after another in `bytes`, each ending where `ends` says.
    pub(crate) fn new(line: u64, bytes: &'a [u8], ends: &'a [usize]) -> Self {
        Self { line, bytes, ends, gap: 0 }
    }

    /// How many cells it has.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The cell at that place, from 0, without blanks and tabs around it; empty beyond the row's end.
    pub(crate) fn cell(&self, at: usize) -> &'a [u8] {
        self.raw(at).trim_ascii()
    }

    /// The cell as it stands.
    pub(crate) fn raw(&self, at: usize) -> &'a [u8] {
        let from = if at == 0 { 0 } else { self.ends.get(at - 1).map_or(0, |end| end + self.gap) };
        self.ends.get(at).and_then(|&to| self.bytes.get(from..to)).unwrap_or_default()
    }

    /// Whether every cell is empty.
    pub(crate) fn is_blank(&self) -> bool {
        (0..self.len()).all(|at| self.cell(at).is_empty())
    }
}

/// What the file held next.
pub(crate) enum Next<'a> {
    Row(Row<'a>),
    /// A row beyond every bound began in this line; the file was read past it.
    TooLong(u64),
    End,
}

impl Table {
    /// Begins to read: tells encoding and separator, and skips a byte order mark.
    pub(crate) fn open(input: Input) -> Result<Self, ImportError> {
        let Input { name, mut reader, encoding, mapping, own_numbers, progress, .. } = input;
        let mut buffer = vec![0; SAMPLE];
        let mut end = 0;
        while end < SAMPLE {
            match reader.read(buffer.get_mut(end..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(read) => end += read,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(ImportError::Read { file: name, error }),
            }
        }
        let sample = buffer.get(..end).unwrap_or_default();
        if sample.starts_with(b"\xFF\xFE") || sample.starts_with(b"\xFE\xFF") {
            return Err(ImportError::Utf16 { file: name });
        }
        let said = mapping.as_ref().and_then(|mapping| mapping.encoding);
        let encoding = encoding.or(said).unwrap_or_else(|| Encoding::detect(sample));
        let said = mapping.as_ref().and_then(|mapping| mapping.separator);
        let separator = said.unwrap_or_else(|| detect_separator(sample));
        let parser = csv_core::ReaderBuilder::new().delimiter(separator).build();
        let ahead = ReadAhead::start(reader, sample, progress);
        let start = if sample.starts_with(BOM) { BOM.len() } else { 0 };
        Ok(Self {
            ahead,
            name,
            mapping,
            own_numbers,
            encoding,
            separator,
            parser,
            buffer,
            start,
            end,
            base: 0,
            span: (0, 0),
            line: 1,
            row: vec![0; ROW_BYTES],
            ends: vec![0; ROW_CELLS],
        })
    }

    /// The next row; blank lines are passed over.
    pub(crate) fn next(&mut self) -> Result<Next<'_>, ImportError> {
        if !self.skip_line_ends()? {
            return Ok(Next::End);
        }
        match self.plain_line()? {
            Some((from, to, next)) => {
                self.start = next;
                self.span = (self.base + from as u64, self.base + to as u64);
                self.line += 1;
                let line = self.line - 1;
                let bytes = self.buffer.get(from..to).unwrap_or_default();
                if bytes.len() > ROW_BYTES {
                    return Ok(Next::TooLong(line));
                }
                split(bytes, self.separator, &mut self.ends);
                if self.ends.len() > ROW_CELLS {
                    return Ok(Next::TooLong(line));
                }
                Ok(Next::Row(Row { line, bytes, ends: &self.ends, gap: 1 }))
            }
            None => self.quoted_row(),
        }
    }

    /// Where the line is that begins the buffer, and where the next begins, if the line is in the buffer
    /// or can be brought there, and nothing in it is quoted: most are, and need no more than a split.
    fn plain_line(&mut self) -> Result<Option<(usize, usize, usize)>, ImportError> {
        loop {
            let ahead = self.buffer.get(self.start..self.end).unwrap_or_default();
            if let Some(length) = memchr::memchr(b'\n', ahead) {
                let line = ahead.get(..length).unwrap_or_default();
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                // A return alone ends a row, too.
                let plain = memchr::memchr2(b'"', b'\r', line).is_none();
                return Ok(plain.then_some((self.start, self.start + line.len(), self.start + length + 1)));
            }
            if ahead.len() > ROW_BYTES || !self.read_on()? {
                return Ok(None);
            }
        }
    }

    /// A row by the full rules of quoting.
    fn quoted_row(&mut self) -> Result<Next<'_>, ImportError> {
        let (line, before) = (self.line, self.parser.line());
        let from = self.base + self.start as u64;
        let (mut written, mut cells, mut too_long) = (0, 0, false);
        self.ends.resize(ROW_CELLS, 0);
        let result = loop {
            let input = self.buffer.get(self.start..self.end).unwrap_or_default();
            let row = self.row.get_mut(written..).unwrap_or_default();
            let ends = self.ends.get_mut(cells..).unwrap_or_default();
            let (result, read, wrote, ended) = self.parser.read_record(input, row, ends);
            self.start += read;
            written += wrote;
            cells += ended;
            match result {
                csv_core::ReadRecordResult::InputEmpty => {
                    self.start = self.end;
                    self.read_on()?;
                }
                csv_core::ReadRecordResult::OutputFull | csv_core::ReadRecordResult::OutputEndsFull => {
                    too_long = true;
                    (written, cells) = (0, 0);
                }
                csv_core::ReadRecordResult::Record | csv_core::ReadRecordResult::End => break result,
            }
        };
        self.line += self.parser.line() - before;
        self.span = (from, self.base + self.start as u64);
        match result {
            _ if too_long => Ok(Next::TooLong(line)),
            csv_core::ReadRecordResult::End => Ok(Next::End),
            _ => {
                let bytes = self.row.get(..written).unwrap_or_default();
                let ends = self.ends.get(..cells).unwrap_or_default();
                Ok(Next::Row(Row { line, bytes, ends, gap: 0 }))
            }
        }
    }

    /// From where to where the last row stands in the file, in bytes; one with quotation marks with its line end.
    pub(crate) fn span(&self) -> (u64, u64) {
        self.span
    }

    /// The separator of its cells.
    pub(crate) fn separator(&self) -> u8 {
        self.separator
    }

    /// SHA-256 of the whole file and its length in bytes, once it was read to its end.
    pub(crate) fn finished(&self) -> Option<([u8; 32], u64)> {
        self.ahead.finished()
    }

    /// Passes over line ends between rows, counting lines; `false` at the end of the file.
    fn skip_line_ends(&mut self) -> Result<bool, ImportError> {
        loop {
            if self.start == self.end && !self.read_on()? {
                return Ok(false);
            }
            match self.buffer.get(self.start) {
                Some(b'\n') => self.line += 1,
                Some(b'\r') => {}
                _ => return Ok(true),
            }
            self.start += 1;
        }
    }

    /// Reads more of the file behind what is still in the buffer; `false` at its end.
    fn read_on(&mut self) -> Result<bool, ImportError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.base += self.start as u64;
        self.start = 0;
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        let read = self.ahead.read(room).map_err(|error| ImportError::Read { file: self.name.clone(), error })?;
        self.end += read;
        Ok(read > 0)
    }
}

/// Where the cells of an unquoted row end. Eight bytes at a time: cells are too short for a search of each to pay
/// (measured: half the time of `memchr_iter`).
fn split(row: &[u8], separator: u8, ends: &mut Vec<usize>) {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let pattern = u64::from_ne_bytes([separator; 8]);
    ends.clear();
    let (words, rest) = row.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let differing = u64::from_le_bytes(*word) ^ pattern;
        // The high bit of every byte that differs nowhere; no byte's sum carries into the next.
        let mut hits = !(((differing & LOW) + LOW) | differing | LOW);
        while hits != 0 {
            ends.push(at * 8 + hits.trailing_zeros() as usize / 8);
            hits &= hits - 1;
        }
    }
    let from = words.len() * 8;
    ends.extend(rest.iter().enumerate().filter(|&(_, &byte)| byte == separator).map(|(at, _)| from + at));
    ends.push(row.len());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(bytes: &[u8]) -> Vec<(u64, Vec<Vec<u8>>)> {
        let mut table = Table::open(Input::from_bytes("test", bytes.to_vec())).expect("opens");
        let mut rows = Vec::new();
        loop {
            match table.next().expect("reads") {
                Next::Row(row) => rows.push((row.line, (0..row.len()).map(|at| row.cell(at).to_vec()).collect())),
                Next::TooLong(line) => rows.push((line, vec![])),
                Next::End => return rows,
            }
        }
    }

    #[test]
    fn rows_know_the_line_they_begin_in_whatever_ends_lines() {
        let expected = |lines: [u64; 3]| -> Vec<(u64, Vec<Vec<u8>>)> {
            let cells = [["a", "b"], ["c\nd", "e"], ["f", "g"]];
            lines
                .iter()
                .zip(cells)
                .map(|(&line, row)| (line, row.iter().map(|cell| cell.as_bytes().to_vec()).collect()))
                .collect()
        };
        assert_eq!(rows(b"a,b\n\"c\nd\",e\nf,g\n"), expected([1, 2, 4]));
        assert_eq!(rows(b"a,b\r\n\"c\nd\",e\r\nf,g"), expected([1, 2, 4]));
        assert_eq!(rows(b"\n\r\na,b\r\n\r\n\"c\nd\",e\r\nf,g\r\n\r\n"), expected([3, 5, 7]));
    }

    #[test]
    fn a_quotation_mark_that_never_closes_is_one_finding_and_bounded_memory() {
        let mut bytes = b"a,b\r\n\"c,".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 3 * SAMPLE));
        assert_eq!(rows(&bytes).last(), Some(&(2, vec![])));
        assert_eq!(rows(&[b','; 5000]), [(1, vec![])]);
    }

    #[test]
    fn every_separator_is_found_wherever_it_stands() {
        let mut ends = Vec::new();
        for length in 0..40 {
            for mask in 0..2000_u64 {
                let row: Vec<u8> = (0..length)
                    .map(|at| if mask.wrapping_mul(0x9E37_79B9) >> (at % 50) & 1 == 1 { b',' } else { 0xAC })
                    .collect();
                split(&row, b',', &mut ends);
                let expected: Vec<usize> =
                    row.iter().enumerate().filter(|&(_, &b)| b == b',').map(|(at, _)| at).chain([row.len()]).collect();
                assert_eq!(ends, expected);
            }
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_cell() {
        assert_eq!(rows(b"\xEF\xBB\xBFa;b"), [(1, vec![b"a".to_vec(), b"b".to_vec()])]);
    }
}
