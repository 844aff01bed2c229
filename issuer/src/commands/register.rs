//! `register`: what the register holds.

use super::now;
use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use tegata_issuer::{Act, ActKind, Merge, Merger, Numbering, Record, Register, RegisterNumber, make_key_file, rekey};

/// Look into the register, and join what is one person.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer register status
  tegata-issuer register show 1000000007 --json
  tegata-issuer register merge 1000000007 2000000031 --dry-run
  tegata-issuer register key new office.key
  tegata-issuer register restored

A register's personal data is sealed: its key file opens it, and without that nobody can read the register. Keep a
copy of the key file in a safe place, apart from the copies of the register.")]
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
    /// How many people and doses there are, and where they came from
    Status,
    /// One person with all doses
    Show {
        /// The register number (個別宛名番号)
        number: String,
    },
    /// Make one record of two numbers that turned out to be one person: a mover, or somebody entered twice
    ///
    /// The doses of both go under the number that stays; what that person's row lacks is taken from the other. From then on
    /// the other number leads there, also in files to come. Certificates stay in force while they are true: tegata-issuer
    /// review tells which are not.
    Merge {
        /// The number that is given up
        from: String,
        /// The number that stays
        into: String,
        /// Number the doses anew by their days, where both count from one
        #[arg(long)]
        by_day: bool,
        /// Go on although the birth dates differ; the one of the number that stays holds
        #[arg(long)]
        other_birth_date: bool,
        /// Show what it would come to, and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Undo a merger, as long as the record was not changed since
    Unmerge {
        /// The number that was given up
        from: String,
    },
    /// The key file that opens a register's personal data
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Give the register another key: everything sealed is sealed anew, and the old key can be destroyed
    ///
    /// Nobody else uses the register meanwhile. Whoever is interrupted runs the same command again. When it is done, name the new
    /// key file from then on (or move it to the place of the old one, with the files .mark and .audit beside it), and destroy
    /// the old one with all its copies: backups of before cannot be read by anybody then.
    Rekey {
        /// The new key file; made if it is not there
        new_key: PathBuf,
    },
    /// After the register was restored from a backup: give up the status indices that it may have given out since, so
    /// that none is used twice
    ///
    /// A register that is older than what was issued is noticed by itself, by the mark beside the key file. This is for
    /// when the mark was lost, or restored too, or when another machine issued. The list's operator then allots another range
    /// (tegata-trust set-key --add-indices).
    Restored,
}

#[derive(clap::Subcommand)]
enum KeyCommand {
    /// Make a key file for a new register; a register in a file makes its own
    New {
        /// The key file, which must not be there yet
        file: PathBuf,
    },
}

/// Answers.
pub fn run(arguments: Arguments) -> Result<Status, CommandError> {
    let mut out = std::io::stdout().lock();
    let Arguments { command, register, json } = arguments;
    let open = || Register::open(register.location());
    match command {
        Command::Key { command: KeyCommand::New { file } } => {
            make_key_file(&file)?;
            writeln!(out, "Made {}. Keep a copy in a safe place, apart from the register's backups.", file.display())?;
        }
        Command::Merge { from, into, by_day, other_birth_date, dry_run } => {
            let (from, into) = (number(&from)?, number(&into)?);
            let mut register = open()?;
            let numbering = if by_day { Numbering::ByDay } else { Numbering::Kept };
            let merge = Merge { from: &from, into: &into, numbering, other_birth_date, dry_run, now: now() };
            let Merger { record, doses_added, doses_shared } = register.merge(&merge)?;
            register.close()?;
            if json {
                let record = as_json(&record);
                let answer = json!({ "record": record, "doses_added": doses_added, "doses_shared": doses_shared });
                writeln!(out, "{answer}")?;
            } else {
                show(&record, &mut out)?;
                let words = if dry_run { "dry run: would come" } else { "came" };
                writeln!(out, "{words} from {from}: {doses_added} doses; both had {doses_shared}")?;
            }
        }
        Command::Unmerge { from } => {
            let mut register = open()?;
            let into = register.unmerge(&number(&from)?)?;
            register.close()?;
            writeln!(out, "{from} and {into} are two people again, each as before.")?;
        }
        Command::Rekey { new_key } => {
            let rekeyed = rekey(register.location(), &new_key, &mut |_| {})?;
            if json {
                writeln!(out, "{}", json!({ "values": rekeyed.values, "resumed": rekeyed.resumed }))?;
            } else {
                writeln!(
                    out,
                    "Sealed {} values anew. The register's key is {} now:",
                    rekeyed.values,
                    new_key.display()
                )?;
                writeln!(out, "keep a copy in a safe place, and destroy the old key with all its copies.")?;
            }
        }
        Command::Restored => {
            let mut register = open()?;
            let closed = register.close_ranges()?;
            register.close()?;
            writeln!(out, "Gave up {closed} ranges of status indices. Have the list's operator allot another range")?;
            writeln!(out, "(tegata-trust set-key --add-indices), then issue again.")?;
        }
        Command::Status => {
            let mut register = open()?;
            status(&mut register, json, &mut out)?;
            register.close()?;
        }
        Command::Show { number } => {
            let (number, mut register) = (self::number(&number)?, open()?);
            register.note(&[Act::new(ActKind::View).about(&number).with("of", "record")])?;
            let record = register.record(&number)?.ok_or(CommandError::UnknownPerson)?;
            register.close()?;
            if json { writeln!(out, "{}", as_json(&record))? } else { show(&record, &mut out)? }
        }
    }
    Ok(Status::Done)
}

fn number(text: &str) -> Result<RegisterNumber, CommandError> {
    RegisterNumber::parse(text).ok_or(CommandError::BadNumber)
}

fn status(register: &mut Register, json: bool, out: &mut impl Write) -> Result<(), CommandError> {
    let status = register.status()?;
    if json {
        return Ok(writeln!(out, "{}", serde_json::to_string(&status).map_err(std::io::Error::from)?)?);
    }
    writeln!(out, "{}", register.place())?;
    writeln!(out, "  people    {:>10}  ({} with an address to shield)", status.people, status.shielded)?;
    writeln!(out, "  issuable  {:>10}", status.issuable)?;
    writeln!(out, "  doses     {:>10}", status.doses)?;
    for entry in &status.imports {
        let hash = entry.sha256.get(..12).unwrap_or_default();
        writeln!(
            out,
            "  import {:>4}  {}  {:<9} {} ({}, sha256 {hash}…): {} rows, {} refused",
            entry.import, entry.day, entry.role, entry.file, entry.encoding, entry.good, entry.refused
        )?;
    }
    Ok(())
}

fn show(record: &Record, out: &mut impl Write) -> std::io::Result<()> {
    let person = &record.person;
    let name = person.registered.as_ref().map(tegata_certificate::RegisteredName::to_line).unwrap_or_default();
    let kana = person.kana.as_deref().unwrap_or_default();
    writeln!(out, "{}  {name}  {kana}", person.number)?;
    if let Some(romanised) = &person.romanised {
        writeln!(out, "  {}", romanised.to_mrz())?;
    }
    writeln!(out, "  born {}{}", person.birth, if person.shielded { "  ADDRESS SHIELDED" } else { "" })?;
    for dose in &record.doses {
        let lot = dose.lot.as_deref().unwrap_or("-");
        let site = dose.site.as_deref().unwrap_or_default();
        writeln!(out, "  dose {:>2}  {}  {:<18} {lot:<12} {site}", dose.number, dose.date, dose.product.name)?;
    }
    Ok(())
}

fn as_json(record: &Record) -> serde_json::Value {
    let person = &record.person;
    let hash = base16ct::lower::encode_string(&record.content_hash());
    json!({
        "number": person.number.as_str(),
        "name": person.registered.as_ref().map(tegata_certificate::RegisteredName::to_line),
        "kana": person.kana,
        "romanised": person.romanised.as_ref().map(tegata_certificate::RomanisedName::to_mrz),
        "birth": person.birth.to_string(),
        "sex": person.sex.map(tegata_certificate::Sex::number),
        "municipality": person.municipality.map(|code| code.to_string()),
        "nationality": person.nationality,
        "passport": person.passport,
        "shielded": person.shielded,
        "content_hash": hash,
        "doses": record.doses.iter().map(|dose| json!({
            "number": dose.number,
            "date": dose.date.to_string(),
            "product": dose.product.key,
            "cvx": dose.product.cvx,
            "maker": dose.maker,
            "lot": dose.lot,
            "site": dose.site,
            "ticket": dose.ticket.map(|ticket| format!("{ticket:010}")),
            "municipality": dose.municipality.map(|code| code.to_string()),
        })).collect::<Vec<_>>(),
    })
}
