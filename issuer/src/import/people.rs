//! The cells that describe a person.

use super::cells::Cells;
use super::headings::{Field, Headings};
use super::passport::{Passport, PassportColumns};
use super::table::Row;
use crate::check::Code;
use crate::register::{Particulars, PersonColumns};
use std::sync::Arc;

/// Where a file has the particulars of people.
pub(crate) struct PeopleColumns {
    pub(crate) number: usize,
    name: Option<usize>,
    kana: Option<usize>,
    romanised: Option<usize>,
    birth: usize,
    sex: Option<usize>,
    municipality: Option<usize>,
    nationality: Option<usize>,
    passport: Option<usize>,
    mrz: Option<usize>,
    shield: Option<usize>,
}

impl PeopleColumns {
    /// Finds them; otherwise the headings that are missing.
    pub(crate) fn find(headings: &Headings, with_municipality: bool) -> Result<Self, Vec<&'static str>> {
        let at = |field| headings.place(field);
        let (number, birth) = (at(Field::Number), at(Field::Birth));
        let (name, romanised, mrz) = (at(Field::Name), at(Field::Romanised), at(Field::Mrz));
        let any_name = name.is_some() || romanised.is_some() || mrz.is_some();
        match (number, birth) {
            (Some(number), Some(birth)) if any_name => Ok(Self {
                number,
                name,
                kana: at(Field::Kana),
                romanised,
                birth,
                sex: at(Field::Sex),
                municipality: if with_municipality { at(Field::Municipality) } else { None },
                nationality: at(Field::Nationality),
                passport: at(Field::Passport),
                mrz,
                shield: at(Field::Shield),
            }),
            _ => {
                let missing =
                    [(number.is_none(), Field::Number), (!any_name, Field::Name), (birth.is_none(), Field::Birth)];
                Err(missing.into_iter().filter(|(missing, _)| *missing).map(|(_, field)| field.name()).collect())
            }
        }
    }

    /// Which particulars there are.
    pub(crate) fn present(&self) -> PersonColumns {
        PersonColumns {
            name: self.name.is_some(),
            kana: self.kana.is_some(),
            romanised: self.romanised.or(self.mrz).is_some(),
            sex: self.sex.is_some(),
            municipality: self.municipality.is_some(),
            nationality: self.nationality.or(self.mrz).is_some(),
            passport: self.passport.or(self.mrz).is_some(),
            shielded: self.shield.is_some(),
            sparse: false,
        }
    }

    /// The person in a row. Every finding of the row is reported; a
    /// blocking one leaves [`Cells::blocked`] set.
    pub(crate) fn read(&self, cells: &mut Cells, row: Row<'_>) -> Option<Particulars> {
        let filled = |at: Option<usize>| at.map(|at| (at, row.cell(at))).filter(|(_, cell)| !cell.is_empty());
        let name = filled(self.name).and_then(|(at, cell)| cells.name(at, cell));
        let romanised = filled(self.romanised).and_then(|(at, cell)| cells.romanised(at, cell));
        let zone = filled(self.mrz).and_then(|(at, cell)| cells.zone(at, cell));
        if name.is_none() && romanised.is_none() && zone.is_none() && !cells.blocked {
            cells.report(Code::MissingName, self.name.or(self.romanised).or(self.mrz), b"", None);
        }
        let kana = filled(self.kana).and_then(|(at, cell)| cells.name(at, cell));
        let birth = match filled(Some(self.birth)) {
            Some((at, cell)) => cells.birth(at, cell),
            None => {
                cells.report(Code::MissingBirthDate, Some(self.birth), b"", None);
                None
            }
        };
        let sex = filled(self.sex).and_then(|(at, cell)| cells.sex(at, cell));
        let municipality = filled(self.municipality).and_then(|(at, cell)| cells.municipality(at, cell));
        let nationality = filled(self.nationality).and_then(|(at, cell)| cells.nationality(at, cell));
        let passport = filled(self.passport).and_then(|(at, cell)| cells.passport(at, cell));
        let shielded = filled(self.shield).is_some_and(|(at, cell)| cells.flag(at, cell));
        let mut passport = Passport { romanised, number: passport, nationality };
        if let Some(zone) = zone {
            let columns = PassportColumns {
                romanised: self.romanised,
                number: self.passport,
                nationality: self.nationality,
                zone: self.mrz,
            };
            passport.complete(cells, row, &columns, &zone, birth);
        }
        let Passport { romanised, number: passport, nationality } = passport;
        let romanised = romanised.map(|name| Arc::from(name.to_mrz()));
        let particulars =
            Particulars { name, kana, romanised, birth: birth?, sex, municipality, nationality, passport, shielded };
        (!cells.blocked).then_some(particulars)
    }

    /// The cells that describe the person, to tell quickly whether another row has the same.
    pub(crate) fn copy_cells(&self, row: Row<'_>, to: &mut Vec<u8>) {
        to.clear();
        for at in self.all() {
            to.extend_from_slice(row.cell(at));
            to.push(CELL_END);
        }
    }

    /// Whether a row has the very cells that were copied.
    pub(crate) fn same_cells(&self, row: Row<'_>, copied: &[u8]) -> bool {
        let rest = self.all().try_fold(copied, |rest, at| rest.strip_prefix(row.cell(at))?.strip_prefix(&[CELL_END]));
        rest.is_some_and(<[u8]>::is_empty)
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        let optional = [
            self.name,
            self.kana,
            self.romanised,
            self.sex,
            self.municipality,
            self.nationality,
            self.passport,
            self.mrz,
            self.shield,
        ];
        [self.number, self.birth].into_iter().chain(optional.into_iter().flatten())
    }
}

/// No text ends in this byte in any of our encodings.
const CELL_END: u8 = 0xFF;
