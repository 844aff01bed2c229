//! Taking requests into a register that has lost them, because it was restored from a backup.

use super::{RuleScope, WithdrawError};
use crate::register::{Adopted, Register};
use std::collections::BTreeMap;
use tegata_certificate::{StatusIndex, VerifyingKey};
use tegata_trust_lists::{Request, Rule, TrustState};

/// Takes the requests in these files (name and bytes), in any order, into the register. Each must be signed by the
/// office's key for requests and belong to the repository of the list; numbers must leave no gap behind the
/// register's last. What the register knows already is passed over. Gives the numbers of those that were new.
///
/// # Errors
/// [`WithdrawError`]. Nothing was changed then.
pub fn adopt(
    register: &mut Register,
    state: &TrustState,
    key: &VerifyingKey,
    files: &[(String, Vec<u8>)],
) -> Result<u64, WithdrawError> {
    let repository = state.repository_id();
    let mut requests = Vec::with_capacity(files.len());
    for (file, bytes) in files {
        let (request, _) = Request::open(bytes, repository, std::slice::from_ref(key))
            .map_err(|problem| WithdrawError::NotARequest { file: file.clone(), problem })?;
        requests.push(Adopted {
            sequence: request.header.version,
            withdrawn: places(&request.revoke),
            reinstated: places(&request.reinstate),
            added: scopes(&request.add),
            lifted: scopes(&request.lift),
            reason: request.reason,
            repository,
            kid: key.thumbprint(),
            made_at: request.header.issued_at,
            bytes,
        });
    }
    requests.sort_by_key(|request| request.sequence);
    Ok(register.adopt::<WithdrawError>(&requests)?)
}

fn places(shards: &BTreeMap<u64, Vec<u32>>) -> Vec<StatusIndex> {
    let of_shard = |(shard, indices): (&u64, &Vec<u32>)| {
        let shard = *shard;
        indices.iter().map(move |index| StatusIndex { shard, index: u64::from(*index) }).collect::<Vec<_>>()
    };
    shards.iter().flat_map(of_shard).collect()
}

fn scopes(rules: &[Rule]) -> Vec<RuleScope> {
    rules.iter().map(|rule| RuleScope { kid: rule.kid, issued: rule.issued, lot: rule.lot.clone() }).collect()
}
