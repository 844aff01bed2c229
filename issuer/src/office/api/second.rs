//! What one alone may not do: asked for here, decided by a person at the counter, and then done here once.

use super::Calling;
use super::body::{Said, object};
use super::problem::Problems;
use super::whom::Whom;
use crate::approval::{ApprovalKind, Subject};
use crate::office::trouble::Trouble;
use crate::office::withdrawal;
use crate::office::{Office, now};
use crate::withdraw::Change;
use axum::Extension;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// What a second person is asked for.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    /// To withdraw a person's certificates.
    Revoke,
    /// To let them count again.
    Reinstate,
    /// To issue to a person whose address is shielded.
    IssueProtected,
    /// To print for one.
    PrintProtected,
}

impl From<Asked> for ApprovalKind {
    fn from(asked: Asked) -> Self {
        match asked {
            Asked::Revoke => Self::Revoke,
            Asked::Reinstate => Self::Reinstate,
            Asked::IssueProtected => Self::IssueProtected,
            Asked::PrintProtected => Self::PrintProtected,
        }
    }
}

/// For whom a second person is asked, for what, and why.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskBody {
    /// About whom.
    #[serde(deserialize_with = "object")]
    person: Whom,
    /// For what.
    kind: Asked,
    /// Why, for the person who decides. No My Number.
    #[schema(
        min_length = 1,
        max_length = 500,
        pattern = r"^[^\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000][^\x00-\x1f\x7f-\x9f]*$"
    )]
    why: String,
}

/// What was asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct AskedBody {
    /// Its number: approvers find it so on their page.
    approval: u64,
}

/// Asks for a second person. An approver decides at the counter; then the call that needed it is made again, by the same
/// account and within three days, and uses the approval up.
#[utoipa::path(
    post, path = "/api/v1/approvals/ask", tag = "approvals", request_body = AskBody,
    responses((status = 200, body = AskedBody, description = "It waits"), Problems)
)]
pub(super) async fn ask(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(said): Said<AskBody>,
) -> Result<Response, Trouble> {
    let (kind, why) = (ApprovalKind::from(said.kind), said.why);
    let approval = office
        .called(caller, "approvals/ask", said.person, move |_, register, record, _| {
            let subject = Subject::Person(record.person.number);
            Ok(register.ask_approval(kind, &subject, &why, now())?)
        })
        .await?;
    Ok(Json(AskedBody { approval }).into_response())
}

/// To what a person's certificates are changed.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    /// They count no more.
    Withdraw,
    /// They count again.
    Reinstate,
}

/// Whose certificates are withdrawn or reinstated.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WithdrawBody {
    /// Whose.
    #[serde(deserialize_with = "object")]
    person: Whom,
    /// Which of both.
    change: Wanted,
}

/// What was withdrawn or reinstated.
#[derive(Serialize, ToSchema)]
pub(super) struct WithdrawnBody {
    /// Places of the status list that the new request names.
    places: u64,
    /// SMART Health Cards that are withdrawn by numbers of their own.
    cards: u64,
    /// The names of the request files that the office hands to the status service.
    requests: Vec<String>,
}

/// Withdraws all of a person's certificates, or reinstates them. Verifiers hear of it with the lists that the status service
/// publishes next.
#[utoipa::path(
    post, path = "/api/v1/certificates/withdraw", tag = "certificates", request_body = WithdrawBody,
    responses((status = 200, body = WithdrawnBody, description = "What was asked of the status service"), Problems)
)]
pub(super) async fn withdraw(
    State(office): State<Arc<Office>>,
    Extension(caller): Calling,
    Said(said): Said<WithdrawBody>,
) -> Result<Response, Trouble> {
    let change = match said.change {
        Wanted::Withdraw => Change::Withdraw,
        Wanted::Reinstate => Change::Reinstate,
    };
    let told = office
        .called(caller, "certificates/withdraw", said.person, move |office, register, record, caller| {
            let done = withdrawal::change_all(office, register, &record, &caller.account, change, None)?;
            Ok(WithdrawnBody { places: done.places, cards: done.cards, requests: done.files })
        })
        .await?;
    Ok(Json(told).into_response())
}
