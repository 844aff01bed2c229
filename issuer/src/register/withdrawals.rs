//! What is withdrawn: looked up by person, by lot, by place, and counted.

use super::pack::{Term, unpack};
use super::read::{count, damaged, number};
use super::statements::{select, signed};
use super::{Register, RegisterError};
use crate::record::RegisterNumber;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
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
    pub kid: [u8; 32],
    pub status: Option<StatusIndex>,
    pub identifier: String,
    pub issued_at: UnixTime,
    pub expires_at: UnixTime,
    pub latest: Option<Latest>,
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
            "AND w.status_index = certificate.status_index ORDER BY w.sequence DESC LIMIT 1) FROM certificate ",
            $rest
        )
    };
}

impl Register {
    /// Every certificate of these people, whatever became of it.
    pub(crate) fn certificates_of(&mut self, numbers: &[&str]) -> Result<Vec<Given>, RegisterError> {
        self.run(async |connection| {
            let rows = select(connection, select_given!(""), numbers).await?;
            rows.iter().map(given).collect()
        })
    }

    /// The certificate that has a place, for each place; `None` where the register has none.
    pub(crate) fn certificates_at(&mut self, places: &[StatusIndex]) -> Result<Vec<Option<Given>>, RegisterError> {
        self.run(async |connection| {
            let mut found = Vec::with_capacity(places.len());
            for place in places {
                let row = sqlx::query(select_given!("WHERE shard = ? AND status_index = ?"))
                    .bind(signed(place.shard))
                    .bind(signed(place.index))
                    .fetch_optional(&mut *connection)
                    .await?;
                found.push(row.as_ref().map(given).transpose()?);
            }
            Ok(found)
        })
    }

    /// Which of these numbers are of people in the register.
    pub(crate) fn known_people(&mut self, numbers: &[&str]) -> Result<Vec<RegisterNumber>, RegisterError> {
        self.run(async |connection| {
            let rows = select(connection, "SELECT number FROM person", numbers).await?;
            rows.iter().map(|row| number(row, 0)).collect()
        })
    }

    /// Everyone whose record names that lot, letter for letter. `progress` hears how many records were looked at.
    pub(crate) fn people_with_lot(
        &mut self,
        lot: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Vec<RegisterNumber>, RegisterError> {
        self.run(async |connection| {
            let term = sqlx::query_scalar::<_, i64>("SELECT id FROM term WHERE text = ?").bind(lot);
            let term = term.fetch_optional(&mut *connection).await?.and_then(|id| u32::try_from(id).ok());
            let names = |other: &Term| match other {
                Term::Absent => false,
                Term::Known(id) => term == Some(*id),
                Term::Inline(text) => text == lot,
            };
            let (mut found, mut after) = (Vec::new(), String::new());
            loop {
                let sql =
                    "SELECT number, doses FROM person WHERE number > ? AND dose_count > 0 ORDER BY number LIMIT ?";
                let rows = sqlx::query(sql).bind(&after).bind(PAGE).fetch_all(&mut *connection).await?;
                let Some(last) = rows.last() else {
                    return Ok(found);
                };
                after = last.try_get(0)?;
                for row in &rows {
                    let doses = unpack(row.try_get(1)?).ok_or_else(damaged)?;
                    if doses.iter().any(|dose| names(&dose.lot)) {
                        found.push(number(row, 0)?);
                    }
                }
                progress(rows.len() as u64);
            }
        })
    }

    /// The ranges of every key that this register has issued with.
    pub(crate) fn ranges(&mut self) -> Result<Vec<([u8; 32], StatusRange)>, RegisterError> {
        self.run(async |connection| {
            let sql = "SELECT kid, shard, first_index, past_index FROM status_range ORDER BY shard, first_index";
            let rows = sqlx::query(sql).fetch_all(connection).await?;
            let range = |row: &SqliteRow| {
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
        self.run(async |connection| {
            // The newest rows of all places, in the order of the primary key.
            let sql = "SELECT shard, status_index, MAX(2 * sequence + withdrawn) FROM withdrawal \
                       GROUP BY shard, status_index ORDER BY shard, status_index";
            let rows = sqlx::query(sql).fetch_all(connection).await?;
            let place = |row: &SqliteRow| {
                let latest = Latest::from_sum(Some(row.try_get(2)?))?.ok_or_else(damaged)?;
                Ok((StatusIndex { shard: count(row, 0)?, index: count(row, 1)? }, latest))
            };
            rows.iter().map(place).collect()
        })
    }
}

/// What the newest request said of a place.
pub(super) async fn latest(
    connection: &mut SqliteConnection,
    place: StatusIndex,
) -> Result<Option<Latest>, sqlx::Error> {
    let sql = "SELECT 2 * sequence + withdrawn FROM withdrawal WHERE shard = ? AND status_index = ? \
               ORDER BY sequence DESC LIMIT 1";
    let sum = sqlx::query_scalar(sql).bind(signed(place.shard)).bind(signed(place.index));
    Latest::from_sum(sum.fetch_optional(connection).await?)
}

/// The rules that were added and not lifted since. There are few: a shard holds 256.
pub(super) async fn rules_in_force(connection: &mut SqliteConnection) -> Result<Vec<RuleEntry>, sqlx::Error> {
    let mut rules = rules(connection).await?;
    rules.retain(|rule| rule.latest.withdrawn);
    Ok(rules)
}

async fn rules(connection: &mut SqliteConnection) -> Result<Vec<RuleEntry>, sqlx::Error> {
    let sql = "SELECT r.withdrawn, r.kid, r.issued_from, r.issued_until, r.lot, r.sequence, q.reason, q.made_at \
               FROM withdrawal_rule r JOIN status_request q ON q.sequence = r.sequence ORDER BY r.sequence, r.place";
    let mut rules: Vec<RuleEntry> = Vec::new();
    for row in sqlx::query(sql).fetch_all(connection).await? {
        let from: Option<i64> = row.try_get(2)?;
        let issued = from.zip(row.try_get(3)?).map(|(from, until)| (UnixTime(from), UnixTime(until)));
        let scope = RuleScope { kid: kid(&row, 1)?, issued, lot: row.try_get(4)? };
        rules.retain(|rule| rule.scope != scope);
        let latest = Latest { sequence: count(&row, 5)?, withdrawn: count(&row, 0)? == 1 };
        rules.push(RuleEntry { scope, latest, reason: reason(&row, 6)?, at: UnixTime(row.try_get(7)?) });
    }
    Ok(rules)
}

fn given(row: &SqliteRow) -> Result<Given, sqlx::Error> {
    let place = |at| match row.try_get::<Option<i64>, _>(at)? {
        None => Ok(None),
        Some(number) => u64::try_from(number).map(Some).map_err(|_| damaged()),
    };
    Ok(Given {
        number: number(row, 0)?,
        format: Format::from_name(row.try_get(1)?).ok_or_else(damaged)?,
        kid: kid(row, 2)?,
        status: place(3)?.zip(place(4)?).map(|(shard, index)| StatusIndex { shard, index }),
        identifier: row.try_get(5)?,
        issued_at: UnixTime(row.try_get(6)?),
        expires_at: UnixTime(row.try_get(7)?),
        latest: Latest::from_sum(row.try_get(8)?)?,
    })
}

pub(super) fn kid(row: &SqliteRow, at: usize) -> Result<[u8; 32], sqlx::Error> {
    row.try_get::<&[u8], _>(at)?.try_into().map_err(|_| damaged())
}

pub(super) fn reason(row: &SqliteRow, at: usize) -> Result<RevocationReason, sqlx::Error> {
    let number = count(row, at)?;
    RevocationReason::ALL.into_iter().find(|reason| reason.number() == number).ok_or_else(damaged)
}
