//! Signers of visible digital seals: what their certificates must say (Doc 9303-12 section 7.1.3, as ICAO's
//! technical report on VDS-NC narrows it).
//!
//! What the profile requires is required; what it forbids is tolerated, since a state that issues real
//! seals (Japan) has five such extensions.

use crate::certificate::{Certificate as Seal, Kind};
use crate::country::Country;
use crate::date::UnixTime;
use crate::x509::der::{Elements, NotDer, tag};
use crate::x509::{Certificate, PublicKey};
use der::oid::ObjectIdentifier;

/// Extended key usage of barcode signers.
pub(crate) const BARCODE_SIGNER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.14.2");
/// `DocumentTypeList` (Doc 9303-12 section 7.1.1).
pub(crate) const DOCUMENT_TYPES: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.6.2");
/// Document types of a proof of vaccination and of testing.
const TYPES: [(&[u8], Kind); 2] = [(b"NV", Kind::Vaccination), (b"NT", Kind::Test)];

/// Extensions that are looked at here or may be passed over although they are critical: key identifiers, key usage and
/// its period, alternative names, basic constraints, CRL distribution, policies, extended usage, name change.
const KNOWN: [ObjectIdentifier; 12] = [
    ObjectIdentifier::new_unwrap("2.5.29.14"),
    ObjectIdentifier::new_unwrap("2.5.29.15"),
    ObjectIdentifier::new_unwrap("2.5.29.16"),
    ObjectIdentifier::new_unwrap("2.5.29.17"),
    ObjectIdentifier::new_unwrap("2.5.29.18"),
    ObjectIdentifier::new_unwrap("2.5.29.19"),
    ObjectIdentifier::new_unwrap("2.5.29.31"),
    ObjectIdentifier::new_unwrap("2.5.29.32"),
    ObjectIdentifier::new_unwrap("2.5.29.35"),
    ObjectIdentifier::new_unwrap("2.5.29.37"),
    ObjectIdentifier::new_unwrap("2.23.136.1.1.6.1"),
    ObjectIdentifier::new_unwrap("2.23.136.1.1.6.2"),
];

/// More document types are in no certificate.
const MAX_TYPES: usize = 64;

/// Why a certificate's key may not have signed a seal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SignerFault {
    /// Not a certificate, or its key is none that signs seals.
    #[error("the signer's certificate cannot be used")]
    Malformed,
    /// Not for signing seals.
    #[error("the signer's certificate is not for signing seals")]
    NotABarcodeSigner,
    /// It does not say which documents it signs.
    #[error("the signer's certificate names no document types")]
    DocumentTypesMissing,
    /// It signs other documents.
    #[error("the signer's certificate is for other documents")]
    DocumentType,
    /// It is an authority's.
    #[error("the signer's certificate is an authority's")]
    IsAuthority,
    /// Its key may sign no data.
    #[error("the signer's key may not sign data")]
    KeyUsage,
    /// It holds something critical that is not known here.
    #[error("the signer's certificate has a critical extension that is not known here")]
    UnknownCriticalExtension,
    /// It is another country's.
    #[error("the signer is another country's")]
    Country,
    /// It is not valid yet.
    #[error("the signer's certificate is not valid yet")]
    NotYetValid,
    /// It has expired.
    #[error("the signer's certificate has expired")]
    Expired,
}

impl SignerFault {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "cert-malformed",
            Self::NotABarcodeSigner => "not-a-barcode-signer",
            Self::DocumentTypesMissing => "doc-type-list-missing",
            Self::DocumentType => "doc-type-not-allowed",
            Self::IsAuthority => "signer-is-ca",
            Self::KeyUsage => "key-usage",
            Self::UnknownCriticalExtension => "unknown-critical-extension",
            Self::Country => "country-mismatch",
            Self::NotYetValid => "cert-not-yet-valid",
            Self::Expired => "cert-expired",
        }
    }
}

impl From<NotDer> for SignerFault {
    fn from(NotDer: NotDer) -> Self {
        Self::Malformed
    }
}

/// A certificate that has all that a signer of seals must have. Who issued it is not said by that.
#[derive(Clone, Debug)]
pub struct BarcodeSigner {
    /// Its key.
    pub key: PublicKey,
    /// What it may sign.
    pub kinds: Vec<Kind>,
    /// Whose it is.
    pub country: Option<Country>,
    /// First moment of its validity.
    pub not_before: UnixTime,
    /// Last moment of its validity.
    pub not_after: UnixTime,
    /// Its serial number's content, two's complement, by which it would be revoked.
    pub serial: Vec<u8>,
    /// SHA-256 of the certificate.
    pub sha256: [u8; 32],
    /// Whether it names its issuer's key, as the profile wants.
    pub names_issuer_key: bool,
}

impl BarcodeSigner {
    /// Checks all that does not depend on the time or on what was signed.
    ///
    /// # Errors
    /// [`SignerFault`]: the first thing that it lacks.
    pub fn of(certificate: &Certificate<'_>) -> Result<Self, SignerFault> {
        let usages = certificate.extended_key_usage()?.unwrap_or_default();
        if !usages.contains(&BARCODE_SIGNER) {
            return Err(SignerFault::NotABarcodeSigner);
        }
        let kinds = kinds(certificate)?;
        if certificate.states_ca() || (certificate.may_issue() && !certificate.may_sign()) {
            return Err(SignerFault::IsAuthority);
        }
        if !certificate.may_sign() {
            return Err(SignerFault::KeyUsage);
        }
        if certificate.extensions().iter().any(|extension| extension.critical && !KNOWN.contains(&extension.oid)) {
            return Err(SignerFault::UnknownCriticalExtension);
        }
        Ok(Self {
            key: PublicKey::from_spki(certificate.spki()).map_err(|_| SignerFault::Malformed)?,
            kinds,
            country: certificate.subject().country().and_then(country),
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            serial: certificate.serial().to_vec(),
            sha256: certificate.sha256(),
            names_issuer_key: certificate.authority_key_identifier().is_some(),
        })
    }

    /// Whether it may have signed that seal, and counts at that time. A seal says no time of signing, so the certificate
    /// must be valid when it is looked at.
    ///
    /// # Errors
    /// [`SignerFault`].
    pub fn judge(&self, seal: &Seal, at: UnixTime) -> Result<(), SignerFault> {
        if !self.kinds.contains(&seal.kind) {
            return Err(SignerFault::DocumentType);
        }
        if seal.country.is_none() || seal.country != self.country {
            return Err(SignerFault::Country);
        }
        if at < self.not_before {
            return Err(SignerFault::NotYetValid);
        }
        // RFC 5280 section 4.1.2.5 counts the last moment in.
        if self.not_after < at { Err(SignerFault::Expired) } else { Ok(()) }
    }
}

/// The country of a subject, in either case. Kosovo's certificates say KS.
fn country(code: &str) -> Option<Country> {
    match code.trim().to_ascii_uppercase().as_str() {
        "KS" => Country::parse("XK"),
        code => Country::parse(code),
    }
}

/// `DocumentTypeList ::= SEQUENCE { version INTEGER, docTypeList SET OF PrintableString }`.
fn kinds(certificate: &Certificate<'_>) -> Result<Vec<Kind>, SignerFault> {
    let missing = SignerFault::DocumentTypesMissing;
    let listed = certificate.extension(DOCUMENT_TYPES).ok_or(missing)?;
    let read = || -> Result<Vec<Kind>, NotDer> {
        let mut parts = Elements::only(listed, tag::SEQUENCE)?;
        parts.take(tag::INTEGER)?;
        let mut types = parts.take(tag::SET)?.inside();
        let (mut kinds, mut count) = (Vec::new(), 0);
        while !types.is_empty() {
            let named = types.take_any()?.value;
            kinds.extend(TYPES.iter().find(|(name, _)| *name == named).map(|(_, kind)| *kind));
            count += 1;
            if count > MAX_TYPES {
                return Err(NotDer);
            }
        }
        Ok(kinds)
    };
    read().map_err(|NotDer| missing)
}
