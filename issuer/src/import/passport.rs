//! What a person's passport says: its machine-readable zone, and the columns that say the same.

use super::cells::Cells;
use super::table::Row;
use crate::check::{Code, Note};
use std::sync::Arc;
use tegata_certificate::mrz::{DateAgreement, Mrz};
use tegata_certificate::{BirthDate, RomanisedName};

/// What a certificate for travel takes from the passport.
pub(super) struct Passport {
    pub(super) romanised: Option<RomanisedName>,
    pub(super) number: Option<Arc<str>>,
    pub(super) nationality: Option<Arc<str>>,
}

/// Where a file has it.
pub(super) struct PassportColumns {
    pub(super) romanised: Option<usize>,
    pub(super) number: Option<usize>,
    pub(super) nationality: Option<usize>,
    pub(super) zone: Option<usize>,
}

impl Cells {
    /// A passport's machine-readable zone: both lines, with a line end, a blank or nothing between them.
    pub(super) fn zone(&mut self, at: usize, cell: &[u8]) -> Option<Mrz> {
        let text = self.narrow(at, cell)?;
        match Mrz::read(&text) {
            Ok(zone) if zone.is_passport() => return Some(zone),
            Ok(_) => self.report(Code::MrzNotPassport, Some(at), cell, None),
            Err(error) => {
                let code = if error.is_misread() { Code::MrzCheckDigit } else { Code::BadMrz };
                let faults = error.faults().iter().map(|fault| fault.code()).collect();
                self.report(code, Some(at), cell, Some(Note::MrzFaults(faults)));
            }
        }
        None
    }
}

impl Passport {
    /// Takes from the zone what the columns leave open, and reports where they, or the person's birth date, say
    /// something else.
    pub(super) fn complete(
        &mut self,
        cells: &mut Cells,
        row: Row<'_>,
        columns: &PassportColumns,
        zone: &Mrz,
        birth: Option<BirthDate>,
    ) {
        let mut contradict = |at: Option<usize>, zone: String| {
            let cell = at.map(|at| row.cell(at)).unwrap_or_default();
            cells.report(Code::MrzContradicts, at, cell, Some(Note::Suggestion(zone)));
        };
        match &self.romanised {
            Some(name) if !is_name_of(name, zone) => contradict(columns.romanised, zone.name.to_mrz()),
            Some(_) => {}
            None => self.romanised = Some(zone.name.clone()),
        }
        // Fillers inside a number are not its own; the nationality keeps its three places (`D<<`).
        let (number, nationality) = (zone.number.replace('<', ""), format!("{:<<3}", zone.nationality));
        for (at, said, zone) in
            [(columns.number, &mut self.number, number), (columns.nationality, &mut self.nationality, nationality)]
        {
            match said {
                Some(said) if **said != *zone => contradict(at, zone),
                Some(_) => {}
                None => *said = Some(Arc::from(zone)),
            }
        }
        if birth.is_some_and(|birth| zone.birth.compare(birth) == DateAgreement::Different) {
            let cell = columns.zone.map(|at| row.cell(at)).unwrap_or_default();
            cells.report(Code::MrzBirthDiffers, columns.zone, cell, None);
        }
    }
}

/// Whether a romanised name is the zone's, or the whole of one that the zone had to cut.
fn is_name_of(name: &RomanisedName, zone: &Mrz) -> bool {
    *name == zone.name || (zone.name_may_be_cut && name.to_mrz().starts_with(&zone.name.to_mrz()))
}
