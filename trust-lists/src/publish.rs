//! The publisher's side: writing lists, signing them, keeping them in a folder.

mod demo;
mod draft;
mod encode;
mod folder;
mod repository;

pub use demo::DemoRepository;
pub use draft::{Draft, DraftError, DraftIssuer, DraftKey, Shard};
pub use folder::{Folder, FolderError, read_bundle, write_atomically};
pub use repository::{Lifetimes, PublishError, Repository, Roles, sign_list};
