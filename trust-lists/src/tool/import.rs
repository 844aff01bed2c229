//! `import`: lists of others.

use super::cli::{RepositoryArgs, country};
use super::failure::Failure;
use super::import_report::{Told, write_json, write_text};
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tegata_certificate::{Country, UnixTime};
use tegata_trust_lists::import::{Input, InputFile, ListKind, ListSigner, MAX_IMPORT, Policy, keep_newest};
use tegata_trust_lists::publish::{DraftImport, Folder};

const DAY: i64 = 86_400;

/// All files of an import together, in bytes.
const MAX_TOTAL: usize = 256 * 1024 * 1024;

#[derive(Args)]
#[command(after_help = "Kinds, and the files that each is read from:\n  \
    austria       EU DCC keys: the content (CBOR), and its signature (COSE)\n  \
    netherlands   EU DCC keys: public_keys.json\n  \
    switzerland   EU DCC keys: the keys (JWS or JSON), and the identifiers in use\n  \
    germany       EU DCC keys: one file, its first line the signature\n  \
    gateway       EU DCC keys: entries of the EU gateway (JSON)\n  \
    jwks          a key set: EU DCC keys of --country, or SMART Health Card keys of --iss\n  \
    certificates  signer certificates of EU DCCs, PEM or DER\n  \
    vci           the VCI directory: vci_snapshot.json, vci_snapshot.sig, and for countries vci-issuers-metadata.json\n  \
    master-list   CSCAs for seals: an ICAO or health master list (CMS); --signer is its publisher's CSCA\n  \
    csca          CSCAs for seals: their certificates, PEM or DER, got from the state itself\n  \
    crl           what CSCAs have revoked: a list (CRL, PEM or DER) a file, signed by a CSCA that is listed already\n  \
    who           keys of WHO's network: authorities signed by the trust anchor (CMS, JSON), DID documents (JSON)\n  \
    eu-hashes     withdrawn EU DCCs: all batches in force (CMS or JSON), and the gateway's list of batches\n  \
    shc-crl       withdrawn SMART Health Cards of --iss: its lists (JSON)\n\n\
    Each key may sign its own family for its own country or exact issuer only. Nothing is ever fetched.\n\
    A source that is imported again replaces what it said; keys that it lists no more are revoked for good.\n\
    Only crl keeps, for each CSCA, the newest list that was signed.\n\n\
    Examples:\n  \
    tegata-trust import vci vci_snapshot.json vci_snapshot.sig vci-issuers-metadata.json --signer vci_snapshot.crt\n  \
    tegata-trust import austria trustlist.cbor trustlist.sig --signer austria.pem --dry-run\n  \
    tegata-trust import certificates dsc/*.pem --source neighbours --unsigned-ok")]
pub struct ImportArgs {
    /// Kind of list
    #[arg(value_name = "KIND", value_parser = kind)]
    pub kind: ListKind,
    /// The list's files
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// What to call the source; the default is the kind of list
    #[arg(long, value_name = "NAME", value_parser = source)]
    pub source: Option<String>,
    /// Certificate or public key of whoever signs the list, got by another way than the list
    #[arg(long, value_name = "FILE")]
    pub signer: Option<PathBuf>,
    /// The signer is an authority; this is the common name of the certificate under it that signs
    #[arg(long, value_name = "CN", requires = "signer")]
    pub signer_name: Option<String>,
    /// Take a list that nobody signed: you have made sure of it by another way
    #[arg(long)]
    pub unsigned_ok: bool,
    /// The country of keys that name none, two letters
    #[arg(long, value_name = "CC", value_parser = country)]
    pub country: Option<Country>,
    /// The exact issuer of SMART Health Cards that a list is about
    #[arg(long, value_name = "URL")]
    pub iss: Option<String>,
    /// Take the keys of these countries only
    #[arg(long = "only", value_name = "CC", value_delimiter = ',', value_parser = country)]
    pub only: Vec<Country>,
    /// What to take or leave that is otherwise left or taken
    #[arg(long = "policy", value_name = "RULE", value_delimiter = ',', value_enum)]
    pub rules: Vec<Rule>,
    /// Refuse a list that is older, or has no date
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    pub max_age_days: Option<u32>,
    /// How long keys without dates of their own sign on after their list was made
    #[arg(long, value_name = "DAYS", default_value_t = 730, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub undated_days: u32,
    /// After how many days without an answer an issuer counts as dead
    #[arg(long, value_name = "DAYS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    pub dead_days: u32,
    /// Go on though many keys of the source are absent: they are revoked for good
    #[arg(long)]
    pub withdraw_many: bool,
    /// Check and report; write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Rule {
    /// Take keys too that nothing in force can be signed with
    KeepExpired,
    /// Take test entries too
    KeepTest,
    /// Leave out issuers that have not answered for long
    DropDead,
}

pub fn run(args: &ImportArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let files = read_files(&args.files)?;
    let signer = match &args.signer {
        Some(path) => {
            let bytes = read(path)?;
            let signer = ListSigner::parse(&bytes).map_err(|error| Failure::Import { list: path.clone(), error })?;
            Some(match &args.signer_name {
                Some(name) => signer.with_name(name),
                None => signer,
            })
        }
        None => None,
    };
    let folder = Folder::open(&args.repository.dir)?;
    let mut draft = folder.draft()?;
    let repository = folder.repository()?;

    let policy = policy(args, now);
    let anchors = draft.lists()?.anchors;
    let input = Input {
        files: &files,
        signer: signer.as_ref(),
        country: args.country,
        iss: args.iss.as_deref(),
        anchors: &anchors,
        policy: &policy,
    };
    let refused = |error| Failure::Import { list: args.files.first().cloned().unwrap_or_default(), error };
    let mut imported = args.kind.read(&input).map_err(refused)?;
    let name = args.source.as_deref().unwrap_or(args.kind.name());
    if args.kind.keeps_absent() {
        keep_newest(folder.withdrawn_by(name)?, &mut imported);
    }
    let record = DraftImport::new(name, args.kind.name(), files.iter().map(|file| file.bytes.as_slice()), now);
    let merged = draft.merge(&mut imported, record, args.withdraw_many, now)?;
    repository.check(draft.lists()?, now)?;

    // A source that withdrew something once has a list for good, though it may be empty now.
    let withdraws = !imported.withdrawals.is_empty() || folder.withdrawals()?.contains_key(name);
    let mut list = None;
    if !args.dry_run {
        if withdraws {
            let note = draft.import_note(name).unwrap_or_else(|| name.to_owned());
            list = Some(folder.save_withdrawals(name, &note, &imported.withdrawals)?);
        }
        folder.save_draft(&draft)?;
    }
    let told = Told { args, name, imported: &imported, merged: &merged, withdraws, list };
    if args.json { write_json(out, &told) } else { write_text(out, &told) }
}

fn policy(args: &ImportArgs, now: UnixTime) -> Policy {
    let has = |rule| args.rules.contains(&rule);
    Policy {
        keep_expired: has(Rule::KeepExpired),
        keep_test: has(Rule::KeepTest),
        drop_dead: has(Rule::DropDead),
        dead_after: i64::from(args.dead_days) * DAY,
        max_age: args.max_age_days.map(|days| i64::from(days) * DAY),
        undated_life: i64::from(args.undated_days) * DAY,
        countries: args.only.clone(),
        unsigned_ok: args.unsigned_ok,
        ..Policy::new(now)
    }
}

fn read_files(paths: &[PathBuf]) -> Result<Vec<InputFile>, Failure> {
    let mut total = 0;
    let mut files = Vec::with_capacity(paths.len());
    for path in paths {
        let bytes = read(path)?;
        total += bytes.len();
        if total > MAX_TOTAL {
            return Err(Failure::ImportTooLarge);
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        files.push(InputFile { name, bytes });
    }
    Ok(files)
}

/// A file, up to a byte more than is taken: the importer refuses it then.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_IMPORT as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::Read { path: path.to_owned(), error })?;
    Ok(bytes)
}

fn kind(text: &str) -> Result<ListKind, String> {
    ListKind::from_name(text).ok_or_else(|| {
        let names: Vec<_> = ListKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("the kinds are {}", names.join(", "))
    })
}

fn source(text: &str) -> Result<String, String> {
    if DraftImport::is_name(text) {
        return Ok(text.to_owned());
    }
    Err("1 to 40 of a-z, 0-9 and -, a letter first".to_owned())
}
