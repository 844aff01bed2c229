//! What the next trust list may not leave out.

use crate::entry::KeyState;
use crate::publish::repository::PublishError;
use crate::trust::Trust;
use std::collections::HashMap;
use tegata_certificate::UnixTime;

/// A published key stays listed until nothing that it signed could be valid, and once revoked
/// stays revoked: a verifier that missed a list must never take back what another has refused.
pub(super) fn refuse_forgetting(current: &Trust, next: &Trust, now: UnixTime) -> Result<(), PublishError> {
    let listed: HashMap<_, _> = next.keys.iter().map(|key| (next.identity(key), key.state)).collect();
    for key in current.keys.iter().filter(|key| now < key.valid_until) {
        let kid = || base16ct::lower::encode_string(&key.kid);
        match (key.state, listed.get(&current.identity(key))) {
            (_, None) => return Err(PublishError::Forgotten { kid: kid() }),
            (KeyState::Revoked { .. }, Some(KeyState::Active | KeyState::Retired)) => {
                return Err(PublishError::Unrevoked { kid: kid() });
            }
            _ => {}
        }
    }
    refuse_forgetting_anchors(current, next, now)
}

/// The same for anchors, until their certificates have expired.
fn refuse_forgetting_anchors(current: &Trust, next: &Trust, now: UnixTime) -> Result<(), PublishError> {
    let listed: HashMap<_, _> = next.anchors.iter().map(|anchor| (anchor.sha256, anchor.revoked.is_some())).collect();
    for anchor in current.anchors.iter().filter(|anchor| now <= anchor.until) {
        let sha256 = || base16ct::lower::encode_string(&anchor.sha256);
        match listed.get(&anchor.sha256) {
            None => return Err(PublishError::ForgottenAnchor { sha256: sha256() }),
            Some(false) if anchor.revoked.is_some() => {
                return Err(PublishError::UnrevokedAnchor { sha256: sha256() });
            }
            Some(_) => {}
        }
    }
    Ok(())
}
