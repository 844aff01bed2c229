//! Records out: as JSON, and as FHIR.

use super::body::Said;
use super::problem::Problems;
use super::whom::Whom;
use super::{Calling, problem};
use crate::export::{ExportError, ExportForm, Selection, export};
use crate::lifecycle;
use crate::office::trouble::Trouble;
use crate::office::{Office, now};
use crate::record::{Dose, Record};
use crate::register::FindingChoice;
use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;
use tegata_certificate::{RegisteredName, RomanisedName};
use utoipa::ToSchema;

/// A person with the doses.
#[derive(Serialize, ToSchema)]
pub(super) struct RecordBody {
    /// The number in the register.
    number: String,
    /// The name as registered.
    name: Option<String>,
    /// Its reading.
    kana: Option<String>,
    /// The name as in the passport's machine-readable zone.
    romanised: Option<String>,
    /// The birth date, as precisely as it is known.
    birth: String,
    /// The municipality's code, six digits.
    municipality: Option<String>,
    /// Whether the address is shielded (支援措置): then a second person agrees before anything is issued.
    shielded: bool,
    /// Where the record stands: `draft` (waits for a check), `checked` or `approved`.
    state: &'static str,
    /// Codes of findings that somebody must confirm before anything is issued.
    findings: Vec<&'static str>,
    /// The doses, by date.
    doses: Vec<DoseBody>,
}

/// A dose.
#[derive(Serialize, ToSchema)]
struct DoseBody {
    /// Its number in the series.
    number: u8,
    /// The day.
    date: String,
    /// The product's key.
    product: String,
    /// The CVX code.
    cvx: u16,
    /// The lot.
    lot: Option<String>,
    /// The place.
    site: Option<String>,
}

fn told(record: &Record, state: lifecycle::State, findings: Vec<&'static str>) -> RecordBody {
    let person = &record.person;
    let dose = |dose: &Dose| DoseBody {
        number: dose.number,
        date: dose.date.to_string(),
        product: dose.product.key.to_owned(),
        cvx: dose.product.cvx,
        lot: dose.lot.clone(),
        site: dose.site.clone(),
    };
    RecordBody {
        number: person.number.to_string(),
        name: person.registered.as_ref().map(RegisteredName::to_line),
        kana: person.kana.clone(),
        romanised: person.romanised.as_ref().map(RomanisedName::to_mrz),
        birth: person.birth.to_string(),
        municipality: person.municipality.map(|code| code.to_string()),
        shielded: person.shielded,
        state: state.name(),
        findings,
        doses: record.doses.iter().map(dose).collect(),
    }
}

/// A person with the doses, and where the record stands.
#[utoipa::path(
    post, path = "/api/v1/records/read", tag = "records", request_body = Whom,
    responses((status = 200, body = RecordBody, description = "The record"), Problems)
)]
pub(super) async fn read(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(whom): Said<Whom>,
) -> Result<Response, Trouble> {
    let told = office
        .called(caller, "records/read", whom, |_, register, record, _| {
            let number = record.person.number.clone();
            let state = lifecycle::life(register, &number, now())?.record.unwrap_or(lifecycle::State::Draft);
            let open = register.open_findings(&FindingChoice::Person(number), None)?;
            let open = open.iter().filter(|finding| finding.confirmed.is_none());
            Ok(told(&record, state, open.map(|finding| finding.code.name()).collect()))
        })
        .await?;
    Ok(Json(told).into_response())
}

/// A person with the doses as a FHIR R4 bundle (JP Core): Patient and Immunization. It comes back as the same record.
#[utoipa::path(
    post, path = "/api/v1/records/fhir", tag = "records", request_body = Whom,
    responses((status = 200, content_type = "application/fhir+json", body = serde_json::Value, description = "A Bundle"), problem::Problems)
)]
pub(super) async fn fhir(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(whom): Said<Whom>,
) -> Result<Response, Trouble> {
    let bundle = office
        .called(caller, "records/fhir", whom, |_, register, record, _| {
            let mut bundle = Vec::new();
            let form = ExportForm::FhirBundle { identifier_system: None };
            match export(register, &Selection::People(vec![record.person.number]), &form, &mut bundle) {
                Ok(_) => Ok(bundle),
                Err(ExportError::Register(error)) => Err(error.into()),
                Err(ExportError::UnknownPerson(_)) => Err(Trouble::nobody()),
                Err(other) => Err(Trouble::own(&other)),
            }
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/fhir+json")], bundle).into_response())
}
