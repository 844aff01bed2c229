//! Papers that are due, and those that were handed over.

use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::people::when;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, now};
use crate::register::{LetterChoice, LetterError, LetterReason, LetterState, Register, Way};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use tower_sessions::Session;

/// Papers on one page.
const SHOWN: u32 = 200;

struct Line {
    id: u64,
    handle: String,
    name: String,
    reason: &'static str,
    state: &'static str,
    due: String,
    withheld: bool,
    is_printed: bool,
}

#[derive(Template)]
#[template(path = "office/letters.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
}

fn reason_words(reason: LetterReason, l: Tongue) -> &'static str {
    match reason {
        LetterReason::Issued => l.t("交付", "issued"),
        LetterReason::Corrected => l.t("訂正", "corrected"),
        LetterReason::Revoked => l.t("失効", "withdrawn"),
    }
}

/// `GET /letters`
pub(super) async fn list(
    State(office): State<Arc<Office>>,
    Extension(mut visit): Extension<Visit>,
    session: Session,
) -> Result<Response, Trouble> {
    let (shared, station, l) = (office.clone(), visit.station.clone(), visit.tongue);
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let papers = office
        .pool
        .run(actor, move |register| {
            let mut papers = Vec::new();
            for choice in [LetterChoice::Due, LetterChoice::Printed] {
                for letter in register.letters(&choice, 0, SHOWN)? {
                    match shared.record_for(register, &station, &letter.person) {
                        Ok(record) => papers.push((letter, record)),
                        Err(trouble) if trouble.code == "nobody" => {}
                        Err(trouble) => return Err(trouble),
                    }
                }
            }
            Ok::<_, Trouble>(papers)
        })
        .await??;
    let mut lines = Vec::with_capacity(papers.len());
    for (letter, record) in papers {
        let card = crate::office::people::card(&record, l);
        lines.push(Line {
            id: letter.id,
            handle: visit.remember(&letter.person, "issue").handle,
            name: if card.name.is_empty() { card.romanised } else { card.name },
            reason: reason_words(letter.reason, l),
            state: match letter.state {
                LetterState::Due => l.t("印刷待ち", "to be printed"),
                LetterState::Printed => l.t("印刷済み", "printed"),
                LetterState::Delivered => l.t("お渡し済み", "delivered"),
            },
            due: when(letter.due.0),
            withheld: letter.withheld,
            is_printed: letter.state == LetterState::Printed,
        });
    }
    visit.keep(&session).await?;
    page(&ListPage { f: Frame::of(&visit, "/letters", "交付書類", "Papers"), lines })
}

/// `POST /letters/{id}/delivered`
pub(super) async fn delivered(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<u64>,
    form: Posted,
) -> Result<Response, Trouble> {
    let way = match form.get("way") {
        "post" => Way::Post,
        "counter" => Way::Counter,
        _ => return Err(Trouble::form("窓口か郵送かを選んでください。", "Choose the counter or the post.")),
    };
    let (shared, station) = (office.clone(), visit.station.clone());
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    office.pool.run(actor, move |register| deliver(&shared, register, &station, id, way)).await??;
    Ok(Redirect::to("/letters").into_response())
}

fn deliver(office: &Office, register: &mut Register, station: &str, id: u64, way: Way) -> Result<(), Trouble> {
    let found = register.letters(&LetterChoice::All, id.saturating_sub(1), 1)?;
    let letter = found.into_iter().find(|letter| letter.id == id).ok_or_else(Trouble::nothing)?;
    office.record_for(register, station, &letter.person).map_err(|trouble| match trouble.code {
        "nobody" => Trouble::nothing(),
        _ => trouble,
    })?;
    register.letter_delivered(id, way, now()).map_err(|error| match error {
        LetterError::Register(error) => error.into(),
        LetterError::Approval(error) => error.into(),
        LetterError::Unknown | LetterError::NobodyThere => Trouble::nothing(),
        other => {
            let ja = match &other {
                LetterError::NotPrinted => "まだ印刷されていません。先に印刷してください。",
                LetterError::Shielded => "支援措置対象者のため、承認なしに郵送できません。窓口でお渡しください。",
                _ => "この書類はすでに処理されています。",
            };
            Trouble::new(StatusCode::CONFLICT, "paper", ja, other.to_string())
        }
    })
}
