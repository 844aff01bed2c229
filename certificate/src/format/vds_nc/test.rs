//! `icao.test`: proof of testing.

use super::fields::Fields;
use super::{Format, PayloadError, holder, state};
use crate::certificate::{Certificate, Holder, Kind, TestResult, TravelDocument};
use crate::country::Country;
use crate::date::UnixTime;
use crate::finding::FindingCode;

/// Kinds of documents (`dt`): passport, three kinds of identity card, crew member's certificate, visa, driving licence.
const DOCUMENTS: [&str; 7] = ["P", "A", "C", "I", "AC", "V", "D"];
const METHODS: [&str; 4] = ["molecular(PCR)", "molecular(other)", "antigen", "antibody"];
const RESULTS: [&str; 4] = ["normal", "abnormal", "positive", "negative"];

/// Reads `msg`. The report's time is the seal's time of issue; it has no end.
pub(super) fn read(message: &mut Fields<'_>) -> Result<Certificate, PayloadError> {
    let identifier = message.optional("utci", 12)?;
    let holder = message.object("pid", read_holder)?;
    let (centre, country) = message.object("sp", read_provider)?;
    let (sampled_at, reported_at) = message.object("dat", |dates| {
        let both = (moment(dates, "sc")?, moment(dates, "ri")?);
        dates.known(&["sc", "ri"]);
        Ok(both)
    })?;
    let (test_type, result, name) = message.object("tr", |test| {
        let parts = (test.one_of("tc", &METHODS)?, test.one_of("r", &RESULTS)?, test.optional("m", usize::MAX)?);
        test.known(&["tc", "r", "m"]);
        Ok(parts)
    })?;
    // `opt` is the issuer's own.
    message.known(&["utci", "pid", "sp", "dat", "tr", "opt"]);
    let test = TestResult {
        disease: None,
        test_type,
        name,
        device: None,
        sampled_at: Some(sampled_at),
        result,
        country,
        centre: Some(centre),
    };
    Ok(Certificate {
        tests: vec![test],
        identifiers: identifier.into_iter().collect(),
        issued_at: Some(reported_at),
        ..Certificate::about(holder, Format::VdsNc, Kind::Test)
    })
}

fn read_holder(person: &mut Fields<'_>) -> Result<Holder, PayloadError> {
    let (romanised, registered) = holder::name(&person.text("n", holder::NAME_MAX)?);
    let birth = holder::birth(person)?.ok_or(PayloadError::Person)?;
    let passport = person.one_of("dt", &DOCUMENTS)? == "P";
    let number = person.text("dn", 24)?;
    let sex = holder::sex(person)?;
    person.known(&["n", "dob", "dt", "dn", "sex"]);
    let document = Some(TravelDocument { passport, number });
    Ok(Holder { romanised, registered, sex, document, ..Holder::born(birth) })
}

fn read_provider(provider: &mut Fields<'_>) -> Result<(String, Option<Country>), PayloadError> {
    let parts = (provider.text("spn", usize::MAX)?, state(&provider.text("ctr", 3)?));
    if provider.has("cd") {
        provider.object("cd", |contact| {
            for name in ["p", "e", "a"] {
                if contact.optional(name, usize::MAX)?.is_none() {
                    contact.note(FindingCode::Missing, name);
                }
            }
            contact.known(&["p", "e", "a"]);
            Ok(())
        })?;
    } else {
        provider.note(FindingCode::Missing, "cd");
    }
    provider.known(&["spn", "ctr", "cd"]);
    Ok(parts)
}

/// A date and time with its offset (RFC 3339).
fn moment(dates: &mut Fields<'_>, name: &str) -> Result<UnixTime, PayloadError> {
    let text = dates.text(name, usize::MAX)?;
    UnixTime::parse(&text).filter(|time| *time <= UnixTime::MAX).ok_or(PayloadError::Time)
}
