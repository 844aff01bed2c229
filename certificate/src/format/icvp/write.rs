//! Writes generations 1 and 2 by the letter of their models, members in deterministic order.

use super::super::hcert;
use super::Generation;
use crate::certificate::{Certificate, Dose, Holder, Sex};
use crate::country::Country;
use crate::date::{BirthDate, Date, UnixTime};
use crate::frame::cbor::Writer;
use crate::name::RegisteredName;
use crate::sealed::{Draft, KeyIdentity, WriteError};
use crate::vaccine::{self, CodeSystem, who};
use std::borrow::Cow;

/// The amended Regulations are in force since 2025-09-19; nothing is issued for an earlier day.
const IN_FORCE_SINCE: UnixTime = UnixTime(1_758_240_000);

/// The state of the model that generation 2 is written by. The guide asks for a version and prescribes none.
const TEMPLATE: &str = "2026-08";

/// A member to write: its name, and its text or its own members.
type Member<'a> = (&'static str, Content<'a>);

enum Content<'a> {
    Text(Cow<'a, str>),
    Map(Vec<Member<'a>>),
    /// A list of one map.
    List(Vec<Member<'a>>),
}

pub(super) fn draft(
    certificate: &Certificate,
    identity: &KeyIdentity<'_>,
    generation: Generation,
) -> Result<Draft, WriteError> {
    if certificate.issued_at.is_some_and(|issued_at| issued_at < IN_FORCE_SINCE) {
        return Err(WriteError::Date);
    }
    let [dose] = certificate.doses.as_slice() else {
        return Err(WriteError::DoseCount);
    };
    hcert::draft(certificate, identity, hcert::ICVP, |writer, country| {
        let members = match generation {
            Generation::Gen0 => return Err(WriteError::NotWrittenHere),
            Generation::Gen1 => gen1(certificate, dose)?,
            Generation::Gen2 => gen2(certificate, dose, country)?,
        };
        write_map(writer, members)
    })
}

fn gen1<'a>(certificate: &'a Certificate, dose: &'a Dose) -> Result<Vec<Member<'a>>, WriteError> {
    let holder = &certificate.holder;
    if dose.clinician.is_none() && certificate.issuer.is_none() {
        return Err(WriteError::Missing);
    }
    let mut entry = vec![
        ("vp", text(product(dose)?)),
        ("dt", text(dose.date.ok_or(WriteError::Date)?.to_string())),
        ("bo", text(dose.lot.as_deref().ok_or(WriteError::Missing)?)),
    ];
    push(&mut entry, "vls", dose.valid_from.map(day));
    push(&mut entry, "vle", dose.valid_until.map(day));
    push(&mut entry, "cn", dose.clinician.as_deref().map(text));
    push(&mut entry, "is", certificate.issuer.as_deref().map(text));
    let mut members = person(holder)?;
    push(&mut members, "s", holder.sex.map(sex));
    push(&mut members, "ntl", nationality(holder)?);
    push(&mut members, "nid", holder.document.as_ref().map(|document| text(document.number.as_str())));
    push(&mut members, "ndt", passport(holder));
    members.push(("v", Content::List(entry)));
    Ok(members)
}

fn gen2<'a>(certificate: &'a Certificate, dose: &'a Dose, country: Country) -> Result<Vec<Member<'a>>, WriteError> {
    let holder = &certificate.holder;
    let mut entry = vec![
        ("vp", text(product(dose)?)),
        ("dv", text(dose.date.ok_or(WriteError::Date)?.to_string())),
        ("bo", text(dose.lot.as_deref().ok_or(WriteError::Missing)?)),
    ];
    push(&mut entry, "cn", dose.clinician.as_deref().map(text));
    // The participant of WHO's network, which is the state, whatever office issues for it.
    push(&mut entry, "is", country.alpha3().map(text));
    let mut members = person(holder)?;
    members.push(("s", sex(holder.sex.ok_or(WriteError::Missing)?)));
    members.push(("nt", nationality(holder)?.ok_or(WriteError::Missing)?));
    push(&mut members, "id", holder.document.as_ref().map(|document| text(document.number.as_str())));
    push(&mut members, "dt", passport(holder));
    members.push(("vx", Content::Map(entry)));
    members.push(("v", text(TEMPLATE)));
    Ok(members)
}

fn text<'a>(text: impl Into<Cow<'a, str>>) -> Content<'a> {
    Content::Text(text.into())
}

fn day<'a>(day: Date) -> Content<'a> {
    text(day.to_string())
}

fn push<'a>(members: &mut Vec<Member<'a>>, key: &'static str, content: Option<Content<'a>>) {
    members.extend(content.map(|content| (key, content)));
}

/// Name, birth date and guardian, which both generations have.
fn person(holder: &Holder) -> Result<Vec<Member<'_>>, WriteError> {
    let BirthDate::Day(birth) = holder.birth else {
        return Err(WriteError::Date);
    };
    let mut members = vec![("n", text(name(holder)?)), ("dob", day(birth))];
    push(&mut members, "gn", holder.guardian.as_deref().map(text));
    Ok(members)
}

/// The name in Latin letters, because certificates are in English or French (Annex 6): as in the passport,
/// family name first, or as registered where that is in Latin letters.
fn name(holder: &Holder) -> Result<String, WriteError> {
    if let Some(name) = &holder.romanised {
        let parts = [name.family(), name.given()].map(|part| part.replace('<', " "));
        return Ok(parts.join(" ").trim().to_owned());
    }
    let registered = holder.registered.as_ref().map(RegisteredName::to_line).ok_or(WriteError::NameMissing)?;
    // Up to Latin Extended-B, and the marks of common use.
    let latin = |c: char| c < '\u{250}' || c == '\u{2019}';
    if registered.chars().all(latin) { Ok(registered) } else { Err(WriteError::RomanisedNameMissing) }
}

fn sex<'a>(sex: Sex) -> Content<'a> {
    text(match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::NotKnown => "unknown",
        Sex::NotApplicable => "other",
    })
}

fn nationality(holder: &Holder) -> Result<Option<Content<'_>>, WriteError> {
    match holder.nationality.as_deref() {
        None => Ok(None),
        Some(code) if code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase()) => Ok(Some(text(code))),
        Some(_) => Err(WriteError::Text),
    }
}

/// The type of the document, where it is known to be a passport.
fn passport(holder: &Holder) -> Option<Content<'_>> {
    holder.document.as_ref().filter(|document| document.passport).map(|_| text("PPN"))
}

/// WHO's id of the product: as the dose has it, or the only one that its CVX code can mean.
fn product(dose: &Dose) -> Result<String, WriteError> {
    match dose.vaccine.system {
        CodeSystem::WhoProduct if who::is_id(&dose.vaccine.code) => Ok(dose.vaccine.code.clone()),
        CodeSystem::Cvx => {
            let row = vaccine::by_code(&dose.vaccine).ok_or(WriteError::Vaccine)?;
            row.code(CodeSystem::WhoProduct).code().map(str::to_owned).ok_or(WriteError::Vaccine)
        }
        _ => Err(WriteError::Vaccine),
    }
}

/// Writes a map in the order of RFC 8949 section 4.2.1: shorter names first, then letter by letter.
fn write_map(writer: &mut Writer, mut members: Vec<Member<'_>>) -> Result<(), WriteError> {
    members.sort_by_key(|(key, _)| (key.len(), *key));
    writer.map(members.len());
    for (key, content) in members {
        writer.text(key);
        match content {
            Content::Text(text) => hcert::write_text(writer, &text)?,
            Content::Map(members) => write_map(writer, members)?,
            Content::List(members) => {
                writer.array(1);
                write_map(writer, members)?;
            }
        }
    }
    Ok(())
}
