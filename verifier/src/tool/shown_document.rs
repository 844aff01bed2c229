//! The travel document shown, as the command line is given it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use tegata_certificate::mrz::{Mrz, MrzError};

/// Why the document shown cannot be taken. Neither the zone nor a part of it is in here: it is personal.
#[derive(Debug, thiserror::Error)]
pub enum ShownDocumentError {
    /// Not a zone, or misread.
    #[error(
        "the machine-readable zone cannot be taken: {0}\n  remedy: read the two or three lines at the foot of the document again: A-Z, 0-9 and <, with \\n between the lines"
    )]
    Mrz(#[from] MrzError),
    /// Neither a zone nor a file that is there.
    #[error(
        "--mrz: neither the lines of a machine-readable zone nor a file that is there\n  remedy: give the lines as printed, with \\n between them, or the name of a file that holds them"
    )]
    NoSuchFile,
    /// The file cannot be read.
    #[error("cannot read the file of the machine-readable zone: {0}\n  remedy: check the name and who may read it")]
    File(#[source] io::Error),
}

/// Longer files hold no zone.
const FILE_MAX: u64 = 4096;

/// Reads the argument: the lines of a zone, with line ends or `\n` between them, or the name of a file that holds them.
///
/// # Errors
/// [`ShownDocumentError`] if it is neither, or the zone cannot be taken.
pub fn shown_document(argument: &str) -> Result<Mrz, ShownDocumentError> {
    // Every zone has fillers, and no ordinary file name does.
    if argument.contains('<') {
        return Ok(Mrz::read(&argument.replace("\\n", "\n"))?);
    }
    if !Path::new(argument).exists() {
        return Err(ShownDocumentError::NoSuchFile);
    }
    let mut bytes = Vec::new();
    let read = File::open(argument).and_then(|file| file.take(FILE_MAX).read_to_end(&mut bytes));
    read.map_err(ShownDocumentError::File)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Mrz::read(text.trim_start_matches('\u{feff}').trim())?)
}
