//! Records and certificates of people.

use super::problem::Problem;
use super::{Caller, Calling};
use crate::approval::{ApprovalKind, Subject};
use crate::check::Diagnostic;
use crate::export::{ExportForm, Selection, export};
use crate::import::{FhirOptions, ImportError, ImportOptions, Input, Sources, Summary, import_with};
use crate::issue::{Plan, Purpose, issue_texts_under};
use crate::lifecycle;
use crate::office::people::issue_trouble;
use crate::office::second_person::{granted_for, permit};
use crate::office::trouble::Trouble;
use crate::office::{Office, now, today};
use crate::record::{Record, RegisterNumber};
use crate::register::{Act, ActKind, ActPurpose, Register};
use axum::body::Bytes;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tegata_certificate::{Format, RegisteredName, RomanisedName};
use utoipa::{IntoParams, ToSchema};

/// Findings of an import that are told.
const TOLD: usize = 1_000;

/// What a record is looked at for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Looking {
    /// A purpose of the office, by its id: `issue`, `correct`, `inquiry`, `withdraw`, `check`, or one of its own.
    #[param(min_length = 1, max_length = 40)]
    purpose: String,
}

/// Whether files are only looked at.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Importing {
    /// Everything is done and undone again.
    #[serde(default)]
    dry_run: bool,
}

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
    /// Whether the address is shielded.
    shielded: bool,
    /// The doses, by date.
    doses: Vec<DoseBody>,
}

/// A dose.
#[derive(Serialize, ToSchema)]
pub(super) struct DoseBody {
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
}

/// A certificate's state.
#[derive(Serialize, ToSchema)]
pub(super) struct CertificateBody {
    /// Its identifier.
    identifier: String,
    /// The family.
    format: String,
    /// Its state.
    state: String,
    /// Whether verifiers that know the newest lists take it.
    in_force: bool,
    /// When it was issued.
    issued_at: String,
    /// Its end.
    expires_at: String,
    /// What took its place.
    replaced_by: Option<String>,
}

/// What is to be issued.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IssueBody {
    /// What the certificates are for: it chooses formats and fields.
    purpose: IssuePurpose,
}

/// What certificates are for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum IssuePurpose {
    /// Within the country.
    Domestic,
    /// Abroad.
    Travel,
}

/// A certificate, or why there is none.
#[derive(Serialize, ToSchema)]
pub(super) struct IssuedBody {
    /// The family.
    format: String,
    /// Its identifier.
    identifier: Option<String>,
    /// The text for the code.
    text: Option<String>,
    /// The stable word for why there is none.
    refused: Option<String>,
}

/// What came of an import.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportBody {
    /// Whether it was only tried.
    dry_run: bool,
    /// People who are new or changed.
    people: u64,
    /// Doses that are new or changed.
    doses: u64,
    /// Rows that were refused.
    refused: u64,
    /// Rows that wait for another's correction.
    waiting: u64,
    /// People who get no certificate before somebody has looked.
    to_confirm: u64,
    /// What was found, the first thousand.
    findings: Vec<FindingBody>,
}

/// Something that was found in a row.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingBody {
    /// The stable name.
    code: String,
    /// `block`, `eye` or `info`.
    level: String,
    /// The row's line.
    line: u64,
    /// The column, where it is one's.
    column: Option<String>,
}

impl Office {
    /// Works with the record of a number that a system names, if its station serves that person.
    async fn called<T: Send + 'static>(
        self: &Arc<Self>,
        caller: Caller,
        number: &str,
        work: impl FnOnce(&Self, &mut Register, Record, &Caller) -> Result<T, Trouble> + Send + 'static,
    ) -> Result<T, Trouble> {
        let number = RegisterNumber::parse(number).ok_or_else(Trouble::nobody)?;
        let (office, actor) = (self.clone(), caller.actor()?);
        self.pool
            .run(actor, move |register| {
                let record = office.record_for(register, &caller.station, &number)?;
                work(&office, register, record, &caller)
            })
            .await?
    }

    fn purpose(&self, looking: Result<Query<Looking>, QueryRejection>) -> Result<ActPurpose, Trouble> {
        let wrong = || {
            Trouble::form(
                "purpose に、役所の設定にある目的を指定してください。",
                "Say with ?purpose= what it is for: one of the office's purposes.",
            )
        };
        let Query(looking) = looking.map_err(|_| wrong())?;
        self.config.purpose(&looking.purpose).ok_or_else(wrong)?;
        ActPurpose::parse(&looking.purpose).map_err(|_| wrong())
    }
}

fn body(record: &Record) -> RecordBody {
    let person = &record.person;
    let dose = |dose: &crate::record::Dose| DoseBody {
        number: dose.number,
        date: dose.date.to_string(),
        product: dose.product.key.to_owned(),
        cvx: dose.product.cvx,
        lot: dose.lot.clone(),
    };
    RecordBody {
        number: person.number.to_string(),
        name: person.registered.as_ref().map(RegisteredName::to_line),
        kana: person.kana.clone(),
        romanised: person.romanised.as_ref().map(RomanisedName::to_mrz),
        birth: person.birth.to_string(),
        municipality: person.municipality.map(|code| format!("{:06}", code.number())),
        shielded: person.shielded,
        doses: record.doses.iter().map(dose).collect(),
    }
}

/// A person with the doses.
#[utoipa::path(
    get, path = "/api/v1/records/{number}", tag = "records", params(("number" = String, Path, description = "The number in the register"), Looking),
    responses((status = 200, body = RecordBody), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"), (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")),
)]
pub(super) async fn record(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Path(number): Path<String>,
    looking: Result<Query<Looking>, QueryRejection>,
) -> Result<Response, Trouble> {
    let purpose = office.purpose(looking)?;
    let told = office
        .called(caller, &number, move |_, register, record, _| {
            register.note(&[Act::new(ActKind::View).about(&record.person.number).purpose(purpose)])?;
            Ok(body(&record))
        })
        .await?;
    Ok(Json(told).into_response())
}

/// A person with the doses, as a FHIR R4 bundle (JP Core).
#[utoipa::path(
    get, path = "/api/v1/records/{number}/fhir", tag = "records", params(("number" = String, Path, description = "The number in the register"), Looking),
    responses((status = 200, content_type = "application/fhir+json", body = serde_json::Value), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"), (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")),
)]
pub(super) async fn fhir(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Path(number): Path<String>,
    looking: Result<Query<Looking>, QueryRejection>,
) -> Result<Response, Trouble> {
    office.purpose(looking)?;
    let bundle = office
        .called(caller, &number, |_, register, record, _| {
            let mut bundle = Vec::new();
            let form = ExportForm::FhirBundle { identifier_system: None };
            export(register, &Selection::People(vec![record.person.number]), &form, &mut bundle)
                .map_err(|error| Trouble::own(&error))?;
            Ok(bundle)
        })
        .await?;
    Ok(([(header::CONTENT_TYPE, "application/fhir+json")], bundle).into_response())
}

/// A person's certificates, with their states.
#[utoipa::path(
    get, path = "/api/v1/records/{number}/certificates", tag = "certificates", params(("number" = String, Path, description = "The number in the register"), Looking),
    responses((status = 200, body = [CertificateBody]), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"), (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")),
)]
pub(super) async fn certificates(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Path(number): Path<String>,
    looking: Result<Query<Looking>, QueryRejection>,
) -> Result<Response, Trouble> {
    let purpose = office.purpose(looking)?;
    let told = office
        .called(caller, &number, move |_, register, record, _| {
            let number = &record.person.number;
            let life = lifecycle::life(register, number, now())?;
            register.note(&[Act::new(ActKind::View).about(number).purpose(purpose)])?;
            let certificates = life.certificates.iter().map(|one| CertificateBody {
                identifier: one.identifier.clone(),
                format: one.format.name().to_owned(),
                state: one.state.name().to_owned(),
                in_force: one.in_force,
                issued_at: one.issued_at().to_string(),
                expires_at: one.expires_at.to_string(),
                replaced_by: one.replaced_by.clone(),
            });
            Ok(certificates.collect::<Vec<_>>())
        })
        .await?;
    Ok(Json(told).into_response())
}

/// Issues the certificates of a person; again gives the same ones.
#[utoipa::path(
    post, path = "/api/v1/records/{number}/certificates", tag = "certificates", params(("number" = String, Path, description = "The number in the register")),
    request_body = IssueBody,
    responses((status = 200, body = [IssuedBody]), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"), (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"), (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"), (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")),
)]
pub(super) async fn issue(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Path(number): Path<String>,
    wish: Result<Json<IssueBody>, JsonRejection>,
) -> Result<Response, Trouble> {
    let Json(wish) = wish.map_err(|_| {
        Trouble::form(
            "{\"purpose\": \"domestic\"} か {\"purpose\": \"travel\"} を送ってください。",
            "Send {\"purpose\": \"domestic\"} or {\"purpose\": \"travel\"} as application/json.",
        )
    })?;
    let purpose = match wish.purpose {
        IssuePurpose::Domestic => Purpose::Domestic,
        IssuePurpose::Travel => Purpose::Travel,
    };
    let told = office
        .called(caller, &number, move |office, register, record, caller| {
            issue_for(office, register, &record, &caller.account, purpose)
        })
        .await?;
    Ok(Json(told).into_response())
}

fn issue_for(
    office: &Office,
    register: &mut Register,
    record: &Record,
    account: &str,
    purpose: Purpose,
) -> Result<Vec<IssuedBody>, Trouble> {
    let (now, number) = (now(), &record.person.number);
    let granted = match record.person.shielded {
        true => granted_for(register, account, ApprovalKind::IssueProtected, &Subject::Person(number.clone()), now)?,
        false => None,
    };
    let issued = office.keys.with(now, |keys, _| {
        let signs = |format: &Format| keys.iter().any(|key| key.signs(*format));
        let formats = purpose.formats().into_iter().filter(signs).collect();
        let plan = Plan { formats, purpose, ..Plan::default() };
        issue_texts_under(register, keys, &plan, number, now, &permit(office, granted.as_ref()))
    });
    let issued = issued.map_err(|error| Trouble::own(&error))?.map_err(issue_trouble)?;
    let told = issued.into_iter().map(|one| IssuedBody {
        format: one.edition.format.name().to_owned(),
        identifier: one.identifier,
        refused: one.text.as_ref().err().map(|refusal| refusal.code().to_owned()),
        text: one.text.ok(),
    });
    Ok(told.collect())
}

/// Takes records in, in our long form: CSV with one dose a row.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "imports", params(Importing), request_body(content = String, content_type = "text/csv"),
    responses((status = 200, body = ImportBody), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"), (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"), (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")),
)]
pub(super) async fn import(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    importing: Result<Query<Importing>, QueryRejection>,
    rows: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Trouble> {
    let rows = rows.map_err(|rejection| too_large(rejection.status()))?;
    take_in(&office, caller, Sources::Long(Input::from_bytes("rows.csv", rows.to_vec())), importing).await
}

/// Takes records in as FHIR R4: a bundle, or one resource a line.
#[utoipa::path(
    post, path = "/api/v1/imports/fhir", tag = "imports", params(Importing), request_body(content = serde_json::Value, content_type = "application/fhir+json"),
    responses((status = 200, body = ImportBody), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"), (status = 413, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"), (status = 429, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")),
)]
pub(super) async fn import_fhir(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    importing: Result<Query<Importing>, QueryRejection>,
    bundle: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<Response, Trouble> {
    let bundle = bundle.map_err(|rejection| too_large(rejection.status()))?;
    let input = Input::from_bytes("bundle.json", bundle.to_vec());
    take_in(&office, caller, Sources::Fhir(vec![input], FhirOptions { identifier_system: None }), importing).await
}

fn too_large(status: StatusCode) -> Trouble {
    let (ja, en) = match status {
        StatusCode::PAYLOAD_TOO_LARGE => ("64 MB までに分けてください。", "Split it: 64 MB at once."),
        _ => ("本文を読み取れませんでした。", "The body did not arrive whole."),
    };
    let status = if status == StatusCode::PAYLOAD_TOO_LARGE { status } else { StatusCode::UNPROCESSABLE_ENTITY };
    Trouble::new(status, "body", ja, en)
}

async fn take_in(
    office: &Arc<Office>,
    caller: Caller,
    sources: Sources,
    importing: Result<Query<Importing>, QueryRejection>,
) -> Result<Response, Trouble> {
    let Query(Importing { dry_run }) =
        importing.map_err(|_| Trouble::form("dry_run は true か false です。", "dry_run is true or false."))?;
    let actor = caller.actor()?;
    let told = office
        .pool
        .run(actor, move |register| {
            let mut findings = Vec::new();
            let options = ImportOptions { today: today(), dry_run, accept: Vec::new() };
            let summary = import_with(register, sources, &options, &mut |finding: &Diagnostic| {
                if findings.len() < TOLD {
                    findings.push(FindingBody {
                        code: finding.code.name().to_owned(),
                        level: finding.code.level().name().to_owned(),
                        line: finding.line,
                        column: finding.column.as_ref().map(|column| column.name.to_string()),
                    });
                }
            });
            summary.map(|summary| told(&summary, findings)).map_err(|error| match error {
                ImportError::Register(error) => error.into(),
                // A reading error may quote the file's headings, which are the sender's own.
                other => Trouble::form(format!("取り込めません。台帳は変更していません： {other}"), other.to_string()),
            })
        })
        .await??;
    Ok(Json(told).into_response())
}

fn told(summary: &Summary, findings: Vec<FindingBody>) -> ImportBody {
    ImportBody {
        dry_run: summary.dry_run,
        people: summary.changes.people_inserted + summary.changes.people_updated,
        doses: summary.changes.doses_inserted + summary.changes.doses_updated,
        refused: summary.refused(),
        waiting: summary.waiting(),
        to_confirm: summary.to_confirm,
        findings,
    }
}
