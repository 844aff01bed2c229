//! `propose`: an unsigned list for officers to sign apart.

use super::cli::{IssuedAtArgs, RepositoryArgs};
use super::failure::Failure;
use super::init::check_id;
use super::public_key;
use super::words::{header_of, write_review};
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use tegata_certificate::{UnixTime, VerifyingKey};
use tegata_trust_lists::publish::{Folder, Lifetimes, Proposal, Roles, RootChanges, write_atomically};
use tegata_trust_lists::{Role, RoleKeys};

const DAY: i64 = 86_400;

#[derive(Subcommand)]
pub enum ProposeCommand {
    /// The first root of a new repository, from the officers' public key records
    #[command(
        after_help = "Each officer makes a key on a machine of their own and hands over its public record, NAME.json:\n  \
        tegata-trust key new root-1 --keys my-keys\n\n\
        Example:\n  tegata-trust propose init --repository-id example.jp/vaccination \\\n    \
        --root-key a/root-1.json --root-key b/root-2.json --root-key c/root-3.json \\\n    \
        --trust-key a/trust-1.json --trust-key b/trust-2.json --trust-key c/trust-3.json \\\n    \
        --status-key s/status-1.json --status-key s/status-2.json --head-key h/head-1.json --head-key h/head-2.json"
    )]
    Init(InitArgs),
    /// The next root: other keys, thresholds or expiry, signed by the old and the new root keys
    #[command(
        after_help = "Examples:\n  tegata-trust propose root --add-root-key d/root-4.json --remove-key 5f21ab\n  \
        tegata-trust propose root --add-head-key h/head-3.json --threshold root=3 --root-days 365"
    )]
    Root(RootArgs),
    /// The next trust list, from repository.json
    #[command(after_help = "Example:\n  tegata-trust propose trust --dir trust --trust-days 60")]
    Trust(TrustArgs),
}

#[derive(Args)]
pub struct InitArgs {
    /// Name of the repository, in every signature for ever; `DEMO/…` for demonstrations
    #[arg(long, value_name = "ID")]
    pub repository_id: String,
    /// A demonstration: one key a role is enough, and no verifier believes it unless told to
    #[arg(long)]
    pub demo: bool,
    /// Public key record of an officer who signs roots
    #[arg(long = "root-key", value_name = "FILE", required = true)]
    pub root: Vec<PathBuf>,
    /// Public key record of an officer who signs trust lists
    #[arg(long = "trust-key", value_name = "FILE", required = true)]
    pub trust: Vec<PathBuf>,
    /// Public key record of the status service
    #[arg(long = "status-key", value_name = "FILE")]
    pub status: Vec<PathBuf>,
    /// Public key record of the online machine that signs heads
    #[arg(long = "head-key", value_name = "FILE", required = true)]
    pub head: Vec<PathBuf>,
    /// Public key record of whoever signs rule sets
    #[arg(long = "rules-key", value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// How many must sign, as root=3; else two for root and trust, one for the others
    #[arg(long = "threshold", value_name = "ROLE=N", value_parser = threshold)]
    pub thresholds: Vec<(Role, u64)>,
    #[command(flatten)]
    pub lifetime: RootLifetime,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Args)]
pub struct RootArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// Public key record that the root role gets
    #[arg(long = "add-root-key", value_name = "FILE")]
    pub root: Vec<PathBuf>,
    /// Public key record that the trust role gets
    #[arg(long = "add-trust-key", value_name = "FILE")]
    pub trust: Vec<PathBuf>,
    /// Public key record that the status role gets
    #[arg(long = "add-status-key", value_name = "FILE")]
    pub status: Vec<PathBuf>,
    /// Public key record that the head role gets
    #[arg(long = "add-head-key", value_name = "FILE")]
    pub head: Vec<PathBuf>,
    /// Public key record that the rules role gets
    #[arg(long = "add-rules-key", value_name = "FILE")]
    pub rules: Vec<PathBuf>,
    /// A role key that leaves: its kid in hex, or an unambiguous beginning of it
    #[arg(long = "remove-key", value_name = "KID")]
    pub remove: Vec<String>,
    /// How many must sign from now on, as root=3
    #[arg(long = "threshold", value_name = "ROLE=N", value_parser = threshold)]
    pub thresholds: Vec<(Role, u64)>,
    /// How many days verifiers may use expired lists
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i64).range(0..=90))]
    pub grace_days: Option<i64>,
    #[command(flatten)]
    pub lifetime: RootLifetime,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Args)]
pub struct TrustArgs {
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// Life of the trust list in days
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub trust_days: u32,
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Args)]
pub struct RootLifetime {
    /// Life of the root in days
    #[arg(long, value_name = "DAYS", default_value_t = 730, value_parser = clap::value_parser!(u32).range(1..=3653))]
    pub root_days: u32,
}

#[derive(Args)]
pub struct OutputArgs {
    /// The file to write; the default is ROLE-VERSION.proposal
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub issued_at: IssuedAtArgs,
}

impl RootLifetime {
    fn lifetimes(&self) -> Lifetimes {
        Lifetimes { root: i64::from(self.root_days) * DAY, ..Lifetimes::default() }
    }
}

pub fn run(command: &ProposeCommand, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let (proposal, output) = match command {
        ProposeCommand::Init(args) => (init(args, args.output.issued_at.or(now))?, &args.output),
        ProposeCommand::Root(args) => (root(args, args.output.issued_at.or(now))?, &args.output),
        ProposeCommand::Trust(args) => {
            let folder = Folder::open(&args.repository.dir)?;
            let lifetimes = Lifetimes { trust: i64::from(args.trust_days) * DAY, ..Lifetimes::default() };
            let now = args.output.issued_at.or(now);
            (folder.repository()?.propose_trust(folder.draft()?.lists()?, lifetimes, now)?, &args.output)
        }
    };
    // What an officer's machine would refuse is not sent to one.
    let review = proposal.review(None)?;
    let path = output
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{}-{}.proposal", proposal.role, header_of(&review).version)));
    write_atomically(&path, &proposal.encode())?;
    write_review(out, &proposal, &review)?;
    writeln!(out, "\nWrote {}. Each officer signs it on a machine of their own:", path.display())?;
    writeln!(out, "  tegata-trust sign {} --keys DIR", path.display())?;
    Ok(())
}

fn init(args: &InitArgs, now: UnixTime) -> Result<Proposal, Failure> {
    check_id(&args.repository_id, args.demo)?;
    let role = |role: Role, files: &[PathBuf], usual: u64| -> Result<RoleKeys, Failure> {
        let keys = files.iter().map(|path| officer_key(path, args.demo)).collect::<Result<Vec<_>, _>>()?;
        let asked = args.thresholds.iter().find(|(named, _)| *named == role).map(|(_, threshold)| *threshold);
        Ok(RoleKeys { threshold: asked.unwrap_or(usual.min(keys.len() as u64)), keys })
    };
    let status = if args.status.is_empty() { None } else { Some(role(Role::Status, &args.status, 1)?) };
    let roles = Roles {
        root: role(Role::Root, &args.root, 2)?,
        trust: role(Role::Trust, &args.trust, 2)?,
        status,
        head: role(Role::Head, &args.head, 1)?,
        rules: if args.rules.is_empty() { None } else { Some(role(Role::Rules, &args.rules, 1)?) },
    };
    Ok(Proposal::init(&args.repository_id, roles, args.lifetime.lifetimes(), now)?)
}

fn root(args: &RootArgs, now: UnixTime) -> Result<Proposal, Failure> {
    let repository = Folder::open(&args.repository.dir)?.repository()?;
    let demo = repository.root().header.is_demo();
    let mut add = Vec::new();
    for (role, files) in [
        (Role::Root, &args.root),
        (Role::Trust, &args.trust),
        (Role::Status, &args.status),
        (Role::Head, &args.head),
        (Role::Rules, &args.rules),
    ] {
        for path in files {
            add.push((role, officer_key(path, demo)?));
        }
    }
    let changes = RootChanges {
        add,
        remove: args.remove.clone(),
        thresholds: args.thresholds.clone(),
        grace_cap: args.grace_days.map(|days| days * DAY),
    };
    Ok(repository.propose_root(&changes, args.lifetime.lifetimes(), now)?)
}

/// An officer's public key, which must not be one for demonstrations in a repository that counts.
fn officer_key(path: &Path, demo: bool) -> Result<VerifyingKey, Failure> {
    let public = public_key::read(path)?;
    if public.demo && !demo { Err(Failure::DemoOfficerKey(path.to_owned())) } else { Ok(public.key) }
}

fn threshold(text: &str) -> Result<(Role, u64), String> {
    let parts = text.split_once('=').and_then(|(role, number)| {
        let role = Role::ALL.into_iter().find(|known| known.name() == role)?;
        Some((role, number.parse().ok().filter(|number| (1..=32).contains(number))?))
    });
    parts.ok_or_else(|| "a role and how many of its keys must sign, as root=2".to_owned())
}
