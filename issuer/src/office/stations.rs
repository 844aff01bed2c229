//! The stations: which are suspended, and who may change that.

use crate::approval::{ApprovalKind, Subject};
use crate::office::page::{Frame, Posted, page};
use crate::office::people::when;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, now};
use crate::register::StationError;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;

struct Line {
    id: String,
    name: String,
    suspended: Option<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "office/stations.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
}

/// `GET /stations`
pub(super) async fn list(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Trouble> {
    let (shared, l) = (office.clone(), visit.tongue);
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let lines = office
        .pool
        .run(actor, move |register| {
            let mut lines = Vec::new();
            for station in &shared.config.stations {
                let state = register.station_state(&station.id)?;
                let suspended = state.suspension.map(|one| (when(one.since), one.reason.words()));
                let name = l.t(&station.name_ja, &station.name_en).to_owned();
                lines.push(Line { id: station.id.clone(), name, suspended });
            }
            Ok::<_, Trouble>(lines)
        })
        .await??;
    page(&ListPage { f: Frame::of(&visit, "/stations", "窓口", "Stations"), lines })
}

/// `POST /stations/{id}`: suspends at once, or asks to let it work again.
pub(super) async fn act(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    if office.config.station(&id).is_none() {
        return Err(Trouble::nothing());
    }
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let station = |error: StationError| match error {
        StationError::Register(error) => error.into(),
        other => Trouble::own(&other),
    };
    match form.get("change") {
        "suspend" => {
            office.pool.run(actor, move |register| register.suspend_station(&id).map_err(station)).await??;
            Ok(Redirect::to("/stations").into_response())
        }
        "resume" if office.config.second_person.lift_suspension => {
            let why = form.get("why").to_owned();
            let asked = office.pool.run(actor, move |register| {
                register.ask_approval(ApprovalKind::LiftSuspension, &Subject::Station(id), &why, now())
            });
            let approval = asked.await??;
            Ok(Redirect::to(&format!("/approvals/{approval}")).into_response())
        }
        "resume" => {
            office.pool.run(actor, move |register| register.resume_station(&id).map_err(station)).await??;
            Ok(Redirect::to("/stations").into_response())
        }
        _ => Err(Trouble::form("停止か再開を選んでください。", "Choose to suspend or to resume.")),
    }
}
