//! `cargo xtask bench`: what is measured, as ratios in one run.

use crate::{browser, cargo, page};

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
