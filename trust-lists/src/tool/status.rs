//! `status`: the status service. It publishes what issuers ask for, and renews what is in force.

use super::cli::{IssuedAtArgs, RepositoryArgs, RoleKeyArgs};
use super::failure::Failure;
use super::sign::read_capped;
use super::signers::{as_signers, store, unlock};
use super::status_export::ExportArgs;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use tegata_certificate::UnixTime;
use tegata_trust_lists::publish::{
    Draft, Folder, JournalEntry, Lifetimes, PublishError, Repository, RequestOutcome, StatusContent, StatusDesk,
    WithdrawalsContent,
};
use tegata_trust_lists::{Role, Shard, Withdrawals};

const DAY: i64 = 86_400;

#[derive(Subcommand)]
pub enum StatusCommand {
    /// Apply issuers' requests, and publish the status of every shard anew
    #[command(
        after_help = "Run it every day, with or without requests: status that is not renewed grows old. A request is applied as a whole or\n\
        refused as a whole, and one that is refused stops no other; the exit status is then 2. Files that were applied\n\
        before are passed over, so a folder of requests can be given again and again.\n\n\
        --accept-gap: an issuer's requests are numbered, and one whose predecessor is missing is refused. Give up the missing\n\
        numbers only when the issuer says that they are lost for ever and what they asked for stands in this request.\n\n\
        Examples:\n  tegata-trust status publish --request inbox --keys service-keys --passphrase-fd 3 3< passphrase.txt\n  \
        tegata-trust status publish --request kakuu-17.request --dry-run"
    )]
    Publish(PublishArgs),
    /// Show shards, how old they are, and the last request of each issuer
    #[command(after_help = "Example:\n  tegata-trust status show --json")]
    Show(ShowArgs),
    /// Write a shard in a form that others read
    #[command(
        after_help = "Example:\n  tegata-trust status export --shard 1 --uri https://example.jp/status/1 --out shard-1.cwt"
    )]
    Export(ExportArgs),
}

#[derive(Args)]
pub struct PublishArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// A request, or a folder of requests
    #[arg(long = "request", value_name = "FILE|DIR")]
    pub requests: Vec<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Give up numbers of an issuer that never came
    #[arg(long)]
    pub accept_gap: bool,
    #[command(flatten)]
    pub role_keys: RoleKeyArgs,
    /// Life of status files in days
    #[arg(long, value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub status_days: u32,
    /// Life of the head in days
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=90))]
    pub head_days: u32,
    #[command(flatten)]
    pub issued_at: IssuedAtArgs,
}

#[derive(Args)]
pub struct ShowArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

pub fn run(command: &StatusCommand, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    match command {
        StatusCommand::Publish(args) => publish(args, args.issued_at.or(now), out),
        StatusCommand::Show(args) => show(args, out),
        StatusCommand::Export(args) => super::status_export::run(args, out),
    }
}

fn publish(args: &PublishArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = Folder::open(&args.repository.dir)?;
    let mut repository = folder.repository()?;
    let draft = folder.draft()?;
    let files = request_files(&args.requests)?;
    let (mut content, mut entries, mut refused) = (content(&folder, &draft, &repository, now)?, Vec::new(), 0);
    let mut desk = StatusDesk::new(&draft, &folder.journal()?)?;
    let requests: Vec<_> = files.iter().map(|(_, bytes)| bytes.clone()).collect();
    for (outcome, (path, _)) in desk.apply(&requests, &mut content.shards, args.accept_gap, now).into_iter().zip(&files)
    {
        let path = path.display();
        match outcome {
            RequestOutcome::Applied(entry) => {
                writeln!(out, "{path}: {}", in_words(&entry))?;
                entries.push(entry);
            }
            RequestOutcome::AppliedBefore => writeln!(out, "{path}: applied before")?,
            RequestOutcome::Refused(refusal) => {
                eprintln!("warning: {path} is refused ({}): {refusal}", refusal.code());
                refused += 1;
            }
        }
    }
    if args.dry_run {
        writeln!(out, "Nothing was published: --dry-run.")?;
    } else {
        sign(args, &mut repository, &content, now)?;
        folder.write_with(&repository, &entries)?;
        tell(&repository, out)?;
    }
    if refused > 0 { Err(Failure::RequestsRefused { refused, of: files.len() }) } else { Ok(()) }
}

fn sign(
    args: &PublishArgs,
    repository: &mut Repository,
    content: &StatusContent,
    now: UnixTime,
) -> Result<(), Failure> {
    let root = repository.coming_root();
    let status = root.status.as_ref().ok_or(PublishError::NoStatusRole)?;
    let store = store(&args.role_keys, &args.repository.dir);
    let mut keyring = args.role_keys.passphrase.keyring(&store).asking_for("the role keys");
    let signers = unlock(&store, &[(Role::Status, status), (Role::Head, &root.head)], &mut keyring)?;
    let lifetimes = Lifetimes {
        status: i64::from(args.status_days) * DAY,
        head: i64::from(args.head_days) * DAY,
        ..Lifetimes::default()
    };
    Ok(repository.publish_status(content, lifetimes, &as_signers(&signers), now)?)
}

/// What the next status says before any request: what is in force, and every shard whose certificates still live.
fn content(folder: &Folder, draft: &Draft, repository: &Repository, now: UnixTime) -> Result<StatusContent, Failure> {
    let mut in_force = repository.status_content();
    let mut content = StatusContent::default();
    for (number, size) in draft.live_shards(now)? {
        let shard = content.shards.entry(number).or_insert(in_force.remove(&number).unwrap_or_default());
        shard.size = shard.size.max(size);
    }
    for withdrawals in folder.withdrawals()?.into_values() {
        let groups = withdrawals.groups().map_err(|error| Failure::Withdrawals { list: withdrawals.list, error })?;
        content.withdrawals.insert(withdrawals.list, WithdrawalsContent { source: withdrawals.source.clone(), groups });
    }
    Ok(content)
}

/// The requests that are named, those of a folder in the order of their names. Hidden files are not yet whole.
fn request_files(named: &[PathBuf]) -> Result<Vec<(PathBuf, Vec<u8>)>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unread = |error| Failure::Read { path: path.clone(), error };
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
            if path.is_file() && !hidden {
                inside.push(path);
            }
        }
        inside.sort();
        files.extend(inside);
    }
    files.into_iter().map(|path| read_capped(&path, Role::Request.max_length()).map(|bytes| (path, bytes))).collect()
}

fn in_words(entry: &JournalEntry) -> String {
    let (_, name, _) = &entry.issuer;
    format!(
        "request {} of {name} ({}): {} revoked, {} reinstated, {} rules added, {} lifted",
        entry.sequence, entry.reason, entry.revoked, entry.reinstated, entry.rules_added, entry.rules_lifted
    )
}

fn tell(repository: &Repository, out: &mut dyn Write) -> Result<(), Failure> {
    let Some(state) = repository.state() else {
        return Ok(());
    };
    let revoked: usize = state.shards().map(|shard| shard.set().len()).sum();
    let rules: usize = state.shards().map(|shard| shard.rules().len()).sum();
    let shards = state.shards().count();
    write!(out, "Published status of {shards} shards ({revoked} indices revoked, {rules} rules)")?;
    match state.shards().map(|shard| shard.header().expires_at).min() {
        Some(until) => writeln!(out, ", valid until {until}: publish again every day.")?,
        None => writeln!(out, ".")?,
    }
    if !state.withdrawals().is_empty() {
        writeln!(out, "Published {} lists of others' withdrawals.", state.withdrawals().len())?;
    }
    let head = &state.head().header;
    writeln!(out, "Published head {}, valid until {}.", head.version, head.expires_at)?;
    Ok(())
}

fn show(args: &ShowArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = Folder::open(&args.repository.dir)?;
    let repository = folder.repository()?;
    let state = repository.state().ok_or(Failure::NothingPublished)?;
    let draft = folder.draft()?;
    let desk = StatusDesk::new(&draft, &folder.journal()?)?;
    let issuers: Vec<_> = draft
        .issuers
        .iter()
        .enumerate()
        .filter(|(_, issuer)| !issuer.status_keys.is_empty())
        .map(|(place, issuer)| (issuer, desk.last_sequence(place)))
        .collect();
    if args.json {
        let all = json!({
            "shards": state.shards().map(shard_json).collect::<Vec<_>>(),
            "withdrawals": state.withdrawals().iter().map(withdrawals_json).collect::<Vec<_>>(),
            "issuers": issuers.iter().map(|(issuer, last)| json!({
                "name_ja": issuer.name_ja, "name_en": issuer.name_en, "country": issuer.country, "last_request": last
            })).collect::<Vec<_>>(),
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        return Ok(());
    }
    for shard in state.shards() {
        let (set, header) = (shard.set(), shard.header());
        let (revoked, size, rules) = (set.len(), set.size(), shard.rules().len());
        write!(out, "shard {}: {revoked} of {size} revoked, {rules} rules; ", shard.number())?;
        writeln!(out, "version {}, as of {}, valid until {}", header.version, header.issued_at, header.expires_at)?;
    }
    for list in state.withdrawals() {
        let header = &list.header;
        write!(out, "withdrawals {} ({}): {} entries; ", list.list, list.source, list.len())?;
        writeln!(out, "version {}, as of {}, valid until {}", header.version, header.issued_at, header.expires_at)?;
    }
    for (issuer, last) in issuers {
        writeln!(out, "{} ({}): last request {last}", issuer.name_en, issuer.name_ja)?;
    }
    Ok(())
}

fn shard_json(shard: &Shard) -> Value {
    let header = shard.header();
    json!({
        "shard": shard.number(), "version": header.version, "as_of": header.issued_at.to_string(),
        "expires_at": header.expires_at.to_string(), "size": shard.set().size(), "revoked": shard.set().len(),
        "rules": shard.rules().len(),
    })
}

fn withdrawals_json(list: &Withdrawals) -> Value {
    let header = &list.header;
    json!({
        "list": list.list, "source": list.source, "entries": list.len(), "version": header.version,
        "as_of": header.issued_at.to_string(), "expires_at": header.expires_at.to_string(),
    })
}
