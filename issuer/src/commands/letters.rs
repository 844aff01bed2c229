//! `letters`: papers that people are owed.

use super::register_arguments::RegisterArguments;
use super::{LanguageName, now};
use crate::error::{CommandError, Status};
use clap::ValueEnum;
use std::io::Write;
use tegata_issuer::approval::Permit;
use tegata_issuer::check::Language;
use tegata_issuer::lifecycle::life;
use tegata_issuer::{LetterChoice, LetterEntry, LetterReason, NewLetter, Register, RegisterNumber, Way};

/// List the papers that people are owed; note new ones, and those that were handed over or posted
#[derive(clap::Args)]
#[command(
    after_help = "A paper falls due with a correction, or is asked for here; tegata-issuer print makes it. Nothing is posted to a person \
whose address is shielded, unless a second person has approved it.

Examples:
  tegata-issuer letters list
  tegata-issuer letters due --person 4711 --way post
  tegata-issuer letters delivered 120 121 122 --way post

Exit status: 0 done; 2 wrong arguments; 3 nobody or nothing there, or not to be posted; 5 the register failed."
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON, a line a paper
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List papers that are to be printed
    List {
        /// Those that were printed and not delivered
        #[arg(long, conflicts_with_all = ["all", "person"])]
        printed: bool,
        /// All
        #[arg(long, conflicts_with = "person")]
        all: bool,
        /// All of a person
        #[arg(long, value_name = "NUMBER", value_parser = super::parse_number)]
        person: Option<RegisterNumber>,
    },
    /// Note that a person is owed a paper of the certificates in force
    Due {
        /// Whose
        #[arg(long, value_name = "NUMBER", value_parser = super::parse_number)]
        person: RegisterNumber,
        /// Which way it goes
        #[arg(long, value_enum, value_name = "WAY", default_value = "counter")]
        way: WayName,
        /// The language that it begins with
        #[arg(long, value_enum, value_name = "LANGUAGE", default_value = "ja")]
        language: LanguageName,
        /// Number of the approval that lets it be posted to a shielded address
        #[arg(long, value_name = "N")]
        approval: Option<u64>,
    },
    /// Note that papers were handed over or posted
    Delivered {
        /// Their numbers
        #[arg(required = true, value_name = "PAPER")]
        letters: Vec<u64>,
        /// Which way
        #[arg(long, value_enum, value_name = "WAY", default_value = "counter")]
        way: WayName,
    },
}

/// Names of ways.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum WayName {
    /// Handed over
    Counter,
    /// Posted
    Post,
}

impl From<WayName> for Way {
    fn from(name: WayName) -> Self {
        match name {
            WayName::Counter => Self::Counter,
            WayName::Post => Self::Post,
        }
    }
}

/// Papers that are read at once.
const PAGE: u32 = 500;

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    match &arguments.command {
        None => list(&mut register, &LetterChoice::Due, arguments.json, out)?,
        Some(Command::List { printed, all, person }) => {
            let choice = match (person, printed, all) {
                (Some(person), ..) => LetterChoice::Person(person.clone()),
                (None, true, _) => LetterChoice::Printed,
                (None, false, true) => LetterChoice::All,
                (None, false, false) => LetterChoice::Due,
            };
            list(&mut register, &choice, arguments.json, out)?;
        }
        Some(Command::Due { person, way, language, approval }) => {
            let now = now();
            let granted = approval.map(|approval| register.granted(approval, now)).transpose()?;
            let permit = granted.as_ref().map_or(Permit::KEY_HOLDER, |granted| Permit::KEY_HOLDER.with(granted));
            let lives = life(&mut register, person, now)?.certificates;
            let certificates: Vec<String> =
                lives.into_iter().filter(|one| one.in_force).map(|one| one.identifier).collect();
            let (reason, language) = (LetterReason::Issued, LanguageName::or_locale(Some(*language)));
            let letter = NewLetter { person, reason, language, way: (*way).into(), certificates: &certificates };
            let id = register.letter_due(&letter, &permit, now)?;
            writeln!(out, "paper {id} is due, of {} certificates", certificates.len())?;
        }
        Some(Command::Delivered { letters, way }) => {
            for letter in letters {
                register.letter_delivered(*letter, (*way).into(), now())?;
            }
            writeln!(out, "{} delivered", letters.len())?;
        }
    }
    register.close()?;
    Ok(Status::Done)
}

fn list(register: &mut Register, choice: &LetterChoice, json: bool, out: &mut dyn Write) -> Result<(), CommandError> {
    let (mut after, mut none) = (0, true);
    loop {
        let page = register.letters(choice, after, PAGE)?;
        let Some(last) = page.last() else { break };
        (after, none) = (last.id, false);
        for letter in &page {
            if json { writeln!(out, "{}", as_json(letter))? } else { show(letter, out)? }
        }
    }
    if none && !json {
        writeln!(out, "no papers")?;
    }
    Ok(())
}

fn show(letter: &LetterEntry, out: &mut dyn Write) -> std::io::Result<()> {
    let LetterEntry { id, person, reason, way, state, certificates, .. } = letter;
    let withheld = if letter.withheld { "  withheld: the address is shielded" } else { "" };
    let count = certificates.len();
    writeln!(
        out,
        "paper {id:>6}  {:<9}  {:<9}  {:<7}  person {person}  {count} certificates  since {}{withheld}",
        state.name(),
        reason.name(),
        way.name(),
        letter.due.0
    )
}

fn as_json(letter: &LetterEntry) -> serde_json::Value {
    let language = match letter.language {
        Language::Ja => "ja",
        Language::En => "en",
    };
    serde_json::json!({
        "id": letter.id,
        "person": letter.person.as_str(),
        "why": letter.reason.name(),
        "language": language,
        "way": letter.way.name(),
        "state": letter.state.name(),
        "withheld": letter.withheld,
        "certificates": letter.certificates,
        "due": letter.due.0.to_string(),
        "correction": letter.correction,
        "printed": letter.printed.as_ref().map(|(at, _, file)| serde_json::json!({ "at": at.to_string(), "file": file })),
        "delivered": letter.delivered.as_ref().map(|(at, _)| at.to_string()),
    })
}
