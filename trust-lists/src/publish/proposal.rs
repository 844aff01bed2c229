//! A list that nobody has signed yet, on its way to the officers whose keys must.

use crate::error::TrustError;
use crate::head::MAX_ROOTS;
use crate::index::HintIndex;
use crate::pin::RootPin;
use crate::publish::lists::Lists;
use crate::publish::repository::{Lifetimes, PublishError, Repository, Roles};
use crate::publish::root_changes::RootChanges;
use crate::role::Role;
use crate::root::{RoleKeys, Root};
use crate::signed::Signed;
use crate::state::TrustState;
use crate::trust::Trust;
use sha2::{Digest, Sha256};
use tegata_certificate::cbor::{self, CborError, Head, Limits, Profile, Reader, Writer};
use tegata_certificate::{UnixTime, VerifyingKey};

/// The first field of a proposal.
const MARK: &str = "vc-trust-proposal/1";

/// Labels.
const SPEC: u64 = 1;
const ROLE: u64 = 2;
const REPOSITORY_ID: u64 = 3;
const PAYLOAD: u64 = 4;
const ROOTS: u64 = 5;
const TRUST: u64 = 6;

/// The largest proposal, in bytes: two trust lists and a long chain of roots.
pub const MAX_PROPOSAL: usize = 16 * 1024 * 1024;

/// An unsigned root or trust list with what is in force now, so that an officer's own machine can show
/// what changes: `{1: "vc-trust-proposal/1", 2: role, 3: repository id, 4: payload, 5: [* root bytes],
/// ? 6: trust bytes}`. No roots: the proposal begins a repository.
///
/// Nothing of it is believed before [`review`](Self::review).
#[derive(Clone, PartialEq, Eq)]
pub struct Proposal {
    /// [`Role::Root`] or [`Role::Trust`].
    pub role: Role,
    /// The repository.
    pub repository_id: String,
    /// What is to be signed.
    pub payload: Vec<u8>,
    /// The root files in force, from version 1.
    pub roots: Vec<Vec<u8>>,
    /// The trust file in force.
    pub trust: Option<Vec<u8>>,
}

/// Why a proposal is not put before an officer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ProposalError {
    /// Not a proposal.
    #[error("not a proposal of vc-trust-proposal/1")]
    Malformed,
    /// A role whose lists are not signed in a ceremony.
    #[error("a {0} list is not signed in a ceremony")]
    Role(Role),
    /// It begins with another first root than the one that the officer named.
    #[error("it belongs to the repository with the first root {0}, not to the one that was named")]
    OtherRoot(RootPin),
    /// What it says is in force does not hold, or what it proposes no verifier would take.
    #[error("no verifier would take this list: {0}")]
    Refused(#[from] TrustError),
    /// Not the version after the one in force.
    #[error("it proposes {role} version {found} where {expected} follows")]
    Version {
        /// The role.
        role: Role,
        /// The version it proposes.
        found: u64,
        /// The version that follows the one in force.
        expected: u64,
    },
}

/// Keys of which a threshold must sign.
#[derive(Clone, Debug)]
pub struct SignerGroup {
    /// Which keys they are, in words: `root keys in force`.
    pub name: &'static str,
    /// The keys and how many of them must sign.
    pub keys: RoleKeys,
}

/// The proposed list.
#[derive(Clone, Debug)]
pub enum Proposed {
    /// A root list.
    Root(Box<Root>),
    /// A trust list.
    Trust(Box<Trust>),
}

/// A proposal that was checked: what it changes, and who must sign.
#[derive(Clone, Debug)]
pub struct Review {
    /// The proposed list.
    pub proposed: Proposed,
    /// The root in force; none where the proposal begins a repository.
    pub root: Option<Root>,
    /// The trust list in force.
    pub trust: Option<Trust>,
    /// The hash that verifiers pin; of a repository that begins, it is not known before its root is signed.
    pub pin: Option<RootPin>,
    /// Who must sign: of each group its threshold.
    pub groups: Vec<SignerGroup>,
    /// Whether the trust list in force stays valid under a proposed root.
    pub keeps_trust: bool,
}

impl Proposal {
    /// A first root, from public keys alone.
    ///
    /// # Errors
    /// [`ProposalError::Refused`]: what no root may say.
    pub fn init(repository_id: &str, roles: Roles, lifetimes: Lifetimes, now: UnixTime) -> Result<Self, ProposalError> {
        let root = roles.into_root(repository_id, lifetimes, now);
        root.check()?;
        Ok(Self {
            role: Role::Root,
            repository_id: repository_id.to_owned(),
            payload: root.encode(),
            roots: Vec::new(),
            trust: None,
        })
    }

    /// The hash that officers read to each other: SHA-256 of the payload, in which role and repository stand too.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(&self.payload).into()
    }

    /// The proposal's bytes; the same proposal always gives the same bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let length: usize = self.roots.iter().map(|root| root.len() + 8).sum();
        let mut writer = Writer::with_capacity(length + self.payload.len() * 2 + 256);
        writer.map(if self.trust.is_some() { 6 } else { 5 });
        writer.uint(SPEC);
        writer.text(MARK);
        writer.uint(ROLE);
        writer.uint(self.role.number());
        writer.uint(REPOSITORY_ID);
        writer.text(&self.repository_id);
        writer.uint(PAYLOAD);
        writer.bytes(&self.payload);
        writer.uint(ROOTS);
        writer.array(self.roots.len());
        for root in &self.roots {
            writer.bytes(root);
        }
        if let Some(trust) = &self.trust {
            writer.uint(TRUST);
            writer.bytes(trust);
        }
        writer.into_bytes()
    }

    /// Reads a proposal; [`review`](Self::review) says whether it makes sense.
    ///
    /// # Errors
    /// [`ProposalError::Malformed`] or [`ProposalError::Role`].
    pub fn parse(bytes: &[u8]) -> Result<Self, ProposalError> {
        if bytes.len() > MAX_PROPOSAL {
            return Err(ProposalError::Malformed);
        }
        let proposal = Self::read(bytes).map_err(|_| ProposalError::Malformed)?;
        match proposal.role {
            Role::Root | Role::Trust => Ok(proposal),
            role => Err(ProposalError::Role(role)),
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
        let (mut mark, mut role, mut id, mut payload, mut roots, mut trust) = (None, None, None, None, None, None);
        for _ in 0..pairs {
            match unsigned(reader.head()?)? {
                SPEC => mark = Some(reader.text()?),
                ROLE => role = Role::from_number(unsigned(reader.head()?)?),
                REPOSITORY_ID => id = Some(reader.text()?.to_owned()),
                PAYLOAD => payload = Some(reader.bytes()?.to_vec()),
                ROOTS => roots = Some(read_roots(&mut reader)?),
                TRUST => trust = Some(reader.bytes()?.to_vec()),
                _ => return Err(CborError::UnexpectedType),
            }
        }
        match (mark, role, id, payload, roots) {
            (Some(MARK), Some(role), Some(repository_id), Some(payload), Some(roots)) => {
                Ok(Self { role, repository_id, payload, roots, trust })
            }
            _ => Err(CborError::UnexpectedType),
        }
    }

    /// Checks everything that a verifier will check but the signatures, which are still to come, against
    /// what is in force. An officer who names the first root (`pin`) is told of any other.
    ///
    /// # Errors
    /// [`ProposalError`].
    pub fn review(&self, pin: Option<&RootPin>) -> Result<Review, ProposalError> {
        let own = self.roots.first().map(|root| RootPin::of(root));
        if let (Some(own), Some(pin)) = (own, pin)
            && own != *pin
        {
            return Err(ProposalError::OtherRoot(own));
        }
        let root = own.as_ref().map(|own| TrustState::open_root(&self.roots, own)).transpose()?;
        if root.as_ref().is_some_and(|root| root.header.repository_id != self.repository_id) {
            return Err(TrustError::OtherRepository { role: Role::Root }.into());
        }
        match self.role {
            Role::Root => self.review_root(root, own),
            _ => self.review_trust(root.ok_or(ProposalError::Malformed)?, own),
        }
    }

    fn review_root(&self, root: Option<Root>, pin: Option<RootPin>) -> Result<Review, ProposalError> {
        let next = Root::parse(&self.payload)?;
        if next.header.repository_id != self.repository_id {
            return Err(TrustError::OtherRepository { role: Role::Root }.into());
        }
        let expected = root.as_ref().map_or(1, |root| root.header.version.saturating_add(1));
        self.check_version(next.header.version, expected)?;
        let mut groups = vec![SignerGroup { name: "root keys of the new root", keys: next.root.clone() }];
        let (mut trust, mut keeps_trust) = (None, true);
        if let Some(root) = &root {
            groups.insert(0, SignerGroup { name: "root keys in force", keys: root.root.clone() });
            trust = self.trust_in_force(root)?;
            if let (Some(trust), Some(file)) = (&trust, &self.trust) {
                trust.check(&next)?;
                keeps_trust = Signed::parse(Role::Trust, file)?.open(&next.trust, &self.repository_id).is_ok();
            }
        }
        Ok(Review { proposed: Proposed::Root(Box::new(next)), root, trust, pin, groups, keeps_trust })
    }

    fn review_trust(&self, root: Root, pin: Option<RootPin>) -> Result<Review, ProposalError> {
        let next = Trust::parse(&self.payload)?;
        if next.header.repository_id != self.repository_id {
            return Err(TrustError::OtherRepository { role: Role::Trust }.into());
        }
        next.check(&root)?;
        HintIndex::new(&next.keys)?;
        let trust = self.trust_in_force(&root)?;
        self.check_version(
            next.header.version,
            trust.as_ref().map_or(1, |trust| trust.header.version.saturating_add(1)),
        )?;
        if let Some(trust) = &trust {
            next.check_follows(trust, next.header.issued_at)?;
        }
        let groups = vec![SignerGroup { name: "trust keys", keys: root.trust.clone() }];
        Ok(Review {
            proposed: Proposed::Trust(Box::new(next)),
            root: Some(root),
            trust,
            pin,
            groups,
            keeps_trust: true,
        })
    }

    /// The trust list in force, signed as the newest root demands, or the one before it: where a root and the
    /// first trust list under its keys are published together.
    fn trust_in_force(&self, root: &Root) -> Result<Option<Trust>, TrustError> {
        let Some(file) = &self.trust else {
            return Ok(None);
        };
        let signed = Signed::parse(Role::Trust, file)?;
        let payload = match (signed.open(&root.trust, &self.repository_id), self.roots.split_last()) {
            (Err(_), Some((_, [first, rest @ ..]))) => {
                let before: Vec<_> = std::iter::once(first).chain(rest).cloned().collect();
                let before = TrustState::open_root(&before, &RootPin::of(first))?;
                signed.open(&before.trust, &self.repository_id)?
            }
            (payload, _) => payload?,
        };
        let trust = Trust::parse(payload)?;
        if trust.header.repository_id != self.repository_id {
            return Err(TrustError::OtherRepository { role: Role::Trust });
        }
        Ok(Some(trust))
    }

    fn check_version(&self, found: u64, expected: u64) -> Result<(), ProposalError> {
        if found == expected { Ok(()) } else { Err(ProposalError::Version { role: self.role, found, expected }) }
    }
}

impl Repository {
    /// The next trust list, for officers to sign.
    ///
    /// # Errors
    /// [`PublishError`]: what no verifier would take, or a list that is waiting already.
    pub fn propose_trust(&self, lists: Lists, lifetimes: Lifetimes, now: UnixTime) -> Result<Proposal, PublishError> {
        if self.waiting().1.is_some() {
            return Err(PublishError::Waiting { role: Role::Trust });
        }
        let trust = self.next_trust(lists, lifetimes, now)?;
        let mut roots = self.roots().to_vec();
        roots.extend(self.waiting().0.map(<[u8]>::to_vec));
        Ok(self.proposal(Role::Trust, trust.encode(), roots))
    }

    /// The next root, for officers to sign.
    ///
    /// # Errors
    /// [`PublishError`]: what no root may say, a change that cannot be made, or a root that is waiting already.
    pub fn propose_root(
        &self,
        changes: &RootChanges,
        lifetimes: Lifetimes,
        now: UnixTime,
    ) -> Result<Proposal, PublishError> {
        if self.waiting().0.is_some() {
            return Err(PublishError::Waiting { role: Role::Root });
        }
        let header = self.next_header(Role::Root, Some(&self.root().header), lifetimes.root, now)?;
        let root = self.root().changed(changes, header)?;
        root.check()?;
        if let Some(state) = self.state() {
            state.trust().check(&root)?;
        }
        Ok(self.proposal(Role::Root, root.encode(), self.roots().to_vec()))
    }

    fn proposal(&self, role: Role, payload: Vec<u8>, roots: Vec<Vec<u8>>) -> Proposal {
        let trust = self.trust_file().map(<[u8]>::to_vec);
        Proposal { role, repository_id: self.id().to_owned(), payload, roots, trust }
    }
}

impl std::fmt::Debug for Proposal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proposal").field("role", &self.role).finish_non_exhaustive()
    }
}

impl Review {
    /// Every key that may sign, each once.
    pub fn signers(&self) -> impl Iterator<Item = &VerifyingKey> {
        let mut seen = Vec::new();
        self.groups.iter().flat_map(|group| &group.keys.keys).filter(move |key| {
            let kid = key.thumbprint();
            let new = !seen.contains(&kid);
            seen.push(kid);
            new
        })
    }
}

fn unsigned(head: Head) -> Result<u64, CborError> {
    match head {
        Head::Unsigned(n) => Ok(n),
        _ => Err(CborError::UnexpectedType),
    }
}

fn read_roots(reader: &mut Reader<'_>) -> Result<Vec<Vec<u8>>, CborError> {
    match reader.head()? {
        Head::Array(Some(count)) if u64::from(count) <= MAX_ROOTS => {
            (0..count).map(|_| reader.bytes().map(<[u8]>::to_vec)).collect()
        }
        _ => Err(CborError::UnexpectedType),
    }
}
