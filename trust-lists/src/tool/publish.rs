//! `publish`: signs what is listed.

use super::cli::PublishArgs;
use super::failure::Failure;
use super::signers::{as_signers, store, unlock};
use std::io::Write;
use tegata_certificate::UnixTime;
use tegata_trust_lists::Role;
use tegata_trust_lists::publish::{Folder, Lifetimes, PublishError};

pub fn run(args: &PublishArgs, now: UnixTime, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = Folder::open(&args.repository.dir)?;
    let mut repository = folder.repository()?;
    let now = args.issued_at.or(now);
    let before = repository.root().header.version;
    let draft = folder.draft()?;
    let day = 86_400;
    let lifetimes = Lifetimes {
        trust: i64::from(args.trust_days) * day,
        head: i64::from(args.head_days) * day,
        ..Lifetimes::default()
    };
    let lists = if args.head_only { None } else { Some(draft.lists()?) };
    // Before any passphrase is asked for: what nobody would take needs none.
    if let Some(lists) = &lists {
        if repository.waiting().1.is_some() {
            return Err(PublishError::Waiting { role: Role::Trust }.into());
        }
        repository.check(lists.clone(), now)?;
    }

    let store = store(&args.role_keys, &args.repository.dir);
    let mut keyring = args.role_keys.passphrase.keyring(&store).asking_for("the role keys");
    let root = repository.coming_root();
    let mut roles = vec![(Role::Head, &root.head)];
    if !args.head_only {
        roles.push((Role::Trust, &root.trust));
    }
    let signers = unlock(&store, &roles, &mut keyring)?;
    match lists {
        Some(lists) => repository.publish(lists, lifetimes, &as_signers(&signers), now)?,
        None => repository.renew_head(lifetimes, &as_signers(&signers), now)?,
    }
    folder.write(&repository)?;
    if let Some(state) = repository.state() {
        let root = &state.root().header;
        if root.version > before {
            writeln!(out, "Published root {}, valid until {}.", root.version, root.expires_at)?;
        }
        let (trust, head) = (state.trust(), state.head());
        let anchors = match trust.anchors.len() {
            0 => String::new(),
            count => format!(", {count} anchors"),
        };
        writeln!(
            out,
            "Published trust list {} ({} issuers, {} keys{anchors}), valid until {}.",
            trust.header.version,
            trust.issuers.len(),
            trust.keys.len(),
            trust.header.expires_at
        )?;
        writeln!(
            out,
            "Published head {}, valid until {}: publish again before.",
            head.header.version, head.header.expires_at
        )?;
    }
    Ok(())
}
