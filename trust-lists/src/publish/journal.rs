//! Which status requests were applied: `DIR/status/journal/<head version>.json`, a file for each head that
//! published any.
//!
//! A journal is written just before its head, and counts only once that very head, or a later one, is in force.
//! So a run that was killed in between has applied nothing: the same requests are applied by the next run.
//! It holds no personal data: hashes, numbers and times.

use super::folder::{Folder, FolderError, write_atomically};
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

/// The requests that one head published.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalPage {
    /// The head's version.
    pub head_version: u64,
    /// SHA-256 of the head file, in hex.
    pub head_sha256: String,
    /// The requests.
    pub requests: Vec<JournalEntry>,
}

/// One request that was applied.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// The issuer, as the working state names it: Japanese name, English name, country.
    pub issuer: (String, String, String),
    /// The issuer's sequence number.
    pub sequence: u64,
    /// SHA-256 of the request file, in hex.
    pub sha256: String,
    /// The kid of the key that signed it, in hex.
    pub kid: String,
    /// When the issuer made it.
    pub issued_at: String,
    /// When it was applied.
    pub applied_at: String,
    /// The reason class.
    pub reason: String,
    /// How many indices it revoked that were not.
    pub revoked: u64,
    /// How many it reinstated that were revoked.
    pub reinstated: u64,
    /// How many rules it added.
    pub rules_added: u64,
    /// How many rules it lifted.
    pub rules_lifted: u64,
}

impl Folder {
    /// The requests applied so far, by the versions of their heads.
    ///
    /// # Errors
    /// [`FolderError::Journal`] or [`FolderError::Io`].
    pub fn journal(&self) -> Result<Vec<JournalPage>, FolderError> {
        let Some((version, sha256)) = self.head_in_force()? else {
            return Ok(Vec::new());
        };
        let mut pages = Vec::new();
        for path in self.journal_paths()? {
            let text = fs::read_to_string(&path).map_err(FolderError::io(&path))?;
            let page: JournalPage = serde_json::from_str(&text)
                .map_err(|error| FolderError::Journal { path: path.clone(), error: error.to_string() })?;
            let counts = page.head_version < version || page.head_version == version && page.head_sha256 == sha256;
            if counts {
                pages.push(page);
            }
        }
        pages.sort_by_key(|page| page.head_version);
        Ok(pages)
    }

    pub(super) fn journal_path(&self, head_version: u64) -> PathBuf {
        self.path().join(format!("status/journal/{head_version}.json"))
    }

    /// Writes the page of a head that is about to be written, or removes what a killed run left in its place.
    pub(super) fn save_page(&self, head_version: u64, page: Option<&JournalPage>) -> Result<(), FolderError> {
        let path = self.journal_path(head_version);
        let Some(page) = page else {
            return super::folder::remove(&path);
        };
        let text = serde_json::to_string_pretty(page)
            .map_err(|error| FolderError::Journal { path: path.clone(), error: error.to_string() })?;
        write_atomically(&path, (text + "\n").as_bytes())
    }

    fn journal_paths(&self) -> Result<Vec<PathBuf>, FolderError> {
        let folder = self.path().join("status/journal");
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(FolderError::io(&folder)(error)),
        };
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(FolderError::io(&folder))?.path();
            let number = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".json"));
            // Other files are a person's own, or a write that was interrupted.
            if number.is_some_and(|number| number.parse::<u64>().is_ok()) {
                paths.push(path);
            }
        }
        Ok(paths)
    }
}
