//! Files that an update has fetched, kept until it ends well: an interrupted one goes on from there.

use super::disk::{Disk, replace};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use tegata_trust_lists::{FileName, Source};

/// The most bytes that are kept: as much as the largest set of files has.
const MAX_KEPT: u64 = tegata_trust_lists::MAX_BUNDLE as u64;

/// A source that asks another one for what is not kept yet. Only files that are named by their hash
/// are kept, under that name, and their hash is checked again when they are taken: nothing in the
/// folder is believed.
#[derive(Debug)]
pub struct Fetched<'a, S, D> {
    source: S,
    disk: &'a D,
    folder: PathBuf,
    kept: u64,
}

impl<'a, S, D: Disk> Fetched<'a, S, D> {
    /// Keeps what comes from `source` in `folder`.
    pub fn new(source: S, disk: &'a D, folder: &Path) -> Self {
        // A folder that cannot be listed keeps nothing more.
        let kept = disk.files(folder).map_or(MAX_KEPT, |files| files.iter().map(|(_, length)| length).sum());
        Self { source, disk, folder: folder.to_owned(), kept }
    }

    fn keep(&mut self, path: &Path, bytes: &[u8]) {
        let kept = self.kept.saturating_add(bytes.len() as u64);
        if kept > MAX_KEPT {
            return;
        }
        // What cannot be kept is fetched again; an update that needs the room says so itself.
        if self.disk.make_folder(&self.folder).and_then(|()| replace(self.disk, path, bytes)).is_ok() {
            self.kept = kept;
        }
    }
}

/// The hash in a file's name.
fn hash(file: &FileName) -> Option<&[u8; 32]> {
    match file {
        FileName::Head | FileName::Root(_) => None,
        FileName::Trust(hash)
        | FileName::StatusBase { hash, .. }
        | FileName::StatusDelta { hash, .. }
        | FileName::Withdrawals { hash, .. }
        | FileName::Rules(hash) => Some(hash),
    }
}

impl<S: Source, D: Disk> Source for Fetched<'_, S, D> {
    type Error = S::Error;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, S::Error> {
        let Some(hash) = hash(file) else { return self.source.read(file, cap) };
        let is_it = |bytes: &[u8]| bytes.len() as u64 <= cap && Sha256::digest(bytes)[..] == hash[..];
        let path = self.folder.join(base16ct::lower::encode_string(hash));
        if let Ok(bytes) = self.disk.read(&path, cap)
            && is_it(&bytes)
        {
            return Ok(Some(bytes));
        }
        let bytes = self.source.read(file, cap)?;
        if let Some(bytes) = &bytes
            && is_it(bytes)
        {
            self.keep(&path, bytes);
        }
        Ok(bytes)
    }
}

/// Removes what was kept.
///
/// # Errors
/// What the file system gives.
pub(super) fn clear(disk: &impl Disk, folder: &Path) -> std::io::Result<()> {
    disk.files(folder)?.iter().try_for_each(|(path, _)| disk.remove(path))
}

#[cfg(test)]
mod tests {
    use super::super::disk::LocalDisk;
    use super::*;
    use std::fs;

    /// Gives the same bytes for every name, and counts.
    struct Counted<'a>(&'a [u8], usize);

    impl Source for Counted<'_> {
        type Error = std::convert::Infallible;

        fn read(&mut self, _: &FileName, _: u64) -> Result<Option<Vec<u8>>, Self::Error> {
            self.1 += 1;
            Ok(Some(self.0.to_vec()))
        }
    }

    fn read(folder: &Path, bytes: &[u8], file: &FileName, cap: u64) -> (Vec<u8>, usize) {
        let mut source = Counted(bytes, 0);
        let read = Fetched::new(&mut source, &LocalDisk, folder).read(file, cap);
        let Ok(read) = read;
        (read.expect("there"), source.1)
    }

    #[test]
    fn a_fetched_file_is_not_asked_for_again_unless_it_is_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("fetched");
        let file = FileName::Trust(Sha256::digest(b"list").into());
        assert_eq!(read(&folder, b"list", &file, 10), (b"list".to_vec(), 1));
        assert_eq!(read(&folder, b"list", &file, 10), (b"list".to_vec(), 0));
        let kept = LocalDisk.files(&folder).unwrap();
        assert_eq!(kept.len(), 1);
        fs::write(&kept[0].0, b"lisp").unwrap();
        assert_eq!(read(&folder, b"list", &file, 10), (b"list".to_vec(), 1));
        clear(&LocalDisk, &folder).unwrap();
        assert_eq!(read(&folder, b"list", &file, 10), (b"list".to_vec(), 1));
    }

    #[test]
    fn what_is_not_named_by_its_hash_or_is_not_what_was_named_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let named = FileName::Trust(Sha256::digest(b"list").into());
        for (file, bytes, cap) in
            [(FileName::Head, b"list", 10), (FileName::Root(1), b"list", 10), (named, b"lisp", 10), (named, b"list", 3)]
        {
            assert_eq!(read(folder.path(), bytes, &file, cap).1, 1);
            assert!(LocalDisk.files(folder.path()).unwrap().is_empty(), "{file:?}");
        }
    }
}
