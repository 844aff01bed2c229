//! The trust list: who issues, with which keys.

use crate::anchor::Anchor;
use crate::entry::{KeyEntry, parse_country};
use crate::error::{EntryFault, TrustError};
use crate::fields::{ListReader, is_showable};
use crate::header::{Header, HeaderFields};
use crate::order::{first_repeat, numbers, numbers_of, placed, sort};
use crate::role::Role;
use crate::root::Root;
use sha2::{Digest, Sha256};
use tegata_certificate::Country;

/// Labels of the trust list after the header.
pub(crate) const ISSUERS: u64 = 7;
pub(crate) const KEYS: u64 = 8;
pub(crate) const ANCHORS: u64 = 9;

/// Labels of an issuer.
pub(crate) const NAME_JA: u64 = 1;
pub(crate) const NAME_EN: u64 = 2;
pub(crate) const COUNTRY: u64 = 3;

/// Bounds of a list. 1,741 municipalities with a few keys each fit ten times over.
pub const MAX_ISSUERS: usize = 10_000;
/// See [`MAX_ISSUERS`].
pub const MAX_KEYS: usize = 20_000;
/// See [`MAX_ISSUERS`]. The longest master list seen names 581 certificates.
pub const MAX_ANCHORS: usize = 2_000;

/// Characters of an issuer's name.
const MAX_NAME: usize = 120;

/// The list of issuers and their keys: `7: [* issuer]`, `8: [* key entry]`, `9: [+ anchor]`.
#[derive(Clone, Debug)]
pub struct Trust {
    /// Version, lifetime, repository.
    pub header: Header,
    /// The issuers.
    pub issuers: Vec<Issuer>,
    /// Their keys; withdrawn ones stay listed until nothing of theirs could be valid anyway.
    pub keys: Vec<KeyEntry>,
    /// The CSCAs that certificates inside `vds-nc` seals chain to; revoked ones stay listed while they last.
    pub anchors: Vec<Anchor>,
}

/// Who issues. What a verdict shows as the issuer comes from here, never from the certificate.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Issuer {
    /// The name in Japanese.
    pub name_ja: String,
    /// The name in English.
    pub name_en: String,
    /// The country.
    pub country: Country,
}

impl Issuer {
    fn parse(issuer: usize, list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        let (mut name_ja, mut name_en, mut country) = (None, None, None);
        let read = list.fields(|label, list| {
            match label {
                NAME_JA => name_ja = Some(list.text(MAX_NAME)?),
                NAME_EN => name_en = Some(list.text(MAX_NAME)?),
                COUNTRY => country = Some(parse_country(list)?),
                _ => return Ok(false),
            }
            Ok(true)
        });
        match (read, name_ja, name_en, country) {
            (Err(TrustError::UnknownLabel { role, label }), ..) => Err(TrustError::UnknownLabel { role, label }),
            (Ok(()), Some(name_ja), Some(name_en), Some(country)) => Ok(Self { name_ja, name_en, country }),
            _ => Err(TrustError::BadIssuer { issuer }),
        }
    }

    /// Whether both names can be shown on one line as they are.
    pub(crate) fn is_showable(&self) -> bool {
        is_showable(&self.name_ja, MAX_NAME) && is_showable(&self.name_en, MAX_NAME)
    }
}

/// What makes a listed key the same one in two versions of the list, whatever its place: its kid, whose it is,
/// and the exact issuer that it speaks for.
pub(crate) type KeyIdentity<'a> = ([u8; 32], Option<&'a Issuer>, Option<&'a str>);

impl Trust {
    /// The identity of one of its keys.
    pub(crate) fn identity<'a>(&'a self, key: &'a KeyEntry) -> KeyIdentity<'a> {
        (key.kid, self.issuers.get(key.issuer), key.iss())
    }

    /// Reads a payload; [`check`](Self::check) says whether the whole is consistent.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, TrustError> {
        let mut list = ListReader::payload(Role::Trust, payload)?;
        let mut header = HeaderFields::default();
        let (mut issuers, mut keys, mut anchors) = (Vec::new(), None, Vec::new());
        list.fields(|label, list| {
            match label {
                ISSUERS => issuers = parse_all(list, MAX_ISSUERS, Issuer::parse)?,
                // Labels ascend, so the issuers are there by now, or there are none.
                KEYS => {
                    keys = Some(parse_all(list, MAX_KEYS, |place, list| KeyEntry::parse(place, &issuers, list))?);
                }
                // Absent where there are none, so that one list has one encoding.
                ANCHORS => match parse_all(list, MAX_ANCHORS, Anchor::parse)? {
                    none if none.is_empty() => return Err(list.malformed()),
                    some => anchors = some,
                },
                _ => return header.take(label, list),
            }
            Ok(true)
        })?;
        let header = header.finish(Role::Trust)?;
        let keys = keys.ok_or(list.malformed())?;
        Ok(Self { header, issuers, keys, anchors })
    }

    /// What must hold of the list as a whole, under the root that vouches for it.
    pub(crate) fn check(&self, root: &Root) -> Result<(), TrustError> {
        self.header.check(Role::Trust)?;
        if self.issuers.len() > MAX_ISSUERS || self.keys.len() > MAX_KEYS || self.anchors.len() > MAX_ANCHORS {
            return Err(TrustError::TooManyEntries);
        }
        if let Some(issuer) = self.issuers.iter().position(|issuer| !issuer.is_showable()) {
            return Err(TrustError::BadIssuer { issuer });
        }
        let mut role_kids: Vec<_> = root.all_keys().map(|(_, key)| placed(&key.thumbprint(), 0)).collect();
        sort(&mut role_kids);
        let mut identities = Vec::with_capacity(self.keys.len());
        for (entry, key) in self.keys.iter().enumerate() {
            key.check().map_err(|fault| TrustError::BadEntry { entry, fault })?;
            if key.issuer >= self.issuers.len() {
                return Err(TrustError::BadEntry { entry, fault: EntryFault::Issuer });
            }
            if role_kids.binary_search(&placed(&key.key.thumbprint(), 0)).is_ok() {
                return Err(TrustError::RoleKeyListed { entry });
            }
            // One issuer may have several exact names (`iss`) with one key.
            let issuer = (key.issuer as u64).to_be_bytes();
            let identity = Sha256::new().chain_update(key.kid).chain_update(issuer);
            let identity = match key.iss() {
                Some(iss) => identity.chain_update([1]).chain_update(iss),
                None => identity,
            };
            identities.push(placed(&identity.finalize().into(), entry));
        }
        if let Some(entry) = first_repeat(identities) {
            return Err(TrustError::DuplicateEntry { entry });
        }
        self.check_anchors()?;
        self.check_ranges()
    }

    fn check_anchors(&self) -> Result<(), TrustError> {
        for (anchor, csca) in self.anchors.iter().enumerate() {
            csca.check().map_err(|fault| TrustError::BadAnchor { anchor, fault })?;
        }
        let hashes = self.anchors.iter().enumerate().map(|(anchor, csca)| placed(&csca.sha256, anchor));
        first_repeat(hashes.collect()).map_or(Ok(()), |anchor| Err(TrustError::DuplicateAnchor { anchor }))
    }

    /// Status ranges of different issuers must not overlap: else one could revoke the other's
    /// certificates. Keys of one issuer may share a range.
    fn check_ranges(&self) -> Result<(), TrustError> {
        let mut ranges = Vec::new();
        for (entry, key) in (0..).zip(&self.keys) {
            let issuer = key.issuer as u64;
            ranges.extend(key.ranges.iter().map(|range| numbers([range.shard, range.from, range.to, issuer, entry])));
        }
        sort(&mut ranges);
        // By start: whoever holds the range that reaches furthest so far is the only one allowed to
        // start before its end. Should the same issuer extend it, the furthest end counts.
        let mut reach: Option<(u64, u64, u64)> = None;
        for range in ranges {
            let [shard, from, to, issuer, entry] = numbers_of(&range);
            match &mut reach {
                Some((last, end, holder)) if *last == shard && from < *end => {
                    if *holder != issuer {
                        return Err(TrustError::OverlappingRanges { entry: entry as usize });
                    }
                    *end = to.max(*end);
                }
                _ => reach = Some((shard, to, issuer)),
            }
        }
        Ok(())
    }
}

fn parse_all<T>(
    list: &mut ListReader<'_>,
    max: usize,
    parse: impl Fn(usize, &mut ListReader<'_>) -> Result<T, TrustError>,
) -> Result<Vec<T>, TrustError> {
    let count = usize::try_from(list.array()?).map_err(|_| TrustError::TooManyEntries)?;
    if count > max {
        return Err(TrustError::TooManyEntries);
    }
    let mut all = Vec::new();
    for place in 0..count {
        all.push(parse(place, list)?);
    }
    Ok(all)
}
