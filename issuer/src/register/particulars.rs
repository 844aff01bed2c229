//! A person's particulars, as the register stores them.

use super::pack::{put, take};
use super::read::damaged;
use crate::municipality::MunicipalityCode;
use crate::record::{Person, RegisterNumber};
use std::sync::Arc;
use tegata_certificate::{BirthDate, Date, RegisteredName, RomanisedName, Sex};
use zeroize::Zeroizing;

/// What describes a person.
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
    /// What is sealed of a person: the particulars, then the packed doses.
    pub(super) fn with_doses(&self, packed: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut plain = Zeroizing::new(Vec::with_capacity(128 + packed.len()));
        self.pack(&mut plain);
        plain.extend_from_slice(packed);
        plain
    }

    /// Appends what is sealed of them: version byte 1, then name, kana and romanised name (length plus one, UTF-8; 0 is
    /// none), birth date as YYYYMMDD, sex (number plus one; 0 is none), nationality and passport number.
    fn pack(&self, to: &mut Vec<u8>) {
        to.push(VERSION);
        let text = |to: &mut Vec<u8>, text: &Option<Arc<str>>| match text {
            None => put(to, 0),
            Some(text) => {
                put(to, text.len() as u64 + 1);
                to.extend_from_slice(text.as_bytes());
            }
        };
        for name in [&self.name, &self.kana, &self.romanised] {
            text(to, name);
        }
        put(to, birth_number(self.birth));
        put(to, self.sex.map_or(0, |sex| u64::from(sex.number()) + 1));
        text(to, &self.nationality);
        text(to, &self.passport);
    }

    /// Takes them from the beginning of what was sealed; `None` if it is not what [`pack`](Self::pack) writes.
    pub(super) fn unpack(rest: &mut &[u8], municipality: Option<MunicipalityCode>, shielded: bool) -> Option<Self> {
        let (&version, after) = rest.split_first()?;
        if version != VERSION {
            return None;
        }
        *rest = after;
        let text = |rest: &mut &[u8]| {
            let Some(length) = take(rest)?.checked_sub(1) else { return Some(None) };
            let (text, after) = rest.split_at_checked(usize::try_from(length).ok()?)?;
            *rest = after;
            Some(Some(Arc::from(std::str::from_utf8(text).ok()?)))
        };
        Some(Self {
            name: text(rest)?,
            kana: text(rest)?,
            romanised: text(rest)?,
            birth: birth(take(rest)?)?,
            sex: match take(rest)? {
                0 => None,
                number => Some(Sex::from_number(number - 1)?),
            },
            nationality: text(rest)?,
            passport: text(rest)?,
            municipality,
            shielded,
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

const VERSION: u8 = 1;

/// A birth date as the number YYYYMMDD, with zeros for what is not known.
fn birth_number(birth: BirthDate) -> u64 {
    let number = |year: u64, month: u32, day: u32| year * 10_000 + u64::from(month) * 100 + u64::from(day);
    match birth {
        BirthDate::Day(date) => {
            let (year, month, day) = date.ymd();
            number(u64::from(year.unsigned_abs()), month, day)
        }
        BirthDate::Month(year, month) => number(u64::from(year), u32::from(month), 0),
        BirthDate::Year(year) => number(u64::from(year), 0, 0),
        BirthDate::Unknown => 0,
    }
}

/// The birth date that a number YYYYMMDD means.
pub(super) fn birth(number: u64) -> Option<BirthDate> {
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
