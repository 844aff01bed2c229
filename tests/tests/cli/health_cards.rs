//! Health cards through the tools: codes in parts, files of cards, pictures, lint, and the issuer's static files.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;
use tegata_certificate::{Certificate, Format, UnixTime};
use tegata_issuer::{EcLevel, Register, Symbol};
use tegata_keys::{KeyStore, KeyType, Passphrase, Purpose, Signer};
use tegata_tests::specimen::{CARD_ISSUER, card_identity, health_card, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Authority, Issuer};

const PASSPHRASE: &str = "three small boats at dawn";

fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    UnixTime(i64::try_from(since.as_secs()).expect("seconds"))
}

fn run(tool: &str, folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(super::tool(tool));
    command.args(arguments).current_dir(folder).env("LC_ALL", "C.UTF-8");
    command.env("TEGATA_CONFIG_DIR", folder.join("settings")).env("TEGATA_STATE_DIR", folder.join("state"));
    let output = command.output().expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
}

/// A card as digits and in its bare form.
fn card(key: &dyn Signer, certificate: &Certificate) -> (String, String) {
    let unsigned = Format::Shc.write(certificate, &card_identity(key)).expect("lays out");
    let signature = key.sign(unsigned.to_be_signed()).expect("signs");
    let written = unsigned.seal(&signature).expect("seals");
    (written.text().to_owned(), String::from_utf8(written.message().to_vec()).expect("ASCII"))
}

/// A folder with a key in a store, a card of it, and a list that has the key. Gives the list's pin too.
struct Scene {
    folder: tempfile::TempDir,
    pin: String,
    digits: String,
    jws: String,
}

fn scene() -> Scene {
    let folder = tempfile::tempdir().expect("a folder");
    let store = KeyStore::new(folder.path().join("keys"));
    let passphrase = Passphrase::new(PASSPHRASE);
    store.create("cards", KeyType::P256, &passphrase, Purpose::Demo, now()).expect("a key");
    let key = store.unlock("cards", &passphrase).expect("unlocks");
    let (digits, jws) = card(&key, &Certificate { issued_at: Some(now().plus(-600)), ..health_card() });
    let mut demo = DemoRepository::new("cards", now().plus(-86_400)).expect("a repository");
    let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
    let issuer = demo.add_issuer(issuer);
    let entry = demo.add_key(issuer, key.verifying_key(), &[Format::Shc], now().plus(-86_400));
    entry.authority = Authority::Iss(CARD_ISSUER.to_owned());
    entry.ranges.clear();
    let (bundle, pin) = demo.publish(now().plus(-60)).expect("publishes");
    fs::write(folder.path().join("lists.cbor"), bundle.encode()).expect("writes");
    Register::open_or_create(folder.path().join("register.sqlite")).expect("a register").close().expect("closes");
    Scene { folder, pin: pin.to_string(), digits, jws }
}

impl Scene {
    /// The outcomes and reasons of what `verify` reports, and its status.
    fn verify(&self, inputs: &[&str]) -> (i32, Vec<(String, Option<String>)>) {
        let mut arguments = vec!["verify", "--ndjson", "--demo", "--trust", "lists.cbor", "--root", &self.pin];
        arguments.extend(inputs);
        let (status, out, _) = run("tegata-verifier", self.folder.path(), &arguments);
        let report = |line: &str| {
            let report: Value = serde_json::from_str(line).expect("JSON");
            (report["outcome"].as_str().expect("an outcome").to_owned(), report["reason"].as_str().map(str::to_owned))
        };
        (status, out.lines().map(report).collect())
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.folder.path().join(name), bytes).expect("writes");
    }
}

#[test]
fn a_card_is_checked_however_it_comes() {
    let scene = scene();
    let digits = scene.digits.strip_prefix("shc:/").expect("digits").to_owned();
    let (first, second) = digits.split_at(digits.len() / 4 * 2);
    let (first, second) = (format!("shc:/1/2/{first}"), format!("shc:/2/2/{second}"));
    let valid = || ("valid".to_owned(), None);
    let missing = || ("not-checked".to_owned(), Some("missing-qr-chunk".to_owned()));

    assert_eq!(scene.verify(&[&scene.digits, &scene.jws]), (0, vec![valid(), valid()]));
    assert_eq!(scene.verify(&[&second, &first]), (0, vec![valid()]));
    assert_eq!(scene.verify(&[&second]), (3, vec![missing()]));
    scene.write("codes.txt", format!(" \t\n{second}\r\n\n{first}\n"));
    assert_eq!(scene.verify(&["codes.txt"]), (0, vec![valid()]));

    let file = format!("{{\"verifiableCredential\": [\"{0}\", \"{0}\"]}}\n", scene.jws);
    scene.write("two.smart-health-card", &file);
    assert_eq!(scene.verify(&["two.smart-health-card"]), (0, vec![valid(), valid()]));
    let answer = format!(
        r#"{{"resourceType":"Parameters","parameter":[{{"name":"verifiableCredential","valueString":"{}"}}]}}"#,
        scene.jws
    );
    scene.write("answer.json", &answer);
    assert_eq!(scene.verify(&["answer.json"]), (0, vec![valid()]));
    scene.write("none.smart-health-card", r#"{"verifiableCredential":[]}"#);
    assert_eq!(scene.verify(&["none.smart-health-card"]).0, 3);

    for (name, text) in [("first.png", &first), ("second.png", &second), ("whole.png", &scene.digits)] {
        scene.write(name, Symbol::encode(text, EcLevel::M).expect("a symbol").png(4).expect("a picture"));
    }
    assert_eq!(scene.verify(&["second.png", "first.png"]), (0, vec![valid()]));
    assert_eq!(scene.verify(&["whole.png", "first.png"]), (3, vec![valid(), missing()]));
}

#[test]
fn what_the_issuer_publishes_and_writes_has_nothing_wrong_with_it() {
    let scene = scene();
    let folder = scene.folder.path();
    let publish = ["publish-health-card-keys", "--iss", CARD_ISSUER, "--key", "cards", "--out", "site"];
    let (status, out, err) = run("tegata-issuer", folder, &publish);
    assert_eq!(status, 0, "{out}{err}");
    let set: Value =
        serde_json::from_slice(&fs::read(folder.join("site/.well-known/jwks.json")).expect("written")).expect("JSON");
    let kid = set["keys"][0]["kid"].as_str().expect("a kid");
    let list = format!("site/.well-known/crl/{kid}.json");
    assert!(folder.join(&list).is_file());
    // Again, nothing is written anew.
    let modified = |path: &str| fs::metadata(folder.join(path)).and_then(|file| file.modified()).expect("a time");
    let before = modified(&list);
    assert_eq!(run("tegata-issuer", folder, &publish).0, 0);
    assert_eq!(modified(&list), before);

    scene.write(
        "card.png",
        Symbol::encode_within(&scene.digits, EcLevel::M, 22).expect("a symbol").png(4).expect("a picture"),
    );
    let lint = |inputs: &[&str]| {
        let mut arguments =
            vec!["lint", "--json", "--iss", CARD_ISSUER, "--keys", "site/.well-known/jwks.json", "--crl", &list];
        arguments.extend(inputs);
        let (status, out, err) = run("tegata-verifier", folder, &arguments);
        (status, serde_json::from_str::<Value>(&out).unwrap_or_else(|_| panic!("{err}")))
    };
    let (status, report) = lint(&["site/.well-known/jwks.json", "card.png", &scene.jws]);
    assert_eq!(status, 0, "{report}");
    let inputs = report["inputs"].as_array().expect("inputs");
    let kinds: Vec<_> = inputs.iter().map(|input| input["kind"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["jwks", "code", "jws"], "{report}");
    for input in inputs {
        assert_eq!(
            (input["errors"].as_array().map(Vec::len), input["warnings"].as_array().map(Vec::len)),
            (Some(0), Some(0)),
            "{input}"
        );
    }
    let (head, _) = scene.jws.rsplit_once('.').expect("a signature");
    let (status, report) = lint(&[&format!("{head}.{}", "A".repeat(86))]);
    assert_eq!((status, &report["inputs"][0]["errors"][0]["code"]), (1, &Value::from("jws-verification-error")));
    scene.write("noise.bin", [0xff; 40]);
    assert_eq!(lint(&["noise.bin"]).0, 3);

    let slash = ["publish-health-card-keys", "--iss", "https://card.example/", "--key", "cards", "--out", "other"];
    assert_eq!(run("tegata-issuer", folder, &slash).0, 3);
    assert!(!folder.join("other").exists());
}
