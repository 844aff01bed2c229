//! Records as our long form: UTF-8, one dose a row, headings that an import knows.

use crate::import::Field;
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

/// Writes the heading row.
pub(super) fn headings(out: &mut dyn Write) -> std::io::Result<()> {
    row(out, FIELDS.map(|field| Cow::Borrowed(field.name())))
}

/// Writes a row for each dose.
pub(super) fn rows(record: &Record, out: &mut dyn Write) -> std::io::Result<()> {
    record.doses.iter().try_for_each(|dose| row(out, FIELDS.map(|field| cell(field, &record.person, dose))))
}

fn cell<'a>(field: Field, person: &'a Person, dose: &'a Dose) -> Cow<'a, str> {
    let text = |text: &'a Option<String>| Cow::Borrowed(text.as_deref().unwrap_or_default());
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
        Field::DoseNumber => dose.number.to_string().into(),
        Field::Date => dose.date.to_string().into(),
        Field::Ticket => dose.ticket.map(|ticket| format!("{ticket:010}")).unwrap_or_default().into(),
        Field::Municipality => dose.municipality.map(|code| code.to_string()).unwrap_or_default().into(),
        Field::Site => text(&dose.site),
        // As the register wrote it, where that tells the product; otherwise the product's key does.
        Field::Maker => Cow::Borrowed(maker(dose).unwrap_or_default()),
        Field::Product => Cow::Borrowed(if maker(dose).is_some() { "" } else { dose.product.key }),
        Field::Lot => text(&dose.lot),
        Field::Mrz | Field::RecordTime | Field::Doctor => Cow::Borrowed(""),
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
    let quoted = cells.map(|cell| {
        if cell.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into() }
    });
    out.write_all(quoted.join(",").as_bytes())?;
    out.write_all(b"\r\n")
}
