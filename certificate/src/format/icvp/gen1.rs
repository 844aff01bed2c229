//! Generation 1: SMART ICVP 0.2 and 0.3.0. `v` is a list of doses; deployed software writes a map.

use super::super::hcert::Members;
use super::super::{Format, PayloadError};
use super::reading::Reading;
use crate::certificate::{Certificate, Dose, Kind};
use crate::finding::{Finding, FindingCode};

/// More doses than any certificate of one vaccination has.
const DOSES_MAX: usize = 16;

pub(super) fn read(payload: Members<'_>) -> Result<Certificate, PayloadError> {
    let mut findings = Vec::new();
    let mut person = Reading::new(payload, "", &mut findings);
    let holder = person.holder()?;
    let holder = person.identified(holder, ("ntl", 3), ("nid", "ndt"));
    let doses = payload.get("v").ok_or(PayloadError::Entry)?;
    let entries = match doses.as_array() {
        Some(entries) => entries,
        None => {
            person.find(FindingCode::WrongType, "v");
            std::slice::from_ref(doses)
        }
    };
    match entries.len() {
        1 => {}
        // The model allows several; the guide's requirements ask for exactly one.
        2..=DOSES_MAX => findings.push(Finding::new(FindingCode::WrongCount, "v")),
        _ => return Err(PayloadError::Entry),
    }
    let mut certificate = Certificate::about(holder, Format::Icvp, Kind::Vaccination);
    for entry in entries {
        let entry = Members::of(entry).ok_or(PayloadError::Structure)?;
        let (dose, issuer) = read_dose(Reading::new(entry, "v/", &mut findings));
        certificate.issuer = certificate.issuer.or(issuer);
        certificate.doses.push(dose);
    }
    certificate.findings = findings;
    Ok(certificate)
}

fn read_dose(mut reading: Reading<'_, '_>) -> (Dose, Option<String>) {
    let dose = reading.dose("dt");
    let dose = reading.in_force(dose);
    let issuer = reading.optional("is");
    // Somebody answers for it: a clinician or an authority (IHR Annex 6).
    if dose.clinician.is_none() && issuer.is_none() {
        reading.find(FindingCode::Missing, "is");
    }
    (dose, issuer)
}
