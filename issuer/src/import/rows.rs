//! The three layouts: a residents' file, the wide export of the Vaccination Record System, and our
//! long form. Each turns rows into entries and findings, batch by batch, on a thread of its own.

use super::ImportError;
use super::cells::Cells;
use super::doses::{DoseColumns, DoseReader};
use super::head::{FirstRow, Head, Mapped};
use super::headings::{Field, Headings};
use super::mapping::{MappedWide, Mapping, Relay};
use super::people::PeopleColumns;
use super::table::{Next, Row, Table};
use crate::check::{Code, Column, Diagnostic, Note};
use crate::record::RegisterNumber;
use crate::register::{Doses, Entry, PackedDose, Particulars, PersonColumns, PersonPart, Vocabulary, pack};
use std::sync::Arc;
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
    /// With the first batch: what the file's columns are.
    pub(crate) opened: Option<Box<Opened>>,
    /// With the last batch: SHA-256 and length of the file.
    pub(crate) finished: Option<([u8; 32], u64)>,
}

/// What is known of a file once its first row was read.
pub(crate) struct Opened {
    pub(crate) encoding: super::Encoding,
    pub(crate) people: Option<PersonColumns>,
    pub(crate) columns: Vec<Arc<str>>,
    /// The column that findings about the row's person or dose point to.
    pub(crate) number_column: Column,
    pub(crate) dose_column: Option<Column>,
    pub(crate) unused: Vec<String>,
    /// How many lines the files before it had, where several are read as one.
    pub(crate) base: u64,
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

    /// How many cells each row must have.
    fn width(&self) -> usize;
}

/// Reads a file of residents to its end, or until nobody listens.
pub(crate) fn read_residents(
    mut table: Table,
    mapping: Option<&Mapping>,
    today: Date,
    to: &Sender,
) -> Result<(), ImportError> {
    let (head, _) = Head::read(&mut table, mapping)?;
    let headings = &head.headings;
    let columns = PeopleColumns::find(headings, true)
        .map_err(|missing| ImportError::MissingColumns { file: table.name.clone(), missing: missing.join(", ") })?;
    let opened = Opened {
        encoding: table.encoding,
        people: Some(columns.present()),
        columns: headings.names.clone(),
        number_column: head.column(columns.number),
        dose_column: None,
        unused: head.unused.clone(),
        base: 0,
    };
    let width = headings.names.len();
    read(table, today, to, opened, &mut Residents { columns, width }, head.mapped, head.first)
}

/// Reads our long form to its end, or until nobody listens.
pub(crate) fn read_long(
    mut table: Table,
    mapping: Option<&Mapping>,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &Sender,
) -> Result<(), ImportError> {
    let (head, _) = Head::read(&mut table, mapping)?;
    let headings = &head.headings;
    let file = table.name.clone();
    let people = PeopleColumns::find(headings, false);
    let at = |field| headings.place(field);
    let mut missing: Vec<&str> = people.as_ref().err().cloned().unwrap_or_default();
    for field in [Field::DoseNumber, Field::Date] {
        if at(field).is_none() {
            missing.push(field.name());
        }
    }
    if at(Field::Maker).is_none() && at(Field::Product).is_none() {
        missing.push(Field::Maker.name());
    }
    let looks_wide = headings.names.iter().filter(|name| name.contains("接種日")).count() > 1;
    if looks_wide && !missing.is_empty() {
        return Err(ImportError::WideLayout { file });
    }
    let (Ok(people), Some(date), Some(dose_number), true) =
        (people, at(Field::Date), at(Field::DoseNumber), missing.is_empty())
    else {
        return Err(ImportError::MissingColumns { file, missing: missing.join(", ") });
    };
    let dose = DoseColumns {
        record_time: at(Field::RecordTime),
        date,
        ticket: at(Field::Ticket),
        municipality: at(Field::Municipality),
        site: at(Field::Site),
        doctor: at(Field::Doctor),
        maker: at(Field::Maker),
        product: at(Field::Product),
        label: None,
        lot: at(Field::Lot),
    };
    let opened = Opened {
        encoding: table.encoding,
        people: Some(people.present()),
        columns: headings.names.clone(),
        number_column: head.column(people.number),
        dose_column: Some(head.column(dose_number)),
        unused: head.unused.clone(),
        base: 0,
    };
    let doses = DoseReader::new(words, import);
    let mut layout =
        Long { people, dose, dose_number, doses, width: headings.names.len(), group: None, spare: Default::default() };
    read(table, today, to, opened, &mut layout, head.mapped, head.first)
}

/// Reads a file with all doses of a person in a row, as a mapping describes it, to its end or until nobody listens.
pub(crate) fn read_mapped_wide(
    mut table: Table,
    mapping: &Mapping,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &Sender,
) -> Result<(), ImportError> {
    let (head, doses) = Head::read(&mut table, Some(mapping))?;
    let missing =
        |missing: Vec<&str>| ImportError::MissingColumns { file: table.name.clone(), missing: missing.join(", ") };
    let people = mapping.gives_people().then(|| PeopleColumns::find(&head.headings, true));
    let people = people.transpose().map_err(missing)?;
    let number = head.headings.place(Field::Number).ok_or_else(|| missing(vec![Field::Number.name()]))?;
    let opened = Opened {
        encoding: table.encoding,
        people: people.as_ref().map(PeopleColumns::present),
        columns: head.headings.names.clone(),
        number_column: head.column(number),
        dose_column: None,
        unused: head.unused.clone(),
        base: 0,
    };
    let width = head.headings.names.len();
    let mut layout = MappedWide::new(people, number, doses, DoseReader::new(words, import), width);
    read(table, today, to, opened, &mut layout, head.mapped, head.first)
}

/// Reads the wide export to its end, or until nobody listens. It may lack a heading row.
pub(crate) fn read_wide(
    mut table: Table,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &Sender,
) -> Result<(), ImportError> {
    const CELLS: [&str; WIDE] =
        ["登録日時", "接種日", "券番号", "自治体コード", "会場名", "医師名", "メーカー", "ロット"];
    let encoding = table.encoding;
    let (headings, width, first) = match table.next()? {
        Next::End => return Err(ImportError::Empty { file: table.name }),
        Next::TooLong(_) => (None, 0, None),
        Next::Row(row) => {
            let headings = Headings::read(row, encoding);
            let has_headings =
                headings.place(Field::Number) == Some(0) || headings.names.iter().any(|name| name.contains("接種日"));
            let copy =
                (!has_headings).then(|| (row.line, (0..row.len()).map(|at| row.raw(at).to_vec()).collect::<Vec<_>>()));
            (has_headings.then_some(headings), row.len(), copy)
        }
    };
    let slots = width.saturating_sub(1) / WIDE;
    if slots == 0 {
        return Err(ImportError::NotWide { file: table.name });
    }
    let columns: Vec<Arc<str>> = match &headings {
        Some(headings) => headings.names.clone(),
        None => std::iter::once(Arc::from("個別宛名番号"))
            .chain((1..=slots).flat_map(|dose| CELLS.map(|cell| Arc::from(format!("{cell}（{dose}回目）").as_str()))))
            .collect(),
    };
    let unused = columns.iter().skip(1 + slots * WIDE).map(ToString::to_string).collect();
    let number_column = Column { number: 1, name: columns.first().cloned().unwrap_or_default() };
    let opened = Opened { encoding, people: None, columns, number_column, dose_column: None, unused, base: 0 };
    let mut layout = Wide { doses: DoseReader::new(words, import), slots, width, row: Vec::new() };
    read(table, today, to, opened, &mut layout, None, first)
}

/// How many cells a dose has in the wide export.
const WIDE: usize = 8;

/// Reads all rows of a file into batches. `first` is a first row that turned out to be no heading.
fn read(
    mut table: Table,
    today: Date,
    to: &Sender,
    opened: Opened,
    layout: &mut impl Layout,
    mapped: Option<Mapped>,
    first: Option<FirstRow>,
) -> Result<(), ImportError> {
    let (mut relay, origin) = mapped.map_or((None, None), |mapped| (Some(mapped.relay), mapped.origin));
    let mut cells = Cells {
        file: table.name.clone(),
        encoding: opened.encoding,
        columns: opened.columns.clone(),
        origin,
        today,
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
        one_row(&mut cells, layout, Row::new(line, &first.concat(), &ends), relay.as_mut(), &mut batch);
    }
    loop {
        match table.next()? {
            Next::Row(row) => one_row(&mut cells, layout, row, relay.as_mut(), &mut batch),
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
            batch.findings = std::mem::take(&mut cells.findings);
            if to.send(Ok(std::mem::take(&mut batch))).is_err() {
                return Ok(());
            }
            batch.entries.reserve(BATCH);
        }
    }
    layout.end(&mut batch.entries);
    batch.terms = layout.fresh_terms();
    batch.findings = cells.findings;
    batch.finished = table.finished();
    // Whoever listened and went away has an error of their own to tell.
    let _ = to.send(Ok(batch));
    Ok(())
}

fn one_row(cells: &mut Cells, layout: &mut impl Layout, row: Row<'_>, relay: Option<&mut Relay>, batch: &mut Batch) {
    if row.is_blank() {
        return;
    }
    cells.begin(row.line);
    batch.rows += 1;
    let width = relay.as_ref().map_or(layout.width(), |relay| relay.width);
    let good = if row.len() == width {
        let row = match (relay, &mut cells.origin) {
            (Some(relay), Some(origin)) => relay.row(row, origin),
            _ => row,
        };
        layout.row(cells, row, &mut batch.entries)
    } else {
        cells.report(Code::WrongCellCount, None, b"", Some(Note::Expected { cells: width, found: row.len() }));
        false
    };
    batch.refused += u64::from(!good);
}

struct Residents {
    columns: PeopleColumns,
    width: usize,
}

impl Layout for Residents {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let Some(number) = cells.register_number(self.columns.number, row.cell(self.columns.number)) else {
            return false;
        };
        let person = self.columns.read(cells, row);
        let good = person.is_some();
        let person = person.map_or(PersonPart::Refused(row.line), |person| PersonPart::Given(person, row.line));
        entries.push(Entry { number, person, doses: None });
        good
    }

    fn width(&self) -> usize {
        self.width
    }
}

struct Wide {
    doses: DoseReader,
    slots: usize,
    width: usize,
    row: Vec<PackedDose>,
}

impl Layout for Wide {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let number = cells.register_number(0, row.cell(0));
        self.row.clear();
        for slot in 0..self.slots {
            let from = 1 + slot * WIDE;
            if (from..from + WIDE).all(|at| row.cell(at).is_empty()) {
                continue;
            }
            let columns = DoseColumns {
                record_time: Some(from),
                date: from + 1,
                ticket: Some(from + 2),
                municipality: Some(from + 3),
                site: Some(from + 4),
                doctor: Some(from + 5),
                maker: Some(from + 6),
                product: None,
                label: None,
                lot: Some(from + 7),
            };
            self.row.extend(self.doses.read(cells, row, &columns, u8::try_from(slot + 1).ok()));
        }
        let (Some(number), false) = (number, cells.blocked) else { return false };
        if !self.row.is_empty() {
            let doses = Doses { line: row.line, count: self.row.len(), packed: pack(&self.row) };
            entries.push(Entry { number, person: PersonPart::Absent, doses: Some(doses) });
        }
        true
    }

    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        self.doses.words.take_fresh()
    }

    fn width(&self) -> usize {
        self.width
    }
}

struct Long {
    people: PeopleColumns,
    dose: DoseColumns,
    dose_number: usize,
    doses: DoseReader,
    width: usize,
    group: Option<Group>,
    /// The buffers of the last group, for the next.
    spare: (Vec<u8>, Vec<PackedDose>),
}

/// Rows of one person, one after another.
struct Group {
    number: RegisterNumber,
    person: Particulars,
    line: u64,
    /// The cells that describe the person, as they stand.
    cells: Vec<u8>,
    doses: Vec<PackedDose>,
}

impl Layout for Long {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let known = self.group.as_ref().is_some_and(|group| self.people.same_cells(row, &group.cells));
        let person = if known { None } else { self.person(cells, row) };
        let number_cell = row.cell(self.dose_number);
        let number = if number_cell.is_empty() {
            cells.report(Code::MissingDoseNumber, Some(self.dose_number), b"", None);
            None
        } else {
            cells.dose_number(self.dose_number, number_cell)
        };
        let dose = self.doses.read(cells, row, &self.dose, number);
        let (Some(dose), false) = (dose, cells.blocked) else { return false };
        match (person, &mut self.group) {
            (Some((number, person)), Some(group)) if group.number == number => {
                if group.person != person {
                    cells.report(
                        Code::ConflictingPerson,
                        Some(self.people.number),
                        row.cell(self.people.number),
                        Some(Note::OtherLine(group.line)),
                    );
                    return false;
                }
            }
            (Some((number, person)), _) => {
                self.end(entries);
                let (mut cells, doses) = std::mem::take(&mut self.spare);
                self.people.copy_cells(row, &mut cells);
                self.group = Some(Group { number, person, line: row.line, cells, doses });
            }
            (None, _) => {}
        }
        let Some(group) = &mut self.group else { return false };
        match group.doses.iter().find(|other| other.key() == dose.key()) {
            None => group.doses.push(dose),
            Some(other) if other.says_the_same(&dose) => {}
            Some(other) => {
                let note = Some(Note::OtherLine(other.line));
                cells.report(Code::ConflictingDose, Some(self.dose_number), number_cell, note);
                return false;
            }
        }
        true
    }

    fn end(&mut self, entries: &mut Vec<Entry>) {
        if let Some(mut group) = self.group.take() {
            let line = group.doses.first().map_or(group.line, |dose| dose.line);
            let doses = Doses { line, count: group.doses.len(), packed: pack(&group.doses) };
            entries.push(Entry {
                number: group.number,
                person: PersonPart::Given(group.person, group.line),
                doses: Some(doses),
            });
            group.doses.clear();
            self.spare = (group.cells, group.doses);
        }
    }

    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        self.doses.words.take_fresh()
    }

    fn width(&self) -> usize {
        self.width
    }
}

impl Long {
    fn person(&self, cells: &mut Cells, row: Row<'_>) -> Option<(RegisterNumber, Particulars)> {
        let at = self.people.number;
        let number = cells.register_number(at, row.cell(at));
        // Whatever else is wrong with the row is shown at once.
        let person = self.people.read(cells, row);
        number.zip(person)
    }
}
