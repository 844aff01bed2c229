//! `compact`: our own family, for the smallest honest code.
//!
//! `TG1:` · base45 · zlib only where that is shorter · COSE_Sign1 · a CWT of three claims. The
//! layout is `compact.cddl` beside this file. Everything is read strictly: deterministic CBOR, one
//! way to write each certificate. A name alone may stand in another normal form than the NFC that is
//! written: the tables to tell would weigh much in a page, and what is signed is its issuer's word.

use super::{Family, Format, PayloadError, Writing, body, seal_sign1};
use crate::certificate::{Certificate, Dose, Holder, Kind, Sex, StatusIndex, TravelDocument};
use crate::country::Country;
use crate::date::{BirthDate, Date, UnixTime};
use crate::frame::cbor::{self, CborError, Head, Limits, Profile, Reader, Writer};
use crate::frame::cose::{self, ClaimedAlgorithm, Sign1};
use crate::frame::{CoseError, FrameError, base45, deflate};
use crate::message::Message;
use crate::name::{RegisteredName, RomanisedName};
use crate::sealed::{DecodeError, Draft, KeyIdentity, WriteError, Written};
use crate::signature::Algorithm;
use crate::vaccine::{CodeSystem, VaccineCode};
use unicode_normalization::UnicodeNormalization;

const PREFIX: &str = "TG1:";
/// A hint of four bytes: every listed key that begins so is tried.
pub(super) const KID_LENGTH: usize = 4;

/// CWT claims (RFC 8392 section 4) and ours, from the private-use range.
const EXP: i64 = 4;
const IAT: i64 = 6;
const STATEMENT: i64 = -65_537;

/// Members of the statement and of the holder.
const HOLDER: u64 = 1;
const DOSES: u64 = 2;
const STATUS: u64 = 3;
const ROMANISED: u64 = 1;
const REGISTERED: u64 = 2;
const BIRTH: u64 = 3;
const SEX: u64 = 4;
const NATIONALITY: u64 = 5;
const DOCUMENT: u64 = 6;
const KANA: u64 = 7;

/// The most characters in any text.
const TEXT_MAX: usize = 80;
/// The most doses in a certificate; more would not fit the symbol that the family is for.
const DOSES_MAX: usize = 32;
/// Places in a dose: vaccine, day, lot, number, total, country, product, centre.
const DOSE_PLACES: usize = 8;

pub(super) struct Compact;

impl Family for Compact {
    fn announced_by(&self, text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    fn decode(&self, text: &str) -> Result<Message, DecodeError> {
        let bytes = base45::decode(body(text, PREFIX)?)?;
        // A raw message begins with tag 18 (0xd2), a zlib stream with 0x78.
        let bytes = if bytes.first() == Some(&deflate::ZLIB_HEADER) { deflate::inflate(&bytes)? } else { bytes };
        self.take(bytes, Format::Compact.profile())
    }

    fn take(&self, message: Vec<u8>, profile: Profile) -> Result<Message, DecodeError> {
        let sign1 = cose::read(&message, profile)?;
        check_headers(&sign1).map_err(FrameError::from)?;
        Ok(Message::of_sign1(Format::Compact, profile, message, sign1))
    }

    fn read(&self, payload: &[u8], _: Profile) -> Result<Certificate, PayloadError> {
        cbor::scan(payload, Profile::Deterministic, Limits::CERTIFICATE)?;
        let mut reader = Reader::new(payload);
        expect_map(&mut reader, 3)?;
        expect_key(&mut reader, EXP)?;
        let expires_at = read_time(&mut reader)?;
        expect_key(&mut reader, IAT)?;
        let issued_at = read_time(&mut reader)?;
        expect_key(&mut reader, STATEMENT)?;
        expect_map(&mut reader, 3)?;
        expect_key(&mut reader, HOLDER as i64)?;
        let holder = read_holder(&mut reader)?;
        expect_key(&mut reader, DOSES as i64)?;
        let doses = read_doses(&mut reader)?;
        expect_key(&mut reader, STATUS as i64)?;
        expect_array(&mut reader, 2)?;
        let status = StatusIndex { shard: read_uint(&mut reader)?, index: read_uint(&mut reader)? };
        Ok(Certificate {
            doses,
            issued_at: Some(issued_at),
            expires_at: Some(expires_at),
            status: Some(status),
            ..Certificate::about(holder, Format::Compact, Kind::Vaccination)
        })
    }
}

impl Writing for Compact {
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
        if !matches!(identity.algorithm, Algorithm::EdDsa | Algorithm::Es256) {
            return Err(WriteError::Algorithm);
        }
        let (issued_at, expires_at) = certificate.issued_at.zip(certificate.expires_at).ok_or(WriteError::Date)?;
        let range = UnixTime(0)..=UnixTime::MAX;
        if !range.contains(&issued_at) || !range.contains(&expires_at) || expires_at < issued_at {
            return Err(WriteError::Date);
        }
        let status = certificate.status.ok_or(WriteError::Missing)?;
        let mut writer = Writer::with_capacity(256);
        writer.map(3);
        writer.int(EXP);
        writer.int(expires_at.0);
        writer.int(IAT);
        writer.int(issued_at.0);
        writer.int(STATEMENT);
        writer.map(3);
        writer.uint(HOLDER);
        write_holder(&mut writer, &certificate.holder)?;
        writer.uint(DOSES);
        write_doses(&mut writer, &certificate.doses)?;
        writer.uint(STATUS);
        writer.array(2);
        writer.uint(status.shard);
        writer.uint(status.index);
        Ok(Draft::sign1(identity, KID_LENGTH, writer.into_bytes()))
    }

    fn seal(&self, draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
        seal_sign1(PREFIX, draft, signature, |message| {
            let deflated = deflate::deflate(message)?;
            Ok((deflated.len() < message.len()).then_some(deflated))
        })
    }
}

/// What the family asks of a message's headers beyond its profile.
fn check_headers(sign1: &Sign1) -> Result<(), CoseError> {
    const EDDSA: i64 = -8;
    const ES256: i64 = -7;
    let algorithm = matches!(sign1.algorithm, ClaimedAlgorithm::Protected(EDDSA | ES256));
    let kid = sign1.kid.as_ref().is_some_and(|(kid, _)| kid.len() == KID_LENGTH);
    // Map of two, one-byte algorithm, key identifier of four bytes: nothing else fits in nine bytes.
    let nothing_else = sign1.protected.len() == 9;
    if algorithm && kid && nothing_else && sign1.signature.len() == 64 { Ok(()) } else { Err(CoseError::NotStrict) }
}

fn expect_map(reader: &mut Reader<'_>, pairs: u32) -> Result<(), PayloadError> {
    if reader.head()? == Head::Map(Some(pairs)) { Ok(()) } else { Err(PayloadError::Structure) }
}

fn expect_array(reader: &mut Reader<'_>, items: u32) -> Result<(), PayloadError> {
    if reader.head()? == Head::Array(Some(items)) { Ok(()) } else { Err(PayloadError::Structure) }
}

fn expect_key(reader: &mut Reader<'_>, key: i64) -> Result<(), PayloadError> {
    if structure(reader.int())? == key { Ok(()) } else { Err(PayloadError::Structure) }
}

/// A wrong type is a wrong structure; what else a reader finds is a fault of the CBOR.
fn structure<T>(read: Result<T, CborError>) -> Result<T, PayloadError> {
    read.map_err(|error| if error == CborError::UnexpectedType { PayloadError::Structure } else { error.into() })
}

fn read_uint(reader: &mut Reader<'_>) -> Result<u64, PayloadError> {
    match reader.head()? {
        Head::Unsigned(n) => Ok(n),
        _ => Err(PayloadError::Structure),
    }
}

fn read_time(reader: &mut Reader<'_>) -> Result<UnixTime, PayloadError> {
    let seconds = i64::try_from(read_uint(reader)?).map_err(|_| PayloadError::Time)?;
    let time = UnixTime(seconds);
    if time <= UnixTime::MAX { Ok(time) } else { Err(PayloadError::Time) }
}

/// A text of 1 to 80 characters without control characters.
fn is_text(text: &str) -> bool {
    (1..=TEXT_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

fn read_text(reader: &mut Reader<'_>) -> Result<String, PayloadError> {
    let text = structure(reader.text())?;
    if is_text(text) { Ok(text.to_owned()) } else { Err(PayloadError::Structure) }
}

fn read_holder(reader: &mut Reader<'_>) -> Result<Holder, PayloadError> {
    let Head::Map(Some(pairs)) = reader.head()? else {
        return Err(PayloadError::Structure);
    };
    let mut holder = Holder::born(BirthDate::Unknown);
    let mut birth = None;
    for _ in 0..pairs {
        match read_uint(reader)? {
            ROMANISED => {
                let text = structure(reader.text())?;
                let name = RomanisedName::parse_mrz(text).filter(|name| name.to_mrz() == text);
                holder.romanised = Some(name.ok_or(PayloadError::Structure)?);
            }
            REGISTERED => holder.registered = Some(RegisteredName::Whole(read_text(reader)?)),
            BIRTH => birth = Some(read_birth(reader)?),
            SEX => holder.sex = Some(Sex::from_number(read_uint(reader)?).ok_or(PayloadError::Structure)?),
            NATIONALITY => {
                let code = structure(reader.text())?;
                if !is_nationality(code) {
                    return Err(PayloadError::Structure);
                }
                holder.nationality = Some(code.to_owned());
            }
            DOCUMENT => {
                expect_array(reader, 2)?;
                let passport = match read_uint(reader)? {
                    1 => true,
                    2 => false,
                    _ => return Err(PayloadError::Structure),
                };
                holder.document = Some(TravelDocument { passport, number: read_text(reader)? });
            }
            KANA => holder.kana = Some(read_text(reader)?),
            _ => return Err(PayloadError::Structure),
        }
    }
    holder.birth = birth.ok_or(PayloadError::Structure)?;
    if holder.romanised.is_none() && holder.registered.is_none() {
        return Err(PayloadError::Person);
    }
    Ok(holder)
}

/// ISO 3166-1 alpha-3 or an ICAO 9303 code, which may be filled up with `<` (Germany: `D<<`).
fn is_nationality(code: &str) -> bool {
    matches!(code.as_bytes(), [b'A'..=b'Z', b'A'..=b'Z' | b'<', b'A'..=b'Z' | b'<'])
}

fn read_birth(reader: &mut Reader<'_>) -> Result<BirthDate, PayloadError> {
    let birth = match reader.peek()? {
        Head::Array(Some(1)) => {
            reader.head()?;
            BirthDate::year(read_uint(reader)?)
        }
        Head::Array(Some(2)) => {
            reader.head()?;
            BirthDate::month(read_uint(reader)?, read_uint(reader)?)
        }
        _ => Date::from_days(structure(reader.int())?).map(BirthDate::Day),
    };
    birth.ok_or(PayloadError::Structure)
}

fn read_doses(reader: &mut Reader<'_>) -> Result<Vec<Dose>, PayloadError> {
    let Head::Array(Some(count @ 1..)) = reader.head()? else {
        return Err(PayloadError::Entry);
    };
    if count > DOSES_MAX as u32 {
        return Err(PayloadError::Entry);
    }
    (1..=u64::from(count)).map(|place| read_dose(reader, place)).collect()
}

fn read_dose(reader: &mut Reader<'_>, place: u64) -> Result<Dose, PayloadError> {
    let Head::Array(Some(places @ 2..=8)) = reader.head()? else {
        return Err(PayloadError::Structure);
    };
    let vaccine = read_uint(reader)?;
    let day = Date::from_days(structure(reader.int())?).ok_or(PayloadError::Structure)?;
    let mut next = 2;
    let mut last_is_null = false;
    // The optional places in order; each is absent at the end, or null before a later one.
    let mut present = |reader: &mut Reader<'_>| -> Result<bool, PayloadError> {
        next += 1;
        if next > places {
            return Ok(false);
        }
        last_is_null = reader.peek()? == NULL;
        if last_is_null {
            reader.head()?;
        }
        Ok(!last_is_null)
    };
    let lot = if present(reader)? { Some(read_text(reader)?) } else { None };
    let number = if present(reader)? { Some(read_uint(reader)?) } else { None };
    let total = if present(reader)? { Some(read_uint(reader)?) } else { None };
    let country = if present(reader)? {
        Some(Country::parse(structure(reader.text())?).ok_or(PayloadError::Structure)?)
    } else {
        None
    };
    let product = if present(reader)? { Some(read_text(reader)?) } else { None };
    let centre = if present(reader)? { Some(read_text(reader)?) } else { None };
    // One certificate, one encoding: no null at the end, no number that the place says already.
    if last_is_null || number == Some(place) {
        return Err(PayloadError::Structure);
    }
    Ok(Dose {
        product,
        lot,
        date: Some(day),
        number: Some(number.unwrap_or(place)),
        total,
        country,
        centre,
        ..Dose::of(VaccineCode { system: CodeSystem::Cvx, code: vaccine.to_string() })
    })
}

const NULL: Head = Head::Simple(22);

fn write_holder(writer: &mut Writer, holder: &Holder) -> Result<(), WriteError> {
    if holder.romanised.is_none() && holder.registered.is_none() {
        return Err(WriteError::NameMissing);
    }
    let registered = holder.registered.as_ref().map(RegisteredName::to_line);
    let members = [
        holder.romanised.is_some(),
        registered.is_some(),
        true,
        holder.sex.is_some(),
        holder.nationality.is_some(),
        holder.document.is_some(),
        holder.kana.is_some(),
    ];
    writer.map(members.into_iter().filter(|there| *there).count());
    if let Some(name) = &holder.romanised {
        writer.uint(ROMANISED);
        writer.text(&name.to_mrz());
    }
    if let Some(name) = registered {
        writer.uint(REGISTERED);
        write_name(writer, &name)?;
    }
    writer.uint(BIRTH);
    match holder.birth {
        BirthDate::Day(date) => writer.int(i64::from(date.days())),
        BirthDate::Month(year, month) => {
            writer.array(2);
            writer.uint(u64::from(year));
            writer.uint(u64::from(month));
        }
        BirthDate::Year(year) => {
            writer.array(1);
            writer.uint(u64::from(year));
        }
        BirthDate::Unknown => return Err(WriteError::Date),
    }
    if let Some(sex) = holder.sex {
        writer.uint(SEX);
        writer.uint(u64::from(sex.number()));
    }
    if let Some(code) = &holder.nationality {
        if !is_nationality(code) {
            return Err(WriteError::Text);
        }
        writer.uint(NATIONALITY);
        writer.text(code);
    }
    if let Some(document) = &holder.document {
        writer.uint(DOCUMENT);
        writer.array(2);
        writer.uint(if document.passport { 1 } else { 2 });
        write_text(writer, &document.number)?;
    }
    if let Some(kana) = &holder.kana {
        writer.uint(KANA);
        write_name(writer, kana)?;
    }
    Ok(())
}

fn write_text(writer: &mut Writer, text: &str) -> Result<(), WriteError> {
    if !is_text(text) {
        return Err(WriteError::Text);
    }
    writer.text(text);
    Ok(())
}

/// NFC replaces the compatibility ideographs of Japanese registers (U+FA19 神) by their unified
/// cousins; a variation selector keeps the shape that the register has.
fn write_name(writer: &mut Writer, name: &str) -> Result<(), WriteError> {
    if name.is_ascii() {
        return write_text(writer, name);
    }
    let name: String = name.cjk_compat_variants().nfc().collect();
    write_text(writer, &name)
}

fn write_doses(writer: &mut Writer, doses: &[Dose]) -> Result<(), WriteError> {
    if !(1..=DOSES_MAX).contains(&doses.len()) {
        return Err(WriteError::DoseCount);
    }
    writer.array(doses.len());
    for (place, dose) in (1..).zip(doses) {
        write_dose(writer, dose, place)?;
    }
    Ok(())
}

fn write_dose(writer: &mut Writer, dose: &Dose, place: u64) -> Result<(), WriteError> {
    let code = (dose.vaccine.system == CodeSystem::Cvx).then(|| dose.vaccine.code.parse::<u64>().ok()).flatten();
    let number = dose.number.filter(|number| *number != place);
    let there: [bool; DOSE_PLACES] = [
        true,
        true,
        dose.lot.is_some(),
        number.is_some(),
        dose.total.is_some(),
        dose.country.is_some(),
        dose.product.is_some(),
        dose.centre.is_some(),
    ];
    let places = there.iter().rposition(|there| *there).map_or(0, |last| last + 1);
    let optional = |writer: &mut Writer, place: usize, text: Option<&str>| match text {
        Some(text) => write_text(writer, text),
        None if place < places => {
            writer.null();
            Ok(())
        }
        None => Ok(()),
    };
    let optional_number = |writer: &mut Writer, place: usize, number: Option<u64>| match number {
        Some(number) => writer.uint(number),
        None if place < places => writer.null(),
        None => {}
    };
    writer.array(places);
    writer.uint(code.ok_or(WriteError::Vaccine)?);
    writer.int(i64::from(dose.date.ok_or(WriteError::Date)?.days()));
    optional(writer, 2, dose.lot.as_deref())?;
    optional_number(writer, 3, number);
    optional_number(writer, 4, dose.total);
    optional(writer, 5, dose.country.as_ref().map(Country::as_str))?;
    optional(writer, 6, dose.product.as_deref())?;
    optional(writer, 7, dose.centre.as_deref())
}
