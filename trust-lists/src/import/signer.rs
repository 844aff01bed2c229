//! Whoever signs a list: a certificate or key that the operator got by another way than the list.

use super::cms::{DATA, Message};
use super::encoding::blocks;
use super::{Authenticity, ImportError, json};
use sha2::{Digest, Sha256};
use tegata_certificate::x509::{Candidate, Certificate, Hash, PublicKey, SignatureAlgorithm, find_issuer};
use tegata_certificate::{KeyError, UnixTime, VerifyingKey};

/// The certificate or public key of whoever signs a list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListSigner {
    /// The certificate, or the SubjectPublicKeyInfo where there is none.
    der: Vec<u8>,
    is_certificate: bool,
    /// The common name of the certificate under it that signs.
    name: Option<String>,
}

impl ListSigner {
    /// Reads a certificate or a public key in PEM or DER. Of a chain of certificates, each signed by the next,
    /// the first is the signer; of a DID document with one key, that key.
    ///
    /// # Errors
    /// [`ImportError::Signer`].
    pub fn parse(file: &[u8]) -> Result<Self, ImportError> {
        let malformed = ImportError::Signer(KeyError::Malformed);
        let ders: Vec<Vec<u8>> = match did_key(file) {
            Some(spki) => vec![spki],
            None => blocks(file).ok_or(malformed.clone())?.into_iter().map(|(_, der)| der).collect(),
        };
        if !ders.windows(2).all(|pair| matches!(pair, [own, next] if is_signed_by(own, next))) {
            return Err(malformed);
        }
        let der = ders.into_iter().next().ok_or(malformed)?;
        let is_certificate = Certificate::from_der(&der).is_ok();
        let signer = Self { der, is_certificate, name: None };
        PublicKey::from_spki(signer.spki()?).map_err(ImportError::Signer)?;
        Ok(signer)
    }

    /// Lets a certificate with that common name sign under this one, which is an authority's. Without a name
    /// only the signer itself counts: an authority mostly certifies others too.
    #[must_use]
    pub fn with_name(self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self }
    }

    /// What the provenance names it by.
    #[must_use]
    pub fn authenticity(&self) -> Authenticity {
        Authenticity::Signed(Sha256::digest(&self.der).into())
    }

    fn certificate(&self) -> Result<Option<Certificate<'_>>, ImportError> {
        if !self.is_certificate {
            return Ok(None);
        }
        Certificate::from_der(&self.der).map(Some).map_err(|_| ImportError::Signer(KeyError::Malformed))
    }

    /// The key, a SubjectPublicKeyInfo in DER.
    pub(super) fn spki(&self) -> Result<&[u8], ImportError> {
        Ok(self.certificate()?.map_or(self.der.as_slice(), |certificate| certificate.spki()))
    }

    /// The certificate, if it is one.
    pub(super) fn certificates(&self) -> Result<Vec<Certificate<'_>>, ImportError> {
        Ok(self.certificate()?.into_iter().collect())
    }

    /// Refuses a certificate that is not in force; a bare key has no dates.
    pub(super) fn check_in_force(&self, now: UnixTime) -> Result<(), ImportError> {
        match self.certificate()? {
            Some(certificate) if !certificate.is_live(now) => Err(ImportError::SignerExpired),
            _ => Ok(()),
        }
    }

    /// The key as what checks COSE, with the one algorithm that it has there.
    pub(super) fn document_key(&self) -> Result<VerifyingKey, ImportError> {
        VerifyingKey::from_spki(self.spki()?).map_err(ImportError::Signer)
    }

    /// Checks a signature whose ECDSA numbers are in DER.
    pub(super) fn check_der(&self, hash: Hash, message: &[u8], signature: &[u8]) -> Result<(), ImportError> {
        let key = PublicKey::from_spki(self.spki()?).map_err(ImportError::Signer)?;
        key.verify(SignatureAlgorithm::Ecdsa(hash), message, signature).map_err(|_| ImportError::Signature)
    }

    /// The content of a CMS message (RFC 5652) that the signer signed, or the named certificate right under it.
    pub(super) fn open_cms(&self, message: &[u8], now: UnixTime) -> Result<Vec<u8>, ImportError> {
        let refused = |_| ImportError::Signature;
        let own = self.certificates()?;
        let message = Message::read(message).map_err(refused)?;
        let signed = message.open(DATA, &own).map_err(refused)?;
        if signed.weak_hash {
            return Err(ImportError::Signature);
        }
        if !signed.signer.is_live(now) {
            return Err(ImportError::SignerExpired);
        }
        self.check_in_force(now)?;
        if signed.signer.spki() == self.spki()? {
            return Ok(signed.content.to_vec());
        }
        self.check_name(&signed.signer)?;
        let issuers = own.iter().map(|own| Candidate { country: None, ..Candidate::from(own) });
        find_issuer(&signed.signer, issuers, now).map_err(|_| ImportError::Signature)?;
        Ok(signed.content.to_vec())
    }

    /// Whether a certificate under this one bears the name that the operator gave.
    fn check_name(&self, certificate: &Certificate<'_>) -> Result<(), ImportError> {
        let what = "whose certificate under that authority signs it";
        let untold = ImportError::Untold { what, option: "--signer-name" };
        let name = self.name.as_deref().ok_or(untold)?;
        if certificate.subject().common_name() == Some(name) { Ok(()) } else { Err(ImportError::Signature) }
    }

    /// Checks a signature as JOSE has it, made by the signer, or by the named certificate at the beginning of a
    /// chain that ends at the signer's.
    pub(super) fn check_jose(
        &self,
        algorithm: &str,
        message: &[u8],
        signature: &[u8],
        chain: &[Vec<u8>],
        now: UnixTime,
    ) -> Result<(), ImportError> {
        self.check_in_force(now)?;
        let direct = check_jose_key(self.spki()?, algorithm, message, signature);
        let Some(anchor) = self.certificate()?.filter(|_| direct.is_err() && !chain.is_empty()) else {
            return direct;
        };
        let certificates = chain.iter().map(|der| Certificate::from_der(der).map_err(|_| ImportError::Signature));
        let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
        let leaf = certificates.first().ok_or(ImportError::Signature)?;
        self.check_name(leaf)?;
        check_jose_key(leaf.spki(), algorithm, message, signature)?;
        let mut links = certificates.iter().peekable();
        while let Some(certificate) = links.next() {
            if !certificate.is_live(now) {
                return Err(ImportError::SignerExpired);
            }
            // The anchor itself may stand at the chain's end; below it every link is checked.
            if certificate.sha256() == anchor.sha256() {
                return Ok(());
            }
            let issuer = links.peek().copied().filter(|issuer| issuer.sha256() != anchor.sha256()).unwrap_or(&anchor);
            find_issuer(certificate, [Candidate { country: None, ..Candidate::from(issuer) }], now)
                .map_err(|_| ImportError::Signature)?;
        }
        Ok(())
    }
}

/// The key of a DID document that has one, as a SubjectPublicKeyInfo in DER.
fn did_key(file: &[u8]) -> Option<Vec<u8>> {
    let document = json::parse(file, "JSON").ok()?;
    let [method] = document.get("verificationMethod")?.as_array()?.as_slice() else {
        return None;
    };
    let jwk = method.get("publicKeyJwk")?.to_string();
    VerifyingKey::from_jwk(jwk.as_bytes()).ok().map(|key| key.to_spki())
}

/// Whether both are certificates and the second's key signed the first.
fn is_signed_by(own: &[u8], next: &[u8]) -> bool {
    let (Ok(own), Ok(next)) = (Certificate::from_der(own), Certificate::from_der(next)) else { return false };
    PublicKey::from_spki(next.spki()).is_ok_and(|key| own.is_signed_by(&key).is_ok())
}

/// JOSE's algorithms on a key. `RS256` on the list itself is PKCS #1 v1.5, as some lists are signed.
fn check_jose_key(spki: &[u8], algorithm: &str, message: &[u8], signature: &[u8]) -> Result<(), ImportError> {
    let held = match algorithm {
        "RS256" => {
            let key = PublicKey::from_spki(spki).map_err(ImportError::Signer)?;
            key.verify(SignatureAlgorithm::RsaPkcs1(Hash::Sha256), message, signature)
        }
        name => {
            let key = VerifyingKey::from_spki(spki).map_err(ImportError::Signer)?;
            if key.algorithm().name() != name {
                return Err(ImportError::Signature);
            }
            key.verify(message, signature)
        }
    };
    held.map_err(|_| ImportError::Signature)
}
