//! From bytes that nobody believes to bytes that a key has signed.
//!
//! [`Sealed`] is decoded and bounded, and that is all: nothing in it is believed. Its
//! [`LookupHints`] serve to find keys and for nothing else. [`Sealed::open`] gives an
//! [`Authentic`] if a key signed exactly these bytes; only then is the payload parsed.

use crate::certificate::Certificate;
use crate::format::{Format, PayloadError};
use crate::frame::cbor::Profile;
use crate::frame::cose::{self, ClaimedAlgorithm, KidPlace, Sign1};
use crate::frame::{CoseError, FrameError};
use crate::signature::{Algorithm, VerifyingKey};
use std::fmt;

/// Why a text is not a certificate that can be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DecodeError {
    /// No family known here begins so.
    #[error("not a certificate of a family known here")]
    UnknownPrefix,
    /// A family that is recognised and not read here.
    #[error("a kind of certificate that is recognised but not read here")]
    NotReadHere,
    /// The text is longer than any certificate.
    #[error("longer than any certificate")]
    TooLong,
    /// The text is not the frame that its prefix announces.
    #[error(transparent)]
    Frame(#[from] FrameError),
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
    /// The signature does not hold.
    #[error("the signature does not hold")]
    Signature,
}

/// What finds candidate keys. Unverified: it must decide nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LookupHints<'a> {
    /// The key identifier as the message has it; families shorten it.
    pub kid: Option<&'a [u8]>,
    /// Where it stands.
    pub kid_place: Option<KidPlace>,
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
    format: Format,
    profile: Profile,
    message: Vec<u8>,
    sign1: Sign1,
}

impl Sealed {
    /// Decodes a scanned text. Blanks are data and are not trimmed; line ends are the caller's.
    ///
    /// # Errors
    /// [`DecodeError`].
    pub fn decode(text: &str) -> Result<Self, DecodeError> {
        let format = Format::recognise(text)?;
        let message = format.family().ok_or(DecodeError::NotReadHere)?.unframe(text)?;
        Self::from_message(message, format, format.profile())
    }

    /// Takes a COSE message that came without a text (a file, an NFC tag), to be read as `format`
    /// under `profile`.
    ///
    /// # Errors
    /// [`DecodeError::Frame`], or [`DecodeError::NotReadHere`] for a family that is no COSE message.
    pub fn from_message(message: Vec<u8>, format: Format, profile: Profile) -> Result<Self, DecodeError> {
        let family = format.family().ok_or(DecodeError::NotReadHere)?;
        let sign1 = cose::read(&message, profile)?;
        let sealed = Self { format, profile, message, sign1 };
        family.check_headers(&sealed).map_err(FrameError::from)?;
        Ok(sealed)
    }

    /// The family that the message is read as.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// How strictly it was read.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The message as received.
    #[must_use]
    pub fn message(&self) -> &[u8] {
        &self.message
    }

    /// The algorithm that the message claims.
    #[must_use]
    pub fn claimed_algorithm(&self) -> ClaimedAlgorithm {
        self.sign1.algorithm
    }

    /// The CBOR tags in front of the message, outermost first.
    #[must_use]
    pub fn tags(&self) -> &[u64] {
        &self.sign1.tags
    }

    /// What finds candidate keys.
    #[must_use]
    pub fn hints(&self) -> LookupHints<'_> {
        let kid = self.sign1.kid.as_ref();
        LookupHints {
            kid: kid.and_then(|(place, _)| self.message.get(place.clone())),
            kid_place: kid.map(|(_, place)| *place),
        }
    }

    /// The payload's bytes, signed by nobody as far as is known: for tools that show a message
    /// without judging it.
    #[must_use]
    pub fn unverified_payload(&self) -> &[u8] {
        self.message.get(self.sign1.payload.clone()).unwrap_or_default()
    }

    pub(crate) fn protected_length(&self) -> usize {
        self.sign1.protected.len()
    }

    /// The signature's bytes, checked by nobody as far as is known. Some networks list withdrawn
    /// certificates by a hash of it.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.message.get(self.sign1.signature.clone()).unwrap_or_default()
    }

    /// Checks the signature with a key, whose own algorithm must be the claimed one.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open<'a>(&'a self, key: &VerifyingKey) -> Result<Authentic<'a>, OpenError> {
        let claimed = match self.sign1.algorithm {
            ClaimedAlgorithm::Protected(number) | ClaimedAlgorithm::Unprotected(number) => number,
            ClaimedAlgorithm::Absent => return Err(OpenError::AlgorithmMissing),
        };
        if Algorithm::from_cose(claimed) != Some(key.algorithm()) {
            return Err(OpenError::AlgorithmMismatch);
        }
        let protected = self.message.get(self.sign1.protected.clone()).unwrap_or_default();
        let input = cose::sign1_input(protected, self.unverified_payload());
        key.verify(&input, self.signature()).map_err(|_| OpenError::Signature)?;
        Ok(Authentic { sealed: self })
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed")
            .field("format", &self.format)
            .field("length", &self.message.len())
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
        match self.sealed.format.family() {
            Some(family) => family.read(self.sealed.unverified_payload(), self.sealed.profile),
            None => Err(PayloadError::Structure),
        }
    }
}

impl fmt::Debug for Authentic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentic").field("format", &self.sealed.format).finish_non_exhaustive()
    }
}

/// The key that will sign, as messages name it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyIdentity {
    /// Its algorithm.
    pub algorithm: Algorithm,
    /// Its full identifier in the trust list: the COSE_Key thumbprint (RFC 9679), or SHA-256 of its
    /// certificate. Each family writes the first bytes of it.
    pub kid: [u8; 32],
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
    /// The text would not fit any QR symbol.
    #[error("too large for a QR symbol")]
    TooLarge,
    /// The signature has not the length that its algorithm gives.
    #[error("the signature has a wrong length")]
    SignatureLength,
}

/// A certificate laid out and ready to be signed.
#[derive(Clone)]
pub struct Unsigned {
    pub(crate) format: Format,
    pub(crate) protected: Vec<u8>,
    pub(crate) payload: Vec<u8>,
    to_be_signed: Vec<u8>,
}

impl Unsigned {
    pub(crate) fn new(format: Format, identity: &KeyIdentity, kid_length: usize, payload: Vec<u8>) -> Self {
        let kid = identity.kid.get(..kid_length).unwrap_or(&identity.kid);
        let protected = cose::write_protected(identity.algorithm.cose(), kid);
        let to_be_signed = cose::sign1_input(&protected, &payload);
        Self { format, protected, payload, to_be_signed }
    }

    /// The bytes to sign.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.to_be_signed
    }

    /// The claims, as they will be signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// Joins the signature and writes the text for the QR symbol.
    ///
    /// # Errors
    /// [`WriteError::SignatureLength`] or [`WriteError::TooLarge`].
    pub fn seal(self, signature: &[u8]) -> Result<Written, WriteError> {
        if signature.len() != 64 {
            return Err(WriteError::SignatureLength);
        }
        let message = cose::write_sign1(&self.protected, &self.payload, signature);
        let text = self.format.family().ok_or(WriteError::NotWrittenHere)?.frame(&message)?;
        Ok(Written { text, message })
    }
}

/// A signed certificate.
#[derive(Clone, PartialEq, Eq)]
pub struct Written {
    text: String,
    message: Vec<u8>,
}

impl Written {
    /// The text for the QR symbol.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The COSE message.
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

/// Checks that every family of the strict frame wants: a signature of 64 bytes.
pub(crate) fn expect_signature_length(sealed: &Sealed, length: usize) -> Result<(), CoseError> {
    if sealed.signature().len() == length { Ok(()) } else { Err(CoseError::NotStrict) }
}
