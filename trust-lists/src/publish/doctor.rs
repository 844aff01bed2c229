//! What is due: lists that expire, duties that were missed, things that are not where they should be.

use crate::entry::{KeyState, SHARD_SIZE};
use crate::publish::draft::{Draft, DraftError};
use crate::publish::folder::FolderError;
use crate::publish::repository::Repository;
use crate::role::Role;
use crate::state::TrustState;
use crate::status::Shard;
use std::collections::{BTreeMap, BTreeSet};
use tegata_certificate::UnixTime;

const DAY: i64 = 86_400;

/// How long before its expiry a list is due, in seconds: time for what its renewal takes.
const ROOT_NOTICE: i64 = 90 * DAY;
const TRUST_NOTICE: i64 = 14 * DAY;
const WITHDRAWALS_NOTICE: i64 = 3 * DAY;
const RULES_NOTICE: i64 = 7 * DAY;
const HEAD_NOTICE: i64 = 2 * DAY;
/// A document key is due a month before it stops signing: its successor takes as long.
const KEY_NOTICE: i64 = 30 * DAY;
/// Status is published daily; two hours late is late.
const STATUS_AGE: i64 = 26 * 3600;
/// How much of a shard may be given away before that is told, in percent.
const SHARD_FULL: u64 = 90;

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Something is due, and nothing is broken yet.
    Warn,
    /// Verifiers refuse the lists, or soon check with old ones.
    Fail,
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 3] = [Self::Ok, Self::Warn, Self::Fail];

    /// The stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

/// What was looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
#[allow(missing_docs, reason = "each says what its code says")]
pub enum Check {
    Folder,
    Clock,
    Pending,
    Unpublished,
    RootExpiry,
    TrustExpiry,
    HeadExpiry,
    StatusExpiry,
    StatusAge,
    StatusMissing,
    WithdrawalsExpiry,
    RulesExpiry,
    RoleSpare,
    RoleKeysHere,
    KeyWindow,
    StatusKeyMissing,
    SharedKey,
    ShardFull,
}

impl Check {
    /// The stable code.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Folder => "folder",
            Self::Clock => "clock",
            Self::Pending => "pending",
            Self::Unpublished => "unpublished",
            Self::RootExpiry => "root-expiry",
            Self::TrustExpiry => "trust-expiry",
            Self::HeadExpiry => "head-expiry",
            Self::StatusExpiry => "status-expiry",
            Self::StatusAge => "status-age",
            Self::StatusMissing => "status-missing",
            Self::WithdrawalsExpiry => "withdrawals-expiry",
            Self::RulesExpiry => "rules-expiry",
            Self::RoleSpare => "role-spare",
            Self::RoleKeysHere => "role-keys-here",
            Self::KeyWindow => "key-window",
            Self::StatusKeyMissing => "status-key-missing",
            Self::SharedKey => "shared-key",
            Self::ShardFull => "shard-full",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// What was looked at.
    pub check: Check,
    /// Of which list, key or shard, in words.
    pub subject: String,
    /// What was found.
    pub words: String,
    /// What to do; empty where all is well.
    pub remedy: &'static str,
}

impl Finding {
    /// That the published files do not hold.
    #[must_use]
    pub fn damaged(error: &FolderError) -> Self {
        let words = error.to_string();
        let words = words.split_once("\n").map_or(words.as_str(), |(words, _)| words).to_owned();
        let remedy = "restore the folder from a backup";
        Self { level: Level::Fail, check: Check::Folder, subject: "published".to_owned(), words, remedy }
    }
}

/// A list's times, for monitoring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListTimes {
    /// `root`, `trust`, `head`, `status`, `withdrawals` or `rules`.
    pub list: &'static str,
    /// The shard's or the withdrawals list's number.
    pub number: Option<u64>,
    /// Its version.
    pub version: u64,
    /// When it was issued.
    pub issued_at: UnixTime,
    /// When it expires.
    pub expires_at: UnixTime,
}

/// A repository on a folder, as the doctor sees it.
#[derive(Clone, Copy, Debug)]
pub struct Patient<'a> {
    /// What is published, and what is waiting.
    pub repository: &'a Repository,
    /// The working state.
    pub draft: &'a Draft,
    /// The kids of private keys that lie on this machine.
    pub keys_here: &'a BTreeSet<[u8; 32]>,
}

/// The lists in force with their times, roots first.
#[must_use]
pub fn list_times(repository: &Repository) -> Vec<ListTimes> {
    let times = |list, number, header: &crate::header::Header| ListTimes {
        list,
        number,
        version: header.version,
        issued_at: header.issued_at,
        expires_at: header.expires_at,
    };
    let mut all = vec![times("root", None, &repository.root().header)];
    if let Some(state) = repository.state() {
        all.push(times("trust", None, &state.trust().header));
        all.push(times("head", None, &state.head().header));
        all.extend(state.shards().map(|shard| times("status", Some(shard.number()), shard.header())));
        all.extend(state.withdrawals().iter().map(|list| times("withdrawals", Some(list.list), &list.header)));
        all.extend(state.rules().map(|list| times("rules", None, &list.header)));
    }
    all
}

/// Looks at everything, and gives the worst first.
///
/// # Errors
/// [`DraftError`]: a working state that is not understood.
pub fn examine(patient: &Patient<'_>, now: UnixTime) -> Result<Vec<Finding>, DraftError> {
    let mut findings = Findings(Vec::new());
    findings.lists(patient.repository, now);
    findings.waiting(patient)?;
    findings.roles(patient);
    findings.issuers(patient, now)?;
    findings.shards(patient, now)?;
    findings.0.sort_by_key(|finding| std::cmp::Reverse(finding.level));
    Ok(findings.0)
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(
        &mut self,
        level: Level,
        check: Check,
        subject: impl Into<String>,
        words: impl Into<String>,
        remedy: &'static str,
    ) {
        let remedy = if level == Level::Ok { "" } else { remedy };
        self.0.push(Finding { level, check, subject: subject.into(), words: words.into(), remedy });
    }

    fn lists(&mut self, repository: &Repository, now: UnixTime) {
        for list in list_times(repository) {
            let (check, notice, remedy) = match list.list {
                "root" => (Check::RootExpiry, ROOT_NOTICE, "tegata-trust propose root, and publish it with a new head"),
                "trust" => (Check::TrustExpiry, TRUST_NOTICE, "tegata-trust publish, or propose trust"),
                "head" => (Check::HeadExpiry, HEAD_NOTICE, "tegata-trust publish --head-only"),
                "status" => (Check::StatusExpiry, HEAD_NOTICE, "tegata-trust status publish"),
                "rules" => (Check::RulesExpiry, RULES_NOTICE, "tegata-trust rules publish"),
                _ => (Check::WithdrawalsExpiry, WITHDRAWALS_NOTICE, "tegata-trust status publish"),
            };
            let subject = list.number.map_or_else(|| list.list.to_owned(), |number| format!("{} {number}", list.list));
            let left = list.expires_at.0.saturating_sub(now.0);
            let (level, words) = match left {
                ..=0 => (Level::Fail, format!("expired at {}", list.expires_at)),
                _ if left < notice => (Level::Warn, format!("expires at {}, in {}", list.expires_at, span(left))),
                _ => (Level::Ok, format!("version {}, valid until {}", list.version, list.expires_at)),
            };
            self.add(level, check, &subject, words, remedy);
            if list.issued_at > now {
                let words = format!("issued at {}, after the present time", list.issued_at);
                self.add(Level::Fail, Check::Clock, &subject, words, "set the date and time of this machine");
            }
            if list.list == "status" && left > 0 && now.0.saturating_sub(list.issued_at.0) > STATUS_AGE {
                let words = format!("as of {}, {} ago", list.issued_at, span(now.0.saturating_sub(list.issued_at.0)));
                self.add(Level::Warn, Check::StatusAge, subject, words, "run tegata-trust status publish every day");
            }
        }
    }

    fn waiting(&mut self, patient: &Patient<'_>) -> Result<(), DraftError> {
        let (root, trust) = patient.repository.waiting();
        for (role, waiting) in [(Role::Root, root), (Role::Trust, trust)] {
            if waiting.is_some() {
                let words = format!("a signed {role} list waits for a head that names it");
                self.add(Level::Warn, Check::Pending, role.name(), words, "tegata-trust publish --head-only");
            }
        }
        let Some(state) = patient.repository.state() else {
            self.add(Level::Fail, Check::Folder, "published", "no head is published yet", "tegata-trust publish");
            return Ok(());
        };
        if trust.is_none() && !same_lists(patient.draft, state)? {
            let words = "repository.json lists other issuers, keys or anchors than verifiers know";
            self.add(
                Level::Warn,
                Check::Unpublished,
                "repository.json",
                words,
                "tegata-trust publish, or propose trust",
            );
        }
        Ok(())
    }

    fn roles(&mut self, patient: &Patient<'_>) {
        let root = patient.repository.root();
        for role in Role::ALL {
            let Some(keys) = root.role(role) else { continue };
            let (count, threshold) = (keys.keys.len() as u64, keys.threshold);
            let (level, words) = if count > threshold {
                (Level::Ok, format!("{threshold} of {count} keys must sign"))
            } else {
                (Level::Warn, format!("{threshold} of {count} keys must sign: the loss of one silences the role"))
            };
            self.add(level, Check::RoleSpare, role.name(), words, "propose a root with one more key for the role");
            let here = keys.keys.iter().filter(|key| patient.keys_here.contains(&key.thumbprint())).count() as u64;
            let offline = matches!(role, Role::Root | Role::Trust) && !root.header.is_demo();
            if offline && here >= threshold {
                let words = format!("{here} private keys lie on this machine, {threshold} must sign");
                self.add(
                    Level::Warn,
                    Check::RoleKeysHere,
                    role.name(),
                    words,
                    "keep each officer's key with that officer",
                );
            }
        }
        if root.status.is_none() {
            let words = "the root gives nobody the status role: nothing can be revoked but whole keys";
            self.add(Level::Warn, Check::StatusMissing, "status", words, "propose a root with --add-status-key");
        }
    }

    fn issuers(&mut self, patient: &Patient<'_>, now: UnixTime) -> Result<(), DraftError> {
        let lists = patient.draft.lists()?;
        let mut uses: BTreeMap<[u8; 32], Vec<String>> = BTreeMap::new();
        for (issuer, draft) in patient.draft.issuers.iter().enumerate() {
            let name = &draft.name_en;
            let own = || lists.keys.iter().filter(move |key| key.issuer == issuer && key.state == KeyState::Active);
            let goes_on = own().any(|key| key.sign_until > now.plus(KEY_NOTICE));
            let last = own().map(|key| key.sign_until).max();
            if let (Some(last), false) = (last, goes_on) {
                let words = match last.0.saturating_sub(now.0) {
                    ..=0 => format!("its last key stopped signing at {last}"),
                    left => format!("its last key stops signing at {last}, in {}", span(left)),
                };
                self.add(Level::Warn, Check::KeyWindow, name, words, "list the issuer's next key with add-issuer");
            }
            let status_keys = patient.draft.status_keys(issuer)?;
            if status_keys.is_empty() && own().any(|key| !key.ranges.is_empty()) {
                let words = "it has status indices and no key to request revocations with";
                self.add(
                    Level::Warn,
                    Check::StatusKeyMissing,
                    name,
                    words,
                    "tegata-trust add-issuer … --status-key FILE",
                );
            }
            for key in status_keys {
                uses.entry(key.thumbprint()).or_default().push(format!("status requests of {name}"));
            }
        }
        let documents: BTreeSet<_> = lists.keys.iter().map(|key| key.key.thumbprint()).collect();
        for (kid, mut uses) in uses {
            if documents.contains(&kid) {
                uses.push("certificates".to_owned());
            }
            if patient.repository.root().all_keys().any(|(_, key)| key.thumbprint() == kid) {
                uses.push("lists".to_owned());
            }
            if uses.len() > 1 {
                let kid = base16ct::lower::encode_string(&kid);
                let words = format!("it signs {}", uses.join(", and "));
                self.add(Level::Fail, Check::SharedKey, kid, words, "give each use a key of its own");
            }
        }
        Ok(())
    }

    fn shards(&mut self, patient: &Patient<'_>, now: UnixTime) -> Result<(), DraftError> {
        for shard in &patient.draft.shards {
            let percent = shard.next_index.saturating_mul(100) / SHARD_SIZE;
            if percent >= SHARD_FULL {
                let words = format!("{percent} % of its indices are given away; the next ranges come from a new shard");
                self.add(
                    Level::Warn,
                    Check::ShardFull,
                    format!("shard {}", shard.number),
                    words,
                    "nothing, unless that surprises you",
                );
            }
        }
        let in_force: BTreeSet<u64> =
            patient.repository.state().iter().flat_map(|state| state.shards()).map(Shard::number).collect();
        for number in patient.draft.live_shards(now)?.into_keys().filter(|number| !in_force.contains(number)) {
            let words = "no status is published for it: its certificates are never found revoked";
            self.add(
                Level::Warn,
                Check::StatusMissing,
                format!("shard {number}"),
                words,
                "tegata-trust status publish",
            );
        }
        Ok(())
    }
}

/// Whether the working state says what verifiers know.
fn same_lists(draft: &Draft, state: &TrustState) -> Result<bool, DraftError> {
    let lists = draft.lists()?;
    let next = crate::trust::Trust {
        header: state.trust().header.clone(),
        issuers: lists.issuers,
        keys: lists.keys,
        anchors: lists.anchors,
    };
    Ok(next.encode() == state.trust().encode())
}

/// Seconds in words.
fn span(seconds: i64) -> String {
    match seconds {
        ..172_800 => format!("{} hours", seconds / 3600),
        _ => format!("{} days", seconds / DAY),
    }
}
