//! Those who set print files and read them back, while the next ones are filled.

use super::files::Batch;
use super::folder::{Folder, PrintFile};
use super::print::{PrintError, PrintOrder};
use super::{PaperError, Press, forget};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

/// What all workers of a run share.
pub(super) struct Workers<'w> {
    pub press: &'w Press,
    pub folder: &'w Folder,
    pub order: &'w PrintOrder,
    pub progress: &'w (dyn Fn(u64) + Sync),
    pub receive: Mutex<mpsc::Receiver<Batch>>,
    pub done: Mutex<Done>,
    /// Set when one has failed: the others take what waits and leave it.
    pub stop: AtomicBool,
}

/// What the workers have done.
#[derive(Default)]
pub(super) struct Done {
    /// Files of an earlier run that are as they would be made now, and their pages.
    pub kept: (u64, u64),
    /// Files whose every code was read back, to be released.
    pub proved: Vec<(PrintFile, Batch)>,
    /// Files of which a code was not read back.
    pub unreleased: Vec<PathBuf>,
    /// The first failure.
    pub failed: Option<PrintError>,
}

/// What became of a file.
enum Made {
    Kept,
    Proved(PrintFile),
    Unreleased(PathBuf),
}

impl Workers<'_> {
    /// Works until there is nothing more.
    pub(super) fn work(&self) {
        let next = || self.receive.lock().unwrap_or_else(PoisonError::into_inner).recv();
        while let Ok(batch) = next() {
            if self.stop.load(Ordering::Relaxed) {
                continue;
            }
            // A worker that is gone would take nothing more, and whoever fills the files would wait for it for ever.
            let made = catch_unwind(AssertUnwindSafe(|| {
                let made = self.make(&batch)?;
                (self.progress)(batch.sheets.len() as u64);
                Ok(made)
            }));
            let pages = batch.sheets.len() as u64;
            let mut done = self.done();
            match made.unwrap_or(Err(PrintError::Worker)) {
                Ok(Made::Kept) => done.kept = (done.kept.0 + 1, done.kept.1 + pages),
                Ok(Made::Proved(file)) => done.proved.push((file, Batch { sheets: Vec::new(), ..batch })),
                Ok(Made::Unreleased(path)) => done.unreleased.push(path),
                Err(error) => {
                    self.stop.store(true, Ordering::Relaxed);
                    done.failed.get_or_insert(error);
                }
            }
        }
    }

    /// What was done so far.
    pub(super) fn done(&self) -> MutexGuard<'_, Done> {
        self.done.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes one print file and reads it back.
    fn make(&self, batch: &Batch) -> Result<Made, PrintError> {
        let Self { press, folder, order, .. } = self;
        let mut file = PrintFile::of(batch.number, order.kind, press, &batch.sheets);
        if folder.has(&file)? {
            return Ok(Made::Kept);
        }
        let pdf = {
            // One file is set at a time, on all cores, while others are read back: what is remembered of a file takes most
            // of the memory of a run, and nobody's is dropped while it is of use.
            static SETTING: Mutex<()> = Mutex::new(());
            let _setting = SETTING.lock().unwrap_or_else(PoisonError::into_inner);
            let pdf = press.pdf(&batch.sheets, order.kind, order.today);
            forget();
            pdf?
        };
        let unreleased = folder.lay(&mut file, &pdf)?;
        match press.prove(&pdf, &batch.sheets) {
            Ok(()) => folder.describe(&file).map(|()| Made::Proved(file)),
            Err(PaperError::NotReadBack) => Ok(Made::Unreleased(unreleased)),
            Err(other) => Err(other.into()),
        }
    }
}
