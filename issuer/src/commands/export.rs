//! `export`: records of the register out, as FHIR or as rows.

use super::register_arguments::RegisterArguments;
use super::{parse_number, whole_file};
use crate::error::{CommandError, Status};
use std::io::BufWriter;
use std::path::PathBuf;
use tegata_issuer::{ExportForm, Register, RegisterNumber, Selection, export};

/// Write records of the register as FHIR R4 (JP Core) or as CSV.
///
/// Whatever is written can be imported again. It is personal data: a file is readable by its owner only, and
/// one that is there already is replaced as a whole.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  tegata-issuer export --fhir --person 1000000007 --out person.json   (one bundle)
  tegata-issuer export --fhir --all --out everybody.ndjson            (one resource a line)
  tegata-issuer export --csv --all --out rows.csv                     (one dose a row, with the person)

Exit status: 0 done; 2 wrong arguments; 3 an unknown person; 5 a file or the register failed.")]
#[command(group = clap::ArgGroup::new("form").required(true).args(["fhir", "csv"]))]
#[command(group = clap::ArgGroup::new("whom").required(true).args(["person", "all"]))]
pub struct Arguments {
    /// FHIR R4: a bundle of people who are named, otherwise one resource a line
    #[arg(long)]
    fhir: bool,
    /// One dose a row, with the person, in UTF-8; people without doses are left out
    #[arg(long)]
    csv: bool,
    /// A person, by register number; give several for several
    #[arg(long, value_name = "NUMBER", value_parser = parse_number)]
    person: Vec<RegisterNumber>,
    /// Everybody
    #[arg(long)]
    all: bool,
    /// Where to write; - is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The identifier system of register numbers [default: ours]
    #[arg(long, value_name = "URI", requires = "fhir")]
    fhir_identifier_system: Option<String>,
    #[command(flatten)]
    register: RegisterArguments,
}

/// Exports.
pub fn run(arguments: &Arguments) -> Result<Status, CommandError> {
    let selection = if arguments.all { Selection::All } else { Selection::People(arguments.person.clone()) };
    let identifier_system = arguments.fhir_identifier_system.clone();
    let form = match (arguments.csv, &selection) {
        (true, _) => ExportForm::Csv,
        (_, Selection::All) => ExportForm::FhirLines { identifier_system },
        (_, Selection::People(_)) => ExportForm::FhirBundle { identifier_system },
    };
    let mut register = Register::open(arguments.register.location())?;
    let summary = if arguments.out.as_os_str() == "-" {
        export(&mut register, &selection, &form, &mut BufWriter::new(std::io::stdout().lock()))?
    } else {
        let mut written = None;
        whole_file(&arguments.out, |file| {
            written = Some(export(&mut register, &selection, &form, file)?);
            Ok(())
        })?;
        written.unwrap_or_default()
    };
    register.close()?;
    eprint!("{} people, {} doses", summary.people, summary.doses);
    match summary.left_out {
        0 => eprintln!(),
        left_out => eprintln!("; {left_out} people without doses are not in it"),
    }
    Ok(Status::Done)
}
