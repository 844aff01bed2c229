//! Rows of a file into entries and findings, batch by batch, on a thread of its own; each layout says how one row is read.

use super::ImportError;
use super::cells::Cells;
use super::doses::DoseColumns;
use super::excerpt;
use super::head::{FirstRow, Mapped};
use super::headings::is_ours;
use super::mapping::{DoseSlot, Relay};
use super::my_number;
use super::origin::Origin;
use super::table::{Next, Row, Table};
use crate::check::lots::KnownLot;
use crate::check::{Code, Column, Diagnostic, Finding, Note, Place};
use crate::record::RegisterNumber;
use crate::register::{Entry, PersonColumns};
use std::sync::mpsc::SyncSender;
use tegata_certificate::Date;

/// Entries a batch.
const BATCH: usize = 512;

/// What a thread has read since its last batch.
#[derive(Default)]
pub(crate) struct Batch {
    /// Which file of its side it is of, from 0.
    pub(crate) file: usize,
    pub(crate) entries: Vec<Entry>,
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) terms: Vec<(u32, String)>,
    pub(crate) rows: u64,
    pub(crate) refused: u64,
    /// What turned out about rows that are no longer at hand.
    pub(crate) late: Late,
    /// With the first batch: what the file's columns are.
    pub(crate) opened: Option<Box<Opened>>,
    /// With the last batch: SHA-256 and length of the file.
    pub(crate) finished: Option<([u8; 32], u64)>,
}

/// What a layout tells about earlier rows.
#[derive(Default)]
pub(crate) struct Late {
    pub(crate) findings: Vec<Finding>,
    /// People of whom a row of doses was refused.
    pub(crate) refused_doses: Vec<RegisterNumber>,
    /// With the last batch: what is known of each lot now.
    pub(crate) lots: Vec<KnownLot>,
}

/// What is known of a file once its first row was read.
pub(crate) struct Opened {
    pub(crate) encoding: super::Encoding,
    pub(crate) people: Option<PersonColumns>,
    /// What the file calls the column of each cell, as a layout reads them.
    pub(crate) columns: Vec<Column>,
    /// The cells that findings about the row's person or dose point to.
    pub(crate) number: usize,
    pub(crate) dose_column: Option<usize>,
    /// Where the doses' cells are: of each slot, or of every row.
    pub(crate) doses: Vec<DoseSlot>,
    /// Lays rows out as they were read, if a mapping says how.
    pub(crate) relay: Option<Relay>,
    pub(crate) unused: Vec<String>,
    /// Whether it is a file of a sample.
    pub(crate) sample: bool,
    /// How many lines the files before it had, where several are read as one.
    pub(crate) base: u64,
}

impl Opened {
    /// The column of a place in a row.
    pub(crate) fn column_of(&mut self, place: Place, row: Option<Row<'_>>) -> Option<Column> {
        let at = match place {
            Place::Number => Some(self.number),
            Place::DoseNumber => self.dose_column,
            Place::Day(number) => self.dose(number, row).map(|columns| columns.date),
            Place::Maker(number) => self.dose(number, row).and_then(|columns| columns.product.or(columns.maker)),
            Place::Lot(number) => self.dose(number, row).and_then(|columns| columns.lot),
            Place::Coupon(number) => self.dose(number, row).and_then(|columns| columns.ticket),
            Place::Column(at) => Some(at),
        };
        self.columns.get(at?).cloned()
    }

    /// Where a row has the dose with that number.
    fn dose(&mut self, number: u8, row: Option<Row<'_>>) -> Option<DoseColumns> {
        // One place for each dose of the row, or one for the only.
        if let ([only], Some(_)) = (self.doses.as_slice(), self.dose_column) {
            return Some(only.columns);
        }
        let row = row.map(|row| laid_out(self.relay.as_mut(), row));
        self.doses.iter().find(|slot| slot.gives(number, row)).map(|slot| slot.columns)
    }

    /// The register number that a row of the file gives.
    pub(crate) fn number_in(&mut self, row: Row<'_>) -> Option<RegisterNumber> {
        excerpt::number(laid_out(self.relay.as_mut(), row), self.number, self.encoding)
    }
}

/// The row as its layout reads it.
fn laid_out<'a>(relay: Option<&'a mut Relay>, row: Row<'a>) -> Row<'a> {
    // Where the cells come from was told when the row was read.
    relay.map_or(row, |relay| relay.row(row, &mut Origin::default()))
}

pub(crate) type Sender = SyncSender<Result<Batch, ImportError>>;

/// One layout's way to read a row.
pub(crate) trait Layout {
    /// Reads one row; `false` if it is refused.
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool;

    /// Gives out what the last rows began.
    fn end(&mut self, _entries: &mut Vec<Entry>) {}

    /// The terms that were new since the last call.
    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        Vec::new()
    }

    /// Hears of a row that is refused, whatever for.
    fn refused(&mut self, _cells: &Cells, _row: Row<'_>) {}

    /// What turned out since the last call about rows that are no longer at hand.
    fn late(&mut self) -> Late {
        Late::default()
    }

    /// What only the whole file shows; after [`end`](Self::end).
    fn finish(&mut self) -> std::io::Result<Late> {
        Ok(Late::default())
    }

    /// How many cells each row must have.
    fn width(&self) -> usize;
}

/// Reads all rows of a file into batches. `first` is a first row that turned out to be no heading.
pub(super) fn read(
    mut table: Table,
    today: Date,
    to: &Sender,
    opened: Opened,
    layout: &mut impl Layout,
    mapped: Option<Mapped>,
    first: Option<FirstRow>,
) -> Result<(), ImportError> {
    let separator = char::from(table.separator());
    let (mut relay, origin) = mapped.map_or((None, None), |mapped| (Some(mapped.relay), mapped.origin));
    let is_unused = |column: &Column| opened.unused.iter().any(|name| **name == *column.name);
    let unused = opened.columns.iter().enumerate().filter(|(_, column)| is_unused(column)).map(|(at, _)| at);
    let places = Places { number: opened.number, separator, unused: unused.collect() };
    let mut cells = Cells {
        file: table.name.clone(),
        encoding: opened.encoding,
        columns: opened.columns.iter().map(|column| column.name.clone()).collect(),
        origin,
        today,
        own_numbers: table.own_numbers,
        line: 0,
        blocked: false,
        findings: Vec::new(),
    };
    let mut batch = Batch { opened: Some(Box::new(opened)), ..Batch::default() };
    if let Some((line, first)) = first {
        let ends: Vec<usize> = first
            .iter()
            .scan(0, |end, cell| {
                *end += cell.len();
                Some(*end)
            })
            .collect();
        let bytes = first.concat();
        let row = Row::new(line, &bytes, &ends);
        one_row(&mut cells, layout, row, relay.as_mut(), &places, &mut batch);
    }
    loop {
        match table.next()? {
            Next::Row(row) => one_row(&mut cells, layout, row, relay.as_mut(), &places, &mut batch),
            Next::TooLong(line) => {
                cells.begin(line);
                cells.report(Code::RowTooLong, None, b"", None);
                batch.rows += 1;
                batch.refused += 1;
            }
            Next::End => break,
        }
        if batch.entries.len() >= BATCH || cells.findings.len() >= BATCH {
            batch.terms = layout.fresh_terms();
            batch.late = layout.late();
            batch.findings = std::mem::take(&mut cells.findings);
            if to.send(Ok(std::mem::take(&mut batch))).is_err() {
                return Ok(());
            }
            batch.entries.reserve(BATCH);
        }
    }
    layout.end(&mut batch.entries);
    batch.terms = layout.fresh_terms();
    batch.late = layout.late();
    let mut last = layout.finish().map_err(|error| ImportError::Temporary { error })?;
    batch.late.findings.append(&mut last.findings);
    batch.late.lots = last.lots;
    batch.findings = cells.findings;
    batch.finished = table.finished();
    // Whoever listened and went away has an error of their own to tell.
    let _ = to.send(Ok(batch));
    Ok(())
}

fn one_row(
    cells: &mut Cells,
    layout: &mut impl Layout,
    row: Row<'_>,
    relay: Option<&mut Relay>,
    places: &Places,
    batch: &mut Batch,
) {
    if row.is_blank() {
        return;
    }
    cells.begin(row.line);
    let before = cells.findings.len();
    batch.rows += 1;
    let (width, ours) = match &relay {
        Some(relay) => (relay.width, relay.ours),
        None => (layout.width(), cells.columns.iter().filter(|name| is_ours(name)).count()),
    };
    let mapped = relay.is_some();
    let laid = match (relay, &mut cells.origin) {
        (Some(relay), Some(origin)) => relay.row(row, origin),
        _ => row,
    };
    let good = if has_my_number(cells, row, places, mapped) {
        false
    } else if row.len() == width {
        layout.row(cells, laid, &mut batch.entries)
    } else {
        // Columns that a report has added are none of the file's own.
        let note = Note::Expected { cells: width - ours, found: row.len().saturating_sub(ours) };
        cells.report(Code::WrongCellCount, None, b"", Some(note));
        false
    };
    if !good {
        batch.refused += 1;
        layout.refused(cells, laid);
    }
    let encoding = cells.encoding;
    for finding in cells.findings.iter_mut().skip(before) {
        let at = finding.column.as_ref().and_then(|column| column.number.checked_sub(1));
        finding.row = Some(excerpt::excerpt(row, at, encoding, places.separator));
        match &mut finding.hold {
            Some(hold) if good => hold.person = excerpt::number(laid, places.number, encoding),
            // What is refused needs no holding.
            hold => *hold = None,
        }
    }
}

/// Where a file has what every row is looked at for.
struct Places {
    /// The column of the register number, as the layout reads it.
    number: usize,
    separator: char,
    /// Columns that nothing is read from.
    unused: Vec<usize>,
}

/// Whether a My Number stands in a cell that nothing is read from; then it is told. In the others it is told when they are
/// read. Under a mapping any cell may be unused.
fn has_my_number(cells: &mut Cells, row: Row<'_>, places: &Places, mapped: bool) -> bool {
    let encoding = cells.encoding;
    let holds = |at: &usize| {
        let cell = row.cell(*at);
        my_number::may_be_in(cell) && my_number::is_in(&encoding.decode_lossy(cell))
    };
    let found = match mapped {
        true if cells.own_numbers => None,
        true => (0..row.len()).find(holds),
        false => places.unused.iter().copied().find(|at| holds(at)),
    };
    let Some(at) = found else { return false };
    // A mapping's columns are not the file's.
    let column = (!mapped).then_some(at);
    cells.report(Code::MyNumber, column, if mapped { b"" } else { row.cell(at) }, None);
    true
}
