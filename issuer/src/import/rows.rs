//! The three layouts: a residents' file, the wide export of the Vaccination Record System, and our
//! long form. Each turns rows into entries and findings, batch by batch, on a thread of its own.

use super::ImportError;
use super::cells::Cells;
use super::doses::{DoseColumns, DoseReader};
use super::excerpt;
use super::head::{FirstRow, Head, Mapped};
use super::headings::is_ours;
use super::headings::{Field, Headings};
use super::mapping::{DoseSlot, MappedWide, Mapping, Relay};
use super::origin::Origin;
use super::people::PeopleColumns;
use super::table::{Next, Row, Table};
use super::twins::Twins;
use crate::check::lots::KnownLot;
use crate::check::series::{Judgement, judge};
use crate::check::{Code, Column, Diagnostic, Finding, Level, Note, Place};
use crate::record::RegisterNumber;
use crate::register::{Doses, Entry, PackedDose, Particulars, PersonColumns, PersonPart, Vocabulary};
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
        columns: head.columns(),
        number: columns.number,
        dose_column: None,
        doses: Vec::new(),
        relay: head.relay(),
        unused: head.unused.clone(),
        base: 0,
    };
    let width = headings.names.len();
    let mut layout = Residents { columns, width, twins: Twins::default() };
    read(table, today, to, opened, &mut layout, head.mapped, head.first)
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
        columns: head.columns(),
        number: people.number,
        dose_column: Some(dose_number),
        doses: vec![DoseSlot::only(dose)],
        relay: head.relay(),
        unused: head.unused.clone(),
        base: 0,
    };
    let doses = DoseReader::new(words, import);
    let mut layout = Long {
        people,
        dose,
        dose_number,
        doses,
        width: headings.names.len(),
        group: None,
        spare: Default::default(),
        lost: Lost::default(),
        twins: Twins::default(),
        findings: Vec::new(),
    };
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
        columns: head.columns(),
        number,
        dose_column: None,
        doses: doses.clone(),
        relay: head.relay(),
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
            let has_headings = is_wide_heading(&headings);
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
    let unused = columns.iter().skip(1 + slots * WIDE).filter(|name| !is_ours(name)).map(ToString::to_string).collect();
    let doses = (0..slots).map(|slot| DoseSlot::at(slot, slot_columns(slot))).collect();
    let columns = columns.into_iter().enumerate().map(|(at, name)| Column { number: at + 1, name }).collect();
    let opened =
        Opened { encoding, people: None, columns, number: 0, dose_column: None, doses, relay: None, unused, base: 0 };
    let mut layout = Wide { doses: DoseReader::new(words, import), slots, width, row: Vec::new(), refused: Vec::new() };
    read(table, today, to, opened, &mut layout, None, first)
}

/// How many cells a dose has in the wide export.
pub(crate) const WIDE: usize = 8;

/// Whether the first row of a wide export is a heading row.
pub(crate) fn is_wide_heading(headings: &Headings) -> bool {
    headings.place(Field::Number) == Some(0) || headings.names.iter().any(|name| name.contains("接種日"))
}

/// Where the wide export has the dose of a slot, from 0.
fn slot_columns(slot: usize) -> DoseColumns {
    let from = 1 + slot * WIDE;
    DoseColumns {
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
    }
}

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
    let separator = char::from(table.separator());
    let (mut relay, origin) = mapped.map_or((None, None), |mapped| (Some(mapped.relay), mapped.origin));
    let places = (opened.number, separator);
    let mut cells = Cells {
        file: table.name.clone(),
        encoding: opened.encoding,
        columns: opened.columns.iter().map(|column| column.name.clone()).collect(),
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
        let bytes = first.concat();
        let row = Row::new(line, &bytes, &ends);
        one_row(&mut cells, layout, row, relay.as_mut(), places, &mut batch);
    }
    loop {
        match table.next()? {
            Next::Row(row) => one_row(&mut cells, layout, row, relay.as_mut(), places, &mut batch),
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
    (number_column, separator): (usize, char),
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
    let laid = match (relay, &mut cells.origin) {
        (Some(relay), Some(origin)) => relay.row(row, origin),
        _ => row,
    };
    let good = if row.len() == width {
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
        finding.row = Some(excerpt::excerpt(row, at, encoding, separator));
        match &mut finding.hold {
            Some(hold) if good => hold.person = excerpt::number(laid, number_column, encoding),
            // What is refused needs no holding.
            hold => *hold = None,
        }
    }
}

struct Residents {
    columns: PeopleColumns,
    width: usize,
    twins: Twins,
}

impl Layout for Residents {
    fn row(&mut self, cells: &mut Cells, row: Row<'_>, entries: &mut Vec<Entry>) -> bool {
        let Some(number) = cells.register_number(self.columns.number, row.cell(self.columns.number)) else {
            return false;
        };
        let person = self.columns.read(cells, row);
        let good = person.is_some();
        if let Some(person) = &person {
            self.twins.taken(&number, person, row.line);
        }
        let person = person.map_or(PersonPart::Refused(row.line), |person| PersonPart::Given(person, row.line));
        entries.push(Entry { number, person, doses: None });
        good
    }

    fn finish(&mut self) -> std::io::Result<Late> {
        Ok(Late { findings: self.twins.finish(self.columns.romanised())?, ..Late::default() })
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
    /// People whose row was refused since the last batch.
    refused: Vec<RegisterNumber>,
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
            let columns = slot_columns(slot);
            self.row.extend(self.doses.read(cells, row, &columns, u8::try_from(slot + 1).ok()));
        }
        let judgement = if cells.blocked { Judgement::default() } else { judge(None, &self.row, &[], true) };
        for fault in judgement.faults.iter().filter(|fault| fault.code.level() == Level::Block) {
            let at = slot_columns(usize::from(fault.dose).saturating_sub(1)).date;
            cells.report(fault.code, Some(at), row.cell(at), fault.note.clone());
        }
        let (Some(number), false) = (number, cells.blocked) else { return false };
        if !self.row.is_empty() {
            self.row.iter().for_each(|dose| self.doses.taken(dose, &number));
            let doses = Doses::of(row.line, &self.row, judgement.faults, Vec::new());
            entries.push(Entry { number, person: PersonPart::Absent, doses: Some(doses) });
        }
        true
    }

    fn fresh_terms(&mut self) -> Vec<(u32, String)> {
        self.doses.words.take_fresh()
    }

    fn refused(&mut self, cells: &Cells, row: Row<'_>) {
        self.refused.extend(excerpt::number(row, 0, cells.encoding));
    }

    fn late(&mut self) -> Late {
        Late { refused_doses: std::mem::take(&mut self.refused), ..Late::default() }
    }

    fn finish(&mut self) -> std::io::Result<Late> {
        let (findings, lots) = self.doses.finish()?;
        Ok(Late { findings, lots, refused_doses: Vec::new() })
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
    lost: Lost,
    twins: Twins,
    findings: Vec<Finding>,
}

/// Refused rows around a group, so that a dose is not missed a second time.
#[derive(Default)]
struct Lost {
    rows: Vec<(Option<RegisterNumber>, Option<u8>)>,
    /// How many of them came before the group's last good row.
    before: usize,
}

impl Lost {
    /// Refused rows that are remembered: a group has a hundred doses at most.
    const MOST: usize = 128;

    /// A row of the person and dose was refused, as far as it can be read.
    fn refused(&mut self, number: Option<RegisterNumber>, dose: Option<u8>) {
        if self.rows.len() < Self::MOST {
            self.rows.push((number, dose));
        }
    }

    fn good(&mut self) {
        self.before = self.rows.len();
    }

    /// The numbers of the doses that a group's person has in refused rows, 0 for one that is not known. Rows after the group
    /// may be the next one's, too.
    fn of(&mut self, number: &RegisterNumber) -> Vec<u8> {
        let theirs = self.rows.iter().filter(|(person, _)| person.as_ref().is_none_or(|person| person == number));
        let lost = theirs.map(|(person, dose)| dose.filter(|_| person.is_some()).unwrap_or(0)).collect();
        self.rows.drain(..self.before);
        self.before = 0;
        lost
    }
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
                self.twins.taken(&number, &person, row.line);
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
        self.lost.good();
        true
    }

    fn refused(&mut self, cells: &Cells, row: Row<'_>) {
        let number = excerpt::number(row, self.people.number, cells.encoding);
        let dose = std::str::from_utf8(row.cell(self.dose_number)).ok().and_then(|dose| dose.parse().ok());
        self.lost.refused(number, dose);
    }

    fn end(&mut self, entries: &mut Vec<Entry>) {
        let Some(mut group) = self.group.take() else { return };
        let lost = self.lost.of(&group.number);
        let judgement = judge(Some(group.person.birth), &group.doses, &lost, false);
        group.doses.retain(|dose| !judgement.out.contains(&dose.key()));
        let mut faults = judgement.faults;
        let refused = faults.extract_if(.., |fault| fault.code.level() != Level::Eye);
        self.findings.extend(refused.map(|fault| fault.into_finding(&group.number)));
        group.doses.iter().for_each(|dose| self.doses.taken(dose, &group.number));
        if let Some(line) = group.doses.first().map(|dose| dose.line) {
            let doses = Doses::of(line, &group.doses, faults, lost);
            entries.push(Entry {
                number: group.number,
                person: PersonPart::Given(group.person, group.line),
                doses: Some(doses),
            });
        }
        group.doses.clear();
        self.spare = (group.cells, group.doses);
    }

    fn late(&mut self) -> Late {
        Late { findings: std::mem::take(&mut self.findings), ..Late::default() }
    }

    fn finish(&mut self) -> std::io::Result<Late> {
        let (mut findings, lots) = self.doses.finish()?;
        findings.append(&mut self.twins.finish(self.people.romanised())?);
        Ok(Late { findings, lots, refused_doses: Vec::new() })
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
