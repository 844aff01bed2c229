//! What stands before every handler: who is it, are they still there, is it their duty.

use crate::office::language::Tongue;
use crate::office::page::{reads, show};
use crate::office::role::Duty;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, now};
use crate::register::{Act, ActKind, ActOutcome};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::IntoResponse;
use axum::response::{Redirect, Response};
use std::sync::Arc;
use tower_sessions::Session;

/// Who may ask for a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Access {
    /// Everybody.
    Open,
    /// Whoever is signed in, also while the session is locked.
    SignedIn,
    /// Those whose duty it is.
    For(Duty),
}

/// A page's guard.
pub(super) async fn admit(
    State((office, access)): State<(Arc<Office>, Access)>,
    session: Session,
    mut request: Request<Body>,
    next: Next,
) -> Response {
    let tongue = tongue(&request);
    // A page that asks again by itself is nobody who is there.
    let by_itself = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair == "watch=yes"));
    let visit = match present(&office, &session, !by_itself).await {
        Ok(visit) => visit,
        Err(trouble) => return show(&trouble, None, tongue),
    };
    let refusal = match (access, &visit) {
        (Access::Open, _) => None,
        (_, None) => Some(Trouble::sign_in()),
        (Access::SignedIn, Some(_)) => None,
        (Access::For(_), Some(visit)) if visit.is_locked => Some(Trouble::locked()),
        (Access::For(duty), Some(visit)) => (!visit.does(duty)).then(Trouble::role),
    };
    if let Some(trouble) = refusal {
        if trouble.code == "role"
            && let Some(visit) = &visit
        {
            note_refusal(&office, visit).await;
        }
        // A form that was sent in vain is not lost: the page before it is, so the start page is where to go on.
        let is_start = reads(request.method()) && request.uri().path() == "/";
        return match trouble.see {
            Some(to) if is_start => Redirect::to(to).into_response(),
            _ => show(&trouble, visit.as_ref(), tongue),
        };
    }
    if let Some(visit) = &visit {
        request.extensions_mut().insert(visit.clone());
    }
    let mut response = next.run(request).await;
    match response.extensions_mut().remove::<Trouble>() {
        Some(trouble) => show(&trouble, visit.as_ref(), tongue),
        None => response,
    }
}

/// The visit of a session, if it goes on; one that idled is locked, and one that is too old is over.
async fn present(office: &Office, session: &Session, counts: bool) -> Result<Option<Visit>, Trouble> {
    let Some(mut visit) = Visit::of(session).await? else { return Ok(None) };
    let now = now();
    if now.0 - visit.since > i64::from(office.config.session_hours) * 3_600 || visit.since > now.0 + 300 {
        session.flush().await?;
        return Ok(None);
    }
    if !is_still(office, &visit).await? {
        session.flush().await?;
        return Ok(None);
    }
    if !visit.is_locked && now.0 - visit.seen > i64::from(office.config.idle_minutes) * 60 {
        visit.is_locked = true;
        let act = Act::new(ActKind::Locked);
        if let Ok(actor) = visit.actor() {
            // Whoever is not there is not told if it cannot be noted.
            let _ = office.pool.run(actor, move |register| register.note(&[act])).await;
        }
        visit.keep(session).await?;
    } else if counts && !visit.is_locked && now.0 - visit.seen > 15 {
        // Not each request of a page: the session is written once in a while.
        visit.seen = now.0;
        visit.keep(session).await?;
    }
    Ok(Some(visit))
}

/// Whether a visit's account still is what it was at sign-in. What a provider vouches for is the provider's.
async fn is_still(office: &Office, visit: &Visit) -> Result<bool, Trouble> {
    if visit.is_foreign {
        return Ok(true);
    }
    let (actor, name) = (visit.actor().map_err(|error| Trouble::own(&error))?, visit.account.clone());
    let account = office.pool.run(actor, move |register| register.account(&name)).await??;
    Ok(account.is_some_and(|account| {
        !account.is_disabled
            && account.changed_at.0 <= visit.since
            && account.station == visit.station
            && account.roles == visit.roles
    }))
}

async fn note_refusal(office: &Office, visit: &Visit) {
    if let Ok(actor) = visit.actor() {
        let act = Act::new(ActKind::AccessRefused).outcome(ActOutcome::Refused).with("why", "role");
        // Refused it is, noted or not.
        let _ = office.pool.run(actor, move |register| register.note(&[act])).await;
    }
}

/// The language of somebody who is not signed in: as the browser says.
pub(super) fn tongue(request: &Request<Body>) -> Tongue {
    let query = request.uri().query().unwrap_or_default();
    if let Some(code) = query.split('&').find_map(|pair| pair.strip_prefix("language=")) {
        return Tongue::from_code(code);
    }
    let wanted = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let wanted = wanted.unwrap_or_default();
    // The first of both that is named.
    let place = |code: &str| wanted.split(',').position(|language| language.trim().starts_with(code));
    match (place("ja"), place("en")) {
        (None, Some(_)) => Tongue::En,
        (Some(ja), Some(en)) if en < ja => Tongue::En,
        _ => Tongue::Ja,
    }
}
