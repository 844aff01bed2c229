//! Status: which certificates count no more.
//!
//! A certificate of our own format names an index of a shard, and a shard's **set** holds the
//! indices that were revoked: exactly, in about as few bits as information theory allows, because
//! the gaps between them are Rice-coded. **Rules** beside it revoke what one key issued in some time or
//! from some lot. A shard is published as a base file and at most one delta, cumulative from the
//! base; both ways give a set with one hash, which the head names.
//!
//! What other networks withdrew by hashes or identifiers of their own is in [`Withdrawals`]. What an
//! issuer asks the status service to revoke or to reinstate is a [`Request`].

#[cfg(feature = "tool")]
mod encode;
mod fault;
mod request;
mod revoked_serials;
mod rice;
mod rule;
mod set;
mod shard;
#[cfg(feature = "tool")]
mod token_status_list;
mod withdrawals;

#[cfg(feature = "tool")]
pub use encode::{encode_base, encode_delta, open_shard, open_withdrawals, result_hash};
pub use fault::StatusFault;
pub use request::Request;
pub use revoked_serials::RevokedSerials;
pub use rule::{MAX_RULES, Rule};
pub use set::StatusSet;
pub use shard::{Shard, StatusAnswer, StatusSubject};
#[cfg(feature = "tool")]
pub use token_status_list::token_status_list;
pub use withdrawals::{ShortHash, Withdrawable, WithdrawalGroup, Withdrawals, Withdrawn, is_rid, short_hash};
