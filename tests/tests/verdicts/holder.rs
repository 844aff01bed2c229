//! Whether a certificate belongs to the document shown: what becomes of the verdict, and what the report tells.

use crate::desk::{Desk, NOW, Office, compact, eu_dcc, words};
use serde_json::Value;
use std::time::{Duration, Instant};
use tegata_certificate::mrz::Mrz;
use tegata_certificate::{
    BirthDate, Certificate, Format, Holder, RegisteredName, RomanisedName, StatusIndex, TravelDocument,
};
use tegata_keys::KeyType;
use tegata_tests::specimen::passport;
use tegata_verifier::{Binding, BindingResult, Moment, REPORT_SCHEMA, Step, StepResult, Verifier};

/// A desk that trusts an office, and what the office signs.
struct Counter {
    verifier: Verifier,
    office: Office,
    certificate: Certificate,
}

impl Counter {
    fn new() -> Self {
        let office = Office::new(KeyType::Ed25519);
        let mut desk = Desk::new();
        let range = desk.list(&office, &[Format::Compact]).ranges[0];
        let kanji = compact(StatusIndex { shard: range.shard, index: range.from });
        let holder = Holder {
            romanised: RomanisedName::new("YAMADA", "HANAKO"),
            document: Some(TravelDocument { passport: true, number: "TK1234567".into() }),
            ..kanji.holder.clone()
        };
        Self { verifier: desk.verifier(), office, certificate: Certificate { holder, ..kanji } }
    }

    /// Outcome and reason, and the holder step of the report, after the report has passed its schema.
    fn judge(&self, text: &str, shown: &Mrz) -> (&'static str, Option<&'static str>, Value) {
        let verdict = self.verifier.verify(text, Moment::Now(NOW)).bind(shown);
        let json = verdict.to_json(self.verifier.state());
        let report: Value = serde_json::from_str(&json).expect("JSON");
        let schema: Value = serde_json::from_str(REPORT_SCHEMA).expect("JSON");
        let schema = jsonschema::validator_for(&schema).expect("a schema");
        let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?} in {json}");
        let step = report["steps"].as_array().expect("steps").last().expect("nine").clone();
        let (outcome, reason) = words(&verdict);
        (outcome, reason, step)
    }
}

fn shown(family: &str, number: &str, birth: &str) -> Mrz {
    let name = RomanisedName::new(family, "HANAKO").expect("a name");
    Mrz::read(&passport(&name, number, birth, 'F')).expect("a zone")
}

fn step(json: &str) -> Value {
    serde_json::from_str(json).expect("JSON")
}

#[test]
fn the_document_shown_makes_a_verdict_surer_graver_or_refuses_it() {
    let counter = Counter::new();
    let text = counter.office.sign(&counter.certificate);
    let judge = |shown: &Mrz| counter.judge(&text, shown);
    let own = shown("YAMADA", "TK1234567", "711103");
    assert_eq!(judge(&own), ("valid", None, step(r#"{"step":"holder","result":"passed","binding":"match"}"#)));
    let renewed = step(
        r#"{"step":"holder","result":"noted","reason":"different-document","binding":"different-document","differs":["document-number"]}"#,
    );
    assert_eq!(judge(&shown("YAMADA", "TK7654321", "711103")), ("valid-check", Some("different-document"), renewed));
    let other = step(
        r#"{"step":"holder","result":"failed","reason":"holder-mismatch","binding":"mismatch","differs":["date-of-birth","document-number","name"]}"#,
    );
    assert_eq!(judge(&shown("SATO", "TK7654321", "711104")), ("not-valid", Some("holder-mismatch"), other));
}

#[test]
fn what_a_certificate_does_not_say_makes_a_match_weaker_or_cannot_be_compared() {
    let counter = Counter::new();
    let sign = |change: &dyn Fn(&mut Holder)| {
        let mut certificate = counter.certificate.clone();
        change(&mut certificate.holder);
        counter.office.sign(&certificate)
    };
    let own = shown("YAMADA", "TK1234567", "711103");
    let text = sign(&|holder| holder.document = None);
    let weaker = r#"{"step":"holder","result":"noted","binding":"match","weaker":["no-document-number"]}"#;
    assert_eq!(counter.judge(&text, &own), ("valid", None, step(weaker)));
    let text = sign(&|holder| holder.romanised = None);
    let kanji_only = r#"{"step":"holder","result":"noted","reason":"holder-not-comparable","binding":"not-comparable","weaker":["no-romanised-name"]}"#;
    assert_eq!(counter.judge(&text, &own), ("valid-check", Some("holder-not-comparable"), step(kanji_only)));
    let other_number = shown("YAMADA", "TK7654321", "711103");
    let differs = r#"{"step":"holder","result":"noted","reason":"holder-not-comparable","binding":"not-comparable","differs":["document-number"],"weaker":["no-romanised-name"]}"#;
    assert_eq!(counter.judge(&text, &other_number), ("valid-check", Some("holder-not-comparable"), step(differs)));
}

#[test]
fn every_family_is_compared_the_same_way() {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    desk.list(&office, &[Format::EuDcc]);
    let verifier = desk.verifier();
    let text = office.sign(&eu_dcc());
    let bound = |shown: &Mrz| {
        let verdict = verifier.verify(&text, Moment::Now(NOW)).bind(shown);
        (verdict.step(Step::Holder), verdict.binding().expect("compared").result())
    };
    let weak = (StepResult::Noted(None), BindingResult::Match);
    assert_eq!(bound(&shown("YAMADA", "TK1234567", "711103")), weak);
    assert_eq!(bound(&shown("SATO", "TK1234567", "711103")).1, BindingResult::Mismatch);
}

#[test]
fn a_refused_certificate_s_person_is_not_told_by_the_document_shown() {
    let counter = Counter::new();
    let text = counter.office.sign(&counter.certificate);
    let (own, other) = (shown("YAMADA", "TK1234567", "711103"), shown("SATO", "XX7654321", "500101"));
    let secrets = ["YAMADA", "HANAKO", "山田", "TK1234567", "1971", "711103", "SATO", "XX7654321", "500101"];
    let verdict = counter.verifier.verify(&text, Moment::Now(NOW)).bind(&other);
    assert!(verdict.certificate().is_none());
    let told = format!("{} {verdict:?} {:?} {other:?}", verdict.to_json(counter.verifier.state()), verdict.binding());
    assert!(secrets.iter().all(|secret| !told.contains(secret)), "{told}");
    // Once refused it stays so, whatever is shown next.
    assert_eq!(words(&verdict.bind(&own)), ("not-valid", Some("holder-mismatch")));

    // And one that is refused for another reason is not compared at all.
    let mut expired = counter.certificate.clone();
    expired.expires_at = Some(NOW.plus(-1));
    let text = counter.office.sign(&expired);
    for shown in [&own, &other] {
        let skipped = step(r#"{"step":"holder","result":"skipped"}"#);
        assert_eq!(counter.judge(&text, shown), ("not-valid", Some("expired"), skipped));
    }
}

#[test]
fn the_longest_names_are_compared_in_no_time() {
    let zone = RomanisedName::parse_mrz(&"A<".repeat(19)).expect("a name");
    let shown = Mrz::read(&passport(&zone, "TK1234567", "711103", 'F')).expect("a zone");
    let started = Instant::now();
    for name in ["Ü ".repeat(100), "ÜÖÄ".repeat(50), "Ü".repeat(160), "A ".repeat(40_000), "Ü".repeat(60_000)] {
        let holder = Holder {
            registered: Some(RegisteredName::Whole(name)),
            ..Holder::born(BirthDate::parse("1971-11-03").expect("a date"))
        };
        assert_ne!(Binding::of(&holder, &shown).result(), BindingResult::Match);
    }
    assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
}
