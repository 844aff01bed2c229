//! What was asked for, what is withdrawn, and what the published lists show of it.

use super::select::hex;
use super::{WithdrawError, request_name};
use crate::record::RegisterNumber;
use crate::register::{Change, Given, Register, RequestEntry, RuleEntry};
use serde::Serialize;
use std::collections::BTreeSet;
use tegata_certificate::{StatusIndex, UnixTime};
use tegata_trust_lists::{Shard, StatusRange, TrustState};

/// A register's requests and what they come to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Overview {
    /// The number of the next request.
    pub next_sequence: u64,
    /// Certificates that are withdrawn now by their place.
    pub withdrawn: u64,
    /// Certificates that were withdrawn and reinstated.
    pub reinstated: u64,
    /// The rules in force.
    pub rules: Vec<RuleSummary>,
    /// Every request, oldest first.
    pub requests: Vec<RequestSummary>,
    /// What the published lists show, if they were given.
    pub published: Option<PublishedState>,
}

/// A rule in force.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RuleSummary {
    /// The request that added it.
    pub request: u64,
    /// The key's kid, in hexadecimal.
    pub kid: String,
    /// Times of issue from this moment.
    pub issued_from: Option<String>,
    /// And before this one.
    pub issued_until: Option<String>,
    /// A lot.
    pub lot: Option<String>,
    /// `withdrawn` or `compromised`.
    pub reason: &'static str,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct RequestSummary {
    /// Its number.
    pub sequence: u64,
    /// `revoke`, `reinstate`, or `both`.
    pub action: &'static str,
    /// `withdrawn` or `compromised`.
    pub reason: &'static str,
    /// When it was made.
    pub made_at: String,
    /// Places that it speaks of.
    pub places: u64,
    /// Rules that it speaks of.
    pub rules: u64,
    /// The usual name of its file.
    pub file: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// When its file was first written; not yet, if a run was killed or the disk was full.
    pub handed_out: Option<String>,
    /// `shown` if the published lists show all of it that no later request changed, `waiting` if not all, and
    /// `superseded` if later requests changed all of it; unknown without lists.
    pub published: Option<&'static str>,
}

/// What the published lists show.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct PublishedState {
    /// When the oldest of the shards that matter was issued; none if none of them is published.
    pub as_of: Option<String>,
    /// Places and rules that are published as they were asked for.
    pub shown: u64,
    /// Places and rules that are not published so yet.
    pub waiting: u64,
    /// Shards that this office has places in and that are not published.
    pub missing_shards: Vec<u64>,
    /// Places of this office that are published as withdrawn without a request in this register: a sign that the
    /// register was restored from a backup.
    pub unknown: u64,
}

/// Where a person's certificate stands.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct CertificateState {
    /// The family.
    pub format: &'static str,
    /// When it was issued.
    pub issued_at: String,
    /// When it ends by itself.
    pub expires_at: String,
    /// `in-force`, `withdrawn`, `withdrawn-by-rule`, `reinstated` or `expired`.
    pub state: &'static str,
    /// The shard of its place.
    pub shard: Option<u64>,
    /// The index of its place.
    pub index: Option<u64>,
    /// The request that spoke of it last.
    pub request: Option<u64>,
    /// Its identifier, in families without a place.
    pub identifier: Option<String>,
}

/// Everything about a register's requests; with `state`, what of it is published.
///
/// # Errors
/// If the register cannot be read.
pub fn overview(register: &mut Register, state: Option<&TrustState>) -> Result<Overview, WithdrawError> {
    let requests = register.requests()?;
    let places = register.places_asked_for()?;
    let rules = register.rules_asked_for()?;
    let withdrawn = places.iter().filter(|(_, latest)| latest.withdrawn).count() as u64;
    let mut waiting = BTreeSet::new();
    let published = match state {
        None => None,
        Some(state) => {
            let mut published = Published::default();
            let ranges = register.ranges()?;
            for (place, latest) in &places {
                let shown = state.shard(place.shard).map(|shard| shard.set().contains(place.index));
                // A shard that is not published withdraws nothing.
                published.count(shown.unwrap_or(false) == latest.withdrawn, latest.sequence, &mut waiting);
            }
            for rule in &rules {
                let shown = is_shown(state, &ranges, rule);
                published.count(shown == rule.latest.withdrawn, rule.latest.sequence, &mut waiting);
            }
            let known: BTreeSet<_> = places.iter().map(|(place, _)| (place.shard, place.index)).collect();
            Some(published.finish(state, &ranges, &known))
        }
    };
    let newest = places.iter().map(|(_, latest)| latest).chain(rules.iter().map(|rule| &rule.latest));
    let newest: BTreeSet<u64> = newest.map(|latest| latest.sequence).collect();
    let summary = |entry: &RequestEntry| RequestSummary {
        published: published.as_ref().map(|_| match entry.sequence {
            sequence if waiting.contains(&sequence) => "waiting",
            sequence if newest.contains(&sequence) => "shown",
            _ => "superseded",
        }),
        ..summary(entry)
    };
    Ok(Overview {
        next_sequence: requests.last().map_or(1, |last| last.sequence + 1),
        withdrawn,
        reinstated: places.len() as u64 - withdrawn,
        rules: rules.iter().filter(|rule| rule.latest.withdrawn).map(rule_summary).collect(),
        requests: requests.iter().map(summary).collect(),
        published,
    })
}

/// Where each certificate of a person stands, oldest first.
///
/// # Errors
/// [`WithdrawError::NobodyThere`] if the register knows nobody with that number.
pub fn person(
    register: &mut Register,
    number: &RegisterNumber,
    now: UnixTime,
) -> Result<Vec<CertificateState>, WithdrawError> {
    let mut given = register.certificates_of(&[number.as_str()])?;
    if given.is_empty() && register.known_people(&[number.as_str()])?.is_empty() {
        return Err(WithdrawError::NobodyThere);
    }
    given.sort_by_key(|given| given.issued_at);
    let rules = register.rules()?;
    // What an earlier certificate named is not kept: the lots of today's record stand for it.
    let record = register.record(number)?;
    let lots = || record.iter().flat_map(|record| &record.doses).filter_map(|dose| dose.lot.as_deref());
    let by_rule = |given: &Given| {
        given.status.is_some() && rules.iter().any(|rule| rule.scope.covers(&given.kid, given.issued_at, lots()))
    };
    Ok(given.iter().map(|given| certificate_state(given, by_rule(given), now)).collect())
}

fn certificate_state(given: &Given, by_rule: bool, now: UnixTime) -> CertificateState {
    let state = match given.latest {
        Some(latest) if latest.withdrawn => "withdrawn",
        _ if by_rule => "withdrawn-by-rule",
        _ if given.expires_at <= now => "expired",
        Some(_) => "reinstated",
        None => "in-force",
    };
    CertificateState {
        format: given.format.name(),
        issued_at: given.issued_at.to_string(),
        expires_at: given.expires_at.to_string(),
        state,
        shard: given.status.map(|place| place.shard),
        index: given.status.map(|place| place.index),
        request: given.latest.map(|latest| latest.sequence),
        identifier: given.status.is_none().then(|| given.identifier.clone()),
    }
}

/// The published state, while it is counted.
#[derive(Default)]
struct Published {
    shown: u64,
    waiting: u64,
}

impl Published {
    fn count(&mut self, as_asked: bool, sequence: u64, waiting: &mut BTreeSet<u64>) {
        if as_asked {
            self.shown += 1;
        } else {
            self.waiting += 1;
            waiting.insert(sequence);
        }
    }

    fn finish(
        self,
        state: &TrustState,
        ranges: &[([u8; 32], StatusRange)],
        known: &BTreeSet<(u64, u64)>,
    ) -> PublishedState {
        let shards: BTreeSet<u64> = ranges.iter().map(|(_, range)| range.shard).collect();
        let found: Vec<(u64, Option<&Shard>)> = shards.iter().map(|number| (*number, state.shard(*number))).collect();
        let unknown = |(number, shard): &(u64, Option<&Shard>)| {
            let ours = |index: u64| {
                let holds = |range: &StatusRange| range.shard == *number && (range.from..range.to).contains(&index);
                ranges.iter().any(|(_, range)| holds(range))
            };
            let indices = shard.iter().flat_map(|shard| shard.set().iter().map(u64::from));
            indices.filter(|index| ours(*index) && !known.contains(&(*number, *index))).count() as u64
        };
        PublishedState {
            as_of: found.iter().filter_map(|(_, shard)| shard.map(Shard::as_of)).min().map(|as_of| as_of.to_string()),
            shown: self.shown,
            waiting: self.waiting,
            missing_shards: found.iter().filter(|(_, shard)| shard.is_none()).map(|(number, _)| *number).collect(),
            unknown: found.iter().map(unknown).sum(),
        }
    }
}

/// Whether a shard that the rule's key has places in holds the rule.
fn is_shown(state: &TrustState, ranges: &[([u8; 32], StatusRange)], rule: &RuleEntry) -> bool {
    let scope = &rule.scope;
    let of_key = ranges.iter().filter(|(kid, _)| *kid == scope.kid);
    of_key.filter_map(|(_, range)| state.shard(range.shard)).any(|shard| {
        shard.rules().iter().any(|other| (other.kid, other.issued, &other.lot) == (scope.kid, scope.issued, &scope.lot))
    })
}

/// Whether the lists publish a place as withdrawn.
pub(crate) fn publishes_as_withdrawn(state: &TrustState, place: StatusIndex) -> bool {
    state.shard(place.shard).is_some_and(|shard| shard.set().contains(place.index))
}

fn summary(entry: &RequestEntry) -> RequestSummary {
    RequestSummary {
        sequence: entry.sequence,
        action: match entry.change {
            Some(Change::Withdraw) => "revoke",
            Some(Change::Reinstate) => "reinstate",
            None => "both",
        },
        reason: entry.reason.name(),
        made_at: entry.made_at.to_string(),
        places: entry.places,
        rules: entry.rules,
        file: request_name(entry.sequence),
        sha256: hex(&entry.sha256),
        handed_out: entry.handed_out.map(|at| at.to_string()),
        published: None,
    }
}

fn rule_summary(rule: &RuleEntry) -> RuleSummary {
    RuleSummary {
        request: rule.latest.sequence,
        kid: hex(&rule.scope.kid),
        issued_from: rule.scope.issued.map(|(from, _)| from.to_string()),
        issued_until: rule.scope.issued.map(|(_, until)| until.to_string()),
        lot: rule.scope.lot.clone(),
        reason: rule.reason.name(),
    }
}
