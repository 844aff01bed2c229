//! An anchor in words, as `repository.json` has it.

use super::draft::{DraftState, Fault, hex, parse_country, parse_time, unhex};
use super::draft_import::DraftImport;
use crate::anchor::{Anchor, AnchorRevocation};
use crate::entry::KeyState;
use serde::{Deserialize, Serialize};

/// An anchor in words. Times are RFC 3339; identifiers, names and keys hex.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftAnchor {
    sha256: String,
    country: String,
    subject: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key_identifier: Option<String>,
    spki: String,
    from: String,
    until: String,
    state: DraftState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
}

impl DraftAnchor {
    /// SHA-256 of the certificate in hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// Says when and why it was revoked, or that it counts.
    pub fn set_revoked(&mut self, revoked: Option<AnchorRevocation>) {
        self.state = state(revoked);
    }

    /// Whether it counts no more.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        matches!(self.state, DraftState::Revoked { .. })
    }

    /// Whether it came from that source.
    pub(super) fn is_from(&self, source: &str) -> bool {
        self.source.as_deref().is_some_and(|note| DraftImport::name_in(note) == source)
    }

    /// Takes what a newer import says of it.
    pub(super) fn replace(&mut self, anchor: &Anchor) {
        *self = Self::from_anchor(anchor);
    }

    pub(super) fn from_anchor(anchor: &Anchor) -> Self {
        Self {
            sha256: hex(&anchor.sha256),
            country: anchor.country.to_string(),
            subject: hex(&anchor.subject),
            key_identifier: anchor.key_identifier.as_deref().map(hex),
            spki: hex(&anchor.spki),
            from: anchor.from.to_string(),
            until: anchor.until.to_string(),
            state: state(anchor.revoked),
            source: anchor.source.clone(),
        }
    }

    pub(super) fn to_anchor(&self) -> Result<Anchor, Fault> {
        let revoked = match self.state.to_state()? {
            KeyState::Active => None,
            KeyState::Revoked { at, reason } => Some(AnchorRevocation { at, reason }),
            KeyState::Retired => return Err(("anchor state", "retired".to_owned())),
        };
        let sha256 = unhex("sha256", &self.sha256)?;
        Ok(Anchor {
            country: parse_country(&self.country)?,
            subject: unhex("subject", &self.subject)?,
            key_identifier: self.key_identifier.as_ref().map(|text| unhex("key_identifier", text)).transpose()?,
            spki: unhex("spki", &self.spki)?,
            from: parse_time("from", &self.from)?,
            until: parse_time("until", &self.until)?,
            sha256: sha256.try_into().map_err(|_| ("sha256", self.sha256.clone()))?,
            revoked,
            source: self.source.clone(),
        })
    }
}

fn state(revoked: Option<AnchorRevocation>) -> DraftState {
    DraftState::from_state(match revoked {
        None => KeyState::Active,
        Some(AnchorRevocation { at, reason }) => KeyState::Revoked { at, reason },
    })
}
