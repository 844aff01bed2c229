//! The verdict in a browser, as the npm package `@tegata/verifier` wraps it.
//!
//! Nothing here reads a clock, asks a network or keeps anything: bytes, texts and times come in, reports go out. All
//! times are seconds since 1970 as JavaScript's `number`. Each failure is a value with a stable code ([`Failure`]).

mod failure;
mod lists;
mod scan;
mod time;

pub use failure::Failure;
pub use lists::{Lists, Updating};
pub use scan::{Codes, Document};
