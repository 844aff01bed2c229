//! Rule sets as published lists: signed by a role of their own, dated, never backwards, read within bounds.

use std::collections::BTreeMap;
use tegata_certificate::UnixTime;
use tegata_trust_lists::publish::{
    DemoRepository, Description, DraftRule, DraftRuleSet, RuleFault, RuleFile, RuleFiles, RuleTest, STARTER_RULES,
    read_rule_text,
};
use tegata_trust_lists::rules::{RuleSet, Ruling, Value};
use tegata_trust_lists::{Bundle, Freshness, TrustError, TrustState, UpdateError, Updated, update};

const NOW: UnixTime = UnixTime(1_780_272_000);
const DAY: i64 = 86_400;

fn starter(id: &str) -> RuleSet {
    let text = STARTER_RULES.iter().find(|starter| starter.id == id).expect("a starter set").text;
    read_rule_text(text).expect("a set").to_rule_set().expect("rules")
}

fn repository() -> DemoRepository {
    let mut repository = DemoRepository::new("DEMO/rules", NOW).expect("keys");
    repository.rule_sets = vec![starter("venue"), starter("ihr-polio")];
    repository
}

#[test]
fn what_is_published_is_what_a_verifier_reads() {
    let mut repository = repository();
    repository.rule_sets.extend(
        STARTER_RULES
            .iter()
            .skip(1)
            .map(|one| starter(one.id))
            .filter(|one| one.id != "venue" && one.id != "ihr-polio"),
    );
    let (bundle, pin) = repository.publish(NOW).expect("publishes");
    let state = TrustState::load(&Bundle::parse(&bundle.encode()).expect("a bundle"), &pin, NOW).expect("loads");
    let list = state.rules().expect("rules");
    assert!(list.sets.is_sorted_by(|a, b| a.id < b.id));
    for set in &repository.rule_sets {
        assert_eq!(list.set(&set.id), Some(set), "{}", set.id);
    }
}

#[test]
fn a_rule_list_is_what_the_published_cddl_says() {
    let cddl = include_str!("../vc-trust.cddl");
    let (bundle, pin) = repository().publish(NOW).expect("publishes");
    let state = TrustState::load(&bundle, &pin, NOW).expect("loads");
    let payload = state.rules().expect("rules").encode();
    let conforms = |bytes: &[u8]| cddl::validate_cbor_from_slice(&format!("start = rule-list\n{cddl}"), bytes, None);
    conforms(&payload).expect("as the CDDL says");
    assert!(conforms(&state.trust().encode()).is_err(), "another list is none");
}

#[test]
fn rules_never_go_back_and_never_vanish_before_their_time() {
    let mut repository = repository();
    let (first, pin) = repository.publish(NOW).expect("publishes");
    let Ok(Updated::Changed(held)) = update(None, &pin, &mut &first, NOW) else { panic!("the first lists") };
    repository.rule_sets.remove(0);
    let (second, _) = repository.publish(NOW.plus(60)).expect("publishes");
    let Ok(Updated::Changed(newer)) = update(Some(&held), &pin, &mut &second, NOW.plus(60)) else { panic!("newer") };
    assert_eq!(newer.state().rules().map(|list| list.header.version), Some(2));

    // A head that names the older rules again, by whoever holds the head's keys.
    let old = Bundle { rules: first.rules.clone(), ..second.clone() };
    let refused = TrustState::load(&old, &pin, NOW.plus(60)).err();
    assert!(matches!(refused, Some(TrustError::NotNamedByHead { .. })), "{refused:?}");
    let back = update(Some(&newer), &pin, &mut &first, NOW.plus(60));
    assert!(matches!(back, Err(UpdateError::Refused(TrustError::Rollback { .. }))), "{back:?}");

    let without = Bundle { rules: None, ..second };
    let refused = TrustState::load(&without, &pin, NOW.plus(60)).err();
    assert!(matches!(refused, Some(TrustError::Withheld { .. })), "{refused:?}");
}

#[test]
fn a_set_that_changes_gets_a_version_and_one_that_does_not_keeps_its_own() {
    let mut repository = repository();
    repository.publish(NOW).expect("publishes");
    repository.rule_sets[0].names.push(("fr".into(), "Salle".into()));
    let (bundle, pin) = repository.publish(NOW.plus(60)).expect("publishes");
    let state = TrustState::load(&bundle, &pin, NOW.plus(60)).expect("loads");
    let version = |id| state.rules().and_then(|list| list.set(id)).map(|set| set.version);
    assert_eq!((version("venue"), version("ihr-polio")), (Some(2), Some(1)));
}

#[test]
fn old_rules_say_that_they_are_old_and_make_no_certificate_invalid() {
    let mut repository = repository();
    let (_, _) = repository.publish(NOW).expect("publishes");
    let rules = repository.rule_sets.split_off(0);
    // Everything but the rules lives anew.
    let (bundle, pin) = repository.publish(NOW.plus(29 * DAY)).expect("publishes");
    let state = TrustState::load(&bundle, &pin, NOW.plus(29 * DAY)).expect("loads");
    assert_eq!(rules.len(), 2);
    for (days, name) in [(29, "fresh"), (31, "stale"), (99, "expired")] {
        let now = NOW.plus(days * DAY);
        let found = match state.rules_freshness(now) {
            Some(Freshness::Fresh) => "fresh",
            Some(Freshness::Stale { .. }) => "stale",
            Some(Freshness::Expired { .. }) => "expired",
            None => "none",
        };
        assert_eq!(found, name, "{days} days");
    }
    assert_eq!(state.freshness(NOW.plus(31 * DAY)), Freshness::Fresh, "the other lists are as fresh as they are");
}

fn rule(identifier: &str, logic: serde_json::Value, tests: Vec<RuleTest>) -> DraftRule {
    let rule = RuleFile {
        identifier: identifier.into(),
        kind: "Acceptance".into(),
        country: "XX".into(),
        version: "1.0.0".into(),
        schema_version: "1.0.0".into(),
        engine: "CERTLOGIC".into(),
        engine_version: "1.3.3".into(),
        certificate_type: "Vaccination".into(),
        description: vec![Description { lang: "en".into(), desc: "A rule.".into() }],
        valid_from: "2021-01-01T00:00:00Z".into(),
        valid_to: "2030-01-01T00:00:00Z".into(),
        affected_fields: vec![],
        logic,
    };
    DraftRule { rule, tests }
}

fn test(payload: serde_json::Value, expected: bool) -> RuleTest {
    RuleTest { name: "t".into(), payload, external: serde_json::json!({}), expected }
}

fn set(rules: Vec<DraftRule>) -> DraftRuleSet {
    DraftRuleSet {
        id: "xx".into(),
        version: 1,
        purpose: "border".into(),
        names: BTreeMap::from([("en".into(), "XX".into())]),
        shape: "eu-dcc".into(),
        dated: NOW.to_string(),
        country: Some("XX".into()),
        zone: 0,
        kinds: vec!["vaccination".into(), "test".into()],
        source: None,
        value_sets: BTreeMap::new(),
        rules,
    }
}

#[test]
fn a_rule_without_a_passing_and_a_failing_test_or_with_a_wrong_one_is_not_published() {
    let logic = || serde_json::json!({ "===": [{ "var": "payload.a" }, 1] });
    let (yes, no) = (|| test(serde_json::json!({ "a": 1 }), true), || test(serde_json::json!({ "a": 2 }), false));
    let faults = |tests| set(vec![rule("VR-XX-0001", logic(), tests)]).faults().1;
    assert!(faults(vec![yes(), no()]).is_empty());
    for tests in [vec![], vec![yes()], vec![no(), no()]] {
        assert!(matches!(faults(tests)[..], [RuleFault::Untested { .. }]));
    }
    let wrong = test(serde_json::json!({ "a": 1 }), false);
    assert!(matches!(faults(vec![yes(), wrong])[..], [RuleFault::Test { .. }]));
    let broken = set(vec![rule("VR-XX-0001", serde_json::json!({ "or": [true] }), vec![yes(), no()])]);
    assert!(broken.faults().1.iter().any(|fault| matches!(fault, RuleFault::Logic { .. })));
    let twice = set(vec![rule("A", logic(), vec![yes(), no()]), rule("A", logic(), vec![yes(), no()])]);
    assert!(twice.faults().1.iter().any(|fault| matches!(fault, RuleFault::Twice(_))));
}

#[test]
fn of_several_versions_the_highest_in_force_counts_and_kinds_without_rules_differ_from_kinds_not_accepted() {
    use tegata_certificate::Kind::{Recovery, Test, Vaccination};
    let rules = [
        ("1.0.0", "2021-01-01", 1),
        ("1.0.10", "2026-01-01", 2),
        ("1.0.9", "2026-01-01", 3),
        ("9.0.0", "2027-01-01", 4),
    ];
    let rules = rules.map(|(version, from, wanted)| {
        let mut draft = rule("VR-XX-0001", serde_json::json!({ "===": [{ "var": "payload.a" }, wanted] }), vec![]);
        draft.rule.version = version.into();
        draft.rule.valid_from = format!("{from}T00:00:00Z");
        draft
    });
    let set = set(rules.to_vec()).to_rule_set().expect("a set");
    let judged = |a: i64, kind, at: &str| {
        let text = format!("{{\"payload\":{{\"a\":{a}}}}}");
        let json = tegata_certificate::json::Json::parse(text.as_bytes()).expect("JSON");
        let at = UnixTime::parse(at).expect("a time");
        set.judge(&[kind], vec![], &Value::of(&json), at).0
    };
    assert_eq!(judged(1, Vaccination, "2025-12-31T23:59:59Z"), Ruling::Accepted);
    assert_eq!(judged(1, Vaccination, "2026-01-01T00:00:00Z"), Ruling::Refused);
    assert_eq!(judged(2, Vaccination, "2026-06-01T00:00:00Z"), Ruling::Accepted);
    assert_eq!(judged(4, Vaccination, "2029-12-31T23:59:59Z"), Ruling::Accepted);
    assert_eq!(judged(4, Vaccination, "2030-01-01T00:00:00Z"), Ruling::NoRule, "none is in force any more");
    assert_eq!(judged(2, Test, "2026-06-01T00:00:00Z"), Ruling::NoRule);
    assert_eq!(judged(2, Recovery, "2026-06-01T00:00:00Z"), Ruling::KindNotAccepted);
}

#[test]
fn a_file_that_is_no_rule_is_told_and_keeps_nothing_else_from_being_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let logic = serde_json::json!({ "===": [{ "var": "payload.a" }, 1] });
    let good = rule("VR-XX-0001", logic, vec![]).rule;
    let place = folder.path().join("XX/VR-XX-0001");
    std::fs::create_dir_all(place.join("tests")).expect("folders");
    let write = |name: &str, text: String| std::fs::write(place.join(name), text).expect("writes");
    write("rule.json", serde_json::to_string(&good).expect("JSON"));
    write(
        "tests/test001.json",
        serde_json::json!({ "payload": { "a": 1 }, "external": {}, "expected": true }).to_string(),
    );
    write("broken.json", "{ \"Identifier\": ".into());
    write("other.json", "{ \"a\": 1 }".into());
    write("values.json", "{ \"codes\": [\"A\", \"B\"] }".into());
    write(
        "full.json",
        serde_json::json!({ "valueSetId": "full", "valueSetValues": { "C": { "active": true } } }).to_string(),
    );
    let read = RuleFiles::read(folder.path()).expect("reads");
    assert_eq!(read.rules.len(), 1);
    assert_eq!(read.rules[0].tests.len(), 1);
    let names: Vec<_> = read.unreadable.iter().filter_map(|(path, _)| path.file_name()?.to_str()).collect();
    assert_eq!(names, ["broken.json", "other.json"]);
    assert_eq!(read.value_sets["codes"], ["A", "B"]);
    assert_eq!(read.value_sets["full"], ["C"]);
}

#[test]
fn what_a_text_cannot_mean_is_refused_with_what_it_can() {
    let text = STARTER_RULES.iter().find(|starter| starter.id == "venue").expect("venue").text;
    for (from, to, wanted) in [
        ("doses = 1", "doses = 0", "doses"),
        ("doses = 1", "", "doses"),
        ("doses = 1", "dozes = 1", "dozes"),
        ("days = 14", "days = -1", "days"),
        ("days = 14", "days = 14\nmax_days = 3", "max_days"),
        ("days = 14", "days = 14\nage_from = 20\nage_under = 18", "age_under"),
        ("days = 14", "days = 14\nproducts = [\"no-such\"]", "products"),
        ("\"covid-19\"", "\"covid\"", "diseases"),
        ("from = \"2021-01-01\"", "from = \"2021-02-30\"", "from"),
        ("days = 14", "days = 14\ntest = [{ hours = 72 }]", "test"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        let refused = read_rule_text(&changed).expect_err(to).to_string();
        assert!(refused.contains(wanted), "{to}: {refused}");
    }
}

#[test]
fn ages_products_and_last_days_get_their_edges_too() {
    let text = r#"
id = "ages"
purpose = "event"
name = { en = "Ages" }
date = "2026-11-01"

[[rule]]
id = "VR-ZZ-0001"
text = { en = "From 12 and below 65" }
from = "2024-02-29"
diseases = ["covid-19"]
doses = 2
days = 7
max_days = 270
products = ["comirnaty", "spikevax"]
age_from = 12
age_under = 65
"#;
    let set = read_rule_text(text).expect("a set");
    let names: Vec<_> = set.rules[0].tests.iter().map(|test| test.name.as_str()).collect();
    for wanted in [
        "covid-19: the last day",
        "covid-19: a day too late",
        "another product",
        "nothing, turning 12",
        "nothing, turning 65",
    ] {
        assert!(names.contains(&wanted), "{wanted} is not in {names:?}");
    }
    assert!(set.faults().1.is_empty(), "{:?}", set.faults().1);
}
