//! Reservations: what a certificate will say of itself is written down before it is signed, so that
//! a killed run leaves nothing that the next one would not finish in the same way. What was withdrawn is
//! not given out again.

use super::statements::signed;
use super::withdrawals::{RuleEntry, kid, latest, rules_in_force};
use super::{Register, RegisterError, cards, read};
use crate::issue::number_of;
use crate::issue::status_index::Permutation;
use crate::record::{Dose, RegisterNumber};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use tegata_certificate::{Format, StatusIndex, UnixTime};
use tegata_trust_lists::StatusRange;

/// A certificate that is wanted.
#[derive(Clone)]
pub(crate) struct Wanted<'a> {
    pub number: &'a RegisterNumber,
    pub content: [u8; 32],
    /// Whose lots it will name.
    pub doses: &'a [Dose],
    pub format: Format,
    pub kid: [u8; 32],
    pub issued_at: UnixTime,
    pub expires_at: UnixTime,
}

impl Wanted<'_> {
    /// Whether a rule in force withdraws what a key issues for it at that time. Only families with a status index
    /// are looked up in a status list.
    fn falls_under(&self, rules: &[RuleEntry], kid: &[u8; 32], issued_at: UnixTime) -> bool {
        let lots = || self.doses.iter().filter_map(|dose| dose.lot.as_deref());
        self.format.names_status_index() && rules.iter().any(|rule| rule.scope.covers(kid, issued_at, lots()))
    }
}

/// What is withdrawn besides what the register's own requests say.
pub(crate) trait Withdrawn {
    /// Whether nothing that this key signed counts any more.
    fn key(&self, kid: &[u8; 32]) -> bool;

    /// Whether this place is published as withdrawn. It's asked only where the register knows of no request: a
    /// register restored from a backup may have lost some.
    fn place(&self, place: StatusIndex) -> bool;
}

/// What was written down for it: new, or by an earlier run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Reservation {
    pub kid: [u8; 32],
    pub status: Option<StatusIndex>,
    /// An opaque random text of A-Z and 0-9, for families that want an identifier.
    pub identifier: String,
    pub issued_at: UnixTime,
    pub expires_at: UnixTime,
    /// Whether this run made it.
    pub new: bool,
}

impl Reservation {
    /// What a reservation will look like, for trying whether a record can be laid out at all.
    pub(crate) fn draft(wanted: &Wanted<'_>) -> Self {
        Self {
            kid: wanted.kid,
            status: wanted.format.names_status_index().then_some(StatusIndex { shard: 0, index: 0 }),
            identifier: "A".repeat(IDENTIFIER),
            issued_at: wanted.issued_at,
            expires_at: wanted.expires_at,
            new: true,
        }
    }
}

/// Why nothing could be reserved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReserveError {
    #[error(transparent)]
    Register(#[from] RegisterError),
    #[error("all status indices of the key are used")]
    Exhausted,
    #[error("no randomness from the operating system")]
    Random,
}

/// Characters of an identifier: 25 of 36 carry 129 bits.
const IDENTIFIER: usize = 25;

impl Register {
    /// Makes the ranges of a key known. Those that are known already keep their counters.
    pub(crate) fn adopt_ranges(&mut self, kid: [u8; 32], ranges: &[StatusRange]) -> Result<(), ReserveError> {
        for range in ranges {
            let mut secret = [0; 32];
            getrandom::fill(&mut secret).map_err(|_| ReserveError::Random)?;
            self.run(async |connection| {
                sqlx::query(
                    "INSERT INTO status_range (shard, first_index, past_index, kid, next, secret) \
                     VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT (shard, first_index) DO NOTHING",
                )
                .bind(signed(range.shard))
                .bind(signed(range.from))
                .bind(signed(range.to))
                .bind(kid.as_slice())
                .bind(secret.as_slice())
                .execute(connection)
                .await
            })?;
        }
        Ok(())
    }

    /// Writes down each certificate that is wanted, or finds what was written down for it, all in one
    /// transaction. A certificate that has expired or was withdrawn is reserved anew. Nothing (`None`) is reserved
    /// where a rule would withdraw at once what is issued now.
    pub(crate) fn reserve(
        &mut self,
        wanted: &[Wanted<'_>],
        withdrawn: &dyn Withdrawn,
    ) -> Result<Vec<Option<Reservation>>, ReserveError> {
        let mut exhausted = false;
        let reserved = self.run(async |connection| {
            sqlx::query("BEGIN IMMEDIATE").execute(&mut *connection).await?;
            let reserved = reserve_all(connection, wanted, withdrawn, &mut exhausted).await;
            let end = if reserved.is_ok() { "COMMIT" } else { "ROLLBACK" };
            sqlx::query(end).execute(&mut *connection).await?;
            reserved
        });
        if exhausted { Err(ReserveError::Exhausted) } else { Ok(reserved?) }
    }
}

async fn reserve_all(
    connection: &mut SqliteConnection,
    wanted: &[Wanted<'_>],
    withdrawn: &dyn Withdrawn,
    exhausted: &mut bool,
) -> Result<Vec<Option<Reservation>>, sqlx::Error> {
    let rules = rules_in_force(connection).await?;
    let mut reserved = Vec::with_capacity(wanted.len());
    for want in wanted {
        let (kept, renewal) = kept(connection, want, &rules, withdrawn).await?;
        if kept.is_some() {
            reserved.push(kept);
            continue;
        }
        if want.falls_under(&rules, &want.kid, want.issued_at) {
            reserved.push(None);
            continue;
        }
        let status = if want.format.names_status_index() {
            let status = next_index(connection, want.kid, withdrawn).await?;
            *exhausted = status.is_none();
            Some(status.ok_or(sqlx::Error::RowNotFound)?)
        } else {
            None
        };
        let fresh = Reservation {
            kid: want.kid,
            status,
            identifier: random_identifier()?,
            issued_at: want.issued_at,
            expires_at: want.expires_at,
            new: true,
        };
        insert(connection, want, renewal, &fresh).await?;
        reserved.push(Some(fresh));
    }
    Ok(reserved)
}

/// The newest certificate of the record that counts, and the number of the next renewal.
async fn kept(
    connection: &mut SqliteConnection,
    want: &Wanted<'_>,
    rules: &[RuleEntry],
    withdrawn: &dyn Withdrawn,
) -> Result<(Option<Reservation>, i64), sqlx::Error> {
    let rows = sqlx::query(
        "SELECT kid, shard, status_index, identifier, issued_at, expires_at, renewal FROM certificate \
         WHERE number = ? AND format = ? AND content = ? ORDER BY renewal DESC",
    )
    .bind(want.number.as_str())
    .bind(want.format.name())
    .bind(want.content.as_slice())
    .fetch_all(&mut *connection)
    .await?;
    let next = rows.first().map(|row| row.try_get::<i64, _>(6)).transpose()?.map_or(0, |renewal| renewal + 1);
    for row in &rows {
        let reservation = reservation(row)?;
        let dead = reservation.expires_at <= want.issued_at
            || withdrawn.key(&reservation.kid)
            || want.falls_under(rules, &reservation.kid, reservation.issued_at)
            || is_withdrawn(connection, reservation.status, withdrawn).await?
            || is_withdrawn_by_number(connection, want.format, &reservation).await?;
        if !dead {
            return Ok((Some(reservation), next));
        }
    }
    Ok((None, next))
}

/// Whether the newest request about a place withdraws it; without one, whether it is published so.
async fn is_withdrawn(
    connection: &mut SqliteConnection,
    place: Option<StatusIndex>,
    withdrawn: &dyn Withdrawn,
) -> Result<bool, sqlx::Error> {
    let Some(place) = place else {
        return Ok(false);
    };
    Ok(latest(connection, place).await?.map_or_else(|| withdrawn.place(place), |latest| latest.withdrawn))
}

/// Whether it was withdrawn by its own number, in a family that has one.
async fn is_withdrawn_by_number(
    connection: &mut SqliteConnection,
    format: Format,
    reservation: &Reservation,
) -> Result<bool, sqlx::Error> {
    match number_of(format, &reservation.kid, &reservation.identifier) {
        Some(card) => cards::is_withdrawn(connection, &card.kid, &card.rid).await,
        None => Ok(false),
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    want: &Wanted<'_>,
    renewal: i64,
    fresh: &Reservation,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO certificate (number, format, content, renewal, kid, shard, status_index, identifier, issued_at, expires_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(want.number.as_str())
    .bind(want.format.name())
    .bind(want.content.as_slice())
    .bind(renewal)
    .bind(fresh.kid.as_slice())
    .bind(fresh.status.map(|status| signed(status.shard)))
    .bind(fresh.status.map(|status| signed(status.index)))
    .bind(&fresh.identifier)
    .bind(fresh.issued_at.0)
    .bind(fresh.expires_at.0)
    .execute(connection)
    .await
    .map(drop)
}

/// Takes the next index of the key's first range that has one left; `None` if none has. An index that was ever
/// withdrawn before it was given out, because a forged certificate named it, is passed over.
async fn next_index(
    connection: &mut SqliteConnection,
    kid: [u8; 32],
    withdrawn: &dyn Withdrawn,
) -> Result<Option<StatusIndex>, sqlx::Error> {
    loop {
        let Some(place) = take_index(connection, kid).await? else {
            return Ok(None);
        };
        if latest(connection, place).await?.is_none() && !withdrawn.place(place) {
            return Ok(Some(place));
        }
    }
}

async fn take_index(connection: &mut SqliteConnection, kid: [u8; 32]) -> Result<Option<StatusIndex>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT shard, first_index, past_index, next, secret FROM status_range \
         WHERE kid = ? AND next < past_index - first_index ORDER BY shard, first_index LIMIT 1",
    )
    .bind(kid.as_slice())
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let (shard, first, past, next) =
        (read::count(&row, 0)?, read::count(&row, 1)?, read::count(&row, 2)?, read::count(&row, 3)?);
    let secret: [u8; 32] = row.try_get::<&[u8], _>(4)?.try_into().map_err(|_| read::damaged())?;
    let place = Permutation::new(secret, past.saturating_sub(first)).and_then(|permutation| permutation.at(next));
    let index = place.and_then(|place| first.checked_add(place)).ok_or_else(read::damaged)?;
    sqlx::query("UPDATE status_range SET next = next + 1 WHERE shard = ? AND first_index = ?")
        .bind(signed(shard))
        .bind(signed(first))
        .execute(connection)
        .await?;
    Ok(Some(StatusIndex { shard, index }))
}

fn reservation(row: &SqliteRow) -> Result<Reservation, sqlx::Error> {
    let place = |at| match row.try_get::<Option<i64>, _>(at)? {
        None => Ok(None),
        Some(number) => u64::try_from(number).map(Some).map_err(|_| read::damaged()),
    };
    Ok(Reservation {
        kid: kid(row, 0)?,
        status: place(1)?.zip(place(2)?).map(|(shard, index)| StatusIndex { shard, index }),
        identifier: row.try_get(3)?,
        issued_at: UnixTime(row.try_get(4)?),
        expires_at: UnixTime(row.try_get(5)?),
        new: false,
    })
}

fn random_identifier() -> Result<String, sqlx::Error> {
    const ALPHABET: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let mut identifier = String::with_capacity(IDENTIFIER);
    while identifier.len() < IDENTIFIER {
        let mut bytes = [0; 2 * IDENTIFIER];
        getrandom::fill(&mut bytes).map_err(|error| sqlx::Error::Io(std::io::Error::other(error)))?;
        // 252 is the largest multiple of 36 that a byte can count to: every character is as likely.
        let even = bytes.iter().filter(|byte| **byte < 252);
        let characters = even.filter_map(|byte| ALPHABET.get(usize::from(byte % 36))).map(|c| char::from(*c));
        identifier.extend(characters.take(IDENTIFIER - identifier.len()));
    }
    Ok(identifier)
}
