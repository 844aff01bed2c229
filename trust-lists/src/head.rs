//! The head: the one file that changes, naming all others.

use crate::error::TrustError;
use crate::fields::ListReader;
use crate::header::{Header, HeaderFields};
use crate::role::Role;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use tegata_certificate::cbor::Head as CborHead;

/// Labels of the head after its header. 64 is reserved for a transparency proof: a reader that
/// does not know it steps over it.
pub(crate) const ROOTS: u64 = 7;
pub(crate) const TRUST: u64 = 8;
pub(crate) const STATUS: u64 = 9;
pub(crate) const WITHDRAWALS: u64 = 10;
pub(crate) const RULES: u64 = 65;

/// The most root versions, one after the other.
pub(crate) const MAX_ROOTS: u64 = 256;

/// The most status shards of a repository.
pub(crate) const MAX_SHARDS: u64 = 1024;

/// The most lists of others' withdrawals.
pub(crate) const MAX_WITHDRAWALS: u64 = 256;

/// The head: `7: [+ file]` (the root versions, from 1), `8: file` (the trust list),
/// `9: {shard => [base file, delta file / null, SHA-256 of the resulting set]}`,
/// `? 10: {list => file}` (others' withdrawals; absent if there are none), `? 65: file` (the rule sets).
#[derive(Clone, Debug)]
pub struct Head {
    /// Version, lifetime, repository.
    pub header: Header,
    /// The root versions 1, 2, …
    pub roots: Vec<NamedFile>,
    /// The trust list.
    pub trust: NamedFile,
    /// The status files of each shard that the repository publishes; may be empty.
    pub status: BTreeMap<u64, StatusFiles>,
    /// The lists of certificates that others withdrew, by their numbers; may be empty.
    pub withdrawals: BTreeMap<u64, NamedFile>,
    /// The rule sets, where there are any.
    pub rules: Option<NamedFile>,
}

/// A file as the head names it: `[hash, length, version]`. There is no path: where a file lies
/// follows from what it is, so no list can lead a client to write elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NamedFile {
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// Its length in bytes.
    pub length: u64,
    /// The version in its header.
    pub version: u64,
}

/// The files that make up a shard's status set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct StatusFiles {
    /// The complete set of some day.
    pub base: NamedFile,
    /// What changed since, if anything did.
    pub delta: Option<NamedFile>,
    /// SHA-256 of the set that results.
    pub result: [u8; 32],
}

impl NamedFile {
    /// How the head names these bytes.
    #[must_use]
    pub fn of(bytes: &[u8], version: u64) -> Self {
        Self { hash: Sha256::digest(bytes).into(), length: bytes.len() as u64, version }
    }

    fn parse(list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        if list.array()? != 3 {
            return Err(list.malformed());
        }
        Ok(Self { hash: list.bytes32()?, length: list.uint()?, version: list.uint()? })
    }
}

impl StatusFiles {
    /// The file whose header speaks for the shard: the delta, if there is one.
    #[must_use]
    pub fn newest(&self) -> &NamedFile {
        self.delta.as_ref().unwrap_or(&self.base)
    }

    fn parse(list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        if list.array()? != 3 {
            return Err(list.malformed());
        }
        let base = NamedFile::parse(list)?;
        let delta = if list.peek()? == CborHead::Simple(22) {
            list.raw()?;
            None
        } else {
            Some(NamedFile::parse(list)?)
        };
        Ok(Self { base, delta, result: list.bytes32()? })
    }
}

impl Head {
    /// Reads a payload.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, TrustError> {
        let mut list = ListReader::payload(Role::Head, payload)?;
        let mut header = HeaderFields::default();
        let (mut roots, mut trust, mut status) = (None, None, None);
        let (mut withdrawals, mut rules) = (BTreeMap::new(), None);
        list.fields(|label, list| {
            match label {
                ROOTS => roots = Some(list.items(MAX_ROOTS, NamedFile::parse)?),
                TRUST => trust = Some(NamedFile::parse(list)?),
                STATUS => status = Some(parse_map(list, MAX_SHARDS, StatusFiles::parse)?),
                WITHDRAWALS => {
                    withdrawals = parse_map(list, MAX_WITHDRAWALS, NamedFile::parse)?;
                    // Absent if empty: one head has one encoding.
                    if withdrawals.is_empty() {
                        return Err(list.malformed());
                    }
                }
                RULES => rules = Some(NamedFile::parse(list)?),
                _ => return header.take(label, list),
            }
            Ok(true)
        })?;
        let header = header.finish(Role::Head)?;
        match (roots, trust, status) {
            (Some(roots), Some(trust), Some(status)) => Ok(Self { header, roots, trust, status, withdrawals, rules }),
            _ => Err(list.malformed()),
        }
    }
}

/// Numbers of shards and lists are keys of any size, so they are read apart from the labels.
fn parse_map<T>(
    list: &mut ListReader<'_>,
    max: u64,
    parse: impl Fn(&mut ListReader<'_>) -> Result<T, TrustError>,
) -> Result<BTreeMap<u64, T>, TrustError> {
    let count = list.map()?;
    if count > max {
        return Err(list.malformed());
    }
    let mut map = BTreeMap::new();
    for _ in 0..count {
        map.insert(list.uint()?, parse(list)?);
    }
    Ok(map)
}
