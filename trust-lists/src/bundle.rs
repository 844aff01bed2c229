//! Everything that a verifier needs in one file: for a USB stick, an intranet, an app package.

use crate::error::TrustError;
use crate::head::MAX_ROOTS;
use crate::role::Role;
use tegata_certificate::cbor::{self, CborError, Head, Limits, Profile, Reader, Writer};

/// The first field of a bundle.
const MARK: &str = "vc-trust-bundle/1";

/// Labels. 5 is reserved for status files.
const SPEC: u64 = 1;
const ROOTS: u64 = 2;
const TRUST: u64 = 3;
const HEAD: u64 = 4;

/// The largest bundle, in bytes.
pub const MAX_BUNDLE: usize = 24 * 1024 * 1024;

/// Signed lists as they came, believed by nobody:
/// `{1: "vc-trust-bundle/1", 2: [+ root bytes], 3: trust bytes, 4: head bytes}`.
///
/// A bundle is only a way to carry files; it is not signed and introduces no root. What it holds
/// becomes a [`TrustState`](crate::TrustState) by checks against a pinned root.
#[derive(Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The root files, versions 1, 2, …
    pub roots: Vec<Vec<u8>>,
    /// The trust file.
    pub trust: Vec<u8>,
    /// The head file.
    pub head: Vec<u8>,
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
        let too_large = |role: Role, file: &Vec<u8>| file.len() > role.max_length();
        let roots = bundle.roots.iter().any(|root| too_large(Role::Root, root)).then_some(Role::Root);
        let trust = too_large(Role::Trust, &bundle.trust).then_some(Role::Trust);
        let head = too_large(Role::Head, &bundle.head).then_some(Role::Head);
        match roots.or(trust).or(head) {
            Some(role) => Err(TrustError::TooLarge { role }),
            None => Ok(bundle),
        }
    }

    fn read(bytes: &[u8]) -> Result<Self, CborError> {
        let limits = Limits { depth: 4, items: MAX_ROOTS as usize + 16 };
        cbor::scan(bytes, Profile::Deterministic, limits)?;
        let mut reader = Reader::new(bytes);
        let pairs = match reader.head()? {
            Head::Map(Some(pairs)) => pairs,
            _ => return Err(CborError::UnexpectedType),
        };
        let (mut mark, mut roots, mut trust, mut head) = (None, None, None, None);
        for _ in 0..pairs {
            match uint(&mut reader)? {
                SPEC => mark = Some(reader.text()?),
                ROOTS => roots = Some(read_roots(&mut reader)?),
                TRUST => trust = Some(reader.bytes()?.to_vec()),
                HEAD => head = Some(reader.bytes()?.to_vec()),
                label if label < crate::fields::FIRST_OPTIONAL_LABEL => return Err(CborError::UnexpectedType),
                _ => reader.skip()?,
            }
        }
        match (mark, roots, trust, head) {
            (Some(MARK), Some(roots), Some(trust), Some(head)) => Ok(Self { roots, trust, head }),
            _ => Err(CborError::UnexpectedType),
        }
    }

    /// The bundle's bytes; the same files always give the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length: usize = self.roots.iter().map(|root| root.len() + 8).sum();
        let mut writer = Writer::with_capacity(length + self.trust.len() + self.head.len() + 64);
        writer.map(4);
        writer.uint(SPEC);
        writer.text(MARK);
        writer.uint(ROOTS);
        writer.array(self.roots.len());
        for root in &self.roots {
            writer.bytes(root);
        }
        writer.uint(TRUST);
        writer.bytes(&self.trust);
        writer.uint(HEAD);
        writer.bytes(&self.head);
        writer.into_bytes()
    }
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bundle").field("roots", &self.roots.len()).finish_non_exhaustive()
    }
}

fn uint(reader: &mut Reader<'_>) -> Result<u64, CborError> {
    match reader.head()? {
        Head::Unsigned(n) => Ok(n),
        _ => Err(CborError::UnexpectedType),
    }
}

fn read_roots(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, CborError> {
    match reader.head()? {
        Head::Array(Some(count @ 1..=MAX_ROOTS)) => (0..count).map(|_| reader.bytes().map(<[u8]>::to_vec)).collect(),
        _ => Err(CborError::UnexpectedType),
    }
}
