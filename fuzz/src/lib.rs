//! What the targets do, from the tests that replay the corpora on a stable compiler: the same file
//! rather than the same crate, since the tests' dependencies (pictures, databases) need no fuzzing here.

#[path = "../../tests/src/fuzzing/mod.rs"]
pub mod fuzzing;
