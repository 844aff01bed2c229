//! One listed key, and everything it may do.

use crate::error::{EntryFault, TrustError};
use crate::fields::ListReader;
use crate::trust::Issuer;
use tegata_certificate::cbor::Head;
use tegata_certificate::{Algorithm, Country, Format, Kind, StatusIndex, UnixTime, VerifyingKey};

/// Labels of a key entry.
pub(crate) mod label {
    pub const KID: u64 = 1;
    pub const COSE_KEY: u64 = 2;
    pub const ALGORITHM: u64 = 3;
    pub const ISSUER: u64 = 4;
    pub const FORMATS: u64 = 5;
    pub const COUNTRIES: u64 = 6;
    pub const ISS: u64 = 7;
    pub const KINDS: u64 = 8;
    pub const DISEASES: u64 = 9;
    pub const SIGN_FROM: u64 = 10;
    pub const SIGN_UNTIL: u64 = 11;
    pub const VALID_UNTIL: u64 = 12;
    pub const MAX_LIFE: u64 = 13;
    pub const RANGES: u64 = 14;
    pub const STATE: u64 = 15;
    pub const HINT: u64 = 16;
    pub const SOURCE: u64 = 17;
}

/// Numbers of the states; an entry without one is active.
pub(crate) const RETIRED: u64 = 2;
pub(crate) const REVOKED: u64 = 3;

/// The most indices of a shard: 2^24.
pub const SHARD_SIZE: u64 = 1 << 24;

const MAX_COUNTRIES: u64 = 300;
const MAX_DISEASES: u64 = 64;
const MAX_RANGES: u64 = 256;
/// Characters of an exact issuer (a URL), a disease code, and the note on an imported key.
const MAX_ISS: usize = 300;
const MAX_CODE: usize = 40;
const MAX_SOURCE: usize = 200;

/// A listed key with its scope. Only what every part of it allows is allowed.
#[derive(Clone, Debug)]
pub struct KeyEntry {
    /// The full identifier: the key's RFC 9679 thumbprint with SHA-256, or for a key known by its
    /// X.509 certificate the SHA-256 of that. Each format looks a key up by its own part of it; for `shc`
    /// see [`shc_kid`](Self::shc_kid).
    pub kid: [u8; 32],
    /// The key with the one algorithm it may use.
    pub key: VerifyingKey,
    /// The issuer's place in [`Trust::issuers`](crate::Trust::issuers).
    pub issuer: usize,
    /// The families that it may sign; never empty.
    pub formats: Vec<Format>,
    /// For whom it speaks.
    pub authority: Authority,
    /// The kinds of certificate that it may sign; never empty.
    pub kinds: Vec<Kind>,
    /// The diseases that it may sign for, as the family writes them; empty: any.
    pub diseases: Vec<String>,
    /// The first moment of issue (`iat`) that it may sign.
    pub sign_from: UnixTime,
    /// The moment from which on it may sign no more: issue times lie before it.
    pub sign_until: UnixTime,
    /// The moment from which on nothing that it signed is valid.
    pub valid_until: UnixTime,
    /// The longest life (`exp` − `iat`) of a certificate, in seconds.
    pub max_life: Option<i64>,
    /// The status indices that its certificates may name.
    pub ranges: Vec<StatusRange>,
    /// Whether it still counts.
    pub state: KeyState,
    /// The 8-byte identifier that `HC1:` messages use for it, where that is not the beginning of
    /// `kid` (some countries number their keys otherwise).
    pub hint: Option<[u8; 8]>,
    /// Where an imported key came from.
    pub source: Option<String>,
}

/// For whom a key speaks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Authority {
    /// For these countries (CWT `iss`, or the issuer's country); never empty.
    Countries(Vec<Country>),
    /// For exactly this issuer (JWS `iss`).
    Iss(String),
}

/// Indices of one shard of the repository's status list: `from` and up to, but without, `to`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct StatusRange {
    /// The shard's number.
    pub shard: u64,
    /// The first index.
    pub from: u64,
    /// The index after the last; at most [`SHARD_SIZE`].
    pub to: u64,
}

/// Whether a key still counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyState {
    /// It may sign within its window.
    Active,
    /// It signs nothing new; what it signed within its window stays valid.
    Retired,
    /// Nothing that it signed is valid, whenever that says it was issued: a thief dates at will.
    Revoked {
        /// Since when, for display.
        at: UnixTime,
        /// Why.
        reason: RevocationReason,
    },
}

impl KeyState {
    /// The stable name used in the tool and in its JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Retired => "retired",
            Self::Revoked { .. } => "revoked",
        }
    }
}

/// Why a key or a certificate was revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RevocationReason {
    /// Its issuer withdrew it.
    Withdrawn,
    /// Someone else may have it, or it was misused.
    Compromised,
}

impl RevocationReason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 2] = [Self::Withdrawn, Self::Compromised];

    /// The number in lists.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Withdrawn => 1,
            Self::Compromised => 2,
        }
    }

    /// The reason with that number.
    pub(crate) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.number() == number)
    }

    /// The stable name used in the tool and in its JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Withdrawn => "withdrawn",
            Self::Compromised => "compromised",
        }
    }

    /// The reason with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// The number of a kind in lists.
pub(crate) fn kind_number(kind: Kind) -> u64 {
    match kind {
        Kind::Vaccination => 1,
        Kind::Test => 2,
        Kind::Recovery => 3,
    }
}

impl KeyEntry {
    /// Whether a certificate of this key may name that status index.
    #[must_use]
    pub fn holds(&self, status: StatusIndex) -> bool {
        self.ranges.iter().any(|range| range.shard == status.shard && (range.from..range.to).contains(&status.index))
    }

    /// The kid by which SMART Health Cards name the key: its RFC 7638 thumbprint, which follows from it and is
    /// not stated, so `kid` is the RFC 9679 one. Any other `kid` is what the cards say: some issuers took the
    /// thumbprint over coordinates without their leading zeros.
    #[must_use]
    pub fn shc_kid(&self) -> [u8; 32] {
        if self.kid == self.key.thumbprint() { self.key.jwk_thumbprint() } else { self.kid }
    }

    /// The identifier that messages of a family name the key by, or begin with.
    #[must_use]
    pub fn kid_of(&self, format: Format) -> [u8; 32] {
        if format == Format::Shc { self.shc_kid() } else { self.kid }
    }

    /// The exact issuer that it speaks for, if it does not speak for countries.
    #[must_use]
    pub fn iss(&self) -> Option<&str> {
        match &self.authority {
            Authority::Iss(iss) => Some(iss),
            Authority::Countries(_) => None,
        }
    }

    /// Whether it may sign that family.
    #[must_use]
    pub fn signs(&self, format: Format) -> bool {
        self.formats.contains(&format)
    }

    /// Reads the entry at place `entry` of the trust list.
    pub(crate) fn parse(entry: usize, issuers: &[Issuer], list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        let mut draft = Draft::default();
        let read = list.fields(|label, list| draft.take(label, list));
        match read {
            Err(TrustError::Malformed { .. }) => Err(EntryFault::Malformed),
            Err(other) => return Err(other),
            Ok(()) => draft.finish(issuers),
        }
        .and_then(|parsed| parsed.check().map(|()| parsed))
        .map_err(|fault| TrustError::BadEntry { entry, fault })
    }

    /// What must hold of an entry by itself.
    pub(crate) fn check(&self) -> Result<(), EntryFault> {
        let scoped = !self.formats.is_empty()
            && !self.kinds.is_empty()
            && match &self.authority {
                Authority::Countries(countries) => !countries.is_empty(),
                Authority::Iss(iss) => !iss.is_empty(),
            }
            // Nothing else finds a key of theirs.
            && (self.iss().is_some() || !self.formats.iter().any(|format| format.names_exact_issuer()));
        if !scoped {
            return Err(EntryFault::Scope);
        }
        let windows = UnixTime(0) <= self.sign_from
            && self.sign_from < self.sign_until
            && self.sign_until <= self.valid_until
            && self.valid_until <= UnixTime::MAX
            && self.max_life.is_none_or(|life| life > 0);
        if !windows {
            return Err(EntryFault::Window);
        }
        if self.signs(Format::Compact) && self.kid != self.key.thumbprint() {
            return Err(EntryFault::Kid);
        }
        self.check_ranges()
    }

    fn check_ranges(&self) -> Result<(), EntryFault> {
        let possible = |range: &StatusRange| range.from < range.to && range.to <= SHARD_SIZE;
        // Ascending and disjoint: one set of indices has one encoding.
        let ordered = self.ranges.windows(2).all(|pair| match pair {
            [a, b] => (a.shard, a.to) <= (b.shard, b.from),
            _ => true,
        });
        if self.ranges.iter().all(possible) && ordered { Ok(()) } else { Err(EntryFault::Range) }
    }
}

/// An entry on its way in.
#[derive(Default)]
struct Draft {
    kid: Option<[u8; 32]>,
    key: Option<Result<VerifyingKey, EntryFault>>,
    algorithm: Option<i64>,
    issuer: Option<u64>,
    formats: Vec<Format>,
    countries: Option<Vec<Country>>,
    iss: Option<String>,
    kinds: Vec<Kind>,
    diseases: Vec<String>,
    sign_from: Option<UnixTime>,
    sign_until: Option<UnixTime>,
    valid_until: Option<UnixTime>,
    max_life: Option<i64>,
    ranges: Vec<StatusRange>,
    state: Option<KeyState>,
    hint: Option<[u8; 8]>,
    source: Option<String>,
}

impl Draft {
    fn take(&mut self, label: u64, list: &mut ListReader<'_>) -> Result<bool, TrustError> {
        match label {
            label::KID => self.kid = Some(list.bytes32()?),
            label::COSE_KEY => self.key = Some(parse_key(list.raw()?)),
            label::ALGORITHM => self.algorithm = Some(list.int()?),
            label::ISSUER => self.issuer = Some(list.uint()?),
            label::FORMATS => self.formats = parse_formats(list)?,
            label::COUNTRIES => self.countries = Some(ascending(list, MAX_COUNTRIES, parse_country)?),
            label::ISS => self.iss = Some(list.text(MAX_ISS)?),
            label::KINDS => self.kinds = parse_kinds(list)?,
            label::DISEASES => self.diseases = ascending(list, MAX_DISEASES, |list| list.text(MAX_CODE))?,
            label::SIGN_FROM => self.sign_from = Some(list.time()?),
            label::SIGN_UNTIL => self.sign_until = Some(list.time()?),
            label::VALID_UNTIL => self.valid_until = Some(list.time()?),
            label::MAX_LIFE => self.max_life = Some(i64::try_from(list.uint()?).map_err(|_| list.malformed())?),
            label::RANGES => self.ranges = list.items(MAX_RANGES, parse_range)?,
            label::STATE => self.state = Some(parse_state(list)?),
            label::HINT => self.hint = Some(list.bytes()?.try_into().map_err(|_| list.malformed())?),
            label::SOURCE => self.source = Some(list.text(MAX_SOURCE)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self, issuers: &[Issuer]) -> Result<KeyEntry, EntryFault> {
        let missing = EntryFault::Malformed;
        let key = self.key.ok_or(missing)??;
        // One algorithm, pinned, and stated beside the key so that no reader has to infer it.
        if Algorithm::from_cose(self.algorithm.ok_or(missing)?) != Some(key.algorithm()) {
            return Err(EntryFault::Algorithm);
        }
        let issuer = usize::try_from(self.issuer.ok_or(missing)?).map_err(|_| EntryFault::Issuer)?;
        let home = issuers.get(issuer).ok_or(EntryFault::Issuer)?.country;
        let authority = match (self.countries, self.iss) {
            (None, None) => Authority::Countries(vec![home]),
            (Some(countries), None) => Authority::Countries(countries),
            (None, Some(iss)) => Authority::Iss(iss),
            (Some(_), Some(_)) => return Err(EntryFault::Scope),
        };
        // Stated only where it is another, so that one entry has one encoding.
        let thumbprint = key.thumbprint();
        let kid = match self.kid {
            Some(kid) if kid == thumbprint => return Err(EntryFault::Kid),
            Some(kid) => kid,
            None => thumbprint,
        };
        Ok(KeyEntry {
            kid,
            key,
            issuer,
            formats: self.formats,
            authority,
            kinds: self.kinds,
            diseases: self.diseases,
            sign_from: self.sign_from.ok_or(missing)?,
            sign_until: self.sign_until.ok_or(missing)?,
            valid_until: self.valid_until.ok_or(missing)?,
            max_life: self.max_life,
            ranges: self.ranges,
            state: self.state.unwrap_or(KeyState::Active),
            hint: self.hint,
            source: self.source,
        })
    }
}

/// A key with exactly the parameters it needs, so that one key has one encoding.
fn parse_key(raw: &[u8]) -> Result<VerifyingKey, EntryFault> {
    let key = VerifyingKey::from_cose_key(raw)?;
    if key.to_cose_key() == raw { Ok(key) } else { Err(EntryFault::Malformed) }
}

/// An array of 1 to `max` items, each greater than the one before: a set.
fn ascending<T: Ord>(
    list: &mut ListReader<'_>,
    max: u64,
    item: impl FnMut(&mut ListReader<'_>) -> Result<T, TrustError>,
) -> Result<Vec<T>, TrustError> {
    let items = list.items(max, item)?;
    if items.is_sorted_by(|a, b| a < b) { Ok(items) } else { Err(list.malformed()) }
}

fn parse_formats(list: &mut ListReader<'_>) -> Result<Vec<Format>, TrustError> {
    numbered(list, Format::ALL.len(), Format::from_number)
}

fn parse_kinds(list: &mut ListReader<'_>) -> Result<Vec<Kind>, TrustError> {
    numbered(list, Kind::ALL.len(), |number| Kind::ALL.into_iter().find(|kind| kind_number(*kind) == number))
}

/// Ascending numbers, and what they stand for.
fn numbered<T>(list: &mut ListReader<'_>, max: usize, of: fn(u64) -> Option<T>) -> Result<Vec<T>, TrustError> {
    let mut last = None;
    list.items(max as u64, |list| {
        let number = list.uint()?;
        let ascends = last.replace(number).is_none_or(|last| last < number);
        of(number).filter(|_| ascends).ok_or(list.malformed())
    })
}

pub(crate) fn parse_country(list: &mut ListReader<'_>) -> Result<Country, TrustError> {
    let text = list.text(2)?;
    Country::parse(&text).ok_or(list.malformed())
}

fn parse_range(list: &mut ListReader<'_>) -> Result<StatusRange, TrustError> {
    if list.array()? != 3 {
        return Err(list.malformed());
    }
    Ok(StatusRange { shard: list.uint()?, from: list.uint()?, to: list.uint()? })
}

/// `2` retired, `[3, at, reason]` revoked; active is not stated.
pub(crate) fn parse_state(list: &mut ListReader<'_>) -> Result<KeyState, TrustError> {
    if list.peek()? == Head::Unsigned(RETIRED) {
        list.uint()?;
        return Ok(KeyState::Retired);
    }
    if list.array()? != 3 || list.uint()? != REVOKED {
        return Err(list.malformed());
    }
    let at = list.time()?;
    let reason = RevocationReason::from_number(list.uint()?);
    Ok(KeyState::Revoked { at, reason: reason.ok_or(list.malformed())? })
}
