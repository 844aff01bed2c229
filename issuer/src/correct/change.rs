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

/// Why a text is no edit. It does not repeat it: it says what somebody's record holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EditError {
    /// No `=`.
    #[error("an edit is FACT=VALUE, N.FACT=VALUE, add FACT=VALUE,FACT=VALUE or remove N")]
    Form,
    /// No such fact of a person.
    #[error("the facts of a person are name, kana, romanised, birth, sex, nationality and passport")]
    PersonFact,
    /// No such fact of a dose.
    #[error("the facts of a dose are number, date, product, lot and site")]
    DoseFact,
    /// No dose number.
    #[error(
        "a dose is named by its number, 1 to 99, and where several vaccines have one by the vaccine too: 2 or 2/comirnaty"
    )]
    Dose,
}

impl Edit {
    /// Reads an edit: `name=山田　花子`, `2.date=2021-06-22`, `2/comirnaty.lot=FA7338`,
    /// `add number=3,date=2022-02-01,product=ファイザー,lot=FL1839`, `remove 2`.
    ///
    /// # Errors
    /// [`EditError`].
    pub fn parse(text: &str) -> Result<Self, EditError> {
        if let Some(dose) = text.strip_prefix("remove ") {
            let (number, product) = dose_name(dose)?;
            return Ok(Self::RemoveDose { number, product });
        }
        if let Some(facts) = text.strip_prefix("add ") {
            let fact = |part: &str| {
                let (name, value) = part.split_once('=').ok_or(EditError::Form)?;
                Ok((DoseFact::from_name(name.trim()).ok_or(EditError::DoseFact)?, value.trim().to_owned()))
            };
            return facts.split(',').map(fact).collect::<Result<_, _>>().map(Self::AddDose);
        }
        let (name, value) = text.split_once('=').ok_or(EditError::Form)?;
        let (name, value) = (name.trim(), value.trim().to_owned());
        match name.split_once('.') {
            None => PersonFact::from_name(name).map(|fact| Self::Person(fact, value)).ok_or(EditError::PersonFact),
            Some((dose, fact)) => {
                let (number, product) = dose_name(dose)?;
                let fact = DoseFact::from_name(fact).ok_or(EditError::DoseFact)?;
                Ok(Self::Dose { number, product, fact, value })
            }
        }
    }
}

fn dose_name(text: &str) -> Result<(u8, Option<String>), EditError> {
    let (number, product) = match text.trim().split_once('/') {
        Some((number, product)) => (number, Some(product.to_owned())),
        None => (text.trim(), None),
    };
    let number = number.parse().ok().filter(|number| (1..=99).contains(number)).ok_or(EditError::Dose)?;
    Ok((number, product))
}

impl fmt::Debug for Edit {
    /// It says what somebody's record holds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Edit(…)")
    }
}

/// What a record says, in the texts that edits are given in.
pub(crate) struct Facts {
    /// Of the person.
    pub(crate) person: Vec<(PersonFact, String)>,
    /// Of each dose: its number, its product's key, and its facts.
    pub(crate) doses: Vec<(u8, &'static str, DoseFacts)>,
}

/// Facts of a dose with their texts.
type DoseFacts = Vec<(DoseFact, String)>;

impl Facts {
    /// Of a record.
    pub(crate) fn of(record: &Record) -> Self {
        let (person, doses) = long_form::cells(record);
        let doses = record.doses.iter().zip(&doses).map(|(dose, row)| {
            let facts = DoseFact::ALL.map(|fact| match fact {
                // The product says more than the maker that the register wrote.
                DoseFact::Product => (fact, dose.product.key.to_owned()),
                _ => (fact, row.get(fact.field()).to_owned()),
            });
            (dose.number, dose.product.key, facts.to_vec())
        });
        Self {
            person: PersonFact::ALL.iter().map(|fact| (*fact, person.get(fact.field()).to_owned())).collect(),
            doses: doses.collect(),
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_read_as_they_are_written() {
        let value = |text: &str| text.to_owned();
        assert_eq!(Edit::parse("name=山田　花子"), Ok(Edit::Person(PersonFact::Name, value("山田　花子"))));
        let dose = |product: Option<&str>, fact, text| Edit::Dose {
            number: 2,
            product: product.map(str::to_owned),
            fact,
            value: value(text),
        };
        assert_eq!(Edit::parse("2.date=2021-06-22"), Ok(dose(None, DoseFact::Date, "2021-06-22")));
        assert_eq!(Edit::parse("2/comirnaty.lot=a=b"), Ok(dose(Some("comirnaty"), DoseFact::Lot, "a=b")));
        assert_eq!(Edit::parse("2.lot="), Ok(dose(None, DoseFact::Lot, "")));
        let added = vec![(DoseFact::Number, value("3")), (DoseFact::Date, value("2022-02-01"))];
        assert_eq!(Edit::parse("add number=3, date=2022-02-01"), Ok(Edit::AddDose(added)));
        assert_eq!(Edit::parse("remove 2"), Ok(Edit::RemoveDose { number: 2, product: None }));
        for (text, error) in [
            ("", EditError::Form),
            ("name", EditError::Form),
            ("address=x", EditError::PersonFact),
            ("2.doctor=x", EditError::DoseFact),
            ("0.date=x", EditError::Dose),
            ("remove 100", EditError::Dose),
            ("add number", EditError::Form),
        ] {
            assert_eq!(Edit::parse(text), Err(error), "{text}");
        }
        assert!(!format!("{:?}", Edit::parse("name=山田").expect("an edit")).contains("山田"));
    }
}
