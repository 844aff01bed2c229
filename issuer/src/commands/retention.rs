//! `tegata-issuer retention`: what is past its term goes.

use super::now;
use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use serde_json::json;
use std::io::Write;
use tegata_issuer::{Register, RetentionTerms, Retired};

/// Delete what is past its term: people, certificates, findings, and what leads from the audit to people
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer retention terms
  tegata-issuer retention terms --records 5 --pseudonyms 5
  tegata-issuer retention dry-run
  tegata-issuer retention run
  tegata-issuer register rekey new.key

A person goes so many years after the last dose and the end of the last certificate. The audit stays, and can be verified;
its pseudonyms of a year lead to nobody once that year's key is gone. Backups of before hold what went: give the register
another key afterwards, and destroy the old one with all its copies, so that nobody can read them.")]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Tell what would go, and change nothing
    DryRun,
    /// Delete it
    Run,
    /// Show for how many years things are kept, or choose it
    Terms {
        /// A person, after the last dose and the end of the last certificate
        #[arg(long, value_name = "YEARS", value_parser = clap::value_parser!(u64).range(0..=RetentionTerms::LONGEST))]
        records: Option<u64>,
        /// A certificate's row, after its expiry
        #[arg(long, value_name = "YEARS", value_parser = clap::value_parser!(u64).range(0..=RetentionTerms::LONGEST))]
        certificates: Option<u64>,
        /// What leads from the audit's pseudonyms of a year to people, after that year
        #[arg(long, value_name = "YEARS", value_parser = clap::value_parser!(u64).range(0..=RetentionTerms::LONGEST))]
        pseudonyms: Option<u64>,
        /// A job of bulk issuing, after its end
        #[arg(long, value_name = "YEARS", value_parser = clap::value_parser!(u64).range(0..=RetentionTerms::LONGEST))]
        jobs: Option<u64>,
    },
}

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    match arguments.command {
        Command::DryRun => {
            let retired = register.preview_retention(now())?;
            tell(&retired, "would go", arguments.json, out)?;
        }
        Command::Run => {
            let retired = register.run_retention(now())?;
            tell(&retired, "went", arguments.json, out)?;
        }
        Command::Terms { records, certificates, pseudonyms, jobs } => {
            let old = register.retention_terms()?;
            let terms = RetentionTerms {
                records: records.unwrap_or(old.records),
                certificates: certificates.unwrap_or(old.certificates),
                pseudonyms: pseudonyms.unwrap_or(old.pseudonyms),
                jobs: jobs.unwrap_or(old.jobs),
            };
            if terms != old {
                register.set_retention_terms(&terms)?;
            }
            if arguments.json {
                writeln!(out, "{}", json!(terms))?;
            } else {
                let RetentionTerms { records, certificates, pseudonyms, jobs } = terms;
                writeln!(
                    out,
                    "years after the end: records {records}, certificates {certificates}, pseudonyms {pseudonyms}, jobs {jobs}"
                )?;
            }
        }
    }
    register.close()?;
    Ok(Status::Done)
}

fn tell(retired: &Retired, word: &str, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    if json {
        return Ok(writeln!(out, "{}", json!(retired))?);
    }
    let Retired { people, certificates, findings, versions, years, jobs } = retired;
    writeln!(
        out,
        "{people} people, {certificates} certificates, {findings} findings, {versions} earlier records, {jobs} jobs {word};"
    )?;
    writeln!(out, "pseudonyms of {years} years lead to nobody.")?;
    Ok(())
}
