//! The payload under claim −260/1: a map of texts, read leniently and written by the letter.

use super::super::hcert::{Members, is_day_or_moment, text, write_text};
use super::super::{Format, PayloadError};
use crate::certificate::{Certificate, Dose, Holder, Kind, Recovery, TestResult};
use crate::country::Country;
use crate::date::{BirthDate, UnixTime};
use crate::frame::cbor::{Value, Writer};
use crate::name::{RegisteredName, RomanisedName};
use crate::sealed::WriteError;
use crate::vaccine::{self, CodeSystem, EuProduct, VaccineCode};

/// The schema release that is written. It lets a person have one name only.
const VERSION: &str = "1.3.2";

/// Reads what the payload says; the envelope's claims are the caller's.
pub(super) fn read(payload: &Value<'_>) -> Result<Certificate, PayloadError> {
    let payload = Members::of(payload).ok_or(PayloadError::Structure)?;
    let mut certificate = Certificate::about(read_holder(payload)?, Format::EuDcc, Kind::Vaccination);
    let mut kinds = 0;
    for (key, kind) in [("v", Kind::Vaccination), ("t", Kind::Test), ("r", Kind::Recovery)] {
        let entries = payload.entries(key)?;
        if entries.is_empty() {
            continue;
        }
        kinds += 1;
        certificate.kind = kind;
        for entry in entries {
            let entry = Members::of(entry).ok_or(PayloadError::Structure)?;
            certificate.identifiers.extend(entry.text("ci"));
            certificate.issuer = certificate.issuer.or_else(|| entry.text("is"));
            match kind {
                Kind::Vaccination => certificate.doses.push(read_dose(entry)),
                Kind::Test => certificate.tests.push(read_test(entry)),
                Kind::Recovery => certificate.recoveries.push(read_recovery(entry)),
            }
        }
    }
    if kinds == 1 { Ok(certificate) } else { Err(PayloadError::Entry) }
}

fn read_holder(payload: Members<'_>) -> Result<Holder, PayloadError> {
    let names = payload.get("nam").and_then(Members::of).ok_or(PayloadError::Person)?;
    let name = |key: &str| match names.raw(key) {
        None => Ok(None),
        Some(value) => text(value).map(Some).ok_or(PayloadError::Person),
    };
    let (family, given) = (name("fn")?, name("gn")?);
    let (standard_family, standard_given) = (name("fnt")?, name("gnt")?);
    let romanised = RomanisedName::new(trim(standard_family), trim(standard_given));
    let parts = |family: Option<&str>, given: Option<&str>| {
        (family.is_some() || given.is_some())
            .then(|| RegisteredName::Parts { family: family.map(str::to_owned), given: given.map(str::to_owned) })
    };
    let registered = match parts(family, given) {
        Some(registered) => Some(registered),
        // A standardised name outside its alphabet is still the name that the issuer wrote.
        None if romanised.is_none() => Some(parts(standard_family, standard_given).ok_or(PayloadError::Person)?),
        None => None,
    };
    let birth = match payload.get("dob") {
        None => BirthDate::Unknown,
        Some(value) => {
            let text = text(value).ok_or(PayloadError::Person)?;
            let day = text.get(..10).filter(|_| is_day_or_moment(text)).unwrap_or(text);
            BirthDate::parse(day).unwrap_or(BirthDate::Unknown)
        }
    };
    Ok(Holder { romanised, registered, ..Holder::born(birth) })
}

/// Filler at the ends, as some issuers leave it.
fn trim(name: Option<&str>) -> &str {
    name.unwrap_or_default().trim_matches('<')
}

fn read_dose(entry: Members<'_>) -> Dose {
    let code = entry.text("vp").unwrap_or_default();
    Dose {
        disease: entry.text("tg"),
        product: entry.text("mp"),
        maker: entry.text("ma"),
        date: entry.date("dt"),
        number: entry.number("dn"),
        total: entry.number("sd"),
        country: entry.country("co"),
        ..Dose::of(VaccineCode::eu(code))
    }
}

fn read_test(entry: Members<'_>) -> TestResult {
    TestResult {
        disease: entry.text("tg"),
        test_type: entry.text("tt").unwrap_or_default(),
        name: entry.text("nm").or_else(|| entry.text("ma")),
        device: entry.text("ma"),
        sampled_at: entry.get("sc").and_then(text).and_then(UnixTime::parse),
        result: entry.text("tr").unwrap_or_default(),
        country: entry.country("co"),
        centre: entry.text("tc"),
    }
}

fn read_recovery(entry: Members<'_>) -> Recovery {
    Recovery {
        disease: entry.text("tg"),
        first_positive: entry.date("fr"),
        country: entry.country("co"),
        valid_from: entry.date("df"),
        valid_until: entry.date("du"),
    }
}

/// Writes a vaccination: members in deterministic order, whole numbers, no nulls.
pub(super) fn write(writer: &mut Writer, certificate: &Certificate, country: Country) -> Result<(), WriteError> {
    let [dose] = certificate.doses.as_slice() else {
        return Err(WriteError::DoseCount);
    };
    writer.map(4);
    writer.text("v");
    writer.array(1);
    write_dose(writer, certificate, dose, country)?;
    writer.text("dob");
    writer.text(&write_birth(&certificate.holder.birth)?);
    writer.text("nam");
    write_names(writer, &certificate.holder)?;
    writer.text("ver");
    writer.text(VERSION);
    Ok(())
}

/// The schema's range of birth years; an unknown date is the empty text.
fn write_birth(birth: &BirthDate) -> Result<String, WriteError> {
    let year = match birth {
        BirthDate::Day(date) => date.ymd().0,
        BirthDate::Month(year, _) | BirthDate::Year(year) => i32::from(*year),
        BirthDate::Unknown => return Ok(String::new()),
    };
    if (1900..=2099).contains(&year) { Ok(birth.to_string()) } else { Err(WriteError::Date) }
}

fn write_names(writer: &mut Writer, holder: &Holder) -> Result<(), WriteError> {
    let name = holder.romanised.as_ref().ok_or(WriteError::RomanisedNameMissing)?;
    let (family, given) = match &holder.registered {
        Some(RegisteredName::Parts { family, given }) => (family.as_deref(), given.as_deref()),
        _ => (None, None),
    };
    let standard = |part: &'static str, text: &'_ str| (!text.is_empty()).then_some((part, text.to_owned()));
    let members = [
        family.map(|text| ("fn", text.to_owned())),
        given.map(|text| ("gn", text.to_owned())),
        standard("fnt", name.family()),
        standard("gnt", name.given()),
    ];
    writer.map(members.iter().flatten().count());
    for (key, value) in members.iter().flatten() {
        writer.text(key);
        write_text(writer, value)?;
    }
    Ok(())
}

/// How the EU names a dose's vaccine: as the dose has it, or through the CVX code of its product.
fn eu_codes(dose: &Dose) -> Result<[String; 4], WriteError> {
    match dose.vaccine.system {
        CodeSystem::SnomedCt | CodeSystem::Atc => {
            let member = |text: &Option<String>| text.clone().ok_or(WriteError::Vaccine);
            Ok([member(&dose.disease)?, dose.vaccine.code.clone(), member(&dose.product)?, member(&dose.maker)?])
        }
        CodeSystem::Cvx => {
            let cvx = dose.vaccine.code.parse().map_err(|_| WriteError::Vaccine)?;
            let EuProduct { disease, vaccine, product, maker, .. } =
                vaccine::by_cvx(cvx).and_then(|product| product.eu).ok_or(WriteError::Vaccine)?;
            Ok([disease, vaccine, product, maker].map(str::to_owned))
        }
        // Other systems name kinds of vaccines, or products that the EU has no code for.
        CodeSystem::Icd11 | CodeSystem::WhoProduct | CodeSystem::Gtin | CodeSystem::AuAir | CodeSystem::Other => {
            Err(WriteError::Vaccine)
        }
    }
}

fn write_dose(writer: &mut Writer, certificate: &Certificate, dose: &Dose, issuing: Country) -> Result<(), WriteError> {
    let [disease, vaccine, product, maker] = eu_codes(dose)?;
    let identifier = certificate.identifiers.first().ok_or(WriteError::Missing)?;
    let issuer = certificate.issuer.as_ref().ok_or(WriteError::Missing)?;
    let number = dose.number.filter(|number| *number > 0).ok_or(WriteError::Missing)?;
    // A series of unknown length is as long as it has become: boosters are 3 of 3.
    let total = dose.total.unwrap_or(number).max(1);
    writer.map(10);
    let mut member = |key: &str, value: &str| {
        writer.text(key);
        write_text(writer, value)
    };
    member("ci", identifier)?;
    member("co", dose.country.unwrap_or(issuing).as_str())?;
    writer.text("dn");
    writer.uint(number);
    let mut member = |key: &str, value: &str| {
        writer.text(key);
        write_text(writer, value)
    };
    member("dt", &dose.date.ok_or(WriteError::Date)?.to_string())?;
    member("is", issuer)?;
    member("ma", &maker)?;
    member("mp", &product)?;
    writer.text("sd");
    writer.uint(total);
    let mut member = |key: &str, value: &str| {
        writer.text(key);
        write_text(writer, value)
    };
    member("tg", &disease)?;
    member("vp", &vaccine)
}
