//! Print runs: everybody's certificates as files of 500 pages, in the order of postcodes, each released when all of its
//! codes were read back.
//!
//! ```text
//! unreleased-0001.pdf ─▶ every code read ─▶ print-0001.pdf, print-0001.json      … manifest.csv, held-back.csv
//! ```
//!
//! A run that was killed is gone on with by the same command: what is released stays, the rest is made again, with the
//! same certificates.

use super::folder::{Folder, PrintFile};
use super::held::{HeldBack, HoldReason};
use super::{Addresses, Authority, PaperError, PaperKind, Press, Sheet, forget};
use crate::issue::{Certified, Clerk, Issuance, IssueError, IssuingKey, Plan};
use crate::record::RegisterNumber;
use crate::register::{Register, RegisterError};
use sha2::{Digest, Sha256};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use tegata_certificate::{Date, UnixTime};

/// Pages of a print file.
pub const PAGES: usize = 500;
/// People whose certificates are made at once.
const PEOPLE: usize = 256;
/// People whose numbers are looked up at once.
const NUMBERS: u32 = 500;

/// What is printed, and how.
#[derive(Debug)]
pub struct PrintOrder {
    /// The kind of paper.
    pub kind: PaperKind,
    /// The people, or everyone with a dose.
    pub people: Option<Vec<RegisterNumber>>,
    /// Where letters go.
    pub addresses: Addresses,
    /// Whether people are printed whose address is shielded (DV等支援措置).
    pub include_shielded: bool,
    /// The address of a page that checks codes, to be printed.
    pub verifier: Option<String>,
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
    /// Of these, files of an earlier run that are as they would be made now.
    pub kept: u64,
    /// Their pages.
    pub pages: u64,
    /// Certificates that were not printed; the file `held-back.csv` says which and why.
    pub held: Vec<HeldBack>,
    /// Files that were not released, because a code was not read back.
    pub unreleased: Vec<PathBuf>,
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

/// Prints into a folder. `progress` hears of pages as they are released or kept.
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
    let folder = Folder::begin(folder, &fingerprint(order, plan, &people))?;
    let clerk = Clerk::new(register, keys, plan, now)?;
    let mut end = PrintEnd::default();
    let done = Mutex::new(Done::default());
    let stop = AtomicBool::new(false);
    // One more than is worked on waits, so that memory has a bound.
    let (send, receive) = mpsc::sync_channel::<(u64, Vec<Sheet>)>(1);
    let receive = Mutex::new(receive);
    let made = std::thread::scope(|scope| {
        for _ in 0..order.workers.get() {
            scope.spawn(|| {
                let next = || receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
                while let Ok((number, sheets)) = next() {
                    if stop.load(Ordering::Relaxed) {
                        continue;
                    }
                    let file = make(press, &folder, order, number, &sheets);
                    let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                    match file {
                        Ok(file) => {
                            progress(sheets.len() as u64);
                            done.add(file);
                        }
                        Err(error) => {
                            stop.store(true, Ordering::Relaxed);
                            done.failed.get_or_insert(error);
                        }
                    }
                }
            });
        }
        let mut files = Files { order, press, send, number: 0, sheets: Vec::new() };
        let made = files.fill(&clerk, register, &people, &stop, &mut end);
        drop(files);
        made
    });
    let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.failed.map_or(Ok(()), Err)?;
    let last = made?;
    (end.files, end.kept, end.pages) = (done.files, done.kept, done.pages);
    end.unreleased = done.unreleased;
    end.unreleased.sort();
    end.issuance.closed_ranges = register.take_closed_ranges();
    folder.finish(last, &end.held, end.unreleased.is_empty())?;
    Ok(end)
}

/// What the workers have done.
#[derive(Default)]
struct Done {
    files: u64,
    kept: u64,
    pages: u64,
    unreleased: Vec<PathBuf>,
    failed: Option<PrintError>,
}

impl Done {
    fn add(&mut self, file: Made) {
        match file {
            Made::Released(pages) => (self.files, self.pages) = (self.files + 1, self.pages + pages),
            Made::Kept(pages) => {
                (self.files, self.kept, self.pages) = (self.files + 1, self.kept + 1, self.pages + pages);
            }
            Made::Unreleased(path) => self.unreleased.push(path),
        }
    }
}

/// What became of a file.
enum Made {
    Released(u64),
    Kept(u64),
    Unreleased(PathBuf),
}

/// Makes one print file, reads it back and releases it.
fn make(press: &Press, folder: &Folder, order: &PrintOrder, number: u64, sheets: &[Sheet]) -> Result<Made, PrintError> {
    let pages = sheets.len() as u64;
    let file = PrintFile::of(number, order.kind, press, sheets);
    if folder.has(&file)? {
        return Ok(Made::Kept(pages));
    }
    let pdf = {
        // One file is set at a time, on all cores, while others are read back: what is remembered of a file takes most of
        // the memory of a run, and nobody's is dropped while it is of use.
        static SETTING: Mutex<()> = Mutex::new(());
        let _setting = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
        let pdf = press.pdf(sheets, order.kind, order.today);
        forget();
        pdf?
    };
    let unreleased = folder.lay(&file, &pdf)?;
    match press.prove(&pdf, sheets) {
        Ok(()) => folder.release(file, &pdf).map(|()| Made::Released(pages)),
        Err(PaperError::NotReadBack) => Ok(Made::Unreleased(unreleased)),
        Err(other) => Err(other.into()),
    }
}

/// Fills files with sheets.
struct Files<'f> {
    order: &'f PrintOrder,
    press: &'f Press,
    send: mpsc::SyncSender<(u64, Vec<Sheet>)>,
    number: u64,
    sheets: Vec<Sheet>,
}

impl Files<'_> {
    /// Issues and hands on what is printed; gives how many files there are.
    fn fill(
        &mut self,
        clerk: &Clerk<'_, '_>,
        register: &mut Register,
        people: &[RegisterNumber],
        stop: &AtomicBool,
        end: &mut PrintEnd,
    ) -> Result<u64, PrintError> {
        for page in people.chunks(PEOPLE) {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            for certified in clerk.certify(register, page, &mut end.issuance)? {
                let held = match certified {
                    Err(refused) => HeldBack {
                        number: refused.number,
                        identifier: None,
                        reason: HoldReason::Refused(refused.refusal),
                    },
                    Ok(certified) => match self.sheet(certified) {
                        Ok(sheet) => {
                            self.add(sheet);
                            continue;
                        }
                        Err(held) => held,
                    },
                };
                end.held.push(held);
            }
        }
        self.hand_on();
        Ok(self.number)
    }

    fn add(&mut self, sheet: Sheet) {
        self.sheets.push(sheet);
        if self.sheets.len() >= PAGES {
            self.hand_on();
        }
    }

    fn hand_on(&mut self) {
        if !self.sheets.is_empty() {
            self.number += 1;
            // The workers have gone only where one of them has failed, which is told.
            let _ = self.send.send((self.number, std::mem::take(&mut self.sheets)));
        }
    }

    /// The sheet of a certificate, or why it is held back.
    fn sheet(&self, of: Certified) -> Result<Sheet, HeldBack> {
        let number = of.record.person.number.clone();
        let held = |reason, of: &str| HeldBack { number: number.clone(), identifier: Some(of.to_owned()), reason };
        if of.record.person.shielded && !self.order.include_shielded {
            return Err(held(HoldReason::Shielded, &of.identifier));
        }
        let address = self.order.addresses.of(&number).filter(|address| !address.lines.is_empty());
        if self.order.kind == PaperKind::Letter && address.is_none() {
            return Err(held(HoldReason::NoAddress, &of.identifier));
        }
        let (name_ja, name_en) = of.issuer;
        let sheet = Sheet {
            record: of.record,
            edition: of.edition,
            identifier: of.identifier,
            text: of.text,
            issued_at: of.issued_at,
            expires_at: of.expires_at,
            authority: Authority { name_ja, name_en },
            address: address.filter(|_| self.order.kind == PaperKind::Letter).cloned(),
            verifier: self.order.verifier.clone(),
        };
        match self.press.admit(&sheet, self.order.kind) {
            Ok(()) => Ok(sheet),
            Err(error) => Err(held(HoldReason::of(error), &sheet.identifier)),
        }
    }
}

/// Whom it is about, each once, in the order of the post.
fn people(register: &mut Register, order: &PrintOrder) -> Result<Vec<RegisterNumber>, RegisterError> {
    let mut people = match &order.people {
        Some(people) => people.clone(),
        None => {
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
fn fingerprint(order: &PrintOrder, plan: &Plan, people: &[RegisterNumber]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"tegata-print/1\0").chain_update(order.kind.name()).chain_update([0]);
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
