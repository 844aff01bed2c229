//! What a new set must keep of the one before: no version falls, nothing that counts vanishes.

use crate::entry::KeyState;
use crate::error::TrustError;
use crate::head::Head;
use crate::role::Role;
use crate::root::Root;
use crate::source::FileName;
use crate::state::TrustState;
use crate::trust::Trust;
use std::collections::HashMap;
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
}

impl Rekeyed {
    /// Takes note of the step from one root to the next.
    pub fn note(&mut self, before: &Root, after: &Root) {
        for (role, since) in
            [(Role::Trust, &mut self.trust), (Role::Status, &mut self.status), (Role::Head, &mut self.head)]
        {
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
    Ok(())
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
        let listed: HashMap<_, _> = self.keys.iter().map(|key| (self.identity(key), key.state)).collect();
        for key in before.keys.iter().filter(|key| now < key.valid_until) {
            match (key.state, listed.get(&before.identity(key))) {
                (_, None) => return Err(TrustError::KeyForgotten { kid: key.kid }),
                (KeyState::Revoked { .. }, Some(KeyState::Active | KeyState::Retired)) => {
                    return Err(TrustError::KeyUnrevoked { kid: key.kid });
                }
                _ => {}
            }
        }
        self.check_anchors_follow(before, now)
    }

    /// The same for anchors, until their certificates have expired.
    fn check_anchors_follow(&self, before: &Self, now: UnixTime) -> Result<(), TrustError> {
        let listed: HashMap<_, _> =
            self.anchors.iter().map(|anchor| (anchor.sha256, anchor.revoked.is_some())).collect();
        for anchor in before.anchors.iter().filter(|anchor| now <= anchor.until) {
            let sha256 = anchor.sha256;
            match listed.get(&sha256) {
                None => return Err(TrustError::AnchorForgotten { sha256 }),
                Some(false) if anchor.revoked.is_some() => return Err(TrustError::AnchorUnrevoked { sha256 }),
                Some(_) => {}
            }
        }
        Ok(())
    }
}
