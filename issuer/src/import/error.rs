//! Why an import could not be made.

use super::MappingError;
use crate::register::RegisterError;
use std::sync::Arc;

/// Why an import could not be made. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// A file cannot be read.
    #[error("{file} cannot be read: {error}; check its name and who may read it; nothing was imported")]
    Read {
        /// Which file.
        file: Arc<str>,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A file holds no row at all.
    #[error("{file} is empty: export it again; nothing was imported")]
    Empty {
        /// Which file.
        file: Arc<str>,
    },
    /// A file is in UTF-16.
    #[error("{file} is in UTF-16: save it as UTF-8 or Shift_JIS (CP932); nothing was imported")]
    Utf16 {
        /// Which file.
        file: Arc<str>,
    },
    /// The heading row lacks what the layout needs.
    #[error(
        "{file} has no column {missing}: give its first row these headings, and if they are there, name the encoding with --encoding; nothing was imported"
    )]
    MissingColumns {
        /// Which file.
        file: Arc<str>,
        /// The headings that are missing.
        missing: String,
    },
    /// A wide export was given as our long form.
    #[error(
        "{file} is a wide export without names: give it as --doses, together with --residents; nothing was imported"
    )]
    WideLayout {
        /// Which file.
        file: Arc<str>,
    },
    /// What was given as a wide export is none.
    #[error(
        "{file} is no wide export (address number, then 8 columns a dose): a file with one dose a row is imported without --doses; nothing was imported"
    )]
    NotWide {
        /// Which file.
        file: Arc<str>,
    },
    /// There is no room for what an import lays aside.
    #[error(
        "the folder for temporary files cannot be used: {error}; make room there, or name another in TMPDIR; nothing was imported"
    )]
    Temporary {
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A report on the import could not be written.
    #[error(
        "the report cannot be written: {error}; make room, or name another file with --report; nothing was imported"
    )]
    Report {
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// A file's mapping is of another layout than the file is given as.
    #[error(
        "{file} is given with a mapping of the layout \"{layout}\", which does not fit: residents go to --residents, wide rows without names to --doses, all others are the only file; nothing was imported"
    )]
    OtherLayout {
        /// Which file.
        file: Arc<str>,
        /// The mapping's layout.
        layout: &'static str,
    },
    /// A file is no JSON.
    #[error(
        "{file}:{line}:{column}: the JSON cannot be read from here on; export the file again, whole and in UTF-8; nothing was imported"
    )]
    NotJson {
        /// Which file.
        file: Arc<str>,
        /// The line of the text, from 1.
        line: usize,
        /// The column of the text, from 1.
        column: usize,
    },
    /// A file is JSON, but no FHIR.
    #[error(
        "{file} is neither a FHIR bundle nor a file with one resource a line: export Patient and Immunization as FHIR R4 in JSON; nothing was imported"
    )]
    NotFhir {
        /// Which file.
        file: Arc<str>,
    },
    /// A bundle tells what was, not what is.
    #[error(
        "{file} is a history, with records that were changed or deleted since: export the current ones; nothing was imported"
    )]
    FhirHistory {
        /// Which file.
        file: Arc<str>,
    },
    /// An entry of a bundle is beyond the bound.
    #[error(
        "{file}: entry {entry} has more than {limit} bytes: leave pictures and documents out of the export; nothing was imported"
    )]
    FhirEntryTooLong {
        /// Which file.
        file: Arc<str>,
        /// Which entry, from 1.
        entry: u64,
        /// The most bytes an entry may have.
        limit: usize,
    },
    /// There are more patients than references can be resolved for.
    #[error("{file}: patients with more than {limit} addresses: import the files in parts; nothing was imported")]
    FhirTooMany {
        /// Which file.
        file: Arc<str>,
        /// The most addresses of patients.
        limit: usize,
    },
    /// Rows are about people whom the importer may not write.
    #[error(
        "rows are about people of municipalities that this station does not serve, or whose number is another's here (lines {}): leave them out; nothing was imported",
        .lines.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
    )]
    Outside {
        /// Their lines, the first hundred.
        lines: Vec<u64>,
    },
    /// A mapping cannot be used.
    #[error(transparent)]
    Mapping(#[from] MappingError),
    /// The register failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
}
