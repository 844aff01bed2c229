//! The record: a person of the register and that person's doses, which together get a certificate.

use crate::municipality::MunicipalityCode;
use sha2::{Digest, Sha256};
use std::fmt;
use tegata_certificate::vaccine::Product;
use tegata_certificate::{BirthDate, Date, RegisteredName, RomanisedName, Sex};

/// A person's number in the register (個別宛名番号), in one spelling: 1 to 20 letters, digits and `-`;
/// a number of digits only has no leading zeros, because exports differ in whether they write them.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegisterNumber {
    // In place: an import reads two of them a person. Zeros fill up, so the derived order is that of the texts.
    text: [u8; Self::MAX],
    length: u8,
}

impl RegisterNumber {
    /// The longest number, in characters.
    pub const MAX: usize = 20;

    /// Reads a number; blanks around it are padding.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let spelled = text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if text.is_empty() || text.len() > Self::MAX || !spelled {
            return None;
        }
        if text.bytes().all(|b| b.is_ascii_digit()) {
            let digits = text.trim_start_matches('0');
            return Self::from_register(if digits.is_empty() { "0" } else { digits });
        }
        Self::from_register(text)
    }

    /// The number as the register keys it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let text = self.text.get(..usize::from(self.length)).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The order in which exports list people: shorter numbers first, then digit by digit.
    pub(crate) fn export_order(&self, other: &Self) -> std::cmp::Ordering {
        (self.length, &self.text).cmp(&(other.length, &other.text))
    }

    /// A number in the register's spelling; `None` if it is too long.
    pub(crate) fn from_register(text: &str) -> Option<Self> {
        let mut number = Self { text: [0; Self::MAX], length: u8::try_from(text.len()).ok()? };
        number.text.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(number)
    }
}

impl fmt::Display for RegisterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A person of the register.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// The number in the register.
    pub number: RegisterNumber,
    /// The name as the register writes it; this or `romanised` is there.
    pub registered: Option<RegisteredName>,
    /// How the name is read, in full-width kana.
    pub kana: Option<String>,
    /// The name as the passport's machine-readable zone has it: as given, never guessed.
    pub romanised: Option<RomanisedName>,
    /// The birth date, as precisely as the register knows it.
    pub birth: BirthDate,
    /// Sex, where the register says it.
    pub sex: Option<Sex>,
    /// The municipality of residence.
    pub municipality: Option<MunicipalityCode>,
    /// Nationality: three letters, ISO 3166-1 alpha-3 or an ICAO 9303 code.
    pub nationality: Option<String>,
    /// Passport number: 1 to 9 letters and digits.
    pub passport: Option<String>,
    /// Whether the address is shielded (DV等支援措置): nothing may be posted or shown unasked.
    pub shielded: bool,
}

/// One dose of a person.
#[derive(Clone, PartialEq, Eq)]
pub struct Dose {
    /// Its number in its series, from 1 to 99.
    pub number: u8,
    /// The day it was given.
    pub date: Date,
    /// What was given.
    pub product: &'static Product,
    /// The maker or product as the register wrote it.
    pub maker: Option<String>,
    /// Lot number, 1 to 20 characters.
    pub lot: Option<String>,
    /// Where it was given (会場名), at most 80 characters.
    pub site: Option<String>,
    /// The coupon's number (券番号): ten digits, as a number.
    pub ticket: Option<u64>,
    /// The municipality whose coupon it was.
    pub municipality: Option<MunicipalityCode>,
}

/// A person with the doses, in the order of their dates: what one certificate is about.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// Whom it is about.
    pub person: Person,
    /// The doses, by date, then by number.
    pub doses: Vec<Dose>,
}

impl Record {
    /// SHA-256 over everything that a certificate of any format can say about this record. The same
    /// record has the same hash in every run, version and register; what no certificate says
    /// (coupon numbers, shielding, how the register spelled the maker) does not change it.
    #[must_use]
    pub fn content_hash(&self) -> [u8; 32] {
        let mut hash = Fields(Sha256::new());
        let person = &self.person;
        hash.text(Some("tegata-record/1"));
        hash.text(Some(person.number.as_str()));
        hash.text(person.registered.as_ref().map(RegisteredName::to_line).as_deref());
        hash.text(person.kana.as_deref());
        hash.text(person.romanised.as_ref().map(RomanisedName::to_mrz).as_deref());
        hash.text(Some(&person.birth.to_string()));
        hash.number(person.sex.map(|sex| i64::from(sex.number())));
        hash.text(person.nationality.as_deref());
        hash.text(person.passport.as_deref());
        for dose in &self.doses {
            hash.number(Some(i64::from(dose.number)));
            hash.number(Some(i64::from(dose.date.days())));
            hash.text(Some(dose.product.key));
            hash.text(dose.lot.as_deref());
            hash.text(dose.site.as_deref());
            hash.number(dose.municipality.map(|code| i64::from(code.number())));
        }
        hash.0.finalize().into()
    }
}

/// Fields in a row, each with its presence and length, so that no two rows hash alike.
struct Fields(Sha256);

impl Fields {
    fn text(&mut self, text: Option<&str>) {
        match text {
            None => self.0.update([0]),
            Some(text) => {
                self.0.update([1]);
                self.0.update((text.len() as u64).to_be_bytes());
                self.0.update(text.as_bytes());
            }
        }
    }

    fn number(&mut self, number: Option<i64>) {
        match number {
            None => self.0.update([0]),
            Some(number) => {
                self.0.update([2]);
                self.0.update(number.to_be_bytes());
            }
        }
    }
}

/// Personal data does not show in `Debug` output, so that a log line cannot leak a person.
macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}
opaque_debug!(RegisterNumber, Person, Dose, Record);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_s_number_has_one_spelling() {
        let number = |text| RegisterNumber::parse(text).map(|number| number.to_string());
        assert_eq!(number("        4711"), Some("4711".to_owned()));
        assert_eq!(number("000004711"), Some("4711".to_owned()));
        assert_eq!(number("0000"), Some("0".to_owned()));
        assert_eq!(number("A0012"), Some("A0012".to_owned()));
        for text in ["", "   ", "12 34", "１２", "123456789012345678901", "1;2"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
