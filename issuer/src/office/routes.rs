//! Every address of the service, with who may ask for it: one table, which the router is made of and the tests walk.

use crate::office::guard::{Access, admit};
use crate::office::role::Duty;
use crate::office::trouble::Trouble;
use crate::office::{
    Office, Peer, accounts, api, correction, findings, jobs, ledger, letters, oidc, people, preview, printing, search,
    second_person, sign_in, stations, uploads, withdrawal,
};
use axum::body::Body;
use axum::error_handling::HandleErrorLayer;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{BoxError, Router};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::RequestBodyTimeoutLayer;
use tower_sessions::cookie::SameSite;
use tower_sessions::cookie::time::Duration as CookieDuration;
use tower_sessions::{Expiry, SessionManagerLayer};

/// An address, and who may ask for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Route {
    /// `get` or `post`.
    pub method: &'static str,
    /// The path, with parameters as `{name}`.
    pub path: &'static str,
    /// Who may.
    pub access: Access,
}

macro_rules! routes {
    ($($method:ident $path:literal $access:expr => $handler:path;)*) => {
        /// Every page and form.
        pub const ROUTES: &[Route] =
            &[$(Route { method: stringify!($method), path: $path, access: $access }),*];

        fn pages(office: &Arc<Office>) -> Router<Arc<Office>> {
            Router::new()$(.route(
                $path,
                axum::routing::$method($handler)
                    .route_layer(DefaultBodyLimit::max(limit_of($path)))
                    .route_layer(from_fn_with_state((office.clone(), $access), admit)),
            ))*
        }
    };
}

routes! {
    get "/sign-in" Access::Open => sign_in::form;
    post "/sign-in" Access::Open => sign_in::enter;
    get "/oidc/start" Access::Open => oidc::start;
    get "/oidc/return" Access::Open => oidc::finish;
    get "/locked" Access::SignedIn => sign_in::locked;
    post "/unlock" Access::SignedIn => sign_in::unlock;
    post "/sign-out" Access::SignedIn => sign_in::leave;
    post "/language" Access::For(Duty::Any) => sign_in::language;
    get "/" Access::For(Duty::Any) => search::start;
    post "/search" Access::For(Duty::Look) => search::search;
    get "/person/{handle}" Access::For(Duty::Look) => people::show;
    get "/person/{handle}/preview" Access::For(Duty::Look) => preview::show;
    post "/person/{handle}/print" Access::For(Duty::Issue) => printing::print;
    post "/person/{handle}/issue" Access::For(Duty::Issue) => people::issue;
    get "/person/{handle}/correct" Access::For(Duty::Correct) => correction::form;
    post "/person/{handle}/correct" Access::For(Duty::Correct) => correction::act;
    get "/person/{handle}/withdraw" Access::For(Duty::Withdraw) => withdrawal::form;
    post "/person/{handle}/withdraw" Access::For(Duty::Withdraw) => withdrawal::act;
    post "/person/{handle}/ask" Access::For(Duty::Look) => second_person::ask;
    get "/requests" Access::For(Duty::Withdraw) => withdrawal::requests;
    get "/approvals" Access::For(Duty::Approvals) => second_person::list;
    get "/approvals/{id}" Access::For(Duty::Approvals) => second_person::show;
    post "/approvals/{id}" Access::For(Duty::Approve) => second_person::decide;
    post "/approvals/{id}/do" Access::For(Duty::Approvals) => second_person::carry_out;
    get "/letters" Access::For(Duty::Issue) => letters::list;
    post "/letters/{id}/delivered" Access::For(Duty::Issue) => letters::delivered;
    get "/import" Access::For(Duty::Import) => uploads::form;
    post "/import" Access::For(Duty::Import) => uploads::look;
    post "/import/{name}" Access::For(Duty::Import) => uploads::act;
    get "/findings" Access::For(Duty::Confirm) => findings::list;
    post "/findings/{id}" Access::For(Duty::Confirm) => findings::confirm;
    get "/jobs" Access::For(Duty::Jobs) => jobs::list;
    post "/jobs" Access::For(Duty::Jobs) => jobs::begin;
    get "/jobs/{id}" Access::For(Duty::Jobs) => jobs::show;
    post "/jobs/{id}" Access::For(Duty::Jobs) => jobs::steer;
    get "/audit" Access::For(Duty::Audit) => ledger::list;
    get "/stations" Access::For(Duty::Stations) => stations::list;
    post "/stations/{id}" Access::For(Duty::Stations) => stations::act;
    get "/accounts" Access::For(Duty::Accounts) => accounts::list;
    post "/accounts" Access::For(Duty::Accounts) => accounts::add;
    get "/accounts/{name}" Access::For(Duty::Accounts) => accounts::show;
    post "/accounts/{name}" Access::For(Duty::Accounts) => accounts::change;
}

/// Bytes of a form. Files have a limit of their own.
const FORM: usize = 64 << 10;
/// Seconds that a part of a request may keep the service waiting.
const SLOW: Duration = Duration::from_secs(20);
/// Requests in hand at once, whatever they ask for.
const AT_ONCE: usize = 1_024;

/// The most bytes that an address takes.
fn limit_of(path: &str) -> usize {
    if path == "/import" { uploads::FILES + FORM } else { FORM }
}

/// The whole service.
pub(super) fn router(office: &Arc<Office>) -> Router {
    let session = SessionManagerLayer::new(office.sessions.clone())
        .with_name(if office.is_behind_proxy() { "__Host-office" } else { "office" })
        .with_secure(office.is_behind_proxy())
        // Whoever comes back from the provider comes from another site.
        .with_same_site(if office.config.oidc.is_some() { SameSite::Lax } else { SameSite::Strict })
        .with_expiry(Expiry::OnInactivity(CookieDuration::hours(i64::from(office.config.session_hours))));
    let mut csrf = CsrfLayer::new();
    if let Some(address) = &office.config.address {
        csrf = csrf.clone().add_trusted_origin(address).unwrap_or(csrf);
    }
    let shedding = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(async |_: BoxError| bare(&Trouble::busy())))
        .load_shed()
        .concurrency_limit(AT_ONCE);
    let router = pages(office)
        .route("/health", axum::routing::get(health))
        .route("/style.css", axum::routing::get(style))
        .layer(session)
        .layer(csrf)
        // Beside the sessions and not within them: a cookie opens nothing there.
        .merge(api::router(office))
        .layer(RequestBodyTimeoutLayer::new(SLOW))
        .layer(from_fn_with_state(office.clone(), peer))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            bare(&Trouble::own(&"it stopped in the middle"))
        }))
        .layer(shedding)
        .layer(from_fn(finish));
    let set = |router: Router<Arc<Office>>, (name, value): (HeaderName, &'static str)| {
        router.layer(SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value)))
    };
    HEADERS.into_iter().fold(router, set).with_state(office.clone())
}

/// A trouble where no page can be written.
fn bare(trouble: &Trouble) -> Response {
    let mut response = (trouble.status, format!("{}\n{}\n", trouble.ja, trouble.en)).into_response();
    if let Some(seconds) = trouble.retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    // Kept beside it, for whoever tells it to a program.
    response.extensions_mut().insert(trouble.clone());
    response
}

/// Whatever ends outside the pages' guards still says what to do.
async fn finish(request: Request<Body>, next: Next) -> Response {
    let tell: fn(&Trouble) -> Response = if api::is_of(request.uri().path()) { api::answer } else { bare };
    let mut response = next.run(request).await;
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        return tell(&trouble);
    }
    if response.status() == StatusCode::NOT_FOUND && !response.headers().contains_key(header::CONTENT_TYPE) {
        return bare(&Trouble::nothing());
    }
    response
}

/// Where a request comes from. Behind a proxy that is the last address that the proxy named.
async fn peer(State(office): State<Arc<Office>>, mut request: Request<Body>, next: Next) -> Response {
    let direct = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_string());
    let named = request.headers().get("x-forwarded-for").and_then(|value| value.to_str().ok());
    let named = named.and_then(|addresses| addresses.rsplit(',').next()).map(|address| address.trim().to_owned());
    let peer = if office.is_behind_proxy() { named.or(direct) } else { direct };
    request.extensions_mut().insert(Peer(peer.unwrap_or_default().chars().take(64).collect()));
    next.run(request).await
}

/// `GET /health`: whether it serves, and its register answers.
async fn health(State(office): State<Arc<Office>>) -> Response {
    let Ok(actor) = crate::Actor::new("health", "office") else { return StatusCode::OK.into_response() };
    match office.pool.run(actor, |register| register.ping()).await {
        Ok(Ok(())) => (StatusCode::OK, "ok\n").into_response(),
        Ok(Err(error)) => bare(&error.into()),
        Err(error) => bare(&error.into()),
    }
}

async fn style() -> Response {
    let kind = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "max-age=3600")];
    (kind, include_str!("../../templates/office/style.css")).into_response()
}

/// What every answer carries: nothing from elsewhere, nothing kept, nothing framed.
const HEADERS: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; \
         base-uri 'none'",
    ),
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];
