//! Generation 2: the model of 2026. One dose, under `vx`; `v` is the version of a template, `dt` the type
//! of the document.

use super::super::hcert::Members;
use super::super::{Format, PayloadError};
use super::reading::Reading;
use crate::certificate::{Certificate, Kind};
use crate::finding::FindingCode;

pub(super) fn read(payload: Members<'_>) -> Result<Certificate, PayloadError> {
    let mut findings = Vec::new();
    let mut person = Reading::new(payload, "", &mut findings);
    let holder = person.holder()?;
    for key in ["s", "nt", "v"] {
        if payload.get(key).is_none() {
            person.find(FindingCode::Missing, key);
        }
    }
    if let Some(version) = payload.get("v")
        && super::hcert::text(version).is_none()
    {
        person.find(FindingCode::WrongType, "v");
    }
    let holder = person.identified(holder, ("nt", 3), ("id", "dt"));
    let entry = payload.get("vx").ok_or(PayloadError::Entry)?;
    let entry = Members::of(entry).ok_or(PayloadError::Structure)?;
    let mut reading = Reading::new(entry, "vx/", &mut findings);
    let dose = reading.dose("dv");
    let issuer = reading.optional("is");
    Ok(Certificate {
        issuer,
        doses: vec![dose],
        findings,
        ..Certificate::about(holder, Format::Icvp, Kind::Vaccination)
    })
}
