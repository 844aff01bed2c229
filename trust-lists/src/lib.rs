//! Published, signed lists: whose key may sign what, decided before anyone stands at the barrier.
//!
//! A verifier asks nobody. What it must know, it has: a **trust list** of issuers and their keys,
//! signed by a threshold of its own keys; a **head** that names the one consistent set of current
//! files; and a chain of **roots** that says which keys speak for which role, beginning with one
//! that was pinned by another way. [`TrustState::load`] checks all of it or gives nothing.
//!
//! ```
//! # #[cfg(feature = "tool")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tegata_certificate::UnixTime;
//! use tegata_trust_lists::{Bundle, Clock, Freshness, RootPin, TrustState};
//!
//! let now = UnixTime(1_767_225_600);
//! # let (bundle, pin) = tegata_trust_lists::publish::DemoRepository::new("docs", now)?.publish(now)?;
//! # let (file, pin) = (bundle.encode(), pin.to_string());
//! // From the outside: the file by any way, the pin by a way of its own.
//! let bundle = Bundle::parse(&file)?;
//! let pin: RootPin = pin.parse()?;
//!
//! let state = TrustState::load(&bundle, &pin, now)?;
//! assert_eq!(state.freshness(now), Freshness::Fresh);
//! assert_eq!(state.clock(now), Clock::Plausible);
//! assert!(state.is_demo(), "believed only by a verifier that was told to");
//!
//! let another: RootPin = "00".repeat(32).parse()?;
//! assert!(TrustState::load(&bundle, &another, now).is_err());
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "tool"))]
//! # fn main() {}
//! ```
//!
//! The form of every file is in `vc-trust.cddl`: deterministic CBOR in COSE_Sign. What is signed
//! includes the list's role and the repository's id, so that no signature works anywhere else.
//!
//! Without the feature `tool` the crate reads lists and does nothing else: no file, no clock, no
//! signing. With it come [`publish`] and the program `tegata-trust`.

mod anchor;
mod bundle;
mod chain;
mod continuity;
mod diff;
mod entry;
mod error;
mod fields;
mod freshness;
mod head;
mod header;
mod held;
#[cfg(feature = "tool")]
pub mod import;
mod index;
mod order;
mod pin;
#[cfg(feature = "tool")]
pub mod publish;
mod role;
mod root;
pub mod rules;
mod signed;
mod source;
mod state;
mod status;
mod trust;
mod update;

pub use anchor::{Anchor, AnchorRevocation};
pub use bundle::{Bundle, MAX_BUNDLE, ShardFiles};
pub use diff::{Change, ChangeKind, ShardSummary, Side, diff};
pub use entry::{Authority, KeyEntry, KeyState, RevocationReason, SHARD_SIZE, StatusRange};
pub use error::{EntryFault, TrustError};
pub use freshness::{Clock, DEFAULT_GRACE, Freshness};
pub use head::{Head, NamedFile, StatusFiles};
pub use header::{Header, is_repository_id};
pub use held::Held;
pub use index::MAX_CANDIDATES;
pub use pin::{PinError, RootPin};
pub use role::Role;
pub use root::{RoleKeys, Root};
pub use source::{FileName, Source};
pub use state::TrustState;
pub use status::{
    MAX_RULES, Request, RevokedSerials, Rule, Shard, ShortHash, StatusAnswer, StatusFault, StatusSet, StatusSubject,
    Withdrawable, WithdrawalGroup, Withdrawals, Withdrawn, is_rid, short_hash,
};
#[cfg(feature = "tool")]
pub use status::{encode_base, encode_delta, open_shard, open_withdrawals, result_hash, token_status_list};
pub use trust::{Issuer, MAX_ANCHORS, MAX_ISSUERS, MAX_KEYS, Trust};
pub use update::{Update, UpdateError, Updated, Wanted, update};
