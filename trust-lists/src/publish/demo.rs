//! A whole repository for a demonstration or a test, with keys that live as long as the value.

use crate::anchor::Anchor;
use crate::bundle::Bundle;
use crate::entry::{Authority, KeyEntry, KeyState};
use crate::header::DEMO_PREFIX;
use crate::pin::RootPin;
use crate::publish::edition::{ShardContent, StatusContent};
use crate::publish::lists::Lists;
use crate::publish::repository::{Lifetimes, PublishError, Repository, Roles};
use crate::root::RoleKeys;
use crate::rules::RuleSet;
use crate::trust::Issuer;
use tegata_certificate::{Format, Kind, UnixTime, VerifyingKey};
use tegata_keys::{KeyType, PrivateKey, PrivateKeyError, SignError, Signer};

/// A DEMO repository with one throw-away key a role: real lists, real signatures, no files.
///
/// ```
/// use tegata_certificate::{Country, Format, UnixTime};
/// use tegata_keys::{KeyType, PrivateKey, Signer};
/// use tegata_trust_lists::publish::DemoRepository;
/// use tegata_trust_lists::{Issuer, TrustState};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now = UnixTime(1_767_225_600);
/// let office = PrivateKey::generate(KeyType::Ed25519)?;
/// let mut demo = DemoRepository::new("DEMO/docs", now)?;
/// let issuer = demo.add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: Country::parse("JP").ok_or("JP")? });
/// demo.add_key(issuer, office.verifying_key(), &[Format::Compact], now);
///
/// let (bundle, pin) = demo.publish(now)?;
/// let state = TrustState::load(&bundle, &pin, now)?;
/// let kid = office.verifying_key().thumbprint();
/// assert_eq!(state.candidates(Format::Compact, &kid[..4]).count(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct DemoRepository {
    repository: Repository,
    trust: PrivateKey,
    status: PrivateKey,
    head: PrivateKey,
    rules: PrivateKey,
    /// What the next publication says of status. Without any shard it publishes none.
    pub content: StatusContent,
    /// The issuers that the next publication lists.
    pub issuers: Vec<Issuer>,
    /// The keys that the next publication lists; change their scope here.
    pub keys: Vec<KeyEntry>,
    /// The anchors that the next publication lists.
    pub anchors: Vec<Anchor>,
    /// The rule sets that the next publication has. Without any it publishes none.
    pub rule_sets: Vec<RuleSet>,
}

/// A year in seconds.
const YEAR: i64 = 365 * 86_400;

/// Indices of the status range that each key gets, in shard 1.
const RANGE: u64 = 1 << 16;

impl DemoRepository {
    /// Makes a repository; its id gets the prefix `DEMO/` if it has none.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn new(repository_id: &str, now: UnixTime) -> Result<Self, PublishError> {
        let id = if repository_id.starts_with(DEMO_PREFIX) {
            repository_id.to_owned()
        } else {
            format!("{DEMO_PREFIX}{repository_id}")
        };
        let key = || PrivateKey::generate(KeyType::Ed25519).map_err(|_: PrivateKeyError| SignError::Failed);
        let (root, trust, status, head, rules) = (key()?, key()?, key()?, key()?, key()?);
        let one = |key: &PrivateKey| RoleKeys { threshold: 1, keys: vec![key.verifying_key().clone()] };
        let roles = Roles {
            root: one(&root),
            trust: one(&trust),
            status: Some(one(&status)),
            head: one(&head),
            rules: Some(one(&rules)),
        };
        let repository = Repository::init(&id, roles, Lifetimes::default(), &[&root], now)?;
        Ok(Self {
            repository,
            trust,
            status,
            head,
            rules,
            content: StatusContent::default(),
            issuers: Vec::new(),
            keys: Vec::new(),
            anchors: Vec::new(),
            rule_sets: Vec::new(),
        })
    }

    /// Lists an issuer and gives its place.
    pub fn add_issuer(&mut self, issuer: Issuer) -> usize {
        self.issuers.push(issuer);
        self.issuers.len() - 1
    }

    /// Lists an active key of an issuer for vaccinations in its country: it may sign from an hour
    /// before `now` for a year, for lives of up to ten years, and holds a status range of its own in shard 1.
    pub fn add_key(&mut self, issuer: usize, key: &VerifyingKey, formats: &[Format], now: UnixTime) -> &mut KeyEntry {
        let from = RANGE * self.keys.len() as u64;
        let countries = self.issuers.get(issuer).map(|issuer| issuer.country).into_iter().collect();
        let entry = KeyEntry {
            kid: key.thumbprint(),
            key: key.clone(),
            issuer,
            formats: formats.to_vec(),
            authority: Authority::Countries(countries),
            kinds: vec![Kind::Vaccination],
            diseases: Vec::new(),
            sign_from: now.plus(-3600),
            sign_until: now.plus(YEAR),
            valid_until: now.plus(11 * YEAR + 10 * 86_400),
            max_life: Some(10 * YEAR + 3 * 86_400),
            ranges: vec![crate::entry::StatusRange { shard: 1, from, to: from + RANGE }],
            state: KeyState::Active,
            hint: None,
            source: None,
        };
        let place = self.keys.len();
        self.keys.push(entry);
        &mut self.keys[place]
    }

    /// Publishes status of a shard from the next publication on, though nothing in it may be revoked.
    pub fn publish_shard(&mut self, shard: u64) -> &mut ShardContent {
        self.content.shards.entry(shard).or_default()
    }

    /// Revokes an index.
    pub fn revoke(&mut self, shard: u64, index: u32) {
        let revoked = &mut self.publish_shard(shard).revoked;
        if let Err(place) = revoked.binary_search(&index) {
            revoked.insert(place, index);
        }
    }

    /// Lets an index count again.
    pub fn reinstate(&mut self, shard: u64, index: u32) {
        self.publish_shard(shard).revoked.retain(|revoked| *revoked != index);
    }

    /// Publishes what is listed now, and gives what a verifier needs.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn publish(&mut self, now: UnixTime) -> Result<(Bundle, RootPin), PublishError> {
        let signers: [&dyn Signer; 2] = [&self.trust, &self.head];
        let lists = Lists { issuers: self.issuers.clone(), keys: self.keys.clone(), anchors: self.anchors.clone() };
        self.repository.publish(lists, Lifetimes::default(), &signers, now)?;
        if self.content != StatusContent::default() {
            self.size_shards();
            let signers: [&dyn Signer; 2] = [&self.status, &self.head];
            self.repository.publish_status(&self.content, Lifetimes::default(), &signers, now)?;
        }
        if !self.rule_sets.is_empty() {
            let signers: [&dyn Signer; 2] = [&self.rules, &self.head];
            self.repository.publish_rules(self.rule_sets.clone(), Lifetimes::default(), &signers, now)?;
        }
        let bundle = self.repository.bundle().ok_or(PublishError::NoTrust)?;
        Ok((bundle, self.repository.pin()))
    }

    /// A shard reaches to the end of the ranges in it.
    fn size_shards(&mut self) {
        for range in self.keys.iter().flat_map(|key| &key.ranges) {
            if let Some(shard) = self.content.shards.get_mut(&range.shard) {
                shard.size = shard.size.max(range.to);
            }
        }
    }
}
