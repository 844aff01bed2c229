//! Rules of one's own: a small TOML of doses, days, diseases, products and ages, and the CertLogic that it means.

use super::draft_rules::{Description, DraftRule, DraftRuleSet, RuleFile};
use super::rule_edges::edges;
use serde::Deserialize;
use serde_json::{Value as Any, json};
use std::collections::BTreeMap;
use tegata_certificate::vaccine::{self, Disease};
use tegata_certificate::{Date, Kind, TestMethod};

/// The most doses that a rule can ask for.
const DOSES_MAX: u32 = 20;
/// The most days, hours and years.
const SPAN_MAX: i64 = 40_000;
/// So many doses of a course are looked at where products matter, and so many tests.
const LOOKED_AT: u32 = 20;
const TESTS_LOOKED_AT: u32 = 4;

/// Why a text is no rule set.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RuleTextError {
    /// Not TOML of this form; what it says names the line.
    #[error("{0}")]
    Toml(String),
    /// A value that cannot be.
    #[error("{place}: {field} cannot be `{value}`; {wanted}")]
    Value {
        /// The set or the rule.
        place: String,
        /// Which.
        field: &'static str,
        /// What it is.
        value: String,
        /// What it can be.
        wanted: &'static str,
    },
}

/// The text of a set.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetText {
    id: String,
    purpose: String,
    name: BTreeMap<String, String>,
    date: String,
    country: Option<String>,
    #[serde(default)]
    zone: Option<String>,
    source: Option<String>,
    rule: Vec<RuleText>,
}

/// The text of a rule.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    pub id: String,
    text: BTreeMap<String, String>,
    pub from: String,
    until: Option<String>,
    version: Option<String>,
    #[serde(default)]
    pub diseases: Vec<String>,
    /// Doses against one of the diseases.
    pub doses: Option<u32>,
    /// Days since the last dose that is needed, at least.
    #[serde(default)]
    pub days: i64,
    /// Days since the last dose of all, at most.
    pub max_days: Option<i64>,
    /// Only doses of these products count.
    #[serde(default)]
    pub products: Vec<String>,
    /// Whom the rule is for: from that age on, and below that age.
    pub age_from: Option<i64>,
    pub age_under: Option<i64>,
    /// Tests of which one is enough, in place of doses.
    #[serde(default)]
    pub test: Vec<TestText>,
}

/// A test that is enough.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TestText {
    pub method: Option<String>,
    pub hours: i64,
}

/// The rule set that a text means, with the tests that its edges need: the day before, the day, the day after.
///
/// ```
/// let set = tegata_trust_lists::publish::read_rule_text(r#"
/// id = "club"
/// purpose = "venue"
/// name = { ja = "会員の集い", en = "Club night" }
/// date = "2026-11-01"
///
/// [[rule]]
/// id = "VR-ZZ-0001"
/// text = { ja = "2回目から14日以上", en = "Two doses, 14 days ago or earlier" }
/// from = "2026-11-01"
/// diseases = ["covid-19"]
/// doses = 2
/// days = 14
/// "#).expect("a rule set");
/// let (tests, faults) = set.faults();
/// assert!(tests >= 4 && faults.is_empty(), "{faults:?}");
/// ```
///
/// # Errors
/// [`RuleTextError`]: the first thing that is not understood.
pub fn read_rule_text(text: &str) -> Result<DraftRuleSet, RuleTextError> {
    let set: SetText = toml::from_str(text).map_err(|error| RuleTextError::Toml(error.to_string()))?;
    let refuse = |field, value: &str, wanted| Err(value_error(&set.id, field, value, wanted));
    let Some(dated) = Date::parse(&set.date) else {
        return refuse("date", &set.date, "it is a day as 2026-11-01");
    };
    let zone = match set.zone.as_deref().map(|zone| (zone, parse_zone(zone))) {
        None => 0,
        Some((_, Some(minutes))) => minutes,
        Some((zone, None)) => return refuse("zone", zone, "it is hours and minutes before UTC, as +09:00"),
    };
    let country = set.country.clone().unwrap_or_else(|| "ZZ".to_owned());
    let rules = set.rule.iter().map(|rule| rule.to_draft(&country)).collect::<Result<Vec<_>, _>>()?;
    let mut kinds: Vec<String> = set.rule.iter().map(|rule| rule.kind().name().to_owned()).collect();
    kinds.sort_by_key(|kind| Kind::ALL.iter().position(|known| known.name() == kind));
    kinds.dedup();
    Ok(DraftRuleSet {
        id: set.id,
        version: 1,
        purpose: set.purpose,
        names: set.name,
        shape: "tegata".to_owned(),
        dated: dated.start().to_string(),
        country: set.country,
        zone,
        kinds,
        source: set.source,
        value_sets: BTreeMap::new(),
        rules,
    })
}

fn value_error(place: &str, field: &'static str, value: &str, wanted: &'static str) -> RuleTextError {
    RuleTextError::Value { place: place.to_owned(), field, value: value.to_owned(), wanted }
}

fn parse_zone(text: &str) -> Option<i64> {
    let (sign, rest) =
        text.strip_prefix('+').map(|rest| (1, rest)).or(text.strip_prefix('-').map(|rest| (-1, rest)))?;
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 60 + minutes))
}

impl RuleText {
    /// What kind of certificate it is about.
    fn kind(&self) -> Kind {
        if self.test.is_empty() { Kind::Vaccination } else { Kind::Test }
    }

    fn refuse<T>(&self, field: &'static str, value: &str, wanted: &'static str) -> Result<T, RuleTextError> {
        Err(value_error(&self.id, field, value, wanted))
    }

    fn to_draft(&self, country: &str) -> Result<DraftRule, RuleTextError> {
        self.check()?;
        let day = |field, text: &str| match Date::parse(text) {
            Some(date) => Ok(date),
            None => self.refuse(field, text, "it is a day as 2026-11-01"),
        };
        let from = day("from", &self.from)?;
        if !(1900..3000).contains(&from.ymd().0) {
            return self.refuse("from", &self.from, "it is a day of the years 1900 to 2999");
        }
        let until = self.until.as_deref().map(|until| day("until", until)).transpose()?;
        let until = until.map_or_else(|| "9999-12-31T00:00:00Z".to_owned(), |until| until.start().to_string());
        let (kind, fields) = match self.kind() {
            Kind::Test => ("Test", ["tests"]),
            _ => ("Vaccination", ["courses"]),
        };
        let rule = RuleFile {
            identifier: self.id.clone(),
            kind: "Acceptance".to_owned(),
            country: country.to_owned(),
            version: self.version.clone().unwrap_or_else(|| "1.0.0".to_owned()),
            schema_version: "1.0.0".to_owned(),
            engine: "CERTLOGIC".to_owned(),
            engine_version: "1.3.3".to_owned(),
            certificate_type: kind.to_owned(),
            description: self.text.iter().map(|(l, s)| Description { lang: l.clone(), desc: s.clone() }).collect(),
            valid_from: from.start().to_string(),
            valid_to: until,
            affected_fields: fields.map(str::to_owned).to_vec(),
            logic: self.logic(),
        };
        Ok(DraftRule { rule, tests: edges(self, from) })
    }

    fn check(&self) -> Result<(), RuleTextError> {
        let span = |value: i64| (0..=SPAN_MAX).contains(&value);
        if self.diseases.is_empty() {
            return self.refuse("diseases", "", "name one or more, as covid-19");
        }
        if let Some(unknown) = self.diseases.iter().find(|name| disease(name).is_none()) {
            return self.refuse("diseases", unknown, "`tegata-trust rules words` lists them");
        }
        if let Some(unknown) = self.products.iter().find(|key| vaccine::by_key(key).is_none()) {
            return self.refuse("products", unknown, "`tegata-trust rules words` lists them");
        }
        if !span(self.days) {
            return self.refuse("days", &self.days.to_string(), "it is a number of days");
        }
        if let Some(max) = self.max_days.filter(|max| !span(*max) || *max < self.days) {
            return self.refuse("max_days", &max.to_string(), "it is a number of days, and not below `days`");
        }
        for (field, age) in [("age_from", self.age_from), ("age_under", self.age_under)] {
            if let Some(age) = age.filter(|age| !(1..=150).contains(age)) {
                return self.refuse(field, &age.to_string(), "it is a number of years from 1 on");
            }
        }
        if let (Some(from), Some(under)) = (self.age_from, self.age_under)
            && under <= from
        {
            return self.refuse("age_under", &under.to_string(), "it is above `age_from`");
        }
        match (self.doses, self.test.is_empty()) {
            (Some(doses), true) if (1..=DOSES_MAX).contains(&doses) => {}
            (Some(doses), true) => return self.refuse("doses", &doses.to_string(), "it is a number from 1 to 20"),
            (None, true) => return self.refuse("doses", "", "say how many, or give a [[rule.test]]"),
            (None, false) if self.days == 0 && self.max_days.is_none() && self.products.is_empty() => {}
            (_, false) => return self.refuse("test", "", "a rule is about tests or about doses: make it two rules"),
        }
        for test in &self.test {
            if !(1..=SPAN_MAX).contains(&test.hours) {
                return self.refuse("hours", &test.hours.to_string(), "it is a number of hours from 1 on");
            }
            if let Some(method) = test.method.as_ref().filter(|name| method(name).is_none()) {
                return self.refuse("method", method, "it is nucleic-acid, antigen or antibody");
            }
        }
        Ok(())
    }

    /// What the rule means.
    fn logic(&self) -> Any {
        let asked = if self.test.is_empty() {
            any(self.diseases.iter().map(|disease| self.course(disease)).collect())
        } else {
            let places = 0..TESTS_LOOKED_AT;
            any(places.flat_map(|place| self.test.iter().map(move |test| self.tested(place, test))).collect())
        };
        let birth = || var("payload.holder.birth");
        let mut applies = Vec::new();
        if let Some(age) = self.age_from {
            applies.push(json!({ "not-before": [today(), plus(birth(), age, "year")] }));
        }
        if let Some(age) = self.age_under {
            applies.push(json!({ "before": [today(), plus(birth(), age, "year")] }));
        }
        match applies.is_empty() {
            true => asked,
            false => json!({ "if": [all(applies), asked, true] }),
        }
    }

    /// So many doses against one disease.
    fn course(&self, disease: &str) -> Any {
        let course = format!("payload.courses.{disease}");
        let doses = self.doses.unwrap_or(1);
        let mut asked = vec![if self.products.is_empty() {
            let by = format!("{course}.doses.{}.by", doses - 1);
            json!({ "if": [var(&by), { "not-before": [today(), plus(var(&by), self.days, "day")] }, false] })
        } else {
            let surely = json!({ "in": [var("current.0.product"), self.products] });
            let perhaps = json!({ "if": [var("current.0.product"), surely, true] });
            // Where a dose that is not shown may be the missing one, nothing is decided: a text is asked for a time.
            let undecided = plus(var(&format!("{course}.undecided")), 0, "day");
            json!({ "if": [
                self.counted(&course, &surely), true,
                { "if": [self.counted(&course, &perhaps), { "!": [undecided] }, false] },
            ] })
        }];
        if let Some(days) = self.max_days {
            let last = format!("{course}.last");
            let recent = json!({ "not-after": [today(), plus(var(&last), days, "day")] });
            asked.push(json!({ "if": [var(&last), recent, false] }));
        }
        all(asked)
    }

    /// Whether enough doses of a course count. What is done with each sees the dose and nothing else, so each goes in
    /// with the day.
    fn counted(&self, course: &str, counts: &Any) -> Any {
        let pairs: Vec<Any> = (0..LOOKED_AT)
            .map(|place| json!([var(&format!("{course}.doses.{place}")), var("external.today")]))
            .collect();
        let old =
            json!({ "not-before": [plus(var("current.1"), 0, "day"), plus(var("current.0.by"), self.days, "day")] });
        let one = json!({ "if": [var("current.0"), { "if": [counts, { "if": [old, 1, 0] }, 0] }, 0] });
        let sum = json!({ "reduce": [pairs, { "+": [var("accumulator"), one] }, 0] });
        json!({ ">=": [sum, self.doses.unwrap_or(1)] })
    }

    /// Whether the test at a place is one that is enough.
    fn tested(&self, place: u32, asked: &TestText) -> Any {
        let test = |member: &str| var(&format!("payload.tests.{place}{member}"));
        let clock = || plus(var("external.validationClock"), 0, "hour");
        let sampled = test(".sampledAt");
        let mut parts = vec![
            json!({ "===": [test(".outcome"), "not-detected"] }),
            json!({ "in": [test(".disease"), self.diseases] }),
        ];
        parts.extend(asked.method.as_ref().map(|method| json!({ "===": [test(".method"), method] })));
        parts.push(json!({ "if": [
            sampled, { "not-after": [plus(sampled.clone(), 0, "hour"), clock(), plus(sampled.clone(), asked.hours, "hour")] },
            false,
        ] }));
        all(parts)
    }
}

/// The disease of that name.
pub(super) fn disease(name: &str) -> Option<Disease> {
    Disease::ALL.into_iter().find(|disease| disease.name() == name)
}

/// The method of that name.
pub(super) fn method(name: &str) -> Option<TestMethod> {
    [TestMethod::NucleicAcid, TestMethod::Antigen, TestMethod::Antibody].into_iter().find(|one| one.name() == name)
}

fn var(path: &str) -> Any {
    json!({ "var": path })
}

fn plus(time: Any, amount: i64, unit: &str) -> Any {
    json!({ "plusTime": [time, amount, unit] })
}

fn today() -> Any {
    plus(var("external.today"), 0, "day")
}

/// Whether all hold.
fn all(mut parts: Vec<Any>) -> Any {
    if parts.len() == 1 { parts.remove(0) } else { json!({ "and": parts }) }
}

/// Whether any holds.
fn any(parts: Vec<Any>) -> Any {
    let mut parts = parts.into_iter().rev();
    let last = parts.next().unwrap_or(json!(false));
    parts.fold(last, |rest, part| json!({ "if": [part, true, rest] }))
}
