//! Which system calls, before anything is looked at. Cookies are no part of it: nothing that a browser sends by itself opens
//! an address of the interface.

use super::{Caller, problem};
use crate::office::role::{Duty, Role};
use crate::office::trouble::Trouble;
use crate::office::{Office, Peer};
use crate::register::{Act, ActKind, ActOutcome, Actor};
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// The longest token that is hashed, in bytes.
const LONGEST: usize = 128;

fn unknown() -> Trouble {
    Trouble::new(
        StatusCode::UNAUTHORIZED,
        "token",
        "連携システムのトークンを Authorization: Bearer で送ってください。新しいトークンは tegata-issuer account password で発行します。",
        "Bring the system's token as Authorization: Bearer; tegata-issuer account password makes a new one.",
    )
}

/// The guard of every call but the description's.
pub(super) async fn admit(
    State(office): State<Arc<Office>>,
    Extension(peer): Extension<Peer>,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    match caller(&office, request.headers(), &peer).await {
        Ok(caller) => request.extensions_mut().insert(caller),
        Err(trouble) => return problem::answer(&trouble),
    };
    next.run(request).await
}

/// The token of a request, if it brings one that could be.
fn token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && (1..=LONGEST).contains(&token.len())).then_some(token)
}

async fn caller(office: &Arc<Office>, headers: &HeaderMap, peer: &Peer) -> Result<Caller, Trouble> {
    let token = token(headers).ok_or_else(unknown)?;
    // The token is random: that its hash is looked up by its bytes tells nobody anything.
    let hash: [u8; 32] = Sha256::digest(token).into();
    let first = office.config.stations.first().map_or("office", |station| station.id.as_str());
    let actor = Actor::new("sign-in", first).map_err(|error| Trouble::own(&error))?;
    let account = office.pool.run(actor, move |register| register.account_of_token(&hash)).await??;
    let Some(account) = account else {
        // Guessing is as hopeless as it is slow.
        office.limits.provider(&peer.0)?;
        return Err(unknown());
    };
    let caller = Caller { account: account.name, station: account.station };
    let roles: Vec<Role> = account.roles.iter().filter_map(|role| Role::from_name(role)).collect();
    let refused = match () {
        () if account.is_disabled || office.config.station(&caller.station).is_none() => Some(("disabled", unknown())),
        () if !Duty::Interface.is_of(&roles) => Some(("role", Trouble::role())),
        () => None,
    };
    office.limits.call(&caller.account)?;
    let Some((why, trouble)) = refused else { return Ok(caller) };
    // Not as often as it likes: each refusal is an entry of the audit.
    office.limits.missed(&caller.account)?;
    let act = Act::new(ActKind::AccessRefused).outcome(ActOutcome::Refused).with("why", why);
    // Refused it is, noted or not.
    let _ = office.pool.run(caller.actor()?, move |register| register.note(&[act])).await;
    Err(trouble)
}
