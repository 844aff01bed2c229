//! `cargo xtask bench`: what is measured, as ratios in one run.

use crate::setup::{self, Missing};
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

/// Reading and issuing beside others' crates and bare checks, what others' readers for Node and Python take for the same
/// texts, and the module in a browser beside WebCrypto.
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
    // All of it is told, whatever does not hold.
    let others = others(&program);
    println!("\nIn a browser, beside WebCrypto");
    in_browser(&["texts"]) && others && held
}

/// Readers for Node and Python by name. What is not installed is left out, loudly.
fn others(program: &Path) -> bool {
    let folder = cargo::workspace().join("bench-peers/readers");
    // What the tests read with has these readers among it.
    let python = setup::readers().map_err(told).unwrap_or_else(|()| "python3".into());
    let modules = setup::readers_of_cards().map_err(told).unwrap_or_else(|()| folder.clone());
    [("node".into(), "readers.mjs"), (python, "readers.py")].into_iter().all(|(runtime, script)| {
        if !cargo::works(cargo::command(&runtime).arg("--version")) {
            let name = runtime.display();
            println!("! NOT MEASURED: readers for {name}\n    install it by: sudo apt-get install {name}");
            return true;
        }
        cargo::succeeds(cargo::command(runtime).current_dir(&modules).arg(folder.join(script)).arg(program))
    })
}

fn told(missing: Missing) {
    println!("! NOT MEASURED: {}\n    install it by: {}", missing.leaves_out, missing.line);
}

/// The page. What is missing leaves it out, loudly.
pub fn browser() -> bool {
    in_browser(&[])
}

fn in_browser(groups: &[&str]) -> bool {
    match page::build().and_then(|built| Ok(built && browser::bench(groups)?)) {
        Ok(held) => held,
        Err(missing) => {
            told(missing);
            true
        }
    }
}
