//! The root list: which keys speak for which role.

use crate::error::TrustError;
use crate::fields::ListReader;
use crate::header::{Header, HeaderFields};
use crate::role::Role;
use tegata_certificate::{Algorithm, VerifyingKey};

/// Labels of the root list after the header.
pub(crate) const ROLES: u64 = 7;
pub(crate) const GRACE: u64 = 8;

/// The most keys that a role may have.
pub(crate) const MAX_ROLE_KEYS: u64 = 32;

/// The longest grace that a root may allow, in seconds: 90 days.
const MAX_GRACE: u64 = 90 * 86_400;

/// The keys of a role, and how many distinct ones must sign.
#[derive(Clone, Debug)]
pub struct RoleKeys {
    /// How many of the keys must sign; 1 up to their number.
    pub threshold: u64,
    /// The keys, all different.
    pub keys: Vec<VerifyingKey>,
}

/// The root list: `7: {role => [threshold, [+ COSE_Key]]}`, `8: grace cap in seconds`.
#[derive(Clone, Debug)]
pub struct Root {
    /// Version, lifetime, repository.
    pub header: Header,
    /// Who signs the next root.
    pub root: RoleKeys,
    /// Who signs the list of issuers.
    pub trust: RoleKeys,
    /// Who signs status files; absent in a repository that publishes none.
    pub status: Option<RoleKeys>,
    /// Who signs the head.
    pub head: RoleKeys,
    /// Who signs rule sets; absent in a repository that publishes none.
    pub rules: Option<RoleKeys>,
    /// How long after their expiry head and trust may still be used, in seconds. No verifier's own
    /// policy may be wider.
    pub grace_cap: i64,
}

impl Root {
    /// Reads a payload and refuses what no root may say.
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, TrustError> {
        let role = Role::Root;
        let mut list = ListReader::payload(role, payload)?;
        let mut header = HeaderFields::default();
        let (mut root, mut trust, mut status, mut head, mut rules) = (None, None, None, None, None);
        let mut grace = None;
        list.fields(|label, list| {
            match label {
                ROLES => list.fields(|number, list| {
                    match Role::from_number(number) {
                        Some(Role::Root) => root = Some(RoleKeys::parse(Role::Root, list)?),
                        Some(Role::Trust) => trust = Some(RoleKeys::parse(Role::Trust, list)?),
                        Some(Role::Status) => status = Some(RoleKeys::parse(Role::Status, list)?),
                        Some(Role::Head) => head = Some(RoleKeys::parse(Role::Head, list)?),
                        Some(Role::Rules) => rules = Some(RoleKeys::parse(Role::Rules, list)?),
                        Some(Role::Request) | None => return Ok(false),
                    }
                    Ok(true)
                })?,
                GRACE => grace = Some(list.uint()?),
                _ => return header.take(label, list),
            }
            Ok(true)
        })?;
        let header = header.finish(role)?;
        let (Some(root), Some(trust), Some(head), Some(grace)) = (root, trust, head, grace) else {
            return Err(TrustError::Malformed { role });
        };
        let grace_cap = i64::try_from(grace.min(MAX_GRACE)).unwrap_or(0);
        let parsed = Self { header, root, trust, status, head, rules, grace_cap };
        parsed.check()?;
        Ok(parsed)
    }

    /// The keys of a role.
    #[must_use]
    pub fn role(&self, role: Role) -> Option<&RoleKeys> {
        match role {
            Role::Root => Some(&self.root),
            Role::Trust => Some(&self.trust),
            Role::Status => self.status.as_ref(),
            Role::Head => Some(&self.head),
            Role::Rules => self.rules.as_ref(),
            Role::Request => None,
        }
    }

    /// Whether a key belongs to any role.
    #[must_use]
    pub fn speaks(&self, key: &VerifyingKey) -> bool {
        self.all_keys().any(|(_, role_key)| role_key.thumbprint() == key.thumbprint())
    }

    /// Every key of every role, with its role.
    pub(crate) fn all_keys(&self) -> impl Iterator<Item = (Role, &VerifyingKey)> {
        let keys_of =
            |role| self.role(role).map(|keys| keys.keys.iter()).into_iter().flatten().map(move |key| (role, key));
        Role::ALL.into_iter().flat_map(keys_of)
    }

    /// What must hold of every root, whoever signed it.
    pub(crate) fn check(&self) -> Result<(), TrustError> {
        self.header.check(Role::Root)?;
        for role in Role::ALL {
            if let Some(keys) = self.role(role) {
                keys.check(role)?;
                if !self.header.is_demo() {
                    keys.check_production(role)?;
                }
            }
        }
        let mut seen = Vec::new();
        for (role, key) in self.all_keys() {
            let kid = key.thumbprint();
            if seen.contains(&kid) {
                return Err(TrustError::SharedRoleKey { role });
            }
            seen.push(kid);
        }
        Ok(())
    }
}

impl RoleKeys {
    fn parse(role: Role, list: &mut ListReader<'_>) -> Result<Self, TrustError> {
        if list.array()? != 2 {
            return Err(list.malformed());
        }
        let threshold = list.uint()?;
        let count = list.array()?;
        if count > MAX_ROLE_KEYS {
            return Err(TrustError::BadThreshold { role });
        }
        let keys = (0..count).map(|_| parse_role_key(role, list)).collect::<Result<_, _>>()?;
        Ok(Self { threshold, keys })
    }

    /// Whether both have the same keys, in whatever order, and the same threshold.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.threshold == other.threshold
            && self.keys.len() == other.keys.len()
            && self.keys.iter().all(|key| other.keys.contains(key))
    }

    fn check(&self, role: Role) -> Result<(), TrustError> {
        let keys = self.keys.len() as u64;
        if self.threshold == 0 || self.threshold > keys || keys > MAX_ROLE_KEYS {
            return Err(TrustError::BadThreshold { role });
        }
        let signs_lists = |key: &VerifyingKey| matches!(key.algorithm(), Algorithm::EdDsa | Algorithm::Es256);
        if self.keys.iter().all(signs_lists) { Ok(()) } else { Err(TrustError::BadRoleKey { role }) }
    }

    /// Outside DEMO repositories no single key may speak for root or trust, and the loss of one key
    /// must not silence any role.
    fn check_production(&self, role: Role) -> Result<(), TrustError> {
        let minimum = match role {
            Role::Root | Role::Trust => 2,
            Role::Status | Role::Head | Role::Request | Role::Rules => 1,
        };
        let enough = self.threshold >= minimum && self.keys.len() as u64 > self.threshold;
        if enough { Ok(()) } else { Err(TrustError::BelowProductionMinimum { role }) }
    }
}

/// A key with exactly the parameters it needs, so that one key has one encoding and one thumbprint.
fn parse_role_key(role: Role, list: &mut ListReader<'_>) -> Result<VerifyingKey, TrustError> {
    let raw = list.raw()?;
    let key = VerifyingKey::from_cose_key(raw).map_err(|_| TrustError::BadRoleKey { role })?;
    if key.to_cose_key() == raw { Ok(key) } else { Err(TrustError::BadRoleKey { role }) }
}
