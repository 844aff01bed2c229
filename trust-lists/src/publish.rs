//! The publisher's side: writing lists, signing them, keeping them in a folder.

mod ceremony;
mod demo;
mod doctor;
mod draft;
mod draft_anchor;
mod draft_import;
mod draft_status;
mod draft_withdrawals;
mod edition;
mod encode;
mod folder;
mod folder_history;
mod folder_withdrawals;
mod journal;
mod lists;
mod merge;
mod proposal;
mod rehearsal;
mod repository;
mod requests;
mod root_changes;

pub(crate) use encode::write_header;

pub use ceremony::{Assembly, Counted, MAX_SIGNATURE, Missing, NotCounted, OfficerSignature};
pub use demo::DemoRepository;
pub use doctor::{Check, Finding, Level, ListTimes, Patient, examine, list_times};
pub use draft::{Draft, DraftError, DraftIssuer, DraftKey, DraftShard};
pub use draft_anchor::DraftAnchor;
pub use draft_import::DraftImport;
pub(crate) use draft_withdrawals::parse_rid;
pub use draft_withdrawals::{DraftWithdrawals, WithdrawalsForm};
pub use edition::{ShardContent, StatusContent, WithdrawalsContent};
pub use folder::{Folder, FolderError, read_bundle, write_atomically};
pub use journal::{JournalEntry, JournalPage};
pub use lists::Lists;
pub use merge::{MergeError, Merged};
pub use proposal::{MAX_PROPOSAL, Proposal, ProposalError, Proposed, Review, SignerGroup};
pub use rehearsal::{Piece, Rehearsal, Stranded, rehearse};
pub use repository::{Lifetimes, PublishError, Repository, Roles, sign_list};
pub use requests::{RequestOutcome, RequestRefusal, StatusDesk};
pub use root_changes::{RootChangeError, RootChanges};
