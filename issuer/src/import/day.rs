//! Days as town halls write them, and what a day that is none was likely meant to be.

use super::cells::digits;
use tegata_certificate::Date;
use unicode_normalization::UnicodeNormalization;

/// Year, month and day of `YYYYMMDD`, `YYYY-MM-DD` or `YYYY/MM/DD`.
pub(super) fn plain_numbers(cell: &[u8]) -> Option<(u32, u32, u32)> {
    let (year, month, day) = match *cell {
        [_, _, _, _, _, _, _, _] => (cell.get(..4)?, cell.get(4..6)?, cell.get(6..)?),
        [_, _, _, _, b'-', _, _, b'-', _, _] | [_, _, _, _, b'/', _, _, b'/', _, _] => {
            (cell.get(..4)?, cell.get(5..7)?, cell.get(8..)?)
        }
        _ => return None,
    };
    let number = |part| digits(part, 4).and_then(|n| u32::try_from(n).ok());
    Some((number(year)?, number(month)?, number(day)?))
}

/// Year and month of `YYYY` or `YYYY-MM`, with 0 for what is left out.
pub(super) fn reduced_numbers(cell: &[u8]) -> Option<(u32, u32, u32)> {
    let (year, month) = match *cell {
        [_, _, _, _] => (cell, None),
        [_, _, _, _, b'-', _, _] => (cell.get(..4)?, Some(cell.get(5..)?)),
        _ => return None,
    };
    let number = |part| digits(part, 4).and_then(|n| u32::try_from(n).ok());
    // A month that is given is no month left out: `1940-00` is not read here.
    let month = month.map_or(Some(0), |month| number(month).filter(|&month| month > 0))?;
    Some((number(year)?, month, 0))
}

#[allow(clippy::option_option, reason = "a day that does not exist is told from a text that is no day")]
pub(super) fn plain_day(cell: &[u8]) -> Option<Option<Date>> {
    let (year, month, day) = plain_numbers(cell)?;
    Some(i32::try_from(year).ok().and_then(|year| Date::from_ymd(year, month, day)))
}

/// The eras since 1868: letter, name, and the year before their first.
const ERAS: [(&str, &str, u32); 5] =
    [("R", "令和", 2018), ("H", "平成", 1988), ("S", "昭和", 1925), ("T", "大正", 1911), ("M", "明治", 1867)];

/// Year, month and day of `2021-6-1`, `2021年6月1日`, `R3.6.1`, `令和3年6月1日` or `令和元年5月1日`, already in normal widths.
pub(super) fn loose_numbers(text: &str) -> Option<(u32, u32, u32)> {
    let (before, rest) = ERAS
        .iter()
        .find_map(|&(letter, name, before)| {
            let rest = text.strip_prefix(name).or_else(|| text.strip_prefix(letter));
            rest.map(|rest| (Some(before), rest))
        })
        .unwrap_or((None, text));
    let rest = rest.strip_suffix('日').unwrap_or(rest).replace('元', "1");
    let mut parts = rest.split(['-', '/', '.', '年', '月']);
    let mut next = |most| digits(parts.next()?.as_bytes(), most).and_then(|n| u32::try_from(n).ok());
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    if parts.next().is_some() {
        return None;
    }
    match before {
        Some(before) => (1..=99).contains(&year).then_some((before + year, month, day)),
        None => (year >= 1000).then_some((year, month, day)),
    }
}

/// A day as somebody types it: in either calendar, in any width.
pub(crate) fn typed_day(text: &str) -> Option<Date> {
    let text: String = text.nfkc().filter(|c| !c.is_whitespace()).collect();
    let (year, month, day) = plain_numbers(text.as_bytes()).or_else(|| loose_numbers(&text.to_uppercase()))?;
    Date::from_ymd(i32::try_from(year).ok()?, month, day)
}

/// A text that is no day, or a day that cannot be: the day that was likely meant, if exactly one fits between `from` and
/// `today`.
pub(super) fn likely(text: &str, from: Date, today: Date) -> Option<Date> {
    let mut fitting = candidates(text).into_iter().flatten().filter(|date| (from..=today).contains(date));
    let first = fitting.next()?;
    fitting.all(|other| other == first).then_some(first)
}

/// What a text can have been meant as: day and month exchanged, the year last, an era's year without its era, two
/// digits of a year, a slip in the year's tens or hundreds.
fn candidates(text: &str) -> [Option<Date>; 8] {
    let numbers = plain_numbers(text.as_bytes()).or_else(|| loose_numbers(text)).or_else(|| three_numbers(text));
    let Some((a, b, c)) = numbers else { return [None; 8] };
    let date = |year: u32, month: u32, day: u32| i32::try_from(year).ok().and_then(|y| Date::from_ymd(y, month, day));
    if c >= 1000 {
        return [date(c, a, b), date(c, b, a), None, None, None, None, None, None];
    }
    if a >= 100 {
        let earlier = |years: u32| a.checked_sub(years).and_then(|year| date(year, b, c));
        return [date(a, c, b), earlier(10), earlier(100), None, None, None, None, None];
    }
    let of_era = |before: u32| date(before + a, b, c);
    let eras = ERAS.map(|(_, _, before)| of_era(before));
    [of_era(2000), of_era(1900), eras[0], eras[1], eras[2], eras[3], eras[4], None]
}

/// Three numbers with signs between them, whichever is the year.
fn three_numbers(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split(['-', '/', '.', '年', '月']);
    let mut next = || digits(parts.next()?.trim_end_matches('日').as_bytes(), 4).and_then(|n| u32::try_from(n).ok());
    let numbers = (next()?, next()?, next()?);
    parts.next().is_none().then_some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_typed_in_either_calendar_and_any_width() {
        for text in
            ["1980-05-06", "19800506", "1980/5/6", "昭和55年5月6日", "s55.5.6", "Ｓ５５．５．６", " 1980年5月6日 "]
        {
            assert_eq!(typed_day(text).map(|date| date.to_string()).as_deref(), Some("1980-05-06"), "{text}");
        }
        for text in ["", "1980", "1980-02-30", "55.5.6", "x"] {
            assert_eq!(typed_day(text), None, "{text}");
        }
    }

    #[test]
    fn a_day_that_cannot_be_is_mended_only_where_one_day_fits() {
        let (from, today) = (Date::from_ymd(2020, 6, 24).expect("day"), Date::from_ymd(2022, 3, 1).expect("day"));
        let likely = |text: &str| likely(text, from, today).map(|date| date.to_string());
        for (text, meant) in [
            ("20211306", "2021-06-13"),
            ("2021-13-06", "2021-06-13"),
            ("31/12/2021", "2021-12-31"),
            ("3/6/1", "2021-06-01"),
            ("21.6.1", "2021-06-01"),
            ("20310601", "2021-06-01"),
            ("21210601", "2021-06-01"),
            ("2022-12-02", "2022-02-12"),
        ] {
            assert_eq!(likely(text).as_deref(), Some(meant), "{text}");
        }
        for text in ["20210631", "01/02/2021", "昨日", "2021", "29990401", "", "1/2/3/4", "99999/1/1"] {
            assert_eq!(likely(text), None, "{text}");
        }
    }
}
