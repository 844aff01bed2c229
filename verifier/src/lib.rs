//! Placeholder while the workspace is being raised.

#[cfg(feature = "tool")]
pub mod tool;
