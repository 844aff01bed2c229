//! `review`: which certificates in force still say the truth.

use super::now;
use super::progress::progress_bar;
use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use serde_json::json;
use std::io::Write;
use tegata_issuer::review::{Difference, Reviewed, Standing, review};
use tegata_issuer::{Act, ActKind, Register, RegisterNumber};

/// Compare certificates in force with the records of today
///
/// A record may change after a certificate was issued from it: a dose is added, a lot corrected, two numbers turn out to be one
/// person. A certificate that is still true but says less is `surpassed`: issue anew, the old one harms nobody. One
/// that states what is not so is `contradicted`: withdraw it, then issue anew.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer review
  tegata-issuer review --person 4711 --json
  tegata-issuer revoke --contradicted --status-key office-status --trust bundle.cbor --root SHA256
  tegata-issuer issue --all --key office --trust bundle.cbor --root SHA256 --out certificates

Exit status: 0 every certificate in force is true; 1 some are contradicted, or nobody knows; 3 nobody has that number;
5 the register failed.")]
pub struct Arguments {
    #[command(flatten)]
    register: RegisterArguments,
    /// Look at this person's only; may be given several times
    #[arg(long = "person", value_name = "NUMBER", value_parser = super::parse_number)]
    people: Vec<RegisterNumber>,
    /// List those that are only surpassed, too
    #[arg(long)]
    surpassed: bool,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    let people = (!arguments.people.is_empty()).then_some(arguments.people.as_slice());
    let total =
        people.map_or_else(|| register.status().map(|status| status.issuable), |people| Ok(people.len() as u64))?;
    let bar = progress_bar(total);
    register.note(&acts(people))?;
    // Told at the end, so that the bar and the list do not mix.
    let mut listed: Vec<Reviewed> = Vec::new();
    let counts = review(&mut register, people, now(), &mut |people| bar.inc(people), &mut |reviewed| {
        if arguments.surpassed || reviewed.standing != Standing::Surpassed {
            listed.push(reviewed.clone());
        }
    });
    bar.finish_and_clear();
    let counts = counts?;
    register.close()?;
    if arguments.json {
        let certificates: Vec<_> = listed.iter().map(as_json).collect();
        writeln!(out, "{}", json!({ "counts": counts, "certificates": certificates }))?;
    } else {
        listed.iter().try_for_each(|reviewed| tell(reviewed, out))?;
        let count = |name| counts.get(name).copied().unwrap_or_default();
        writeln!(
            out,
            "In force: {} current, {} surpassed, {} contradicted, {} of people who are gone, {} of unknown content.",
            count("current"),
            count("surpassed"),
            count("contradicted"),
            count("gone"),
            count("unknown")
        )?;
    }
    let good = listed.iter().all(|reviewed| reviewed.standing == Standing::Surpassed);
    Ok(if good { Status::Done } else { Status::RowsRefused })
}

/// What the audit says of a review.
fn acts(people: Option<&[RegisterNumber]>) -> Vec<Act> {
    match people {
        None => vec![Act::new(ActKind::Review).with("people", "all")],
        Some(people) => people.iter().map(|number| Act::new(ActKind::Review).about(number)).collect(),
    }
}

fn tell(reviewed: &Reviewed, out: &mut dyn Write) -> std::io::Result<()> {
    let Reviewed { number, merged_into, format, issued_at, standing } = reviewed;
    let merged = merged_into.as_ref().map(|into| format!(", now {into}")).unwrap_or_default();
    let what = match standing {
        Standing::Contradicted(difference) => format!("contradicted: {}", words(*difference)),
        other => other.name().to_owned(),
    };
    writeln!(out, "{number}{merged}  {:<8}  issued {issued_at}  {what}", format.name())
}

fn words(difference: Difference) -> String {
    match difference {
        Difference::Name => "the name is another".to_owned(),
        Difference::BirthDate => "the birth date is another".to_owned(),
        Difference::Document => "sex, nationality or passport is another".to_owned(),
        Difference::Dose(number) => format!("dose {number} is another, or gone"),
    }
}

fn as_json(reviewed: &Reviewed) -> serde_json::Value {
    let (difference, dose) = match reviewed.standing {
        Standing::Contradicted(Difference::Name) => (Some("name"), None),
        Standing::Contradicted(Difference::BirthDate) => (Some("birth-date"), None),
        Standing::Contradicted(Difference::Document) => (Some("document"), None),
        Standing::Contradicted(Difference::Dose(number)) => (Some("dose"), Some(number)),
        _ => (None, None),
    };
    json!({
        "number": reviewed.number.as_str(),
        "merged_into": reviewed.merged_into.as_ref().map(RegisterNumber::as_str),
        "format": reviewed.format.name(),
        "issued_at": reviewed.issued_at.to_string(),
        "standing": reviewed.standing.name(),
        "difference": difference,
        "dose": dose,
    })
}
