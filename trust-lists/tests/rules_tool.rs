//! `tegata-trust rules` as an operator uses it.

mod workplace;

use std::fs;
use workplace::Workplace;

#[test]
fn starter_sets_and_texts_go_from_a_file_to_a_verifier() {
    let place = Workplace::new();
    let pin = place.demo();
    place.done("publish --passphrase-fd 0");
    place.refused("rules publish --passphrase-fd 0", 2, "no rule set is there");
    assert!(place.done("rules add --starter ihr-yellow-fever").contains("Added rule set ihr-yellow-fever (1 rules, "));
    place.refused("rules add --starter no-such", 2, "there is no rule set `no-such`");
    let text = "id = \"club\"\npurpose = \"venue\"\nname = { en = \"Club\" }\ndate = \"2026-11-01\"\n\n[[rule]]\nid = \"VR-ZZ-0001\"\n\
        text = { en = \"One dose\" }\nfrom = \"2026-11-01\"\ndiseases = [\"covid-19\"]\ndoses = 1\n";
    fs::write(place.path("club.toml"), text).expect("writes");
    place.done("rules add club.toml");
    fs::write(place.path("bad.toml"), text.replace("doses = 1", "doses = 99")).expect("writes");
    place.refused("rules add bad.toml", 3, "it is a number from 1 to 20");
    assert!(place.done("rules test").contains("club: 1 rules, "));
    let said = place.done("rules publish --passphrase-fd 0");
    assert!(said.contains("Published rules 1 (2 sets)"), "{said}");
    let state = place.load(&pin);
    let ids: Vec<_> = state.rules().expect("rules").sets.iter().map(|set| set.id.as_str()).collect();
    assert_eq!(ids, ["club", "ihr-yellow-fever"]);

    place.done("rules remove club");
    place.refused("rules remove club", 2, "there is no rule set `club`");
    place.done("rules publish --passphrase-fd 0");
    assert_eq!(place.load(&pin).rules().map(|list| (list.header.version, list.sets.len())), Some((2, 1)));
    assert!(place.done("rules show").contains("In force: version 2"));
    assert!(place.done("rules words").contains("yellow-fever"));
    // Another list's publication keeps the rules in force.
    place.done("publish --passphrase-fd 0");
    assert_eq!(place.load(&pin).rules().map(|list| list.header.version), Some(2));
    let doctor = place.run("doctor");
    assert!(doctor.out.contains("rules"), "{}", doctor.out);
}

#[test]
fn a_states_folder_waits_for_its_tests_and_is_refused_with_an_unreadable_file() {
    let place = Workplace::new();
    place.demo();
    place.done("publish --passphrase-fd 0");
    let folder = place.path("XX/VR-XX-0001");
    fs::create_dir_all(folder.join("tests")).expect("folders");
    let rule = serde_json::json!({
        "Identifier": "VR-XX-0001", "Type": "Acceptance", "Country": "XX", "Version": "1.0.0", "SchemaVersion": "1.0.0",
        "Engine": "CERTLOGIC", "EngineVersion": "0.7.5", "CertificateType": "Vaccination",
        "Description": [{ "lang": "en", "desc": "At least\none dose." }],
        "ValidFrom": "2021-01-01T00:00:00Z", "ValidTo": "2030-01-01T00:00:00Z", "AffectedFields": ["v.0"],
        "Logic": { ">=": [{ "var": "payload.v.0.dn" }, 1] }
    });
    fs::write(folder.join("rule.json"), rule.to_string()).expect("writes");
    let add = "rules add XX --id border-xx --country XX --name en=X";
    place.refused("rules add XX", 2, "a folder of rules needs an id");
    fs::write(folder.join("cut.json"), "{ \"Identifier\": \"VR-").expect("writes");
    place.refused(add, 3, "1 files cannot be read");
    assert!(place.done(&format!("{add} --leave-out-unreadable")).contains("at least one test that comes to true"));
    place.refused("rules publish --passphrase-fd 0", 2, "VR-XX-0001: it needs at least one test");
    fs::remove_file(folder.join("cut.json")).expect("removes");
    for (number, doses, expected) in [(1, 2, true), (2, 0, false)] {
        let test = serde_json::json!({ "payload": { "v": [{ "dn": doses }] }, "external": {}, "expected": expected });
        fs::write(folder.join(format!("tests/test00{number}.json")), test.to_string()).expect("writes");
    }
    assert!(place.done(add).contains("Replaced rule set border-xx (1 rules, 2 tests that hold)."));
    place.done("rules publish --passphrase-fd 0");
}

/// The first eight digits of the hash that the tool shows.
fn digits(shown: &str) -> String {
    let hash = shown.lines().skip_while(|line| !line.starts_with("SHA-256 of what is signed")).nth(1).expect("a hash");
    hash.split_whitespace().take(2).collect()
}

/// One officer signs a proposal, and the chair puts it together.
fn agreed(place: &Workplace, shown: &str, proposal: &str, key: &str) {
    let (stem, digits) = (proposal.strip_suffix(".proposal").expect("a proposal"), digits(shown));
    place.done(&format!("sign {proposal} --keys officers --key {key} --yes {digits} --passphrase-fd 0"));
    place.done(&format!("assemble {proposal} {stem}.{key}.sig --dir trust"));
}

#[test]
fn a_repository_from_before_there_were_rules_gets_the_role_by_a_new_root() {
    let place = Workplace::new();
    for key in ["root-1", "trust-1", "head-1", "rules-1"] {
        place.done(&format!("key new {key} --demo --keys officers --passphrase-fd 0"));
    }
    let keys = "--root-key officers/root-1.json --trust-key officers/trust-1.json --head-key officers/head-1.json";
    let shown = place.done(&format!("propose init --demo --repository-id DEMO/old {keys}"));
    agreed(&place, &shown, "root-1.proposal", "root-1");
    let shown = place.done("propose trust");
    agreed(&place, &shown, "trust-1.proposal", "trust-1");
    place.done("publish --head-only --keys officers --passphrase-fd 0");
    place.done("rules add --starter venue");
    place.refused("rules publish --keys officers --passphrase-fd 0", 2, "propose a root with --add-rules-key");
    let shown = place.done("propose root --add-rules-key officers/rules-1.json");
    agreed(&place, &shown, "root-2.proposal", "root-1");
    place.done("rehearse");
    place.done("publish --head-only --keys officers --passphrase-fd 0");
    assert!(place.done("rules publish --keys officers --passphrase-fd 0").contains("Published rules 1 (1 sets)"));
}
