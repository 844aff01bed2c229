//! `cargo xtask bench`: one table of speeds. What binds is a ratio of two things measured in one run, in
//! turns; absolute figures are printed, because machines are shared and noisy, and bind nothing.
//!
//! `bench verdicts` measures codes and lists, `bench register` what becomes of a register, `bench
//! paper` what is printed, `bench office` the counter under load; without a word all is measured.

mod bulk;
mod import;
mod issuing;
mod measure;
mod memory;
mod office;
mod paper;
mod rules;
mod sizes;
mod stages;
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
    let groups: Vec<String> = std::env::args().skip(1).collect();
    if let Some(unknown) =
        groups.iter().find(|group| !["verdicts", "register", "paper", "office"].contains(&group.as_str()))
    {
        eprintln!(
            "error: nothing called `{unknown}` is measured here\n  remedy: bench [verdicts] [register] [paper] [office]"
        );
        return ExitCode::from(2);
    }
    let wanted = |name: &str| groups.is_empty() || groups.iter().any(|group| group == name);
    let mut table = Table::default();
    if wanted("verdicts") {
        verification::measure(&mut table);
        throughput::measure(&mut table);
        rules::measure(&mut table);
        issuing::measure(&mut table);
        sizes::measure(&mut table);
        status::measure(&mut table);
    }
    if wanted("register") {
        import::measure(&mut table);
        bulk::measure(&mut table);
        memory::measure(&mut table);
    }
    if wanted("paper") {
        paper::measure(&mut table);
    }
    if wanted("office") {
        office::measure(&mut table);
    }
    table.close();
    if table.all_hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
