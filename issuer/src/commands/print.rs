//! `tegata-issuer print`: from records of the register to paper.

use super::issue::{IssueFailure, tell_left_out, warn};
use super::letters::WayName;
use super::lists;
use super::progress::progress_bar;
use super::register_arguments::RegisterArguments;
use super::signing::SigningArguments;
use crate::error::Status;
use clap::{Args, ValueEnum};
use std::collections::BTreeMap;
use std::io::Write;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_issuer::issue::IssueError;
use tegata_issuer::paper::{
    AddressError, Addresses, Fonts, HELD_BACK, PRINT_MANIFEST, PaperError, PaperKind, Press, PrintChoice, PrintEnd,
    PrintError, PrintOrder, Templates, print,
};
use tegata_issuer::{ActPurpose, Register, RegisterError, RegisterNumber, Way};

const EXAMPLES: &str = "\
Examples:
  tegata-issuer print --all --kind letter --addresses addresses.csv --key office \\
      --trust bundle.cbor --root SHA256 --out letters
  tegata-issuer print --due --addresses addresses.csv --key office --trust bundle.cbor --root SHA256 --out letters
  tegata-issuer print --person 4711 --kind kiosk --key office --trust bundle.cbor --root SHA256 --out sheet
  tegata-issuer print-templates templates      # then edit them, and print with --templates templates

Files have 500 pages (PDF/A-3a, PDF/UA-1), in the order of postcodes. Each is called unreleased-0001.pdf until every code
on it was read back, at 150 dots an inch and at nine tenths of the size; then print-0001.pdf. manifest.csv tells which
page is which certificate, and is there once all is released. held-back.csv tells what was not printed, and why: no font
has a character, no address, a shielded address.

The same command again goes on where it was stopped, with the same certificates. With --due each run prints what is due
then, into files behind those of the folder; a paper is due until a file with it was released, and printed once.

Somebody whose address is shielded is printed with --include-shielded where a second person has approved it, once each:
tegata-issuer approvals ask --for print-protected --person 4711 --why '...'

Exit status: 0 done; 1 done, but some were held back or not released; 2 usage; 3 nobody has that number, a paper is not to be
printed, or a template, font or address file is not suitable; 4 trust list or key refused; 5 a file cannot be read or written; 6 no passphrase, or
a wrong one.";

/// Print certificates as letters, kiosk sheets or cards: PDF files of 500 pages whose every code was read back
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    register: RegisterArguments,
    #[command(flatten)]
    signing: SigningArguments,
    /// The kind of paper
    #[arg(long, value_enum, value_name = "KIND", default_value = "letter")]
    kind: KindName,
    /// The papers that are due (tegata-issuer letters): for letters those to be posted, else those for the counter
    #[arg(long, conflicts_with_all = ["all", "people", "from_file", "papers", "formats", "purpose", "valid_for"])]
    due: bool,
    /// Which way the papers that are due go
    #[arg(long, value_enum, value_name = "WAY", requires = "due", conflicts_with_all = ["all", "people", "from_file", "papers"])]
    way: Option<WayName>,
    /// Number of a paper, printed before or not; may be given several times
    #[arg(long = "paper", value_name = "N", conflicts_with_all = ["all", "people", "from_file", "formats", "purpose", "valid_for"])]
    papers: Vec<u64>,
    /// Everyone in the register with a dose
    #[arg(long, conflicts_with_all = ["people", "from_file"], required_unless_present_any = ["people", "from_file", "due", "papers"])]
    all: bool,
    /// Number of a person in the register; may be given several times
    #[arg(long = "person", value_name = "NUMBER", value_parser = super::parse_number)]
    people: Vec<RegisterNumber>,
    /// A file of numbers, one a line
    #[arg(long, value_name = "FILE")]
    from_file: Option<PathBuf>,
    /// Where letters go: a CSV file with resident_id, postcode and address (宛名番号, 郵便番号, 住所)
    #[arg(long, value_name = "FILE")]
    addresses: Option<PathBuf>,
    /// Print for people too whose address is shielded (DV等支援措置), where a second person has approved it
    #[arg(long)]
    include_shielded: bool,
    /// Address of a page that checks codes, to be printed
    #[arg(long, value_name = "URL", value_parser = parse_verifier)]
    verifier: Option<String>,
    /// What it is printed for, in a few words for the audit, without names and numbers
    #[arg(long, value_name = "TEXT", value_parser = parse_purpose)]
    why: Option<ActPurpose>,
    /// Folder of fonts that go before those for Japanese of the system; may be given several times
    #[arg(long, value_name = "DIR")]
    fonts: Vec<PathBuf>,
    /// Folder of templates [default: those of this program]
    #[arg(long, value_name = "DIR")]
    templates: Option<PathBuf>,
    /// Folder for the print files
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// How many files are made at once [default: one for each core]
    #[arg(long, value_name = "N")]
    workers: Option<NonZero<usize>>,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Write the templates of letters, kiosk sheets and cards into a folder, to be edited there
#[derive(Args)]
#[command(after_help = "Example:
  tegata-issuer print-templates templates      # edit them, then: tegata-issuer print --templates templates …

What is there is not written over.

Exit status: 0 done; 2 usage; 5 a file cannot be written.")]
pub struct TemplatesArguments {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the templates.
///
/// # Errors
/// [`PrintFailure`].
pub fn templates(args: &TemplatesArguments, out: &mut dyn Write) -> Result<Status, PrintFailure> {
    for path in Templates::write_built_in(&args.folder)? {
        writeln!(out, "{}", path.display())?;
    }
    Ok(Status::Done)
}

/// Kinds of paper.
#[derive(Clone, Copy, ValueEnum)]
enum KindName {
    /// A4 in three folds, for envelopes with a window (長形3号)
    Letter,
    /// A4 without an address
    Kiosk,
    /// A card to cut out and fold
    Card,
}

impl From<KindName> for PaperKind {
    fn from(name: KindName) -> Self {
        match name {
            KindName::Letter => Self::Letter,
            KindName::Kiosk => Self::Kiosk,
            KindName::Card => Self::Card,
        }
    }
}

fn parse_verifier(text: &str) -> Result<String, String> {
    let plain = text.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
    let plain = plain && text.len() <= 120 && text.bytes().all(|byte| byte.is_ascii_graphic());
    plain.then(|| text.to_owned()).ok_or_else(|| "an address is https://… of at most 120 characters".to_owned())
}

fn parse_purpose(text: &str) -> Result<ActPurpose, String> {
    ActPurpose::parse(text).map_err(|error| error.to_string())
}

/// Why nothing, or not everything, was printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintFailure {
    /// Keys, lists or issuing.
    #[error(transparent)]
    Issue(#[from] IssueFailure),
    /// Printing.
    #[error(transparent)]
    Print(#[from] PrintError),
    /// Templates, fonts, files.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// Addresses.
    #[error(transparent)]
    Addresses(#[from] AddressError),
    /// A file of numbers without a number.
    #[error("{} names nobody: it has a number of a person a line", .0.display())]
    Nobody(PathBuf),
    /// Letters without addresses.
    #[error("letters need addresses: name a file with --addresses, or print a kiosk sheet with --kind kiosk")]
    NoAddresses,
    /// A line of a file that is no number.
    #[error("{}, line {line}: that is no number of a person; a number has 1 to 20 letters, digits and hyphens", file.display())]
    Number {
        /// The file.
        file: PathBuf,
        /// The line.
        line: usize,
    },
    /// The answer.
    #[error("the answer cannot be written: {0}; make room, or send it elsewhere")]
    Output(#[from] std::io::Error),
}

impl From<RegisterError> for PrintFailure {
    fn from(error: RegisterError) -> Self {
        Self::Issue(error.into())
    }
}

impl PrintFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::Issue(failure) => failure.status(),
            Self::Print(PrintError::Issue(error)) => match error {
                IssueError::NobodyThere => Status::Unsuitable,
                IssueError::NoKey(_) | IssueError::Exhausted | IssueError::Restored => Status::TrustRefused,
                _ => Status::Failed,
            },
            Self::Print(PrintError::Paper(error)) | Self::Paper(error) => match error {
                PaperError::Read { .. } | PaperError::WriteTemplate { .. } => Status::Failed,
                _ => Status::Unsuitable,
            },
            Self::Print(PrintError::OtherOrder(_) | PrintError::Letter(_) | PrintError::Meanwhile(_)) => {
                Status::Unsuitable
            }
            Self::Print(_) | Self::Output(_) => Status::Failed,
            Self::Addresses(_) | Self::Nobody(_) | Self::NoAddresses | Self::Number { .. } => Status::Unsuitable,
        }
    }
}

/// Prints.
///
/// # Errors
/// [`PrintFailure`].
pub fn run(args: &Arguments, now: UnixTime, out: &mut dyn Write) -> Result<Status, PrintFailure> {
    let (signing, folder) = (&args.signing, args.out.as_path());
    let order = order(args)?;
    // All that may be unsuitable first: a passphrase is not asked for in vain.
    let templates = args.templates.as_deref().map_or_else(|| Ok(Templates::built_in()), Templates::read)?;
    let press = Press::new(templates, Fonts::find(&args.fonts)?);
    let state = lists::load(&signing.trust, &signing.root, now).map_err(IssueFailure::from)?;
    let mut register = Register::open(args.register.location())?;
    let open = signing.open()?;
    let keys = signing.keys(&open, &state, now)?;
    let (plan, without_key) = signing.plan(&keys, Vec::new())?;
    let bar = progress_bar(match &order.choice {
        PrintChoice::People(people) => people.len() as u64,
        PrintChoice::Papers(papers) => papers.len() as u64,
        PrintChoice::Everyone | PrintChoice::Due(_) => 0,
    });
    let end = print(&press, &mut register, (&keys, &plan), &order, (folder, now), &|pages| bar.inc(pages));
    bar.finish_and_clear();
    let end = end?;
    warn(&end.issuance.closed_ranges);
    if !args.json {
        tell_left_out(&without_key, out)?;
    }
    tell(args, &end, folder, out)?;
    register.close()?;
    let whole = end.held.is_empty() && end.unreleased.is_empty();
    Ok(if whole { Status::Done } else { Status::RowsRefused })
}

fn order(args: &Arguments) -> Result<PrintOrder, PrintFailure> {
    let mut people = args.people.clone();
    if let Some(file) = &args.from_file {
        people.extend(numbers(file)?);
        if people.is_empty() {
            return Err(PrintFailure::Nobody(file.clone()));
        }
    }
    let kind = PaperKind::from(args.kind);
    let addresses = match &args.addresses {
        Some(file) => Addresses::read(file)?,
        None if kind == PaperKind::Letter => return Err(PrintFailure::NoAddresses),
        None => Addresses::default(),
    };
    let cores = std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    let choice = match () {
        () if args.due => PrintChoice::Due(args.way.map_or_else(|| usual_way(kind), Way::from)),
        () if !args.papers.is_empty() => PrintChoice::Papers(args.papers.clone()),
        () if args.all => PrintChoice::Everyone,
        () => PrintChoice::People(people),
    };
    Ok(PrintOrder {
        kind,
        choice,
        addresses,
        include_shielded: args.include_shielded,
        verifier: args.verifier.clone(),
        purpose: args.why.clone(),
        workers: args.workers.unwrap_or(cores),
        today: super::today(),
    })
}

/// The way that such a paper goes, unless told otherwise.
fn usual_way(kind: PaperKind) -> Way {
    match kind {
        PaperKind::Letter => Way::Post,
        PaperKind::Kiosk | PaperKind::Card => Way::Counter,
    }
}

/// The numbers in a file; blank lines separate.
fn numbers(file: &Path) -> Result<Vec<RegisterNumber>, PrintFailure> {
    let failed = |error| PaperError::Read { path: file.to_owned(), error };
    let text = std::fs::read_to_string(file).map_err(failed)?;
    let text = text.trim_start_matches('\u{FEFF}');
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(place, line)| {
            let number = RegisterNumber::parse(line);
            number.ok_or_else(|| PrintFailure::Number { file: file.to_owned(), line: place + 1 })
        })
        .collect()
}

fn tell(args: &Arguments, end: &PrintEnd, folder: &Path, out: &mut dyn Write) -> Result<(), PrintFailure> {
    let mut held = BTreeMap::<&str, (u64, &str)>::new();
    for one in &end.held {
        held.entry(one.reason.code()).or_insert((0, one.reason.explanation())).0 += 1;
    }
    let unreleased: Vec<String> = end.unreleased.iter().map(|path| path.display().to_string()).collect();
    if args.json {
        let counts: BTreeMap<&str, u64> = held.into_iter().map(|(code, (count, _))| (code, count)).collect();
        let json = serde_json::json!({
            "issued": end.issuance.issued, "again": end.issuance.again, "files": end.files, "kept": end.kept,
            "pages": end.pages, "held_back": counts, "unreleased": unreleased,
        });
        writeln!(out, "{json}")?;
        return Ok(());
    }
    if args.due && end.files == 0 && end.held.is_empty() && unreleased.is_empty() {
        writeln!(out, "No paper is due.")?;
        return Ok(());
    }
    writeln!(out, "Released {} pages in {} files; every code was read back.", end.pages, end.files)?;
    if end.kept > 0 {
        writeln!(out, "{} of the files were released before and are the same.", end.kept)?;
    }
    for (code, (count, explanation)) in held {
        writeln!(out, "Held back: {count} × {code}: {explanation}.")?;
    }
    if !end.held.is_empty() {
        writeln!(out, "Which: {}", folder.join(HELD_BACK).display())?;
    }
    for path in &unreleased {
        writeln!(out, "NOT RELEASED, a code was not read back: {path}; look at the template, then print again.")?;
    }
    if unreleased.is_empty() {
        writeln!(out, "Which page is whose: {}", folder.join(PRINT_MANIFEST).display())?;
    }
    Ok(())
}
