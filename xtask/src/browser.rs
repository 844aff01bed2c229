//! The page and the package in a real browser.

use crate::cargo::{command, run as cargo_run, succeeds, target, workspace};
use crate::setup::{self, Missing};
use crate::{page, vectors};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Runs the suite of `tests/browser`. The tools and the page are built.
///
/// # Errors
/// [`Missing`] if the browser or what drives it cannot be installed.
pub fn test() -> Result<bool, Missing> {
    let Some(mut node) = prepared()? else { return Ok(false) };
    let Some(checks) = page::build_checks()? else { return Ok(false) };
    node.env("TEGATA_WASM_CHECKS", checks);
    // One file after the other: a browser wants the machine for itself.
    node.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    // By their names: what a folder means to Node changes from release to release.
    Ok(succeeds(node.args(suites())))
}

fn suites() -> Vec<PathBuf> {
    let entries = fs::read_dir(workspace().join("tests/browser")).into_iter().flatten().flatten();
    let mut suites: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    suites.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    suites.sort();
    suites
}

/// Measures the page: sizes, times and their ratios; or of these only the named groups.
///
/// # Errors
/// As [`test()`].
pub fn bench(groups: &[&str]) -> Result<bool, Missing> {
    let Some(mut node) = prepared()? else { return Ok(false) };
    Ok(succeeds(node.arg("tests/browser/bench.mjs").args(groups)))
}

/// Node with a fresh stage: certificates that were issued just now, and lists of every age.
fn prepared() -> Result<Option<Command>, Missing> {
    setup::browser()?;
    let page = workspace().join("wasm-verifier/web/dist/.built");
    if !page.is_file() {
        return Err(Missing { leaves_out: "the page in a real browser", line: "cargo xtask page".to_owned() });
    }
    let tool = |name: &str| target().join("debug").join(name);
    // Of this state: what an older tool says is not what the page says.
    let built = cargo_run(["build", "--quiet", "--workspace", "--bins"]);
    let stage: PathBuf = target().join("browser-stage");
    if !built || !succeeds(command(tool("browser_stage")).arg(&stage)) {
        return Ok(None);
    }
    let mut node = command("node");
    // What the vectors' step wrote down, if it ran before: the page must say the same.
    node.env("TEGATA_RECORD", vectors::record());
    let reader = "wasm-verifier/web/src/reader/wasm/tegata_wasm_reader.js";
    node.env("TEGATA_WASM_READER", workspace().join(reader));
    node.env("TEGATA_BROWSER_STAGE", stage).env("TEGATA_VERIFIER", tool("tegata-verifier"));
    Ok(Some(node))
}
