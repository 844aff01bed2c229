//! `confirm`: somebody has looked at a finding and says that the record is right.

use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use std::io::Write;
use tegata_issuer::check::Code;
use tegata_issuer::{Act, ActKind, FindingChoice, OpenFinding, Register, RegisterNumber};

/// Confirm findings that hold people back, or list those that are open.
///
/// A confirmation says that a person has looked and the record is right. It stays when the same facts are imported again,
/// and falls when they change.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer confirm --list
  tegata-issuer confirm doses.csv:118 doses.csv:240
  tegata-issuer confirm --person 4711 --code W005
  tegata-issuer confirm --undo doses.csv:118

Exit status: 0 done; 2 wrong arguments; 3 no finding is there; 5 the register failed.")]
pub struct Arguments {
    /// A row, FILE:LINE, of the newest import of that file
    #[arg(value_name = "ROW", value_parser = row, conflicts_with = "person", required_unless_present_any = ["person", "list"])]
    rows: Vec<(String, u64)>,
    /// The findings about a person
    #[arg(long, value_name = "NUMBER", value_parser = super::parse_number)]
    person: Option<RegisterNumber>,
    /// Only findings with this number or name
    #[arg(long, value_name = "CODE", value_parser = super::parse_code)]
    code: Option<Code>,
    /// The import that the rows are of, if not the newest of the file (`register status` lists them)
    #[arg(long, value_name = "N", requires = "rows")]
    import: Option<u64>,
    /// List what is open; changes nothing
    #[arg(long)]
    list: bool,
    /// Take the confirmation back
    #[arg(long, conflicts_with = "list")]
    undo: bool,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

fn row(text: &str) -> Result<(String, u64), String> {
    let wrong = || "a row is FILE:LINE, such as doses.csv:118".to_owned();
    let (file, line) = text.rsplit_once(':').ok_or_else(wrong)?;
    let line = line.parse().ok().filter(|&line| line > 0).ok_or_else(wrong)?;
    if file.is_empty() { Err(wrong()) } else { Ok((file.to_owned(), line)) }
}

/// Confirms, takes back, or lists.
pub fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    let choices: Vec<FindingChoice> = match &arguments.person {
        Some(person) => vec![FindingChoice::Person(person.clone())],
        None if arguments.rows.is_empty() => vec![FindingChoice::All],
        None => {
            let row = |(file, line): &(String, u64)| FindingChoice::Row {
                file: file.clone(),
                line: *line,
                import: arguments.import,
            };
            arguments.rows.iter().map(row).collect()
        }
    };
    let mut findings = Vec::new();
    for choice in &choices {
        let found = register.open_findings(choice, arguments.code)?;
        if found.is_empty() && !arguments.list {
            return Err(CommandError::NoFinding);
        }
        findings.extend(found);
    }
    if arguments.list {
        let count = findings.len() as u64;
        register.note(&[Act::new(ActKind::View).with("of", "findings").with("count", count)])?;
        findings.retain(|finding| finding.confirmed.is_none());
        return list(&findings, arguments.json, out);
    }
    let day = super::today().to_string();
    let changed = register.confirm(&findings, arguments.undo, &day)?;
    register.close()?;
    let word = if arguments.undo { "taken back" } else { "confirmed" };
    if arguments.json {
        writeln!(out, "{}", serde_json::json!({ word.replace(' ', "-"): changed, "findings": findings }))?;
    } else {
        findings.iter().try_for_each(|finding| write_finding(finding, out))?;
        writeln!(out, "{changed} {word}")?;
    }
    Ok(Status::Done)
}

fn list(findings: &[OpenFinding], json: bool, out: &mut impl Write) -> Result<Status, CommandError> {
    if json {
        writeln!(out, "{}", serde_json::json!({ "open": findings }))?;
    } else {
        findings.iter().try_for_each(|finding| write_finding(finding, out))?;
        writeln!(out, "{} open", findings.len())?;
    }
    Ok(Status::Done)
}

fn write_finding(finding: &OpenFinding, out: &mut impl Write) -> std::io::Result<()> {
    let OpenFinding { file, line, code, person, .. } = finding;
    writeln!(out, "{file}:{line}: {} (number {person})", code.label())
}
