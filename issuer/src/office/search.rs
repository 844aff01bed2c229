//! The first page, and searching: by two things that one knows of a person, and for a purpose.

use crate::import::typed_day;
use crate::office::Office;
use crate::office::page::{Frame, Posted, page};
use crate::office::people::{self, Card};
use crate::office::role::Duty;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::record::{Record, RegisterNumber};
use crate::register::{Act, ActKind, ActOutcome, ActPurpose, Register, RegisterError};
use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use tegata_certificate::BirthDate;
use tower_sessions::Session;

/// People of one name and birth date who are listed.
const LISTED: usize = 20;

#[derive(Template)]
#[template(path = "office/start.html")]
struct StartPage {
    f: Frame,
    can_look: bool,
    can_approve: bool,
    purposes: Vec<(String, String, bool)>,
    problem: Option<String>,
    typed: Typed,
    found: Vec<(String, Card)>,
}

#[derive(Default)]
struct Typed {
    purpose: String,
    kana: String,
    number: String,
    birth: String,
}

/// `GET /`
pub(super) async fn start(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Trouble> {
    start_page(&office, &visit, Typed::default(), None, Vec::new())
}

fn start_page(
    office: &Office,
    visit: &Visit,
    typed: Typed,
    problem: Option<String>,
    found: Vec<(String, Card)>,
) -> Result<Response, Trouble> {
    let f = Frame::of(visit, "/", "検索", "Search");
    let purposes = office.config.purposes.iter();
    let purposes = purposes
        .map(|purpose| (purpose.id.clone(), f.l.t(&purpose.ja, &purpose.en).to_owned(), purpose.id == typed.purpose))
        .collect();
    let (can_look, can_approve) = (visit.does(Duty::Look), visit.does(Duty::Approve));
    page(&StartPage { f, can_look, can_approve, purposes, problem, typed, found })
}

/// `POST /search`
pub(super) async fn search(
    State(office): State<Arc<Office>>,
    Extension(mut visit): Extension<Visit>,
    session: Session,
    form: Posted,
) -> Result<Response, Trouble> {
    office.limits.search(&visit.account)?;
    let l = visit.tongue;
    let typed = Typed {
        purpose: form.get("purpose").to_owned(),
        kana: form.get("kana").to_owned(),
        number: form.get("number").to_owned(),
        birth: form.get("birth").to_owned(),
    };
    let again = |problem: &str, typed| {
        let mut response = start_page(&office, &visit, typed, Some(problem.to_owned()), Vec::new())?;
        *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
        Ok(response)
    };
    if office.config.purpose(&typed.purpose).is_none() {
        return again(l.t("検索の目的を選んでください。", "Choose what you search for."), typed);
    }
    let Some(birth) = typed_day(&typed.birth) else {
        let text = l.t(
            "生年月日を、1980-05-06 または 昭和55年5月6日 のように入力してください。",
            "Type the birth date as 1980-05-06 or 昭和55年5月6日.",
        );
        return again(text, typed);
    };
    let number = match typed.number.as_str() {
        "" => None,
        text => match RegisterNumber::parse(text) {
            Some(number) => Some(number),
            None => {
                let text = l.t(
                    "宛名番号は、英数字とハイフンで 20 文字以内です。",
                    "A register number has at most 20 letters, digits and hyphens.",
                );
                return again(text, typed);
            }
        },
    };
    if number.is_none() && typed.kana.is_empty() {
        let text = l.t(
            "氏名のカナか宛名番号の、どちらかを入力してください。",
            "Type the name in kana, or the register number.",
        );
        return again(text, typed);
    }
    let purpose = ActPurpose::parse(&typed.purpose).map_err(|error| Trouble::own(&error))?;
    let key = Key { kana: typed.kana.clone(), number, birth: BirthDate::Day(birth) };
    let shared = office.clone();
    let station = visit.station.clone();
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let found = office.pool.run(actor, move |register| look_up(register, &shared, &station, &key, purpose)).await??;
    match found.as_slice() {
        [] => {
            let text = l.t(
                "該当する方が見つかりません。カナと生年月日をもう一度確認してください。",
                "Nobody was found. Check the kana and the birth date once more.",
            );
            let mut response = start_page(&office, &visit, typed, Some(text.to_owned()), Vec::new())?;
            *response.status_mut() = StatusCode::NOT_FOUND;
            Ok(response)
        }
        [record] => {
            let handle = visit.remember(&record.person.number, &typed.purpose).handle;
            visit.keep(&session).await?;
            Ok(Redirect::to(&format!("/person/{handle}")).into_response())
        }
        several => {
            let cards = several
                .iter()
                .map(|record| (visit.remember(&record.person.number, &typed.purpose).handle, people::card(record, l)))
                .collect();
            visit.keep(&session).await?;
            start_page(&office, &visit, typed, None, cards)
        }
    }
}

/// What is known of somebody.
struct Key {
    kana: String,
    number: Option<RegisterNumber>,
    birth: BirthDate,
}

/// Everyone whom the key fits and the station serves. The search is noted whether or not it finds anybody.
fn look_up(
    register: &mut Register,
    office: &Office,
    station: &str,
    key: &Key,
    purpose: ActPurpose,
) -> Result<Vec<Record>, RegisterError> {
    let numbers = match &key.number {
        Some(number) => vec![number.clone()],
        None => register.numbers_of(&key.kana, key.birth)?,
    };
    let mut found = Vec::new();
    for number in numbers.iter().take(LISTED) {
        let Some(record) = register.record(number)? else { continue };
        let serves = office.config.station(station).is_some_and(|station| station.serves(record.person.municipality));
        if serves && record.person.birth == key.birth {
            found.push(record);
        }
    }
    let by = if key.number.is_some() { "number" } else { "kana" };
    let search = Act::new(ActKind::Search).purpose(purpose).with("by", by).with("found", found.len() as u64);
    let search = if found.is_empty() { search.outcome(ActOutcome::Refused) } else { search };
    register.note(&[search])?;
    Ok(found)
}
