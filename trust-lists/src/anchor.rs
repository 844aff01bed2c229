//! One listed anchor: a state's CSCA, under which certificates inside messages count.

use crate::entry::{KeyState, RevocationReason, parse_country, parse_state};
use crate::error::{EntryFault, TrustError};
use crate::fields::ListReader;
use sha2::{Digest, Sha256};
use tegata_certificate::x509::{Candidate, Name, PublicKey};
use tegata_certificate::{Country, UnixTime};

/// Labels of an anchor. Label 8 is kept free for a narrower purpose than seals.
pub(crate) mod label {
    pub const COUNTRY: u64 = 1;
    pub const SUBJECT: u64 = 2;
    pub const KEY_IDENTIFIER: u64 = 3;
    pub const SPKI: u64 = 4;
    pub const FROM: u64 = 5;
    pub const UNTIL: u64 = 6;
    pub const SHA256: u64 = 7;
    pub const STATE: u64 = 9;
    pub const SOURCE: u64 = 10;
}

/// Bytes of a subject name, of a key identifier, and of a key (RSA with 6144 bits takes 806).
const MAX_SUBJECT: usize = 1024;
const MAX_KEY_IDENTIFIER: usize = 64;
const MAX_SPKI: usize = 1024;
/// Characters of the note on where it came from, as for a key.
const MAX_SOURCE: usize = 200;

/// A CSCA (ICAO Doc 9303 part 12) that signer certificates inside `vds-nc` seals may chain to: of the
/// certificate just what the check of a chain needs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Anchor {
    /// The subject's country, in capitals. Not all are states: `UN`, `EU`.
    pub country: Country,
    /// The subject in DER, as it stands in the certificate.
    pub subject: Vec<u8>,
    /// The subject key identifier, if the certificate has one. Link and renewed certificates share it.
    pub key_identifier: Option<Vec<u8>>,
    /// The SubjectPublicKeyInfo in DER, with its curve by name.
    pub spki: Vec<u8>,
    /// The first moment of its validity.
    pub from: UnixTime,
    /// The last moment of its validity.
    pub until: UnixTime,
    /// SHA-256 of the certificate: its identity here.
    pub sha256: [u8; 32],
    /// When and why it was revoked: from then on nothing chains to it, whenever it says it was issued.
    pub revoked: Option<AnchorRevocation>,
    /// Where it came from.
    pub source: Option<String>,
}

/// When and why an anchor was revoked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AnchorRevocation {
    /// Since when, for display.
    pub at: UnixTime,
    /// Why.
    pub reason: RevocationReason,
}

impl Anchor {
    /// Whether something may chain to it at `now`.
    #[must_use]
    pub fn is_live(&self, now: UnixTime) -> bool {
        self.revoked.is_none() && self.from <= now && now <= self.until
    }

    /// The anchor as one that may have issued a certificate. A revoked one must not be among those that are tried.
    #[must_use]
    pub fn candidate(&self) -> Candidate<'_> {
        Candidate {
            subject: &self.subject,
            key_identifier: self.key_identifier.as_deref(),
            spki: &self.spki,
            from: self.from,
            until: self.until,
            // What may not is never listed.
            may_issue: true,
            country: Some(self.country.as_str()),
        }
    }

    /// SHA-256 of its key's SubjectPublicKeyInfo: what lists of revoked certificates are kept by, so that link and
    /// renewed certificates of one key share them.
    #[must_use]
    pub fn key_hash(&self) -> [u8; 32] {
        Sha256::digest(&self.spki).into()
    }

    /// Reads the anchor at place `anchor` of the trust list.
    pub(crate) fn parse(anchor: usize, list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        let mut draft = Draft::default();
        let read = list.fields(|label, list| draft.take(label, list));
        match read {
            Err(TrustError::Malformed { .. }) => Err(EntryFault::Malformed),
            Err(other) => return Err(other),
            Ok(()) => draft.finish(),
        }
        .and_then(|parsed| parsed.check().map(|()| parsed))
        .map_err(|fault| TrustError::BadAnchor { anchor, fault })
    }

    /// What must hold of an anchor by itself.
    pub(crate) fn check(&self) -> Result<(), EntryFault> {
        let bounded = |bytes: &[u8], max: usize| !bytes.is_empty() && bytes.len() <= max;
        let shaped = bounded(&self.subject, MAX_SUBJECT)
            && bounded(&self.spki, MAX_SPKI)
            && self.key_identifier.as_ref().is_none_or(|identifier| bounded(identifier, MAX_KEY_IDENTIFIER));
        if !shaped || Name::from_der(&self.subject).is_err() {
            return Err(EntryFault::Malformed);
        }
        // One key has one encoding, and an unusable one is refused here rather than at the barrier.
        if PublicKey::canonical_spki(&self.spki)? != self.spki {
            return Err(EntryFault::Malformed);
        }
        if UnixTime(0) <= self.from && self.from < self.until && self.until <= UnixTime::MAX {
            Ok(())
        } else {
            Err(EntryFault::Window)
        }
    }
}

/// An anchor on its way in.
#[derive(Default)]
struct Draft {
    country: Option<Country>,
    subject: Option<Vec<u8>>,
    key_identifier: Option<Vec<u8>>,
    spki: Option<Vec<u8>>,
    from: Option<UnixTime>,
    until: Option<UnixTime>,
    sha256: Option<[u8; 32]>,
    revoked: Option<AnchorRevocation>,
    source: Option<String>,
}

impl Draft {
    fn take(&mut self, label: u64, list: &mut ListReader<'_>) -> Result<bool, TrustError> {
        match label {
            label::COUNTRY => self.country = Some(parse_country(list)?),
            label::SUBJECT => self.subject = Some(list.bytes()?.to_vec()),
            label::KEY_IDENTIFIER => self.key_identifier = Some(list.bytes()?.to_vec()),
            label::SPKI => self.spki = Some(list.bytes()?.to_vec()),
            label::FROM => self.from = Some(list.time()?),
            label::UNTIL => self.until = Some(list.time()?),
            label::SHA256 => self.sha256 = Some(list.bytes32()?),
            label::STATE => match parse_state(list)? {
                KeyState::Revoked { at, reason } => self.revoked = Some(AnchorRevocation { at, reason }),
                // A certificate states no time of signing by which a retired anchor could be judged.
                KeyState::Active | KeyState::Retired => return Err(list.malformed()),
            },
            label::SOURCE => self.source = Some(list.text(MAX_SOURCE)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn finish(self) -> Result<Anchor, EntryFault> {
        let missing = EntryFault::Malformed;
        Ok(Anchor {
            country: self.country.ok_or(missing)?,
            subject: self.subject.ok_or(missing)?,
            key_identifier: self.key_identifier,
            spki: self.spki.ok_or(missing)?,
            from: self.from.ok_or(missing)?,
            until: self.until.ok_or(missing)?,
            sha256: self.sha256.ok_or(missing)?,
            revoked: self.revoked,
            source: self.source,
        })
    }
}
