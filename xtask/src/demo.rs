//! `cargo xtask demo`: builds the tools and lets them tell the story.

use crate::cargo::{self, command, succeeds, target};

/// Runs the story with these options; the tools are built.
pub fn run_story(options: &[&str]) -> bool {
    succeeds(command(target().join("debug/demo")).args(options))
}

/// `cargo xtask demo`.
pub fn run(options: &[&str]) -> bool {
    // All at once: asked for one by one, packages are built again for each other set of features.
    build() && run_story(options)
}

fn build() -> bool {
    println!("Building the tools (the first time takes some minutes) …");
    cargo::run(["build", "--workspace", "--bins"])
}
