//! What is withdrawn: looked up by person, by lot, by place, and counted.

use super::act::CertificateHash;
use super::database::{Database, Row, Value, values};
use super::pack::Term;
use super::ranges::Positions;
use super::read::{Opened, count, damaged, kid, number, select_person, text};
use super::statements::{BATCH, select, select_in};
use super::{Register, RegisterError};
use crate::record::RegisterNumber;
use std::collections::{BTreeMap, HashMap};
use tegata_certificate::{Format, StatusIndex, UnixTime};
use tegata_trust_lists::{RevocationReason, StatusRange};

/// People that are looked at a time when a lot is searched for.
const PAGE: i64 = 4_096;

/// What the newest request said of a place or rule.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Latest {
    /// The request's number.
    pub sequence: u64,
    /// Withdrawn by it, or reinstated.
    pub withdrawn: bool,
}

impl Latest {
    /// From `2 * sequence + withdrawn`, as the queries here compute it.
    fn from_sum(sum: Option<i64>) -> Result<Option<Self>, sqlx::Error> {
        let latest = |sum: u64| Self { sequence: sum / 2, withdrawn: sum % 2 == 1 };
        sum.map(|sum| u64::try_from(sum).map(latest).map_err(|_| damaged())).transpose()
    }
}

/// A certificate as the register has it.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub number: RegisterNumber,
    pub format: Format,
    /// The hash of what it may say ([`Edition::content`](crate::issue::Edition::content)).
    pub content: [u8; 32],
    pub kid: [u8; 32],
    pub status: Option<StatusIndex>,
    pub identifier: String,
    pub issued_at: UnixTime,
    pub expires_at: UnixTime,
    pub latest: Option<Latest>,
}

impl Given {
    /// How the audit names it.
    pub(crate) fn hash(&self) -> CertificateHash {
        CertificateHash::of(&self.kid, self.format, &self.identifier)
    }
}

/// What a rule withdraws: certificates of a key, of a span of time or a lot or both.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RuleScope {
    /// The key that signed them.
    pub kid: [u8; 32],
    /// Times of issue, from and before.
    pub issued: Option<(UnixTime, UnixTime)>,
    /// A lot that one of the doses names, letter for letter.
    pub lot: Option<String>,
}

impl RuleScope {
    /// Whether it withdraws a certificate of that key, time of issue and lots.
    pub(crate) fn covers<'a>(
        &self,
        kid: &[u8; 32],
        issued_at: UnixTime,
        mut lots: impl Iterator<Item = &'a str>,
    ) -> bool {
        let in_time = self.issued.is_none_or(|(from, until)| (from..until).contains(&issued_at));
        self.kid == *kid && in_time && self.lot.as_deref().is_none_or(|lot| lots.any(|other| other == lot))
    }
}

/// A rule as the newest request that speaks of it has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct RuleEntry {
    pub scope: RuleScope,
    pub latest: Latest,
    pub reason: RevocationReason,
    pub at: UnixTime,
}

/// The columns of a [`Given`], in the order in which it is read.
macro_rules! select_given {
    ($rest:literal) => {
        concat!(
            "SELECT number, format, kid, shard, status_index, identifier, issued_at, expires_at, ",
            "(SELECT 2 * w.sequence + w.withdrawn FROM withdrawal w WHERE w.shard = certificate.shard ",
            "AND w.status_index = certificate.status_index ORDER BY w.sequence DESC LIMIT 1), content FROM certificate ",
            $rest
        )
    };
}

impl Register {
    /// Every certificate of these people, whatever became of it.
    pub(crate) fn certificates_of(&mut self, numbers: &[&str]) -> Result<Vec<Given>, RegisterError> {
        self.run(|database| certificates_in(database, numbers))
    }

    /// The next people who were ever given a certificate, at most `limit`, behind `after`, by number.
    pub(crate) fn holders_after(
        &mut self,
        after: Option<&RegisterNumber>,
        limit: usize,
    ) -> Result<Vec<RegisterNumber>, RegisterError> {
        self.run(|database| {
            let sql = "SELECT DISTINCT number FROM certificate WHERE number > ? ORDER BY number LIMIT ?";
            // Every number is longer than the empty text.
            let after = after.map_or("", RegisterNumber::as_str);
            let rows = database.query(sql, values![after, limit as u64])?;
            rows.iter().map(|row| number(row, 0)).collect()
        })
    }

    /// The certificate that has a place, for each place; `None` where the register has none.
    pub(crate) fn certificates_at(&mut self, places: &[StatusIndex]) -> Result<Vec<Option<Given>>, RegisterError> {
        self.run(|database| certificates_at(database, places))
    }

    /// The certificate with that identifier.
    pub(crate) fn certificate_named(&mut self, identifier: &str) -> Result<Option<Given>, RegisterError> {
        self.run(|database| {
            let rows = database.query(select_given!("WHERE identifier = ?"), values![identifier])?;
            rows.first().map(given).transpose()
        })
    }

    /// The certificate that the audit names so. There is no index of hashes: all are gone through.
    pub(crate) fn certificate_hashed(&mut self, hash: CertificateHash) -> Result<Option<Given>, RegisterError> {
        let mut after = None;
        loop {
            let people = self.holders_after(after.as_ref(), BATCH)?;
            let Some(last) = people.last().cloned() else { return Ok(None) };
            let numbers: Vec<&str> = people.iter().map(RegisterNumber::as_str).collect();
            let found = self.certificates_of(&numbers)?.into_iter().find(|given| given.hash() == hash);
            if found.is_some() {
                return Ok(found);
            }
            after = Some(last);
        }
    }

    /// Whose certificates a key signed in a span of time, and when; one for each certificate.
    pub(crate) fn certificates_signed(
        &mut self,
        kid: &[u8; 32],
        since: Option<UnixTime>,
        until: Option<UnixTime>,
    ) -> Result<Vec<(RegisterNumber, UnixTime)>, RegisterError> {
        let (since, until) = (since.map_or(i64::MIN, |time| time.0), until.map_or(i64::MAX, |time| time.0));
        self.run(|database| {
            let sql = "SELECT number, issued_at FROM certificate WHERE kid = ? AND issued_at >= ? AND issued_at < ? \
                       ORDER BY number";
            let rows = database.query(sql, values![kid, since, until])?;
            rows.iter().map(|row| Ok((number(row, 0)?, time(row, 1)?))).collect()
        })
    }

    /// The next numbers of people and of who was ever given a certificate, behind `after`.
    pub(crate) fn numbers_after(&mut self, after: &str, limit: usize) -> Result<Vec<RegisterNumber>, RegisterError> {
        self.run(|database| {
            let sql = "SELECT number FROM (SELECT number FROM person WHERE number > ? \
                       UNION SELECT number FROM certificate WHERE number > ?) AS known ORDER BY number LIMIT ?";
            let rows = database.query(sql, values![after, after, limit as u64])?;
            rows.iter().map(|row| number(row, 0)).collect()
        })
    }

    /// Which of these numbers are of people in the register.
    pub(crate) fn known_people(&mut self, numbers: &[&str]) -> Result<Vec<RegisterNumber>, RegisterError> {
        self.run(|database| {
            let rows = select(database, "SELECT number FROM person", numbers)?;
            rows.iter().map(|row| number(row, 0)).collect()
        })
    }

    /// Everyone whose record names that lot, letter for letter. `progress` hears how many records were looked at.
    pub(crate) fn people_with_lot(
        &mut self,
        lot: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<RegisterNumber>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            let terms = database.query("SELECT id FROM term WHERE text = ?", values![lot])?;
            let term = terms.first().map(|row| count(row, 0)).transpose()?;
            let names = |other: &Term| match other {
                Term::Absent => false,
                Term::Known(id) => term == Some(u64::from(*id)),
                Term::Inline(text) => text == lot,
            };
            let (mut found, mut after) = (Vec::new(), String::new());
            loop {
                let sql = select_person!("WHERE number > ? AND dose_count > 0 ORDER BY number LIMIT ?");
                let rows = database.query(sql, values![&after, PAGE])?;
                let Some(last) = rows.last() else {
                    return Ok(found);
                };
                after = text(last, 0)?.to_owned();
                for row in &rows {
                    let Opened { number, doses, .. } = Opened::from_row(row, &seals)?;
                    if doses.iter().any(|dose| names(&dose.lot)) {
                        found.push(number);
                    }
                }
                progress(rows.len() as u64);
            }
        })
    }

    /// The ranges of every key that this register has issued with.
    pub(crate) fn ranges(&mut self) -> Result<Vec<([u8; 32], StatusRange)>, RegisterError> {
        self.run(|database| {
            let sql = "SELECT kid, shard, first_index, past_index FROM status_range ORDER BY shard, first_index";
            let rows = database.query(sql, Vec::new())?;
            let range = |row: &Row| {
                Ok((kid(row, 0)?, StatusRange { shard: count(row, 1)?, from: count(row, 2)?, to: count(row, 3)? }))
            };
            rows.iter().map(range).collect()
        })
    }

    /// Every rule that a request ever spoke of, with what the newest one said.
    pub(crate) fn rules_asked_for(&mut self) -> Result<Vec<RuleEntry>, RegisterError> {
        self.run(rules)
    }

    /// The rules in force, oldest first.
    pub(crate) fn rules(&mut self) -> Result<Vec<RuleEntry>, RegisterError> {
        self.run(rules_in_force)
    }

    /// Every place that a request ever spoke of, with what the newest one said.
    pub(crate) fn places_asked_for(&mut self) -> Result<Vec<(StatusIndex, Latest)>, RegisterError> {
        self.run(|database| {
            // The newest rows of all places, in the order of the primary key.
            let sql = "SELECT shard, status_index, MAX(2 * sequence + withdrawn) FROM withdrawal \
                       GROUP BY shard, status_index ORDER BY shard, status_index";
            let rows = database.query(sql, Vec::new())?;
            let place = |row: &Row| {
                let latest = Latest::from_sum(row.integer(2)?)?.ok_or_else(damaged)?;
                Ok((StatusIndex { shard: count(row, 0)?, index: count(row, 1)? }, latest))
            };
            rows.iter().map(place).collect()
        })
    }
}

/// Every certificate of these people, in a transaction that is open.
pub(super) fn certificates_in(database: &mut dyn Database, numbers: &[&str]) -> Result<Vec<Given>, sqlx::Error> {
    let rows = select(database, select_given!(""), numbers)?;
    rows.iter().map(given).collect()
}

/// The certificate that has a place, for each place.
pub(super) fn certificates_at(
    database: &mut dyn Database,
    places: &[StatusIndex],
) -> Result<Vec<Option<Given>>, sqlx::Error> {
    let positions = Positions::read(database)?;
    let found_by: Vec<StatusIndex> =
        places.iter().filter_map(|place| Some(StatusIndex { index: positions.of(*place)?, ..*place })).collect();
    let mut found = HashMap::with_capacity(places.len());
    for (shard, positions) in by_shard(&found_by) {
        let head = select_given!("WHERE shard = ? AND");
        let rows = select_in(database, head, &[shard], "position", &positions, |one| Value::from(*one))?;
        for row in &rows {
            let given = given(row)?;
            if let Some(place) = given.status {
                found.insert((place.shard, place.index), given);
            }
        }
    }
    Ok(places.iter().map(|place| found.get(&(place.shard, place.index)).cloned()).collect())
}

/// What the newest request said of each place; nothing where none spoke of it.
pub(super) fn latest_of(
    database: &mut dyn Database,
    places: &[StatusIndex],
) -> Result<HashMap<StatusIndex, Latest>, sqlx::Error> {
    let mut newest = HashMap::<StatusIndex, Latest>::new();
    for (shard, indices) in by_shard(places) {
        let head = "SELECT status_index, sequence, withdrawn FROM withdrawal WHERE shard = ? AND";
        let rows = select_in(database, head, &[shard], "status_index", &indices, |index| Value::from(*index))?;
        for row in &rows {
            let place = StatusIndex { shard: shard.unsigned_abs(), index: count(row, 0)? };
            let said = Latest { sequence: count(row, 1)?, withdrawn: count(row, 2)? == 1 };
            let newest = newest.entry(place).or_insert(said);
            if said.sequence > newest.sequence {
                *newest = said;
            }
        }
    }
    Ok(newest)
}

/// The indices of each shard.
fn by_shard(places: &[StatusIndex]) -> BTreeMap<i64, Vec<u64>> {
    let mut shards = BTreeMap::<i64, Vec<u64>>::new();
    for place in places {
        // A shard beyond what a column holds is none of ours: nothing is found there.
        shards.entry(i64::try_from(place.shard).unwrap_or(i64::MAX)).or_default().push(place.index);
    }
    shards
}

/// The rules that were added and not lifted since. There are few: a shard holds 256.
pub(super) fn rules_in_force(database: &mut dyn Database) -> Result<Vec<RuleEntry>, sqlx::Error> {
    let mut rules = rules(database)?;
    rules.retain(|rule| rule.latest.withdrawn);
    Ok(rules)
}

fn rules(database: &mut dyn Database) -> Result<Vec<RuleEntry>, sqlx::Error> {
    let sql = "SELECT r.withdrawn, r.kid, r.issued_from, r.issued_until, r.lot, r.sequence, q.reason, q.made_at \
               FROM withdrawal_rule r JOIN status_request q ON q.sequence = r.sequence ORDER BY r.sequence, r.place";
    let mut rules: Vec<RuleEntry> = Vec::new();
    for row in database.query(sql, Vec::new())? {
        let issued = row.integer(2)?.zip(row.integer(3)?).map(|(from, until)| (UnixTime(from), UnixTime(until)));
        let scope = RuleScope { kid: kid(&row, 1)?, issued, lot: row.text(4)?.map(str::to_owned) };
        rules.retain(|rule| rule.scope != scope);
        let latest = Latest { sequence: count(&row, 5)?, withdrawn: count(&row, 0)? == 1 };
        rules.push(RuleEntry { scope, latest, reason: reason(&row, 6)?, at: time(&row, 7)? });
    }
    Ok(rules)
}

fn given(row: &Row) -> Result<Given, sqlx::Error> {
    Ok(Given {
        number: number(row, 0)?,
        format: Format::from_name(text(row, 1)?).ok_or_else(damaged)?,
        kid: kid(row, 2)?,
        status: status_index(row, 3)?,
        identifier: text(row, 5)?.to_owned(),
        issued_at: time(row, 6)?,
        expires_at: time(row, 7)?,
        latest: Latest::from_sum(row.integer(8)?)?,
        content: kid(row, 9)?,
    })
}

/// A place in two columns, shard and index; none where both are NULL.
pub(super) fn status_index(row: &Row, at: usize) -> Result<Option<StatusIndex>, sqlx::Error> {
    let number = |at| row.integer(at)?.map(|number| u64::try_from(number).map_err(|_| damaged())).transpose();
    Ok(number(at)?.zip(number(at + 1)?).map(|(shard, index)| StatusIndex { shard, index }))
}

/// A time.
pub(super) fn time(row: &Row, at: usize) -> Result<UnixTime, sqlx::Error> {
    row.integer(at)?.map(UnixTime).ok_or_else(damaged)
}

pub(super) fn reason(row: &Row, at: usize) -> Result<RevocationReason, sqlx::Error> {
    let number = count(row, at)?;
    RevocationReason::ALL.into_iter().find(|reason| reason.number() == number).ok_or_else(damaged)
}
