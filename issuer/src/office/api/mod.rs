//! The interface for other systems: records in, certificates out, as JSON and FHIR, with a description in OpenAPI.
//!
//! A system has an account of the role `system` and brings its token with each call. It is bound to its station as people
//! are: whom the station does not serve is not there. What needs a second person is refused here too, and asked for at
//! the counter.

mod guard;
mod problem;
mod records;

use crate::office::Office;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use std::sync::{Arc, LazyLock};
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

pub(super) use problem::answer;

/// The most bytes of a call: a file of records.
const FILE: usize = 64 << 20;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tegata, the office's interface",
        description = "Records in, certificates out. Dates are days in ISO 8601, times are UTC. Errors are problem documents (RFC 9457) with a stable `code`.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT")
    ),
    paths(records::record, records::fhir, records::certificates, records::issue, records::import, records::import_fhir),
    components(schemas(problem::Problem)),
    modifiers(&Guarded),
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

/// The description, as it is served.
static DESCRIPTION: LazyLock<String> = LazyLock::new(|| Described::openapi().to_json().unwrap_or_default());

/// Every address of the interface.
pub(super) fn router(office: &Arc<Office>) -> Router<Arc<Office>> {
    let guarded = Router::new()
        .route("/api/v1/records/{number}", get(records::record))
        .route("/api/v1/records/{number}/fhir", get(records::fhir))
        .route("/api/v1/records/{number}/certificates", get(records::certificates).post(records::issue))
        .route("/api/v1/imports", post(records::import))
        .route("/api/v1/imports/fhir", post(records::import_fhir))
        .route_layer(DefaultBodyLimit::max(FILE))
        .route_layer(from_fn_with_state(office.clone(), guard::admit));
    guarded.route("/api/v1/openapi.json", get(description))
}

/// `GET /api/v1/openapi.json`
async fn description() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DESCRIPTION.as_str()).into_response()
}

/// Which system calls.
#[derive(Clone)]
struct Caller {
    account: String,
    station: String,
}

impl Caller {
    fn actor(&self) -> Result<crate::Actor, crate::office::trouble::Trouble> {
        crate::Actor::new(&self.account, &self.station).map_err(|error| crate::office::trouble::Trouble::own(&error))
    }
}

type Calling = Extension<Caller>;
