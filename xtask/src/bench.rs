//! `cargo xtask bench`: what is measured, as ratios in one run.

use crate::{browser, cargo, page};
use std::path::Path;

/// The verifier, the issuer and the lists, natively.
pub fn verdicts() -> bool {
    natively("verdicts")
}

/// What becomes of a register: import, and bulk issuing by threads and by processes.
pub fn register() -> bool {
    natively("register")
}

/// Letters beside bare Typst, and the memory of print runs.
pub fn paper() -> bool {
    natively("paper")
}

/// The office's counter under load.
pub fn office() -> bool {
    natively("office")
}

fn natively(group: &str) -> bool {
    // The tool too: its memory is measured as a process of its own.
    let built = ["build", "--release", "--quiet", "--package", "tegata-tests", "--package", "tegata-issuer"];
    let bench = cargo::target().join("release/bench").with_extension(std::env::consts::EXE_EXTENSION);
    cargo::run(built.into_iter().chain(["--bin", "bench", "--bin", "tegata-issuer"]))
        && cargo::succeeds(cargo::command(bench).arg(group))
}

/// Reading beside others' crates and bare checks, and what others' readers for Node and Python take for the same texts.
/// The chart of the run goes to the named file.
pub fn peers(chart: Option<&str>) -> bool {
    // A workspace of its own: nobody who builds the product compiles these.
    let manifest = cargo::workspace().join("bench-peers/Cargo.toml");
    let target = cargo::workspace().join("bench-peers/target");
    let program = target.join("release/tegata-bench-peers").with_extension(std::env::consts::EXE_EXTENSION);
    let mut build = cargo::cargo();
    build.args(["build", "--release", "--quiet", "--locked", "--bin", "tegata-bench-peers", "--manifest-path"]);
    if !cargo::succeeds(build.arg(&manifest).arg("--target-dir").arg(&target)) {
        return false;
    }
    let mut bench = cargo::command(&program);
    bench.args(chart.iter().flat_map(|file| ["--chart", *file]));
    let held = cargo::succeeds(&mut bench);
    others(&program) && held
}

/// Readers for Node and Python by name. What is not installed is left out, loudly.
fn others(program: &Path) -> bool {
    let folder = cargo::workspace().join("bench-peers/readers");
    [("node", "readers.mjs"), ("python3", "readers.py")].into_iter().all(|(runtime, script)| {
        if !cargo::works(cargo::command(runtime).arg("--version")) {
            println!("! NOT MEASURED: readers for {runtime}\n    install it by: sudo apt-get install {runtime}");
            return true;
        }
        cargo::succeeds(cargo::command(runtime).arg(folder.join(script)).arg(program))
    })
}

/// The page. What is missing leaves it out, loudly.
pub fn browser() -> bool {
    match page::build().and_then(|built| Ok(built && browser::bench()?)) {
        Ok(held) => held,
        Err(missing) => {
            println!("! NOT MEASURED: {}\n    install it by: {}", missing.leaves_out, missing.line);
            true
        }
    }
}
