//! A repository in a folder: the working state, and the files as they are served.
//!
//! ```text
//! DIR/repository.json                  what the next publication lists
//! DIR/withdrawals/NAME.json            what other networks withdrew, by source
//! DIR/rules/ID.json                    the rule sets that the next publication has, with the tests of their rules
//! DIR/published/v1/root/1.cose …       every root version, never changed
//! DIR/published/v1/trust/<hash>.cose   every trust list, never changed
//! DIR/published/v1/status/…, withdrawals/… every status file, never changed
//! DIR/published/v1/rules/<hash>.cose   every list of rule sets, never changed
//! DIR/published/v1/head.cose           the one file that changes
//! DIR/published/v1/bundle/<hash>.cbor  all files in force in one, never changed
//! DIR/pending/root.cose, trust.cose    lists that a ceremony signed and no head names yet
//! DIR/history/head-<version>.cose      every head, to rehearse what old verifiers will do
//! DIR/transcript.txt                   who signed what, and when
//! ```
//!
//! Whoever serves `published` needs no program, and no path in it comes from a list.

use crate::bundle::{Bundle, ShardFiles};
use crate::error::TrustError;
use crate::head::{Head, MAX_ROOTS, NamedFile};
use crate::pin::RootPin;
use crate::publish::draft::{Draft, DraftError};
use crate::publish::draft_withdrawals::WithdrawalsForm;
use crate::publish::journal::{JournalEntry, JournalPage};
use crate::publish::repository::{PublishError, Repository};
use crate::role::Role;
use crate::source::FileName;
use crate::state::TrustState;
use std::fs::{self, File};
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

/// A repository's folder, held by one process at a time.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// The lock lasts as long as the file is open.
    _lock: File,
}

/// Why a folder cannot be used; each message says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// No repository there.
    #[error("{0} holds no repository\n  remedy: make one with `tegata-trust init`, or name its folder with --dir")]
    Missing(PathBuf),
    /// There is one already.
    #[error(
        "{0} holds a repository already\n  remedy: choose another folder; a repository is never made anew over an old one"
    )]
    Exists(PathBuf),
    /// Another process works on it.
    #[error("another tegata-trust works on {0}\n  remedy: wait until it ends")]
    Locked(PathBuf),
    /// The working state is not understood.
    #[error("{path}: {error}\n  remedy: correct the file, or restore it from a backup")]
    Draft {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: DraftError,
    },
    /// The published files do not hold.
    #[error("the published files in {path} are damaged ({error})\n  remedy: restore the folder from a backup")]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What does not hold.
        error: TrustError,
    },
    /// A file of withdrawals is not understood.
    #[error("{path}: {error}\n  remedy: import its source again, or restore the file from a backup")]
    Withdrawals {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: WithdrawalsForm,
    },
    /// A file of a rule set is not understood.
    #[error("{path}: not a rule set ({error})\n  remedy: add its rules again, or restore the file from a backup")]
    Rules {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: String,
    },
    /// A page of the journal of requests is not understood.
    #[error("{path}: not a page of the journal of requests ({error})\n  remedy: restore the file from a backup")]
    Journal {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: String,
    },
    /// A pending list does not follow what is published.
    #[error(
        "{path} does not follow what is published ({error})\n  remedy: move it away, and have the list proposed and signed again"
    )]
    Pending {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: PublishError,
    },
    /// The file system refused.
    #[error("{path}: {error}\n  remedy: check that the disk has room and the folder may be written")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

impl FolderError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |error| Self::Io { path, error }
    }
}

impl Folder {
    /// Takes the folder of a new repository, made if need be.
    ///
    /// # Errors
    /// [`FolderError::Exists`], [`FolderError::Locked`], [`FolderError::Io`].
    pub fn create(path: &Path) -> Result<Self, FolderError> {
        fs::create_dir_all(path).map_err(FolderError::io(path))?;
        let folder = Self::lock(path)?;
        // A draft that lists nobody, without a root: a run that made one was interrupted.
        let begun = folder.draft_path().exists() && !folder.draft()?.lists().is_ok_and(|lists| lists.is_empty());
        if begun || folder.root_path(1).exists() {
            return Err(FolderError::Exists(path.to_owned()));
        }
        Ok(folder)
    }

    /// Takes the folder of a repository.
    ///
    /// # Errors
    /// [`FolderError::Missing`], [`FolderError::Locked`], [`FolderError::Io`].
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        if !path.join("repository.json").is_file() {
            return Err(FolderError::Missing(path.to_owned()));
        }
        Self::lock(path)
    }

    fn lock(path: &Path) -> Result<Self, FolderError> {
        let name = path.join(".lock");
        let lock =
            File::options().create(true).truncate(false).write(true).open(&name).map_err(FolderError::io(&name))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(FolderError::Locked(path.to_owned())),
            Err(fs::TryLockError::Error(error)) => Err(FolderError::io(&name)(error)),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn draft_path(&self) -> PathBuf {
        self.path.join("repository.json")
    }

    pub(super) fn served(&self) -> PathBuf {
        self.path.join("published/v1")
    }

    /// Reads the working state.
    ///
    /// # Errors
    /// [`FolderError::Draft`] or [`FolderError::Io`].
    pub fn draft(&self) -> Result<Draft, FolderError> {
        let path = self.draft_path();
        let text = fs::read_to_string(&path).map_err(FolderError::io(&path))?;
        Draft::from_json(&text).map_err(|error| FolderError::Draft { path, error })
    }

    /// Replaces the working state: the old one or the new one is there, never a part.
    ///
    /// # Errors
    /// [`FolderError::Draft`] or [`FolderError::Io`].
    pub fn save_draft(&self, draft: &Draft) -> Result<(), FolderError> {
        let path = self.draft_path();
        let text = draft.to_json().map_err(|error| FolderError::Draft { path: path.clone(), error })?;
        write_atomically(&path, text.as_bytes())
    }

    /// Reads the published files and checks them as a verifier does, but for their age; then what is pending.
    ///
    /// # Errors
    /// [`FolderError::Damaged`], [`FolderError::Pending`] or [`FolderError::Io`].
    pub fn repository(&self) -> Result<Repository, FolderError> {
        let mut repository = self.published()?;
        let pending = |role: Role, path: PathBuf| match path.exists() {
            true => read_capped(&path, role).map(|bytes| Some((path, bytes))),
            false => Ok(None),
        };
        if let Some((path, root)) = pending(Role::Root, self.pending_path(Role::Root))? {
            repository.take_root(root).map_err(|error| FolderError::Pending { path, error })?;
        }
        if let Some((path, trust)) = pending(Role::Trust, self.pending_path(Role::Trust))? {
            repository.take_trust(trust).map_err(|error| FolderError::Pending { path, error })?;
        }
        Ok(repository)
    }

    fn published(&self) -> Result<Repository, FolderError> {
        let damaged = |error| FolderError::Damaged { path: self.served(), error };
        let mut roots = self.read_roots()?;
        let pin = RootPin::of(roots.first().ok_or_else(|| damaged(TrustError::BundleMalformed))?);
        let head_path = self.served().join("head.cose");
        if !head_path.exists() {
            return Repository::begin(roots, &pin).map_err(damaged);
        }
        let head = read_capped(&head_path, Role::Head)?;
        // A run that was killed may have left the next root without the head that stands under it.
        let mut peeked = TrustState::peek_head(&roots, &head, &pin);
        let mut waiting = None;
        if let (Err(_), Some((last, before @ [_, ..]))) = (&peeked, roots.split_last()) {
            let earlier = TrustState::peek_head(before, &head, &pin);
            if earlier.is_ok() {
                (peeked, waiting) = (earlier, Some(last.clone()));
                roots = before.to_vec();
            }
        }
        let named = peeked.map_err(damaged)?;
        let files = self.read_named(&named, roots, head)?;
        let mut repository = Repository::open(files, &pin).map_err(damaged)?;
        if let Some(root) = waiting {
            let path = self.served();
            repository.take_root(root).map_err(|error| FolderError::Pending { path, error })?;
        }
        Ok(repository)
    }

    /// Version and SHA-256 of the head in force.
    pub(super) fn head_in_force(&self) -> Result<Option<(u64, String)>, FolderError> {
        let repository = self.published()?;
        Ok(repository
            .state()
            .zip(repository.head_file())
            .map(|(state, head)| (state.head().header.version, hex(&NamedFile::of(head, 0).hash))))
    }

    pub(super) fn pending_path(&self, role: Role) -> PathBuf {
        self.path.join(format!("pending/{role}.cose"))
    }

    pub(super) fn read_roots(&self) -> Result<Vec<Vec<u8>>, FolderError> {
        let mut roots = Vec::new();
        for version in 1..=MAX_ROOTS {
            let path = self.root_path(version);
            if !path.exists() {
                break;
            }
            roots.push(read_capped(&path, Role::Root)?);
        }
        Ok(roots)
    }

    fn root_path(&self, version: u64) -> PathBuf {
        self.served().join(format!("root/{version}.cose"))
    }

    /// Where a file lies.
    fn file_path(&self, file: &FileName) -> PathBuf {
        self.path.join("published").join(file.path())
    }

    /// Every file that a head names.
    pub(super) fn read_named(&self, named: &Head, roots: Vec<Vec<u8>>, head: Vec<u8>) -> Result<Bundle, FolderError> {
        let read = |file: FileName| read_capped(&self.file_path(&file), file.role());
        let mut files = Bundle { roots, head, trust: read(FileName::Trust(named.trust.hash))?, ..Bundle::default() };
        for (shard, status) in &named.status {
            let base = read(FileName::StatusBase { shard: *shard, hash: status.base.hash })?;
            let delta = status.delta.map(|delta| read(FileName::StatusDelta { shard: *shard, hash: delta.hash }));
            files.status.push(ShardFiles { base, delta: delta.transpose()? });
        }
        for (list, file) in &named.withdrawals {
            files.withdrawals.push(read(FileName::Withdrawals { list: *list, hash: file.hash })?);
        }
        files.rules = named.rules.map(|file| read(FileName::Rules(file.hash))).transpose()?;
        Ok(files)
    }

    /// Writes what is in force: first the files that never change, last the head that names them,
    /// so that whoever reads meanwhile, or after a crash, finds the old set or the new one.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn write(&self, repository: &Repository) -> Result<(), FolderError> {
        self.write_with(repository, &[])
    }

    /// The same, with the requests that the head publishes in the journal.
    ///
    /// # Errors
    /// [`FolderError::Io`].
    pub fn write_with(&self, repository: &Repository, requests: &[JournalEntry]) -> Result<(), FolderError> {
        self.write_through(repository, requests, &mut |write| self.perform(write))
    }

    fn perform(&self, write: Write<'_>) -> Result<(), FolderError> {
        match write {
            Write::Page(version, page) => self.save_page(version, page),
            Write::Once(path, content) => write_once(path, content),
            Write::Replace(path, content) => write_atomically(path, content),
            Write::Remove(path) => remove(path),
        }
    }

    /// The same, each step done by `write`.
    fn write_through(
        &self,
        repository: &Repository,
        requests: &[JournalEntry],
        write: &mut dyn FnMut(Write<'_>) -> Result<(), FolderError>,
    ) -> Result<(), FolderError> {
        if let (Some(state), Some(bundle)) = (repository.state(), repository.bundle()) {
            for (file, content) in named_files(state.head(), &bundle) {
                write(Write::Once(&self.file_path(&file), content))?;
            }
            let encoded = bundle.encode();
            let name = hex(&NamedFile::of(&encoded, 0).hash);
            write(Write::Once(&self.served().join(format!("bundle/{name}.cbor")), &encoded))?;
            let version = state.head().header.version;
            write(Write::Once(&self.path.join(format!("history/head-{version}.cose")), &bundle.head))?;
            let head_sha256 = hex(&NamedFile::of(&bundle.head, 0).hash);
            let page = JournalPage { head_version: version, head_sha256, requests: requests.to_vec() };
            write(Write::Page(version, Some(&page).filter(|page| !page.requests.is_empty())))?;
        }
        // Roots late: a new one may end the head in force.
        for (root, version) in repository.roots().iter().zip(1..) {
            write(Write::Once(&self.root_path(version), root))?;
        }
        if let Some(head) = repository.head_file() {
            write(Write::Replace(&self.served().join("head.cose"), head))?;
        }
        for role in [Role::Root, Role::Trust] {
            write(Write::Remove(&self.pending_path(role)))?;
        }
        Ok(())
    }
}

/// The content-addressed files of a bundle with their names.
fn named_files<'a>(head: &Head, files: &'a Bundle) -> Vec<(FileName, &'a [u8])> {
    let mut all = vec![(FileName::Trust(head.trust.hash), files.trust.as_slice())];
    for ((shard, named), files) in head.status.iter().zip(&files.status) {
        all.push((FileName::StatusBase { shard: *shard, hash: named.base.hash }, files.base.as_slice()));
        if let (Some(named), Some(delta)) = (named.delta, &files.delta) {
            all.push((FileName::StatusDelta { shard: *shard, hash: named.hash }, delta.as_slice()));
        }
    }
    for ((list, named), file) in head.withdrawals.iter().zip(&files.withdrawals) {
        all.push((FileName::Withdrawals { list: *list, hash: named.hash }, file.as_slice()));
    }
    if let (Some(named), Some(file)) = (head.rules, &files.rules) {
        all.push((FileName::Rules(named.hash), file.as_slice()));
    }
    all
}

/// One step of a publication.
enum Write<'a> {
    /// A file named by its content or version.
    Once(&'a Path, &'a [u8]),
    /// The journal's page of a head; none if it published no request.
    Page(u64, Option<&'a JournalPage>),
    /// A file that changes.
    Replace(&'a Path, &'a [u8]),
    /// A file that is there no more.
    Remove(&'a Path),
}

/// Reads a bundle file, up to the largest size of one.
///
/// # Errors
/// [`FolderError::Io`] or [`FolderError::Damaged`].
pub fn read_bundle(path: &Path) -> Result<Bundle, FolderError> {
    let mut bytes = Vec::new();
    let cap = crate::bundle::MAX_BUNDLE as u64 + 1;
    File::open(path).and_then(|file| file.take(cap).read_to_end(&mut bytes)).map_err(FolderError::io(path))?;
    Bundle::parse(&bytes).map_err(|error| FolderError::Damaged { path: path.to_owned(), error })
}

fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

pub(super) fn read_capped(path: &Path, role: Role) -> Result<Vec<u8>, FolderError> {
    let mut bytes = Vec::new();
    let cap = role.max_length() as u64 + 1;
    File::open(path).and_then(|file| file.take(cap).read_to_end(&mut bytes)).map_err(FolderError::io(path))?;
    Ok(bytes)
}

pub(super) fn remove(path: &Path) -> Result<(), FolderError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FolderError::io(path)(error)),
        _ => Ok(()),
    }
}

/// A file named by its content or version: if it is there, it is right.
pub(super) fn write_once(path: &Path, content: &[u8]) -> Result<(), FolderError> {
    if fs::read(path).is_ok_and(|there| there == content) {
        return Ok(());
    }
    write_atomically(path, content)
}

/// Replaces a file: after a crash the old or the new one is there, never a part.
///
/// # Errors
/// [`FolderError::Io`].
pub fn write_atomically(path: &Path, content: &[u8]) -> Result<(), FolderError> {
    let fail = || FolderError::io(path);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(FolderError::io(folder))?;
    let mut file = tempfile::Builder::new().prefix(".new-").tempfile_in(folder).map_err(fail())?;
    file.write_all(content).map_err(fail())?;
    // What is published is for everyone; a temporary file is its maker's alone.
    #[cfg(unix)]
    file.as_file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644)).map_err(fail())?;
    file.as_file().sync_all().map_err(fail())?;
    file.persist(path).map_err(|error| fail()(error.error))?;
    #[cfg(unix)]
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(FolderError::io(folder))?;
    Ok(())
}

#[cfg(test)]
mod tests;
