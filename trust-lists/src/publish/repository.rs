//! A repository in memory: signed bytes, and what the next publication is made of.

use crate::bundle::Bundle;
use crate::error::TrustError;
use crate::freshness::DEFAULT_GRACE;
use crate::head::{Head, NamedFile};
use crate::header::Header;
use crate::index::HintIndex;
use crate::pin::RootPin;
use crate::publish::edition::Edition;
use crate::publish::lists::Lists;
use crate::publish::root_changes::RootChangeError;
use crate::role::Role;
use crate::root::{RoleKeys, Root};
use crate::signed::{Signed, assemble, protected, to_be_signed};
use crate::state::TrustState;
use crate::status::StatusFault;
use crate::trust::Trust;
use tegata_certificate::{UnixTime, VerifyingKey};
use tegata_keys::{SignError, Signer};

/// How long each list lives, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lifetimes {
    /// The root: two years.
    pub root: i64,
    /// The trust list: 90 days.
    pub trust: i64,
    /// Status files: 14 days.
    pub status: i64,
    /// The head: 7 days.
    pub head: i64,
    /// The rule sets: 30 days.
    pub rules: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let day = 86_400;
        Self { root: 730 * day, trust: 90 * day, status: 14 * day, head: 7 * day, rules: 30 * day }
    }
}

/// The public keys and thresholds of a new repository.
#[derive(Clone, Debug)]
pub struct Roles {
    /// Who signs the next root.
    pub root: RoleKeys,
    /// Who signs the trust list.
    pub trust: RoleKeys,
    /// Who will sign status files, if the repository is to publish any.
    pub status: Option<RoleKeys>,
    /// Who signs the head.
    pub head: RoleKeys,
    /// Who will sign rule sets, if the repository is to publish any.
    pub rules: Option<RoleKeys>,
}

impl Roles {
    /// The first root of a repository.
    pub(super) fn into_root(self, repository_id: &str, lifetimes: Lifetimes, now: UnixTime) -> Root {
        let header = Header {
            version: 1,
            issued_at: now,
            expires_at: now.plus(lifetimes.root),
            repository_id: repository_id.to_owned(),
        };
        let Self { root, trust, status, head, rules } = self;
        Root { header, root, trust, status, head, rules, grace_cap: DEFAULT_GRACE }
    }
}

/// Why nothing was published.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PublishError {
    /// A reader would refuse the result.
    #[error("no verifier would take this list: {0}")]
    Refused(#[from] TrustError),
    /// A key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// Fewer keys of the role at hand than must sign.
    #[error("{available} of the keys of the {role} role are at hand, {threshold} must sign")]
    TooFewKeys {
        /// The role.
        role: Role,
        /// Keys at hand.
        available: usize,
        /// Keys needed.
        threshold: u64,
    },
    /// A trust list must be published before the head can be renewed.
    #[error("there is no trust list yet: publish one first")]
    NoTrust,
    /// A list that a ceremony signed is waiting to be named by a head.
    #[error("a {role} list that a ceremony signed is waiting to be published")]
    Waiting {
        /// The role.
        role: Role,
    },
    /// Not the version after the one in force.
    #[error("it is {role} version {found} where {expected} follows")]
    Version {
        /// The role.
        role: Role,
        /// The version that it states.
        found: u64,
        /// The version that follows the one in force.
        expected: u64,
    },
    /// A status file cannot be made.
    #[error("status shard {shard}: {fault}")]
    Status {
        /// The shard.
        shard: u64,
        /// What is wrong.
        fault: StatusFault,
    },
    /// The root names no status role.
    #[error("the root gives no keys to the status role")]
    NoStatusRole,
    /// The root names no rules role.
    #[error("the root gives no keys to the rules role")]
    NoRulesRole,
    /// A change to the root that cannot be made.
    #[error(transparent)]
    RootChange(#[from] RootChangeError),
    /// Issued before the list that it follows: the clock went back.
    #[error("the {role} list in force was issued at {issued_at}, after the present time: check this machine's clock")]
    ClockBehind {
        /// The role.
        role: Role,
        /// When the list in force was issued.
        issued_at: UnixTime,
    },
}

/// Signs a payload for a role of a repository, with each of the signers.
///
/// # Errors
/// [`SignError`] of the first that fails.
pub fn sign_list(
    role: Role,
    repository_id: &str,
    payload: &[u8],
    signers: &[&dyn Signer],
) -> Result<Vec<u8>, SignError> {
    let sign = |signer: &&dyn Signer| {
        let protected = protected(signer.verifying_key());
        let signature = signer.sign(&to_be_signed(role, repository_id, &protected, payload))?;
        Ok((protected, signature))
    };
    let signatures = signers.iter().map(sign).collect::<Result<Vec<_>, SignError>>()?;
    Ok(assemble(payload, &signatures))
}

/// A repository in memory. Every file in it was accepted by the same checks that verifiers make.
#[derive(Clone, Debug)]
pub struct Repository {
    roots: Vec<Vec<u8>>,
    root: Root,
    current: Option<Current>,
    next: Next,
}

/// Lists that a ceremony signed and no head names yet.
#[derive(Clone, Default, Debug)]
struct Next {
    root: Option<(Vec<u8>, Root)>,
    trust: Option<(Vec<u8>, Trust)>,
}

/// The files in force, and what they say.
#[derive(Clone, Debug)]
struct Current {
    files: Bundle,
    state: TrustState,
}

impl Repository {
    /// Makes a repository: root version 1, signed by the root keys among `signers`.
    ///
    /// # Errors
    /// [`PublishError`]; also where the roles are fewer than a production repository needs.
    pub fn init(
        repository_id: &str,
        roles: Roles,
        lifetimes: Lifetimes,
        signers: &[&dyn Signer],
        now: UnixTime,
    ) -> Result<Self, PublishError> {
        let root = roles.into_root(repository_id, lifetimes, now);
        root.check()?;
        let signers = signers_of(Role::Root, &root.root, signers)?;
        let file = sign_list(Role::Root, repository_id, &root.encode(), &signers)?;
        Ok(Self { roots: vec![file], root, current: None, next: Next::default() })
    }

    /// Takes up a repository that has published nothing but roots, checked as a verifier checks them.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn begin(roots: Vec<Vec<u8>>, pin: &RootPin) -> Result<Self, TrustError> {
        let root = TrustState::open_root(&roots, pin)?;
        Ok(Self { roots, root, current: None, next: Next::default() })
    }

    /// Takes up a repository from its files, checked as a verifier checks them, except that they may have expired:
    /// a publisher renews what has.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn open(files: Bundle, pin: &RootPin) -> Result<Self, TrustError> {
        let state = TrustState::open(&files, pin)?;
        let (roots, root) = (files.roots.clone(), state.root().clone());
        Ok(Self { roots, root, current: Some(Current { files, state }), next: Next::default() })
    }

    /// The hash that verifiers pin.
    #[must_use]
    pub fn pin(&self) -> RootPin {
        RootPin::of(self.roots.first().map(Vec::as_slice).unwrap_or_default())
    }

    /// The root in force.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The root that the next head stands under: one that a ceremony signed, or else the one in force.
    #[must_use]
    pub fn coming_root(&self) -> &Root {
        self.next.root.as_ref().map_or(&self.root, |(_, root)| root)
    }

    /// The files of lists that a ceremony signed and no head names yet: root, trust.
    #[must_use]
    pub fn waiting(&self) -> (Option<&[u8]>, Option<&[u8]>) {
        let root = self.next.root.as_ref().map(|(file, _)| file.as_slice());
        (root, self.next.trust.as_ref().map(|(file, _)| file.as_slice()))
    }

    /// Takes a root that a ceremony signed; it counts from the next head on. Taking what is in force already
    /// changes nothing.
    ///
    /// # Errors
    /// [`PublishError::Refused`], or [`PublishError::Waiting`] if another one is waiting.
    pub fn take_root(&mut self, file: Vec<u8>) -> Result<(), PublishError> {
        if self.roots.contains(&file) {
            return Ok(());
        }
        if self.next.root.as_ref().is_some_and(|(waiting, _)| *waiting != file) {
            return Err(PublishError::Waiting { role: Role::Root });
        }
        let mut chain = self.roots.clone();
        chain.push(file.clone());
        let root = TrustState::open_root(&chain, &self.pin())?;
        if let Some(state) = self.state() {
            state.trust().check(&root)?;
        }
        self.next.root = Some((file, root));
        Ok(())
    }

    /// Takes a trust list that a ceremony signed; it counts from the next head on. Taking what is in force already
    /// changes nothing.
    ///
    /// # Errors
    /// [`PublishError`], also [`PublishError::Waiting`] if another one is waiting.
    pub fn take_trust(&mut self, file: Vec<u8>) -> Result<(), PublishError> {
        if self.trust_file() == Some(file.as_slice()) {
            return Ok(());
        }
        if self.next.trust.as_ref().is_some_and(|(waiting, _)| *waiting != file) {
            return Err(PublishError::Waiting { role: Role::Trust });
        }
        let root = self.coming_root();
        let trust = Trust::parse(Signed::parse(Role::Trust, &file)?.open(&root.trust, self.id())?)?;
        if trust.header.repository_id != self.id() {
            return Err(TrustError::OtherRepository { role: Role::Trust }.into());
        }
        trust.check(root)?;
        HintIndex::new(&trust.keys)?;
        let expected = self.state().map_or(1, |state| state.trust().header.version.saturating_add(1));
        if trust.header.version != expected {
            return Err(PublishError::Version { role: Role::Trust, found: trust.header.version, expected });
        }
        if let Some(current) = self.state() {
            trust.check_follows(current.trust(), trust.header.issued_at)?;
        }
        self.next.trust = Some((file, trust));
        Ok(())
    }

    /// The root files, from version 1.
    #[must_use]
    pub fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }

    /// The trust file in force.
    #[must_use]
    pub fn trust_file(&self) -> Option<&[u8]> {
        self.files().map(|files| files.trust.as_slice())
    }

    /// The head file in force.
    #[must_use]
    pub fn head_file(&self) -> Option<&[u8]> {
        self.files().map(|files| files.head.as_slice())
    }

    /// The lists in force.
    #[must_use]
    pub fn state(&self) -> Option<&TrustState> {
        self.current.as_ref().map(|current| &current.state)
    }

    /// All files in force in one.
    #[must_use]
    pub fn bundle(&self) -> Option<Bundle> {
        self.files().cloned()
    }

    pub(super) fn files(&self) -> Option<&Bundle> {
        self.current.as_ref().map(|current| &current.files)
    }

    /// Publishes issuers, keys and anchors: a new trust list and a new head that names it. The same input
    /// at the same time gives the same bytes. On an error nothing changes.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn publish(
        &mut self,
        lists: Lists,
        lifetimes: Lifetimes,
        signers: &[&dyn Signer],
        now: UnixTime,
    ) -> Result<(), PublishError> {
        if self.next.trust.is_some() {
            return Err(PublishError::Waiting { role: Role::Trust });
        }
        let trust = self.next_trust(lists, lifetimes, now)?;
        let trust_signers = signers_of(Role::Trust, &self.coming_root().trust, signers)?;
        let file = sign_list(Role::Trust, self.id(), &trust.encode(), &trust_signers)?;
        self.publish_head(Some((file, trust.header.version)), None, lifetimes, signers, now)
    }

    /// Whether these lists could be published: every check but the signatures.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn check(&self, lists: Lists, now: UnixTime) -> Result<(), PublishError> {
        self.next_trust(lists, Lifetimes::default(), now).map(drop)
    }

    /// The next trust list, read back from its own bytes: what a verifier would not read is not signed.
    pub(super) fn next_trust(&self, lists: Lists, lifetimes: Lifetimes, now: UnixTime) -> Result<Trust, PublishError> {
        let Lists { issuers, keys, anchors } = lists;
        let previous = self.state().map(|state| &state.trust().header);
        let header = self.next_header(Role::Trust, previous, lifetimes.trust, now)?;
        let trust = Trust::parse(&Trust { header, issuers, keys, anchors }.encode())?;
        trust.check(self.coming_root())?;
        HintIndex::new(&trust.keys)?;
        if let Some(current) = self.state() {
            trust.check_follows(current.trust(), now)?;
        }
        Ok(trust)
    }

    /// Renews the head alone, which lives for days only: needs the head's keys and no others.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn renew_head(
        &mut self,
        lifetimes: Lifetimes,
        signers: &[&dyn Signer],
        now: UnixTime,
    ) -> Result<(), PublishError> {
        self.publish_head(None, None, lifetimes, signers, now)
    }

    /// A new head over a trust list and an edition of the others, or those that are waiting, or those in force.
    pub(super) fn publish_head(
        &mut self,
        trust: Option<(Vec<u8>, u64)>,
        edition: Option<Edition>,
        lifetimes: Lifetimes,
        signers: &[&dyn Signer],
        now: UnixTime,
    ) -> Result<(), PublishError> {
        let waiting = || self.next.trust.as_ref().map(|(file, trust)| (file.clone(), trust.header.version));
        let in_force = || self.current.as_ref().map(|now| (now.files.trust.clone(), now.state.trust().header.version));
        let (trust, version) = trust.or_else(waiting).or_else(in_force).ok_or(PublishError::NoTrust)?;
        let mut roots = self.roots.clone();
        roots.extend(self.next.root.as_ref().map(|(file, _)| file.clone()));
        let status = edition.unwrap_or_else(|| self.edition());
        let previous = self.state().map(|state| state.head());
        let head = Head {
            header: self.next_header(Role::Head, previous.map(|head| &head.header), lifetimes.head, now)?,
            roots: roots.iter().zip(1..).map(|(root, version)| NamedFile::of(root, version)).collect(),
            trust: NamedFile::of(&trust, version),
            status: status.shards.iter().map(|(shard, (named, _))| (*shard, *named)).collect(),
            withdrawals: status.withdrawals.iter().map(|(list, (named, _))| (*list, *named)).collect(),
            rules: status.rules.as_ref().map(|(named, _)| *named),
        };
        let signers = signers_of(Role::Head, &self.coming_root().head, signers)?;
        let head = sign_list(Role::Head, self.id(), &head.encode(), &signers)?;
        let files = Bundle {
            roots: roots.clone(),
            trust,
            head,
            status: status.shards.into_values().map(|(_, files)| files).collect(),
            withdrawals: status.withdrawals.into_values().map(|(_, file)| file).collect(),
            rules: status.rules.map(|(_, file)| file),
        };
        // The last word is the reader's: what it would not load is not published.
        let state = TrustState::load(&files, &self.pin(), now)?;
        let root = state.root().clone();
        *self = Self { roots, root, current: Some(Current { files, state }), next: Next::default() };
        Ok(())
    }

    pub(super) fn next_header(
        &self,
        role: Role,
        previous: Option<&Header>,
        lifetime: i64,
        now: UnixTime,
    ) -> Result<Header, PublishError> {
        if let Some(previous) = previous
            && now < previous.issued_at
        {
            return Err(PublishError::ClockBehind { role, issued_at: previous.issued_at });
        }
        let version = previous.map_or(1, |header| header.version.saturating_add(1));
        Ok(Header { version, issued_at: now, expires_at: now.plus(lifetime), repository_id: self.id().to_owned() })
    }

    pub(super) fn id(&self) -> &str {
        &self.root.header.repository_id
    }
}

/// As many signers as must sign, in the order in which the root names their keys.
pub(super) fn signers_of<'a>(
    role: Role,
    keys: &RoleKeys,
    signers: &[&'a dyn Signer],
) -> Result<Vec<&'a dyn Signer>, PublishError> {
    let holder = |key: &VerifyingKey| signers.iter().copied().find(|signer| signer.verifying_key() == key);
    let found: Vec<_> = keys.keys.iter().filter_map(holder).collect();
    let needed = usize::try_from(keys.threshold).unwrap_or(usize::MAX);
    match found.get(..needed) {
        Some(enough) => Ok(enough.to_vec()),
        None => Err(PublishError::TooFewKeys { role, available: found.len(), threshold: keys.threshold }),
    }
}
