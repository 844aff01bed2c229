//! Making a request: settled, signed and kept in one transaction.

use super::{Chosen, WithdrawError, hand_out};
use crate::register::{Ask, Change, Outcome, Register, RuleEntry, RuleScope, Settled};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tegata_certificate::{StatusIndex, UnixTime, VerifyingKey};
use tegata_keys::Signer;
use tegata_trust_lists::{Header, MAX_RULES, Request, RevocationReason, Rule, TrustState};

/// The most places of one request. Every reader takes so many, however they lie.
pub const MAX_PLACES: usize = 1_000_000;

/// How long a request may wait for the status service, in seconds: a year. Its number, not its age, keeps it from
/// being taken twice.
const REQUEST_LIFE: i64 = 366 * 86_400;

/// The key that signs an office's requests.
pub struct StatusKey<'a> {
    signer: &'a dyn Signer,
    state: &'a TrustState,
}

/// Why a key signs no requests.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StatusKeyProblem {
    /// It signs certificates.
    #[error(
        "it signs certificates, and whoever got hold of it must not be able to reinstate them too: make a key for requests alone (tegata-issuer key new) and give its record to the list's operator"
    )]
    DocumentKey,
    /// It signs lists.
    #[error("it signs the repository's own lists: make a key for requests alone (tegata-issuer key new)")]
    RoleKey,
    /// It was made for demonstrations.
    #[error("it is a DEMO key, and this repository is none: make a real one (tegata-issuer key new)")]
    Demo,
    /// It counts, and the repository does not.
    #[error(
        "it is a key that counts, and this repository is a DEMO one: make one for it (tegata-issuer key new --demo)"
    )]
    Live,
}

impl<'a> StatusKey<'a> {
    /// A key for requests to the repository of that list. `demo` says whether it was made for demonstrations.
    ///
    /// # Errors
    /// [`StatusKeyProblem`] if it has another office already.
    pub fn new(signer: &'a dyn Signer, demo: bool, state: &'a TrustState) -> Result<Self, StatusKeyProblem> {
        Self::check(signer.verifying_key(), demo, state).map(|()| Self { signer, state })
    }

    /// The same check by the public half, before anybody is asked for a passphrase.
    ///
    /// # Errors
    /// [`StatusKeyProblem`].
    pub fn check(key: &VerifyingKey, demo: bool, state: &TrustState) -> Result<(), StatusKeyProblem> {
        let root = state.root();
        let mut roles = [&root.root, &root.trust, &root.head].into_iter().chain(&root.status);
        if state.trust().keys.iter().any(|entry| entry.key == *key) {
            return Err(StatusKeyProblem::DocumentKey);
        }
        if roles.any(|role| role.keys.contains(key)) {
            return Err(StatusKeyProblem::RoleKey);
        }
        match (demo, state.is_demo()) {
            (true, false) => Err(StatusKeyProblem::Demo),
            (false, true) => Err(StatusKeyProblem::Live),
            _ => Ok(()),
        }
    }
}

impl StatusKey<'_> {
    /// The repository that its requests go to.
    pub(crate) fn repository(&self) -> &str {
        self.state.repository_id()
    }

    /// Its identifier.
    pub(crate) fn kid(&self) -> [u8; 32] {
        self.signer.verifying_key().thumbprint()
    }

    /// Signs what was settled, unless files of later requests lie in the folder: then the register is an old one.
    pub(crate) fn sign(&self, ask: &Ask<'_>, settled: &Settled, folder: &Path) -> Result<Vec<u8>, WithdrawError> {
        if let Some(found) = hand_out::later_request(folder, settled.sequence) {
            return Err(WithdrawError::OldRegister { found: found.display().to_string() });
        }
        Ok(request(ask, settled).sign(self.signer)?)
    }
}

/// What came of asking.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Asked {
    /// The number of the request that was made; none if everything was asked for before.
    pub sequence: Option<u64>,
    /// Places that it speaks of.
    pub places: u64,
    /// Rules that it speaks of.
    pub rules: u64,
    /// Places and rules that were as they should be.
    pub already: u64,
    /// All requests that made them so, the new one with them.
    pub requests: BTreeSet<u64>,
}

impl Asked {
    /// Whether there was, or is, nothing to ask for.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.places + self.rules == 0
    }
}

impl From<Outcome> for Asked {
    fn from(outcome: Outcome) -> Self {
        let Outcome { made, places, rules, already, requests } = outcome;
        Self { sequence: made, places, rules, already, requests }
    }
}

/// What [`ask`] would come to; nothing is changed.
///
/// # Errors
/// If the register cannot be read.
pub fn preview(register: &mut Register, change: Change, chosen: &Chosen) -> Result<Asked, WithdrawError> {
    let (places, rules, reason) = (&chosen.places, &chosen.rules, RevocationReason::Withdrawn);
    let ask = Ask { change, places, rules, reason, repository: "", kid: [0; 32], made_at: UnixTime(0), sequence: None };
    Ok(Asked::from(register.settle(&ask)?))
}

/// Withdraws or reinstates what was chosen by numbers of its own: in lists that this office publishes, without a
/// request. Says how many were not so already.
///
/// # Errors
/// If the register cannot be written; nothing was changed then.
pub fn change_cards(
    register: &mut Register,
    change: Change,
    chosen: &Chosen,
    now: UnixTime,
) -> Result<u64, WithdrawError> {
    Ok(register.change_cards(&chosen.cards, change, now)?)
}

/// How a request is made.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// Which way.
    pub change: Change,
    /// Why.
    pub reason: RevocationReason,
    /// Its number, if the register has lost some; else the next.
    pub sequence: Option<u64>,
    /// Where the office's requests are kept: if later ones lie there than the register knows, it is an old
    /// register, and nothing is asked for.
    pub folder: &'a Path,
    /// When it is made.
    pub made_at: UnixTime,
}

/// Makes the request that is needed for what was chosen, and none if nothing is needed. Its file is not
/// written yet: [`hand_out`](super::hand_out()) does that, now or in a later run.
///
/// # Errors
/// [`WithdrawError`]. Nothing was changed then.
pub fn ask(
    register: &mut Register,
    key: &StatusKey<'_>,
    chosen: &Chosen,
    order: &Order<'_>,
) -> Result<Asked, WithdrawError> {
    let Order { change, reason, sequence, folder, made_at } = *order;
    let repository = key.repository();
    let in_force = register.rules()?.len();
    if change == Change::Withdraw && in_force + chosen.rules.len() > MAX_RULES {
        return Err(WithdrawError::TooManyRules);
    }
    let kid = key.kid();
    let (places, rules) = (&chosen.places, &chosen.rules);
    let ask = Ask { change, places, rules, reason, repository, kid, made_at, sequence };
    let outcome = register.ask(&ask, &mut |settled: &Settled| key.sign(&ask, settled, folder))?;
    Ok(Asked::from(outcome))
}

fn request(ask: &Ask<'_>, settled: &Settled) -> Request {
    let header = Header {
        version: settled.sequence,
        issued_at: ask.made_at,
        expires_at: ask.made_at.plus(REQUEST_LIFE).min(UnixTime::MAX),
        repository_id: ask.repository.to_owned(),
    };
    let indices = by_shard(&settled.places);
    let (revoke, reinstate) = match ask.change {
        Change::Withdraw => (indices, BTreeMap::new()),
        Change::Reinstate => (BTreeMap::new(), indices),
    };
    let add = settled.rules.iter().map(|scope| rule(scope, ask.reason, ask.made_at)).collect();
    // A rule is lifted as it was added.
    let lifted = |entry: &RuleEntry| rule(&entry.scope, entry.reason, entry.at);
    let lift = settled.lifted.iter().map(lifted).collect();
    Request { header, revoke, reinstate, add, lift, reason: ask.reason }
}

fn rule(scope: &RuleScope, reason: RevocationReason, at: UnixTime) -> Rule {
    Rule { kid: scope.kid, issued: scope.issued, lot: scope.lot.clone(), reason, at }
}

/// The indices of each shard, ascending. An index fits 32 bits: ranges end at 2^24.
fn by_shard(places: &[StatusIndex]) -> BTreeMap<u64, Vec<u32>> {
    let mut shards = BTreeMap::<u64, Vec<u32>>::new();
    for place in places {
        if let Ok(index) = u32::try_from(place.index) {
            shards.entry(place.shard).or_default().push(index);
        }
    }
    for indices in shards.values_mut() {
        indices.sort_unstable();
    }
    shards
}
