//! What an issuer asks the status service to do, signed with its status-request key.

use super::fault::StatusFault;
use super::rule::Rule;
use super::shard::read_set;
use crate::entry::{RevocationReason, SHARD_SIZE};
use crate::error::TrustError;
use crate::fields::ListReader;
use crate::header::{Header, HeaderFields};
use crate::role::Role;
use crate::signed::Signed;
use std::collections::BTreeMap;
use tegata_certificate::VerifyingKey;

/// Labels of a request after the header.
const REVOKE: u64 = 7;
const REINSTATE: u64 = 8;
const ADD: u64 = 9;
const LIFT: u64 = 10;
const REASON: u64 = 11;

/// The most shards that one request may touch.
const MAX_SHARDS: u64 = 1024;

/// An issuer's request: `7: {shard => [count, data]}` to revoke, `8:` the same to reinstate, `9: [* rule]`
/// to add, `10: [* rule]` to lift, `11: reason`; each of 7 to 10 is absent where there is nothing.
///
/// It names indices and keys, no person and no reason of health. Whether the signer may ask for these
/// indices and keys, and whether it is the next one of this issuer, is the status service's to check.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// The issuer's own sequence number in place of a version: exactly one more than the last.
    pub header: Header,
    /// Indices to revoke, by shard; ascending.
    pub revoke: BTreeMap<u64, Vec<u32>>,
    /// Indices to reinstate, by shard; ascending.
    pub reinstate: BTreeMap<u64, Vec<u32>>,
    /// Rules to add.
    pub add: Vec<Rule>,
    /// Rules to lift, as they were added.
    pub lift: Vec<Rule>,
    /// Why, in one of two classes.
    pub reason: RevocationReason,
}

fn bad(fault: StatusFault) -> TrustError {
    TrustError::BadRequest { fault }
}

impl Request {
    /// Reads a signed request of this repository. `keys` are the issuers' status-request keys; which of
    /// them signed it, by its place, comes with it.
    ///
    /// # Errors
    /// [`TrustError::UnknownRequester`] if it is not signed by exactly one of the keys, or what else does not hold.
    pub fn open(bytes: &[u8], repository_id: &str, keys: &[VerifyingKey]) -> Result<(Self, usize), TrustError> {
        let signed = Signed::parse(Role::Request, bytes)?;
        let (payload, signer) = signed.open_single(keys, repository_id).ok_or(TrustError::UnknownRequester)?;
        let request = Self::parse(payload)?;
        if request.header.repository_id == repository_id {
            Ok((request, signer))
        } else {
            Err(TrustError::OtherRepository { role: Role::Request })
        }
    }

    fn parse(payload: &[u8]) -> Result<Self, TrustError> {
        let mut list = ListReader::payload(Role::Request, payload)?;
        let mut header = HeaderFields::default();
        let (mut revoke, mut reinstate) = (BTreeMap::new(), BTreeMap::new());
        let (mut add, mut lift, mut reason) = (Vec::new(), Vec::new(), None);
        list.fields(|label, list| {
            match label {
                REVOKE => revoke = parse_indices(list)?,
                REINSTATE => reinstate = parse_indices(list)?,
                ADD => add = Rule::parse_all(list, bad)?,
                LIFT => lift = Rule::parse_all(list, bad)?,
                REASON => reason = RevocationReason::from_number(list.uint()?),
                _ => return header.take(label, list),
            }
            Ok(true)
        })?;
        let header = header.finish(Role::Request)?;
        let reason = reason.ok_or(list.malformed())?;
        let request = Self { header, revoke, reinstate, add, lift, reason };
        request.check()?;
        Ok(request)
    }

    /// Refuses what contradicts itself: an index to be revoked and reinstated.
    fn check(&self) -> Result<(), TrustError> {
        let both = self.revoke.iter().any(|(shard, revoked)| {
            let reinstated = self.reinstate.get(shard).map(Vec::as_slice).unwrap_or_default();
            reinstated.iter().any(|index| revoked.binary_search(index).is_ok())
        });
        if both { Err(bad(StatusFault::AddedTwice)) } else { Ok(()) }
    }
}

/// Shard numbers are keys of any size, so they are read apart from the labels; they ascend.
fn parse_indices(list: &mut ListReader<'_>) -> Result<BTreeMap<u64, Vec<u32>>, TrustError> {
    let count = list.map()?;
    if count > MAX_SHARDS {
        return Err(list.malformed());
    }
    let mut shards = BTreeMap::new();
    for _ in 0..count {
        let shard = list.uint()?;
        if list.array()? != 2 {
            return Err(list.malformed());
        }
        let set = read_set(list, SHARD_SIZE, bad)?;
        if set.is_empty() {
            return Err(bad(StatusFault::Count));
        }
        shards.insert(shard, set.iter().collect());
    }
    Ok(shards)
}

#[cfg(feature = "tool")]
mod write {
    use super::*;
    use crate::publish::{sign_list, write_header};
    use crate::status::StatusSet;
    use crate::status::encode::write_indices;
    use tegata_certificate::cbor::Writer;
    use tegata_keys::{SignError, Signer};

    impl Request {
        /// The payload.
        ///
        /// # Errors
        /// What makes every reader refuse it.
        pub fn encode(&self) -> Result<Vec<u8>, TrustError> {
            self.header.check(Role::Request)?;
            self.check()?;
            let maps = [(REVOKE, &self.revoke), (REINSTATE, &self.reinstate)];
            let rules = [(ADD, &self.add), (LIFT, &self.lift)];
            let there = maps.iter().filter(|(_, indices)| !indices.is_empty()).count()
                + rules.iter().filter(|(_, rules)| !rules.is_empty()).count();
            let mut writer = Writer::with_capacity(1024);
            write_header(&mut writer, Role::Request, &self.header, there + 1);
            for (label, indices) in maps.into_iter().filter(|(_, indices)| !indices.is_empty()) {
                writer.uint(label);
                write_shards(&mut writer, indices).map_err(bad)?;
            }
            for (label, rules) in rules.into_iter().filter(|(_, rules)| !rules.is_empty()) {
                writer.uint(label);
                Rule::write_all(&mut writer, rules).map_err(bad)?;
            }
            writer.uint(REASON);
            writer.uint(self.reason.number());
            Ok(writer.into_bytes())
        }

        /// The request signed with an issuer's status-request key.
        ///
        /// # Errors
        /// [`SignError::Failed`] if the key does not sign, or if every reader would refuse the request
        /// ([`encode`](Self::encode) says why).
        pub fn sign(&self, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
            let payload = self.encode().map_err(|_| SignError::Failed)?;
            sign_list(Role::Request, &self.header.repository_id, &payload, &[signer])
        }
    }

    fn write_shards(writer: &mut Writer, shards: &BTreeMap<u64, Vec<u32>>) -> Result<(), StatusFault> {
        writer.map(shards.len());
        for (shard, indices) in shards {
            if indices.is_empty() {
                return Err(StatusFault::Count);
            }
            let set = StatusSet::from_sorted(SHARD_SIZE, indices)?;
            writer.uint(*shard);
            writer.array(2);
            write_indices(writer, &set);
        }
        Ok(())
    }
}
