//! What differs between two sets of lists, in words: what an officer reads before signing, and an
//! operator after an update.

use crate::anchor::Anchor;
use crate::entry::{Authority, KeyEntry, KeyState};
use crate::role::Role;
use crate::root::Root;
use crate::state::TrustState;
use crate::status::Shard;
use crate::trust::{Issuer, Trust};
use std::collections::{BTreeMap, HashMap};
use tegata_certificate::UnixTime;

/// One side of a comparison; what is not there is not compared.
#[derive(Clone, Default, Debug)]
pub struct Side<'a> {
    /// The root.
    pub root: Option<&'a Root>,
    /// The trust list.
    pub trust: Option<&'a Trust>,
    /// Until when the head lives, and its version.
    pub head: Option<(u64, UnixTime)>,
    /// The status shards.
    pub status: BTreeMap<u64, ShardSummary>,
    /// How many entries the lists of others' withdrawals have, and as of when.
    pub withdrawals: BTreeMap<u64, (usize, UnixTime)>,
    /// The rule sets by their ids: version, how many rules, and of when they are.
    pub rule_sets: BTreeMap<String, (u64, usize, UnixTime)>,
}

impl<'a> Side<'a> {
    /// All of a verified set.
    #[must_use]
    pub fn of(state: &'a TrustState) -> Self {
        let shard = |shard: &Shard| ShardSummary {
            revoked: shard.set().len() as u64,
            rules: shard.rules().len() as u64,
            as_of: shard.as_of(),
        };
        let head = &state.head().header;
        Self {
            root: Some(state.root()),
            trust: Some(state.trust()),
            head: Some((head.version, head.expires_at)),
            status: state.shards().map(|known| (known.number(), shard(known))).collect(),
            withdrawals: state
                .withdrawals()
                .iter()
                .map(|list| (list.list, (list.len(), list.header.issued_at)))
                .collect(),
            rule_sets: state
                .rules()
                .iter()
                .flat_map(|list| &list.sets)
                .map(|set| (set.id.clone(), (set.version, set.rules.len(), set.dated)))
                .collect(),
        }
    }
}

/// What is to be told of a status shard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ShardSummary {
    /// How many indices are revoked.
    pub revoked: u64,
    /// How many rules there are.
    pub rules: u64,
    /// As of when.
    pub as_of: UnixTime,
}

/// What kind of change it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "each says what its code says")]
pub enum ChangeKind {
    RootVersion,
    RoleKeyAdded,
    RoleKeyRemoved,
    RoleThreshold,
    GraceCap,
    TrustVersion,
    IssuerAdded,
    IssuerRemoved,
    KeyAdded,
    KeyRemoved,
    KeyRevoked,
    KeyRetired,
    KeyReactivated,
    KeyWindow,
    KeyScope,
    KeyRanges,
    KeyNote,
    AnchorAdded,
    AnchorRemoved,
    AnchorRevoked,
    HeadVersion,
    ShardAdded,
    ShardRemoved,
    ShardCounts,
    Withdrawals,
    RuleSet,
}

impl ChangeKind {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RootVersion => "root-version",
            Self::RoleKeyAdded => "role-key-added",
            Self::RoleKeyRemoved => "role-key-removed",
            Self::RoleThreshold => "role-threshold",
            Self::GraceCap => "grace-cap",
            Self::TrustVersion => "trust-version",
            Self::IssuerAdded => "issuer-added",
            Self::IssuerRemoved => "issuer-removed",
            Self::KeyAdded => "key-added",
            Self::KeyRemoved => "key-removed",
            Self::KeyRevoked => "key-revoked",
            Self::KeyRetired => "key-retired",
            Self::KeyReactivated => "key-reactivated",
            Self::KeyWindow => "key-window",
            Self::KeyScope => "key-scope",
            Self::KeyRanges => "key-ranges",
            Self::KeyNote => "key-note",
            Self::AnchorAdded => "anchor-added",
            Self::AnchorRemoved => "anchor-removed",
            Self::AnchorRevoked => "anchor-revoked",
            Self::HeadVersion => "head-version",
            Self::ShardAdded => "shard-added",
            Self::ShardRemoved => "shard-removed",
            Self::ShardCounts => "shard-counts",
            Self::Withdrawals => "withdrawals",
            Self::RuleSet => "rule-set",
        }
    }
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// Its kind.
    pub kind: ChangeKind,
    /// What changed: a kid in hex, a role, an issuer, a shard.
    pub subject: String,
    /// The change in one sentence.
    pub words: String,
}

/// Everything that differs, in a fixed order.
#[must_use]
pub fn diff(old: &Side<'_>, new: &Side<'_>) -> Vec<Change> {
    let mut changes = Changes(Vec::new());
    if let Some(root) = new.root {
        changes.root(old.root, root);
    }
    if let Some(trust) = new.trust {
        changes.trust(old.trust, trust);
    }
    if let (Some((version, expires)), true) = (new.head, new.head != old.head) {
        let before = old.head.map(|(version, _)| version);
        changes.version(ChangeKind::HeadVersion, "head", before, version, expires);
    }
    changes.status(&old.status, &new.status);
    changes.withdrawals(&old.withdrawals, &new.withdrawals);
    changes.rule_sets(&old.rule_sets, &new.rule_sets);
    changes.0
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, kind: ChangeKind, subject: impl Into<String>, words: impl Into<String>) {
        self.0.push(Change { kind, subject: subject.into(), words: words.into() });
    }

    fn version(&mut self, kind: ChangeKind, list: &str, before: Option<u64>, version: u64, expires: UnixTime) {
        let words = match before {
            Some(before) => format!("{list} version {before} becomes {version}, valid until {expires}"),
            None => format!("{list} version {version} is new, valid until {expires}"),
        };
        self.add(kind, list, words);
    }

    fn root(&mut self, old: Option<&Root>, new: &Root) {
        if old.is_some_and(|old| old.header == new.header) {
            return;
        }
        let before = old.map(|old| old.header.version);
        self.version(ChangeKind::RootVersion, "root", before, new.header.version, new.header.expires_at);
        for role in Role::ALL {
            self.role(role, old, new);
        }
        if old.is_none_or(|old| old.grace_cap != new.grace_cap) {
            let days = new.grace_cap / 86_400;
            self.add(ChangeKind::GraceCap, "grace", format!("verifiers may use expired lists for up to {days} days"));
        }
    }

    fn role(&mut self, role: Role, old: Option<&Root>, new: &Root) {
        let kids = |root: Option<&Root>| -> Vec<String> {
            let keys = root.and_then(|root| root.role(role)).map(|keys| keys.keys.as_slice()).unwrap_or_default();
            keys.iter().map(|key| hex(&key.thumbprint())).collect()
        };
        let (before, after) = (kids(old), kids(Some(new)));
        for kid in after.iter().filter(|kid| !before.contains(kid)) {
            self.add(ChangeKind::RoleKeyAdded, kid, format!("{role} key {kid} is added"));
        }
        for kid in before.iter().filter(|kid| !after.contains(kid)) {
            self.add(ChangeKind::RoleKeyRemoved, kid, format!("{role} key {kid} is removed"));
        }
        let size =
            |root: Option<&Root>| root.and_then(|root| root.role(role)).map(|keys| (keys.threshold, keys.keys.len()));
        match (size(old), size(Some(new))) {
            (before, after) if before == after => {}
            (Some((threshold, keys)), Some((next, of))) => {
                let words = format!("{next} of {of} {role} keys must sign (before: {threshold} of {keys})");
                self.add(ChangeKind::RoleThreshold, role.name(), words);
            }
            (None, Some((next, of))) => {
                self.add(ChangeKind::RoleThreshold, role.name(), format!("{next} of {of} {role} keys must sign"));
            }
            (_, None) => self.add(ChangeKind::RoleThreshold, role.name(), format!("there is no {role} role any more")),
        }
    }

    fn trust(&mut self, old: Option<&Trust>, new: &Trust) {
        if old.is_some_and(|old| old.header == new.header) {
            return;
        }
        let before = old.map(|old| old.header.version);
        self.version(ChangeKind::TrustVersion, "trust list", before, new.header.version, new.header.expires_at);
        let issuers = old.map(|old| old.issuers.as_slice()).unwrap_or_default();
        for issuer in new.issuers.iter().filter(|issuer| !issuers.contains(issuer)) {
            self.add(ChangeKind::IssuerAdded, &issuer.name_en, format!("issuer {} is new", named(Some(issuer))));
        }
        for issuer in issuers.iter().filter(|issuer| !new.issuers.contains(issuer)) {
            let words = format!("issuer {} is listed no more", named(Some(issuer)));
            self.add(ChangeKind::IssuerRemoved, &issuer.name_en, words);
        }
        let known = old.map(|old| old.keys.as_slice()).unwrap_or_default();
        let mut before: HashMap<_, _> =
            old.into_iter().flat_map(|old| old.keys.iter().map(|key| (old.identity(key), key))).collect();
        for key in &new.keys {
            let issuer = new.issuers.get(key.issuer);
            match before.remove(&new.identity(key)) {
                Some(old) => self.key(old, key, issuer),
                None => self.new_key(key, issuer),
            }
        }
        for key in known.iter().filter(|key| old.is_some_and(|old| before.contains_key(&old.identity(key)))) {
            let (kid, whose) = (hex(&key.kid), named(issuers.get(key.issuer)));
            let words = format!("key {kid} of {whose} is listed no more (it counted until {})", key.valid_until);
            self.add(ChangeKind::KeyRemoved, kid, words);
        }
        self.anchors(old.map(|old| old.anchors.as_slice()).unwrap_or_default(), &new.anchors);
    }

    fn anchors(&mut self, old: &[Anchor], new: &[Anchor]) {
        let mut before: HashMap<_, _> = old.iter().map(|anchor| (anchor.sha256, anchor)).collect();
        for anchor in new {
            let (sha256, country) = (hex(&anchor.sha256), anchor.country);
            let known = before.remove(&anchor.sha256);
            if known.is_none() {
                let words = format!("anchor {sha256} of {country} is added: valid {} to {}", anchor.from, anchor.until);
                self.add(ChangeKind::AnchorAdded, &sha256, words);
            }
            if let Some(revocation) = anchor.revoked.filter(|_| known.is_none_or(|known| known.revoked.is_none())) {
                let words = format!("anchor {sha256} of {country} is revoked ({})", revocation.reason.name());
                self.add(ChangeKind::AnchorRevoked, sha256, words);
            }
        }
        for anchor in old.iter().filter(|anchor| before.contains_key(&anchor.sha256)) {
            let (sha256, country) = (hex(&anchor.sha256), anchor.country);
            let words = format!("anchor {sha256} of {country} is listed no more (it was valid until {})", anchor.until);
            self.add(ChangeKind::AnchorRemoved, sha256, words);
        }
    }

    fn new_key(&mut self, key: &KeyEntry, issuer: Option<&Issuer>) {
        let kid = hex(&key.kid);
        let words = format!(
            "key {kid} of {} is added: {}; signs {} to {}, counts until {}{}",
            named(issuer),
            scope(key),
            key.sign_from,
            key.sign_until,
            key.valid_until,
            ranges(key)
        );
        self.add(ChangeKind::KeyAdded, kid, words);
        if key.state != KeyState::Active {
            self.state(key, issuer);
        }
    }

    fn key(&mut self, old: &KeyEntry, new: &KeyEntry, issuer: Option<&Issuer>) {
        let kid = hex(&new.kid);
        let whose = format!("key {kid} of {}", named(issuer));
        if old.state != new.state {
            self.state(new, issuer);
        }
        if (old.sign_from, old.sign_until, old.valid_until) != (new.sign_from, new.sign_until, new.valid_until) {
            let window =
                |key: &KeyEntry| format!("{} to {}, counts until {}", key.sign_from, key.sign_until, key.valid_until);
            self.add(ChangeKind::KeyWindow, &kid, format!("{whose} signs {} (before: {})", window(new), window(old)));
        }
        if scope(old) != scope(new) || old.key != new.key {
            self.add(ChangeKind::KeyScope, &kid, format!("{whose} may sign {} (before: {})", scope(new), scope(old)));
        }
        if old.ranges != new.ranges {
            let before = if old.ranges.is_empty() { "; none".to_owned() } else { ranges(old) };
            let after = if new.ranges.is_empty() { "; none".to_owned() } else { ranges(new) };
            let words = format!("{whose} has other status indices{after} (before{before})");
            self.add(ChangeKind::KeyRanges, &kid, words);
        }
        if (old.hint, &old.source) != (new.hint, &new.source) {
            let hint = new.hint.map_or_else(|| "none".to_owned(), |hint| hex(&hint));
            let source = new.source.as_deref().unwrap_or("none");
            self.add(ChangeKind::KeyNote, &kid, format!("{whose} has hint {hint}, source {source}"));
        }
    }

    fn state(&mut self, key: &KeyEntry, issuer: Option<&Issuer>) {
        let kid = hex(&key.kid);
        let whose = format!("key {kid} of {}", named(issuer));
        match key.state {
            KeyState::Active => {
                self.add(ChangeKind::KeyReactivated, kid, format!("{whose} signs again"));
            }
            KeyState::Retired => {
                self.add(ChangeKind::KeyRetired, kid, format!("{whose} is retired: it signs nothing new"));
            }
            KeyState::Revoked { at, reason } => {
                let words = format!("{whose} is revoked ({}, {at}): nothing that it signed is valid", reason.name());
                self.add(ChangeKind::KeyRevoked, kid, words);
            }
        }
    }

    fn status(&mut self, old: &BTreeMap<u64, ShardSummary>, new: &BTreeMap<u64, ShardSummary>) {
        for (shard, now) in new {
            let (kind, words) = match old.get(shard) {
                Some(before) if before == now => continue,
                Some(before) => (
                    ChangeKind::ShardCounts,
                    format!(
                        "status shard {shard}: {} revoked (before: {}), {} rules (before: {}), as of {}",
                        now.revoked, before.revoked, now.rules, before.rules, now.as_of
                    ),
                ),
                None => (
                    ChangeKind::ShardAdded,
                    format!(
                        "status shard {shard} is new: {} revoked, {} rules, as of {}",
                        now.revoked, now.rules, now.as_of
                    ),
                ),
            };
            self.add(kind, shard.to_string(), words);
        }
        for shard in old.keys().filter(|shard| !new.contains_key(shard)) {
            self.add(ChangeKind::ShardRemoved, shard.to_string(), format!("status shard {shard} is published no more"));
        }
    }

    fn withdrawals(&mut self, old: &BTreeMap<u64, (usize, UnixTime)>, new: &BTreeMap<u64, (usize, UnixTime)>) {
        for (list, (entries, as_of)) in new.iter().filter(|(list, now)| old.get(list) != Some(now)) {
            let before =
                old.get(list).map_or_else(|| "is new".to_owned(), |(before, _)| format!("had {before} entries"));
            let words = format!("withdrawals list {list} {before}: {entries} entries as of {as_of}");
            self.add(ChangeKind::Withdrawals, list.to_string(), words);
        }
        for list in old.keys().filter(|list| !new.contains_key(list)) {
            let words = format!("withdrawals list {list} is published no more");
            self.add(ChangeKind::Withdrawals, list.to_string(), words);
        }
    }

    fn rule_sets(
        &mut self,
        old: &BTreeMap<String, (u64, usize, UnixTime)>,
        new: &BTreeMap<String, (u64, usize, UnixTime)>,
    ) {
        for (id, (version, rules, dated)) in new.iter().filter(|(id, now)| old.get(*id) != Some(now)) {
            let before =
                old.get(id).map_or_else(|| "is new".to_owned(), |(before, ..)| format!("was version {before}"));
            let words = format!("rule set {id} {before}: version {version} with {rules} rules, of {dated}");
            self.add(ChangeKind::RuleSet, id.clone(), words);
        }
        for id in old.keys().filter(|id| !new.contains_key(*id)) {
            self.add(ChangeKind::RuleSet, id.clone(), format!("rule set {id} is published no more"));
        }
    }
}

fn named(issuer: Option<&Issuer>) -> String {
    issuer.map_or_else(
        || "no listed issuer".to_owned(),
        |issuer| format!("{} ({}, {})", issuer.name_en, issuer.name_ja, issuer.country),
    )
}

/// What a key may sign, for comparison and for reading.
fn scope(key: &KeyEntry) -> String {
    let list = |items: Vec<String>| items.join(", ");
    let formats = list(key.formats.iter().map(|format| format.name().to_owned()).collect());
    let kinds = list(key.kinds.iter().map(|kind| kind.name().to_owned()).collect());
    let authority = match &key.authority {
        Authority::Countries(countries) => list(countries.iter().map(ToString::to_string).collect()),
        Authority::Iss(iss) => iss.clone(),
    };
    let diseases = if key.diseases.is_empty() { String::new() } else { format!(" of {}", list(key.diseases.clone())) };
    let life = key.max_life.map_or_else(String::new, |life| format!(", lives up to {} days", life / 86_400));
    format!("{formats} ({}) for {authority}, {kinds}{diseases}{life}", key.key.algorithm().name())
}

fn ranges(key: &KeyEntry) -> String {
    let each: Vec<_> = key
        .ranges
        .iter()
        .map(|range| format!("{} to {} of shard {}", range.from, range.to.saturating_sub(1), range.shard))
        .collect();
    if each.is_empty() { String::new() } else { format!("; status indices {}", each.join(", ")) }
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
