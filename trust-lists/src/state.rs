//! The verified set: one root, one trust list, one head that belong together.

use crate::bundle::Bundle;
use crate::chain::{Chain, belongs};
use crate::entry::KeyEntry;
use crate::error::TrustError;
use crate::freshness::{Clock, DEFAULT_GRACE, Freshness, clock, freshness};
use crate::head::{Head, NamedFile};
use crate::index::HintIndex;
use crate::pin::RootPin;
use crate::role::Role;
use crate::root::Root;
use crate::signed::Signed;
use crate::trust::{Issuer, Trust};
use tegata_certificate::{Format, UnixTime};

/// How far in the future a list may have been issued, in seconds: a day. Beyond, either the clock
/// or the list is wrong, and nothing can be said about expiry.
const MAX_AHEAD: i64 = 86_400;

/// Lists that passed every check: only [`load`](Self::load) makes one, so whoever holds one needs
/// no second check.
#[derive(Clone, Debug)]
pub struct TrustState {
    chain: Chain,
    trust: Trust,
    head: Head,
    index: HintIndex,
    clock_floor: UnixTime,
    grace: i64,
}

impl TrustState {
    /// Checks a bundle against the pinned first root, at the device's time `now`.
    ///
    /// Nothing of a bundle is used unless all of it holds: the chain of roots, each signed by the
    /// keys before it and by its own; the head and the trust list, signed by the keys of their roles
    /// and naming each other's bytes; every key entry. Lists past their expiry load within the
    /// grace period ([`freshness`](Self::freshness) tells). A clock that is behind the lists by less
    /// than a day loads too ([`clock`](Self::clock) tells).
    ///
    /// # Errors
    /// [`TrustError`]: the first thing that does not hold.
    pub fn load(bundle: &Bundle, pin: &RootPin, now: UnixTime) -> Result<Self, TrustError> {
        let state = Self::open(bundle, pin)?;
        state.refuse_future(now)?;
        state.refuse_expired(now)?;
        Ok(state)
    }

    /// Everything that does not depend on the time.
    pub(crate) fn open(bundle: &Bundle, pin: &RootPin) -> Result<Self, TrustError> {
        let chain = Chain::open(&bundle.roots, pin)?;
        let head = chain.open_head(&bundle.head)?;
        let root = &chain.last;
        let repository_id = &root.header.repository_id;

        // Named first, opened second: no byte of an unnamed list is read.
        if head.trust != NamedFile::of(&bundle.trust, head.trust.version) {
            return Err(TrustError::NotNamedByHead { role: Role::Trust });
        }
        let trust_payload = Signed::parse(Role::Trust, &bundle.trust)?.open(&root.trust, repository_id)?;
        let trust = Trust::parse(trust_payload)?;
        belongs(&trust.header, repository_id, Role::Trust)?;
        if trust.header.version != head.trust.version {
            return Err(TrustError::NotNamedByHead { role: Role::Trust });
        }
        trust.check(root)?;
        let index = HintIndex::new(&trust.keys)?;

        let clock_floor = chain.newest.max(trust.header.issued_at).max(head.header.issued_at);
        let grace = DEFAULT_GRACE.min(root.grace_cap);
        Ok(Self { chain, trust, head, index, clock_floor, grace })
    }

    /// The newest root of a chain.
    #[cfg(feature = "tool")]
    pub(crate) fn open_root(files: &[Vec<u8>], pin: &RootPin) -> Result<Root, TrustError> {
        Chain::open(files, pin).map(|chain| chain.last)
    }

    /// The head alone, to learn which trust file to read.
    #[cfg(feature = "tool")]
    pub(crate) fn peek_head(roots: &[Vec<u8>], head: &[u8], pin: &RootPin) -> Result<Head, TrustError> {
        Chain::open(roots, pin)?.open_head(head)
    }

    /// Refuses lists from more than a day after `now`.
    pub(crate) fn refuse_future(&self, now: UnixTime) -> Result<(), TrustError> {
        let issued = [
            (Role::Root, self.chain.newest),
            (Role::Trust, self.trust.header.issued_at),
            (Role::Head, self.head.header.issued_at),
        ];
        match issued.into_iter().find(|(_, issued_at)| *issued_at > now.plus(MAX_AHEAD)) {
            Some((role, issued_at)) => Err(TrustError::ClockSuspect { role, issued_at }),
            None => Ok(()),
        }
    }

    /// Refuses an expired root, and lists past their grace period.
    pub(crate) fn refuse_expired(&self, now: UnixTime) -> Result<(), TrustError> {
        let now = now.max(self.clock_floor);
        refuse_expired_root(&self.chain.last, now)?;
        for (role, header) in [(Role::Trust, &self.trust.header), (Role::Head, &self.head.header)] {
            if now > header.expires_at.plus(self.grace) {
                return Err(TrustError::Expired { role, at: header.expires_at });
            }
        }
        Ok(())
    }

    /// Narrows the grace period to at most `seconds`. It can't be widened.
    #[must_use]
    pub fn with_grace(mut self, seconds: i64) -> Self {
        self.grace = self.grace.min(seconds.max(0));
        self
    }

    /// How old the lists are at `now`: the older of head and trust list decides.
    ///
    /// A clock that was set back revives nothing: the age counts from the clock floor at least.
    #[must_use]
    pub fn freshness(&self, now: UnixTime) -> Freshness {
        let now = now.max(self.clock_floor);
        freshness(&self.root().header, &[&self.trust.header, &self.head.header], self.grace, now)
    }

    /// Takes note of a moment that has surely passed.
    pub(crate) fn raise_clock_floor(&mut self, floor: UnixTime) {
        self.clock_floor = self.clock_floor.max(floor);
    }

    /// The chain of roots.
    pub(crate) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// What the lists say about a device's clock.
    #[must_use]
    pub fn clock(&self, now: UnixTime) -> Clock {
        clock(self.clock_floor, now)
    }

    /// The newest moment of issue in any verified list: no honest clock is before it.
    #[must_use]
    pub fn clock_floor(&self) -> UnixTime {
        self.clock_floor
    }

    /// The keys that may have signed a message of that family with that short identifier: at most
    /// four, found without allocating.
    ///
    /// The hint is unverified and only finds keys: 4 bytes for `compact`, 8 for `eu-dcc` and `icvp`,
    /// 32 for `vds-nc`; any other length finds none. For `shc` it finds none either: see
    /// [`shc_candidates`](Self::shc_candidates). `eu-dcc` and `icvp` share a frame, and which of them
    /// a message is stands in its signed part: for either, keys of both are found. What a found key
    /// may sign is the verifier's to check.
    pub fn candidates(&self, format: Format, kid_hint: &[u8]) -> impl Iterator<Item = &KeyEntry> + use<'_> {
        self.index.find(format, kid_hint, &self.trust.keys)
    }

    /// The keys that may have signed a SMART Health Card of that exact `iss` (letter case counts) with that
    /// kid, which is the key's RFC 7638 thumbprint: at most four, and none that was listed for another issuer,
    /// though many issuers may list the same key. Both come from the card, unverified, and only find keys.
    pub fn shc_candidates(&self, iss: &str, kid: &[u8; 32]) -> impl Iterator<Item = &KeyEntry> + use<'_> {
        self.index.find_shc(iss, kid, &self.trust.keys)
    }

    /// Whose key that is.
    ///
    /// `None` for an entry that is not of this state.
    #[must_use]
    pub fn issuer(&self, entry: &KeyEntry) -> Option<&Issuer> {
        self.trust.issuers.get(entry.issuer)
    }

    /// Whether the repository publishes status for that shard.
    #[must_use]
    pub fn publishes_status(&self, shard: u64) -> bool {
        self.head.status.contains_key(&shard)
    }

    /// Whether the lists are of a DEMO repository, which a verifier takes only when told to.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.root().header.is_demo()
    }

    /// The repository's id.
    #[must_use]
    pub fn repository_id(&self) -> &str {
        &self.root().header.repository_id
    }

    /// The newest root list.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.chain.last
    }

    /// The trust list.
    #[must_use]
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// The head.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }
}

/// Refuses a root that has expired.
pub(crate) fn refuse_expired_root(root: &Root, now: UnixTime) -> Result<(), TrustError> {
    let at = root.header.expires_at;
    if now < at { Ok(()) } else { Err(TrustError::Expired { role: Role::Root, at }) }
}
