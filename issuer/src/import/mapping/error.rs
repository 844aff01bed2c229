//! Why a mapping cannot be used. Each error names the line of the mapping file and says what to do.

use std::sync::Arc;

/// Why a mapping cannot be used. Nothing was imported then.
#[derive(Debug, thiserror::Error)]
pub enum MappingError {
    /// The file cannot be read.
    #[error(
        "the mapping {file} cannot be read: {error}; name a TOML file, or one of ch and divoc; nothing was imported"
    )]
    Read {
        /// Which file.
        file: Arc<str>,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// No mapping is that long.
    #[error("the mapping {file} is longer than 1 MiB: name a mapping, not the file to import; nothing was imported")]
    TooLong {
        /// Which file.
        file: Arc<str>,
    },
    /// A line of it says something that cannot be.
    #[error("{file}:{line}: {fault}; nothing was imported")]
    Fault {
        /// Which file.
        file: Arc<str>,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        fault: MappingFault,
    },
}

/// What is wrong with a line of a mapping file.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MappingFault {
    /// It is no TOML.
    #[error("not TOML: {0}")]
    Syntax(String),
    /// A key that mappings do not have.
    #[error("unknown key {key}; the keys here are: {known}")]
    UnknownKey {
        /// The key.
        key: String,
        /// The keys that may stand there.
        known: String,
    },
    /// A key that must be there is not.
    #[error("{0} is missing: add it")]
    Missing(&'static str),
    /// The value is of another kind.
    #[error("{key} must be {wanted}")]
    Kind {
        /// The key.
        key: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// What is given twice.
    #[error("{0} is given twice: keep one")]
    Twice(String),
    /// A constant or a translation that the field cannot hold.
    #[error("{field} cannot be \"{text}\": {remedy}")]
    Value {
        /// The field.
        field: &'static str,
        /// The text.
        text: String,
        /// What the field can hold.
        remedy: &'static str,
    },
    /// A text that the file's encoding does not have.
    #[error("\"{text}\" cannot be written in the file's encoding ({encoding}): write it in other characters")]
    Encoding {
        /// The text.
        text: String,
        /// The encoding.
        encoding: &'static str,
    },
    /// The file has no such column.
    #[error("{file} has no column \"{heading}\"; it has: {found}")]
    NoColumn {
        /// The file to import.
        file: Arc<str>,
        /// The heading that was looked for.
        heading: String,
        /// The headings that are there.
        found: String,
    },
    /// The file has several columns of that heading.
    #[error("{file} has {count} columns \"{heading}\": name the column by its number")]
    Ambiguous {
        /// The file to import.
        file: Arc<str>,
        /// The heading.
        heading: String,
        /// How many there are.
        count: usize,
    },
    /// The file has fewer columns.
    #[error("{file} has {found} columns, none with the number {number}")]
    NoNumber {
        /// The file to import.
        file: Arc<str>,
        /// The number that was looked for.
        number: usize,
        /// How many columns there are.
        found: usize,
    },
}
