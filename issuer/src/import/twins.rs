//! What a file shows of its people together: two numbers for one person, passports without a romanised name.

use crate::check::repeats::{Repeats, number_of, person_key};
use crate::check::{Code, Finding, Note, Place, Subject};
use crate::record::RegisterNumber;
use crate::register::Particulars;
use tegata_certificate::BirthDate;

/// Watches the people of a file.
#[derive(Default)]
pub(crate) struct Twins {
    readings: Repeats,
    failed: Option<std::io::Error>,
    /// People with a passport number and without a romanised name.
    unromanised: u64,
}

impl Twins {
    /// Takes note of a person whose row is taken.
    pub(crate) fn taken(&mut self, number: &RegisterNumber, person: &Particulars, line: u64) {
        self.unromanised += u64::from(person.passport.is_some() && person.romanised.is_none());
        if let (Some(kana), BirthDate::Day(birth), None) = (&person.kana, person.birth, &self.failed) {
            let owner = number_of([number.as_str().as_bytes()]);
            self.failed = self.readings.note(person_key(kana, birth.days()), owner, line).err();
        }
    }

    /// What the whole file shows; `romanised` is the column of romanised names.
    pub(crate) fn finish(&mut self, romanised: Option<usize>) -> std::io::Result<Vec<Finding>> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let mut findings = Vec::new();
        std::mem::take(&mut self.readings).finish(|repeat| {
            let held = Some((Subject::Person, format!("reading {:016x}", repeat.key)));
            let finding = Finding::new(Code::SamePersonTwice, true, repeat.line, None);
            findings.push(Finding { held, other_row: Some(repeat.first), ..finding });
        })?;
        if self.unromanised > 0 {
            let place = romanised.map_or(Place::Number, Place::Column);
            let finding = Finding::new(Code::RomanisedMissing, true, 1, None).at(place);
            findings.push(Finding { note: Some(Note::Rows(self.unromanised)), ..finding });
        }
        Ok(findings)
    }
}
