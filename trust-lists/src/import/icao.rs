//! ICAO master lists and the health master list (Doc 9303-12 section 9): the CSCAs of many states, signed
//! by one.

use super::cms::{CmsError, Message};
use super::document_key::country_of;
use super::{ImportError, Imported, Input, Observation, Outcome, Policy};
use crate::anchor::Anchor;
use tegata_certificate::x509::der::{Elements, NotDer, tag};
use tegata_certificate::x509::{Candidate, Certificate, ChainError, Name, PublicKey, find_issuer};
use tegata_certificate::{Country, UnixTime};

/// 2.23.136.1.1.2, the content of a master list.
const MASTER_LIST: &[u8] = b"\x67\x81\x08\x01\x01\x02";
/// Extended key usages: a signer of master lists, and a CSCA that is for health seals alone.
const MASTER_LIST_SIGNER: &str = "2.23.136.1.1.3";
const HEALTH_CSCA: &str = "2.23.136.1.1.14.1";

/// The longest lists have six hundred.
const MAX_CERTIFICATES: usize = 5_000;

/// Why a master list is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MasterListError {
    /// Not signed, or not by its signer.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// Its signer signs something else.
    #[error("its signer's certificate is not for signing master lists")]
    NotAMasterListSigner,
    /// Its signer's certificate is not valid yet.
    #[error("its signer's certificate is not valid yet")]
    SignerNotYetValid,
    /// Its signer's certificate has expired.
    #[error("its signer's certificate has expired")]
    SignerExpired,
    /// Nobody who is trusted vouches for its signer.
    #[error("of its signer's certificate: {0}")]
    Chain(#[from] ChainError),
}

impl MasterListError {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Cms(error) => error.code(),
            Self::NotAMasterListSigner => "not-a-master-list-signer",
            Self::SignerNotYetValid => "cert-not-yet-valid",
            Self::SignerExpired => "cert-expired",
            Self::Chain(error) => error.code(),
        }
    }
}

impl From<NotDer> for MasterListError {
    fn from(NotDer: NotDer) -> Self {
        Self::Cms(CmsError::Malformed)
    }
}

/// A master list whose signature, signer and chain hold.
#[derive(Clone, Debug)]
pub struct MasterList {
    /// Its certificates as they stand, each in DER; one that cannot be read does not lose the others.
    pub certificates: Vec<Vec<u8>>,
    /// When it was signed, as it says.
    pub signing_time: Option<UnixTime>,
}

impl MasterList {
    /// Opens a list. `trusted` are CSCAs (or the signer's own certificate) that were got by another way.
    ///
    /// # Errors
    /// [`MasterListError`].
    pub fn open(bytes: &[u8], trusted: &[Certificate<'_>], now: UnixTime) -> Result<Self, MasterListError> {
        let message = Message::read(bytes)?;
        let signed = message.open(MASTER_LIST, &[])?;
        let signer = &signed.signer;
        let usages = signer.extended_key_usage()?.unwrap_or_default();
        if !signer.may_sign() || !usages.iter().any(|usage| usage.to_string() == MASTER_LIST_SIGNER) {
            return Err(MasterListError::NotAMasterListSigner);
        }
        if now < signer.not_before() {
            return Err(MasterListError::SignerNotYetValid);
        }
        if signer.not_after() < now {
            return Err(MasterListError::SignerExpired);
        }
        if trusted.iter().all(|certificate| certificate.as_der() != signer.as_der()) {
            find_issuer(signer, trusted.iter().map(Candidate::from), now)?;
        }
        let mut list = Elements::only(signed.content, tag::SEQUENCE)?;
        list.take(tag::INTEGER)?;
        let mut set = list.take(tag::SET)?.inside();
        let mut certificates = Vec::new();
        while !set.is_empty() {
            if certificates.len() == MAX_CERTIFICATES {
                return Err(CmsError::Malformed.into());
            }
            certificates.push(set.take_any()?.raw.to_vec());
        }
        Ok(Self { certificates, signing_time: signed.signing_time })
    }
}

/// Reads master lists, whose signers' CSCA the operator names.
pub(super) fn read(input: &Input<'_>) -> Result<Imported, ImportError> {
    let [file] = input.files(1, 1, "one master list (CMS)")? else {
        return Err(ImportError::Files("one master list (CMS)"));
    };
    let signer = input.signer.ok_or(ImportError::SignerMissing)?;
    let trusted = signer.certificates()?;
    let list = MasterList::open(&file.bytes, &trusted, input.policy.now)?;
    input.policy.check_age(list.signing_time)?;
    let mut imported = Imported::new(list.signing_time, signer.authenticity());
    for der in &list.certificates {
        push(&mut imported, der, input.policy);
    }
    Ok(imported)
}

/// Takes a CSCA, or says why not.
pub(super) fn push(imported: &mut Imported, der: &[u8], policy: &Policy) {
    let (name, anchor) = match Certificate::from_der(der) {
        Ok(certificate) => {
            let repeated = imported.anchors.iter().any(|listed| listed.sha256 == certificate.sha256());
            let read = if repeated { Err(Outcome::Duplicate) } else { anchor(&certificate, policy) };
            if read.is_ok() && !certificate.states_ca() {
                imported.report.observe(Observation::CaFlagMissing);
            }
            (named(&certificate), read)
        }
        Err(NotDer) => (String::new(), Err(Outcome::Malformed)),
    };
    imported.push_anchor(&name, anchor);
}

/// The anchor of a CSCA, or why it is none.
fn anchor(certificate: &Certificate<'_>, policy: &Policy) -> Result<Anchor, Outcome> {
    let usages = certificate.extended_key_usage().map_err(|NotDer| Outcome::Malformed)?;
    let for_seals = usages.is_none_or(|usages| usages.iter().any(|usage| usage.to_string() == HEALTH_CSCA));
    if !for_seals || !certificate.may_issue() {
        return Err(Outcome::OtherPurpose);
    }
    let country = country(certificate).ok_or(Outcome::NoCountry)?;
    let spki = PublicKey::canonical_spki(certificate.spki()).map_err(|_| Outcome::UnusableKey)?;
    policy.admit(country, certificate.not_after())?;
    let anchor = Anchor {
        country,
        subject: certificate.subject().as_der().to_vec(),
        key_identifier: certificate
            .subject_key_identifier()
            .filter(|identifier| !identifier.is_empty())
            .map(<[u8]>::to_vec),
        spki,
        from: certificate.not_before(),
        until: certificate.not_after(),
        sha256: certificate.sha256(),
        revoked: None,
        source: None,
    };
    anchor.check().map_err(|_| Outcome::UnusableKey)?;
    Ok(anchor)
}

/// The country that stands in the subject, in capitals.
fn country(certificate: &Certificate<'_>) -> Option<Country> {
    country_of(certificate.subject().country()?)
}

fn named(certificate: &Certificate<'_>) -> String {
    shown(certificate.subject())
}

/// A name in words.
pub(super) fn shown(subject: Name<'_>) -> String {
    let names = [subject.country(), subject.organisation(), subject.common_name()];
    names.into_iter().flatten().collect::<Vec<_>>().join(" / ")
}
