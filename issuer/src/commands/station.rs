//! `tegata-issuer station`: what stations may do, and their suspension.

use super::audit::parse_night;
use super::register_arguments::RegisterArguments;
use crate::error::{CommandError, Status};
use serde_json::json;
use std::io::Write;
use tegata_issuer::{Register, StationLimit, StationState};

/// Show, limit, suspend and resume the stations of the office
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer station list
  tegata-issuer station limit counter-1 --per-hour 40 --per-night 0 --night 20-6 --refused-sign-ins 10
  tegata-issuer station limit --others --per-hour 100
  tegata-issuer station suspend counter-1
  tegata-issuer station resume counter-1

A station that would issue more than it may, or where too many sign-ins are refused, is suspended at once: every act of it is
refused, and no other station is touched. Somebody else lifts it: another station, or whoever runs this command.")]
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
    /// Every station that has acted, with its limits
    List,
    /// Say what a station may do; what is not said has no limit
    Limit {
        /// The station
        #[arg(required_unless_present = "others", conflicts_with = "others")]
        station: Option<String>,
        /// All stations that have no limits of their own
        #[arg(long)]
        others: bool,
        /// Certificates in an hour of the clock
        #[arg(long, value_name = "N")]
        per_hour: Option<u64>,
        /// Certificates in a night
        #[arg(long, value_name = "N")]
        per_night: Option<u64>,
        /// The night, in hours of Japan
        #[arg(long, value_name = "FROM-TO", default_value = "20-6", value_parser = parse_night)]
        night: (u8, u8),
        /// Refused sign-ins in an hour of the clock
        #[arg(long, value_name = "N")]
        refused_sign_ins: Option<u64>,
    },
    /// Suspend a station: every act of it is refused
    Suspend {
        /// The station
        station: String,
    },
    /// Lift a suspension
    Resume {
        /// The station
        station: String,
    },
}

/// Answers.
pub fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<Status, CommandError> {
    let mut register = Register::open(arguments.register.location())?;
    let told = match &arguments.command {
        Command::List => {
            let stations = register.stations()?;
            if arguments.json {
                let stations: Vec<_> = stations.iter().map(as_json).collect();
                json!(stations).to_string()
            } else if stations.is_empty() {
                "no station has acted yet".to_owned()
            } else {
                stations.iter().map(words).collect::<Vec<_>>().join("\n")
            }
        }
        Command::Limit { station, per_hour, per_night, night: (from, to), refused_sign_ins, .. } => {
            let limit = StationLimit {
                per_hour: *per_hour,
                per_night: *per_night,
                night_from: *from,
                night_to: *to,
                refused: *refused_sign_ins,
            };
            register.limit_station(station.as_deref(), &limit)?;
            let name = station.as_deref().unwrap_or("all others");
            if arguments.json {
                json!({ "station": station, "limit": limit }).to_string()
            } else {
                format!("{name}: {}", limits(&limit))
            }
        }
        Command::Suspend { station } => {
            let new = register.suspend_station(station)?;
            let words = if new { "is suspended" } else { "was suspended already" };
            if arguments.json {
                json!({ "station": station, "suspended": true, "new": new }).to_string()
            } else {
                format!("{station} {words}")
            }
        }
        Command::Resume { station } => {
            register.resume_station(station)?;
            if arguments.json {
                json!({ "station": station, "suspended": false }).to_string()
            } else {
                format!("{station} may act again")
            }
        }
    };
    register.close()?;
    writeln!(out, "{told}")?;
    Ok(Status::Done)
}

fn limits(limit: &StationLimit) -> String {
    let most = |most: Option<u64>| most.map_or_else(|| "any".to_owned(), |most| most.to_string());
    let StationLimit { per_hour, per_night, night_from, night_to, refused } = limit;
    format!(
        "{} an hour, {} a night ({night_from}-{night_to}), {} refused sign-ins an hour",
        most(*per_hour),
        most(*per_night),
        most(*refused)
    )
}

fn words(state: &StationState) -> String {
    let StationState { station, suspension, limit, issued, refused } = state;
    let standing = match suspension {
        Some(suspension) => {
            format!("SUSPENDED since {} by {}: {}", suspension.since, suspension.actor, suspension.reason.words())
        }
        None => "active".to_owned(),
    };
    format!(
        "{station:<16} {standing}\n    this hour {issued} issued, {refused} refused sign-ins; may {}",
        limits(limit)
    )
}

fn as_json(state: &StationState) -> serde_json::Value {
    let suspension = state.suspension.as_ref().map(|suspension| {
        json!({
            "since": suspension.since.to_string(),
            "reason": suspension.reason,
            "actor": suspension.actor,
        })
    });
    json!({
        "station": state.station,
        "suspension": suspension,
        "limit": state.limit,
        "issued": state.issued,
        "refused": state.refused,
    })
}
