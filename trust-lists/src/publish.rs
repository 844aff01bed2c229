//! The publisher's side: writing lists, signing them, keeping them in a folder.

mod demo;
mod draft;
mod draft_anchor;
mod encode;
mod folder;
mod lists;
mod repository;

pub use demo::DemoRepository;
pub use draft::{Draft, DraftError, DraftIssuer, DraftKey, Shard};
pub use draft_anchor::DraftAnchor;
pub use folder::{Folder, FolderError, read_bundle, write_atomically};
pub use lists::Lists;
pub use repository::{Lifetimes, PublishError, Repository, Roles, sign_list};
