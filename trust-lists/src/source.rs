//! Where a repository's files come from, and what each is called.

use crate::bundle::Bundle;
use crate::head::{Head, StatusFiles};
use crate::role::Role;
use crate::signed::Signed;
use std::convert::Infallible;
use std::fmt;

/// One file of a repository, named by what it is.
///
/// No list holds a path. Where a file lies follows from numbers and hashes alone, so nothing that
/// a repository says leads a client to read or write elsewhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FileName {
    /// The head, the one file that changes.
    Head,
    /// The root of that version, from 1.
    Root(u64),
    /// The trust list with that SHA-256.
    Trust([u8; 32]),
    /// The complete status set of a shard.
    StatusBase {
        /// The shard's number.
        shard: u64,
        /// SHA-256 of the file.
        hash: [u8; 32],
    },
    /// What changed in a shard since its base.
    StatusDelta {
        /// The shard's number.
        shard: u64,
        /// SHA-256 of the file.
        hash: [u8; 32],
    },
    /// A list of certificates that others withdrew.
    Withdrawals {
        /// The list's number.
        list: u64,
        /// SHA-256 of the file.
        hash: [u8; 32],
    },
    /// The rule sets, by the SHA-256 of their file.
    Rules([u8; 32]),
}

impl FileName {
    /// Whose file it is.
    #[must_use]
    pub fn role(&self) -> Role {
        match self {
            Self::Head => Role::Head,
            Self::Root(_) => Role::Root,
            Self::Trust(_) => Role::Trust,
            Self::StatusBase { .. } | Self::StatusDelta { .. } | Self::Withdrawals { .. } => Role::Status,
            Self::Rules(_) => Role::Rules,
        }
    }

    /// Its path below the repository's folder or address: ASCII letters, digits, `.` and `/` only.
    ///
    /// ```
    /// use tegata_trust_lists::FileName;
    /// assert_eq!(FileName::Head.path(), "v1/head.cose");
    /// assert_eq!(FileName::Root(2).path(), "v1/root/2.cose");
    /// let delta = FileName::StatusDelta { shard: 7, hash: [0xab; 32] }.path();
    /// assert_eq!(delta, format!("v1/status/7/{}.delta.cose", "ab".repeat(32)));
    /// ```
    #[must_use]
    pub fn path(&self) -> String {
        let hex = |hash: &[u8; 32]| base16ct::lower::encode_string(hash);
        match self {
            Self::Head => "v1/head.cose".to_owned(),
            Self::Root(version) => format!("v1/root/{version}.cose"),
            Self::Trust(hash) => format!("v1/trust/{}.cose", hex(hash)),
            Self::StatusBase { shard, hash } => format!("v1/status/{shard}/{}.base.cose", hex(hash)),
            Self::StatusDelta { shard, hash } => format!("v1/status/{shard}/{}.delta.cose", hex(hash)),
            Self::Withdrawals { list, hash } => format!("v1/withdrawals/{list}/{}.cose", hex(hash)),
            Self::Rules(hash) => format!("v1/rules/{}.cose", hex(hash)),
        }
    }
}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

/// Anything that hands out a repository's files: a folder, a web server, a bundle, a test.
///
/// Nothing that a source gives is believed; it can only fail to help.
pub trait Source {
    /// Why a file could not be read.
    type Error;

    /// The bytes of a file, or `None` if there is no such file.
    ///
    /// It must stop reading after `cap` + 1 bytes: a file longer than `cap` is refused, and whether
    /// the source reports an error or gives `cap` + 1 bytes is its choice.
    ///
    /// # Errors
    /// What kept it from reading. An absent file is no error.
    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, Self::Error>;
}

impl<S: Source + ?Sized> Source for &mut S {
    type Error = S::Error;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, Self::Error> {
        (**self).read(file, cap)
    }
}

impl Source for &Bundle {
    type Error = Infallible;

    fn read(&mut self, file: &FileName, cap: u64) -> Result<Option<Vec<u8>>, Infallible> {
        let found = self.find(file).filter(|bytes| bytes.len() as u64 <= cap.saturating_add(1));
        Ok(found.map(<[u8]>::to_vec))
    }
}

impl Bundle {
    /// Its files with their names, as a web server or a folder holds them; none but roots and head if its head cannot
    /// be read. Nothing of it is believed here.
    #[must_use]
    pub fn named_files(&self) -> Vec<(FileName, &[u8])> {
        let head = Signed::parse(Role::Head, &self.head).and_then(|head| Head::parse(head.unverified_payload()));
        let roots = (1..).zip(&self.roots).map(|(version, _)| FileName::Root(version));
        let mut names: Vec<FileName> = roots.chain([FileName::Head]).collect();
        if let Ok(head) = head {
            names.push(FileName::Trust(head.trust.hash));
            for (shard, files) in &head.status {
                names.push(FileName::StatusBase { shard: *shard, hash: files.base.hash });
                names.extend(files.delta.map(|delta| FileName::StatusDelta { shard: *shard, hash: delta.hash }));
            }
            names.extend(
                head.withdrawals.iter().map(|(list, file)| FileName::Withdrawals { list: *list, hash: file.hash }),
            );
            names.extend(head.rules.map(|file| FileName::Rules(file.hash)));
        }
        names.into_iter().filter_map(|name| Some((name, self.find(&name)?))).collect()
    }

    /// The file of that name.
    ///
    /// The files carry no name here; the bundle's own head tells which place is whose. It is
    /// read unverified: at worst a wrong file is given, and whoever asked checks its hash.
    pub(crate) fn find(&self, file: &FileName) -> Option<&[u8]> {
        let head = || Head::parse(Signed::parse(Role::Head, &self.head).ok()?.unverified_payload()).ok();
        match *file {
            FileName::Head => Some(&self.head),
            FileName::Root(version) => {
                let place = usize::try_from(version.checked_sub(1)?).ok()?;
                self.roots.get(place).map(Vec::as_slice)
            }
            FileName::Trust(hash) => (head()?.trust.hash == hash).then_some(self.trust.as_slice()),
            FileName::StatusBase { shard, hash } => {
                let place = head()?.status.iter().position(|(n, files)| *n == shard && files.base.hash == hash)?;
                self.status.get(place).map(|files| files.base.as_slice())
            }
            FileName::StatusDelta { shard, hash } => {
                let named = |files: &StatusFiles| files.delta.is_some_and(|delta| delta.hash == hash);
                let place = head()?.status.iter().position(|(n, files)| *n == shard && named(files))?;
                self.status.get(place).and_then(|files| files.delta.as_deref())
            }
            FileName::Withdrawals { list, hash } => {
                let place = head()?.withdrawals.iter().position(|(n, file)| *n == list && file.hash == hash)?;
                self.withdrawals.get(place).map(Vec::as_slice)
            }
            FileName::Rules(hash) => {
                let named = head()?.rules.is_some_and(|file| file.hash == hash);
                self.rules.as_deref().filter(|_| named)
            }
        }
    }
}
