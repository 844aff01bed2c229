//! The folder that a job fills: each part of the job becomes a file of its own, whole or not there, and at the
//! end they become the manifest. So workers share nothing but the folder, and what a killed run had finished
//! stays finished.

use super::Picture;
use super::manifest::{Line, MANIFEST};
use super::output::{Issued, OutputError, draw, fail, part_of};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Where the parts are until the manifest is made of them.
const PARTS: &str = ".parts";

/// A folder being filled by the workers of one process.
pub(super) struct Parts<'a> {
    folder: PathBuf,
    pictures: &'a [Picture],
    /// The lock on the folder, which the system drops with the process.
    _turn: File,
}

impl<'a> Parts<'a> {
    /// Makes the folder, and keeps other processes out of it: the first to end would take the others' parts away, and
    /// the last would make the manifest of what is left.
    pub(super) fn begin(folder: &Path, pictures: &'a [Picture]) -> Result<Self, OutputError> {
        let parts = folder.join(PARTS);
        fs::create_dir_all(&parts).map_err(fail(&parts))?;
        let turn = File::open(folder).map_err(fail(folder))?;
        // Where the file system has no such locks, one does without.
        if matches!(turn.try_lock(), Err(TryLockError::WouldBlock)) {
            return Err(OutputError::InUse(folder.to_owned()));
        }
        Ok(Self { folder: folder.to_owned(), pictures, _turn: turn })
    }

    /// Begins a part. One that is written again is the same again.
    pub(super) fn part(&self, job: u64, part: u64) -> Result<PartFile<'_>, OutputError> {
        let path = self.path(job, part);
        let new = path.with_extension("new");
        let lines = BufWriter::with_capacity(1 << 16, File::create(&new).map_err(fail(&new))?);
        Ok(PartFile { parts: self, path, new, lines })
    }

    /// Whether this folder has a part.
    pub(super) fn has(&self, job: u64, part: u64) -> bool {
        self.path(job, part).is_file()
    }

    /// Makes the manifest of the parts `0..count` of a job that are here, in their order, in place of an
    /// earlier manifest. Says how many are here.
    pub(super) fn finish(&self, job: u64, count: u64) -> Result<u64, OutputError> {
        let path = self.folder.join(MANIFEST);
        let new = self.folder.join(part_of(MANIFEST));
        let join = || -> io::Result<u64> {
            let mut manifest = File::create(&new)?;
            let mut here = 0;
            for part in 0..count {
                match File::open(self.path(job, part)) {
                    Ok(mut lines) => {
                        io::copy(&mut lines, &mut manifest)?;
                        here += 1;
                    }
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    Err(error) => return Err(error),
                }
            }
            manifest.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.folder)?.sync_all()?;
            Ok(here)
        };
        join().map_err(|error| {
            let _ = fs::remove_file(&new);
            fail(&path)(error)
        })
    }

    /// Removes the parts, once the manifest holds their lines and the register knows it.
    pub(super) fn clear(&self) {
        // What is left costs room, no more.
        let _ = fs::remove_dir_all(self.folder.join(PARTS));
    }

    fn path(&self, job: u64, part: u64) -> PathBuf {
        self.folder.join(PARTS).join(format!("{job}-{part}.ndjson"))
    }
}

/// A part being written. Dropped without [`finish`](Self::finish), it leaves nothing.
pub(super) struct PartFile<'p> {
    parts: &'p Parts<'p>,
    path: PathBuf,
    new: PathBuf,
    lines: BufWriter<File>,
}

impl PartFile<'_> {
    /// Writes the pictures and the lines of a page, in this one thread: other workers have the other cores.
    pub(super) fn write(&mut self, issued: &[Issued]) -> Result<(), OutputError> {
        let Parts { folder, pictures, .. } = self.parts;
        // Half a picture of a killed run goes with the parts, also where its part was then done by another process.
        let beside = folder.join(PARTS);
        for one in issued {
            let drawn = draw(folder, &beside, pictures, one)?;
            let written = serde_json::to_writer(&mut self.lines, &Line::of(one, &drawn)).map_err(io::Error::from);
            written.and_then(|()| self.lines.write_all(b"\n")).map_err(fail(&self.new))?;
        }
        Ok(())
    }

    /// Puts the part in its place, whole and durable: the register counts it as done only then, so a machine that
    /// loses power loses no part.
    pub(super) fn finish(mut self) -> Result<(), OutputError> {
        let durable = self.lines.flush().and_then(|()| self.lines.get_ref().sync_all());
        durable.and_then(|()| fs::rename(&self.new, &self.path)).map_err(fail(&self.path))
    }
}

impl Drop for PartFile<'_> {
    fn drop(&mut self) {
        // Once it is finished, it has another name.
        let _ = fs::remove_file(&self.new);
    }
}
