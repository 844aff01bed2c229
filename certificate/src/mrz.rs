//! The machine-readable zone of a travel document (ICAO Doc 9303 parts 3 to 7).
//!
//! Written here rather than taken from the crate `mrz`: that one repairs what a camera misread, in fourteen
//! times the code, and a repaired zone is a guess; a binding wants the zone as printed, or the exact reason why not.

mod date;
mod fault;
mod places;
#[cfg(test)]
mod tests;

pub use date::{DateAgreement, MrzDate};
pub use fault::{CheckedField, MrzError, MrzFault};
pub use places::MrzLayout;

use crate::certificate::Sex;
use crate::name::{RomanisedName, halves};
use places::{Field, Places};
use std::fmt;

/// The longest text that is looked at: the longest zone, and blanks and line ends around its lines.
const TEXT_MAX: usize = 256;

/// What a machine-readable zone says. All its check digits hold, and every value is of its kind.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mrz {
    /// How it is laid out.
    pub layout: MrzLayout,
    /// The kind of document: one or two characters, the first a letter; `P…` is a passport, `V…` a visa.
    pub code: String,
    /// Who issued it: one to three letters of Doc 9303-3 section 5, without filler (`D` is Germany).
    pub issuer: String,
    /// Its number without filler, also where it runs over into the optional data.
    pub number: String,
    /// The holder's nationality: as the issuer.
    pub nationality: String,
    /// The holder's birth date.
    pub birth: MrzDate,
    /// The holder's sex; `None` where the zone leaves it open.
    pub sex: Option<Sex>,
    /// The day it runs out.
    pub expiry: MrzDate,
    /// What the issuer added, without filler at its end; in TD1 the first line's.
    pub optional: String,
    /// What the issuer of a TD1 document added in the second line.
    pub optional_second: String,
    /// The holder's name.
    pub name: RomanisedName,
    /// Whether the name fills its field to the last place, so that it may have been cut there.
    pub name_may_be_cut: bool,
}

impl Mrz {
    /// Reads a zone: its lines as printed, one after another with blanks or line ends between them, or
    /// without anything between them, where the whole length tells the layout.
    ///
    /// # Errors
    /// [`MrzError`] with everything that is wrong: the shape alone, else every check digit that does not hold
    /// and a sex that is none, else what a field holds that it cannot.
    ///
    /// ```
    /// use tegata_certificate::mrz::Mrz;
    ///
    /// let zone = Mrz::read("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10")?;
    /// assert_eq!((zone.number.as_str(), zone.name.given()), ("L898902C3", "ANNA<MARIA"));
    /// # Ok::<(), tegata_certificate::mrz::MrzError>(())
    /// ```
    pub fn read(text: &str) -> Result<Self, MrzError> {
        let zone = Printed::of(text)?;
        let number = zone.number();
        let faults = zone.failing(number.as_ref());
        let (Some(number), true) = (number, faults.is_empty()) else { return Err(MrzError::new(faults)) };
        let places = zone.places;
        let name = zone.text(places.name);
        let wrong = |fault| MrzError::new(vec![fault]);
        let code = zone.trimmed(places.code);
        if !code.starts_with(|c: char| c.is_ascii_uppercase()) {
            return Err(wrong(MrzFault::Code));
        }
        let date = |field| MrzDate::parse(zone.text(field)).ok_or_else(|| wrong(MrzFault::Date));
        Ok(Self {
            layout: zone.layout,
            code,
            issuer: zone.state(places.issuer).ok_or_else(|| wrong(MrzFault::State))?,
            number: number.text,
            nationality: zone.state(places.nationality).ok_or_else(|| wrong(MrzFault::State))?,
            birth: date(places.birth)?,
            sex: zone.sex().ok_or_else(|| wrong(MrzFault::Sex))?,
            expiry: date(places.expiry)?,
            optional: number.rest_of_optional.trim_end_matches('<').to_owned(),
            optional_second: zone.trimmed(places.optional_second),
            name: name_of(name).ok_or_else(|| wrong(MrzFault::Name))?,
            name_may_be_cut: !name.ends_with('<'),
        })
    }

    /// Whether it is a passport's: laid out as TD3, and its code says so.
    #[must_use]
    pub fn is_passport(&self) -> bool {
        self.layout == MrzLayout::Td3 && self.code.starts_with('P')
    }
}

/// Tells the layout only: everything else is personal.
impl fmt::Debug for Mrz {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mrz").field("layout", &self.layout).finish_non_exhaustive()
    }
}

/// The check digit of a text (Doc 9303-3 section 4.9): weights 7, 3, 1 in turn over 0 to 9, A to Z as 10 to 35, and
/// the filler as 0; `None` where another character stands.
#[must_use]
pub fn check_digit(text: &str) -> Option<u8> {
    let value = |b: u8| match b {
        b'0'..=b'9' => Some(u32::from(b - b'0')),
        b'A'..=b'Z' => Some(u32::from(b - b'A') + 10),
        b'<' => Some(0),
        _ => None,
    };
    let weighted = text.bytes().zip([7, 3, 1].into_iter().cycle()).map(|(b, weight)| Some(value(b)? * weight));
    // Each summand is at most 245, so the sum of any text in memory fits where it is reduced at once.
    let sum = weighted.into_iter().try_fold(0, |sum, summand| Some((sum + summand?) % 10))?;
    u8::try_from(sum).ok()
}

/// A zone of the right shape and alphabet, of which nothing is checked yet.
struct Printed {
    layout: MrzLayout,
    places: &'static Places,
    /// The lines, one after another: A-Z, 0-9 and `<`.
    zone: String,
}

/// A document number: its characters, its check digit, and what of the optional data is not its own.
struct Number {
    text: String,
    /// What the digit is computed over: with the filler inside the nine places.
    checked: String,
    digit: u8,
    rest_of_optional: String,
}

impl Printed {
    fn of(text: &str) -> Result<Self, MrzError> {
        let shape = || MrzError::new(vec![MrzFault::Shape]);
        if text.len() > TEXT_MAX {
            return Err(shape());
        }
        let lines: Vec<&str> = text.split_ascii_whitespace().collect();
        if lines.is_empty() {
            return Err(shape());
        }
        let of_the_alphabet = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'<';
        if !lines.iter().all(|line| line.bytes().all(of_the_alphabet)) {
            return Err(MrzError::new(vec![MrzFault::Characters]));
        }
        let zone = lines.concat();
        let layout = MrzLayout::of(&lines, zone.starts_with('V')).ok_or_else(shape)?;
        Ok(Self { layout, places: layout.places(), zone })
    }

    fn text(&self, (from, to): Field) -> &str {
        self.zone.get(from..to).unwrap_or_default()
    }

    fn trimmed(&self, field: Field) -> String {
        self.text(field).trim_end_matches('<').to_owned()
    }

    /// The character at a place, as a check digit.
    fn digit(&self, at: usize) -> Option<u8> {
        self.zone.as_bytes().get(at).filter(|b| b.is_ascii_digit()).map(|b| b - b'0')
    }

    /// The document number. Where it is longer than its nine places (TD1 and TD2: Doc 9303-5 and -6, section
    /// 4.2.4), a filler stands for the check digit, and the rest of the number and then the digit begin the
    /// optional data. `None` if no check digit is found.
    fn number(&self) -> Option<Number> {
        let (field, optional) = (self.text(self.places.number), self.text(self.places.optional));
        if let Some(digit) = self.digit(self.places.number.1) {
            let (text, checked) = (field.trim_end_matches('<').to_owned(), field.to_owned());
            return Some(Number { text, checked, digit, rest_of_optional: optional.to_owned() });
        }
        let filler = self.text((self.places.number.1, self.places.number.1 + 1)) == "<";
        let continued = self.places.number_continues && filler && !field.contains('<');
        let (rest, after) = optional.split_once('<').unwrap_or((optional, ""));
        let digit = rest.bytes().last().filter(|_| continued).filter(u8::is_ascii_digit)? - b'0';
        let number = format!("{field}{}", rest.get(..rest.len() - 1).unwrap_or_default());
        Some(Number { text: number.clone(), checked: number, digit, rest_of_optional: after.to_owned() })
    }

    /// Which check digits do not hold, and whether the sex is none.
    fn failing(&self, number: Option<&Number>) -> Vec<MrzFault> {
        let places = self.places;
        let holds =
            |field: Field| self.digit(field.1).is_some_and(|digit| check_digit(self.text(field)) == Some(digit));
        let number_holds =
            number.is_some_and(|number| !number.text.is_empty() && check_digit(&number.checked) == Some(number.digit));
        // An empty field's digit may be 0 or a filler (Doc 9303-4 section 4.2.2).
        let empty = |field: Field| self.text((field.0, field.1 + 1)).bytes().all(|b| b == b'<');
        let personal_holds = !places.optional_is_checked || holds(places.optional) || empty(places.optional);
        let composite_holds = places.composite.is_none_or(|(parts, at)| {
            let checked: String = parts.iter().map(|part| self.text(*part)).collect();
            self.digit(at).is_some_and(|digit| check_digit(&checked) == Some(digit))
        });
        let fields = [
            (CheckedField::DocumentNumber, number_holds),
            (CheckedField::DateOfBirth, holds(places.birth)),
            (CheckedField::DateOfExpiry, holds(places.expiry)),
            (CheckedField::PersonalNumber, personal_holds),
            (CheckedField::Composite, composite_holds),
        ];
        let failing = fields.into_iter().filter(|(_, holds)| !holds).map(|(field, _)| MrzFault::CheckDigit(field));
        failing.chain(self.sex().is_none().then_some(MrzFault::Sex)).collect()
    }

    /// The sex: the outer `None` for a letter that is none (Doc 9303-4 section 4.2.2: `M`, `F` or filler).
    #[allow(clippy::option_option, reason = "a sex that is left open is told from a letter that is none")]
    fn sex(&self) -> Option<Option<Sex>> {
        match self.text((self.places.sex, self.places.sex + 1)) {
            "M" => Some(Some(Sex::Male)),
            "F" => Some(Some(Sex::Female)),
            "<" => Some(None),
            _ => None,
        }
    }

    /// A state or organisation: one to three letters.
    fn state(&self, field: Field) -> Option<String> {
        let code = self.trimmed(field);
        (!code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase())).then_some(code)
    }
}

/// A name field: letters, split at the first double filler. More fillers than one between words are style.
fn name_of(field: &str) -> Option<RomanisedName> {
    let words = |half: &str| half.split('<').filter(|word| !word.is_empty()).collect::<Vec<_>>().join("<");
    let (family, given) = halves(field, b'<').unwrap_or((field, ""));
    RomanisedName::new(&words(family), &words(given))
}
