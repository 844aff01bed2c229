//! The mark: how far this office has counted in each range of status indices, noted beside the key file and not
//! in the register. A register that has counted less is older than what was issued: it was restored from a backup.
//!
//! ```text
//! tegata-status-mark/1
//! SHARD FIRST NEXT
//! ```
//! It is raised after a reservation is committed and before anything of it is handed out. A mark that is too low
//! raises no alarm, so it needs no flush to the disk; one that is too high cannot be.

use super::RegisterError;
use super::key::folder_of;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

const HEAD: &str = "tegata-status-mark/1";
/// More ranges than any office has; a longer file is none of ours.
const LONGEST: u64 = 1024 * 1024;

/// A range by its shard and first index.
pub(super) type RangeKey = (u64, u64);

/// A mark, as it was last read or written.
#[derive(Default)]
pub(super) struct Mark {
    path: PathBuf,
    counted: BTreeMap<RangeKey, u64>,
}

impl Mark {
    /// Reads the mark beside a key file; none is a mark that knows nothing.
    pub(super) fn beside(key_file: &Path) -> Result<Self, RegisterError> {
        let mut path = key_file.as_os_str().to_owned();
        path.push(".mark");
        let path = PathBuf::from(path);
        Ok(Self { counted: read(&path)?, path })
    }

    /// How far the range was counted at least.
    pub(super) fn of(&self, range: RangeKey) -> u64 {
        self.counted.get(&range).copied().unwrap_or(0)
    }

    /// Raises the mark to these counts, beside those of other processes of the office.
    pub(super) fn raise(&mut self, counts: &[(RangeKey, u64)]) -> Result<(), RegisterError> {
        if counts.iter().all(|(range, next)| *next <= self.of(*range)) {
            return Ok(());
        }
        let mut counted = read(&self.path)?;
        for (range, next) in self.counted.iter().map(|(range, next)| (*range, *next)).chain(counts.iter().copied()) {
            let mark = counted.entry(range).or_default();
            *mark = next.max(*mark);
        }
        self.counted = counted;
        self.write().map_err(|error| RegisterError::KeyAccess { path: self.path.clone(), error })
    }

    /// Copies it beside another key file.
    pub(super) fn copy_beside(&self, key_file: &Path) -> Result<(), RegisterError> {
        let counts: Vec<(RangeKey, u64)> = self.counted.iter().map(|(range, next)| (*range, *next)).collect();
        Self::beside(key_file)?.raise(&counts)
    }

    fn write(&self) -> std::io::Result<()> {
        let mut text = format!("{HEAD}\n");
        for ((shard, first), next) in &self.counted {
            text.push_str(&format!("{shard} {first} {next}\n"));
        }
        let mut file = tempfile::Builder::new().prefix(".register-mark-").tempfile_in(folder_of(&self.path))?;
        file.write_all(text.as_bytes())?;
        file.persist(&self.path)?;
        Ok(())
    }
}

fn read(path: &Path) -> Result<BTreeMap<RangeKey, u64>, RegisterError> {
    let failed = |error| RegisterError::KeyAccess { path: path.to_path_buf(), error };
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(failed(error)),
        Ok(metadata) if metadata.len() > LONGEST => return Err(RegisterError::Mark(path.to_path_buf())),
        Ok(_) => {}
    }
    let text = std::fs::read(path).map_err(failed)?;
    parse(&text).ok_or_else(|| RegisterError::Mark(path.to_path_buf()))
}

fn parse(text: &[u8]) -> Option<BTreeMap<RangeKey, u64>> {
    let mut lines = std::str::from_utf8(text).ok()?.lines();
    if lines.next()? != HEAD {
        return None;
    }
    let range = |line: &str| {
        let mut numbers = line.split(' ').map(|number| number.parse().ok());
        let range = (numbers.next()??, numbers.next()??);
        let next: u64 = numbers.next()??;
        numbers.next().is_none().then_some((range, next))
    };
    lines.map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_only_rises_also_where_two_processes_raise_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("a.key");
        let mut one = Mark::beside(&key).expect("none yet");
        let mut other = Mark::beside(&key).expect("none yet");
        one.raise(&[((1, 0), 100)]).expect("raises");
        other.raise(&[((1, 0), 612), ((2, 64), 1)]).expect("raises");
        one.raise(&[((1, 0), 200)]).expect("raises");
        let read = Mark::beside(&key).expect("reads");
        assert_eq!((read.of((1, 0)), read.of((2, 64)), read.of((3, 0))), (612, 1, 0));
        assert_eq!(one.of((1, 0)), 612);
    }

    #[test]
    fn a_damaged_mark_is_told_and_not_taken_for_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("a.key");
        for text in ["", "tegata-status-mark/2\n", "tegata-status-mark/1\n1 2\n", "tegata-status-mark/1\n1 2 3 4\n"] {
            std::fs::write(folder.path().join("a.key.mark"), text).expect("writes");
            assert!(matches!(Mark::beside(&key), Err(RegisterError::Mark(_))), "{text:?}");
        }
    }
}
