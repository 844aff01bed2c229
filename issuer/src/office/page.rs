//! What every page has: the frame, the forms' token, and how a trouble is shown.

use crate::office::language::Tongue;
use crate::office::role::Duty;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use askama::Template;
use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::{Form, RequestExt};
use std::borrow::Cow;

/// Where the menu leads, and whose duty it is.
const MENU: [(&str, &str, &str, Duty); 10] = [
    ("/", "検索", "Search", Duty::Look),
    ("/import", "取り込み", "Import", Duty::Import),
    ("/findings", "要確認の記録", "Open findings", Duty::Confirm),
    ("/jobs", "一括交付", "Issue to everyone", Duty::Jobs),
    ("/letters", "交付書類", "Papers", Duty::Issue),
    ("/requests", "失効の申請", "Withdrawals", Duty::Withdraw),
    ("/approvals", "承認", "Approvals", Duty::Approvals),
    ("/audit", "監査記録", "Audit", Duty::Audit),
    ("/stations", "窓口", "Stations", Duty::Stations),
    ("/accounts", "アカウント", "Accounts", Duty::Accounts),
];

/// The frame around a page.
pub struct Frame {
    /// The language.
    pub l: Tongue,
    /// The page's title.
    pub title: Cow<'static, str>,
    /// Who is signed in, and at which station.
    pub who: Option<(String, String)>,
    /// What forms bring back.
    pub token: String,
    /// The menu: address, text, whether it is this page.
    pub menu: Vec<(&'static str, &'static str, bool)>,
}

impl Frame {
    /// The frame for somebody; `here` is the address in the menu that the page belongs to.
    #[must_use]
    pub fn of(visit: &Visit, here: &str, ja: &'static str, en: &'static str) -> Self {
        let l = visit.tongue;
        let menu = MENU.iter().filter(|(.., duty)| visit.does(*duty));
        let menu = menu.map(|(to, ja, en, _)| (*to, l.t(ja, en), *to == here)).collect();
        let who = Some((visit.display.clone(), visit.station.clone()));
        Self { l, title: l.t(ja, en).into(), who, token: visit.token.clone(), menu }
    }

    /// The frame for nobody.
    #[must_use]
    pub fn outside(l: Tongue, ja: &'static str, en: &'static str) -> Self {
        Self { l, title: l.t(ja, en).into(), who: None, token: String::new(), menu: Vec::new() }
    }
}

/// Writes a page out.
///
/// # Errors
/// If the template cannot be filled in.
pub fn page(template: &impl Template) -> Result<Response, Trouble> {
    Ok(Html(template.render().map_err(|error| Trouble::own(&error))?).into_response())
}

#[derive(Template)]
#[template(path = "office/trouble.html")]
struct TroublePage {
    f: Frame,
    text: String,
    back: Option<&'static str>,
}

/// Shows a trouble as a page, with the menu of whoever is signed in.
#[must_use]
pub fn show(trouble: &Trouble, visit: Option<&Visit>, tongue: Tongue) -> Response {
    if let Some(to) = trouble.see {
        return Redirect::to(to).into_response();
    }
    let (ja, en) = match trouble.status {
        StatusCode::NOT_FOUND => ("見つかりません", "Not found"),
        StatusCode::FORBIDDEN => ("この操作はできません", "Not allowed"),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => ("お待ちください", "Please wait"),
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => ("入力を確認してください", "Please check"),
        _ => ("処理できませんでした", "It was not done"),
    };
    let f = match visit {
        Some(visit) if !visit.is_locked => Frame::of(visit, "", ja, en),
        _ => Frame::outside(tongue, ja, en),
    };
    let text = f.l.t(&trouble.ja, &trouble.en).to_owned();
    let mut response = match page(&TroublePage { back: visit.map(|_| "/"), f, text }) {
        Ok(page) => page,
        Err(_) => trouble.en.clone().into_response(),
    };
    *response.status_mut() = trouble.status;
    if let Some(seconds) = trouble.retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A form that was sent from a page of this session.
pub struct Posted {
    fields: Vec<(String, String)>,
}

impl Posted {
    /// A field, without blanks around it; empty if it is not there.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.fields.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value.trim())
    }

    /// A field as it was typed.
    #[must_use]
    pub fn whole(&self, name: &str) -> &str {
        self.fields.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    /// All values of a field.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.iter().filter(move |(other, _)| other == name).map(|(_, value)| value.trim())
    }

    /// Whether a box was ticked or a button pressed.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(other, _)| other == name)
    }
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Trouble;

    async fn from_request(request: Request<Body>, _: &S) -> Result<Self, Trouble> {
        let token = request.extensions().get::<Visit>().map(|visit| visit.token.clone());
        let form = request.extract::<Form<Vec<(String, String)>>, _>().await;
        let Form(fields) = form.map_err(|rejection| {
            let status = rejection.status();
            Trouble::new(
                if status == StatusCode::PAYLOAD_TOO_LARGE { status } else { StatusCode::BAD_REQUEST },
                "form",
                "送信内容を読み取れませんでした。画面を開き直してやり直してください。",
                "What was sent cannot be read. Open the page again and repeat it.",
            )
        })?;
        let posted = Self { fields };
        check_token(token.as_deref(), posted.get("token"))?;
        Ok(posted)
    }
}

/// Refuses a form that does not bring back its session's token.
///
/// # Errors
/// [`Trouble::forged`].
pub fn check_token(expected: Option<&str>, given: &str) -> Result<(), Trouble> {
    // Both are random and of one length; which characters differ is compared in constant time all the same.
    let differs = |expected: &str| {
        expected.len() != given.len() || expected.bytes().zip(given.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) != 0
    };
    match expected {
        Some(expected) if !expected.is_empty() && !differs(expected) => Ok(()),
        _ => Err(Trouble::forged()),
    }
}

/// Whether a request only reads.
#[must_use]
pub fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
