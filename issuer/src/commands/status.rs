//! `tegata-issuer status`: what was asked for, what is withdrawn, and what is published of it.

use super::lists;
use super::register_arguments::RegisterArguments;
use super::withdraw::{WithdrawFailure, counted};
use crate::error::Status;
use clap::Args;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use tegata_certificate::UnixTime;
use tegata_issuer::withdraw::{CertificateState, Overview, PublishedState, adopt, overview, person};
use tegata_issuer::{Act, ActKind, Register, RegisterNumber};
use tegata_keys::KeyStoreArgs;
use tegata_trust_lists::RootPin;

const EXAMPLES: &str = "\
Examples:
  tegata-issuer status
  tegata-issuer status --trust bundle.cbor --root SHA256
  tegata-issuer status --person 4711
  tegata-issuer status --adopt requests/*.cose --status-key office-status --trust bundle.cbor --root SHA256

A register restored from a backup may not know its newest requests, and the status service refuses a number
that it has seen. --adopt takes them in from their files, which the office kept or the status service gives back. Where they are
lost, tegata-issuer revoke --sequence N numbers on above the last that the service took; with --trust, what is published as
withdrawn is not issued again even so.

Exit status: 0 done; 2 usage; 3 nobody there, or not a request; 4 trust list refused; 5 a file cannot be read.";

/// Requests of the largest file that a status service reads.
const MAX_REQUEST: u64 = 4 * 1024 * 1024;

/// Show requests, what is withdrawn, and what is published of it
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    #[command(flatten)]
    register: RegisterArguments,
    /// Show where the certificates of the person with that number stand
    #[arg(long, value_name = "NUMBER", value_parser = super::parse_number, conflicts_with_all = ["adopt", "trust"])]
    person: Option<RegisterNumber>,
    /// The published lists, to see what they show of the requests: a bundle file
    #[arg(long, value_name = "BUNDLE", requires = "root")]
    trust: Option<PathBuf>,
    /// SHA-256 of the list's first root file, as its operator published it
    #[arg(long, value_name = "SHA256", requires = "trust")]
    root: Option<RootPin>,
    /// Take requests into a register that has lost them; gaps are refused
    #[arg(long, value_name = "FILE", num_args = 1.., requires_all = ["status_key", "trust"])]
    adopt: Vec<PathBuf>,
    /// Name of the key that signed the adopted requests; its passphrase is not needed
    #[arg(long, value_name = "NAME", requires = "adopt")]
    status_key: Option<String>,
    #[command(flatten)]
    store: KeyStoreArgs,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Answers.
///
/// # Errors
/// [`WithdrawFailure`].
pub fn run(args: &Arguments, now: UnixTime, out: &mut dyn Write) -> Result<Status, WithdrawFailure> {
    let lists = args.trust.as_ref().zip(args.root.as_ref());
    let state = lists.map(|(path, root)| lists::load(path, root, now)).transpose()?;
    let mut register = Register::open(args.register.location())?;
    if let Some(number) = &args.person {
        register.note(&[Act::new(ActKind::View).about(number).with("of", "certificates")])?;
        let certificates = person(&mut register, number, now)?;
        register.close()?;
        tell_person(args, &certificates, out)?;
        return Ok(Status::Done);
    }
    if let (false, Some(state), Some(name)) = (args.adopt.is_empty(), &state, &args.status_key) {
        let key = args.store.store().record(name)?.key;
        let files = args.adopt.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let new = adopt(&mut register, state, &key, &files)?;
        if !args.json {
            writeln!(out, "Took in {new} requests of {}; the others were known.", files.len())?;
        }
    }
    let overview = overview(&mut register, state.as_ref())?;
    register.close()?;
    if args.json {
        writeln!(out, "{}", serde_json::to_string(&overview).map_err(std::io::Error::from)?)?;
    } else {
        tell(&overview, out)?;
    }
    Ok(Status::Done)
}

fn read(path: &PathBuf) -> Result<(String, Vec<u8>), WithdrawFailure> {
    let file = path.display().to_string();
    let fail = |error| WithdrawFailure::File { file: file.clone(), error };
    if std::fs::metadata(path).map_err(fail)?.len() > MAX_REQUEST {
        return Err(fail(std::io::ErrorKind::FileTooLarge.into()));
    }
    let bytes = std::fs::read(path).map_err(fail)?;
    Ok((file, bytes))
}

fn tell(overview: &Overview, out: &mut dyn Write) -> std::io::Result<()> {
    /// Requests that are shown: the newest.
    const SHOWN: usize = 10;
    writeln!(out, "withdrawn   {}", counted(overview.withdrawn, overview.rules.len() as u64))?;
    writeln!(out, "reinstated  {}", counted(overview.reinstated, 0))?;
    writeln!(out, "requests    {}, the next has number {}", overview.requests.len(), overview.next_sequence)?;
    let hidden = overview.requests.len().saturating_sub(SHOWN);
    for request in overview.requests.iter().skip(hidden) {
        let handed_out = if request.handed_out.is_some() { "" } else { ", not handed out: run the same command again" };
        let published = match request.published {
            None => "",
            Some("shown") => ", published",
            Some("waiting") => ", not published yet",
            Some(_) => ", changed by later requests",
        };
        writeln!(
            out,
            "  {:>6}  {}  {:<9}  {}{handed_out}{published}",
            request.sequence,
            request.made_at,
            request.action,
            counted(request.places, request.rules)
        )?;
    }
    if hidden > 0 {
        writeln!(out, "  … and {hidden} older ones (--json shows all)")?;
    }
    for rule in &overview.rules {
        let span = rule.issued_from.as_deref().zip(rule.issued_until.as_deref());
        let span = span.map(|(from, until)| format!(", issued from {from} and before {until}")).unwrap_or_default();
        let lot = rule.lot.as_deref().map(|lot| format!(", lot {lot}")).unwrap_or_default();
        let kid = rule.kid.get(..16).unwrap_or_default();
        writeln!(out, "  rule of request {}: key {kid}…{span}{lot} ({})", rule.request, rule.reason)?;
    }
    overview.published.as_ref().map_or(Ok(()), |published| tell_published(published, out))
}

fn tell_published(published: &PublishedState, out: &mut dyn Write) -> std::io::Result<()> {
    let as_of = published.as_of.as_deref().unwrap_or("never");
    writeln!(out, "published   {} as asked for, {} not yet (as of {as_of})", published.shown, published.waiting)?;
    for shard in &published.missing_shards {
        writeln!(out, "  shard {shard} is not published")?;
    }
    if published.unknown > 0 {
        writeln!(
            out,
            "  {} certificates are published as withdrawn without a request here: if the register came from a backup, \
             take its requests in with --adopt",
            published.unknown
        )?;
    }
    Ok(())
}

fn tell_person(args: &Arguments, certificates: &[CertificateState], out: &mut dyn Write) -> std::io::Result<()> {
    if args.json {
        return writeln!(out, "{}", json!({ "certificates": certificates }));
    }
    if certificates.is_empty() {
        return writeln!(out, "No certificate was issued.");
    }
    for certificate in certificates {
        let place = match (certificate.shard, certificate.index) {
            (Some(shard), Some(index)) => format!("{shard}:{index}"),
            _ => "no status".to_owned(),
        };
        let request = certificate.request.map(|request| format!(" (request {request})")).unwrap_or_default();
        writeln!(
            out,
            "{:<8} {place:<12} issued {}  ends {}  {}{request}",
            certificate.format, certificate.issued_at, certificate.expires_at, certificate.state
        )?;
    }
    Ok(())
}
