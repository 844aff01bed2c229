//! `approvals`: what waits for a second person.

use super::now;
use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use std::io::Write;
use tegata_issuer::approval::{
    ApprovalChoice, ApprovalEntry, ApprovalError, ApprovalKind, Decision, Signature, Subject,
};
use tegata_issuer::{Register, RegisterNumber};

/// Look at what waits for a second person; ask, approve or refuse
#[derive(clap::Args)]
#[command(
    after_help = "Who asks does not decide: approvals are given and refused by the account that runs this. An approval serves once, \
    for what it was asked for, within three days.

Examples:
  tegata-issuer approvals list
  tegata-issuer approvals show 12
  tegata-issuer approvals approve 12
  tegata-issuer approvals refuse 12 --why 'the person did not ask for it'
  tegata-issuer approvals ask --for issue-protected --person 4711 --why 'asked for at the counter, identity seen'

Exit status: 0 done; 2 wrong arguments; 3 there is none, or it is not to be decided so; 5 the register failed."
)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON
    #[arg(long, global = true)]
    json: bool,
}

#[derive(clap::Subcommand)]
enum Command {
    /// List what waits to be decided or done
    List {
        /// Also what is decided, done or expired; the newest thousand
        #[arg(long)]
        all: bool,
    },
    /// Show one, with the person's number and the reasons
    Show {
        /// Its number
        approval: u64,
    },
    /// Approve what somebody else asked for
    Approve {
        /// Its number
        approval: u64,
        /// Why, if there is something to say
        #[arg(long, value_name = "TEXT", default_value = "", hide_default_value = true)]
        why: String,
    },
    /// Refuse what somebody else asked for
    Refuse {
        /// Its number
        approval: u64,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
    /// Ask a second person
    Ask {
        /// What for: issue-protected, print-protected, show-protected, post-protected, revoke, reinstate or lift-suspension
        #[arg(long = "for", value_name = "ACT", value_parser = parse_kind)]
        kind: ApprovalKind,
        /// Whom it is about, by the number in the register
        #[arg(long, value_name = "NUMBER", value_parser = super::parse_number, required_unless_present = "about")]
        person: Option<RegisterNumber>,
        /// Which station it is about
        #[arg(long = "about-station", value_name = "STATION", id = "about", conflicts_with = "person")]
        station: Option<String>,
        /// Why
        #[arg(long, value_name = "TEXT")]
        why: String,
    },
}

fn parse_kind(text: &str) -> Result<ApprovalKind, String> {
    ApprovalKind::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = ApprovalKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("approvals are for {}", names.join(", "))
    })
}

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    let now = now();
    let shown = match &arguments.command {
        None => None,
        Some(Command::List { all }) => {
            let choice = if *all { ApprovalChoice::All } else { ApprovalChoice::Open };
            let entries = register.approvals(choice, now)?;
            register.close()?;
            return list(&entries, arguments.json, out);
        }
        Some(Command::Show { approval }) => Some(*approval),
        Some(Command::Approve { approval, why }) => {
            register.decide_approval(*approval, Decision::Approve, why, now)?;
            Some(*approval)
        }
        Some(Command::Refuse { approval, why }) => {
            register.decide_approval(*approval, Decision::Refuse, why, now)?;
            Some(*approval)
        }
        Some(Command::Ask { kind, person, station, why }) => {
            let subject = match (person, station) {
                (Some(person), _) => Subject::Person(person.clone()),
                (None, station) => Subject::Station(station.clone().unwrap_or_default()),
            };
            Some(register.ask_approval(*kind, &subject, why, now)?)
        }
    };
    let entries = match shown {
        None => register.approvals(ApprovalChoice::Open, now)?,
        Some(id) => vec![register.approval(id, now)?.ok_or(ApprovalError::Unknown)?],
    };
    register.close()?;
    match (shown, entries.first()) {
        (Some(_), Some(entry)) => show(entry, arguments.json, out),
        _ => list(&entries, arguments.json, out),
    }
}

fn json(entry: &ApprovalEntry) -> serde_json::Value {
    let signature = |signature: &Option<Signature>| serde_json::to_value(signature).unwrap_or_default();
    serde_json::json!({
        "id": entry.id,
        "for": entry.kind.name(),
        "about": entry.subject.summary(),
        "why": entry.why,
        "state": entry.state.name(),
        "asked": signature(&Some(entry.asked.clone())),
        "expires": entry.expires_at.to_string(),
        "decided": signature(&entry.decided),
        "decided_why": entry.decided_why,
        "used": signature(&entry.used),
    })
}

fn list(entries: &[ApprovalEntry], as_json: bool, out: &mut dyn Write) -> Result<Status, CommandError> {
    if as_json {
        writeln!(out, "{}", serde_json::Value::from(entries.iter().map(json).collect::<Vec<_>>()))?;
    } else if entries.is_empty() {
        writeln!(out, "nothing waits for a second person")?;
    } else {
        for entry in entries {
            let ApprovalEntry { id, kind, state, asked, expires_at, .. } = entry;
            let (kind, state, who) = (kind.name(), state.name(), &asked.name);
            writeln!(
                out,
                "{id:>6}  {state:<8}  {kind:<16}  {}  asked by {who}, until {expires_at}",
                entry.subject.summary()
            )?;
        }
    }
    Ok(Status::Done)
}

fn show(entry: &ApprovalEntry, as_json: bool, out: &mut dyn Write) -> Result<Status, CommandError> {
    if as_json {
        writeln!(out, "{}", json(entry))?;
        return Ok(Status::Done);
    }
    let who = |signature: &Signature| format!("{} at {}, {}", signature.name, signature.station, signature.at);
    writeln!(out, "approval {}: {}", entry.id, entry.state.name())?;
    writeln!(out, "  for      {}", entry.kind.name())?;
    writeln!(out, "  about    {}", entry.subject.summary())?;
    writeln!(out, "  asked    {}", who(&entry.asked))?;
    writeln!(out, "  why      {}", entry.why)?;
    writeln!(out, "  until    {}", entry.expires_at)?;
    if let Some(decided) = &entry.decided {
        writeln!(out, "  decided  {}", who(decided))?;
    }
    if let Some(why) = &entry.decided_why {
        writeln!(out, "  because  {why}")?;
    }
    if let Some(used) = &entry.used {
        writeln!(out, "  used     {}", who(used))?;
    }
    Ok(Status::Done)
}
