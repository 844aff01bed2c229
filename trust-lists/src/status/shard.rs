//! A shard: what its newest files say of each certificate that names an index in it.

use super::fault::StatusFault;
use super::rule::Rule;
use super::set::StatusSet;
use crate::entry::RevocationReason;
use crate::error::TrustError;
use crate::fields::ListReader;
use crate::header::{Header, HeaderFields};
use crate::role::Role;
use sha2::{Digest, Sha256};
use tegata_certificate::UnixTime;
use tegata_certificate::cbor::Writer;

/// Labels of a shard's file after the header.
pub(super) const SHARD: u64 = 7;
pub(super) const SET: u64 = 8;
pub(super) const DELTA: u64 = 9;

/// A shard: the set and the rules that its base and delta make, which the head named by hash.
#[derive(Clone, Debug)]
pub struct Shard {
    number: u64,
    header: Header,
    base_header: Header,
    set: StatusSet,
    rules: Vec<Rule>,
}

/// What the status of a certificate depends on. All of it comes from a certificate whose signature held.
#[derive(Clone, Copy, Debug)]
pub struct StatusSubject<'a> {
    /// Its index in the shard.
    pub index: u64,
    /// The full identifier of the key that signed it.
    pub kid: &'a [u8; 32],
    /// When it was issued (`iat`).
    pub issued_at: UnixTime,
    /// The lots of its doses, as it writes them.
    pub lots: &'a [&'a str],
}

/// What a shard says of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatusAnswer {
    /// It was not revoked.
    Good {
        /// When that was so.
        as_of: UnixTime,
    },
    /// It was revoked, whatever time of issue it states: whoever forges one dates at will.
    Revoked {
        /// Why, where a rule says so.
        reason: Option<RevocationReason>,
        /// Since when, where a rule says so.
        at: Option<UnixTime>,
    },
    /// Issued after the shard's newest file, or with an index that the shard does not reach yet: it may have been
    /// revoked since.
    NotCovered {
        /// When the newest file was issued.
        as_of: UnixTime,
    },
}

impl Shard {
    /// Makes the shard of payloads that the status role's keys vouch for, if they give the set whose hash the
    /// head names. Expiry is the caller's to judge, by the newest header.
    pub(crate) fn load(
        number: u64,
        base_payload: &[u8],
        delta_payload: Option<&[u8]>,
        result: &[u8; 32],
    ) -> Result<Self, TrustError> {
        let shard = Self::open(number, base_payload, delta_payload)?;
        if shard.1 == *result { Ok(shard.0) } else { Err(bad(number, StatusFault::OtherResult)) }
    }

    /// The shard and the hash of its set.
    pub(super) fn open(
        number: u64,
        base_payload: &[u8],
        delta_payload: Option<&[u8]>,
    ) -> Result<(Self, [u8; 32]), TrustError> {
        let base = ShardFile::parse(number, base_payload)?;
        let FileBody::Base(set, encoding) = base.body else { return Err(bad(number, StatusFault::OtherShard)) };
        let hash = Sha256::digest(encoding).into();
        let Some(payload) = delta_payload else {
            let shard =
                Self { number, header: base.header.clone(), base_header: base.header, set: set.set, rules: set.rules };
            return Ok((shard, hash));
        };
        let file = ShardFile::parse(number, payload)?;
        let FileBody::Delta(delta) = file.body else { return Err(bad(number, StatusFault::OtherShard)) };
        if delta.base != hash {
            return Err(bad(number, StatusFault::OtherBase));
        }
        let (old, new) = (base.header, file.header);
        let follows = new.repository_id == old.repository_id
            && new.version > old.version
            && new.issued_at >= old.issued_at
            && delta.added.size() >= set.set.size();
        if !follows {
            return Err(bad(number, StatusFault::NoSuccessor));
        }
        let (changed, hash) = delta.apply(&set.set).map_err(|fault| bad(number, fault))?;
        Ok((Self { number, header: new, base_header: old, set: changed, rules: delta.rules }, hash))
    }

    /// Its number in the repository.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The header of the newest file: the delta's, if there is one.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The header of the base file. It may have expired, if the delta has not.
    #[must_use]
    pub fn base_header(&self) -> &Header {
        &self.base_header
    }

    /// When the newest file was issued: what was issued later is not covered.
    #[must_use]
    pub fn as_of(&self) -> UnixTime {
        self.header.issued_at
    }

    /// The revoked indices.
    #[must_use]
    pub fn set(&self) -> &StatusSet {
        &self.set
    }

    /// The rules beside them.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What it says of a certificate. That the index lies in a range of the signing key is the caller's to check.
    #[must_use]
    pub fn answer(&self, subject: &StatusSubject<'_>) -> StatusAnswer {
        let as_of = self.as_of();
        if let Some(rule) = self.rules.iter().find(|rule| rule.applies(subject)) {
            return StatusAnswer::Revoked { reason: Some(rule.reason), at: Some(rule.at) };
        }
        if self.set.contains(subject.index) {
            return StatusAnswer::Revoked { reason: None, at: None };
        }
        if subject.issued_at > as_of || subject.index >= self.set.size() {
            return StatusAnswer::NotCovered { as_of };
        }
        StatusAnswer::Good { as_of }
    }
}

fn bad(shard: u64, fault: StatusFault) -> TrustError {
    TrustError::BadStatus { shard, fault }
}

/// A base or a delta, its shard checked.
struct ShardFile<'a> {
    header: Header,
    body: FileBody<'a>,
}

enum FileBody<'a> {
    /// With the encoding, whose hash is the set's.
    Base(SetWithRules, &'a [u8]),
    Delta(Delta<'a>),
}

/// `[size, count, data, [* rule]]`.
struct SetWithRules {
    set: StatusSet,
    rules: Vec<Rule>,
}

/// `[SHA-256 of the base's set, size, added: [count, data], removed: [count, data], [* rule]]`.
struct Delta<'a> {
    base: [u8; 32],
    added: StatusSet,
    removed: StatusSet,
    rules: Vec<Rule>,
    /// The encoding of the rules, which goes into the result's hash as it came.
    raw_rules: &'a [u8],
}

impl<'a> ShardFile<'a> {
    fn parse(shard: u64, payload: &'a [u8]) -> Result<Self, TrustError> {
        let mut list = ListReader::payload(Role::Status, payload)?;
        let mut header = HeaderFields::default();
        let (mut stated, mut base, mut delta) = (None, None, None);
        list.fields(|label, list| {
            match label {
                SHARD => stated = Some(list.uint()?),
                SET => base = Some(list.spanned(|list| SetWithRules::parse(shard, list))?),
                DELTA => delta = Some(Delta::parse(shard, list)?),
                _ => return header.take(label, list),
            }
            Ok(true)
        })?;
        let header = header.finish(Role::Status)?;
        if stated != Some(shard) {
            return Err(bad(shard, StatusFault::OtherShard));
        }
        let body = match (base, delta) {
            (Some((set, encoding)), None) => FileBody::Base(set, encoding),
            (None, Some(delta)) => FileBody::Delta(delta),
            _ => return Err(list.malformed()),
        };
        Ok(Self { header, body })
    }
}

impl SetWithRules {
    fn parse(shard: u64, list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        if list.array()? != 4 {
            return Err(list.malformed());
        }
        let size = list.uint()?;
        let set = read_set(list, size, |fault| bad(shard, fault))?;
        let rules = Rule::parse_all(list, |fault| bad(shard, fault))?;
        Ok(Self { set, rules })
    }
}

impl<'a> Delta<'a> {
    fn parse(shard: u64, list: &mut ListReader<'a>) -> Result<Self, TrustError> {
        if list.array()? != 5 {
            return Err(list.malformed());
        }
        let base = list.bytes32()?;
        let size = list.uint()?;
        let part = |list: &mut ListReader<'a>| {
            if list.array()? != 2 {
                return Err(list.malformed());
            }
            read_set(list, size, |fault| bad(shard, fault))
        };
        let (added, removed) = (part(list)?, part(list)?);
        let (rules, raw_rules) = list.spanned(|list| Rule::parse_all(list, |fault| bad(shard, fault)))?;
        Ok(Self { base, added, removed, rules, raw_rules })
    }

    /// The resulting set and its hash.
    fn apply(&self, base: &StatusSet) -> Result<(StatusSet, [u8; 32]), StatusFault> {
        let set = base.changed(self.added.size(), &self.added, &self.removed)?;
        let hash = hash_set(&set, self.raw_rules);
        Ok((set, hash))
    }
}

/// `count, data` of a set of that size.
pub(super) fn read_set(
    list: &mut ListReader<'_>,
    size: u64,
    fault: impl Fn(StatusFault) -> TrustError,
) -> Result<StatusSet, TrustError> {
    let count = list.uint()?;
    let data = list.bytes()?;
    StatusSet::read(size, count, data).map_err(fault)
}

/// The hash of a set item, given the encoding of its rules.
pub(super) fn hash_set(set: &StatusSet, raw_rules: &[u8]) -> [u8; 32] {
    let mut writer = Writer::with_capacity(set.data().len() + raw_rules.len() + 32);
    write_set(&mut writer, set, raw_rules);
    Sha256::digest(writer.into_bytes()).into()
}

/// The set item: `[size, count, data, rules]`.
pub(super) fn write_set(writer: &mut Writer, set: &StatusSet, raw_rules: &[u8]) {
    writer.array(4);
    writer.uint(set.size());
    writer.uint(set.len() as u64);
    writer.bytes(set.data());
    writer.encoded(raw_rules);
}
