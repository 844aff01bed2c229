//! Published, signed lists: whose key may sign what.

mod bundle;
mod entry;
mod error;
mod fields;
mod freshness;
mod head;
mod header;
mod index;
mod pin;
#[cfg(feature = "tool")]
pub mod publish;
mod role;
mod root;
mod signed;
mod state;
mod trust;

pub use bundle::{Bundle, MAX_BUNDLE};
pub use entry::{Authority, KeyEntry, KeyState, RevocationReason, SHARD_SIZE, StatusRange};
pub use error::{EntryFault, TrustError};
pub use freshness::{Clock, DEFAULT_GRACE, Freshness};
pub use head::{Head, NamedFile, StatusFiles};
pub use header::{Header, is_repository_id};
pub use index::MAX_CANDIDATES;
pub use pin::{PinError, RootPin};
pub use role::Role;
pub use root::{RoleKeys, Root};
pub use state::TrustState;
pub use trust::{Issuer, MAX_ISSUERS, MAX_KEYS, Trust};
