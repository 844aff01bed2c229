//! CMS SignedData (RFC 5652), as master lists and trust anchors use it: one content, its signer's
//! certificate beside it.
//!
//! Real ones come in BER with indefinite lengths, name the kind of key for the algorithm, and sort their
//! attributes as they like. What is signed is the attributes as encoded, never sorted again.

mod ber;

use tegata_certificate::UnixTime;
use tegata_certificate::x509::der::{self, Element, Elements, NotDer, tag};
use tegata_certificate::x509::{AlgorithmError, Certificate, Hash, PublicKey, SignatureAlgorithm};

/// Contents of an object identifier, as they stand behind its tag and length.
type Oid = &'static [u8];

/// 1.2.840.113549.1.7.2
const SIGNED_DATA: Oid = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
/// 1.2.840.113549.1.9.3
const CONTENT_TYPE: Oid = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
/// 1.2.840.113549.1.9.4
const MESSAGE_DIGEST: Oid = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
/// 1.2.840.113549.1.9.5
const SIGNING_TIME: Oid = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";

/// 1.2.840.113549.1.7.1, content without a type of its own.
pub const DATA: Oid = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";

/// Signers, attributes, and certificates beside the content. DE's master list has two of the last.
const MAX_SIGNERS: usize = 8;
const MAX_ATTRIBUTES: usize = 64;
const MAX_CERTIFICATES: usize = 64;

/// Why a SignedData is not believed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CmsError {
    /// Not a SignedData with its content and a signer.
    #[error("not a signed message in CMS")]
    Malformed,
    /// Of another type than the one that was asked for.
    #[error("its content is of another type")]
    WrongContentType,
    /// The content is not the one that was signed.
    #[error("its content was changed after it was signed")]
    MessageDigestMismatch,
    /// It was signed as content of another type.
    #[error("its content was signed as one of another type")]
    ContentTypeMismatch,
    /// The signer's certificate is not there.
    #[error("its signer's certificate is not there")]
    SignerCertMissing,
    /// A hash function, an algorithm or a key that is not used here.
    #[error("it is signed in a way that is not used here")]
    Unsupported,
    /// The signature does not hold.
    #[error("its signature does not hold")]
    SignatureInvalid,
}

impl CmsError {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::WrongContentType => "wrong-content-type",
            Self::MessageDigestMismatch => "message-digest-mismatch",
            Self::ContentTypeMismatch => "content-type-mismatch",
            Self::SignerCertMissing => "signer-cert-missing",
            Self::Unsupported => "unsupported-alg",
            Self::SignatureInvalid => "signature-invalid",
        }
    }
}

impl From<NotDer> for CmsError {
    fn from(NotDer: NotDer) -> Self {
        Self::Malformed
    }
}

impl From<AlgorithmError> for CmsError {
    fn from(error: AlgorithmError) -> Self {
        match error {
            AlgorithmError::Malformed => Self::Malformed,
            AlgorithmError::Unsupported => Self::Unsupported,
        }
    }
}

/// A message in memory, its lengths definite.
#[derive(Clone, Debug)]
pub struct Message(Vec<u8>);

/// A content that a certificate's key signed. Who that certificate is, is the caller's to judge.
#[derive(Clone, Debug)]
pub struct Signed<'a> {
    /// The content.
    pub content: &'a [u8],
    /// The certificate whose key signed it.
    pub signer: Certificate<'a>,
    /// When it was signed, as the signer says.
    pub signing_time: Option<UnixTime>,
    /// Whether it was signed over SHA-1.
    pub weak_hash: bool,
}

impl Message {
    /// Takes a message in BER or DER.
    ///
    /// # Errors
    /// [`CmsError::Malformed`]
    pub fn read(bytes: &[u8]) -> Result<Self, CmsError> {
        ber::definite(bytes).map(Self).map_err(CmsError::from)
    }

    /// The content of that type, checked against whoever signed it. `beside` are certificates that may be the
    /// signer's besides those in the message.
    ///
    /// # Errors
    /// [`CmsError`].
    pub fn open<'a>(&'a self, content_type: Oid, beside: &[Certificate<'a>]) -> Result<Signed<'a>, CmsError> {
        let data = SignedData::parse(&self.0)?;
        if data.content_type != content_type {
            return Err(CmsError::WrongContentType);
        }
        let content = data.content.ok_or(CmsError::Malformed)?;
        let mut lack = CmsError::Malformed;
        for signer in data.signers {
            let certificates = data.certificates.iter().chain(beside);
            match signer.check(content_type, content, certificates) {
                Ok(signed) => return Ok(signed),
                Err(error) => lack = error,
            }
        }
        Err(lack)
    }
}

/// The parts of a message.
struct SignedData<'a> {
    content_type: &'a [u8],
    content: Option<&'a [u8]>,
    certificates: Vec<Certificate<'a>>,
    signers: Vec<SignerInfo<'a>>,
}

impl<'a> SignedData<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Self, CmsError> {
        let mut info = Elements::only(bytes, tag::SEQUENCE)?;
        if info.take(tag::OBJECT_IDENTIFIER)?.value != SIGNED_DATA {
            return Err(CmsError::Malformed);
        }
        let mut data = info.take(tag::constructed(0))?.inside().take(tag::SEQUENCE)?.inside();
        data.take(tag::INTEGER)?;
        data.take(tag::SET)?;
        let mut encapsulated = data.take(tag::SEQUENCE)?.inside();
        let content_type = encapsulated.take(tag::OBJECT_IDENTIFIER)?.value;
        let content = match encapsulated.take_if(tag::constructed(0))? {
            Some(explicit) => Some(explicit.inside().take(tag::OCTET_STRING)?.value),
            None => None,
        };
        let mut certificates = Vec::new();
        if let Some(set) = data.take_if(tag::constructed(0))? {
            let mut set = set.inside();
            while !set.is_empty() && certificates.len() < MAX_CERTIFICATES {
                // Of another kind, or unreadable: it cannot be the signer's, and another may be.
                certificates.extend(Certificate::from_der(set.take_any()?.raw));
            }
        }
        data.take_if(tag::constructed(1))?;
        let mut infos = data.take(tag::SET)?.inside();
        let mut signers = Vec::new();
        while !infos.is_empty() {
            if signers.len() == MAX_SIGNERS {
                return Err(CmsError::Malformed);
            }
            signers.push(SignerInfo::parse(infos.take(tag::SEQUENCE)?.inside())?);
        }
        data.end()?;
        Ok(Self { content_type, content, certificates, signers })
    }
}

/// Who signed, and what.
struct SignerInfo<'a> {
    identifier: SignerIdentifier<'a>,
    digest: Element<'a>,
    attributes: Option<Element<'a>>,
    algorithm: Element<'a>,
    signature: &'a [u8],
}

enum SignerIdentifier<'a> {
    Serial(&'a [u8]),
    KeyIdentifier(&'a [u8]),
}

impl<'a> SignerInfo<'a> {
    fn parse(mut info: Elements<'a>) -> Result<Self, CmsError> {
        info.take(tag::INTEGER)?;
        let identifier = info.take_any()?;
        let identifier = match identifier.tag {
            tag::SEQUENCE => {
                let mut parts = identifier.inside();
                parts.take(tag::SEQUENCE)?;
                SignerIdentifier::Serial(parts.take(tag::INTEGER)?.value)
            }
            other if other == tag::primitive(0) => SignerIdentifier::KeyIdentifier(identifier.value),
            _ => return Err(CmsError::Malformed),
        };
        Ok(Self {
            identifier,
            digest: info.take(tag::SEQUENCE)?,
            attributes: info.take_if(tag::constructed(0))?,
            algorithm: info.take(tag::SEQUENCE)?,
            signature: info.take(tag::OCTET_STRING)?.value,
        })
    }

    /// Checks one signer's word for the content.
    fn check<'c>(
        &self,
        content_type: Oid,
        content: &'a [u8],
        certificates: impl Iterator<Item = &'c Certificate<'a>>,
    ) -> Result<Signed<'a>, CmsError>
    where
        'a: 'c,
    {
        let mut possible = certificates.filter(|certificate| self.may_be(certificate)).peekable();
        possible.peek().ok_or(CmsError::SignerCertMissing)?;
        let hash = Hash::from_identifier(self.digest)?;
        let algorithm = SignatureAlgorithm::from_signer(self.algorithm, hash)?;
        let (message, signing_time) = self.message(content_type, content, hash)?;
        let mut lack = CmsError::Unsupported;
        for signer in possible {
            let Ok(key) = PublicKey::from_spki(signer.spki()) else { continue };
            if key.verify(algorithm, &message, self.signature).is_ok() {
                let weak_hash = hash.is_weak() || algorithm.hash().is_weak();
                return Ok(Signed { content, signer: signer.clone(), signing_time, weak_hash });
            }
            lack = CmsError::SignatureInvalid;
        }
        Err(lack)
    }

    /// What was signed, and when, as the signer says.
    fn message(&self, content_type: Oid, content: &[u8], hash: Hash) -> Result<(Vec<u8>, Option<UnixTime>), CmsError> {
        let Some(attributes) = self.attributes else {
            // Section 5.3: content of any other type must be signed with its type.
            let bare = (content.to_vec(), None);
            return if content_type == DATA { Ok(bare) } else { Err(CmsError::ContentTypeMismatch) };
        };
        let read = Attributes::read(attributes.inside())?;
        if read.content_type != Some(content_type) {
            return Err(CmsError::ContentTypeMismatch);
        }
        if read.message_digest != Some(&hash.digest(content)) {
            return Err(CmsError::MessageDigestMismatch);
        }
        // Section 5.4: the attributes as encoded, with the tag of a SET in place of [0].
        Ok((der::element(tag::SET, &[attributes.value]), read.signing_time))
    }

    /// Whether the certificate may be the signer's. Malaysia writes the issuer's name otherwise than its
    /// certificates do, so the serial number alone finds, and the signature decides.
    fn may_be(&self, certificate: &Certificate<'_>) -> bool {
        match &self.identifier {
            SignerIdentifier::Serial(serial) => *serial == certificate.serial(),
            SignerIdentifier::KeyIdentifier(identifier) => certificate.subject_key_identifier() == Some(identifier),
        }
    }
}

/// The signed attributes that count.
#[derive(Default)]
struct Attributes<'a> {
    content_type: Option<&'a [u8]>,
    message_digest: Option<&'a [u8]>,
    signing_time: Option<UnixTime>,
}

impl<'a> Attributes<'a> {
    fn read(mut list: Elements<'a>) -> Result<Self, CmsError> {
        let mut found = Self::default();
        for _ in 0..MAX_ATTRIBUTES {
            if list.is_empty() {
                return Ok(found);
            }
            let mut attribute = list.take(tag::SEQUENCE)?.inside();
            let kind = attribute.take(tag::OBJECT_IDENTIFIER)?.value;
            let mut values = attribute.take(tag::SET)?.inside();
            let value = values.take_any()?;
            // Sections 11.1 to 11.3: each once, with one value, or readers differ on which one counts.
            let once = |known: bool| if known || !values.is_empty() { Err(CmsError::Malformed) } else { Ok(()) };
            if kind == CONTENT_TYPE {
                once(found.content_type.is_some())?;
                found.content_type = Some(value.expect(tag::OBJECT_IDENTIFIER)?);
            } else if kind == MESSAGE_DIGEST {
                once(found.message_digest.is_some())?;
                found.message_digest = Some(value.expect(tag::OCTET_STRING)?);
            } else if kind == SIGNING_TIME {
                once(found.signing_time.is_some())?;
                found.signing_time = Some(der::time(value)?);
            }
        }
        Err(CmsError::Malformed)
    }
}
