//! What a new set must keep of the one before: no version falls, nothing that counts vanishes.

use crate::entry::{KeyEntry, KeyState};
use crate::error::TrustError;
use crate::head::{Head, StatusFiles};
use crate::role::Role;
use crate::root::Root;
use crate::source::FileName;
use crate::state::TrustState;
use crate::trust::Trust;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tegata_certificate::UnixTime;

/// Since when each role has the keys it has, as far as they changed in the roots that an update
/// followed.
///
/// Whoever had a role's leaked keys may have signed any version and any content. So where a root
/// replaced the keys, lists issued from then on need not follow what the old keys signed. Lists
/// issued before must: else every change of an officer would open the door to old lists.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Rekeyed {
    trust: Option<UnixTime>,
    status: Option<UnixTime>,
    head: Option<UnixTime>,
    rules: Option<UnixTime>,
}

impl Rekeyed {
    /// Takes note of the step from one root to the next.
    pub fn note(&mut self, before: &Root, after: &Root) {
        for (role, since) in [
            (Role::Trust, &mut self.trust),
            (Role::Status, &mut self.status),
            (Role::Head, &mut self.head),
            (Role::Rules, &mut self.rules),
        ] {
            let same = match (before.role(role), after.role(role)) {
                (Some(before), Some(after)) => before.is_same(after),
                (before, after) => before.is_none() && after.is_none(),
            };
            if !same {
                *since = (*since).max(Some(after.header.issued_at));
            }
        }
    }

    /// Whether a list of that role, issued then, begins anew.
    fn renews(&self, role: Role, issued_at: UnixTime) -> bool {
        let since = match role {
            Role::Trust => self.trust,
            Role::Status => self.status,
            Role::Head => self.head,
            Role::Rules => self.rules,
            _ => None,
        };
        since.is_some_and(|since| since <= issued_at)
    }
}

/// Refuses a head that is older than the one held, or another one of its version.
pub(crate) fn check_head(old: &Head, new: &Head, identical: bool, rekeyed: &Rekeyed) -> Result<(), TrustError> {
    if rekeyed.renews(Role::Head, new.header.issued_at) {
        return Ok(());
    }
    check_version(FileName::Head, old.header.version, new.header.version, identical)
}

/// Refuses a set that does not follow from the one held, at the moment `now`.
pub(crate) fn check(old: &TrustState, new: &TrustState, rekeyed: &Rekeyed, now: UnixTime) -> Result<(), TrustError> {
    // A list may forget what has expired by its own time of issue, whatever this device's clock says.
    let now = now.max(old.clock_floor()).max(new.clock_floor());
    let trust = new.trust();
    if !rekeyed.renews(Role::Trust, trust.header.issued_at) {
        let (held, named) = (old.head().trust, new.head().trust);
        check_version(FileName::Trust(named.hash), held.version, named.version, held == named)?;
        trust.check_follows(old.trust(), now)?;
    }
    check_shards(old, new, rekeyed, now)?;
    check_withdrawals(old, new, rekeyed, now)?;
    check_rules(old, new, rekeyed, now)
}

/// No shard falls back, and none that is still in force is left out.
fn check_shards(old: &TrustState, new: &TrustState, rekeyed: &Rekeyed, now: UnixTime) -> Result<(), TrustError> {
    for shard in new.shards() {
        let (number, header) = (shard.number(), shard.header());
        let (held, Some(named)) = (old.head().status.get(&number), new.head().status.get(&number)) else { continue };
        let file = newest_name(number, named);
        match held {
            _ if rekeyed.renews(Role::Status, header.issued_at) => {}
            Some(held) => check_version(file, held.newest().version, named.newest().version, held == named)?,
            None => check_new(file, old, new, header.issued_at, rekeyed)?,
        }
    }
    for shard in old.shards() {
        let named = new.head().status.contains_key(&shard.number());
        if !named && now < shard.header().expires_at && !rekeyed.renews(Role::Status, new.head().header.issued_at) {
            return Err(TrustError::ShardForgotten { shard: shard.number() });
        }
    }
    Ok(())
}

/// The same for the lists of what others withdrew.
fn check_withdrawals(old: &TrustState, new: &TrustState, rekeyed: &Rekeyed, now: UnixTime) -> Result<(), TrustError> {
    for list in new.withdrawals() {
        let Some(named) = new.head().withdrawals.get(&list.list) else { continue };
        let file = FileName::Withdrawals { list: list.list, hash: named.hash };
        match old.head().withdrawals.get(&list.list) {
            _ if rekeyed.renews(Role::Status, list.header.issued_at) => {}
            Some(held) => check_version(file, held.version, named.version, held == named)?,
            None => check_new(file, old, new, list.header.issued_at, rekeyed)?,
        }
    }
    for list in old.withdrawals() {
        let named = new.head().withdrawals.contains_key(&list.list);
        if !named && now < list.header.expires_at && !rekeyed.renews(Role::Status, new.head().header.issued_at) {
            return Err(TrustError::WithdrawalsForgotten { list: list.list });
        }
    }
    Ok(())
}

/// The same for the rule sets.
fn check_rules(old: &TrustState, new: &TrustState, rekeyed: &Rekeyed, now: UnixTime) -> Result<(), TrustError> {
    let Some(list) = new.rules() else {
        let held = old.rules().is_some_and(|held| now < held.header.expires_at);
        let renewed = rekeyed.renews(Role::Rules, new.head().header.issued_at);
        return if held && !renewed { Err(TrustError::RulesForgotten) } else { Ok(()) };
    };
    let Some(named) = new.head().rules else { return Ok(()) };
    let file = FileName::Rules(named.hash);
    match old.head().rules {
        _ if rekeyed.renews(Role::Rules, list.header.issued_at) => Ok(()),
        Some(held) => check_version(file, held.version, named.version, held == named),
        None => check_new(file, old, new, list.header.issued_at, rekeyed),
    }
}

/// A shard or list that the held head did not name is new, or else it had left after its expiry and
/// somebody brings an old version back: then it is older than the head that no longer named it.
fn check_new(
    file: FileName,
    old: &TrustState,
    new: &TrustState,
    issued_at: UnixTime,
    rekeyed: &Rekeyed,
) -> Result<(), TrustError> {
    let begins_anew = rekeyed.renews(Role::Head, new.head().header.issued_at);
    if begins_anew || issued_at >= old.head().header.issued_at { Ok(()) } else { Err(TrustError::Reappeared { file }) }
}

/// The file whose header speaks for a shard.
fn newest_name(shard: u64, files: &StatusFiles) -> FileName {
    match files.delta {
        Some(delta) => FileName::StatusDelta { shard, hash: delta.hash },
        None => FileName::StatusBase { shard, hash: files.base.hash },
    }
}

fn check_version(file: FileName, held: u64, found: u64, identical: bool) -> Result<(), TrustError> {
    match found.cmp(&held) {
        std::cmp::Ordering::Less => Err(TrustError::Rollback { file, found, held }),
        std::cmp::Ordering::Equal if !identical => Err(TrustError::Forked { file, version: found }),
        _ => Ok(()),
    }
}

impl Trust {
    /// Refuses a list that forgets a key of the one before it, or lets a revoked one count again.
    ///
    /// A listed key stays until nothing that it signed could be valid, and once revoked stays
    /// revoked: a verifier that missed a list must never take back what another has refused.
    pub(crate) fn check_follows(&self, before: &Self, now: UnixTime) -> Result<(), TrustError> {
        // By key and exact issuer, not by the issuer's name: towns merge and are renamed.
        let mut listed = BTreeMap::new();
        for key in &self.keys {
            note(&mut listed, identity(key), is_revoked(key));
        }
        let mut wanted = BTreeMap::new();
        for key in before.keys.iter().filter(|key| now < key.valid_until) {
            let identity = identity(key);
            let (wanted, found) = (note(&mut wanted, identity, is_revoked(key)), listed.get(&identity));
            if found.is_none_or(|found| found.entries < wanted.entries) {
                return Err(TrustError::KeyForgotten { kid: key.kid });
            }
            if found.is_some_and(|found| found.revoked < wanted.revoked) {
                return Err(TrustError::KeyUnrevoked { kid: key.kid });
            }
        }
        self.check_anchors_follow(before, now)
    }

    /// The same for anchors, until their certificates have expired.
    fn check_anchors_follow(&self, before: &Self, now: UnixTime) -> Result<(), TrustError> {
        let mut listed = BTreeMap::new();
        for anchor in &self.anchors {
            note(&mut listed, anchor.sha256, anchor.revoked.is_some());
        }
        for anchor in before.anchors.iter().filter(|anchor| now <= anchor.until) {
            let sha256 = anchor.sha256;
            match listed.get(&sha256) {
                None => return Err(TrustError::AnchorForgotten { sha256 }),
                Some(Listed { revoked: 0, .. }) if anchor.revoked.is_some() => {
                    return Err(TrustError::AnchorUnrevoked { sha256 });
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

/// How often a key is listed for one exact issuer, or an anchor at all, and how often as revoked.
#[derive(Clone, Copy, Default)]
struct Listed {
    entries: usize,
    revoked: usize,
}

/// Notes one more entry.
fn note(listed: &mut BTreeMap<[u8; 32], Listed>, identity: [u8; 32], revoked: bool) -> Listed {
    let listed = listed.entry(identity).or_default();
    listed.entries += 1;
    listed.revoked += usize::from(revoked);
    *listed
}

/// What a key keeps for life, as a hash: its identifier and exact issuer. Its issuer's place and names may change.
fn identity(key: &KeyEntry) -> [u8; 32] {
    match key.iss() {
        Some(iss) => Sha256::new().chain_update(key.kid).chain_update(iss).finalize().into(),
        None => key.kid,
    }
}

fn is_revoked(key: &KeyEntry) -> bool {
    matches!(key.state, KeyState::Revoked { .. })
}
