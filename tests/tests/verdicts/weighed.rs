//! What a person must weigh in a genuine certificate: a test is no vaccination, a detected agent is no
//! negative test, and a dose may not count yet.

use crate::desk::{DAY, Desk, NOW, Office, country, eu_claims};
use serde_json::Value;
use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
use tegata_certificate::{BirthDate, Certificate, Dose, Format, Holder, Kind, RomanisedName, TravelDocument, UnixTime};
use tegata_keys::KeyType;
use tegata_verifier::tool::{Style, write_verdict};
use tegata_verifier::{Language, Moment, REPORT_SCHEMA, Verifier};

/// Outcome and reason, the report, and the words in a language.
fn judge(verifier: &Verifier, text: &str, language: Language) -> (String, Value, String) {
    let verdict = verifier.verify(text, Moment::Now(NOW));
    let report: Value = serde_json::from_str(&verdict.to_json(verifier.state())).expect("JSON");
    let schema: Value = serde_json::from_str(REPORT_SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {report}");
    let mut words = Vec::new();
    let style = Style { language, colour: false, explain: false };
    write_verdict(&mut words, &verdict, verifier.state(), None, style).expect("writes to memory");
    let reason = verdict.reason().map_or("", |reason| reason.code());
    let outcome = format!("{} {reason}", verdict.outcome().name()).trim_end().to_owned();
    (outcome, report, String::from_utf8(words).expect("UTF-8"))
}

/// An office whose key may sign every kind for the EU, and a verifier that lists it.
fn eu_desk() -> (Office, Verifier) {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    desk.list(&office, &[Format::EuDcc]).kinds = Kind::ALL.to_vec();
    let verifier = desk.verifier();
    (office, verifier)
}

/// Claims in which one text stands for another of its length.
fn with(claims: Vec<u8>, from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at = claims.windows(from.len()).position(|window| window == from.as_bytes()).expect("stands there");
    [&claims[..at], to.as_bytes(), &claims[at + to.len()..]].concat()
}

#[test]
fn a_test_is_shown_as_a_test_with_its_result_in_words() {
    let (office, verifier) = eu_desk();
    let negative = office.sign_claims(Format::EuDcc, &eu_claims(Kind::Test, Some("JP")));
    let (outcome, report, words) = judge(&verifier, &negative, Language::En);
    assert_eq!((outcome.as_str(), &report["kind"]), ("valid", &"test".into()));
    let test = &report["certificate"]["tests"][0];
    assert_eq!((&test["method"], &test["outcome"]), (&"nucleic-acid".into(), &"not-detected".into()));
    assert!(words.contains("Kind: test certificate (not a vaccination)"), "{words}");
    assert!(
        words
            .contains("Test: not detected (negative), nucleic acid test (such as PCR), sample of 2026-05-31T08:00:00Z"),
        "{words}"
    );
    assert!(!words.contains("Dose"), "{words}");
    let (_, _, words) = judge(&verifier, &negative, Language::Ja);
    assert!(words.contains("種類: 検査の証明書（接種ではありません）"), "{words}");
    assert!(words.contains("検査: 陰性（検出せず）, 核酸検査（PCR など）"), "{words}");
}

#[test]
fn a_detected_agent_never_makes_a_plain_valid() {
    let (office, verifier) = eu_desk();
    let claims = with(eu_claims(Kind::Test, Some("JP")), "260415000", "260373001");
    let text = office.sign_claims(Format::EuDcc, &claims);
    let (outcome, report, words) = judge(&verifier, &text, Language::En);
    assert_eq!(outcome, "valid-check test-detected");
    assert_eq!(report["certificate"]["tests"][0]["outcome"], "detected");
    assert_eq!(report["steps"][7]["reason"], "test-detected");
    assert!(words.starts_with("! ") && words.contains("Test: DETECTED (positive)"), "{words}");
    let (_, _, words) = judge(&verifier, &text, Language::Ja);
    assert!(words.contains("検査: 陽性（検出）"), "{words}");

    // A result that is neither is shown as it stands, and nobody is told that it is negative.
    let claims = with(eu_claims(Kind::Test, Some("JP")), "260415000", "419984006");
    let (_, report, words) = judge(&verifier, &office.sign_claims(Format::EuDcc, &claims), Language::En);
    assert!(report["certificate"]["tests"][0].get("outcome").is_none());
    assert!(words.contains("Test: 419984006"), "{words}");
}

#[test]
fn a_recovery_is_shown_with_its_first_test_and_its_period() {
    let (office, verifier) = eu_desk();
    let text = office.sign_claims(Format::EuDcc, &eu_claims(Kind::Recovery, Some("JP")));
    let (outcome, report, words) = judge(&verifier, &text, Language::En);
    assert_eq!((outcome.as_str(), &report["kind"]), ("valid", &"recovery".into()));
    assert!(words.contains("Kind: recovery certificate (not a vaccination)"), "{words}");
    assert!(
        words.contains("Recovery: first positive 2026-04-20, certified from 2026-05-01 until 2026-11-01"),
        "{words}"
    );
    let (_, _, words) = judge(&verifier, &text, Language::Ja);
    assert!(words.contains("回復: 最初の陽性 2026-04-20、証明の期間 2026-05-01 から 2026-11-01 まで"), "{words}");
}

const STAMARIL: &str = "YellowFeverProductd8a09f80301dc05e124f99ffe7711fc0";

/// A traveller's yellow fever certificate, of a dose so many days ago.
fn traveller(days: i64, product: &str) -> Certificate {
    let given = UnixTime(NOW.0 - days * DAY).date().expect("a day");
    let vaccine = VaccineCode { system: CodeSystem::WhoProduct, code: product.to_owned() };
    let holder = Holder {
        romanised: RomanisedName::new("YAMADA", "HANAKO"),
        document: Some(TravelDocument { passport: true, number: "XX0000000".into() }),
        guardian: Some("YAMADA TARO".into()),
        ..Holder::born(BirthDate::parse("2019-11-03").expect("a date"))
    };
    Certificate {
        country: Some(country("JP")),
        issuer: Some("Kakuu City".into()),
        doses: vec![Dose { date: Some(given), lot: Some("EX0001".into()), ..Dose::of(vaccine) }],
        issued_at: Some(NOW.plus(-600)),
        expires_at: Some(NOW.plus(365 * DAY)),
        ..Certificate::about(holder, Format::Icvp, Kind::Vaccination)
    }
}

#[test]
fn a_yellow_fever_certificate_counts_from_the_tenth_day_and_an_unlisted_product_is_looked_up() {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    desk.list(&office, &[Format::Icvp]);
    let verifier = desk.verifier();
    let judge = |days, product| judge(&verifier, &office.sign(&traveller(days, product)), Language::En);
    let (outcome, report, words) = judge(10, STAMARIL);
    assert_eq!((outcome.as_str(), &report["format"]), ("valid", &"icvp".into()));
    assert_eq!(report["certificate"]["holder"]["guardian"], "YAMADA TARO");
    assert!(words.contains("Stamaril") && words.contains("Guardian: YAMADA TARO"), "{words}");
    assert_eq!(judge(9, STAMARIL).0, "valid-check dose-too-recent");
    assert_eq!(judge(4_000, STAMARIL).0, "valid");
    let unlisted = "YellowFeverProduct00000000000000000000000000000001";
    let (outcome, _, words) = judge(100, unlisted);
    assert_eq!(outcome, "valid-check product-not-listed");
    assert!(words.contains("Yellow fever vaccine"), "{words}");
}

#[test]
fn a_key_of_one_network_signs_nothing_of_the_other_though_they_share_an_envelope() {
    let office = Office::new(KeyType::P256);
    let travel = office.sign(&traveller(100, STAMARIL));
    let eu = office.sign_claims(Format::EuDcc, &eu_claims(Kind::Vaccination, Some("JP")));
    for (listed, own, other) in [(Format::Icvp, &travel, &eu), (Format::EuDcc, &eu, &travel)] {
        let mut desk = Desk::new();
        desk.list(&office, &[listed]);
        let verifier = desk.verifier();
        assert_eq!(judge(&verifier, own, Language::En).0, "valid", "{listed:?}");
        assert_eq!(judge(&verifier, other, Language::En).0, "not-valid format-out-of-scope", "{listed:?}");
    }
}

#[test]
fn a_scope_names_a_disease_in_any_system() {
    let office = Office::new(KeyType::P256);
    let text = office.sign(&traveller(100, STAMARIL));
    let judge = |disease: &str| {
        let mut desk = Desk::new();
        desk.list(&office, &[Format::Icvp]).diseases = vec![disease.to_owned()];
        judge(&desk.verifier(), &text, Language::En).0
    };
    assert_eq!(judge("16541001"), "valid");
    assert_eq!(judge("1D47"), "valid");
    assert_eq!(judge("840539006"), "not-valid disease-out-of-scope");
    assert_eq!(judge("RA01"), "not-valid disease-out-of-scope");
}
