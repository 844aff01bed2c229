//! Arguments.

use super::assemble::AssembleArgs;
use super::diff::DiffArgs;
use super::doctor::DoctorArgs;
use super::import::ImportArgs;
use super::propose::ProposeCommand;
use super::rehearse::RehearseArgs;
use super::rules::RulesCommand;
use super::sign::SignArgs;
use super::status::StatusCommand;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;
use tegata_certificate::{Country, Date, Format, Kind, UnixTime};
use tegata_keys::{KeyCommand, PassphraseArgs};
use tegata_trust_lists::{RevocationReason, RootPin};

/// Make and publish the lists that say whose certificates count
///
/// A repository is a folder: its keys, its working state, and `published`, which any web server can serve.
#[derive(Parser)]
#[command(
    name = "tegata-trust",
    version,
    after_help = "A demonstration from nothing:\n  \
        tegata-trust init --demo --repository-id DEMO/kakuu --dir trust --passphrase-fd 3 3< passphrase.txt\n  \
        tegata-trust add-issuer --dir trust --name-ja 架空市 --name-en 'Kakuu City' --country JP --key keys/office.json --format compact\n  \
        tegata-trust publish --dir trust --passphrase-fd 3 3< passphrase.txt\n  \
        tegata-trust bundle --dir trust --out lists.cbor\n\n\
        Exit status: 0 done, 2 cannot be done as asked, 3 a key or bundle cannot be understood,\n\
        4 the lists are missing, refused or expired, 5 files cannot be read or written."
)]
pub struct Tool {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Make a repository: its role keys and the first root, whose hash verifiers pin
    Init(InitArgs),
    /// List a key of an issuer (a new one, or one that is listed already)
    AddIssuer(AddIssuerArgs),
    /// Retire or revoke a key, give it more status indices, or change its notes
    SetKey(SetKeyArgs),
    /// List the keys, and withdrawals, of another network's list
    Import(ImportArgs),
    /// Sign and publish what is listed
    Publish(PublishArgs),
    /// Write an unsigned list for officers to sign on machines of their own
    Propose {
        #[command(subcommand)]
        command: ProposeCommand,
    },
    /// Sign a proposal as one officer, after showing what it changes
    Sign(SignArgs),
    /// Put officers' signatures together into a list
    Assemble(AssembleArgs),
    /// Play a new root against every past list: would all verifiers arrive?
    Rehearse(RehearseArgs),
    /// Say what is due: lists that expire, duties that were missed
    Doctor(DoctorArgs),
    /// Say in words what differs between two folders, bundles or proposals
    Diff(DiffArgs),
    /// Publish which certificates are revoked, as their issuers ask
    Status {
        #[command(subcommand)]
        command: StatusCommand,
    },
    /// Publish rules: what venues, events and borders ask for
    Rules {
        #[command(subcommand)]
        command: RulesCommand,
    },
    /// Show roles, issuers, keys and what expires when
    Show(ShowArgs),
    /// Put everything that a verifier needs into one file
    Bundle(BundleArgs),
    /// Make, list and retire the private keys of roles
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
}

#[derive(Args)]
pub struct RepositoryArgs {
    /// Folder of the repository
    #[arg(long, value_name = "DIR", default_value = "trust")]
    pub dir: PathBuf,
}

/// By what time lists are issued: the machine's, unless told otherwise.
#[derive(Args)]
pub struct IssuedAtArgs {
    /// Issue at this time instead of now: the same input then gives the same bytes
    #[arg(long, value_name = "RFC3339", value_parser = time)]
    pub issued_at: Option<UnixTime>,
}

impl IssuedAtArgs {
    pub fn or(&self, now: UnixTime) -> UnixTime {
        self.issued_at.unwrap_or(now)
    }
}

#[derive(Args)]
pub struct RoleKeyArgs {
    /// Folder of the role keys; the default is `keys` in the repository's folder
    #[arg(long = "keys", value_name = "DIR")]
    pub keys: Option<PathBuf>,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

/// A threshold of so many keys.
#[derive(Clone, Copy)]
pub struct RoleSize {
    pub threshold: u64,
    pub keys: u64,
}

#[derive(Args)]
#[command(
    after_help = "Role keys are named root-1, trust-1, …; one that is in the key folder already is used, others are made.\n\
    Outside DEMO repositories root and trust need at least two signatures, and every role a spare key."
)]
pub struct InitArgs {
    /// Name of the repository, in every signature for ever; `DEMO/…` for demonstrations
    #[arg(long, value_name = "ID")]
    pub repository_id: String,
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// A demonstration: one key a role is enough, and no verifier believes it unless told to
    #[arg(long)]
    pub demo: bool,
    /// Signatures needed and keys of the root role, as 2/3 (in a demonstration 1/1)
    #[arg(long, value_name = "M/N", value_parser = role_size)]
    pub root: Option<RoleSize>,
    /// The same for the trust role (2/3)
    #[arg(long, value_name = "M/N", value_parser = role_size)]
    pub trust: Option<RoleSize>,
    /// The same for the status role (1/2)
    #[arg(long, value_name = "M/N", value_parser = role_size)]
    pub status: Option<RoleSize>,
    /// The same for the head role (1/2)
    #[arg(long, value_name = "M/N", value_parser = role_size)]
    pub head: Option<RoleSize>,
    /// The same for the rules role (1/2)
    #[arg(long, value_name = "M/N", value_parser = role_size)]
    pub rules: Option<RoleSize>,
    #[command(flatten)]
    pub role_keys: RoleKeyArgs,
}

#[derive(Args)]
#[command(
    after_help = "FILE may be a key record (`tegata-issuer key new` writes NAME.json), a COSE_Key, a public key or a signer certificate (PEM or DER).\n\n\
    Example:\n  tegata-trust add-issuer --name-ja 架空市 --name-en 'Kakuu City' --country JP --key office.json --format compact --until 2027-04-01"
)]
pub struct AddIssuerArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// The issuer's name in Japanese
    #[arg(long, value_name = "NAME")]
    pub name_ja: String,
    /// The issuer's name in English
    #[arg(long, value_name = "NAME")]
    pub name_en: String,
    /// The issuer's country, two letters
    #[arg(long, value_name = "CC", value_parser = country)]
    pub country: Country,
    /// File of the public key that signs certificates
    #[arg(long, value_name = "FILE", required_unless_present = "status_keys", requires = "formats")]
    pub key: Option<PathBuf>,
    /// Formats that the key may sign: compact, eu-dcc, icvp, shc, vds-nc
    #[arg(long = "format", value_name = "FORMAT", value_delimiter = ',', value_parser = format, requires = "key")]
    pub formats: Vec<Format>,
    /// File of a public key that signs the issuer's status requests: never one that signs certificates
    #[arg(long = "status-key", value_name = "FILE")]
    pub status_keys: Vec<PathBuf>,
    /// Kinds of certificate: vaccination, test, recovery
    #[arg(long = "kind", value_name = "KIND", value_delimiter = ',', default_value = "vaccination", value_parser = kind)]
    pub kinds: Vec<Kind>,
    /// Countries that the key speaks for; the default is the issuer's
    #[arg(long = "for-country", value_name = "CC", value_delimiter = ',', value_parser = country, conflicts_with = "iss")]
    pub countries: Vec<Country>,
    /// The exact issuer that the key speaks for (the URL of SMART Health Cards)
    #[arg(long, value_name = "URL")]
    pub iss: Option<String>,
    /// Diseases that the key may sign for, as the format writes them; the default is any
    #[arg(long = "disease", value_name = "CODE", value_delimiter = ',')]
    pub diseases: Vec<String>,
    /// First day of issue; the default is today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub from: Option<UnixTime>,
    /// Day from which on it issues no more; the default is a year after the first
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub until: Option<UnixTime>,
    /// Longest life of a certificate in days; the default is ten years for compact, else one
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=40_000))]
    pub max_life_days: Option<u32>,
    /// How many status indices a compact key gets
    #[arg(long, value_name = "N", default_value_t = 65_536, value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub indices: u64,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum StateName {
    /// Signs again
    Active,
    /// Signs nothing new; what it signed stays valid
    Retired,
    /// Nothing that it signed is valid
    Revoked,
}

#[derive(Args)]
#[command(after_help = "The change counts for verifiers once it is published.\n\n\
    Examples:\n  tegata-trust set-key --kid 5f21ab --state retired\n  tegata-trust set-key --kid 5f21ab --state revoked --reason compromised\n  tegata-trust set-key --kid 5f21ab --add-indices 65536")]
pub struct SetKeyArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// The key's kid in hex, or an unambiguous beginning of it
    #[arg(long, value_name = "HEX")]
    pub kid: String,
    /// Its new state
    #[arg(long, value_enum, required_unless_present_any = ["add_indices", "hint", "source"])]
    pub state: Option<StateName>,
    /// Why it is revoked: withdrawn or compromised
    #[arg(long, value_name = "REASON", value_parser = reason, default_value = "withdrawn")]
    pub reason: RevocationReason,
    /// Give the key so many more status indices
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1 << 24))]
    pub add_indices: Option<u64>,
    /// The 8-byte identifier, in hex, that `HC1:` codes use for the key where it is not the beginning of its kid
    #[arg(long, value_name = "HEX", value_parser = hint)]
    pub hint: Option<[u8; 8]>,
    /// Where the key came from, in a few words
    #[arg(long, value_name = "TEXT")]
    pub source: Option<String>,
}

#[derive(Args)]
pub struct PublishArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    #[command(flatten)]
    pub role_keys: RoleKeyArgs,
    #[command(flatten)]
    pub issued_at: IssuedAtArgs,
    /// Renew the head only: it lives for days, and its keys are all that is needed
    #[arg(long)]
    pub head_only: bool,
    /// Life of the trust list in days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub trust_days: u32,
    /// Life of the head in days
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub head_days: u32,
}

#[derive(Args)]
pub struct ShowArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// Show this bundle instead of the repository's folder
    #[arg(long, value_name = "FILE", conflicts_with = "dir")]
    pub bundle: Option<PathBuf>,
    /// Refuse the lists unless their first root has this SHA-256
    #[arg(long, value_name = "SHA256")]
    pub root: Option<RootPin>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct BundleArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// The file to write
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

fn role_size(text: &str) -> Result<RoleSize, String> {
    let parts = text.split_once('/').and_then(|(threshold, keys)| Some((threshold.parse().ok()?, keys.parse().ok()?)));
    match parts {
        Some((threshold, keys)) if 1 <= threshold && threshold <= keys && keys <= 32 => {
            Ok(RoleSize { threshold, keys })
        }
        _ => Err("give signatures needed and keys, as 2/3, with at most 32 keys".to_owned()),
    }
}

pub fn country(text: &str) -> Result<Country, String> {
    Country::parse(text).ok_or_else(|| "two capital letters (ISO 3166-1), as JP".to_owned())
}

fn format(text: &str) -> Result<Format, String> {
    Format::from_name(text).ok_or_else(|| "the formats are compact, eu-dcc, icvp, shc, vds-nc".to_owned())
}

fn kind(text: &str) -> Result<Kind, String> {
    Kind::from_name(text).ok_or_else(|| "the kinds are vaccination, test, recovery".to_owned())
}

fn reason(text: &str) -> Result<RevocationReason, String> {
    RevocationReason::from_name(text).ok_or_else(|| "the reasons are withdrawn and compromised".to_owned())
}

fn hint(text: &str) -> Result<[u8; 8], String> {
    let mut hint = [0; 8];
    match base16ct::mixed::decode(text, &mut hint) {
        Ok(decoded) if decoded.len() == 8 => Ok(hint),
        _ => Err("16 hex digits".to_owned()),
    }
}

pub fn time(text: &str) -> Result<UnixTime, String> {
    UnixTime::parse(text).ok_or_else(|| "a time as 2027-04-01T00:00:00Z".to_owned())
}

fn day(text: &str) -> Result<UnixTime, String> {
    Date::parse(text).map(Date::start).ok_or_else(|| "a day as 2027-04-01; it begins at midnight UTC".to_owned())
}
