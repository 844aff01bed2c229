//! The publisher's side: writing lists, signing them, keeping them in a folder.

mod demo;
mod encode;
mod repository;

pub use demo::DemoRepository;
pub use repository::{Lifetimes, PublishError, Repository, Roles, RoleSize, sign_list};
