//! What is to be corrected: facts of a person or of a dose, given as an import's cells are.

use super::CorrectError;
use crate::export::csv::{self as long_form, LongRow};
use crate::import::Field;
use crate::record::Record;
use std::fmt;

/// A fact of a person.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum PersonFact {
    /// The name as registered.
    Name,
    /// Its reading in kana.
    Kana,
    /// The name as in the passport's machine-readable zone.
    Romanised,
    /// The birth date.
    Birth,
    /// The sex.
    Sex,
    /// The nationality.
    Nationality,
    /// The passport's number.
    Passport,
}

impl PersonFact {
    /// Every fact.
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Kana, Self::Romanised, Self::Birth, Self::Sex, Self::Nationality, Self::Passport];

    /// The stable name used in arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Kana => "kana",
            Self::Romanised => "romanised",
            Self::Birth => "birth",
            Self::Sex => "sex",
            Self::Nationality => "nationality",
            Self::Passport => "passport",
        }
    }

    /// The fact with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == name)
    }

    fn field(self) -> Field {
        match self {
            Self::Name => Field::Name,
            Self::Kana => Field::Kana,
            Self::Romanised => Field::Romanised,
            Self::Birth => Field::Birth,
            Self::Sex => Field::Sex,
            Self::Nationality => Field::Nationality,
            Self::Passport => Field::Passport,
        }
    }
}

/// A fact of a dose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum DoseFact {
    /// Its number in the series.
    Number,
    /// The day it was given.
    Date,
    /// What was given: a maker or product, as an import reads it.
    Product,
    /// The lot.
    Lot,
    /// The place.
    Site,
}

impl DoseFact {
    /// Every fact.
    pub const ALL: [Self; 5] = [Self::Number, Self::Date, Self::Product, Self::Lot, Self::Site];

    /// The stable name used in arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Date => "date",
            Self::Product => "product",
            Self::Lot => "lot",
            Self::Site => "site",
        }
    }

    /// The fact with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fact| fact.name() == name)
    }

    fn field(self) -> Field {
        match self {
            Self::Number => Field::DoseNumber,
            Self::Date => Field::Date,
            Self::Product => Field::Maker,
            Self::Lot => Field::Lot,
            Self::Site => Field::Site,
        }
    }
}

/// One change. Its texts are read and checked as cells of an import are; an empty text takes a fact away.
#[derive(Clone, PartialEq, Eq)]
pub enum Edit {
    /// A fact of the person becomes this.
    Person(PersonFact, String),
    /// A fact of the dose with that number becomes this. Where several products have a dose of that number, the product's key or
    /// CVX code tells which.
    Dose {
        /// Its number, as the record has it before the correction.
        number: u8,
        /// Which of several.
        product: Option<String>,
        /// What changes.
        fact: DoseFact,
        /// To what.
        value: String,
    },
    /// A dose that the record lacks.
    AddDose(Vec<(DoseFact, String)>),
    /// A dose that was never given to this person.
    RemoveDose {
        /// Its number.
        number: u8,
        /// Which of several.
        product: Option<String>,
    },
}

impl fmt::Debug for Edit {
    /// It says what somebody's record holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit(…)")
    }
}

/// The cells of a record with the edits in them: the person's, and each dose's.
pub(super) struct Draft {
    pub(super) person: LongRow,
    pub(super) doses: Vec<LongRow>,
}

impl Draft {
    /// The record's cells as they are to be.
    pub(super) fn of(record: &Record, edits: &[Edit]) -> Result<Self, CorrectError> {
        let (person, doses) = long_form::cells(record);
        let mut draft = Self { person, doses };
        // Which row is which dose is told by the record as it was, whatever is changed before.
        let mut removed = Vec::new();
        for edit in edits {
            match edit {
                Edit::Person(fact, value) => {
                    draft.person.set(fact.field(), value);
                    draft.doses.iter_mut().for_each(|row| row.set(fact.field(), value));
                }
                Edit::Dose { number, product, fact, value } => {
                    let at = place(record, *number, product.as_deref())?;
                    if let Some(row) = draft.doses.get_mut(at) {
                        set_dose(row, *fact, value);
                    }
                }
                Edit::RemoveDose { number, product } => removed.push(place(record, *number, product.as_deref())?),
                Edit::AddDose(facts) => {
                    let mut row = draft.person.clone();
                    facts.iter().for_each(|(fact, value)| set_dose(&mut row, *fact, value));
                    draft.doses.push(row);
                }
            }
        }
        removed.sort_unstable();
        removed.dedup();
        for at in removed.into_iter().rev() {
            draft.doses.remove(at);
        }
        Ok(draft)
    }
}

fn set_dose(row: &mut LongRow, fact: DoseFact, value: &str) {
    row.set(fact.field(), value);
    if fact == DoseFact::Product {
        // One cell tells it.
        row.set(Field::Product, "");
    }
}

/// Which of the record's doses is meant.
fn place(record: &Record, number: u8, product: Option<&str>) -> Result<usize, CorrectError> {
    let is_meant = |dose: &&crate::record::Dose| {
        let product = product.map(|text| (text == dose.product.key) || text.parse() == Ok(dose.product.cvx));
        dose.number == number && product.unwrap_or(true)
    };
    let mut found = record.doses.iter().enumerate().filter(|(_, dose)| is_meant(dose)).map(|(at, _)| at);
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err(CorrectError::NoSuchDose(number)),
        (Some(_), Some(_)) => Err(CorrectError::WhichDose(number)),
    }
}
