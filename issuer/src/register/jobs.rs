//! Jobs of bulk issuing, their parts, and who works on which.
//!
//! On PostgreSQL a claim is a lock on the part's row, held by an open transaction: whoever dies lets go of it. A
//! file has one process at work, so there a claim is that process's mark.

use super::act::{Act, ActKind};
use super::approvals::{Granted, consume};
use super::audit::append;
use super::database::{Database, Isolation, Row, Values, values};
use super::read::{count, damaged, number, open_all, records, select_person};
use super::statements::insert;
use super::{Register, RegisterError, Undone};
use crate::approval::ApprovalError;
use crate::record::{Record, RegisterNumber};
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use tegata_certificate::UnixTime;

/// What a job is to do.
pub(crate) struct JobWish {
    /// Who wishes for the same joins.
    pub fingerprint: [u8; 32],
    /// For people.
    pub summary: String,
    pub begun_at: UnixTime,
}

/// Where a job stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobState {
    /// To be worked on.
    Running,
    /// Workers end after the part that they have in hand.
    Paused,
    /// All parts are done.
    Done,
    /// Given up; what was issued stays issued.
    Cancelled,
}

impl JobState {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Cancelled => "cancelled",
        }
    }

    fn code(self) -> i64 {
        match self {
            Self::Running => 1,
            Self::Paused => 2,
            Self::Done => 3,
            Self::Cancelled => 4,
        }
    }

    fn of_code(code: u64) -> Option<Self> {
        [Self::Running, Self::Paused, Self::Done, Self::Cancelled]
            .into_iter()
            .find(|state| u64::try_from(state.code()) == Ok(code))
    }
}

impl Serialize for JobState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// A job, and how far it is.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct JobEntry {
    /// Its number.
    pub id: u64,
    /// What it does.
    pub summary: String,
    /// Where it stands.
    pub state: JobState,
    /// When it was begun.
    #[serde(serialize_with = "as_text")]
    pub begun_at: UnixTime,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_text_if_any")]
    pub ended_at: Option<UnixTime>,
    /// Its parts.
    pub parts: u64,
    /// Parts that are done.
    pub parts_done: u64,
    /// Records that it is to issue for.
    pub records: u64,
    /// Records that it has issued for.
    pub records_done: u64,
    /// Certificates that it made.
    pub issued: u64,
    /// Certificates of earlier runs, written again.
    pub again: u64,
    /// Certificates that could not be issued.
    pub refused: u64,
    /// Records a second, over the last minute, while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
}

fn as_text<S: Serializer>(time: &UnixTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

#[allow(clippy::ref_option, reason = "the shape that serde calls")]
fn as_text_if_any<S: Serializer>(time: &Option<UnixTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

impl JobEntry {
    /// Seconds that are left at the rate of the last minute.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    pub fn left(&self) -> Option<u64> {
        let rate = self.rate.filter(|rate| *rate > 0.0)?;
        Some((self.records.saturating_sub(self.records_done) as f64 / rate) as u64)
    }
}

/// A part of a job: the people whose numbers lie between these two.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct JobPart {
    pub number: u64,
    pub first: RegisterNumber,
    pub last: RegisterNumber,
}

/// What came of asking for a part.
pub(crate) enum Claim {
    /// It is this worker's until it is finished, or the worker is gone.
    Part(JobPart),
    /// All that are left are in others' hands.
    Taken,
    /// Nothing is left.
    AllDone,
    Paused,
    Cancelled,
}

/// What came of a part.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct PartOutcome {
    pub records: u64,
    pub issued: u64,
    pub again: u64,
    pub refused: BTreeMap<String, u64>,
}

/// How many jobs are listed.
const LISTED: u64 = 20;
/// What the rate is measured over, in seconds.
const MINUTE: i64 = 60;

impl Register {
    /// The unfinished job that does this, or a new one in parts of so many records.
    pub(crate) fn join_job(&mut self, wish: &JobWish, part: u64) -> Result<JobEntry, RegisterError> {
        self.transaction(Isolation::Alone, |database| {
            let job = join(database, wish, part)?;
            Ok::<_, Undone<RegisterError>>(job)
        })
    }

    /// The same, where a new one may need an approval, which is then used up.
    pub(crate) fn begin_job(
        &mut self,
        wish: &JobWish,
        part: u64,
        need: &dyn Fn() -> Result<Option<Granted>, ApprovalError>,
    ) -> Result<JobEntry, ApprovalError> {
        let journal = self.journal();
        self.transaction(Isolation::Alone, |database| {
            let mut acts = Vec::new();
            if unfinished(database, &wish.fingerprint)?.is_none()
                && let Some(granted) = need().map_err(Undone::Refused)?
            {
                consume(database, &granted, &journal, wish.begun_at, &mut acts)?;
            }
            let job = join(database, wish, part)?;
            append::<ApprovalError>(database, &journal, &acts)?;
            Ok(job)
        })
    }

    /// The newest jobs, the newest first, with rates as of `now`.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn jobs(&mut self, now: UnixTime) -> Result<Vec<JobEntry>, RegisterError> {
        self.run(|database| {
            let rows = database.query("SELECT id FROM job ORDER BY id DESC LIMIT ?", values![LISTED])?;
            rows.iter().map(|row| job(database, count(row, 0)?, now)).collect()
        })
    }

    /// The job with that number, if there is one, with its rate as of `now`.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn job(&mut self, id: u64, now: UnixTime) -> Result<Option<JobEntry>, RegisterError> {
        self.run(|database| {
            let known = database.query("SELECT id FROM job WHERE id = ?", values![id])?;
            known.first().map(|_| job(database, id, now)).transpose()
        })
    }

    /// The unfinished job that whoever wishes for that would join.
    pub(crate) fn unfinished_job(
        &mut self,
        fingerprint: &[u8; 32],
        now: UnixTime,
    ) -> Result<Option<JobEntry>, RegisterError> {
        self.run(|database| unfinished(database, fingerprint)?.map(|id| job(database, id, now)).transpose())
    }

    /// What a job could not issue so far, by the code of the refusal.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn job_refusals(&mut self, id: u64) -> Result<BTreeMap<String, u64>, RegisterError> {
        self.run(|database| {
            let sql = "SELECT records_done, issued, again, refusals FROM job_part WHERE job = ? AND refusals <> '{}'";
            let mut all = BTreeMap::new();
            for row in &database.query(sql, values![id])? {
                for (code, count) in outcome(row)?.refused {
                    *all.entry(code).or_default() += count;
                }
            }
            Ok(all)
        })
    }

    /// Pauses, resumes or cancels an unfinished job; `false` if there is none with that number.
    ///
    /// # Errors
    /// If the register cannot be written.
    pub fn steer_job(&mut self, id: u64, state: JobState, now: UnixTime) -> Result<bool, RegisterError> {
        let ended = (state == JobState::Cancelled).then_some(now.0);
        let sql = "UPDATE job SET state = ?, ended_at = ? WHERE id = ? AND state < 3";
        let journal = self.journal();
        self.transaction(Isolation::Statement, |database| {
            let found = database.execute(sql, values![state.code(), ended, id])? > 0;
            if found {
                let act = Act::new(ActKind::Job).with("job", id).with("state", state.name());
                append::<RegisterError>(database, &journal, &[act])?;
            }
            Ok::<_, Undone<RegisterError>>(found)
        })
    }

    /// The parts of a job that are done and whose certificates were put there.
    pub(crate) fn parts_done_at(&mut self, id: u64, place: &str) -> Result<Vec<u64>, RegisterError> {
        let sql = "SELECT part FROM job_part WHERE job = ? AND place = ? AND done_at IS NOT NULL";
        self.run(|database| database.query(sql, values![id, place])?.iter().map(|row| count(row, 0)).collect())
    }

    /// Lets a part be done once more, because its certificates are not where they were put.
    pub(crate) fn reopen_part(&mut self, id: u64, part: u64) -> Result<(), RegisterError> {
        let sql = "UPDATE job_part SET done_at = NULL, run = NULL WHERE job = ? AND part = ?";
        self.run(|database| database.execute(sql, values![id, part]).map(drop))
    }

    /// Takes a part of a running job. On PostgreSQL this register's connection then holds the claim, until
    /// [`finish_part`](Self::finish_part): use another for everything else.
    pub(crate) fn claim_part(&mut self, id: u64) -> Result<Claim, RegisterError> {
        let run = self.run;
        let turn = self.turn_to_write();
        let _writing = turn.take();
        self.run(|database| {
            let state = database.query("SELECT state FROM job WHERE id = ?", values![id])?;
            match JobState::of_code(count(state.first().ok_or_else(damaged)?, 0)?) {
                Some(JobState::Running) => {}
                Some(JobState::Paused) => return Ok(Claim::Paused),
                Some(JobState::Cancelled) => return Ok(Claim::Cancelled),
                Some(JobState::Done) => return Ok(Claim::AllDone),
                None => return Err(damaged()),
            }
            if let Some(row) = database.claim_part(id, &run)? {
                return Ok(Claim::Part(part(&row)?));
            }
            let left = "SELECT COUNT(*) FROM job_part WHERE job = ? AND done_at IS NULL";
            let left = database.query(left, values![id])?;
            Ok(if count(left.first().ok_or_else(damaged)?, 0)? == 0 { Claim::AllDone } else { Claim::Taken })
        })
    }

    /// Notes that a claimed part is done, and lets go of the claim.
    pub(crate) fn finish_part(
        &mut self,
        id: u64,
        part: &JobPart,
        (place, now): (&str, UnixTime),
        outcome: &PartOutcome,
    ) -> Result<(), RegisterError> {
        let refusals = serde_json::to_string(&outcome.refused).unwrap_or_default();
        let sql = "UPDATE job_part SET done_at = ?, place = ?, records_done = ?, issued = ?, again = ?, refusals = ? \
                   WHERE job = ? AND part = ?";
        let turn = self.turn_to_write();
        let _writing = turn.take();
        self.run(|database| {
            let PartOutcome { records, issued, again, .. } = *outcome;
            let values = values![now.0, place, records, issued, again, refusals, id, part.number];
            database.execute(sql, values)?;
            database.let_go()
        })
    }

    /// Ends a job whose parts are all done; gives what came of each. Where another process has just
    /// [reopened](Self::reopen_part) one, ending the job is left to it.
    pub(crate) fn end_job(&mut self, id: u64, now: UnixTime) -> Result<Vec<PartOutcome>, RegisterError> {
        self.run(|database| {
            let sql = "UPDATE job SET state = ?, ended_at = ? WHERE id = ? AND state < 3 AND NOT EXISTS \
                       (SELECT part FROM job_part WHERE job = ? AND done_at IS NULL)";
            database.execute(sql, values![JobState::Done.code(), now.0, id, id])?;
            let sql = "SELECT records_done, issued, again, refusals FROM job_part WHERE job = ? ORDER BY part";
            database.query(sql, values![id])?.iter().map(outcome).collect()
        })
    }

    /// The next records of a part, behind `after`, at most `limit`.
    pub(crate) fn issuable_in(
        &mut self,
        part: &JobPart,
        after: Option<&RegisterNumber>,
        limit: usize,
    ) -> Result<Vec<Record>, RegisterError> {
        let seals = self.seals();
        self.run(|database| {
            // One lower bound only: of two, SQLite goes by either and reads what lies between.
            let sql = match after {
                None => select_person!("WHERE number >= ? AND number <= ? AND dose_count > 0 ORDER BY number LIMIT ?"),
                Some(_) => {
                    select_person!("WHERE number > ? AND number <= ? AND dose_count > 0 ORDER BY number LIMIT ?")
                }
            };
            let from = after.unwrap_or(&part.first);
            let rows = database.query(sql, values![from.as_str(), part.last.as_str(), limit as u64])?;
            records(database, open_all(&rows, &seals)?)
        })
    }
}

fn join(database: &mut dyn Database, wish: &JobWish, part: u64) -> Result<JobEntry, sqlx::Error> {
    let now = wish.begun_at;
    if let Some(id) = unfinished(database, &wish.fingerprint)? {
        return job(database, id, now);
    }
    let next = database.query("SELECT COALESCE(MAX(id), 0) + 1 FROM job", values![])?;
    let id = count(next.first().ok_or_else(damaged)?, 0)?;
    let sql = "INSERT INTO job (id, fingerprint, summary, state, begun_at) VALUES (?, ?, ?, ?, ?)";
    let state = JobState::Running.code();
    database.execute(sql, values![id, &wish.fingerprint, &wish.summary, state, now.0])?;
    plan(database, id, part)?;
    job(database, id, now)
}

/// Cuts the people with a dose into parts.
fn plan(database: &mut dyn Database, id: u64, size: u64) -> Result<(), sqlx::Error> {
    // The first and the last of each part; with one person alone they are the same row.
    let sql = "SELECT number, place, total FROM (SELECT number, ROW_NUMBER() OVER (ORDER BY number) AS place, \
               COUNT(*) OVER () AS total FROM person WHERE dose_count > 0) AS numbered \
               WHERE (place - 1) % ? = 0 OR place % ? = 0 OR place = total ORDER BY place";
    let rows = database.query(sql, values![size, size])?;
    let (mut first, mut parts) = (None, Vec::new());
    for row in &rows {
        let (number, place, total) = (number(row, 0)?, count(row, 1)?, count(row, 2)?);
        let (first_number, from) = first.take().unwrap_or_else(|| (number.clone(), place));
        if place % size == 0 || place == total {
            parts.push((first_number, number, place - from + 1));
        } else {
            first = Some((first_number, from));
        }
    }
    let head = "INSERT INTO job_part (job, part, first_number, last_number, records)";
    let parts: Vec<_> = (0_u64..).zip(parts).collect();
    let bind = |to: &mut Values<'_>, (part, (first, last, records)): &(u64, (RegisterNumber, RegisterNumber, u64))| {
        to.extend(values![id, *part, first.to_string(), last.to_string(), *records]);
    };
    insert(database, head, 5, "", &parts, bind).map(drop)
}

fn unfinished(database: &mut dyn Database, fingerprint: &[u8; 32]) -> Result<Option<u64>, sqlx::Error> {
    let sql = "SELECT id FROM job WHERE fingerprint = ? AND state < 3";
    database.query(sql, values![fingerprint])?.first().map(|row| count(row, 0)).transpose()
}

fn job(database: &mut dyn Database, id: u64, now: UnixTime) -> Result<JobEntry, sqlx::Error> {
    // A sum is a NUMERIC in PostgreSQL.
    let sql = "SELECT j.summary, j.state, j.begun_at, j.ended_at, COUNT(p.part), COUNT(p.done_at), \
               CAST(COALESCE(SUM(p.records), 0) AS BIGINT), \
               CAST(COALESCE(SUM(CASE WHEN p.done_at IS NULL THEN 0 ELSE p.records_done END), 0) AS BIGINT), \
               CAST(COALESCE(SUM(p.issued), 0) AS BIGINT), CAST(COALESCE(SUM(p.again), 0) AS BIGINT), \
               CAST(COALESCE(SUM(CASE WHEN p.done_at > ? THEN p.records_done ELSE 0 END), 0) AS BIGINT) \
               FROM job j LEFT JOIN job_part p ON p.job = j.id WHERE j.id = ? \
               GROUP BY j.summary, j.state, j.begun_at, j.ended_at";
    let since = now.0.saturating_sub(MINUTE);
    let rows = database.query(sql, values![since, id])?;
    let row = rows.first().ok_or_else(damaged)?;
    let state = JobState::of_code(count(row, 1)?).ok_or_else(damaged)?;
    let begun_at = row.integer(2)?.map(UnixTime).ok_or_else(damaged)?;
    let sql = "SELECT records_done, issued, again, refusals FROM job_part WHERE job = ? AND refusals <> '{}'";
    let refusals = database.query(sql, values![id])?;
    let refused = refusals.iter().map(|row| Ok(outcome(row)?.refused.values().sum::<u64>()));
    let refused = refused.sum::<Result<u64, sqlx::Error>>()?;
    // Over the whole minute, or as much of it as the job has run.
    let span = now.0.saturating_sub(begun_at.0.max(since)).max(1);
    #[allow(clippy::cast_precision_loss, reason = "an estimate")]
    let rate = (state == JobState::Running).then(|| count(row, 10).map(|records| records as f64 / span as f64));
    Ok(JobEntry {
        id,
        summary: row.text(0)?.ok_or_else(damaged)?.to_owned(),
        state,
        begun_at,
        ended_at: row.integer(3)?.map(UnixTime),
        parts: count(row, 4)?,
        parts_done: count(row, 5)?,
        records: count(row, 6)?,
        records_done: count(row, 7)?,
        issued: count(row, 8)?,
        again: count(row, 9)?,
        refused,
        rate: rate.transpose()?,
    })
}

fn part(row: &Row) -> Result<JobPart, sqlx::Error> {
    Ok(JobPart { number: count(row, 0)?, first: number(row, 1)?, last: number(row, 2)? })
}

fn outcome(row: &Row) -> Result<PartOutcome, sqlx::Error> {
    let refused = row.text(3)?.map_or(Ok(BTreeMap::new()), serde_json::from_str).map_err(|_| damaged())?;
    Ok(PartOutcome { records: count(row, 0)?, issued: count(row, 1)?, again: count(row, 2)?, refused })
}
