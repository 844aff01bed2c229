//! `cargo xtask bench`: what is measured, as ratios in one run.

use crate::{browser, cargo, page};

/// The verifier, the issuer and the lists, natively.
pub fn verdicts() -> bool {
    cargo::run(["run", "--release", "--quiet", "--package", "tegata-tests", "--bin", "bench"])
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
