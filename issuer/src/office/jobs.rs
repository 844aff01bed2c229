//! The pages of bulk issuing: what is ready, what was begun, how far it is, and what was left out.

use crate::approval::{ApprovalEntry, ApprovalKind};
use crate::issue::{JobEntry, JobState, Purpose, Refusal, begin_job, job_subject, unfinished_job};
use crate::office::language::Tongue;
use crate::office::page::{Frame, Posted, page};
use crate::office::people::{format_words, issue_trouble, when};
use crate::office::second_person::{granted_for, permit};
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, bulk, now};
use crate::register::Register;
use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use std::sync::Arc;
use tegata_certificate::Format;

/// Seconds after which a page that is watched asks again.
const AGAIN: u64 = 10;

/// A job for a page.
struct Line {
    id: u64,
    what: String,
    state: &'static str,
    is_open: bool,
    begun: String,
    ended: Option<String>,
    records: u64,
    records_done: u64,
    share: u64,
    issued: u64,
    again: u64,
    refused: u64,
}

#[derive(Template)]
#[template(path = "office/jobs.html")]
struct ListPage {
    f: Frame,
    lines: Vec<Line>,
    ready: u64,
    held: u64,
    shielded: u64,
    /// What may be issued, with the families: `domestic`, in words, families.
    purposes: Vec<(&'static str, &'static str, String)>,
    needs_second: bool,
    serves_all: bool,
}

#[derive(Template)]
#[template(path = "office/job.html")]
struct JobPage {
    f: Frame,
    line: Line,
    /// What was left out: how many certificates, and why.
    left_out: Vec<(u64, &'static str)>,
    is_unconfirmed: bool,
    left: Option<String>,
    is_here: bool,
    is_paused: bool,
    can_go_on: bool,
    watched: bool,
    stopped: Option<String>,
    folder: String,
}

fn state_words(job: &JobEntry, is_here: bool, l: Tongue) -> &'static str {
    match job.state {
        JobState::Running if is_here => l.t("処理中", "being worked on"),
        JobState::Running => l.t("中断中", "left off"),
        JobState::Paused => l.t("一時停止中", "paused"),
        JobState::Done => l.t("完了", "done"),
        JobState::Cancelled => l.t("中止", "cancelled"),
    }
}

fn purpose_words(purpose: Purpose, l: Tongue) -> &'static str {
    match purpose {
        Purpose::Domestic => l.t("国内用", "for use in Japan"),
        Purpose::Travel => l.t("渡航用", "for travel"),
    }
}

/// What a job does, in the words of pages; as the register has it where that is something else.
pub(super) fn job_words(summary: &str, l: Tongue) -> String {
    let words = || {
        let (formats, purpose) = summary.rsplit_once(" for ")?;
        let purpose = Purpose::ALL.into_iter().find(|known| known.name() == purpose)?;
        let formats: Option<Vec<_>> = formats.split(", ").map(Format::from_name).collect();
        let formats: Vec<_> = formats?.into_iter().map(|format| format_words(format, l)).collect();
        Some(format!("{}{}{}", purpose_words(purpose, l), l.t("：", ": "), formats.join(l.t("、", ", "))))
    };
    words().unwrap_or_else(|| summary.to_owned())
}

fn line(office: &Office, job: &JobEntry, l: Tongue) -> Line {
    Line {
        id: job.id,
        what: job_words(&job.summary, l),
        state: state_words(job, office.bulk.works_on(job.id), l),
        is_open: matches!(job.state, JobState::Running | JobState::Paused),
        begun: when(job.begun_at),
        ended: job.ended_at.map(when),
        records: job.records,
        records_done: job.records_done,
        share: (100 * job.records_done).checked_div(job.records).unwrap_or(100),
        issued: job.issued,
        again: job.again,
        refused: job.refused,
    }
}

/// A job is about everyone in the register: it is begun and steered where everyone of the office is served.
fn check_station(office: &Office, visit: &Visit) -> Result<(), Trouble> {
    if office.config.serves_all(&visit.station) {
        return Ok(());
    }
    Err(Trouble::new(
        StatusCode::CONFLICT,
        "not-everyone",
        "この窓口は一部の市区町村だけを扱うため、台帳全員への一括交付はできません。全市区町村を扱う窓口で行ってください。何も変更していません。",
        "This station serves some of the office's municipalities only, and a job issues to everyone in the register. Do it at a station that serves them all. Nothing was changed.",
    ))
}

/// `GET /jobs`
pub(super) async fn list(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Trouble> {
    let (shared, l) = (office.clone(), visit.tongue);
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let (jobs, status, held) = office
        .pool
        .run(actor, |register| Ok::<_, Trouble>((register.jobs(now())?, register.status()?, register.people_held()?)))
        .await??;
    let purposes = shared.keys.with(now(), |keys, _| {
        let offered = Purpose::ALL.into_iter().map(|purpose| {
            let formats = bulk::plan(&shared, keys, purpose).formats;
            let words = formats.iter().map(|format| format_words(*format, l));
            (purpose.name(), purpose_words(purpose, l), words.collect::<Vec<_>>().join(l.t("、", ", ")))
        });
        offered.filter(|(.., formats)| !formats.is_empty()).collect()
    });
    let policy = office.config.second_person.policy();
    page(&ListPage {
        f: Frame::of(&visit, "/jobs", "一括交付", "Issue to everyone"),
        lines: jobs.iter().map(|job| line(&office, job, l)).collect(),
        ready: status.issuable,
        held,
        shielded: if policy.protected { status.shielded } else { 0 },
        purposes: purposes.unwrap_or_default(),
        needs_second: policy.needs(ApprovalKind::BulkIssue, status.issuable),
        serves_all: office.config.serves_all(&visit.station),
    })
}

/// What came of wishing for a job.
enum Wish {
    /// It was begun, or is to be gone on with.
    Begun(u64),
    /// A second person is asked.
    Asked(u64),
}

/// `POST /jobs`: begins a job, or asks a second person for it.
pub(super) async fn begin(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    form: Posted,
) -> Result<Response, Trouble> {
    let purpose = match form.get("for") {
        "domestic" => Purpose::Domestic,
        "travel" => Purpose::Travel,
        _ => return Err(Trouble::form("国内用か渡航用かを選んでください。", "Choose domestic or travel.")),
    };
    check_station(&office, &visit)?;
    let why = form.get("why").to_owned();
    let watch = if form.has("watch") { "?watch=yes" } else { "" };
    match wish(&office, &visit, purpose, Some(why)).await? {
        Wish::Asked(approval) => Ok(Redirect::to(&format!("/approvals/{approval}")).into_response()),
        Wish::Begun(job) => Ok(Redirect::to(&format!("/jobs/{job}{watch}")).into_response()),
    }
}

/// Begins a job and works on it; where it needs a second person who has not agreed, asks for one with that reason.
async fn wish(office: &Arc<Office>, visit: &Visit, purpose: Purpose, why: Option<String>) -> Result<Wish, Trouble> {
    if let Some(job) = office.bulk.at_work() {
        return Err(bulk::in_hand(job));
    }
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let (shared, account) = (office.clone(), visit.account.clone());
    let wished = office
        .pool
        .run(actor.clone(), move |register| {
            let now = now();
            shared.keys.with(now, |keys, _| {
                let plan = bulk::plan(&shared, keys, purpose);
                if plan.formats.is_empty() {
                    return Err(Trouble::nothing());
                }
                let subject = job_subject(keys, &plan, now).map_err(issue_trouble)?;
                let granted = granted_for(register, &account, ApprovalKind::BulkIssue, &subject, now)?;
                let is_open = unfinished_job(register, keys, &plan, now).map_err(issue_trouble)?.is_some();
                let people = register.status()?.issuable;
                let needed = shared.config.second_person.policy().needs(ApprovalKind::BulkIssue, people);
                if let Some(why) = why.filter(|_| needed && granted.is_none() && !is_open) {
                    let asked = register.ask_approval(ApprovalKind::BulkIssue, &subject, &why, now)?;
                    return Ok(Wish::Asked(asked));
                }
                let permit = permit(&shared, granted.as_ref());
                begin_job(register, keys, &plan, now, &permit).map(|job| Wish::Begun(job.id)).map_err(issue_trouble)
            })?
        })
        .await??;
    if let Wish::Begun(job) = wished {
        let id = actor.clone();
        // One that was paused stays so until somebody resumes it.
        let job_now = office.pool.run(id, move |register| register.job(job, now())).await??;
        if job_now.is_some_and(|job| job.state == JobState::Running) {
            bulk::start(office, actor, purpose, job)?;
        }
    }
    Ok(wished)
}

/// Begins the job that a second person has agreed to.
pub(super) async fn begin_approved(
    office: &Arc<Office>,
    visit: &Visit,
    entry: &ApprovalEntry,
) -> Result<Response, Trouble> {
    check_station(office, visit)?;
    let found = office.keys.with(now(), |keys, _| {
        Purpose::ALL.into_iter().find(|purpose| {
            let plan = bulk::plan(office, keys, *purpose);
            let subject = job_subject(keys, &plan, now());
            !plan.formats.is_empty() && subject.is_ok_and(|subject| subject == entry.subject)
        })
    })?;
    let purpose = found.ok_or_else(|| {
        Trouble::new(
            StatusCode::CONFLICT,
            "other-job",
            "承認された一括交付は、今の鍵や設定では実行できません。改めて申請してください。何も変更していません。",
            "What was approved cannot be done with the keys and settings of now: ask anew. Nothing was changed.",
        )
    })?;
    match wish(office, visit, purpose, None).await? {
        Wish::Begun(job) => Ok(Redirect::to(&format!("/jobs/{job}?watch=yes")).into_response()),
        Wish::Asked(approval) => Ok(Redirect::to(&format!("/approvals/{approval}")).into_response()),
    }
}

/// Whether somebody watches a job: the page then asks again by itself.
#[derive(Deserialize, Default)]
pub(super) struct Watched {
    #[serde(default)]
    watch: String,
}

/// `GET /jobs/{id}`
pub(super) async fn show(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<u64>,
    Query(watched): Query<Watched>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let shared = office.clone();
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let (job, refusals, purpose, folder) = office
        .pool
        .run(actor, move |register: &mut Register| {
            let job = register.job(id, now())?.ok_or_else(Trouble::nothing)?;
            let refusals = register.job_refusals(id)?;
            let open = matches!(job.state, JobState::Running | JobState::Paused);
            // Without keys that hold, the page still tells how far it is.
            let purpose = if open { bulk::purpose_of(&shared, register, &job).unwrap_or_default() } else { None };
            Ok::<_, Trouble>((job, refusals, purpose, bulk::folder(register, id)))
        })
        .await??;
    let is_here = office.bulk.works_on(id);
    let explained = |(code, count): (&String, &u64)| {
        let refusal = Refusal::ALL.into_iter().find(|refusal| refusal.code() == code)?;
        Some((*count, refusal_words(refusal, l)))
    };
    let watched = watched.watch == "yes" && is_here;
    let mut response = page(&JobPage {
        f: Frame::of(&visit, "/jobs", "一括交付の進み具合", "Progress of a job"),
        left_out: refusals.iter().filter_map(explained).collect(),
        is_unconfirmed: refusals.contains_key(Refusal::Unconfirmed.code()),
        left: job.left().filter(|_| is_here && job.records_done > 0).map(|seconds| spoken(seconds, l)),
        is_here,
        is_paused: job.state == JobState::Paused,
        can_go_on: purpose.is_some() && office.config.serves_all(&visit.station),
        watched,
        stopped: office.bulk.stopped(id).map(|trouble| l.t(&trouble.ja, &trouble.en).to_owned()),
        folder: folder.display().to_string(),
        line: line(&office, &job, l),
    })?;
    if watched {
        // A page that nobody asked to renew itself does not: whoever reads it slowly is not interrupted.
        let refresh = format!("{AGAIN}; url=/jobs/{id}?watch=yes");
        let value = HeaderValue::from_str(&refresh).map_err(|error| Trouble::own(&error))?;
        response.headers_mut().insert(HeaderName::from_static("refresh"), value);
    }
    Ok(response)
}

/// Seconds as people say them.
fn spoken(seconds: u64, l: Tongue) -> String {
    match seconds {
        0..120 => format!("{seconds} {}", l.t("秒", "seconds")),
        120..7_200 => format!("{} {}", seconds / 60, l.t("分", "minutes")),
        _ => format!("{} {}", seconds / 3_600, l.t("時間", "hours")),
    }
}

/// Why some certificates were left out, for people.
pub(super) fn refusal_words(refusal: Refusal, l: Tongue) -> &'static str {
    let ja = match refusal {
        Refusal::RomanisedNameMissing => "旅券のローマ字氏名が台帳にありません。旅券の記載どおりに登録してください。",
        Refusal::NoDoseForFamily => "この形式で表せる接種がありません。",
        Refusal::LotMissing => "ロット番号のない接種があります。記録を補ってください。",
        Refusal::PassportMissing => "旅券番号が台帳にありません。旅券を確認して登録してください。",
        Refusal::BirthDate => "生年月日が不明か、この形式で表せません。",
        Refusal::Text => "氏名・ロット番号・会場名が長すぎるか、使えない文字を含みます。",
        Refusal::NoLife => "鍵の有効期限のため、有効期間がありません。管理者に相談してください。",
        Refusal::TooLarge => "二次元コードに入りきりません。",
        Refusal::OtherKey => "有効な証明書が別の鍵で交付済みです。そのまま使えます。",
        Refusal::SignerCertificate => "鍵に必要な署名者証明書がありません。管理者に相談してください。",
        Refusal::Rule => "このロット・鍵・時期の証明書は、規則により失効対象です。管理者に相談してください。",
        Refusal::Unconfirmed => "確認が必要な点が残っています。「要確認の記録」で確認してください。",
        Refusal::Shielded => "支援措置対象者です。窓口で、一人ずつ承認を得て交付してください。",
    };
    l.t(ja, refusal.explanation())
}

/// `POST /jobs/{id}`: pauses, cancels, or goes on.
pub(super) async fn steer(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<u64>,
    form: Posted,
) -> Result<Response, Trouble> {
    let state = match form.get("change") {
        "pause" => JobState::Paused,
        "cancel" => JobState::Cancelled,
        "go-on" => JobState::Running,
        _ => return Err(Trouble::form("操作を選んでください。", "Choose what is to be done.")),
    };
    check_station(&office, &visit)?;
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let shared = office.clone();
    let purpose = office
        .pool
        .run(actor.clone(), move |register| {
            let job = register.job(id, now())?.ok_or_else(Trouble::nothing)?;
            let purpose = if state == JobState::Running { bulk::purpose_of(&shared, register, &job)? } else { None };
            if state == JobState::Running && purpose.is_none() {
                return Err(elsewhere());
            }
            // Before anything changes: a job that cannot be worked on now is not let go on.
            match shared.bulk.at_work() {
                Some(other) if state == JobState::Running && other != id => return Err(bulk::in_hand(other)),
                _ => {}
            }
            let changes = job.state != state;
            if changes && !register.steer_job(id, state, now())? {
                return Err(elsewhere());
            }
            Ok(purpose)
        })
        .await??;
    let Some(purpose) = purpose else { return Ok(Redirect::to(&format!("/jobs/{id}")).into_response()) };
    bulk::start(&office, actor, purpose, id)?;
    Ok(Redirect::to(&format!("/jobs/{id}?watch=yes")).into_response())
}

fn elsewhere() -> Trouble {
    Trouble::new(
        StatusCode::CONFLICT,
        "other-job",
        "この一括交付は終わっているか、別の鍵・設定で始められたため、ここでは操作できません。始めたときと同じコマンドで続けられます。",
        "This job has ended, or was begun with other keys or settings: go on with the command that began it.",
    )
}
