//! A person's particulars, as the register stores them.

use super::read::{count, damaged};
use super::statements::{Bound, signed};
use crate::municipality::MunicipalityCode;
use crate::record::{Person, RegisterNumber};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, Row};
use std::sync::Arc;
use tegata_certificate::{BirthDate, Date, RegisteredName, RomanisedName, Sex};

/// The columns that describe a person. Texts are shared with the values bound to a statement.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Particulars {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) kana: Option<Arc<str>>,
    /// As in a machine-readable zone.
    pub(crate) romanised: Option<Arc<str>>,
    pub(crate) birth: BirthDate,
    pub(crate) sex: Option<Sex>,
    pub(crate) municipality: Option<MunicipalityCode>,
    pub(crate) nationality: Option<Arc<str>>,
    pub(crate) passport: Option<Arc<str>>,
    pub(crate) shielded: bool,
}

impl Particulars {
    /// Binds a whole row of the table `person`.
    pub(super) fn bind(
        &self,
        to: &mut SqliteArguments,
        number: &RegisterNumber,
        (import, line): (u64, u64),
        count: usize,
        packed: &[u8],
    ) -> Bound {
        to.add(Arc::<str>::from(number.as_str()))?;
        to.add(self.name.clone())?;
        to.add(self.kana.clone())?;
        to.add(self.romanised.clone())?;
        to.add(birth_number(self.birth))?;
        to.add(self.sex.map(|sex| i64::from(sex.number())))?;
        to.add(self.municipality.map(|code| i64::from(code.number())))?;
        to.add(self.nationality.clone())?;
        to.add(self.passport.clone())?;
        to.add(i64::from(self.shielded))?;
        to.add(signed(import))?;
        to.add(signed(line))?;
        to.add(i64::try_from(count).unwrap_or(i64::MAX))?;
        to.add(packed)
    }

    /// Reads the columns 1 to 9 of a row that `select_person` answered.
    pub(super) fn read(row: &SqliteRow) -> Result<Self, sqlx::Error> {
        let text = |at| Ok::<_, sqlx::Error>(row.try_get::<Option<&str>, _>(at)?.map(Arc::from));
        Ok(Self {
            name: text(1)?,
            kana: text(2)?,
            romanised: text(3)?,
            birth: birth(count(row, 4)?).ok_or_else(damaged)?,
            sex: row
                .try_get::<Option<i64>, _>(5)?
                .map(|number| u64::try_from(number).ok().and_then(Sex::from_number).ok_or_else(damaged))
                .transpose()?,
            municipality: row.try_get::<Option<i64>, _>(6)?.map(municipality).transpose()?,
            nationality: text(7)?,
            passport: text(8)?,
            shielded: row.try_get::<i64, _>(9)? != 0,
        })
    }

    /// The person that they describe.
    pub(super) fn into_person(self, number: RegisterNumber) -> Result<Person, sqlx::Error> {
        let text = |text: Option<Arc<str>>| text.map(|text| text.to_string());
        let romanised = self.romanised.map(|name| RomanisedName::parse_mrz(&name).ok_or_else(damaged));
        Ok(Person {
            number,
            registered: text(self.name).map(RegisteredName::Whole),
            kana: text(self.kana),
            romanised: romanised.transpose()?,
            birth: self.birth,
            sex: self.sex,
            municipality: self.municipality,
            nationality: text(self.nationality),
            passport: text(self.passport),
            shielded: self.shielded,
        })
    }
}

/// Which particulars the file has columns for; the register keeps its own for the others.
#[derive(Clone, Copy, Default)]
pub(crate) struct PersonColumns {
    pub(crate) name: bool,
    pub(crate) kana: bool,
    pub(crate) romanised: bool,
    pub(crate) sex: bool,
    pub(crate) municipality: bool,
    pub(crate) nationality: bool,
    pub(crate) passport: bool,
    pub(crate) shielded: bool,
    /// Whether a row that leaves a particular empty says nothing about it, as in FHIR.
    pub(crate) sparse: bool,
}

impl PersonColumns {
    /// The particulars of a file, with the register's own where the file has no column.
    pub(super) fn complete(&self, mut given: Particulars, kept: &Particulars) -> Particulars {
        macro_rules! keep {
            ($($column:ident),*) => {$(
                if !self.$column {
                    given.$column.clone_from(&kept.$column);
                }
            )*};
        }
        keep!(name, kana, romanised, sex, municipality, nationality, passport, shielded);
        if self.sparse {
            macro_rules! fill {
                ($($column:ident),*) => {$(
                    if given.$column.is_none() {
                        given.$column.clone_from(&kept.$column);
                    }
                )*};
            }
            fill!(name, kana, romanised, sex, municipality, nationality, passport);
            // What is to be shielded stays so until a file that says otherwise in so many words.
            given.shielded |= kept.shielded;
        }
        given
    }
}

/// A birth date as the number YYYYMMDD, with zeros for what is not known.
fn birth_number(birth: BirthDate) -> i64 {
    let number = |year: i64, month: u32, day: u32| year * 10_000 + i64::from(month) * 100 + i64::from(day);
    match birth {
        BirthDate::Day(date) => {
            let (year, month, day) = date.ymd();
            number(i64::from(year), month, day)
        }
        BirthDate::Month(year, month) => number(i64::from(year), u32::from(month), 0),
        BirthDate::Year(year) => number(i64::from(year), 0, 0),
        BirthDate::Unknown => 0,
    }
}

/// The birth date that a number YYYYMMDD means.
fn birth(number: u64) -> Option<BirthDate> {
    let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
    match (year, month, day) {
        (0, 0, 0) => Some(BirthDate::Unknown),
        (_, 0, 0) => BirthDate::year(year),
        (_, _, 0) => BirthDate::month(year, month),
        _ => Date::from_ymd(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).map(BirthDate::Day),
    }
}

/// The municipality code with that number.
pub(super) fn municipality(number: i64) -> Result<MunicipalityCode, sqlx::Error> {
    u32::try_from(number).ok().and_then(MunicipalityCode::new).ok_or_else(damaged)
}
