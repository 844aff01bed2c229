//! Issuing to everyone: one job at a time, on a thread of its own that goes on when the page is closed.
//!
//! The job itself is the register's. When the service ends, the thread leaves it off after the part in hand; whoever looks
//! at it afterwards is told so, and lets it go on where it was.

use crate::issue::{IssueError, IssuingKey, JobEnd, JobEntry, Plan, Purpose, Watch, go_on, unfinished_job};
use crate::office::trouble::Trouble;
use crate::office::{Office, now};
use crate::register::{Actor, Register};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tegata_certificate::Format;

/// Where certificates lie, beside the register: a folder for each job.
const FOLDER: &str = "certificates";

/// What is worked on.
#[derive(Default)]
pub(super) struct Bulk {
    thread: Mutex<Option<(u64, JoinHandle<()>)>>,
    /// Why the newest job that stopped by itself did.
    stopped: Mutex<Option<(u64, Trouble)>>,
    ends: AtomicBool,
}

impl Watch for Bulk {
    fn leaves_off(&self) -> bool {
        self.ends.load(Ordering::Relaxed)
    }
}

impl Bulk {
    /// Whether this service works on that job now.
    pub(super) fn works_on(&self, job: u64) -> bool {
        self.at_work() == Some(job)
    }

    /// The job that this service works on.
    pub(super) fn at_work(&self) -> Option<u64> {
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
        thread.as_ref().filter(|(_, thread)| !thread.is_finished()).map(|(job, _)| *job)
    }

    /// Why a job stopped by itself, if it did.
    pub(super) fn stopped(&self, job: u64) -> Option<Trouble> {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        stopped.as_ref().filter(|(other, _)| *other == job).map(|(_, trouble)| trouble.clone())
    }

    /// Leaves the job off, and waits for the part in hand.
    pub(super) fn end(&self) {
        self.ends.store(true, Ordering::Relaxed);
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        // What panicked has left its part to whoever goes on.
        let _ = thread.map(|(_, thread)| thread.join());
    }
}

/// What the counter issues to everyone: the families of that purpose that its keys sign. People whose address is shielded
/// are issued to one by one where that needs a second person.
pub(super) fn plan(office: &Office, keys: &[IssuingKey<'_>], purpose: Purpose) -> Plan {
    let signed = |format: &Format| keys.iter().any(|key| key.signs(*format));
    let formats = purpose.formats().into_iter().filter(signed).collect();
    Plan { formats, purpose, skip_shielded: office.config.second_person.protected, ..Plan::default() }
}

/// Where the certificates of a job lie.
pub(super) fn folder(register: &Register, job: u64) -> PathBuf {
    register.beside(FOLDER).join(format!("job-{job}"))
}

/// What an unfinished job is for, if this counter can go on with it: it has the same keys and would do the same.
pub(super) fn purpose_of(office: &Office, register: &mut Register, job: &JobEntry) -> Result<Option<Purpose>, Trouble> {
    let now = now();
    office.keys.with(now, |keys, _| {
        for purpose in Purpose::ALL {
            let plan = plan(office, keys, purpose);
            if plan.formats.is_empty() {
                continue;
            }
            let found = unfinished_job(register, keys, &plan, now).map_err(crate::office::people::issue_trouble)?;
            if found.is_some_and(|found| found.id == job.id) {
                return Ok(Some(purpose));
            }
        }
        Ok(None)
    })?
}

/// Works on a job that was begun.
///
/// # Errors
/// If another is worked on, or there is no thread for it.
pub(super) fn start(office: &Arc<Office>, actor: Actor, purpose: Purpose, job: u64) -> Result<(), Trouble> {
    let bulk = &office.bulk;
    let mut thread = bulk.thread.lock().unwrap_or_else(PoisonError::into_inner);
    match thread.as_ref().filter(|(_, thread)| !thread.is_finished()) {
        Some((other, _)) if *other == job => return Ok(()),
        Some((other, _)) => return Err(in_hand(*other)),
        None => {}
    }
    if bulk.leaves_off() {
        return Err(Trouble::busy());
    }
    *bulk.stopped.lock().unwrap_or_else(PoisonError::into_inner) = None;
    let shared = office.clone();
    let work = move || {
        let stopped = match work(&shared, actor, purpose, job) {
            // Somebody wished for that.
            Ok(_) | Err(Stopped::Issue(IssueError::Paused(_) | IssueError::Cancelled(_) | IssueError::LeftOff(_))) => {
                return;
            }
            Err(Stopped::Issue(error)) => crate::office::people::issue_trouble(error),
            Err(Stopped::Trouble(trouble)) => trouble,
        };
        *shared.bulk.stopped.lock().unwrap_or_else(PoisonError::into_inner) = Some((job, stopped));
    };
    let named = std::thread::Builder::new().name("bulk-issue".to_owned()).spawn(work);
    *thread = Some((job, named.map_err(|error| Trouble::own(&error))?));
    Ok(())
}

/// Another job is worked on.
pub(super) fn in_hand(job: u64) -> Trouble {
    Trouble::new(
        axum::http::StatusCode::CONFLICT,
        "in-hand",
        format!("一括交付 {job} 番を処理中です。終わってから、または一時停止してから、もう一度操作してください。"),
        format!("Job {job} is being worked on. Wait until it has ended, or pause it, and try again."),
    )
}

enum Stopped {
    Issue(IssueError),
    Trouble(Trouble),
}

impl From<IssueError> for Stopped {
    fn from(error: IssueError) -> Self {
        Self::Issue(error)
    }
}

fn work(office: &Arc<Office>, actor: Actor, purpose: Purpose, job: u64) -> Result<JobEnd, Stopped> {
    let mut register = office.pool.another().map_err(IssueError::from)?;
    register.act_for(actor);
    let folder = folder(&register, job);
    make(&folder).map_err(|error| Stopped::Trouble(Trouble::own(&format!("{}: {error}", folder.display()))))?;
    let now = now();
    let done = office.keys.with(now, |keys, _| {
        let plan = plan(office, keys, purpose);
        // One worker: the counter is served meanwhile.
        go_on(&mut register, keys, &plan, (job, &folder), NonZero::<usize>::MIN, now, &office.bulk)
    });
    let done = done.map_err(|error| Stopped::Trouble(error.into()))?;
    // What it says of people is in the manifest: an opening that does not close in order loses nothing.
    let _ = register.close();
    Ok(done?)
}

/// Makes a folder that nobody else may look into.
fn make(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
