//! Import: files of a town hall in, a checked register out.
//!
//! A file is read on a thread of its own (split, decoded, checked cell by cell), joined and written on
//! the caller's. Good rows go in, bad rows are refused one by one with a finding each; all of one import
//! is one transaction.

mod ahead;
mod cells;
mod coupon;
mod day;
mod doses;
mod encoding;
mod error;
mod excerpt;
mod fhir;
mod guess;
mod head;
pub(crate) mod headings;
mod input;
mod join;
pub(crate) mod long;
mod mapping;
pub(crate) mod my_number;
mod origin;
mod passport;
mod people;
mod report;
pub(crate) mod residents;
pub(crate) mod rows;
mod scope;
mod sources;
mod summary;
pub(crate) mod table;
mod twins;
pub(crate) mod vrs;

pub(crate) use day::typed_day;
pub use encoding::Encoding;
pub use error::ImportError;
pub use fhir::{FHIR_SYSTEMS, FhirOptions};
pub use guess::guess;
pub(crate) use headings::Field;
pub use input::Input;
pub use mapping::{MappedLayout, Mapping, MappingError, MappingFault};
pub(crate) use scope::Scope;
pub use sources::Sources;
pub use summary::{FileSummary, Summary};

use crate::check::{Code, Diagnostic};
use crate::register::{Mode, Register, Vocabulary, Writer};
use join::{Side, Work};
use report::{Again, FileReport, Lines};
use std::sync::mpsc::sync_channel;
pub(crate) use table::{Next, Table};
use tegata_certificate::Date;

/// Takes findings as they are made, file by file in the order of their rows, then those of the join.
pub trait Sink {
    /// Takes one.
    fn finding(&mut self, finding: &Diagnostic);

    /// Hears that everything was found, before it is made permanent.
    ///
    /// # Errors
    /// If the import must not be made permanent: what it is to be reported in cannot be written.
    fn complete(&mut self, _summary: &Summary) -> std::io::Result<()> {
        Ok(())
    }
}

impl<F: FnMut(&Diagnostic)> Sink for F {
    fn finding(&mut self, finding: &Diagnostic) {
        self(finding);
    }
}

/// How an import is made.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The day after which no day of a record may lie.
    pub today: Date,
    /// Everything is done and undone again.
    pub dry_run: bool,
    /// Findings of [`Level::Eye`](crate::check::Level::Eye) that are confirmed at once.
    pub accept: Vec<Code>,
}

/// How many batches a thread may be ahead.
const AHEAD: usize = 4;

/// Imports files into a register, all or nothing; bad rows are findings, not errors. With `dry_run`
/// everything is done and undone. `today` is the day after which no day of a record may lie.
///
/// # Errors
/// If a file cannot be read as what it should be, or the register fails. The register is as before then.
pub fn import(
    register: &mut Register,
    sources: Sources,
    today: Date,
    dry_run: bool,
    sink: &mut dyn Sink,
) -> Result<Summary, ImportError> {
    import_with(register, sources, &ImportOptions { today, dry_run, accept: Vec::new() }, sink)
}

/// Imports as [`import()`] does, with all its options.
///
/// # Errors
/// As [`import()`].
pub fn import_with(
    register: &mut Register,
    sources: Sources,
    options: &ImportOptions,
    sink: &mut dyn Sink,
) -> Result<Summary, ImportError> {
    import_within(register, sources, options, None, sink)
}

/// Imports for somebody who may write the people of some municipalities only: a row about anybody else undoes it all.
///
/// # Errors
/// As [`import()`], and [`ImportError::Outside`].
pub(crate) fn import_within(
    register: &mut Register,
    sources: Sources,
    options: &ImportOptions,
    scope: Option<Scope>,
    sink: &mut dyn Sink,
) -> Result<Summary, ImportError> {
    let ImportOptions { today, dry_run, ref accept } = *options;
    sources.check()?;
    let (mode, people, doses) = match sources {
        Sources::Wide { residents, doses } => (Mode::WholeSeries, residents.map(Reader::open).transpose()?, doses),
        Sources::Long(rows) => (Mode::SingleDoses, Some(Reader::open(rows)?), None),
        Sources::Fhir(files, options) => (Mode::SingleDoses, Some(Reader::Fhir(files, options)), None),
    };
    let doses = doses.map(open).transpose()?;
    let both = people.is_some() && doses.is_some();
    let (mut writer, words) = Writer::begin(register, mode, (accept, &today.to_string()))?;
    writer.keep_within(scope);
    let (import, sealer) = (writer.import(), writer.sealer());
    let mut files = Vec::new();
    std::thread::scope(|threads| {
        let mut words = Some(words);
        let people = people.map(|reader| {
            let (sender, receiver) = sync_channel(AHEAD);
            let gives_doses = mode == Mode::SingleDoses || reader.gives_doses();
            let words = if gives_doses { words.take() } else { None }.unwrap_or_default();
            let role = if gives_doses { "rows" } else { "residents" };
            let again = reader.again().into_iter().enumerate();
            files.extend(again.map(|(at, again)| FileReport::new(Side::People, role, at, again)));
            threads.spawn(move || pass_on(reader.read(mode, today, words, import, &sender), &sender));
            receiver
        });
        let doses = doses.map(|(table, later)| {
            let (sender, receiver) = sync_channel(AHEAD);
            let words = words.take().unwrap_or_default();
            files.push(FileReport::new(Side::Doses, "doses", 0, Again::Table(Box::new(later))));
            threads.spawn(move || pass_on(read_doses(table, today, words, import, &sender), &sender));
            receiver
        });
        let (sender, work) = sync_channel(AHEAD);
        threads.spawn(move || join::join(people, doses, &sealer, &sender));
        for work in work {
            match work? {
                Work::Read(side, mut batch) => {
                    let late = std::mem::take(&mut batch.late.findings);
                    if let Some(file) = files.iter_mut().filter(|file| file.side == side).nth(batch.file) {
                        file.read(*batch, &mut writer, sink)?;
                    }
                    report::take_findings(&mut files, late);
                }
                Work::People(people) => writer.people(people)?,
                Work::Rest(entries) => writer.rest(entries)?,
                Work::Found(found) => report::take_findings(&mut files, found),
            }
            report::take_findings(&mut files, writer.take_findings());
            if files.iter().any(FileReport::is_full) {
                let lines = Lines::of(&files);
                for file in files.iter_mut().filter(|file| file.is_full()) {
                    file.finish(&lines, &mut writer, sink)?;
                }
            }
        }
        writer.join_rest()?;
        if let Some(lines) = writer.outside() {
            return Err(ImportError::Outside { lines });
        }
        writer.check_dispersed()?;
        let lines = Lines::of(&files);
        if files.iter().any(|file| file.side == Side::People) {
            writer.find_twins(&|line| lines.place(Side::People, line))?;
        }
        if both {
            writer.find_people_without_doses()?;
        }
        report::take_findings(&mut files, writer.take_findings());
        for file in &mut files {
            file.finish(&lines, &mut writer, sink)?;
        }
        let (changes, to_confirm) = (writer.tally(), writer.held_people()?);
        let summary =
            Summary { files: files.iter().map(|file| file.summary.clone()).collect(), changes, to_confirm, dry_run };
        sink.complete(&summary).map_err(|error| ImportError::Report { error })?;
        if !dry_run {
            let entries: Vec<_> = files.iter().map(FileReport::journal_entry).collect();
            writer.commit(&today.to_string(), &entries)?;
        }
        Ok(summary)
    })
}

/// Reads a file of doses, as the Vaccination Record System exports them or as a mapping says.
fn read_doses(
    mut table: Table,
    today: Date,
    words: Vocabulary,
    import: u64,
    to: &rows::Sender,
) -> Result<(), ImportError> {
    match table.mapping.take() {
        Some(mapping) => mapping::read_wide(table, &mapping, today, words, import, to),
        None => vrs::read_wide(table, today, words, import, to),
    }
}

/// Opens a table, and the file once more for the end, when findings look up their rows.
fn open(input: Input) -> Result<(Table, Input), ImportError> {
    let mut later = input.again();
    let table = Table::open(input)?;
    later.encoding = Some(table.encoding);
    Ok((table, later))
}

/// What gives people, and their doses if the layout has both.
enum Reader {
    Table(Box<Table>, Box<Input>),
    Fhir(Vec<Input>, FhirOptions),
}

impl Reader {
    fn open(input: Input) -> Result<Self, ImportError> {
        open(input).map(|(table, later)| Self::Table(Box::new(table), Box::new(later)))
    }

    /// Whether one row gives all doses of its person.
    fn gives_doses(&self) -> bool {
        let wide = |table: &Table| table.mapping.as_ref().is_some_and(|m| m.layout() == MappedLayout::Wide);
        matches!(self, Self::Table(table, _) if wide(table))
    }

    /// The files, for their reports.
    fn again(&self) -> Vec<Again> {
        match self {
            Self::Table(_, later) => vec![Again::Table(Box::new(later.again()))],
            Self::Fhir(files, _) => files.iter().map(|file| Again::Never(file.name.clone())).collect(),
        }
    }

    /// Reads to the end, or until nobody listens.
    fn read(
        self,
        mode: Mode,
        today: Date,
        words: Vocabulary,
        import: u64,
        to: &rows::Sender,
    ) -> Result<(), ImportError> {
        let mut table = match self {
            Self::Fhir(files, options) => return fhir::read(files, &options, today, words, import, to),
            Self::Table(table, _) => *table,
        };
        let mapping = table.mapping.take();
        match &mapping {
            Some(mapping) if mapping.layout() == MappedLayout::Wide => {
                mapping::read_wide(table, mapping, today, words, import, to)
            }
            mapping if mode == Mode::SingleDoses => {
                long::read_long(table, mapping.as_deref(), today, words, import, to)
            }
            mapping => residents::read_residents(table, mapping.as_deref(), today, to),
        }
    }
}

/// Tells the joining side why a file's thread ended; if that side is gone, it has an error of its own.
fn pass_on(read: Result<(), ImportError>, to: &rows::Sender) {
    if let Err(error) = read {
        let _ = to.send(Err(error));
    }
}
