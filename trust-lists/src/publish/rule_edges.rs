//! The tests at a rule's edges: the day before, the day, the day after; a dose less, another disease, another product;
//! the birthday and the day before it.

use super::draft_rules::RuleTest;
use super::rule_text::{RuleText, TestText, disease, method};
use crate::rules::view;
use serde_json::{Value as Any, json};
use tegata_certificate::vaccine::{CodeSystem, Disease, PRODUCTS, Product, VaccineCode, by_key};
use tegata_certificate::{
    BirthDate, Certificate, Date, Dose, Format, Holder, Kind, TestMethod, TestResult, UnixTime, jcs,
};

/// Days between two doses of a made-up course.
const BETWEEN: i64 = 30;

/// The tests of a rule, on the first day that it counts.
pub(super) fn edges(rule: &RuleText, today: Date) -> Vec<RuleTest> {
    let maker = Maker { rule, today, tests: Vec::new() };
    if rule.test.is_empty() { maker.of_doses() } else { maker.of_tests() }
}

struct Maker<'a> {
    rule: &'a RuleText,
    today: Date,
    tests: Vec<RuleTest>,
}

/// A day so many days after another, or that day where there is none.
fn day(from: Date, days: i64) -> Date {
    Date::from_days(i64::from(from.days()).saturating_add(days)).unwrap_or(from)
}

/// The day of the month so many years before.
fn years_before(date: Date, years: i64) -> Date {
    let (year, month, day) = date.ymd();
    let year = year.saturating_sub(i32::try_from(years).unwrap_or(i32::MAX));
    Date::from_ymd(year, month, day).or(Date::from_ymd(year, month, 28)).unwrap_or(date)
}

impl Maker<'_> {
    fn add(&mut self, name: impl Into<String>, certificate: &Certificate, expected: bool) {
        self.add_at(name, certificate, self.today.start().plus(43_200), expected);
    }

    fn add_at(&mut self, name: impl Into<String>, certificate: &Certificate, at: UnixTime, expected: bool) {
        let payload = jcs::canonical(&view::tegata(&[certificate]));
        let payload: Any = serde_json::from_str(&payload).unwrap_or_default();
        let external = json!({ "validationClock": at.to_string(), "today": self.today.to_string() });
        self.tests.push(RuleTest { name: name.into(), payload, external, expected });
    }

    /// Somebody whom the rule is for.
    fn holder(&self) -> Holder {
        let age = self.rule.age_from.or(self.rule.age_under.map(|age| age - 1)).unwrap_or(30);
        Holder::born(BirthDate::Day(day(years_before(self.today, age), -1)))
    }

    fn certificate(&self, kind: Kind) -> Certificate {
        Certificate::about(self.holder(), Format::Compact, kind)
    }

    /// So many doses of a product, the last so many days before today.
    fn doses(&self, product: &Product, count: u32, days: i64) -> Certificate {
        let doses = (0..count).map(|place| {
            let before = days + BETWEEN * i64::from(count - 1 - place);
            let vaccine = VaccineCode { system: CodeSystem::Cvx, code: product.cvx.to_string() };
            Dose { date: Some(day(self.today, -before)), number: Some(u64::from(place) + 1), ..Dose::of(vaccine) }
        });
        Certificate { doses: doses.collect(), ..self.certificate(Kind::Vaccination) }
    }

    /// The product to show a disease with.
    fn product(&self, wanted: Disease) -> Option<&'static Product> {
        let listed = self.rule.products.iter().filter_map(|key| by_key(key));
        let mut named = listed.filter(|product| product.diseases().contains(&wanted));
        match self.rule.products.is_empty() {
            true => PRODUCTS.iter().find(|product| product.diseases().contains(&wanted)),
            false => named.next(),
        }
    }

    fn of_doses(mut self) -> Vec<RuleTest> {
        let rule = self.rule;
        let doses = rule.doses.unwrap_or(1);
        for name in &rule.diseases {
            let Some(product) = disease(name).and_then(|disease| self.product(disease)) else { continue };
            for (words, days, expected) in
                [("the day before", -1, false), ("the day", 0, true), ("the day after", 1, true)]
            {
                let days = rule.days + days;
                let expected = expected && rule.max_days.is_none_or(|max| days <= max);
                self.add(format!("{name}: {words}"), &self.doses(product, doses, days), expected);
            }
            self.add(format!("{name}: a dose less"), &self.doses(product, doses - 1, rule.days + 1), false);
            if let Some(max) = rule.max_days {
                self.add(format!("{name}: the last day"), &self.doses(product, doses, max), true);
                self.add(format!("{name}: a day too late"), &self.doses(product, doses, max + 1), false);
            }
        }
        let listed: Vec<Disease> = rule.diseases.iter().filter_map(|name| disease(name)).collect();
        let other = |product: &&Product| product.diseases().iter().all(|disease| !listed.contains(disease));
        if let Some(other) = PRODUCTS.iter().find(other) {
            self.add("another disease", &self.doses(other, doses, rule.days), false);
        }
        let unlisted = |product: &&Product| {
            !rule.products.iter().any(|key| key == product.key)
                && product.diseases().iter().any(|disease| listed.contains(disease))
        };
        if let Some(other) = PRODUCTS.iter().find(unlisted).filter(|_| !rule.products.is_empty()) {
            self.add("another product", &self.doses(other, doses, rule.days), false);
        }
        self.of_ages(Kind::Vaccination);
        self.tests
    }

    /// Who has nothing to show is refused as soon as the rule is for them, and not before.
    fn of_ages(&mut self, kind: Kind) {
        let turning = |days: i64, age: i64| Holder::born(BirthDate::Day(day(years_before(self.today, age), days)));
        let mut cases = Vec::new();
        if let Some(age) = self.rule.age_from {
            cases.push((format!("nothing, a day before turning {age}"), turning(1, age), true));
            cases.push((format!("nothing, turning {age}"), turning(0, age), false));
        }
        if let Some(age) = self.rule.age_under {
            cases.push((format!("nothing, a day before turning {age}"), turning(1, age), false));
            cases.push((format!("nothing, turning {age}"), turning(0, age), true));
        }
        for (name, holder, expected) in cases {
            self.add(name, &Certificate::about(holder, Format::Compact, kind), expected);
        }
    }

    fn tested(&self, asked: &TestText, result: &str, target: Option<Disease>, sampled_at: UnixTime) -> Certificate {
        let test_type = match asked.method.as_deref().and_then(method) {
            Some(TestMethod::Antigen) => "antigen",
            Some(TestMethod::Antibody) => "antibody",
            Some(TestMethod::NucleicAcid) | None => "molecular(PCR)",
        };
        let test = TestResult {
            disease: target.map(|disease| disease.snomed_ct().to_owned()),
            test_type: test_type.to_owned(),
            name: None,
            device: None,
            sampled_at: Some(sampled_at),
            result: result.to_owned(),
            country: None,
            centre: None,
        };
        Certificate { tests: vec![test], ..self.certificate(Kind::Test) }
    }

    fn of_tests(mut self) -> Vec<RuleTest> {
        let rule = self.rule;
        let target = rule.diseases.first().and_then(|name| disease(name));
        let now = self.today.start().plus(43_200);
        for asked in &rule.test {
            let name = asked.method.as_deref().unwrap_or("any test");
            let last = now.plus(-asked.hours * 3600);
            // What is too old for this test may be recent enough for another of the rule.
            let method = |test: &TestText| test.method.is_none() || test.method == asked.method;
            let longest = rule.test.iter().filter(|test| method(test)).map(|test| test.hours).max();
            let longer = longest.is_some_and(|longest| longest > asked.hours);
            self.add_at(
                format!("{name}: at the last moment"),
                &self.tested(asked, "negative", target, last),
                now,
                true,
            );
            let late = self.tested(asked, "negative", target, last.plus(-1));
            self.add_at(format!("{name}: a second too late"), &late, now, longer);
            let early = self.tested(asked, "negative", target, now.plus(1));
            self.add_at(format!("{name}: not taken yet"), &early, now, false);
            self.add_at(format!("{name}: detected"), &self.tested(asked, "positive", target, now), now, false);
            let other = Disease::ALL.into_iter().find(|one| !rule.diseases.iter().any(|name| name == one.name()));
            self.add_at(format!("{name}: another disease"), &self.tested(asked, "negative", other, now), now, false);
        }
        self.of_ages(Kind::Test);
        self.tests
    }
}
