//! Print runs: everybody's certificates as files of 500 pages, in the order of postcodes, each released when all of its
//! codes were read back.
//!
//! ```text
//! unreleased-0001.pdf ─▶ every code read ─▶ noted in the register ─▶ print-0001.pdf, print-0001.json
//!                                                                     … manifest.csv, held-back.csv
//! ```
//!
//! A run that was killed is gone on with by the same command: what is released stays, the rest is made again, with the
//! same certificates. Papers that are due are printed once: who was printed is no longer due.

use super::files::{Approvals, Batch, Files};
use super::folder::{Folder, PrintFile};
use super::held::{HeldBack, HoldReason};
use super::workers::{Done, Workers};
use super::{Addresses, PaperError, PaperKind, Press, due};
use crate::approval::ApprovalError;
use crate::issue::{Certified, Clerk, Issuance, IssueError, IssuingKey, Plan};
use crate::record::RegisterNumber;
use crate::register::{ActPurpose, LetterEntry, LetterError, PrintRelease, Register, RegisterError, Way};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use tegata_certificate::{Date, Format, UnixTime};

/// Pages of a print file.
pub const PAGES: usize = 500;
/// People whose certificates are made at once.
const PEOPLE: usize = 256;
/// People whose numbers are looked up at once.
const NUMBERS: u32 = 500;

/// Whose certificates are printed.
#[derive(Clone, Debug)]
pub enum PrintChoice {
    /// Everyone's with a dose.
    Everyone,
    /// Those of these people.
    People(Vec<RegisterNumber>),
    /// Those of the papers that are due to go that way. They become printed papers when their file is released.
    Due(Way),
    /// Those of the papers with these numbers, also of papers that were printed before and not delivered.
    Papers(Vec<u64>),
}

impl PrintChoice {
    /// Whether it chooses papers of the register.
    fn is_of_papers(&self) -> bool {
        matches!(self, Self::Due(_) | Self::Papers(_))
    }
}

/// What is printed, and how.
#[derive(Debug)]
pub struct PrintOrder {
    /// The kind of paper.
    pub kind: PaperKind,
    /// Whose certificates.
    pub choice: PrintChoice,
    /// Where letters go.
    pub addresses: Addresses,
    /// Whether people are printed whose address is shielded (DV等支援措置), where a second person has approved it
    /// (`print-protected`, the person); the approval is used up when the file is released.
    pub include_shielded: bool,
    /// The address of a page that checks codes, to be printed.
    pub verifier: Option<String>,
    /// What it is printed for; the audit has it.
    pub purpose: Option<ActPurpose>,
    /// How many files are made at once.
    pub workers: NonZero<usize>,
    /// The day.
    pub today: Date,
}

/// What a run came to.
#[derive(Debug, Default)]
pub struct PrintEnd {
    /// What was issued for it.
    pub issuance: Issuance,
    /// Files that were released.
    pub files: u64,
    /// Of these, files of an earlier run that are as they would be made now, or only wanted their name.
    pub kept: u64,
    /// Their pages.
    pub pages: u64,
    /// Certificates that were not printed; the file `held-back.csv` says which and why.
    pub held: Vec<HeldBack>,
    /// Files that were not released, because a code was not read back.
    pub unreleased: Vec<PathBuf>,
}

impl From<LetterError> for PrintError {
    fn from(error: LetterError) -> Self {
        match error {
            LetterError::Register(error) => Self::Register(error),
            other => Self::Letter(other),
        }
    }
}

impl From<ApprovalError> for PrintError {
    fn from(error: ApprovalError) -> Self {
        LetterError::from(error).into()
    }
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// Issuing.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// A page.
    #[error(transparent)]
    Paper(#[from] PaperError),
    /// A paper.
    #[error(transparent)]
    Letter(LetterError),
    /// A paper or an approval is not any more as it was when the file was made.
    #[error("{0}: the file is not released; run the same command again, which leaves that paper out")]
    Meanwhile(LetterError),
    /// Something broke while pages were set or read.
    #[error(
        "a page could not be set or read back, because of an error in this program: run the same command again; if it happens again, print fewer people at once to find whose page it is, and report it. What is released stays"
    )]
    Worker,
    /// The folder is another run's.
    #[error("{} holds what another order printed: name an empty folder, or give the same order again", .0.display())]
    OtherOrder(PathBuf),
    /// Another process prints there.
    #[error("another process prints into {}: wait until it has ended, or name another folder", .0.display())]
    InUse(PathBuf),
    /// The disk.
    #[error(
        "cannot write into {}: {error}; when that is mended, run the same command again: what is released stays, and no certificate is lost",
        folder.display()
    )]
    Write {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
}

/// Prints into a folder. `progress` hears of pages as they are read back or kept.
///
/// # Errors
/// [`PrintError`]. What was released before stays released.
pub fn print(
    press: &Press,
    register: &mut Register,
    (keys, plan): (&[IssuingKey<'_>], &Plan),
    order: &PrintOrder,
    (folder, now): (&Path, UnixTime),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<PrintEnd, PrintError> {
    let people = people(register, order)?;
    let fingerprint = fingerprint(order, plan, &people);
    let folder = Folder::begin(folder, &fingerprint, &mut |id| Ok(register.is_released(id)?))?;
    let work = match &order.choice {
        PrintChoice::Due(way) => Work::Papers(due::due(register, order, *way)?),
        PrintChoice::Papers(papers) => Work::Papers(due::named(register, order, papers)?),
        PrintChoice::Everyone | PrintChoice::People(_) => Work::People(people),
    };
    let plan = work.plan(keys, plan);
    let clerk = Clerk::new(register, keys, &plan, now)?;
    let mut run = Run { order, folder: &folder, register, now, end: PrintEnd::default() };
    // One more than is worked on waits, so that memory has a bound.
    let (send, receive) = mpsc::sync_channel(1);
    let (receive, done, stop) = (Mutex::new(receive), Mutex::default(), AtomicBool::new(false));
    let workers = Workers { press, folder: &folder, order, progress, receive, done, stop };
    let last = std::thread::scope(|scope| {
        for _ in 0..order.workers.get() {
            scope.spawn(|| workers.work());
        }
        run.fill((send, press), (&clerk, &plan.formats), &work, &workers)
    });
    let done = workers.done.into_inner().unwrap_or_else(PoisonError::into_inner);
    run.end(done, last)
}

/// What is to be printed.
enum Work {
    People(Vec<RegisterNumber>),
    Papers(Vec<LetterEntry>),
}

impl Work {
    /// Papers hold what was issued before: of any family that a key is given for.
    fn plan(&self, keys: &[IssuingKey<'_>], plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        if let Self::Papers(_) = self {
            plan.formats = Format::ALL.into_iter().filter(|format| keys.iter().any(|key| key.signs(*format))).collect();
        }
        plan
    }
}

/// A run, as the one thread sees it that has the register.
struct Run<'r> {
    order: &'r PrintOrder,
    folder: &'r Folder,
    register: &'r mut Register,
    now: UnixTime,
    end: PrintEnd,
}

impl Run<'_> {
    /// Issues and hands on what is printed, and releases what was read back meanwhile; gives the number of the last file.
    fn fill(
        &mut self,
        (send, press): (mpsc::SyncSender<Batch>, &Press),
        (clerk, formats): (&Clerk<'_, '_>, &[Format]),
        work: &Work,
        workers: &Workers<'_>,
    ) -> Result<u64, PrintError> {
        let approvals = match self.order.include_shielded {
            true => Approvals::given(self.register, self.now)?,
            false => Approvals::default(),
        };
        // Papers go into files behind those that are there; who is printed by number, into the same ones again.
        let of_papers = self.order.choice.is_of_papers();
        let last = if of_papers { self.folder.last()? } else { 0 };
        let printed = if of_papers { HashSet::new() } else { self.folder.certificates()? };
        let mut files = Files::new((self.order, press), send, (approvals, printed), last);
        let pages = match work {
            Work::People(people) => people.len().div_ceil(PEOPLE),
            Work::Papers(papers) => papers.len().div_ceil(PEOPLE),
        };
        for page in 0..pages {
            if workers.stop.load(Ordering::Relaxed) {
                break;
            }
            match work {
                Work::People(people) => {
                    let people = people.chunks(PEOPLE).nth(page).unwrap_or_default();
                    self.certify(&mut files, clerk, people)?;
                }
                Work::Papers(papers) => {
                    let papers = papers.chunks(PEOPLE).nth(page).unwrap_or_default();
                    let (clerk, to) = ((clerk, formats), (&mut self.end, self.now));
                    due::fill(&mut files, self.register, clerk, papers, to)?;
                }
            }
            let proved = std::mem::take(&mut workers.done().proved);
            self.release(proved)?;
        }
        Ok(files.end())
    }

    /// Issues to these people.
    fn certify(
        &mut self,
        files: &mut Files<'_>,
        clerk: &Clerk<'_, '_>,
        people: &[RegisterNumber],
    ) -> Result<(), PrintError> {
        let mut together: Vec<Certified> = Vec::new();
        for certified in clerk.certify(self.register, people, &mut self.end.issuance)? {
            match certified {
                Err(refused) => self.end.held.push(HeldBack {
                    number: refused.number,
                    identifier: None,
                    reason: HoldReason::Refused(refused.refusal),
                }),
                Ok(one) => {
                    let is_other = |first: &Certified| first.record.person.number != one.record.person.number;
                    if together.first().is_some_and(is_other) {
                        files.take(std::mem::take(&mut together), None, &mut self.end.held);
                    }
                    together.push(one);
                }
            }
        }
        files.take(together, None, &mut self.end.held);
        Ok(())
    }

    /// Releases files whose every code was read back: first the register notes it, then they get their names.
    fn release(&mut self, proved: Vec<(PrintFile, Batch)>) -> Result<(), PrintError> {
        for (file, batch) in proved {
            let release = PrintRelease {
                id: self.folder.id(&file),
                sha256: file.sha256().unwrap_or_default(),
                name: &file.name(),
                kind: self.order.kind.name(),
                pages: &batch.pages,
                approvals: &batch.approvals,
                again: matches!(self.order.choice, PrintChoice::Papers(_)),
                purpose: self.order.purpose.as_ref(),
            };
            self.register.release_print(&release, self.now).map_err(|error| match error {
                LetterError::Register(error) => PrintError::Register(error),
                other => PrintError::Meanwhile(other),
            })?;
            self.folder.name_it(&file)?;
            (self.end.files, self.end.pages) = (self.end.files + 1, self.end.pages + batch.pages.len() as u64);
        }
        Ok(())
    }

    /// Releases the rest and writes the manifest.
    fn end(mut self, done: Done, last: Result<u64, PrintError>) -> Result<PrintEnd, PrintError> {
        // Also where something failed: what was read back is as good as if nothing had.
        self.release(done.proved)?;
        done.failed.map_or(Ok(()), Err)?;
        let last = last?;
        let mut end = self.end;
        let (mut files, mut pages) = done.kept;
        if self.order.choice.is_of_papers() {
            (files, pages) = self.folder.finished;
        }
        (end.files, end.kept, end.pages) = (end.files + files, files, end.pages + pages);
        end.unreleased = done.unreleased;
        end.unreleased.sort();
        end.issuance.closed_ranges = self.register.take_closed_ranges();
        self.folder.finish(last, &end.held, end.unreleased.is_empty())?;
        Ok(end)
    }
}

/// Whom it is about, each once, in the order of the post.
fn people(register: &mut Register, order: &PrintOrder) -> Result<Vec<RegisterNumber>, RegisterError> {
    let mut people = match &order.choice {
        PrintChoice::Due(_) | PrintChoice::Papers(_) => return Ok(Vec::new()),
        PrintChoice::People(people) => people.clone(),
        PrintChoice::Everyone => {
            let mut all: Vec<RegisterNumber> = Vec::new();
            loop {
                let page = register.issuable_after(all.last(), NUMBERS)?;
                if page.is_empty() {
                    break all;
                }
                all.extend(page.into_iter().map(|record| record.person.number));
            }
        }
    };
    let postcode = |number: &RegisterNumber| order.addresses.of(number).map_or("", |address| &address.postcode);
    people.sort_by(|one, other| postcode(one).cmp(postcode(other)).then_with(|| one.export_order(other)));
    people.dedup();
    Ok(people)
}

/// The same order has the same fingerprint: kind, certificates and people. What is on the pages is compared file by file.
/// Papers that are due are one order, day by day.
fn fingerprint(order: &PrintOrder, plan: &Plan, people: &[RegisterNumber]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"tegata-print/1\0").chain_update(order.kind.name()).chain_update([0]);
    match &order.choice {
        PrintChoice::Due(way) => return hash.chain_update(b"due\0").chain_update(way.name()).finalize().into(),
        PrintChoice::Papers(_) => return hash.chain_update(b"papers\0").finalize().into(),
        PrintChoice::Everyone | PrintChoice::People(_) => {}
    }
    for format in &plan.formats {
        hash.update(format.name());
        hash.update([0]);
    }
    hash.update(plan.purpose.name());
    for number in people {
        hash.update([0]);
        hash.update(number.as_str());
    }
    hash.finalize().into()
}
