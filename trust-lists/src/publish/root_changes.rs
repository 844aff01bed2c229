//! The next root, as changes to the one in force.

use crate::header::Header;
use crate::role::Role;
use crate::root::{RoleKeys, Root};
use tegata_certificate::VerifyingKey;

/// What the next root says otherwise than the one in force.
#[derive(Clone, Default, Debug)]
pub struct RootChanges {
    /// Keys that a role gets.
    pub add: Vec<(Role, VerifyingKey)>,
    /// Keys that leave their role: the beginning of their kid in hex.
    pub remove: Vec<String>,
    /// New thresholds; a role that is not named keeps its own.
    pub thresholds: Vec<(Role, u64)>,
    /// How long expired lists may still be used, in seconds.
    pub grace_cap: Option<i64>,
}

/// A change that cannot be made.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RootChangeError {
    /// None or more than one key to remove.
    #[error("{count} role keys have a kid beginning with `{kid}`")]
    Remove {
        /// What was asked for.
        kid: String,
        /// How many there are.
        count: usize,
    },
    /// A threshold for a role without keys.
    #[error("the {0} role has no keys")]
    NoRole(Role),
}

impl Root {
    /// This root with changes, under the header of the next. Whether it can be a root at all, its readers say.
    ///
    /// # Errors
    /// [`RootChangeError`].
    pub fn changed(&self, changes: &RootChanges, header: Header) -> Result<Self, RootChangeError> {
        let mut next = Self { header, ..self.clone() };
        for kid in &changes.remove {
            let kid = kid.to_ascii_lowercase();
            let matches = |key: &VerifyingKey| base16ct::lower::encode_string(&key.thumbprint()).starts_with(&kid);
            let count = next.all_keys().filter(|(_, key)| matches(key)).count();
            if count != 1 {
                return Err(RootChangeError::Remove { kid, count });
            }
            for keys in next.all_role_keys() {
                keys.keys.retain(|key| !matches(key));
            }
        }
        for (role, key) in &changes.add {
            let none = || RoleKeys { threshold: 1, keys: Vec::new() };
            match role {
                Role::Status if next.status.is_none() => next.status = Some(none()),
                Role::Rules if next.rules.is_none() => next.rules = Some(none()),
                _ => {}
            }
            next.role_keys(*role).ok_or(RootChangeError::NoRole(*role))?.keys.push(key.clone());
        }
        for (role, threshold) in &changes.thresholds {
            next.role_keys(*role).ok_or(RootChangeError::NoRole(*role))?.threshold = *threshold;
        }
        next.grace_cap = changes.grace_cap.unwrap_or(self.grace_cap);
        Ok(next)
    }

    fn all_role_keys(&mut self) -> impl Iterator<Item = &mut RoleKeys> {
        [&mut self.root, &mut self.trust, &mut self.head]
            .into_iter()
            .chain(self.status.as_mut())
            .chain(self.rules.as_mut())
    }

    fn role_keys(&mut self, role: Role) -> Option<&mut RoleKeys> {
        match role {
            Role::Root => Some(&mut self.root),
            Role::Trust => Some(&mut self.trust),
            Role::Status => self.status.as_mut(),
            Role::Head => Some(&mut self.head),
            Role::Rules => self.rules.as_mut(),
            Role::Request => None,
        }
    }
}
