//! Days in a notation that would be misread: day or month first.

use unicode_normalization::UnicodeNormalization;

/// How a vendor writes days: `DD/MM/YYYY`, `MMDDYYYY` and the like.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct DayPattern {
    parts: [Part; 3],
    /// What stands between the parts, if anything.
    separator: Option<char>,
    /// Whether something may follow, such as a time.
    open: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Part {
    Year,
    Month,
    Day,
}

impl DayPattern {
    /// Reads a pattern: `YYYY`, `MM` and `DD` in any order, all with the same separator (`-`, `/` or `.`) between them
    /// or with none; a `*` at the end for anything that follows and is not read.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (body, open) = text.strip_suffix('*').map_or((text, false), |body| (body, true));
        let separator = body.chars().find(|c| matches!(c, '-' | '/' | '.'));
        let mut parts = Vec::with_capacity(3);
        let mut rest = body;
        while !rest.is_empty() {
            let (part, token) = [(Part::Year, "YYYY"), (Part::Month, "MM"), (Part::Day, "DD")]
                .into_iter()
                .find(|(_, token)| rest.starts_with(token))?;
            parts.push(part);
            rest = rest.strip_prefix(token)?;
            if let (Some(separator), false) = (separator, rest.is_empty()) {
                rest = rest.strip_prefix(separator)?;
                if rest.is_empty() {
                    return None;
                }
            }
        }
        let parts: [Part; 3] = parts.try_into().ok()?;
        let mut sorted = parts;
        sorted.sort_unstable();
        (sorted == [Part::Year, Part::Month, Part::Day]).then_some(Self { parts, separator, open })
    }

    /// The day as `YYYY-MM-DD`, whether the calendar has it or not; `None` if the text is not in this notation.
    pub(crate) fn read(&self, text: &str) -> Option<String> {
        let text: String = text.nfkc().collect();
        let mut rest = text.trim();
        let (mut year, mut month, mut day) = ("", "", "");
        for (at, part) in self.parts.iter().enumerate() {
            if let (Some(separator), 1..) = (self.separator, at) {
                rest = rest.strip_prefix(separator)?;
            }
            let most = if *part == Part::Year { 4 } else { 2 };
            let digits = rest.bytes().take(most).take_while(u8::is_ascii_digit).count();
            // One digit is enough only where a separator tells where it ends.
            let least = if *part == Part::Year || self.separator.is_none() { most } else { 1 };
            if digits < least {
                return None;
            }
            let (number, after) = rest.split_at_checked(digits)?;
            *match part {
                Part::Year => &mut year,
                Part::Month => &mut month,
                Part::Day => &mut day,
            } = number;
            rest = after;
        }
        let ended = rest.is_empty() || (self.open && !rest.starts_with(|c: char| c.is_ascii_digit()));
        ended.then(|| format!("{year}-{month:0>2}-{day:0>2}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pattern: &str, text: &str) -> Option<String> {
        DayPattern::parse(pattern).expect("a pattern").read(text)
    }

    #[test]
    fn days_are_read_as_the_pattern_says_and_in_no_other_way() {
        assert_eq!(read("DD/MM/YYYY", "03/04/2021").as_deref(), Some("2021-04-03"));
        assert_eq!(read("MM/DD/YYYY", "03/04/2021").as_deref(), Some("2021-03-04"));
        assert_eq!(read("DD.MM.YYYY", "3.4.2021").as_deref(), Some("2021-04-03"));
        assert_eq!(read("DDMMYYYY", "03042021").as_deref(), Some("2021-04-03"));
        assert_eq!(read("DD/MM/YYYY", "０３/０４/２０２１").as_deref(), Some("2021-04-03"));
        assert_eq!(read("YYYY-MM-DD*", "2020-12-02T19:21:18.646Z").as_deref(), Some("2020-12-02"));
        // That there is no such day is for whoever reads the cell to say.
        assert_eq!(read("MM/DD/YYYY", "31/12/2021").as_deref(), Some("2021-31-12"));
        for (pattern, text) in [
            ("DD/MM/YYYY", "2021/06/01"),
            ("DD/MM/YYYY", "01/06/21"),
            ("DDMMYYYY", "1062021"),
            ("DD/MM/YYYY", "01/06/2021 10:00"),
            ("YYYY-MM-DD*", "2020-12-021"),
            ("DD/MM/YYYY", ""),
        ] {
            assert_eq!(read(pattern, text), None, "{pattern} {text}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in ["", "*", "YYYY", "DD/MM/YY", "DD/MM-YYYY", "DD/MM/YYYY/", "DD/DD/YYYY", "YYYYMMDDDD", "d/m/Y"] {
            assert_eq!(DayPattern::parse(text), None, "{text}");
        }
    }
}
