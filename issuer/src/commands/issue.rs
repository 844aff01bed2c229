//! `tegata-issuer issue`: from records of the register to codes.

use super::lists::{self, ListFailure};
use super::progress::progress_bar;
use super::register_arguments::RegisterArguments;
use super::signing::SigningArguments;
use crate::error::{Status, store_status};
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use std::io::{IsTerminal, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::OnceLock;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::issue::{
    Edition, Issuance, IssueError, IssuedText, IssuingKey, JobEntry, KeyProblem, MANIFEST, Picture, Plan, Purpose,
    Refusal, Watch, issue, issue_all, issue_texts,
};
use tegata_issuer::{ClosedRange, Palette, Register, RegisterError, RegisterNumber, SymbolError};
use tegata_keys::{Signer, StoreError};

const EXAMPLES: &str = "\
Examples:
  tegata-issuer issue --all --format compact,eu-dcc --key office --key office-eu \\
      --trust bundle.cbor --root SHA256 --out certificates
  tegata-issuer issue --person 4711 --for travel --key office --key office-eu --key office-seal \\
      --trust bundle.cbor --root SHA256 --out certificates
  tegata-issuer issue --person 4711 --key office --trust bundle.cbor --root SHA256 --terminal

--all is a job of the register: whoever runs the same command again, also on another machine with the same register on a
server, goes on with it; tegata-issuer jobs shows how far it is, pauses and cancels it.

Doing it again gives the same certificates: a record has one of each format until it is corrected,
or the certificate expires or is withdrawn. Records that a format cannot say are told and listed in the manifest.

Exit status: 0 done; 2 usage; 3 nobody has that number; 4 trust list or key refused; 5 a file cannot
be read or written; 6 no passphrase, or a wrong one.";

/// What `issue` takes.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    register: RegisterArguments,
    #[command(flatten)]
    signing: SigningArguments,
    /// Everyone in the register with a dose
    #[arg(long, conflicts_with = "people", required_unless_present = "people")]
    all: bool,
    /// How many work at once with --all [default: one for each core]
    #[arg(long, value_name = "N", requires = "all")]
    workers: Option<NonZero<usize>>,
    /// Number of a person in the register; may be given several times
    #[arg(long = "person", value_name = "NUMBER", value_parser = super::parse_number)]
    people: Vec<RegisterNumber>,
    /// Folder for the pictures and the manifest
    #[arg(long, value_name = "DIR", required_unless_present = "terminal")]
    out: Option<PathBuf>,
    /// Pictures to write
    #[arg(long = "picture", value_enum, value_name = "KIND", value_delimiter = ',', default_value = "png")]
    pictures: Vec<PictureKind>,
    /// Draw the codes of the people named in the terminal
    #[arg(long, requires = "people")]
    terminal: bool,
    /// Print the summary as JSON
    #[arg(long)]
    json: bool,
}

/// Pictures that may be written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PictureKind {
    /// PNG, crisp at 60 mm
    Png,
    /// SVG, at least 60 mm wide
    Svg,
    /// None: the manifest alone, which holds the texts
    None,
}

/// What certificates may be for.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ForPurpose {
    /// Within the country: the name as registered, no document
    Domestic,
    /// Abroad: the name as in the passport too, and the passport's number
    Travel,
}

impl From<ForPurpose> for Purpose {
    fn from(purpose: ForPurpose) -> Self {
        match purpose {
            ForPurpose::Domestic => Self::Domestic,
            ForPurpose::Travel => Self::Travel,
        }
    }
}

/// Models of WHO's certificate.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IcvpModel {
    /// The released one, SMART ICVP 0.3.0
    Gen1,
    /// The model of 2026; needs sex and nationality
    Gen2,
}

/// One format, or all.
#[derive(Clone, Copy)]
pub enum Formats {
    One(Format),
    All,
}

pub(super) fn parse_formats(text: &str) -> Result<Formats, String> {
    if text == "all" {
        return Ok(Formats::All);
    }
    Format::from_name(text).map(Formats::One).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        format!("the formats are {}, or all", names.join(", "))
    })
}

pub(super) fn parse_life(text: &str) -> Result<i64, String> {
    const DAY: i64 = 86_400;
    let wrong = || "a life is a whole number and s (seconds), d (days) or y (years), such as 365d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'd' => DAY,
        'y' => 365 * DAY,
        _ => return Err(wrong()),
    };
    let number: i64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    number.checked_mul(seconds).filter(|life| (1..=100 * 365 * DAY).contains(life)).ok_or_else(wrong)
}

/// Why nothing, or not everything, was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueFailure {
    /// The lists.
    #[error(transparent)]
    List(#[from] ListFailure),
    /// A key store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key that verifiers would not accept.
    #[error("key `{name}`: {problem}")]
    Key {
        /// The key's name.
        name: String,
        /// What is wrong.
        #[source]
        problem: KeyProblem,
    },
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Issuing.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// A symbol.
    #[error(transparent)]
    Symbol(#[from] SymbolError),
    /// The terminal.
    #[error("the answer cannot be written: {0}; make room, or send it elsewhere")]
    Output(#[from] std::io::Error),
}

impl IssueFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::Issue(IssueError::NobodyThere) => Status::Unsuitable,
            Self::List(failure) => failure.status(),
            Self::Key { .. } => Status::TrustRefused,
            Self::Issue(IssueError::NoKey(_) | IssueError::Exhausted | IssueError::Restored) => Status::TrustRefused,
            Self::Store(error) => store_status(error),
            _ => Status::Failed,
        }
    }
}

/// Issues.
///
/// # Errors
/// [`IssueFailure`].
pub fn run(args: &Arguments, now: UnixTime, out: &mut dyn Write) -> Result<(), IssueFailure> {
    let state = lists::load(&args.signing.trust, &args.signing.root, now)?;
    // The register first: a passphrase is not asked for when there is nothing to issue from.
    let mut register = Register::open(args.register.location())?;
    let open = args.signing.open()?;
    let keys = args.signing.keys(&open, &state, now)?;
    let (plan, without_key) = args.signing.plan(&keys, pictures(args))?;
    if let Some(folder) = &args.out {
        let issued = if args.all {
            all(args, &mut register, &keys, &plan, folder, now)?
        } else {
            let bar = progress_bar(args.people.len() as u64);
            let issued = issue(&mut register, &keys, &plan, &args.people, folder, now, &mut |records| bar.inc(records));
            bar.finish_and_clear();
            Done { issuance: issued?, job: None }
        };
        warn(&issued.issuance.closed_ranges);
        tell(args, &issued, &without_key, folder, out)?;
    }
    if args.terminal {
        if args.out.is_none() {
            tell_left_out(&without_key, out)?;
        }
        for number in &args.people {
            for IssuedText { edition, text, .. } in issue_texts(&mut register, &keys, &plan, number, now)? {
                draw(out, number, edition, text)?;
            }
        }
    }
    warn(&register.take_closed_ranges());
    register.close()?;
    Ok(())
}

/// What was issued, and as which job: its number, its parts, and how many of them this folder holds.
struct Done {
    issuance: Issuance,
    job: Option<(u64, u64, u64)>,
}

/// Issues for everyone.
fn all(
    args: &Arguments,
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    folder: &std::path::Path,
    now: UnixTime,
) -> Result<Done, IssueFailure> {
    let workers = args.workers.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN);
    let bar = Bar::default();
    let end = issue_all(register, keys, plan, folder, workers, now, &bar);
    bar.end();
    let end = end?;
    Ok(Done { issuance: end.issuance, job: Some((end.job, end.parts, end.here)) })
}

/// The bar of a job, moved by its workers.
#[derive(Default)]
struct Bar(OnceLock<ProgressBar>);

impl Bar {
    fn end(&self) {
        self.0.get().into_iter().for_each(ProgressBar::finish_and_clear);
    }
}

impl Watch for Bar {
    fn begun(&self, job: &JobEntry) {
        let bar = self.0.get_or_init(|| progress_bar(job.records));
        bar.set_position(job.records_done);
        // The rate is of what is done from here on.
        bar.reset_eta();
    }

    fn done(&self, records: u64) {
        self.0.get().into_iter().for_each(|bar| bar.inc(records));
    }
}

/// Says, once, that the register is not the newest.
pub(super) fn warn(closed: &[ClosedRange]) {
    for ClosedRange { shard, first, counted, issued } in closed {
        eprintln!(
            "warning: this register is older than what was issued (restored from a backup?): it had counted {counted} \
             certificates of the status indices from {shard}:{first}, this office {issued}. It gave these indices up and went \
             on with the key's next ones, so that none is used twice. Take lost requests in with tegata-issuer status --adopt."
        );
    }
}

/// One passphrase opens all keys in files that were named, and one PIN those in a token.
pub(super) fn unlock(args: &SigningArguments) -> Result<Vec<Box<dyn Signer>>, IssueFailure> {
    let store = args.store.store();
    let mut keyring = args.passphrase.keyring(&store).asking_for(args.key_names.join(", "));
    args.key_names.iter().map(|name| Ok(keyring.open(name)?)).collect()
}

/// The pictures that were asked for, each once.
fn pictures(args: &Arguments) -> Vec<Picture> {
    let mut pictures = Vec::new();
    for picture in &args.pictures {
        let picture = match picture {
            PictureKind::Png => Picture::Png,
            PictureKind::Svg => Picture::Svg,
            PictureKind::None => continue,
        };
        if !pictures.contains(&picture) {
            pictures.push(picture);
        }
    }
    pictures
}

fn tell(
    args: &Arguments,
    Done { issuance: issued, job }: &Done,
    without_key: &[Format],
    folder: &std::path::Path,
    out: &mut dyn Write,
) -> Result<(), IssueFailure> {
    if args.json {
        let mut json = serde_json::to_value(issued).map_err(std::io::Error::from)?;
        if let Some((job, parts, here)) = job {
            json["job"] = serde_json::json!({ "number": job, "parts": parts, "parts_here": here });
        }
        if !without_key.is_empty() {
            json["without_key"] = without_key.iter().map(|format| format.name()).collect();
        }
        writeln!(out, "{json}")?;
        return Ok(());
    }
    writeln!(out, "Issued {} certificates, {} were issued before and are the same.", issued.issued, issued.again)?;
    for (code, count) in &issued.refused {
        let explanation =
            Refusal::ALL.iter().find(|refusal| refusal.code() == *code).map_or("", |refusal| refusal.explanation());
        writeln!(out, "Not issued: {count} × {code}: {explanation}.")?;
    }
    tell_left_out(without_key, out)?;
    if let Some((job, parts, here)) = job.filter(|(_, parts, here)| here < parts) {
        writeln!(
            out,
            "Job {job} is done; {here} of its {parts} parts are here, the others in the folders of those who worked on them."
        )?;
    }
    writeln!(out, "Which is whose: {}", folder.join(MANIFEST).display())?;
    Ok(())
}

pub(super) fn tell_left_out(without_key: &[Format], out: &mut dyn Write) -> std::io::Result<()> {
    if without_key.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = without_key.iter().map(|format| format.name()).collect();
    writeln!(out, "Left out, since no key given may sign them: {}.", names.join(", "))
}

fn draw(
    out: &mut dyn Write,
    number: &RegisterNumber,
    edition: Edition,
    text: Result<String, Refusal>,
) -> Result<(), IssueFailure> {
    let format = edition.format.name();
    match text {
        Ok(text) => {
            let palette = if std::io::stdout().is_terminal() { Palette::BlackOnWhite } else { Palette::Plain };
            let symbol = edition.symbol(&text)?;
            write!(out, "{}", symbol.terminal(palette))?;
            writeln!(out, "{number} {format}: {text}")?;
        }
        Err(refusal) => writeln!(out, "{number} {format}: not issued: {}", refusal.explanation())?,
    }
    Ok(())
}
