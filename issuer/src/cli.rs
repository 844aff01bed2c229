//! The arguments. Each command's story is in a file of its own under `commands`.

use crate::commands::{
    account, approvals, audit, breach_report, confirm, correct, csr, explain, export, health_cards, import, issue,
    jobs, letters, lint_print, now, print, register, retention, review, sample, serve, station, status, withdraw,
};
use crate::error::{CommandError, Status};
use clap::{Parser, Subcommand};

/// Imports a vaccination register and issues certificates from it.
#[derive(Parser)]
#[command(name = "tegata-issuer", version, after_help = STATUSES)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const STATUSES: &str = "Exit status: 0 done; 1 done, but rows were refused or wait, people are held, or certificates stay in force; 2 wrong arguments; \
3 not what the command needs (layout, encoding, unknown person, key name); 4 the trust list, a key or the audit's chain is refused; \
5 a file, the register or the disk failed; 6 no passphrase, or a wrong one. From 2 on, nothing was changed, but \
that what `issue` had finished stays.";

#[derive(Subcommand)]
enum Command {
    Account(account::Arguments),
    Approvals(approvals::Arguments),
    Audit(audit::Arguments),
    BreachReport(breach_report::Arguments),
    Certify(csr::CertifyArguments),
    Confirm(confirm::Arguments),
    Correct(correct::Arguments),
    Csr(csr::Arguments),
    Explain(explain::Arguments),
    Export(export::Arguments),
    Import(import::Arguments),
    /// Issue certificates from records of the register: signed texts, and QR codes of them
    Issue(issue::Arguments),
    Jobs(jobs::Arguments),
    /// Make, list and retire the keys that sign
    Key {
        /// What to do with keys.
        #[command(subcommand)]
        command: tegata_keys::KeyCommand,
    },
    Letters(letters::Arguments),
    LintPrint(lint_print::Arguments),
    Print(print::Arguments),
    PrintTemplates(print::TemplatesArguments),
    PublishHealthCardKeys(health_cards::Arguments),
    Register(register::Arguments),
    Reinstate(withdraw::ReinstateArguments),
    Retention(retention::Arguments),
    Review(review::Arguments),
    Revoke(withdraw::RevokeArguments),
    Sample(sample::Arguments),
    Serve(serve::Arguments),
    Station(station::Arguments),
    Status(status::Arguments),
}

impl Arguments {
    /// Does what was asked.
    pub fn run(self) -> Result<Status, CommandError> {
        match self.command {
            Command::Account(arguments) => account::run(&arguments, &mut std::io::stdout().lock()),
            Command::Approvals(arguments) => approvals::run(&arguments, &mut std::io::stdout().lock()),
            Command::Audit(arguments) => audit::run(&arguments, &mut std::io::stdout().lock()),
            Command::BreachReport(arguments) => breach_report::run(&arguments, &mut std::io::stdout().lock()),
            Command::Certify(arguments) => Ok(csr::certify(&arguments, now(), &mut std::io::stdout().lock())?),
            Command::Csr(arguments) => Ok(csr::run(&arguments, &mut std::io::stdout().lock())?),
            Command::Confirm(arguments) => confirm::run(&arguments, &mut std::io::stdout().lock()),
            Command::Correct(arguments) => correct::run(&arguments, &mut std::io::stdout().lock()),
            Command::Explain(arguments) => explain::run(&arguments, &mut std::io::stdout().lock()),
            Command::Export(arguments) => export::run(&arguments),
            Command::Import(arguments) => import::run(arguments),
            Command::Issue(arguments) => {
                issue::run(&arguments, now(), &mut std::io::stdout().lock())?;
                Ok(Status::Done)
            }
            Command::Jobs(arguments) => jobs::run(&arguments, &mut std::io::stdout().lock()),
            Command::Key { command } => {
                command.run(now(), &mut std::io::stdout().lock())?;
                Ok(Status::Done)
            }
            Command::Letters(arguments) => letters::run(&arguments, &mut std::io::stdout().lock()),
            Command::LintPrint(arguments) => Ok(lint_print::run(&arguments, &mut std::io::stdout().lock())?),
            Command::Print(arguments) => Ok(print::run(&arguments, now(), &mut std::io::stdout().lock())?),
            Command::PrintTemplates(arguments) => Ok(print::templates(&arguments, &mut std::io::stdout().lock())?),
            Command::PublishHealthCardKeys(arguments) => {
                health_cards::run(&arguments, &mut std::io::stdout().lock())?;
                Ok(Status::Done)
            }
            Command::Register(arguments) => register::run(arguments),
            Command::Reinstate(arguments) => Ok(withdraw::reinstate(&arguments, now(), &mut std::io::stdout().lock())?),
            Command::Retention(arguments) => retention::run(&arguments, &mut std::io::stdout().lock()),
            Command::Review(arguments) => review::run(&arguments, &mut std::io::stdout().lock()),
            Command::Revoke(arguments) => Ok(withdraw::revoke(&arguments, now(), &mut std::io::stdout().lock())?),
            Command::Sample(arguments) => sample::run(&arguments),
            Command::Serve(arguments) => serve::run(&arguments, &mut std::io::stdout().lock()),
            Command::Station(arguments) => station::run(&arguments, &mut std::io::stdout().lock()),
            Command::Status(arguments) => Ok(status::run(&arguments, now(), &mut std::io::stdout().lock())?),
        }
    }
}
