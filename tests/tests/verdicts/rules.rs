//! Rules of a purpose: the same code is accepted for one and refused for another, with the reason in words.

use crate::desk::{DAY, Desk, NOW, Office, compact, country, eu_claims, eu_dcc, words};
use serde_json::Value;
use tegata_certificate::{Certificate, Date, Format, Kind, StatusIndex};
use tegata_keys::KeyType;
use tegata_tests::specimen;
use tegata_trust_lists::publish::{STARTER_RULES, read_rule_text};
use tegata_trust_lists::rules::{RuleOutcome, RuleSet, Ruling};
use tegata_verifier::{Moment, Reason, Step, StepResult, Verifier, decide};

fn starter(id: &str) -> RuleSet {
    let text = STARTER_RULES.iter().find(|starter| starter.id == id).expect("a starter set").text;
    read_rule_text(text).expect("a set").to_rule_set().expect("rules")
}

fn own(text: &str) -> RuleSet {
    read_rule_text(text).expect("a set").to_rule_set().expect("rules")
}

/// So many doses against COVID-19, the last so many days ago.
fn doses(status: StatusIndex, count: usize, days: i64) -> Certificate {
    let mut certificate = compact(status);
    let one = certificate.doses[0].clone();
    certificate.doses = (0..count)
        .map(|place| {
            let before = days + 30 * (count - 1 - place) as i64;
            let mut dose = one.clone();
            dose.date = NOW.plus(-before * DAY).date();
            dose.number = Some(place as u64 + 1);
            dose
        })
        .collect();
    certificate
}

/// A desk with two offices of different towns, and rule sets.
fn scene(sets: Vec<RuleSet>) -> (Verifier, Office, Office) {
    let (office, other) = (Office::new(KeyType::Ed25519), Office::new(KeyType::Ed25519));
    let mut desk = Desk::new();
    desk.list(&office, &[Format::Compact]);
    desk.list(&other, &[Format::Compact]);
    desk.repository.rule_sets = sets;
    (desk.verifier(), office, other)
}

const FIRST: StatusIndex = StatusIndex { shard: 1, index: 1 };
/// In the range of the second office's key.
const SECOND: StatusIndex = StatusIndex { shard: 1, index: 65_537 };

fn ask(verifier: &Verifier, text: &str, id: &str) -> ((&'static str, Option<&'static str>), Value) {
    let set = verifier.state().rules().and_then(|list| list.set(id)).expect("a set");
    let verdict = verifier.verify(text, Moment::Now(NOW)).judged_by(set, verifier.state());
    let report = serde_json::from_str(&verdict.to_json(verifier.state())).expect("JSON");
    (words(&verdict), report)
}

fn rules_step(report: &Value) -> &Value {
    report["steps"].as_array().expect("steps").iter().find(|step| step["step"] == "rules").expect("a step")
}

#[test]
fn the_same_code_is_accepted_for_one_purpose_and_refused_for_another_in_words() {
    let sets = vec![starter("japan-2022-two-doses"), starter("japan-2022-three-doses"), starter("ihr-yellow-fever")];
    let (verifier, office, _) = scene(sets);
    let text = office.sign(&doses(FIRST, 2, 14));
    assert_eq!(words(&verifier.verify(&text, Moment::Now(NOW))), ("valid", None), "authentic without any purpose");

    let (accepted, report) = ask(&verifier, &text, "japan-2022-two-doses");
    assert_eq!(accepted, ("valid", None));
    let step = rules_step(&report);
    assert_eq!((&step["result"], &step["rules"]["ruling"]), (&"passed".into(), &"accepted".into()));
    assert!(report["certificate"].is_object());

    let (refused, report) = ask(&verifier, &text, "japan-2022-three-doses");
    assert_eq!(refused, ("not-valid", Some("rule-not-met")));
    let step = rules_step(&report);
    assert_eq!(step["rules"]["results"][0]["words"]["en"], "Three doses");
    assert_eq!(step["rules"]["results"][0]["words"]["ja"], "3回接種していること");
    assert_eq!(step["rules"]["results"][0]["outcome"], "fail");
    assert_eq!(step["rules"]["name"]["en"], "Events and restaurants (three doses, 2022)");
    assert!(report["certificate"].is_null(), "what is refused tells nothing of a person");
    assert_eq!(ask(&verifier, &text, "ihr-yellow-fever").0, ("not-valid", Some("rule-not-met")));
}

#[test]
fn the_day_counts_where_the_rules_are_asked_for() {
    let (verifier, office, _) = scene(vec![starter("japan-2022-two-doses")]);
    // NOW is midnight UTC, nine in the morning in Japan: the fourteenth day there, also five hours before.
    let set = verifier.state().rules().and_then(|list| list.set("japan-2022-two-doses")).expect("a set");
    for (days, earlier, expected) in [
        (14, 0, "valid"),
        (13, 0, "not-valid"),
        (13, 5 * 3600, "not-valid"),
        (14, 5 * 3600, "valid"),
        (14, 10 * 3600, "not-valid"),
    ] {
        let text = office.sign(&doses(FIRST, 2, days));
        let moment = Moment::At { at: NOW.plus(-earlier), now: NOW };
        let verdict = verifier.verify(&text, moment).judged_by(set, verifier.state());
        // Issued an hour ago: earlier is another reason, so only the ruling is looked at.
        let Some(applied) = verdict.applied() else { continue };
        let ruling = if applied.ruling() == Ruling::Accepted { "valid" } else { "not-valid" };
        assert_eq!(ruling, expected, "{days} days, {earlier} s earlier");
    }
}

#[test]
fn doses_of_two_towns_count_together_and_each_of_a_family_apart() {
    let (verifier, office, other) = scene(vec![starter("japan-2022-two-doses"), starter("japan-2022-three-doses")]);
    let (mut first, mut second) = (doses(FIRST, 3, 20), doses(SECOND, 3, 20));
    first.doses.truncate(1);
    second.doses.remove(0);
    let set = |id: &str| verifier.state().rules().and_then(|list| list.set(id)).expect("a set");
    let verify = |text: &str| verifier.verify(text, Moment::Now(NOW));
    let (one, two) = (office.sign(&first), other.sign(&second));

    for text in [&one, &two] {
        let alone = verify(text).judged_by(set("japan-2022-three-doses"), verifier.state());
        // The second says that its doses are the second and the third: it is enough alone, as one that says no number is not.
        let expected = if *text == two { ("valid", None) } else { ("not-valid", Some("rule-not-met")) };
        assert_eq!(words(&alone), expected);
    }
    let verdicts = decide(vec![verify(&one), verify(&two)], set("japan-2022-three-doses"), verifier.state());
    assert!(verdicts.iter().all(|verdict| words(verdict) == ("valid", None)));
    assert!(verdicts.iter().all(|verdict| verdict.applied().map(|applied| applied.certificates()) == Some(2)));

    // A child of the same name, born another day, with one dose; and a code that is none.
    let mut child = doses(StatusIndex { shard: 1, index: 9 }, 1, 20);
    child.holder.birth = tegata_certificate::BirthDate::Day(Date::parse("2015-05-05").expect("a day"));
    let child = office.sign(&child);
    let verdicts = decide(
        vec![verify(&one), verify(&child), verify("TG1:NONE"), verify(&two)],
        set("japan-2022-two-doses"),
        verifier.state(),
    );
    let found: Vec<_> = verdicts.iter().map(words).collect();
    assert_eq!(found[0], ("valid", None));
    assert_eq!(found[1], ("not-valid", Some("rule-not-met")), "a sister's doses are not hers");
    assert_eq!(found[2].0, "not-checked");
    assert_eq!(found[3], ("valid", None));
}

#[test]
fn one_dose_in_the_words_of_two_certificates_counts_once() {
    let (verifier, office, other) = scene(vec![starter("japan-2022-two-doses")]);
    let set = verifier.state().rules().and_then(|list| list.set("japan-2022-two-doses")).expect("a set");
    let verify = |text: &str| verifier.verify(text, Moment::Now(NOW));
    let twice = decide(
        vec![verify(&office.sign(&doses(FIRST, 1, 20))), verify(&other.sign(&doses(SECOND, 1, 20)))],
        set,
        verifier.state(),
    );
    assert!(twice.iter().all(|verdict| words(verdict) == ("not-valid", Some("rule-not-met"))));
}

/// An EU set: two doses of the series, as a state would ask.
fn eu_set(kinds: &[&str]) -> RuleSet {
    use tegata_trust_lists::publish::{Description, DraftRule, DraftRuleSet, RuleFile};
    let rule = |identifier: &str, about: &str, invalid: bool, logic: Value| DraftRule {
        rule: RuleFile {
            identifier: identifier.into(),
            kind: if invalid { "Invalidation" } else { "Acceptance" }.into(),
            country: if invalid { "JP" } else { "XX" }.into(),
            version: "1.0.0".into(),
            schema_version: "1.0.0".into(),
            engine: "CERTLOGIC".into(),
            engine_version: "1.3.3".into(),
            certificate_type: about.into(),
            description: vec![Description { lang: "en".into(), desc: identifier.into() }],
            valid_from: "2021-01-01T00:00:00Z".into(),
            valid_to: "2030-01-01T00:00:00Z".into(),
            affected_fields: vec![],
            logic,
        },
        tests: vec![],
    };
    let whole = serde_json::json!({ ">=": [{ "var": "payload.v.0.dn" }, { "var": "payload.v.0.sd" }] });
    let listed = serde_json::json!({ "in": [{ "var": "payload.v.0.mp" }, { "var": "external.valueSets.products" }] });
    let bad = serde_json::json!({ "===": [{ "var": "payload.v.0.is" }, "The bad centre"] });
    DraftRuleSet {
        id: "border-xx".into(),
        version: 1,
        purpose: "border".into(),
        names: [("en".to_owned(), "XX".to_owned())].into(),
        shape: "eu-dcc".into(),
        dated: NOW.to_string(),
        country: Some("XX".into()),
        zone: 0,
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        source: None,
        value_sets: [("products".to_owned(), vec!["EU/1/20/1528".to_owned()])].into(),
        rules: vec![
            rule("VR-XX-0001", "Vaccination", false, whole),
            rule("VR-XX-0002", "Vaccination", false, listed),
            rule("IR-JP-0001", "Vaccination", true, bad),
        ],
    }
    .to_rule_set()
    .expect("a set")
}

fn eu_scene(kinds: &[&str]) -> (Verifier, Office) {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    desk.list(&office, &[Format::EuDcc, Format::Compact]).kinds = vec![Kind::Vaccination, Kind::Test, Kind::Recovery];
    desk.repository.rule_sets = vec![eu_set(kinds)];
    (desk.verifier(), office)
}

#[test]
fn rules_of_a_state_judge_eu_certificates_and_those_of_other_families_in_the_eus_shape() {
    let (verifier, office) = eu_scene(&["vaccination"]);
    let eu = office.sign(&eu_dcc());
    let (outcome, report) = ask(&verifier, &eu, "border-xx");
    assert_eq!(outcome, ("valid", None), "{}", rules_step(&report));
    let results = rules_step(&report)["rules"]["results"].as_array().expect("results").clone();
    assert_eq!(
        results.iter().map(|one| one["rule"].as_str()).collect::<Vec<_>>(),
        [Some("VR-XX-0001"), Some("VR-XX-0002"), Some("IR-JP-0001")]
    );

    // Our own format says no number of doses in the series here: that rule cannot be decided, and the other is met.
    let mut ours = doses(FIRST, 2, 20);
    for dose in &mut ours.doses {
        dose.total = None;
    }
    let (outcome, report) = ask(&verifier, &office.sign(&ours), "border-xx");
    assert_eq!(outcome, ("valid-check", Some("rule-open")));
    assert_eq!(rules_step(&report)["rules"]["results"][0]["outcome"], "open");
    assert_eq!(rules_step(&report)["rules"]["results"][1]["outcome"], "pass", "the product by its code in the EU");
}

#[test]
fn what_the_issuing_country_does_not_accept_of_its_own_is_refused() {
    let (verifier, office) = eu_scene(&["vaccination"]);
    let mut bad = eu_dcc();
    bad.issuer = Some("The bad centre".into());
    assert_eq!(ask(&verifier, &office.sign(&bad), "border-xx").0, ("not-valid", Some("rule-not-met")));
}

#[test]
fn a_kind_without_rules_is_to_be_weighed_and_a_kind_not_accepted_is_refused() {
    let test = |(verifier, office): (Verifier, Office)| {
        let text = office.sign_claims(Format::EuDcc, &eu_claims(Kind::Recovery, Some("JP")));
        ask(&verifier, &text, "border-xx").0
    };
    assert_eq!(test(eu_scene(&["vaccination", "recovery"])), ("valid-check", Some("no-rule-for-kind")));
    assert_eq!(test(eu_scene(&["vaccination"])), ("not-valid", Some("kind-not-accepted")));
}

#[test]
fn what_is_not_valid_without_rules_stays_so_and_is_not_judged_by_them() {
    let (verifier, office, _) = scene(vec![starter("venue")]);
    let stranger = Office::new(KeyType::Ed25519);
    let text = stranger.sign(&doses(FIRST, 2, 20));
    let set = verifier.state().rules().and_then(|list| list.set("venue")).expect("a set");
    let verdict = verifier.verify(&text, Moment::Now(NOW)).judged_by(set, verifier.state());
    assert_eq!(words(&verdict), ("not-valid", Some("unknown-issuer")));
    assert!(verdict.applied().is_none());
    drop(office);
}

#[test]
fn rules_past_their_date_are_told_and_expired_ones_decide_nothing() {
    let office = Office::new(KeyType::Ed25519);
    let mut desk = Desk::new();
    desk.list(&office, &[Format::Compact]);
    desk.repository.rule_sets = vec![starter("venue")];
    desk.repository.publish(NOW.plus(-3_600)).expect("publishes");
    desk.repository.rule_sets.clear();
    let text = office.sign(&doses(FIRST, 2, 20));
    for (days, expected) in [
        (29, ("valid", None)),
        (31, ("valid-check", Some("rules-stale"))),
        (70, ("not-checked", Some("rules-expired"))),
    ] {
        let now = NOW.plus(days * DAY);
        let (bundle, pin) = desk.repository.publish(now.plus(-60)).expect("publishes");
        let state = tegata_trust_lists::TrustState::load(&bundle, &pin, now).expect("loads");
        let policy = tegata_verifier::Policy { accept_demo: true, ..tegata_verifier::Policy::default() };
        let verifier = Verifier::new(state, policy).expect("told so");
        let set = verifier.state().rules().and_then(|list| list.set("venue")).expect("a set");
        let verdict = verifier.verify(&text, Moment::Now(now)).judged_by(set, verifier.state());
        assert_eq!(words(&verdict), expected, "{days} days");
    }
}

#[test]
fn every_family_is_seen_in_one_form() {
    use tegata_certificate::jcs::canonical;
    use tegata_trust_lists::rules::view::tegata;
    let view = |certificate: &Certificate| -> Value {
        serde_json::from_str(&canonical(&tegata(&[certificate]))).expect("JSON")
    };
    for certificate in [compact(FIRST), eu_dcc(), specimen::health_card(), specimen::vds_nc()] {
        let seen = view(&certificate);
        let family = certificate.format.name();
        let course = &seen["courses"]["covid-19"];
        assert!(course["count"].as_u64() >= Some(1), "{family}: {seen}");
        assert_eq!(
            course["last"],
            certificate.doses.iter().filter_map(|dose| dose.date).max().expect("a day").to_string(),
            "{family}"
        );
        assert_eq!(seen["families"][0], family);
        assert_eq!(seen["holder"]["birth"], certificate.holder.birth.to_string(), "{family}");
        assert!(!seen.to_string().contains("HANAKO"), "{family}: no rule needs a name");
    }
    // The EU's holds the last dose and says which it is; the one before was given by then.
    let seen = view(&eu_dcc());
    let doses = seen["courses"]["covid-19"]["doses"].as_array().expect("doses").clone();
    let number = eu_dcc().doses[0].number.expect("a number");
    assert_eq!(doses.len() as u64, number);
    assert!(
        doses[..doses.len() - 1]
            .iter()
            .all(|dose| dose.get("date").is_none() && dose["by"] == doses[doses.len() - 1]["date"])
    );
}

#[test]
fn products_that_are_not_shown_leave_a_rule_open() {
    let set = own(r#"
id = "products"
purpose = "border"
name = { en = "Products" }
date = "2026-01-01"

[[rule]]
id = "VR-ZZ-0001"
text = { en = "Two doses of listed products" }
from = "2021-01-01"
diseases = ["covid-19"]
doses = 2
products = ["comirnaty", "comirnaty-tris", "comirnaty-5-11", "comirnaty-6m-4", "comirnaty-ba1", "comirnaty-ba4-5"]
"#);
    let (verifier, office) = {
        let office = Office::new(KeyType::P256);
        let mut desk = Desk::new();
        desk.list(&office, &[Format::EuDcc]);
        desk.repository.rule_sets = vec![set];
        (desk.verifier(), office)
    };
    // One of the codes of Comirnaty, which names several rows of our table, and only the last dose.
    assert_eq!(ask(&verifier, &office.sign(&eu_dcc()), "products").0, ("valid-check", Some("rule-open")));
}

#[test]
fn each_outcome_of_rules_has_its_step_and_its_words() {
    let (verifier, office, _) = scene(vec![starter("venue")]);
    let set = verifier.state().rules().and_then(|list| list.set("venue")).expect("a set");
    let verdict = verifier.verify(&office.sign(&doses(FIRST, 1, 3)), Moment::Now(NOW)).judged_by(set, verifier.state());
    assert_eq!(verdict.step(Step::Rules), StepResult::Failed(Reason::RuleNotMet));
    let applied = verdict.applied().expect("applied");
    assert_eq!(applied.ruling(), Ruling::Refused);
    assert_eq!(applied.outcomes().iter().map(|(_, outcome)| *outcome).collect::<Vec<_>>(), [RuleOutcome::Fail]);
    let _ = country("JP");
}
