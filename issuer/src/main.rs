//! `tegata-issuer`: register in, certificates out.

mod cli;
mod commands;
mod error;

use clap::Parser;
use std::process::ExitCode;

/// The rows of an import are allocated on one thread and freed on another, which this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Arguments::parse().run() {
        Ok(status) => status.into(),
        Err(error) => {
            eprintln!("error: {error}");
            error.status().into()
        }
    }
}
