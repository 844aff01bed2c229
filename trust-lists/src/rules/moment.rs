//! Moments of CertLogic, in milliseconds, and the arithmetic of ECMAScript's `Date` that the specification refers to.

use tegata_certificate::Date;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Milliseconds since 1970-01-01T00:00:00Z, in years 1 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Moment(i64);

/// What a time is moved by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Unit {
    Year,
    Month,
    Day,
    Hour,
}

impl Unit {
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "year" => Some(Self::Year),
            "month" => Some(Self::Month),
            "day" => Some(Self::Day),
            "hour" => Some(Self::Hour),
            _ => None,
        }
    }
}

impl Moment {
    /// A day's start.
    fn of(date: Date) -> Self {
        Self(i64::from(date.days()) * DAY)
    }

    /// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`: the last day that it can mean.
    pub(super) fn date_of_birth(text: &str) -> Option<Self> {
        let date = match text.len() {
            4 => Date::parse(&format!("{text}-12-31"))?,
            7 => {
                let first = Date::parse(&format!("{text}-01"))?;
                let (year, month, _) = first.ymd();
                let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
                // No month begins after the last day of year 9999, which is a December.
                match Date::from_ymd(next.0, next.1, 1) {
                    Some(next) => Date::from_days(i64::from(next.days()) - 1)?,
                    None => Date::from_days(i64::from(first.days()) + 30)?,
                }
            }
            _ => Date::parse(text)?,
        };
        Some(Self::of(date))
    }

    /// A date as [`date_of_birth`](Self::date_of_birth) reads it, or with a time: `YYYY-MM-DDThh:mm:ss`, any number of
    /// decimals (those after the third are dropped), and `Z`, an offset as `+h`, `+hh`, `+hmm`, `+hhmm`, `+h:mm` or
    /// `+hh:mm`, or none, which means `Z`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Some((date, time)) = text.split_once('T') else {
            return Self::date_of_birth(text);
        };
        let date = Date::parse(date)?;
        let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = time.as_bytes() else {
            return None;
        };
        let (hour, minute, second) = (two(*h1, *h2)?, two(*m1, *m2)?, two(*s1, *s2)?);
        let (thousandths, zone) = fraction(rest)?;
        let of_day = ((hour * 60 + minute) * 60 + second) * 1000 + thousandths;
        // ECMAScript knows the midnight at a day's end.
        if minute > 59 || second > 59 || of_day > DAY {
            return None;
        }
        Some(Self(Self::of(date).0 + of_day - offset(zone)?))
    }

    /// This moment and so many units more. A day that the month does not have is one of the next month, as with
    /// `setUTCMonth`: 29 February and a year is 1 March. `None` beyond years 1 to 9999.
    pub(super) fn plus(self, amount: i64, unit: Unit) -> Option<Self> {
        let moved = match unit {
            Unit::Hour => self.0.checked_add(amount.checked_mul(DAY / 24)?)?,
            Unit::Day => self.0.checked_add(amount.checked_mul(DAY)?)?,
            Unit::Month => self.plus_months(amount)?,
            Unit::Year => self.plus_months(amount.checked_mul(12)?)?,
        };
        Date::from_days(moved.div_euclid(DAY)).map(|_| Self(moved))
    }

    fn plus_months(self, months: i64) -> Option<i64> {
        let (year, month, day) = Date::from_days(self.0.div_euclid(DAY))?.ymd();
        let months = (i64::from(year) * 12 + i64::from(month) - 1).checked_add(months)?;
        let year = i32::try_from(months.div_euclid(12)).ok()?;
        let month = u32::try_from(months.rem_euclid(12) + 1).ok()?;
        let first = Date::from_ymd(year, month, 1)?;
        Some((i64::from(first.days()) + i64::from(day) - 1) * DAY + self.0.rem_euclid(DAY))
    }
}

/// As `Date.toISOString` writes it.
impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of_day = self.0.rem_euclid(DAY);
        let (seconds, thousandths) = (of_day / 1000, of_day % 1000);
        if let Some(date) = Date::from_days(self.0.div_euclid(DAY)) {
            write!(f, "{date}")?;
        }
        write!(f, "T{:02}:{:02}:{:02}.{thousandths:03}Z", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

fn digit(byte: u8) -> Option<i64> {
    byte.is_ascii_digit().then(|| i64::from(byte - b'0'))
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    Some(digit(tens)? * 10 + digit(ones)?)
}

/// The thousandths of a second behind a point, if there is one, and what follows.
fn fraction(rest: &[u8]) -> Option<(i64, &[u8])> {
    let Some((b'.', decimals)) = rest.split_first() else {
        return Some((0, rest));
    };
    let count = decimals.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (decimals, zone) = decimals.split_at(count);
    let place = |at: usize| decimals.get(at).copied().and_then(digit).unwrap_or(0);
    (count > 0).then(|| (place(0) * 100 + place(1) * 10 + place(2), zone))
}

/// What a zone adds to UTC, in milliseconds.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, digits) = match zone {
        [] | [b'Z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = match *digits {
        [h] => (digit(h)?, 0),
        [h1, h2] => (two(h1, h2)?, 0),
        [h, m1, m2] | [h, b':', m1, m2] => (digit(h)?, two(m1, m2)?),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (two(h1, h2)?, two(m1, m2)?),
        _ => return None,
    };
    (hours <= 23 && minutes <= 59).then(|| sign * (hours * 60 + minutes) * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(text: &str, amount: i64, unit: Unit) -> Option<String> {
        Moment::parse(text)?.plus(amount, unit).map(|moment| moment.to_string())
    }

    #[test]
    fn leap_days_and_month_ends_overflow_as_in_ecmascript() {
        for (from, amount, unit, to) in [
            ("2020-02-29", 1, Unit::Day, "2020-03-01"),
            ("2020-02-29", 1, Unit::Month, "2020-03-29"),
            ("2020-02-29", 1, Unit::Year, "2021-03-01"),
            ("2020-02-29", 4, Unit::Year, "2024-02-29"),
            ("2020-02-29", -1, Unit::Year, "2019-03-01"),
            ("2021-01-31", 1, Unit::Month, "2021-03-03"),
            ("2020-01-31", 1, Unit::Month, "2020-03-02"),
            ("2021-03-31", -1, Unit::Month, "2021-03-03"),
            ("2021-10-31", 1, Unit::Month, "2021-12-01"),
            ("2021-12-31", 1, Unit::Month, "2022-01-31"),
            ("2021-12-15", -12, Unit::Month, "2020-12-15"),
            ("2000-02-28", 1, Unit::Day, "2000-02-29"),
            ("1900-02-28", 1, Unit::Day, "1900-03-01"),
            ("2021-06-23", -180, Unit::Day, "2020-12-25"),
        ] {
            assert_eq!(moved(from, amount, unit), Some(format!("{to}T00:00:00.000Z")), "{from} {amount} {unit:?}");
        }
    }

    #[test]
    fn every_form_of_zone_and_fraction_is_read() {
        for (text, iso) in [
            ("2021-08-01", "2021-08-01T00:00:00.000Z"),
            ("2021-08", "2021-08-31T00:00:00.000Z"),
            ("2021-12", "2021-12-31T00:00:00.000Z"),
            ("2024-02", "2024-02-29T00:00:00.000Z"),
            ("2021", "2021-12-31T00:00:00.000Z"),
            ("9999-12", "9999-12-31T00:00:00.000Z"),
            ("2021-08-01T00:00:00", "2021-08-01T00:00:00.000Z"),
            ("2021-08-01T24:00:00", "2021-08-02T00:00:00.000Z"),
            ("2021-08-01T00:00:00.1Z", "2021-08-01T00:00:00.100Z"),
            ("2021-08-01T00:00:00.0199999", "2021-08-01T00:00:00.019Z"),
            ("2021-08-01T00:00:00+1", "2021-07-31T23:00:00.000Z"),
            ("2021-08-01T00:00:00+01", "2021-07-31T23:00:00.000Z"),
            ("2021-08-01T00:00:00+130", "2021-07-31T22:30:00.000Z"),
            ("2021-08-01T00:00:00+0130", "2021-07-31T22:30:00.000Z"),
            ("2021-08-01T00:00:00+1:30", "2021-07-31T22:30:00.000Z"),
            ("2021-08-01T00:00:00.5-01:30", "2021-08-01T01:30:00.500Z"),
        ] {
            assert_eq!(Moment::parse(text).map(|moment| moment.to_string()).as_deref(), Some(iso), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_not_read() {
        for text in [
            "",
            "2021-02-29",
            "2021-13",
            "21",
            "2021-8-1",
            "2021-08-01t00:00:00Z",
            "2021-08-01 00:00:00Z",
            "2021-08-01T00:00Z",
            "2021-08-01T00:00:00z",
            "2021-08-01T00:00:00.Z",
            "2021-08-01T24:00:01Z",
            "2021-08-01T25:00:00Z",
            "2021-08-01T00:60:00Z",
            "2021-08-01T00:00:60Z",
            "2021-08-01T00:00:00+24",
            "2021-08-01T00:00:00+01:",
            "2021-08-01T00:00:00+01:60",
            "2021-08-01TT",
            "２０２１",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }

    #[test]
    fn nothing_lies_beyond_the_years_that_can_be_written() {
        assert_eq!(moved("9999-12-31", 1, Unit::Day), None);
        assert_eq!(moved("0001-01-01", -1, Unit::Hour), None);
        for unit in [Unit::Year, Unit::Month, Unit::Day, Unit::Hour] {
            for amount in [i64::MAX, i64::MIN] {
                assert_eq!(moved("2021-08-01", amount, unit), None);
            }
        }
    }
}
