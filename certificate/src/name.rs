//! Names: as the passport's machine-readable zone spells them (ICAO Doc 9303 part 3), and as a
//! register writes them. One is never guessed from the other.

use std::fmt;

/// The family and the given names of a text: what stands before and after the first two fillers in a row.
///
/// `split_once` does the same, but the search for any text that comes with it weighs on every page.
pub(crate) fn halves(text: &str, filler: u8) -> Option<(&str, &str)> {
    debug_assert!(filler.is_ascii());
    let at = text.as_bytes().windows(2).position(|pair| pair == [filler; 2])?;
    Some((text.get(..at)?, text.get(at + 2..)?))
}

/// A name as in a machine-readable zone: A-Z and `<`, family and given names split at `<<`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RomanisedName {
    family: String,
    given: String,
}

impl RomanisedName {
    /// From the two halves, each A-Z and single `<` between words; at least one is not empty,
    /// and both together with `<<` fit 80 characters.
    #[must_use]
    pub fn new(family: &str, given: &str) -> Option<Self> {
        let half = |text: &str| {
            text.bytes().all(|b| b.is_ascii_uppercase() || b == b'<')
                && !text.starts_with('<')
                && !text.ends_with('<')
                && halves(text, b'<').is_none()
        };
        let length = family.len() + given.len() + if given.is_empty() { 0 } else { 2 };
        (half(family) && half(given) && (1..=80).contains(&length))
            .then(|| Self { family: family.to_owned(), given: given.to_owned() })
    }

    /// Reads `FAMILY<<GIVEN<NAMES`, `FAMILY` alone or `<<GIVEN`; filler `<` at the end, as a
    /// machine-readable zone has it, is dropped.
    #[must_use]
    pub fn parse_mrz(text: &str) -> Option<Self> {
        let text = text.trim_end_matches('<');
        match halves(text, b'<') {
            Some((family, given)) => Self::new(family, given),
            None => Self::new(text, ""),
        }
    }

    /// The family name, words joined by `<`; empty if the person has a given name only.
    #[must_use]
    pub fn family(&self) -> &str {
        &self.family
    }

    /// The given names, words joined by `<`; may be empty.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// `FAMILY<<GIVEN<NAMES`, without filler: the form that `compact` carries.
    #[must_use]
    pub fn to_mrz(&self) -> String {
        if self.given.is_empty() { self.family.clone() } else { format!("{}<<{}", self.family, self.given) }
    }
}

/// A name in the register's own script.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum RegisteredName {
    /// One text, as a Japanese register has it.
    Whole(String),
    /// Family and given names apart; at least one is there.
    Parts {
        /// Family name.
        family: Option<String>,
        /// Given names.
        given: Option<String>,
    },
}

impl RegisteredName {
    /// The name as one line of text, family name first.
    #[must_use]
    pub fn to_line(&self) -> String {
        match self {
            Self::Whole(name) => name.clone(),
            Self::Parts { family, given } => match (family, given) {
                (Some(family), Some(given)) => format!("{family} {given}"),
                (Some(one), None) | (None, Some(one)) => one.clone(),
                (None, None) => String::new(),
            },
        }
    }
}

impl fmt::Debug for RomanisedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RomanisedName(…)")
    }
}

impl fmt::Debug for RegisteredName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegisteredName(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_readable_names_split_at_the_double_filler() {
        let name = RomanisedName::parse_mrz("VAN<DER<BERG<<ANNA<MARIA<<<<<<<").expect("reads");
        assert_eq!((name.family(), name.given()), ("VAN<DER<BERG", "ANNA<MARIA"));
        assert_eq!(name.to_mrz(), "VAN<DER<BERG<<ANNA<MARIA");
        assert_eq!(RomanisedName::parse_mrz("ARKFREITH<<<<").expect("one name").to_mrz(), "ARKFREITH");
        assert_eq!(RomanisedName::parse_mrz("<<GIVEN").expect("given only").given(), "GIVEN");
    }

    #[test]
    fn what_a_machine_readable_zone_cannot_hold_is_refused() {
        for text in ["", "<<<", "Yamada<<Taro", "山田<<太郎", "A<<B<<C", "YAMADA TARO", "O'NEIL<<A"] {
            assert_eq!(RomanisedName::parse_mrz(text), None, "{text}");
        }
        assert_eq!(RomanisedName::new(&"A".repeat(81), ""), None);
        assert_eq!(RomanisedName::new(&"A".repeat(40), &"B".repeat(39)), None);
    }
}
