//! A person as the register has it while an import changes it.

use super::database::Database;
use super::pack::PackedDose;
use super::particulars::Particulars;
use super::read::{Opened, select_person};
use super::seal::Seals;
use super::statements::select;
use super::versions::Change;
use crate::record::RegisterNumber;
use std::collections::HashMap;

/// A person as the register has it.
pub(super) struct Kept {
    pub(super) number: RegisterNumber,
    pub(super) person: Particulars,
    pub(super) import: u64,
    pub(super) line: u64,
    pub(super) doses: Vec<PackedDose>,
    pub(super) changed: bool,
    /// Particulars and doses before the import changed either.
    pub(super) before: Option<(Particulars, Vec<PackedDose>)>,
}

impl Kept {
    /// Keeps what the register says now, before it is changed.
    pub(super) fn remember(&mut self) {
        self.before.get_or_insert_with(|| (self.person.clone(), self.doses.clone()));
    }

    /// What was changed of the record, if anything was.
    pub(super) fn into_change(self) -> Option<Change> {
        let (person, doses) = self.before?;
        let unlike = |(one, other): (&PackedDose, &PackedDose)| !one.says_the_same(other);
        let same_doses = doses.len() == self.doses.len() && !doses.iter().zip(&self.doses).any(unlike);
        if person == self.person && same_doses {
            return None;
        }
        let Self { number, import, line, .. } = self;
        let before = Opened { number: number.clone(), person, doses, import, line };
        Some(Change { before, after: Opened { number, person: self.person, doses: self.doses, import, line } })
    }
}

/// What the register has for those numbers.
pub(super) fn kept(
    database: &mut dyn Database,
    seals: &Seals,
    numbers: &[&str],
) -> Result<HashMap<String, Kept>, sqlx::Error> {
    let rows = select(database, select_person!(""), numbers)?;
    rows.iter()
        .map(|row| {
            let Opened { number, person, doses, import, line } = Opened::from_row(row, seals)?;
            Ok((number.to_string(), Kept { number, person, import, line, doses, changed: false, before: None }))
        })
        .collect()
}
