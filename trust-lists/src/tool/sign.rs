//! `sign`: one officer's signature over a proposal, on the officer's own machine.

use super::failure::Failure;
use super::words::{header_of, write_review};
use clap::Args;
use std::fs::File;
use std::io::{BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_keys::{KeyRecord, KeyStore, PassphraseArgs};
use tegata_trust_lists::RootPin;
use tegata_trust_lists::publish::{MAX_PROPOSAL, Proposal, Review, write_atomically};

/// How many hex digits of the hash an officer types at least.
const TYPED_DIGITS: usize = 8;

#[derive(Args)]
#[command(
    after_help = "Shows what the proposal changes, who must sign, and the hash to read aloud; signs only after you typed the\nbeginning of that hash. Nothing but the signature file leaves this machine.\n\n\
    Examples:\n  tegata-trust sign trust-5.proposal --keys my-keys --root 3f9a…\n  tegata-trust sign root-2.proposal --keys my-keys --key root-1 --yes 1a2b3c4d --passphrase-fd 3 3< passphrase.txt"
)]
pub struct SignArgs {
    /// The proposal
    #[arg(value_name = "PROPOSAL")]
    pub proposal: PathBuf,
    /// Folder of your keys
    #[arg(long = "keys", value_name = "DIR", default_value = "keys")]
    pub keys: PathBuf,
    /// Which of your keys signs, if more than one could
    #[arg(long, value_name = "NAME")]
    pub key: Option<String>,
    /// Refuse a proposal for a repository with another first root
    #[arg(long, value_name = "SHA256")]
    pub root: Option<RootPin>,
    /// Sign without asking, if the hash begins so (at least 8 hex digits)
    #[arg(long, value_name = "HEX")]
    pub yes: Option<String>,
    /// The file to write; the default is the proposal's name with the key's name and `.sig`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub passphrase: PassphraseArgs,
}

pub fn run(args: &SignArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let proposal = read_proposal(&args.proposal)?;
    let review = proposal.review(args.root.as_ref())?;
    write_review(out, &proposal, &review)?;
    // A list that says it was issued tomorrow would keep every later one out until then.
    if header_of(&review).issued_at > now.plus(86_400) {
        return Err(Failure::FutureProposal(header_of(&review).issued_at));
    }
    let store = KeyStore::new(&args.keys);
    let record = own_key(&store, args.key.as_deref(), &review)?;
    confirm(args.yes.as_deref(), &proposal.hash(), out)?;
    let signer = args.passphrase.keyring(&store).open(&record.name)?;
    let signature = proposal.sign(&signer, &record.name, now).map_err(Failure::NotSigned)?;
    let path = args.out.clone().unwrap_or_else(|| args.proposal.with_extension(format!("{}.sig", record.name)));
    write_atomically(&path, &signature.encode())?;
    writeln!(out, "\nSigned with `{}` ({}). Wrote {}.", record.name, record.kid_hex(), path.display())?;
    Ok(())
}

/// Reads a proposal, up to the largest size of one.
pub fn read_proposal(path: &Path) -> Result<Proposal, Failure> {
    let bytes = read_capped(path, MAX_PROPOSAL)?;
    Ok(Proposal::parse(&bytes)?)
}

/// Reads a file, up to one byte more than it may have.
pub fn read_capped(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(max as u64 + 1).read_to_end(&mut bytes))
        .map_err(|error| Failure::Read { path: path.to_owned(), error })?;
    Ok(bytes)
}

/// The key of this officer that the proposal asks for.
fn own_key(store: &KeyStore, name: Option<&str>, review: &Review) -> Result<KeyRecord, Failure> {
    let asked_for = |record: &KeyRecord| review.signers().any(|key| *key == record.key);
    if let Some(name) = name {
        let record = store.record(name)?;
        return if asked_for(&record) { Ok(record) } else { Err(Failure::NotASigner(name.to_owned())) };
    }
    let mut own: Vec<_> =
        store.list()?.into_iter().filter(|record| record.retired.is_none() && asked_for(record)).collect();
    match (own.len(), own.pop()) {
        (1, Some(record)) => Ok(record),
        (0, _) => Err(Failure::NoSigner(store.folder().to_owned())),
        (count, _) => Err(Failure::ManySigners { folder: store.folder().to_owned(), count }),
    }
}

/// Asks for the beginning of the hash: who types it has looked at it.
fn confirm(yes: Option<&str>, hash: &[u8; 32], out: &mut dyn Write) -> Result<(), Failure> {
    let typed = match yes {
        Some(yes) => yes.to_owned(),
        None => {
            if !std::io::stdin().is_terminal() {
                return Err(Failure::NotConfirmed);
            }
            write!(out, "\nType the first {TYPED_DIGITS} digits of the hash to sign, anything else to leave: ")?;
            out.flush()?;
            let mut line = String::new();
            std::io::stdin().lock().take(256).read_line(&mut line)?;
            line
        }
    };
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
    let hex = base16ct::lower::encode_string(hash);
    if typed.len() >= TYPED_DIGITS && hex.starts_with(&typed) { Ok(()) } else { Err(Failure::NotConfirmed) }
}
