//! Rows laid out anew: columns picked and joined, texts translated, days turned round.

use super::DayPattern;
use crate::import::Encoding;
use crate::import::origin::Origin;
use crate::import::table::Row;
use foldhash::HashMap;
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// Lays rows out anew. Its buffers are used again for every row.
#[derive(Clone)]
pub(crate) struct Relay {
    slots: Vec<Slot>,
    encoding: Encoding,
    /// How many cells each row of the file must have.
    pub(crate) width: usize,
    /// How many of them a report has added.
    pub(crate) ours: usize,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

/// One new column.
#[derive(Clone)]
pub(super) struct Slot {
    pub(super) from: From,
    /// What the file says, and what is meant, both in the file's encoding.
    pub(super) values: HashMap<Vec<u8>, Vec<u8>>,
    pub(super) day: Option<DayPattern>,
}

/// What a new column is made of.
#[derive(Clone)]
pub(super) enum From {
    /// Columns, from 0, with a text between those that are not empty.
    Columns(Vec<usize>, Vec<u8>),
    /// Columns that a number follows from.
    Fingerprint(Vec<usize>),
    Constant(Vec<u8>),
}

impl Relay {
    pub(super) fn new(slots: Vec<Slot>, encoding: Encoding, width: usize, ours: usize) -> Self {
        Self { slots, encoding, width, ours, bytes: Vec::new(), ends: Vec::new() }
    }

    /// The row in the new layout. Where a cell says in other words what the file says, `origin` knows the file's.
    pub(crate) fn row(&mut self, row: Row<'_>, origin: &mut Origin) -> Row<'_> {
        self.bytes.clear();
        self.ends.clear();
        for (at, slot) in self.slots.iter().enumerate() {
            let from = self.bytes.len();
            match &slot.from {
                From::Columns(columns, between) => {
                    for cell in columns.iter().map(|&at| row.cell(at)).filter(|cell| !cell.is_empty()) {
                        if self.bytes.len() > from {
                            self.bytes.extend_from_slice(between);
                        }
                        self.bytes.extend_from_slice(cell);
                    }
                }
                From::Fingerprint(columns) => {
                    self.bytes.extend_from_slice(fingerprint(row, columns, self.encoding).as_bytes());
                }
                From::Constant(text) => self.bytes.extend_from_slice(text),
            }
            let cell = self.bytes.get(from..).unwrap_or_default();
            let meant = slot.meant(cell, self.encoding).map(|meant| (meant, cell.to_vec()));
            origin.say(
                at,
                meant.map(|(meant, said)| {
                    self.bytes.truncate(from);
                    self.bytes.extend_from_slice(&meant);
                    said
                }),
            );
            self.ends.push(self.bytes.len());
        }
        Row::new(row.line, &self.bytes, &self.ends)
    }
}

impl Slot {
    /// What the cell means, if not what it says.
    fn meant(&self, cell: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
        if let Some(meant) = self.values.get(cell) {
            return Some(meant.clone());
        }
        let pattern = self.day.as_ref().filter(|_| !cell.is_empty())?;
        pattern.read(&encoding.decode(cell)?).map(String::into_bytes)
    }
}

/// A register number that follows from cells: `H` and 18 hexadecimal digits of a SHA-256, the same however widths,
/// cases and blanks are written; nothing if one of them is empty or damaged.
fn fingerprint(row: Row<'_>, columns: &[usize], encoding: Encoding) -> String {
    let mut hash = Sha256::new();
    hash.update(b"tegata-register-number/1");
    for &at in columns {
        let cell = row.cell(at);
        let Some(text) = encoding.decode(cell).filter(|text| !text.is_empty()) else { return String::new() };
        let text: String = text.nfkc().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect();
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    let digits: String = hash.finalize().iter().take(9).map(|byte| format!("{byte:02X}")).collect();
    format!("H{digits}")
}
