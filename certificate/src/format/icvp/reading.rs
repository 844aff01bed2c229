//! What the readers of all generations do alike: members of a kind, and findings where they are not of it.

use super::super::PayloadError;
use super::super::hcert::{Members, is_day_or_moment, text};
use crate::certificate::{Dose, Holder, Sex, TravelDocument};
use crate::date::{BirthDate, Date};
use crate::finding::{Finding, FindingCode};
use crate::frame::cbor::Value;
use crate::name::RegisteredName;
use crate::vaccine::VaccineCode;

/// Members at a place in the payload, and what was found about them.
pub(super) struct Reading<'a, 'f> {
    members: Members<'a>,
    place: &'static str,
    findings: &'f mut Vec<Finding>,
}

impl<'a, 'f> Reading<'a, 'f> {
    pub fn new(members: Members<'a>, place: &'static str, findings: &'f mut Vec<Finding>) -> Self {
        Self { members, place, findings }
    }

    pub fn find(&mut self, code: FindingCode, key: &str) {
        self.findings.push(Finding::new(code, format!("{}{key}", self.place)));
    }

    /// A text that may be missing. A number is taken as it would be written. The envelope's rules ask for NFC:
    /// whoever shows or compares a text normalises it, as the tables for it weigh too much in a page.
    pub fn optional(&mut self, key: &str) -> Option<String> {
        let value = self.members.get(key)?;
        let read = match value {
            Value::Unsigned(number) => {
                self.find(FindingCode::WrongType, key);
                Some(number.to_string())
            }
            _ => text(value).map(str::to_owned),
        };
        match read {
            None => self.find(FindingCode::WrongType, key),
            Some(text) if text.is_empty() => {
                self.find(FindingCode::OutOfRange, key);
                return None;
            }
            Some(text) => {
                if may_be_decomposed(&text) {
                    self.find(FindingCode::WrongForm, key);
                }
                return Some(text);
            }
        }
        None
    }

    /// A text that the model requires.
    pub fn required(&mut self, key: &str) -> Option<String> {
        if self.members.get(key).is_none() {
            self.find(FindingCode::Missing, key);
        }
        self.optional(key)
    }

    /// A day that may be missing; a time after it is no harm.
    pub fn day(&mut self, key: &str) -> Option<Date> {
        let text = self.optional(key)?;
        let day = text.get(..10).and_then(Date::parse).filter(|_| is_day_or_moment(&text));
        if day.is_none() || text.len() != 10 {
            self.find(FindingCode::WrongForm, key);
        }
        day
    }

    /// A day that the model requires.
    pub fn required_day(&mut self, key: &str) -> Option<Date> {
        if self.members.get(key).is_none() {
            self.find(FindingCode::Missing, key);
        }
        self.day(key)
    }

    /// The person, of whom every generation has a name and a birth date, and may have a guardian's name.
    pub fn holder(&mut self) -> Result<Holder, PayloadError> {
        let name = self.members.get("n").and_then(text).filter(|name| !name.is_empty()).ok_or(PayloadError::Person)?;
        if may_be_decomposed(name) {
            self.find(FindingCode::WrongForm, "n");
        }
        Ok(Holder {
            registered: Some(RegisteredName::Whole(name.to_owned())),
            guardian: self.optional("gn"),
            ..Holder::born(self.birth()?)
        })
    }

    /// As precisely as it is known: the day that the model asks for is not always known to the issuer.
    fn birth(&mut self) -> Result<BirthDate, PayloadError> {
        let Some(value) = self.members.get("dob") else {
            self.find(FindingCode::Missing, "dob");
            return Ok(BirthDate::Unknown);
        };
        let text = text(value).ok_or(PayloadError::Person)?;
        let day = text.get(..10).filter(|_| is_day_or_moment(text)).unwrap_or(text);
        let birth = BirthDate::parse(day).unwrap_or(BirthDate::Unknown);
        if !matches!(birth, BirthDate::Day(_)) || text.len() != 10 {
            self.find(FindingCode::WrongForm, "dob");
        }
        Ok(birth)
    }

    /// The holder with what else tells who it is: the nationality by its name and number of letters, the document by the
    /// names of its number and its type.
    pub fn identified(&mut self, holder: Holder, nationality: (&str, usize), document: (&str, &str)) -> Holder {
        Holder {
            sex: self.sex("s"),
            nationality: self.nationality(nationality.0, nationality.1),
            document: self.document(document.0, document.1),
            ..holder
        }
    }

    /// A dose, as all models since the draft have it; they differ in the name of its day.
    pub fn dose(&mut self, day: &str) -> Dose {
        let code = self.required("vp").unwrap_or_default();
        Dose {
            date: self.required_day(day),
            lot: self.required("bo"),
            clinician: self.optional("cn"),
            ..Dose::of(VaccineCode::who(code))
        }
    }

    /// A dose with the days between which it is said to count.
    pub fn in_force(&mut self, dose: Dose) -> Dose {
        Dose { valid_from: self.day("vls"), valid_until: self.day("vle"), ..dose }
    }

    /// The sex: FHIR's words, or the letters of the draft. `other` is the nearest of ISO 5218, "not applicable".
    fn sex(&mut self, key: &str) -> Option<Sex> {
        let code = self.optional(key)?;
        let sex = match code.as_str() {
            "male" | "M" => Some(Sex::Male),
            "female" | "F" => Some(Sex::Female),
            "unknown" => Some(Sex::NotKnown),
            "other" => Some(Sex::NotApplicable),
            _ => None,
        };
        if sex.is_none() {
            self.find(FindingCode::WrongForm, key);
        }
        sex
    }

    /// A nationality as written, of so many letters by the model.
    fn nationality(&mut self, key: &str, letters: usize) -> Option<String> {
        let code = self.optional(key)?;
        if code.len() != letters || !code.bytes().all(|b| b.is_ascii_uppercase()) {
            self.find(FindingCode::WrongForm, key);
        }
        Some(code)
    }

    /// The document: its number, and its type by HL7's table 0203, where `PPN` is a passport.
    fn document(&mut self, number: &str, kind: &str) -> Option<TravelDocument> {
        let kind = self.optional(kind);
        let number = self.optional(number)?;
        Some(TravelDocument { passport: kind.as_deref() == Some("PPN"), number })
    }
}

/// Whether a text holds a character that NFC would compose with the one before it, or replace (Unicode Standard Annex 15,
/// `NFC_Quick_Check` other than yes, by blocks): combining marks of Latin, Greek and Cyrillic, kana's voicing marks,
/// jamo, compatibility ideographs. A few such texts are in NFC all the same; exact tables weigh more than the hint is worth.
fn may_be_decomposed(text: &str) -> bool {
    text.chars().any(|c| match c {
        // Unified ideographs in the block of compatibility ideographs; Japanese names have them (﨑).
        '\u{fa0e}'
        | '\u{fa0f}'
        | '\u{fa11}'
        | '\u{fa13}'
        | '\u{fa14}'
        | '\u{fa1f}'
        | '\u{fa21}'
        | '\u{fa23}'
        | '\u{fa24}'
        | '\u{fa27}'..='\u{fa29}' => false,
        '\u{300}'..='\u{314}' | '\u{31b}' | '\u{323}'..='\u{328}' | '\u{32d}'..='\u{331}' | '\u{338}' => true,
        '\u{340}'..='\u{345}' | '\u{653}'..='\u{655}' | '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' => true,
        '\u{3099}' | '\u{309a}' | '\u{f900}'..='\u{fad9}' | '\u{2f800}'..='\u{2fa1d}' => true,
        _ => false,
    })
}
