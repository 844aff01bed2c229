//! A repository in memory: signed bytes, and what the next publication is made of.

use crate::bundle::Bundle;
use crate::error::TrustError;
use crate::freshness::DEFAULT_GRACE;
use crate::head::{Head, NamedFile};
use crate::header::Header;
use crate::index::HintIndex;
use crate::pin::RootPin;
use crate::publish::lists::Lists;
use crate::role::Role;
use crate::root::{RoleKeys, Root};
use crate::signed::{assemble, protected, to_be_signed};
use crate::state::TrustState;
use crate::trust::Trust;
use std::collections::BTreeMap;
use tegata_certificate::{UnixTime, VerifyingKey};
use tegata_keys::{SignError, Signer};

/// How long each list lives, in seconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lifetimes {
    /// The root: two years.
    pub root: i64,
    /// The trust list: 90 days.
    pub trust: i64,
    /// The head: 7 days.
    pub head: i64,
}

impl Default for Lifetimes {
    fn default() -> Self {
        let day = 86_400;
        Self { root: 730 * day, trust: 90 * day, head: 7 * day }
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
}

/// The trust list and head in force.
#[derive(Clone, Debug)]
struct Current {
    trust: Vec<u8>,
    head: Vec<u8>,
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
        let header = Header {
            version: 1,
            issued_at: now,
            expires_at: now.plus(lifetimes.root),
            repository_id: repository_id.to_owned(),
        };
        let Roles { root, trust, status, head } = roles;
        let root = Root { header, root, trust, status, head, grace_cap: DEFAULT_GRACE };
        root.check()?;
        let signers = signers_of(Role::Root, &root.root, signers)?;
        let file = sign_list(Role::Root, repository_id, &root.encode(), &signers)?;
        Ok(Self { roots: vec![file], root, current: None })
    }

    /// Takes up a repository from its files, checked as a verifier checks them, except that they may have expired:
    /// a publisher renews what has.
    ///
    /// # Errors
    /// [`TrustError`].
    pub fn open(roots: Vec<Vec<u8>>, current: Option<(Vec<u8>, Vec<u8>)>, pin: &RootPin) -> Result<Self, TrustError> {
        let root = TrustState::open_root(&roots, pin)?;
        let Some((trust, head)) = current else {
            return Ok(Self { roots, root, current: None });
        };
        let bundle = Bundle { roots, trust, head, ..Bundle::default() };
        let state = TrustState::open(&bundle, pin)?;
        let Bundle { roots, trust, head, .. } = bundle;
        Ok(Self { roots, root, current: Some(Current { trust, head, state }) })
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

    /// The root files, from version 1.
    #[must_use]
    pub fn roots(&self) -> &[Vec<u8>] {
        &self.roots
    }

    /// The trust file in force.
    #[must_use]
    pub fn trust_file(&self) -> Option<&[u8]> {
        self.current.as_ref().map(|current| current.trust.as_slice())
    }

    /// The head file in force.
    #[must_use]
    pub fn head_file(&self) -> Option<&[u8]> {
        self.current.as_ref().map(|current| current.head.as_slice())
    }

    /// The lists in force.
    #[must_use]
    pub fn state(&self) -> Option<&TrustState> {
        self.current.as_ref().map(|current| &current.state)
    }

    /// All files in force in one.
    #[must_use]
    pub fn bundle(&self) -> Option<Bundle> {
        let current = self.current.as_ref()?;
        let (roots, trust, head) = (self.roots.clone(), current.trust.clone(), current.head.clone());
        Some(Bundle { roots, trust, head, ..Bundle::default() })
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
        let trust = self.next_trust(lists, lifetimes, now)?;
        let version = trust.header.version;
        let trust_signers = signers_of(Role::Trust, &self.root.trust, signers)?;
        let file = sign_list(Role::Trust, self.id(), &trust.encode(), &trust_signers)?;
        self.publish_head(file, version, lifetimes, signers, now)
    }

    /// Whether these lists could be published: every check but the signatures.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn check(&self, lists: Lists, now: UnixTime) -> Result<(), PublishError> {
        self.next_trust(lists, Lifetimes::default(), now).map(drop)
    }

    /// The next trust list, read back from its own bytes: what a verifier would not read is not signed.
    fn next_trust(&self, lists: Lists, lifetimes: Lifetimes, now: UnixTime) -> Result<Trust, PublishError> {
        let Lists { issuers, keys, anchors } = lists;
        let previous = self.state().map(|state| &state.trust().header);
        let header = self.next_header(Role::Trust, previous, lifetimes.trust, now)?;
        let trust = Trust::parse(&Trust { header, issuers, keys, anchors }.encode())?;
        trust.check(&self.root)?;
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
        let current = self.current.as_ref().ok_or(PublishError::NoTrust)?;
        let (trust, version) = (current.trust.clone(), current.state.trust().header.version);
        self.publish_head(trust, version, lifetimes, signers, now)
    }

    fn publish_head(
        &mut self,
        trust: Vec<u8>,
        version: u64,
        lifetimes: Lifetimes,
        signers: &[&dyn Signer],
        now: UnixTime,
    ) -> Result<(), PublishError> {
        let previous = self.state().map(|state| state.head());
        let head = Head {
            header: self.next_header(Role::Head, previous.map(|head| &head.header), lifetimes.head, now)?,
            roots: self.roots.iter().zip(1..).map(|(root, version)| NamedFile::of(root, version)).collect(),
            trust: NamedFile::of(&trust, version),
            status: previous.map_or_else(BTreeMap::new, |head| head.status.clone()),
            withdrawals: previous.map_or_else(BTreeMap::new, |head| head.withdrawals.clone()),
        };
        let signers = signers_of(Role::Head, &self.root.head, signers)?;
        let head = sign_list(Role::Head, self.id(), &head.encode(), &signers)?;
        let bundle = Bundle { roots: self.roots.clone(), trust, head, ..Bundle::default() };
        // The last word is the reader's: what it would not load is not published.
        let state = TrustState::load(&bundle, &self.pin(), now)?;
        let Bundle { trust, head, .. } = bundle;
        self.current = Some(Current { trust, head, state });
        Ok(())
    }

    fn next_header(
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

    fn id(&self) -> &str {
        &self.root.header.repository_id
    }
}

/// As many signers as must sign, in the order in which the root names their keys.
fn signers_of<'a>(
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
