//! Which system calls, before anything is looked at.

use super::{Caller, answer};
use crate::office::role::{Duty, Role};
use crate::office::trouble::Trouble;
use crate::office::{Office, Peer};
use crate::register::Actor;
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

fn nobody() -> Trouble {
    Trouble::new(
        StatusCode::UNAUTHORIZED,
        "token",
        "連携システムのトークンを Authorization: Bearer で送ってください。",
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
        Err(trouble) => return answer(&trouble),
    };
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Trouble>() {
        Some(trouble) => answer(&trouble),
        None => response,
    }
}

async fn caller(office: &Arc<Office>, headers: &HeaderMap, peer: &Peer) -> Result<Caller, Trouble> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = value.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
    let token = token.filter(|token| (1..=LONGEST).contains(&token.len())).ok_or_else(nobody)?;
    let hash: [u8; 32] = Sha256::digest(token).into();
    let first = office.config.stations.first().map_or("office", |station| station.id.as_str());
    let actor = Actor::new("sign-in", first).map_err(|error| Trouble::own(&error))?;
    let account = office.pool.run(actor, move |register| register.account_of_token(&hash)).await??;
    let account = account.filter(|account| !account.is_disabled && office.config.station(&account.station).is_some());
    let Some(account) = account else {
        // Guessing is as hopeless as it is slow.
        office.limits.provider(&peer.0)?;
        return Err(nobody());
    };
    let roles: Vec<Role> = account.roles.iter().filter_map(|role| Role::from_name(role)).collect();
    if !Duty::Interface.is_of(&roles) {
        return Err(Trouble::role());
    }
    office.limits.call(&account.name)?;
    Ok(Caller { account: account.name, station: account.station })
}
