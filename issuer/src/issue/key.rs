//! A key that issues: what signs, and how the published lists have it.

use tegata_certificate::x509::der::integer;
use tegata_certificate::x509::{Certificate, ChainError, find_issuer};
use tegata_certificate::{BarcodeSigner, Country, Format, KeyIdentity, Kind, SignerFault, UnixTime, VerifyingKey};
use tegata_keys::Signer;
use tegata_trust_lists::{Anchor, Authority, Issuer, KeyEntry, KeyState, StatusRange, TrustState};

/// A key that issues: what signs, and why verifiers believe it.
pub struct IssuingKey<'a> {
    signer: &'a dyn Signer,
    standing: Standing<'a>,
    /// The list that vouches for it.
    state: &'a TrustState,
}

/// Why verifiers believe a key.
enum Standing<'a> {
    /// The list has the key itself.
    Listed { entry: &'a KeyEntry, issuer: &'a Issuer },
    /// A listed authority issued its certificate, which goes into every seal.
    Certified { certificate: &'a [u8], signer: Box<BarcodeSigner>, name: String },
}

/// Why a key cannot issue. Each says what to do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyProblem {
    /// A key for demonstrations, under a list that counts.
    #[error(
        "it is a DEMO key, and this list is none: what it signed would count; make a real one (tegata-issuer key new) and have it listed"
    )]
    Demo,
    /// A key that counts, under a list for demonstrations.
    #[error(
        "it is a key that counts, and this list is for demonstrations: make one for them (tegata-issuer key new --demo)"
    )]
    Live,
    /// The published list does not have it.
    #[error(
        "the key is not on the trust list: what it signed would be refused everywhere; have the list's operator add it (tegata-trust add-issuer) and publish"
    )]
    NotListed,
    /// It is retired or revoked there.
    #[error(
        "the trust list says that the key signs no more: make a new one (tegata-issuer key new) and have it listed"
    )]
    OutOfService,
    /// Now lies outside its signing window.
    #[error("now lies outside the key's signing window on the trust list: use the key of this period")]
    OutsideWindow,
    /// Its certificate is for another key.
    #[error("the signer's certificate is for another key: name the one that answers this key's request")]
    OtherCertificate,
    /// Its certificate is not one that signs seals.
    #[error(
        "its certificate cannot sign seals ({0}): ask the authority for another, with a request of tegata-issuer csr"
    )]
    Certificate(#[from] SignerFault),
    /// The authority that issued its certificate has revoked it.
    #[error("its certificate was revoked by the authority that issued it: ask for another (tegata-issuer csr)")]
    Revoked,
    /// No listed authority vouches for its certificate.
    #[error(
        "of its certificate: {0}; what it signed would be refused everywhere: have the list's operator import the authority (tegata-trust import csca) and publish"
    )]
    Authority(#[from] ChainError),
}

impl<'a> IssuingKey<'a> {
    /// A key as the verified list has it, checked for use at `now`.
    ///
    /// # Errors
    /// [`KeyProblem`] if verifiers would refuse what it signs now.
    pub fn new(signer: &'a dyn Signer, state: &'a TrustState, now: UnixTime) -> Result<Self, KeyProblem> {
        fits(signer, state)?;
        let key = signer.verifying_key();
        let entry = state.trust().keys.iter().find(|entry| entry.key == *key).ok_or(KeyProblem::NotListed)?;
        let issuer = state.issuer(entry).ok_or(KeyProblem::NotListed)?;
        if entry.state != KeyState::Active {
            return Err(KeyProblem::OutOfService);
        }
        if !(entry.sign_from..entry.sign_until).contains(&now) || now >= entry.valid_until {
            return Err(KeyProblem::OutsideWindow);
        }
        Ok(Self { signer, standing: Standing::Listed { entry, issuer }, state })
    }

    /// A key whose certificate an authority on the verified list issued, for seals (VDS-NC).
    ///
    /// # Errors
    /// [`KeyProblem`] if verifiers would refuse what it signs now.
    pub fn certified(
        signer: &'a dyn Signer,
        certificate: &'a [u8],
        state: &'a TrustState,
        now: UnixTime,
    ) -> Result<Self, KeyProblem> {
        fits(signer, state)?;
        let read = Certificate::from_der(certificate).map_err(|_| SignerFault::Malformed)?;
        if VerifyingKey::from_spki(read.spki()).as_ref() != Ok(signer.verifying_key()) {
            return Err(KeyProblem::OtherCertificate);
        }
        let profile = BarcodeSigner::of(&read)?;
        let live: Vec<&Anchor> = state.trust().anchors.iter().filter(|anchor| anchor.revoked.is_none()).collect();
        let authority = live.get(find_issuer(&read, live.iter().map(|anchor| anchor.candidate()), now)?);
        let revoked = authority.and_then(|authority| state.revoked_serials(&authority.key_hash()));
        if revoked.is_some_and(|list| integer(&profile.serial).map_or(true, |serial| list.holds(serial))) {
            return Err(KeyProblem::Revoked);
        }
        if now < profile.not_before || profile.not_after < now {
            return Err(KeyProblem::OutsideWindow);
        }
        let subject = read.subject();
        let name = subject.organisation().or(subject.common_name()).unwrap_or_default().to_owned();
        Ok(Self { signer, standing: Standing::Certified { certificate, signer: Box::new(profile), name }, state })
    }

    /// Whether what it signs in that family is accepted.
    #[must_use]
    pub fn signs(&self, format: Format) -> bool {
        match &self.standing {
            // A seal has no place for a key that it does not bring along. Who names an exact issuer is believed for it
            // alone, and who names a country for that.
            Standing::Listed { entry, .. } => {
                !format.carries_certificate()
                    && entry.signs(format)
                    && entry.iss().is_some() == format.names_exact_issuer()
            }
            Standing::Certified { signer, .. } => {
                format.carries_certificate() && signer.kinds.contains(&Kind::Vaccination)
            }
        }
    }

    pub(super) fn signer(&self) -> &'a dyn Signer {
        self.signer
    }

    pub(super) fn state(&self) -> &'a TrustState {
        self.state
    }

    /// Its full identifier: the one in the list, or of its certificate.
    pub(super) fn kid(&self) -> [u8; 32] {
        match &self.standing {
            Standing::Listed { entry, .. } => entry.kid,
            Standing::Certified { signer, .. } => signer.sha256,
        }
    }

    /// The status indices that its certificates may name.
    pub(super) fn ranges(&self) -> &'a [StatusRange] {
        match self.standing {
            Standing::Listed { entry, .. } => &entry.ranges,
            Standing::Certified { .. } => &[],
        }
    }

    /// The key as messages of a family name it.
    pub(super) fn identity(&self, format: Format) -> KeyIdentity<'_> {
        let algorithm = self.signer.verifying_key().algorithm();
        match &self.standing {
            Standing::Listed { entry, .. } => KeyIdentity { algorithm, kid: entry.kid_of(format), certificate: None },
            Standing::Certified { certificate, signer, .. } => {
                KeyIdentity { algorithm, kid: signer.sha256, certificate: Some(certificate) }
            }
        }
    }

    /// The issuer's name in English, as certificates state it.
    pub(super) fn issuer_name(&self) -> &str {
        match &self.standing {
            Standing::Listed { issuer, .. } => &issuer.name_en,
            Standing::Certified { name, .. } => name,
        }
    }

    /// The issuer's name in Japanese and in English; one that only a certificate names has one name.
    pub(super) fn issuer_names(&self) -> (String, String) {
        match &self.standing {
            Standing::Listed { issuer, .. } => (issuer.name_ja.clone(), issuer.name_en.clone()),
            Standing::Certified { name, .. } => (name.clone(), name.clone()),
        }
    }

    /// The exact issuer that it speaks for, if it does not speak for countries.
    pub(super) fn iss(&self) -> Option<&'a str> {
        match self.standing {
            Standing::Listed { entry, .. } => entry.iss(),
            Standing::Certified { .. } => None,
        }
    }

    /// The country that certificates of it name: the issuer's own, if the key speaks for it.
    pub(super) fn country(&self) -> Option<Country> {
        match &self.standing {
            Standing::Listed { entry, issuer } => match &entry.authority {
                Authority::Countries(countries) if countries.contains(&issuer.country) => Some(issuer.country),
                Authority::Countries(countries) => countries.first().copied(),
                Authority::Iss(_) => None,
            },
            Standing::Certified { signer, .. } => signer.country,
        }
    }

    /// The end of a certificate issued now: the wanted life, but never beyond what the list grants.
    pub(super) fn expiry(&self, life: i64, now: UnixTime) -> UnixTime {
        let (life, until) = match &self.standing {
            Standing::Listed { entry, .. } => (life.min(entry.max_life.unwrap_or(i64::MAX)), entry.valid_until),
            Standing::Certified { signer, .. } => (life, signer.not_after),
        };
        now.plus(life).min(until).min(UnixTime::MAX)
    }
}

/// Whether key and list are both for demonstrations, or both count. A key that no store has says nothing: tests make such.
fn fits(signer: &dyn Signer, state: &TrustState) -> Result<(), KeyProblem> {
    match (signer.is_demo(), state.is_demo()) {
        (Some(true), false) => Err(KeyProblem::Demo),
        (Some(false), true) => Err(KeyProblem::Live),
        _ => Ok(()),
    }
}
