//! `shc`: SMART Health Cards.
//!
//! `shc:/` digits · JWS in compact form · raw DEFLATE · claims with a FHIR R4 Bundle (SMART Health Cards 1.4.0,
//! HL7 STU 1.0.0). It is read leniently: real issuers put blanks into headers, leave payloads unminified and write
//! FHIR as they please. It is written strictly: one code, minified, with the least data that says it.
//!
//! A verifier fetches nothing: the issuer (`iss`) is a name to find a listed key by, never an address.

mod bundle;
mod carrier;
mod claims;
mod write;

pub use crate::frame::numeric::{Added, CHUNKS_MAX, Chunk, ChunkSet, DIGITS_MAX, NumericError, SCHEME, SINGLE_MAX};
pub use carrier::{CARDS_MAX, CarrierError, cards_in};
pub use claims::{HEALTH_CARD, is_rid};

use super::{Family, Format, PayloadError, Writing};
use crate::certificate::Certificate;
use crate::frame::cbor::Profile;
use crate::frame::cose::ClaimedAlgorithm;
use crate::frame::jws::{Jws, JwsError, Unverified};
use crate::frame::{FrameError, deflate, numeric};
use crate::message::{Hints, Message, Part, SignedInput};
use crate::sealed::{DecodeError, Draft, KeyIdentity, WriteError, Written};
use crate::signature::Algorithm;
use base64ct::{Base64UrlUnpadded, Encoding};

/// The largest symbol, in which a phone still reads it: version 22.
pub(super) const SYMBOL_VERSION_MAX: u8 = 22;

/// A key's whole thumbprint (RFC 7638).
pub(super) const KID_LENGTH: usize = 32;

pub(super) struct Shc;

impl Family for Shc {
    fn announced_by(&self, text: &str) -> bool {
        Chunk::is_announced_by(text) || is_compact_jws(text.trim_ascii())
    }

    fn decode(&self, text: &str) -> Result<Message, DecodeError> {
        let jws = numeric::whole(text).map_err(|error| match error {
            NumericError::TooLong => DecodeError::TooLong,
            other => DecodeError::Frame(other.into()),
        })?;
        Ok(open_envelope(jws)?)
    }

    fn read(&self, payload: &[u8], _: Profile) -> Result<Certificate, PayloadError> {
        claims::read(payload)
    }
}

impl Writing for Shc {
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
        write::lay_out(certificate, identity)
    }

    fn seal(&self, draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
        write::seal(draft, signature)
    }
}

/// Whether a text can be a JWS in compact form: three parts of base64url, of which the first is an object.
fn is_compact_jws(text: &str) -> bool {
    // Of `{` and what may follow it the first two characters are `e` and one of these.
    let object = matches!(text.as_bytes(), [b'e', b'w'..=b'z' | b'0'..=b'9' | b'-' | b'_', ..]);
    let mut dots = 0;
    object
        && text.bytes().all(|c| {
            dots += usize::from(c == b'.');
            c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.')
        })
        && dots == 2
}

/// Takes a JWS apart: header, payload inflated, and the two claims that find a key. The other claims are read
/// once the signature has held.
fn open_envelope(jws: String) -> Result<Message, FrameError> {
    let decoded = Jws::decode(&jws)?;
    if decoded.algorithm() != Algorithm::Es256 {
        return Err(JwsError::Algorithm.into());
    }
    // The payload is compressed, and only so: `zip` is required.
    if !decoded.is_deflated() {
        return Err(JwsError::Header.into());
    }
    let kid = decoded.kid().and_then(thumbprint).ok_or(JwsError::Header)?;
    let Unverified { signed, payload, signature } = decoded.into_unverified();
    let payload = deflate::inflate_raw(&payload)?;
    let iss = claims::issuer_hint(&payload).ok_or(FrameError::Issuer)?;
    Ok(Message {
        format: Format::Shc,
        profile: Profile::Lenient,
        received: jws.into_bytes(),
        signed: SignedInput::Bytes(Part::In(0..signed)),
        payload: Part::Own(payload),
        signature: Part::Own(signature),
        algorithm: ClaimedAlgorithm::Protected(Algorithm::Es256.cose()),
        hints: Hints::Issuer { iss, kid },
        tags: Vec::new(),
        findings: Vec::new(),
    })
}

/// A thumbprint from its 43 characters.
fn thumbprint(kid: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    let length = Base64UrlUnpadded::decode(kid, &mut bytes).ok()?.len();
    (length == bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests;
