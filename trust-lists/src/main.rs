//! `tegata-trust`: makes and publishes the lists of issuers and their keys.

mod tool;

use clap::Parser;
use std::process::ExitCode;
use tool::cli::{Command, Tool};

fn main() -> ExitCode {
    let now = tool::now();
    let mut out = std::io::stdout().lock();
    let done = match Tool::parse().command {
        Command::Init(args) => tool::init::run(&args, now, &mut out),
        Command::AddIssuer(args) => tool::add_issuer::run(&args, now, &mut out),
        Command::SetKey(args) => tool::set_key::run(&args, now, &mut out),
        Command::Import(args) => tool::import::run(&args, now, &mut out),
        Command::Publish(args) => tool::publish::run(&args, now, &mut out),
        Command::Propose { command } => tool::propose::run(&command, now, &mut out),
        Command::Sign(args) => tool::sign::run(&args, now, &mut out),
        Command::Assemble(args) => tool::assemble::run(&args, now, &mut out),
        Command::Rehearse(args) => tool::rehearse::run(&args, now, &mut out),
        Command::Doctor(args) => match tool::doctor::run(&args, now, &mut out) {
            Ok(status) => return status,
            Err(failure) => Err(failure),
        },
        Command::Diff(args) => tool::diff::run(&args, &mut out),
        Command::Rules { command } => tool::rules::run(&command, now, &mut out),
        Command::Status { command } => tool::status::run(&command, now, &mut out),
        Command::Show(args) => tool::show::run(&args, now, &mut out),
        Command::Bundle(args) => tool::bundle::run(&args, now, &mut out),
        Command::Key { command } => command.run(now, &mut out).map_err(Into::into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has read enough, as `head` does.
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            failure.exit_code()
        }
    }
}
