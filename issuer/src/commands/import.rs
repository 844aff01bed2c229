//! `import`: files of a town hall into the register, with a finding for every row that is not right.

use super::register_arguments::RegisterArguments;
use super::terminal::Terminal;
use super::{EncodingName, LanguageName, whole_file};
use crate::error::{CommandError, Status};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tegata_certificate::Date;
use tegata_issuer::check::{Code, Diagnostic, Language, Level};
use tegata_issuer::report::{Reports, json_finding};
use tegata_issuer::{
    FhirOptions, ImportError, ImportOptions, Input, MappedLayout, Mapping, Register, Sink, Sources, Summary, guess,
    import_with,
};

/// Import residents and doses into the register.
///
/// Good rows go in; every bad row is refused with its file, line, column, reason and remedy. All of one
/// import goes in at once or not at all, and importing the same files again changes nothing.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer import --residents residents.csv --doses vrs.csv     (wide export of the Vaccination Record System)
  tegata-issuer import rows.csv                                      (one dose a row, with the person)
  tegata-issuer import --dry-run --ndjson rows.csv > findings.ndjson
  tegata-issuer import rows.csv --report faults.html --report faults.csv
  tegata-issuer import --guess vendor.csv --out vendor.toml          (how another system's file may be laid out)
  tegata-issuer import --mapping vendor.toml vendor.csv              (read it so, once the mapping was looked at)
  tegata-issuer import --fhir bundle.json                            (FHIR R4: Patient and Immunization, JP Core)
  tegata-issuer import --fhir Patient.ndjson --fhir Immunization.ndjson

Headings of rows.csv: resident_id, name, birth_date, dose_no, vaccinated_on, maker or product_code; and where known
name_kana, name_romaji, sex, passport_no, nationality, passport_mrz, shield_flag, ticket_no, municipality_code, lot,
site, doctor. The passport's machine-readable zone gives romanised name, number and nationality at once.
Their Japanese names are understood too. Comma, semicolon or tab; UTF-8, CP932 or EUC-JP.

Findings whose number begins with W hold the person: no certificate until `tegata-issuer confirm`, or --accept here.
`tegata-issuer explain NUMBER` tells more of any finding.

Exit status: 0 every row is in; 1 some rows were refused or wait, or people are held; 2 wrong arguments; 3 a file is not in the layout;
5 a file, the register or the disk failed. Where the status is 2, 3 or 5, nothing was imported.")]
pub struct Arguments {
    /// A file with one dose a row
    #[arg(value_name = "FILE", conflicts_with_all = ["residents", "doses", "fhir"], required_unless_present_any = ["residents", "doses", "fhir"])]
    rows: Option<PathBuf>,
    /// The residents' file
    #[arg(long, value_name = "FILE")]
    residents: Option<PathBuf>,
    /// The wide export of the Vaccination Record System; its people come from --residents or the register
    #[arg(long, value_name = "FILE")]
    doses: Option<PathBuf>,
    /// A FHIR R4 bundle, or a file with one resource a line; give several to read them as one
    #[arg(long, value_name = "FILE", conflicts_with_all = ["residents", "doses", "mapping", "encoding"])]
    fhir: Vec<PathBuf>,
    /// The identifier system whose values are register numbers [default: ours, and JP Core's of patients]
    #[arg(long, value_name = "URI")]
    fhir_identifier_system: Option<String>,
    /// How the columns are laid out: a mapping file, or one of ch and divoc; a second one for the second file
    #[arg(long, value_name = "FILE")]
    mapping: Vec<PathBuf>,
    /// Import nothing: propose a mapping for FILE, as TOML
    #[arg(long, requires = "rows", conflicts_with_all = ["mapping", "dry_run", "json", "ndjson", "reports", "accept"])]
    guess: bool,
    /// Write the proposed mapping there
    #[arg(long, value_name = "FILE", requires = "guess")]
    out: Option<PathBuf>,
    #[command(flatten)]
    register: RegisterArguments,
    /// The files' encoding, if it is not to be detected
    #[arg(long, value_enum)]
    encoding: Option<EncodingName>,
    /// Confirm every finding of this import with that number or name, which must be one that can be confirmed
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = acceptable)]
    accept: Vec<Code>,
    /// The register numbers are none of My Number, though some of twelve digits look like one (one in ten does)
    #[arg(long)]
    numbers_checked: bool,
    /// Check only; the register stays as it is
    #[arg(long)]
    dry_run: bool,
    /// The day after which no date may lie [default: today in Japan]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    today: Option<Date>,
    /// Write a report: .html to read, .ndjson for programs, .csv for the file itself with columns added; may be given several times
    #[arg(long = "report", value_name = "FILE")]
    reports: Vec<PathBuf>,
    /// Show at most so many findings of each level; 0 shows all
    #[arg(long, default_value_t = 100, value_name = "N")]
    show: u64,
    /// The findings' language [default: the locale's]
    #[arg(long, value_enum)]
    lang: Option<LanguageName>,
    /// Answer with one JSON document: every finding, and the summary
    #[arg(long, conflicts_with = "ndjson")]
    json: bool,
    /// Answer with one JSON document a line: every finding as it is made, then the summary
    #[arg(long)]
    ndjson: bool,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "not a day, YYYY-MM-DD".to_owned())
}

fn acceptable(text: &str) -> Result<Code, String> {
    match super::parse_code(text)? {
        code if code.level() == Level::Eye => Ok(code),
        code if code.level() == Level::Block => {
            Err(format!("{} cannot be confirmed: its rows have to be corrected", code.label()))
        }
        code => Err(format!("{} needs no confirmation", code.label())),
    }
}

/// Imports.
pub fn run(arguments: Arguments) -> Result<Status, CommandError> {
    if let (true, Some(rows)) = (arguments.guess, &arguments.rows) {
        let mut input = Input::open(rows)?;
        input.encoding = arguments.encoding.map(Into::into);
        let mapping = guess(input, arguments.today.unwrap_or_else(super::today))?;
        match &arguments.out {
            Some(path) => whole_file(path, |out| Ok(out.write_all(mapping.as_bytes())?))?,
            None => std::io::stdout().write_all(mapping.as_bytes())?,
        }
        return Ok(Status::Done);
    }
    let sources = sources(&arguments)?;
    let language = LanguageName::or_locale(arguments.lang);
    let reports = Reports::begin(&arguments.reports, &sources, language)?;
    let progress = Progress::begin(&sources);
    let form = match (arguments.json, arguments.ndjson) {
        (true, _) => Form::Json,
        (_, true) => Form::Ndjson,
        _ => Form::Text(Box::new(Terminal::new(language)), language),
    };
    let mut report = Report::new(form, arguments.show, reports);
    let today = arguments.today.unwrap_or_else(super::today);
    let mut register = Register::open_or_create(arguments.register.location())?;
    let options = ImportOptions { today, dry_run: arguments.dry_run, accept: arguments.accept };
    let imported = import_with(&mut register, sources, &options, &mut report);
    drop(progress);
    // A register that was begun for nothing goes again; one that another process filled meanwhile stays.
    let empty =
        register.is_begun() && register.status().is_ok_and(|status| status.people == 0 && status.imports.is_empty());
    // Also after a failure, so that what was begun is undone now and not by the next command.
    let closed = if empty { register.discard() } else { register.close() };
    let summary = imported?;
    closed?;
    report.finish(&summary)?;
    Ok(if summary.refused() + summary.waiting() + summary.to_confirm > 0 { Status::RowsRefused } else { Status::Done })
}

/// The files, each with its mapping if there is one.
fn sources(arguments: &Arguments) -> Result<Sources, CommandError> {
    let mut mappings: Vec<Mapping> = arguments
        .mapping
        .iter()
        .map(|path| Mapping::open(path))
        .collect::<Result<_, _>>()
        .map_err(ImportError::from)?;
    let open = |path: &PathBuf| -> Result<Input, CommandError> {
        let mut input = Input::open(path)?;
        input.encoding = arguments.encoding.map(Into::into);
        input.own_numbers = arguments.numbers_checked;
        Ok(input)
    };
    let mut take = |fits: fn(MappedLayout) -> bool| {
        mappings.iter().position(|mapping| fits(mapping.layout())).map(|at| mappings.remove(at))
    };
    let sources = if let Some(rows) = &arguments.rows {
        let mut input = open(rows)?;
        input.mapping = take(|_| true).map(Box::new);
        if input.mapping.is_none() && arguments.encoding.is_none() && is_fhir(&mut input)? {
            Sources::Fhir(vec![input], fhir_options(arguments))
        } else {
            Sources::single(input)
        }
    } else if arguments.fhir.is_empty() {
        let mut residents = arguments.residents.as_ref().map(open).transpose()?;
        let mut doses = arguments.doses.as_ref().map(open).transpose()?;
        if let Some(input) = &mut residents {
            input.mapping = take(|layout| layout == MappedLayout::Residents).map(Box::new);
        }
        if let Some(input) = &mut doses {
            input.mapping = take(|layout| layout == MappedLayout::Wide).map(Box::new);
        }
        Sources::Wide { residents, doses }
    } else {
        Sources::Fhir(arguments.fhir.iter().map(open).collect::<Result<_, _>>()?, fhir_options(arguments))
    };
    match mappings.first() {
        Some(mapping) => Err(CommandError::IdleMapping { layout: mapping.layout().name() }),
        None => Ok(sources),
    }
}

fn fhir_options(arguments: &Arguments) -> FhirOptions {
    FhirOptions { identifier_system: arguments.fhir_identifier_system.clone() }
}

/// Whether a file begins as a JSON object does; a table's first cell does not. What was read of it goes before the rest.
fn is_fhir(input: &mut Input) -> Result<bool, CommandError> {
    let mut begun = vec![0; 4096];
    let mut length = 0;
    loop {
        let room = begun.get_mut(length..).unwrap_or_default();
        match input.reader.read(room) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(ImportError::Read { file: input.name.clone(), error }.into()),
        }
    }
    begun.truncate(length);
    let text = begun.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&begun).trim_ascii_start();
    let object = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let is_fhir = object.is_some_and(|members| members.starts_with(b"\""));
    let rest = std::mem::replace(&mut input.reader, Box::new(std::io::empty()));
    input.reader = Box::new(std::io::Cursor::new(begun).chain(rest));
    Ok(is_fhir)
}

enum Form {
    Text(Box<Terminal>, Language),
    Json,
    Ndjson,
}

/// Writes findings as they come. An error in writing stops the writing, not the import, and is told at its end.
struct Report {
    form: Form,
    show: u64,
    shown: [u64; 3],
    out: std::io::BufWriter<std::io::Stdout>,
    failed: Option<std::io::Error>,
    first: bool,
    reports: Reports,
}

impl Report {
    fn new(form: Form, show: u64, reports: Reports) -> Self {
        let out = std::io::BufWriter::new(std::io::stdout());
        Self { form, show, shown: [0; 3], out, failed: None, first: true, reports }
    }

    fn write(&mut self, finding: &Diagnostic) -> std::io::Result<()> {
        match &self.form {
            Form::Text(terminal, _) => {
                let shown = &mut self.shown[finding.code.level() as usize];
                *shown += 1;
                if self.show > 0 && *shown > self.show {
                    return Ok(());
                }
                let text = terminal.draw(finding).map_err(std::io::Error::other)?;
                self.out.write_all(text.as_bytes())
            }
            Form::Ndjson => {
                serde_json::to_writer(&mut self.out, &json_finding(finding))?;
                self.out.write_all(b"\n")
            }
            Form::Json => {
                self.out.write_all(if self.first {
                    b"{\"report\":\"tegata-import/1\",\"findings\":["
                } else {
                    b","
                })?;
                self.first = false;
                Ok(serde_json::to_writer(&mut self.out, &json_finding(finding))?)
            }
        }
    }

    fn finish(mut self, summary: &Summary) -> Result<(), CommandError> {
        self.reports.finish()?;
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        match self.form {
            Form::Text(_, language) => {
                for (level, shown) in Level::ALL.into_iter().zip(self.shown) {
                    if self.show > 0 && shown > self.show {
                        writeln!(self.out, "{}: {} more (--show 0, --ndjson)\n", level.name(), shown - self.show)?;
                    }
                }
                write_summary(&mut self.out, summary, language)?;
            }
            Form::Ndjson => writeln!(self.out, "{}", serde_json::json!({ "summary": summary }))?,
            Form::Json => {
                if self.first {
                    self.out.write_all(b"{\"report\":\"tegata-import/1\",\"findings\":[")?;
                }
                writeln!(
                    self.out,
                    "],\"summary\":{}}}",
                    serde_json::to_string(summary).map_err(std::io::Error::from)?
                )?;
            }
        }
        Ok(self.out.flush()?)
    }
}

impl Sink for Report {
    fn finding(&mut self, finding: &Diagnostic) {
        if self.failed.is_none() {
            self.failed = self.write(finding).err();
        }
        self.reports.finding(finding);
    }

    fn complete(&mut self, summary: &Summary) -> std::io::Result<()> {
        self.reports.complete(summary)
    }
}

fn write_summary(out: &mut impl Write, summary: &Summary, language: Language) -> std::io::Result<()> {
    let ja = language == Language::Ja;
    for file in &summary.files {
        let (rows, refused, waiting) = (file.rows, file.refused, file.waiting);
        let good = rows - refused - waiting;
        if ja {
            writeln!(
                out,
                "{}（{}）: {rows}行のうち{good}行を取り込み、{refused}行を拒否、{waiting}行が待ち",
                file.file, file.encoding
            )?;
        } else {
            writeln!(
                out,
                "{} ({}): {rows} rows, {good} taken, {refused} refused, {waiting} waiting",
                file.file, file.encoding
            )?;
        }
        if !file.unused_columns.is_empty() {
            let unused = file.unused_columns.join(", ");
            writeln!(out, "    {} {unused}", if ja { "使わなかった列:" } else { "columns not used:" })?;
        }
    }
    let c = &summary.changes;
    if ja {
        writeln!(out, "人: 新規{}、更新{}、変更なし{}", c.people_inserted, c.people_updated, c.people_unchanged)?;
        writeln!(
            out,
            "接種: 新規{}、更新{}、変更なし{}、削除{}",
            c.doses_inserted, c.doses_updated, c.doses_unchanged, c.doses_removed
        )?;
    } else {
        writeln!(
            out,
            "people: {} new, {} updated, {} unchanged",
            c.people_inserted, c.people_updated, c.people_unchanged
        )?;
        writeln!(
            out,
            "doses: {} new, {} updated, {} unchanged, {} removed",
            c.doses_inserted, c.doses_updated, c.doses_unchanged, c.doses_removed
        )?;
    }
    match (summary.to_confirm, ja) {
        (0, _) => {}
        (held, true) => writeln!(out, "確認待ち: {held}人（tegata-issuer confirm --list）")?,
        (held, false) => writeln!(out, "held until confirmed: {held} people (tegata-issuer confirm --list)")?,
    }
    match (summary.dry_run, ja) {
        (true, true) => writeln!(out, "確認のみ: 登録簿は変わっていません"),
        (true, false) => writeln!(out, "dry run: the register is as it was"),
        (false, _) => Ok(()),
    }
}

/// A bar on the terminal's error stream, moved by a thread that looks at how much was read.
struct Progress {
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Progress {
    fn begin(sources: &Sources) -> Self {
        let inputs = sources.inputs();
        let stop = Arc::new(AtomicBool::new(false));
        let total: Option<u64> = inputs.iter().map(|input| input.size).sum();
        if !std::io::stderr().is_terminal() {
            return Self { stop, thread: None };
        }
        let read: Vec<Arc<AtomicU64>> = inputs.iter().map(|input| input.progress.clone()).collect();
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
            if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {eta}") {
                bar.set_style(style);
            }
            while !stopped.load(Ordering::Relaxed) {
                bar.set_position(read.iter().map(|bytes| bytes.load(Ordering::Relaxed)).sum());
                std::thread::park_timeout(Duration::from_millis(100));
            }
            bar.finish_and_clear();
        });
        Self { stop, thread: Some(thread) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A bar that panicked is no reason to lose the import's answer.
            let _ = thread.join();
        }
    }
}
