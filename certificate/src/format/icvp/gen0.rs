//! Generation 0: the draft of 2024 (DVC). `v` is a map that also names disease, maker and dose.

use super::super::hcert::Members;
use super::super::{Format, PayloadError};
use super::reading::Reading;
use crate::certificate::{Certificate, Dose, Kind};
use crate::finding::FindingCode;
use crate::vaccine::VaccineCode;

pub(super) fn read(payload: Members<'_>) -> Result<Certificate, PayloadError> {
    let mut findings = Vec::new();
    let mut person = Reading::new(payload, "", &mut findings);
    let holder = person.holder()?;
    let holder = person.identified(holder, ("ntl", 2), ("nid", "ndt"));
    let doses = payload.get("v").ok_or(PayloadError::Entry)?;
    let entry = match doses.as_array() {
        None => doses,
        Some([entry]) => {
            person.find(FindingCode::WrongType, "v");
            entry
        }
        // The draft knows one dose only.
        Some(_) => return Err(PayloadError::Entry),
    };
    let entry = Members::of(entry).ok_or(PayloadError::Structure)?;
    let mut reading = Reading::new(entry, "v/", &mut findings);
    let code = reading.required("vp").unwrap_or_default();
    let dose = Dose {
        disease: reading.optional("tg"),
        product: reading.optional("mp"),
        maker: reading.optional("ma"),
        lot: reading.optional("bo"),
        date: reading.required_day("dt"),
        // A number, or a word such as "Primary", which has no place in a series.
        number: reading.optional("dn").and_then(|number| number.parse().ok()),
        clinician: reading.optional("cn"),
        ..Dose::of(VaccineCode::who(code))
    };
    let dose = reading.in_force(dose);
    let issuer = reading.optional("is");
    Ok(Certificate {
        issuer,
        doses: vec![dose],
        findings,
        ..Certificate::about(holder, Format::Icvp, Kind::Vaccination)
    })
}
