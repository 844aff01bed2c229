//! A Patient as the columns of a person.

use super::FhirOptions;
use super::names;
use super::resource::{Resource, list};
use crate::check::{Code, Note};
use crate::fhir::{CONFIDENTIALITY, COUNTRIES, IDENTIFIER_TYPES, MUNICIPALITIES, NATIONALITY, PASSPORTS};
use crate::import::headings::{Field, Headings};
use crate::import::people::PeopleColumns;
use crate::register::PersonColumns;
use serde_json::Value;
use std::sync::Arc;
use tegata_certificate::Country;

pub(super) const NUMBER: usize = 0;
const NAME: usize = 1;
const KANA: usize = 2;
pub(super) const ROMANISED: usize = 3;
const BIRTH: usize = 4;
const SEX: usize = 5;
const MUNICIPALITY: usize = 6;
const NATION: usize = 7;
const PASSPORT: usize = 8;
const SHIELD: usize = 9;

pub(super) const FIELDS: [(Field, &str); 10] = [
    (Field::Number, "identifier"),
    (Field::Name, "name"),
    (Field::Kana, "name"),
    (Field::Romanised, "name"),
    (Field::Birth, "birthDate"),
    (Field::Sex, "gender"),
    (Field::Municipality, "managingOrganization"),
    (Field::Nationality, "extension"),
    (Field::Passport, "identifier"),
    (Field::Shield, "meta.security"),
];

/// How many columns it has.
pub(super) const CELLS: usize = FIELDS.len();

/// Where a person's columns are.
pub(super) fn columns() -> PeopleColumns {
    let fields = FIELDS.iter().map(|(field, _)| Some(*field)).collect();
    let names = FIELDS.iter().map(|(_, path)| Arc::from(*path)).collect();
    PeopleColumns::find(&Headings { fields, names }, true).unwrap_or_else(|_| unreachable!("every column is there"))
}

/// What a Patient may say. One that leaves something out says nothing about it.
pub(super) fn present() -> PersonColumns {
    PersonColumns { sparse: true, ..columns().present() }
}

/// A Patient's columns.
pub(super) struct Drafted<'v> {
    pub(super) resource: Resource,
    /// Whether it has an identifier that is a register number.
    pub(super) has_number: bool,
    /// What keeps it from being taken at all.
    pub(super) not_taken: Option<&'v str>,
}

pub(super) fn draft<'v>(value: &'v Value, options: &FhirOptions) -> Drafted<'v> {
    let paths: Vec<&'static str> = FIELDS.iter().map(|(_, path)| *path).collect();
    let mut resource = Resource::new(&paths, "active");
    let not_taken = not_taken(value);
    resource.modifiers(value);
    let has_number = match register_number(&mut resource, "identifier", value.get("identifier"), options) {
        Some((path, number)) => {
            resource.set(NUMBER, path, number);
            true
        }
        None => false,
    };
    passport(&mut resource, value.get("identifier"));
    let columns = names::Columns { name: NAME, kana: KANA, romanised: ROMANISED };
    names::set(&mut resource, value.get("name"), &columns);
    if let Some(birth) = resource.string("birthDate", value.get("birthDate")) {
        resource.set(BIRTH, "birthDate", birth);
    }
    if let Some(gender) = resource.string("gender", value.get("gender")) {
        let sex = match gender {
            "male" => "1",
            "female" => "2",
            "other" => "9",
            "unknown" => "0",
            other => other,
        };
        resource.take_as(SEX, "gender", sex, gender);
    }
    let custodian = value.get("managingOrganization").and_then(|custodian| custodian.get("identifier"));
    municipality(&mut resource, "managingOrganization.identifier", custodian, MUNICIPALITY);
    nationality(&mut resource, value.get("extension"));
    let labels = value.get("meta").and_then(|meta| meta.get("security"));
    for (at, label) in list(labels).iter().enumerate() {
        let code = label.get("code").and_then(Value::as_str).unwrap_or_default();
        if label.get("system").and_then(Value::as_str) == Some(CONFIDENTIALITY) && matches!(code, "R" | "V") {
            resource.take_as(SHIELD, format!("meta.security[{at}].code"), "1", code);
        }
    }
    Drafted { resource, has_number, not_taken }
}

/// A record that is no longer in use, or was replaced by another.
fn not_taken(value: &Value) -> Option<&str> {
    let replaced =
        list(value.get("link")).iter().any(|link| link.get("type").and_then(Value::as_str) == Some("replaced-by"));
    match value.get("active") {
        _ if replaced => Some("replaced-by"),
        Some(Value::Bool(false)) => Some("false"),
        _ => None,
    }
}

/// The identifier that is a register number, with its path; what is wrong with the identifiers is a fault.
pub(super) fn register_number<'v>(
    resource: &mut Resource,
    path: &str,
    identifiers: Option<&'v Value>,
    options: &FhirOptions,
) -> Option<(String, &'v str)> {
    let mut found: Option<(u8, String, &str)> = None;
    let (mut contradiction, mut systems) = (false, Vec::new());
    for (at, identifier) in list(identifiers).iter().enumerate() {
        let system = identifier.get("system").and_then(Value::as_str).unwrap_or_default();
        let Some(rank) = options.rank(system) else {
            if !system.is_empty() {
                systems.push(system);
            }
            continue;
        };
        if identifier.get("use").and_then(Value::as_str) == Some("old") {
            continue;
        }
        let path = if identifiers.is_some_and(Value::is_array) {
            format!("{path}[{at}].value")
        } else {
            format!("{path}.value")
        };
        let Some(value) = resource.string(path.clone(), identifier.get("value")) else { continue };
        match &found {
            Some((other, _, number)) if *other == rank => contradiction |= *number != value,
            Some((other, ..)) if *other < rank => {}
            _ => {
                found = Some((rank, path, value));
                contradiction = false;
            }
        }
    }
    match &found {
        Some((_, path, number)) if contradiction => {
            resource.fault(Code::FhirContradiction, path.clone(), number, None);
        }
        Some(_) => {}
        None => {
            systems.sort_unstable();
            systems.dedup();
            let systems = systems.join(" ");
            let note = (!systems.is_empty()).then(|| Note::Suggestion(crate::check::shown(&systems)));
            resource.fault(Code::FhirIdentifier, path.to_owned(), "", note);
        }
    }
    found.map(|(_, path, number)| (path, number))
}

fn passport(resource: &mut Resource, identifiers: Option<&Value>) {
    let mut found: Option<&str> = None;
    for (at, identifier) in list(identifiers).iter().enumerate() {
        let system = identifier.get("system").and_then(Value::as_str).unwrap_or_default();
        let kinds = list(identifier.get("type").and_then(|kind| kind.get("coding")));
        let is_passport = system.starts_with(PASSPORTS)
            || kinds.iter().any(|kind| {
                let text = |name| kind.get(name).and_then(Value::as_str);
                text("code") == Some("PPN") && text("system") == Some(IDENTIFIER_TYPES)
            });
        if !is_passport || identifier.get("use").and_then(Value::as_str) == Some("old") {
            continue;
        }
        let path = format!("identifier[{at}].value");
        let Some(number) = resource.string(path.clone(), identifier.get("value")) else { continue };
        if found.is_some_and(|other| other != number) {
            resource.fault(Code::FhirContradiction, path, number, None);
            continue;
        }
        found = Some(number);
        resource.set(PASSPORT, path, number);
    }
}

/// A municipality's code in six digits. Of five it is not known whether the check digit or a zero is missing.
pub(super) fn municipality(resource: &mut Resource, path: &str, identifier: Option<&Value>, column: usize) {
    let Some(identifier) = identifier else { return };
    if identifier.get("system").and_then(Value::as_str) != Some(MUNICIPALITIES) {
        return;
    }
    let path = format!("{path}.value");
    if let Some(code) = resource.string(path.clone(), identifier.get("value")) {
        if code.chars().count() == 6 {
            resource.set(column, path, code);
        } else {
            resource.fault(Code::BadMunicipality, path, code, None);
        }
    }
}

fn nationality(resource: &mut Resource, extensions: Option<&Value>) {
    let url = |value: &Value, wanted: &str| value.get("url").and_then(Value::as_str) == Some(wanted);
    for (at, extension) in list(extensions).iter().enumerate().filter(|(_, extension)| url(extension, NATIONALITY)) {
        for (inner, part) in list(extension.get("extension")).iter().enumerate().filter(|(_, part)| url(part, "code")) {
            let Some(concept) = part.get("valueCodeableConcept") else { continue };
            let path = format!("extension[{at}].extension[{inner}].valueCodeableConcept");
            let coding = list(concept.get("coding")).iter().enumerate().find_map(|(place, coding)| {
                let system = coding.get("system").and_then(Value::as_str).unwrap_or_default();
                system.starts_with(COUNTRIES).then(|| (format!("{path}.coding[{place}].code"), coding.get("code")))
            });
            let (path, value) = coding.unwrap_or_else(|| (format!("{path}.text"), concept.get("text")));
            if let Some(code) = resource.string(path.clone(), value) {
                match Country::parse(code).and_then(Country::alpha3) {
                    Some(alpha3) => resource.take_as(NATION, path, alpha3, code),
                    None => resource.set(NATION, path, code),
                }
            }
        }
    }
}
