//! Requests for a certificate (PKCS#10, RFC 2986): what an authority needs to certify a key.

use crate::signer::{SignError, Signer};
use pkcs8::LineEnding;
use pkcs8::der::pem;
use tegata_certificate::x509::der::{element, tag, unsigned_element};
use tegata_certificate::{Algorithm, Country};

/// Contents of object identifiers.
mod oid {
    pub const COUNTRY: &[u8] = b"\x55\x04\x06";
    pub const COMMON_NAME: &[u8] = b"\x55\x04\x03";
    pub const ECDSA_SHA256: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03\x02";
    pub const EXTENSION_REQUEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x0e";
    pub const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
    /// 2.23.136.1.1.14.2.
    pub const BARCODE_SIGNER: &[u8] = b"\x67\x81\x08\x01\x01\x0e\x02";
    /// 2.23.136.1.1.6.2.
    pub const DOCUMENT_TYPES: &[u8] = b"\x67\x81\x08\x01\x01\x06\x02";
}

const UTF8_STRING: u8 = 0x0c;
const PRINTABLE_STRING: u8 = 0x13;

/// Characters of a common name (RFC 5280 appendix A.1).
pub const COMMON_NAME_MAX: usize = 64;

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// Seals are signed with ES256.
    #[error("a signer of seals needs a P-256 key: make one with `key new NAME --type p256`")]
    KeyType,
    /// The name is empty, too long, or holds control characters.
    #[error("a common name has 1 to {COMMON_NAME_MAX} characters, none of which controls a terminal")]
    Name,
    /// It cannot be encoded. Not known to happen.
    #[error("the request cannot be encoded")]
    Form,
    /// The key does not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
}

/// A request in DER for a certificate of a barcode signer (Doc 9303-12 section 7.1): subject C and CN, and as wished for
/// extensions the extended key usage and the document type `NV`, proof of vaccination. What it gets is the
/// authority's choice.
///
/// # Errors
/// [`RequestError`].
pub fn barcode_signer_request(signer: &dyn Signer, country: Country, name: &str) -> Result<Vec<u8>, RequestError> {
    if signer.verifying_key().algorithm() != Algorithm::Es256 {
        return Err(RequestError::KeyType);
    }
    if !(1..=COMMON_NAME_MAX).contains(&name.chars().count()) || name.chars().any(char::is_control) {
        return Err(RequestError::Name);
    }
    let printable = |c: char| c.is_ascii_alphanumeric() || " '()+,-./:=?".contains(c);
    let kind = if name.chars().all(printable) { PRINTABLE_STRING } else { UTF8_STRING };
    let subject = sequence(&[
        &attribute(oid::COUNTRY, PRINTABLE_STRING, country.as_str()),
        &attribute(oid::COMMON_NAME, kind, name),
    ]);
    let wished = sequence(&[&usage(), &document_types()]);
    let wished = sequence(&[&identifier(oid::EXTENSION_REQUEST), &element(tag::SET, &[&wished])]);
    let info = sequence(&[
        &element(tag::INTEGER, &[&[0]]),
        &subject,
        &signer.verifying_key().to_spki(),
        &element(tag::constructed(0), &[&wished]),
    ]);
    let signature = ecdsa_value(&signer.sign(&info)?);
    let algorithm = sequence(&[&identifier(oid::ECDSA_SHA256)]);
    Ok(sequence(&[&info, &algorithm, &element(tag::BIT_STRING, &[&[0], &signature])]))
}

/// A request in PEM (RFC 7468 section 7).
///
/// # Errors
/// [`RequestError::Form`], if PEM cannot hold it.
pub fn request_pem(der: &[u8]) -> Result<String, RequestError> {
    pem::encode_string("CERTIFICATE REQUEST", LineEnding::LF, der).map_err(|_| RequestError::Form)
}

/// The DER of a certificate in a file, which may be in PEM; `None` for PEM of something else.
#[must_use]
pub fn certificate_in(file: &[u8]) -> Option<Vec<u8>> {
    let text = file.windows(11).any(|part| part == b"-----BEGIN ");
    if !text {
        return Some(file.to_vec());
    }
    match pem::decode_vec(file) {
        Ok(("CERTIFICATE" | "X509 CERTIFICATE", der)) => Some(der),
        _ => None,
    }
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(tag::SEQUENCE, parts)
}

fn identifier(content: &[u8]) -> Vec<u8> {
    element(tag::OBJECT_IDENTIFIER, &[content])
}

/// One attribute of a name.
fn attribute(kind: &[u8], string: u8, text: &str) -> Vec<u8> {
    let pair = sequence(&[&identifier(kind), &element(string, &[text.as_bytes()])]);
    element(tag::SET, &[&pair])
}

/// `extKeyUsage`, critical.
fn usage() -> Vec<u8> {
    let value = sequence(&[&identifier(oid::BARCODE_SIGNER)]);
    let critical = element(tag::BOOLEAN, &[&[0xff]]);
    sequence(&[&identifier(oid::EXTENDED_KEY_USAGE), &critical, &element(tag::OCTET_STRING, &[&value])])
}

/// `DocumentTypeList`: version 0 and the types.
fn document_types() -> Vec<u8> {
    let types = element(tag::SET, &[&element(PRINTABLE_STRING, &[b"NV"])]);
    let value = sequence(&[&element(tag::INTEGER, &[&[0]]), &types]);
    sequence(&[&identifier(oid::DOCUMENT_TYPES), &element(tag::OCTET_STRING, &[&value])])
}

/// `ECDSA-Sig-Value` of r‖s.
fn ecdsa_value(signature: &[u8]) -> Vec<u8> {
    let (r, s) = signature.split_at(signature.len() / 2);
    sequence(&[&unsigned_element(r), &unsigned_element(s)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{KeyType, PrivateKey};
    use tegata_certificate::x509::der::Elements;
    use tegata_certificate::x509::{Hash, PublicKey, SignatureAlgorithm};

    #[test]
    fn a_request_is_signed_by_the_key_that_it_asks_for() {
        let key = PrivateKey::generate(KeyType::P256).expect("random");
        let country = Country::parse("JP").expect("a country");
        for _ in 0..20 {
            let der = barcode_signer_request(&key, country, "架空市").expect("a request");
            let mut parts = Elements::only(&der, tag::SEQUENCE).expect("DER");
            let info = parts.take(tag::SEQUENCE).expect("info");
            parts.take(tag::SEQUENCE).expect("algorithm");
            let signature = parts.take(tag::BIT_STRING).expect("a signature").value;
            parts.end().expect("nothing else");
            let public = PublicKey::from_spki(&key.verifying_key().to_spki()).expect("a key");
            let algorithm = SignatureAlgorithm::Ecdsa(Hash::Sha256);
            assert_eq!(public.verify(algorithm, info.raw, &signature[1..]), Ok(()));
        }
    }

    #[test]
    fn other_keys_and_names_that_are_none_are_refused() {
        let country = Country::parse("JP").expect("a country");
        let ed25519 = PrivateKey::generate(KeyType::Ed25519).expect("random");
        assert!(matches!(barcode_signer_request(&ed25519, country, "DA"), Err(RequestError::KeyType)));
        let p256 = PrivateKey::generate(KeyType::P256).expect("random");
        for name in ["", "a\nb", &"x".repeat(65)] {
            assert!(matches!(barcode_signer_request(&p256, country, name), Err(RequestError::Name)), "{name:?}");
        }
    }
}
