//! What an operator is told: what is due, and what differs.

mod workplace;

use std::fs;
use tegata_certificate::UnixTime;
use workplace::Workplace;

const DAY: i64 = 86_400;

/// A demonstration with a spare key a role, one issuer with a status-request key, everything published.
fn healthy() -> Workplace {
    let place = Workplace::new();
    place.done(
        "init --demo --repository-id DEMO/kakuu --root 1/2 --trust 1/2 --status 1/2 --head 1/2 --rules 1/2 --passphrase-fd 0",
    );
    for key in ["doc", "req"] {
        place.done(&format!("key new {key} --demo --keys office --passphrase-fd 0"));
    }
    place.done(
        "add-issuer --name-ja 架空市 --name-en Kakuu --country JP --key office/doc.json --format compact --status-key office/req.json",
    );
    place.done("publish --passphrase-fd 0");
    place.done("status publish --passphrase-fd 0");
    place
}

fn after(seconds: i64) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    UnixTime(since.as_secs() as i64 + seconds).to_string()
}

#[test]
fn the_doctor_finds_nothing_where_nothing_is_due_and_every_duty_as_time_passes() {
    let place = healthy();
    let well = place.run("doctor");
    assert_eq!(well.status, 0, "{}", well.out);
    let cases = [
        (DAY + 3 * 3600, 1, "status-age"),
        (6 * DAY, 1, "head-expiry"),
        (8 * DAY, 2, "head-expiry"),
        (13 * DAY, 1, "status-expiry"),
        (15 * DAY, 2, "status-expiry"),
        (80 * DAY, 1, "trust-expiry"),
        (91 * DAY, 2, "trust-expiry"),
        (340 * DAY, 1, "key-window"),
        (660 * DAY, 1, "root-expiry"),
        (731 * DAY, 2, "root-expiry"),
        (-3600, 2, "clock"),
    ];
    for (seconds, level, check) in cases {
        let seen = place.run(&format!("doctor --json --at {}", after(seconds)));
        let seen: serde_json::Value = serde_json::from_str(&seen.out).expect("JSON");
        let finding = seen["findings"]
            .as_array()
            .expect("findings")
            .iter()
            .find(|finding| finding["check"] == check && finding["level"] == ["ok", "warn", "fail"][level]);
        assert!(finding.is_some_and(|finding| finding["remedy"].is_string()), "{check} after {seconds} s: {seen}");
    }
    assert_eq!(place.run(&format!("doctor --at {}", after(6 * DAY))).status, 1);
    assert_eq!(place.run(&format!("doctor --at {}", after(8 * DAY))).status, 2);
    place.refused("doctor --dir nowhere", 4, "holds no repository");
}

#[test]
fn the_doctor_finds_missing_keys_and_shared_ones_and_damage() {
    let place = healthy();
    place.done("key new second --demo --keys office --passphrase-fd 0");
    place.done("add-issuer --name-ja 隣町 --name-en Tonari --country JP --key office/second.json --format compact");
    let seen = place.run("doctor");
    assert_eq!(seen.status, 1);
    for says in ["Tonari: it has status indices and no key to request", "repository.json lists other issuers"] {
        assert!(seen.out.contains(says), "{}", seen.out);
    }
    // A status-request key that also signs certificates, as only a hand could write it.
    let path = place.path("trust/repository.json");
    let mut draft: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).expect("reads")).expect("JSON");
    draft["issuers"][1]["status_keys"] = serde_json::json!([draft["issuers"][0]["keys"][0]["cose_key"]]);
    draft["shards"][0]["next_index"] = serde_json::json!(16_000_000);
    fs::write(&path, draft.to_string()).expect("writes");
    let seen = place.run("doctor");
    assert_eq!(seen.status, 2);
    assert!(seen.out.contains("status requests of Tonari, and certificates"), "{}", seen.out);
    assert!(seen.out.contains("shard 1: 95 %"), "{}", seen.out);
    let mut head = fs::read(place.path("trust/published/v1/head.cose")).expect("reads");
    *head.last_mut().expect("a byte") ^= 1;
    fs::write(place.path("trust/published/v1/head.cose"), head).expect("writes");
    let seen = place.run("doctor --prometheus");
    assert_eq!(seen.status, 2);
    assert!(seen.out.contains("tegata_trust_findings{level=\"fail\"} 1"), "{}", seen.out);
}

#[test]
fn metrics_are_named_once_and_each_sample_stands_under_its_family() {
    let place = healthy();
    let page = place.done("doctor --prometheus");
    let mut family = String::new();
    let mut families = Vec::new();
    for line in page.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            family = help.split(' ').next().expect("a name").to_owned();
            assert!(!families.contains(&family), "{family} twice");
            families.push(family.clone());
        } else if !line.starts_with('#') {
            let (name, value) = line.rsplit_once(' ').expect("a value");
            assert_eq!(name.split('{').next(), Some(family.as_str()), "{line}");
            assert!(value.parse::<f64>().is_ok(), "{line}");
        }
    }
    for sample in ["list_expiry_timestamp_seconds{list=\"head\"}", "list_version{list=\"status\",number=\"1\"} 1"] {
        assert!(page.contains(&format!("tegata_trust_{sample}")), "{page}");
    }
}

#[test]
fn what_differs_is_said_in_words_and_codes() {
    let place = healthy();
    place.done("bundle --out old.cbor");
    assert_eq!(place.done("diff old.cbor trust"), "Nothing differs.\n");
    place.refused("diff old.cbor", 2, "name the newer one too");
    place.refused("diff old.cbor nothing.cbor", 5, "check the name");
    place.done("key new second --demo --keys office --passphrase-fd 0");
    place.done("add-issuer --name-ja 隣町 --name-en Tonari --country JP --key office/second.json --format compact");
    let kid = {
        let shown: serde_json::Value = serde_json::from_str(&place.done("show --json")).expect("JSON");
        shown["issuers"][0]["keys"][0]["kid"].as_str().expect("a kid").to_owned()
    };
    place.done(&format!("set-key --kid {kid} --state revoked --reason compromised --add-indices 10 --source notes"));
    place.done("propose trust --out next.proposal");
    let proposed = place.done("diff next.proposal");
    assert_eq!(place.done("diff trust next.proposal"), proposed);
    place.done("publish --passphrase-fd 0");
    // A minute later: within the same second the shard's counts and time would not differ.
    place.done(&format!("status publish --issued-at {} --passphrase-fd 0", after(60)));
    let said = place.done("diff old.cbor trust");
    for words in [
        "trust list version 1 becomes 2",
        "issuer Tonari (隣町, JP) is new",
        "is revoked (compromised",
        "has other status indices; status indices 0 to 65535 of shard 1, 131072 to 131081 of shard 1",
        "has hint none, source notes",
        "head version 2 becomes 4",
        "status shard 1: 0 revoked (before: 0)",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let json: serde_json::Value = serde_json::from_str(&place.done("diff old.cbor trust --json")).expect("JSON");
    let codes: Vec<_> =
        json["changes"].as_array().expect("changes").iter().map(|change| change["code"].as_str()).collect();
    for code in ["trust-version", "issuer-added", "key-added", "key-revoked", "key-ranges", "key-note", "head-version"]
    {
        assert!(codes.contains(&Some(code)), "{code}: {codes:?}");
    }
}

#[test]
fn the_same_input_at_the_same_time_gives_the_same_bytes() {
    let place = healthy();
    let at = after(60);
    for copy in ["one", "two"] {
        let status = std::process::Command::new("cp")
            .args(["-r", "trust", copy])
            .current_dir(place.0.path())
            .status()
            .expect("copies");
        assert!(status.success());
        place.done(&format!("publish --dir {copy} --keys trust/keys --issued-at {at} --passphrase-fd 0"));
        place.done(&format!("status publish --dir {copy} --keys trust/keys --issued-at {at} --passphrase-fd 0"));
        place.done(&format!("bundle --dir {copy} --out {copy}.cbor"));
        place.done(&format!("propose trust --dir {copy} --out {copy}.proposal --issued-at {at}"));
    }
    for end in ["cbor", "proposal"] {
        let read = |copy: &str| fs::read(place.path(&format!("{copy}.{end}"))).expect("reads");
        assert_eq!(read("one"), read("two"), "{end}");
    }
}
