//! `verify --purpose` as a door uses it.

use crate::tool;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{SystemTime, UNIX_EPOCH};
use tegata_certificate::{Certificate, Format, StatusIndex, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::specimen::{DAY, compact, japan, seal};
use tegata_trust_lists::Issuer;
use tegata_trust_lists::publish::{DemoRepository, STARTER_RULES, read_rule_text};

fn clock() -> UnixTime {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    UnixTime(i64::try_from(since).expect("before the end"))
}

/// A certificate of these doses of a course of three, the last of them twenty days old.
fn doses(now: UnixTime, index: u64, places: &[i64]) -> Certificate {
    let mut certificate = compact(StatusIndex { shard: 1, index });
    let one = certificate.doses[0].clone();
    let dose = |place: &i64| {
        let mut dose = one.clone();
        (dose.date, dose.number) = (now.plus(-(20 + 30 * (3 - place)) * DAY).date(), None);
        dose
    };
    certificate.doses = places.iter().map(dose).collect();
    (certificate.issued_at, certificate.not_before) = (Some(now.plus(-60)), None);
    certificate.expires_at = Some(now.plus(300 * DAY));
    certificate
}

fn verify(lists: &Path, root: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(tool("tegata-verifier"));
    command.args(["verify", "--demo", "--root", root, "--lang", "en", "--trust"]).arg(lists).args(arguments);
    command.env_remove("TEGATA_PURPOSE").output().expect("runs")
}

#[test]
fn a_purpose_decides_in_words_and_several_codes_of_one_person_count_together() {
    let (now, folder) = (clock(), tempfile::tempdir().expect("a folder"));
    let office = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let mut repository = DemoRepository::new("DEMO/doors", now.plus(-DAY)).expect("keys");
    let issuer =
        repository.add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
    repository.add_key(issuer, office.verifying_key(), &[Format::Compact], now.plus(-DAY));
    let starter = |id: &str| {
        let starter = STARTER_RULES.iter().find(|starter| starter.id == id).expect("a starter set");
        read_rule_text(starter.text).expect("a text").to_rule_set().expect("rules")
    };
    repository.rule_sets = ["venue", "japan-2022-three-doses"].map(starter).to_vec();
    let (bundle, pin) = repository.publish(now.plus(-60)).expect("publishes");
    let (lists, root) = (folder.path().join("lists.cbor"), pin.to_string());
    std::fs::write(&lists, bundle.encode()).expect("writes");
    let (first, others) = (seal(&office, &doses(now, 1, &[1])), seal(&office, &doses(now, 2, &[2, 3])));

    let ask = |arguments: &[&str]| {
        let output = verify(&lists, &root, arguments);
        (
            output.status.code(),
            String::from_utf8(output.stdout).expect("UTF-8"),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    assert_eq!(ask(&[&first]).0, Some(0));
    let (status, words, _) = ask(&["--purpose", "venue", &first]);
    assert_eq!(status, Some(0), "{words}");
    assert!(words.contains("Rules: Venue (one dose or more, 14 days) #1 ("), "{words}");
    assert!(
        words.contains("✓ met: A dose against one of the listed diseases, at least 14 days ago [VR-ZZ-0001]"),
        "{words}"
    );

    let (status, words, _) = ask(&["--purpose", "japan-2022-three-doses", &first, &others]);
    assert_eq!(status, Some(1), "each alone: {words}");
    assert!(words.contains("✕ not met: Three doses [VR-JP-0002]"), "{words}");
    let (status, words, _) = ask(&["--purpose", "japan-2022-three-doses", "--together", &first, &others]);
    assert_eq!(status, Some(0), "{words}");
    assert!(words.contains("2 certificates of this person together"), "{words}");
    let (status, reports, _) = ask(&["--purpose", "japan-2022-three-doses", "--together", "--json", &first, &others]);
    let reports: Vec<Value> = serde_json::from_str(&reports).expect("an array");
    assert_eq!((status, reports.len()), (Some(0), 2));

    let (status, _, said) = ask(&["--purpose", "no-such", &first]);
    assert_eq!(status, Some(2));
    assert!(
        said.contains("the lists have no rules for `no-such`") && said.contains("japan-2022-three-doses, venue"),
        "{said}"
    );
    assert_eq!(ask(&["--together", &first]).0, Some(2), "together for nothing");
}
