//! `rehearse`: would every verifier arrive?

use super::cli::RepositoryArgs;
use super::failure::Failure;
use super::sign::{read_capped, read_proposal};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_trust_lists::Role;
use tegata_trust_lists::publish::{Folder, MAX_PROPOSAL, Piece, Proposal, rehearse};

#[derive(Args)]
#[command(
    after_help = "Plays every set that was ever published (the folder's history) with stand-in keys: a verifier that stopped there\n\
    updates to the set to come, and so does a new verifier. The exit status is 2 if one of them would be left behind.\n\n\
    Examples:\n  tegata-trust rehearse root-2.proposal --dir trust     before the officers sign\n  \
    tegata-trust rehearse --dir trust                     what is assembled and waits"
)]
pub struct RehearseArgs {
    /// A proposal, or a signed root file; without it what is assembled and waits
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,
    #[command(flatten)]
    pub repository: RepositoryArgs,
    /// Play as of this time instead of now
    #[arg(long, value_name = "RFC3339", value_parser = super::cli::time)]
    pub at: Option<UnixTime>,
}

pub fn run(args: &RehearseArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let now = args.at.unwrap_or(now);
    let folder = Folder::open(&args.repository.dir)?;
    let repository = folder.repository()?;
    let piece = args.file.as_deref().map_or(Ok(Piece::Waiting), piece)?;
    let mut missing = Vec::new();
    let past = folder.past_sets()?.filter_map(|(version, set)| set.map_err(|_| missing.push(version)).ok());
    let rehearsal = rehearse(&repository, past, &piece, now)?;
    for version in missing {
        eprintln!("warning: files of head {version} are not there any more: it could not be played");
    }
    for place in &rehearsal.passed_over {
        eprintln!("warning: past set {} does not hold under the roots: it was passed over", place + 1);
    }
    for stranded in &rehearsal.stranded {
        match (stranded.head, stranded.since) {
            (Some(head), Some(since)) => write!(out, "left behind: a verifier that last took head {head} of {since}")?,
            _ => write!(out, "left behind: a new verifier")?,
        }
        writeln!(out, ": {} ({})", stranded.error, stranded.error.code())?;
    }
    if rehearsal.status_anew {
        writeln!(
            out,
            "The new root's status keys did not sign the shards in force: publish it with `tegata-trust status publish`."
        )?;
    }
    match rehearsal.stranded.len() {
        0 => {
            writeln!(out, "All {} past sets and a new verifier arrive.", rehearsal.arrived)?;
            Ok(())
        }
        count => Err(Failure::Stranded { count }),
    }
}

/// What the file holds.
fn piece(path: &Path) -> Result<Piece, Failure> {
    let bytes = read_capped(path, MAX_PROPOSAL)?;
    if Proposal::parse(&bytes).is_err() && bytes.first() == Some(&0xd8) {
        return Ok(Piece::SignedRoot(bytes));
    }
    let proposal = read_proposal(path)?;
    proposal.review(None)?;
    Ok(match proposal.role {
        Role::Root => Piece::Root(proposal.payload),
        _ => Piece::Trust(proposal.payload),
    })
}
