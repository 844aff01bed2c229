//! `eu-dcc`: the EU Digital COVID Certificate.
//!
//! `HC1:` · base45 · zlib · COSE_Sign1 · CWT whose claim −260 holds, under 1, a payload shaped like
//! JSON (hcert-spec 1.0.8, ehn-dcc-schema 1.0.0 to 1.3.3). It is read leniently, because issuers
//! deviate: what the schema does not allow becomes a finding. It is written strictly, as 1.3.2.

mod payload;
pub mod schema;
mod uvci;

pub use uvci::uvci;

use super::{Family, Format, PayloadError, Writing, body, seal_sign1};
use crate::certificate::Certificate;
use crate::date::UnixTime;
use crate::finding::{Finding, FindingCode};
use crate::frame::cbor::{self, CborError, Head, Limits, Profile, Reader};
use crate::frame::cose::{self, Sign1};
use crate::frame::{CoseError, FrameError, base45, deflate};
use crate::message::Message;
use crate::sealed::{DecodeError, Draft, KeyIdentity, WriteError, Written};
use crate::signature::Algorithm;
use ciborium::Value;

const PREFIX: &str = "HC1:";
/// The first eight bytes of SHA-256 over the signer's certificate (hcert-spec 3.3.2).
pub(super) const KID_LENGTH: usize = 8;

/// CWT claims (RFC 8392 section 4) and the health certificate's (hcert-spec 3.3.1).
const ISS: i64 = 1;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const HCERT: i64 = -260;
/// The key inside the claim: EU DCC version 1.
const EU_DCC_V1: i64 = 1;

pub(super) struct EuDcc;

impl Family for EuDcc {
    fn announced_by(&self, text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    fn decode(&self, text: &str) -> Result<Message, DecodeError> {
        let bytes = base45::decode(body(text, PREFIX)?)?;
        self.take(deflate::inflate(&bytes)?, Format::EuDcc.profile())
    }

    fn take(&self, message: Vec<u8>, profile: Profile) -> Result<Message, DecodeError> {
        let sign1 = cose::read(&message, profile)?;
        check_headers(&sign1, profile).map_err(FrameError::from)?;
        Ok(Message::of_sign1(Format::EuDcc, profile, message, sign1))
    }

    fn read(&self, bytes: &[u8], profile: Profile) -> Result<Certificate, PayloadError> {
        cbor::scan(bytes, profile, Limits::CERTIFICATE)?;
        let claims = Claims::read(bytes)?;
        let payload: Value =
            ciborium::from_reader(claims.payload).map_err(|_| PayloadError::Cbor(CborError::Malformed))?;
        let mut certificate = payload::read(&payload)?;
        certificate.findings = schema::findings(&payload);
        certificate.country = claims.issuer.and_then(crate::Country::parse);
        if claims.issuer.is_some() && certificate.country.is_none() {
            certificate.findings.push(Finding::new(FindingCode::WrongForm, "iss"));
        }
        certificate.issued_at = claims.issued_at;
        certificate.not_before = claims.not_before;
        certificate.expires_at = claims.expires_at;
        let complete = certificate.country.is_some() && claims.issued_at.is_some();
        if profile == Profile::Deterministic && !(complete && certificate.findings.is_empty()) {
            return Err(PayloadError::NotStrict);
        }
        Ok(certificate)
    }
}

impl Writing for EuDcc {
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
        // PS256 keys are read, not written: their codes are half as large again.
        if identity.algorithm != Algorithm::Es256 {
            return Err(WriteError::Algorithm);
        }
        let payload = payload::write(certificate)?;
        Ok(Draft::sign1(identity, KID_LENGTH, payload))
    }

    fn seal(&self, draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
        seal_sign1(PREFIX, draft, signature, |message| deflate::deflate(message).map(Some))
    }
}

/// What the family asks of a message's headers beyond its profile.
fn check_headers(sign1: &Sign1, profile: Profile) -> Result<(), CoseError> {
    match profile {
        Profile::Lenient => Ok(()),
        // What the strict profile wants of a header, it has checked; PS256 and ES384 differ in length.
        Profile::Deterministic if sign1.kid.as_ref().is_some_and(|(kid, _)| kid.len() == KID_LENGTH) => Ok(()),
        Profile::Deterministic => Err(CoseError::NotStrict),
    }
}

/// The claims of the envelope, and the place of the payload in them.
struct Claims<'a> {
    issuer: Option<&'a str>,
    issued_at: Option<UnixTime>,
    not_before: Option<UnixTime>,
    expires_at: Option<UnixTime>,
    payload: &'a [u8],
}

impl<'a> Claims<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, PayloadError> {
        let mut reader = Reader::new(bytes);
        let (mut issuer, mut issued_at, mut not_before, mut expires_at, mut payload) = (None, None, None, None, None);
        let mut pairs = Pairs::start(&mut reader)?;
        while pairs.next(&mut reader)? {
            match int_key(&mut reader)? {
                Some(ISS) => issuer = Some(reader.text().map_err(|_| PayloadError::Issuer)?),
                Some(EXP) => expires_at = Some(read_time(&mut reader)?),
                Some(NBF) => not_before = Some(read_time(&mut reader)?),
                Some(IAT) => issued_at = Some(read_time(&mut reader)?),
                Some(HCERT) => payload = Some(hcert_payload(bytes, &mut reader)?),
                _ => reader.skip()?,
            }
        }
        // Without an end nothing can be judged; hcert-spec 3.3.1 demands one.
        if expires_at.is_none() {
            return Err(PayloadError::Time);
        }
        Ok(Self { issuer, issued_at, not_before, expires_at, payload: payload.ok_or(PayloadError::Structure)? })
    }
}

/// The pairs of a map, of definite length or not.
struct Pairs {
    left: Option<u64>,
}

impl Pairs {
    fn start(reader: &mut Reader<'_>) -> Result<Self, PayloadError> {
        match reader.head()? {
            Head::Map(left) => Ok(Self { left }),
            _ => Err(PayloadError::Structure),
        }
    }

    /// Whether another pair follows at the cursor.
    fn next(&mut self, reader: &mut Reader<'_>) -> Result<bool, PayloadError> {
        match &mut self.left {
            Some(0) => Ok(false),
            Some(left) => {
                *left -= 1;
                Ok(true)
            }
            None if reader.peek()? == Head::Break => {
                reader.head()?;
                Ok(false)
            }
            None => Ok(true),
        }
    }
}

/// A key that is a number; any other key is stepped over.
fn int_key(reader: &mut Reader<'_>) -> Result<Option<i64>, PayloadError> {
    match reader.peek()? {
        Head::Unsigned(_) | Head::Negative(_) => Ok(reader.int().ok()),
        _ => {
            reader.skip()?;
            Ok(None)
        }
    }
}

fn hcert_payload<'a>(bytes: &'a [u8], reader: &mut Reader<'a>) -> Result<&'a [u8], PayloadError> {
    let mut payload = None;
    let mut pairs = Pairs::start(reader)?;
    while pairs.next(reader)? {
        let key = int_key(reader)?;
        let start = reader.position();
        reader.skip()?;
        if key == Some(EU_DCC_V1) {
            payload = bytes.get(start..reader.position());
        }
    }
    payload.ok_or(PayloadError::Structure)
}

/// Seconds as a whole number or, as some issuers write them, a floating-point one (RFC 8392 section 2).
fn read_time(reader: &mut Reader<'_>) -> Result<UnixTime, PayloadError> {
    let seconds = match reader.head()? {
        Head::Unsigned(seconds) => i64::try_from(seconds).ok(),
        // Beyond 2^53 a float is no exact second; year 9999 is far below.
        Head::Float(seconds) if seconds.is_finite() && (0.0..=9e15).contains(&seconds) => Some(seconds as i64),
        _ => None,
    };
    seconds.map(UnixTime).filter(|time| *time <= UnixTime::MAX).ok_or(PayloadError::Time)
}
