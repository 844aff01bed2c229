//! What happened to a person's certificates, as the register has it: read from where each thing was written down.

use super::approvals::Signature;
use super::database::{Database, values};
use super::letters::{LetterChoice, LetterEntry};
use super::read::{count, number, text};
use super::statements::select_in;
use super::withdrawals::{Given, certificates_in, reason, time};
use super::{CardNumber, Register, RegisterError, Value};
use crate::issue::number_of;
use crate::record::RegisterNumber;
use std::collections::HashMap;
use tegata_certificate::{StatusIndex, UnixTime};
use tegata_trust_lists::RevocationReason;

/// A request that spoke of a certificate, or a change of an office's own list.
pub(crate) struct Turn {
    pub at: UnixTime,
    pub withdrawn: bool,
    /// The request's number and reason; none for a certificate with a number of its own.
    pub request: Option<(u64, RevocationReason)>,
}

/// A correction that replaced a certificate.
pub(crate) struct Replaced {
    pub by: Option<String>,
    pub reason: u64,
    pub who: Signature,
}

/// All that the register knows of a person's certificates.
pub(crate) struct Past {
    pub given: Vec<Given>,
    /// By identifier, oldest first.
    pub turns: HashMap<String, Vec<Turn>>,
    pub replaced: HashMap<String, Replaced>,
    pub letters: Vec<LetterEntry>,
}

/// Letters of one person that are looked at.
const LETTERS: u32 = 10_000;

impl Register {
    /// Everything about the certificates of a person, and of the numbers that were merged into this one.
    pub(crate) fn past(&mut self, person: &RegisterNumber) -> Result<Past, RegisterError> {
        let (given, turns, replaced) = self.run(|database| {
            let merged = database.query("SELECT number FROM merger WHERE into_number = ?", values![person.as_str()])?;
            let merged = merged.iter().map(|row| number(row, 0)).collect::<Result<Vec<_>, _>>()?;
            let numbers: Vec<&str> = std::iter::once(person).chain(&merged).map(RegisterNumber::as_str).collect();
            let given = certificates_in(database, &numbers)?;
            let turns = turns(database, &given)?;
            let replaced = replaced(database, &given)?;
            Ok((given, turns, replaced))
        })?;
        let letters = self.letters(&LetterChoice::Person(person.clone()), 0, LETTERS)?;
        Ok(Past { given, turns, replaced, letters })
    }
}

fn turns(database: &mut dyn Database, given: &[Given]) -> Result<HashMap<String, Vec<Turn>>, sqlx::Error> {
    let mut turns = HashMap::<String, Vec<Turn>>::new();
    for one in given {
        let mut of_one = Vec::new();
        if let Some(StatusIndex { shard, index }) = one.status {
            let sql = "SELECT w.withdrawn, q.sequence, q.reason, q.made_at FROM withdrawal w JOIN status_request q \
                       ON q.sequence = w.sequence WHERE w.shard = ? AND w.status_index = ? ORDER BY w.sequence";
            for row in &database.query(sql, values![shard, index])? {
                let request = Some((count(row, 1)?, reason(row, 2)?));
                of_one.push(Turn { at: time(row, 3)?, withdrawn: count(row, 0)? == 1, request });
            }
        } else if let Some(CardNumber { kid, rid }) = number_of(one.format, &one.kid, &one.identifier) {
            let sql = "SELECT withdrawn, made_at FROM card_withdrawal WHERE kid = ? AND rid = ? ORDER BY change";
            for row in &database.query(sql, values![&kid, &rid])? {
                of_one.push(Turn { at: time(row, 1)?, withdrawn: count(row, 0)? == 1, request: None });
            }
        }
        turns.insert(one.identifier.clone(), of_one);
    }
    Ok(turns)
}

fn replaced(database: &mut dyn Database, given: &[Given]) -> Result<HashMap<String, Replaced>, sqlx::Error> {
    let identifiers: Vec<&str> = given.iter().map(|given| given.identifier.as_str()).collect();
    let head = "SELECT identifier, replaced_by, reason, made_by, station, made_at FROM replacement \
                JOIN correction ON correction.id = replacement.correction WHERE";
    let rows = select_in(database, head, &[], "identifier", &identifiers, |one| Value::from(*one))?;
    let one = |row: &super::database::Row| {
        let who = Signature { name: text(row, 3)?.to_owned(), station: text(row, 4)?.to_owned(), at: time(row, 5)? };
        let replaced = Replaced { by: row.text(1)?.map(str::to_owned), reason: count(row, 2)?, who };
        Ok((text(row, 0)?.to_owned(), replaced))
    };
    rows.iter().map(one).collect()
}
