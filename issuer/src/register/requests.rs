//! Requests to the status service: numbered, settled and signed in one transaction, handed out after it.

use super::act::{Act, ActKind};
use super::audit::append;
use super::database::{Database, Isolation, Row, values};
use super::read::{count, damaged, kid, text};
use super::statements::insert;
use super::withdrawals::{RuleEntry, RuleScope, certificates_at, latest_of, reason, rules_in_force, time};
use super::{Register, RegisterError, Undone};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use tegata_certificate::{StatusIndex, UnixTime};
use tegata_trust_lists::RevocationReason;

/// Which way certificates go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// They count no more.
    Withdraw,
    /// They count again.
    Reinstate,
}

/// What is to be asked for, before it is known how much of it is asked for already.
pub(crate) struct Ask<'a> {
    pub change: Change,
    /// Each once.
    pub places: &'a [StatusIndex],
    /// Each once.
    pub rules: &'a [RuleScope],
    pub reason: RevocationReason,
    pub repository: &'a str,
    pub kid: [u8; 32],
    pub made_at: UnixTime,
    /// The request's number, if it is not to be the next.
    pub sequence: Option<u64>,
}

/// What a request will say: its number, and what really changes.
pub(crate) struct Settled {
    pub sequence: u64,
    pub places: Vec<StatusIndex>,
    pub rules: Vec<RuleScope>,
    /// For a reinstatement: the rules as they were added.
    pub lifted: Vec<RuleEntry>,
}

/// A request of another register or time, to be taken into this one.
pub(crate) struct Adopted<'a> {
    pub sequence: u64,
    pub withdrawn: Vec<StatusIndex>,
    pub reinstated: Vec<StatusIndex>,
    pub added: Vec<RuleScope>,
    pub lifted: Vec<RuleScope>,
    pub reason: RevocationReason,
    pub repository: &'a str,
    pub kid: [u8; 32],
    pub made_at: UnixTime,
    pub bytes: &'a [u8],
}

/// What came of asking.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(crate) struct Outcome {
    /// The request that was made; none if nothing was left to ask for.
    pub made: Option<u64>,
    /// Places that it speaks of.
    pub places: u64,
    /// Rules that it speaks of.
    pub rules: u64,
    /// Places and rules that are as they should be already.
    pub already: u64,
    /// All requests that made them so.
    pub requests: BTreeSet<u64>,
}

/// Why nothing could be asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AskError<E> {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error("the number is not above the last request's, {last}")]
    Sequence { last: u64 },
    #[error("the register's requests went to another repository")]
    OtherRepository,
    #[error("an unlike request has that number")]
    Unlike { sequence: u64 },
    #[error("requests before it are missing")]
    Missing { sequence: u64 },
    #[error("it could not be signed")]
    Sign(E),
}

/// A request as the register has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RequestEntry {
    pub sequence: u64,
    /// None if it does both.
    pub change: Option<Change>,
    pub reason: RevocationReason,
    pub repository: String,
    pub kid: [u8; 32],
    pub made_at: UnixTime,
    pub places: u64,
    pub rules: u64,
    pub sha256: [u8; 32],
    pub handed_out: Option<UnixTime>,
}

impl Register {
    /// Settles what is left to ask for, has it signed, and writes both down, all in one transaction. If nothing
    /// is left, no request is made.
    pub(crate) fn ask<E>(
        &mut self,
        ask: &Ask<'_>,
        sign: &mut dyn FnMut(&Settled) -> Result<Vec<u8>, E>,
    ) -> Result<Outcome, AskError<E>> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let (outcome, acts) = ask_in_transaction(database, ask, sign)?;
            append(database, &journal, &acts)?;
            Ok(outcome)
        })
    }

    /// What asking would come to: nothing is written, and no request made.
    pub(crate) fn settle(&mut self, ask: &Ask<'_>) -> Result<Outcome, RegisterError> {
        self.run(|database| settle(database, ask).map(|(_, outcome)| outcome))
    }

    /// Takes requests into the register that it does not know: in the order of their numbers, none left out.
    /// Says how many were new.
    pub(crate) fn adopt<E>(&mut self, requests: &[Adopted<'_>]) -> Result<u64, AskError<E>> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let mut acts = Vec::new();
            for request in requests {
                if adopt_one(database, request)? {
                    acts.push(Act::new(ActKind::Adopt).with("request", request.sequence));
                }
            }
            append(database, &journal, &acts)?;
            Ok(acts.len() as u64)
        })
    }

    /// Every request, oldest first.
    pub(crate) fn requests(&mut self) -> Result<Vec<RequestEntry>, RegisterError> {
        self.run(|database| {
            let sql = "SELECT sequence, action, reason, repository, kid, made_at, places, rules, sha256, handed_out \
                       FROM status_request ORDER BY sequence";
            database.query(sql, Vec::new())?.iter().map(entry).collect()
        })
    }

    /// A request's signed bytes.
    pub(crate) fn request_bytes(&mut self, sequence: u64) -> Result<Option<Vec<u8>>, RegisterError> {
        self.run(|database| bytes_of(database, sequence))
    }

    /// Notes that a request's file was written. The first time counts.
    pub(crate) fn mark_handed_out(&mut self, sequence: u64, at: UnixTime) -> Result<(), RegisterError> {
        self.run(|database| {
            let sql = "UPDATE status_request SET handed_out = ? WHERE sequence = ? AND handed_out IS NULL";
            database.execute(sql, values![at.0, sequence]).map(drop)
        })
    }
}

/// Settles, signs and writes down, in a transaction that is open; says what the audit is to note.
pub(super) fn ask_in_transaction<E>(
    database: &mut dyn Database,
    ask: &Ask<'_>,
    sign: &mut dyn FnMut(&Settled) -> Result<Vec<u8>, E>,
) -> Result<(Outcome, Vec<Act>), Undone<AskError<E>>> {
    let last = last_of(database, ask.repository)?;
    let (mut settled, mut outcome) = settle(database, ask)?;
    if outcome.places + outcome.rules == 0 {
        return Ok((outcome, Vec::new()));
    }
    settled.sequence = match ask.sequence {
        Some(sequence) if sequence <= last => return Err(Undone::Refused(AskError::Sequence { last })),
        Some(sequence) => sequence,
        None => last + 1,
    };
    let bytes = sign(&settled).map_err(|error| Undone::Refused(AskError::Sign(error)))?;
    let lifted: Vec<RuleScope> = settled.lifted.into_iter().map(|rule| rule.scope).collect();
    let none = &[][..];
    let (withdrawn, reinstated) = match ask.change {
        Change::Withdraw => (settled.places.as_slice(), none),
        Change::Reinstate => (none, settled.places.as_slice()),
    };
    let words = Words {
        sequence: settled.sequence,
        reason: ask.reason,
        repository: ask.repository,
        kid: ask.kid,
        made_at: ask.made_at,
        withdrawn,
        reinstated,
        added: &settled.rules,
        removed: &lifted,
        bytes: &bytes,
    };
    write(database, &words)?;
    let acts = acts(database, ask, &outcome, &words)?;
    outcome.made = Some(settled.sequence);
    outcome.requests.insert(settled.sequence);
    Ok((outcome, acts))
}

/// Certificates of one request that the audit names one by one; of more it notes how many there are.
const NAMED: usize = 1_000;

/// What the audit says of a request.
fn acts(
    database: &mut dyn Database,
    ask: &Ask<'_>,
    outcome: &Outcome,
    words: &Words<'_>,
) -> Result<Vec<Act>, sqlx::Error> {
    let kind = match ask.change {
        Change::Withdraw => ActKind::Revoke,
        Change::Reinstate => ActKind::Reinstate,
    };
    let request = || Act::new(kind).with("request", words.sequence).with("reason", ask.reason.name());
    let mut acts = vec![request().with("places", outcome.places).with("rules", outcome.rules)];
    let places = if words.withdrawn.is_empty() { words.reinstated } else { words.withdrawn };
    if places.len() <= NAMED {
        for given in certificates_at(database, places)?.into_iter().flatten() {
            acts.push(request().about(&given.number).certificate(given.hash()));
        }
    }
    Ok(acts)
}

/// What is left of an ask, and how much was asked for before.
fn settle(database: &mut dyn Database, ask: &Ask<'_>) -> Result<(Settled, Outcome), sqlx::Error> {
    let mut outcome = Outcome::default();
    let mut settled = Settled { sequence: 0, places: Vec::new(), rules: Vec::new(), lifted: Vec::new() };
    let wanted = ask.change == Change::Withdraw;
    let latest = latest_of(database, ask.places)?;
    for place in ask.places {
        match latest.get(place) {
            Some(latest) if latest.withdrawn == wanted => {
                outcome.requests.insert(latest.sequence);
            }
            // What was never withdrawn needs no reinstating.
            None if !wanted => {}
            _ => settled.places.push(*place),
        }
    }
    let in_force = rules_in_force(database)?;
    for rule in ask.rules {
        match in_force.iter().find(|other| other.scope == *rule) {
            Some(other) if wanted => {
                outcome.requests.insert(other.latest.sequence);
            }
            Some(other) => settled.lifted.push(other.clone()),
            None if wanted => settled.rules.push(rule.clone()),
            None => {}
        }
    }
    outcome.places = settled.places.len() as u64;
    outcome.rules = (settled.rules.len() + settled.lifted.len()) as u64;
    outcome.already = (ask.places.len() + ask.rules.len()) as u64 - outcome.places - outcome.rules;
    Ok((settled, outcome))
}

/// The last request's number; 0 if there is none.
fn last_of<E>(database: &mut dyn Database, repository: &str) -> Result<u64, Undone<AskError<E>>> {
    let sql = "SELECT sequence, repository FROM status_request ORDER BY sequence DESC LIMIT 1";
    match database.query(sql, Vec::new())?.first() {
        None => Ok(0),
        // Its numbers and its places are that repository's.
        Some(row) if text(row, 1)? != repository => Err(Undone::Refused(AskError::OtherRepository)),
        Some(row) => Ok(count(row, 0)?),
    }
}

fn adopt_one<E>(database: &mut dyn Database, request: &Adopted<'_>) -> Result<bool, Undone<AskError<E>>> {
    let last = last_of(database, request.repository)?;
    let sequence = request.sequence;
    match bytes_of(database, sequence)? {
        Some(bytes) if bytes == request.bytes => return Ok(false),
        Some(_) => return Err(Undone::Refused(AskError::Unlike { sequence })),
        // Into a gap or right behind the last: what a missing one says would not be known.
        None if sequence > last + 1 => return Err(Undone::Refused(AskError::Missing { sequence: last + 1 })),
        None => {}
    }
    let words = Words {
        sequence,
        reason: request.reason,
        repository: request.repository,
        kid: request.kid,
        made_at: request.made_at,
        withdrawn: &request.withdrawn,
        reinstated: &request.reinstated,
        added: &request.added,
        removed: &request.lifted,
        bytes: request.bytes,
    };
    write(database, &words)?;
    // Somebody has its file, or it could not be adopted.
    database.execute("UPDATE status_request SET handed_out = made_at WHERE sequence = ?", values![sequence])?;
    Ok(true)
}

fn bytes_of(database: &mut dyn Database, sequence: u64) -> Result<Option<Vec<u8>>, sqlx::Error> {
    let rows = database.query("SELECT bytes FROM status_request WHERE sequence = ?", values![sequence])?;
    rows.first().map(|row| Ok(row.bytes(0)?.ok_or_else(damaged)?.to_vec())).transpose()
}

/// A request, word for word.
struct Words<'a> {
    sequence: u64,
    reason: RevocationReason,
    repository: &'a str,
    kid: [u8; 32],
    made_at: UnixTime,
    withdrawn: &'a [StatusIndex],
    reinstated: &'a [StatusIndex],
    added: &'a [RuleScope],
    removed: &'a [RuleScope],
    bytes: &'a [u8],
}

fn write(database: &mut dyn Database, words: &Words<'_>) -> Result<(), sqlx::Error> {
    let withdraws = !words.withdrawn.is_empty() || !words.added.is_empty();
    let reinstates = !words.reinstated.is_empty() || !words.removed.is_empty();
    let action = if reinstates { 2 + i64::from(withdraws) } else { 1 };
    let (sha256, places, rules) = (
        <[u8; 32]>::from(Sha256::digest(words.bytes)),
        (words.withdrawn.len() + words.reinstated.len()) as u64,
        (words.added.len() + words.removed.len()) as u64,
    );
    database.execute(
        "INSERT INTO status_request (sequence, action, reason, repository, kid, made_at, places, rules, sha256, bytes) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values![
            words.sequence,
            action,
            words.reason.number(),
            words.repository,
            &words.kid,
            words.made_at.0,
            places,
            rules,
            &sha256,
            words.bytes,
        ],
    )?;
    for (places, withdrawn) in [(words.withdrawn, 1_i64), (words.reinstated, 0)] {
        let head = "INSERT INTO withdrawal (shard, status_index, sequence, withdrawn)";
        insert(database, head, 4, "", places, |to, place| {
            to.extend(values![place.shard, place.index, words.sequence, withdrawn]);
        })?;
    }
    let rules = words.added.iter().map(|rule| (rule, 1_i64)).chain(words.removed.iter().map(|rule| (rule, 0)));
    for (place, (rule, withdrawn)) in rules.enumerate() {
        let (from, until) = (rule.issued.map(|(from, _)| from.0), rule.issued.map(|(_, until)| until.0));
        database.execute(
            "INSERT INTO withdrawal_rule (sequence, place, withdrawn, kid, issued_from, issued_until, lot) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
            values![words.sequence, place as u64, withdrawn, &rule.kid, from, until, rule.lot.as_deref()],
        )?;
    }
    Ok(())
}

fn entry(row: &Row) -> Result<RequestEntry, sqlx::Error> {
    Ok(RequestEntry {
        sequence: count(row, 0)?,
        change: match count(row, 1)? {
            1 => Some(Change::Withdraw),
            2 => Some(Change::Reinstate),
            3 => None,
            _ => return Err(damaged()),
        },
        reason: reason(row, 2)?,
        repository: text(row, 3)?.to_owned(),
        kid: kid(row, 4)?,
        made_at: time(row, 5)?,
        places: count(row, 6)?,
        rules: count(row, 7)?,
        sha256: kid(row, 8)?,
        handed_out: row.integer(9)?.map(UnixTime),
    })
}
