//! Mapping files: a vendor's layout described in TOML, so that its files are read as ours.
//!
//! A mapping says which column holds what. It is bound to a file once the file's first row was read, and
//! then lays every row out anew; the layouts of [`rows`](super::rows) read it as any other. The format is
//! documented in `docs/mapping.md`.

mod bind;
mod error;
mod fits;
mod parse;
mod pattern;
mod relay;
mod wide;

pub use error::{MappingError, MappingFault};

pub(crate) use bind::{Bound, DoseSlot, bind};
pub(crate) use fits::fits;
pub(crate) use relay::Relay;
pub(crate) use wide::read_wide;

use super::Encoding;
use super::headings::Field;
pub(crate) use pattern::DayPattern;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// How the rows of a file that is read by a mapping are to be understood.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum MappedLayout {
    /// One dose a row, with the person.
    Long,
    /// All doses of a person in one row, with the person or without.
    Wide,
    /// One person a row, without doses.
    Residents,
}

impl MappedLayout {
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::Long, Self::Wide, Self::Residents];

    /// Its name in a mapping file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Wide => "wide",
            Self::Residents => "residents",
        }
    }
}

/// A vendor's layout.
#[derive(Clone, Debug)]
pub struct Mapping {
    /// What errors call it: its file.
    name: Arc<str>,
    layout: MappedLayout,
    pub(crate) encoding: Option<Encoding>,
    pub(crate) separator: Option<u8>,
    headings: bool,
    day: Option<DayPattern>,
    columns: Vec<(Field, Source)>,
    constants: Vec<(Field, String)>,
    values: BTreeMap<&'static str, BTreeMap<String, String>>,
    doses: Vec<Group>,
    repeat: Option<Repeat>,
}

/// Where a field's text comes from.
#[derive(Clone, Debug)]
struct Source {
    columns: Vec<Place>,
    how: How,
    /// The line of the mapping file that says so, from 1.
    line: usize,
}

/// A column of the vendor's file.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Place {
    /// The one with that heading.
    Heading(String),
    /// The one with that number, from 1.
    Number(usize),
}

/// What becomes of several columns.
#[derive(Clone, PartialEq, Eq, Debug)]
enum How {
    /// Those that are not empty, with a text between them.
    Joined(String),
    /// A number that follows from them.
    Fingerprint,
}

/// The columns of one dose in a wide row.
#[derive(Clone, Debug)]
struct Group {
    number: u8,
    columns: Vec<(Field, Source)>,
}

/// Doses in groups of columns, one group like the other.
#[derive(Clone, Debug)]
struct Repeat {
    /// The first group's first column, from 1.
    first: usize,
    /// How many groups; as many as the file has columns for, unless said.
    count: Option<usize>,
    /// Columns a group.
    width: usize,
    /// Places within a group, from 1.
    columns: Vec<(Field, usize)>,
    line: usize,
}

/// The mappings that come with the program: name and file.
const BUNDLED: [(&str, &str); 2] =
    [("ch", include_str!("../../../mappings/ch.toml")), ("divoc", include_str!("../../../mappings/divoc.toml"))];

/// The longest mapping file, in bytes.
const FILE_LIMIT: u64 = 1 << 20;

impl Mapping {
    /// The mappings that come with the program, by name.
    #[must_use]
    pub fn bundled() -> Vec<&'static str> {
        BUNDLED.iter().map(|(name, _)| *name).collect()
    }

    /// Reads a mapping file, or takes the bundled one of that name. A file of the same name goes first.
    ///
    /// # Errors
    /// If there is no such file, or it is no mapping.
    pub fn open(path: &Path) -> Result<Self, MappingError> {
        use std::io::Read;
        let name: Arc<str> = Arc::from(path.to_string_lossy());
        let failed = |error| MappingError::Read { file: name.clone(), error };
        let file = match std::fs::File::open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return match BUNDLED.iter().find(|(bundled, _)| **bundled == *name) {
                    Some((_, text)) => Self::parse(&name, text),
                    None => Err(failed(error)),
                };
            }
            file => file.map_err(failed)?,
        };
        let mut text = String::new();
        let read = file.take(FILE_LIMIT + 1).read_to_string(&mut text).map_err(failed)?;
        if read as u64 > FILE_LIMIT {
            return Err(MappingError::TooLong { file: name });
        }
        Self::parse(&name, &text)
    }

    /// Reads the text of a mapping file; errors call it `name`.
    ///
    /// # Errors
    /// If it is no mapping.
    pub fn parse(name: &str, text: &str) -> Result<Self, MappingError> {
        parse::parse(name, text)
    }

    /// How the rows are to be understood.
    #[must_use]
    pub fn layout(&self) -> MappedLayout {
        self.layout
    }

    /// Whether its rows give people: always, but in a wide layout without their columns.
    #[must_use]
    pub fn gives_people(&self) -> bool {
        self.layout != MappedLayout::Wide
            || self.columns.iter().any(|(field, _)| matches!(field, Field::Name | Field::Romanised | Field::Mrz))
    }

    /// Whether the first row is one of headings.
    pub(crate) fn has_headings(&self) -> bool {
        self.headings
    }
}
