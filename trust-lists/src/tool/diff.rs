//! `diff`: what differs between two sets of lists, in words.

use super::failure::Failure;
use super::sign::read_proposal;
use super::words::{changes_of, write_changes};
use clap::Args;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use tegata_trust_lists::publish::{Folder, Proposed, Repository, Review, read_bundle};
use tegata_trust_lists::{Change, RootPin, Side, TrustState, diff};

#[derive(Args)]
#[command(
    after_help = "OLD and NEW may each be a repository's folder, a bundle or a proposal. Nothing is said of what only one of them has.\n\n\
    Examples:\n  tegata-trust diff last-week.cbor trust\n  tegata-trust diff trust trust-5.proposal\n  tegata-trust diff trust-5.proposal"
)]
pub struct DiffArgs {
    /// The older folder, bundle or proposal
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The newer one; without it OLD is a proposal, and what it changes is shown
    #[arg(value_name = "NEW")]
    pub new: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Something to compare.
enum Lists {
    Set(Box<TrustState>),
    Proposal(Box<Review>),
}

pub fn run(args: &DiffArgs, out: &mut dyn Write) -> Result<(), Failure> {
    let old = read(&args.old)?;
    let changes = match (&old, args.new.as_deref().map(read).transpose()?) {
        (Lists::Proposal(review), None) => changes_of(review),
        (Lists::Set(_), None) => return Err(Failure::OneSide),
        (old, Some(new)) => compare(old, &new),
    };
    if args.json {
        let changes: Vec<Value> = changes.iter().map(in_json).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&json!({ "changes": changes }))?)?;
    } else if changes.is_empty() {
        writeln!(out, "Nothing differs.")?;
    } else {
        write_changes(out, &changes)?;
    }
    Ok(())
}

fn in_json(change: &Change) -> Value {
    json!({ "code": change.kind.code(), "subject": change.subject, "words": change.words })
}

/// A proposal has one list only, so only that one is compared.
fn compare(old: &Lists, new: &Lists) -> Vec<Change> {
    let (mut before, mut after) = (side(old), side(new));
    for lists in [old, new] {
        if let Lists::Proposal(review) = lists {
            for side in [&mut before, &mut after] {
                *side = match review.proposed {
                    Proposed::Root(_) => Side { root: side.root, ..Side::default() },
                    Proposed::Trust(_) => Side { trust: side.trust, ..Side::default() },
                };
            }
        }
    }
    diff(&before, &after)
}

fn side(lists: &Lists) -> Side<'_> {
    match lists {
        Lists::Set(state) => Side::of(state),
        Lists::Proposal(review) => match &review.proposed {
            Proposed::Root(root) => Side { root: Some(root), ..Side::default() },
            Proposed::Trust(trust) => Side { trust: Some(trust), ..Side::default() },
        },
    }
}

/// A folder, a bundle or a proposal, as it was signed: its age does not matter here.
fn read(path: &Path) -> Result<Lists, Failure> {
    if path.is_dir() {
        let state = Folder::open(path)?.repository()?.state().cloned().ok_or(Failure::NothingPublished)?;
        return Ok(Lists::Set(Box::new(state)));
    }
    let mut start = Vec::new();
    File::open(path)
        .and_then(|file| file.take(64).read_to_end(&mut start))
        .map_err(|error| Failure::Read { path: path.to_owned(), error })?;
    if start.windows(17).any(|window| window == b"vc-trust-proposal") {
        return Ok(Lists::Proposal(Box::new(read_proposal(path)?.review(None)?)));
    }
    let bundle = read_bundle(path)?;
    let pin = RootPin::of(bundle.roots.first().map(Vec::as_slice).unwrap_or_default());
    let repository = Repository::open(bundle, &pin)?;
    let state = repository.state().cloned().ok_or(Failure::NothingPublished)?;
    Ok(Lists::Set(Box::new(state)))
}
