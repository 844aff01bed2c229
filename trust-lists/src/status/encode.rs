//! Status files on their way out: the publisher's side. Equal sets give equal bytes.

use super::fault::StatusFault;
use super::rule::Rule;
use super::set::StatusSet;
use super::shard::{DELTA, SET, SHARD, Shard, hash_set, write_set};
use super::withdrawals::Withdrawals;
use crate::error::TrustError;
use crate::header::Header;
use crate::publish::write_header;
use crate::role::Role;
use tegata_certificate::cbor::Writer;

/// The payload of a shard's base file.
///
/// # Errors
/// [`StatusFault::Rules`] for rules that no reader takes.
pub fn encode_base(header: &Header, shard: u64, set: &StatusSet, rules: &[Rule]) -> Result<Vec<u8>, StatusFault> {
    let mut writer = Writer::with_capacity(set.data().len() + 256);
    write_header(&mut writer, Role::Status, header, 2);
    writer.uint(SHARD);
    writer.uint(shard);
    writer.uint(SET);
    write_set(&mut writer, set, &encode_rules(rules)?);
    Ok(writer.into_bytes())
}

/// The payload of the delta that leads from a base to `set` and `rules`. Without a change it renews the
/// shard's freshness.
///
/// # Errors
/// [`StatusFault::Rules`] for rules that no reader takes, [`StatusFault::NoSuccessor`] if the shard would
/// become smaller.
pub fn encode_delta(
    header: &Header,
    shard: u64,
    base: (&StatusSet, &[Rule]),
    next: (&StatusSet, &[Rule]),
) -> Result<Vec<u8>, StatusFault> {
    let ((base, base_rules), (set, rules)) = (base, next);
    if set.size() < base.size() {
        return Err(StatusFault::NoSuccessor);
    }
    let (added, removed) = base.difference(set)?;
    let mut writer = Writer::with_capacity(added.data().len() + removed.data().len() + 256);
    write_header(&mut writer, Role::Status, header, 2);
    writer.uint(SHARD);
    writer.uint(shard);
    writer.uint(DELTA);
    writer.array(5);
    writer.bytes(&result_hash(base, base_rules)?);
    writer.uint(set.size());
    for part in [&added, &removed] {
        writer.array(2);
        write_indices(&mut writer, part);
    }
    Rule::write_all(&mut writer, rules)?;
    Ok(writer.into_bytes())
}

/// The hash that the head names: SHA-256 of the set item.
///
/// # Errors
/// [`StatusFault::Rules`] for rules that no reader takes.
pub fn result_hash(set: &StatusSet, rules: &[Rule]) -> Result<[u8; 32], StatusFault> {
    Ok(hash_set(set, &encode_rules(rules)?))
}

/// What every verifier will make of these payloads, with the hash for the head: the publisher's check
/// of its own work, and its way to read what is in force.
///
/// # Errors
/// [`TrustError`]: why no verifier will take them.
pub fn open_shard(
    number: u64,
    base_payload: &[u8],
    delta_payload: Option<&[u8]>,
) -> Result<(Shard, [u8; 32]), TrustError> {
    Shard::open(number, base_payload, delta_payload)
}

/// The same for a foreign withdrawal list.
///
/// # Errors
/// [`TrustError`]: why no verifier will take it.
pub fn open_withdrawals(list: u64, payload: &[u8]) -> Result<Withdrawals, TrustError> {
    Withdrawals::load(list, payload)
}

/// `count, data` of a set whose size is stated elsewhere.
pub(super) fn write_indices(writer: &mut Writer, set: &StatusSet) {
    writer.uint(set.len() as u64);
    writer.bytes(set.data());
}

fn encode_rules(rules: &[Rule]) -> Result<Vec<u8>, StatusFault> {
    let mut writer = Writer::default();
    Rule::write_all(&mut writer, rules)?;
    Ok(writer.into_bytes())
}
