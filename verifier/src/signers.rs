//! Signers of seals that carry their certificate: who issued it, checked once.
//!
//! A border meets the same dozen of certificates all day, and the chain of each costs several times the seal's own
//! signature. What does not change, which listed keys signed the certificate and what it allows, is kept; whether any
//! of it counts at the moment is asked each time anew.

use crate::Reason;
use crate::verify::Stop;
use std::sync::{Arc, PoisonError, RwLock};
use tegata_certificate::x509::{Certificate, ChainError, PublicKey, find_signers};
use tegata_certificate::{BarcodeSigner, Country, SignerFault, UnixTime};
use tegata_trust_lists::{Anchor, TrustState};

/// So many certificates are kept. A state has a handful; whoever sends more makes us check them again.
const MAX_KEPT: usize = 512;

/// A signer whose certificate a listed authority issued.
#[derive(Debug)]
pub struct SealSigner {
    /// Its key, with which seals are opened.
    key: PublicKey,
    /// What its certificate allows, or why it allows nothing.
    profile: Result<BarcodeSigner, SignerFault>,
    /// SHA-256 of the certificate.
    sha256: [u8; 32],
    /// The subject's country as it stands.
    country: Option<String>,
    /// The places of the listed authorities whose key signed it, with that key's hash.
    issuers: Vec<(usize, [u8; 32])>,
}

impl SealSigner {
    /// Its key.
    pub(crate) fn key(&self) -> &PublicKey {
        &self.key
    }

    /// What its certificate allows.
    ///
    /// # Errors
    /// [`SignerFault`]: why it allows nothing.
    pub fn profile(&self) -> Result<&BarcodeSigner, SignerFault> {
        self.profile.as_ref().map_err(|fault| *fault)
    }

    /// SHA-256 of its certificate.
    #[must_use]
    pub fn sha256(&self) -> &[u8; 32] {
        &self.sha256
    }

    /// The hash of the key that issued its certificate ([`Anchor::key_hash`]).
    #[must_use]
    pub fn authority(&self) -> Option<&[u8; 32]> {
        self.issuers.first().map(|(_, key)| key)
    }

    /// The authority that vouches for it at that time.
    pub(crate) fn vouched_for<'a>(&self, state: &'a TrustState, at: UnixTime) -> Result<&'a Anchor, Stop> {
        let mut furthest = ChainError::NoTrustAnchor;
        for (place, _) in &self.issuers {
            let Some(anchor) = state.trust().anchors.get(*place) else { continue };
            match anchor.candidate().judge(self.country.as_deref(), at) {
                Ok(()) => return Ok(anchor),
                Err(lack) => furthest = furthest.max(lack),
            }
        }
        Err(Stop(reason(furthest)))
    }

    /// The country that it speaks for.
    #[must_use]
    pub fn country(&self) -> Option<Country> {
        self.profile.as_ref().ok().and_then(|profile| profile.country)
    }
}

/// A certificate with its signer.
type Known = (Box<[u8]>, Arc<SealSigner>);

/// The signers that were met. Readers do not wait for each other.
#[derive(Debug, Default)]
pub(crate) struct Signers {
    /// Sorted by certificate.
    known: RwLock<Vec<Known>>,
}

impl Signers {
    /// The signer of that certificate, if a listed authority signed it.
    pub fn of(&self, der: &[u8], state: &TrustState) -> Result<Arc<SealSigner>, Stop> {
        let place = |known: &[Known]| known.binary_search_by(|(own, _)| (**own).cmp(der));
        {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            if let Some((_, signer)) = place(&known).ok().and_then(|place| known.get(place)) {
                return Ok(Arc::clone(signer));
            }
        }
        let signer = Arc::new(check(der, state)?);
        // Only what a listed key has signed comes this far: strangers cannot fill the memory.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_KEPT {
            known.clear();
        }
        // Another thread may have met it meanwhile.
        if let Err(place) = place(&known) {
            known.insert(place, (der.into(), Arc::clone(&signer)));
        }
        Ok(signer)
    }
}

fn check(der: &[u8], state: &TrustState) -> Result<SealSigner, Stop> {
    let certificate = Certificate::from_der(der).map_err(|_| Stop(Reason::Damaged))?;
    let anchors = &state.trust().anchors;
    // A revoked authority vouches for nothing, whenever it did.
    let live = || anchors.iter().enumerate().filter(|(_, anchor)| anchor.revoked.is_none());
    let found = find_signers(&certificate, live().map(|(_, anchor)| anchor.candidate()));
    let found = found.map_err(|lack| Stop(reason(lack)))?;
    let issuers = found.into_iter().filter_map(|place| live().nth(place));
    Ok(SealSigner {
        key: PublicKey::from_spki(certificate.spki()).map_err(|_| Stop(Reason::SignerUnsuitable))?,
        profile: BarcodeSigner::of(&certificate),
        sha256: certificate.sha256(),
        country: certificate.subject().country().map(str::to_owned),
        issuers: issuers.map(|(place, anchor)| (place, anchor.key_hash())).collect(),
    })
}

fn reason(lack: ChainError) -> Reason {
    match lack {
        // What may not issue is never listed.
        ChainError::NoTrustAnchor | ChainError::NotCa => Reason::UnknownIssuer,
        ChainError::SignatureInvalid => Reason::SignerNotIssued,
        ChainError::NotYetValid => Reason::AuthorityNotYetValid,
        ChainError::Expired => Reason::AuthorityExpired,
        ChainError::CountryMismatch => Reason::CountryOutOfScope,
    }
}
