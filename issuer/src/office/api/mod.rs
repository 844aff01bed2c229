//! The interface for other systems: records in, certificates out, as JSON and FHIR, with a description in OpenAPI.
//!
//! A system has an account of the role `system` and brings its token with each call. It is bound to its station as people
//! are: whom the station does not serve is not there. Whoever asks about somebody says the number in the register, the birth
//! date and what for, in the body: a token alone reads nobody by counting, and no number stands in an address, where
//! proxies note it. What needs a second person is refused here too, and asked for with `approvals/ask`.

mod body;
mod certificates;
mod corrections;
mod guard;
mod imports;
mod problem;
mod records;
mod rows;
mod second;
mod whom;

pub(super) use problem::answer;

use crate::office::guard::Access;
use crate::office::role::Duty;
use crate::office::routes::Route;
use crate::office::trouble::Trouble;
use crate::office::{Office, now};
use crate::register::Actor;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use serde::Serialize;
use std::sync::{Arc, LazyLock};
use tegata_certificate::Format;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, Schema};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{OpenApi, ToSchema};

/// The most bytes of a file of records.
const FILE: usize = 64 << 20;
/// The most bytes of any other call.
const CALL: usize = 64 << 10;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tegata, the office's interface for other systems",
        description = "Records in, certificates out. Dates are days in ISO 8601, times are UTC. Whatever is not done is told as a problem document (RFC 9457) with a stable `code`; docs/api.md explains each.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    paths(
        description, station, records::read, records::fhir, certificates::states, certificates::issue,
        certificates::print, second::ask, second::withdraw, corrections::correct, imports::rows, imports::fhir
    ),
    components(schemas(problem::Problem)),
    modifiers(&Guarded, &Closed),
    security(("token" = []))
)]
struct Described;

/// How calls show whose they are.
struct Guarded;

impl utoipa::Modify for Guarded {
    fn modify(&self, described: &mut utoipa::openapi::OpenApi) {
        let token = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        described.components.get_or_insert_default().add_security_scheme("token", token);
    }
}

/// That each kind of edit has the fields that it has, and no others: serde sees to it, and utoipa does not say so.
struct Closed;

impl utoipa::Modify for Closed {
    fn modify(&self, described: &mut utoipa::openapi::OpenApi) {
        let schemas = described.components.iter_mut().flat_map(|components| components.schemas.get_mut("EditBody"));
        for schema in schemas {
            let RefOr::T(Schema::OneOf(kinds)) = schema else { continue };
            for kind in &mut kinds.items {
                if let RefOr::T(Schema::Object(object)) = kind {
                    object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
                }
            }
        }
    }
}

/// The description, as it is served.
static DESCRIPTION: LazyLock<String> =
    LazyLock::new(|| Described::openapi().to_pretty_json().unwrap_or_default() + "\n");

/// The interface for other systems in OpenAPI 3.1, as JSON.
#[must_use]
pub fn described() -> &'static str {
    &DESCRIPTION
}

macro_rules! calls {
    ($($method:ident $path:literal $most:ident => $handler:path;)*) => {
        /// Every call of other systems.
        pub const CALLS: &[Route] =
            &[$(Route { method: stringify!($method), path: $path, access: Access::For(Duty::Interface) }),*];

        fn calls() -> Router<Arc<Office>> {
            Router::new()$(.route(
                $path,
                axum::routing::$method($handler).route_layer(DefaultBodyLimit::max($most)),
            ))*
        }
    };
}

calls! {
    get "/api/v1/station" CALL => station;
    post "/api/v1/records/read" CALL => records::read;
    post "/api/v1/records/fhir" CALL => records::fhir;
    post "/api/v1/records/correct" CALL => corrections::correct;
    post "/api/v1/certificates/states" CALL => certificates::states;
    post "/api/v1/certificates/issue" CALL => certificates::issue;
    post "/api/v1/certificates/print" CALL => certificates::print;
    post "/api/v1/certificates/withdraw" CALL => second::withdraw;
    post "/api/v1/approvals/ask" CALL => second::ask;
    post "/api/v1/imports" FILE => imports::rows;
    post "/api/v1/imports/fhir" FILE => imports::fhir;
}

/// Every address of the interface. Nothing of it knows of sessions.
pub(super) fn router(office: &Arc<Office>) -> Router<Arc<Office>> {
    calls()
        .route_layer(from_fn_with_state(office.clone(), guard::admit))
        .route("/api/v1/openapi.json", axum::routing::get(description))
        .route("/api", axum::routing::any(nothing))
        .route("/api/{*rest}", axum::routing::any(nothing))
        .layer(from_fn(tell))
}

/// Whether an address is the interface's.
pub(super) fn is_of(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/")
}

/// Whatever comes to nothing is told as a problem document.
async fn tell(request: Request<Body>, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        return problem::answer(&trouble);
    }
    if response.status() == StatusCode::METHOD_NOT_ALLOWED {
        let trouble = Trouble::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method",
            "このアドレスは、別のメソッドで呼び出します。Allow ヘッダーを確認してください。",
            "This address takes another method: see Allow.",
        );
        let mut told = problem::answer(&trouble);
        if let Some(allow) = response.headers_mut().remove(header::ALLOW) {
            told.headers_mut().insert(header::ALLOW, allow);
        }
        return told;
    }
    response
}

async fn nothing() -> Trouble {
    Trouble::new(
        StatusCode::NOT_FOUND,
        "nothing",
        "このアドレスはありません。/api/v1/openapi.json を確認してください。",
        "There is no such address: see /api/v1/openapi.json.",
    )
}

/// This description.
#[utoipa::path(
    get, path = "/api/v1/openapi.json", tag = "office", security(()),
    responses((status = 200, content_type = "application/json", body = serde_json::Value, description = "OpenAPI 3.1"))
)]
async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], described()).into_response()
}

/// Who calls, and what there is for them.
#[derive(Serialize, ToSchema)]
struct StationBody {
    /// The account.
    account: String,
    /// Its station.
    station: String,
    /// The municipalities whose people it serves: six digits each.
    municipalities: Vec<String>,
    /// The purposes that people may be asked about for.
    purposes: Vec<String>,
    /// The families of certificates that the office can sign now.
    formats: Vec<&'static str>,
}

/// Who calls, whose people the station serves, and what the office can sign now. Reads nobody's record.
#[utoipa::path(
    get, path = "/api/v1/station", tag = "office",
    responses((status = 200, body = StationBody, description = "The station"), problem::Problems)
)]
async fn station(State(office): State<Arc<Office>>, Extension(caller): Calling) -> Result<Response, Trouble> {
    let signed = office.keys.with(now(), |keys, _| {
        let formats = Format::ALL.into_iter().filter(|format| keys.iter().any(|key| key.signs(*format)));
        formats.map(Format::name).collect()
    });
    let station = office.config.station(&caller.station);
    let told = StationBody {
        municipalities: station.map(|station| station.municipalities.clone()).unwrap_or_default(),
        purposes: office.config.purposes.iter().map(|purpose| purpose.id.clone()).collect(),
        // Without lists that hold nothing is signed, and that is what is told.
        formats: signed.unwrap_or_default(),
        account: caller.account,
        station: caller.station,
    };
    Ok(Json(told).into_response())
}

/// Which system calls.
#[derive(Clone)]
struct Caller {
    account: String,
    station: String,
}

impl Caller {
    fn actor(&self) -> Result<Actor, Trouble> {
        Actor::new(&self.account, &self.station).map_err(|error| Trouble::own(&error))
    }
}

type Calling = Extension<Caller>;
