//! What can be wrong with a machine-readable zone. Nothing here holds what the zone says.

use std::fmt;

/// Why a text is not taken as a machine-readable zone: everything that is wrong, at least one fault.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub struct MrzError {
    faults: Vec<MrzFault>,
}

/// One thing that is wrong.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MrzFault {
    /// Not as many lines of such a length as any layout has.
    Shape,
    /// A character other than A-Z, 0-9 and `<`.
    Characters,
    /// A kind of document that does not begin with a letter.
    Code,
    /// An issuer or nationality that is not one to three letters.
    State,
    /// A name that is empty or has other characters than letters.
    Name,
    /// A date with a month or day that no calendar has.
    Date,
    /// A sex other than `M`, `F` and filler.
    Sex,
    /// A check digit that does not hold.
    CheckDigit(CheckedField),
}

/// What a check digit stands for.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CheckedField {
    /// The document number.
    DocumentNumber,
    /// The birth date.
    DateOfBirth,
    /// The day the document runs out.
    DateOfExpiry,
    /// The personal number or other optional data of a passport.
    PersonalNumber,
    /// Everything in the lines that has a check digit, once more.
    Composite,
}

impl MrzError {
    pub(super) fn new(faults: Vec<MrzFault>) -> Self {
        Self { faults }
    }

    /// What is wrong, in the order of the zone.
    #[must_use]
    pub fn faults(&self) -> &[MrzFault] {
        &self.faults
    }

    /// Whether the zone is of its form and only its check digits say that a character was misread.
    #[must_use]
    pub fn is_misread(&self) -> bool {
        self.faults.iter().all(|fault| matches!(fault, MrzFault::CheckDigit(_)))
    }
}

impl MrzFault {
    /// The stable code: `mrz-format`, `mrz-sex` or `check-digit:NAME`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Shape | Self::Characters | Self::Code | Self::State | Self::Name | Self::Date => "mrz-format",
            Self::Sex => "mrz-sex",
            Self::CheckDigit(CheckedField::DocumentNumber) => "check-digit:document_number",
            Self::CheckDigit(CheckedField::DateOfBirth) => "check-digit:date_of_birth",
            Self::CheckDigit(CheckedField::DateOfExpiry) => "check-digit:date_of_expiry",
            Self::CheckDigit(CheckedField::PersonalNumber) => "check-digit:personal_number",
            Self::CheckDigit(CheckedField::Composite) => "check-digit:composite",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Shape => "not two lines of 44 or 36 characters, nor three of 30",
            Self::Characters => "a character other than A-Z, 0-9 and <",
            Self::Code => "the kind of document is not a letter",
            Self::State => "the issuer or nationality is not one to three letters",
            Self::Name => "the name is missing or not letters",
            Self::Date => "a date that no calendar has",
            Self::Sex => "the sex is not M, F or <",
            Self::CheckDigit(CheckedField::DocumentNumber) => "the document number's check digit does not hold",
            Self::CheckDigit(CheckedField::DateOfBirth) => "the birth date's check digit does not hold",
            Self::CheckDigit(CheckedField::DateOfExpiry) => "the expiry date's check digit does not hold",
            Self::CheckDigit(CheckedField::PersonalNumber) => "the personal number's check digit does not hold",
            Self::CheckDigit(CheckedField::Composite) => "the last check digit, over all, does not hold",
        }
    }
}

/// Every fault in words, with its code.
impl fmt::Display for MrzError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{} ({})", if place > 0 { "; " } else { "" }, fault.words(), fault.code())?;
        }
        Ok(())
    }
}
