//! What a repository's folder remembers beside what is published: ceremonies, and every head there was.

use super::folder::{Folder, FolderError, read_capped, write_atomically, write_once};
use super::repository::Repository;
use crate::bundle::Bundle;
use crate::error::TrustError;
use crate::head::Head;
use crate::role::Role;
use crate::signed::Signed;
use std::fs;
use std::io;

impl Folder {
    /// Keeps what a ceremony signed until a head names it.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn save_pending(&self, repository: &Repository) -> Result<(), FolderError> {
        let (root, trust) = repository.waiting();
        for (role, file) in [(Role::Root, root), (Role::Trust, trust)] {
            if let Some(file) = file {
                write_once(&self.pending_path(role), file)?;
            }
        }
        Ok(())
    }

    /// Adds lines to the transcript of ceremonies.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn add_to_transcript(&self, lines: &str) -> Result<(), FolderError> {
        let path = self.path().join("transcript.txt");
        let mut text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(FolderError::io(&path)(error)),
        };
        text.push_str(lines);
        write_atomically(&path, text.as_bytes())
    }

    /// Every set that was published before the one in force, oldest first, each read when its turn comes, with the
    /// version of its head.
    ///
    /// # Errors
    /// [`FolderError::Damaged`] or [`FolderError::Io`].
    pub fn past_sets(&self) -> Result<impl Iterator<Item = (u64, Result<Bundle, FolderError>)>, FolderError> {
        let roots = self.read_roots()?;
        let last = self.head_in_force()?.map_or(0, |(version, _)| version);
        let heads = (1..last).map(|version| (version, self.path().join(format!("history/head-{version}.cose"))));
        Ok(heads.filter(|(_, path)| path.exists()).map(move |(version, path)| {
            let set = read_capped(&path, Role::Head).and_then(|head| self.past_set(&roots, &head));
            (version, set)
        }))
    }

    fn past_set(&self, roots: &[Vec<u8>], head: &[u8]) -> Result<Bundle, FolderError> {
        let damaged = |error| FolderError::Damaged { path: self.served(), error };
        let payload = Signed::parse(Role::Head, head).map_err(damaged)?.unverified_payload();
        let named = Head::parse(payload).map_err(damaged)?;
        let roots = roots.get(..named.roots.len()).ok_or_else(|| damaged(TrustError::BundleMalformed))?;
        self.read_named(&named, roots.to_vec(), head.to_vec())
    }
}
