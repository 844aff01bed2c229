//! What an import knows of people, on its way from a file into the register.

use super::pack::{PackedDose, pack, unpack};
use super::particulars::Particulars;
use crate::check::series::Fault;
use crate::record::RegisterNumber;
use serde::Serialize;

/// What an import knows of one person.
pub(crate) struct Entry {
    pub(crate) number: RegisterNumber,
    pub(crate) person: PersonPart,
    pub(crate) doses: Option<Doses>,
}

/// The person's particulars in the import.
#[allow(clippy::large_enum_variant, reason = "all but a few give the person")]
pub(crate) enum PersonPart {
    /// As that line gives them.
    Given(Particulars, u64),
    /// That line gave them, but was refused.
    Refused(u64),
    /// The import's rows so far do not give them.
    Absent,
}

/// The doses of one person in the import.
pub(crate) struct Doses {
    /// The line of the (first) row that gives them.
    pub(crate) line: u64,
    pub(crate) count: usize,
    pub(crate) packed: Vec<u8>,
    /// What few people have. Entries travel by the thousand, so each byte of theirs counts.
    pub(crate) remarks: Option<Box<Remarks>>,
    /// The earliest and the latest day.
    pub(crate) days: (i32, i32),
}

/// What is to be said of the doses of few people.
#[derive(Default)]
pub(crate) struct Remarks {
    /// What is wrong with them together, as far as the file alone shows.
    pub(crate) faults: Vec<Fault>,
    /// Numbers of doses that the file has in rows that were refused.
    pub(crate) lost: Vec<u8>,
}

impl Doses {
    /// The doses of one person, with what is wrong with them together.
    pub(crate) fn of(line: u64, doses: &[PackedDose], faults: Vec<Fault>, lost: Vec<u8>) -> Self {
        let days = doses.iter().fold((i32::MAX, i32::MIN), |(first, last), d| (first.min(d.day), last.max(d.day)));
        let remarks = (!faults.is_empty() || !lost.is_empty()).then(|| Box::new(Remarks { faults, lost }));
        Self { remarks, days, ..Self::stored(line, doses.len(), pack(doses)) }
    }

    /// Doses that were laid aside.
    pub(crate) fn stored(line: u64, count: usize, packed: Vec<u8>) -> Self {
        Self { line, count, packed, remarks: None, days: (0, 0) }
    }

    /// A row that was refused after it was read: it states nothing.
    pub(crate) fn refused(line: u64) -> Self {
        Self::stored(line, 0, Vec::new())
    }

    /// Numbers of doses that the file has in rows that were refused.
    pub(crate) fn lost(&self) -> &[u8] {
        self.remarks.as_ref().map_or(&[], |remarks| &remarks.lost)
    }

    /// The doses one by one.
    pub(crate) fn unpacked(&self) -> Vec<PackedDose> {
        unpack(&self.packed).unwrap_or_default()
    }
}

/// What a row of the file states.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A person's whole COVID-19 series: a dose that it lacks is not (or no longer) true.
    WholeSeries,
    /// Single doses: it says nothing about others.
    SingleDoses,
    /// Doses of one of several numbers of a person, which were numbered anew: told apart by their days.
    ByDay,
}

/// What an import changed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Tally {
    /// People who are new in the register.
    pub people_inserted: u64,
    /// People whose particulars changed.
    pub people_updated: u64,
    /// People given again as they were.
    pub people_unchanged: u64,
    /// Doses that are new.
    pub doses_inserted: u64,
    /// Doses that changed.
    pub doses_updated: u64,
    /// Doses given again as they were.
    pub doses_unchanged: u64,
    /// Doses that a person's corrected row no longer has.
    pub doses_removed: u64,
}

/// One file of an import, for the journal.
pub(crate) struct FileEntry<'a> {
    pub(crate) role: &'a str,
    pub(crate) name: &'a str,
    pub(crate) sha256: &'a [u8],
    pub(crate) bytes: u64,
    pub(crate) encoding: &'a str,
    pub(crate) good: u64,
    pub(crate) refused: u64,
}
