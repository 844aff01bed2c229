//! What became of every entry of a list.

use std::collections::BTreeMap;

/// What became of an entry: each has exactly one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// It is taken.
    Taken,
    /// Nothing that it signs could be in force.
    Expired,
    /// Marked or known as a test.
    Test,
    /// Not a key that may sign this family: weak, of another kind, or with impossible dates.
    UnusableKey,
    /// Not of the form that its list has.
    Malformed,
    /// The same key of the same issuer stands there already.
    Duplicate,
    /// For another purpose than signing certificates (a connection, an upload, an authority of its own).
    OtherPurpose,
    /// Listed, and marked as not in use.
    Inactive,
    /// It names no country, or one that no table has.
    NoCountry,
    /// Left out by the policy's choice of countries.
    OutOfPolicy,
    /// A list of its own that is older than the policy allows, or from the future.
    OutOfTime,
    /// Its issuer has not answered for long, and the policy leaves such out.
    DeadIssuer,
    /// Its identifier is not the one that its key has.
    KidMismatch,
    /// Four other keys answer to its short identifier: it would never be tried.
    Crowded,
    /// No chain to an authority that was given.
    Untrusted,
    /// It only points to another place, which is never followed.
    Reference,
    /// Older than what is kept.
    Older,
    /// It names a listed authority whose key did not sign it.
    BadSignature,
}

impl Outcome {
    /// Every outcome, in the order of reports.
    pub const ALL: [Self; 18] = [
        Self::Taken,
        Self::Expired,
        Self::Test,
        Self::UnusableKey,
        Self::Malformed,
        Self::Duplicate,
        Self::OtherPurpose,
        Self::Inactive,
        Self::NoCountry,
        Self::OutOfPolicy,
        Self::OutOfTime,
        Self::DeadIssuer,
        Self::KidMismatch,
        Self::Crowded,
        Self::Untrusted,
        Self::Reference,
        Self::Older,
        Self::BadSignature,
    ];

    /// The stable name used in the tool and in its JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Expired => "expired",
            Self::Test => "test",
            Self::UnusableKey => "unusable-key",
            Self::Malformed => "malformed",
            Self::Duplicate => "duplicate",
            Self::OtherPurpose => "other-purpose",
            Self::Inactive => "inactive",
            Self::NoCountry => "no-country",
            Self::OutOfPolicy => "out-of-policy",
            Self::OutOfTime => "out-of-time",
            Self::DeadIssuer => "dead-issuer",
            Self::KidMismatch => "kid-mismatch",
            Self::Crowded => "crowded",
            Self::Untrusted => "untrusted",
            Self::Reference => "reference",
            Self::Older => "older",
            Self::BadSignature => "bad-signature",
        }
    }

    /// What a person reads behind the number of such entries.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Expired => "expired",
            Self::Test => "for tests",
            Self::UnusableKey => "with a key that may not sign this family",
            Self::Malformed => "not of the list's form",
            Self::Duplicate => "repeated",
            Self::OtherPurpose => "for another purpose than certificates",
            Self::Inactive => "marked as not in use",
            Self::NoCountry => "without a known country",
            Self::OutOfPolicy => "of countries that were not asked for",
            Self::OutOfTime => "older than was allowed, or from the future",
            Self::DeadIssuer => "of issuers that have not answered for long",
            Self::KidMismatch => "with an identifier that is not their key's",
            Self::Crowded => "behind four others with the same short identifier",
            Self::Untrusted => "without a chain to the given authority",
            Self::Reference => "only pointing elsewhere, which is never followed",
            Self::Older => "older than what is kept, which stays",
            Self::BadSignature => "not signed by the listed authority that they name",
        }
    }
}

/// What is worth knowing of entries that were taken, or of the list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Observation {
    /// An issuer kept although it has not answered for long; its keys sign nothing new.
    DeadIssuerKept,
    /// Kept although expired, as the policy asks.
    ExpiredKept,
    /// Kept although a test, as the policy asks.
    TestKept,
    /// Messages name the key by other bytes than follow from it or its certificate.
    OwnKid,
    /// Listed under other bytes than its certificate's, which decide.
    KidRecomputed,
    /// Its certificate is signed over SHA-1, as old ones are.
    WeakHash,
    /// It came without a certificate, so without dates of its own.
    Undated,
    /// It came with a certificate chain, which decides nothing here.
    ChainIgnored,
    /// The certificate in the chain has expired; the directory still vouches for the key.
    ChainExpired,
    /// A key whose issuer publishes what it withdrew.
    WithdrawalsPublished,
    /// An issuer without keys.
    NoKeys,
    /// An issuer that names another as the canonical one; both are taken as they are.
    OtherName,
    /// An issuer whose country is not told.
    CountryUnknown,
    /// An authority whose certificate does not state that it is one; its key usage does.
    CaFlagMissing,
    /// A list of revoked certificates past the day of its next one.
    PastNextUpdate,
}

impl Observation {
    /// The stable name used in the tool and in its JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DeadIssuerKept => "dead-issuer-kept",
            Self::ExpiredKept => "expired-kept",
            Self::TestKept => "test-kept",
            Self::OwnKid => "own-kid",
            Self::KidRecomputed => "kid-recomputed",
            Self::WeakHash => "weak-hash",
            Self::Undated => "undated",
            Self::ChainIgnored => "chain-ignored",
            Self::ChainExpired => "chain-expired",
            Self::WithdrawalsPublished => "withdrawals-published",
            Self::NoKeys => "no-keys",
            Self::OtherName => "other-name",
            Self::CountryUnknown => "country-unknown",
            Self::CaFlagMissing => "ca-flag-missing",
            Self::PastNextUpdate => "past-next-update",
        }
    }

    /// What a person reads behind their number.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::DeadIssuerKept => "issuers kept that have not answered for long; their keys sign nothing new",
            Self::ExpiredKept => "expired keys kept, as asked",
            Self::TestKept => "test keys kept, as asked",
            Self::OwnKid => "keys that messages name by other bytes than follow from key or certificate",
            Self::KidRecomputed => "keys listed under another identifier than their certificate's, which decides",
            Self::WeakHash => "keys whose certificate is signed over SHA-1",
            Self::Undated => "keys without dates of their own",
            Self::ChainIgnored => "keys with a certificate chain, which decides nothing here",
            Self::ChainExpired => "keys whose certificate in the chain has expired; the list still vouches for them",
            Self::WithdrawalsPublished => "keys whose issuer publishes what it withdrew",
            Self::NoKeys => "issuers without keys",
            Self::OtherName => "issuers that name another as the canonical one; both are taken as they are",
            Self::CountryUnknown => "issuers whose country is not told",
            Self::CaFlagMissing => {
                "authorities whose certificate does not state that it is one, but whose key usage does"
            }
            Self::PastNextUpdate => "lists of revoked certificates past the day of their next one: get it",
        }
    }
}

/// Details beyond these are counted and not named.
const MAX_DETAILS: usize = 1_000;
/// Characters of a detail.
const MAX_DETAIL: usize = 200;

/// Counts of outcomes and observations, and the names of entries that were not taken.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Report {
    outcomes: BTreeMap<Outcome, u64>,
    observations: BTreeMap<Observation, u64>,
    details: Vec<(Outcome, String)>,
}

impl Report {
    /// Counts an entry; of one that is not taken the name is kept too.
    pub fn add(&mut self, outcome: Outcome, name: &str) {
        *self.outcomes.entry(outcome).or_default() += 1;
        if outcome != Outcome::Taken && self.details.len() < MAX_DETAILS {
            // Names are of others' making: nothing in them may steer a terminal.
            let name = name.chars().map(|c| if is_plain(c) { c } else { '\u{fffd}' }).take(MAX_DETAIL).collect();
            self.details.push((outcome, name));
        }
    }

    /// Counts something worth knowing.
    pub fn observe(&mut self, observation: Observation) {
        *self.observations.entry(observation).or_default() += 1;
    }

    /// An entry that was taken turned out otherwise.
    pub(crate) fn reverse(&mut self, outcome: Outcome, name: &str) {
        if let Some(taken) = self.outcomes.get_mut(&Outcome::Taken) {
            *taken = taken.saturating_sub(1);
        }
        self.add(outcome, name);
    }

    /// How many entries ended so.
    #[must_use]
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.outcomes.get(&outcome).copied().unwrap_or_default()
    }

    /// How often that was observed.
    #[must_use]
    pub fn observed(&self, observation: Observation) -> u64 {
        self.observations.get(&observation).copied().unwrap_or_default()
    }

    /// All entries.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.outcomes.values().sum()
    }

    /// The outcomes that occurred, with their numbers.
    pub fn outcomes(&self) -> impl Iterator<Item = (Outcome, u64)> + use<'_> {
        self.outcomes.iter().map(|(outcome, count)| (*outcome, *count)).filter(|(_, count)| *count > 0)
    }

    /// What was observed, with numbers.
    pub fn observations(&self) -> impl Iterator<Item = (Observation, u64)> + use<'_> {
        self.observations.iter().map(|(observation, count)| (*observation, *count))
    }

    /// The entries that were not taken, at most a thousand of them.
    #[must_use]
    pub fn details(&self) -> &[(Outcome, String)] {
        &self.details
    }
}

fn is_plain(c: char) -> bool {
    crate::fields::is_showable(c.encode_utf8(&mut [0; 4]), 1)
}
