//! A decoded message, as each family gives it: which bytes were received, which of them are signed,
//! and what finds a key. Nothing in it is believed.

use crate::finding::Finding;
use crate::format::Format;
use crate::frame::cbor::Profile;
use crate::frame::cose::{self, ClaimedAlgorithm, KidPlace, Sign1};
use std::borrow::Cow;
use std::ops::Range;

/// A decoded message.
#[derive(Clone)]
pub(crate) struct Message {
    /// The family that it announces. Where several share a frame, the one that its unverified claims name.
    pub format: Format,
    /// How strictly it was read.
    pub profile: Profile,
    /// The bytes as received: a COSE message, a JWS in compact form, the text of a seal.
    pub received: Vec<u8>,
    /// What the signature covers.
    pub signed: SignedInput,
    /// The payload, for the family to parse once the signature has held.
    pub payload: Part,
    /// The signature, `r‖s` or Ed25519's 64 bytes.
    pub signature: Part,
    /// The algorithm that the message claims.
    pub algorithm: ClaimedAlgorithm,
    /// What finds candidate keys.
    pub hints: Hints,
    /// The CBOR tags in front, outermost first.
    pub tags: Vec<u64>,
    /// What of the frame deviates without refusing it.
    pub findings: Vec<Finding>,
}

/// Bytes of a message: a part of what was received, or what a frame had to decode.
#[derive(Clone)]
pub(crate) enum Part {
    /// A place in the bytes as received.
    In(Range<usize>),
    /// Decoded from them.
    Own(Vec<u8>),
}

/// What a signature covers.
#[derive(Clone)]
pub(crate) enum SignedInput {
    /// The `Sig_structure` of COSE_Sign1 (RFC 9052 section 4.4) over this protected header and the payload.
    Sign1 {
        /// The protected header's place.
        protected: Range<usize>,
    },
    /// The payload as it is.
    Payload,
    /// These bytes.
    Bytes(Part),
}

/// What finds candidate keys, unverified.
#[derive(Clone)]
pub(crate) enum Hints {
    /// A key identifier in a COSE header.
    Kid(Option<(Range<usize>, KidPlace)>),
    /// An exact issuer and its key's RFC 7638 thumbprint.
    Issuer {
        /// The issuer, as it stands.
        iss: String,
        /// The thumbprint.
        kid: [u8; 32],
    },
    /// The signer's certificate in DER, which the message carries.
    SignerCertificate(Vec<u8>),
}

impl Part {
    /// The bytes, of a message that was received so.
    pub fn of<'a>(&'a self, received: &'a [u8]) -> &'a [u8] {
        match self {
            Self::In(place) => received.get(place.clone()).unwrap_or_default(),
            Self::Own(bytes) => bytes,
        }
    }
}

impl Message {
    /// A COSE message as it was read.
    pub fn of_sign1(format: Format, profile: Profile, received: Vec<u8>, sign1: Sign1) -> Self {
        Self {
            format,
            profile,
            received,
            signed: SignedInput::Sign1 { protected: sign1.protected },
            payload: Part::In(sign1.payload),
            signature: Part::In(sign1.signature),
            algorithm: sign1.algorithm,
            hints: Hints::Kid(sign1.kid),
            tags: sign1.tags,
            findings: Vec::new(),
        }
    }

    /// The payload's bytes.
    pub fn payload(&self) -> &[u8] {
        self.payload.of(&self.received)
    }

    /// The signature's bytes.
    pub fn signature(&self) -> &[u8] {
        self.signature.of(&self.received)
    }

    /// The bytes that the signature covers.
    pub fn to_be_signed(&self) -> Cow<'_, [u8]> {
        match &self.signed {
            SignedInput::Sign1 { protected } => {
                let protected = self.received.get(protected.clone()).unwrap_or_default();
                Cow::Owned(cose::sign1_input(protected, self.payload()))
            }
            SignedInput::Payload => Cow::Borrowed(self.payload()),
            SignedInput::Bytes(part) => Cow::Borrowed(part.of(&self.received)),
        }
    }
}
