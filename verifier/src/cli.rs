//! The arguments.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::SocketAddr;
use std::path::PathBuf;
use tegata_certificate::{Date, UnixTime};
use tegata_trust_lists::RootPin;
use tegata_verifier::Language;

/// Checks vaccination certificates, entirely offline, against published and signed trust lists.
#[derive(Parser)]
#[command(name = "tegata-verifier", version, arg_required_else_help = true, after_help = EXIT_STATUS)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_STATUS: &str = "\
Exit status: 0 valid, 1 not valid, 2 usage, 3 unreadable or not a certificate,
4 trust list missing, unpinned, refused or expired, or clock wrong, 5 a file cannot be read
or written, 6 valid, but a person must weigh it. Of several codes the gravest counts:
5, 4, 1, 3, 6, 0.";

const EXAMPLES: &str = "\
Examples:
  tegata-verifier verify photo.jpg
  tegata-verifier verify --explain 'HC1:6BF…'
  tegata-verifier verify --trust bundle.cbor photo.jpg
  tegata-verifier verify --mrz 'P<UTO…\\nL898902C3…' photo.jpg
  scanner | tegata-verifier verify --ndjson -
  tegata-verifier verify --purpose ihr-yellow-fever photo.jpg
  tegata-verifier verify --purpose venue --together mother.png child.png child-2.png

Without --trust, the lists are those that the last update kept.

Exit status: 0 valid, 1 not valid, 2 usage, 3 unreadable or not a certificate, 4 trust list or
clock, 5 a file cannot be read or written, 6 valid, but a person must weigh it.";

const SERVE_NOTES: &str = "\
The address is printed first. Browsers that opened it once check without any network from then on;
the page takes newer lists from here whenever an update has kept some. Browsers give a camera to
pages of this machine and to https only: for phones, put a web server with a certificate before it,
or export the page to one. The page trusts the pinned root; whoever changes the folder it is served
from can change what it says.

Examples:
  tegata-verifier serve
  tegata-verifier serve --export /var/www/verify

Exit status: 0 exported, 2 usage, 4 unpinned, or lists missing or refused, 5 a file or the address
cannot be used.";

const UPDATE_NOTES: &str = "\
Every list is signed and the first root is pinned, so nobody on the way can change anything:
http is as safe as https here. On any failure the lists that were there stay in force, and
an update that was interrupted goes on from where it was.

Examples:
  tegata-verifier update --from https://lists.example.jp
  tegata-verifier update --from /media/usb/lists
  tegata-verifier update

Exit status: 0 up to date, 2 usage, 4 unpinned, refused, expired, kept lists damaged, or clock
wrong, 5 the source or a file cannot be read or written.";

const INSPECT_NOTES: &str = "\
No signature is checked, and no list is asked: what is shown may be a forgery. Nothing is fetched,
whatever a code points to.

Examples:
  tegata-verifier inspect photo.jpg
  tegata-verifier inspect --show --json 'HC1:6BF…'

Exit status: 0 shown, 2 usage, 3 something could not be taken apart, 5 a file cannot be read.";

const LINT_NOTES: &str = "\
Nothing is fetched. Without keys, signatures and issuers are not looked at. Codes that are given
together are taken for one card.

Examples:
  tegata-verifier lint card.png
  tegata-verifier lint --keys jwks.json --iss https://card.example/issuer cards.smart-health-card
  tegata-verifier lint --iss https://card.example/issuer --json jwks.json

Exit status: 0 nothing but warnings, 1 errors, 2 usage, 3 nothing that can be looked at, 4 trust
list, 5 a file cannot be read.";

/// The commands.
#[derive(Subcommand)]
pub enum Command {
    /// Check codes: from pictures, from texts, or one text a line from standard input
    #[command(after_help = EXAMPLES)]
    Verify(VerifyArgs),
    /// Show what a code is made of, layer by layer, without judging it; personal data is masked
    #[command(after_help = INSPECT_NOTES)]
    Inspect(InspectArgs),
    /// Tell what is wrong with SMART Health Cards and their issuers' key sets, for whoever makes them
    #[command(after_help = LINT_NOTES)]
    Lint(LintArgs),
    /// Serve the page by which browsers scan and check, or write it into a folder for any web server
    #[command(after_help = SERVE_NOTES)]
    Serve(ServeArgs),
    /// Bring the trust lists up to date, from a web server, a folder or a bundle file
    #[command(after_help = UPDATE_NOTES)]
    Update(UpdateArgs),
    /// Pin the first root of the trust list, and show what is trusted
    #[command(subcommand)]
    Trust(TrustCommand),
}

/// Which lists to judge by.
#[derive(Args)]
pub struct ListArgs {
    /// Lists to use for once: a bundle file, instead of the lists that the last update kept
    #[arg(long, value_name = "BUNDLE")]
    pub trust: Option<PathBuf>,
    /// SHA-256 of the first root file, instead of the one that is pinned
    #[arg(long, value_name = "SHA256")]
    pub root: Option<RootPin>,
    /// Take lists of DEMO repositories: for demonstrations only
    #[arg(long)]
    pub demo: bool,
}

/// What `serve` takes.
#[derive(Args)]
pub struct ServeArgs {
    /// Address and port to listen on; port 0 lets the system choose
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080", conflicts_with = "export")]
    pub listen: SocketAddr,
    /// Write the page, its configuration and the lists into a folder instead
    #[arg(long, value_name = "DIR")]
    pub export: Option<PathBuf>,
    /// A built page to serve instead of the one in this program
    #[arg(long, value_name = "DIR")]
    pub page: Option<PathBuf>,
    #[command(flatten)]
    pub lists: ListArgs,
}

/// What `update` takes.
#[derive(Args)]
pub struct UpdateArgs {
    /// Where the lists are published: the address or folder that holds `v1`, or a bundle file [default: as last time]
    #[arg(long, value_name = "URL|DIR|BUNDLE")]
    pub from: Option<String>,
    /// SHA-256 of the first root file, instead of the one that is pinned
    #[arg(long, value_name = "SHA256")]
    pub root: Option<RootPin>,
    /// Print what has changed as JSON
    #[arg(long)]
    pub json: bool,
}

/// What `inspect` takes.
#[derive(Args)]
pub struct InspectArgs {
    /// Pictures, texts of codes, files, or - for standard input
    #[arg(value_name = "PICTURE|TEXT|-", required = true)]
    pub inputs: Vec<String>,
    /// Show personal data too
    #[arg(long)]
    pub show: bool,
    /// Print as JSON, one object a line
    #[arg(long)]
    pub json: bool,
}

/// What `verify` takes.
#[derive(Args)]
pub struct VerifyArgs {
    /// Pictures (PNG, JPEG, WebP), texts of codes, files of texts, or - for standard input
    #[arg(value_name = "PICTURE|TEXT|-", required = true)]
    pub inputs: Vec<String>,
    #[command(flatten)]
    pub lists: ListArgs,
    /// Judge for another time: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ; the report is marked as retrospective
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<UnixTime>,
    /// Judge by the rules of a purpose too: the id of a rule set in the lists (`trust show` has them)
    #[arg(long, value_name = "ID", env = "TEGATA_PURPOSE")]
    pub purpose: Option<String>,
    /// Take all codes for one decision: those of one person count together
    #[arg(long, requires = "purpose")]
    pub together: bool,
    /// Compare with the travel document shown: the lines of its machine-readable zone, with \n between them, or a file of them
    #[arg(long, value_name = "LINES|FILE")]
    pub mrz: Option<String>,
    /// Print the report as JSON: one object, or an array of several
    #[arg(long, conflicts_with = "ndjson")]
    pub json: bool,
    /// Print one report a line, each as soon as it is there
    #[arg(long)]
    pub ndjson: bool,
    /// Tell each step
    #[arg(long, conflicts_with_all = ["json", "ndjson"])]
    pub explain: bool,
    /// Threads that judge the lines of standard input [default: one a core]
    #[arg(long, value_name = "N")]
    pub jobs: Option<std::num::NonZeroU8>,
    /// Keep no tables of keys that are met again: slower, with less memory, and the same verdicts
    #[arg(long)]
    pub no_tables: bool,
    /// Exit with 0 on this outcome too
    #[arg(long, value_enum, value_name = "OUTCOME")]
    pub accept: Option<Accept>,
    /// Language of the verdict [default: by LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, value_enum)]
    pub lang: Option<Lang>,
}

/// What `lint` takes.
#[derive(Args)]
pub struct LintArgs {
    /// Pictures and texts of codes, cards (JWS), files of cards, claims or key sets (JSON), or - for standard input
    #[arg(value_name = "FILE|TEXT|-", required = true)]
    pub inputs: Vec<String>,
    /// What the inputs are, where they don't show it: code, jws, file, payload, jwks
    #[arg(long = "as", value_name = "KIND", value_parser = crate::lint_command::parse_subject)]
    pub kind: Option<tegata_verifier::lint::Subject>,
    /// Key set of an issuer, whose address --iss gives; may be given several times
    #[arg(long, value_name = "JWKS", requires = "iss")]
    pub keys: Vec<PathBuf>,
    /// The issuer of the key set that --keys gives, in the same order, or of the one that is looked at
    #[arg(long, value_name = "URL")]
    pub iss: Vec<String>,
    /// Withdrawal list of an issuer's key; may be given several times
    #[arg(long, value_name = "FILE", requires = "keys")]
    pub crl: Vec<PathBuf>,
    /// Issuers with their keys, as in the snapshot of the VCI directory
    #[arg(long, value_name = "FILE")]
    pub snapshot: Option<PathBuf>,
    /// Directory of the issuers that are admitted: the VCI's list, or its snapshot
    #[arg(long, value_name = "FILE")]
    pub directory: Option<PathBuf>,
    /// Take the issuers of the trust lists that the last update kept, or of --trust
    #[arg(long)]
    pub by_lists: bool,
    #[command(flatten)]
    pub lists: ListArgs,
    /// Judge for another time: YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub at: Option<UnixTime>,
    /// Hold cards to a profile: usa-covid19-immunization
    #[arg(long, value_name = "NAME", value_parser = crate::lint_command::parse_profile)]
    pub profile: Option<tegata_verifier::lint::Profile>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

/// Outcomes that may count as success.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Accept {
    /// Valid, but a person must weigh it
    ValidCheck,
}

/// Languages.
#[derive(Clone, Copy, ValueEnum)]
pub enum Lang {
    /// Japanese
    Ja,
    /// English
    En,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::Ja => Self::Ja,
            Lang::En => Self::En,
        }
    }
}

/// What to do about trust.
#[derive(Subcommand)]
pub enum TrustCommand {
    /// Pin the first root by its SHA-256, as your authority publishes it apart from the list
    Pin {
        /// 64 hex digits
        #[arg(value_name = "SHA256")]
        root: RootPin,
        /// Put it in the place of another pin
        #[arg(long)]
        replace: bool,
    },
    /// Forget the pinned root
    Unpin,
    /// Show the pinned root and the lists: versions, dates, ages, and what each status shard says
    Show {
        #[command(flatten)]
        lists: ListArgs,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

fn parse_time(text: &str) -> Result<UnixTime, String> {
    Date::parse(text)
        .map(Date::start)
        .or_else(|| UnixTime::parse(text))
        .ok_or_else(|| "not a time of the form YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ".to_owned())
}
