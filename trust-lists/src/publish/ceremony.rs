//! Officers sign apart, and the chair puts their signatures together.

use crate::publish::proposal::{Proposal, Review};
use crate::signed::{assemble, protected, to_be_signed};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tegata_certificate::UnixTime;
use tegata_certificate::cbor::{self, CborError, Head, Limits, Profile, Reader, Writer};
use tegata_keys::{SignError, Signer};

/// The first field of a detached signature.
const MARK: &str = "vc-trust-signature/1";

/// Labels.
const SPEC: u64 = 1;
const HASH: u64 = 2;
const KID: u64 = 3;
const SIGNATURE: u64 = 4;
const SIGNED_AT: u64 = 5;
const KEY_NAME: u64 = 6;

/// The largest signature file, in bytes.
pub const MAX_SIGNATURE: usize = 1024;

/// One officer's signature over a proposal: `{1: "vc-trust-signature/1", 2: SHA-256 of the payload, 3: kid,
/// 4: signature, 5: when, by the officer's clock, 6: the key's name there}`. Only the signature itself is proof;
/// the rest is for the transcript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OfficerSignature {
    /// The hash that the officer read aloud.
    pub hash: [u8; 32],
    /// The key's thumbprint.
    pub kid: [u8; 32],
    /// The signature.
    pub signature: Vec<u8>,
    /// When the officer's machine says it signed.
    pub signed_at: UnixTime,
    /// The key's name in the officer's key folder.
    pub key_name: String,
}

/// Why a signature does not count.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotCounted {
    /// Made for another payload.
    #[error("it was made for another proposal")]
    OtherProposal,
    /// Of a key that none of the groups has.
    #[error("its key is not one of those that must sign")]
    Stranger,
    /// A second one of the same key.
    #[error("its key has signed already")]
    Duplicate,
    /// It does not hold.
    #[error("the signature does not hold")]
    DoesNotHold,
}

/// What became of one signature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    /// Its place among those that were given.
    pub place: usize,
    /// Whether it counts.
    pub outcome: Result<(), NotCounted>,
}

/// A group whose threshold is not reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    /// Which keys.
    pub group: &'static str,
    /// How many of them signed.
    pub signed: u64,
    /// How many must.
    pub threshold: u64,
}

/// What the signatures of a proposal come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Assembly {
    /// Each signature that was given, in that order.
    pub counted: Vec<Counted>,
    /// The signed list, or the groups that are below their threshold.
    pub list: Result<Vec<u8>, Vec<Missing>>,
}

impl OfficerSignature {
    /// The file's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::with_capacity(256);
        writer.map(6);
        writer.uint(SPEC);
        writer.text(MARK);
        writer.uint(HASH);
        writer.bytes(&self.hash);
        writer.uint(KID);
        writer.bytes(&self.kid);
        writer.uint(SIGNATURE);
        writer.bytes(&self.signature);
        writer.uint(SIGNED_AT);
        writer.int(self.signed_at.0);
        writer.uint(KEY_NAME);
        writer.text(&self.key_name);
        writer.into_bytes()
    }

    /// Reads a signature file; `None` if it is none.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_SIGNATURE { None } else { Self::read(bytes).ok() }
    }

    fn read(bytes: &[u8]) -> Result<Self, CborError> {
        cbor::scan(bytes, Profile::Deterministic, Limits { depth: 2, items: 16 })?;
        let mut reader = Reader::new(bytes);
        if reader.head()? != Head::Map(Some(6)) {
            return Err(CborError::UnexpectedType);
        }
        let label = |reader: &mut Reader<'_>, wanted: u64| match reader.head()? {
            Head::Unsigned(found) if found == wanted => Ok(()),
            _ => Err(CborError::UnexpectedType),
        };
        label(&mut reader, SPEC)?;
        if reader.text()? != MARK {
            return Err(CborError::UnexpectedType);
        }
        let digest = |bytes: &[u8]| <[u8; 32]>::try_from(bytes).map_err(|_| CborError::UnexpectedType);
        label(&mut reader, HASH)?;
        let hash = digest(reader.bytes()?)?;
        label(&mut reader, KID)?;
        let kid = digest(reader.bytes()?)?;
        label(&mut reader, SIGNATURE)?;
        let signature = reader.bytes()?.to_vec();
        label(&mut reader, SIGNED_AT)?;
        let signed_at = UnixTime(reader.int()?);
        label(&mut reader, KEY_NAME)?;
        // It goes into the transcript, so it is held to what a key's name may be.
        let name = reader.text()?;
        let word = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'-' | b'_');
        if !(1..=64).contains(&name.len()) || !name.bytes().all(word) {
            return Err(CborError::UnexpectedType);
        }
        Ok(Self { hash, kid, signature, signed_at, key_name: name.to_owned() })
    }
}

impl Proposal {
    /// One officer's signature.
    ///
    /// # Errors
    /// [`SignError`].
    pub fn sign(&self, signer: &dyn Signer, key_name: &str, now: UnixTime) -> Result<OfficerSignature, SignError> {
        let key = signer.verifying_key();
        let message = to_be_signed(self.role, &self.repository_id, &protected(key), &self.payload);
        Ok(OfficerSignature {
            hash: self.hash(),
            kid: key.thumbprint(),
            signature: signer.sign(&message)?,
            signed_at: now,
            key_name: key_name.to_owned(),
        })
    }

    /// Puts signatures together: a list, if every group reaches its threshold. Strangers and second signatures of a key
    /// count nothing. Whatever order they come in, the same signatures give the same bytes.
    #[must_use]
    pub fn assemble(&self, review: &Review, signatures: &[OfficerSignature]) -> Assembly {
        let mut valid: BTreeMap<[u8; 32], &OfficerSignature> = BTreeMap::new();
        let mut counted = Vec::new();
        for (place, signature) in signatures.iter().enumerate() {
            let outcome = self.count(review, signature).and_then(|()| match valid.entry(signature.kid) {
                Entry::Vacant(free) => {
                    free.insert(signature);
                    Ok(())
                }
                Entry::Occupied(mut taken) => {
                    // A token may sign the same twice in two ways: the order of files must not decide.
                    if signature.signature < taken.get().signature {
                        taken.insert(signature);
                    }
                    Err(NotCounted::Duplicate)
                }
            });
            counted.push(Counted { place, outcome });
        }
        let missing: Vec<_> = review
            .groups
            .iter()
            .filter_map(|group| {
                let signed = group.keys.keys.iter().filter(|key| valid.contains_key(&key.thumbprint())).count() as u64;
                let threshold = group.keys.threshold;
                (signed < threshold).then_some(Missing { group: group.name, signed, threshold })
            })
            .collect();
        if !missing.is_empty() {
            return Assembly { counted, list: Err(missing) };
        }
        let signatures: Vec<_> = review
            .signers()
            .filter_map(|key| Some((protected(key), valid.get(&key.thumbprint())?.signature.clone())))
            .collect();
        Assembly { counted, list: Ok(assemble(&self.payload, &signatures)) }
    }

    fn count(&self, review: &Review, signature: &OfficerSignature) -> Result<(), NotCounted> {
        if signature.hash != self.hash() {
            return Err(NotCounted::OtherProposal);
        }
        let key = review.signers().find(|key| key.thumbprint() == signature.kid).ok_or(NotCounted::Stranger)?;
        let message = to_be_signed(self.role, &self.repository_id, &protected(key), &self.payload);
        key.verify(&message, &signature.signature).map_err(|_| NotCounted::DoesNotHold)
    }
}
