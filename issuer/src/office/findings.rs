//! What holds people until somebody has looked: the findings, and who confirmed them for which reason.
//!
//! Only what needs an eye is confirmed. What blocks was refused when the file came in, and is not in the register.

use crate::check::{Code, Level};
use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::people::language;
use crate::office::role::Duty;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, today};
use crate::record::{Record, RegisterNumber};
use crate::register::{Act, ActKind, ActPurpose, FindingChoice, OpenFinding, Register};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::Arc;
use tower_sessions::Session;

/// Findings on one page: not more than a session remembers people.
const SHOWN: usize = 40;
/// People whose records are opened at once.
const OPENED: usize = 256;

/// What somebody did before they confirmed. The words are the audit's.
const REASONS: [(&str, &str, &str); 4] = [
    ("original checked", "原本（予診票・接種済証など）と一致することを確認した", "Compared with the original papers"),
    ("person asked", "本人または家族に確認した", "Asked the person or the family"),
    ("place asked", "接種会場・医療機関に確認した", "Asked the place where it was given"),
    ("other office asked", "他の自治体・機関に確認した", "Asked another municipality or office"),
];

/// A finding for a page.
pub(super) struct Line {
    /// What a form calls it.
    pub(super) id: String,
    pub(super) number: &'static str,
    pub(super) title: &'static str,
    pub(super) remedy: &'static str,
    pub(super) place: String,
    pub(super) can_confirm: bool,
    person: Option<(String, String)>,
}

/// A finding in the words of a page; whose it is stands elsewhere.
pub(super) fn line(finding: &OpenFinding, visit: &Visit) -> Line {
    let language = language(visit.tongue);
    Line {
        id: finding.id(),
        number: finding.number,
        title: finding.code.title(language),
        remedy: finding.code.remedy(language),
        place: format!("{}:{}", finding.file, finding.line),
        can_confirm: may_confirm(visit, finding.code),
        person: None,
    }
}

/// Whether somebody may confirm such a finding.
fn may_confirm(visit: &Visit, code: Code) -> bool {
    visit.does(Duty::Confirm) && code.level() == Level::Eye
}

/// The reasons for a form, in the language of the page.
pub(super) fn reasons(l: Tongue) -> Vec<(&'static str, &'static str)> {
    REASONS.iter().map(|(id, ja, en)| (*id, l.t(ja, en))).collect()
}

#[derive(Template)]
#[template(path = "office/findings.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
    reasons: Vec<(&'static str, &'static str)>,
    /// More than are shown.
    more: bool,
    /// Whether one was confirmed just now.
    is_done: bool,
    /// People whom no station shows: how many, and the first numbers.
    unplaced: u64,
    unplaced_numbers: Vec<String>,
}

/// What the page was asked for with.
#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    #[serde(default)]
    done: String,
}

/// What holds people whom a station serves, and people whom none does.
type Held = Vec<(OpenFinding, RegisterNumber, Record)>;

impl Office {
    /// Whether a station works on what was found about somebody. Who is of no municipality is shown to whoever imports.
    fn works_on(&self, station: &str, record: &Record) -> bool {
        let municipality = record.person.municipality;
        municipality.is_none() || self.config.station(station).is_some_and(|station| station.serves(municipality))
    }

    /// The first findings of those, that nobody has confirmed, about people whom the station works on; and whether there
    /// are more.
    fn held(
        &self,
        register: &mut Register,
        station: &str,
        most: usize,
        wanted: &dyn Fn(&OpenFinding) -> bool,
    ) -> Result<(Held, bool), Trouble> {
        let open = register.open_findings(&FindingChoice::All, None)?;
        let open: Vec<_> = open.into_iter().filter(|one| one.confirmed.is_none() && wanted(one)).collect();
        let mut held = Held::new();
        for some in open.chunks(OPENED) {
            let numbers: Vec<&str> = some.iter().map(|one| one.person.as_str()).collect();
            let records = register.records_of(&numbers)?;
            let records: HashMap<&str, &Record> =
                records.iter().map(|record| (record.person.number.as_str(), record)).collect();
            for one in some {
                let Some(record) = records.get(one.person.as_str()).filter(|record| self.works_on(station, record))
                else {
                    continue;
                };
                if held.len() == most {
                    return Ok((held, true));
                }
                held.push((one.clone(), record.person.number.clone(), (*record).clone()));
            }
        }
        Ok((held, false))
    }
}

/// `GET /findings`
pub(super) async fn list(
    State(office): State<Arc<Office>>,
    Extension(mut visit): Extension<Visit>,
    session: Session,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let (shared, station) = (office.clone(), visit.station.clone());
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let ((held, more), (unplaced, numbers)) = office
        .pool
        .run(actor, move |register| {
            let held = shared.held(register, &station, SHOWN, &|_| true)?;
            let count = held.0.len() as u64;
            register.note(&[Act::new(ActKind::View).with("of", "findings").with("count", count)])?;
            let unplaced =
                if shared.config.is_shared() { register.people_unplaced(SHOWN as u64)? } else { (0, vec![]) };
            Ok::<_, Trouble>((held, unplaced))
        })
        .await??;
    let mut lines = Vec::with_capacity(held.len());
    for (finding, number, record) in held {
        let card = crate::office::people::card(&record, visit.tongue);
        let name = if card.name.is_empty() { card.romanised } else { card.name };
        // Whom no station shows has no page to go to.
        let is_served = office.config.station(&visit.station).is_some_and(|at| at.serves(record.person.municipality));
        let handle = if is_served { visit.remember(&number, "check").handle } else { String::new() };
        lines.push(Line { person: Some((handle, format!("{name} {number}"))), ..line(&finding, &visit) });
    }
    visit.keep(&session).await?;
    page(&ListPage {
        f: Frame::of(&visit, "/findings", "要確認の記録", "Open findings"),
        lines,
        reasons: reasons(visit.tongue),
        more,
        is_done: wanted.done == "yes",
        unplaced,
        unplaced_numbers: numbers.iter().map(ToString::to_string).collect(),
    })
}

/// `POST /findings/{id}`: somebody has looked, and confirms it.
pub(super) async fn confirm(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    let reason = REASONS.iter().find(|(word, ..)| *word == form.get("reason"));
    let (word, ..) = reason.ok_or_else(|| {
        Trouble::form(
            "何を確認したかを選んでください。何も変更していません。",
            "Choose what you checked. Nothing was changed.",
        )
    })?;
    let purpose = ActPurpose::parse(word).map_err(|error| Trouble::own(&error))?;
    let (shared, who) = (office.clone(), visit.clone());
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let day = today().to_string();
    office
        .pool
        .run(actor, move |register| {
            let (held, _) = shared.held(register, &who.station, OPENED, &|one| one.id() == id)?;
            let findings: Vec<OpenFinding> = held.into_iter().map(|(finding, ..)| finding).collect();
            if findings.is_empty() {
                return Err(Trouble::nothing());
            }
            if !findings.iter().all(|finding| may_confirm(&who, finding.code)) {
                return Err(cannot());
            }
            Ok(register.confirm_for(&findings, &purpose, &day)?)
        })
        .await??;
    let handle = form.get("handle");
    let to = match visit.found(handle) {
        Some(_) => format!("/person/{handle}"),
        None => "/findings?done=yes".to_owned(),
    };
    Ok(Redirect::to(&to).into_response())
}

fn cannot() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "blocks",
        "この点は確認だけでは解消できません。元のファイルを直して、もう一度取り込んでください。何も変更していません。",
        "This is not settled by confirming it: correct the file and import it again. Nothing was changed.",
    )
}
