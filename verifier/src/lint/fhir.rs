//! The FHIR R4 Bundle of a card: what FHIR asks of the resources that cards are about, and what cards leave out so that
//! they fit a code. It is no validator of all of FHIR: resources of other kinds are looked at for the latter only.

use super::{IssueCode, Issues};
use std::collections::BTreeSet;
use tegata_certificate::json::{Json, Object};
use tegata_certificate::vaccine::CodeSystem;
use tegata_certificate::{BirthDate, Date, UnixTime};

const CODE: IssueCode = IssueCode::FhirSchemaError;

/// Members of any resource.
const COMMON: &[&str] =
    &["resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"];
const PATIENT: &str = "identifier active name telecom gender birthDate deceasedBoolean deceasedDateTime address \
    maritalStatus multipleBirthBoolean multipleBirthInteger photo contact communication generalPractitioner \
    managingOrganization link";
const IMMUNIZATION: &str = "identifier status statusReason vaccineCode patient encounter occurrenceDateTime \
    occurrenceString recorded primarySource reportOrigin location manufacturer lotNumber expirationDate site route \
    doseQuantity performer note reasonCode reasonReference isSubpotent subpotentReason education programEligibility \
    fundingSource reaction protocolApplied";
const OBSERVATION: &str = "identifier basedOn partOf status category code subject focus encounter effectiveDateTime \
    effectivePeriod effectiveTiming effectiveInstant issued performer valueQuantity valueCodeableConcept valueString \
    valueBoolean valueInteger valueRange valueRatio valueSampledData valueTime valueDateTime valuePeriod \
    dataAbsentReason interpretation note bodySite method specimen device referenceRange hasMember derivedFrom component";
const CODING: &[&str] = &["id", "extension", "system", "version", "code", "display", "userSelected"];

/// The resources of a bundle, by kind.
pub(super) struct Bundle<'a> {
    resources: Vec<(&'a str, &'a Object<'a>)>,
}

/// The resource that is looked at.
struct Looking<'a, 'i> {
    /// The names that references may have.
    names: &'a BTreeSet<&'a str>,
    place: String,
    issues: &'i mut Issues,
}

impl<'a> Bundle<'a> {
    /// Looks at a bundle, and gives what it holds.
    pub fn check(bundle: &'a Object<'a>, place: &str, issues: &mut Issues) -> Self {
        if text(bundle, "resourceType") != Some("Bundle") {
            issues.error(CODE, format!("{place} resourceType"));
        }
        for needless in ["id", "meta"] {
            if bundle.get(needless).is_some() {
                issues.warning(CODE, format!("{place} {needless}"));
            }
        }
        let entries = list(bundle, "entry");
        if entries.is_empty() {
            issues.error(CODE, format!("{place} entry"));
        }
        let names = entries.iter().filter_map(|entry| text(entry.as_object()?, "fullUrl")).collect();
        let mut found = Self { resources: Vec::new() };
        for (at, entry) in entries.iter().enumerate() {
            let place = format!("{place} entry[{at}]");
            let entry = entry.as_object();
            if !entry.and_then(|entry| text(entry, "fullUrl")).is_some_and(is_short) {
                issues.error(CODE, format!("{place} fullUrl"));
            }
            let resource = entry.and_then(|entry| entry.get("resource")).and_then(Json::as_object);
            let Some((resource, kind)) =
                resource.and_then(|resource| Some((resource, text(resource, "resourceType")?)))
            else {
                issues.error(CODE, format!("{place} resource"));
                continue;
            };
            Looking { names: &names, place, issues }.resource(kind, resource);
            found.resources.push((kind, resource));
        }
        if !found.holds("Patient") {
            issues.error(CODE, format!("{place} Patient"));
        }
        found
    }

    /// Whether there is a resource of that kind.
    pub fn holds(&self, kind: &str) -> bool {
        self.resources.iter().any(|(own, _)| *own == kind)
    }

    /// Whether a vaccination or a test has any code.
    pub fn has_code(&self, kind: &str) -> bool {
        self.codings(kind).any(|coding| text(coding, "code").is_some())
    }

    /// The CVX codes of the vaccines.
    pub fn cvx(&self) -> impl Iterator<Item = &'a str> {
        self.codings("Immunization")
            .filter(|c| text(c, "system").map(CodeSystem::of_uri) == Some(CodeSystem::Cvx))
            .filter_map(|coding| text(coding, "code"))
    }

    fn codings(&self, kind: &str) -> impl Iterator<Item = &'a Object<'a>> {
        let concepts = self.resources.iter().filter(move |(own, _)| *own == kind);
        let concepts = concepts.filter_map(|(kind, body)| body.get(concept_of(kind)).and_then(Json::as_object));
        concepts.flat_map(|concept| list(concept, "coding")).filter_map(Json::as_object)
    }
}

/// Where a kind of resource says what it is about.
fn concept_of(kind: &str) -> &'static str {
    if kind == "Immunization" { "vaccineCode" } else { "code" }
}

fn text<'a>(object: &'a Object<'a>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Json::as_text)
}

fn list<'a>(object: &'a Object<'a>, name: &str) -> &'a [Json<'a>] {
    object.get(name).and_then(Json::as_list).unwrap_or_default()
}

/// The name of an element; `?` for any other.
fn shown(name: &str) -> &str {
    let mut elements = [PATIENT, IMMUNIZATION, OBSERVATION].into_iter().flat_map(str::split_ascii_whitespace);
    if COMMON.contains(&name) || elements.any(|element| element == name) { name } else { "?" }
}

/// `resource:0` and so on.
fn is_short(url: &str) -> bool {
    url.strip_prefix("resource:").is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
}

/// A date of FHIR: year, month or day, and with a moment behind the latter where that is allowed.
fn is_date(text: &str, moment: bool) -> bool {
    match text.len() {
        4 | 7 => BirthDate::parse(text).is_some(),
        10 => Date::parse(text).is_some(),
        _ => moment && text.as_bytes().get(10) == Some(&b'T') && UnixTime::parse(text).is_some(),
    }
}

impl Looking<'_, '_> {
    fn error(&mut self, member: &str) {
        self.issues.error(CODE, format!("{} {member}", self.place));
    }

    fn warning(&mut self, member: &str) {
        self.issues.warning(CODE, format!("{} {member}", self.place));
    }

    fn resource(&mut self, kind: &str, body: &Object) {
        for needless in ["id", "text"] {
            if body.get(needless).is_some() {
                self.warning(needless);
            }
        }
        if let Some(meta) = body.get("meta") {
            self.meta(meta);
        }
        match kind {
            "Patient" => self.patient(body),
            "Immunization" => self.immunization(body),
            "Observation" => self.observation(body),
            _ => {}
        }
        for (name, value) in body.members() {
            self.inside(name, value);
        }
    }

    /// Only the assurance of who somebody is has a place in it.
    fn meta(&mut self, meta: &Json) {
        let only_security = meta.as_object().is_some_and(|meta| meta.members().all(|(name, _)| name == "security"));
        if !only_security {
            self.warning("meta");
        }
        for coding in meta.as_object().map(|meta| list(meta, "security")).unwrap_or_default() {
            self.coding(coding);
        }
    }

    /// Names that no resource of the kind has.
    fn members(&mut self, body: &Object, own: &str) {
        for (name, _) in body.members() {
            let name = name.strip_prefix('_').unwrap_or(name);
            if !COMMON.contains(&name) && !own.split_ascii_whitespace().any(|own| own == name) {
                self.error("has a member that its kind has not");
            }
        }
    }

    fn patient(&mut self, body: &Object) {
        self.members(body, PATIENT);
        if body.get("name").is_some_and(|names| names.as_list().is_none_or(<[Json]>::is_empty)) {
            self.error("name");
        }
        for name in list(body, "name") {
            let given = name.as_object().map(|name| (name.get("family"), name.get("given")));
            let sound = given.is_some_and(|(family, given)| {
                family.is_none_or(|family| family.as_text().is_some())
                    && given.is_none_or(|given| given.texts().is_ok())
            });
            if !sound {
                self.error("name");
            }
        }
        if body.get("birthDate").is_some_and(|birth| !birth.as_text().is_some_and(|birth| is_date(birth, false))) {
            self.error("birthDate");
        }
    }

    fn immunization(&mut self, body: &Object) {
        self.members(body, IMMUNIZATION);
        if text(body, "status") != Some("completed") {
            self.error("status");
        }
        self.concept(body, "vaccineCode");
        self.reference(body, "patient");
        let (date, word) = (body.get("occurrenceDateTime"), body.get("occurrenceString"));
        if date.is_some() == word.is_some() {
            self.error("occurrence");
        }
        if date.is_some_and(|date| !date.as_text().is_some_and(|date| is_date(date, true))) {
            self.error("occurrenceDateTime");
        }
        if body.get("lotNumber").is_some_and(|lot| lot.as_text().is_none_or(str::is_empty)) {
            self.error("lotNumber");
        }
        if body.get("isSubpotent").is_some_and(|value| !matches!(value, Json::Bool(_))) {
            self.error("isSubpotent");
        }
    }

    fn observation(&mut self, body: &Object) {
        self.members(body, OBSERVATION);
        const STATUSES: [&str; 8] =
            ["registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"];
        if !text(body, "status").is_some_and(|status| STATUSES.contains(&status)) {
            self.error("status");
        }
        self.concept(body, "code");
        if body.members().filter(|(name, _)| name.starts_with("value")).count() > 1 {
            self.error("value");
        }
        if body.get("effectiveDateTime").is_some_and(|d| !d.as_text().is_some_and(|d| is_date(d, true))) {
            self.error("effectiveDateTime");
        }
    }

    /// A concept that must have a code.
    fn concept(&mut self, body: &Object, member: &str) {
        let concept = body.get(member).and_then(Json::as_object);
        let coded = concept.is_some_and(|concept| {
            list(concept, "coding").iter().filter_map(Json::as_object).any(|coding| text(coding, "code").is_some())
        });
        if !coded {
            self.error(member);
        }
    }

    fn reference(&mut self, body: &Object, member: &str) {
        if body.get(member).and_then(Json::as_object).and_then(|subject| text(subject, "reference")).is_none() {
            self.error(member);
        }
    }

    fn coding(&mut self, coding: &Json) {
        let Some(coding) = coding.as_object() else { return self.error("coding") };
        if coding.members().any(|(name, _)| !CODING.contains(&name.strip_prefix('_').unwrap_or(name))) {
            self.error("coding");
        }
        if coding.get("display").is_some() {
            self.warning("coding.display");
        }
    }

    /// What holds at every depth. The parser bounds it. Names come from the card: one that no element has could be
    /// anything, also a value, and is not repeated.
    fn inside(&mut self, name: &str, value: &Json) {
        match value {
            Json::List(items) => items.iter().for_each(|item| self.inside(name, item)),
            Json::Object(object) => {
                if let Some(Json::List(codings)) = object.get("coding") {
                    codings.iter().for_each(|coding| self.coding(coding));
                    if object.get("text").is_some() {
                        self.warning(&format!("{}.text", shown(name)));
                    }
                }
                if let Some(reference) = text(object, "reference")
                    && !(is_short(reference) && self.names.contains(reference))
                {
                    self.error(&format!("{}.reference", shown(name)));
                }
                for (name, value) in object.members() {
                    self.inside(name, value);
                }
            }
            _ => {}
        }
    }
}
