//! `cargo xtask demo`: builds the tools and lets them tell the story.

use crate::cargo::{self, command, succeeds, target};
use crate::page;

/// Runs the story with these options; the tools are built.
pub fn run_story(options: &[&str]) -> bool {
    succeeds(command(target().join("debug/demo")).args(options))
}

/// `cargo xtask demo`.
pub fn run(options: &[&str]) -> bool {
    // First the page, which the verifier's program holds. Without it the story is told all the same, and says so.
    println!("Building the page and the tools (the first time takes some minutes) …");
    let page = page::build().unwrap_or_else(|missing| {
        eprintln!("! WITHOUT {}: install it by: {}", missing.leaves_out, missing.line);
        true
    });
    // All at once: asked for one by one, packages are built again for each other set of features.
    page && cargo::run(["build", "--workspace", "--bins"]) && run_story(options)
}
