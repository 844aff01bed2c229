//! The envelope that `eu-dcc` and `icvp` share: `HC1:` · base45 · zlib · COSE_Sign1 · CWT whose claim
//! −260 says by its inner key what it holds (hcert-spec 1.0.8; WHO SMART Trust).
//!
//! Which family a message is, its unverified claims tell, so that it can be named before a key is found.
//! The signature covers the very bytes that told it, so what is read after it is of the same family.
//! Other content of the envelope is named and not read: links lead to a server and are never followed.

mod members;
#[cfg(test)]
mod tests;

pub(super) use members::{Members, is_day_or_moment, text};

use super::{Format, PayloadError, body, seal_sign1};
use crate::certificate::Certificate;
use crate::country::Country;
use crate::date::UnixTime;
use crate::finding::{Finding, FindingCode};
use crate::frame::cbor::{self, Head, Limits, Profile, Reader, Value, Writer};
use crate::frame::cose::{self, CoseError, Sign1};
use crate::frame::{FrameError, base45, deflate};
use crate::message::Message;
use crate::recognised::Recognised;
use crate::sealed::{DecodeError, Draft, KeyIdentity, WriteError, Written};
use crate::signature::Algorithm;

pub(super) const PREFIX: &str = "HC1:";
/// The first eight bytes of SHA-256 over the signer's certificate (hcert-spec 3.3.2).
pub(super) const KID_LENGTH: usize = 8;
/// The most characters in any text that is written.
const TEXT_MAX: usize = 80;

/// CWT claims (RFC 8392 section 4), the health certificate's (hcert-spec 3.3.1) and MOSIP's.
const ISS: i64 = 1;
const EXP: i64 = 4;
const NBF: i64 = 5;
const IAT: i64 = 6;
const IDENTITY: i64 = 169;
const HCERT: i64 = -260;

/// The keys inside the claim: EU DCC version 1, a health link, ICVP.
pub(super) const EU_DCC_V1: i64 = 1;
const LINK: i64 = 5;
pub(super) const ICVP: i64 = -6;

/// The message in a text.
pub(super) fn decode(text: &str) -> Result<Message, DecodeError> {
    let body = body(text, PREFIX)?;
    let bytes =
        base45::decode(body).map_err(|error| if blanks_are_lost(body) { FrameError::BlanksLost } else { error })?;
    take(deflate::inflate(&bytes)?, Format::EuDcc.profile())
}

/// Whether a text that is no base45 has lost its blanks on the way, as tools that trim or reflow texts do.
/// One character in 45 is a blank: among 200 without any, one text in a hundred is whole.
fn blanks_are_lost(body: &str) -> bool {
    body.len() >= 200 && !body.contains(' ')
}

/// A message that came without its text, or out of it.
pub(super) fn take(message: Vec<u8>, profile: Profile) -> Result<Message, DecodeError> {
    let sign1 = match cose::read(&message, profile) {
        Ok(sign1) => sign1,
        // Links in the wild have malformed headers; what they are is worth saying all the same.
        Err(error) => return Err(recognise_malformed(&message).map_or(error.into(), DecodeError::Recognised)),
    };
    check_headers(&sign1, profile).map_err(FrameError::from)?;
    let format = match Content::of(message.get(sign1.payload.clone()).unwrap_or_default()) {
        Content::Other(kind) => return Err(DecodeError::Recognised(kind)),
        Content::Icvp => Format::Icvp,
        // What is nothing of the kind is refused when it is read.
        Content::EuDcc | Content::Unclear => Format::EuDcc,
    };
    Ok(Message::of_sign1(format, profile, message, sign1))
}

/// The text of a signed message.
pub(super) fn seal(draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
    seal_sign1(PREFIX, draft, signature, |message| deflate::deflate(message).map(Some))
}

/// What the envelope asks of a message's headers beyond its profile.
fn check_headers(sign1: &Sign1, profile: Profile) -> Result<(), CoseError> {
    match profile {
        Profile::Lenient => Ok(()),
        // What the strict profile wants of a header, it has checked; PS256 and ES384 differ in length.
        Profile::Deterministic if sign1.kid.as_ref().is_some_and(|(kid, _)| kid.len() == KID_LENGTH) => Ok(()),
        Profile::Deterministic => Err(CoseError::NotStrict),
    }
}

/// A link or a legacy document whose COSE headers are malformed: only what it is, is said.
fn recognise_malformed(message: &[u8]) -> Option<Recognised> {
    cbor::scan(message, Profile::Lenient, Limits::CERTIFICATE).ok()?;
    let mut reader = Reader::new(message);
    while matches!(reader.peek().ok()?, Head::Tag(_)) {
        reader.head().ok()?;
    }
    let Head::Array(Some(4)) = reader.head().ok()? else { return None };
    reader.skip().ok()?;
    reader.skip().ok()?;
    match Content::of(reader.bytes().ok()?) {
        Content::Other(kind) => Some(kind),
        Content::EuDcc | Content::Icvp | Content::Unclear => None,
    }
}

/// What a message says that it holds, unverified.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Content {
    EuDcc,
    Icvp,
    Other(Recognised),
    Unclear,
}

/// What was met in the claims.
#[derive(Default)]
struct Met {
    hcert: bool,
    eu_dcc: bool,
    icvp: bool,
    link: bool,
    other: bool,
    identity: bool,
    /// Members at the root that WHO's first core data set has.
    core_data: usize,
}

impl Content {
    /// Bounded, though no scan went before.
    fn of(claims: &[u8]) -> Self {
        let mut met = Met::default();
        if met.read(&mut Reader::new(claims)).is_err() {
            return Self::Unclear;
        }
        match met {
            Met { eu_dcc: true, icvp: false, .. } => Self::EuDcc,
            Met { eu_dcc: false, icvp: true, .. } => Self::Icvp,
            Met { eu_dcc: false, icvp: false, link: true, .. } => Self::Other(Recognised::VerifiableHealthLink),
            Met { eu_dcc: false, icvp: false, other: true, .. } => Self::Other(Recognised::OtherHcert),
            Met { hcert: false, identity: true, .. } => Self::Other(Recognised::Identity),
            Met { hcert: false, core_data: 3.., .. } => Self::Other(Recognised::Ddcc),
            _ => Self::Unclear,
        }
    }
}

impl Met {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), PayloadError> {
        /// WHO DDCC:VS and DDCC:TR, core data set of 2021.
        const CORE_DATA: [&str; 12] = [
            "name",
            "birthDate",
            "identifier",
            "sex",
            "vaccine",
            "brand",
            "lot",
            "date",
            "test",
            "hcid",
            "disease",
            "country",
        ];
        let mut pairs = Pairs::start(reader)?;
        while pairs.next(reader)? {
            match key(reader)? {
                Key::Number(HCERT) if matches!(reader.peek()?, Head::Map(_)) => {
                    self.hcert = true;
                    self.read_hcert(reader)?;
                }
                Key::Number(IDENTITY) => {
                    self.identity = true;
                    reader.skip()?;
                }
                Key::Text(name) if CORE_DATA.contains(&name) => {
                    self.core_data += 1;
                    reader.skip()?;
                }
                _ => reader.skip()?,
            }
        }
        Ok(())
    }

    fn read_hcert(&mut self, reader: &mut Reader<'_>) -> Result<(), PayloadError> {
        let mut pairs = Pairs::start(reader)?;
        while pairs.next(reader)? {
            match key(reader)? {
                Key::Number(EU_DCC_V1) => self.eu_dcc = true,
                Key::Number(ICVP) => self.icvp = true,
                Key::Number(LINK) => self.link = true,
                Key::Number(_) | Key::Text(_) | Key::None => self.other = true,
            }
            reader.skip()?;
        }
        Ok(())
    }
}

/// A key of a map of claims. Some issuers of links write numbers as texts.
enum Key<'a> {
    Number(i64),
    Text(&'a str),
    None,
}

fn key<'a>(reader: &mut Reader<'a>) -> Result<Key<'a>, PayloadError> {
    match reader.peek()? {
        Head::Unsigned(_) | Head::Negative(_) => Ok(reader.int().map_or(Key::None, Key::Number)),
        Head::Text(Some(_)) => {
            let name = reader.text()?;
            Ok(name.parse().map_or(Key::Text(name), Key::Number))
        }
        _ => {
            reader.skip()?;
            Ok(Key::None)
        }
    }
}

/// The claims of the envelope, and the place of what it holds in them.
pub(super) struct Claims<'a> {
    issuer: Option<&'a str>,
    issued_at: Option<UnixTime>,
    not_before: Option<UnixTime>,
    expires_at: Option<UnixTime>,
    content: Value<'a>,
}

impl<'a> Claims<'a> {
    /// Reads claims whose health certificate holds `wanted`, and not the other family's content beside it:
    /// such a message would mean one thing to one verifier and another to the next.
    pub fn read(bytes: &'a [u8], wanted: i64, profile: Profile) -> Result<Self, PayloadError> {
        cbor::scan(bytes, profile, Limits::CERTIFICATE)?;
        let mut reader = Reader::new(bytes);
        let (mut issuer, mut issued_at, mut not_before, mut expires_at, mut content) = (None, None, None, None, None);
        let mut pairs = Pairs::start(&mut reader)?;
        while pairs.next(&mut reader)? {
            match int_key(&mut reader)? {
                Some(ISS) => issuer = Some(reader.text().map_err(|_| PayloadError::Issuer)?),
                Some(EXP) => expires_at = Some(read_time(&mut reader)?),
                Some(NBF) => not_before = Some(read_time(&mut reader)?),
                Some(IAT) => issued_at = Some(read_time(&mut reader)?),
                Some(HCERT) => content = Some(hcert_content(&mut reader, wanted)?),
                _ => reader.skip()?,
            }
        }
        Ok(Self { issuer, issued_at, not_before, expires_at, content: content.ok_or(PayloadError::Structure)? })
    }

    /// What the health certificate holds, as a value. The scan has bounded it.
    pub fn content(&self) -> &Value<'a> {
        &self.content
    }

    /// When it ends, if it says so.
    pub fn expires_at(&self) -> Option<UnixTime> {
        self.expires_at
    }

    /// Adds what the envelope says to what was read inside; the strict profile allows no finding, then.
    pub fn complete(self, certificate: &mut Certificate, profile: Profile) -> Result<(), PayloadError> {
        let code = self.issuer.unwrap_or_default();
        certificate.country = Country::parse(code).or_else(|| Country::from_alpha3(code));
        // Codes of three letters that stand for no country are WHO's participants: the list says who they are.
        let participant = code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
        let eu_form = certificate.format != Format::EuDcc || code.len() == 2;
        if self.issuer.is_some() && (certificate.country.is_none() && !participant || !eu_form) {
            certificate.findings.push(Finding::new(FindingCode::WrongForm, "iss"));
        }
        certificate.issued_at = self.issued_at;
        certificate.not_before = self.not_before;
        certificate.expires_at = self.expires_at;
        let complete = certificate.country.is_some() && self.issued_at.is_some();
        if profile == Profile::Deterministic && !(complete && certificate.findings.is_empty()) {
            return Err(PayloadError::NotStrict);
        }
        Ok(())
    }
}

/// The pairs of a map, of definite length or not.
struct Pairs {
    left: Option<u32>,
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

fn hcert_content<'a>(reader: &mut Reader<'a>, wanted: i64) -> Result<Value<'a>, PayloadError> {
    let mut content = None;
    let mut pairs = Pairs::start(reader)?;
    while pairs.next(reader)? {
        let key = int_key(reader)?;
        match key {
            Some(key) if key == wanted => content = Some(Value::read(reader)?),
            Some(EU_DCC_V1 | ICVP) => return Err(PayloadError::Structure),
            _ => reader.skip()?,
        }
    }
    content.ok_or(PayloadError::Structure)
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

/// Lays out claims around what `content` writes, to be signed: issuer, end, issue, and the content
/// under its key.
pub(super) fn draft(
    certificate: &Certificate,
    identity: &KeyIdentity<'_>,
    key: i64,
    content: impl FnOnce(&mut Writer, Country) -> Result<(), WriteError>,
) -> Result<Draft, WriteError> {
    // PS256 keys are read, not written: their codes are half as large again.
    if identity.algorithm != Algorithm::Es256 {
        return Err(WriteError::Algorithm);
    }
    let country = certificate.country.ok_or(WriteError::Missing)?;
    let (issued_at, expires_at) = certificate.issued_at.zip(certificate.expires_at).ok_or(WriteError::Date)?;
    let range = UnixTime(0)..=UnixTime::MAX;
    if !range.contains(&issued_at) || !range.contains(&expires_at) || expires_at < issued_at {
        return Err(WriteError::Date);
    }
    let mut writer = Writer::with_capacity(512);
    writer.map(4);
    writer.int(ISS);
    writer.text(country.as_str());
    writer.int(EXP);
    writer.int(expires_at.0);
    writer.int(IAT);
    writer.int(issued_at.0);
    writer.int(HCERT);
    writer.map(1);
    writer.int(key);
    content(&mut writer, country)?;
    Ok(Draft::sign1(identity, KID_LENGTH, writer.into_bytes()))
}

/// Writes a text of 1 to 80 characters without controls.
pub(super) fn write_text(writer: &mut Writer, text: &str) -> Result<(), WriteError> {
    if !(1..=TEXT_MAX).contains(&text.chars().count()) || text.chars().any(char::is_control) {
        return Err(WriteError::Text);
    }
    writer.text(text);
    Ok(())
}
