//! Signer certificates (DSC): the little of X.509 that a trust list takes from one.
//!
//! Certificates in use break the rules in places that do not matter here (Finland encodes a
//! default, two are signed with SHA-1), so no more is parsed than key, validity and usage. The
//! outer signature is for whoever builds a list.

use crate::certificate::Kind;
use crate::date::UnixTime;
use crate::signature::{KeyError, VerifyingKey};
use crate::x509::Certificate;
use der::oid::ObjectIdentifier;

/// What a signer certificate says that matters to a trust list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignerCertificate {
    /// The key it certifies.
    pub key: VerifyingKey,
    /// First moment of its validity.
    pub not_before: UnixTime,
    /// Last moment of its validity.
    pub not_after: UnixTime,
    /// What the key may sign by its extended key usage; all kinds where no usage of the DCC is named.
    pub kinds: Vec<Kind>,
    /// SHA-256 of the certificate; the EU's kid is its first eight bytes.
    pub sha256: [u8; 32],
}

/// The DCC's extended key usages, as published with and without a stray zero arc.
const USAGES: [(&str, Kind); 6] = [
    ("1.3.6.1.4.1.1847.2021.1.1", Kind::Test),
    ("1.3.6.1.4.1.1847.2021.1.2", Kind::Vaccination),
    ("1.3.6.1.4.1.1847.2021.1.3", Kind::Recovery),
    ("1.3.6.1.4.1.0.1847.2021.1.1", Kind::Test),
    ("1.3.6.1.4.1.0.1847.2021.1.2", Kind::Vaccination),
    ("1.3.6.1.4.1.0.1847.2021.1.3", Kind::Recovery),
];

impl SignerCertificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if it is none, or what is wrong with its key.
    pub fn from_der(bytes: &[u8]) -> Result<Self, KeyError> {
        Self::of(&Certificate::from_der(bytes)?)
    }

    /// What a certificate says that was read already.
    ///
    /// # Errors
    /// What is wrong with its key or its usage.
    pub fn of(certificate: &Certificate<'_>) -> Result<Self, KeyError> {
        Ok(Self {
            key: VerifyingKey::from_spki(certificate.spki())?,
            not_before: certificate.not_before(),
            not_after: certificate.not_after(),
            kinds: kinds(certificate.extended_key_usage()?),
            sha256: certificate.sha256(),
        })
    }
}

/// What the usages allow; all kinds where none of the DCC is among them.
fn kinds(usages: Option<Vec<ObjectIdentifier>>) -> Vec<Kind> {
    let usages = usages.unwrap_or_default();
    let named = |kind: &Kind| {
        usages.iter().any(|oid| {
            let oid = oid.to_string();
            USAGES.iter().any(|(text, of)| of == kind && *text == oid)
        })
    };
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(named).collect();
    if kinds.is_empty() { Kind::ALL.to_vec() } else { kinds }
}
