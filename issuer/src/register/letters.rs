//! Papers that people are owed: why, in which language, by which way, and what became of them.
//!
//! Nothing is posted to somebody whose address is shielded (DV等支援措置), unless a second person has approved it. Whether
//! the address is shielded is looked at when the paper becomes due, when it is printed and when it is posted: a flag that
//! came in between counts.

use super::act::{Act, ActKind};
use super::approvals::consume;
use super::audit::{Journal, append};
use super::database::{Database, Isolation, Row, values};
use super::read::{count, damaged, number, text};
use super::statements::{insert, select_in};
use super::withdrawals::time;
use super::{Register, RegisterError, Undone, Value};
use crate::approval::{ApprovalError, ApprovalKind, Permit, Subject};
use crate::check::Language;
use crate::record::RegisterNumber;
use serde::{Serialize, Serializer};
use std::collections::HashMap;
use tegata_certificate::UnixTime;

/// Why a paper is due.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LetterReason {
    /// Certificates were issued.
    Issued,
    /// A record was corrected, and the certificates with it.
    Corrected,
    /// Certificates were withdrawn.
    Revoked,
}

impl LetterReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Issued, Self::Corrected, Self::Revoked];

    /// The stable name used in arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Corrected => "corrected",
            Self::Revoked => "revoked",
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::Issued => 1,
            Self::Corrected => 2,
            Self::Revoked => 3,
        }
    }
}

/// How a paper comes to its person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Way {
    /// Handed over.
    Counter,
    /// Posted.
    Post,
}

impl Way {
    /// Both ways.
    pub const ALL: [Self; 2] = [Self::Counter, Self::Post];

    /// The stable name used in arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Post => "post",
        }
    }

    fn number(self) -> i64 {
        match self {
            Self::Counter => 1,
            Self::Post => 2,
        }
    }
}

macro_rules! as_name {
    ($($kind:ident),*) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    )*};
}
as_name!(LetterReason, Way, LetterState);

/// A paper to be made.
#[derive(Clone, Debug)]
pub struct NewLetter<'a> {
    /// Whose.
    pub person: &'a RegisterNumber,
    /// Why.
    pub reason: LetterReason,
    /// In which language it begins; papers are in both.
    pub language: Language,
    /// Which way it goes.
    pub way: Way,
    /// Identifiers of the certificates that it holds, or tells of.
    pub certificates: &'a [String],
}

/// Where a paper stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LetterState {
    /// To be printed.
    Due,
    /// Printed, and not with its person yet.
    Printed,
    /// Handed over or posted.
    Delivered,
}

impl LetterState {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Printed => "printed",
            Self::Delivered => "delivered",
        }
    }
}

/// A paper, as the register has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LetterEntry {
    /// Its number.
    pub id: u64,
    /// Whose.
    pub person: RegisterNumber,
    /// Why it is due.
    pub reason: LetterReason,
    /// Its first language.
    pub language: Language,
    /// Which way it goes.
    pub way: Way,
    /// Where it stands.
    pub state: LetterState,
    /// Whether it must not be posted: its person's address is shielded now, and nobody has approved it.
    pub withheld: bool,
    /// Identifiers of its certificates.
    pub certificates: Vec<String>,
    /// Since when it is due, and because of whose act.
    pub due: (UnixTime, String),
    /// The correction that it is about.
    pub correction: Option<u64>,
    /// When it was printed, by whom, and into which file.
    pub printed: Option<(UnixTime, String, String)>,
    /// When it was handed over or posted, and by whom.
    pub delivered: Option<(UnixTime, String)>,
}

/// Which papers are meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LetterChoice {
    /// To be printed.
    Due,
    /// Printed, and not delivered.
    Printed,
    /// One, by its number.
    One(u64),
    /// All of a person.
    Person(RegisterNumber),
    /// All.
    All,
}

/// Why a paper is not noted. None names a person.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// No such person.
    #[error("the register has nobody with that number: look it up again")]
    NobodyThere,
    /// No such paper.
    #[error("there is no paper with that number: tegata-issuer letters list shows them")]
    Unknown,
    /// It was printed or delivered before.
    #[error("that paper was {} before: look at it with tegata-issuer letters list --all; nothing was changed", .0.name())]
    Before(LetterState),
    /// It was not printed.
    #[error("that paper was not printed yet: print it first (tegata-issuer print); nothing was changed")]
    NotPrinted,
    /// The address is shielded.
    #[error(
        "the person's address is shielded, so nothing may be posted: hand it over at the counter, or have a second person approve it (post-protected); nothing was changed"
    )]
    Shielded,
    /// The approval does not do.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
}

macro_rules! select_letter {
    ($rest:literal) => {
        concat!(
            "SELECT l.id, l.number, l.why, l.language, l.way, l.due_at, l.due_by, l.correction, l.printed_at, ",
            "l.printed_by, l.print_file, l.delivered_at, l.delivered_by, l.approval, p.shielded FROM letter l ",
            "LEFT JOIN person p ON p.number = l.number ",
            $rest
        )
    };
}

impl Register {
    /// Notes that a paper is due; gives its number.
    ///
    /// # Errors
    /// [`LetterError::Shielded`] if it is to be posted to somebody whose address is shielded and the permit holds no
    /// approval for that (`post-protected`, this person).
    pub fn letter_due(
        &mut self,
        letter: &NewLetter<'_>,
        permit: &Permit<'_>,
        now: UnixTime,
    ) -> Result<u64, LetterError> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let mut acts = Vec::new();
            let id = due(database, (letter, None), permit, (&journal, now), &mut acts)?;
            append::<LetterError>(database, &journal, &acts)?;
            Ok(id)
        })
    }

    /// Papers with numbers above `after`, by number, at most `limit`: all in bounded memory, page by page.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn letters(
        &mut self,
        choice: &LetterChoice,
        after: u64,
        limit: u32,
    ) -> Result<Vec<LetterEntry>, RegisterError> {
        let limit = i64::from(limit);
        self.run(|database| {
            let rows = match choice {
                LetterChoice::Due => {
                    let sql = select_letter!(
                        "WHERE l.printed_at IS NULL AND l.delivered_at IS NULL AND l.id > ? \
                                              ORDER BY l.id LIMIT ?"
                    );
                    database.query(sql, values![after, limit])?
                }
                LetterChoice::Printed => {
                    let sql = select_letter!(
                        "WHERE l.printed_at IS NOT NULL AND l.delivered_at IS NULL AND l.id > ? \
                                              ORDER BY l.id LIMIT ?"
                    );
                    database.query(sql, values![after, limit])?
                }
                LetterChoice::One(id) => {
                    let sql = select_letter!("WHERE l.id = ? AND l.id > ? ORDER BY l.id LIMIT ?");
                    database.query(sql, values![*id, after, limit])?
                }
                LetterChoice::Person(number) => {
                    let sql = select_letter!("WHERE l.number = ? AND l.id > ? ORDER BY l.id LIMIT ?");
                    database.query(sql, values![number.as_str(), after, limit])?
                }
                LetterChoice::All => {
                    let sql = select_letter!("WHERE l.id > ? ORDER BY l.id LIMIT ?");
                    database.query(sql, values![after, limit])?
                }
            };
            entries(database, &rows)
        })
    }

    /// Notes that papers were printed into that file, all or none. Printing again what was printed before is no error: the
    /// newest file counts, until it is delivered.
    ///
    /// # Errors
    /// [`LetterError`] if one is not there, was delivered, or must not be posted.
    pub fn letters_printed(&mut self, letters: &[u64], file: &str, now: UnixTime) -> Result<(), LetterError> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let mut acts = Vec::with_capacity(letters.len());
            for id in letters {
                let entry = find(database, *id)?;
                match entry.state {
                    LetterState::Delivered => return Err(Undone::Refused(LetterError::Before(entry.state))),
                    _ if entry.withheld => return Err(Undone::Refused(LetterError::Shielded)),
                    _ => {}
                }
                let sql = "UPDATE letter SET printed_at = ?, printed_by = ?, print_file = ? WHERE id = ?";
                database.execute(sql, values![now.0, journal.actor.name(), file, *id])?;
                acts.push(Act::new(ActKind::Print).about(&entry.person).with("letter", *id));
            }
            append(database, &journal, &acts)
        })
    }

    /// Notes that a paper was handed over or posted.
    ///
    /// # Errors
    /// [`LetterError`] if it is not there, was not printed, was delivered before, or must not be posted.
    pub fn letter_delivered(&mut self, letter: u64, way: Way, now: UnixTime) -> Result<(), LetterError> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let entry = find(database, letter)?;
            match entry.state {
                LetterState::Delivered => return Err(Undone::Refused(LetterError::Before(entry.state))),
                LetterState::Due => return Err(Undone::Refused(LetterError::NotPrinted)),
                LetterState::Printed => {}
            }
            if way == Way::Post && shield(database, &entry.person)? && !approved(database, letter)? {
                return Err(Undone::Refused(LetterError::Shielded));
            }
            let sql = "UPDATE letter SET way = ?, delivered_at = ?, delivered_by = ? \
                       WHERE id = ? AND delivered_at IS NULL";
            let row = values![way.number(), now.0, journal.actor.name(), letter];
            if database.execute(sql, row)? != 1 {
                return Err(Undone::Refused(LetterError::Before(LetterState::Delivered)));
            }
            let act = Act::new(ActKind::Deliver).about(&entry.person).with("letter", letter).with("way", way.name());
            append(database, &journal, &[act])
        })
    }
}

/// Notes that a paper is due, in the transaction of the act that makes it so.
pub(super) fn due(
    database: &mut dyn Database,
    (letter, correction): (&NewLetter<'_>, Option<u64>),
    permit: &Permit<'_>,
    (journal, now): (&Journal, UnixTime),
    acts: &mut Vec<Act>,
) -> Result<u64, Undone<LetterError>> {
    let mut approval = None;
    if letter.way == Way::Post && shield(database, letter.person)? {
        let subject = Subject::Person(letter.person.clone());
        // Also whoever holds the keys posts nothing to a shielded address without a second person.
        let offered = permit.offered(ApprovalKind::PostProtected, &subject);
        let granted = offered.map_err(|error| Undone::Refused(error.into()))?;
        let granted = granted.ok_or(Undone::Refused(LetterError::Shielded))?;
        approval = Some(consume(database, granted, journal, now, acts).map_err(Undone::into_other)?.id());
    }
    let next = database.query("SELECT COALESCE(MAX(id), 0) + 1 FROM letter", values![])?;
    let id = count(next.first().ok_or_else(damaged)?, 0)?;
    let sql = "INSERT INTO letter (id, number, why, language, way, due_at, due_by, correction, approval) \
               VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let language = language_name(letter.language);
    let mut row = values![id, letter.person.as_str(), letter.reason.number(), language, letter.way.number()];
    row.extend(values![now.0, journal.actor.name(), correction, approval]);
    database.execute(sql, row)?;
    let head = "INSERT INTO letter_certificate (letter, identifier)";
    insert(database, head, 2, "ON CONFLICT (letter, identifier) DO NOTHING", letter.certificates, |to, identifier| {
        to.extend(values![id, identifier]);
    })?;
    let act = Act::new(ActKind::Letter).about(letter.person).with("letter", id);
    acts.push(act.with("why", letter.reason.name()).with("way", letter.way.name()));
    Ok(id)
}

fn language_name(language: Language) -> &'static str {
    match language {
        Language::Ja => "ja",
        Language::En => "en",
    }
}

/// Whether a person's address is shielded now.
fn shield(database: &mut dyn Database, person: &RegisterNumber) -> Result<bool, Undone<LetterError>> {
    let rows = database.query("SELECT shielded FROM person WHERE number = ?", values![person.as_str()])?;
    let row = rows.first().ok_or(Undone::Refused(LetterError::NobodyThere))?;
    Ok(count(row, 0)? != 0)
}

fn approved(database: &mut dyn Database, letter: u64) -> Result<bool, sqlx::Error> {
    let rows = database.query("SELECT approval FROM letter WHERE id = ?", values![letter])?;
    Ok(rows.first().ok_or_else(damaged)?.integer(0)?.is_some())
}

pub(super) fn find(database: &mut dyn Database, id: u64) -> Result<LetterEntry, Undone<LetterError>> {
    let rows = database.query(select_letter!("WHERE l.id = ?"), values![id])?;
    entries(database, &rows)?.pop().ok_or(Undone::Refused(LetterError::Unknown))
}

fn entries(database: &mut dyn Database, rows: &[Row]) -> Result<Vec<LetterEntry>, sqlx::Error> {
    let mut entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
    let ids: Vec<u64> = entries.iter().map(|entry| entry.id).collect();
    let head = "SELECT letter, identifier FROM letter_certificate WHERE";
    let mut of = HashMap::<u64, Vec<String>>::new();
    for row in &select_in(database, head, &[], "letter", &ids, |id| Value::from(*id))? {
        of.entry(count(row, 0)?).or_default().push(text(row, 1)?.to_owned());
    }
    for entry in &mut entries {
        entry.certificates = of.remove(&entry.id).unwrap_or_default();
        entry.certificates.sort_unstable();
    }
    Ok(entries)
}

fn entry(row: &Row) -> Result<LetterEntry, sqlx::Error> {
    let when = |at| Ok::<_, sqlx::Error>(row.integer(at)?.map(UnixTime));
    let who = |at| Ok::<_, sqlx::Error>(row.text(at)?.unwrap_or_default().to_owned());
    let (printed_at, delivered_at) = (when(8)?, when(11)?);
    let printed = printed_at.map(|at| Ok::<_, sqlx::Error>((at, who(9)?, who(10)?))).transpose()?;
    let delivered = delivered_at.map(|at| Ok::<_, sqlx::Error>((at, who(12)?))).transpose()?;
    let (why, way) = (row.integer(2)?, row.integer(4)?);
    let way = Way::ALL.into_iter().find(|one| Some(one.number()) == way).ok_or_else(damaged)?;
    // Whoever is no longer in the register is treated as shielded: nobody can look.
    let shielded = row.integer(14)?.is_none_or(|flag| flag != 0);
    Ok(LetterEntry {
        id: count(row, 0)?,
        person: number(row, 1)?,
        reason: LetterReason::ALL.into_iter().find(|one| Some(one.number()) == why).ok_or_else(damaged)?,
        language: match text(row, 3)? {
            "ja" => Language::Ja,
            "en" => Language::En,
            _ => return Err(damaged()),
        },
        way,
        state: match (&printed, &delivered) {
            (_, Some(_)) => LetterState::Delivered,
            (Some(_), None) => LetterState::Printed,
            (None, None) => LetterState::Due,
        },
        withheld: way == Way::Post && shielded && row.integer(13)?.is_none() && delivered.is_none(),
        certificates: Vec::new(),
        due: (time(row, 5)?, who(6)?),
        correction: row.integer(7)?.map(i64::unsigned_abs),
        printed,
        delivered,
    })
}
