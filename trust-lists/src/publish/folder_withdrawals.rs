//! The working files of others' withdrawals: `DIR/withdrawals/NAME.json`.

use super::draft_import::DraftImport;
use super::draft_withdrawals::DraftWithdrawals;
use super::folder::{Folder, FolderError, write_atomically};
use crate::status::WithdrawalGroup;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

/// The longest working file that is read, in bytes: two million hashes.
const MAX_LENGTH: u64 = 128 * 1024 * 1024;

impl Folder {
    fn withdrawals_path(&self) -> PathBuf {
        self.path().join("withdrawals")
    }

    /// Every source's withdrawals, by the source's name.
    ///
    /// # Errors
    /// [`FolderError::Withdrawals`] or [`FolderError::Io`].
    pub fn withdrawals(&self) -> Result<BTreeMap<String, DraftWithdrawals>, FolderError> {
        let folder = self.withdrawals_path();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(FolderError::io(&folder)(error)),
        };
        let mut all = BTreeMap::new();
        for entry in entries {
            let path = entry.map_err(FolderError::io(&folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
            // Other files are a person's own, or a write that was interrupted.
            if let Some(name) = name.filter(|name| DraftImport::is_name(name)) {
                all.insert(name.to_owned(), read(&path)?);
            }
        }
        Ok(all)
    }

    /// What a source withdrew so far; empty for one that never did.
    ///
    /// # Errors
    /// [`FolderError::Withdrawals`] or [`FolderError::Io`].
    pub fn withdrawn_by(&self, name: &str) -> Result<Vec<WithdrawalGroup>, FolderError> {
        let path = || self.withdrawals_path().join(format!("{name}.json"));
        let groups = self.withdrawals()?.get(name).map(DraftWithdrawals::groups).transpose();
        Ok(groups.map_err(|error| FolderError::Withdrawals { path: path(), error })?.unwrap_or_default())
    }

    /// Replaces the withdrawals of a source, in its own list or, if it is new, in the next one. Gives the number of
    /// the list.
    ///
    /// # Errors
    /// [`FolderError::Withdrawals`] or [`FolderError::Io`].
    pub fn save_withdrawals(&self, name: &str, source: &str, groups: &[WithdrawalGroup]) -> Result<u64, FolderError> {
        let all = self.withdrawals()?;
        let next = all.values().map(|draft| draft.list).max().map_or(1, |last| last.saturating_add(1));
        let list = all.get(name).map_or(next, |draft| draft.list);
        let path = self.withdrawals_path().join(format!("{name}.json"));
        let text = DraftWithdrawals::new(list, source, groups)
            .to_json()
            .map_err(|error| FolderError::Withdrawals { path: path.clone(), error })?;
        write_atomically(&path, text.as_bytes())?;
        Ok(list)
    }
}

fn read(path: &Path) -> Result<DraftWithdrawals, FolderError> {
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(MAX_LENGTH).read_to_string(&mut text)).map_err(FolderError::io(path))?;
    DraftWithdrawals::from_json(&text).map_err(|error| FolderError::Withdrawals { path: path.to_owned(), error })
}
