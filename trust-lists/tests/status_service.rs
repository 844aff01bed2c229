//! The status service applies what issuers may ask for, refuses the rest as a whole, and loses and doubles nothing.

mod workplace;

use std::collections::BTreeMap;
use std::fs;
use tegata_certificate::UnixTime;
use tegata_keys::{KeyStore, Passphrase, Signer};
use tegata_trust_lists::{Header, Request, RevocationReason, RootPin, Rule, TrustState};
use workplace::{PASSPHRASE, Workplace, files_in};

const DAY: i64 = 86_400;

fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    UnixTime(since.as_secs() as i64)
}

/// A published repository of two towns with status-request keys; the ranges are 0..1000 and 1000..2000 of shard 1.
struct Town {
    place: Workplace,
    pin: RootPin,
}

fn request(sequence: u64, revoke: &[u32], reinstate: &[u32]) -> Request {
    let shards = |indices: &[u32]| match indices {
        [] => BTreeMap::new(),
        _ => BTreeMap::from([(1, indices.to_vec())]),
    };
    Request {
        header: Header {
            version: sequence,
            issued_at: now(),
            expires_at: now().plus(30 * DAY),
            repository_id: "DEMO/kakuu".to_owned(),
        },
        revoke: shards(revoke),
        reinstate: shards(reinstate),
        add: Vec::new(),
        lift: Vec::new(),
        reason: RevocationReason::Withdrawn,
    }
}

impl Town {
    fn new() -> Self {
        let place = Workplace::new();
        let out = place.done("init --demo --repository-id DEMO/kakuu --passphrase-fd 0");
        for town in ["kakuu", "tonari"] {
            for key in ["doc", "req"] {
                place.done(&format!("key new {town}-{key} --demo --keys towns --passphrase-fd 0"));
            }
            place.done(&format!(
                "add-issuer --name-ja {town}町 --name-en {town} --country JP --key towns/{town}-doc.json --format compact \
                 --indices 1000 --status-key towns/{town}-req.json"
            ));
        }
        place.done("publish --passphrase-fd 0");
        Self { place, pin: out.lines().last().expect("a pin").parse().expect("a pin") }
    }

    fn key(&self, name: &str) -> Box<dyn Signer> {
        let passphrase = Passphrase::new(PASSPHRASE.trim_end());
        KeyStore::new(self.place.path("towns")).unlock(name, &passphrase).expect("opens")
    }

    fn write(&self, file: &str, request: &Request, key: &str) {
        fs::write(self.place.path(file), request.sign(&self.key(key)).expect("signs")).expect("writes");
    }

    fn state(&self) -> TrustState {
        self.place.load(&self.pin)
    }

    fn revoked(&self) -> Vec<u32> {
        self.state().shard(1).expect("published").set().iter().collect()
    }
}

const PUBLISH: &str = "status publish --passphrase-fd 0 --request";

#[test]
fn every_shard_gets_a_file_though_nothing_is_revoked_and_a_daily_run_renews_it_by_a_delta() {
    let town = Town::new();
    assert!(!town.state().publishes_status(1));
    let early = now().plus(-2 * DAY).to_string();
    town.place.refused(&format!("status publish --passphrase-fd 0 --issued-at {early}"), 2, "set the date and time");
    town.place.done("status publish --passphrase-fd 0");
    let state = town.state();
    let shard = state.shard(1).expect("published");
    assert_eq!((shard.set().len(), shard.set().size(), shard.header().version), (0, 2000, 1));
    assert_eq!(state.head().status[&1].delta, None);
    town.place.done("status publish --passphrase-fd 0");
    let state = town.state();
    let delta = state.head().status[&1].delta.expect("a delta renews it");
    assert_eq!((state.shard(1).expect("published").header().version, delta.length < 500), (2, true));
    assert!(town.place.done("status show").contains("shard 1: 0 of 2000 revoked"));
    // The head's own renewal keeps the status that is in force.
    town.place.done("publish --head-only --passphrase-fd 0");
    town.place.done("publish --passphrase-fd 0");
    assert_eq!(town.state().head().status[&1].delta, Some(delta));
}

#[test]
fn requests_are_applied_in_their_issuers_order_and_each_only_once() {
    let town = Town::new();
    town.write("inbox-2", &request(2, &[7], &[5]), "kakuu-req");
    town.write("inbox-1", &request(1, &[5, 6], &[]), "kakuu-req");
    fs::create_dir(town.place.path("inbox")).expect("a folder");
    // The names are in the wrong order.
    fs::rename(town.place.path("inbox-2"), town.place.path("inbox/a")).expect("moves");
    fs::rename(town.place.path("inbox-1"), town.place.path("inbox/b")).expect("moves");
    fs::write(town.place.path("inbox/.half"), "not yet whole").expect("writes");
    let said = town.place.done(&format!("{PUBLISH} inbox --dry-run"));
    assert!(said.contains("1 revoked, 1 reinstated") && said.contains("Nothing was published"), "{said}");
    assert!(!town.state().publishes_status(1), "a dry run changes nothing");
    town.place.done(&format!("{PUBLISH} inbox"));
    assert_eq!(town.revoked(), [6, 7]);
    let said = town.place.done(&format!("{PUBLISH} inbox"));
    assert_eq!(said.matches("applied before").count(), 2, "{said}");
    assert_eq!(town.revoked(), [6, 7]);
    assert!(town.place.done("status show").contains("kakuu (kakuu町): last request 2"));
    // What the journal holds of a request is numbers, hashes and times.
    let pages = files_in(&town.place.path("trust/status/journal"));
    assert_eq!(pages, ["2.json"]);
}

#[test]
fn a_request_is_refused_as_a_whole_and_stops_no_other() {
    let town = Town::new();
    let doc = |town: &Town, name: &str| town.key(name).verifying_key().thumbprint();
    let rule = |kid: [u8; 32], lot: &str| Rule {
        kid,
        issued: None,
        lot: Some(lot.to_owned()),
        reason: RevocationReason::Withdrawn,
        at: now(),
    };
    let (own, other) = (doc(&town, "kakuu-doc"), doc(&town, "tonari-doc"));
    town.write("first", &request(1, &[1], &[]), "kakuu-req");
    town.place.done(&format!("{PUBLISH} first"));

    let mut cases: Vec<(&str, Request, &str, &str)> = vec![
        ("own", request(2, &[3, 1000], &[]), "kakuu-req", "request-outside-range"),
        ("reinstate", request(2, &[], &[1500]), "kakuu-req", "index 1500 of shard 1 is in no range"),
        (
            "shard",
            Request { revoke: BTreeMap::from([(9, vec![1])]), ..request(2, &[], &[]) },
            "kakuu-req",
            "of shard 9",
        ),
        ("gap", request(3, &[3], &[]), "kakuu-req", "number 2 of this issuer has not come"),
        ("replay", request(1, &[3], &[]), "kakuu-req", "number 1 of this issuer is applied already"),
        ("stranger", request(1, &[3], &[]), "kakuu-doc", "request-unknown-key"),
    ];
    let mut foreign = request(2, &[3], &[]);
    foreign.add = vec![rule(other, "AB1")];
    cases.push(("foreign", foreign, "kakuu-req", "request-foreign-rule"));
    let mut lifted = request(2, &[3], &[]);
    lifted.lift = vec![rule(own, "AB1")];
    cases.push(("lift", lifted, "kakuu-req", "request-no-such-rule"));
    let mut late = request(2, &[3], &[]);
    late.header.issued_at = now().plus(-9 * DAY);
    late.header.expires_at = now().plus(-DAY);
    cases.push(("late", late, "kakuu-req", "request-expired"));
    let mut future = request(2, &[3], &[]);
    future.header.issued_at = now().plus(2 * DAY);
    cases.push(("future", future, "kakuu-req", "request-from-future"));
    let mut elsewhere = request(2, &[3], &[]);
    elsewhere.header.repository_id = "DEMO/other".to_owned();
    cases.push(("elsewhere", elsewhere, "kakuu-req", "is refused"));
    for (name, request, key, says) in &cases {
        town.write(name, request, key);
        town.place.refused(&format!("{PUBLISH} {name} --dry-run"), 2, says);
    }
    fs::write(town.place.path("junk"), "junk").expect("writes");

    // All of them at once, beside a good one of the other town.
    town.write("good", &request(1, &[1999], &[]), "tonari-req");
    let names: Vec<_> = cases.iter().map(|(name, ..)| format!("--request {name}")).collect();
    town.place.refused(
        &format!("status publish --passphrase-fd 0 --request junk {} --request good", names.join(" ")),
        2,
        "12 of 13 requests were refused",
    );
    assert_eq!(town.revoked(), [1, 1999]);

    // The numbers that never came are given up only when told to.
    town.place.done(&format!("{PUBLISH} gap --accept-gap"));
    assert_eq!(town.revoked(), [1, 3, 1999]);
    let mut ruled = request(4, &[], &[]);
    ruled.add = vec![rule(own, "AB1")];
    town.write("ruled", &ruled, "kakuu-req");
    town.place.done(&format!("{PUBLISH} ruled"));
    assert_eq!(town.state().shard(1).expect("published").rules(), ruled.add);
    let mut lifted = request(5, &[], &[]);
    lifted.lift = ruled.add.clone();
    town.write("lifted", &lifted, "kakuu-req");
    town.place.done(&format!("{PUBLISH} lifted"));
    assert_eq!(town.state().shard(1).expect("published").rules(), []);

    // A key that was taken away asks for nothing any more.
    let kid = RootPin(town.key("tonari-req").verifying_key().thumbprint()).to_string();
    town.place.done(&format!("set-key --kid {kid} --state revoked"));
    town.write("stolen", &request(2, &[1998], &[]), "tonari-req");
    town.place.refused(&format!("{PUBLISH} stolen"), 2, "request-unknown-key");
}

#[test]
fn a_shard_is_exported_for_readers_of_token_status_lists() {
    let town = Town::new();
    let export = "status export --uri https://example.jp/1 --out shard.cwt --passphrase-fd 0 --shard";
    town.write("first", &request(1, &[3], &[]), "kakuu-req");
    town.place.done(&format!("{PUBLISH} first"));
    town.place.refused(&format!("{export} 9"), 2, "no status is published for shard 9");
    let said = town.place.done(&format!("{export} 1"));
    assert!(said.contains("shard 1, 1 revoked"), "{said}");
    let token = fs::read(town.place.path("shard.cwt")).expect("reads");
    let value: ciborium::Value = ciborium::from_reader(token.as_slice()).expect("CBOR");
    assert!(matches!(value, ciborium::Value::Tag(18, _)), "COSE_Sign1");
}

#[test]
fn a_status_key_does_nothing_else() {
    let town = Town::new();
    let add = "add-issuer --name-ja 三町 --name-en third --country JP --status-key";
    for key in ["towns/kakuu-doc.json", "towns/tonari-req.json"] {
        town.place.refused(&format!("{add} {key}"), 2, "is in use for something else");
    }
    town.place.refused(&format!("{add} trust/keys/head-1.json"), 2, "belongs to a role of the repository");
    town.place.done("key new third-req --demo --keys towns --passphrase-fd 0");
    town.place.done(&format!("{add} towns/third-req.json"));
    town.write("nothing", &request(1, &[0], &[]), "third-req");
    town.place.refused(&format!("{PUBLISH} nothing"), 2, "request-outside-range");
}

#[test]
fn a_large_change_makes_a_new_base_and_a_small_one_a_delta() {
    let town = Town::new();
    town.place.done("key new big --demo --keys towns --passphrase-fd 0");
    town.place.done(
        "add-issuer --name-ja 大市 --name-en big --country JP --key towns/big.json --format compact --indices 4000000",
    );
    town.place.done("key new big-req --demo --keys towns --passphrase-fd 0");
    town.place.done("add-issuer --name-ja 大市 --name-en big --country JP --status-key towns/big-req.json");
    town.place.done("publish --passphrase-fd 0");
    let all: Vec<u32> = (2000..4_000_000).step_by(100).collect();
    town.write("many", &request(1, &all, &[]), "big-req");
    town.place.done(&format!("{PUBLISH} many"));
    let base = town.state().head().status[&1].base;
    let more: Vec<u32> = (2050..102_050).step_by(100).collect();
    town.write("more", &request(2, &more, &[]), "big-req");
    town.place.done(&format!("{PUBLISH} more"));
    let state = town.state();
    let files = state.head().status[&1];
    let delta = files.delta.expect("a delta");
    assert_eq!(files.base, base);
    assert!(delta.length <= 2560, "1,000 more cost {} bytes", delta.length);
    let half: Vec<u32> = (200_050..3_000_000).step_by(100).collect();
    town.write("half", &request(3, &half, &[]), "big-req");
    town.place.done(&format!("{PUBLISH} half"));
    let files = town.state().head().status[&1];
    assert!(files.delta.is_none() && files.base != base, "more than a fifth of the base");
    assert_eq!(town.revoked().len(), all.len() + more.len() + half.len());
}
