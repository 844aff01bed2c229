//! Records as FHIR R4 resources that keep to JP Core: a Patient, and an Immunization a dose.
//!
//! What JP Core leaves open is said in the way of the base specification: the shielding of an address as a
//! confidentiality label, nationality by HL7's extension, a municipality by the code of local governments.

use crate::fhir::{
    CONFIDENTIALITY, COUNTRIES, COUPON, DATA_ABSENT, IDENTIFIER_TYPES, JP_IMMUNIZATION, JP_PATIENT, MUNICIPALITIES,
    NATIONALITY, PERFORMERS, REPRESENTATION, RESIDENT,
};
use crate::municipality::MunicipalityCode;
use crate::record::{Dose, Person, Record};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::Write;
use tegata_certificate::vaccine::{self, CodeSystem, Disease, who};
use tegata_certificate::{BirthDate, Country, RegisteredName, RomanisedName, Sex};

/// MEDIS codes of diseases, which JP Core recommends.
const JP_DISEASES: &str = "urn:oid:1.2.392.200119.4.101.6";

/// Writes a record as entries of a bundle, with commas between them.
pub(super) fn entries(record: &Record, system: Option<&str>, out: &mut dyn Write) -> std::io::Result<()> {
    let (id, url) = (patient_id(&record.person), address(record.person.number.as_str()));
    entry(&url, &patient(&record.person, &id, system), out)?;
    for dose in &record.doses {
        out.write_all(b",\n")?;
        let id = dose_id(&record.person, dose);
        entry(&address(&id), &immunization(dose, &id, &url), out)?;
    }
    Ok(())
}

/// Writes a record's resources, one a line.
pub(super) fn lines(record: &Record, system: Option<&str>, out: &mut dyn Write) -> std::io::Result<()> {
    let id = patient_id(&record.person);
    line(&patient(&record.person, &id, system), out)?;
    let reference = format!("Patient/{id}");
    record.doses.iter().try_for_each(|dose| line(&immunization(dose, &dose_id(&record.person, dose), &reference), out))
}

fn entry(url: &str, resource: &Elements, out: &mut dyn Write) -> std::io::Result<()> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry<'a> {
        full_url: &'a str,
        resource: &'a Elements,
    }
    Ok(serde_json::to_writer(out, &Entry { full_url: url, resource })?)
}

fn line(resource: &Elements, out: &mut dyn Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, resource)?;
    out.write_all(b"\n")
}

/// A resource's id: 1 to 64 letters, digits, `-` and `.`, which a register number is.
fn patient_id(person: &Person) -> String {
    person.number.to_string()
}

/// The id of a dose: the person's, and what makes it this dose and no other of the person.
fn dose_id(person: &Person, dose: &Dose) -> String {
    let series = if dose.product.diseases() == [Disease::Covid19] { "covid19" } else { &dose.product.cvx.to_string() };
    format!("{}.{series}.{}", person.number, dose.number)
}

/// The address of a resource in a bundle: a UUID that follows from its id (RFC 9562, version 8).
fn address(id: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"tegata-fhir/1");
    hash.update(id.as_bytes());
    let mut number = hash.finalize().iter().take(16).fold(0_u128, |number, &byte| number << 8 | u128::from(byte));
    number = number & !(0xF << 76) | 0x8 << 76;
    number = number & !(0x3 << 62) | 0x2 << 62;
    let digits = format!("{number:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("urn:uuid:{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Elements in their order, without those that have no value.
#[derive(Default)]
struct Elements(Vec<(&'static str, Value)>);

impl Serialize for Elements {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

impl Elements {
    fn of(resource_type: &str, id: &str, meta: Value) -> Self {
        Self(vec![("resourceType", resource_type.into()), ("id", id.into()), ("meta", meta)])
    }

    fn set(&mut self, name: &'static str, value: Option<Value>) {
        self.0.extend(value.map(|value| (name, value)));
    }

    fn value(self) -> Value {
        Value::Object(self.0.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }
}

fn patient(person: &Person, id: &str, system: Option<&str>) -> Elements {
    let label = json!({ "system": CONFIDENTIALITY, "code": "R", "display": "restricted" });
    let meta = match person.shielded {
        true => json!({ "profile": [JP_PATIENT], "security": [label] }),
        false => json!({ "profile": [JP_PATIENT] }),
    };
    let mut elements = Elements::of("Patient", id, meta);
    elements.set("extension", person.nationality.as_deref().map(|code| json!([nationality(code)])));
    let mut identifiers =
        vec![json!({ "use": "official", "system": system.unwrap_or(RESIDENT), "value": person.number.as_str() })];
    identifiers.extend(person.passport.as_ref().map(|passport| {
        let kind = json!({ "coding": [{ "system": IDENTIFIER_TYPES, "code": "PPN", "display": "Passport number" }] });
        json!({ "type": kind, "value": passport })
    }));
    elements.set("identifier", Some(identifiers.into()));
    elements.set("active", Some(true.into()));
    elements.set("name", Some(names(person).into()));
    elements.set("gender", person.sex.map(gender));
    match person.birth {
        BirthDate::Unknown => {
            let reason = json!({ "url": DATA_ABSENT, "valueCode": "unknown" });
            elements.set("_birthDate", Some(json!({ "extension": [reason] })));
        }
        birth => elements.set("birthDate", Some(birth.to_string().into())),
    }
    elements.set("managingOrganization", person.municipality.map(municipality));
    elements
}

fn gender(sex: Sex) -> Value {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::NotApplicable => "other",
        Sex::NotKnown => "unknown",
    }
    .into()
}

/// Nationality, as a code where ISO 3166-1 has it; Doc 9303 has others.
fn nationality(code: &str) -> Value {
    const OTHERS: [&str; 3] = ["EUE", "UNO", "RKS"];
    let iso = Country::from_alpha3(code).and_then(Country::alpha3) == Some(code) && !OTHERS.contains(&code);
    let concept =
        if iso { json!({ "coding": [{ "system": COUNTRIES, "code": code }] }) } else { json!({ "text": code }) };
    json!({ "url": NATIONALITY, "extension": [{ "url": "code", "valueCodeableConcept": concept }] })
}

fn municipality(code: MunicipalityCode) -> Value {
    json!({ "type": "Organization", "identifier": { "system": MUNICIPALITIES, "value": code.to_string() } })
}

fn names(person: &Person) -> Vec<Value> {
    let registered = person.registered.as_ref().map(RegisteredName::to_line);
    let written = [("IDE", registered), ("SYL", person.kana.clone())];
    let mut names: Vec<Value> = written.into_iter().filter_map(|(writing, text)| Some(name(writing, &text?))).collect();
    names.extend(person.romanised.as_ref().map(romanised));
    names
}

/// A name as one text, and as family and given name where a blank tells them apart.
fn name(writing: &str, text: &str) -> Value {
    let mut name = representation(writing);
    name.set("text", Some(text.into()));
    if let Some((family, given)) = text.split_once(char::is_whitespace) {
        let given = given.trim();
        if !family.is_empty() && !given.is_empty() {
            name.set("family", Some(family.into()));
            name.set("given", Some(json!([given])));
        }
    }
    name.value()
}

/// The passport's name: its text as the machine-readable zone has it, with the filler that says that it is one.
fn romanised(romanised: &RomanisedName) -> Value {
    let mut name = representation("ABC");
    let mrz = romanised.to_mrz();
    name.set("text", Some(if romanised.given().is_empty() { format!("{mrz}<<") } else { mrz }.into()));
    let (family, given) = (romanised.family().replace('<', " "), romanised.given());
    name.set("family", Some(family).filter(|family| !family.is_empty()).map(Value::from));
    let given: Vec<&str> = given.split('<').filter(|given| !given.is_empty()).collect();
    name.set("given", Some(given).filter(|given| !given.is_empty()).map(Value::from));
    name.value()
}

fn representation(writing: &str) -> Elements {
    let mut name = Elements::default();
    name.set("extension", Some(json!([{ "url": REPRESENTATION, "valueCode": writing }])));
    name.set("use", Some("official".into()));
    name
}

fn immunization(dose: &Dose, id: &str, patient: &str) -> Elements {
    let mut elements = Elements::of("Immunization", id, json!({ "profile": [JP_IMMUNIZATION] }));
    let coupon = |ticket: u64| json!([{ "system": COUPON, "value": format!("{ticket:010}") }]);
    elements.set("identifier", dose.ticket.map(coupon));
    elements.set("status", Some("completed".into()));
    let product = dose.product;
    // CVX writes its codes with two digits or more.
    let cvx = CodeSystem::Cvx.uri().unwrap_or_default();
    let mut codes = vec![json!({ "system": cvx, "code": format!("{:02}", product.cvx) })];
    let prequalified = dose.maker.as_deref().and_then(who::find);
    codes.extend(
        prequalified.map(
            |entry| json!({ "system": CodeSystem::WhoProduct.uri(), "code": entry.id(), "display": entry.name() }),
        ),
    );
    elements.set("vaccineCode", Some(json!({ "coding": codes, "text": product.name })));
    elements.set("patient", Some(json!({ "reference": patient })));
    elements.set("occurrenceDateTime", Some(dose.date.to_string().into()));
    elements.set("location", dose.site.as_ref().map(|site| json!({ "display": site })));
    elements.set("manufacturer", maker(dose).map(|maker| json!({ "display": maker })));
    elements.set("lotNumber", dose.lot.clone().map(Value::from));
    elements.set(
        "performer",
        dose.municipality.map(|code| {
            let function = json!([{ "system": PERFORMERS, "code": "OP", "display": "Ordering Provider" }]);
            json!([{ "function": { "coding": function }, "actor": municipality(code) }])
        }),
    );
    let diseases: Vec<Value> = product.diseases().iter().map(|disease| target(*disease)).collect();
    elements.set("protocolApplied", Some(json!([{ "targetDisease": diseases, "doseNumberPositiveInt": dose.number }])));
    elements
}

/// The maker's name: as the register wrote it, unless it wrote a code of the product there.
fn maker(dose: &Dose) -> Option<&str> {
    let said = dose.maker.as_deref().filter(|maker| {
        let code = maker.starts_with("CVX:") || maker.starts_with("cvx:") || vaccine::by_key(maker).is_some();
        !code && who::find(maker).is_none()
    });
    said.or(Some(dose.product.maker).filter(|maker| !maker.is_empty()))
}

fn target(disease: Disease) -> Value {
    let mut codes = Vec::new();
    if disease == Disease::Covid19 {
        codes.push(json!({ "system": JP_DISEASES, "code": "S9VN", "display": "ＣＯＶＩＤ－１９" }));
    }
    codes.push(json!({ "system": CodeSystem::SnomedCt.uri(), "code": disease.snomed_ct() }));
    json!({ "coding": codes })
}
