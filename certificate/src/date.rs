//! Days, moments and birth dates. No clock: `now` is always an argument.
//!
//! The arithmetic is the proleptic Gregorian calendar, written out because the crate needs
//! no more of a calendar than this (days to year-month-day and back) and everything here runs
//! in the verifier's trusted base and in WebAssembly.

use std::fmt;

/// A calendar day, counted from 1970-01-01; years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date(i32);

/// Days from 0001-01-01 and to 9999-12-31, relative to 1970-01-01.
const FIRST_DAY: i32 = -719_162;
const LAST_DAY: i32 = 2_932_896;

impl Date {
    /// The day `year-month-day`, or `None` if there is no such day in years 1 to 9999.
    #[must_use]
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Option<Self> {
        if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        // March-based years put the leap day last, so a month's offset is linear in its number.
        let y = if month <= 2 { year - 1 } else { year };
        let era = y.div_euclid(400);
        let year_of_era = y.rem_euclid(400);
        let march_month = (month as i32 + 9) % 12;
        let day_of_year = (153 * march_month + 2) / 5 + day as i32 - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Some(Self(era * 146_097 + day_of_era - 719_468))
    }

    /// The day that lies `days` after 1970-01-01 (before it, if negative), or `None` outside years 1 to 9999.
    #[must_use]
    pub fn from_days(days: i64) -> Option<Self> {
        let days = i32::try_from(days).ok()?;
        (FIRST_DAY..=LAST_DAY).contains(&days).then_some(Self(days))
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn days(self) -> i32 {
        self.0
    }

    /// Year (1 to 9999), month (1 to 12) and day (1 to 31).
    #[must_use]
    pub fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = year_of_era + era * 400 + i32::from(month <= 2);
        (year, month as u32, day as u32)
    }

    /// Reads `YYYY-MM-DD` exactly.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        if b.len() != 10 || b[4] != b'-' || b[7] != b'-' {
            return None;
        }
        Self::from_ymd(digits(&b[0..4])? as i32, digits(&b[5..7])?, digits(&b[8..10])?)
    }

    /// Midnight UTC at the start of the day.
    #[must_use]
    pub fn start(self) -> UnixTime {
        UnixTime(i64::from(self.0) * 86_400)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ascii(&self.written()))
    }
}

impl Date {
    /// `YYYY-MM-DD`
    fn written(self) -> [u8; 10] {
        let (year, month, day) = self.ymd();
        let ([y1, y2], [y3, y4]) = (two_digits(year / 100), two_digits(year % 100));
        let ([m1, m2], [d1, d2]) = (two_digits(month as i32), two_digits(day as i32));
        [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2]
    }
}

/// A number below 100.
fn two_digits(number: i32) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

/// As text: reports hold many days and moments, and the general way to write numbers takes thrice as long.
fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// The number of days in a month of the Gregorian calendar; 0 for a month outside 1 to 12.
fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 0,
    }
}

/// ASCII digits only, at most nine of them.
fn digits(b: &[u8]) -> Option<u32> {
    if b.is_empty() || b.len() > 9 {
        return None;
    }
    b.iter().try_fold(0u32, |n, c| c.is_ascii_digit().then(|| n * 10 + u32::from(c - b'0')))
}

/// A moment in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct UnixTime(pub i64);

impl UnixTime {
    /// The last moment of year 9999: what lies beyond cannot be shown and is taken for an attack.
    pub const MAX: Self = Self(253_402_300_799);

    /// The UTC day that holds this moment, or `None` outside years 1 to 9999.
    #[must_use]
    pub fn date(self) -> Option<Date> {
        Date::from_days(self.0.div_euclid(86_400))
    }

    /// This moment and `seconds` more, stopping at the ends of the number range.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Reads an RFC 3339 moment: `T`, `t` or a blank between date and time, any fraction (dropped),
    /// `Z` or an offset as `+hh:mm`, `+hhmm` or `+hh`, which real certificates hold. A missing zone is an
    /// error here: callers that know what it means append one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        if b.len() < 17 || !text.is_ascii() || !matches!(b[10], b'T' | b't' | b' ') {
            return None;
        }
        let date = Date::parse(&text[..10])?;
        if b[13] != b':' {
            return None;
        }
        let (hour, minute) = (digits(&b[11..13])?, digits(&b[14..16])?);
        let mut at = 16;
        let mut second = 0;
        if b.get(at) == Some(&b':') {
            second = digits(b.get(17..19)?)?;
            at = 19;
        }
        if b.get(at) == Some(&b'.') {
            let from = at + 1;
            at = from;
            while b.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            if at == from {
                return None;
            }
        }
        let zone = &b[at..];
        let offset = match zone {
            [b'Z' | b'z'] => 0,
            [sign @ (b'+' | b'-'), rest @ ..] => {
                let (h, m) = match rest {
                    [h1, h2] => (digits(&[*h1, *h2])?, 0),
                    [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (digits(&[*h1, *h2])?, digits(&[*m1, *m2])?),
                    _ => return None,
                };
                if h > 23 || m > 59 {
                    return None;
                }
                let seconds = i64::from(h * 3600 + m * 60);
                if *sign == b'-' { -seconds } else { seconds }
            }
            _ => return None,
        };
        // A leap second counts as the second before it.
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let of_day = i64::from(hour * 3600 + minute * 60 + second.min(59));
        Some(Self(date.start().0 + of_day - offset))
    }
}

/// `YYYY-MM-DDThh:mm:ssZ`; the bare number of seconds outside years 1 to 9999.
impl fmt::Display for UnixTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(date) = self.date() else {
            return self.0.fmt(f);
        };
        let [y1, y2, y3, y4, _, m1, m2, _, d1, d2] = date.written();
        let second = self.0.rem_euclid(86_400) as i32;
        let ([h1, h2], [n1, n2]) = (two_digits(second / 3600), two_digits(second / 60 % 60));
        let [s1, s2] = two_digits(second % 60);
        f.write_str(ascii(&[
            y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'Z',
        ]))
    }
}

/// A birth date as precisely as it is known.
///
/// `Debug` shows only the precision: a birth date is personal data.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BirthDate {
    /// The day is known.
    Day(Date),
    /// Only year (1 to 9999) and month (1 to 12) are known.
    Month(u16, u8),
    /// Only the year is known, 1 to 9999.
    Year(u16),
    /// Nothing is known.
    Unknown,
}

impl BirthDate {
    /// Reads `YYYY-MM-DD`, `YYYY-MM`, `YYYY` or the empty text (EU DCC schema 1.3.0, `dob`).
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let b = text.as_bytes();
        match b.len() {
            0 => Some(Self::Unknown),
            4 => Self::year(u64::from(digits(b)?)),
            7 if b[4] == b'-' => Self::month(u64::from(digits(&b[..4])?), u64::from(digits(&b[5..])?)),
            _ => Date::parse(text).map(Self::Day),
        }
    }

    /// A year alone, 1 to 9999.
    #[must_use]
    pub fn year(year: u64) -> Option<Self> {
        let year = u16::try_from(year).ok()?;
        (1..=9999).contains(&year).then_some(Self::Year(year))
    }

    /// A year (1 to 9999) and a month (1 to 12).
    #[must_use]
    pub fn month(year: u64, month: u64) -> Option<Self> {
        let (year, month) = (u16::try_from(year).ok()?, u8::try_from(month).ok()?);
        ((1..=9999).contains(&year) && (1..=12).contains(&month)).then_some(Self::Month(year, month))
    }
}

impl fmt::Display for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Month(year, month) => write!(f, "{year:04}-{month:02}"),
            Self::Year(year) => write!(f, "{year:04}"),
            Self::Unknown => Ok(()),
        }
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day(_) => "Day(…)",
            Self::Month(..) => "Month(…)",
            Self::Year(_) => "Year(…)",
            Self::Unknown => "Unknown",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_ten_thousand_years_survives_the_round_trip() {
        let mut previous = None;
        for days in FIRST_DAY..=LAST_DAY {
            let date = Date::from_days(i64::from(days)).expect("in range");
            let (y, m, d) = date.ymd();
            assert_eq!(Date::from_ymd(y, m, d), Some(date));
            assert!(previous < Some((y, m, d)));
            previous = Some((y, m, d));
        }
        assert_eq!(Date::from_days(0).expect("epoch").to_string(), "1970-01-01");
        assert_eq!(Date::from_days(i64::from(FIRST_DAY) - 1), None);
        assert_eq!(Date::from_days(i64::from(LAST_DAY) + 1), None);
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        for text in [
            "2023-02-29",
            "1900-02-29",
            "2021-04-31",
            "2021-13-01",
            "2021-00-10",
            "2021-1-01",
            "2021-01-1x",
            "0000-01-01",
            "+021-01-01",
        ] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
        assert!(Date::parse("2000-02-29").is_some());
    }

    #[test]
    fn moments_are_read_in_every_zone_form_that_certificates_hold() {
        let noon = Date::from_ymd(2021, 2, 20).expect("day").start().plus(12 * 3600);
        for text in [
            "2021-02-20T12:00:00Z",
            "2021-02-20T14:00:00+02:00",
            "2021-02-20T14:00:00+0200",
            "2021-02-20T14:00:00+02",
            "2021-02-20T07:30:00.123-04:30",
            "2021-02-20 12:00:00z",
            "2021-02-20T12:00Z",
        ] {
            assert_eq!(UnixTime::parse(text), Some(noon), "{text}");
        }
        for text in [
            "2021-02-20T12:00:00",
            "2021-02-20T25:00:00Z",
            "2021-02-20T12:00:00.Z",
            "2021-02-20T12:00:00+2",
            "",
            "２021-02-20T12:00:00Z",
        ] {
            assert_eq!(UnixTime::parse(text), None, "{text}");
        }
        assert_eq!(noon.to_string(), "2021-02-20T12:00:00Z");
    }

    #[test]
    fn moments_are_written_with_every_digit_in_its_place() {
        for text in ["0001-01-01T00:00:00Z", "1969-12-31T23:59:58Z", "2026-11-28T01:23:45Z", "9999-12-31T23:59:59Z"] {
            assert_eq!(UnixTime::parse(text).expect("a moment").to_string(), text);
        }
        assert_eq!(UnixTime::MAX.to_string(), "9999-12-31T23:59:59Z");
        for beyond in [UnixTime::MAX.0 + 1, i64::MIN, i64::MAX] {
            assert_eq!(UnixTime(beyond).to_string(), format!("{beyond}"));
        }
    }

    #[test]
    fn a_birth_date_keeps_its_precision_and_hides_in_debug_output() {
        for text in ["1964-08-12", "1964-08", "1964", ""] {
            let birth = BirthDate::parse(text).expect("reads");
            assert_eq!(birth.to_string(), text);
            assert!(!format!("{birth:?}").contains("1964"));
        }
        assert_eq!(BirthDate::parse("1964-13"), None);
    }
}
