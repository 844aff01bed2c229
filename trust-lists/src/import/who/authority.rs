//! Country authorities (SCA): certificates that the trust anchor signed as the content of CMS.

use super::super::cms::{CmsError, DATA, Message};
use super::super::document_key::country_of;
use super::super::encoding::base64;
use super::super::{Outcome, Policy, json};
use serde_json::Value;
use tegata_certificate::Country;
use tegata_certificate::x509::{Candidate, Certificate, ChainError, find_issuer};

/// A CMS message, and the certificate that must be in it where that is stated beside it.
pub(super) type SignedAuthority = (Vec<u8>, Option<Vec<u8>>);

/// Why an authority is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Not signed, or not by its signer.
    #[error(transparent)]
    Cms(#[from] CmsError),
    /// Signed by somebody else than the trust anchor.
    #[error("signed by another than the trust anchor")]
    OtherSigner,
    /// What is signed is no certificate.
    #[error("what is signed is no certificate")]
    NoCertificate,
}

/// The certificate in DER that the trust anchor's own key signed as CMS.
///
/// # Errors
/// [`AuthorityError`].
pub fn open_authority(message: &[u8], anchor: &Certificate<'_>) -> Result<Vec<u8>, AuthorityError> {
    let message = Message::read(message)?;
    // The anchor's certificate as the operator gave it, should the message leave it out.
    let signed = message.open(DATA, std::slice::from_ref(anchor))?;
    if signed.signer.as_der() != anchor.as_der() {
        return Err(AuthorityError::OtherSigner);
    }
    Certificate::from_der(signed.content).map_err(|_| AuthorityError::NoCertificate)?;
    Ok(signed.content.to_vec())
}

/// The gateway's JSON: `{trustAnchorSignature, certificateRawData, …}`.
pub(super) fn of_gateway(value: &Value) -> Option<SignedAuthority> {
    let part = |name| json::text(value, name).and_then(base64);
    Some((part("trustAnchorSignature")?, Some(part("certificateRawData")?)))
}

/// Authorities that somebody vouches for.
pub(super) struct Authorities(Vec<Vec<u8>>);

impl Authorities {
    pub fn new(certificates: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut certificates: Vec<_> = certificates.collect();
        certificates.sort_unstable();
        certificates.dedup();
        Self(certificates)
    }

    /// Whether an authority of that country issued the certificate.
    pub fn issued(&self, certificate: &Certificate<'_>, country: Country, policy: &Policy) -> Result<(), Outcome> {
        let read: Vec<_> = self.0.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
        let own = read.iter().filter(|authority| authority.subject().country().and_then(country_of) == Some(country));
        // Its country is the participant's; that of the certificate need not be written in it.
        let candidates = own.map(|authority| Candidate { country: None, ..Candidate::from(authority) });
        match find_issuer(certificate, candidates, policy.now) {
            Ok(_) => Ok(()),
            Err(ChainError::Expired) if policy.keep_expired => Ok(()),
            Err(ChainError::Expired) => Err(Outcome::Expired),
            Err(_) => Err(Outcome::Untrusted),
        }
    }
}
