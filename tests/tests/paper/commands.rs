//! `tegata-issuer print` and `lint-print` as a clerk types them.

use crate::press::fonts;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tegata_certificate::{Format, UnixTime};
use tegata_keys::KeyStore;
use tegata_tests::specimen::{DAY, japan};
use tegata_trust_lists::Issuer;
use tegata_trust_lists::publish::DemoRepository;

fn tegata(folder: &Path, line: &str) -> Output {
    let program = std::env::current_exe().expect("this program");
    let tool = program.ancestors().nth(2).expect("the folder of the tools").join("tegata-issuer");
    assert!(tool.is_file(), "tegata-issuer is not built; run: cargo build --workspace --all-targets");
    let mut child = Command::new(tool)
        .args(line.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    // Whoever needs none has closed the other end.
    let _ = child.stdin.take().expect("piped").write_all(b"three small boats at dawn");
    child.wait_with_output().expect("ends")
}

fn done(folder: &Path, line: &str) -> String {
    let output = tegata(folder, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

#[test]
fn a_clerk_prints_and_lints() {
    if fonts().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    done(folder, "key new office --demo --type ed25519 --passphrase-fd 0");
    done(folder, "sample --people 6 --seed 3 --faults 0 --layout vrs --out sample");
    done(folder, "import --residents sample/residents.csv --doses sample/doses.csv");
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    let at = UnixTime(i64::try_from(since.as_secs()).expect("a time")).plus(-600);
    let mut repository = DemoRepository::new("DEMO/paper", at.plus(-DAY)).expect("makes keys");
    let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
    let issuer = repository.add_issuer(issuer);
    let key = KeyStore::new(folder.join("keys")).record("office").expect("is there").key;
    repository.add_key(issuer, &key, &[Format::Compact], at.plus(-DAY));
    let (bundle, pin) = repository.publish(at).expect("publishes");
    fs::write(folder.join("lists.cbor"), bundle.encode()).expect("writes");
    let keys = format!("--key office --trust lists.cbor --root {pin} --passphrase-fd 0");

    let said = done(folder, &format!("print --all --kind kiosk {keys} --out sheets"));
    assert!(said.contains("in 1 files; every code was read back"), "{said}");
    let again = done(folder, &format!("print --all --kind kiosk {keys} --out sheets --json"));
    let again: serde_json::Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!((again["kept"].as_u64(), again["issued"].as_u64()), (Some(1), Some(0)));
    let linted = done(folder, "lint-print sheets/print-0001.pdf --manifest sheets/manifest.csv");
    assert!(linted.contains("every code is read"), "{linted}");

    for (line, status, said) in [
        (format!("print --all {keys} --out letters"), 3, "letters need addresses"),
        (format!("print {keys} --kind card --out cards"), 2, "--all"),
        ("print --all --kind card --out cards".to_owned(), 2, "--key"),
        (format!("print --person nobody-9 --kind card {keys} --out cards"), 3, "nobody has that number"),
        (format!("print --all --kind card {keys} --out sheets"), 3, "another order"),
        (format!("print --all --kind card --fonts sample {keys} --out cards"), 3, "no font for Japanese"),
        (format!("print --all --kind card --no-lint {keys} --out cards"), 2, "--no-lint"),
        ("lint-print lists.cbor".to_owned(), 3, "no PDF"),
    ] {
        let output = tegata(folder, &line);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{line}: {error}");
        assert!(error.contains(said), "{line}: {error}");
    }
    done(folder, "print-templates templates");
    done(folder, &format!("print --all --kind card --templates templates {keys} --out cards"));
}
