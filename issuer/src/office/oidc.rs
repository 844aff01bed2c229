//! Signing in at a provider: OpenID Connect, by code with PKCE.
//!
//! What was begun lies in the session, on the server: state, nonce and verifier, good once and for ten minutes. Whoever
//! comes back has to bring the state of this session; what the provider says is believed when its signature, issuer,
//! audience, nonce and times hold. Roles and station are claims, mapped to those that the office knows: what it does not
//! know gives nothing.

mod provider;

pub use provider::ProviderError;
pub(super) use provider::{Provider, is_own};

use crate::office::guard::tongue;
use crate::office::sign_in::note;
use crate::office::trouble::Trouble;
use crate::office::visit::{Arrival, Visit};
use crate::office::{Office, Peer, now};
use crate::register::{ActKind, Actor};
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use provider::{Asked, Vouched};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tower_sessions::cookie::time::Duration as CookieDuration;
use tower_sessions::{Expiry, Session};

/// Where what was begun lies in the session.
const KEY: &str = "oidc";
/// Seconds that somebody may take at the provider.
const PATIENCE: i64 = 600;

/// What was begun.
#[derive(Serialize, Deserialize)]
struct Begun {
    asked: Asked,
    at: i64,
    /// Whether a locked session asks for its person again.
    again: bool,
}

/// What the provider sends back. Its words for people are not shown: anybody can make such an address.
#[derive(Deserialize)]
pub(super) struct Returned {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

/// `GET /oidc/start`. A link, not a form: what forms may lead to is this service alone, also over a redirect.
pub(super) async fn start(
    State(office): State<Arc<Office>>,
    Extension(peer): Extension<Peer>,
    session: Session,
) -> Result<Response, Trouble> {
    office.limits.provider(&peer.0)?;
    let again = Visit::of(&session).await?.is_some_and(|visit| visit.is_locked);
    let back = office.address()?;
    let (asked, to) = office.ask_provider(move |provider| provider.begin(&back, again)).await?;
    session.insert(KEY, &Begun { asked, at: now().0, again }).await?;
    if Visit::of(&session).await?.is_none() {
        session.set_expiry(Some(Expiry::OnInactivity(CookieDuration::seconds(PATIENCE))));
    }
    Ok(Redirect::to(&to).into_response())
}

/// `GET /oidc/return`
pub(super) async fn finish(
    State(office): State<Arc<Office>>,
    Extension(peer): Extension<Peer>,
    session: Session,
    returned: Result<Query<Returned>, QueryRejection>,
    request: Request<Body>,
) -> Result<Response, Trouble> {
    office.limits.provider(&peer.0)?;
    let Query(returned) = returned.map_err(|_| not_begun())?;
    // Taken out first: good once, whatever comes of it.
    let begun: Begun = session.remove(KEY).await?.ok_or_else(not_begun)?;
    if now().0 - begun.at > PATIENCE || returned.state.as_deref() != Some(begun.asked.state()) {
        return Err(not_begun());
    }
    let (Some(code), None) = (returned.code, &returned.error) else { return Err(declined()) };
    let (back, at, again) = (office.address()?, begun.at, begun.again);
    let vouched = office
        .ask_provider(move |provider| {
            provider.is_of(returned.iss.as_deref())?;
            let since = again.then_some(at);
            provider.vouch(&back, code, &begun.asked, since)
        })
        .await?;
    let arrival = office.arrival(vouched).await?;
    let visit = Visit::of(&session).await?;
    session.set_expiry(None);
    if let Some(mut visit) = visit.filter(|visit| again && visit.is_foreign && is_same(visit, &arrival)) {
        (visit.is_locked, visit.seen) = (false, now().0);
        session.cycle_id().await?;
        visit.keep(&session).await?;
    } else {
        let visit = Visit::begin(&session, arrival, tongue(&request), now()).await?;
        note(&office, &visit, ActKind::SignIn).await?;
    }
    Ok(Redirect::to("/").into_response())
}

/// Whether the provider vouches for the one who was here, with what they had: a role that was taken away is gone.
fn is_same(visit: &Visit, arrival: &Arrival) -> bool {
    visit.account == arrival.account && visit.station == arrival.station && visit.roles() == arrival.roles
}

impl Office {
    /// Asks the provider, on a thread that may block; few at once, so that a slow one does not hold the office up.
    async fn ask_provider<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Provider) -> Result<T, ProviderError> + Send + 'static,
    ) -> Result<T, Trouble> {
        let turn = self.asking.clone().try_acquire_owned().map_err(|_| Trouble::busy())?;
        let office = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            office.provider.as_ref().map(ask)
        });
        let done = done.await.map_err(|_| Trouble::own(&"asking the provider stopped in the middle"))?;
        Ok(done.ok_or_else(Trouble::nothing)??)
    }

    /// Who that is here: with roles and a station that the office knows, unless the account was disabled here.
    async fn arrival(&self, vouched: Vouched) -> Result<Arrival, Trouble> {
        let account = vouched.account();
        let station = vouched.stations.iter().find(|id| self.config.station(id).is_some()).cloned();
        let first = self.config.stations.first().map_or("office", |station| station.id.as_str());
        let actor = Actor::new("sign-in", first).map_err(|error| Trouble::own(&error))?;
        let wanted = account.clone();
        let known = self.pool.run(actor, move |register| register.account(&wanted)).await??;
        let is_disabled = known.is_some_and(|account| account.is_disabled);
        match station {
            Some(station) if !vouched.roles.is_empty() && !is_disabled => {
                Ok(Arrival { account, display: vouched.display, roles: vouched.roles, station, is_foreign: true })
            }
            station => {
                self.note_refused_sign_in(&account, station.as_deref().unwrap_or(first)).await?;
                Err(no_duty())
            }
        }
    }
}

fn not_begun() -> Trouble {
    Trouble::new(
        StatusCode::FORBIDDEN,
        "sign-in-not-begun",
        "このサインインは、このブラウザで始めたものではないか、期限が切れました。サインイン画面からやり直してください。",
        "This sign-in was not begun in this browser, or took too long. Begin again at the sign-in page.",
    )
}

fn declined() -> Trouble {
    Trouble::new(
        StatusCode::FORBIDDEN,
        "sign-in-declined",
        "職員認証でのサインインは完了しませんでした。サインイン画面からやり直し、続くときは管理者に相談してください。",
        "The provider did not sign you in. Begin again at the sign-in page; if it stays so, ask the administrator.",
    )
}

fn no_duty() -> Trouble {
    Trouble::new(
        StatusCode::FORBIDDEN,
        "sign-in-no-duty",
        "職員認証は済みましたが、このアカウントにはこの窓口システムの役割か窓口が割り当てられていません。管理者に相談してください。",
        "The provider knows you, but your account has no role or no station at this office. Ask the administrator.",
    )
}

impl From<ProviderError> for Trouble {
    fn from(error: ProviderError) -> Self {
        match error {
            ProviderError::Away => {
                let trouble = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "provider-away",
                    "職員認証のサーバーに接続できません。少し待ってやり直し、続くときは管理者に相談してください。",
                    error.to_string(),
                );
                Self { retry: Some(10), ..trouble }
            }
            ProviderError::Strength | ProviderError::Stale => Self::new(
                StatusCode::FORBIDDEN,
                "sign-in-weak",
                "職員認証が、この窓口システムの求める方法（強さ・直前の再認証）で行われていません。サインイン画面からやり直してください。",
                error.to_string(),
            ),
            ProviderError::Refused(_) => Self::new(
                StatusCode::FORBIDDEN,
                "sign-in-refused",
                format!(
                    "職員認証の応答を確認できませんでした。サインイン画面からやり直し、続くときは管理者に次の内容を伝えてください： {error}"
                ),
                error.to_string(),
            ),
            ProviderError::Secret { .. } | ProviderError::Authority { .. } | ProviderError::Address(_) => {
                Self::own(&error)
            }
        }
    }
}
