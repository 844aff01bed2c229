//! Records as our long form: UTF-8, one dose a row, headings that an import knows.

use crate::import::Field;
use crate::import::headings::SAMPLE_NUMBER;
use crate::record::{Dose, Person, Record};
use std::borrow::Cow;
use std::io::Write;
use tegata_certificate::vaccine;
use tegata_certificate::{BirthDate, RegisteredName, RomanisedName};

const FIELDS: [Field; 17] = [
    Field::Number,
    Field::Name,
    Field::Kana,
    Field::Birth,
    Field::Sex,
    Field::Romanised,
    Field::Passport,
    Field::Nationality,
    Field::Shield,
    Field::DoseNumber,
    Field::Date,
    Field::Ticket,
    Field::Municipality,
    Field::Site,
    Field::Maker,
    Field::Product,
    Field::Lot,
];

/// The cells of one row, to be read again.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LongRow([String; FIELDS.len()]);

impl LongRow {
    /// Puts a text into a cell.
    pub(crate) fn set(&mut self, field: Field, text: &str) {
        let cells = FIELDS.iter().zip(&mut self.0).filter(|(other, _)| **other == field);
        cells.for_each(|(_, cell)| text.clone_into(cell));
    }

    /// The text of a cell.
    pub(crate) fn get(&self, field: Field) -> &str {
        FIELDS.iter().zip(&self.0).find(|(other, _)| **other == field).map_or("", |(_, cell)| cell)
    }

    /// The dose's number, as far as it can be read.
    pub(crate) fn dose_number(&self) -> Option<u8> {
        let (_, cell) = FIELDS.iter().zip(&self.0).find(|(field, _)| **field == Field::DoseNumber)?;
        cell.trim().parse().ok()
    }
}

/// A record's cells: those of the person, and those of each dose with the person's.
pub(crate) fn cells(record: &Record) -> (LongRow, Vec<LongRow>) {
    let of = |dose: Option<&Dose>| {
        LongRow(FIELDS.map(|field| match dose {
            Some(dose) => cell(field, &record.person, dose).into_owned(),
            None if field.is_of_dose() => String::new(),
            None => person_cell(field, &record.person).into_owned(),
        }))
    };
    (of(None), record.doses.iter().map(|dose| of(Some(dose))).collect())
}

/// Rows with their headings.
pub(crate) fn csv(rows: &[LongRow]) -> String {
    let headings = FIELDS.map(|field| quoted(field.name())).join(",");
    let rows = rows.iter().map(|row| row.0.each_ref().map(|cell| quoted(cell)).join(","));
    std::iter::once(headings).chain(rows).map(|row| row + "\r\n").collect()
}

/// The person of a row alone, with headings.
pub(crate) fn person_csv(row: &LongRow) -> String {
    let of_person = || FIELDS.iter().zip(&row.0).filter(|(field, _)| !field.is_of_dose());
    let headings = of_person().map(|(field, _)| quoted(field.name())).collect::<Vec<_>>().join(",");
    let cells = of_person().map(|(_, cell)| quoted(cell)).collect::<Vec<_>>().join(",");
    format!("{headings}\r\n{cells}\r\n")
}

/// Whether a heading is one of the dose's.
pub(crate) fn is_of_dose(heading: &str) -> bool {
    Field::of_name(heading).is_some_and(Field::is_of_dose)
}

/// Writes the heading row. What comes out of a register for demonstrations says so, wherever it goes.
pub(super) fn headings(demo: bool, out: &mut dyn Write) -> std::io::Result<()> {
    let name = |field: Field| match field {
        Field::Number if demo => SAMPLE_NUMBER[0],
        field => field.name(),
    };
    row(out, FIELDS.map(|field| Cow::Borrowed(name(field))))
}

/// Writes a row for each dose.
pub(super) fn rows(record: &Record, out: &mut dyn Write) -> std::io::Result<()> {
    record.doses.iter().try_for_each(|dose| row(out, FIELDS.map(|field| cell(field, &record.person, dose))))
}

fn cell<'a>(field: Field, person: &'a Person, dose: &'a Dose) -> Cow<'a, str> {
    let text = |text: &'a Option<String>| Cow::Borrowed(text.as_deref().unwrap_or_default());
    match field {
        Field::DoseNumber => dose.number.to_string().into(),
        Field::Date => dose.date.to_string().into(),
        Field::Ticket => dose.ticket.map(|ticket| format!("{ticket:010}")).unwrap_or_default().into(),
        Field::Municipality => dose.municipality.map(|code| code.to_string()).unwrap_or_default().into(),
        Field::Site => text(&dose.site),
        // As the register wrote it, where that tells the product; otherwise the product's key does.
        Field::Maker => Cow::Borrowed(maker(dose).unwrap_or_default()),
        Field::Product => Cow::Borrowed(if maker(dose).is_some() { "" } else { dose.product.key }),
        Field::Lot => text(&dose.lot),
        _ => person_cell(field, person),
    }
}

fn person_cell(field: Field, person: &Person) -> Cow<'_, str> {
    fn text(text: &Option<String>) -> Cow<'_, str> {
        Cow::Borrowed(text.as_deref().unwrap_or_default())
    }
    match field {
        Field::Number => Cow::Borrowed(person.number.as_str()),
        Field::Name => person.registered.as_ref().map(RegisteredName::to_line).unwrap_or_default().into(),
        Field::Kana => text(&person.kana),
        Field::Birth => birth(person.birth).into(),
        Field::Sex => person.sex.map(|sex| sex.number().to_string()).unwrap_or_default().into(),
        Field::Romanised => person.romanised.as_ref().map(RomanisedName::to_mrz).unwrap_or_default().into(),
        Field::Passport => text(&person.passport),
        Field::Nationality => text(&person.nationality),
        Field::Shield => Cow::Borrowed(if person.shielded { "1" } else { "0" }),
        // What is a dose's, or never written.
        _ => Cow::Borrowed(""),
    }
}

fn maker(dose: &Dose) -> Option<&str> {
    dose.maker.as_deref().filter(|maker| vaccine::by_register_text(maker) == Some(dose.product))
}

/// A birth date as an import reads it: with zeros for what is not known.
fn birth(birth: BirthDate) -> String {
    match birth {
        BirthDate::Day(date) => date.to_string(),
        BirthDate::Month(year, month) => format!("{year:04}-{month:02}-00"),
        BirthDate::Year(year) => format!("{year:04}-00-00"),
        BirthDate::Unknown => String::new(),
    }
}

fn row<'a>(out: &mut dyn Write, cells: [Cow<'a, str>; FIELDS.len()]) -> std::io::Result<()> {
    out.write_all(cells.map(|cell| quoted(&cell)).join(",").as_bytes())?;
    out.write_all(b"\r\n")
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}
