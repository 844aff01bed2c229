//! What could not be done, for a program: a problem document.

use crate::office::trouble::Trouble;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// A problem document (RFC 9457). It names nobody.
#[derive(Serialize, ToSchema)]
pub(crate) struct Problem {
    /// A stable word for programs.
    code: &'static str,
    /// The status of the answer.
    status: u16,
    /// In Japanese, for people.
    title_ja: String,
    /// In English, for people.
    title: String,
}

/// A trouble as the answer to a program.
pub(in crate::office) fn answer(trouble: &Trouble) -> Response {
    let problem = Problem {
        code: trouble.code,
        status: trouble.status.as_u16(),
        title_ja: trouble.ja.to_string(),
        title: trouble.en.to_string(),
    };
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    let body = serde_json::to_string(&problem).unwrap_or_default();
    let mut response = (trouble.status, kind, body).into_response();
    if let Some(seconds) = trouble.retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if trouble.status == axum::http::StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}
