//! `sample`: a synthetic register with planted faults.

use super::EncodingName;
use crate::error::{CommandError, Status};
use clap::ValueEnum;
use std::path::PathBuf;
use tegata_issuer::{Layout, SAMPLE_MANIFEST, SampleOptions, write_sample};

/// Write a synthetic register: fictional people, real layouts, planted faults.
///
/// The same options give the same files, byte for byte. The folder's manifest.json says which finding
/// every planted fault must give.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer sample --people 200 --faults 0.05 --out demo
  tegata-issuer sample --people 1000000 --layout long --encoding utf-8 --out large")]
pub struct Arguments {
    /// How many people
    #[arg(long, default_value_t = 200, value_name = "N")]
    people: u64,
    /// What everything follows from
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    seed: u64,
    /// The share of people with a planted fault, 0 to 1
    #[arg(long, default_value_t = 0.0, value_name = "SHARE", value_parser = share)]
    faults: f64,
    /// The layout
    #[arg(long, value_enum, default_value_t = LayoutName::Vrs)]
    layout: LayoutName,
    /// The encoding
    #[arg(long, value_enum, default_value_t = EncodingName::Cp932)]
    encoding: EncodingName,
    /// The folder to write into; files of a former sample there are replaced
    #[arg(long, value_name = "FOLDER")]
    out: PathBuf,
    /// Answer as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutName {
    /// Residents and a wide export of the Vaccination Record System
    Vrs,
    /// One dose a row, with the person
    Long,
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("not between 0 and 1".to_owned()) }
}

/// Writes the sample and says what to do with it.
pub fn run(arguments: &Arguments) -> Result<Status, CommandError> {
    let options = SampleOptions {
        people: arguments.people,
        seed: arguments.seed,
        faults: arguments.faults,
        layout: if matches!(arguments.layout, LayoutName::Vrs) { Layout::Vrs } else { Layout::Long },
        encoding: arguments.encoding.into(),
    };
    let folder = arguments.out.display().to_string();
    let summary = write_sample(&options, &arguments.out).map_err(|error| CommandError::Sample { folder, error })?;
    let mut out = std::io::stdout().lock();
    use std::io::Write;
    if arguments.json {
        writeln!(out, "{}", serde_json::to_string(&summary).map_err(std::io::Error::from)?)?;
        return Ok(Status::Done);
    }
    let files: Vec<String> = summary.files.iter().map(|file| file.display().to_string()).collect();
    writeln!(out, "wrote {} and {}", files.join(", "), arguments.out.join(SAMPLE_MANIFEST).display())?;
    writeln!(
        out,
        "{} people and {} doses are good; {} rows must be refused, {} wait; {} people must be held",
        summary.people, summary.doses, summary.refused, summary.waiting, summary.held
    )?;
    match files.as_slice() {
        [residents, doses] => writeln!(out, "next: tegata-issuer import --residents {residents} --doses {doses}")?,
        rows => writeln!(out, "next: tegata-issuer import {}", rows.join(" "))?,
    }
    Ok(Status::Done)
}
