//! The rules of states with their tests, read by the importer and run as a publisher's.

use tegata_tests::vectors::{self, Manifest, Tally};
use tegata_trust_lists::publish::{DraftRule, RuleFiles};
use tegata_trust_lists::rules::Rule;

#[test]
fn every_rule_of_the_states_comes_to_what_its_tests_expect() {
    let Some(folder) = vectors::family("dcc-rules") else { return };
    let manifest = Manifest::read(&folder);
    let mut countries: Vec<&str> =
        manifest.entries().iter().filter_map(|entry| entry.name.split_once('/')).map(|(c, _)| c).collect();
    countries.retain(|country| country.len() == 2);
    countries.dedup();
    assert!(!countries.is_empty(), "the manifest names states");
    let mut tallies: Vec<Tally> = countries.into_iter().map(|country| state(&manifest, country)).collect();
    tallies.push(value_sets(&manifest));
    vectors::finish("dcc-rules", tallies);
}

/// A state's rules. What is no JSON is reported, and keeps nothing else from being read.
fn state(manifest: &Manifest, country: &str) -> Tally {
    let mut tally = Tally::new(country);
    let files = RuleFiles::read(&manifest.path(country)).expect("a folder");
    for (path, why) in &files.unreadable {
        let broken = serde_json::from_slice::<serde_json::Value>(&std::fs::read(path).expect("a file")).is_err();
        tally.check(format!("{} is refused: {why}", path.display()), broken);
    }
    let rules: usize = manifest.below(country, "json").filter(|name| !name.contains("/tests/")).count();
    tally.check("every rule is read or reported", files.rules.len() + files.unreadable.len() == rules);
    for draft in &files.rules {
        match draft.rule.to_rule() {
            Ok(rule) => check(draft, &rule, &mut tally),
            Err(fault) => tally.outcome(&draft.rule.identifier, Err(fault)),
        }
    }
    tally
}

/// Each test of a rule, one by one.
fn check(draft: &DraftRule, rule: &Rule, tally: &mut Tally) {
    tally.check(format!("{} is understood", rule.identifier), rule.is_understood());
    for (place, test) in draft.tests.iter().enumerate() {
        let alone = DraftRule { rule: draft.rule.clone(), tests: vec![test.clone()] };
        let outcome = alone.run(&std::collections::BTreeMap::new()).map(drop).map_err(|faults| format!("{faults:?}"));
        tally.outcome(format!("{} #{place}", rule.identifier), outcome);
    }
}

fn value_sets(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("value sets");
    let files = RuleFiles::read(&manifest.path("valueSets.json")).expect("a file");
    tally.check("they are read", !files.value_sets.is_empty() && files.unreadable.is_empty());
    tally
}
