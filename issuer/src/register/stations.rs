//! Stations: what one may do in an hour and at night, and its suspension when it does more.

use super::act::{Act, ActKind, ActOutcome};
use super::actor::{Actor, is_station};
use super::audit::append;
use super::database::{Database, Isolation, Row, values};
use super::read::{count as whole, damaged, text};
use super::withdrawals::time;
use super::{Register, RegisterError, Undone};
use serde::Serialize;
use tegata_certificate::UnixTime;

/// Why a station is suspended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SuspensionReason {
    /// It would have issued more in an hour than it may.
    Hour,
    /// It would have issued more at night than it may.
    Night,
    /// Too many tried to sign in there in an hour and were refused.
    Refused,
    /// Somebody suspended it.
    ByHand,
}

impl SuspensionReason {
    const ALL: [Self; 4] = [Self::Hour, Self::Night, Self::Refused, Self::ByHand];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Night => "night",
            Self::Refused => "refused-sign-ins",
            Self::ByHand => "by-hand",
        }
    }

    const fn number(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Night => 2,
            Self::Refused => 3,
            Self::ByHand => 4,
        }
    }

    /// In words, for a message.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Hour => "more certificates in an hour than it may",
            Self::Night => "more certificates at night than it may",
            Self::Refused => "too many refused sign-ins in an hour",
            Self::ByHand => "by hand",
        }
    }
}

impl Serialize for SuspensionReason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A station that is suspended: every act of it is refused.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Suspension {
    /// The station.
    pub station: String,
    /// Since when.
    pub since: UnixTime,
    /// Why.
    pub reason: SuspensionReason,
    /// Who acted when it was.
    pub actor: String,
}

impl Suspension {
    pub(super) fn into_error(self) -> RegisterError {
        RegisterError::Suspended { station: self.station, since: self.since, reason: self.reason }
    }
}

/// How much a station may do. `None` is no limit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct StationLimit {
    /// Certificates in an hour of the clock, written again or anew.
    pub per_hour: Option<u64>,
    /// Certificates in a night.
    pub per_night: Option<u64>,
    /// The first hour of the night, in Japan: 0 to 23.
    pub night_from: u8,
    /// The first hour after the night, in Japan: 0 to 23.
    pub night_to: u8,
    /// Refused sign-ins in an hour of the clock.
    pub refused: Option<u64>,
}

impl Default for StationLimit {
    /// No limit; the night is from 20 to 6 o'clock.
    fn default() -> Self {
        Self { per_hour: None, per_night: None, night_from: 20, night_to: 6, refused: None }
    }
}

/// Seconds that Japan's clocks are ahead.
const JAPAN: i64 = 9 * 3600;

/// Whether a time is at night in Japan. Where both hours are the same there is no night.
#[must_use]
pub fn is_night(time: UnixTime, from: u8, to: u8) -> bool {
    nights_hour(time.0.div_euclid(3600), from, to).is_some()
}

/// How many hours the night is old, if that hour since 1970 is one of it.
fn nights_hour(hour: i64, from: u8, to: u8) -> Option<i64> {
    let of_day = (hour + JAPAN / 3600).rem_euclid(24);
    let (age, length) = ((of_day - i64::from(from)).rem_euclid(24), (i64::from(to) - i64::from(from)).rem_euclid(24));
    (age < length).then_some(age)
}

/// What a station did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StationState {
    /// The station.
    pub station: String,
    /// Whether, and why, it is suspended.
    pub suspension: Option<Suspension>,
    /// What it may do.
    pub limit: StationLimit,
    /// Certificates in this hour of the clock.
    pub issued: u64,
    /// Refused sign-ins in this hour of the clock.
    pub refused: u64,
}

/// What of some acts is counted.
#[derive(Clone, Copy, Default)]
pub(super) struct Count {
    issued: u64,
    refused: u64,
}

impl Count {
    pub(super) fn of(acts: &[Act]) -> Self {
        let mut count = Self::default();
        for act in acts {
            match act.kind {
                ActKind::Issue | ActKind::Reissue if act.outcome == ActOutcome::Done => count.issued += 1,
                ActKind::SignInRefused => count.refused += 1,
                _ => {}
            }
        }
        count
    }
}

/// A station that does more than it may.
#[derive(Clone, Debug)]
pub(super) struct Exceeded {
    station: String,
    reason: SuspensionReason,
    actor: String,
}

impl Exceeded {
    /// Whether what went too far is noted all the same, because it was itself a refusal.
    pub(super) fn is_let_through(&self) -> bool {
        self.reason == SuspensionReason::Refused
    }

    pub(super) fn suspension(&self, since: UnixTime) -> Suspension {
        Suspension { station: self.station.clone(), since, reason: self.reason, actor: self.actor.clone() }
    }

    pub(super) fn act(&self) -> Act {
        Act::new(ActKind::Suspend).with("reason", self.reason.name())
    }
}

/// Counts what a station did, and says whether it went too far with it. Its row is locked with the chain's head.
pub(super) fn count(
    database: &mut dyn Database,
    actor: &Actor,
    now: UnixTime,
    count: Count,
) -> Result<Option<Exceeded>, sqlx::Error> {
    if count.issued + count.refused == 0 {
        return Ok(None);
    }
    let (station, hour) = (actor.station(), now.0.div_euclid(3600));
    let sql = "INSERT INTO station_hour (station, hour, issued, refused) VALUES (?, ?, ?, ?) \
               ON CONFLICT (station, hour) DO UPDATE SET issued = station_hour.issued + excluded.issued, \
               refused = station_hour.refused + excluded.refused RETURNING issued, refused";
    let rows = database.query(sql, values![station, hour, count.issued, count.refused])?;
    let row = rows.first().ok_or_else(damaged)?;
    let (issued, refused) = (whole(row, 0)?, whole(row, 1)?);
    let limit = limit_of(database, station)?;
    let past = |done: u64, may: Option<u64>| may.is_some_and(|may| done > may);
    let reason = if past(refused, limit.refused) && count.refused > 0 {
        Some(SuspensionReason::Refused)
    } else if count.issued == 0 {
        None
    } else if past(issued, limit.per_hour) {
        Some(SuspensionReason::Hour)
    } else {
        match (limit.per_night, nights_hour(hour, limit.night_from, limit.night_to)) {
            (Some(_), Some(age)) => {
                let done = issued_since(database, station, hour - age)?;
                past(done, limit.per_night).then_some(SuspensionReason::Night)
            }
            _ => None,
        }
    };
    Ok(reason.map(|reason| Exceeded { station: station.to_owned(), reason, actor: actor.name().to_owned() }))
}

fn issued_since(database: &mut dyn Database, station: &str, hour: i64) -> Result<u64, sqlx::Error> {
    let sql = "SELECT CAST(COALESCE(SUM(issued), 0) AS BIGINT) FROM station_hour WHERE station = ? AND hour >= ?";
    let rows = database.query(sql, values![station, hour])?;
    whole(rows.first().ok_or_else(damaged)?, 0)
}

/// Suspends a station; says whether it was not so already.
pub(super) fn suspend(database: &mut dyn Database, suspension: &Suspension) -> Result<bool, sqlx::Error> {
    let sql = "INSERT INTO suspension (station, since, reason, actor) VALUES (?, ?, ?, ?) \
               ON CONFLICT (station) DO NOTHING";
    let Suspension { station, since, reason, actor } = suspension;
    Ok(database.execute(sql, values![station, since.0, reason.number(), actor])? == 1)
}

/// Whether a station is suspended.
pub(super) fn suspension_of(database: &mut dyn Database, station: &str) -> Result<Option<Suspension>, sqlx::Error> {
    let sql = "SELECT station, since, reason, actor FROM suspension WHERE station = ?";
    database.query(sql, values![station])?.first().map(suspension).transpose()
}

fn suspension(row: &Row) -> Result<Suspension, sqlx::Error> {
    let number = row.integer(2)?;
    let reason = SuspensionReason::ALL.into_iter().find(|reason| Some(reason.number()) == number);
    Ok(Suspension {
        station: text(row, 0)?.to_owned(),
        since: time(row, 1)?,
        reason: reason.ok_or_else(damaged)?,
        actor: text(row, 3)?.to_owned(),
    })
}

/// What the row of all others is called.
const OTHERS: &str = "*";

/// What a station may do: what its own row says, or else that of all others.
fn limit_of(database: &mut dyn Database, station: &str) -> Result<StationLimit, sqlx::Error> {
    let sql = "SELECT station, per_hour, per_night, night_from, night_to, refused FROM station_limit \
               WHERE station IN (?, ?)";
    let rows = database.query(sql, values![station, OTHERS])?;
    let own = rows.iter().find(|row| row.text(0).is_ok_and(|name| name == Some(station)));
    own.or_else(|| rows.first()).map_or_else(|| Ok(StationLimit::default()), limit)
}

fn limit(row: &Row) -> Result<StationLimit, sqlx::Error> {
    let most = |at| row.integer(at)?.map(|most| u64::try_from(most).map_err(|_| damaged())).transpose();
    let hour = |at| u8::try_from(whole(row, at)?).map_err(|_| damaged());
    Ok(StationLimit {
        per_hour: most(1)?,
        per_night: most(2)?,
        night_from: hour(3)?,
        night_to: hour(4)?,
        refused: most(5)?,
    })
}

/// Why a suspension is not made or lifted.
#[derive(Debug, thiserror::Error)]
pub enum StationError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// No station is called so.
    #[error("a station's name has 1 to 64 letters, digits, \"-\", \"_\" or \".\": look at tegata-issuer station list")]
    Name,
    /// It is not suspended.
    #[error("that station is not suspended: look at tegata-issuer station list; nothing was changed")]
    NotSuspended,
    /// A station does not lift its own suspension.
    #[error(
        "a station does not lift its own suspension: have it lifted from another one, or by whoever has the register's key (tegata-issuer station resume)"
    )]
    Own,
}

impl Register {
    /// What a station may do, does, and whether it is suspended.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn station_state(&mut self, station: &str) -> Result<StationState, RegisterError> {
        let hour = self.journal().now().0.div_euclid(3600);
        self.run(|database| state(database, station, hour))
    }

    /// Every station that has acted, has limits of its own or is suspended, by name.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn stations(&mut self) -> Result<Vec<StationState>, RegisterError> {
        let hour = self.journal().now().0.div_euclid(3600);
        self.run(|database| {
            let sql = "SELECT station FROM audit UNION SELECT station FROM station_limit WHERE station <> ? \
                       UNION SELECT station FROM suspension ORDER BY 1";
            let rows = database.query(sql, values![OTHERS])?;
            let names = rows.iter().map(|row| text(row, 0).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?;
            names.iter().map(|station| state(database, station, hour)).collect()
        })
    }

    /// Suspends a station by hand; says whether it was not so already.
    ///
    /// # Errors
    /// [`StationError`].
    pub fn suspend_station(&mut self, station: &str) -> Result<bool, StationError> {
        if !is_station(station) {
            return Err(StationError::Name);
        }
        let journal = self.journal();
        let suspension = Suspension {
            station: station.to_owned(),
            since: journal.now(),
            reason: SuspensionReason::ByHand,
            actor: journal.actor.name().to_owned(),
        };
        self.transaction(Isolation::Statement, |database| {
            let new = suspend(database, &suspension)?;
            if new {
                let act = Act::new(ActKind::Suspend).with("reason", suspension.reason.name());
                append::<StationError>(database, &journal, &[act.station(station)])?;
            }
            Ok(new)
        })
    }

    /// Lifts a suspension. The counts of this hour and night begin anew.
    ///
    /// # Errors
    /// [`StationError`]; nothing was changed then.
    pub fn resume_station(&mut self, station: &str) -> Result<(), StationError> {
        let journal = self.journal();
        if journal.actor.station() == station && station != Actor::COMMAND_LINE {
            return Err(StationError::Own);
        }
        self.transaction(Isolation::Statement, |database| {
            if database.execute("DELETE FROM suspension WHERE station = ?", values![station])? == 0 {
                return Err(Undone::Refused(StationError::NotSuspended));
            }
            database.execute("DELETE FROM station_hour WHERE station = ?", values![station])?;
            append(database, &journal, &[Act::new(ActKind::Resume).station(station)])
        })
    }

    /// Says what a station may do; `None` for all that have no limits of their own.
    ///
    /// # Errors
    /// [`StationError`]; nothing was changed then.
    pub fn limit_station(&mut self, station: Option<&str>, limit: &StationLimit) -> Result<(), StationError> {
        if station.is_some_and(|station| !is_station(station)) {
            return Err(StationError::Name);
        }
        let journal = self.journal();
        self.transaction(Isolation::Statement, |database| {
            let sql = "INSERT INTO station_limit (station, per_hour, per_night, night_from, night_to, refused) \
                       VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (station) DO UPDATE SET per_hour = excluded.per_hour, \
                       per_night = excluded.per_night, night_from = excluded.night_from, \
                       night_to = excluded.night_to, refused = excluded.refused";
            let (from, to) = (i64::from(limit.night_from % 24), i64::from(limit.night_to % 24));
            let name = station.unwrap_or(OTHERS);
            database.execute(sql, values![name, limit.per_hour, limit.per_night, from, to, limit.refused])?;
            let act = Act::new(ActKind::LimitsChanged);
            append::<StationError>(database, &journal, &[station.map_or(act.clone(), |station| act.station(station))])
        })
    }

    /// Makes the suspension that a refusal brings with it, in a transaction of its own: the refused one was undone.
    pub(super) fn suspend_exceeded(&mut self) -> Result<(), RegisterError> {
        let journal = self.journal();
        let Some(exceeded) = journal.take_exceeded() else { return Ok(()) };
        let suspension = exceeded.suspension(journal.now());
        self.transaction(Isolation::Statement, |database| {
            if suspend(database, &suspension)? {
                append::<RegisterError>(database, &journal, &[exceeded.act()])?;
            }
            Ok(())
        })
    }
}

fn state(database: &mut dyn Database, station: &str, hour: i64) -> Result<StationState, sqlx::Error> {
    let suspension = suspension_of(database, station)?;
    let limit = limit_of(database, station)?;
    let sql = "SELECT issued, refused FROM station_hour WHERE station = ? AND hour = ?";
    let rows = database.query(sql, values![station, hour])?;
    let (issued, refused) =
        rows.first().map_or(Ok((0, 0)), |row| Ok::<_, sqlx::Error>((whole(row, 0)?, whole(row, 1)?)))?;
    Ok(StationState { station: station.to_owned(), suspension, limit, issued, refused })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_japans_and_may_pass_midnight() {
        // 2026-07-01 00:00 in Japan.
        let midnight = UnixTime(1_782_831_600);
        let at = |hours: i64| midnight.plus(hours * 3600);
        assert!(is_night(at(0), 20, 6) && is_night(at(5), 20, 6) && !is_night(at(6), 20, 6));
        assert!(!is_night(at(19), 20, 6) && is_night(at(20), 20, 6));
        assert!(is_night(at(1), 1, 4) && !is_night(at(0), 1, 4) && !is_night(at(4), 1, 4));
        assert!(!is_night(at(3), 5, 5), "no night");
        assert_eq!(nights_hour(at(1).0 / 3600, 20, 6), Some(5));
    }
}
