//! The verified set: one root, one trust list, one head and their status files that belong together.

use crate::bundle::Bundle;
use crate::chain::{Chain, belongs};
use crate::entry::KeyEntry;
use crate::error::TrustError;
use crate::freshness::{Clock, DEFAULT_GRACE, Freshness, clock, freshness};
use crate::head::{Head, NamedFile};
use crate::header::Header;
use crate::index::HintIndex;
use crate::pin::RootPin;
use crate::role::Role;
use crate::root::{RoleKeys, Root};
use crate::rules::RuleList;
use crate::signed::Signed;
use crate::source::FileName;
use crate::status::{RevokedSerials, Shard, Withdrawals};
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
    /// Ascending by number.
    shards: Vec<Shard>,
    withdrawals: Vec<Withdrawals>,
    rules: Option<RuleList>,
    index: HintIndex,
    clock_floor: UnixTime,
    grace: i64,
}

impl TrustState {
    /// Checks a bundle against the pinned first root, at the device's time `now`.
    ///
    /// Nothing of a bundle is used unless all of it holds: the chain of roots, each signed by the
    /// keys before it and by its own; the head, the trust list and every status file, signed by the
    /// keys of their roles, the head naming the others' bytes; every key entry, every status set. Lists past their expiry load within the
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

        let payload = open_named(Role::Trust, &head.trust, &bundle.trust, Some(&root.trust), repository_id)?;
        let trust = Trust::parse(payload)?;
        is_as_named(Role::Trust, &head.trust, &trust.header, repository_id)?;
        trust.check(root)?;
        let index = HintIndex::new(&trust.keys)?;
        let shards = open_shards(&head, bundle, root)?;
        let withdrawals = open_withdrawals(&head, bundle, root)?;
        let rules = open_rules(&head, bundle, root)?;

        let grace = DEFAULT_GRACE.min(root.grace_cap);
        let clock_floor = chain.newest;
        let mut state = Self { chain, trust, head, shards, withdrawals, rules, index, clock_floor, grace };
        state.clock_floor = state.issued().map(|(_, issued_at)| issued_at).fold(clock_floor, UnixTime::max);
        Ok(state)
    }

    /// The headers of the lists that say whether a certificate is authentic and in force: all but the roots and the
    /// rules, whose age is told where they are applied. Of a shard the newest file's: an expired base under a
    /// living delta is as it should be.
    fn lists(&self) -> impl Iterator<Item = (Role, &Header)> {
        let status = self.shards.iter().map(Shard::header).chain(self.withdrawals.iter().map(|list| &list.header));
        [(Role::Trust, &self.trust.header), (Role::Head, &self.head.header)]
            .into_iter()
            .chain(status.map(|header| (Role::Status, header)))
    }

    /// When each list but the roots was issued.
    fn issued(&self) -> impl Iterator<Item = (Role, UnixTime)> {
        let rules = self.rules.iter().map(|list| (Role::Rules, &list.header));
        self.lists().chain(rules).map(|(role, header)| (role, header.issued_at))
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
        let mut issued = std::iter::once((Role::Root, self.chain.newest)).chain(self.issued());
        match issued.find(|(_, issued_at)| *issued_at > now.plus(MAX_AHEAD)) {
            Some((role, issued_at)) => Err(TrustError::ClockSuspect { role, issued_at }),
            None => Ok(()),
        }
    }

    /// Refuses an expired root, and lists past their grace period.
    pub(crate) fn refuse_expired(&self, now: UnixTime) -> Result<(), TrustError> {
        let now = now.max(self.clock_floor);
        refuse_expired_root(&self.chain.last, now)?;
        for (role, header) in self.lists() {
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

    /// How old the lists are at `now`: the oldest of head, trust list and status files decides.
    ///
    /// A clock that was set back revives nothing: the age counts from the clock floor at least.
    #[must_use]
    pub fn freshness(&self, now: UnixTime) -> Freshness {
        let now = now.max(self.clock_floor);
        freshness(&self.root().header, self.lists().map(|(_, header)| header), self.grace, now)
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
    /// kid ([`KeyEntry::shc_kid`]): at most four, and none that was listed for another issuer,
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
        self.shard(shard).is_some()
    }

    /// A status shard; `None` if the repository publishes none of that number.
    #[must_use]
    pub fn shard(&self, number: u64) -> Option<&Shard> {
        let place = self.shards.binary_search_by_key(&number, Shard::number).ok()?;
        self.shards.get(place)
    }

    /// The status shards, ascending by number.
    pub fn shards(&self) -> impl Iterator<Item = &Shard> {
        self.shards.iter()
    }

    /// The lists of what others withdrew, ascending by number.
    #[must_use]
    pub fn withdrawals(&self) -> &[Withdrawals] {
        &self.withdrawals
    }

    /// The rule sets, where the repository publishes any.
    #[must_use]
    pub fn rules(&self) -> Option<&RuleList> {
        self.rules.as_ref()
    }

    /// How old the rule sets are at `now`; `None` where there are none.
    #[must_use]
    pub fn rules_freshness(&self, now: UnixTime) -> Option<Freshness> {
        let now = now.max(self.clock_floor);
        let list = self.rules.as_ref()?;
        Some(freshness(&self.root().header, std::iter::once(&list.header), self.grace, now))
    }

    /// What an authority has revoked of its signers' certificates, by its [`Anchor::key_hash`](crate::Anchor::key_hash);
    /// of several sources the newest counts.
    #[must_use]
    pub fn revoked_serials(&self, authority: &[u8; 32]) -> Option<&RevokedSerials> {
        self.withdrawals.iter().filter_map(|list| list.revoked_serials(authority)).max_by_key(|list| list.made)
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

/// The payload of a file, if it is the one that the head names and its role's keys signed it.
/// Named first, opened second: no byte of an unnamed list is read.
fn open_named<'a>(
    role: Role,
    named: &NamedFile,
    file: &'a [u8],
    keys: Option<&RoleKeys>,
    repository_id: &str,
) -> Result<&'a [u8], TrustError> {
    if *named != NamedFile::of(file, named.version) {
        return Err(TrustError::NotNamedByHead { role });
    }
    // A root without keys for a role lets nobody speak for it.
    let keys = keys.ok_or(TrustError::BelowThreshold { role })?;
    Signed::parse(role, file)?.open(keys, repository_id)
}

/// Whether a list has the version that the head names, and is of this repository.
fn is_as_named(role: Role, named: &NamedFile, header: &Header, repository_id: &str) -> Result<(), TrustError> {
    belongs(header, repository_id, role)?;
    if header.version == named.version { Ok(()) } else { Err(TrustError::NotNamedByHead { role }) }
}

/// Every shard that the head names. A bundle that lacks one, or has one more, is no set.
fn open_shards(head: &Head, bundle: &Bundle, root: &Root) -> Result<Vec<Shard>, TrustError> {
    let id = &root.header.repository_id;
    let role = Role::Status;
    let mut files = bundle.status.iter();
    let mut shards = Vec::with_capacity(head.status.len());
    for (number, named) in &head.status {
        let base = FileName::StatusBase { shard: *number, hash: named.base.hash };
        let file = files.next().ok_or(TrustError::Withheld { file: base })?;
        let open = |named, file| open_named(role, named, file, root.status.as_ref(), id);
        let base = open(&named.base, &file.base)?;
        let delta = match (&named.delta, &file.delta) {
            (Some(named), Some(file)) => Some(open(named, file)?),
            (None, None) => None,
            _ => return Err(TrustError::NotNamedByHead { role }),
        };
        let shard = Shard::load(*number, base, delta, &named.result)?;
        is_as_named(role, &named.base, shard.base_header(), id)?;
        is_as_named(role, named.newest(), shard.header(), id)?;
        shards.push(shard);
    }
    if files.next().is_some() { Err(TrustError::BundleMalformed) } else { Ok(shards) }
}

/// Every list of others' withdrawals that the head names, and no other.
fn open_withdrawals(head: &Head, bundle: &Bundle, root: &Root) -> Result<Vec<Withdrawals>, TrustError> {
    let id = &root.header.repository_id;
    let mut files = bundle.withdrawals.iter();
    let mut lists = Vec::with_capacity(head.withdrawals.len());
    for (number, named) in &head.withdrawals {
        let name = FileName::Withdrawals { list: *number, hash: named.hash };
        let file = files.next().ok_or(TrustError::Withheld { file: name })?;
        let list = Withdrawals::load(*number, open_named(Role::Status, named, file, root.status.as_ref(), id)?)?;
        is_as_named(Role::Status, named, &list.header, id)?;
        lists.push(list);
    }
    if files.next().is_some() { Err(TrustError::BundleMalformed) } else { Ok(lists) }
}

/// The rule sets that the head names, or none if it names none.
fn open_rules(head: &Head, bundle: &Bundle, root: &Root) -> Result<Option<RuleList>, TrustError> {
    let id = &root.header.repository_id;
    match (&head.rules, &bundle.rules) {
        (Some(named), Some(file)) => {
            let list = RuleList::parse(open_named(Role::Rules, named, file, root.rules.as_ref(), id)?)?;
            is_as_named(Role::Rules, named, &list.header, id)?;
            Ok(Some(list))
        }
        (Some(named), None) => Err(TrustError::Withheld { file: FileName::Rules(named.hash) }),
        (None, Some(_)) => Err(TrustError::BundleMalformed),
        (None, None) => Ok(None),
    }
}

/// Refuses a root that has expired.
pub(crate) fn refuse_expired_root(root: &Root, now: UnixTime) -> Result<(), TrustError> {
    let at = root.header.expires_at;
    if now < at { Ok(()) } else { Err(TrustError::Expired { role: Role::Root, at }) }
}
