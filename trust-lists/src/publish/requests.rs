//! The status service's judgement: which requests of issuers are applied, and which are refused as a whole.

use crate::entry::StatusRange;
use crate::error::TrustError;
use crate::publish::draft::{Draft, DraftError};
use crate::publish::edition::ShardContent;
use crate::publish::journal::{JournalEntry, JournalPage};
use crate::publish::lists::Lists;
use crate::status::{MAX_RULES, Request, Rule};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use tegata_certificate::{UnixTime, VerifyingKey};

/// How far in the future a request may have been made, in seconds.
const MAX_AHEAD: i64 = 86_400;

/// Why a request is refused. Nothing of a refused request is applied.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RequestRefusal {
    /// Not signed by a listed status-request key, or malformed, or of another repository.
    #[error(transparent)]
    NotBelieved(#[from] TrustError),
    /// Requests before it are missing.
    #[error("it is number {found}, but number {expected} of this issuer has not come")]
    Gap {
        /// Its number.
        found: u64,
        /// The number that follows the last one applied.
        expected: u64,
    },
    /// Another request with its number was applied.
    #[error("it is number {found}, but number {last} of this issuer is applied already")]
    Replay {
        /// Its number.
        found: u64,
        /// The last number applied.
        last: u64,
    },
    /// Its time is past.
    #[error("it expired at {at}")]
    Expired {
        /// When.
        at: UnixTime,
    },
    /// It says that it was made more than a day from now.
    #[error("it was made at {issued_at}, which is in the future")]
    Future {
        /// When it says it was made.
        issued_at: UnixTime,
    },
    /// An index that none of the issuer's keys holds.
    #[error("index {index} of shard {shard} is in no range of this issuer")]
    OutsideRange {
        /// The shard.
        shard: u64,
        /// The index.
        index: u32,
    },
    /// A rule for a key of someone else, or one without status indices.
    #[error("its rule is for key {kid}, which is no key of this issuer with status indices")]
    ForeignRule {
        /// The kid in hex.
        kid: String,
    },
    /// A rule to lift that is not there.
    #[error("it lifts a rule for key {kid} that is not in force")]
    NoSuchRule {
        /// The kid in hex.
        kid: String,
    },
    /// More rules than a shard may have.
    #[error("shard {shard} would have more than {MAX_RULES} rules")]
    TooManyRules {
        /// The shard.
        shard: u64,
    },
}

impl RequestRefusal {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotBelieved(error) => error.code(),
            Self::Gap { .. } => "request-gap",
            Self::Replay { .. } => "request-replay",
            Self::Expired { .. } => "request-expired",
            Self::Future { .. } => "request-from-future",
            Self::OutsideRange { .. } => "request-outside-range",
            Self::ForeignRule { .. } => "request-foreign-rule",
            Self::NoSuchRule { .. } => "request-no-such-rule",
            Self::TooManyRules { .. } => "request-too-many-rules",
        }
    }
}

/// What became of one request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum RequestOutcome {
    /// Applied.
    Applied(JournalEntry),
    /// The very same file was applied before.
    AppliedBefore,
    /// Refused as a whole.
    Refused(RequestRefusal),
}

/// The status service: what issuers may ask for, and what was applied so far.
#[derive(Debug)]
pub struct StatusDesk<'a> {
    draft: &'a Draft,
    repository_id: &'a str,
    keys: Vec<VerifyingKey>,
    /// The issuer of each of `keys`.
    issuers: Vec<usize>,
    ranges: Vec<Vec<StatusRange>>,
    key_ranges: HashMap<[u8; 32], (usize, Vec<StatusRange>)>,
    last: HashMap<(String, String, String), u64>,
    applied: BTreeSet<String>,
}

impl<'a> StatusDesk<'a> {
    /// A desk for the issuers of a working state, after what the journal says.
    ///
    /// # Errors
    /// [`DraftError`].
    pub fn new(draft: &'a Draft, journal: &[JournalPage]) -> Result<Self, DraftError> {
        let Lists { issuers, keys: listed, .. } = draft.lists()?;
        let mut ranges = vec![Vec::new(); issuers.len()];
        let mut key_ranges = HashMap::new();
        for entry in listed {
            if let Some(ranges) = ranges.get_mut(entry.issuer) {
                ranges.extend(&entry.ranges);
            }
            key_ranges.insert(entry.kid, (entry.issuer, entry.ranges));
        }
        let (mut keys, mut owners) = (Vec::new(), Vec::new());
        for issuer in 0..issuers.len() {
            for key in draft.status_keys(issuer)? {
                keys.push(key);
                owners.push(issuer);
            }
        }
        let mut desk = Self {
            draft,
            repository_id: &draft.repository_id,
            keys,
            issuers: owners,
            ranges,
            key_ranges,
            last: HashMap::new(),
            applied: BTreeSet::new(),
        };
        journal.iter().flat_map(|page| &page.requests).for_each(|entry| desk.note(entry));
        Ok(desk)
    }

    fn note(&mut self, entry: &JournalEntry) {
        self.applied.insert(entry.sha256.clone());
        let last = self.last.entry(entry.issuer.clone()).or_insert(0);
        *last = entry.sequence.max(*last);
    }

    /// The last sequence number applied of an issuer; 0 if there is none.
    #[must_use]
    pub fn last_sequence(&self, issuer: usize) -> u64 {
        self.name_of(issuer).and_then(|name| self.last.get(&name)).copied().unwrap_or(0)
    }

    /// Applies requests to the shards in their issuers' order, whatever order they come in. A request that is
    /// refused leaves no trace. Gives the outcome of each by its place.
    ///
    /// `accept_gap`: numbers that never came are given up, where an issuer says that they are lost.
    pub fn apply(
        &mut self,
        requests: &[Vec<u8>],
        shards: &mut BTreeMap<u64, ShardContent>,
        accept_gap: bool,
        now: UnixTime,
    ) -> Vec<RequestOutcome> {
        let mut outcomes: Vec<Option<RequestOutcome>> = vec![None; requests.len()];
        let mut waiting = Vec::new();
        for (place, bytes) in requests.iter().enumerate() {
            match Request::open(bytes, self.repository_id, &self.keys) {
                Ok((request, signer)) => {
                    let issuer = self.issuers.get(signer).copied().unwrap_or(usize::MAX);
                    waiting.push((issuer, request.header.version, place, signer, request));
                }
                Err(error) => set(&mut outcomes, place, RequestOutcome::Refused(error.into())),
            }
        }
        waiting.sort_by_key(|(issuer, sequence, place, ..)| (*issuer, *sequence, *place));
        for (issuer, _, place, signer, request) in waiting {
            let sha256 = hex(&Sha256::digest(requests.get(place).map(Vec::as_slice).unwrap_or_default()));
            let outcome = if self.applied.contains(&sha256) {
                RequestOutcome::AppliedBefore
            } else {
                match self.apply_one(issuer, signer, &request, sha256, shards, accept_gap, now) {
                    Ok(entry) => {
                        self.note(&entry);
                        RequestOutcome::Applied(entry)
                    }
                    Err(refusal) => RequestOutcome::Refused(refusal),
                }
            };
            set(&mut outcomes, place, outcome);
        }
        // Each place was set above.
        outcomes.into_iter().flatten().collect()
    }

    #[allow(clippy::too_many_arguments, reason = "one call, from the loop above")]
    fn apply_one(
        &self,
        issuer: usize,
        signer: usize,
        request: &Request,
        sha256: String,
        shards: &mut BTreeMap<u64, ShardContent>,
        accept_gap: bool,
        now: UnixTime,
    ) -> Result<JournalEntry, RequestRefusal> {
        self.check_turn(issuer, request, accept_gap, now)?;
        self.check_ranges(issuer, request)?;
        let mut touched = BTreeMap::new();
        let mut counts = Counts::default();
        for (shard, indices) in &request.revoke {
            let content = open(&mut touched, shards, *shard);
            counts.revoked += merge(content, indices);
        }
        for (shard, indices) in &request.reinstate {
            let content = open(&mut touched, shards, *shard);
            let before = content.revoked.len();
            content.revoked.retain(|index| indices.binary_search(index).is_err());
            counts.reinstated += (before - content.revoked.len()) as u64;
        }
        for rule in &request.lift {
            counts.lifted += self.lift(issuer, rule, &mut touched, shards)?;
        }
        for rule in &request.add {
            counts.added += self.add(issuer, rule, &mut touched, shards)?;
        }
        shards.extend(touched);
        let (sequence, header) = (request.header.version, &request.header);
        Ok(JournalEntry {
            issuer: self.name_of(issuer).unwrap_or_default(),
            sequence,
            sha256,
            kid: self.keys.get(signer).map(|key| hex(&key.thumbprint())).unwrap_or_default(),
            issued_at: header.issued_at.to_string(),
            applied_at: now.to_string(),
            reason: request.reason.name().to_owned(),
            revoked: counts.revoked,
            reinstated: counts.reinstated,
            rules_added: counts.added,
            rules_lifted: counts.lifted,
        })
    }

    fn check_turn(
        &self,
        issuer: usize,
        request: &Request,
        accept_gap: bool,
        now: UnixTime,
    ) -> Result<(), RequestRefusal> {
        let header = &request.header;
        let (found, last) = (header.version, self.last_sequence(issuer));
        if found <= last {
            return Err(RequestRefusal::Replay { found, last });
        }
        let expected = last.saturating_add(1);
        if found > expected && !accept_gap {
            return Err(RequestRefusal::Gap { found, expected });
        }
        if now >= header.expires_at {
            return Err(RequestRefusal::Expired { at: header.expires_at });
        }
        if header.issued_at > now.plus(MAX_AHEAD) {
            return Err(RequestRefusal::Future { issued_at: header.issued_at });
        }
        Ok(())
    }

    fn check_ranges(&self, issuer: usize, request: &Request) -> Result<(), RequestRefusal> {
        let own = self.ranges.get(issuer).map(Vec::as_slice).unwrap_or_default();
        for (shard, indices) in request.revoke.iter().chain(&request.reinstate) {
            let holds = |index: &u32| {
                own.iter().any(|range| range.shard == *shard && (range.from..range.to).contains(&u64::from(*index)))
            };
            if let Some(index) = indices.iter().find(|index| !holds(index)) {
                return Err(RequestRefusal::OutsideRange { shard: *shard, index: *index });
            }
        }
        Ok(())
    }

    /// A rule stands in every shard in which its key holds indices: only certificates with an index there name it.
    fn shards_of(&self, issuer: usize, rule: &Rule) -> Result<BTreeSet<u64>, RequestRefusal> {
        match self.key_ranges.get(&rule.kid) {
            Some((owner, ranges)) if *owner == issuer && !ranges.is_empty() => {
                Ok(ranges.iter().map(|range| range.shard).collect())
            }
            _ => Err(RequestRefusal::ForeignRule { kid: hex(&rule.kid) }),
        }
    }

    fn add(
        &self,
        issuer: usize,
        rule: &Rule,
        touched: &mut BTreeMap<u64, ShardContent>,
        shards: &BTreeMap<u64, ShardContent>,
    ) -> Result<u64, RequestRefusal> {
        let mut added = 0;
        for shard in self.shards_of(issuer, rule)? {
            let content = open(touched, shards, shard);
            if content.rules.iter().any(|known| known.same_scope(rule)) {
                continue;
            }
            if content.rules.len() >= MAX_RULES {
                return Err(RequestRefusal::TooManyRules { shard });
            }
            content.rules.push(rule.clone());
            added = 1;
        }
        Ok(added)
    }

    fn lift(
        &self,
        issuer: usize,
        rule: &Rule,
        touched: &mut BTreeMap<u64, ShardContent>,
        shards: &BTreeMap<u64, ShardContent>,
    ) -> Result<u64, RequestRefusal> {
        let mut lifted = false;
        for shard in self.shards_of(issuer, rule)? {
            let content = open(touched, shards, shard);
            let before = content.rules.len();
            content.rules.retain(|known| !known.same_scope(rule));
            lifted |= content.rules.len() < before;
        }
        if lifted { Ok(1) } else { Err(RequestRefusal::NoSuchRule { kid: hex(&rule.kid) }) }
    }

    fn name_of(&self, issuer: usize) -> Option<(String, String, String)> {
        let issuer = self.draft.issuers.get(issuer)?;
        Some((issuer.name_ja.clone(), issuer.name_en.clone(), issuer.country.clone()))
    }
}

#[derive(Default)]
struct Counts {
    revoked: u64,
    reinstated: u64,
    added: u64,
    lifted: u64,
}

fn set(outcomes: &mut [Option<RequestOutcome>], place: usize, outcome: RequestOutcome) {
    if let Some(slot) = outcomes.get_mut(place) {
        *slot = Some(outcome);
    }
}

/// The shard as this request has left it so far.
fn open<'t>(
    touched: &'t mut BTreeMap<u64, ShardContent>,
    shards: &BTreeMap<u64, ShardContent>,
    shard: u64,
) -> &'t mut ShardContent {
    touched.entry(shard).or_insert_with(|| shards.get(&shard).cloned().unwrap_or_default())
}

/// Adds ascending indices; gives how many are new.
fn merge(content: &mut ShardContent, indices: &[u32]) -> u64 {
    let before = content.revoked.len();
    let mut all: Vec<u32> = content.revoked.iter().chain(indices).copied().collect();
    all.sort_unstable();
    all.dedup();
    content.revoked = all;
    if let Some(last) = indices.last() {
        content.size = content.size.max(u64::from(*last) + 1);
    }
    (content.revoked.len() - before) as u64
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}
