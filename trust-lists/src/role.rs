//! Roles: who may say what.

use std::fmt;

/// A role of the repository. Each list is signed by the keys that the root gives to its role; the
/// role's number is the list's type, inside what is signed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Says which keys, and how many of them, speak for every role.
    Root,
    /// Says who issues, with which keys, and within what scope.
    Trust,
    /// Says which certificates were withdrawn.
    Status,
    /// Says which files are the current ones.
    Head,
    /// Asks the status service to revoke or to reinstate: signed by an issuer's status-request key, which
    /// the root does not know.
    Request,
    /// Says what is asked of certificates for a purpose. Its numbers everywhere are such that a reader from before there
    /// were rules steps over it.
    Rules,
}

impl Role {
    /// Every role that a root gives keys to.
    pub const ALL: [Self; 5] = [Self::Root, Self::Trust, Self::Status, Self::Head, Self::Rules];

    /// The number of its lists' type.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Root => 1,
            Self::Trust => 2,
            Self::Status => 3,
            Self::Head => 4,
            Self::Request => 5,
            Self::Rules => 65,
        }
    }

    /// The role of a root with that number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.number() == number)
    }

    /// Its name in messages and in the tool.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Trust => "trust",
            Self::Status => "status",
            Self::Head => "head",
            Self::Request => "request",
            Self::Rules => "rules",
        }
    }

    /// The longest file of this role, in bytes. A reader stops there before it looks inside.
    #[must_use]
    pub fn max_length(self) -> usize {
        match self {
            Self::Root | Self::Head => 64 * 1024,
            Self::Trust | Self::Request | Self::Rules => 4 * 1024 * 1024,
            Self::Status => 8 * 1024 * 1024,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
