//! What became of a person's certificates: each with its state, and when, by whom and why it came to that.
//!
//! ```text
//! draft ─▶ checked ─▶ approved ─▶ issued ─▶ delivered ─▶ corrected │ revoked ◀─▶ reinstated
//! ```
//!
//! Hardly any of it is written down as a state: a finding that is open makes a draft, a row of the register a
//! certificate, the newest request a withdrawal. So the history cannot contradict what the register acts on.

use crate::approval::ApprovalKind;
use crate::approval::Subject;
use crate::correct::CorrectionReason;
use crate::issue::Edition;
use crate::record::{Record, RegisterNumber};
use crate::register::{ApprovalChoice, ApprovalState, Given, Past, Register, RegisterError, RuleEntry, Turn};
use crate::review::origin;
use serde::{Serialize, Serializer};
use tegata_certificate::{Format, StatusIndex, UnixTime};

/// The states of a certificate, and before it of its record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum State {
    /// The record waits: it has no dose, or a finding that nobody has confirmed.
    Draft,
    /// The record can be issued from.
    Checked,
    /// A second person has approved.
    Approved,
    /// It was issued.
    Issued,
    /// It was printed.
    Printed,
    /// It was handed over or posted.
    Delivered,
    /// The record was corrected, and another took its place.
    Corrected,
    /// It was withdrawn.
    Revoked,
    /// It was withdrawn, and counts again.
    Reinstated,
    /// It ended by itself.
    Expired,
}

impl State {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Checked => "checked",
            Self::Approved => "approved",
            Self::Issued => "issued",
            Self::Printed => "printed",
            Self::Delivered => "delivered",
            Self::Corrected => "corrected",
            Self::Revoked => "revoked",
            Self::Reinstated => "reinstated",
            Self::Expired => "expired",
        }
    }
}

impl Serialize for State {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Event {
    /// What it made of the certificate.
    pub state: State,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: UnixTime,
    /// Who did it, where the register itself knows; the audit knows it of the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// Why, in a word: a correction's reason, a request's, the way of delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

fn as_text<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// A certificate's life.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CertificateLife {
    /// Its identifier in the register.
    pub identifier: String,
    /// The number that it was issued under.
    pub number: RegisterNumber,
    /// The family.
    pub format: Format,
    /// The purpose's name, and the dose's place (from 0) in a family with a certificate for each, where it is known what
    /// it says.
    pub says: Option<(&'static str, Option<usize>)>,
    /// Which certificate it is of the record as that stands now; none if the record has changed since.
    pub(crate) of_record: Option<Edition>,
    /// The key's kid.
    pub kid: [u8; 32],
    /// Its place in the status list.
    pub status: Option<StatusIndex>,
    /// Its end.
    pub expires_at: UnixTime,
    /// What it is now.
    pub state: State,
    /// Whether verifiers that know the newest lists take it.
    pub in_force: bool,
    /// What took its place.
    pub replaced_by: Option<String>,
    /// All that happened, oldest first.
    pub history: Vec<Event>,
}

/// A person's record and certificates.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Life {
    /// Where the record stands: [`State::Draft`], [`State::Checked`] or [`State::Approved`]; none if nobody has that number.
    pub record: Option<State>,
    /// The certificates, by the time of their issue.
    pub certificates: Vec<CertificateLife>,
}

/// A person's certificates with their states and histories, as of `now`.
///
/// # Errors
/// If the register cannot be read.
pub fn life(register: &mut Register, person: &RegisterNumber, now: UnixTime) -> Result<Life, RegisterError> {
    let record = register.record(person)?;
    let held = !register.held(&[person.as_str()])?.is_empty();
    let approved = is_approved(register, person, now)?;
    let stage = record.as_ref().map(|record| match () {
        () if held || record.doses.is_empty() => State::Draft,
        () if approved => State::Approved,
        () => State::Checked,
    });
    let past = register.past(person)?;
    let rules = register.rules_asked_for()?;
    let numbers: Vec<&str> = past.given.iter().map(|given| given.number.as_str()).collect();
    let versions = register.earlier_of(&numbers)?;
    let mut certificates = Vec::with_capacity(past.given.len());
    for given in &past.given {
        let versions = record.iter().chain(&versions).filter(|version| version.person.number == given.number);
        let origin = origin(given.format, &given.content, versions);
        let lots: Vec<&str> =
            origin.iter().flat_map(|(_, said)| &said.doses).filter_map(|dose| dose.lot.as_deref()).collect();
        let rules = rules.iter().filter(|rule| {
            given.status.is_some() && rule.scope.covers(&given.kid, given.issued_at, lots.iter().copied())
        });
        let says = origin.map(|(edition, _)| (edition.purpose.name(), edition.dose));
        let is_now = |said: &Record| record.as_ref().is_some_and(|record| std::ptr::eq(record, said));
        let of_record = origin.filter(|(_, said)| is_now(said)).map(|(edition, _)| edition);
        certificates.push(CertificateLife { of_record, ..of_one(given, &past, rules.collect(), says, now) });
    }
    certificates
        .sort_by(|one, other| one.issued_at().cmp(&other.issued_at()).then(one.identifier.cmp(&other.identifier)));
    Ok(Life { record: stage, certificates })
}

/// Whether a second person has approved that this person is issued to, and nobody has done it yet.
fn is_approved(register: &mut Register, person: &RegisterNumber, now: UnixTime) -> Result<bool, RegisterError> {
    let subject = Subject::Person(person.clone());
    let entries = register.approvals(ApprovalChoice::Open, now)?;
    Ok(entries.iter().any(|entry| {
        entry.state == ApprovalState::Approved && entry.kind == ApprovalKind::IssueProtected && entry.subject == subject
    }))
}

impl CertificateLife {
    /// When it was issued.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.history.iter().find(|event| event.state == State::Issued).map_or(UnixTime(0), |event| event.at)
    }
}

fn of_one(
    given: &Given,
    past: &Past,
    rules: Vec<&RuleEntry>,
    says: Option<(&'static str, Option<usize>)>,
    now: UnixTime,
) -> CertificateLife {
    let event = |state, at, by: Option<&str>, reason: Option<&str>| Event {
        state,
        at,
        by: by.map(str::to_owned),
        reason: reason.map(str::to_owned),
    };
    let mut history = vec![event(State::Issued, given.issued_at, None, None)];
    for letter in past.letters.iter().filter(|letter| letter.certificates.contains(&given.identifier)) {
        if let Some((at, by, _)) = &letter.printed {
            history.push(event(State::Printed, *at, Some(by), Some(letter.reason.name())));
        }
        if let Some((at, by)) = &letter.delivered {
            history.push(event(State::Delivered, *at, Some(by), Some(letter.way.name())));
        }
    }
    let none = Vec::new();
    let turns = past.turns.get(&given.identifier).unwrap_or(&none);
    history.extend(turns.iter().map(of_turn));
    for rule in &rules {
        let state = if rule.latest.withdrawn { State::Revoked } else { State::Reinstated };
        history.push(event(state, rule.at, None, Some("rule")));
    }
    let replaced = past.replaced.get(&given.identifier);
    if let Some(replaced) = replaced {
        let reason = CorrectionReason::from_number(replaced.reason).map(CorrectionReason::name);
        history.push(event(State::Corrected, replaced.who.at, Some(&replaced.who.name), reason));
    }
    if given.expires_at <= now {
        history.push(event(State::Expired, given.expires_at, None, None));
    }
    // What happened at one time is told in the order of the states: a correction withdraws and replaces at once.
    history.sort_by_key(|event| (event.at, event.state == State::Corrected));
    let withdrawn = turns.last().is_some_and(|turn| turn.withdrawn) || rules.iter().any(|rule| rule.latest.withdrawn);
    let was_withdrawn = turns.iter().any(|turn| turn.withdrawn) || !rules.is_empty();
    let delivered = history.iter().any(|event| event.state == State::Delivered);
    let state = match () {
        () if replaced.is_some_and(|replaced| replaced.by.is_some()) && (withdrawn || !was_withdrawn) => {
            State::Corrected
        }
        () if withdrawn => State::Revoked,
        () if given.expires_at <= now => State::Expired,
        () if was_withdrawn => State::Reinstated,
        () if delivered => State::Delivered,
        () => State::Issued,
    };
    CertificateLife {
        identifier: given.identifier.clone(),
        number: given.number.clone(),
        format: given.format,
        says,
        of_record: None,
        kid: given.kid,
        status: given.status,
        expires_at: given.expires_at,
        state,
        in_force: !withdrawn && given.expires_at > now,
        replaced_by: replaced.and_then(|replaced| replaced.by.clone()),
        history,
    }
}

fn of_turn(turn: &Turn) -> Event {
    let state = if turn.withdrawn { State::Revoked } else { State::Reinstated };
    let reason = turn.request.map(|(sequence, reason)| format!("request {sequence}, {}", reason.name()));
    Event { state, at: turn.at, by: None, reason }
}
