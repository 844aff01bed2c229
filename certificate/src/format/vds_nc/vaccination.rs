//! `icao.vacc`: proof of vaccination.

use super::fields::Fields;
use super::{Format, PayloadError, holder, state};
use crate::certificate::{Certificate, Dose, Holder, Kind, TravelDocument};
use crate::date::{BirthDate, Date};
use crate::vaccine::{CodeSystem, VaccineCode};

/// Reads `msg`. The seal has no time of issue and no end.
pub(super) fn read(message: &mut Fields<'_>) -> Result<Certificate, PayloadError> {
    let identifier = message.text("uvci", 12)?;
    let holder = message.object("pid", read_holder)?;
    let doses = message.list("ve", read_event)?.concat();
    message.known(&["uvci", "pid", "ve"]);
    Ok(Certificate {
        doses,
        identifiers: vec![identifier],
        ..Certificate::about(holder, Format::VdsNc, Kind::Vaccination)
    })
}

fn read_holder(person: &mut Fields<'_>) -> Result<Holder, PayloadError> {
    let (romanised, registered) = holder::name(&person.text("n", holder::NAME_MAX)?);
    let birth = holder::birth(person)?;
    let number = person.optional("i", 11)?;
    // One of the two binds the seal to a person.
    if birth.is_none() && number.is_none() {
        return Err(PayloadError::Person);
    }
    // Another identifier is the issuer's own, and nobody at a barrier can compare it.
    person.optional("ai", 24)?;
    let sex = holder::sex(person)?;
    person.known(&["n", "dob", "i", "ai", "sex"]);
    Ok(Holder {
        romanised,
        registered,
        sex,
        document: number.map(|number| TravelDocument { passport: true, number }),
        ..Holder::born(birth.unwrap_or(BirthDate::Unknown))
    })
}

/// One vaccine and the doses of it.
fn read_event(event: &mut Fields<'_>) -> Result<Vec<Dose>, PayloadError> {
    let code = event.text("des", 6)?;
    let product = event.text("nam", usize::MAX)?;
    let disease = event.optional("dis", 6)?;
    let doses = event.list("vd", |dose| {
        let given = day(dose, "dvc")?.ok_or(PayloadError::Time)?;
        let number = dose.number("seq", 99)?;
        let country = state(&dose.text("ctr", 3)?);
        let centre = dose.text("adm", 20)?;
        let lot = dose.text("lot", 20)?;
        day(dose, "dvn")?;
        dose.known(&["dvc", "seq", "ctr", "adm", "lot", "dvn"]);
        Ok(Dose {
            disease: disease.clone(),
            product: Some(product.clone()),
            lot: Some(lot),
            date: Some(given),
            number: Some(u64::from(number)),
            country,
            centre: Some(centre),
            ..Dose::of(VaccineCode { system: CodeSystem::Icd11, code: code.clone() })
        })
    })?;
    event.known(&["des", "nam", "dis", "vd"]);
    Ok(doses)
}

fn day(dose: &mut Fields<'_>, name: &str) -> Result<Option<Date>, PayloadError> {
    let Some(text) = dose.optional(name, usize::MAX)? else { return Ok(None) };
    Date::parse(&text).map(Some).ok_or(PayloadError::Time)
}
