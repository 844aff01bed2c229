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
    if let Some(StateName::Retired | StateName::Revoked) = args.state
        && draft.keys_mut(&args.kid.to_ascii_lowercase()).is_empty()
    {
        return drop_status_key(args, &folder, draft, out);
    }
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
    if let Some(hint) = args.hint {
        key.set_hint(hint);
        done.push(format!("Key {kid} is known to HC1: codes as {}.", base16ct::lower::encode_string(&hint)));
    }
    if let Some(source) = &args.source {
        key.set_source(source);
        done.push(format!("Key {kid} has the source: {source}"));
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

/// A key that signs status requests is in no published list: it is simply believed no more.
fn drop_status_key(args: &SetKeyArgs, folder: &Folder, mut draft: Draft, out: &mut dyn Write) -> Result<(), Failure> {
    let kid = args.kid.to_ascii_lowercase();
    let mut dropped = draft.drop_status_keys(&kid)?;
    match (dropped.len(), dropped.pop()) {
        (1, Some(kid)) => {
            folder.save_draft(&draft)?;
            writeln!(out, "Key {kid} signs no status requests any more.")?;
            Ok(())
        }
        (0, _) => Err(Failure::UnknownKid(kid)),
        (count, _) => Err(Failure::AmbiguousKid { kid, count }),
    }
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
