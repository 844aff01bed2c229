//! `set-key`: the state of a listed key.

use super::cli::{SetKeyArgs, StateName};
use super::failure::Failure;
use std::io::Write;
use tegata_certificate::UnixTime;
use tegata_trust_lists::KeyState;
use tegata_trust_lists::publish::{Draft, DraftKey, Folder};

pub fn run(args: &SetKeyArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = Folder::open(&args.repository.dir)?;
    let mut draft = folder.draft()?;
    let key = the_key(&mut draft, &args.kid)?;
    let kid = key.kid().to_owned();
    let mut done = Vec::new();
    if let Some(state) = args.state {
        let state = match state {
            StateName::Active => KeyState::Active,
            StateName::Retired => KeyState::Retired,
            StateName::Revoked => KeyState::Revoked { at: now, reason: args.reason },
        };
        key.set_state(state);
        done.push(format!("Key {kid} is now {}.", state.name()));
    }
    if let Some(wanted) = args.add_indices {
        let until = key.valid_until().unwrap_or(UnixTime::MAX);
        let range = draft.allot(until, wanted)?;
        the_key(&mut draft, &kid)?.add_range(range);
        done.push(format!("Key {kid} also holds indices {} to {} of shard {}.", range.from, range.to - 1, range.shard));
    }
    folder.repository()?.check(draft.lists()?, now)?;
    folder.save_draft(&draft)?;
    for line in done {
        writeln!(out, "{line}")?;
    }
    writeln!(
        out,
        "Verifiers will know once it is published: tegata-trust publish --dir {}",
        args.repository.dir.display()
    )?;
    Ok(())
}

fn the_key<'a>(draft: &'a mut Draft, kid: &str) -> Result<&'a mut DraftKey, Failure> {
    let kid = kid.to_ascii_lowercase();
    let mut found = draft.keys_mut(&kid);
    match (found.len(), found.pop()) {
        (1, Some(key)) => Ok(key),
        (0, _) => Err(Failure::UnknownKid(kid)),
        (count, _) => Err(Failure::AmbiguousKid { kid, count }),
    }
}
