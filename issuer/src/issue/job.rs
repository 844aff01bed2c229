//! Bulk issuing: a job over the whole register, cut into parts that workers take one after another.
//!
//! Any number of processes, on any number of machines, may work on one job if they share a PostgreSQL register: who
//! asks for what an unfinished job does joins it. A part is worked on as a whole: its indices are reserved, its
//! certificates signed, its lines and pictures written and made durable, and only then does the register count it as
//! done. A worker that dies leaves its part to the next; what it had reserved is found again, so that part comes out
//! the same to the byte. The clock decides nothing here: all parts that a process does carry the time at which it began.

use super::edition::generation_name;
use super::parts::Parts;
use super::{Issuance, IssueError, IssuingKey, Plan, Press, Refusal};
use crate::approval::{ApprovalKind, Permit, Subject};
use crate::register::{Claim, ClosedRange, JobEntry, JobPart, JobWish, PartOutcome, Register};
use sha2::{Digest, Sha256};
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tegata_certificate::UnixTime;

/// How often a worker without a part looks whether a worker elsewhere gave one up, and whether the job is paused.
const LOOK: Duration = Duration::from_millis(250);

/// Hears how a job goes on. It is asked from many threads.
pub trait Watch: Sync {
    /// The job is this, and so much of it was done before.
    fn begun(&self, _job: &JobEntry) {}

    /// A part of so many records was done by this process.
    fn done(&self, _records: u64) {}

    /// Whether this process is to leave the job as it is, after the parts in hand.
    fn leaves_off(&self) -> bool {
        false
    }
}

/// Who watches nothing.
impl Watch for () {}

/// How a job ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobEnd {
    /// Its number in the register.
    pub job: u64,
    /// What was issued in all of its parts, by whomever.
    pub issuance: Issuance,
    /// Its parts.
    pub parts: u64,
    /// Those whose certificates are in this folder; others are in the folders of other processes.
    pub here: u64,
}

/// Issues the certificates of everyone with a dose into a folder, which gets one file a picture and
/// [`MANIFEST`](super::MANIFEST), with so many workers.
///
/// An unfinished job of the same plan and keys is gone on with. Doing it again after the end gives the same
/// certificates; only what is missing or damaged in the folder is written.
///
/// # Errors
/// [`IssueError`]. What was issued before is complete, and the next run goes on behind it.
pub fn issue_all(
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    folder: &Path,
    workers: NonZero<usize>,
    now: UnixTime,
    watch: &dyn Watch,
) -> Result<JobEnd, IssueError> {
    let press = Press::new(register, keys, plan, now)?;
    let parts = Parts::begin(folder, &plan.pictures)?;
    // Held until the job is left: in a file, one process works at a time.
    let _turn = register.take_turn()?;
    let wish = JobWish { fingerprint: press.fingerprint(), summary: press.summary(), begun_at: now };
    let job = register.join_job(&wish, super::PAGE as u64)?;
    work_off(register, (&press, &parts), &job, folder, workers, watch)
}

/// Goes on with an unfinished job of that plan and those keys, as [`issue_all`] does, and begins none: what was begun with
/// a second person's approval is not begun anew without one.
///
/// # Errors
/// [`IssueError::Ended`] if that job has ended, or is another plan's; and whatever [`issue_all`] meets.
pub fn go_on(
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    (job, folder): (u64, &Path),
    workers: NonZero<usize>,
    now: UnixTime,
    watch: &dyn Watch,
) -> Result<JobEnd, IssueError> {
    let press = Press::new(register, keys, plan, now)?;
    let parts = Parts::begin(folder, &plan.pictures)?;
    let _turn = register.take_turn()?;
    let found = register.unfinished_job(&press.fingerprint(), now)?.filter(|found| found.id == job);
    let found = found.ok_or(IssueError::Ended(job))?;
    work_off(register, (&press, &parts), &found, folder, workers, watch)
}

/// The unfinished job of that plan and those keys, if there is one.
///
/// # Errors
/// [`IssueError::NoKey`], or if the register cannot be read.
pub fn unfinished_job(
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    now: UnixTime,
) -> Result<Option<JobEntry>, IssueError> {
    let press = Press { by_format: super::choose_keys(keys, &plan.formats)?, plan, now, granted: None };
    Ok(register.unfinished_job(&press.fingerprint(), now)?)
}

/// Does what is left of a job.
fn work_off(
    register: &mut Register,
    (press, parts): (&Press<'_, '_>, &Parts<'_>),
    job: &JobEntry,
    folder: &Path,
    workers: NonZero<usize>,
    watch: &dyn Watch,
) -> Result<JobEnd, IssueError> {
    let place = place(folder);
    for part in register.parts_done_at(job.id, &place)? {
        if !parts.has(job.id, part) {
            register.reopen_part(job.id, part)?;
        }
    }
    watch.begun(job);
    let began = Instant::now();
    let crew = Crew {
        press,
        parts,
        job: job.id,
        place: &place,
        watch,
        began,
        stop: AtomicBool::new(false),
        parts_done: Mutex::default(),
        part_done: Condvar::new(),
        closed: Mutex::default(),
    };
    crew.work(register, workers)?;
    let here = parts.finish(job.id, job.parts)?;
    let outcomes = register.end_job(job.id, crew.now())?;
    parts.clear();
    let mut issuance = outcomes.into_iter().fold(Issuance::default(), add);
    issuance.closed_ranges = crew.closed.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(JobEnd { job: job.id, issuance, parts: job.parts, here })
}

/// Whom an approval for such a job is about.
///
/// # Errors
/// [`IssueError::NoKey`].
pub fn job_subject(keys: &[IssuingKey<'_>], plan: &Plan, now: UnixTime) -> Result<Subject, IssueError> {
    let press = Press { by_format: super::choose_keys(keys, &plan.formats)?, plan, now, granted: None };
    Ok(Subject::Job { fingerprint: press.fingerprint(), summary: press.summary() })
}

/// Begins a job, or finds the unfinished one that does the same, where many are issued to under a policy: the approval
/// that a new one needs is used up in the transaction that begins it. [`issue_all`] then goes on with it.
///
/// # Errors
/// [`IssueError`], among them [`ApprovalError::Needed`](crate::approval::ApprovalError::Needed).
pub fn begin_job(
    register: &mut Register,
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    now: UnixTime,
    permit: &Permit<'_>,
) -> Result<JobEntry, IssueError> {
    let press = Press::new(register, keys, plan, now)?;
    let wish = JobWish { fingerprint: press.fingerprint(), summary: press.summary(), begun_at: now };
    let subject = Subject::Job { fingerprint: wish.fingerprint, summary: wish.summary.clone() };
    let people = register.status()?.issuable;
    let need = || permit.approval_for(ApprovalKind::BulkIssue, &subject, people).map(|granted| granted.cloned());
    Ok(register.begin_job(&wish, super::PAGE as u64, &need)?)
}

/// The workers of one process.
struct Crew<'c> {
    press: &'c Press<'c, 'c>,
    parts: &'c Parts<'c>,
    job: u64,
    /// Where this process puts what it does.
    place: &'c str,
    watch: &'c dyn Watch,
    began: Instant,
    stop: AtomicBool,
    /// How many parts this process did; who waits for a part is told of each.
    parts_done: Mutex<u64>,
    part_done: Condvar,
    /// Ranges that were found to be restored ones.
    closed: Mutex<Vec<ClosedRange>>,
}

impl Crew<'_> {
    /// Works until the job is done.
    fn work(&self, register: &mut Register, workers: NonZero<usize>) -> Result<(), IssueError> {
        let failed = Mutex::new(None);
        let fail = |error| {
            self.stop.store(true, Ordering::Relaxed);
            let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
            failed.get_or_insert(error);
        };
        let mut desks = Vec::new();
        for _ in 0..workers.get() {
            desks.push((register.another_for_claims()?, register.another()?));
        }
        std::thread::scope(|scope| {
            for (mut claims, mut work) in desks {
                let fail = &fail;
                scope.spawn(move || {
                    if let Err(error) = self.worker(&mut claims, &mut work) {
                        fail(error);
                    }
                });
            }
        });
        failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err)
    }

    /// One worker: `claims` holds the claim on a part, `work` is for everything else.
    fn worker(&self, claims: &mut Register, work: &mut Register) -> Result<(), IssueError> {
        while !self.stop.load(Ordering::Relaxed) {
            if self.watch.leaves_off() {
                return Err(IssueError::LeftOff(self.job));
            }
            let done_before = *self.parts_done.lock().unwrap_or_else(PoisonError::into_inner);
            match claims.claim_part(self.job)? {
                Claim::Part(part) => {
                    let records = self.part(claims, work, &part)?;
                    self.watch.done(records);
                    *self.parts_done.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                    self.part_done.notify_all();
                }
                // Somebody else has it in hand; if they die, it is ours.
                Claim::Taken => self.wait(done_before),
                Claim::AllDone => return Ok(()),
                Claim::Paused => return Err(IssueError::Paused(self.job)),
                Claim::Cancelled => return Err(IssueError::Cancelled(self.job)),
            }
        }
        Ok(())
    }

    /// Waits until another worker of this process has done a part, or it is time to look again.
    fn wait(&self, done_before: u64) {
        let done = self.parts_done.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.part_done.wait_timeout_while(done, LOOK, |done| *done == done_before));
    }

    /// The time, counted on from when this process began: what is told of progress does not jump with the clock.
    fn now(&self) -> UnixTime {
        self.press.now.plus(i64::try_from(self.began.elapsed().as_secs()).unwrap_or_default())
    }

    fn part(&self, claims: &mut Register, work: &mut Register, part: &JobPart) -> Result<u64, IssueError> {
        let mut issuance = Issuance::default();
        let mut file = self.parts.part(self.job, part.number)?;
        // More than one page only where people were added since the job was planned.
        let (mut records, mut after) = (0, None);
        loop {
            let page = work.issuable_in(part, after.as_ref(), super::PAGE)?;
            let Some(last) = page.last() else { break };
            after = Some(last.person.number.clone());
            records += page.len() as u64;
            let issued = self.press.page(work, &page, &mut issuance)?;
            self.closed.lock().unwrap_or_else(PoisonError::into_inner).extend(work.take_closed_ranges());
            file.write(&issued)?;
        }
        file.finish()?;
        let outcome = PartOutcome {
            records,
            issued: issuance.issued,
            again: issuance.again,
            refused: issuance.refused.iter().map(|(code, count)| ((*code).to_owned(), *count)).collect(),
        };
        claims.finish_part(self.job, part, (self.place, self.now()), &outcome)?;
        Ok(outcome.records)
    }
}

impl Press<'_, '_> {
    /// What the job does, in a few words for those who look at the list of jobs.
    fn summary(&self) -> String {
        let formats: Vec<&str> = self.by_format.iter().map(|(format, _)| format.name()).collect();
        format!("{} for {}", formats.join(", "), self.plan.purpose.name())
    }

    /// Who wishes for the same joins: families, purpose, model, life, pictures and keys.
    fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new().chain_update(b"tegata-job/1\0").chain_update(self.plan.purpose.name());
        hash.update([0]);
        for (format, key) in &self.by_format {
            hash.update(format.name());
            hash.update([0]);
            hash.update(key.kid());
        }
        hash.update(self.plan.icvp.map_or("", generation_name));
        hash.update([0]);
        hash.update(self.plan.life.unwrap_or_default().to_be_bytes());
        for picture in &self.plan.pictures {
            hash.update(picture.extension());
            hash.update([0]);
        }
        if self.plan.skip_shielded {
            hash.update("without shielded");
        }
        hash.finalize().into()
    }
}

/// This machine and folder, as others may look for it.
fn place(folder: &Path) -> String {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}:{}", host.trim(), folder.display())
}

/// Adds what came of a part.
fn add(mut all: Issuance, part: PartOutcome) -> Issuance {
    all.issued += part.issued;
    all.again += part.again;
    for refusal in Refusal::ALL {
        if let Some(count) = part.refused.get(refusal.code()) {
            *all.refused.entry(refusal.code()).or_default() += count;
        }
    }
    all
}
