//! The arguments. Each command's story is in a file of its own under `commands`.

use crate::commands::{import, register, sample};
use crate::error::{CommandError, Status};
use clap::{Parser, Subcommand};

/// Imports a vaccination register and issues certificates from it.
#[derive(Parser)]
#[command(name = "tegata-issuer", version, after_help = STATUSES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const STATUSES: &str = "Exit status: 0 done; 1 done, but rows were refused or wait; 2 wrong arguments; \
3 not what the command needs (layout, encoding, unknown person); 5 a file, the register or the disk failed. \
Where the status is 2, 3 or 5, nothing was changed.";

#[derive(Subcommand)]
enum Command {
    Import(import::Arguments),
    Register(register::Arguments),
    Sample(sample::Arguments),
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self) -> Result<Status, CommandError> {
        match self.command {
            Command::Import(arguments) => import::run(arguments),
            Command::Register(arguments) => register::run(arguments),
            Command::Sample(arguments) => sample::run(&arguments),
        }
    }
}
