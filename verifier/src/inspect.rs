//! `tegata-verifier inspect`.

use crate::cli::InspectArgs;
use crate::error::{Exit, ToolError};
use std::io::{self, BufReader, Write};
use tegata_verifier::Language;
use tegata_verifier::tool::{Inspection, Limits, Scan, scan_argument, scan_lines};

/// Shows each code that is given, in the order given.
pub fn inspect(args: &InspectArgs) -> Result<Exit, ToolError> {
    let mut out = io::stdout().lock();
    let mut exit = Exit::Valid;
    for input in &args.inputs {
        let scans = if input == "-" { standard_input() } else { scan_argument(input, &Limits::default()) };
        match scans {
            Ok(scans) => {
                for scan in scans {
                    exit = exit.graver(show(&scan, args, &mut out)?);
                }
            }
            Err(error) => {
                let error = ToolError::from(error);
                eprintln!("error: {error}");
                exit = exit.graver(error.exit());
            }
        }
    }
    out.flush()?;
    Ok(exit)
}

fn standard_input() -> Result<Vec<Scan>, tegata_verifier::tool::InputError> {
    let mut scans = Vec::new();
    let read = scan_lines(&mut BufReader::new(io::stdin().lock()), |scan| {
        scans.push(scan);
        Ok(())
    });
    read.map(|()| scans).map_err(tegata_verifier::tool::InputError::Stdin)
}

fn show(scan: &Scan, args: &InspectArgs, out: &mut dyn Write) -> io::Result<Exit> {
    match scan {
        Scan::Text(text) => {
            let inspection = Inspection::of(text, args.show);
            if args.json {
                writeln!(out, "{}", inspection.to_json())?;
            } else {
                inspection.write(out)?;
            }
            Ok(if inspection.is_whole() { Exit::Valid } else { Exit::Unreadable })
        }
        Scan::Unreadable(reason) => {
            if args.json {
                writeln!(out, "{}", Inspection::unreadable_json(*reason))?;
            } else {
                writeln!(out, "{}  [{}]", reason.wording(Language::En).title, reason.code())?;
            }
            Ok(Exit::Unreadable)
        }
    }
}
