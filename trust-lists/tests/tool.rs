//! `tegata-trust` as an operator uses it: what it makes, what it refuses, and how it says so.

mod workplace;

use base64ct::{Base64UrlUnpadded, Encoding};
use std::fs;
use std::process::{Command, Stdio};
use tegata_certificate::{Country, Format, VerifyingKey};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_trust_lists::{Authority, KeyState, RootPin};
use workplace::{PASSPHRASE, Workplace, files_in};

#[test]
fn a_demo_repository_goes_from_nothing_to_a_bundle_that_verifiers_load() {
    let place = Workplace::new();
    let pin = place.demo();
    place.done("publish --passphrase-fd 0");
    let state = place.load(&pin);
    assert_eq!((state.repository_id(), state.is_demo(), state.trust().keys.len()), ("DEMO/kakuu", true, 1));
    let key = &state.trust().keys[0];
    assert_eq!(key.formats, [Format::Compact]);
    assert_eq!(state.issuer(key).map(|issuer| issuer.name_ja.as_str()), Some("架空市"));
    let served = place.path("trust/published/v1");
    assert_eq!(files_in(&served), ["bundle", "head.cose", "root", "trust"]);
    assert_eq!(files_in(&served.join("root")), ["1.cose"]);
    let shown: serde_json::Value = serde_json::from_str(&place.done("show --bundle lists.cbor --json")).expect("JSON");
    assert_eq!(shown["first_root"], pin.to_string());
    assert_eq!(shown["issuers"][0]["keys"][0]["state"], "active");
    assert!(place.done("show").contains("架空市 / Kakuu (JP)"));
}

#[test]
fn a_production_repository_needs_thresholds_and_real_keys() {
    let place = Workplace::new();
    place.refused(
        "init --repository-id example.jp/v --passphrase-fd 0 --root 1/1",
        2,
        "fewer keys than a production repository needs",
    );
    let other = Workplace::new();
    let out = other.done("init --repository-id example.jp/v --passphrase-fd 0");
    let pin: RootPin = out.lines().last().expect("pin").parse().expect("a pin");
    other.done("key new office --demo --keys office --passphrase-fd 0");
    other.refused(
        "add-issuer --name-ja 市 --name-en City --country JP --key office/office.json --format compact",
        2,
        "demonstration key",
    );
    other.done("publish --passphrase-fd 0");
    let state = other.load(&pin);
    assert_eq!((state.root().root.threshold, state.root().root.keys.len(), state.is_demo()), (2, 3, false));
    assert_eq!(state.root().status.as_ref().map(|role| role.keys.len()), Some(2));
}

#[test]
fn a_key_that_signs_for_one_exact_issuer_signs_no_other_family() {
    let place = Workplace::new();
    place.demo();
    place.done("key new cards --demo --type p256 --keys office --passphrase-fd 0");
    let add = "add-issuer --name-ja 隣町 --name-en Tonari --country JP --key office/cards.json --format shc";
    place.refused(&format!("{add} --format eu-dcc --iss https://cards.example/a"), 2, "--iss");
    place.refused(add, 2, "--iss");
    place.done(&format!("{add} --iss https://cards.example/a"));
}

#[test]
fn keys_change_state_and_get_ranges_of_their_own() {
    let place = Workplace::new();
    let pin = place.demo();
    place.done("key new second --demo --keys office --passphrase-fd 0");
    place.done("add-issuer --name-ja 隣町 --name-en Tonari --country JP --key office/second.json --format compact --indices 1000");
    place.done("publish --passphrase-fd 0");
    let keys = place.load(&pin).trust().keys.clone();
    let ranges: Vec<_> =
        keys.iter().flat_map(|key| key.ranges.clone()).map(|range| (range.shard, range.from, range.to)).collect();
    assert_eq!(ranges, [(1, 0, 65_536), (1, 65_536, 66_536)]);
    let kid = RootPin(keys[0].kid).to_string();
    place.done(&format!("set-key --kid {} --add-indices 10", &kid[..12]));
    place.done(&format!("set-key --kid {kid} --state revoked --reason compromised"));
    place.done("publish --passphrase-fd 0");
    let state = place.load(&pin);
    assert!(matches!(state.trust().keys[0].state, KeyState::Revoked { .. }));
    assert_eq!(state.trust().keys[0].ranges[1].from, 66_536);
    assert_eq!(state.trust().header.version, 2);
    place.refused(&format!("set-key --kid {kid} --state active"), 2, "published as revoked");
    place.refused("set-key --kid 00ff00ff --state retired", 2, "no listed key");
    place.refused("set-key --kid= --state retired", 2, "2 listed keys");
}

#[test]
fn a_published_key_cannot_be_forgotten() {
    let place = Workplace::new();
    place.demo();
    place.done("publish --passphrase-fd 0");
    let path = place.path("trust/repository.json");
    let mut draft: serde_json::Value = serde_json::from_str(&fs::read_to_string(&path).expect("reads")).expect("JSON");
    draft["issuers"][0]["keys"] = serde_json::json!([]);
    fs::write(&path, draft.to_string()).expect("writes");
    place.refused("publish --passphrase-fd 0", 2, "is no longer in the trust file");
}

#[test]
fn the_head_alone_is_renewed_by_its_own_keys() {
    let place = Workplace::new();
    let pin = place.demo();
    place.refused("publish --head-only --passphrase-fd 0", 2, "no trust list yet");
    place.done("publish --passphrase-fd 0");
    fs::remove_file(place.path("trust/keys/trust-1.key.pem")).expect("the trust key is elsewhere");
    place.done("publish --head-only --passphrase-fd 0");
    let state = place.load(&pin);
    assert_eq!((state.trust().header.version, state.head().header.version), (1, 2));
    place.refused("publish --passphrase-fd 0", 2, "0 of the keys of the trust role are at hand, 1 must sign");
}

#[test]
fn what_goes_wrong_is_said_with_a_remedy_and_changes_nothing() {
    let place = Workplace::new();
    place.refused("publish --dir nowhere --passphrase-fd 0", 4, "holds no repository");
    place.refused("init --repository-id DEMO/x --passphrase-fd 0", 2, "add --demo");
    place.refused("init --demo --repository-id x --passphrase-fd 0", 2, "begins with DEMO/");
    place.refused("init --demo --repository-id DEMO/ö --passphrase-fd 0", 2, "cannot be a repository's id");
    place.demo();
    place.refused("init --demo --repository-id DEMO/x --passphrase-fd 0", 2, "holds a repository already");
    place.refused("show", 4, "nothing is published yet");
    place.refused("bundle --out lists.cbor", 4, "nothing is published yet");
    place.refused("publish --passphrase-fd 77", 2, "file descriptor 77");
    place.refused("publish", 2, "no terminal");
    let wrong = place.run_with("three small boats at dusk\n", "publish --passphrase-fd 0");
    assert_eq!((wrong.status, wrong.err.contains("wrong passphrase for `head-1`")), (2, true), "{}", wrong.err);
    assert!(!place.path("trust/published/v1/head.cose").exists(), "nothing was published");

    let add = "add-issuer --name-ja 市 --name-en City --country JP --format compact --key";
    place.refused(&format!("{add} nothing.json"), 5, "check the name");
    fs::write(place.path("junk"), b"junk").expect("writes");
    place.refused(&format!("{add} junk"), 3, "not a public key");
    place.refused(
        "add-issuer --name-ja 市 --name-en City --country JP --format eu-dcc --key office/office.json",
        2,
        "never signed with EdDSA",
    );
    place.done("key retire office --keys office");
    place.refused(&format!("{add} office/office.json"), 2, "retired");

    place.done("publish --passphrase-fd 0");
    let head = place.path("trust/published/v1/head.cose");
    let mut bytes = fs::read(&head).expect("reads");
    *bytes.last_mut().expect("a byte") ^= 1;
    fs::write(&head, bytes).expect("writes");
    place.refused("publish --passphrase-fd 0", 4, "published files");
    fs::write(place.path("trust/repository.json"), "{").expect("writes");
    place.refused("publish --passphrase-fd 0", 4, "published files");
}

#[test]
fn keys_are_taken_from_every_usual_form() {
    use tegata_keys::{KeyType, PrivateKey, Signer};
    let place = Workplace::new();
    let pin = place.demo();
    let key = PrivateKey::generate(KeyType::P256).expect("a key");
    fs::write(place.path("key.cbor"), key.verifying_key().to_cose_key()).expect("writes");
    let point = key.verifying_key().to_cose_key();
    // SubjectPublicKeyInfo of a P-256 point, by hand.
    let (x, y) = (&point[8..40], &point[43..75]);
    let head = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];
    fs::write(place.path("key.der"), [&head[..], x, y].concat()).expect("writes");
    place.done("add-issuer --name-ja 甲 --name-en A --country JP --format eu-dcc --key key.cbor");
    place.done("add-issuer --name-ja 乙 --name-en B --country JP --format eu-dcc --key key.der");
    place.refused(
        "add-issuer --name-ja 乙 --name-en B --country JP --format eu-dcc --key key.cbor",
        2,
        "is there twice",
    );
    place.done("publish --passphrase-fd 0");
    let state = place.load(&pin);
    let found: Vec<_> = state
        .candidates(Format::EuDcc, &key.verifying_key().thumbprint()[..8])
        .filter_map(|entry| state.issuer(entry))
        .map(|issuer| issuer.name_en.as_str())
        .collect();
    assert_eq!(found, ["A", "B"]);
}

#[test]
fn passphrases_come_from_descriptors_and_credentials_but_not_from_arguments() {
    let place = Workplace::new();
    fs::write(place.path("secret"), PASSPHRASE).expect("writes");
    let tool = env!("CARGO_BIN_EXE_tegata-trust");
    let shell = |line: String| {
        let mut command = Command::new("sh");
        command
            .args(["-c", &line])
            .current_dir(place.0.path())
            .env("CREDENTIALS_DIRECTORY", place.0.path())
            .stdin(Stdio::null());
        command.output().expect("runs").status.code()
    };
    assert_eq!(shell(format!("{tool} key new a --passphrase-fd 3 3< secret")), Some(0));
    assert_eq!(
        shell(format!("cat secret | {tool} key new b --passphrase-fd 0")),
        Some(0),
        "standard input is null, a pipe replaces it"
    );
    assert_eq!(shell(format!("{tool} key new c --passphrase-credential secret")), Some(0));
    assert_eq!(shell(format!("{tool} key new d --passphrase-credential ../secret")), Some(2));
    assert_eq!(shell(format!("{tool} key new d --passphrase three-small-boats")), Some(2));
    assert_eq!(files_in(&place.path("keys")), ["a.json", "a.key.pem", "b.json", "b.key.pem", "c.json", "c.key.pem"]);
    let listed: serde_json::Value = serde_json::from_str(&place.done("key list --json")).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(3));
    assert!(place.done("key retire a").contains("signs nothing any more"));
}

/// A key set of these public keys, as a country publishes one.
fn key_set(keys: &[VerifyingKey]) -> String {
    let keys: Vec<_> = keys
        .iter()
        .map(|key| {
            // {1: 2, -1: 1, -2: x, -3: y}
            let encoded = key.to_cose_key();
            let coordinate = |at: usize| Base64UrlUnpadded::encode_string(&encoded[at..at + 32]);
            let kid = Base64UrlUnpadded::encode_string(&key.thumbprint()[24..]);
            serde_json::json!({ "kid": kid, "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "x": coordinate(8), "y": coordinate(43) })
        })
        .collect();
    serde_json::json!({ "keys": keys }).to_string()
}

#[test]
fn another_countrys_keys_are_imported_with_their_scope_and_withdrawn_when_they_are_listed_no_more() {
    let place = Workplace::new();
    let pin = place.demo();
    let keys = [(); 2].map(|()| PrivateKey::generate(KeyType::P256).expect("random").verifying_key().clone());
    fs::write(place.path("keys.json"), key_set(&keys)).expect("writes");
    let import = "import jwks keys.json --country AT --source austria";
    let draft = || fs::read_to_string(place.path("trust/repository.json")).expect("the working state");
    let before = draft();
    place.refused(import, 2, "--unsigned-ok");
    place.done(&format!("{import} --unsigned-ok --dry-run"));
    assert_eq!(draft(), before, "a dry run writes nothing");

    let report: serde_json::Value =
        serde_json::from_str(&place.done(&format!("{import} --unsigned-ok --json"))).expect("JSON");
    assert_eq!((&report["outcomes"]["taken"], &report["working_state"]["new"]), (&2.into(), &2.into()), "{report}");
    place.done("publish --passphrase-fd 0");
    let listed = |kid: [u8; 32]| {
        let state = place.load(&pin);
        state.trust().keys.iter().find(|key| key.kid == kid).cloned().expect("listed")
    };
    for key in &keys {
        let entry = listed(key.thumbprint());
        assert_eq!((entry.formats, entry.state), (vec![Format::EuDcc], KeyState::Active));
        assert_eq!(entry.authority, Authority::Countries(vec![Country::parse("AT").expect("AT")]));
        assert_eq!(
            entry.hint.as_ref().map(<[u8; 8]>::as_slice),
            Some(&key.thumbprint()[24..]),
            "as its messages name it"
        );
        assert!(entry.source.is_some_and(|source| source.contains("austria")));
    }

    // The list of the next day lacks one.
    fs::write(place.path("keys.json"), key_set(&keys[..1])).expect("writes");
    place.done(&format!("{import} --unsigned-ok"));
    place.done("publish --passphrase-fd 0");
    assert_eq!(listed(keys[0].thumbprint()).state, KeyState::Active);
    assert!(matches!(listed(keys[1].thumbprint()).state, KeyState::Revoked { .. }), "a tombstone, not a gap");

    fs::write(place.path("keys.json"), "<html>Please sign in</html>").expect("writes");
    let before = draft();
    place.refused(&format!("{import} --unsigned-ok"), 3, "");
    assert_eq!(draft(), before);
}
