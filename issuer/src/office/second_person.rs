//! What one alone may not do: asked for, decided by somebody else, and then done once.

use crate::approval::{
    ApprovalChoice, ApprovalEntry, ApprovalError, ApprovalKind, ApprovalState, Decision, Granted, Permit, Subject,
};
use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::people::when;
use crate::office::role::Duty;
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, jobs, now, withdrawal};
use crate::register::{Act, ActKind, ActPurpose, Register};
use crate::withdraw::Change;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use std::sync::Arc;
use tegata_certificate::UnixTime;
use tower_sessions::Session;

/// A line of the list.
struct Line {
    id: u64,
    kind: &'static str,
    state: &'static str,
    about: String,
    asked_by: String,
    asked_at: String,
    is_mine: bool,
}

#[derive(Template)]
#[template(path = "office/approvals.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "office/approval.html")]
struct EntryPage {
    f: Frame,
    line: Line,
    why: String,
    until: String,
    decided: Option<(String, String, String)>,
    can_decide: bool,
    can_do: bool,
}

/// The words for a kind of act.
pub(super) fn kind_words(kind: ApprovalKind, l: Tongue) -> &'static str {
    match kind {
        ApprovalKind::BulkIssue => l.t("一括交付", "Issue to many"),
        ApprovalKind::Revoke => l.t("証明書の失効", "Withdraw certificates"),
        ApprovalKind::Reinstate => l.t("証明書の再有効化", "Reinstate certificates"),
        ApprovalKind::IssueProtected => l.t("支援措置対象者への交付", "Issue to a protected person"),
        ApprovalKind::PrintProtected => l.t("支援措置対象者の印刷", "Print for a protected person"),
        ApprovalKind::ShowProtected => l.t("支援措置対象者の表示", "Show of a protected person"),
        ApprovalKind::PostProtected => l.t("支援措置対象者への郵送", "Post to a protected person"),
        ApprovalKind::LiftSuspension => l.t("窓口停止の解除", "Let a station work again"),
    }
}

fn state_words(state: ApprovalState, l: Tongue) -> &'static str {
    match state {
        ApprovalState::Asked => l.t("承認待ち", "waits"),
        ApprovalState::Approved => l.t("承認済み・未実行", "approved, not done yet"),
        ApprovalState::Refused => l.t("却下", "refused"),
        ApprovalState::Used => l.t("実行済み", "done"),
        ApprovalState::Expired => l.t("期限切れ", "expired"),
    }
}

impl Office {
    /// Whether the station of a visit may see what an approval is about.
    fn shows(&self, register: &mut Register, visit: &Visit, subject: &Subject) -> Result<bool, Trouble> {
        match subject {
            Subject::Person(number) => match self.record_for(register, &visit.station, number) {
                Ok(_) => Ok(true),
                Err(trouble) if trouble.code == "nobody" => Ok(false),
                Err(trouble) => Err(trouble),
            },
            Subject::Station(_) | Subject::Choice { .. } | Subject::Job { .. } => Ok(true),
        }
    }
}

fn line(entry: &ApprovalEntry, visit: &Visit) -> Line {
    let l = visit.tongue;
    Line {
        id: entry.id,
        kind: kind_words(entry.kind, l),
        state: state_words(entry.state, l),
        about: match &entry.subject {
            Subject::Person(number) => format!("{} {number}", l.t("宛名番号", "person")),
            Subject::Job { summary, .. } => {
                format!("{}{}", l.t("台帳の全員 — ", "everyone — "), jobs::job_words(summary, l))
            }
            Subject::Station(station) => format!("{} {station}", l.t("窓口", "station")),
            choice @ Subject::Choice { .. } => choice.summary(),
        },
        asked_by: format!("{} ({})", entry.asked.name, entry.asked.station),
        asked_at: when(entry.asked.at),
        is_mine: entry.asked.name == visit.account,
    }
}

/// `GET /approvals`
pub(super) async fn list(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Trouble> {
    let (shared, who) = (office.clone(), visit.clone());
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let lines = office
        .pool
        .run(actor, move |register| {
            let mut lines = Vec::new();
            for entry in register.approvals(ApprovalChoice::Open, now())? {
                if shared.shows(register, &who, &entry.subject)? {
                    lines.push(line(&entry, &who));
                }
            }
            Ok::<_, Trouble>(lines)
        })
        .await??;
    page(&ListPage { f: Frame::of(&visit, "/approvals", "承認", "Approvals"), lines })
}

/// `GET /approvals/{id}`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<u64>,
) -> Result<Response, Trouble> {
    let entry = find(&office, &visit, id).await?;
    let is_mine = entry.asked.name == visit.account;
    page(&EntryPage {
        f: Frame::of(&visit, "/approvals", "承認の申請", "A request for approval"),
        line: line(&entry, &visit),
        why: entry.why.clone(),
        until: when(entry.expires_at),
        decided: entry.decided.as_ref().map(|by| {
            (format!("{} ({})", by.name, by.station), when(by.at), entry.decided_why.clone().unwrap_or_default())
        }),
        can_decide: visit.does(Duty::Approve) && entry.state == ApprovalState::Asked && !is_mine,
        can_do: is_mine && entry.state == ApprovalState::Approved && does(&visit, entry.kind),
    })
}

/// Whether what was approved is done from here, by somebody of these roles.
fn does(visit: &Visit, kind: ApprovalKind) -> bool {
    match kind {
        ApprovalKind::Revoke | ApprovalKind::Reinstate => visit.does(Duty::Withdraw),
        ApprovalKind::IssueProtected => visit.does(Duty::Issue),
        ApprovalKind::LiftSuspension => visit.does(Duty::Stations),
        ApprovalKind::BulkIssue => visit.does(Duty::Jobs),
        ApprovalKind::PrintProtected | ApprovalKind::ShowProtected | ApprovalKind::PostProtected => false,
    }
}

async fn find(office: &Arc<Office>, visit: &Visit, id: u64) -> Result<ApprovalEntry, Trouble> {
    let (shared, who) = (office.clone(), visit.clone());
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    office
        .pool
        .run(actor, move |register| {
            let entry = register.approval(id, now())?.ok_or_else(Trouble::nothing)?;
            if !shared.shows(register, &who, &entry.subject)? {
                return Err(Trouble::nothing());
            }
            if let Subject::Person(number) = &entry.subject {
                register.note(&[Act::new(ActKind::View).about(number).with("approval", id)])?;
            }
            Ok(entry)
        })
        .await?
}

/// `POST /approvals/{id}`: approve or refuse.
pub(super) async fn decide(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<u64>,
    form: Posted,
) -> Result<Response, Trouble> {
    let decision = match form.get("decision") {
        "approve" => Decision::Approve,
        "refuse" => Decision::Refuse,
        _ => return Err(Trouble::form("承認か却下を選んでください。", "Choose to approve or to refuse.")),
    };
    let why = form.get("why").to_owned();
    find(&office, &visit, id).await?;
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    office.pool.run(actor, move |register| register.decide_approval(id, decision, &why, now())).await??;
    Ok(Redirect::to(&format!("/approvals/{id}")).into_response())
}

/// `POST /approvals/{id}/do`: what was approved is done by who asked for it.
pub(super) async fn carry_out(
    State(office): State<Arc<Office>>,
    Extension(mut visit): Extension<Visit>,
    session: Session,
    Path(id): Path<u64>,
    _form: Posted,
) -> Result<Response, Trouble> {
    let entry = find(&office, &visit, id).await?;
    if entry.asked.name != visit.account || !does(&visit, entry.kind) {
        return Err(Trouble::role());
    }
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    if let (ApprovalKind::LiftSuspension, Subject::Station(station)) = (entry.kind, &entry.subject) {
        let (subject, station) = (entry.subject.clone(), station.clone());
        office
            .pool
            .run(actor, move |register| {
                let granted = register.granted(id, now())?;
                register.use_approval(&granted, ApprovalKind::LiftSuspension, &subject, now())?;
                register.resume_station(&station).map_err(|error| Trouble::own(&error))
            })
            .await??;
        return Ok(Redirect::to("/stations").into_response());
    }
    if entry.kind == ApprovalKind::BulkIssue {
        return jobs::begin_approved(&office, &visit, &entry).await;
    }
    let Subject::Person(number) = &entry.subject else { return Err(Trouble::nothing()) };
    let handle = visit.remember(number, "withdraw").handle;
    visit.keep(&session).await?;
    let change = match entry.kind {
        ApprovalKind::Revoke => Change::Withdraw,
        ApprovalKind::Reinstate => Change::Reinstate,
        // The page of the person finds the approval by itself.
        _ => return Ok(Redirect::to(&format!("/person/{handle}")).into_response()),
    };
    withdrawal::carry_out(&office, &visit, &handle, change, Some(id)).await
}

/// The approval that somebody asked for and a second person gave for exactly that, if there is one.
pub(super) fn granted_for(
    register: &mut Register,
    account: &str,
    kind: ApprovalKind,
    subject: &Subject,
    now: UnixTime,
) -> Result<Option<Granted>, ApprovalError> {
    let open = register.approvals(ApprovalChoice::Open, now)?;
    let fits = |entry: &&ApprovalEntry| {
        entry.state == ApprovalState::Approved
            && entry.kind == kind
            && entry.subject == *subject
            && entry.asked.name == account
    };
    open.iter().find(fits).map(|entry| register.granted(entry.id, now)).transpose()
}

/// The right to act under the office's policy, with an approval where there is one.
pub(super) fn permit<'a>(office: &Office, granted: Option<&'a Granted>) -> Permit<'a> {
    let permit = Permit::under(office.config.second_person.policy());
    match granted {
        Some(granted) => permit.with(granted),
        None => permit,
    }
}

/// `POST /person/{handle}/ask`: asks for a second person, for an act on a person.
pub(super) async fn ask(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    let kind = ApprovalKind::from_name(form.get("kind"));
    let asked =
        [ApprovalKind::Revoke, ApprovalKind::Reinstate, ApprovalKind::IssueProtected, ApprovalKind::PrintProtected];
    let kind = kind.filter(|kind| asked.contains(kind)).ok_or_else(Trouble::nothing)?;
    let why = form.get("why").to_owned();
    let id = office
        .with_person(&visit, &handle, move |_, register, record, _: ActPurpose| {
            let subject = Subject::Person(record.person.number.clone());
            Ok(register.ask_approval(kind, &subject, &why, now())?)
        })
        .await?;
    Ok(Redirect::to(&format!("/approvals/{id}")).into_response())
}
