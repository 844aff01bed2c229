//! Signer certificates (DSC): the little of X.509 that a trust list takes from one.
//!
//! Certificates in use break the rules in places that do not matter here (Finland encodes a
//! default, two are signed with SHA-1), so no more is parsed than key, validity and usage. The
//! outer signature is for whoever builds a list.

use crate::certificate::Kind;
use crate::date::UnixTime;
use crate::signature::{KeyError, VerifyingKey};
use der::oid::ObjectIdentifier;
use der::{Decode, Encode};
use sha2::{Digest, Sha256};
use x509_cert::ext::pkix::ExtendedKeyUsage;

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

const OID_EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");

impl SignerCertificate {
    /// Reads a certificate in DER.
    ///
    /// # Errors
    /// [`KeyError::Malformed`] if it is none, or what is wrong with its key.
    pub fn from_der(bytes: &[u8]) -> Result<Self, KeyError> {
        let certificate = x509_cert::Certificate::from_der(bytes).map_err(|_| KeyError::Malformed)?;
        let tbs = certificate.tbs_certificate();
        let spki = tbs.subject_public_key_info().to_der().map_err(|_| KeyError::Malformed)?;
        let seconds = |time: x509_cert::time::Time| {
            i64::try_from(time.to_unix_duration().as_secs()).map(UnixTime).map_err(|_| KeyError::Malformed)
        };
        let usage =
            tbs.extensions().into_iter().flatten().find(|extension| extension.extn_id == OID_EXTENDED_KEY_USAGE);
        let kinds = match usage {
            Some(extension) => kinds(extension.extn_value.as_bytes())?,
            None => Kind::ALL.to_vec(),
        };
        Ok(Self {
            key: VerifyingKey::from_spki(&spki)?,
            not_before: seconds(tbs.validity().not_before)?,
            not_after: seconds(tbs.validity().not_after)?,
            kinds,
            sha256: Sha256::digest(bytes).into(),
        })
    }
}

fn kinds(usage: &[u8]) -> Result<Vec<Kind>, KeyError> {
    let usage = ExtendedKeyUsage::from_der(usage).map_err(|_| KeyError::Malformed)?;
    let named = |kind: &Kind| {
        usage.0.iter().any(|oid| {
            let oid = oid.to_string();
            USAGES.iter().any(|(text, of)| of == kind && *text == oid)
        })
    };
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(named).collect();
    Ok(if kinds.is_empty() { Kind::ALL.to_vec() } else { kinds })
}
