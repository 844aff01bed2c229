//! What rules see of certificates: one form for all families.
//!
//! `holder` (`birth`, `sex`, `nationality`), `doses`, `courses`, `tests`, `recoveries`, `families`, `countries`. A
//! **course** is what was given against one disease, by its stable name: `count`, `first`, `last` (days), and `doses` in
//! their order, each with `by`, the day by which it was surely given, which an earlier dose shares with the next one that
//! is dated: certificates of some families hold the last dose only and say which it is. Names are in none of it: no rule
//! needs them.

use super::value::Value;
use std::borrow::Cow;
use std::fmt::Display;
use tegata_certificate::json::{Json, Object};
use tegata_certificate::vaccine::{self, Disease, Meaning};
use tegata_certificate::{
    BirthDate, Certificate, Country, Dose, Recovery, TestMethod, TestOutcome, TestResult, UnixTime,
};

/// The most doses of a course: what a certificate says beyond is not believed to be a number of doses.
const COURSE_MAX: usize = 32;

/// A dose with what its codes mean.
struct Given<'a> {
    dose: &'a Dose,
    meaning: Option<Meaning>,
    disease: Option<Disease>,
}

/// What the certificates of one person say together.
#[must_use]
pub fn tegata<'a>(certificates: &[&'a Certificate]) -> Json<'a> {
    let doses = given(certificates);
    let mut courses = Members::default();
    for disease in Disease::ALL {
        if let Some(course) = course(disease, &doses) {
            courses.add(disease.name(), course);
        }
    }
    let (mut tests, mut recoveries) = (Vec::new(), Vec::new());
    let (mut families, mut countries) = (Vec::new(), Vec::new());
    for certificate in certificates {
        tests.extend(certificate.tests.iter().map(test));
        recoveries.extend(certificate.recoveries.iter().map(recovery));
        families.push(text(certificate.format.name()));
        countries.extend(certificate.country.as_ref().map(|country| text(country.as_str())));
    }
    let mut members = Members::default();
    if let Some(first) = certificates.first() {
        members.add("holder", holder(first));
    }
    members.add("doses", Json::List(doses.iter().map(dose).collect()));
    members.add("courses", courses.into_object());
    members.add("tests", Json::List(tests));
    members.add("recoveries", Json::List(recoveries));
    members.add("families", Json::List(families));
    members.add("countries", Json::List(countries));
    members.into_object()
}

/// What is beside the certificate: `valueSets`, `validationClock`, `today` in the zone of whoever asks, `countryCode`,
/// `issuerCountryCode`, `iat`, `exp`. `None` only where a value would be nested too deeply, which none is.
#[must_use]
pub fn surroundings<'a>(value_sets: &'a Json<'a>, texts: &'a Surroundings) -> Option<Value<'a>> {
    let text = |text: &'a Option<String>| text.as_deref().map_or(Value::Null, Value::Text);
    Value::object(vec![
        ("valueSets", Value::of(value_sets)),
        ("validationClock", Value::Text(&texts.clock)),
        ("today", Value::Text(&texts.today)),
        ("countryCode", text(&texts.country)),
        ("issuerCountryCode", text(&texts.issuer)),
        ("iat", text(&texts.issued_at)),
        ("exp", text(&texts.expires_at)),
    ])
}

/// The texts of [`surroundings`], which stay where they are while rules look at them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Surroundings {
    clock: String,
    today: String,
    country: Option<String>,
    issuer: Option<String>,
    issued_at: Option<String>,
    expires_at: Option<String>,
}

impl Surroundings {
    /// At a moment, for a place whose clocks are so many minutes before UTC.
    #[must_use]
    pub fn at(at: UnixTime, minutes: i64) -> Self {
        let today = at.plus(minutes.saturating_mul(60)).date().map(|date| date.to_string());
        Self {
            clock: at.to_string(),
            today: today.unwrap_or_default(),
            country: None,
            issuer: None,
            issued_at: None,
            expires_at: None,
        }
    }

    /// In a country, for a certificate of an issuer.
    #[must_use]
    pub fn of(self, country: Option<&str>, issuer: Option<&str>, certificate: &Certificate) -> Self {
        Self {
            country: country.map(str::to_owned),
            issuer: issuer.map(str::to_owned),
            issued_at: certificate.issued_at.map(|time| time.to_string()),
            expires_at: certificate.expires_at.map(|time| time.to_string()),
            ..self
        }
    }
}

/// The data that rules are evaluated on.
#[must_use]
pub fn data<'a>(payload: &'a Json<'a>, external: Value<'a>) -> Option<Value<'a>> {
    Value::object(vec![("payload", Value::of(payload)), ("external", external)])
}

/// Every dose, each once, in the order in which they were given; those without a day last.
fn given<'a>(certificates: &[&'a Certificate]) -> Vec<Given<'a>> {
    let mut doses: Vec<Given<'a>> = Vec::new();
    for dose in certificates.iter().flat_map(|certificate| &certificate.doses) {
        let meaning = vaccine::meaning(&dose.vaccine, dose.product.as_deref());
        let disease = dose.disease.as_deref().and_then(Disease::of_code);
        let next = Given { dose, meaning, disease };
        // Two certificates may tell of one dose, in the words of two families.
        if !doses.iter().any(|known| known.is_same(&next)) {
            let order = |given: &Given<'_>| (given.dose.date.is_none(), given.dose.date, given.dose.number);
            let place = doses.partition_point(|known| order(known) <= order(&next));
            doses.insert(place, next);
        }
    }
    doses
}

impl Given<'_> {
    fn diseases(&self) -> impl Iterator<Item = Disease> {
        let listed = self.meaning.map_or(&[][..], |meaning| meaning.diseases);
        listed.iter().copied().chain(self.disease.filter(|disease| !listed.contains(disease)))
    }

    fn is_against(&self, disease: Disease) -> bool {
        self.diseases().any(|one| one == disease)
    }

    /// Nobody gets two doses against one disease on one day.
    fn is_same(&self, other: &Self) -> bool {
        let dated = self.dose.date.is_some() && self.dose.date == other.dose.date;
        dated && (self.dose.vaccine == other.dose.vaccine || self.diseases().any(|disease| other.is_against(disease)))
    }

    /// The product's key; absent where its code means several.
    fn product(&self) -> Option<&'static str> {
        self.meaning.and_then(|meaning| meaning.product).map(|product| product.key)
    }
}

/// The doses against one disease. A dose's number may say that there were more before it than are shown.
fn course<'a>(disease: Disease, doses: &[Given<'a>]) -> Option<Json<'a>> {
    let mut places: Vec<Option<&Given<'a>>> = Vec::new();
    for given in doses.iter().filter(|given| given.dose.date.is_some() && given.is_against(disease)) {
        let number = given.dose.number.and_then(|number| usize::try_from(number).ok()).unwrap_or(0);
        let place = number.min(COURSE_MAX).max(places.len() + 1);
        if place > COURSE_MAX {
            break;
        }
        places.resize(place - 1, None);
        places.push(Some(given));
    }
    let date = |place: &Option<&Given<'a>>| place.and_then(|given| given.dose.date);
    let last = places.last().and_then(date)?;
    let mut by = last;
    let mut shown = Vec::with_capacity(places.len());
    for place in places.iter().rev() {
        by = date(place).unwrap_or(by);
        let mut dose = Members::default();
        dose.shown("by", Some(by));
        dose.shown("date", date(place));
        dose.text("product", place.and_then(Given::product));
        shown.push(dose.into_object());
    }
    shown.reverse();
    let mut course = Members::default();
    course.number("count", Some(places.len() as u64));
    course.shown("first", places.first().and_then(date));
    course.shown("last", Some(last));
    course.add("doses", Json::List(shown));
    Some(course.into_object())
}

fn holder(certificate: &Certificate) -> Json<'_> {
    let holder = &certificate.holder;
    let mut members = Members::default();
    members.shown("birth", Some(holder.birth).filter(|birth| *birth != BirthDate::Unknown));
    members.number("sex", holder.sex.map(|sex| sex.number().into()));
    members.text("nationality", holder.nationality.as_deref());
    members.into_object()
}

fn dose<'a>(given: &Given<'a>) -> Json<'a> {
    let dose = given.dose;
    let mut members = Members::default();
    members.add("diseases", Json::List(given.diseases().map(|disease| text(disease.name())).collect()));
    members.text("system", Some(dose.vaccine.system.name()));
    members.text("vaccine", Some(&dose.vaccine.code));
    members.text("product", given.product());
    members.text("lot", dose.lot.as_deref());
    members.shown("date", dose.date);
    members.number("number", dose.number);
    members.number("total", dose.total);
    members.text("country", dose.country.as_ref().map(Country::as_str));
    members.shown("validFrom", dose.valid_from);
    members.shown("validUntil", dose.valid_until);
    members.into_object()
}

/// A disease by its stable name, or else as it is written.
fn disease(code: Option<&str>) -> Option<&str> {
    code.map(|code| Disease::of_code(code).map_or(code, |disease| disease.name()))
}

fn test(test: &TestResult) -> Json<'_> {
    let mut members = Members::default();
    members.text("disease", disease(test.disease.as_deref()));
    members.text("method", test.method().map(TestMethod::name));
    members.text("outcome", test.outcome().map(TestOutcome::name));
    members.shown("sampledAt", test.sampled_at);
    members.text("country", test.country.as_ref().map(Country::as_str));
    members.into_object()
}

fn recovery(recovery: &Recovery) -> Json<'_> {
    let mut members = Members::default();
    members.text("disease", disease(recovery.disease.as_deref()));
    members.shown("firstPositive", recovery.first_positive);
    members.shown("validFrom", recovery.valid_from);
    members.shown("validUntil", recovery.valid_until);
    members.text("country", recovery.country.as_ref().map(Country::as_str));
    members.into_object()
}

/// What one certificate of any family says, as the payload of an EU DCC says it: of several doses the last, as there.
/// What the family cannot say is absent.
#[must_use]
pub fn eu_dcc<'a>(certificate: &'a Certificate, issuer: Option<&'a str>) -> Json<'a> {
    let common = Common {
        country: certificate.country.as_ref().map(Country::as_str).or(issuer),
        issuer: certificate.issuer.as_deref(),
        identifier: certificate.identifiers.first().map(String::as_str),
    };
    let mut members = Members::default();
    members.text("ver", Some("1.3.0"));
    members.shown("dob", Some(certificate.holder.birth));
    if let Some(last) = given(&[certificate]).pop() {
        members.add("v", Json::List(vec![eu_dose(&last, certificate.doses.len(), &common)]));
    }
    if let Some(test) = certificate.tests.first() {
        members.add("t", Json::List(vec![eu_test(test, &common)]));
    }
    if let Some(recovery) = certificate.recoveries.first() {
        members.add("r", Json::List(vec![eu_recovery(recovery, &common)]));
    }
    members.into_object()
}

/// What every entry of an EU DCC has.
struct Common<'a> {
    country: Option<&'a str>,
    issuer: Option<&'a str>,
    identifier: Option<&'a str>,
}

impl<'a> Common<'a> {
    /// The entry with what every entry has; its own country comes before the issuer's.
    fn finish(&self, mut members: Members<'a>, own: Option<&'a Country>) -> Json<'a> {
        members.text("co", own.map(Country::as_str).or(self.country));
        members.text("is", self.issuer);
        members.text("ci", self.identifier);
        members.into_object()
    }
}

fn eu_dose<'a>(given: &Given<'a>, count: usize, common: &Common<'a>) -> Json<'a> {
    let dose = given.dose;
    let eu = given.meaning.and_then(|meaning| meaning.product).and_then(|product| product.eu);
    // A code of another system is none of the EU's.
    let vaccine = match dose.vaccine.system {
        vaccine::CodeSystem::SnomedCt | vaccine::CodeSystem::Atc => Some(dose.vaccine.code.as_str()),
        _ => eu.map(|eu| eu.vaccine),
    };
    let disease = dose.disease.as_deref().and_then(Disease::of_code).or_else(|| given.diseases().next());
    let mut members = Members::default();
    members.text("tg", disease.map(Disease::snomed_ct).or(dose.disease.as_deref()));
    members.text("vp", vaccine);
    members.text("mp", dose.product.as_deref().or(eu.map(|eu| eu.product)));
    members.text("ma", dose.maker.as_deref().or(eu.map(|eu| eu.maker)));
    members.number("dn", dose.number.or(u64::try_from(count).ok()));
    members.number("sd", dose.total);
    members.shown("dt", dose.date);
    common.finish(members, dose.country.as_ref())
}

fn eu_test<'a>(test: &'a TestResult, common: &Common<'a>) -> Json<'a> {
    let method = match test.method() {
        Some(TestMethod::NucleicAcid) => "LP6464-4",
        Some(TestMethod::Antigen) => "LP217198-3",
        Some(TestMethod::Antibody) | None => &test.test_type,
    };
    let outcome = match test.outcome() {
        Some(TestOutcome::NotDetected) => "260415000",
        Some(TestOutcome::Detected) => "260373001",
        None => &test.result,
    };
    let mut members = Members::default();
    members.text("tg", eu_disease(test.disease.as_deref()));
    members.text("tt", Some(method));
    members.text("nm", test.name.as_deref());
    members.text("ma", test.device.as_deref());
    members.shown("sc", test.sampled_at);
    members.text("tr", Some(outcome));
    members.text("tc", test.centre.as_deref());
    common.finish(members, test.country.as_ref())
}

fn eu_recovery<'a>(recovery: &'a Recovery, common: &Common<'a>) -> Json<'a> {
    let mut members = Members::default();
    members.text("tg", eu_disease(recovery.disease.as_deref()));
    members.shown("fr", recovery.first_positive);
    members.shown("df", recovery.valid_from);
    members.shown("du", recovery.valid_until);
    common.finish(members, recovery.country.as_ref())
}

fn eu_disease(code: Option<&str>) -> Option<&str> {
    code.map(|code| Disease::of_code(code).map_or(code, |disease| disease.snomed_ct()))
}

fn text(text: &str) -> Json<'_> {
    Json::Text(Cow::Borrowed(text))
}

/// The members of an object, as far as they are there. One kind of code for all objects: a page loads it.
#[derive(Default)]
struct Members<'a>(Vec<(Cow<'static, str>, Json<'a>)>);

impl<'a> Members<'a> {
    #[inline(never)]
    fn add(&mut self, name: &'static str, value: Json<'a>) {
        self.0.push((Cow::Borrowed(name), value));
    }

    #[inline(never)]
    fn text(&mut self, name: &'static str, text: Option<&'a str>) {
        if let Some(text) = text {
            self.add(name, Json::Text(Cow::Borrowed(text)));
        }
    }

    fn shown<T: Display>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.shown_as(name, &value);
        }
    }

    #[inline(never)]
    fn shown_as(&mut self, name: &'static str, value: &dyn Display) {
        self.add(name, Json::Text(Cow::Owned(value.to_string())));
    }

    fn number(&mut self, name: &'static str, number: Option<u64>) {
        if let Some(number) = number {
            self.add(name, Json::Number(number as f64));
        }
    }

    /// The names are ours, and each stands once.
    #[inline(never)]
    fn into_object(self) -> Json<'a> {
        Object::of(self.0).map_or(Json::Null, Json::Object)
    }
}
