//! Dates of a machine-readable zone: two digits a part, and no century.

use crate::date::{BirthDate, Date};
use std::fmt;

/// A date as printed: year of the century, month and day, each as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct MrzDate {
    year: Option<u8>,
    month: Option<u8>,
    day: Option<u8>,
}

/// How far two dates agree.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DateAgreement {
    /// Year, month and day are the same.
    Same,
    /// What both know is the same, the year among it; one of them knows no more.
    Partial,
    /// One of them does not even know the year.
    Unknown,
    /// Something that both know differs.
    Different,
}

impl MrzDate {
    /// Reads `YYMMDD`; two fillers or, for month and day, two zeros stand for a part that is not known
    /// (Doc 9303-3 section 4.8; some issuers print zeros).
    pub(super) fn parse(text: &str) -> Option<Self> {
        let part = |from: usize, known: std::ops::RangeInclusive<u8>| match text.get(from..from + 2)? {
            "<<" => Some(None),
            "00" if from > 0 => Some(None),
            digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().ok().filter(|n| known.contains(n)).map(Some)
            }
            _ => None,
        };
        let date = Self { year: part(0, 0..=99)?, month: part(2, 1..=12)?, day: part(4, 1..=31)? };
        date.exists().then_some(date)
    }

    /// Whether any century has such a day; 2000 stands for all leap years.
    fn exists(self) -> bool {
        let year = 2000 + i32::from(self.year.unwrap_or_default());
        Date::from_ymd(year, u32::from(self.month.unwrap_or(1)), u32::from(self.day.unwrap_or(1))).is_some()
    }

    /// The birth date that it means to whoever reads it on the day `today`: nobody is born in the future, so the
    /// century is today's, or the one before. A person older than a hundred is younger here.
    #[must_use]
    pub fn birth(self, today: Date) -> BirthDate {
        let Some(year_of_century) = self.year else { return BirthDate::Unknown };
        let this_century = today.ymd().0.div_euclid(100) * 100;
        let in_century = |century: i32| self.in_year(century + i32::from(year_of_century));
        let past = |birth: &BirthDate| match *birth {
            BirthDate::Day(date) => date <= today,
            BirthDate::Month(year, month) => (i32::from(year), u32::from(month)) <= (today.ymd().0, today.ymd().1),
            BirthDate::Year(year) => i32::from(year) <= today.ymd().0,
            BirthDate::Unknown => false,
        };
        in_century(this_century).filter(past).or_else(|| in_century(this_century - 100)).unwrap_or(BirthDate::Unknown)
    }

    fn in_year(self, year: i32) -> Option<BirthDate> {
        let number = u64::try_from(year).ok()?;
        match (self.month, self.day) {
            (Some(month), Some(day)) => Date::from_ymd(year, u32::from(month), u32::from(day)).map(BirthDate::Day),
            (Some(month), None) => BirthDate::month(number, u64::from(month)),
            (None, _) => BirthDate::year(number),
        }
    }

    /// The day that it means as the end of a document, read on the day `today`: the one that lies within fifty
    /// years of it. `None` where a part is not known.
    #[must_use]
    pub fn expiry(self, today: Date) -> Option<Date> {
        let (year, month, day) = (i32::from(self.year?), u32::from(self.month?), u32::from(self.day?));
        let this_year = today.ymd().0;
        let year = this_year - 49 + (year - (this_year - 49)).rem_euclid(100);
        Date::from_ymd(year, month, day)
    }

    /// How far it agrees with a birth date. The zone has no century, so a hundred years make no difference.
    #[must_use]
    pub fn compare(self, birth: BirthDate) -> DateAgreement {
        let of_century = |year: i32| u8::try_from(year.rem_euclid(100)).ok();
        let other = match birth {
            BirthDate::Day(date) => {
                let (year, month, day) = date.ymd();
                Self { year: of_century(year), month: u8::try_from(month).ok(), day: u8::try_from(day).ok() }
            }
            BirthDate::Month(year, month) => Self { year: of_century(year.into()), month: Some(month), day: None },
            BirthDate::Year(year) => Self { year: of_century(year.into()), month: None, day: None },
            BirthDate::Unknown => Self { year: None, month: None, day: None },
        };
        let parts = [(self.year, other.year), (self.month, other.month), (self.day, other.day)];
        let both = |(one, other): &(Option<u8>, Option<u8>)| one.is_some() && other.is_some();
        if parts.iter().any(|pair| both(pair) && pair.0 != pair.1) {
            return DateAgreement::Different;
        }
        match parts {
            _ if parts.iter().all(both) => DateAgreement::Same,
            [year, ..] if both(&year) => DateAgreement::Partial,
            _ => DateAgreement::Unknown,
        }
    }
}

/// `YYMMDD` as printed, fillers for what is not known.
impl fmt::Display for MrzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in [self.year, self.month, self.day] {
            match part {
                Some(part) => write!(f, "{part:02}")?,
                None => f.write_str("<<")?,
            }
        }
        Ok(())
    }
}

/// Tells which parts are known: a birth date is personal data.
impl fmt::Debug for MrzDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = |part: Option<u8>| if part.is_some() { "…" } else { "?" };
        write!(f, "MrzDate({}-{}-{})", known(self.year), known(self.month), known(self.day))
    }
}
