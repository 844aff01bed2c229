//! Everything that a verifier needs in one file: for a USB stick, an intranet, an app package.

use crate::error::TrustError;
use crate::head::{MAX_ROOTS, MAX_SHARDS, MAX_WITHDRAWALS};
use crate::role::Role;
use tegata_certificate::cbor::{self, CborError, Head, Limits, Profile, Reader, Writer};

/// The first field of a bundle.
const MARK: &str = "vc-trust-bundle/1";

/// Labels.
const SPEC: u64 = 1;
const ROOTS: u64 = 2;
const TRUST: u64 = 3;
const HEAD: u64 = 4;
const STATUS: u64 = 5;
const WITHDRAWALS: u64 = 6;
const RULES: u64 = 65;

/// The largest bundle, in bytes.
pub const MAX_BUNDLE: usize = 64 * 1024 * 1024;

/// The most items of a bundle's frame: a file takes one, a shard three.
const MAX_ITEMS: usize = (MAX_ROOTS + 3 * MAX_SHARDS + MAX_WITHDRAWALS) as usize + 64;

/// Signed lists as they came, believed by nobody:
/// `{1: "vc-trust-bundle/1", 2: [+ root bytes], 3: trust bytes, 4: head bytes,
/// ? 5: [+ [base bytes, delta bytes / null]], ? 6: [+ withdrawals bytes], ? 65: rules bytes}`, 5 and 6 in the order in
/// which the head names them.
///
/// A bundle is only a way to carry files; it is not signed and introduces no root. What it holds
/// becomes a [`TrustState`](crate::TrustState) by checks against a pinned root.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Bundle {
    /// The root files, versions 1, 2, …
    pub roots: Vec<Vec<u8>>,
    /// The trust file.
    pub trust: Vec<u8>,
    /// The head file.
    pub head: Vec<u8>,
    /// The status files, a place a shard, in the head's order.
    pub status: Vec<ShardFiles>,
    /// The lists of others' withdrawals, in the head's order.
    pub withdrawals: Vec<Vec<u8>>,
    /// The file of rule sets, where the head names one.
    pub rules: Option<Vec<u8>>,
}

/// The files of one status shard as they came.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct ShardFiles {
    /// The complete set of some day.
    pub base: Vec<u8>,
    /// What changed since, if anything did.
    pub delta: Option<Vec<u8>>,
}

impl ShardFiles {
    fn iter(&self) -> impl Iterator<Item = &Vec<u8>> {
        std::iter::once(&self.base).chain(&self.delta)
    }
}

impl Bundle {
    /// Takes a bundle apart.
    ///
    /// # Errors
    /// [`TrustError::BundleMalformed`], or [`TrustError::TooLarge`] for a file beyond its role's cap.
    pub fn parse(bytes: &[u8]) -> Result<Self, TrustError> {
        if bytes.len() > MAX_BUNDLE {
            return Err(TrustError::BundleMalformed);
        }
        let bundle = Self::read(bytes).map_err(|_| TrustError::BundleMalformed)?;
        let too_large = bundle.files().find(|(role, file)| file.len() > role.max_length()).map(|(role, _)| role);
        match too_large {
            Some(role) => Err(TrustError::TooLarge { role }),
            None => Ok(bundle),
        }
    }

    /// Every file, with the role it is held for.
    fn files(&self) -> impl Iterator<Item = (Role, &Vec<u8>)> {
        let roots = self.roots.iter().map(|root| (Role::Root, root));
        let status = self.status.iter().flat_map(ShardFiles::iter).chain(&self.withdrawals);
        let status = status.map(|file| (Role::Status, file));
        let rules = self.rules.iter().map(|file| (Role::Rules, file));
        roots.chain([(Role::Trust, &self.trust), (Role::Head, &self.head)]).chain(status).chain(rules)
    }

    fn read(bytes: &[u8]) -> Result<Self, CborError> {
        let limits = Limits { depth: 5, items: MAX_ITEMS };
        cbor::scan(bytes, Profile::Deterministic, limits)?;
        let mut reader = Reader::new(bytes);
        let pairs = match reader.head()? {
            Head::Map(Some(pairs)) => pairs,
            _ => return Err(CborError::UnexpectedType),
        };
        let (mut mark, mut roots, mut trust, mut head) = (None, None, None, None);
        let (mut status, mut withdrawals, mut rules) = (Vec::new(), Vec::new(), None);
        for _ in 0..pairs {
            match uint(&mut reader)? {
                SPEC => mark = Some(reader.text()?),
                ROOTS => roots = Some(items(&mut reader, MAX_ROOTS, read_file)?),
                TRUST => trust = Some(read_file(&mut reader)?),
                HEAD => head = Some(read_file(&mut reader)?),
                STATUS => status = items(&mut reader, MAX_SHARDS, ShardFiles::read)?,
                WITHDRAWALS => withdrawals = items(&mut reader, MAX_WITHDRAWALS, read_file)?,
                RULES => rules = Some(read_file(&mut reader)?),
                label if label < crate::fields::FIRST_OPTIONAL_LABEL => return Err(CborError::UnexpectedType),
                _ => reader.skip()?,
            }
        }
        match (mark, roots, trust, head) {
            (Some(MARK), Some(roots), Some(trust), Some(head)) => {
                Ok(Self { roots, trust, head, status, withdrawals, rules })
            }
            _ => Err(CborError::UnexpectedType),
        }
    }

    /// The bundle's bytes; the same files always give the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length: usize = self.files().map(|(_, file)| file.len() + 16).sum();
        let mut writer = Writer::with_capacity(length + 64);
        let optional = [!self.status.is_empty(), !self.withdrawals.is_empty(), self.rules.is_some()];
        writer.map(4 + optional.iter().filter(|there| **there).count());
        writer.uint(SPEC);
        writer.text(MARK);
        writer.uint(ROOTS);
        write_files(&mut writer, &self.roots);
        writer.uint(TRUST);
        writer.bytes(&self.trust);
        writer.uint(HEAD);
        writer.bytes(&self.head);
        if !self.status.is_empty() {
            writer.uint(STATUS);
            writer.array(self.status.len());
            for files in &self.status {
                writer.array(2);
                writer.bytes(&files.base);
                match &files.delta {
                    Some(delta) => writer.bytes(delta),
                    None => writer.null(),
                }
            }
        }
        if !self.withdrawals.is_empty() {
            writer.uint(WITHDRAWALS);
            write_files(&mut writer, &self.withdrawals);
        }
        if let Some(rules) = &self.rules {
            writer.uint(RULES);
            writer.bytes(rules);
        }
        writer.into_bytes()
    }
}

impl ShardFiles {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CborError> {
        if reader.head()? != Head::Array(Some(2)) {
            return Err(CborError::UnexpectedType);
        }
        let base = read_file(reader)?;
        let delta = if reader.peek()? == Head::Simple(22) {
            reader.skip()?;
            None
        } else {
            Some(read_file(reader)?)
        };
        Ok(Self { base, delta })
    }
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ShardFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShardFiles").field("base", &self.base.len()).finish_non_exhaustive()
    }
}

fn uint(reader: &mut Reader<'_>) -> Result<u64, CborError> {
    match reader.head()? {
        Head::Unsigned(n) => Ok(n),
        _ => Err(CborError::UnexpectedType),
    }
}

fn read_file(reader: &mut Reader<'_>) -> Result<Vec<u8>, CborError> {
    reader.bytes().map(<[u8]>::to_vec)
}

/// An array of 1 to `max` items: what would be empty is left out.
fn items<T>(
    reader: &mut Reader<'_>,
    max: u64,
    read: impl Fn(&mut Reader<'_>) -> Result<T, CborError>,
) -> Result<Vec<T>, CborError> {
    let count = match reader.head()? {
        Head::Array(Some(count)) if (1..=max).contains(&u64::from(count)) => u64::from(count),
        _ => return Err(CborError::UnexpectedType),
    };
    let mut items = Vec::new();
    for _ in 0..count {
        items.push(read(reader)?);
    }
    Ok(items)
}

fn write_files(writer: &mut Writer, files: &[Vec<u8>]) {
    writer.array(files.len());
    for file in files {
        writer.bytes(file);
    }
}
