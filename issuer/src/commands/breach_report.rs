//! `tegata-issuer breach-report`: who was affected.

use super::register_arguments::RegisterArguments;
use super::times::{parse_since, parse_until};
use crate::error::{CommandError, Status};
use serde_json::json;
use std::io::Write;
use tegata_certificate::UnixTime;
use tegata_issuer::audit::{Breach, BreachScope, breach};
use tegata_issuer::{Register, RegisterNumber};

/// Tell who was affected by a breach: by a station, an account or a key, and since when
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer breach-report --station counter-1 --since 2026-07-01
  tegata-issuer breach-report --actor sato --since 2026-07-01 --until 2026-07-31 --numbers
  tegata-issuer breach-report --key 9f86d081884c7d65… --json

Counted is everybody whom an act there was about: searched, looked at, issued, printed, exported. Vaccinations are treated as
special care-required personal information, so that a report to the Personal Information Protection Commission is due from one
person on: within 3 to 5 days, and the final one within 30 days (60 where it was done with a wrongful purpose). The people are
told as well.")]
pub struct Arguments {
    /// A station that cannot be trusted
    #[arg(long, value_name = "NAME", required_unless_present_any = ["actor", "key"], conflicts_with = "key")]
    station: Option<String>,
    /// An account that cannot be trusted; with --station, only what it did there
    #[arg(long, value_name = "NAME", conflicts_with = "key")]
    actor: Option<String>,
    /// A key that cannot be trusted: its kid, 64 hexadecimal digits, as tegata-issuer key list tells it
    #[arg(long, value_name = "KID", value_parser = parse_kid)]
    key: Option<[u8; 32]>,
    /// From that day in Japan, or moment
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    since: Option<UnixTime>,
    /// Until the end of that day in Japan, or before that moment
    #[arg(long, value_name = "TIME", value_parser = parse_until)]
    until: Option<UnixTime>,
    /// Name the people by their register numbers, and not only count them
    #[arg(long)]
    numbers: bool,
    #[command(flatten)]
    register: RegisterArguments,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

fn parse_kid(text: &str) -> Result<[u8; 32], String> {
    let mut kid = [0; 32];
    match base16ct::mixed::decode(text, &mut kid) {
        Ok(read) if read.len() == 32 => Ok(kid),
        _ => Err("a kid is 64 hexadecimal digits: tegata-issuer key list tells it".to_owned()),
    }
}

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    let scope = BreachScope {
        station: arguments.station.clone(),
        actor: arguments.actor.clone(),
        key: arguments.key,
        since: arguments.since,
        until: arguments.until,
    };
    let found = breach(&mut register, &scope)?;
    register.close()?;
    if arguments.json {
        let mut answer = json!(found);
        if let (true, Some(answer)) = (arguments.numbers, answer.as_object_mut()) {
            let numbers: Vec<&str> = found.numbers.iter().map(RegisterNumber::as_str).collect();
            answer.insert("numbers".to_owned(), json!(numbers));
        }
        writeln!(out, "{answer}")?;
    } else {
        tell(&found, arguments.numbers, out)?;
    }
    Ok(Status::Done)
}

fn tell(found: &Breach, numbers: bool, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{} people affected, {} certificates issued", found.persons, found.certificates)?;
    if found.unnamed > 0 {
        writeln!(out, "  of them {} whom the register does not name any more", found.unnamed)?;
    }
    if found.everybody {
        writeln!(out, "  EVERYBODY in the register: all of it was exported or reviewed there")?;
    }
    if let (Some(first), Some(last)) = (&found.first, &found.last) {
        writeln!(out, "  first {first}, last {last}")?;
    }
    for (act, count) in &found.acts {
        writeln!(out, "  {act:<16} {count:>8}")?;
    }
    if found.report_due {
        writeln!(
            out,
            "Special care-required personal information (要配慮個人情報): report to the Personal Information"
        )?;
        writeln!(
            out,
            "Protection Commission (個人情報保護委員会) within 3 to 5 days, finally within 30 (60 where the purpose was"
        )?;
        writeln!(out, "wrongful), and tell the people affected.")?;
    } else {
        writeln!(out, "Nobody: no report is due for what the audit shows.")?;
    }
    if numbers {
        found.numbers.iter().try_for_each(|number| writeln!(out, "{number}"))?;
    }
    Ok(())
}
