//! Approvals as the register keeps them: asked for, decided, and used up in the transaction of the act itself.

use super::act::{Act, ActKind};
use super::audit::{Journal, append};
use super::database::{Database, Isolation, Row, values};
use super::read::{count, damaged, text};
use super::seal::{Nonces, Place, Seals};
use super::withdrawals::time;
use super::{Register, RegisterError, Undone};
use crate::approval::{APPROVAL_LIFE, ApprovalError, ApprovalKind, MAX_WHY, Subject};
use crate::import::my_number;
use serde::{Serialize, Serializer};
use tegata_certificate::UnixTime;

/// Where an approval stands in the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stored {
    Asked,
    Approved,
    Refused,
    Used,
}

impl Stored {
    fn number(self) -> i64 {
        match self {
            Self::Asked => 1,
            Self::Approved => 2,
            Self::Refused => 3,
            Self::Used => 4,
        }
    }

    fn from_number(number: u64) -> Option<Self> {
        let all = [Self::Asked, Self::Approved, Self::Refused, Self::Used];
        all.into_iter().find(|state| u64::try_from(state.number()) == Ok(number))
    }
}

/// Where an approval stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ApprovalState {
    /// Nobody has decided yet.
    Asked,
    /// Somebody has approved; the act may be done, once.
    Approved,
    /// Somebody has refused.
    Refused,
    /// The act was done.
    Used,
    /// Its time ended before it was used.
    Expired,
}

impl ApprovalState {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Used => "used",
            Self::Expired => "expired",
        }
    }
}

impl Serialize for ApprovalState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Who did something, and when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Signature {
    /// Who.
    pub name: String,
    /// At which station.
    pub station: String,
    /// When.
    #[serde(serialize_with = "as_text")]
    pub at: UnixTime,
}

fn as_text<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// An approval, for those who decide. It is for people who may see whom it is about, and belongs into no log.
#[derive(Clone, PartialEq, Eq)]
pub struct ApprovalEntry {
    /// Its number.
    pub id: u64,
    /// What for.
    pub kind: ApprovalKind,
    /// About whom or what.
    pub subject: Subject,
    /// Why it is asked for.
    pub why: String,
    /// Where it stands.
    pub state: ApprovalState,
    /// Who asked.
    pub asked: Signature,
    /// When it ends, used or not.
    pub expires_at: UnixTime,
    /// Who decided.
    pub decided: Option<Signature>,
    /// Why it was decided so.
    pub decided_why: Option<String>,
    /// Who did what was approved.
    pub used: Option<Signature>,
}

impl std::fmt::Debug for ApprovalEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ApprovalEntry({}, {}, {})", self.id, self.kind.name(), self.state.name())
    }
}

/// Which approvals are listed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum ApprovalChoice {
    /// Those that wait for somebody to decide, or to act.
    #[default]
    Open,
    /// All; the newest thousand.
    All,
}

/// What a second person decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decision {
    /// It may be done.
    Approve,
    /// It may not.
    Refuse,
}

/// An approval that a second person gave, not used yet. Only the register makes one; the act uses it up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Granted {
    id: u64,
    kind: ApprovalKind,
    subject: Subject,
}

impl Granted {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// What it is for.
    #[must_use]
    pub fn kind(&self) -> ApprovalKind {
        self.kind
    }

    /// Whom or what it is about.
    #[must_use]
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(crate) fn fits(&self, kind: ApprovalKind, subject: &Subject) -> Result<(), ApprovalError> {
        if self.kind != kind {
            return Err(ApprovalError::OtherKind { given: self.kind, needed: kind });
        }
        if self.subject == *subject { Ok(()) } else { Err(ApprovalError::OtherSubject) }
    }
}

/// An approval that was used up: the proof that an act was approved. Nothing but its use makes one.
///
/// ```compile_fail
/// let forged = tegata_issuer::approval::Approval { id: 1, kind: todo!(), subject: todo!() };
/// ```
#[derive(PartialEq, Eq, Debug)]
pub struct Approval {
    id: u64,
    kind: ApprovalKind,
    subject: Subject,
}

impl Approval {
    /// Its number.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Whether it is for that act on that subject.
    #[must_use]
    pub fn is_for(&self, kind: ApprovalKind, subject: &Subject) -> bool {
        self.kind == kind && self.subject == *subject
    }
}

/// The columns of an entry, in the order in which it is read.
macro_rules! select_approval {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, subject_sealed, why_sealed, state, asked_by, asked_station, asked_at, expires_at, decided_by, ",
            "decided_station, decided_at, decided_why_sealed, used_by, used_station, used_at FROM approval ",
            $rest
        )
    };
}

impl Register {
    /// Asks for a second person's approval; gives its number. It ends after [`APPROVAL_LIFE`].
    ///
    /// # Errors
    /// [`ApprovalError::Why`] if no reason is given, and if the register cannot be written.
    pub fn ask_approval(
        &mut self,
        kind: ApprovalKind,
        subject: &Subject,
        why: &str,
        now: UnixTime,
    ) -> Result<u64, ApprovalError> {
        let why = reason(why)?;
        let (seals, journal) = (self.seals(), self.journal());
        let actor = &journal.actor;
        self.transaction(Isolation::Alone, |database| {
            let next = database.query("SELECT COALESCE(MAX(id), 0) + 1 FROM approval", values![])?;
            let id = count(next.first().ok_or_else(damaged)?, 0)?;
            let key = id.to_string();
            let mut nonces = Nonces::for_values(2);
            let sealed = seals.seal(place(&key, "subject_sealed"), &subject.to_bytes(), &mut nonces)?;
            let why = seals.seal(place(&key, "why_sealed"), why.as_bytes(), &mut nonces)?;
            let sql = "INSERT INTO approval (id, kind, subject_sealed, why_sealed, state, asked_by, asked_station, asked_at, \
                       expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
            let mut row = values![id, kind.number(), sealed, why, Stored::Asked.number()];
            row.extend(values![actor.name(), actor.station(), now.0, now.plus(APPROVAL_LIFE).0]);
            database.execute(sql, row)?;
            append::<ApprovalError>(database, &journal, &[act(ActKind::ApprovalAsked, kind, subject, id)])?;
            Ok(id)
        })
    }

    /// Approves or refuses what somebody else asked for.
    ///
    /// # Errors
    /// [`ApprovalError::SamePerson`] if it is who asked, and if it is decided already or has expired.
    pub fn decide_approval(
        &mut self,
        id: u64,
        decision: Decision,
        why: &str,
        now: UnixTime,
    ) -> Result<(), ApprovalError> {
        // Who refuses says why; who approves may.
        let why = if why.trim().is_empty() && decision == Decision::Approve { "" } else { reason(why)? };
        let (seals, journal) = (self.seals(), self.journal());
        let actor = &journal.actor;
        self.transaction(Isolation::Alone, |database| {
            let entry = find(database, &seals, id, now)?.ok_or(Undone::Refused(ApprovalError::Unknown))?;
            match entry.state {
                ApprovalState::Asked => {}
                ApprovalState::Expired => return Err(Undone::Refused(ApprovalError::Expired)),
                _ => return Err(Undone::Refused(ApprovalError::Decided)),
            }
            // Whichever station they sit at.
            if entry.asked.name == actor.name() {
                return Err(Undone::Refused(ApprovalError::SamePerson));
            }
            let state = match decision {
                Decision::Approve => Stored::Approved,
                Decision::Refuse => Stored::Refused,
            };
            let key = id.to_string();
            let why = seals.seal(place(&key, "decided_why_sealed"), why.as_bytes(), &mut Nonces::for_values(1))?;
            let sql = "UPDATE approval SET state = ?, decided_by = ?, decided_station = ?, decided_at = ?, \
                       decided_why_sealed = ? WHERE id = ? AND state = ?";
            let mut row = values![state.number(), actor.name(), actor.station(), now.0, why];
            row.extend(values![id, Stored::Asked.number()]);
            if database.execute(sql, row)? != 1 {
                return Err(Undone::Refused(ApprovalError::Decided));
            }
            let given = match decision {
                Decision::Approve => ActKind::ApprovalGiven,
                Decision::Refuse => ActKind::ApprovalRefused,
            };
            append(database, &journal, &[act(given, entry.kind, &entry.subject, id)])
        })
    }

    /// An approval that a second person gave, for the act to use.
    ///
    /// # Errors
    /// [`ApprovalError`] if there is none, or if it is not to be used: undecided, refused, used or expired.
    pub fn granted(&mut self, id: u64, now: UnixTime) -> Result<Granted, ApprovalError> {
        let entry = self.approval(id, now)?.ok_or(ApprovalError::Unknown)?;
        usable(entry.state)?;
        Ok(Granted { id, kind: entry.kind, subject: entry.subject })
    }

    /// Uses an approval up, for an act that changes nothing in the register: the act comes after it.
    ///
    /// # Errors
    /// [`ApprovalError`] if it is for something else, was used or has expired.
    pub fn use_approval(
        &mut self,
        granted: &Granted,
        kind: ApprovalKind,
        subject: &Subject,
        now: UnixTime,
    ) -> Result<Approval, ApprovalError> {
        granted.fits(kind, subject)?;
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let mut acts = Vec::new();
            let approval = consume(database, granted, &journal, now, &mut acts)?;
            append::<ApprovalError>(database, &journal, &acts)?;
            Ok(approval)
        })
    }

    /// The approvals, oldest first where they are open, else newest first.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn approvals(&mut self, choice: ApprovalChoice, now: UnixTime) -> Result<Vec<ApprovalEntry>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let rows = match choice {
                ApprovalChoice::Open => {
                    let sql = select_approval!("WHERE state IN (1, 2) AND expires_at > ? ORDER BY id LIMIT 1000");
                    database.query(sql, values![now.0])?
                }
                ApprovalChoice::All => database.query(select_approval!("ORDER BY id DESC LIMIT 1000"), values![])?,
            };
            rows.iter().map(|row| entry(row, &seals, now)).collect()
        })
    }

    /// One approval.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn approval(&mut self, id: u64, now: UnixTime) -> Result<Option<ApprovalEntry>, RegisterError> {
        let seals = self.seals();
        self.run(|database| find(database, &seals, id, now))
    }
}

/// Uses an approval up in the transaction of its act, and says in `acts` what is to be noted. Exactly one transaction can.
pub(super) fn consume(
    database: &mut dyn Database,
    granted: &Granted,
    journal: &Journal,
    now: UnixTime,
    acts: &mut Vec<Act>,
) -> Result<Approval, Undone<ApprovalError>> {
    let actor = &journal.actor;
    let sql = "UPDATE approval SET state = ?, used_by = ?, used_station = ?, used_at = ? \
               WHERE id = ? AND state = ? AND expires_at > ?";
    let mut row = values![Stored::Used.number(), actor.name(), actor.station(), now.0];
    row.extend(values![granted.id, Stored::Approved.number(), now.0]);
    if database.execute(sql, row)? == 1 {
        acts.push(act(ActKind::ApprovalUsed, granted.kind, &granted.subject, granted.id));
        return Ok(Approval { id: granted.id, kind: granted.kind, subject: granted.subject.clone() });
    }
    let rows = database.query("SELECT state, expires_at FROM approval WHERE id = ?", values![granted.id])?;
    let row = rows.first().ok_or(Undone::Refused(ApprovalError::Unknown))?;
    let state = standing(Stored::from_number(count(row, 0)?).ok_or_else(damaged)?, time(row, 1)?, now);
    usable(state).map_err(Undone::Refused)?;
    Err(Undone::Database(damaged()))
}

/// What the audit notes: the approval's number and kind, and whom it is about, never why.
fn act(act: ActKind, kind: ApprovalKind, subject: &Subject, id: u64) -> Act {
    let act = Act::new(act).with("approval", id).with("for", kind.name());
    match subject {
        Subject::Person(number) => act.about(number),
        Subject::Choice { digest, count } => act.with("count", *count).with("choice", *digest),
        Subject::Job { fingerprint, .. } => act.with("job", *fingerprint),
        Subject::Station(station) => act.station(station),
    }
}

/// Whether an act may use it.
fn usable(state: ApprovalState) -> Result<(), ApprovalError> {
    match state {
        ApprovalState::Approved => Ok(()),
        ApprovalState::Asked => Err(ApprovalError::Undecided),
        ApprovalState::Refused => Err(ApprovalError::Refused),
        ApprovalState::Used => Err(ApprovalError::Used),
        ApprovalState::Expired => Err(ApprovalError::Expired),
    }
}

fn standing(stored: Stored, expires_at: UnixTime, now: UnixTime) -> ApprovalState {
    match stored {
        Stored::Asked | Stored::Approved if expires_at <= now => ApprovalState::Expired,
        Stored::Asked => ApprovalState::Asked,
        Stored::Approved => ApprovalState::Approved,
        Stored::Refused => ApprovalState::Refused,
        Stored::Used => ApprovalState::Used,
    }
}

/// A reason as it is kept.
fn reason(why: &str) -> Result<&str, ApprovalError> {
    let why = why.trim();
    if why.is_empty() || why.chars().count() > MAX_WHY || why.chars().any(|c| c.is_control() && c != '\n') {
        return Err(ApprovalError::Why);
    }
    if my_number::is_in(why) { Err(ApprovalError::MyNumber) } else { Ok(why) }
}

fn place<'a>(id: &'a str, column: &'static str) -> Place<'a> {
    Place { table: "approval", number: id, column }
}

fn find(
    database: &mut dyn Database,
    seals: &Seals,
    id: u64,
    now: UnixTime,
) -> Result<Option<ApprovalEntry>, sqlx::Error> {
    let rows = database.query(select_approval!("WHERE id = ?"), values![id])?;
    rows.first().map(|row| entry(row, seals, now)).transpose()
}

fn entry(row: &Row, seals: &Seals, now: UnixTime) -> Result<ApprovalEntry, sqlx::Error> {
    let id = count(row, 0)?;
    let key = id.to_string();
    let open = |at, column| row.bytes(at)?.map(|sealed| seals.open(place(&key, column), sealed)).transpose();
    let words = |plain: &[u8]| std::str::from_utf8(plain).map(str::to_owned).map_err(|_| damaged());
    let signature = |at: usize| match (row.text(at)?, row.text(at + 1)?, row.integer(at + 2)?) {
        (Some(name), Some(station), Some(when)) => {
            Ok::<_, sqlx::Error>(Some(Signature { name: name.into(), station: station.into(), at: UnixTime(when) }))
        }
        _ => Ok(None),
    };
    let subject = open(2, "subject_sealed")?.ok_or_else(damaged)?;
    let why = open(3, "why_sealed")?.ok_or_else(damaged)?;
    let decided_why = open(12, "decided_why_sealed")?.map(|plain| words(&plain)).transpose()?;
    let (stored, expires_at) = (Stored::from_number(count(row, 4)?).ok_or_else(damaged)?, time(row, 8)?);
    let asked = Signature { name: text(row, 5)?.to_owned(), station: text(row, 6)?.to_owned(), at: time(row, 7)? };
    Ok(ApprovalEntry {
        id,
        kind: ApprovalKind::from_number(count(row, 1)?).ok_or_else(damaged)?,
        subject: Subject::from_bytes(&subject).ok_or_else(damaged)?,
        why: words(&why)?,
        state: standing(stored, expires_at, now),
        asked,
        expires_at,
        decided: signature(9)?,
        decided_why: decided_why.filter(|why| !why.is_empty()),
        used: signature(13)?,
    })
}
