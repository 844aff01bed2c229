//! The cells that describe a person.

use super::cells::Cells;
use super::headings::{Field, Headings};
use super::passport::{Passport, PassportColumns};
use super::table::Row;
use crate::check::romanisation::{Likeness, compare};
use crate::check::series::{CENTURY, first_day};
use crate::check::{Code, Note, Subject, shown};
use crate::register::{Particulars, PersonColumns};
use std::sync::Arc;
use tegata_certificate::{BirthDate, Date, RomanisedName};

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
        if let (Some(at), Some(name)) = (self.name, &name)
            && name.len() > PRINTED_NAME
            && name.chars().count() > PRINTED_NAME
        {
            cells.report(Code::NameOver20, Some(at), row.cell(at), None);
        }
        let kana = filled(self.kana).and_then(|(at, cell)| cells.name(at, cell));
        let birth = match filled(Some(self.birth)) {
            Some((at, cell)) => cells.birth(at, cell).inspect(|birth| check_century(cells, at, cell, *birth)),
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
        if let (Some(romanised), Some(kana)) = (&romanised, &kana)
            && nationality.as_deref().is_none_or(|nationality| nationality == "JPN")
        {
            self.check_reading(cells, row, romanised, kana);
        }
        let romanised = romanised.map(|name| Arc::from(name.to_mrz()));
        let particulars =
            Particulars { name, kana, romanised, birth: birth?, sex, municipality, nationality, passport, shielded };
        (!cells.blocked).then_some(particulars)
    }

    /// Holds a romanised name against the kana.
    fn check_reading(&self, cells: &mut Cells, row: Row<'_>, romanised: &RomanisedName, kana: &str) {
        let (code, note) = match compare(kana, romanised.family(), romanised.given()) {
            Likeness::Alike => return,
            Likeness::Unlike => (Code::RomanisedUnlikeKana, None),
            Likeness::Swapped => {
                let turned = format!("{}<<{}", romanised.given(), romanised.family());
                (Code::NameHalvesSwapped, Some(Note::Suggestion(turned)))
            }
        };
        let at = self.romanised.filter(|&at| !row.cell(at).is_empty()).or(self.mrz);
        let name = romanised.to_mrz();
        let facts = format!("{name} as {kana}");
        cells.report_about(code, at, Some(shown(&name)), note, (Subject::Person, facts));
    }

    /// The column of the romanised name, for findings about its absence.
    pub(crate) fn romanised(&self) -> Option<usize> {
        self.romanised.or(self.mrz)
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

/// The longest name that paper prints on one line, in characters.
const PRINTED_NAME: usize = 20;

/// Tells a birth date before 1900, with the day of an era that it likely is.
fn check_century(cells: &mut Cells, at: usize, cell: &[u8], birth: BirthDate) {
    if first_day(birth).is_none_or(|day| day >= CENTURY) {
        return;
    }
    // Years of one or two digits are those of Showa far more often than of any other era: they are the living.
    let showa = match birth {
        BirthDate::Day(date) => Some(date.ymd()).filter(|(year, ..)| (1..=64).contains(year)),
        _ => None,
    };
    let meant = showa.and_then(|(year, month, day)| Date::from_ymd(1925 + year, month, day));
    let text = Some(shown(&cells.encoding.decode_lossy(cell)));
    let note = meant.map(|date| Note::Suggestion(date.to_string()));
    cells.report_about(Code::BirthImplausible, Some(at), text, note, (Subject::Person, birth.to_string()));
}

/// No text ends in this byte in any of our encodings.
const CELL_END: u8 = 0xFF;
