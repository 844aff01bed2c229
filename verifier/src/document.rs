//! Whether a certificate belongs to the travel document shown.
//!
//! The document is its machine-readable zone ([`Mrz`]), as an officer reads it with the eye, a scanner or from the
//! chip. Names are compared as Doc 9303 spells them, and never otherwise alike: twins and siblings differ by little.

mod name;

use crate::messages::both;
use crate::{Language, Reason, StepResult};
use name::NameAgreement;
use tegata_certificate::mrz::{DateAgreement, Mrz};
use tegata_certificate::{Holder, Sex};

/// What comparing a certificate with the document shown came to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    result: BindingResult,
    differs: Vec<Particular>,
    weaker: Vec<Weakness>,
}

/// Whose the certificate is, as far as the document shown tells.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum BindingResult {
    /// The same person with the same document, or the same person where the certificate names no document.
    Match,
    /// The same person; the certificate names another document: mostly a passport that was renewed since.
    DifferentDocument,
    /// Another person.
    Mismatch,
    /// Too little is common to both to tell: no name in Latin letters, or a name alone.
    NotComparable,
}

/// What a certificate and a document say both of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Particular {
    /// The birth date.
    DateOfBirth,
    /// The document's number.
    DocumentNumber,
    /// The name.
    Name,
}

/// What makes a comparison tell less than it could.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Weakness {
    /// The name is cut on one side, and was compared as far as it goes.
    NameTruncated,
    /// The certificate has no name in Latin letters.
    NoRomanisedName,
    /// The certificate names no document.
    NoDocumentNumber,
    /// The certificate or the document has no year of birth.
    NoDateOfBirth,
    /// The birth date is not known to the day on both sides, and was compared as far as it goes.
    PartialDateOfBirth,
    /// The sex differs. It changes, and it is mistyped; alone it says little.
    Sex,
}

impl BindingResult {
    /// Every result.
    pub const ALL: [Self; 4] = [Self::Match, Self::DifferentDocument, Self::Mismatch, Self::NotComparable];

    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Match => "match",
            Self::DifferentDocument => "different-document",
            Self::Mismatch => "mismatch",
            Self::NotComparable => "not-comparable",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn label(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::Match => both!("binding.match"),
            Self::DifferentDocument => both!("binding.different-document"),
            Self::Mismatch => both!("binding.mismatch"),
            Self::NotComparable => both!("binding.not-comparable"),
        };
        language.choose(ja, en)
    }
}

impl Particular {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::DateOfBirth => "date-of-birth",
            Self::DocumentNumber => "document-number",
            Self::Name => "name",
        }
    }

    /// What it is called, for people.
    #[must_use]
    pub fn label(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::DateOfBirth => both!("particular.date-of-birth"),
            Self::DocumentNumber => both!("particular.document-number"),
            Self::Name => both!("particular.name"),
        };
        language.choose(ja, en)
    }
}

impl Weakness {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NameTruncated => "name-truncated",
            Self::NoRomanisedName => "no-romanised-name",
            Self::NoDocumentNumber => "no-document-number",
            Self::NoDateOfBirth => "no-date-of-birth",
            Self::PartialDateOfBirth => "partial-date-of-birth",
            Self::Sex => "sex",
        }
    }

    /// What it means, for people.
    #[must_use]
    pub fn label(self, language: Language) -> &'static str {
        let (ja, en) = match self {
            Self::NameTruncated => both!("weakness.name-truncated"),
            Self::NoRomanisedName => both!("weakness.no-romanised-name"),
            Self::NoDocumentNumber => both!("weakness.no-document-number"),
            Self::NoDateOfBirth => both!("weakness.no-date-of-birth"),
            Self::PartialDateOfBirth => both!("weakness.partial-date-of-birth"),
            Self::Sex => both!("weakness.sex"),
        };
        language.choose(ja, en)
    }
}

impl Binding {
    /// Compares the holder of a certificate with the document shown.
    #[must_use]
    pub fn of(holder: &Holder, shown: &Mrz) -> Self {
        let name = name::compare(holder, shown);
        let birth = shown.birth.compare(holder.birth);
        let same_number = holder.document.as_ref().and_then(|document| same_number(&document.number, &shown.number));

        let mut differs = Vec::new();
        let mut weaker = Vec::new();
        let mut note = |holds: bool, weakness| {
            if holds {
                weaker.push(weakness);
            }
        };
        note(name == NameAgreement::Truncated, Weakness::NameTruncated);
        note(name == NameAgreement::NotComparable, Weakness::NoRomanisedName);
        note(same_number.is_none(), Weakness::NoDocumentNumber);
        note(birth == DateAgreement::Unknown, Weakness::NoDateOfBirth);
        note(birth == DateAgreement::Partial, Weakness::PartialDateOfBirth);
        note(holder.sex.zip(shown.sex).is_some_and(|(said, shown)| is_other_sex(said, shown)), Weakness::Sex);
        for (holds, particular) in [
            (birth == DateAgreement::Different, Particular::DateOfBirth),
            (same_number == Some(false), Particular::DocumentNumber),
            (name == NameAgreement::Different, Particular::Name),
        ] {
            if holds {
                differs.push(particular);
            }
        }
        let other_person = name == NameAgreement::Different || birth == DateAgreement::Different;
        // A name without anything beside it is no person.
        let name_alone = same_number != Some(true) && birth == DateAgreement::Unknown;
        let result = match same_number {
            _ if other_person => BindingResult::Mismatch,
            _ if name == NameAgreement::NotComparable || name_alone => BindingResult::NotComparable,
            Some(false) => BindingResult::DifferentDocument,
            Some(true) | None => BindingResult::Match,
        };
        Self { result, differs, weaker }
    }

    /// Whose the certificate is.
    #[must_use]
    pub fn result(&self) -> BindingResult {
        self.result
    }

    /// What differs.
    #[must_use]
    pub fn differs(&self) -> &[Particular] {
        &self.differs
    }

    /// What makes the result weaker than it could be.
    #[must_use]
    pub fn weaker(&self) -> &[Weakness] {
        &self.weaker
    }

    /// How the step of the verdict ends.
    pub(crate) fn step_result(&self) -> StepResult {
        match self.result {
            BindingResult::Match if self.weaker.is_empty() => StepResult::Passed,
            BindingResult::Match => StepResult::Noted(None),
            BindingResult::DifferentDocument => StepResult::Noted(Some(Reason::DifferentDocument)),
            BindingResult::NotComparable => StepResult::Noted(Some(Reason::HolderNotComparable)),
            BindingResult::Mismatch => StepResult::Failed(Reason::HolderMismatch),
        }
    }
}

/// Whether two numbers are the same but for blanks, signs and the case of letters; `None` if one of them is none.
fn same_number(said: &str, shown: &str) -> Option<bool> {
    let bare = |text: &str| -> String {
        text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
    };
    let (said, shown) = (bare(said), bare(shown));
    (!said.is_empty() && !shown.is_empty()).then(|| said == shown)
}

fn is_other_sex(said: Sex, shown: Sex) -> bool {
    matches!((said, shown), (Sex::Male, Sex::Female) | (Sex::Female, Sex::Male))
}

#[cfg(test)]
mod tests;
