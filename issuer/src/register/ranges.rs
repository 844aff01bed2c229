//! Ranges of status indices: which are a key's, how far each was counted, and which are given up.

use super::act::{Act, ActKind};
use super::audit::append;
use super::audit_head::HeadMark;
use super::certificates::{ReserveError, Withdrawn};
use super::database::{Database, Isolation, Row, values};
use super::mark::{Mark, RangeKey};
use super::read::{count, damaged, kid};
use super::seal::fill_random;
use super::withdrawals::latest_of;
use super::{Register, RegisterError, Undone};
use crate::issue::status_index::Permutation;
use serde::Serialize;
use tegata_certificate::StatusIndex;
use tegata_trust_lists::StatusRange;

/// A range that was given up, because the register had counted less of it than was issued: it was restored from a
/// backup.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct ClosedRange {
    /// The shard of the status list.
    pub shard: u64,
    /// The range's first index.
    pub first: u64,
    /// How far the register had counted.
    pub counted: u64,
    /// How far this office had counted at least.
    pub issued: u64,
}

impl Register {
    /// Makes the ranges of a key known. Those that are known already keep their counters.
    pub(crate) fn adopt_ranges(&mut self, key: [u8; 32], ranges: &[StatusRange]) -> Result<(), ReserveError> {
        let known = self.run(|database| {
            let rows = database.query("SELECT shard, first_index FROM status_range", Vec::new())?;
            rows.iter().map(|row| Ok((count(row, 0)?, count(row, 1)?))).collect::<Result<Vec<_>, sqlx::Error>>()
        })?;
        for range in ranges.iter().filter(|range| !known.contains(&(range.shard, range.from))) {
            let mut secret = [0; 32];
            fill_random(&mut secret).map_err(|_| ReserveError::Random)?;
            self.run(|database| {
                let sql = "INSERT INTO status_range (shard, first_index, past_index, kid, next, secret) \
                           VALUES (?, ?, ?, ?, 0, ?) ON CONFLICT (shard, first_index) DO NOTHING";
                database.execute(sql, values![range.shard, range.from, range.to, &key, &secret])
            })?;
        }
        Ok(())
    }

    /// Gives up every range that the register knows, because it may be older than what was issued: for a register that
    /// was restored together with its mark, or without one. Says how many. Certificates get indices again when the
    /// list allots another range.
    ///
    /// # Errors
    /// If the register cannot be written.
    pub fn close_ranges(&mut self) -> Result<u64, RegisterError> {
        let (journal, mark) = (self.journal(), HeadMark::beside(&self.key_file));
        let noted = mark.read()?;
        let closed = self.transaction(Isolation::Alone, |database| {
            let sql = "UPDATE status_range SET closed = 1 WHERE closed = 0";
            let closed = database.execute(sql, Vec::new())?;
            let mut act = Act::new(ActKind::Restored).with("ranges", closed);
            if let Some(noted) = &noted {
                act = act.with("noted", noted.sequence).with("link", noted.link);
            }
            append::<RegisterError>(database, &journal, &[act])?;
            Ok::<_, Undone<RegisterError>>(closed)
        })?;
        // From here on the restored chain is the one that counts; its entry tells of the other.
        mark.set(&self.audit_head()?)?;
        Ok(closed)
    }

    /// Ranges that were given up since the last call.
    #[must_use]
    pub fn take_closed_ranges(&mut self) -> Vec<ClosedRange> {
        std::mem::take(&mut self.closed)
    }
}

/// Places that were taken in one transaction, and what it did to the ranges.
#[derive(Default)]
pub(super) struct Taken {
    /// How far each range was counted afterwards.
    pub(super) counted: Vec<(RangeKey, u64)>,
    pub(super) closed: Vec<ClosedRange>,
}

/// A place in the status list, and where its range's counting stood for it.
///
/// No two certificates have one position, so no two have one place. Positions rise from certificate to certificate, so
/// that an index of them grows at its end; places come in no order, and an index of a million of them would be written
/// anew, page by page, for each few hundred.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct TakenPlace {
    pub(super) place: StatusIndex,
    /// The range's first index plus the count: it lies in the range, as the place does.
    pub(super) position: u64,
}

/// Leads from places to the positions that certificates are found by.
pub(super) struct Positions(Vec<(Range, Permutation)>);

impl Positions {
    /// Of all ranges that the register knows.
    pub(super) fn read(database: &mut dyn Database) -> Result<Self, sqlx::Error> {
        let sql = "SELECT shard, first_index, past_index, next, secret FROM status_range";
        let with_permutation = |row: &Row| {
            let range = Range::from_row(row)?;
            let permutation = Permutation::new(range.secret, range.size).ok_or_else(damaged)?;
            Ok((range, permutation))
        };
        database.query(sql, Vec::new())?.iter().map(with_permutation).collect::<Result<_, sqlx::Error>>().map(Self)
    }

    /// The position of a place; none where no range has it.
    pub(super) fn of(&self, place: StatusIndex) -> Option<u64> {
        self.0.iter().filter(|(range, _)| range.shard == place.shard).find_map(|(range, permutation)| {
            let count = permutation.count_of(place.index.checked_sub(range.first)?)?;
            range.first.checked_add(count)
        })
    }
}

/// Takes so many places of the key's ranges, in their order. A place that was ever withdrawn before it was given out,
/// because a forged certificate named it, is passed over; a range that counts less than the mark is closed.
pub(super) fn take_places(
    database: &mut dyn Database,
    key: &[u8; 32],
    wanted: usize,
    withdrawn: &dyn Withdrawn,
    mark: &Mark,
    taken: &mut Taken,
) -> Result<Vec<TakenPlace>, Undone<ReserveError>> {
    let mut places: Vec<TakenPlace> = Vec::with_capacity(wanted);
    while places.len() < wanted {
        let Some(range) = open_range(database, key)? else {
            let restored = !taken.closed.is_empty() || has_closed(database, key)?;
            return Err(Undone::Refused(if restored { ReserveError::Restored } else { ReserveError::Exhausted }));
        };
        let Some((first, past)) = range.bump(database, (wanted - places.len()) as u64)? else { continue };
        let known = mark.of(range.key());
        if first < known {
            range.close(database)?;
            taken.closed.push(ClosedRange { shard: range.shard, first: range.first, counted: first, issued: known });
            continue;
        }
        taken.counted.push((range.key(), past));
        let fresh = range.places(first, past)?;
        let asked_for = latest_of(database, &fresh.iter().map(|taken| taken.place).collect::<Vec<_>>())?;
        let unheard_of = |taken: &TakenPlace| !asked_for.contains_key(&taken.place) && !withdrawn.place(taken.place);
        places.extend(fresh.into_iter().filter(unheard_of));
    }
    Ok(places)
}

/// A row of the table `status_range`.
struct Range {
    shard: u64,
    first: u64,
    size: u64,
    next: u64,
    secret: [u8; 32],
}

/// The key's first range that has an index left.
fn open_range(database: &mut dyn Database, key: &[u8; 32]) -> Result<Option<Range>, sqlx::Error> {
    let sql = "SELECT shard, first_index, past_index, next, secret FROM status_range \
               WHERE kid = ? AND closed = 0 AND next < past_index - first_index ORDER BY shard, first_index LIMIT 1";
    database.query(sql, values![key])?.first().map(Range::from_row).transpose()
}

/// Whether any of the key's ranges was given up.
fn has_closed(database: &mut dyn Database, key: &[u8; 32]) -> Result<bool, sqlx::Error> {
    let sql = "SELECT shard FROM status_range WHERE kid = ? AND closed = 1 LIMIT 1";
    Ok(!database.query(sql, values![key])?.is_empty())
}

impl Range {
    /// From shard, first and past index, count and secret.
    fn from_row(row: &Row) -> Result<Self, sqlx::Error> {
        let first = count(row, 1)?;
        let size = count(row, 2)?.checked_sub(first).ok_or_else(damaged)?;
        Ok(Self { shard: count(row, 0)?, first, size, next: count(row, 3)?, secret: kid(row, 4)? })
    }

    fn key(&self) -> RangeKey {
        (self.shard, self.first)
    }

    /// Counts on by what is wanted, or by what is left; gives the count before and after. `None` if another was faster.
    fn bump(&self, database: &mut dyn Database, wanted: u64) -> Result<Option<(u64, u64)>, sqlx::Error> {
        let by = wanted.min(self.size - self.next);
        // From here on the row is ours until the transaction ends: nobody else counts the same.
        let sql = "UPDATE status_range SET next = next + ? WHERE shard = ? AND first_index = ? AND closed = 0 \
                   AND next + ? <= past_index - first_index RETURNING next";
        let rows = database.query(sql, values![by, self.shard, self.first, by])?;
        let past = rows.first().map(|row| count(row, 0)).transpose()?;
        past.map(|past| Ok((past.checked_sub(by).ok_or_else(damaged)?, past))).transpose()
    }

    fn close(&self, database: &mut dyn Database) -> Result<(), sqlx::Error> {
        let sql = "UPDATE status_range SET closed = 1 WHERE shard = ? AND first_index = ?";
        database.execute(sql, values![self.shard, self.first]).map(drop)
    }

    /// Where the permutation puts these counts.
    fn places(&self, first: u64, past: u64) -> Result<Vec<TakenPlace>, sqlx::Error> {
        let permutation = Permutation::new(self.secret, self.size).ok_or_else(damaged)?;
        let place = |count| {
            let index = permutation.at(count).and_then(|place| self.first.checked_add(place)).ok_or_else(damaged)?;
            let position = self.first.checked_add(count).ok_or_else(damaged)?;
            Ok(TakenPlace { place: StatusIndex { shard: self.shard, index }, position })
        };
        (first..past).map(place).collect()
    }
}
