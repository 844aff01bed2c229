//! The audit, for those who read it: entries by day, person at work and station, and whether the chain holds.

use crate::office::Office;
use crate::office::page::{Frame, page};
use crate::office::people::when;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::register::{Act, ActKind, AuditEntry, AuditFilter};
use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;
use std::collections::VecDeque;
use std::sync::Arc;
use tegata_certificate::{Date, UnixTime};

/// Entries on one page: the newest that fit.
const SHOWN: usize = 200;
const DAY: i64 = 86_400;
const JAPAN: i64 = 9 * 3_600;

/// What is looked for.
#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    #[serde(default)]
    day: String,
    #[serde(default)]
    actor: String,
    #[serde(default)]
    station: String,
    #[serde(default)]
    act: String,
    #[serde(default)]
    check: String,
}

struct Line {
    sequence: u64,
    time: String,
    act: &'static str,
    outcome: &'static str,
    actor: String,
    station: String,
    purpose: String,
    details: String,
}

#[derive(Template)]
#[template(path = "office/audit.html")]
struct AuditPage {
    f: Frame,
    wanted: Wanted,
    kinds: Vec<(&'static str, bool)>,
    lines: Vec<Line>,
    more: bool,
    verdict: Option<(bool, String)>,
}

/// `GET /audit`
pub(super) async fn list(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let filter = filter(&wanted)?;
    let proves = !wanted.check.is_empty();
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let (lines, more, proof) = office
        .pool
        .run(actor, move |register| {
            register.note(&[Act::new(ActKind::AuditRead)])?;
            let mut lines = VecDeque::with_capacity(SHOWN);
            let mut more = false;
            register.audit(&filter, &mut |entry| {
                if lines.len() == SHOWN {
                    lines.pop_front();
                    more = true;
                }
                lines.push_back(line(entry));
            })?;
            let proof = if proves { Some(register.verify_audit(&[])?) } else { None };
            Ok::<_, Trouble>((lines, more, proof))
        })
        .await??;
    let verdict = proof.map(|proof| match proof.fault {
        None => {
            let text = l.t("監査記録に改ざん・欠落はありません。最後の記録：", "The chain holds. Its newest entry: ");
            (true, format!("{text}{}", proof.head))
        }
        Some(fault) => {
            let text =
                l.t("監査記録に異常があります。管理者と監査責任者に連絡してください：", "The chain does not hold: ");
            (false, format!("{text}{fault}"))
        }
    });
    let kinds = ActKind::ALL.iter().map(|kind| (kind.name(), kind.name() == wanted.act)).collect();
    page(&AuditPage {
        f: Frame::of(&visit, "/audit", "監査記録", "Audit"),
        wanted,
        kinds,
        lines: lines.into_iter().rev().collect(),
        more,
        verdict,
    })
}

fn filter(wanted: &Wanted) -> Result<AuditFilter, Trouble> {
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let day = match text(&wanted.day) {
        None => None,
        Some(day) => Some(Date::parse(&day).ok_or_else(|| {
            Trouble::form("日付を 2026-11-28 のように入力してください。", "Type the day as 2026-11-28.")
        })?),
    };
    let start = day.map(|day| UnixTime(day.start().0 - JAPAN));
    Ok(AuditFilter {
        since: start,
        until: start.map(|start| start.plus(DAY)),
        actor: text(&wanted.actor),
        station: text(&wanted.station),
        acts: ActKind::from_name(wanted.act.trim()).into_iter().collect(),
        ..AuditFilter::default()
    })
}

fn line(entry: &AuditEntry) -> Line {
    Line {
        sequence: entry.sequence,
        time: when(entry.time),
        act: entry.act.name(),
        outcome: entry.outcome.name(),
        actor: entry.actor.clone(),
        station: entry.station.clone(),
        purpose: entry.purpose.clone().unwrap_or_default(),
        details: entry.details.clone().unwrap_or_default(),
    }
}
