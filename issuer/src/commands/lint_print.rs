//! `tegata-issuer lint-print`: reads the codes of print files back.

use super::print::PrintFailure;
use crate::error::Status;
use clap::Args;
use std::io::Write;
use std::path::PathBuf;
use tegata_issuer::paper::{Expected, LintEnd, lint};

const EXAMPLES: &str = "\
Examples:
  tegata-issuer lint-print letters/print-0001.pdf --manifest letters/manifest.csv
  tegata-issuer lint-print their-letters.pdf --json

Each page must show one code that is read at 150 dots an inch, as large as it is and at nine tenths of it. With a
manifest, it must be the code of that page. tegata-issuer print does this by itself before it releases a file.

Exit status: 0 every code is read; 1 a page has a fault; 2 usage; 3 no PDF, or no manifest; 5 a file cannot be read.";

/// Read the codes of print files back, as a camera would from paper, and compare them with the manifest
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// PDF files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The manifest of the print run
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    /// Answer as JSON, a line a file
    #[arg(long)]
    json: bool,
}

/// Lints.
///
/// # Errors
/// [`PrintFailure`].
pub fn run(args: &Arguments, out: &mut dyn Write) -> Result<Status, PrintFailure> {
    let expected = args.manifest.as_deref().map(Expected::read).transpose()?;
    let mut status = Status::Done;
    for file in &args.files {
        let end = lint(file, expected.as_ref())?;
        if !end.faults.is_empty() {
            status = Status::RowsRefused;
        }
        if args.json {
            let faults: Vec<_> = end.faults.iter().map(|(page, fault)| (page, fault.code())).collect();
            let faults: Vec<_> =
                faults.iter().map(|(page, code)| serde_json::json!({ "page": page, "fault": code })).collect();
            let json = serde_json::json!({
                "file": file.display().to_string(), "pages": end.pages, "good": end.good, "faults": faults,
            });
            writeln!(out, "{json}")?;
        } else {
            tell(&file.display().to_string(), &end, out)?;
        }
    }
    Ok(status)
}

fn tell(file: &str, end: &LintEnd, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "{file}: {} of {} pages: every code is read.", end.good, end.pages)?;
    for (page, fault) in &end.faults {
        writeln!(out, "{file}, page {page}: {}: {}.", fault.code(), fault.explanation())?;
    }
    Ok(())
}
