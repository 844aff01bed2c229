//! Status and rules on their way out: what the shards hold, and the rule sets, as the files that the next head names.

use crate::bundle::ShardFiles;
use crate::head::{NamedFile, StatusFiles};
use crate::publish::repository::{Lifetimes, PublishError, Repository, sign_list, signers_of};
use crate::role::Role;
use crate::root::{RoleKeys, Root};
use crate::signed::Signed;
use crate::status::{
    Rule, Shard, StatusSet, WithdrawalGroup, Withdrawals, encode_base, encode_delta, open_shard, result_hash,
};
use std::collections::BTreeMap;
use tegata_certificate::UnixTime;
use tegata_keys::Signer;

/// Up to this length in bytes a delta is kept even if it is more than a fifth of its base: a verifier that has the
/// base reads less.
const SMALL_DELTA: usize = 4096;

/// What a shard says, whatever files carry it.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ShardContent {
    /// How many indices there are; it never falls.
    pub size: u64,
    /// The revoked ones, strictly ascending, below `size`.
    pub revoked: Vec<u32>,
    /// The rules beside them.
    pub rules: Vec<Rule>,
}

/// Others' withdrawals of one source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WithdrawalsContent {
    /// Where they came from.
    pub source: String,
    /// The withdrawn certificates.
    pub groups: Vec<WithdrawalGroup>,
}

/// Everything that the status role says.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct StatusContent {
    /// The shards by number.
    pub shards: BTreeMap<u64, ShardContent>,
    /// Others' withdrawals by list number.
    pub withdrawals: BTreeMap<u64, WithdrawalsContent>,
}

/// The signed files of all status and of the rule sets, as the next head names them.
#[derive(Clone, Default, Debug)]
pub(super) struct Edition {
    pub shards: BTreeMap<u64, (StatusFiles, ShardFiles)>,
    pub withdrawals: BTreeMap<u64, (NamedFile, Vec<u8>)>,
    pub rules: Option<(NamedFile, Vec<u8>)>,
}

/// Who signs, when, for how long.
struct Signing<'a> {
    signers: Vec<&'a dyn Signer>,
    lifetime: i64,
    now: UnixTime,
}

impl Repository {
    /// The files in force, as the head names them.
    pub(super) fn edition(&self) -> Edition {
        let (Some(state), Some(files)) = (self.state(), self.files()) else {
            return Edition::default();
        };
        let head = state.head();
        let shards =
            head.status.iter().zip(&files.status).map(|((shard, named), files)| (*shard, (*named, files.clone())));
        let lists = head.withdrawals.iter().zip(&files.withdrawals);
        Edition {
            shards: shards.collect(),
            withdrawals: lists.map(|((list, named), file)| (*list, (*named, file.clone()))).collect(),
            rules: head.rules.zip(files.rules.clone()),
        }
    }

    /// What the shards in force say.
    #[must_use]
    pub fn status_content(&self) -> BTreeMap<u64, ShardContent> {
        let content = |shard: &Shard| ShardContent {
            size: shard.set().size(),
            revoked: shard.set().iter().collect(),
            rules: shard.rules().to_vec(),
        };
        self.state().iter().flat_map(|state| state.shards()).map(|shard| (shard.number(), content(shard))).collect()
    }

    /// A list of others' withdrawals in force.
    fn list(&self, list: u64) -> Option<&Withdrawals> {
        self.state()?.withdrawals().iter().find(|known| known.list == list)
    }

    /// Publishes status: of every shard a file that lives anew, of every list of withdrawals that changed or lived
    /// half its time another one, and a head over all, with what is waiting. Shards and lists that are in force
    /// and not in `content` stay until they expire. On an error nothing changes.
    ///
    /// # Errors
    /// [`PublishError`].
    pub fn publish_status(
        &mut self,
        content: &StatusContent,
        lifetimes: Lifetimes,
        signers: &[&dyn Signer],
        now: UnixTime,
    ) -> Result<(), PublishError> {
        let role = self.coming_root().status.clone().ok_or(PublishError::NoStatusRole)?;
        let signing = Signing { signers: signers_of(Role::Status, &role, signers)?, lifetime: lifetimes.status, now };
        let before = self.edition();
        let mut next = Edition { rules: before.rules.clone(), ..Edition::default() };
        for (number, content) in &content.shards {
            let files = self.next_shard(*number, content, before.shards.get(number), &signing)?;
            next.shards.insert(*number, files);
        }
        for (list, content) in &content.withdrawals {
            let file = self.next_withdrawals(*list, content, before.withdrawals.get(list), &role, &signing)?;
            next.withdrawals.insert(*list, file);
        }
        // What is left out may not vanish before its time.
        for (number, files) in before.shards {
            let lives =
                self.state().and_then(|state| state.shard(number)).is_some_and(|shard| now < shard.header().expires_at);
            if lives {
                next.shards.entry(number).or_insert(files);
            }
        }
        for (list, file) in before.withdrawals {
            if self.list(list).is_some_and(|list| now < list.header.expires_at) {
                next.withdrawals.entry(list).or_insert(file);
            }
        }
        self.publish_head(None, Some(next), lifetimes, signers, now)
    }

    fn next_shard(
        &self,
        number: u64,
        content: &ShardContent,
        before: Option<&(StatusFiles, ShardFiles)>,
        signing: &Signing<'_>,
    ) -> Result<(StatusFiles, ShardFiles), PublishError> {
        let status = |fault| PublishError::Status { shard: number, fault };
        let newest = self.state().and_then(|state| state.shard(number));
        let header = self.next_header(Role::Status, newest.map(Shard::header), signing.lifetime, signing.now)?;
        let size = content.size.max(newest.map_or(0, |shard| shard.set().size()));
        let set = StatusSet::from_sorted(size, &content.revoked).map_err(status)?;
        let result = result_hash(&set, &content.rules).map_err(status)?;
        if let Some((named, files)) = before
            && let Some(base) = self.base_under(self.coming_root(), number, files)
        {
            let base = (base.set(), base.rules());
            let delta = encode_delta(&header, number, base, (&set, &content.rules)).map_err(status)?;
            let delta = self.sign_status(&delta, signing)?;
            if delta.len() <= (files.base.len() / 5).max(SMALL_DELTA) {
                let named = StatusFiles { delta: Some(NamedFile::of(&delta, header.version)), result, ..*named };
                return Ok((named, ShardFiles { base: files.base.clone(), delta: Some(delta) }));
            }
        }
        let base = self.sign_status(&encode_base(&header, number, &set, &content.rules).map_err(status)?, signing)?;
        let named = StatusFiles { base: NamedFile::of(&base, header.version), delta: None, result };
        Ok((named, ShardFiles { base, delta: None }))
    }

    fn next_withdrawals(
        &self,
        list: u64,
        content: &WithdrawalsContent,
        before: Option<&(NamedFile, Vec<u8>)>,
        role: &RoleKeys,
        signing: &Signing<'_>,
    ) -> Result<(NamedFile, Vec<u8>), PublishError> {
        let opened = self.list(list);
        let header =
            self.next_header(Role::Status, opened.map(|opened| &opened.header), signing.lifetime, signing.now)?;
        let next = Withdrawals::new(header.clone(), list, &content.source, content.groups.clone())?;
        if let (Some(opened), Some((named, file))) = (opened, before) {
            let same = opened.groups() == next.groups() && opened.source == next.source;
            let left = opened.header.expires_at.0.saturating_sub(signing.now.0);
            // Whole lists are read anew by every verifier: no oftener than freshness needs.
            if same && left > signing.lifetime / 2 && Signed::parse(Role::Status, file)?.open(role, self.id()).is_ok() {
                return Ok((*named, file.clone()));
            }
        }
        let file = self.sign_status(&next.encode(), signing)?;
        Ok((NamedFile::of(&file, header.version), file))
    }

    fn sign_status(&self, payload: &[u8], signing: &Signing<'_>) -> Result<Vec<u8>, PublishError> {
        Ok(sign_list(Role::Status, self.id(), payload, &signing.signers)?)
    }

    /// What a base says, if the status keys of that root signed it: those of a new root may be others.
    fn base_under(&self, root: &Root, number: u64, files: &ShardFiles) -> Option<Shard> {
        let keys = root.status.as_ref()?;
        let base = Signed::parse(Role::Status, &files.base).ok()?.open(keys, self.id()).ok()?;
        open_shard(number, base, None).ok().map(|(shard, _)| shard)
    }
}
