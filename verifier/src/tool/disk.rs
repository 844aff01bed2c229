//! The few steps by which the state reaches the disk. They stand behind a trait so that a test can
//! let any one of them fail, or be the last before a power cut.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// What keeping a state needs of a file system. Each step may fail and leave its work half done.
pub trait Disk {
    /// Up to `cap` + 1 bytes of a file.
    ///
    /// # Errors
    /// What the file system gives; `NotFound` if there is no such file.
    fn read(&self, path: &Path, cap: u64) -> io::Result<Vec<u8>>;

    /// Writes a file, new or over an old one.
    ///
    /// # Errors
    /// What the file system gives.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Waits until a file or folder is on the disk itself.
    ///
    /// # Errors
    /// What the file system gives.
    fn sync(&self, path: &Path) -> io::Result<()>;

    /// Puts a file in the place of another, at once.
    ///
    /// # Errors
    /// What the file system gives.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file. One that is gone already is no error.
    ///
    /// # Errors
    /// What the file system gives.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Makes a folder, with those above it, for its owner alone. One that is there is no error.
    ///
    /// # Errors
    /// What the file system gives.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// The files in a folder with their lengths; none if there is no such folder.
    ///
    /// # Errors
    /// What the file system gives.
    fn files(&self, folder: &Path) -> io::Result<Vec<(PathBuf, u64)>>;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn read(&self, path: &Path, cap: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path)?.take(cap.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        File::create(path)?.write_all(bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.recursive(true).create(path)
    }

    fn files(&self, folder: &Path) -> io::Result<Vec<(PathBuf, u64)>> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        entries
            .map(|entry| {
                let entry = entry?;
                Ok((entry.path(), entry.metadata()?.len()))
            })
            .collect()
    }
}

/// Replaces a file: whatever happens, the old or the new one is there whole. Only one may do so at a time.
///
/// # Errors
/// What the file system gives.
pub(super) fn replace(disk: &impl Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    // One name for the half-written file, so that an interrupted run leaves at most one, and the next takes it over.
    let new = path.with_added_extension("new");
    disk.write(&new, bytes)?;
    disk.sync(&new)?;
    disk.rename(&new, path)?;
    path.parent().map_or(Ok(()), |folder| disk.sync(folder))
}
