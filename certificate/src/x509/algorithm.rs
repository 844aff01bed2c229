//! Signature algorithms of certificates and of CMS (RFC 3279, 4055, 5758).

use super::der::{Element, Elements, NotDer, small, tag};
use der::oid::ObjectIdentifier;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const ID_MGF1: ObjectIdentifier = oid("1.2.840.113549.1.1.8");
const ID_PSS: ObjectIdentifier = oid("1.2.840.113549.1.1.10");
/// Named alone, as CMS signers do: the digest stands elsewhere.
const ID_RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const ID_EC: ObjectIdentifier = oid("1.2.840.10045.2.1");

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hash {
    /// Broken for signatures: whoever accepts one for an old document's sake must say so.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Hash {
    const ALL: [Self; 5] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => const { oid("1.3.14.3.2.26") },
            Self::Sha224 => const { oid("2.16.840.1.101.3.4.2.4") },
            Self::Sha256 => const { oid("2.16.840.1.101.3.4.2.1") },
            Self::Sha384 => const { oid("2.16.840.1.101.3.4.2.2") },
            Self::Sha512 => const { oid("2.16.840.1.101.3.4.2.3") },
        }
    }

    /// The hash function that an `AlgorithmIdentifier` names.
    ///
    /// # Errors
    /// [`AlgorithmError`].
    pub fn from_identifier(identifier: Element<'_>) -> Result<Self, AlgorithmError> {
        let mut parts = Elements::new(identifier.expect(tag::SEQUENCE)?);
        let named = parts.take(tag::OBJECT_IDENTIFIER)?.value;
        Self::ALL.into_iter().find(|hash| hash.oid().as_bytes() == named).ok_or(AlgorithmError::Unsupported)
    }

    /// The hash of a message.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha224 => Sha224::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
            Self::Sha384 => Sha384::digest(message).to_vec(),
            Self::Sha512 => Sha512::digest(message).to_vec(),
        }
    }

    /// Whether forgers can make two messages of one hash.
    #[must_use]
    pub fn is_weak(self) -> bool {
        self == Self::Sha1
    }

    /// `DigestInfo` up to the hash (RFC 8017 section 9.2, note 1).
    pub(super) fn digest_info(self) -> Vec<u8> {
        let length = match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        };
        let oid = self.oid();
        let oid = oid.as_bytes();
        let identifier = oid.len() as u8 + 4;
        let mut prefix = vec![0x30, identifier + 4 + length, 0x30, identifier, 0x06, oid.len() as u8];
        prefix.extend_from_slice(oid);
        prefix.extend([0x05, 0x00, 0x04, length]);
        prefix
    }
}

/// A signature algorithm with its hash function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SignatureAlgorithm {
    /// ECDSA over any curve.
    Ecdsa(Hash),
    /// RSASSA-PKCS1-v1_5.
    RsaPkcs1(Hash),
    /// RSASSA-PSS with MGF1 over the same hash.
    RsaPss {
        /// The hash, of the message and in MGF1.
        hash: Hash,
        /// Bytes of salt.
        salt: usize,
    },
}

/// Why a signature algorithm is not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AlgorithmError {
    /// Not an `AlgorithmIdentifier` of its kind.
    #[error("not an algorithm in this form")]
    Malformed,
    /// None of those that travel documents use.
    #[error("a signature algorithm that is not used here")]
    Unsupported,
}

impl From<NotDer> for AlgorithmError {
    fn from(NotDer: NotDer) -> Self {
        Self::Malformed
    }
}

impl SignatureAlgorithm {
    /// Reads an `AlgorithmIdentifier`. Parameters that say nothing, as the NULL beside ECDSA in
    /// Japan's certificates, are stepped over.
    ///
    /// # Errors
    /// [`AlgorithmError`].
    pub fn from_identifier(identifier: Element<'_>) -> Result<Self, AlgorithmError> {
        let mut parts = Elements::new(identifier.expect(tag::SEQUENCE)?);
        let named = parts.take(tag::OBJECT_IDENTIFIER)?.value;
        if named == ID_PSS.as_bytes() {
            return parse_pss(parts.take(tag::SEQUENCE)?.inside());
        }
        const KNOWN: [(ObjectIdentifier, SignatureAlgorithm); 10] = [
            (oid("1.2.840.10045.4.1"), SignatureAlgorithm::Ecdsa(Hash::Sha1)),
            (oid("1.2.840.10045.4.3.1"), SignatureAlgorithm::Ecdsa(Hash::Sha224)),
            (oid("1.2.840.10045.4.3.2"), SignatureAlgorithm::Ecdsa(Hash::Sha256)),
            (oid("1.2.840.10045.4.3.3"), SignatureAlgorithm::Ecdsa(Hash::Sha384)),
            (oid("1.2.840.10045.4.3.4"), SignatureAlgorithm::Ecdsa(Hash::Sha512)),
            (oid("1.2.840.113549.1.1.5"), SignatureAlgorithm::RsaPkcs1(Hash::Sha1)),
            (oid("1.2.840.113549.1.1.14"), SignatureAlgorithm::RsaPkcs1(Hash::Sha224)),
            (oid("1.2.840.113549.1.1.11"), SignatureAlgorithm::RsaPkcs1(Hash::Sha256)),
            (oid("1.2.840.113549.1.1.12"), SignatureAlgorithm::RsaPkcs1(Hash::Sha384)),
            (oid("1.2.840.113549.1.1.13"), SignatureAlgorithm::RsaPkcs1(Hash::Sha512)),
        ];
        let found = KNOWN.iter().find(|(oid, _)| oid.as_bytes() == named);
        found.map(|(_, algorithm)| *algorithm).ok_or(AlgorithmError::Unsupported)
    }

    /// Reads the `signatureAlgorithm` of a CMS signer (RFC 5652 section 5.3), which may name the kind
    /// of key alone: then the hash is the signer's `digestAlgorithm`.
    ///
    /// # Errors
    /// [`AlgorithmError`].
    pub fn from_signer(identifier: Element<'_>, digest: Hash) -> Result<Self, AlgorithmError> {
        let named = identifier.inside().take(tag::OBJECT_IDENTIFIER)?.value;
        if named == ID_RSA.as_bytes() {
            Ok(Self::RsaPkcs1(digest))
        } else if named == ID_EC.as_bytes() {
            Ok(Self::Ecdsa(digest))
        } else {
            Self::from_identifier(identifier)
        }
    }

    /// Its hash function.
    #[must_use]
    pub fn hash(self) -> Hash {
        match self {
            Self::Ecdsa(hash) | Self::RsaPkcs1(hash) | Self::RsaPss { hash, .. } => hash,
        }
    }
}

/// `RSASSA-PSS-params` (RFC 4055 section 3.1); what is absent is SHA-1 and a salt of 20.
fn parse_pss(mut parameters: Elements<'_>) -> Result<SignatureAlgorithm, AlgorithmError> {
    let (mut hash, mut mask_hash, mut salt) = (Hash::Sha1, Hash::Sha1, 20);
    if let Some(stated) = parameters.take_if(tag::constructed(0))? {
        hash = Hash::from_identifier(stated.inside().take_any()?)?;
    }
    if let Some(stated) = parameters.take_if(tag::constructed(1))? {
        let mut mask = stated.inside().take(tag::SEQUENCE)?.inside();
        if mask.take(tag::OBJECT_IDENTIFIER)?.value != ID_MGF1.as_bytes() {
            return Err(AlgorithmError::Unsupported);
        }
        mask_hash = Hash::from_identifier(mask.take_any()?)?;
    }
    if let Some(stated) = parameters.take_if(tag::constructed(2))? {
        salt = small(stated.inside().take(tag::INTEGER)?.value)?;
    }
    if let Some(stated) = parameters.take_if(tag::constructed(3))?
        && small(stated.inside().take(tag::INTEGER)?.value)? != 1
    {
        return Err(AlgorithmError::Unsupported);
    }
    // No salt is longer than the modulus of the largest key.
    let salt = usize::try_from(salt).map_err(|_| AlgorithmError::Unsupported)?;
    if hash == mask_hash && salt <= 1024 {
        Ok(SignatureAlgorithm::RsaPss { hash, salt })
    } else {
        Err(AlgorithmError::Unsupported)
    }
}

#[cfg(test)]
mod tests {
    use super::super::der::element;
    use super::*;

    fn read(bytes: &[u8]) -> Result<SignatureAlgorithm, AlgorithmError> {
        SignatureAlgorithm::from_identifier(Elements::new(bytes).take_any().expect("an element"))
    }

    fn identifier(text: &str, parameters: &[u8]) -> Vec<u8> {
        element(tag::SEQUENCE, &[&element(tag::OBJECT_IDENTIFIER, &[oid(text).as_bytes()]), parameters])
    }

    #[test]
    fn a_null_beside_ecdsa_is_stepped_over() {
        let (bare, null) = (identifier("1.2.840.10045.4.3.3", &[]), identifier("1.2.840.10045.4.3.3", &[5, 0]));
        assert_eq!(read(&bare), Ok(SignatureAlgorithm::Ecdsa(Hash::Sha384)));
        assert_eq!(read(&null), read(&bare));
        assert_eq!(read(&identifier("1.2.840.113549.1.1.4", &[5, 0])), Err(AlgorithmError::Unsupported), "MD5");
    }

    #[test]
    fn pss_states_hash_mask_and_salt_or_means_sha_1() {
        let empty = identifier("1.2.840.113549.1.1.10", &[0x30, 0]);
        assert_eq!(read(&empty), Ok(SignatureAlgorithm::RsaPss { hash: Hash::Sha1, salt: 20 }));
        let sha256 = identifier("2.16.840.1.101.3.4.2.1", &[5, 0]);
        let hash = element(tag::constructed(0), &[&sha256]);
        let mask = element(tag::constructed(1), &[&identifier("1.2.840.113549.1.1.8", &sha256)]);
        let salt = element(tag::constructed(2), &[&[2, 1, 32]]);
        let pss = |parts: &[&[u8]]| read(&identifier("1.2.840.113549.1.1.10", &element(tag::SEQUENCE, parts)));
        assert_eq!(pss(&[&hash, &mask, &salt]), Ok(SignatureAlgorithm::RsaPss { hash: Hash::Sha256, salt: 32 }));
        assert_eq!(pss(&[&hash, &salt]), Err(AlgorithmError::Unsupported), "MGF1 with another hash");
        assert_eq!(
            pss(&[&hash, &mask, &element(tag::constructed(3), &[&[2, 1, 2]])]),
            Err(AlgorithmError::Unsupported)
        );
        assert_eq!(read(&identifier("1.2.840.113549.1.1.10", &[])), Err(AlgorithmError::Malformed));
    }

    #[test]
    fn a_signer_that_names_its_key_alone_uses_its_digest() {
        let of = |text| {
            let bytes = identifier(text, &[5, 0]);
            SignatureAlgorithm::from_signer(Elements::new(&bytes).take_any().expect("an element"), Hash::Sha512)
        };
        assert_eq!(of("1.2.840.113549.1.1.1"), Ok(SignatureAlgorithm::RsaPkcs1(Hash::Sha512)));
        assert_eq!(of("1.2.840.10045.2.1"), Ok(SignatureAlgorithm::Ecdsa(Hash::Sha512)));
        assert_eq!(of("1.2.840.113549.1.1.11"), Ok(SignatureAlgorithm::RsaPkcs1(Hash::Sha256)));
    }
}
