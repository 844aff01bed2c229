//! The FHIR R4 Bundle of a health card: one Patient, Immunizations and Observations.
//!
//! Only what a verifier shows or judges is read. What deviates from FHIR or from the profile of health cards is
//! a finding: those duties are the issuer's, and the signature holds whatever the style.

use super::super::{Format, PayloadError};
use crate::certificate::{Certificate, Dose, Holder, Kind, Sex, TestResult};
use crate::date::{BirthDate, Date, UnixTime};
use crate::finding::{Finding, FindingCode};
use crate::frame::jcs;
use crate::frame::json::{Json, Object};
use crate::name::{RegisteredName, RomanisedName};
use crate::vaccine::{CodeSystem, SNOMED_CT, VaccineCode};

/// The code system of tests.
const LOINC: &str = "http://loinc.org";

/// The most resources, names and codings that are looked at.
const ENTRIES_MAX: usize = 512;
const FEW: usize = 16;
/// The most findings that are kept: a patient summary has one for nearly every line.
const FINDINGS_MAX: usize = 64;

/// Reads the bundle; the claims around it are the caller's.
pub(super) fn read(bundle: &Object<'_>) -> Result<Certificate, PayloadError> {
    let mut findings = Findings::default();
    if text(bundle, "resourceType") != Some("Bundle") {
        findings.add(FindingCode::WrongForm, "resourceType");
    }
    let entries = bundle.get("entry").and_then(Json::as_list).ok_or(PayloadError::Structure)?;
    if entries.len() > ENTRIES_MAX {
        return Err(PayloadError::Structure);
    }
    let resources: Vec<Resource<'_>> =
        entries.iter().enumerate().filter_map(|(at, entry)| Resource::of(at, entry, &mut findings)).collect();
    let mut patients = resources.iter().filter(|resource| resource.kind == "Patient");
    // With two, nobody could say whose doses these are.
    let (Some(patient), None) = (patients.next(), patients.next()) else {
        return Err(PayloadError::Person);
    };
    let holder = read_holder(patient, &mut findings)?;
    let mut certificate = Certificate::about(holder, Format::Shc, Kind::Vaccination);
    for resource in &resources {
        match resource.kind {
            "Immunization" => certificate.doses.extend(read_dose(resource, patient, &mut findings)),
            "Observation" => certificate.tests.extend(read_test(resource, patient, &mut findings)),
            _ => {}
        }
    }
    match (certificate.doses.is_empty(), certificate.tests.is_empty()) {
        (false, true) => {}
        (true, false) => certificate.kind = Kind::Test,
        // A card may hold both; one that holds neither (a patient summary) is authentic and says nothing here.
        _ => findings.add(FindingCode::MixedKinds, "entry"),
    }
    certificate.findings = findings.0;
    Ok(certificate)
}

/// What deviates, by its path in the bundle.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, code: FindingCode, path: &str) {
        if self.0.len() < FINDINGS_MAX {
            self.0.push(Finding::new(code, format!("fhirBundle/{path}")));
        }
    }
}

/// One entry of the bundle.
struct Resource<'a> {
    at: usize,
    kind: &'a str,
    full_url: Option<&'a str>,
    body: &'a Object<'a>,
}

impl<'a> Resource<'a> {
    fn of(at: usize, entry: &'a Json<'a>, findings: &mut Findings) -> Option<Self> {
        let entry = entry.as_object();
        let body = entry.and_then(|entry| entry.get("resource")).and_then(Json::as_object);
        let kind = body.and_then(|body| text(body, "resourceType"));
        let (Some(entry), Some(body), Some(kind)) = (entry, body, kind) else {
            findings.add(FindingCode::Missing, &format!("entry/{at}/resource/resourceType"));
            return None;
        };
        Some(Self { at, kind, full_url: text(entry, "fullUrl"), body })
    }

    fn finding(&self, findings: &mut Findings, code: FindingCode, member: &str) {
        findings.add(code, &format!("entry/{}/resource/{member}", self.at));
    }

    /// A text of the resource that its kind requires.
    fn required(&self, member: &str, findings: &mut Findings) -> Option<&'a str> {
        let found = text(self.body, member);
        if found.is_none() {
            let code = if self.body.get(member).is_some() { FindingCode::WrongType } else { FindingCode::Missing };
            self.finding(findings, code, member);
        }
        found
    }

    /// Whether its status says that it counts. FHIR requires one: what has none, or none that is a text, may as well
    /// be one that was not done.
    fn counts(&self, good: &[&str], findings: &mut Findings) -> bool {
        let Some(status) = self.required("status", findings) else { return false };
        let counts = good.contains(&status);
        if !counts {
            self.finding(findings, FindingCode::OutOfRange, "status");
        }
        counts
    }

    /// Whether the resource points at the patient, by the name that the patient has in this bundle.
    fn check_subject(&self, member: &str, patient: &Resource<'_>, findings: &mut Findings) {
        let reference = object(self.body, member).and_then(|subject| text(subject, "reference"));
        if reference.is_none() || reference != patient.full_url {
            self.finding(findings, FindingCode::WrongForm, member);
        }
    }
}

fn text<'a>(object: &'a Object<'_>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Json::as_text)
}

fn object<'a>(of: &'a Object<'a>, name: &str) -> Option<&'a Object<'a>> {
    of.get(name).and_then(Json::as_object)
}

/// The first objects of a list.
fn objects<'a>(of: &'a Object<'a>, name: &str) -> impl Iterator<Item = &'a Object<'a>> + use<'a> {
    of.get(name).and_then(Json::as_list).unwrap_or_default().iter().take(FEW).filter_map(Json::as_object)
}

fn read_holder(patient: &Resource<'_>, findings: &mut Findings) -> Result<Holder, PayloadError> {
    let names: Vec<RegisteredName> = objects(patient.body, "name").filter_map(read_name).collect();
    let (romanised, registered) = tell_apart(names);
    if registered.is_none() && romanised.is_none() {
        return Err(PayloadError::Person);
    }
    let birth = match patient.required("birthDate", findings) {
        None => BirthDate::Unknown,
        Some(text) => BirthDate::parse(text).filter(|birth| *birth != BirthDate::Unknown).unwrap_or_else(|| {
            patient.finding(findings, FindingCode::WrongForm, "birthDate");
            BirthDate::Unknown
        }),
    };
    let sex = text(patient.body, "gender").and_then(|gender| match gender {
        "male" => Some(Sex::Male),
        "female" => Some(Sex::Female),
        "unknown" => Some(Sex::NotKnown),
        "other" => Some(Sex::NotApplicable),
        _ => None,
    });
    Ok(Holder { romanised, registered, sex, ..Holder::born(birth) })
}

/// A FHIR HumanName: in parts, or as one text.
fn read_name(name: &Object<'_>) -> Option<RegisteredName> {
    let family = text(name, "family").map(str::to_owned);
    let given = name.get("given").and_then(Json::as_list).map(|given| {
        let words: Vec<&str> = given.iter().take(FEW).filter_map(Json::as_text).collect();
        words.join(" ")
    });
    let given = given.filter(|given| !given.is_empty());
    if family.is_some() || given.is_some() {
        return Some(RegisteredName::Parts { family, given });
    }
    text(name, "text").map(|text| RegisteredName::Whole(text.to_owned()))
}

/// The passport's name and the register's. A card for travel from a country with a script of its own has both; which
/// is which shows by the letters, as neither order nor `use` is laid down. A single name is the register's, whatever
/// its letters: nobody says that a passport spells it so.
fn tell_apart(mut names: Vec<RegisteredName>) -> (Option<RomanisedName>, Option<RegisteredName>) {
    let latin = |name: &RegisteredName| name.to_line().is_ascii();
    let other = names.iter().position(|name| !latin(name));
    let romanised = other.and_then(|_| names.iter().find_map(romanise));
    let registered = (!names.is_empty()).then(|| names.swap_remove(other.unwrap_or(0)));
    (romanised, registered)
}

/// The name in the alphabet of a machine-readable zone (ICAO Doc 9303-3 section 4.6): capitals, `<` for blanks and
/// hyphens, no apostrophes. `None` where that leaves other letters.
fn romanise(name: &RegisteredName) -> Option<RomanisedName> {
    let RegisteredName::Parts { family, given } = name else { return None };
    let zone = |part: &Option<String>| -> String {
        let letters = part.as_deref().unwrap_or_default().trim_ascii().chars().filter(|c| *c != '\'');
        letters.map(|c| if matches!(c, ' ' | '-') { '<' } else { c.to_ascii_uppercase() }).collect()
    };
    RomanisedName::new(&zone(family), &zone(given))
}

/// One vaccination. One that was not given, or was given in vain (`isSubpotent`), is none.
fn read_dose(resource: &Resource<'_>, patient: &Resource<'_>, findings: &mut Findings) -> Option<Dose> {
    let body = resource.body;
    if !resource.counts(&["completed"], findings) {
        return None;
    }
    match body.get("isSubpotent") {
        None | Some(Json::Bool(false)) => {}
        // The profile writes it as true only; whatever else it may be, it is a warning.
        Some(_) => {
            resource.finding(findings, FindingCode::OutOfRange, "isSubpotent");
            return None;
        }
    }
    resource.check_subject("patient", patient, findings);
    let Some(vaccine) = read_vaccine(body) else {
        resource.finding(findings, FindingCode::Missing, "vaccineCode");
        return None;
    };
    if vaccine.system == CodeSystem::Other {
        resource.finding(findings, FindingCode::WrongForm, "vaccineCode");
    }
    let date = resource.required("occurrenceDateTime", findings).and_then(|text| {
        let day = day_of(text);
        if day.is_none() {
            resource.finding(findings, FindingCode::WrongForm, "occurrenceDateTime");
        }
        day
    });
    let performer = objects(body, "performer").find_map(|performer| text(object(performer, "actor")?, "display"));
    let protocol = objects(body, "protocolApplied").next();
    let count = |name: &str, spelled: &str| {
        let protocol = protocol?;
        let number =
            protocol.get(name).and_then(Json::as_number).filter(|n| n.fract() == 0.0 && (1.0..=1e6).contains(n));
        number.map(|n| n as u64).or_else(|| text(protocol, spelled)?.parse().ok())
    };
    Some(Dose {
        lot: text(body, "lotNumber").map(str::to_owned),
        date,
        number: count("doseNumberPositiveInt", "doseNumberString"),
        total: count("seriesDosesPositiveInt", "seriesDosesString"),
        maker: object(body, "manufacturer").and_then(read_organisation),
        centre: performer.map(str::to_owned),
        ..Dose::of(vaccine)
    })
}

/// A day, also where a time follows it.
fn day_of(text: &str) -> Option<Date> {
    let (day, rest) = text.split_at_checked(10)?;
    Date::parse(day).filter(|_| rest.is_empty() || rest.starts_with('T'))
}

fn read_organisation(reference: &Object<'_>) -> Option<String> {
    let identifier = object(reference, "identifier").and_then(|identifier| text(identifier, "value"));
    identifier.or_else(|| text(reference, "display")).map(str::to_owned)
}

fn read_vaccine(body: &Object<'_>) -> Option<VaccineCode> {
    let concept = object(body, "vaccineCode")?;
    let system = |coding: &Object<'_>| text(coding, "system").map_or(CodeSystem::Other, CodeSystem::of_uri);
    let code = |of| objects(concept, "coding").filter(|c| system(c) == of).find_map(|c| text(c, "code"));
    let (system, code) = CodeSystem::ALL.into_iter().find_map(|system| Some((system, code(system)?)))?;
    // `08` and `8` are one code; elsewhere here it is a number.
    let number = (system == CodeSystem::Cvx).then(|| code.parse::<u16>().ok()).flatten();
    if let Some(number) = number {
        return Some(VaccineCode { system, code: number.to_string() });
    }
    Some(VaccineCode { system, code: code.to_owned() })
}

/// The code of a concept in a system.
fn coded<'a>(concept: &'a Object<'a>, system: &str) -> Option<&'a str> {
    objects(concept, "coding")
        .find(|coding| text(coding, "system") == Some(system))
        .and_then(|coding| text(coding, "code"))
}

/// The first code of a concept, in whatever system.
fn any_code<'a>(concept: &'a Object<'a>) -> Option<&'a str> {
    objects(concept, "coding").find_map(|coding| text(coding, "code"))
}

/// One test. One that is not over, or was entered in error, is none.
fn read_test(resource: &Resource<'_>, patient: &Resource<'_>, findings: &mut Findings) -> Option<TestResult> {
    let body = resource.body;
    if !resource.counts(&["final", "amended", "corrected"], findings) {
        return None;
    }
    resource.check_subject("subject", patient, findings);
    let of = |member: &str, system: &str| {
        let concept = object(body, member)?;
        coded(concept, system).or_else(|| any_code(concept)).map(str::to_owned)
    };
    let test_type = of("code", LOINC).unwrap_or_else(|| {
        resource.finding(findings, FindingCode::Missing, "code");
        String::new()
    });
    let result = of("valueCodeableConcept", SNOMED_CT).or_else(|| other_value(body)).unwrap_or_else(|| {
        resource.finding(findings, FindingCode::Missing, "value");
        String::new()
    });
    let sampled_at = resource.required("effectiveDateTime", findings).and_then(|text| {
        let moment = UnixTime::parse(text).or_else(|| Date::parse(text).map(Date::start));
        if moment.is_none() {
            resource.finding(findings, FindingCode::WrongForm, "effectiveDateTime");
        }
        moment
    });
    let centre = objects(body, "performer").find_map(|performer| text(performer, "display")).map(str::to_owned);
    Some(TestResult { disease: None, test_type, name: None, device: None, sampled_at, result, country: None, centre })
}

/// A result that is no code: a text, or a number with its unit.
fn other_value(body: &Object<'_>) -> Option<String> {
    if let Some(text) = text(body, "valueString") {
        return Some(text.to_owned());
    }
    let quantity = object(body, "valueQuantity")?;
    let value = quantity.get("value").filter(|value| value.as_number().is_some())?;
    let number = jcs::canonical(value);
    let unit = text(quantity, "unit").or_else(|| text(quantity, "code"));
    Some(match unit {
        Some(unit) => format!("{number} {unit}"),
        None => number,
    })
}
