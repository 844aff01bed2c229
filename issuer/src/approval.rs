//! Approvals: what one person alone may not do.
//!
//! Somebody asks for an act and says why; a second person approves or refuses; and the act itself uses the approval up, in
//! the transaction that does it. So an approval serves once, for one kind of act on one subject, and not beyond its end.
//!
//! ```text
//! asked ──approve──▶ approved ──the act──▶ used
//!   └────refuse────▶ refused
//! asked, approved ──three days──▶ expired
//! ```
//!
//! Whoever calls the library to act passes a [`Permit`]: a [`Policy`] that says what needs a second person, with the
//! [`Granted`] approval where there is one. The act looks at both. For acts that only read (showing an address,
//! printing a protected person's paper) [`Register::use_approval`] gives an [`Approval`], which nothing else can make.

use crate::record::RegisterNumber;
use crate::register::RegisterError;
use serde::{Serialize, Serializer};
use std::fmt;

pub use crate::register::{Approval, ApprovalChoice, ApprovalEntry, ApprovalState, Decision, Granted, Signature};

#[cfg(doc)]
use crate::register::Register;

/// What a second person is asked for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ApprovalKind {
    /// Issuing to everyone, or to many.
    BulkIssue,
    /// Withdrawing certificates.
    Revoke,
    /// Letting withdrawn certificates count again.
    Reinstate,
    /// Issuing to a person whose address is shielded.
    IssueProtected,
    /// Printing such a person's paper.
    PrintProtected,
    /// Showing such a person's address or code.
    ShowProtected,
    /// Posting such a person's paper.
    PostProtected,
    /// Letting a suspended station work again.
    LiftSuspension,
}

impl ApprovalKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::BulkIssue,
        Self::Revoke,
        Self::Reinstate,
        Self::IssueProtected,
        Self::PrintProtected,
        Self::ShowProtected,
        Self::PostProtected,
        Self::LiftSuspension,
    ];

    /// The stable name used in arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BulkIssue => "bulk-issue",
            Self::Revoke => "revoke",
            Self::Reinstate => "reinstate",
            Self::IssueProtected => "issue-protected",
            Self::PrintProtected => "print-protected",
            Self::ShowProtected => "show-protected",
            Self::PostProtected => "post-protected",
            Self::LiftSuspension => "lift-suspension",
        }
    }

    /// The kind with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// The number that the register keeps.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::BulkIssue => 1,
            Self::Revoke => 2,
            Self::Reinstate => 3,
            Self::IssueProtected => 4,
            Self::PrintProtected => 5,
            Self::ShowProtected => 6,
            Self::PostProtected => 7,
            Self::LiftSuspension => 8,
        }
    }

    pub(crate) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| u64::try_from(kind.number()) == Ok(number))
    }
}

impl Serialize for ApprovalKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Whom or what an approval is about. The register keeps it sealed.
#[derive(Clone, PartialEq, Eq)]
pub enum Subject {
    /// A person.
    Person(RegisterNumber),
    /// Certificates that were named otherwise: how many, and what tells the same choice again.
    Choice {
        /// SHA-256 over what was named.
        digest: [u8; 32],
        /// How many were named.
        count: u64,
    },
    /// A job: what it does in a few words, and what tells the same job again.
    Job {
        /// Of plan and keys.
        fingerprint: [u8; 32],
        /// For people.
        summary: String,
    },
    /// A station.
    Station(String),
}

impl Subject {
    /// For those who decide, in one line. A person is named by the number in the register.
    #[must_use]
    pub fn summary(&self) -> String {
        match self {
            Self::Person(number) => format!("person {number}"),
            Self::Choice { digest, count } => {
                format!("{count} named, list {}", hex(digest.get(..8).unwrap_or_default()))
            }
            Self::Job { summary, .. } => format!("everyone: {summary}"),
            Self::Station(station) => format!("station {station}"),
        }
    }

    /// In a form that the register seals: a letter for the kind, then the parts.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Person(number) => [b"p", number.as_str().as_bytes()].concat(),
            Self::Choice { digest, count } => [b"c", digest.as_slice(), &count.to_be_bytes()].concat(),
            Self::Job { fingerprint, summary } => [b"j", fingerprint.as_slice(), summary.as_bytes()].concat(),
            Self::Station(station) => [b"s", station.as_bytes()].concat(),
        }
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let text = |bytes: &[u8]| std::str::from_utf8(bytes).ok().map(str::to_owned);
        match kind {
            b'p' => RegisterNumber::from_register(&text(rest)?).map(Self::Person),
            b'c' => {
                let (digest, count) = rest.split_first_chunk::<32>()?;
                Some(Self::Choice { digest: *digest, count: u64::from_be_bytes(count.try_into().ok()?) })
            }
            b'j' => {
                let (fingerprint, summary) = rest.split_first_chunk::<32>()?;
                Some(Self::Job { fingerprint: *fingerprint, summary: text(summary)? })
            }
            b's' => text(rest).map(Self::Station),
            _ => None,
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

impl fmt::Debug for Subject {
    /// It names a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(…)")
    }
}

/// What needs a second person.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// From how many people on issuing needs one; none if it never does.
    pub bulk_from: Option<u64>,
    /// Withdrawing.
    pub revoke: bool,
    /// Reinstating.
    pub reinstate: bool,
    /// Whatever is done for people whose address is shielded.
    pub protected: bool,
    /// Lifting a station's suspension.
    pub lift_suspension: bool,
}

impl Default for Policy {
    /// Everything that a second person can be asked for; bulk from a hundred people on.
    fn default() -> Self {
        Self { bulk_from: Some(100), revoke: true, reinstate: true, protected: true, lift_suspension: true }
    }
}

impl Policy {
    /// Nothing needs a second person: for whoever holds the keys on the command line, where the passphrase is asked for.
    pub const KEY_HOLDER: Self =
        Self { bulk_from: None, revoke: false, reinstate: false, protected: false, lift_suspension: false };

    /// Whether an act of that kind on so many people needs one.
    #[must_use]
    pub fn needs(&self, kind: ApprovalKind, people: u64) -> bool {
        match kind {
            ApprovalKind::BulkIssue => self.bulk_from.is_some_and(|from| people >= from),
            ApprovalKind::Revoke => self.revoke,
            ApprovalKind::Reinstate => self.reinstate,
            ApprovalKind::IssueProtected
            | ApprovalKind::PrintProtected
            | ApprovalKind::ShowProtected
            | ApprovalKind::PostProtected => self.protected,
            ApprovalKind::LiftSuspension => self.lift_suspension,
        }
    }
}

/// The right to act: the policy, and an approval where somebody has granted one.
#[derive(Clone, Copy, Debug)]
pub struct Permit<'a> {
    policy: Policy,
    granted: Option<&'a Granted>,
}

impl<'a> Permit<'a> {
    /// Of whoever holds the keys: nothing needs a second person.
    pub const KEY_HOLDER: Permit<'static> = Permit { policy: Policy::KEY_HOLDER, granted: None };

    /// Under a policy, with nobody's approval.
    #[must_use]
    pub fn under(policy: Policy) -> Self {
        Self { policy, granted: None }
    }

    /// Whether an act on one person needs an approval.
    #[must_use]
    pub fn needs(&self, kind: ApprovalKind) -> bool {
        self.policy.needs(kind, 1)
    }

    /// With an approval, which the act uses up.
    #[must_use]
    pub fn with(self, granted: &'a Granted) -> Self {
        Self { granted: Some(granted), ..self }
    }

    /// The approval that an act needs, if it needs one.
    ///
    /// # Errors
    /// [`ApprovalError::Needed`] if it needs one and there is none, and if it is for another act or subject.
    pub(crate) fn approval_for(
        &self,
        kind: ApprovalKind,
        subject: &Subject,
        people: u64,
    ) -> Result<Option<&'a Granted>, ApprovalError> {
        if !self.policy.needs(kind, people) {
            return Ok(None);
        }
        let granted = self.granted.ok_or(ApprovalError::Needed { kind })?;
        granted.fits(kind, subject).map(|()| Some(granted))
    }

    /// The approval for that kind of act, whether or not the policy asks for one: some acts always need it.
    ///
    /// # Errors
    /// [`ApprovalError::OtherSubject`] if it is about somebody else.
    pub(crate) fn offered(&self, kind: ApprovalKind, subject: &Subject) -> Result<Option<&'a Granted>, ApprovalError> {
        match self.granted {
            Some(granted) if granted.kind() == kind => granted.fits(kind, subject).map(|()| Some(granted)),
            _ => Ok(None),
        }
    }
}

/// How long an approval may take and be used, in seconds: three days.
pub const APPROVAL_LIFE: i64 = 3 * 86_400;
/// The longest reason, in characters.
pub const MAX_WHY: usize = 500;

/// Why an approval cannot be asked for, given or used. None names a person.
#[derive(Debug, thiserror::Error)]
pub enum ApprovalError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// The act needs a second person.
    #[error(
        "that needs a second person's approval ({}): ask for it (tegata-issuer approvals ask, or on the page), and try again when it is given; nothing was changed", .kind.name()
    )]
    Needed {
        /// For what.
        kind: ApprovalKind,
    },
    /// There is none with that number.
    #[error("there is no approval with that number: tegata-issuer approvals list shows them")]
    Unknown,
    /// Whoever asked is to decide.
    #[error("whoever asked cannot decide: have another person look at it; nothing was changed")]
    SamePerson,
    /// It is decided already.
    #[error("that was decided already: ask anew if it is still needed; nothing was changed")]
    Decided,
    /// It is not decided yet.
    #[error("nobody has decided that yet: have a second person look at it (tegata-issuer approvals show)")]
    Undecided,
    /// It was refused.
    #[error("that was refused: talk to who refused it (tegata-issuer approvals show); nothing was changed")]
    Refused,
    /// It was used before.
    #[error("that approval was used already, and serves once: ask anew; nothing was changed")]
    Used,
    /// Its time is over.
    #[error("that approval has expired: ask anew; nothing was changed")]
    Expired,
    /// It is for another kind of act.
    #[error("that approval is for {}, not for {}: ask for the right one; nothing was changed", .given.name(), .needed.name())]
    OtherKind {
        /// What it is for.
        given: ApprovalKind,
        /// What was to be done.
        needed: ApprovalKind,
    },
    /// It is about somebody or something else.
    #[error("that approval is about somebody or something else: ask for the right one; nothing was changed")]
    OtherSubject,
    /// No reason, or one that is too long.
    #[error("say why, in 1 to {MAX_WHY} characters without control characters")]
    Why,
    /// It holds what looks like a My Number.
    #[error("the reason holds what looks like a My Number (個人番号), which must not be kept here: leave it out")]
    MyNumber,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_comes_back_as_it_was_and_shows_in_no_debug_output() {
        let number = RegisterNumber::parse("4711").expect("a number");
        for subject in [
            Subject::Person(number),
            Subject::Choice { digest: [7; 32], count: 12 },
            Subject::Job { fingerprint: [9; 32], summary: "compact for domestic".to_owned() },
            Subject::Station("counter-1".to_owned()),
        ] {
            assert!(Subject::from_bytes(&subject.to_bytes()).as_ref() == Some(&subject));
            assert!(!format!("{subject:?}").contains("4711"));
        }
        for bytes in [&b""[..], b"x", b"c123", b"j1", b"p123456789012345678901"] {
            assert!(Subject::from_bytes(bytes).is_none());
        }
    }

    #[test]
    fn kinds_have_names_and_numbers_of_their_own() {
        for kind in ApprovalKind::ALL {
            assert_eq!(ApprovalKind::from_name(kind.name()), Some(kind));
            assert_eq!(ApprovalKind::from_number(kind.number().unsigned_abs()), Some(kind));
            assert!(Policy::default().needs(kind, 100) && !Policy::KEY_HOLDER.needs(kind, u64::MAX));
        }
        assert!(!Policy::default().needs(ApprovalKind::BulkIssue, 99));
    }
}
