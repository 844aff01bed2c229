//! Withdrawing a person's certificates, and reinstating them.

use crate::approval::{ApprovalKind, Subject};
use crate::office::page::{Frame, Posted, page};
use crate::office::people::{Card, card};
use crate::office::second_person::{granted_for, permit};
use crate::office::trouble::Trouble;
use crate::office::visit::Visit;
use crate::office::{Office, now};
use crate::record::Record;
use crate::register::{Act, ActKind, Register};
use crate::withdraw::{Change, Order, REQUESTS, Target, WithdrawError, carry_out as withdraw, hand_out, overview};
use askama::Template;
use axum::Extension;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use tegata_trust_lists::RevocationReason;

#[derive(Template)]
#[template(path = "office/withdraw.html")]
struct WithdrawPage {
    f: Frame,
    handle: String,
    card: Card,
    needs_second: bool,
    needs_second_back: bool,
}

#[derive(Template)]
#[template(path = "office/withdrawn.html")]
struct DonePage {
    f: Frame,
    handle: String,
    is_withdrawn: bool,
    places: u64,
    cards: u64,
    files: Vec<String>,
}

#[derive(Template)]
#[template(path = "office/requests.html")]
struct RequestsPage {
    f: Frame,
    requests: Vec<(u64, String, String, u64, String)>,
}

/// `GET /person/{handle}/withdraw`
pub(super) async fn form(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let card = office
        .with_person(&visit, &handle, move |_, register, record, purpose| {
            register.note(&[Act::new(ActKind::View).about(&record.person.number).purpose(purpose)])?;
            Ok(card(&record, l))
        })
        .await?;
    let policy = office.config.second_person;
    page(&WithdrawPage {
        f: Frame::of(&visit, "/", "失効・再有効化", "Withdraw or reinstate"),
        handle,
        card,
        needs_second: policy.revoke,
        needs_second_back: policy.reinstate,
    })
}

/// `POST /person/{handle}/withdraw`
pub(super) async fn act(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
    Path(handle): Path<String>,
    form: Posted,
) -> Result<Response, Trouble> {
    let change = match form.get("change") {
        "withdraw" => Change::Withdraw,
        "reinstate" => Change::Reinstate,
        _ => return Err(Trouble::form("失効か再有効化を選んでください。", "Choose to withdraw or to reinstate.")),
    };
    carry_out(&office, &visit, &handle, change, None).await
}

/// What was withdrawn or reinstated.
pub(super) struct Changed {
    /// Places of the status list.
    pub(super) places: u64,
    /// Cards that are withdrawn by numbers of their own.
    pub(super) cards: u64,
    /// The names of the requests' files.
    pub(super) files: Vec<String>,
}

/// Withdraws or reinstates all of a person, with that approval or the one that fits.
pub(super) fn change_all(
    office: &Office,
    register: &mut Register,
    record: &Record,
    account: &str,
    change: Change,
    approval: Option<u64>,
) -> Result<Changed, Trouble> {
    let (now, number) = (now(), record.person.number.clone());
    let (kind, subject) = match change {
        Change::Withdraw => (ApprovalKind::Revoke, Subject::Person(number.clone())),
        Change::Reinstate => (ApprovalKind::Reinstate, Subject::Person(number.clone())),
    };
    let granted = match approval {
        Some(id) => Some(register.granted(id, now)?),
        None => granted_for(register, account, kind, &subject, now)?,
    };
    let permit = permit(office, granted.as_ref());
    let folder = register.beside(REQUESTS);
    let order = Order { change, reason: RevocationReason::Withdrawn, sequence: None, folder: &folder, made_at: now };
    let done = office
        .keys
        .with_status(now, |key, state| withdraw(register, key, state, &[Target::Person(number)], &order, &permit));
    let done = done?.map_err(withdraw_trouble)?;
    let files = hand_out(register, &done.asked.requests, &folder, None, now).map_err(withdraw_trouble)?;
    let name = |path: &std::path::Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let files = files.iter().filter_map(|(_, path)| name(path)).collect();
    Ok(Changed { places: done.asked.places, cards: done.cards, files })
}

/// The same for a page.
pub(super) async fn carry_out(
    office: &Arc<Office>,
    visit: &Visit,
    handle: &str,
    change: Change,
    approval: Option<u64>,
) -> Result<Response, Trouble> {
    let account = visit.account.clone();
    let done = office
        .with_person(visit, handle, move |office, register, record, _| {
            change_all(office, register, &record, &account, change, approval)
        })
        .await?;
    page(&DonePage {
        f: Frame::of(visit, "/", "失効・再有効化", "Withdraw or reinstate"),
        handle: handle.to_owned(),
        is_withdrawn: change == Change::Withdraw,
        places: done.places,
        cards: done.cards,
        files: done.files,
    })
}

/// `GET /requests`: what was asked of the status service.
pub(super) async fn requests(
    State(office): State<Arc<Office>>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Trouble> {
    let l = visit.tongue;
    let shared = office.clone();
    let actor = visit.actor().map_err(|error| Trouble::own(&error))?;
    let told = office
        .pool
        .run(actor, move |register| {
            let state = shared.keys.lists(now()).ok();
            let folder = register.beside(REQUESTS);
            // What a killed process has not handed out is handed out now.
            hand_out(register, &std::collections::BTreeSet::new(), &folder, None, now()).map_err(withdraw_trouble)?;
            overview(register, state.as_deref()).map_err(withdraw_trouble)
        })
        .await??;
    let requests = told.requests.iter().rev().map(|one| {
        let what = match one.action {
            "revoke" => l.t("失効", "withdraw"),
            _ => l.t("再有効化", "reinstate"),
        };
        let file = crate::withdraw::request_name(one.sequence);
        (one.sequence, what.to_owned(), one.made_at.to_string(), one.places, file)
    });
    let requests = requests.collect();
    page(&RequestsPage { f: Frame::of(&visit, "/requests", "失効の申請", "Withdrawals"), requests })
}

/// Why nothing was withdrawn.
pub(super) fn withdraw_trouble(error: WithdrawError) -> Trouble {
    let told = error.to_string();
    let conflict = |ja: &'static str| Trouble::new(StatusCode::CONFLICT, "nothing-to-withdraw", ja, told.clone());
    match error {
        WithdrawError::Register(error) => error.into(),
        WithdrawError::Approval(error) => error.into(),
        WithdrawError::Sign(error) => error.into(),
        WithdrawError::NothingIssued => conflict("この方に有効な証明書はありません。"),
        WithdrawError::OnlyExpired => conflict("この方の証明書は、すべて期限が切れています。"),
        WithdrawError::NoPlace => {
            conflict("この方の証明書の形式は、失効の一覧に載せられません。有効期限まで有効なままです。")
        }
        other => Trouble::own(&other),
    }
}
