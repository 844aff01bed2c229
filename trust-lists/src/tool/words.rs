//! What people read before they sign, and read aloud.

use super::failure::Failure;
use std::io::Write;
use tegata_trust_lists::publish::{Proposal, Proposed, Review};
use tegata_trust_lists::{Change, Header, Side, diff};

/// Hex in groups of four, as one reads it aloud.
pub fn spoken(hash: &[u8]) -> String {
    let hex = base16ct::lower::encode_string(hash);
    let mut text = String::with_capacity(hex.len() + hex.len() / 4);
    for (place, digit) in hex.chars().enumerate() {
        if place > 0 && place % 4 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

/// What a proposal changes.
pub fn changes_of(review: &Review) -> Vec<Change> {
    let old = Side { root: review.root.as_ref(), trust: review.trust.as_ref(), ..Side::default() };
    match &review.proposed {
        Proposed::Root(root) => diff(&old, &Side { root: Some(root), ..Side::default() }),
        Proposed::Trust(trust) => diff(&old, &Side { trust: Some(trust), ..Side::default() }),
    }
}

/// The header of the proposed list.
pub fn header_of(review: &Review) -> &Header {
    match &review.proposed {
        Proposed::Root(root) => &root.header,
        Proposed::Trust(trust) => &trust.header,
    }
}

/// Changes, a line each.
pub fn write_changes(out: &mut dyn Write, changes: &[Change]) -> Result<(), Failure> {
    for change in changes {
        writeln!(out, "  {}", change.words)?;
    }
    Ok(())
}

/// The whole of a proposal: what it is, what it changes, who must sign, and the hash.
pub fn write_review(out: &mut dyn Write, proposal: &Proposal, review: &Review) -> Result<(), Failure> {
    let header = header_of(review);
    writeln!(out, "Proposal: {} list {} of {}", proposal.role, header.version, proposal.repository_id)?;
    match review.pin {
        Some(pin) => writeln!(out, "First root: {pin} (compare it with the one that is known to everyone)")?,
        None => writeln!(out, "It begins a repository: there is no root yet.")?,
    }
    writeln!(out, "\nWhat changes")?;
    write_changes(out, &changes_of(review))?;
    if !review.keeps_trust {
        writeln!(
            out,
            "  Attention: the trust list in force is not signed by enough of the new trust keys. Propose one for them\n  \
            to sign once this root is assembled, and publish both together."
        )?;
    }
    writeln!(out, "\nWho must sign")?;
    for group in &review.groups {
        writeln!(out, "  {} of {} {}:", group.keys.threshold, group.keys.keys.len(), group.name)?;
        for key in &group.keys.keys {
            writeln!(out, "    {}", base16ct::lower::encode_string(&key.thumbprint()))?;
        }
    }
    writeln!(out, "\nSHA-256 of what is signed, to be read aloud by everyone who signs")?;
    writeln!(out, "  {}", spoken(&proposal.hash()))?;
    Ok(())
}
