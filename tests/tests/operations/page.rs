//! The commands of the page, as they are printed.

use std::fs;
use std::path::{Path, PathBuf};

/// What stands before each block that is run.
const MARK: &str = "<!-- tests/tests/operations runs this block. -->\n```sh\n";

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The blocks of backup, restore of a file, and restore on a server.
pub fn blocks() -> [String; 3] {
    let page = fs::read_to_string(root().join("docs/operations.md")).expect("the page");
    let blocks: Vec<String> = page
        .split(MARK)
        .skip(1)
        .map(|rest| rest.split_once("```\n").expect("the end of the block").0.to_owned())
        .collect();
    let blocks: [String; 3] = blocks.try_into().expect("three blocks that are run");
    assert!(blocks[0].contains("tegata-backup") && blocks[1].contains("install") && blocks[2].contains("pg_restore"));
    blocks
}

pub fn backup() -> String {
    let [backup, ..] = blocks();
    backup
}
