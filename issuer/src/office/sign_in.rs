//! Signing in with a local account, locking, unlocking, signing out.

use crate::office::guard::tongue;
use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::role::Role;
use crate::office::trouble::Trouble;
use crate::office::visit::{Arrival, Visit};
use crate::office::{Office, Peer, now, password};
use crate::register::{AccountEntry, Act, ActKind, ActOutcome, Actor};
use askama::Template;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Form};
use serde::Deserialize;
use std::sync::Arc;
use tower_sessions::Session;

#[derive(Template)]
#[template(path = "office/sign_in.html")]
struct SignInPage {
    f: Frame,
    problem: Option<String>,
    account: String,
    has_provider: bool,
}

#[derive(Template)]
#[template(path = "office/locked.html")]
struct LockedPage {
    f: Frame,
    problem: Option<String>,
    visit: Visit,
}

/// What somebody typed. Its password shows nowhere.
#[derive(Deserialize)]
pub(super) struct Typed {
    account: String,
    password: String,
    #[serde(default)]
    language: String,
}

/// `GET /sign-in`
pub(super) async fn form(State(office): State<Arc<Office>>, request: Request<Body>) -> Result<Response, Trouble> {
    sign_in_page(&office, tongue(&request), None, String::new())
}

fn sign_in_page(office: &Office, l: Tongue, problem: Option<String>, account: String) -> Result<Response, Trouble> {
    let f = Frame::outside(l, "サインイン", "Sign in");
    page(&SignInPage { f, problem, account, has_provider: office.config.oidc.is_some() })
}

fn wrong(l: Tongue) -> String {
    l.t("アカウント名かパスワードが違います。", "The account's name or the password is wrong.").to_owned()
}

/// `POST /sign-in`. No token guards this form, since nobody is there yet: where it comes from is checked for every form.
pub(super) async fn enter(
    State(office): State<Arc<Office>>,
    Extension(peer): Extension<Peer>,
    session: Session,
    Form(typed): Form<Typed>,
) -> Result<Response, Trouble> {
    let l = Tongue::from_code(&typed.language);
    let name = typed.account.trim().to_owned();
    office.limits.sign_in(&name, &peer.0)?;
    let checked = office.check(&name, typed.password).await?;
    office.limits.signed_in(&name, checked.is_some());
    match checked {
        Some((account, roles)) => {
            let arrival = Arrival {
                account: account.name,
                display: account.display,
                roles,
                station: account.station,
                is_foreign: false,
            };
            let visit = Visit::begin(&session, arrival, l, now()).await?;
            note(&office, &visit, ActKind::SignIn).await?;
            Ok(Redirect::to("/").into_response())
        }
        None => {
            let mut response = sign_in_page(&office, l, Some(wrong(l)), name)?;
            *response.status_mut() = StatusCode::FORBIDDEN;
            Ok(response)
        }
    }
}

/// `GET /locked`
pub(super) async fn locked(Extension(visit): Extension<Visit>) -> Result<Response, Trouble> {
    if !visit.is_locked {
        return Ok(Redirect::to("/").into_response());
    }
    locked_page(visit, None)
}

fn locked_page(visit: Visit, problem: Option<String>) -> Result<Response, Trouble> {
    let mut f = Frame::outside(visit.tongue, "ロック中", "Locked");
    f.token.clone_from(&visit.token);
    page(&LockedPage { f, problem, visit })
}

/// `POST /unlock`
pub(super) async fn unlock(
    State(office): State<Arc<Office>>,
    Extension(peer): Extension<Peer>,
    Extension(mut visit): Extension<Visit>,
    session: Session,
    form: Posted,
) -> Result<Response, Trouble> {
    office.limits.sign_in(&visit.account, &peer.0)?;
    if visit.is_foreign {
        // No password of theirs is here: the page has a link to the provider.
        return locked_page(visit, None);
    }
    let is_right = office.check(&visit.account, form.get("password").to_owned()).await?.is_some();
    office.limits.signed_in(&visit.account, is_right);
    if !is_right {
        let problem = visit.tongue.t("パスワードが違います。", "The password is wrong.").to_owned();
        let mut response = locked_page(visit, Some(problem))?;
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Ok(response);
    }
    (visit.is_locked, visit.seen) = (false, now().0);
    visit.keep(&session).await?;
    Ok(Redirect::to("/").into_response())
}

/// `POST /sign-out`
pub(super) async fn leave(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    session: Session,
    _form: Posted,
) -> Result<Response, Trouble> {
    session.flush().await?;
    note(&office, &visit, ActKind::SignOut).await?;
    Ok(Redirect::to("/sign-in").into_response())
}

/// `POST /language`
pub(super) async fn language(
    Extension(mut visit): Extension<Visit>,
    session: Session,
    form: Posted,
) -> Result<Response, Trouble> {
    visit.tongue = Tongue::from_code(form.get("language"));
    visit.keep(&session).await?;
    Ok(Redirect::to("/").into_response())
}

/// Notes that somebody came or went.
pub(super) async fn note(office: &Office, visit: &Visit, kind: ActKind) -> Result<(), Trouble> {
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    Ok(office.pool.run(actor, move |register| register.note(&[Act::new(kind)])).await??)
}

impl Office {
    /// The account of that name, with its roles, if the password is right and it may sign in. A refusal is noted at the
    /// account's station, or at the office's first for a name that nobody has.
    async fn check(&self, name: &str, typed: String) -> Result<Option<(AccountEntry, Vec<Role>)>, Trouble> {
        let _turn = self.hashing.acquire().await.map_err(|error| Trouble::own(&error))?;
        let first = self.config.stations.first().map_or("office", |station| station.id.as_str()).to_owned();
        let actor = Actor::new("sign-in", &first).map_err(|error| Trouble::own(&error))?;
        let wanted = name.to_owned();
        let account = self.pool.run(actor, move |register| register.account(&wanted)).await??;
        let hash = account.as_ref().and_then(|account| account.password.clone());
        let right = tokio::task::spawn_blocking(move || password::is_right(&typed, hash.as_deref())).await;
        let station = account.as_ref().map_or(first, |account| account.station.clone());
        let account = account.filter(|account| {
            right.unwrap_or(false) && !account.is_disabled && self.config.station(&account.station).is_some()
        });
        let roles: Vec<Role> =
            account.iter().flat_map(|account| &account.roles).filter_map(|role| Role::from_name(role)).collect();
        match account {
            Some(account) if !roles.is_empty() && roles != [Role::System] => Ok(Some((account, roles))),
            _ => {
                self.note_refused_sign_in(name, &station).await?;
                Ok(None)
            }
        }
    }

    /// Notes a sign-in that was refused; too many suspend the station.
    pub(super) async fn note_refused_sign_in(&self, name: &str, station: &str) -> Result<(), Trouble> {
        // What was typed may be anything, a password too: only what could be a name is noted as one.
        let known =
            name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte));
        let actor = Actor::new(if known && !name.is_empty() { name } else { "unknown" }, station);
        let actor = actor.map_err(|error| Trouble::own(&error))?;
        let act = Act::new(ActKind::SignInRefused).outcome(ActOutcome::Refused);
        Ok(self.pool.run(actor, move |register| register.note(&[act])).await??)
    }
}
