//! The chain of roots, from the pinned one to the one in force.

use crate::error::TrustError;
use crate::head::{Head, MAX_ROOTS, NamedFile};
use crate::header::Header;
use crate::pin::RootPin;
use crate::role::Role;
use crate::root::Root;
use crate::signed::Signed;
use tegata_certificate::UnixTime;

/// A verified chain of roots: each next version is signed by the threshold of the one before *and*
/// by its own. One in the middle may have expired; its keys vouched in their time.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    /// The newest root.
    pub last: Root,
    /// How the head has to name them, from version 1.
    pub names: Vec<NamedFile>,
    /// When the newest of them was issued.
    pub newest: UnixTime,
}

impl Chain {
    /// Begins with the pinned first root.
    pub fn begin(first: &[u8], pin: &RootPin) -> Result<Self, TrustError> {
        if RootPin::of(first) != *pin {
            return Err(TrustError::NotPinned);
        }
        let signed = Signed::parse(Role::Root, first)?;
        let last = Root::parse(signed.unverified_payload())?;
        signed.open(&last.root, &last.header.repository_id)?;
        check_version(&last, 1)?;
        let newest = last.header.issued_at;
        Ok(Self { last, names: vec![NamedFile::of(first, 1)], newest })
    }

    /// Follows the whole chain.
    pub fn open(files: &[Vec<u8>], pin: &RootPin) -> Result<Self, TrustError> {
        let (first, rest) = files.split_first().ok_or(TrustError::BundleMalformed)?;
        let mut chain = Self::begin(first, pin)?;
        for file in rest {
            chain.follow(file)?;
        }
        Ok(chain)
    }

    /// Takes the next root.
    pub fn follow(&mut self, file: &[u8]) -> Result<(), TrustError> {
        let signed = Signed::parse(Role::Root, file)?;
        let repository_id = self.repository_id();
        let next = Root::parse(signed.open(&self.last.root, repository_id)?)?;
        belongs(&next.header, repository_id, Role::Root)?;
        signed.open(&next.root, repository_id)?;
        let version = self.next_version().ok_or(TrustError::TooManyRoots)?;
        check_version(&next, version)?;
        self.names.push(NamedFile::of(file, version));
        self.newest = self.newest.max(next.header.issued_at);
        self.last = next;
        Ok(())
    }

    /// The version of the root that may come next; none after the most that there can be.
    pub fn next_version(&self) -> Option<u64> {
        let version = self.names.len() as u64;
        (version < MAX_ROOTS).then_some(version + 1)
    }

    pub fn repository_id(&self) -> &str {
        &self.last.header.repository_id
    }

    /// The head: signed by the keys of its role, of this repository, and naming these roots. The
    /// last ones may be missing from it: a new root is published before the head that names it.
    pub fn open_head(&self, file: &[u8]) -> Result<Head, TrustError> {
        let repository_id = self.repository_id();
        let head = Head::parse(Signed::parse(Role::Head, file)?.open(&self.last.head, repository_id)?)?;
        belongs(&head.header, repository_id, Role::Head)?;
        if self.names.starts_with(&head.roots) {
            Ok(head)
        } else {
            Err(TrustError::NotNamedByHead { role: Role::Root })
        }
    }
}

fn check_version(root: &Root, expected: u64) -> Result<(), TrustError> {
    let found = root.header.version;
    if found == expected { Ok(()) } else { Err(TrustError::RootVersion { found, expected }) }
}

/// Refuses a list of another repository.
pub(crate) fn belongs(header: &Header, repository_id: &str, role: Role) -> Result<(), TrustError> {
    if header.repository_id == repository_id { Ok(()) } else { Err(TrustError::OtherRepository { role }) }
}
