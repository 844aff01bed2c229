//! The role keys that sign: those that one passphrase opens, and those in tokens that are there.

use super::cli::RoleKeyArgs;
use super::failure::Failure;
use std::path::Path;
use tegata_keys::{KeyStore, Keyring, Signer, StoreError, TokenError};
use tegata_trust_lists::publish::PublishError;
use tegata_trust_lists::{Role, RoleKeys};

/// Where the role keys of a repository are kept.
pub fn store(args: &RoleKeyArgs, repository: &Path) -> KeyStore {
    KeyStore::new(args.keys.clone().unwrap_or_else(|| repository.join("keys")))
}

/// Opens keys of these roles until each has as many as must sign.
///
/// A key that another officer's passphrase protects, or that is in a token elsewhere, is passed over as long as the
/// others are enough. A wrong PIN is not: tokens count them.
pub fn unlock(
    store: &KeyStore,
    roles: &[(Role, &RoleKeys)],
    keyring: &mut Keyring<'_>,
) -> Result<Vec<Box<dyn Signer>>, Failure> {
    let records = store.list()?;
    let mut signers = Vec::new();
    for (role, keys) in roles {
        let mut opened = 0;
        let mut wrong = None;
        for key in &keys.keys {
            if opened == keys.threshold {
                break;
            }
            let held = records.iter().find(|record| record.key == *key && record.retired.is_none());
            match held.map(|record| keyring.open(&record.name)) {
                Some(Ok(signer)) => {
                    opened += 1;
                    signers.push(signer);
                }
                Some(Err(
                    error @ (StoreError::WrongPassphrase { .. } | StoreError::Token { error: TokenError::Away(_), .. }),
                )) => wrong = Some(error),
                Some(Err(error)) => return Err(error.into()),
                None => {}
            }
        }
        if opened < keys.threshold {
            return Err(match wrong {
                Some(error) => error.into(),
                None => PublishError::TooFewKeys { role: *role, available: opened as usize, threshold: keys.threshold }
                    .into(),
            });
        }
    }
    Ok(signers)
}

/// The keys as what signs.
pub fn as_signers(keys: &[Box<dyn Signer>]) -> Vec<&dyn Signer> {
    keys.iter().map(|key| &**key).collect()
}
