//! The steps of a verdict, in the order they are taken.

use crate::messages::both;

/// One step on the way from a scan to a verdict.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// From a picture or a scan to a text of a known family.
    Read,
    /// From the text to a bounded message.
    Decode,
    /// Whether anyone listed may have signed it.
    Issuer,
    /// Whether the listed key signed these bytes, and they are a certificate.
    Signature,
    /// Whether that key may sign this.
    Scope,
    /// Whether it is in force now.
    Time,
    /// Whether it was withdrawn.
    Status,
    /// Whether the rules of a purpose accept it.
    Rules,
    /// Whether it belongs to the document shown.
    Holder,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Decode,
        Self::Issuer,
        Self::Signature,
        Self::Scope,
        Self::Time,
        Self::Status,
        Self::Rules,
        Self::Holder,
    ];

    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Decode => "decode",
            Self::Issuer => "issuer",
            Self::Signature => "signature",
            Self::Scope => "scope",
            Self::Time => "time",
            Self::Status => "status",
            Self::Rules => "rules",
            Self::Holder => "holder",
        }
    }

    /// What the step asks, for people.
    #[must_use]
    pub fn label(self, language: crate::Language) -> &'static str {
        let (ja, en) = match self {
            Self::Read => both!("step.read"),
            Self::Decode => both!("step.decode"),
            Self::Issuer => both!("step.issuer"),
            Self::Signature => both!("step.signature"),
            Self::Scope => both!("step.scope"),
            Self::Time => both!("step.time"),
            Self::Status => both!("step.status"),
            Self::Rules => both!("step.rules"),
            Self::Holder => both!("step.holder"),
        };
        language.choose(ja, en)
    }
}

/// How a step ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StepResult {
    /// It holds.
    Passed,
    /// It does not hold, or could not be decided; the reason says which.
    Failed(crate::Reason),
    /// It holds, and there is something to weigh or to know.
    Noted(Option<crate::Reason>),
    /// It was not taken: an earlier one failed, or this one does not apply.
    Skipped,
}

impl StepResult {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Noted(_) => "noted",
            Self::Skipped => "skipped",
        }
    }

    /// The reason, where there is one.
    #[must_use]
    pub fn reason(self) -> Option<crate::Reason> {
        match self {
            Self::Failed(reason) | Self::Noted(Some(reason)) => Some(reason),
            Self::Passed | Self::Noted(None) | Self::Skipped => None,
        }
    }
}
