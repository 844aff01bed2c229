//! From bytes that nobody believes to bytes that a key has signed.
//!
//! [`Sealed`] is decoded and bounded, and that is all: nothing in it is believed. Its
//! [`LookupHints`] serve to find keys and for nothing else. [`Sealed::open`] gives an
//! [`Authentic`] if a key signed exactly these bytes; only then is the payload parsed.

use crate::certificate::Certificate;
use crate::format::{Format, PayloadError, SealError};
use crate::frame::FrameError;
use crate::frame::cbor::Profile;
use crate::frame::cose::{self, ClaimedAlgorithm, KidPlace};
use crate::message::{Hints, Message};
use crate::recognised::Recognised;
use crate::signature::{Algorithm, VerifyingKey};
use crate::x509::{Curve, Hash, PublicKey};
use std::fmt;

/// Why a text is not a certificate that can be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// No family known here begins so.
    #[error("not a certificate of a family known here")]
    UnknownPrefix,
    /// A kind of code that is recognised and not read here.
    #[error("a kind of code that is recognised but not read here")]
    Recognised(Recognised),
    /// The text is longer than any certificate.
    #[error("longer than any certificate")]
    TooLong,
    /// The text is not the frame that its prefix announces.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// The text is no seal that can be checked.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Why a message does not open with a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenError {
    /// The message names no algorithm.
    #[error("the message names no signature algorithm")]
    AlgorithmMissing,
    /// The message names another algorithm than the key's.
    #[error("the message names another algorithm than the key's")]
    AlgorithmMismatch,
    /// The signature is not of the form that the key gives: r‖s in full width.
    #[error("the signature is not of the key's form")]
    SignatureForm,
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Signature,
}

/// What finds candidate keys. Unverified: it must decide nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LookupHints<'a> {
    /// The key identifier as a COSE message has it; families shorten it. Some have none.
    Kid(Option<&'a [u8]>),
    /// The exact issuer and its key's RFC 7638 thumbprint, as a SMART Health Card has them.
    Issuer {
        /// The issuer: an address that is compared, never visited.
        iss: &'a str,
        /// The thumbprint.
        kid: &'a [u8; 32],
    },
    /// The signer's certificate in DER, as a VDS-NC seal carries it: whoever issued it decides.
    SignerCertificate(&'a [u8]),
}

/// A decoded message, believed by nobody. It keeps the bytes as received.
///
/// ```compile_fail
/// // Nothing but a verdict leads to the certificate: a sealed message has no way to one.
/// let sealed = tegata_certificate::Sealed::decode("HC1:…").unwrap();
/// let certificate = sealed.read().unwrap();
/// ```
#[derive(Clone)]
pub struct Sealed {
    message: Message,
}

impl Sealed {
    /// Decodes a scanned text. Blanks are data and are not trimmed; line ends are the caller's.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        let message = Format::recognise(text)?.family().decode(text)?;
        Ok(Self { message })
    }

    /// Takes a COSE message that came without a text (a file, an NFC tag), to be read as `format`
    /// under `profile`.
    ///
    /// # Errors
    /// [`DecodeError::Frame`], or [`DecodeError::UnknownPrefix`] for a family that is no COSE message.
    pub fn from_message(message: Vec<u8>, format: Format, profile: Profile) -> Result<Self, DecodeError> {
        let message = format.family().take(message, profile)?;
        Ok(Self { message })
    }

    /// The family that the message announces. Which it is where several share a frame, its signed part says: see
    /// [`Certificate::format`].
    #[must_use]
    pub fn format(&self) -> Format {
        self.message.format
    }

    /// How strictly it was read.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.message.profile
    }

    /// The message as received: a COSE message, a JWS in compact form, the text of a seal.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message.received
    }

    /// The algorithm that the message claims, by its COSE number in every family.
    #[must_use]
    pub fn claimed_algorithm(&self) -> ClaimedAlgorithm {
        self.message.algorithm
    }

    /// The CBOR tags in front of the message, outermost first.
    #[must_use]
    pub fn tags(&self) -> &[u64] {
        &self.message.tags
    }

    /// What finds candidate keys.
    #[must_use]
    pub fn hints(&self) -> LookupHints<'_> {
        match &self.message.hints {
            Hints::Kid(kid) => {
                LookupHints::Kid(kid.as_ref().and_then(|(place, _)| self.message.received.get(place.clone())))
            }
            Hints::Issuer { iss, kid } => LookupHints::Issuer { iss, kid },
            Hints::SignerCertificate(certificate) => LookupHints::SignerCertificate(certificate),
        }
    }

    /// The key identifier of a COSE message, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&[u8]> {
        match self.hints() {
            LookupHints::Kid(kid) => kid,
            LookupHints::Issuer { .. } | LookupHints::SignerCertificate(_) => None,
        }
    }

    /// Where the key identifier of a COSE message stands.
    #[must_use]
    pub fn kid_place(&self) -> Option<KidPlace> {
        match &self.message.hints {
            Hints::Kid(Some((_, place))) => Some(*place),
            _ => None,
        }
    }

    /// The payload's bytes, signed by nobody as far as is known: for tools that show a message
    /// without judging it.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        self.message.payload()
    }

    /// The signature's bytes, checked by nobody as far as is known. Some networks list withdrawn
    /// certificates by a hash of it.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.message.signature()
    }

    /// Checks the signature with a key, whose own algorithm must be the claimed one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open<'a>(&'a self, key: &VerifyingKey) -> Result<Authentic<'a>, OpenError> {
        let claimed = match self.message.algorithm {
            ClaimedAlgorithm::Protected(number) | ClaimedAlgorithm::Unprotected(number) => number,
            ClaimedAlgorithm::Absent => return Err(OpenError::AlgorithmMissing),
        };
        if Algorithm::from_cose(claimed) != Some(key.algorithm()) {
            return Err(OpenError::AlgorithmMismatch);
        }
        key.verify(&self.message.to_be_signed(), self.signature()).map_err(|_| OpenError::Signature)?;
        Ok(Authentic { sealed: self })
    }

    /// Checks the signature of a seal with the key of the certificate that it carries. Whether that certificate counts
    /// is for a chain to a listed authority to say.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::AlgorithmMismatch`] also for a message that carries no certificate.
    pub fn open_by_certificate<'a>(&'a self, key: &PublicKey) -> Result<Authentic<'a>, OpenError> {
        let (ClaimedAlgorithm::Protected(number), Hints::SignerCertificate(_)) =
            (self.message.algorithm, &self.message.hints)
        else {
            let absent = self.message.algorithm == ClaimedAlgorithm::Absent;
            return Err(if absent { OpenError::AlgorithmMissing } else { OpenError::AlgorithmMismatch });
        };
        // The name says the hash; in practice the curve is as long.
        let (hash, length) = match number {
            -7 => (Hash::Sha256, 32),
            -35 => (Hash::Sha384, 48),
            -36 => (Hash::Sha512, 66),
            _ => return Err(OpenError::AlgorithmMismatch),
        };
        let curve = key.curve().ok_or(OpenError::AlgorithmMismatch)?;
        let fits = match curve {
            Curve::BrainpoolP512 => hash == Hash::Sha512,
            _ => curve.field_length() == length,
        };
        if !fits {
            return Err(OpenError::AlgorithmMismatch);
        }
        if self.signature().len() != 2 * curve.field_length() {
            return Err(OpenError::SignatureForm);
        }
        key.verify_fixed(hash, &self.message.to_be_signed(), self.signature()).map_err(|_| OpenError::Signature)?;
        Ok(Authentic { sealed: self })
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("format", &self.message.format)
            .field("length", &self.message.received.len())
            .finish_non_exhaustive()
    }
}

/// A message whose signature held under a key: "this key signed these bytes", no more. Whether the
/// key may sign this, and whether it is in force, is for a verdict to say.
///
/// ```compile_fail
/// // Only a signature check makes one.
/// let forged = tegata_certificate::Authentic { sealed: todo!() };
/// ```
#[derive(Clone, Copy)]
pub struct Authentic<'a> {
    sealed: &'a Sealed,
}

impl<'a> Authentic<'a> {
    /// The message it was.
    #[must_use]
    pub fn sealed(self) -> &'a Sealed {
        self.sealed
    }

    /// Parses the signed payload.
    ///
    /// # Errors
    /// [`PayloadError`] if it is not what its family writes, however leniently read.
    pub fn read(self) -> Result<Certificate, PayloadError> {
        let message = &self.sealed.message;
        let family = message.format.family();
        let mut certificate = family.read(message.payload(), message.profile)?;
        certificate.findings.extend_from_slice(&message.findings);
        Ok(certificate)
    }
}

impl fmt::Debug for Authentic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentic").field("format", &self.sealed.format()).finish_non_exhaustive()
    }
}

/// The key that will sign, as messages name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyIdentity<'a> {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Its full identifier in the trust list: the COSE_Key thumbprint (RFC 9679), or SHA-256 of its
    /// certificate. Each family writes the first bytes of it; SMART Health Cards write the key's RFC 7638
    /// thumbprint, which must then stand here.
    pub kid: [u8; 32],
    /// Its certificate in DER, for the family that carries it inside (VDS-NC).
    pub certificate: Option<&'a [u8]>,
}

/// Why a certificate cannot be written in a family.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WriteError {
    /// The family is not written here.
    #[error("this family is not written here")]
    NotWrittenHere,
    /// The family does not use the key's algorithm.
    #[error("this family does not use the key's algorithm")]
    Algorithm,
    /// Neither a romanised nor a registered name.
    #[error("the name is missing")]
    NameMissing,
    /// The family needs the name as in the passport, which is never guessed.
    #[error("the romanised name (as in the passport) is missing")]
    RomanisedNameMissing,
    /// A date that the family needs is missing or lies outside what it can hold.
    #[error("a date is missing or out of range")]
    Date,
    /// No dose, or more than the family can hold.
    #[error("the family cannot hold this number of doses")]
    DoseCount,
    /// The vaccine has no code in the family's code system.
    #[error("the vaccine has no code in this family")]
    Vaccine,
    /// A text is empty, too long, or holds control characters.
    #[error("a text is empty, too long or holds control characters")]
    Text,
    /// A place in the status list, a country, an issuer's name or an identifier is missing.
    #[error("something that the family requires is missing")]
    Missing,
    /// The family carries the signer's certificate, and there is none, or none that a verifier would take for this.
    #[error("the signer's certificate is missing, or not for this")]
    SignerCertificate,
    /// The text would not fit any QR symbol.
    #[error("too large for a QR symbol")]
    TooLarge,
    /// The signature has not the length that its algorithm gives.
    #[error("the signature has a wrong length")]
    SignatureLength,
}

/// What a family lays out, to be signed.
#[derive(Clone)]
pub(crate) struct Draft {
    /// What belongs beside the payload: a protected header, a JWS header, a signer's certificate.
    pub header: Vec<u8>,
    /// The claims.
    pub payload: Vec<u8>,
    /// The bytes to sign.
    pub to_be_signed: Vec<u8>,
}

impl Draft {
    /// Of a COSE message whose header names the first bytes of the key's identifier.
    pub fn sign1(identity: &KeyIdentity<'_>, kid_length: usize, payload: Vec<u8>) -> Self {
        let kid = identity.kid.get(..kid_length).unwrap_or(&identity.kid);
        let header = cose::write_protected(identity.algorithm.cose(), kid);
        let to_be_signed = cose::sign1_input(&header, &payload);
        Self { header, payload, to_be_signed }
    }
}

/// A certificate laid out and ready to be signed.
#[derive(Clone)]
pub struct Unsigned {
    pub(crate) format: Format,
    pub(crate) draft: Draft,
}

impl Unsigned {
    /// The bytes to sign.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.draft.to_be_signed
    }

    /// The claims, as they will be signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.draft.payload
    }

    /// What a reader will make of it once it is signed: its text with no signature, decoded and read as any other, and
    /// thrown away. Nothing is signed.
    ///
    /// # Errors
    /// [`ReadBackError`].
    pub fn read_back(&self) -> Result<Certificate, ReadBackError> {
        let written = self.clone().seal(&[0; 64])?;
        let sealed = Sealed::decode(written.text())?;
        let message = &sealed.message;
        let mut certificate = message.format.family().read(message.payload(), message.profile)?;
        certificate.findings.extend_from_slice(&message.findings);
        Ok(certificate)
    }

    /// Joins the signature and writes the text for the QR symbol.
    ///
    /// # Errors
    /// [`WriteError::SignatureLength`] or [`WriteError::TooLarge`].
    pub fn seal(self, signature: &[u8]) -> Result<Written, WriteError> {
        // Ed25519 and ES256: no family is written with another.
        if signature.len() != 64 {
            return Err(WriteError::SignatureLength);
        }
        self.format.writing().seal(&self.draft, signature)
    }
}

/// Why a certificate that is laid out could not be read as its readers would.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ReadBackError {
    /// Its text cannot be written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The text is not read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The payload is not read.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// A signed certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    pub(crate) text: String,
    pub(crate) message: Vec<u8>,
}

impl Written {
    /// The text for the QR symbol.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The message in the text: for the COSE families the COSE message, for others the text's own bytes.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }
}

impl fmt::Debug for Unsigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unsigned").field("format", &self.format).finish_non_exhaustive()
    }
}

impl fmt::Debug for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Written").field("length", &self.text.len()).finish_non_exhaustive()
    }
}
