//! What other networks withdrew, by hashes or identifiers of their own, as exact sets.

use crate::error::TrustError;
use crate::fields::ListReader;
use crate::header::{Header, HeaderFields};
use crate::role::Role;
use crate::status::RevokedSerials;
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use tegata_certificate::{Algorithm, Format, UnixTime};

/// Labels of a withdrawal list after the header.
const LIST: u64 = 11;
const SOURCE: u64 = 12;
const GROUPS: u64 = 13;

/// Labels of a group.
const FORMAT: u64 = 1;
const KID: u64 = 2;
const ISS: u64 = 3;
const KIND: u64 = 4;
const ENTRIES: u64 = 5;

/// Numbers of the kinds of entries.
const UCI: u64 = 1;
const COUNTRY_UCI: u64 = 2;
const SIGNATURE: u64 = 3;
const RID: u64 = 4;
const SERIAL: u64 = 5;

/// Characters of the note on the source, and of an exact issuer (a URL).
const MAX_SOURCE: usize = 200;
const MAX_ISS: usize = 300;
/// Characters of a `rid`, base64url (SMART Health Cards 1.2.0).
const MAX_RID: usize = 24;
/// The most groups: keys times kinds.
const MAX_GROUPS: u64 = 20_000;

/// A SHA-256 cut to 16 bytes, as the EU lists have them.
pub type ShortHash = [u8; 16];

/// A foreign withdrawal list: `11: list number, 12: source, 13: [* group]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Withdrawals {
    /// Version, lifetime, repository.
    pub header: Header,
    /// Its number in the repository.
    pub list: u64,
    /// Where it came from, for people.
    pub source: String,
    /// Ascending by format, kid, iss and kind.
    groups: Vec<WithdrawalGroup>,
}

/// What was withdrawn of one key's, in one way of naming it:
/// `{1: format, 2: kid, ? 3: iss, 4: kind, 5: entries}`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithdrawalGroup {
    /// The key in `HC1:` messages by its 8 bytes, or none: whichever key signed. In SMART Health
    /// Cards its 32-byte thumbprint. Of signers' certificates the authority's: SHA-256 of its SubjectPublicKeyInfo
    /// in the form of [`Anchor`](crate::Anchor), since link and renewed certificates share the key.
    pub kid: Vec<u8>,
    /// The exact issuer; SMART Health Cards only, and there always.
    pub iss: Option<String>,
    /// What was withdrawn.
    pub entries: Withdrawn,
}

/// Withdrawn certificates, ascending, none twice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Withdrawn {
    /// By the hash of the certificate's identifier.
    Uci(Vec<ShortHash>),
    /// By the hash of the country and the identifier.
    CountryUci(Vec<ShortHash>),
    /// By the hash of the signature: of ES256 its first half, since the second can be negated.
    Signature(Vec<ShortHash>),
    /// By the issuer's own identifier; with a time only what has `nbf` before it.
    Rid(Vec<(String, Option<UnixTime>)>),
    /// By the serial number of the signer's certificate inside: all that it signed counts no more.
    Serial(RevokedSerials),
}

/// What a certificate may be withdrawn by. All of it comes from a message whose signature held.
#[derive(Clone, Copy, Debug)]
pub enum Withdrawable<'a> {
    /// Of an `HC1:` message.
    Hc1 {
        /// The 8 bytes by which its key is known.
        kid: &'a [u8],
        /// The certificate's identifier (`ci`), as it stands.
        uci: Option<&'a str>,
        /// The country of the same entry (`co`).
        country: Option<&'a str>,
        /// The algorithm of its signature.
        algorithm: Algorithm,
        /// Its signature.
        signature: &'a [u8],
    },
    /// Of a SMART Health Card.
    Shc {
        /// Its issuer.
        iss: &'a str,
        /// Its key.
        kid: &'a [u8; 32],
        /// Its `rid`.
        rid: &'a str,
        /// When it was issued.
        nbf: UnixTime,
    },
}

impl Withdrawn {
    /// How many they are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Uci(hashes) | Self::CountryUci(hashes) | Self::Signature(hashes) => hashes.len(),
            Self::Rid(rids) => rids.len(),
            Self::Serial(list) => list.serials.len(),
        }
    }

    /// Whether there are none: the list is kept, and nothing is withdrawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kind(&self) -> u64 {
        match self {
            Self::Uci(_) => UCI,
            Self::CountryUci(_) => COUNTRY_UCI,
            Self::Signature(_) => SIGNATURE,
            Self::Rid(_) => RID,
            Self::Serial(_) => SERIAL,
        }
    }

    fn parse(kind: u64, list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        Ok(match kind {
            UCI => Self::Uci(parse_hashes(list)?),
            COUNTRY_UCI => Self::CountryUci(parse_hashes(list)?),
            SIGNATURE => Self::Signature(parse_hashes(list)?),
            RID => Self::Rid(parse_rids(list)?),
            SERIAL => Self::Serial(RevokedSerials::parse(list)?),
            _ => return Err(list.malformed()),
        })
    }
}

impl WithdrawalGroup {
    /// The family that it is about.
    #[must_use]
    pub fn format(&self) -> Format {
        match self.entries {
            Withdrawn::Uci(_) | Withdrawn::CountryUci(_) | Withdrawn::Signature(_) => Format::EuDcc,
            Withdrawn::Rid(_) => Format::Shc,
            Withdrawn::Serial(_) => Format::VdsNc,
        }
    }

    fn place(&self) -> (u64, &[u8], Option<&str>, u64) {
        (self.format().number(), &self.kid, self.iss.as_deref(), self.entries.kind())
    }

    fn is_possible(&self) -> bool {
        match (&self.iss, &self.entries) {
            (Some(_), Withdrawn::Rid(_)) | (None, Withdrawn::Serial(_)) => self.kid.len() == 32,
            (None, Withdrawn::Uci(_) | Withdrawn::CountryUci(_) | Withdrawn::Signature(_)) => {
                matches!(self.kid.len(), 0 | 8)
            }
            _ => false,
        }
    }

    fn parse(list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        let (mut format, mut kid, mut iss, mut kind, mut entries) = (None, None, None, None, None);
        list.fields(|label, list| {
            match label {
                FORMAT => format = Some(list.uint()?),
                KID => kid = Some(list.bytes()?.to_vec()),
                ISS => iss = Some(list.text(MAX_ISS)?),
                KIND => kind = Some(list.uint()?),
                // Labels ascend, so the kind is there by now.
                ENTRIES => entries = Some(Withdrawn::parse(kind.unwrap_or(0), list)?),
                _ => return Ok(false),
            }
            Ok(true)
        })?;
        let (Some(format), Some(kid), Some(entries)) = (format, kid, entries) else { return Err(list.malformed()) };
        let group = Self { kid, iss, entries };
        let sound = group.format().number() == format && group.is_possible();
        if sound { Ok(group) } else { Err(list.malformed()) }
    }

    /// Whether it is about that certificate's key.
    fn covers(&self, what: &Withdrawable<'_>) -> bool {
        match (what, &self.iss) {
            (Withdrawable::Hc1 { kid, .. }, None) => self.kid.is_empty() || self.kid == *kid,
            (Withdrawable::Shc { iss, kid, .. }, Some(listed)) => listed == iss && self.kid == *kid,
            _ => false,
        }
    }
}

/// Sorted, distinct hashes in one string.
fn parse_hashes(list: &mut ListReader<'_>) -> Result<Vec<ShortHash>, TrustError> {
    let (hashes, rest) = list.bytes()?.as_chunks();
    if rest.is_empty() && hashes.is_sorted_by(|a, b| a < b) { Ok(hashes.to_vec()) } else { Err(list.malformed()) }
}

/// `[* [rid, ? before]]`, sorted and distinct by rid.
fn parse_rids(list: &mut ListReader<'_>) -> Result<Vec<(String, Option<UnixTime>)>, TrustError> {
    // Every entry takes bytes, so a false count ends with them; nothing is allocated by it.
    let count = list.array()?;
    let mut rids: Vec<(String, Option<UnixTime>)> = Vec::new();
    for _ in 0..count {
        let parts = list.array()?;
        let rid = list.text(MAX_RID)?;
        let before = match parts {
            1 => None,
            2 => Some(list.time()?),
            _ => return Err(list.malformed()),
        };
        let ascends = rids.last().is_none_or(|(last, _)| *last < rid);
        if !ascends || !is_rid(&rid) {
            return Err(list.malformed());
        }
        rids.push((rid, before));
    }
    Ok(rids)
}

/// Whether it can be a `rid`: 1 to 24 characters of the base64url alphabet.
#[must_use]
pub fn is_rid(text: &str) -> bool {
    tegata_certificate::shc::is_rid(text)
}

/// The hash that EU lists hold.
#[must_use]
pub fn short_hash(parts: &[&[u8]]) -> ShortHash {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let mut short = ShortHash::default();
    short.iter_mut().zip(hash.finalize()).for_each(|(to, from)| *to = from);
    short
}

impl Withdrawals {
    /// Makes the list of a payload that the status role's keys vouch for.
    pub(crate) fn load(number: u64, payload: &[u8]) -> Result<Self, TrustError> {
        let mut list = ListReader::payload(Role::Status, payload)?;
        let mut header = HeaderFields::default();
        let (mut stated, mut source, mut groups) = (None, None, None);
        list.fields(|label, list| {
            match label {
                LIST => stated = Some(list.uint()?),
                SOURCE => source = Some(list.text(MAX_SOURCE)?),
                GROUPS => groups = Some(parse_groups(number, list)?),
                _ => return header.take(label, list),
            }
            Ok(true)
        })?;
        let header = header.finish(Role::Status)?;
        let (Some(list_number), Some(source), Some(groups)) = (stated, source, groups) else {
            return Err(list.malformed());
        };
        if list_number != number {
            return Err(TrustError::OtherWithdrawals { list: number });
        }
        Ok(Self { header, list: number, source, groups })
    }

    /// The groups, ascending by format, kid, iss and kind.
    #[must_use]
    pub fn groups(&self) -> &[WithdrawalGroup] {
        &self.groups
    }

    /// How many entries there are in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.iter().map(|group| group.entries.len()).sum()
    }

    /// Whether nothing is withdrawn.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it says anything about certificates of that one's key.
    #[must_use]
    pub fn covers(&self, what: &Withdrawable<'_>) -> bool {
        self.about(what).next().is_some()
    }

    /// Whether that certificate was withdrawn.
    #[must_use]
    pub fn holds(&self, what: &Withdrawable<'_>) -> bool {
        self.about(what).any(|group| match (what, &group.entries) {
            (Withdrawable::Hc1 { uci, .. }, Withdrawn::Uci(hashes)) => {
                uci.is_some_and(|uci| has(hashes, &[uci.as_bytes()]))
            }
            (Withdrawable::Hc1 { uci, country, .. }, Withdrawn::CountryUci(hashes)) => {
                uci.zip(*country).is_some_and(|(uci, country)| has(hashes, &[country.as_bytes(), uci.as_bytes()]))
            }
            (Withdrawable::Hc1 { algorithm, signature, .. }, Withdrawn::Signature(hashes)) => {
                has(hashes, &[hashed_part(*algorithm, signature)])
            }
            (Withdrawable::Shc { rid, nbf, .. }, Withdrawn::Rid(rids)) => {
                let found = rids.binary_search_by(|(listed, _)| listed.as_str().cmp(rid)).ok();
                found.and_then(|place| rids.get(place)).is_some_and(|(_, before)| before.is_none_or(|at| *nbf < at))
            }
            _ => false,
        })
    }

    /// What an authority has revoked, if its list is here.
    #[must_use]
    pub fn revoked_serials(&self, authority: &[u8; 32]) -> Option<&RevokedSerials> {
        self.with_key(Format::VdsNc.number(), authority).iter().find_map(|group| match &group.entries {
            Withdrawn::Serial(list) => Some(list),
            _ => None,
        })
    }

    /// The groups about a certificate's key: those of the key, and those of no key.
    fn about(&self, what: &Withdrawable<'_>) -> impl Iterator<Item = &WithdrawalGroup> {
        let (format, kid): (u64, &[u8]) = match what {
            Withdrawable::Hc1 { kid, .. } => (Format::EuDcc.number(), kid),
            Withdrawable::Shc { kid, .. } => (Format::Shc.number(), kid.as_slice()),
        };
        let any = self.with_key(format, &[]);
        let own = if kid.is_empty() { Default::default() } else { self.with_key(format, kid) };
        any.iter().chain(own).filter(|group| group.covers(what))
    }

    fn with_key(&self, format: u64, kid: &[u8]) -> &[WithdrawalGroup] {
        let before = |than: Ordering| {
            move |group: &WithdrawalGroup| (group.format().number(), group.kid.as_slice()).cmp(&(format, kid)) < than
        };
        let start = self.groups.partition_point(before(Ordering::Equal));
        let end = self.groups.partition_point(before(Ordering::Greater));
        self.groups.get(start..end).unwrap_or_default()
    }
}

fn parse_groups(number: u64, list: &mut ListReader<'_>) -> Result<Vec<WithdrawalGroup>, TrustError> {
    let count = list.array()?;
    if count > MAX_GROUPS {
        return Err(list.malformed());
    }
    let mut groups: Vec<WithdrawalGroup> = Vec::new();
    for place in 0..count {
        let group = WithdrawalGroup::parse(list).map_err(|error| match error {
            TrustError::Malformed { .. } => TrustError::BadWithdrawals { list: number, group: place },
            other => other,
        })?;
        if groups.last().is_some_and(|last| last.place() >= group.place()) {
            return Err(TrustError::BadWithdrawals { list: number, group: place });
        }
        groups.push(group);
    }
    Ok(groups)
}

fn has(hashes: &[ShortHash], parts: &[&[u8]]) -> bool {
    !hashes.is_empty() && hashes.binary_search(&short_hash(parts)).is_ok()
}

/// What of a signature is hashed: the `r` of an ECDSA signature, since its `s` can be negated by
/// anyone; all of another.
fn hashed_part(algorithm: Algorithm, signature: &[u8]) -> &[u8] {
    match algorithm {
        Algorithm::Es256 | Algorithm::Es384 => signature.get(..signature.len() / 2).unwrap_or_default(),
        Algorithm::EdDsa | Algorithm::Ps256 => signature,
    }
}

#[cfg(feature = "tool")]
mod write;
