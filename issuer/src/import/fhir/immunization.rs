//! An Immunization as the columns of a dose.

use super::FhirOptions;
use super::patient::{municipality, register_number};
use super::resource::{Resource, list};
use crate::check::{Code, Note};
use crate::fhir::COUPON;
use crate::import::doses::DoseColumns;
use serde_json::Value;
use tegata_certificate::vaccine::{self, CodeSystem, Product, VaccineCode, who};
use tegata_certificate::{Date, UnixTime};
use unicode_normalization::UnicodeNormalization;

pub(super) const NUMBER: usize = 0;
pub(super) const DOSE_NUMBER: usize = 1;
const DATE: usize = 2;
const TICKET: usize = 3;
const MUNICIPALITY: usize = 4;
const SITE: usize = 5;
const PRODUCT: usize = 6;
const MAKER: usize = 7;
const LOT: usize = 8;
const DOCTOR: usize = 9;

pub(super) const PATHS: [&str; 10] = [
    "patient",
    "protocolApplied",
    "occurrence",
    "identifier",
    "performer",
    "location",
    "vaccineCode",
    "manufacturer",
    "lotNumber",
    "performer",
];

/// How many columns it has.
pub(super) const CELLS: usize = PATHS.len();

/// Where a dose's columns are.
pub(super) const COLUMNS: DoseColumns = DoseColumns {
    record_time: None,
    date: DATE,
    ticket: Some(TICKET),
    municipality: Some(MUNICIPALITY),
    site: Some(SITE),
    doctor: Some(DOCTOR),
    maker: None,
    product: Some(PRODUCT),
    label: Some(MAKER),
    lot: Some(LOT),
};

/// An Immunization's columns.
pub(super) struct Drafted<'v> {
    pub(super) resource: Resource,
    pub(super) person: Whose<'v>,
    /// The status that keeps it from being taken at all.
    pub(super) not_taken: Option<&'v str>,
}

/// Whose dose it is.
pub(super) enum Whose<'v> {
    /// The register number stands there.
    Number(&'v str),
    /// The patient is inside.
    Contained(&'v Value),
    /// The patient is another resource.
    Reference(&'v str),
}

pub(super) fn draft<'v>(value: &'v Value, options: &FhirOptions) -> Drafted<'v> {
    let mut resource = Resource::new(&PATHS, "status");
    let status = value.get("status").and_then(Value::as_str);
    let not_taken = status.filter(|status| matches!(*status, "entered-in-error" | "not-done"));
    if not_taken.is_none() && status != Some("completed") {
        resource.fault(Code::FhirElement, "status", status.unwrap_or_default(), None);
    }
    resource.modifiers(value);
    if !matches!(value.get("isSubpotent"), None | Some(Value::Null | Value::Bool(false))) {
        resource.fault(Code::FhirModifier, "isSubpotent", "true", None);
    }
    let person = whose(&mut resource, value, options);
    occurrence(&mut resource, value);
    dose_number(&mut resource, value);
    vaccine(&mut resource, value);
    place_and_people(&mut resource, value);
    if let Some(lot) = resource.string("lotNumber", value.get("lotNumber")) {
        resource.set(LOT, "lotNumber", lot);
    }
    for (at, identifier) in list(value.get("identifier")).iter().enumerate() {
        if identifier.get("system").and_then(Value::as_str) == Some(COUPON) {
            let path = format!("identifier[{at}].value");
            if let Some(ticket) = resource.string(path.clone(), identifier.get("value")) {
                resource.set(TICKET, path, ticket);
            }
        }
    }
    Drafted { resource, person, not_taken }
}

fn whose<'v>(resource: &mut Resource, value: &'v Value, options: &FhirOptions) -> Whose<'v> {
    let patient = value.get("patient");
    let reference = resource.string("patient.reference", patient.and_then(|patient| patient.get("reference")));
    if let Some(reference) = reference {
        let Some(id) = reference.strip_prefix('#') else {
            resource.set(NUMBER, "patient.reference", reference);
            return Whose::Reference(reference);
        };
        let inside = |inside: &&Value| {
            inside.get("id").and_then(Value::as_str) == Some(id)
                && inside.get("resourceType").and_then(Value::as_str) == Some("Patient")
        };
        if let Some(patient) = list(value.get("contained")).iter().find(inside) {
            return Whose::Contained(patient);
        }
        resource.fault(Code::FhirReference, "patient.reference", reference, None);
        return Whose::Reference(reference);
    }
    let identifier = patient.and_then(|patient| patient.get("identifier"));
    if identifier.is_none() {
        resource.fault(Code::FhirReference, "patient", "", None);
        return Whose::Reference("");
    }
    match register_number(resource, "patient.identifier", identifier, options) {
        Some((path, number)) => {
            resource.set(NUMBER, path, number);
            Whose::Number(number)
        }
        None => Whose::Reference(""),
    }
}

fn occurrence(resource: &mut Resource, value: &Value) {
    if let Some(said) = resource.string("occurrenceDateTime", value.get("occurrenceDateTime")) {
        match japanese_day(said) {
            Some(day) => {
                let note = Some(Note::TakenAs(day.clone()));
                resource.fault(Code::FhirUtcDay, "occurrenceDateTime", said, note);
                resource.take_as(DATE, "occurrenceDateTime", &day, said);
            }
            None => {
                let day = said.split_once('T').map_or(said, |(day, _)| day);
                resource.take_as(DATE, "occurrenceDateTime", day, said);
            }
        }
    } else if let Some(text) = resource.string("occurrenceString", value.get("occurrenceString")) {
        resource.set(DATE, "occurrenceString", text);
    }
}

/// The day in Japan of a moment that is given in UTC, where it is another than the one written. Any other offset
/// tells where the clock stood, and the day is the one written.
fn japanese_day(said: &str) -> Option<String> {
    let (day, time) = said.strip_suffix('Z')?.split_once('T')?;
    let hour: i64 = time.get(..2)?.parse().ok().filter(|hour| (0..24).contains(hour))?;
    let midnight = i64::from(Date::parse(day)?.days()) * 86_400;
    let there = UnixTime(midnight + (hour + 9) * 3600).date()?.to_string();
    (there != day).then_some(there)
}

fn dose_number(resource: &mut Resource, value: &Value) {
    let mut found: Option<String> = None;
    for (at, protocol) in list(value.get("protocolApplied")).iter().enumerate() {
        let (path, text) = match (protocol.get("doseNumberPositiveInt"), protocol.get("doseNumberString")) {
            (Some(Value::Number(number)), _) => {
                (format!("protocolApplied[{at}].doseNumberPositiveInt"), number.to_string())
            }
            (Some(Value::Null) | None, text) => {
                let path = format!("protocolApplied[{at}].doseNumberString");
                match resource.string(path.clone(), text) {
                    Some(text) => (path, text.to_owned()),
                    None => continue,
                }
            }
            (Some(_), _) => {
                resource.fault(Code::FhirElement, format!("protocolApplied[{at}].doseNumberPositiveInt"), "", None);
                continue;
            }
        };
        if found.as_ref().is_some_and(|other| *other != text) {
            resource.fault(Code::FhirContradiction, path, &text, None);
            continue;
        }
        resource.set(DOSE_NUMBER, path, &text);
        found = Some(text);
    }
}

/// An element's path, and its text.
type Said = (String, String);

/// What a vaccine's codes and texts say.
#[derive(Default)]
struct Vaccine {
    /// The product that a code names.
    product: Option<(&'static Product, Said)>,
    /// A CVX code that names none here.
    unknown: Option<Said>,
    /// The product's own id in WHO's list: it says more than the maker's name, and some certificates give it.
    prequalified: Option<Said>,
    texts: Vec<Said>,
}

fn codes(resource: &mut Resource, concept: Option<&Value>) -> Vaccine {
    let mut vaccine = Vaccine::default();
    if let Some(text) = resource.string("vaccineCode.text", concept.and_then(|concept| concept.get("text"))) {
        vaccine.texts.push(("vaccineCode.text".to_owned(), text.to_owned()));
    }
    for (at, coding) in list(concept.and_then(|concept| concept.get("coding"))).iter().enumerate() {
        let path = format!("vaccineCode.coding[{at}]");
        if let Some(display) = resource.string(format!("{path}.display"), coding.get("display")) {
            vaccine.texts.push((format!("{path}.display"), display.to_owned()));
        }
        let path = format!("{path}.code");
        let Some(text) = resource.string(path.clone(), coding.get("code")) else { continue };
        let system = CodeSystem::of_uri(coding.get("system").and_then(Value::as_str).unwrap_or_default());
        // An id of WHO's list is read here as in a register: as the product with the CVX code that it has.
        let product = match system {
            CodeSystem::WhoProduct => who::find(text).and_then(|_| vaccine::by_register_text(text)),
            _ => vaccine::by_code(&VaccineCode { system, code: text.to_owned() }),
        };
        match (product, &vaccine.product) {
            (Some(product), Some((other, _))) if *other != product => {
                resource.fault(Code::FhirContradiction, path, text, None);
            }
            (Some(product), _) => {
                if system == CodeSystem::WhoProduct {
                    vaccine.prequalified = Some((path.clone(), text.to_owned()));
                }
                vaccine.product = Some((product, (path, text.to_owned())));
            }
            (None, _) if system == CodeSystem::Cvx => vaccine.unknown = Some((path, format!("CVX:{text}"))),
            (None, _) => {}
        }
    }
    vaccine
}

/// What was given: codes that name one product go before texts, and all must name the same maker's.
fn vaccine(resource: &mut Resource, value: &Value) {
    let Vaccine { product, unknown, prequalified, mut texts } = codes(resource, value.get("vaccineCode"));
    // A CVX code that nobody knows is not passed over for a text beside it.
    let product = if product.is_none() && unknown.is_none() {
        texts.iter().find_map(|said| Some((by_text(&said.1)?, said.clone())))
    } else {
        product
    };
    let maker = value.get("manufacturer").and_then(|maker| maker.get("display"));
    if let Some(maker) = resource.string("manufacturer.display", maker) {
        resource.set(MAKER, "manufacturer.display", maker);
        texts.push(("manufacturer.display".to_owned(), maker.to_owned()));
    }
    if let Some((path, id)) = prequalified {
        resource.set(MAKER, path, &id);
    }
    match (product, unknown.or_else(|| texts.first().cloned())) {
        (Some((product, (path, said))), _) => {
            for (path, text) in &texts {
                let other = by_text(text).map(|other| other.maker).filter(|maker| !maker.is_empty());
                if other.is_some_and(|maker| maker != product.maker && !product.maker.is_empty()) {
                    resource.fault(Code::FhirContradiction, path.clone(), text, None);
                }
            }
            resource.take_as(PRODUCT, path, product.key, &said);
        }
        (None, Some((path, text))) => resource.set(PRODUCT, path, &text),
        (None, None) => {}
    }
}

fn by_text(text: &str) -> Option<&'static Product> {
    vaccine::by_register_text(text).or_else(|| {
        let normal: String = text.nfkc().collect();
        vaccine::by_register_text(&normal)
    })
}

/// Where it was given and by whom, and the municipality that had it given.
fn place_and_people(resource: &mut Resource, value: &Value) {
    let place = value.get("location").and_then(|place| place.get("display"));
    let mut place = resource.string("location.display", place).map(|place| ("location.display".to_owned(), place));
    for (at, performer) in list(value.get("performer")).iter().enumerate() {
        let actor = performer.get("actor");
        let path = format!("performer[{at}].actor");
        municipality(
            resource,
            &format!("{path}.identifier"),
            actor.and_then(|actor| actor.get("identifier")),
            MUNICIPALITY,
        );
        let display = actor.and_then(|actor| actor.get("display"));
        let Some(display) = resource.string(format!("{path}.display"), display) else { continue };
        let kind = actor.and_then(|actor| actor.get("type")).and_then(Value::as_str);
        let reference = actor.and_then(|actor| actor.get("reference")).and_then(Value::as_str).unwrap_or_default();
        let functions = performer.get("function").and_then(|function| function.get("coding"));
        let ordered = list(functions).iter().any(|coding| coding.get("code").and_then(Value::as_str) == Some("OP"));
        if kind == Some("Organization") || reference.contains("Organization/") {
            if !ordered {
                place.get_or_insert((format!("{path}.display"), display));
            }
        } else if !ordered {
            resource.set(DOCTOR, format!("{path}.display"), display);
        }
    }
    if let Some((path, place)) = place {
        resource.set(SITE, path, place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_in_utc_is_taken_on_its_day_in_japan() {
        assert_eq!(japanese_day("2021-05-31T15:00:00Z").as_deref(), Some("2021-06-01"));
        assert_eq!(japanese_day("2021-12-31T23:59:59.999Z").as_deref(), Some("2022-01-01"));
        for same in
            ["2021-06-01T14:59:59Z", "2021-06-01T20:00:00-05:00", "2021-06-01", "2021-06-01T99:00:00Z", "Z", "TZ"]
        {
            assert_eq!(japanese_day(same), None, "{same}");
        }
    }
}
