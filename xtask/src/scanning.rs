//! `cargo xtask bench scanning`: the reader of codes beside those of others.

use crate::cargo::{command, run as cargo_run, succeeds, target, workspace};
use crate::page;
use crate::setup::{self, Missing};
use std::env;
use std::path::{Path, PathBuf};

/// The seed of the pictures, unless another is named.
pub const SEED: &str = "1";

/// The seed that the options name, if they are understood.
pub fn seed<'o>(options: &[&'o str]) -> Option<&'o str> {
    match options {
        [] => Some(SEED),
        ["--seed", seed] if seed.parse::<u32>().is_ok() => Some(seed),
        _ => None,
    }
}

/// Makes pictures and clips, has all readers read them, and compares. What is missing leaves it out, loudly.
pub fn run(seed: &str) -> bool {
    let tool = corpus().join("qr_corpus.py");
    if !tool.is_file() {
        println!(
            "! NOT MEASURED: the reader of codes\n    {} is not there: name the folder of qr_corpus.py in \
             TEGATA_QR_CORPUS",
            tool.display()
        );
        return true;
    }
    match measure(&tool, seed) {
        Ok(held) => held,
        Err(missing) => {
            println!("! NOT MEASURED: {}\n    install it by: {}", missing.leaves_out, missing.line);
            true
        }
    }
}

/// Where the pictures' maker lies.
fn corpus() -> PathBuf {
    let named = env::var_os("TEGATA_QR_CORPUS").map(PathBuf::from);
    workspace().join(named.unwrap_or_else(|| PathBuf::from("../shared/qr-corpus")))
}

fn measure(tool: &Path, seed: &str) -> Result<bool, Missing> {
    let node = setup::scanning_node()?;
    let python = setup::scanning_python(&tool.with_file_name("requirements.txt"))?;
    let native = cargo_run(["build", "--release", "--quiet", "--package", "tegata-reader", "--example", "frames"]);
    // As the page loads it.
    if !native || !page::build_modules()? {
        return Ok(false);
    }
    let module = workspace().join("wasm-verifier/web/src/reader/wasm/tegata_wasm_reader.js");
    let mut measure = command(python);
    measure.arg("tests/scanning/scanning.py").arg("--tool").arg(tool).args(["--seed", seed]);
    measure.arg("--work").arg(target().join("scanning"));
    measure.arg("--frames").arg(target().join("release/examples/frames"));
    measure.arg("--module").arg(module).arg("--modules").arg(node.join("node_modules"));
    Ok(succeeds(&mut measure))
}
