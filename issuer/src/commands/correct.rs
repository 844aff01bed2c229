//! `correct`: one record corrected by hand, with all that follows from it.

use super::issue::IssueFailure;
use super::letters::WayName;
use super::register_arguments::RegisterArguments;
use super::withdraw::WithdrawFailure;
use super::{LanguageName, lists, now, today};
use crate::error::{CommandError, Status};
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use tegata_certificate::UnixTime;
use tegata_issuer::approval::{ApprovalError, Permit};
use tegata_issuer::check::{Code, Language};
use tegata_issuer::correct::{
    CorrectError, Corrected, Correction, CorrectionReason, Edit, EditError, Successor, Tools, correct,
};
use tegata_issuer::issue::{IssuingKey, KeyProblem};
use tegata_issuer::withdraw::{REQUESTS, StatusKey, hand_out};
use tegata_issuer::{Register, RegisterNumber};
use tegata_keys::{KeyStoreArgs, PassphraseArgs, Signer};
use tegata_trust_lists::{RootPin, TrustState};

const EXAMPLES: &str = "\
Examples:
  tegata-issuer correct 4711 --edits edits.txt --reason clerical --dry-run
  tegata-issuer correct 4711 --edit 2.lot=FA7338 --reason ocr-misread --key office --status-key office-status \\
      --trust bundle.cbor --root SHA256
  tegata-issuer correct 4711 --reason other --key office --status-key office-status --trust bundle.cbor --root SHA256

An edit is FACT=VALUE (name, kana, romanised, birth, sex, nationality, passport), N.FACT=VALUE for the dose N (number,
date, product, lot, site), 'add FACT=VALUE,FACT=VALUE' or 'remove N'. Arguments may be seen by other users of this
machine; a file of edits, one a line, may not. The record is checked as an import checks it.

All of it happens, or nothing: the new record, new certificates in the place of those that it contradicts, the old ones in
the next request to the status service, and a paper due. Certificates that stay true stay in force; --renew replaces them
too. Doing it again changes nothing, and hands the same request out. The next import of the old file would undo the
correction: correct it where it comes from, too.

Exit status: 0 done; 1 done, but some old certificates stay in force (formats without status); 2 usage; 3 nobody there, or
the record would be wrong; 4 trust list or key refused; 5 a file cannot be read or written; 6 no passphrase, or a wrong
one. From 2 on, nothing was changed.";

/// Correct a record, and replace the certificates that it contradicts by then
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The person's number in the register
    #[arg(value_name = "NUMBER", value_parser = super::parse_number)]
    person: RegisterNumber,
    /// What to correct; may be given several times
    #[arg(long = "edit", value_name = "EDIT", value_parser = |text: &str| Edit::parse(text).map_err(|error| error.to_string()))]
    edits: Vec<Edit>,
    /// A file of edits, one a line
    #[arg(long = "edits", value_name = "FILE")]
    edits_from: Option<PathBuf>,
    /// Why: clerical, ocr-misread, wrong-person, moved, name-change, lot-recall, fraud or other
    #[arg(long, value_name = "REASON", value_parser = parse_reason)]
    reason: CorrectionReason,
    /// A finding that somebody has looked at and found right; may be given several times
    #[arg(long = "confirm", value_name = "CODE", value_parser = super::parse_code)]
    confirm: Vec<Code>,
    /// Also replace certificates that stay true but say less than the record
    #[arg(long)]
    renew: bool,
    /// Withdraw a certificate also where the record does not give a new one
    #[arg(long)]
    withdraw_only: bool,
    /// Number of the approval that a protected person's certificates need
    #[arg(long, value_name = "N")]
    approval: Option<u64>,
    /// The language that the paper begins with
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value = "ja")]
    language: LanguageName,
    /// Which way the paper goes
    #[arg(long, value_enum, value_name = "WAY", default_value = "counter")]
    way: WayName,
    #[command(flatten)]
    register: RegisterArguments,
    /// Name of a key that signs; may be given several times
    #[arg(long = "key", value_name = "NAME", required_unless_present = "dry_run", requires = "trust")]
    key_names: Vec<String>,
    /// Name of the key that signs requests to the status service
    #[arg(long, value_name = "NAME", requires = "trust")]
    status_key: Option<String>,
    #[command(flatten)]
    store: KeyStoreArgs,
    #[command(flatten)]
    passphrase: PassphraseArgs,
    /// The published trust list: a bundle file
    #[arg(long, value_name = "BUNDLE", requires = "root")]
    trust: Option<PathBuf>,
    /// SHA-256 of the list's first root file, as its operator published it
    #[arg(long, value_name = "SHA256", requires = "trust")]
    root: Option<RootPin>,
    /// Say what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

fn parse_reason(text: &str) -> Result<CorrectionReason, String> {
    CorrectionReason::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = CorrectionReason::ALL.iter().map(|reason| reason.name()).collect();
        format!("the reasons are {}", names.join(", "))
    })
}

/// Why nothing was corrected.
#[derive(Debug, thiserror::Error)]
pub enum CorrectFailure {
    /// A file of edits cannot be read.
    #[error("{file} cannot be read: {error}; check its name and who may read it; nothing was changed")]
    File {
        /// Which.
        file: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A line of it is no edit.
    #[error("{file}:{line}: {error}; nothing was changed")]
    Edit {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        #[source]
        error: EditError,
    },
    /// The library refused.
    #[error(transparent)]
    Correct(#[from] CorrectError),
}

impl CorrectFailure {
    /// The exit status that it leads to.
    pub fn status(&self) -> Status {
        match self {
            Self::File { .. } => Status::Failed,
            Self::Edit { .. } => Status::Unsuitable,
            Self::Correct(error) => match error {
                CorrectError::Register(_) => Status::Failed,
                CorrectError::Issue(tegata_issuer::issue::IssueError::NoKey(_)) => Status::TrustRefused,
                CorrectError::Issue(_) => Status::Failed,
                CorrectError::Withdraw(_)
                | CorrectError::Letter(tegata_issuer::LetterError::Register(_))
                | CorrectError::Approval(ApprovalError::Register(_)) => Status::Failed,
                _ => Status::Unsuitable,
            },
        }
    }
}

/// Corrects.
pub fn run(args: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let (now, edits) = (now(), edits(args)?);
    let mut register = Register::open(args.register.location())?;
    let granted = args.approval.map(|approval| register.granted(approval, now)).transpose()?;
    let permit = granted.as_ref().map_or(Permit::KEY_HOLDER, |granted| Permit::KEY_HOLDER.with(granted));
    let requests = register.beside(REQUESTS);
    let correction = Correction {
        person: &args.person,
        edits: &edits,
        reason: args.reason,
        confirm: &args.confirm,
        renew: args.renew,
        withdraw_only: args.withdraw_only,
        language: LanguageName::or_locale(Some(args.language)),
        way: args.way.into(),
        dry_run: args.dry_run,
        today: today(),
    };
    let Some((trust, root)) = args.trust.as_ref().zip(args.root.as_ref()) else {
        let tools = Tools { keys: &[], status: None, requests: &requests, permit };
        let corrected = correct(&mut register, &tools, &correction, now).map_err(CorrectFailure::from)?;
        register.close()?;
        return tell(args, &corrected, &[], out);
    };
    let state = lists::load(trust, root, now).map_err(IssueFailure::from)?;
    let signers = unlock(args)?;
    let store = args.store.store();
    let certificates = args.key_names.iter().map(|name| store.certificate(name)).collect::<Result<Vec<_>, _>>();
    let certificates = certificates.map_err(IssueFailure::from)?;
    let keys = issuing(args, &signers, &certificates, &state, now)?;
    let status = status_key(args, &signers, &state)?;
    let tools = Tools { keys: &keys, status: status.as_ref(), requests: &requests, permit };
    let corrected = correct(&mut register, &tools, &correction, now).map_err(CorrectFailure::from)?;
    let files = if args.dry_run {
        Vec::new()
    } else {
        hand_out(&mut register, &corrected.requests, &requests, None, now).map_err(WithdrawFailure::from)?
    };
    register.close()?;
    tell(args, &corrected, &files, out)
}

fn edits(args: &Arguments) -> Result<Vec<Edit>, CorrectFailure> {
    let mut edits = args.edits.clone();
    let Some(path) = &args.edits_from else { return Ok(edits) };
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| CorrectFailure::File { file: file.clone(), error })?;
    for (at, line) in text.trim_start_matches('\u{FEFF}').lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        edits.push(Edit::parse(line).map_err(|error| CorrectFailure::Edit {
            file: file.clone(),
            line: at + 1,
            error,
        })?);
    }
    Ok(edits)
}

/// One passphrase opens all keys in files that were named, and one PIN those in a token; the one for requests comes last.
fn unlock(args: &Arguments) -> Result<Vec<Box<dyn Signer>>, IssueFailure> {
    let names: Vec<&String> = args.key_names.iter().chain(&args.status_key).collect();
    let told = names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    let store = args.store.store();
    let mut keyring = args.passphrase.keyring(&store).asking_for(told);
    names.into_iter().map(|name| Ok(keyring.open(name)?)).collect()
}

fn issuing<'a>(
    args: &Arguments,
    signers: &'a [Box<dyn Signer>],
    certificates: &'a [Option<Vec<u8>>],
    state: &'a TrustState,
    now: UnixTime,
) -> Result<Vec<IssuingKey<'a>>, IssueFailure> {
    let mut keys = Vec::new();
    for (name, (signer, certificate)) in args.key_names.iter().zip(signers.iter().zip(certificates)) {
        let problem = |problem| IssueFailure::Key { name: name.clone(), problem };
        match IssuingKey::new(signer, state, now) {
            Ok(key) => keys.push(key),
            Err(KeyProblem::NotListed) if certificate.is_some() => {}
            Err(other) => return Err(problem(other)),
        }
        if let Some(certificate) = certificate {
            keys.push(IssuingKey::certified(signer, certificate, state, now).map_err(problem)?);
        }
    }
    Ok(keys)
}

fn status_key<'a>(
    args: &Arguments,
    signers: &'a [Box<dyn Signer>],
    state: &'a TrustState,
) -> Result<Option<StatusKey<'a>>, WithdrawFailure> {
    let (Some(name), Some(signer)) = (&args.status_key, signers.last()) else { return Ok(None) };
    let record = args.store.store().record(name)?;
    let refused = |problem| WithdrawFailure::Key { name: name.clone(), problem };
    StatusKey::new(signer, record.demo, state).map(Some).map_err(refused)
}

fn tell(
    args: &Arguments,
    corrected: &Corrected,
    files: &[(u64, PathBuf)],
    out: &mut dyn Write,
) -> Result<Status, CommandError> {
    let stays = corrected.successors.iter().filter(|one| !one.is_withdrawn).count();
    let status = if stays > 0 { Status::RowsRefused } else { Status::Done };
    if args.json {
        writeln!(out, "{}", as_json(args, corrected, files))?;
        return Ok(status);
    }
    let would = if args.dry_run { "would be " } else { "" };
    match (corrected.changed, corrected.successors.is_empty(), corrected.correction) {
        (false, true, _) => {
            writeln!(out, "The record is so already, and no certificate in force denies it: nothing to do.")?
        }
        (false, false, _) => writeln!(out, "The record stays as it is.")?,
        (true, ..) => writeln!(out, "The record {would}corrected.")?,
    }
    for fault in &corrected.findings {
        writeln!(out, "Confirmed: {}: {}.", fault.code.label(), fault.code.title(Language::En))?;
    }
    for one in &corrected.successors {
        writeln!(out, "{}", successor(one, args.dry_run))?;
    }
    if corrected.unknown > 0 {
        writeln!(
            out,
            "{} certificates in force are not touched: it is not known what they say (tegata-issuer review).",
            corrected.unknown
        )?;
    }
    if corrected.cards > 0 {
        writeln!(out, "Publish the lists of health cards anew: tegata-issuer publish-health-card-keys.")?;
    }
    if let Some(letter) = corrected.letter {
        writeln!(out, "Paper {letter} is due: tegata-issuer print.")?;
    }
    for (sequence, path) in files {
        writeln!(out, "Send request {sequence} to the status service: {}", path.display())?;
    }
    Ok(status)
}

fn successor(one: &Successor, dry_run: bool) -> String {
    let format = one.format.name();
    let old = match (one.is_withdrawn, dry_run) {
        (true, true) => "would be withdrawn",
        (true, false) => "is withdrawn",
        (false, _) => "stays in force until its end, for its format has no status of its own",
    };
    let new = match (one.refusal, dry_run) {
        (Some(refusal), _) => format!("no new one: {}", refusal.explanation()),
        (None, true) => "a new one would take its place".to_owned(),
        (None, false) => "a new one takes its place".to_owned(),
    };
    format!("{format} ({}): the old one {old}; {new}.", one.standing.name())
}

fn as_json(args: &Arguments, corrected: &Corrected, files: &[(u64, PathBuf)]) -> serde_json::Value {
    let successors: Vec<_> = corrected
        .successors
        .iter()
        .map(|one| {
            json!({
                "format": one.format.name(),
                "standing": one.standing.name(),
                "old": one.old,
                "new": one.new,
                "not_issued": one.refusal.map(tegata_issuer::issue::Refusal::code),
                "withdrawn": one.is_withdrawn,
            })
        })
        .collect();
    json!({
        "dry_run": args.dry_run,
        "correction": corrected.correction,
        "changed": corrected.changed,
        "confirmed": corrected.findings.iter().map(|fault| fault.code.name()).collect::<Vec<_>>(),
        "certificates": successors,
        "unknown": corrected.unknown,
        "cards": corrected.cards,
        "letter": corrected.letter,
        "requests": corrected.requests,
        "files": files.iter().map(|(_, path)| path.display().to_string()).collect::<Vec<_>>(),
    })
}
