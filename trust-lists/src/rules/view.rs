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
use tegata_certificate::{BirthDate, Certificate, Dose, Recovery, Sex, TestMethod, TestOutcome, TestResult, UnixTime};

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
    let courses = Disease::ALL.into_iter().map(|disease| (Cow::Borrowed(disease.name()), course(disease, &doses)));
    let courses = courses.filter_map(|(name, course)| Some((name, course?))).collect();
    let tests = certificates.iter().flat_map(|certificate| &certificate.tests).map(test);
    let recoveries = certificates.iter().flat_map(|certificate| &certificate.recoveries).map(recovery);
    object([
        ("holder", certificates.first().map(|certificate| holder(certificate))),
        ("doses", Some(Json::List(doses.iter().map(dose).collect()))),
        ("courses", Object::of(courses).ok().map(Json::Object)),
        ("tests", Some(Json::List(tests.collect()))),
        ("recoveries", Some(Json::List(recoveries.collect()))),
        ("families", Some(Json::List(certificates.iter().map(|one| text(one.format.name())).collect()))),
        ("countries", Some(Json::List(certificates.iter().filter_map(|one| shown(one.country)).collect()))),
    ])
}

/// What is beside the certificate: `valueSets`, `validationClock`, `today` in the zone of whoever asks, `countryCode`,
/// `issuerCountryCode`, `iat`, `exp`. `None` only where a value would be nested too deeply, which none is.
#[must_use]
pub fn surroundings<'a>(value_sets: &'a Json<'a>, texts: &'a Surroundings) -> Option<Value<'a>> {
    let text = |text: &'a Option<String>| text.as_deref().map_or(Value::Null, Value::Text);
    Value::object([
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
    Value::object([("payload", Value::of(payload)), ("external", external)])
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
            doses.push(next);
        }
    }
    doses.sort_by_key(|given| (given.dose.date.is_none(), given.dose.date, given.dose.number));
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
    let mut shown_doses: Vec<Json<'a>> = Vec::with_capacity(places.len());
    for place in places.iter().rev() {
        by = date(place).unwrap_or(by);
        let product = place.and_then(Given::product).map(text);
        shown_doses.push(object([("by", shown(Some(by))), ("date", shown(date(place))), ("product", product)]));
    }
    shown_doses.reverse();
    Some(object([
        ("count", Some(Json::Number(places.len() as f64))),
        ("first", shown(places.first().and_then(date))),
        ("last", shown(Some(last))),
        ("doses", Some(Json::List(shown_doses))),
    ]))
}

fn holder<'a>(certificate: &'a Certificate) -> Json<'a> {
    let holder = &certificate.holder;
    let birth = Some(holder.birth).filter(|birth| *birth != BirthDate::Unknown);
    object([
        ("birth", shown(birth)),
        ("sex", holder.sex.map(Sex::number).map(|number| Json::Number(number.into()))),
        ("nationality", holder.nationality.as_deref().map(text)),
    ])
}

fn dose<'a>(given: &Given<'a>) -> Json<'a> {
    let dose = given.dose;
    object([
        ("diseases", Some(Json::List(given.diseases().map(|disease| text(disease.name())).collect()))),
        ("system", Some(text(dose.vaccine.system.name()))),
        ("vaccine", Some(text(&dose.vaccine.code))),
        ("product", given.product().map(text)),
        ("lot", dose.lot.as_deref().map(text)),
        ("date", shown(dose.date)),
        ("number", dose.number.map(|number| Json::Number(number as f64))),
        ("total", dose.total.map(|total| Json::Number(total as f64))),
        ("country", shown(dose.country)),
        ("validFrom", shown(dose.valid_from)),
        ("validUntil", shown(dose.valid_until)),
    ])
}

/// A disease by its stable name, or else as it is written.
fn disease(code: Option<&str>) -> Option<Json<'_>> {
    code.map(|code| text(Disease::of_code(code).map_or(code, |disease| disease.name())))
}

fn test(test: &TestResult) -> Json<'_> {
    object([
        ("disease", disease(test.disease.as_deref())),
        ("method", test.method().map(TestMethod::name).map(text)),
        ("outcome", test.outcome().map(TestOutcome::name).map(text)),
        ("sampledAt", shown(test.sampled_at)),
        ("country", shown(test.country)),
    ])
}

fn recovery(recovery: &Recovery) -> Json<'_> {
    object([
        ("disease", disease(recovery.disease.as_deref())),
        ("firstPositive", shown(recovery.first_positive)),
        ("validFrom", shown(recovery.valid_from)),
        ("validUntil", shown(recovery.valid_until)),
        ("country", shown(recovery.country)),
    ])
}

/// What one certificate of any family says, as the payload of an EU DCC says it: of several doses the last, as there.
/// What the family cannot say is absent.
#[must_use]
pub fn eu_dcc<'a>(certificate: &'a Certificate, issuer: Option<&'a str>) -> Json<'a> {
    let country = certificate.country.as_ref().map(|country| country.as_str()).or(issuer);
    let common = Common {
        country,
        issuer: certificate.issuer.as_deref(),
        identifier: certificate.identifiers.first().map(String::as_str),
    };
    let last = given(&[certificate]).pop();
    let one = |entry: Option<Json<'a>>| entry.map(|entry| Json::List(vec![entry]));
    object([
        ("ver", Some(text("1.3.0"))),
        ("dob", Some(Json::Text(Cow::Owned(certificate.holder.birth.to_string())))),
        ("v", one(last.map(|given| eu_dose(&given, certificate.doses.len(), &common)))),
        ("t", one(certificate.tests.first().map(|test| eu_test(test, &common)))),
        ("r", one(certificate.recoveries.first().map(|recovery| eu_recovery(recovery, &common)))),
    ])
}

/// What every entry of an EU DCC has.
struct Common<'a> {
    country: Option<&'a str>,
    issuer: Option<&'a str>,
    identifier: Option<&'a str>,
}

impl<'a> Common<'a> {
    /// The members, with the entry's own country before the issuer's.
    fn members(&self, own: Option<Json<'a>>) -> [(&'static str, Option<Json<'a>>); 3] {
        [("co", own.or(self.country.map(text))), ("is", self.issuer.map(text)), ("ci", self.identifier.map(text))]
    }
}

fn eu_dose<'a>(given: &Given<'a>, count: usize, common: &Common<'a>) -> Json<'a> {
    let dose = given.dose;
    let eu = given.meaning.and_then(|meaning| meaning.product).and_then(|product| product.eu);
    let own = |own: &'a Option<String>, mapped: Option<&'static str>| own.as_deref().or(mapped).map(text);
    // A code of another system is none of the EU's.
    let vaccine = match dose.vaccine.system {
        vaccine::CodeSystem::SnomedCt | vaccine::CodeSystem::Atc => Some(text(&dose.vaccine.code)),
        _ => eu.map(|eu| text(eu.vaccine)),
    };
    let disease = dose.disease.as_deref().and_then(Disease::of_code).or_else(|| given.diseases().next());
    let disease = disease.map(Disease::snomed_ct).or(dose.disease.as_deref());
    let number = dose.number.or(u64::try_from(count).ok());
    object(
        [
            ("tg", disease.map(text)),
            ("vp", vaccine),
            ("mp", own(&dose.product, eu.map(|eu| eu.product))),
            ("ma", own(&dose.maker, eu.map(|eu| eu.maker))),
            ("dn", number.map(|number| Json::Number(number as f64))),
            ("sd", dose.total.map(|total| Json::Number(total as f64))),
            ("dt", shown(dose.date)),
        ]
        .into_iter()
        .chain(common.members(shown(dose.country))),
    )
}

fn eu_test<'a>(test: &'a TestResult, common: &Common<'a>) -> Json<'a> {
    let method = test.method().map(|method| match method {
        TestMethod::NucleicAcid => "LP6464-4",
        TestMethod::Antigen => "LP217198-3",
        TestMethod::Antibody => test.test_type.as_str(),
    });
    let outcome = test.outcome().map(|outcome| match outcome {
        TestOutcome::NotDetected => "260415000",
        TestOutcome::Detected => "260373001",
    });
    object(
        [
            ("tg", eu_disease(test.disease.as_deref())),
            ("tt", Some(text(method.unwrap_or(&test.test_type)))),
            ("nm", test.name.as_deref().map(text)),
            ("ma", test.device.as_deref().map(text)),
            ("sc", shown(test.sampled_at)),
            ("tr", Some(text(outcome.unwrap_or(&test.result)))),
            ("tc", test.centre.as_deref().map(text)),
        ]
        .into_iter()
        .chain(common.members(shown(test.country))),
    )
}

fn eu_recovery<'a>(recovery: &'a Recovery, common: &Common<'a>) -> Json<'a> {
    object(
        [
            ("tg", eu_disease(recovery.disease.as_deref())),
            ("fr", shown(recovery.first_positive)),
            ("df", shown(recovery.valid_from)),
            ("du", shown(recovery.valid_until)),
        ]
        .into_iter()
        .chain(common.members(shown(recovery.country))),
    )
}

fn eu_disease(code: Option<&str>) -> Option<Json<'_>> {
    code.map(|code| text(Disease::of_code(code).map_or(code, |disease| disease.snomed_ct())))
}

fn text(text: &str) -> Json<'_> {
    Json::Text(Cow::Borrowed(text))
}

fn shown<'a, T: Display>(value: Option<T>) -> Option<Json<'a>> {
    value.map(|value| Json::Text(Cow::Owned(value.to_string())))
}

/// An object of the members that are there. The names are ours, and each stands once.
fn object<'a>(members: impl IntoIterator<Item = (&'static str, Option<Json<'a>>)>) -> Json<'a> {
    let there = members.into_iter().filter_map(|(name, value)| Some((Cow::Borrowed(name), value?)));
    Object::of(there.collect()).map_or(Json::Null, Json::Object)
}
