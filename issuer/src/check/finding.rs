//! Findings about rows that are no longer at hand: what only the end of a file, the other file or the register shows.

use super::{Code, Level, Note, Subject};
use crate::record::RegisterNumber;

/// A finding that knows its row by the line.
pub(crate) struct Finding {
    pub(crate) code: Code,
    /// Whether the row is one of the file that gives people, not of the one that gives doses.
    pub(crate) of_person: bool,
    pub(crate) line: u64,
    pub(crate) place: Place,
    pub(crate) note: Option<Note>,
    /// The person's number; `None` if it is to be read from the row.
    pub(crate) number: Option<RegisterNumber>,
    /// A row of the same file whose person is part of the finding.
    pub(crate) other_row: Option<u64>,
    /// That person's number; `None` if it is to be read from the row.
    pub(crate) other_number: Option<RegisterNumber>,
    /// For findings that hold the person: what they are about, and the facts.
    pub(crate) held: Option<(Subject, String)>,
    /// What becomes of the row, if nothing else has decided it.
    pub(crate) fate: Fate,
}

/// Which cell of the row it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Place {
    /// The register number.
    Number,
    /// The dose's number, or nothing where the place of the dose says it.
    DoseNumber,
    /// The day of the dose with that number.
    Day(u8),
    /// Its maker or product.
    Maker(u8),
    /// Its lot.
    Lot(u8),
    /// Its coupon.
    Coupon(u8),
    /// The column at that place, from 0.
    Column(usize),
}

/// What a finding makes of its row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It is refused by this finding.
    Refused,
    /// It waits for another's correction.
    Waits,
    /// It is as it was: taken, or refused already.
    Unchanged,
}

impl Finding {
    /// A finding about the row's person or the row as a whole.
    pub(crate) fn new(code: Code, of_person: bool, line: u64, number: Option<RegisterNumber>) -> Self {
        let fate = match code {
            Code::WaitsForResident | Code::WaitsForDose => Fate::Waits,
            _ if code.level() == Level::Block => Fate::Refused,
            _ => Fate::Unchanged,
        };
        Self {
            code,
            of_person,
            line,
            place: Place::Number,
            note: None,
            number,
            other_row: None,
            other_number: None,
            held: None,
            fate,
        }
    }

    /// With the line of its counterpart.
    pub(crate) fn beside(self, other_line: u64) -> Self {
        Self { note: Some(Note::OtherLine(other_line)), ..self }
    }

    /// At another cell than the number's.
    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}
