//! Why nothing was corrected.

use super::{Corrected, Fault};
use crate::approval::ApprovalError;
use crate::check::Language;
use crate::import::ImportError;
use crate::issue::{IssueError, Refusal};
use crate::register::{AskError, LetterError, RegisterError, ReserveError, Undone};
use crate::withdraw::WithdrawError;
use tegata_certificate::Format;

/// Why nothing was corrected. Each says what to do; none names anybody.
#[derive(Debug, thiserror::Error)]
pub enum CorrectError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// No such person.
    #[error("nobody has that number in the register: look it up again")]
    NobodyThere,
    /// The number was given up.
    #[error(
        "that number was merged into another: correct the other one (tegata-issuer register show); nothing was changed"
    )]
    Merged,
    /// No such dose.
    #[error("the record has no dose {0}: look at it (tegata-issuer register show); nothing was changed")]
    NoSuchDose(u8),
    /// Several doses.
    #[error(
        "the record has several doses {0}, of several vaccines: say of which, as {0}/comirnaty; nothing was changed"
    )]
    WhichDose(u8),
    /// The corrected record would be refused by an import.
    #[error("the record would be wrong then: {}; nothing was changed", told(.0))]
    Blocked(Vec<Fault>),
    /// Somebody must look.
    #[error("somebody must look at this first: {}; if it is right, confirm it (--confirm CODE); nothing was changed", told(.0))]
    Unconfirmed(Vec<Fault>),
    /// Another finding holds the person.
    #[error(
        "a finding of the register holds this person: confirm it first (tegata-issuer confirm --list); nothing was changed"
    )]
    Held,
    /// There would be no new certificate.
    #[error(
        "a {} certificate would be withdrawn, and there would be no new one: {}; complete the record, or say --withdraw-only; nothing was changed",
        .format.name(), .refusal.explanation()
    )]
    NoReplacement {
        /// Of which family.
        format: Format,
        /// Why.
        refusal: Refusal,
    },
    /// No key signs the request.
    #[error(
        "certificates are to be withdrawn, and no key signs the request: name it with --status-key; nothing was changed"
    )]
    NoStatusKey,
    /// The cells cannot be read.
    #[error("the correction cannot be read: {0}")]
    Import(#[from] ImportError),
    /// Issuing.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// Withdrawing.
    #[error(transparent)]
    Withdraw(#[from] WithdrawError),
    /// The second person.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    /// The paper.
    #[error(transparent)]
    Letter(#[from] LetterError),
}

/// Codes only: what the cells hold is nobody's business but the clerk's.
fn told(faults: &[Fault]) -> String {
    let told: Vec<String> = faults
        .iter()
        .map(|fault| {
            let dose = fault.dose.map(|dose| format!(" (dose {dose})")).unwrap_or_default();
            format!("{}{dose}: {}", fault.code.label(), fault.code.title(Language::En))
        })
        .collect();
    told.join("; ")
}

/// Why the transaction is undone.
pub(super) enum Stopped {
    Refused(CorrectError),
    /// It was only looked at.
    Tried(Box<Corrected>),
}

impl<E: Into<CorrectError>> From<E> for Stopped {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

impl From<AskError<WithdrawError>> for CorrectError {
    fn from(error: AskError<WithdrawError>) -> Self {
        Self::Withdraw(error.into())
    }
}

impl From<ReserveError> for CorrectError {
    fn from(error: ReserveError) -> Self {
        Self::Issue(error.into())
    }
}

pub(super) fn refuse<T>(error: impl Into<CorrectError>) -> Result<T, Undone<Stopped>> {
    Err(Undone::Refused(Stopped::Refused(error.into())))
}
