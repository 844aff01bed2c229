//! The accounts: who may sign in, in which roles, at which station.
//!
//! Nobody changes what they themselves may do, and an administrator who can sign in always remains. A session of an
//! account that was changed ends with its next request (guard.rs).

use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::password::{self, LONGEST, SHORTEST};
use crate::office::people::when;
use crate::office::role::Role;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, now};
use crate::register::{AccountEntry, AccountError};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

/// The roles that a page gives: those of people.
const ROLES: [Role; 5] = [Role::Clerk, Role::Approver, Role::Operator, Role::Auditor, Role::Admin];
/// The longest name of a person, in characters.
const DISPLAY: usize = 64;

/// Whether an account may be called that: 1 to 32 of a-z, 0-9, `-`, `_`, `.`, `@`.
#[must_use]
pub fn is_account_name(text: &str) -> bool {
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.@".contains(&b));
    plain && (1..=32).contains(&text.len())
}

/// What becomes of an account.
type Change = Box<dyn Fn(&mut AccountEntry) + Send>;

/// An account for a page.
struct Line {
    name: String,
    display: String,
    roles: String,
    station: String,
    is_disabled: bool,
    /// It belongs to another system, which signs in by a token.
    is_system: bool,
    changed: String,
}

/// A box of a form: value, text, whether it is ticked.
type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "office/accounts.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
    roles: Vec<Choice>,
    stations: Vec<Choice>,
    shortest: usize,
}

#[derive(Template)]
#[template(path = "office/account.html")]
struct AccountPage {
    f: Frame,
    line: Line,
    roles: Vec<Choice>,
    stations: Vec<Choice>,
    is_mine: bool,
    shortest: usize,
}

fn line(account: &AccountEntry, l: Tongue) -> Line {
    let role = |name: &String| {
        let role = Role::from_name(name)?;
        let (ja, en) = role.words();
        Some(l.t(ja, en))
    };
    let roles: Vec<&str> = account.roles.iter().filter_map(role).collect();
    Line {
        name: account.name.clone(),
        display: account.display.clone(),
        roles: roles.join(l.t("、", ", ")),
        station: account.station.clone(),
        is_disabled: account.is_disabled,
        is_system: account.token.is_some() || account.roles.iter().any(|role| role == Role::System.name()),
        changed: when(account.changed_at),
    }
}

fn role_choices(own: &[String], l: Tongue) -> Vec<Choice> {
    let choice = |role: Role| {
        let (ja, en) = role.words();
        (role.name().to_owned(), l.t(ja, en).to_owned(), own.iter().any(|own| own == role.name()))
    };
    ROLES.into_iter().map(choice).collect()
}

fn station_choices(office: &Office, own: &str, l: Tongue) -> Vec<Choice> {
    let stations = office.config.stations.iter();
    stations.map(|one| (one.id.clone(), l.t(&one.name_ja, &one.name_en).to_owned(), one.id == own)).collect()
}

/// `GET /accounts`
pub(super) async fn list(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let accounts = office.pool.run(actor, |register| register.accounts()).await??;
    page(&ListPage {
        f: Frame::of(&visit, "/accounts", "アカウント", "Accounts"),
        lines: accounts.iter().map(|account| line(account, l)).collect(),
        roles: role_choices(&[], l),
        stations: station_choices(&office, &visit.station, l),
        shortest: SHORTEST,
    })
}

/// `GET /accounts/{name}`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(name): Path<String>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let account = office.pool.run(actor, move |register| register.account(&name)).await??;
    let account = account.ok_or_else(Trouble::nothing)?;
    page(&AccountPage {
        f: Frame::of(&visit, "/accounts", "アカウントの変更", "Change an account"),
        roles: role_choices(&account.roles, l),
        stations: station_choices(&office, &account.station, l),
        is_mine: account.name == visit.account,
        shortest: SHORTEST,
        line: line(&account, l),
    })
}

/// What a form says of an account.
struct Given {
    display: String,
    roles: Vec<String>,
    station: String,
}

fn given(office: &Office, form: &Posted, name: &str) -> Result<Given, Trouble> {
    let display = form.get("display");
    let display = if display.is_empty() { name } else { display };
    if display.chars().count() > DISPLAY || display.chars().any(char::is_control) {
        return Err(Trouble::form("氏名は 64 文字以内で入力してください。", "A name has at most 64 characters."));
    }
    let roles: Vec<String> = form.all("role").map(str::to_owned).collect();
    let known = |role: &String| ROLES.iter().any(|known| known.name() == role);
    if roles.is_empty() || !roles.iter().all(known) {
        return Err(Trouble::form("役割を 1 つ以上選んでください。", "Choose at least one role."));
    }
    let station = form.get("station").to_owned();
    if office.config.station(&station).is_none() {
        return Err(Trouble::form("窓口を選んでください。", "Choose a station."));
    }
    Ok(Given { display: display.to_owned(), roles, station })
}

impl Office {
    /// The hash of a password that was typed twice.
    async fn hashed(&self, form: &Posted) -> Result<String, Trouble> {
        // Blanks around a password are its own.
        let typed = form.whole("password").to_owned();
        if typed != form.whole("again") {
            return Err(Trouble::form(
                "2 回入力したパスワードが一致しません。もう一度入力してください。何も変更していません。",
                "The two passwords differ. Type them again. Nothing was changed.",
            ));
        }
        if typed.chars().count() < SHORTEST || typed.len() > LONGEST {
            return Err(Trouble::form(
                format!("パスワードは {SHORTEST} 文字以上で入力してください。何も変更していません。"),
                format!("A password has at least {SHORTEST} characters. Nothing was changed."),
            ));
        }
        let _turn = self.hashing.acquire().await.map_err(|error| Trouble::own(&error))?;
        let hashed = tokio::task::spawn_blocking(move || password::hash(&typed, false)).await;
        hashed.map_err(|error| Trouble::own(&error))?.map_err(|error| Trouble::own(&error))
    }
}

/// `POST /accounts`: adds one.
pub(super) async fn add(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    form: Posted,
) -> Result<Response, Trouble> {
    let name = form.get("name").to_owned();
    if !is_account_name(&name) {
        return Err(Trouble::form(
            "アカウント名は、半角の a〜z・0〜9・「-」「_」「.」「@」で 32 文字以内です。",
            "An account's name has 1 to 32 of a-z, 0-9, “-”, “_”, “.”, “@”.",
        ));
    }
    let Given { display, roles, station } = given(&office, &form, &name)?;
    let password = Some(office.hashed(&form).await?);
    let account =
        AccountEntry { name, display, roles, station, password, token: None, is_disabled: false, changed_at: now() };
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    office.pool.run(actor, move |register| register.add_account(&account)).await?.map_err(trouble)?;
    Ok(Redirect::to("/accounts").into_response())
}

/// `POST /accounts/{name}`: changes one.
pub(super) async fn change(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(name): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    let is_mine = name == visit.account;
    let (what, change): (_, Change) = match form.get("change") {
        "disable" | "enable" | "roles" if is_mine => return Err(own()),
        "disable" => ("disabled", Box::new(|account| account.is_disabled = true)),
        "enable" => ("enabled", Box::new(|account| account.is_disabled = false)),
        "roles" => {
            let given = given(&office, &form, &name)?;
            let change = move |account: &mut AccountEntry| {
                account.roles.clone_from(&given.roles);
                account.display.clone_from(&given.display);
                account.station.clone_from(&given.station);
            };
            ("roles", Box::new(change))
        }
        "password" => {
            let hashed = office.hashed(&form).await?;
            ("password", Box::new(move |account| account.password = Some(hashed.clone())))
        }
        _ => return Err(Trouble::form("変更の内容を選んでください。", "Choose what to change.")),
    };
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let wanted = name.clone();
    let changed = office.pool.run(actor, move |register| {
        let known = register.account(&wanted)?.ok_or(AccountError::Unknown)?;
        // A system's token, and that it is one, are the command line's.
        if line(&known, Tongue::En).is_system && what != "disabled" && what != "enabled" {
            return Err(AccountError::Unknown);
        }
        register.change_account_keeping(Role::Admin.name(), &wanted, what, &*change, now()).map(drop)
    });
    changed.await?.map_err(trouble)?;
    Ok(Redirect::to(&format!("/accounts/{name}")).into_response())
}

fn own() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "own-account",
        "自分のアカウントの役割・窓口・停止は、自分では変更できません。別の管理者に依頼してください。何も変更していません。",
        "Nobody changes their own roles or station, or disables themselves: ask another administrator. Nothing was changed.",
    )
}

fn trouble(error: AccountError) -> Trouble {
    let ja = match &error {
        AccountError::Register(_) => "",
        AccountError::Exists => "その名前のアカウントはすでにあります。別の名前にしてください。何も変更していません。",
        AccountError::Unknown => return Trouble::nothing(),
        AccountError::Last { .. } => {
            "サインインできる管理者が一人もいなくなるため、変更できません。先に別の人を管理者にしてください。何も変更していません。"
        }
    };
    match error {
        AccountError::Register(error) => error.into(),
        other => Trouble::new(StatusCode::CONFLICT, "account", ja, other.to_string()),
    }
}
