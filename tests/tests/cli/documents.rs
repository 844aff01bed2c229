//! `tegata-verifier verify --mrz`: a real certificate and the passports shown with it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tegata_certificate::{Certificate, Format, Holder, RomanisedName, StatusIndex, TravelDocument, UnixTime};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::specimen::{DAY, compact, identity, japan, passport};
use tegata_trust_lists::Issuer;
use tegata_trust_lists::publish::DemoRepository;
use tempfile::TempDir;

/// A folder with lists, a certificate of 山田 花子 with her passport's number, and the pin of the lists' root.
fn desk() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let now = UnixTime(i64::try_from(now).expect("not for long"));
    let mut repository = DemoRepository::new("DEMO/documents", now.plus(-DAY)).expect("makes keys");
    let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
    let issuer = repository.add_issuer(issuer);
    let office = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
    let range = repository.add_key(issuer, office.verifying_key(), &[Format::Compact], now.plus(-DAY)).ranges[0];
    let specimen = compact(StatusIndex { shard: range.shard, index: range.from });
    let holder = Holder {
        romanised: RomanisedName::new("YAMADA", "HANAKO"),
        document: Some(TravelDocument { passport: true, number: "TK1234567".into() }),
        ..specimen.holder.clone()
    };
    let times = (Some(now.plus(-3_600)), Some(now.plus(300 * DAY)));
    let certificate = Certificate { holder, issued_at: times.0, expires_at: times.1, ..specimen };
    let unsigned = Format::Compact.write(&certificate, &identity(&office)).expect("lays out");
    let signature = office.sign(unsigned.to_be_signed()).expect("signs");
    let text = unsigned.seal(&signature).expect("seals").text().to_owned();
    fs::write(folder.path().join("text.txt"), format!("{text}\n")).expect("writes");
    let (bundle, pin) = repository.publish(now.plus(-600)).expect("publishes");
    fs::write(folder.path().join("lists.cbor"), bundle.encode()).expect("writes");
    (folder, pin.to_string())
}

fn verify(folder: &Path, pin: &str, more: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(super::tool("tegata-verifier"));
    command.args(["verify", "text.txt", "--trust", "lists.cbor", "--demo", "--root", pin]).args(more);
    command.current_dir(folder).env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1");
    command.env("TEGATA_CONFIG_DIR", folder.join("settings")).env("TEGATA_STATE_DIR", folder.join("state"));
    let output = command.output().expect("runs");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
}

#[test]
fn the_passport_shown_decides_as_text_with_any_break_and_as_a_file() {
    let (folder, pin) = desk();
    let zone = |family: &str, number: &str| {
        passport(&RomanisedName::new(family, "HANAKO").expect("a name"), number, "711103", 'F')
    };
    let own = zone("YAMADA", "TK1234567");
    fs::write(folder.path().join("passport.txt"), format!("{}\r\n", own.replace('\n', "\r\n"))).expect("writes");
    for given in [own.as_str(), &own.replace('\n', "\\n"), &own.replace('\n', ""), "passport.txt"] {
        let (status, out, err) = verify(folder.path(), &pin, &["--lang", "en", "--mrz", given]);
        assert!(status == 0 && out.contains("✓ belongs to the document shown"), "{out}{err}");
        assert!(!out.contains("Compare with"), "{out}");
    }
    let (status, out, _) = verify(folder.path(), &pin, &["--lang", "en", "--mrz", &zone("YAMADA", "TK7654321")]);
    assert!(status == 6 && out.contains("[different-document]"), "{out}");
    assert!(out.contains("! same person, another document: document number differs"), "{out}");
    let (status, out, _) = verify(folder.path(), &pin, &["--lang", "ja", "--mrz", &zone("SATO", "TK7654321")]);
    assert!(
        status == 1 && out.contains("[holder-mismatch]") && !out.contains("YAMADA") && !out.contains("SATO"),
        "{out}"
    );
    assert!(out.contains("✕ 提示された渡航文書と不一致：文書番号、氏名が異なります"), "{out}");
    let (status, out, _) = verify(folder.path(), &pin, &["--explain", "--lang", "en", "--mrz", &own]);
    assert!(status == 0 && out.contains("✓ holder    passed"), "{out}");
    let (_, out, _) = verify(folder.path(), &pin, &["--json", "--mrz", &own]);
    let report: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!(report["steps"][8]["binding"], "match");
    let (status, out, _) = verify(folder.path(), &pin, &["--lang", "en"]);
    assert!(status == 0 && out.contains("→ Compare with an identity document"), "{out}");
}

#[test]
fn a_zone_that_cannot_be_taken_is_a_wrong_argument_and_is_not_repeated() {
    let (folder, pin) = desk();
    let own = passport(&RomanisedName::new("YAMADA", "HANAKO").expect("a name"), "TK1234567", "711103", 'F');
    let misread = own.replace("TK1", "TKI");
    let (status, out, err) = verify(folder.path(), &pin, &["--mrz", &misread]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("check-digit:document_number") && err.contains("remedy:"), "{err}");
    fs::write(folder.path().join("passport.txt"), [0xff; 100_000]).expect("writes");
    for (given, status) in
        [("YAMADA<<HANAKO", 2), ("passport.txt", 2), ("no-such-file", 2), ("", 2), ("settings", 2), (".", 5)]
    {
        let (found, out, err) = verify(folder.path(), &pin, &["--mrz", given]);
        assert_eq!((found, out.as_str()), (status, ""), "{given}: {err}");
        assert!(!err.contains("YAMADA") && err.contains("remedy:"), "{err}");
    }
}
