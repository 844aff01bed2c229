//! The tour in README.md works as it is printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The shell block of a README.
fn tour(readme: &str) -> String {
    let text = fs::read_to_string(root().join(readme)).expect(readme);
    let (_, rest) = text.split_once("\n```sh\n").expect("a shell block");
    let (block, _) = rest.split_once("\n```\n").expect("the end of the block");
    block.to_owned()
}

#[test]
fn the_tour_ends_with_valid_verdicts_and_one_that_was_withdrawn() {
    let tour = tour("README.md");
    // What is built already: a build inside a test would wait for the one around it.
    let build = "cargo build --workspace --bins\n";
    assert!(tour.starts_with(build));
    let program = std::env::current_exe().expect("this program");
    let tools = program.ancestors().nth(2).expect("the folder of the tools");
    assert!(tools.join("tegata-verifier").is_file(), "the tools are not built; run: {build}");

    let folder = tempfile::tempdir().expect("a folder");
    let script = tour.trim_start_matches(build).replace("$PWD/target/debug", &tools.display().to_string());
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).current_dir(&folder).env("LC_ALL", "C.UTF-8").env("TMPDIR", folder.path());
    let output = shell.output().expect("a shell");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && err.is_empty(), "{out}\n{err}");
    // Every code is valid; one of them no more, once it was withdrawn and the lists were updated.
    let (before, after) = out.split_once("Request 1 withdraws 1 certificate.").expect("a withdrawal");
    assert!(before.contains("× block: ") && before.contains("✓ Valid") && !before.contains("✕"), "{before}");
    assert!(after.contains("✕ Not valid") && after.contains("[revoked]") && !after.contains("✓"), "{after}");
}

#[test]
fn the_readmes_show_the_same_tour() {
    assert_eq!(tour("README.md"), tour("README.ja.md"));
}
