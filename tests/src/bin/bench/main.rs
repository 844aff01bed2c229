//! `cargo xtask bench`: one table of speeds. What binds is a ratio of two things measured in one run, in
//! turns; absolute figures are printed, because machines are shared and noisy, and bind nothing.

mod import;
mod issuing;
mod measure;
mod sizes;
mod status;
mod throughput;
mod verification;

use measure::Table;
use std::process::ExitCode;

/// The allocator of `tegata-issuer`, for all that is measured here, the bare things included.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    if cfg!(debug_assertions) {
        eprintln!("error: this is a debug build, whose figures mean nothing\n  remedy: cargo xtask bench");
        return ExitCode::from(2);
    }
    let mut table = Table::default();
    verification::measure(&mut table);
    throughput::measure(&mut table);
    issuing::measure(&mut table);
    sizes::measure(&mut table);
    status::measure(&mut table);
    import::measure(&mut table);
    table.close();
    if table.all_hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
