//! Countries: their codes, and their names where a table of ours has them.

use std::fmt;

/// An ISO 3166-1 alpha-2 country code: two letters A-Z, as a code and no more (user-assigned
/// codes such as `XA` occur in tests, `EU` and `UN` in certificates).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Country([u8; 2]);

/// ISO 3166-1, and of Doc 9303-3 section 5 the codes that an alpha-2 code corresponds to: a line a
/// country, `alpha-2 alpha-3 English|Japanese`, sorted by alpha-2. Short names as used in daily life.
const TABLE: &str = include_str!("country/iso3166.txt");

/// Other three-letter codes in use: Germany's in Doc 9303, and Kosovo's outside it.
const OTHER_CODES: [(&str, &str); 2] = [("D", "DE"), ("XKX", "XK")];

/// A line of the table.
struct Row {
    alpha2: &'static str,
    alpha3: &'static str,
    en: &'static str,
    ja: &'static str,
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().filter_map(|line| {
        let (codes, names) = (line.get(..6)?, line.get(7..)?);
        let (alpha2, alpha3) = codes.split_once(' ')?;
        let (en, ja) = names.split_once('|')?;
        Some(Row { alpha2, alpha3, en, ja })
    })
}

impl Country {
    /// Reads exactly two letters A-Z.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [a @ b'A'..=b'Z', b @ b'A'..=b'Z'] => Some(Self([*a, *b])),
            _ => None,
        }
    }

    /// The country of an ISO 3166-1 alpha-3 code, or of one of Doc 9303-3 section 5 (`D`, `EUE`, `UNO`,
    /// `RKS`). `None` for organisations without an alpha-2 code (`XOM`, `XPO`) and for the invented
    /// codes of test participants (`XXA` to `XXZ`).
    ///
    /// ```
    /// use tegata_certificate::Country;
    ///
    /// assert_eq!(Country::from_alpha3("JPN"), Country::parse("JP"));
    /// assert_eq!(Country::from_alpha3("D"), Country::parse("DE"));
    /// assert_eq!(Country::from_alpha3("XXA"), None);
    /// ```
    #[must_use]
    pub fn from_alpha3(code: &str) -> Option<Self> {
        let other = OTHER_CODES.iter().find(|(alpha3, _)| *alpha3 == code).map(|(_, alpha2)| *alpha2);
        // Seals are checked by the thousand and name a country for each dose: no line is taken apart but the one.
        let line = || TABLE.lines().find(|line| line.get(3..6) == Some(code));
        Self::parse(other.or_else(|| line()?.get(..2))?)
    }

    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// The alpha-3 code; `None` for a code that stands for no country.
    #[must_use]
    pub fn alpha3(self) -> Option<&'static str> {
        self.row().map(|row| row.alpha3)
    }

    /// The short name in English; `None` for a code that stands for no country.
    #[must_use]
    pub fn name_en(self) -> Option<&'static str> {
        self.row().map(|row| row.en)
    }

    /// The short name in Japanese; `None` for a code that stands for no country.
    #[must_use]
    pub fn name_ja(self) -> Option<&'static str> {
        self.row().map(|row| row.ja)
    }

    fn row(self) -> Option<Row> {
        rows().find(|row| row.alpha2.as_bytes() == self.0)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_country_found_by_both_codes() {
        assert_eq!(rows().count(), TABLE.lines().count(), "a line that is not of the form");
        assert_eq!(rows().count(), 249 + 3, "ISO 3166-1 has 249; EU, UN and XK are from Doc 9303");
        for row in rows() {
            let country = Country::parse(row.alpha2).expect("two letters");
            assert_eq!(Country::from_alpha3(row.alpha3), Some(country));
            assert_eq!((country.alpha3(), country.name_en()), (Some(row.alpha3), Some(row.en)));
            assert!(!row.ja.is_ascii(), "{country} has no Japanese name");
        }
        let codes: Vec<_> = rows().map(|row| row.alpha2).collect();
        assert!(codes.is_sorted_by(|a, b| a < b));
    }

    #[test]
    fn codes_that_stand_for_no_country_have_no_name() {
        for code in ["XXA", "XOM", "UTO", "jpn", "JP", ""] {
            assert_eq!(Country::from_alpha3(code), None, "{code}");
        }
        assert_eq!(Country::parse("ZZ").and_then(Country::name_en), None);
        assert_eq!(Country::parse("JP").and_then(Country::name_ja), Some("日本"));
    }
}
