//! Correcting a record by hand, with all that follows from it: one act, one transaction.
//!
//! ```text
//! edits ─▶ the record's cells ─▶ the checks of an import ─▶ new record, the old version kept
//!        certificates in force ─▶ contradicted: a new one, signed; the old one into the next request, signed
//!                              ─▶ surpassed: stays, or is replaced if that is asked for
//!        ─▶ a paper due, who stands in whose place, who did it and why ─▶ commit
//! ```
//!
//! Everything is signed before the commit. Killed anywhere, the register holds nothing of it or all of it; the request's
//! file is [handed out](crate::withdraw::hand_out()) after the commit, and again by the next run. Doing the same again
//! finds the record as it should be and changes nothing.
//!
//! A certificate that the corrected record does not contradict stays: all that it says is still so, and a withdrawal would
//! only make its holder stand at a door (see [`Standing`](crate::review::Standing)).

mod change;
mod check;
mod plan;

pub(crate) use change::Facts;
pub use change::{DoseFact, Edit, EditError, PersonFact};
pub use check::Fault;
pub use plan::Successor;

use crate::approval::{ApprovalError, ApprovalKind, Permit, Subject};
use crate::check::{Code, Language, Level};
use crate::import::ImportError;
use crate::issue::{IssueError, IssuedText, IssuingKey, Refusal, Replacing};
use crate::record::{Record, RegisterNumber};
use crate::register::{
    Act, ActKind, Amended, Amendment, Ask, AskError, CertificateHash, Change, CorrectionNote, Held, LetterError,
    LetterReason, NewHold, NewLetter, Register, RegisterError, ReserveError, Undone, Way,
};
use crate::withdraw::{StatusKey, WithdrawError};
use change::Draft;
use check::{Checked, check};
use plan::Replacements;
use std::collections::BTreeSet;
use std::path::Path;
use tegata_certificate::{Date, Format, UnixTime};
use tegata_trust_lists::RevocationReason;

/// Why a record is corrected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CorrectionReason {
    /// Somebody mistyped it.
    Clerical,
    /// A machine misread it.
    OcrMisread,
    /// It was another person's.
    WrongPerson,
    /// The person moved, and the register of before said otherwise.
    Moved,
    /// The name changed.
    NameChange,
    /// The lot was recalled or entered wrongly for many.
    LotRecall,
    /// Somebody lied.
    Fraud,
    /// Something else.
    Other,
}

impl CorrectionReason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Clerical,
        Self::OcrMisread,
        Self::WrongPerson,
        Self::Moved,
        Self::NameChange,
        Self::LotRecall,
        Self::Fraud,
        Self::Other,
    ];

    /// The stable name used in arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clerical => "clerical",
            Self::OcrMisread => "ocr-misread",
            Self::WrongPerson => "wrong-person",
            Self::Moved => "moved",
            Self::NameChange => "name-change",
            Self::LotRecall => "lot-recall",
            Self::Fraud => "fraud",
            Self::Other => "other",
        }
    }

    /// The reason with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    fn number(self) -> i64 {
        match self {
            Self::Clerical => 1,
            Self::OcrMisread => 2,
            Self::WrongPerson => 3,
            Self::Moved => 4,
            Self::NameChange => 5,
            Self::LotRecall => 6,
            Self::Fraud => 7,
            Self::Other => 8,
        }
    }

    pub(crate) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| u64::try_from(reason.number()) == Ok(number))
    }

    /// What the status list says of the old certificates. It publishes no more than it needs: whether the holder was
    /// at fault is nobody's business at a door.
    #[must_use]
    pub fn revocation(self) -> RevocationReason {
        RevocationReason::Withdrawn
    }
}

/// What is to be corrected, and how.
#[derive(Clone, Debug)]
pub struct Correction<'a> {
    /// Whose record.
    pub person: &'a RegisterNumber,
    /// What changes. Nothing is fine, too: then certificates that the record contradicts by now are replaced.
    pub edits: &'a [Edit],
    /// Why.
    pub reason: CorrectionReason,
    /// Findings of [`Level::Eye`] that somebody has looked at and found right.
    pub confirm: &'a [Code],
    /// Whether certificates that stay true, and say less than the record, are replaced as well.
    pub renew: bool,
    /// Whether certificates may be withdrawn for which there is no new one.
    pub withdraw_only: bool,
    /// The language of the paper that becomes due.
    pub language: Language,
    /// How it comes to the person.
    pub way: Way,
    /// Whether it is only looked at.
    pub dry_run: bool,
    /// The day after which no day of a record may lie.
    pub today: Date,
}

/// What a correction is made with.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// The keys that sign new certificates.
    pub keys: &'a [IssuingKey<'a>],
    /// The key that signs the request, where certificates are withdrawn by one.
    pub status: Option<&'a StatusKey<'a>>,
    /// Where the office's requests are kept.
    pub requests: &'a Path,
    /// The right to do it.
    pub permit: Permit<'a>,
}

/// What was corrected, or would be.
#[derive(Default)]
pub struct Corrected {
    /// Its number in the register; none if nothing was to be done, and for a dry run.
    pub correction: Option<u64>,
    /// Whether the record changed.
    pub changed: bool,
    /// What was found, and confirmed by now.
    pub findings: Vec<Fault>,
    /// Certificates that make way, each with what takes its place.
    pub successors: Vec<Successor>,
    /// Certificates in force of which it is not known what they say.
    pub unknown: u64,
    /// The requests that withdraw them: hand them out.
    pub requests: BTreeSet<u64>,
    /// Certificates withdrawn by numbers of their own: publish their lists anew.
    pub cards: u64,
    /// The new certificates.
    pub texts: Vec<IssuedText>,
    /// The paper that is due.
    pub letter: Option<u64>,
}

impl std::fmt::Debug for Corrected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { correction, changed, successors, letter, .. } = self;
        write!(f, "Corrected({correction:?}, changed: {changed}, {} replaced, letter {letter:?})", successors.len())
    }
}

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
enum Stopped {
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

fn refuse<T>(error: impl Into<CorrectError>) -> Result<T, Undone<Stopped>> {
    Err(Undone::Refused(Stopped::Refused(error.into())))
}

/// Corrects a record, or says with `dry_run` what that would come to.
///
/// # Errors
/// [`CorrectError`]. Nothing was changed then.
pub fn correct(
    register: &mut Register,
    tools: &Tools<'_>,
    correction: &Correction<'_>,
    now: UnixTime,
) -> Result<Corrected, CorrectError> {
    let replacing = Replacing::new(register, tools.keys, now)?;
    let work = Work { tools, correction, replacing: &replacing, now };
    match register.amend(|amendment| work.run(amendment)) {
        Ok(corrected) => Ok(corrected),
        Err(Stopped::Tried(corrected)) => Ok(*corrected),
        Err(Stopped::Refused(error)) => Err(error),
    }
}

/// A correction under way.
struct Work<'w> {
    tools: &'w Tools<'w>,
    correction: &'w Correction<'w>,
    replacing: &'w Replacing<'w, 'w>,
    now: UnixTime,
}

impl Work<'_> {
    fn run(&self, amendment: &mut Amendment<'_>) -> Result<Corrected, Undone<Stopped>> {
        let person = self.correction.person;
        let Some(held) = amendment.held(person)? else {
            let merged = amendment.merged_into(person)?.is_some();
            return refuse(if merged { CorrectError::Merged } else { CorrectError::NobodyThere });
        };
        let (amended, findings) = self.amended(amendment, &held)?;
        let record = amendment.record_of(person, &amended)?;
        let changed = held.person != amended.person || !same_doses(&held, &amended);
        let mut corrected = Corrected { changed, findings, ..Corrected::default() };
        if changed {
            let holds: Vec<NewHold> = corrected.findings.iter().map(|fault| fault.hold(person)).collect();
            let day = self.correction.today.to_string();
            amendment.write(&held, &amended, (&record, &day), &holds)?;
        }
        let replacements = Replacements::find(amendment, &held.record, &record, self.correction.renew, self.now)?;
        corrected.unknown = replacements.unknown;
        if !changed && replacements.is_empty() {
            return self.nothing_to_do(amendment, corrected, &record);
        }
        self.replace(amendment, &held.record, &record, replacements, corrected)
    }

    /// Done before, or never needed: what was done then is handed out again.
    fn nothing_to_do(
        &self,
        amendment: &mut Amendment<'_>,
        mut corrected: Corrected,
        record: &Record,
    ) -> Result<Corrected, Undone<Stopped>> {
        if let Some((_, sequence)) = amendment.correction_to(self.correction.person, &record.content_hash())? {
            corrected.requests.extend(sequence);
        }
        Ok(corrected)
    }

    /// The record as it is to be, with the findings that somebody has confirmed.
    fn amended(&self, amendment: &mut Amendment<'_>, held: &Held) -> Result<(Amended, Vec<Fault>), Undone<Stopped>> {
        let draft = match Draft::of(&held.record, self.correction.edits) {
            Ok(draft) => draft,
            Err(error) => return refuse(error),
        };
        let (import, words) = amendment.vocabulary()?;
        let checked = match check(&draft, self.correction.today, words, import) {
            Ok(checked) => checked,
            Err(error) => return refuse(error),
        };
        let Checked { person, doses, mut faults, terms } = checked;
        let blocking: Vec<Fault> = faults.iter().filter(|fault| fault.code.level() == Level::Block).cloned().collect();
        let (Some(mut person), true) = (person, blocking.is_empty()) else {
            return refuse(CorrectError::Blocked(blocking));
        };
        // What the cells of a correction do not say stays.
        (person.municipality, person.shielded) = (held.person.municipality, held.person.shielded);
        let doses = doses.into_iter().map(|dose| {
            let same = held.doses.iter().find(|other| other.key() == dose.key() && other.says_the_same(&dose));
            same.cloned().unwrap_or(dose)
        });
        let mut amended = Amended { person, doses: doses.collect(), import, terms };
        amended.doses.sort_by_key(crate::register::PackedDose::key);
        let number = self.correction.person;
        if (&amended.person.kana, amended.person.birth) != (&held.person.kana, held.person.birth)
            && let Some(twin) = amendment.twin_of(number, &amended.person)?
        {
            faults.push(Fault::twin(&twin));
        }
        faults.retain(|fault| fault.code.level() == Level::Eye);
        if let Some(unconfirmed) = self.unconfirmed(amendment, &faults)? {
            return refuse(CorrectError::Unconfirmed(unconfirmed));
        }
        Ok((amended, faults))
    }

    /// Findings that neither this correction nor anybody before has confirmed, if there are any.
    fn unconfirmed(
        &self,
        amendment: &mut Amendment<'_>,
        faults: &[Fault],
    ) -> Result<Option<Vec<Fault>>, Undone<Stopped>> {
        let holds: Vec<NewHold> = faults.iter().map(|fault| fault.hold(self.correction.person)).collect();
        let before = amendment.confirmed(&holds)?;
        let open = faults.iter().zip(before).filter(|(fault, before)| {
            let confirmed = *before || self.correction.confirm.contains(&fault.code);
            !confirmed
        });
        let open: Vec<Fault> = open.map(|(fault, _)| fault.clone()).collect();
        Ok((!open.is_empty()).then_some(open))
    }

    /// Puts new certificates in the place of old ones, and notes all of it.
    fn replace(
        &self,
        amendment: &mut Amendment<'_>,
        before: &Record,
        record: &Record,
        mut replacements: Replacements,
        mut corrected: Corrected,
    ) -> Result<Corrected, Undone<Stopped>> {
        if !replacements.is_empty() && amendment.is_held(self.correction.person)? {
            return refuse(CorrectError::Held);
        }
        let untested = self.correction.dry_run && self.tools.keys.is_empty();
        if !untested {
            self.look_for_refusals(record, &mut replacements)?;
        }
        if self.correction.dry_run {
            corrected.successors = replacements.into_successors();
            return Err(Undone::Refused(Stopped::Tried(Box::new(corrected))));
        }
        self.permit(amendment, before, record, &replacements)?;
        // The old ones first: what is withdrawn is not found as one that counts.
        let sequence = self.withdraw(amendment, &replacements, &mut corrected)?;
        self.issue(amendment, record, &mut replacements, &mut corrected)?;
        let note = CorrectionNote {
            reason: self.correction.reason.number(),
            before: before.content_hash(),
            after: record.content_hash(),
            sequence,
            replaced: replacements.links(),
        };
        let id = amendment.note(self.correction.person, &note, self.now)?;
        corrected.correction = Some(id);
        self.note_acts(amendment, &replacements);
        corrected.letter = self.letter(amendment, &replacements, id)?;
        corrected.successors = replacements.into_successors();
        Ok(corrected)
    }

    /// What the audit notes of it, beside the request and the certificates that are issued.
    fn note_acts(&self, amendment: &mut Amendment<'_>, replacements: &Replacements) {
        let person = self.correction.person;
        let act = Act::new(ActKind::Correct).about(person).with("reason", self.correction.reason.name());
        amendment.act(act.with("replaced", replacements.links().len() as u64));
        for certificate in replacements.withdrawn_cards() {
            amendment.act(Act::new(ActKind::Revoke).about(person).certificate(certificate));
        }
    }

    /// Whether each has a successor that the record can give.
    fn look_for_refusals(&self, record: &Record, replacements: &mut Replacements) -> Result<(), Undone<Stopped>> {
        for one in replacements.each() {
            if let Some(edition) = one.edition {
                match self.replacing.wanted(record, edition) {
                    Ok(Ok(_)) => {}
                    Ok(Err(refusal)) => one.refuse(refusal),
                    Err(error) => return refuse(error),
                }
            }
            if let (Some(refusal), false) = (one.refusal(), self.correction.withdraw_only || self.correction.dry_run) {
                return refuse(CorrectError::NoReplacement { format: one.format(), refusal });
            }
        }
        Ok(())
    }

    /// Uses up the approval that it needs, if it needs one.
    fn permit(
        &self,
        amendment: &mut Amendment<'_>,
        before: &Record,
        record: &Record,
        replacements: &Replacements,
    ) -> Result<(), Undone<Stopped>> {
        let subject = Subject::Person(self.correction.person.clone());
        let protected = before.person.shielded || record.person.shielded;
        let kind = if protected && replacements.issues() {
            ApprovalKind::IssueProtected
        } else if replacements.withdraws_only() {
            ApprovalKind::Revoke
        } else {
            return Ok(());
        };
        match self.tools.permit.approval_for(kind, &subject, 1) {
            Ok(None) => Ok(()),
            Ok(Some(granted)) => amendment.consume(granted, self.now).map_err(Undone::into_other),
            Err(error) => refuse(error),
        }
    }

    /// The old certificates into the next request; gives its number.
    fn withdraw(
        &self,
        amendment: &mut Amendment<'_>,
        replacements: &Replacements,
        corrected: &mut Corrected,
    ) -> Result<Option<u64>, Undone<Stopped>> {
        corrected.cards = amendment.change_cards(&replacements.cards(), Change::Withdraw, self.now)?;
        let places = replacements.places();
        if places.is_empty() {
            return Ok(None);
        }
        let Some(key) = self.tools.status else { return refuse(CorrectError::NoStatusKey) };
        let ask = Ask {
            change: Change::Withdraw,
            places: &places,
            rules: &[],
            reason: self.correction.reason.revocation(),
            repository: key.repository(),
            kid: key.kid(),
            made_at: self.now,
            sequence: None,
        };
        let mut sign = |settled: &_| key.sign(&ask, settled, self.tools.requests);
        let outcome = amendment.ask(&ask, &mut sign).map_err(Undone::into_other::<Stopped>)?;
        corrected.requests.clone_from(&outcome.requests);
        Ok(outcome.made)
    }

    /// The new certificates, written down and signed.
    fn issue(
        &self,
        amendment: &mut Amendment<'_>,
        record: &Record,
        replacements: &mut Replacements,
        corrected: &mut Corrected,
    ) -> Result<(), Undone<Stopped>> {
        let editions = replacements.editions();
        let mut wanted = Vec::with_capacity(editions.len());
        for edition in &editions {
            match self.replacing.wanted(record, *edition) {
                Ok(Ok(want)) => wanted.push(want),
                Ok(Err(refusal)) => return refuse(CorrectError::NoReplacement { format: edition.format, refusal }),
                Err(error) => return refuse(error),
            }
        }
        let reserved =
            amendment.reserve(&wanted, &self.replacing.published()).map_err(Undone::into_other::<Stopped>)?;
        for (edition, reservation) in editions.into_iter().zip(reserved) {
            let text = match self.replacing.sign(amendment, record, edition, reservation.as_ref()) {
                Ok(Ok(text)) => text,
                Ok(Err(refusal)) => return refuse(CorrectError::NoReplacement { format: edition.format, refusal }),
                Err(Undone::Refused(error)) => return refuse(error),
                Err(Undone::Database(error)) => return Err(Undone::Database(error)),
            };
            if let Some(reservation) = reservation.as_ref().filter(|reservation| reservation.new) {
                let hash = CertificateHash::of(&reservation.kid, edition.format, &reservation.identifier);
                let act = Act::new(ActKind::Issue).about(self.correction.person).certificate(hash);
                amendment.act(act.with("format", edition.format.name()));
            }
            let identifier = reservation.map(|reservation| reservation.identifier);
            replacements.succeed(edition, identifier.as_deref());
            corrected.texts.push(IssuedText { edition, identifier, text: Ok(text) });
        }
        Ok(())
    }

    /// The paper that tells of it, if there is anything to tell.
    fn letter(
        &self,
        amendment: &mut Amendment<'_>,
        replacements: &Replacements,
        correction: u64,
    ) -> Result<Option<u64>, Undone<Stopped>> {
        if replacements.is_empty() {
            return Ok(None);
        }
        let reason = if replacements.issues() { LetterReason::Corrected } else { LetterReason::Revoked };
        let certificates = replacements.letter_certificates();
        let (person, language, way) = (self.correction.person, self.correction.language, self.correction.way);
        let letter = NewLetter { person, reason, language, way, certificates: &certificates };
        let due = amendment.letter_due(&letter, correction, &self.tools.permit, self.now);
        due.map(Some).map_err(Undone::into_other::<Stopped>)
    }
}

fn same_doses(held: &Held, amended: &Amended) -> bool {
    let same = |(one, other): (&crate::register::PackedDose, &crate::register::PackedDose)| {
        one.key() == other.key() && one.says_the_same(other)
    };
    held.doses.len() == amended.doses.len() && held.doses.iter().zip(&amended.doses).all(same)
}
