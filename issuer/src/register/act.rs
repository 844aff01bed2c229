//! What is done with the register, as the audit writes it down: without personal data, by type.

use crate::record::RegisterNumber;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use tegata_certificate::Format;

/// Kinds of acts, with numbers that never change: they are in the chain.
macro_rules! act_kinds {
    ($($(#[$doc:meta])* $kind:ident = $number:literal $name:literal,)*) => {
        /// A kind of act. Name and number are a contract: the chain of old registers holds them.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum ActKind {
            $($(#[$doc])* $kind,)*
        }

        impl ActKind {
            /// Every kind, by number.
            pub const ALL: &[Self] = &[$(Self::$kind),*];

            /// Its number in the chain.
            #[must_use]
            pub const fn number(self) -> i64 {
                match self { $(Self::$kind => $number),* }
            }

            /// Its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name),* }
            }
        }
    };
}

act_kinds! {
    /// Somebody was searched for.
    Search = 1 "search",
    /// A record or certificate was looked at.
    View = 2 "view",
    /// What a border would read of a certificate was looked at.
    Preview = 3 "preview",
    /// Records left the register.
    Export = 4 "export",
    /// Records came in.
    Import = 5 "import",
    /// A certificate was issued.
    Issue = 6 "issue",
    /// A certificate of before was signed or handed out again.
    Reissue = 7 "reissue",
    /// A certificate was printed.
    Print = 8 "print",
    /// A certificate was handed over or posted.
    Deliver = 9 "deliver",
    /// A record was corrected.
    Correct = 10 "correct",
    /// Certificates were withdrawn.
    Revoke = 11 "revoke",
    /// Certificates were reinstated.
    Reinstate = 12 "reinstate",
    /// Requests made elsewhere were taken in.
    Adopt = 13 "adopt",
    /// Two numbers became one person.
    Merge = 14 "merge",
    /// They became two again.
    Unmerge = 15 "unmerge",
    /// A finding was confirmed.
    ConfirmFinding = 16 "confirm-finding",
    /// A confirmation was taken back.
    UnconfirmFinding = 17 "unconfirm-finding",
    /// Certificates were compared with their records.
    Review = 18 "review",
    /// A second person was asked.
    ApprovalAsked = 19 "approval-asked",
    /// A second person agreed.
    ApprovalGiven = 20 "approval-given",
    /// A second person did not agree.
    ApprovalRefused = 21 "approval-refused",
    /// What was approved was done.
    ApprovalUsed = 22 "approval-used",
    /// Somebody signed in.
    SignIn = 23 "sign-in",
    /// Somebody tried to sign in and was refused.
    SignInRefused = 24 "sign-in-refused",
    /// Somebody signed out.
    SignOut = 25 "sign-out",
    /// An account was added or changed.
    AccountChanged = 26 "account-changed",
    /// A station was suspended.
    Suspend = 27 "suspend",
    /// A suspension was lifted.
    Resume = 28 "resume",
    /// How much a station may do was changed.
    LimitsChanged = 29 "limits-changed",
    /// What was past its term was deleted.
    Retention = 30 "retention",
    /// The register got another key.
    Rekey = 31 "rekey",
    /// The register was restored from a backup.
    Restored = 32 "restored",
    /// A job was begun, paused, resumed or cancelled.
    Job = 33 "job",
    /// A sample or demonstration was made.
    Demo = 34 "demo",
    /// A letter fell due or was taken off.
    Letter = 35 "letter",
    /// A number that the office chooses was changed.
    SettingChanged = 36 "setting-changed",
    /// A year's key of pseudonyms was made.
    PseudonymKey = 37 "pseudonym-key",
    /// Who was affected by a breach was looked up.
    BreachReport = 38 "breach-report",
    /// The audit was read.
    AuditRead = 39 "audit-read",
    /// Somebody asked for what their role or municipality does not allow.
    AccessRefused = 40 "access-refused",
    /// A session was locked because nobody was there.
    Locked = 41 "locked",
    /// A print file was read back and released.
    Release = 42 "release",
}

impl ActKind {
    /// The kind with that number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.number() == number)
    }

    /// The kind with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether a suspended station may do it still: what ends a session, tells of a refusal, or lifts a suspension.
    pub(super) fn passes_suspension(self) -> bool {
        matches!(self, Self::SignOut | Self::SignInRefused | Self::Locked | Self::Suspend | Self::Resume)
    }
}

/// What came of an act.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ActOutcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused,
    /// It failed.
    Failed,
}

impl ActOutcome {
    /// Its number in the chain.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Done => 1,
            Self::Refused => 2,
            Self::Failed => 3,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }

    /// The outcome with that number.
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Done, Self::Refused, Self::Failed].into_iter().find(|outcome| outcome.number() == number)
    }
}

/// What something is done for: a few words, in which nobody is named by number.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct ActPurpose(String);

/// Why that is no purpose.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PurposeError {
    /// It is empty, long, or more than a line.
    #[error("a purpose is one line of 1 to 80 characters: say it shorter")]
    Length,
    /// It holds what looks like a number of a person, or a date.
    #[error(
        "a purpose names nobody: leave out numbers and dates (more than four digits); the person is noted by itself"
    )]
    Number,
}

impl ActPurpose {
    /// The longest, in characters.
    pub const LONGEST: usize = 80;

    /// A purpose in a few words.
    ///
    /// # Errors
    /// If it is empty, too long, more than a line, or holds more than four digits.
    pub fn parse(text: &str) -> Result<Self, PurposeError> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > Self::LONGEST || text.chars().any(char::is_control) {
            return Err(PurposeError::Length);
        }
        if text.chars().filter(|c| c.is_numeric()).count() > 4 {
            return Err(PurposeError::Number);
        }
        Ok(Self(text.to_owned()))
    }

    /// Its words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A certificate in the audit: SHA-256 of `tegata certificate/1`, a zero byte, the key's kid (32 bytes), the family's name,
/// a zero byte, and the certificate's identifier. The identifier is random, so that the hash tells nothing to whoever
/// does not have it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CertificateHash([u8; 32]);

impl CertificateHash {
    /// The hash of the certificate with that identifier.
    #[must_use]
    pub fn of(kid: &[u8; 32], format: Format, identifier: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"tegata certificate/1\0");
        hash.update(kid);
        hash.update(format.name().as_bytes());
        hash.update(b"\0");
        hash.update(identifier.as_bytes());
        Self(hash.finalize().into())
    }

    /// The hash itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads 64 hexadecimal digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let read = base16ct::mixed::decode(text.trim(), &mut hash).ok()?.len();
        (read == hash.len()).then_some(Self(hash))
    }

    pub(super) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl std::fmt::Display for CertificateHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&base16ct::lower::encode_string(&self.0))
    }
}

/// A detail of an act: a number, a word of this program, or a hash. No text that anybody typed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Detail {
    /// A number that is no person's.
    Count(u64),
    /// A word of this program: a format, a reason, a finding's name.
    Word(&'static str),
    /// A hash or a key's kid; its first 16 hexadecimal digits are noted.
    Hash([u8; 32]),
}

impl From<u64> for Detail {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<&'static str> for Detail {
    fn from(word: &'static str) -> Self {
        Self::Word(word)
    }
}

impl From<[u8; 32]> for Detail {
    fn from(hash: [u8; 32]) -> Self {
        Self::Hash(hash)
    }
}

/// An act to be noted.
#[derive(Clone)]
pub struct Act {
    pub(super) kind: ActKind,
    pub(super) outcome: ActOutcome,
    pub(super) purpose: Option<ActPurpose>,
    pub(super) person: Option<RegisterNumber>,
    pub(super) certificate: Option<CertificateHash>,
    pub(super) details: String,
}

impl Act {
    /// An act of that kind, done.
    #[must_use]
    pub fn new(kind: ActKind) -> Self {
        let details = String::new();
        Self { kind, outcome: ActOutcome::Done, purpose: None, person: None, certificate: None, details }
    }

    /// Whom it is about; noted as a pseudonym.
    #[must_use]
    pub fn about(mut self, person: &RegisterNumber) -> Self {
        self.person = Some(person.clone());
        self
    }

    /// Which certificate it is about.
    #[must_use]
    pub fn certificate(mut self, certificate: CertificateHash) -> Self {
        self.certificate = Some(certificate);
        self
    }

    /// What it is done for.
    #[must_use]
    pub fn purpose(mut self, purpose: ActPurpose) -> Self {
        self.purpose = Some(purpose);
        self
    }

    /// What came of it, if it was not done.
    #[must_use]
    pub fn outcome(mut self, outcome: ActOutcome) -> Self {
        self.outcome = outcome;
        self
    }

    /// Which station it is about, where that is not the actor's.
    pub(super) fn station(mut self, station: &str) -> Self {
        // A station's name holds no blank (actor.rs).
        self.details = format!("of={station} {}", self.details).trim_end().to_owned();
        self
    }

    /// One more detail.
    #[must_use]
    pub fn with(mut self, name: &'static str, detail: impl Into<Detail>) -> Self {
        if !self.details.is_empty() {
            self.details.push(' ');
        }
        let _ = match detail.into() {
            Detail::Count(count) => write!(self.details, "{name}={count}"),
            Detail::Word(word) => write!(self.details, "{name}={word}"),
            Detail::Hash(hash) => {
                let digits = base16ct::lower::encode_string(&hash);
                write!(self.details, "{name}={}", digits.get(..16).unwrap_or_default())
            }
        };
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn kinds_have_numbers_and_names_of_their_own() {
        let numbers: HashSet<_> = ActKind::ALL.iter().map(|kind| kind.number()).collect();
        let names: HashSet<_> = ActKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!((numbers.len(), names.len()), (ActKind::ALL.len(), ActKind::ALL.len()));
        for kind in ActKind::ALL {
            assert_eq!(ActKind::from_number(kind.number()), Some(*kind));
            assert_eq!(ActKind::from_name(kind.name()), Some(*kind));
            assert!(kind.name().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'));
        }
    }

    #[test]
    fn a_purpose_names_nobody() {
        assert_eq!(ActPurpose::parse(" 窓口での本人確認 ").expect("a purpose").as_str(), "窓口での本人確認");
        assert!(ActPurpose::parse("reissue, counter 12").is_ok());
        assert_eq!(ActPurpose::parse("for 1000000007"), Err(PurposeError::Number));
        assert_eq!(ActPurpose::parse("born 1984-04-01"), Err(PurposeError::Number));
        assert_eq!(ActPurpose::parse("１２３４５"), Err(PurposeError::Number));
        for text in ["", " ", "a\nb", &"x".repeat(81)] {
            assert_eq!(ActPurpose::parse(text), Err(PurposeError::Length));
        }
    }

    #[test]
    fn details_are_counts_words_and_hashes() {
        let act = Act::new(ActKind::Issue).with("format", "compact").with("count", 3).with("key", [0xab; 32]);
        assert_eq!(act.details, "format=compact count=3 key=abababababababab");
    }

    #[test]
    fn the_same_certificate_has_the_same_hash_and_another_has_another() {
        let hash = |kid: u8, format, identifier| CertificateHash::of(&[kid; 32], format, identifier);
        let one = hash(1, Format::Compact, "A");
        assert_eq!(hash(1, Format::Compact, "A"), one);
        for other in [hash(2, Format::Compact, "A"), hash(1, Format::Shc, "A"), hash(1, Format::Compact, "B")] {
            assert_ne!(other, one);
        }
        assert_eq!(CertificateHash::parse(&one.to_string()), Some(one));
        assert_eq!(CertificateHash::parse("00"), None);
    }
}
