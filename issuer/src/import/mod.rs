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
mod excerpt;
mod fhir;
mod guess;
mod head;
pub(crate) mod headings;
mod join;
mod mapping;
mod origin;
mod passport;
mod people;
mod report;
pub(crate) mod rows;
pub(crate) mod table;
mod twins;

pub use encoding::Encoding;
pub use fhir::{FHIR_SYSTEMS, FhirOptions};
pub use guess::guess;
pub(crate) use headings::Field;
pub use mapping::{MappedLayout, Mapping, MappingError, MappingFault};

use crate::check::{Code, Diagnostic, Level};
use crate::register::{Mode, Register, RegisterError, Tally, Vocabulary, Writer};
use join::{Side, Work};
use report::{Again, FileReport, Lines};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::sync_channel;
use table::Table;
use tegata_certificate::Date;

/// A file to import.
pub struct Input {
    /// What findings call it.
    pub name: Arc<str>,
    /// Its bytes.
    pub reader: Box<dyn Read + Send>,
    /// Its length, where it is known beforehand.
    pub size: Option<u64>,
    /// Its encoding, if it is not to be detected.
    pub encoding: Option<Encoding>,
    /// How its columns are laid out, if not as we know them.
    pub mapping: Option<Box<Mapping>>,
    /// How many bytes of it were read; for a progress bar.
    pub progress: Arc<AtomicU64>,
    /// The same bytes, for looking up rows afterwards.
    source: Source,
}

/// Where a file's bytes can be read again.
#[derive(Clone)]
enum Source {
    /// From the open file, whatever has its name meanwhile.
    File(Arc<File>),
    Bytes(Arc<[u8]>),
}

impl Source {
    fn reader(&self) -> Box<dyn Read + Send> {
        match self {
            Self::File(file) => Box::new(FileReader { file: Arc::clone(file), at: 0 }),
            Self::Bytes(bytes) => Box::new(std::io::Cursor::new(bytes.clone())),
        }
    }
}

/// Reads an open file with a place of its own in it, so that several can read.
struct FileReader {
    file: Arc<File>,
    at: u64,
}

impl Read for FileReader {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        #[cfg(unix)]
        let read = std::os::unix::fs::FileExt::read_at(&*self.file, to, self.at)?;
        #[cfg(windows)]
        let read = std::os::windows::fs::FileExt::seek_read(&*self.file, to, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Input {
    /// Opens a file.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub fn open(path: &Path) -> Result<Self, ImportError> {
        let name: Arc<str> = Arc::from(path.to_string_lossy());
        let failed = |error| ImportError::Read { file: name.clone(), error };
        let mut file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(failed(std::io::ErrorKind::IsADirectory.into()));
        }
        let mut size = metadata.len();
        if !metadata.is_file() {
            // What comes through a pipe is laid into a file without a name: findings at the end look up rows again.
            let mut kept = tempfile::tempfile().map_err(|error| ImportError::Temporary { error })?;
            size = std::io::copy(&mut file, &mut kept).map_err(failed)?;
            file = kept;
        }
        Ok(Self::from_source(name, size, Source::File(Arc::new(file))))
    }

    /// Bytes that are in memory already.
    #[must_use]
    pub fn from_bytes(name: &str, bytes: Vec<u8>) -> Self {
        let size = bytes.len() as u64;
        Self::from_source(Arc::from(name), size, Source::Bytes(Arc::from(bytes)))
    }

    fn from_source(name: Arc<str>, size: u64, source: Source) -> Self {
        Self {
            name,
            reader: source.reader(),
            size: Some(size),
            encoding: None,
            mapping: None,
            progress: Arc::default(),
            source,
        }
    }

    /// Its bytes from the beginning.
    pub(crate) fn bytes(&self) -> Box<dyn Read + Send> {
        self.source.reader()
    }

    /// The same file from its beginning.
    pub(crate) fn again(&self) -> Self {
        Self {
            encoding: self.encoding,
            mapping: self.mapping.clone(),
            ..Self::from_source(self.name.clone(), self.size.unwrap_or(0), self.source.clone())
        }
    }
}

/// The files of one import.
pub enum Sources {
    /// A residents' file and a wide export of the Vaccination Record System, joined by register number;
    /// either alone joins with what the register has.
    Wide {
        /// One person a row, with headings.
        residents: Option<Input>,
        /// One person's doses a row.
        doses: Option<Input>,
    },
    /// Our long form: one dose a row, with the person.
    Long(Input),
    /// FHIR R4: bundles, or files with one resource a line; one after another, as if they were one.
    Fhir(Vec<Input>, FhirOptions),
}

impl Sources {
    /// A single file, in the layout that its mapping says; without a mapping, our long form.
    #[must_use]
    pub fn single(input: Input) -> Self {
        match input.mapping.as_ref().map(|mapping| (mapping.layout(), mapping.gives_people())) {
            None | Some((MappedLayout::Long, _)) => Self::Long(input),
            Some((MappedLayout::Residents, _) | (MappedLayout::Wide, true)) => {
                Self::Wide { residents: Some(input), doses: None }
            }
            Some((MappedLayout::Wide, false)) => Self::Wide { residents: None, doses: Some(input) },
        }
    }

    /// Whether each file's mapping is of the layout that it is given as.
    fn check(&self) -> Result<(), ImportError> {
        let is = |input: &Option<Input>, fits: fn(&Mapping) -> bool| match input {
            Some(Input { mapping: Some(mapping), name, .. }) if !fits(mapping) => {
                Err(ImportError::OtherLayout { file: name.clone(), layout: mapping.layout().name() })
            }
            _ => Ok(()),
        };
        match self {
            Self::Fhir(..) => Ok(()),
            Self::Long(input) => match &input.mapping {
                Some(mapping) if mapping.layout() != MappedLayout::Long => {
                    Err(ImportError::OtherLayout { file: input.name.clone(), layout: mapping.layout().name() })
                }
                _ => Ok(()),
            },
            Self::Wide { residents, doses: None } => {
                is(residents, |mapping| mapping.layout() != MappedLayout::Long && mapping.gives_people())
            }
            Self::Wide { residents, doses } => {
                is(residents, |mapping| mapping.layout() == MappedLayout::Residents)?;
                is(doses, |mapping| mapping.layout() == MappedLayout::Wide && !mapping.gives_people())
            }
        }
    }
}

impl Sources {
    /// The files.
    #[must_use]
    pub fn inputs(&self) -> Vec<&Input> {
        match self {
            Self::Long(rows) => vec![rows],
            Self::Wide { residents, doses } => residents.iter().chain(doses).collect(),
            Self::Fhir(files, _) => files.iter().collect(),
        }
    }
}

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

/// What an import did.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Summary {
    /// The files.
    pub files: Vec<FileSummary>,
    /// What changed in the register.
    pub changes: Tally,
    /// People of this import who get no certificate until a finding about them is confirmed.
    pub to_confirm: u64,
    /// Whether it was only tried: then nothing was changed.
    pub dry_run: bool,
}

impl Summary {
    /// How many rows were refused.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.files.iter().map(|file| file.refused).sum()
    }

    /// How many good rows wait for another row's correction.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.files.iter().map(|file| file.waiting).sum()
    }
}

/// What became of one file.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct FileSummary {
    /// `residents`, `doses` or `rows`.
    pub role: &'static str,
    /// Its name.
    pub file: String,
    /// The encoding it was read in.
    pub encoding: &'static str,
    /// Its length in bytes.
    pub bytes: u64,
    /// Rows, without the heading and blank lines.
    pub rows: u64,
    /// Rows refused.
    pub refused: u64,
    /// Good rows that wait for another row's correction.
    pub waiting: u64,
    /// How often each code was found.
    pub findings: BTreeMap<&'static str, u64>,
    /// Columns that nothing was taken from.
    pub unused_columns: Vec<String>,
}

impl FileSummary {
    fn count(&mut self, finding: &Diagnostic) {
        *self.findings.entry(finding.code.name()).or_default() += 1;
    }

    /// How many findings have that level.
    #[must_use]
    pub fn findings_of(&self, level: Level) -> u64 {
        let of_level = crate::check::Code::ALL.iter().filter(|code| code.level() == level);
        of_level.filter_map(|code| self.findings.get(code.name())).sum()
    }
}

/// Why an import could not be made. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{file} cannot be read: {error}; check its name and who may read it; nothing was imported")]
    Read {
        /// Which file.
        file: Arc<str>,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A file holds no row at all.
    #[error("{file} is empty: export it again; nothing was imported")]
    Empty {
        /// Which file.
        file: Arc<str>,
    },
    /// A file is in UTF-16.
    #[error("{file} is in UTF-16: save it as UTF-8 or Shift_JIS (CP932); nothing was imported")]
    Utf16 {
        /// Which file.
        file: Arc<str>,
    },
    /// The heading row lacks what the layout needs.
    #[error(
        "{file} has no column {missing}: give its first row these headings, and if they are there, name the encoding with --encoding; nothing was imported"
    )]
    MissingColumns {
        /// Which file.
        file: Arc<str>,
        /// The headings that are missing.
        missing: String,
    },
    /// A wide export was given as our long form.
    #[error(
        "{file} is a wide export without names: give it as --doses, together with --residents; nothing was imported"
    )]
    WideLayout {
        /// Which file.
        file: Arc<str>,
    },
    /// What was given as a wide export is none.
    #[error(
        "{file} is no wide export (address number, then 8 columns a dose): a file with one dose a row is imported without --doses; nothing was imported"
    )]
    NotWide {
        /// Which file.
        file: Arc<str>,
    },
    /// There is no room for what an import lays aside.
    #[error(
        "the folder for temporary files cannot be used: {error}; make room there, or name another in TMPDIR; nothing was imported"
    )]
    Temporary {
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A report on the import could not be written.
    #[error(
        "the report cannot be written: {error}; make room, or name another file with --report; nothing was imported"
    )]
    Report {
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A file's mapping is of another layout than the file is given as.
    #[error(
        "{file} is given with a mapping of the layout \"{layout}\", which does not fit: residents go to --residents, wide rows without names to --doses, all others are the only file; nothing was imported"
    )]
    OtherLayout {
        /// Which file.
        file: Arc<str>,
        /// The mapping's layout.
        layout: &'static str,
    },
    /// A file is no JSON.
    #[error(
        "{file}:{line}:{column}: the JSON cannot be read from here on; export the file again, whole and in UTF-8; nothing was imported"
    )]
    NotJson {
        /// Which file.
        file: Arc<str>,
        /// The line of the text, from 1.
        line: usize,
        /// The column of the text, from 1.
        column: usize,
    },
    /// A file is JSON, but no FHIR.
    #[error(
        "{file} is neither a FHIR bundle nor a file with one resource a line: export Patient and Immunization as FHIR R4 in JSON; nothing was imported"
    )]
    NotFhir {
        /// Which file.
        file: Arc<str>,
    },
    /// A bundle tells what was, not what is.
    #[error(
        "{file} is a history, with records that were changed or deleted since: export the current ones; nothing was imported"
    )]
    FhirHistory {
        /// Which file.
        file: Arc<str>,
    },
    /// An entry of a bundle is beyond the bound.
    #[error(
        "{file}: entry {entry} has more than {limit} bytes: leave pictures and documents out of the export; nothing was imported"
    )]
    FhirEntryTooLong {
        /// Which file.
        file: Arc<str>,
        /// Which entry, from 1.
        entry: u64,
        /// The most bytes an entry may have.
        limit: usize,
    },
    /// There are more patients than references can be resolved for.
    #[error("{file}: patients with more than {limit} addresses: import the files in parts; nothing was imported")]
    FhirTooMany {
        /// Which file.
        file: Arc<str>,
        /// The most addresses of patients.
        limit: usize,
    },
    /// A mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The register failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

/// How an import is made.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// The day after which no day of a record may lie.
    pub today: Date,
    /// Everything is done and undone again.
    pub dry_run: bool,
    /// Findings of [`Level::Eye`] that are confirmed at once.
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
        Some(mapping) => rows::read_mapped_wide(table, &mapping, today, words, import, to),
        None => rows::read_wide(table, today, words, import, to),
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
                rows::read_mapped_wide(table, mapping, today, words, import, to)
            }
            mapping if mode == Mode::SingleDoses => {
                rows::read_long(table, mapping.as_deref(), today, words, import, to)
            }
            mapping => rows::read_residents(table, mapping.as_deref(), today, to),
        }
    }
}

/// Tells the joining side why a file's thread ended; if that side is gone, it has an error of its own.
fn pass_on(read: Result<(), ImportError>, to: &rows::Sender) {
    if let Err(error) = read {
        let _ = to.send(Err(error));
    }
}
