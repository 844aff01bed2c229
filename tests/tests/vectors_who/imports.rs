//! What an import takes of a trust list: every entry is taken, or counted with the reason why not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tegata_tests::published::{Published, published};
use tegata_tests::vectors::{self, Tally};
use tegata_trust_lists::import::{Imported, Input, InputFile, ListKind, Observation, Outcome, Policy};

use super::Case;
use super::entries::Entries;

/// The same list, imported with what is left out for its age or as a test, and without.
struct Imports {
    strict: Imported,
    /// With tests.
    current: Imported,
    /// With tests, and with what has expired.
    all: Imported,
}

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let (id, now) = (case.name(), case.now());
    let document: Value = serde_json::from_slice(&case.bytes()).expect("JSON");
    let entries = Entries::read(&document);
    let imports = Imports {
        strict: import(case, case.bytes(), false, false),
        current: import(case, case.bytes(), true, false),
        all: import(case, case.bytes(), true, true),
    };
    for imported in [&imports.strict, &imports.current, &imports.all] {
        let counts = counts(imported);
        println!("  {id}: {counts:?}");
        tally.check(format!("{id} every entry counted"), counts.values().sum::<u64>() == entries.len());
        for outcome in [Outcome::Reference, Outcome::Malformed, Outcome::OtherPurpose] {
            let (found, wanted) = (imported.report.count(outcome), entries.count(outcome));
            tally.check(format!("{id} {}: {found}, not {wanted}", outcome.name()), found == wanted);
        }
    }
    tally.check(format!("{id} tests"), imports.strict.report.count(Outcome::Test) == entries.tests());

    let keys = entries.keys();
    let wanted = |current: bool, tests: bool| -> BTreeSet<[u8; 32]> {
        let kept = keys.iter().filter(|(_, key)| (!current || key.is_current(now)) && (tests || !key.is_test()));
        kept.map(|(kid, _)| *kid).collect()
    };
    tally.check(format!("{id} in force"), taken(&imports.strict) == wanted(true, false));
    tally.check(format!("{id} in force, with tests"), taken(&imports.current) == wanted(true, true));
    tally.check(format!("{id} all"), taken(&imports.all) == wanted(false, true));
    let misnamed = keys.values().filter(|key| key.is_misnamed()).count() as u64;
    tally.check(format!("{id} misnamed"), imports.all.report.observed(Observation::KidRecomputed) == misnamed);
    for found in &imports.all.keys {
        let differences = keys.get(&found.entry.kid).map(|key| key.differences(found));
        let held =
            if differences.as_ref().is_some_and(Vec::is_empty) { Ok(()) } else { Err(format!("{differences:?}")) };
        tally.outcome(format!("{id} {}", found.issuer.country), held);
    }

    let told = &case.value()["decoded"]["counts"];
    let number = |name: &str| told[name].as_u64().unwrap_or_default();
    if told.is_object() {
        tally.check(format!("{id} entries as told"), number("keys") + number("references") == entries.len());
        tally.check(format!("{id} references"), imports.all.report.count(Outcome::Reference) == number("references"));
    }
    if let Some(keys) = case.value()["expect"]["keys"].as_u64() {
        tally.check(format!("{id} keys as told"), keys == entries.len());
    }
    if let Some(keys) = case.value()["decoded"]["keys"].as_object() {
        for (name, key) in keys {
            trap(case, name, key, &imports, tally);
        }
    }
}

/// Imports as nobody's list, with tests and what has expired or without.
fn import(case: &Case<'_>, bytes: Vec<u8>, keep_test: bool, keep_expired: bool) -> Imported {
    let files = [InputFile { name: "list".to_owned(), bytes }];
    let policy = Policy { unsigned_ok: true, keep_test, keep_expired, ..Policy::new(case.now()) };
    let input = Input { files: &files, signer: None, country: None, iss: None, anchors: &[], policy: &policy };
    ListKind::Who.read(&input).expect("a document")
}

fn taken(imported: &Imported) -> BTreeSet<[u8; 32]> {
    imported.keys.iter().map(|key| key.entry.kid).collect()
}

/// The lists that a verifier holds after such an import: of the document that is named, or none.
pub fn lists(case: &Case<'_>, document: Option<&str>) -> Published {
    let imported = document.map(|document| import(case, case.read(document), true, true));
    published(imported, case.now())
}

fn counts(imported: &Imported) -> BTreeMap<&'static str, u64> {
    let all = Outcome::ALL.iter().map(|outcome| (outcome.name(), imported.report.count(*outcome)));
    all.filter(|(_, count)| *count > 0).collect()
}

/// A key of which the index says what it is and which trap it is: where it is taken, and where it is not.
fn trap(case: &Case<'_>, name: &str, key: &Value, imports: &Imports, tally: &mut Tally) {
    let kid = vectors::base64(key["kid"].as_str().expect("a kid")).expect("base64");
    let taken = |imported: &Imported| imported.keys.iter().any(|imported| imported.entry.kid.starts_with(&kid));
    let trap = case.value()["expect"]["traps"][name].as_str();
    let listed = key["listed"].as_bool().expect("whether it is listed");
    let (current, all) = match trap {
        _ if !listed => (false, false),
        Some(trap) if trap.contains("not permitted") || trap.contains("not on the list") => (false, false),
        Some(trap) if trap.contains("expired") => (false, true),
        // Wrong numbers, names and usages: the certificate decides.
        _ => (true, true),
    };
    let found = (taken(&imports.current), taken(&imports.all));
    tally.check(format!("{} {name}: {found:?} {trap:?}", case.name()), found == (current, all));
    if let Some(found) = imports.all.keys.iter().find(|found| found.entry.kid.starts_with(&kid)) {
        let days = [("not_before", found.entry.sign_from), ("not_after", found.entry.valid_until)];
        let held = days.iter().all(|(name, moment)| {
            let day = moment.date().expect("of this era").to_string();
            key[name].as_str() == Some(day.as_str())
        });
        tally.check(format!("{} {name}: dates", case.name()), held);
    }
}
