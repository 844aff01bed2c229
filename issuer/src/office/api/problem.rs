//! What could not be done, for a program: a problem document.

use crate::office::trouble::Trouble;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as Described, ResponseBuilder};
use utoipa::{IntoResponses, ToSchema};

/// The kind of every problem's body.
pub(super) const PROBLEM: &str = "application/problem+json";

/// Where the codes are explained.
const PAGE: &str = "https://github.com/tegata/tegata/blob/main/docs/api.md";

/// A problem document (RFC 9457). It names nobody.
#[derive(Serialize, ToSchema)]
pub(super) struct Problem {
    /// The page that explains the code.
    #[serde(rename = "type")]
    kind: String,
    /// A stable word for programs.
    code: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// What happened and what to do, in English.
    title: String,
    /// The same in Japanese.
    title_ja: String,
    /// Codes of what was found in the record, where that is why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    findings: Vec<&'static str>,
}

/// The problems that a call may end with.
pub(super) struct Problems;

/// Each status with what it means here.
const STATUSES: [(&str, &str); 12] = [
    ("400", "The request cannot be read as HTTP."),
    ("401", "No token, or one that nobody has."),
    ("403", "The account, its station or the purpose does not allow it."),
    ("404", "Nobody whom the station serves has that number and birth date."),
    ("405", "The address takes another method."),
    ("409", "It cannot be done as things stand: a second person, a key or a certificate is missing."),
    ("413", "Too large."),
    ("415", "Another content type is wanted."),
    ("422", "The request does not fit its description, or a record would be wrong."),
    ("429", "Too often: wait as Retry-After says."),
    ("500", "Something of the office's own failed."),
    ("503", "Busy, or the register or a key does not answer: wait as Retry-After says."),
];

impl IntoResponses for Problems {
    fn responses() -> BTreeMap<String, RefOr<Described>> {
        let schema = || Ref::from_schema_name("Problem");
        let one = |(status, told): (&str, &str)| {
            let content = ContentBuilder::new().schema(Some(schema())).build();
            let response = ResponseBuilder::new().description(told).content(PROBLEM, content).build();
            (status.to_owned(), RefOr::T(response))
        };
        STATUSES.into_iter().map(one).collect()
    }
}

/// A trouble as the answer to a program.
pub(in crate::office) fn answer(trouble: &Trouble) -> Response {
    with(trouble, Vec::new())
}

/// The same, with codes of what was found.
pub(super) fn with(trouble: &Trouble, findings: Vec<&'static str>) -> Response {
    // What failed inside may tell of the machine: that is for its own people, on their pages.
    let (title, title_ja) = match trouble.code {
        "register" => (
            "The register cannot be reached or written now. Wait a little and try again; if it stays so, tell the office.",
            "台帳に接続できないか、書き込めません。少し待ってやり直し、続くときは役所に連絡してください。",
        ),
        "signing" => (
            "The office's key does not sign now. Wait a little and try again; if it stays so, tell the office.",
            "役所の鍵が今は署名できません。少し待ってやり直し、続くときは役所に連絡してください。",
        ),
        "no-press" => (
            "This office has no fonts or templates to print with: tell the office.",
            "この役所では印刷用のフォントかテンプレートが設定されていません。役所に連絡してください。",
        ),
        "keys" => (
            "The office's keys or lists do not allow it now: see the formats of GET /api/v1/station, and tell the office.",
            "役所の鍵か信頼リストの状態により、今はできません。GET /api/v1/station の formats を確認し、役所に連絡してください。",
        ),
        "failed" => (
            "It could not be done. Tell the office at what time; nothing is half done.",
            "処理できませんでした。時刻を添えて役所に連絡してください。途中まで処理されたものはありません。",
        ),
        _ => (trouble.en.as_ref(), trouble.ja.as_ref()),
    };
    let problem = Problem {
        kind: format!("{PAGE}#{}", trouble.code),
        code: trouble.code,
        status: trouble.status.as_u16(),
        title: title.to_owned(),
        title_ja: title_ja.to_owned(),
        findings,
    };
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = (trouble.status, [(header::CONTENT_TYPE, PROBLEM)], body).into_response();
    if let Some(seconds) = trouble.retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if trouble.status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tegata\""));
    }
    response
}
