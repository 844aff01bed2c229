//! Records in: our long form as CSV or JSON, and FHIR.

use super::body::{Object, bytes, kind, kind_of, misfit};
use super::problem::Problems;
use super::rows::RowsBody;
use super::{Caller, Calling};
use crate::check::{Diagnostic, Language};
use crate::import::{FhirOptions, ImportError, ImportOptions, Input, Scope, Sources, Summary, import_within};
use crate::municipality::MunicipalityCode;
use crate::office::trouble::Trouble;
use crate::office::{Office, now, today};
use crate::register::{KeptAnswer, Register, RegisterError};
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Findings of an import that are told.
const TOLD: usize = 1_000;
/// The call's own name.
const KEY: &str = "idempotency-key";
/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// How records are taken in.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Importing {
    /// Everything is done and undone again: the answer tells what would come of it.
    #[serde(default)]
    #[param(default = false)]
    dry_run: bool,
    /// The municipality of people who are new and name none, six digits: one of the station's. Needed where the station serves
    /// several.
    #[serde(default)]
    #[param(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    municipality: Option<String>,
}

/// The same, for FHIR.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ImportingFhir {
    /// Everything is done and undone again: the answer tells what would come of it.
    #[serde(default)]
    #[param(default = false)]
    dry_run: bool,
    /// The municipality of people who are new and name none, six digits: one of the station's. Needed where the station serves
    /// several.
    #[serde(default)]
    #[param(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")]
    municipality: Option<String>,
    /// The identifier system whose values are register numbers, if it is your own: docs/fhir.md tells the usual ones.
    #[serde(default)]
    #[param(min_length = 1, max_length = 200)]
    identifier_system: Option<String>,
}

/// What came of an import.
#[derive(Serialize, ToSchema)]
pub(super) struct ImportBody {
    /// Whether it was only tried.
    dry_run: bool,
    /// People who are new.
    people_new: u64,
    /// People whose particulars changed.
    people_changed: u64,
    /// People given again as they were.
    people_unchanged: u64,
    /// Doses that are new.
    doses_new: u64,
    /// Doses that changed.
    doses_changed: u64,
    /// Doses given again as they were.
    doses_unchanged: u64,
    /// Rows that were refused: the others were taken.
    refused: u64,
    /// Good rows that wait for another's correction.
    waiting: u64,
    /// People who get no certificate before somebody has confirmed a finding.
    to_confirm: u64,
    /// What was found, the first thousand.
    findings: Vec<FindingBody>,
    /// How many more were found.
    more: u64,
}

/// Something that was found in a row. It does not repeat what the row says.
#[derive(Serialize, ToSchema)]
struct FindingBody {
    /// The stable name; docs/diagnostics.md explains each.
    code: &'static str,
    /// Its number there.
    number: &'static str,
    /// `block` (the row is refused), `eye` (somebody must confirm it) or `info`.
    level: &'static str,
    /// The line of a CSV file, the place among the rows of JSON, or the place among a bundle's entries; from 1.
    line: u64,
    /// The column, or the path of the element.
    column: Option<String>,
    /// What is wrong, in English.
    title: &'static str,
    /// The same in Japanese.
    title_ja: &'static str,
    /// What to do, in English.
    remedy: &'static str,
    /// The same in Japanese.
    remedy_ja: &'static str,
}

/// Takes records in, one dose a row with its person: JSON, or a CSV file of our long form in any of its encodings.
///
/// Good rows are taken and bad ones refused, each with a finding. The same rows again change nothing. Rows about people whom
/// the station does not serve undo all of it. With Idempotency-Key the same call again is answered as it was the first time.
#[utoipa::path(
    post, path = "/api/v1/imports", tag = "imports",
    params(Importing, ("Idempotency-Key" = Option<String>, Header, description = "16 to 64 letters, digits, `-` and `_`: your name for this call, for two days", min_length = 16, max_length = 64, pattern = "^[A-Za-z0-9_-]{16,64}$")),
    request_body(content((RowsBody = "application/json"), (String = "text/csv"))),
    responses((status = 200, body = ImportBody, description = "What came of it"), Problems)
)]
pub(super) async fn rows(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    importing: Result<Query<Importing>, QueryRejection>,
    request: Request<Body>,
) -> Result<Response, Trouble> {
    let Query(Importing { dry_run, municipality }) = importing.map_err(|_| misfit())?;
    let is_json = match kind_of(request.headers()).as_str() {
        "application/json" => true,
        "text/csv" => false,
        _ => return Err(kind("text/csv or application/json")),
    };
    let wish = Wish { dry_run, scope: office.scope(&caller, municipality.as_deref())?, heading: is_json };
    let call = Call::of(request.headers())?;
    let _turn = office.importing.try_acquire().map_err(|_| Trouble::busy())?;
    let body = bytes(request).await?;
    let call = call.about(&[b"rows", &[u8::from(dry_run)], municipality.unwrap_or_default().as_bytes(), &body]);
    let file = match is_json {
        true => serde_json::from_slice::<Object<RowsBody>>(&body).map_err(|_| misfit())?.0.file()?,
        false => body.to_vec(),
    };
    take_in(&office, caller, Sources::Long(Input::from_bytes("rows.csv", file)), wish, call).await
}

/// The kinds of resources that an import looks at.
#[derive(Deserialize, ToSchema)]
enum BundleKind {
    /// A bundle.
    Bundle,
}

/// A FHIR R4 bundle with Patient and Immunization, as JP Core or plain R4 has them; docs/fhir.md tells what is read. Entries
/// that cannot be read are findings.
#[derive(Deserialize, ToSchema)]
pub(super) struct Bundle {
    /// What it is.
    #[serde(rename = "resourceType")]
    #[allow(dead_code, reason = "that it is there is what is looked at")]
    kind: BundleKind,
}

/// Takes records in as a FHIR R4 bundle. As with rows good entries are taken, bad ones are findings, and the same again
/// changes nothing.
#[utoipa::path(
    post, path = "/api/v1/imports/fhir", tag = "imports",
    params(ImportingFhir, ("Idempotency-Key" = Option<String>, Header, description = "16 to 64 letters, digits, `-` and `_`: your name for this call, for two days", min_length = 16, max_length = 64, pattern = "^[A-Za-z0-9_-]{16,64}$")),
    request_body(content((Bundle = "application/fhir+json"), (Bundle = "application/json"))),
    responses((status = 200, body = ImportBody, description = "What came of it"), Problems)
)]
pub(super) async fn fhir(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    importing: Result<Query<ImportingFhir>, QueryRejection>,
    request: Request<Body>,
) -> Result<Response, Trouble> {
    let Query(ImportingFhir { dry_run, municipality, identifier_system }) = importing.map_err(|_| misfit())?;
    if !matches!(kind_of(request.headers()).as_str(), "application/fhir+json" | "application/json") {
        return Err(kind("application/fhir+json"));
    }
    if identifier_system.as_ref().is_some_and(|system| !(1..=200).contains(&system.chars().count())) {
        return Err(misfit());
    }
    let wish = Wish { dry_run, scope: office.scope(&caller, municipality.as_deref())?, heading: false };
    let call = Call::of(request.headers())?;
    let _turn = office.importing.try_acquire().map_err(|_| Trouble::busy())?;
    let body = bytes(request).await?;
    let asked = identifier_system.clone().unwrap_or_default();
    let municipality = municipality.unwrap_or_default();
    let call = call.about(&[b"fhir", &[u8::from(dry_run)], municipality.as_bytes(), asked.as_bytes(), &body]);
    serde_json::from_slice::<Object<Bundle>>(&body).map_err(|_| {
        Trouble::form(
            "FHIR R4 の Bundle（JSON）ではありません。何も取り込んでいません。",
            "That is no FHIR R4 Bundle in JSON. Nothing was imported.",
        )
    })?;
    let sources =
        Sources::Fhir(vec![Input::from_bytes("bundle.json", body.to_vec())], FhirOptions { identifier_system });
    take_in(&office, caller, sources, wish, call).await
}

/// How a call wants its records taken in.
struct Wish {
    dry_run: bool,
    scope: Scope,
    /// Whether the heading's line is ours, and not the caller's.
    heading: bool,
}

/// A call's own name, and what it asks.
struct Call {
    key: Option<String>,
    digest: [u8; 32],
}

impl Call {
    fn of(headers: &HeaderMap) -> Result<Self, Trouble> {
        let Some(value) = headers.get(KEY) else { return Ok(Self { key: None, digest: [0; 32] }) };
        let key = value.to_str().unwrap_or_default();
        let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !plain || !(16..=64).contains(&key.len()) {
            return Err(misfit());
        }
        Ok(Self { key: Some(key.to_owned()), digest: [0; 32] })
    }

    /// The call with what it asks.
    fn about(self, parts: &[&[u8]]) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        Self { digest: digest.finalize().into(), ..self }
    }

    /// What was answered to the same call before.
    fn replay(&self, register: &mut Register, account: &str) -> Result<Option<String>, Trouble> {
        let Some(key) = &self.key else { return Ok(None) };
        match register.kept_answer(account, key, now())? {
            Some(kept) if kept.digest == self.digest => Ok(Some(kept.answer)),
            Some(_) => Err(Trouble::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key",
                "この Idempotency-Key は、別の内容の呼び出しに使われています。新しい値にしてください。何も変更していません。",
                "That Idempotency-Key named another call: take a new one. Nothing was changed.",
            )),
            None => Ok(None),
        }
    }
}

impl Office {
    /// Whose people a system may write.
    fn scope(&self, caller: &Caller, municipality: Option<&str>) -> Result<Scope, Trouble> {
        let codes = self.config.station(&caller.station).map(|station| station.codes().clone()).unwrap_or_default();
        let named = municipality.map(|code| code.parse().ok().and_then(MunicipalityCode::new));
        let own = match (named, codes.first(), codes.len()) {
            (Some(named), ..) => named,
            (None, Some(only), 1) => Some(*only),
            _ => None,
        };
        own.and_then(|own| Scope::of(codes).with_own(own)).ok_or_else(|| {
            Trouble::new(
                StatusCode::FORBIDDEN,
                "municipality",
                "municipality に、この窓口が受け持つ自治体コードを指定してください。GET /api/v1/station で確認できます。",
                "Say with municipality= whose people they are: a code that the station serves (GET /api/v1/station).",
            )
        })
    }
}

async fn take_in(
    office: &Arc<Office>,
    caller: Caller,
    sources: Sources,
    wish: Wish,
    call: Call,
) -> Result<Response, Trouble> {
    let actor = caller.actor()?;
    let (answer, is_replay) = office
        .pool
        .run(actor, move |register| {
            if let Some(answer) = call.replay(register, &caller.account)? {
                return Ok((answer, true));
            }
            let told = imported(register, sources, wish)?;
            let answer = serde_json::to_string(&told).map_err(|error| Trouble::own(&error))?;
            if let Some(key) = &call.key {
                let kept = KeptAnswer { digest: call.digest, answer: answer.clone() };
                register.keep_answer(&caller.account, key, &kept, now())?;
            }
            Ok::<_, Trouble>((answer, false))
        })
        .await??;
    let mut response = ([(header::CONTENT_TYPE, "application/json")], answer).into_response();
    if is_replay {
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn imported(register: &mut Register, sources: Sources, wish: Wish) -> Result<ImportBody, Trouble> {
    let (mut findings, mut more) = (Vec::new(), 0);
    let options = ImportOptions { today: today(), dry_run: wish.dry_run, accept: Vec::new() };
    let heading = u64::from(wish.heading);
    let summary = import_within(register, sources, &options, Some(wish.scope), &mut |finding: &Diagnostic| {
        if findings.len() == TOLD {
            more += 1;
            return;
        }
        findings.push(FindingBody {
            code: finding.code.name(),
            number: finding.code.number(),
            level: finding.code.level().name(),
            line: finding.line.saturating_sub(heading),
            column: finding.column.as_ref().map(|column| column.name.to_string()),
            title: finding.code.title(Language::En),
            title_ja: finding.code.title(Language::Ja),
            remedy: finding.code.remedy(Language::En),
            remedy_ja: finding.code.remedy(Language::Ja),
        });
    });
    summary.map(|summary| told(&summary, findings, more)).map_err(|error| trouble(error, heading))
}

fn told(summary: &Summary, findings: Vec<FindingBody>, more: u64) -> ImportBody {
    let changes = summary.changes;
    ImportBody {
        dry_run: summary.dry_run,
        people_new: changes.people_inserted,
        people_changed: changes.people_updated,
        people_unchanged: changes.people_unchanged,
        doses_new: changes.doses_inserted,
        doses_changed: changes.doses_updated,
        doses_unchanged: changes.doses_unchanged,
        refused: summary.refused(),
        waiting: summary.waiting(),
        to_confirm: summary.to_confirm,
        findings,
        more,
    }
}

/// Why nothing was taken in. A reading error names headings of ours, lines and columns, and no cell.
fn trouble(error: ImportError, heading: u64) -> Trouble {
    match error {
        ImportError::Register(RegisterError::LiveRegister(_) | RegisterError::DemoRegister(_)) => Trouble::new(
            StatusCode::CONFLICT,
            "demonstration",
            "この台帳には本物の記録があるため、見本は取り込めません。何も変更していません。",
            "That is a sample, and this register holds records that count. Nothing was imported.",
        ),
        ImportError::Register(error) => error.into(),
        ImportError::Outside { lines } => {
            let lines: Vec<String> = lines.iter().map(|line| line.saturating_sub(heading).to_string()).collect();
            let lines = lines.join(", ");
            Trouble::new(
                StatusCode::FORBIDDEN,
                "outside",
                format!(
                    "この窓口では扱えない方の行があります（{lines} 行目）。除いて送り直してください。何も取り込んでいません。"
                ),
                format!(
                    "Rows are about people whom this station does not serve (lines {lines}): leave them out. Nothing was imported."
                ),
            )
        }
        ImportError::Temporary { .. } | ImportError::Report { .. } | ImportError::Read { .. } => Trouble {
            retry: Some(60),
            ..Trouble::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "register",
                "台帳の機械に空きがありません。",
                "The office's machine has no room.",
            )
        },
        other => Trouble::form(format!("取り込めません。台帳は変更していません： {other}"), other.to_string()),
    }
}
