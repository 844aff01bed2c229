//! A rollover before it happens: does every verifier, however long it slept, arrive at the new root?
//!
//! The new root is perhaps not signed yet, and its head cannot be. So the whole repository is played with stand-in
//! keys: every past list says what it said and is signed by the stand-ins of those who signed it, and the
//! verifiers' own `update` leads from each past set to the new one.

use crate::bundle::{Bundle, ShardFiles};
use crate::error::TrustError;
use crate::head::{Head, NamedFile, StatusFiles};
use crate::header::Header;
use crate::pin::RootPin;
use crate::publish::repository::{PublishError, Repository, sign_list};
use crate::role::Role;
use crate::root::{RoleKeys, Root};
use crate::signed::Signed;
use crate::state::TrustState;
use crate::status::{encode_base, result_hash};
use crate::update::{UpdateError, Updated, update};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use tegata_certificate::{UnixTime, VerifyingKey};
use tegata_keys::{KeyType, PrivateKey, SignError, Signer};

/// How long the rehearsed head and status live, in seconds: it is thrown away at once.
const LIFE: i64 = 86_400;

/// What is rehearsed.
#[derive(Clone, Debug)]
pub enum Piece {
    /// A root list that its officers have still to sign: it is played as if all of them had.
    Root(Vec<u8>),
    /// A signed root file.
    SignedRoot(Vec<u8>),
    /// A trust list that its officers have still to sign.
    Trust(Vec<u8>),
    /// What is waiting to be published.
    Waiting,
}

/// A verifier that would be left behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stranded {
    /// The version of the head that it holds; none for a new verifier.
    pub head: Option<u64>,
    /// When that head was issued.
    pub since: Option<UnixTime>,
    /// Why it would not take the new set.
    pub error: TrustError,
}

/// What a rehearsal came to.
#[derive(Clone, Default, Debug)]
pub struct Rehearsal {
    /// How many past sets arrived; the new verifier is not among them.
    pub arrived: usize,
    /// Those that did not.
    pub stranded: Vec<Stranded>,
    /// Past sets that do not hold under the roots, by place: they were passed over.
    pub passed_over: Vec<usize>,
    /// Whether the shards must be signed anew together with the root, because its status keys did not sign them.
    pub status_anew: bool,
}

/// Plays every past set, the one in force, and a new verifier against the set to come.
///
/// # Errors
/// [`PublishError`]: what is rehearsed is no list that follows what is in force, or nothing is.
pub fn rehearse(
    repository: &Repository,
    past: impl Iterator<Item = Bundle>,
    piece: &Piece,
    now: UnixTime,
) -> Result<Rehearsal, PublishError> {
    let mut stage = Stage { repository_id: repository.id().to_owned(), keys: HashMap::new() };
    let (target, status_anew) = stage.target(repository, piece, now)?;
    let pin = RootPin::of(target.roots.first().map(Vec::as_slice).unwrap_or_default());
    let mut rehearsal = Rehearsal { status_anew, ..Rehearsal::default() };
    if let Err(error) = arrive(None, &pin, &target, now) {
        rehearsal.stranded.push(Stranded { head: None, since: None, error });
    }
    let in_force = repository.bundle().ok_or(PublishError::NoTrust)?;
    for (place, files) in past.chain([in_force]).enumerate() {
        let Ok(state) = TrustState::open(&files, &repository.pin()) else {
            rehearsal.passed_over.push(place);
            continue;
        };
        let (since, head) = (state.head().header.issued_at, state.head().header.version);
        let played = stage.play(&files, &repository.pin())?;
        // A verifier of that day.
        let held = match update(None, &pin, &mut &played, since) {
            Ok(Updated::Changed(held)) => *held,
            Ok(Updated::Unchanged) | Err(_) => {
                rehearsal.passed_over.push(place);
                continue;
            }
        };
        match arrive(Some(&held), &pin, &target, now) {
            Ok(()) => rehearsal.arrived += 1,
            Err(error) => rehearsal.stranded.push(Stranded { head: Some(head), since: Some(since), error }),
        }
    }
    Ok(rehearsal)
}

/// Whether a verifier takes the new set, all of it.
fn arrive(held: Option<&crate::held::Held>, pin: &RootPin, target: &Bundle, now: UnixTime) -> Result<(), TrustError> {
    match update(held, pin, &mut &*target, now) {
        Ok(Updated::Changed(_)) => Ok(()),
        // Nothing new to it: then the set to come is not new.
        Ok(Updated::Unchanged) => Err(TrustError::BundleMalformed),
        Err(UpdateError::Refused(error)) => Err(error),
        Err(UpdateError::Source { error, .. }) => match error {},
    }
}

/// The stand-ins.
struct Stage {
    repository_id: String,
    keys: HashMap<[u8; 32], PrivateKey>,
}

impl Stage {
    fn stand_in(&mut self, key: &VerifyingKey) -> Result<&PrivateKey, SignError> {
        Ok(match self.keys.entry(key.thumbprint()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(PrivateKey::generate(KeyType::Ed25519).map_err(|_| SignError::Failed)?),
        })
    }

    /// Signs with the stand-ins of these keys.
    fn sign(&mut self, role: Role, payload: &[u8], keys: &[&VerifyingKey]) -> Result<Vec<u8>, SignError> {
        for key in keys {
            self.stand_in(key)?;
        }
        let signers: Vec<&dyn Signer> =
            keys.iter().filter_map(|key| self.keys.get(&key.thumbprint())).map(|key| key as &dyn Signer).collect();
        sign_list(role, &self.repository_id, payload, &signers)
    }

    /// The same payload, signed by the stand-ins of those of `keys` who signed the file.
    fn replay(&mut self, role: Role, file: &[u8], keys: &[&VerifyingKey]) -> Result<Vec<u8>, PublishError> {
        let signed = Signed::parse(role, file)?;
        let signers: Vec<_> =
            keys.iter().copied().filter(|key| signed.is_signed_by(key, &self.repository_id)).collect();
        Ok(self.sign(role, signed.unverified_payload(), &signers)?)
    }

    /// A root with stand-ins for keys.
    fn cast(&mut self, root: &Root) -> Result<Root, SignError> {
        let mut cast = root.clone();
        let optional = [cast.status.as_mut(), cast.rules.as_mut()];
        let roles = [Some(&mut cast.root), Some(&mut cast.trust), Some(&mut cast.head)].into_iter().chain(optional);
        for keys in roles.flatten() {
            for key in &mut keys.keys {
                *key = self.stand_in(key)?.verifying_key().clone();
            }
        }
        Ok(cast)
    }

    /// A chain of roots. Of a file who signed it follows; `all` signs the last one with every officer.
    fn roots(&mut self, files: &[Vec<u8>], unsigned: Option<&[u8]>) -> Result<(Vec<Vec<u8>>, Root), PublishError> {
        let mut played = Vec::new();
        let mut before: Option<Root> = None;
        for file in files {
            let signed = Signed::parse(Role::Root, file)?;
            let root = Root::parse(signed.unverified_payload())?;
            let officers = officers(before.as_ref(), &root);
            let signers: Vec<_> = officers.iter().filter(|key| signed.is_signed_by(key, &self.repository_id)).collect();
            let payload = self.cast(&root)?.encode();
            played.push(self.sign(Role::Root, &payload, &signers)?);
            before = Some(root);
        }
        if let Some(payload) = unsigned {
            let root = Root::parse(payload)?;
            let officers = officers(before.as_ref(), &root);
            let payload = self.cast(&root)?.encode();
            played.push(self.sign(Role::Root, &payload, &officers.iter().collect::<Vec<_>>())?);
            before = Some(root);
        }
        Ok((played, before.ok_or(TrustError::BundleMalformed)?))
    }

    /// A past set, as it was.
    fn play(&mut self, files: &Bundle, pin: &RootPin) -> Result<Bundle, PublishError> {
        let root = TrustState::open_root(&files.roots, pin)?;
        let head = TrustState::peek_head(&files.roots, &files.head, pin)?;
        let (roots, _) = self.roots(&files.roots, None)?;
        let mut played = self.content(files, &root, &root)?.0;
        let signed = Signed::parse(Role::Head, &files.head)?;
        let signers: Vec<_> =
            root.head.keys.iter().filter(|key| signed.is_signed_by(key, &self.repository_id)).collect();
        let named = name(&head, &roots, &played);
        played.head = self.sign(Role::Head, &named.encode(), &signers)?;
        played.roots = roots;
        Ok(played)
    }

    /// Trust and status files, replayed by who signed them under `root`, as far as `under` has them too.
    fn content(&mut self, files: &Bundle, root: &Root, under: &Root) -> Result<(Bundle, bool), PublishError> {
        let mut played = Bundle {
            trust: self.replay(Role::Trust, &files.trust, &all(&root.trust, &under.trust))?,
            ..Bundle::default()
        };
        let none = RoleKeys { threshold: 1, keys: Vec::new() };
        let (old, new) = (root.status.as_ref().unwrap_or(&none), under.status.as_ref().unwrap_or(&none));
        let keys = all(old, new);
        let mut anew = false;
        for status in &files.status {
            let base = self.replay(Role::Status, &status.base, &keys)?;
            let delta = status.delta.as_ref().map(|delta| self.replay(Role::Status, delta, &keys)).transpose()?;
            let holds = |file: &Vec<u8>| {
                Signed::parse(Role::Status, file).is_ok_and(|signed| signed.open(new, &self.repository_id).is_ok())
            };
            anew |= !(holds(&status.base) && status.delta.as_ref().is_none_or(holds));
            played.status.push(ShardFiles { base, delta });
        }
        for list in &files.withdrawals {
            let holds = Signed::parse(Role::Status, list)?.open(new, &self.repository_id).is_ok();
            anew |= !holds;
            played.withdrawals.push(self.replay(Role::Status, list, &keys)?);
        }
        if let Some(file) = &files.rules {
            let (old, new) = (root.rules.as_ref().unwrap_or(&none), under.rules.as_ref().unwrap_or(&none));
            played.rules = Some(self.replay(Role::Rules, file, &all(old, new))?);
        }
        Ok((played, anew))
    }

    /// The set to come.
    fn target(
        &mut self,
        repository: &Repository,
        piece: &Piece,
        now: UnixTime,
    ) -> Result<(Bundle, bool), PublishError> {
        let mut files = repository.bundle().ok_or(PublishError::NoTrust)?;
        let state = repository.state().ok_or(PublishError::NoTrust)?;
        let (waiting_root, waiting_trust) = repository.waiting();
        let (unsigned, extra) = match piece {
            Piece::Root(payload) => (Some(payload.as_slice()), None),
            Piece::SignedRoot(file) => (None, Some(file.clone())),
            Piece::Trust(_) | Piece::Waiting => (None, waiting_root.map(<[u8]>::to_vec)),
        };
        let mut real = files.roots.clone();
        real.extend(extra);
        let (roots, root) = self.roots(&real, unsigned)?;
        let expected = files.roots.len() as u64 + u64::from(roots.len() > files.roots.len());
        if root.header.version != expected {
            return Err(PublishError::Version { role: Role::Root, found: root.header.version, expected });
        }
        if let Some(trust) = waiting_trust {
            files.trust = trust.to_vec();
        }
        let (mut played, anew) = self.content(&files, repository.root(), &root)?;
        let mut head = state.head().clone();
        if let Piece::Trust(payload) = piece {
            played.trust = self.sign(Role::Trust, payload, &root.trust.keys.iter().collect::<Vec<_>>())?;
        }
        head.trust.version = trust_version(&played.trust)?;
        if anew {
            self.sign_status_anew(&mut played, &mut head, repository, &root, now)?;
        }
        self.sign_rules_anew(&mut played, &mut head, &files, (repository, &root), now)?;
        head.header = header(&head.header, now);
        let named = name(&head, &roots, &played);
        played.head = self.sign(Role::Head, &named.encode(), &root.head.keys.iter().collect::<Vec<_>>())?;
        played.roots = roots;
        Ok((played, anew))
    }

    /// What `status publish` does where the new root's status keys did not sign what is in force.
    fn sign_status_anew(
        &mut self,
        played: &mut Bundle,
        head: &mut Head,
        repository: &Repository,
        root: &Root,
        now: UnixTime,
    ) -> Result<(), PublishError> {
        let (Some(keys), Some(state)) = (&root.status, repository.state()) else {
            return Ok(());
        };
        let signers: Vec<_> = keys.keys.iter().collect();
        for (shard, files) in state.shards().zip(&mut played.status) {
            let fault = |fault| PublishError::Status { shard: shard.number(), fault };
            let header = header(shard.header(), now);
            let base = encode_base(&header, shard.number(), shard.set(), shard.rules()).map_err(fault)?;
            let result = result_hash(shard.set(), shard.rules()).map_err(fault)?;
            *files = ShardFiles { base: self.sign(Role::Status, &base, &signers)?, delta: None };
            head.status.insert(
                shard.number(),
                StatusFiles { base: NamedFile::of(&files.base, header.version), delta: None, result },
            );
        }
        for (list, file) in state.withdrawals().iter().zip(&mut played.withdrawals) {
            let mut list = list.clone();
            list.header = header(&list.header, now);
            *file = self.sign(Role::Status, &list.encode(), &signers)?;
            head.withdrawals.insert(list.list, NamedFile::of(file, list.header.version));
        }
        Ok(())
    }

    /// What `rules publish` does where the new root's rules keys did not sign the rule sets in force. Where it has
    /// none, they can only end.
    fn sign_rules_anew(
        &mut self,
        played: &mut Bundle,
        head: &mut Head,
        files: &Bundle,
        (repository, root): (&Repository, &Root),
        now: UnixTime,
    ) -> Result<(), PublishError> {
        let (Some(file), Some(list)) = (&files.rules, repository.state().and_then(TrustState::rules)) else {
            return Ok(());
        };
        let Some(keys) = &root.rules else {
            (played.rules, head.rules) = (None, None);
            return Ok(());
        };
        if Signed::parse(Role::Rules, file)?.count_signers(keys, &self.repository_id) >= keys.threshold {
            return Ok(());
        }
        let mut list = list.clone();
        list.header = header(&list.header, now);
        let file = self.sign(Role::Rules, &list.encode(), &keys.keys.iter().collect::<Vec<_>>())?;
        head.rules = Some(NamedFile::of(&file, list.header.version));
        played.rules = Some(file);
        Ok(())
    }
}

/// Everyone who may have signed a root: the root keys before it, and its own.
fn officers(before: Option<&Root>, root: &Root) -> Vec<VerifyingKey> {
    let mut keys = before.map(|before| before.root.keys.clone()).unwrap_or_default();
    for key in &root.root.keys {
        if !keys.contains(key) {
            keys.push(key.clone());
        }
    }
    keys
}

fn all<'a>(old: &'a RoleKeys, new: &'a RoleKeys) -> Vec<&'a VerifyingKey> {
    let mut keys: Vec<_> = old.keys.iter().collect();
    keys.extend(new.keys.iter().filter(|key| !old.keys.contains(key)));
    keys
}

/// The head with the names of the played files; versions and everything else stay.
fn name(head: &Head, roots: &[Vec<u8>], files: &Bundle) -> Head {
    let mut named = head.clone();
    named.roots = roots.iter().zip(1..).map(|(root, version)| NamedFile::of(root, version)).collect();
    named.trust = NamedFile::of(&files.trust, head.trust.version);
    for (status, files) in named.status.values_mut().zip(&files.status) {
        status.base = NamedFile::of(&files.base, status.base.version);
        status.delta = status.delta.zip(files.delta.as_ref()).map(|(named, file)| NamedFile::of(file, named.version));
    }
    for (named, file) in named.withdrawals.values_mut().zip(&files.withdrawals) {
        *named = NamedFile::of(file, named.version);
    }
    named.rules = named.rules.zip(files.rules.as_ref()).map(|(named, file)| NamedFile::of(file, named.version));
    named
}

fn trust_version(file: &[u8]) -> Result<u64, TrustError> {
    let signed = Signed::parse(Role::Trust, file)?;
    crate::trust::Trust::parse(signed.unverified_payload()).map(|trust| trust.header.version)
}

fn header(before: &Header, now: UnixTime) -> Header {
    let issued_at = before.issued_at.max(now);
    Header { version: before.version.saturating_add(1), issued_at, expires_at: issued_at.plus(LIFE), ..before.clone() }
}
