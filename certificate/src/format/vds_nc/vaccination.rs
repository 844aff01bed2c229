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
    let birth = birth.unwrap_or(BirthDate::Unknown);
    // One of the two binds the seal to a person.
    if birth == BirthDate::Unknown && number.is_none() {
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
        ..Holder::born(birth)
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

#[cfg(test)]
mod tests {
    use super::super::VdsNc;
    use super::*;
    use crate::format::Family;
    use crate::frame::cbor::Profile;

    #[test]
    fn a_seal_binds_to_a_birth_date_that_is_known_or_to_a_document() {
        let read = |person: &str| {
            let event = r#"{"des":"XM68M6","nam":"Comirnaty","vd":[{"adm":"A","ctr":"UTO","dvc":"2021-07-01","lot":"L","seq":1}]}"#;
            let message = format!(r#"{{"pid":{{{person}"n":"DOE  JANE"}},"uvci":"U1","ve":[{event}]}}"#);
            let data = format!(r#"{{"hdr":{{"is":"UTO","t":"icao.vacc","v":1}},"msg":{message}}}"#);
            VdsNc.read(data.as_bytes(), Profile::Lenient).err()
        };
        for bound in [r#""dob":"1984-XX-XX","#, r#""i":"X1","#, r#""dob":"XXXX-XX-XX","i":"X1","#] {
            assert_eq!(read(bound), None, "{bound}");
        }
        for loose in ["", r#""dob":"XXXX-XX-XX","#, r#""dob":"1984-XX","i":"X1","#] {
            assert_eq!(read(loose), Some(PayloadError::Person), "{loose}");
        }
    }
}
