//! `tegata-issuer revoke` and `reinstate`: a signed request to the status service.

use super::lists::{self, ListFailure};
use super::progress::progress_bar;
use super::register_arguments::RegisterArguments;
use crate::error::{Status, store_status};
use clap::{ArgGroup, Args};
use serde_json::json;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use tegata_certificate::{Date, StatusIndex, UnixTime};
use tegata_issuer::withdraw::{
    Asked, Change, Chosen, HandOutError, Order, REQUESTS, RuleScope, StatusKey, StatusKeyProblem, Target,
    WithdrawError, ask, change_cards, choose, hand_out, key_with_prefix, preview, read_list,
};
use tegata_issuer::{ImportError, Input, Register, RegisterError, RegisterNumber};
use tegata_keys::{KeyStoreArgs, PassphraseArgs, StoreError};
use tegata_trust_lists::{RevocationReason, RootPin, TrustState};

const REVOKE_EXAMPLES: &str = "\
Examples:
  tegata-issuer revoke --person 4711 --status-key office-status --trust bundle.cbor --root SHA256
  tegata-issuer revoke --contradicted --status-key office-status --trust bundle.cbor --root SHA256
  tegata-issuer revoke --from-file wrong.csv --dry-run --trust bundle.cbor --root SHA256
  tegata-issuer revoke --key office-2026 --issued-from 2026-06-01 --issued-until 2026-06-08 \\
      --reason compromised --status-key office-status --trust bundle.cbor --root SHA256

A list has a heading row: resident_id, or shard and index, or certificate. With --key the withdrawal is
a rule: it reaches whatever that key signed, also certificates that the register does not know and those of
records corrected since. --dose-lot without --key withdraws the certificates of everyone whose record names the lot today.

The request is numbered, signed and kept in the register before its file appears; doing it again gives the
same file. Verifiers know of it once the status service has published it. Withdraw before you issue anew:
what is issued after that gets another status index.

A register restored from a backup may have lost requests: take them in with tegata-issuer status --adopt, or
number on above them with --sequence.

Exit status: 0 done, or done before; 1 done, but some certificates stay in force (formats without status);
2 usage; 3 nobody or nothing there; 4 trust list or key refused; 5 a file cannot be read or written; 6 no passphrase,
or a wrong one.";

const REINSTATE_EXAMPLES: &str = "\
Examples:
  tegata-issuer reinstate --person 4711 --status-key office-status --trust bundle.cbor --root SHA256
  tegata-issuer reinstate --dose-lot FA7338 --key office-2026 --status-key office-status \\
      --trust bundle.cbor --root SHA256 --yes

Only what was withdrawn is reinstated; a rule is lifted by naming it as it was made. A certificate that was
issued in between stays valid as well.

Exit status: as of tegata-issuer revoke.";

/// More certificates than this at once are confirmed first.
const MANY: u64 = 10;

/// Ask the status service to withdraw certificates
#[derive(Args)]
#[command(after_help = REVOKE_EXAMPLES)]
pub struct RevokeArguments {
    #[command(flatten)]
    what: What,
    /// Why: withdrawn or compromised
    #[arg(long, value_name = "REASON", default_value = "withdrawn", value_parser = parse_reason)]
    reason: RevocationReason,
    #[command(flatten)]
    how: How,
}

/// Ask the status service to let withdrawn certificates count again
#[derive(Args)]
#[command(after_help = REINSTATE_EXAMPLES)]
pub struct ReinstateArguments {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    how: How,
}

/// Which certificates.
#[derive(Args)]
#[command(group = ArgGroup::new("what").multiple(true).required(true))]
struct What {
    /// Everything in force of the person with that number; may be given several times
    #[arg(long = "person", value_name = "NUMBER", value_parser = super::parse_number, group = "what")]
    people: Vec<RegisterNumber>,
    /// One certificate: a file that holds the text of its code, or the text itself, which other users of this machine may see
    #[arg(long = "certificate", value_name = "FILE|TEXT", group = "what")]
    certificates: Vec<String>,
    /// Everyone whose record names this lot; with --key a rule for whatever that key signed of it
    #[arg(long, value_name = "LOT", group = "what")]
    dose_lot: Option<String>,
    /// Every certificate in force that states what its record denies by now, as tegata-issuer review lists them
    #[arg(long, group = "what")]
    contradicted: bool,
    /// A list of people, places or certificates
    #[arg(long, value_name = "CSV", group = "what")]
    from_file: Option<PathBuf>,
    /// One place in the status list, such as 1:4711; may be given several times
    #[arg(long = "index", value_name = "SHARD:INDEX", value_parser = parse_place, group = "what")]
    places: Vec<StatusIndex>,
    /// Make a rule for the key of this name, or whose kid begins so
    #[arg(long = "key", value_name = "NAME|KID", group = "what")]
    key: Option<String>,
    /// The rule's first moment of issue: a day (it begins at midnight UTC), or a time as 2026-06-01T09:00:00Z
    #[arg(long, value_name = "TIME", requires_all = ["key", "issued_until"], value_parser = parse_moment)]
    issued_from: Option<UnixTime>,
    /// The moment of issue that the rule ends before
    #[arg(long, value_name = "TIME", requires_all = ["key", "issued_from"], value_parser = parse_moment)]
    issued_until: Option<UnixTime>,
}

/// How the request is made.
#[derive(Args)]
struct How {
    #[command(flatten)]
    register: RegisterArguments,
    /// Name of the key that signs requests: one that signs nothing else
    #[arg(long, value_name = "NAME", required_unless_present = "dry_run")]
    status_key: Option<String>,
    #[command(flatten)]
    store: KeyStoreArgs,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// The published trust list: a bundle file
    #[arg(long, value_name = "BUNDLE")]
    trust: PathBuf,
    /// SHA-256 of the list's first root file, as its operator published it
    #[arg(long, value_name = "SHA256")]
    root: RootPin,
    /// The file to write [default: requests/request-NUMBER.cose beside the register]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The request's number, if the register has lost some: above the last that the status service took
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    sequence: Option<u64>,
    /// Say what would be asked for, and ask for nothing
    #[arg(long)]
    dry_run: bool,
    /// Ask for many certificates, or by a rule, without asking back
    #[arg(long)]
    yes: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

fn parse_reason(text: &str) -> Result<RevocationReason, String> {
    RevocationReason::from_name(text).ok_or_else(|| "the reasons are withdrawn and compromised".to_owned())
}

fn parse_place(text: &str) -> Result<StatusIndex, String> {
    let parts = text.split_once(':').and_then(|(shard, index)| Some((shard.parse().ok()?, index.parse().ok()?)));
    parts.map(|(shard, index)| StatusIndex { shard, index }).ok_or_else(|| "shard and index, as 1:4711".to_owned())
}

fn parse_moment(text: &str) -> Result<UnixTime, String> {
    Date::parse(text)
        .map(Date::start)
        .or_else(|| UnixTime::parse(text))
        .ok_or_else(|| "a day as 2026-06-01, or a time as 2026-06-01T09:00:00Z".to_owned())
}

/// Why nothing was asked for.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawFailure {
    /// The lists.
    #[error(transparent)]
    List(#[from] ListFailure),
    /// A key store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key that signs no requests.
    #[error("key `{name}` signs no requests: {problem}")]
    Key {
        /// The key's name.
        name: String,
        /// What is wrong.
        #[source]
        problem: StatusKeyProblem,
    },
    /// A rule without an end.
    #[error(
        "--key needs --issued-from and --issued-until, or --dose-lot: a whole key is withdrawn by the list's operator (tegata-trust set-key --state revoked)"
    )]
    WholeKey,
    /// A span of time that ends before it begins.
    #[error("--issued-until lies before --issued-from: exchange them")]
    EmptySpan,
    /// Many, and nobody said yes.
    #[error("that concerns {0}: look at it with --dry-run, then say --yes; nothing was changed")]
    Unconfirmed(String),
    /// A file cannot be read.
    #[error("{file} cannot be read: {error}; check its name and who may read it; nothing was changed")]
    File {
        /// Which.
        file: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Withdrawing.
    #[error(transparent)]
    Withdraw(#[from] WithdrawError),
    /// The terminal.
    #[error("the answer cannot be written: {0}; make room, or send it elsewhere")]
    Output(#[from] std::io::Error),
}

impl WithdrawFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::List(failure) => failure.status(),
            Self::Key { .. } => Status::TrustRefused,
            Self::Store(error) => store_status(error),
            Self::WholeKey | Self::EmptySpan | Self::Unconfirmed(_) => Status::Unsuitable,
            Self::Withdraw(
                WithdrawError::Register(_)
                | WithdrawError::Sign(_)
                | WithdrawError::HandOut(_)
                | WithdrawError::InTheWay(_),
            ) => Status::Failed,
            Self::Withdraw(_) => Status::Unsuitable,
            Self::File { .. } | Self::Register(_) | Self::Output(_) => Status::Failed,
        }
    }
}

/// Withdraws.
///
/// # Errors
/// [`WithdrawFailure`].
pub fn revoke(args: &RevokeArguments, now: UnixTime, out: &mut dyn Write) -> Result<Status, WithdrawFailure> {
    run(Change::Withdraw, args.reason, &args.what, &args.how, now, out)
}

/// Reinstates.
///
/// # Errors
/// [`WithdrawFailure`].
pub fn reinstate(args: &ReinstateArguments, now: UnixTime, out: &mut dyn Write) -> Result<Status, WithdrawFailure> {
    run(Change::Reinstate, RevocationReason::Withdrawn, &args.what, &args.how, now, out)
}

fn run(
    change: Change,
    reason: RevocationReason,
    what: &What,
    how: &How,
    now: UnixTime,
    out: &mut dyn Write,
) -> Result<Status, WithdrawFailure> {
    let state = lists::load(&how.trust, &how.root, now)?;
    let mut register = Register::open(how.register.location())?;
    let targets = targets(what, how, &mut register)?;
    let bar = progress_bar(total(&mut register, &targets)?);
    let chosen = choose(&mut register, &state, &targets, now, &mut |looked_at| bar.inc(looked_at));
    bar.finish_and_clear();
    let chosen = chosen?;
    let mut asked = preview(&mut register, change, &chosen)?;
    let (mut files, mut cards) = (Vec::new(), 0);
    if !how.dry_run {
        let folder = register.beside(REQUESTS);
        if !(asked.is_nothing() && chosen.cards.is_empty()) {
            confirm(change, asked.places + chosen.cards.len() as u64, asked.rules, how)?;
        }
        if !asked.is_nothing() {
            let order = Order { change, reason, sequence: how.sequence, folder: &folder, made_at: now };
            asked = sign(how, &state, &mut register, &chosen, &order)?;
        }
        cards = change_cards(&mut register, change, &chosen, now)?;
        files = hand_out(&mut register, &asked.requests, &folder, how.out.as_deref(), now)?;
    }
    register.close()?;
    tell(change, how, &chosen, &asked, cards, &files, out)?;
    let stays = change == Change::Withdraw && chosen.without_place > 0;
    Ok(if stays { Status::RowsRefused } else { Status::Done })
}

fn targets(what: &What, how: &How, register: &mut Register) -> Result<Vec<Target>, WithdrawFailure> {
    let mut targets: Vec<Target> = what.people.iter().cloned().map(Target::Person).collect();
    for text in &what.certificates {
        targets.push(Target::Certificate(certificate_text(text)?));
    }
    targets.extend(what.places.iter().copied().map(Target::Place));
    targets.extend(what.contradicted.then_some(Target::Contradicted));
    if let Some(path) = &what.from_file {
        let input = Input::open(path).map_err(|error| match error {
            ImportError::Read { file, error } => WithdrawFailure::File { file: file.to_string(), error },
            other => WithdrawFailure::File {
                file: path.display().to_string(),
                error: std::io::Error::other(other.to_string()),
            },
        })?;
        targets.push(Target::List(read_list(input).map_err(WithdrawError::from)?));
    }
    let issued = what.issued_from.zip(what.issued_until);
    match (&what.key, &what.dose_lot) {
        (None, None) => {}
        (None, Some(lot)) => targets.push(Target::Lot(lot.clone())),
        (Some(_), None) if issued.is_none() => return Err(WithdrawFailure::WholeKey),
        (Some(key), lot) => {
            if issued.is_some_and(|(from, until)| from >= until) {
                return Err(WithdrawFailure::EmptySpan);
            }
            let kid = match how.store.store().record(key) {
                Ok(record) => record.kid(),
                // Keys get lost, and that is when their rules are needed: the kid will do.
                Err(StoreError::Unknown { .. } | StoreError::Name(_)) => key_with_prefix(register, key)?,
                Err(error) => return Err(error.into()),
            };
            targets.push(Target::Rule(RuleScope { kid, issued, lot: lot.clone() }));
        }
    }
    Ok(targets)
}

/// The text of a certificate, or what the file of that name holds.
fn certificate_text(text: &str) -> Result<String, WithdrawFailure> {
    if text.starts_with("TG1:") || text.starts_with("HC1:") {
        return Ok(text.to_owned());
    }
    std::fs::read_to_string(text).map_err(|error| WithdrawFailure::File { file: text.to_owned(), error })
}

/// How much there is to look at: records for a lot, rows for a list.
fn total(register: &mut Register, targets: &[Target]) -> Result<u64, WithdrawFailure> {
    let mut total = 0;
    for target in targets {
        total += match target {
            Target::Lot(_) | Target::Contradicted => register.status()?.issuable,
            Target::List(rows) => rows.len() as u64,
            _ => 0,
        };
    }
    Ok(total)
}

fn confirm(change: Change, certificates: u64, rules: u64, how: &How) -> Result<(), WithdrawFailure> {
    if how.yes || (certificates <= MANY && rules == 0) {
        return Ok(());
    }
    let unconfirmed = || WithdrawFailure::Unconfirmed(counted(certificates, rules));
    if !std::io::stderr().is_terminal() || !std::io::stdin().is_terminal() {
        return Err(unconfirmed());
    }
    eprint!("This {} {}. Go on? [y/N] ", verb(change), counted(certificates, rules));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    if matches!(answer.trim(), "y" | "Y" | "yes") { Ok(()) } else { Err(unconfirmed()) }
}

/// `3 certificates and 1 rule`.
pub fn counted(certificates: u64, rules: u64) -> String {
    let of = |count: u64, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    match (certificates, rules) {
        (certificates, 0) => of(certificates, "certificate"),
        (0, rules) => of(rules, "rule"),
        (certificates, rules) => format!("{} and {}", of(certificates, "certificate"), of(rules, "rule")),
    }
}

fn sign(
    how: &How,
    state: &TrustState,
    register: &mut Register,
    chosen: &Chosen,
    order: &Order<'_>,
) -> Result<Asked, WithdrawFailure> {
    let name = how.status_key.as_deref().unwrap_or_default();
    let store = how.store.store();
    let record = store.record(name)?;
    let refused = |problem| WithdrawFailure::Key { name: name.to_owned(), problem };
    // The public half tells: nobody types a passphrase for a key that won't do.
    StatusKey::check(&record.key, record.demo, state).map_err(refused)?;
    let signer = how.passphrase.keyring(&store).open(name)?;
    let key = StatusKey::new(&signer, record.demo, state).map_err(refused)?;
    Ok(ask(register, &key, chosen, order)?)
}

fn verb(change: Change) -> &'static str {
    match change {
        Change::Withdraw => "withdraws",
        Change::Reinstate => "reinstates",
    }
}

fn tell(
    change: Change,
    how: &How,
    chosen: &Chosen,
    asked: &Asked,
    cards: u64,
    files: &[(u64, PathBuf)],
    out: &mut dyn Write,
) -> Result<(), WithdrawFailure> {
    if how.json {
        let answer = json!({
            "action": match change { Change::Withdraw => "revoke", Change::Reinstate => "reinstate" },
            "dry_run": how.dry_run,
            "request": asked.sequence,
            "certificates": asked.places,
            "rules": asked.rules,
            "already": asked.already,
            "cards": cards,
            "expired": chosen.expired,
            "without_status": chosen.without_place,
            "without_certificate": chosen.without_certificate,
            "files": files.iter().map(|(_, path)| path.display().to_string()).collect::<Vec<_>>(),
        });
        return Ok(writeln!(out, "{answer}")?);
    }
    let (verb, what) = (verb(change), counted(asked.places, asked.rules));
    match asked.sequence {
        Some(sequence) => writeln!(out, "Request {sequence} {verb} {what}.")?,
        None if !chosen.cards.is_empty() && asked.is_nothing() => {}
        None if !asked.is_nothing() => writeln!(out, "A request would be made that {verb} {what}.")?,
        None if change == Change::Withdraw => writeln!(out, "Nothing to ask for: all of it is withdrawn already.")?,
        None => writeln!(out, "Nothing to ask for: none of it is withdrawn.")?,
    }
    if !chosen.cards.is_empty() {
        let (what, total) = (counted(cards, 0), chosen.cards.len());
        writeln!(
            out,
            "By numbers of their own, this {verb} {what} of {total}: publish the lists anew (tegata-issuer publish-health-card-keys)."
        )?;
    }
    let notes = [
        (if asked.is_nothing() { 0 } else { asked.already }, "as they should be already"),
        (chosen.expired, "expired by themselves and left out"),
        (chosen.without_certificate, "people without a certificate"),
    ];
    for (count, note) in notes.into_iter().filter(|(count, _)| *count > 0) {
        writeln!(out, "{count} {note}.")?;
    }
    if change == Change::Withdraw && chosen.without_place > 0 {
        writeln!(
            out,
            "Not withdrawn: {} in formats without a place in a list of ours: in force until their end, unless the whole key is \
             withdrawn, of eu-dcc and icvp by the list's operator (tegata-trust set-key --state revoked), of vds-nc by \
             the authority that issued its certificate.",
            counted(chosen.without_place, 0)
        )?;
    }
    for (sequence, path) in files {
        writeln!(out, "Send request {sequence} to the status service: {}", path.display())?;
    }
    if let (Some(1), Some(name)) = (asked.sequence, &how.status_key) {
        let record = how.store.store().record_path(name);
        writeln!(out, "It's the first: the service must know the key that signed it, {}", record.display())?;
    }
    Ok(())
}

impl From<HandOutError> for WithdrawFailure {
    fn from(error: HandOutError) -> Self {
        Self::Withdraw(error.into())
    }
}
