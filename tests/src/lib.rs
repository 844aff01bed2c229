//! What no single crate can show: end to end, published vectors, faults.
//!
//! This library is what those tests share; the tests themselves are in `tests/`.
//!
//! Published vectors are never copied into this repository. [`vectors::family`] finds them beside
//! it, and a test without them says how to get them and passes as skipped:
//!
//! ```
//! use tegata_tests::vectors;
//!
//! let Some(folder) = vectors::family("eu-dcc") else { return };
//! assert!(folder.join("README.md").is_file());
//! ```

pub mod browser;
pub mod counter;
pub mod fuzzing;
pub mod office;
pub mod pdf;
pub mod place;
pub mod postgres;
pub mod published;
pub mod served;
pub mod sizes;
pub mod soft_token;
pub mod specimen;
pub mod static_server;
pub mod travel_office;
pub mod vectors;
