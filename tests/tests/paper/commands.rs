//! `tegata-issuer print` and `lint-print` as a clerk types them.

use crate::press::fonts;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::{ActKind, AuditFilter, LetterChoice, LetterState, Register};
use tegata_keys::KeyStore;
use tegata_tests::specimen::{DAY, japan};
use tegata_trust_lists::Issuer;
use tegata_trust_lists::publish::DemoRepository;

fn start(folder: &Path, line: &str) -> Child {
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
    child
}

fn tegata(folder: &Path, line: &str) -> Output {
    start(folder, line).wait_with_output().expect("ends")
}

fn done(folder: &Path, line: &str) -> String {
    let output = tegata(folder, line);
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a text")
}

/// An office with so many people in a folder; gives the arguments for its key and list.
fn office(folder: &Path, people: u32) -> String {
    done(folder, "key new office --demo --type ed25519 --passphrase-fd 0");
    done(folder, &format!("sample --people {people} --seed 3 --faults 0 --layout vrs --out sample"));
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
    format!("--key office --trust lists.cbor --root {pin} --passphrase-fd 0")
}

#[test]
fn a_clerk_prints_and_lints() {
    if fonts().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let keys = office(folder, 6);
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
        (format!("print --all --kind card --fonts sample {keys} --out cards"), 3, "no font was found in sample"),
        (format!("print --all --kind card --no-lint {keys} --out cards"), 2, "--no-lint"),
        ("lint-print lists.cbor".to_owned(), 3, "no PDF"),
        (format!("print --paper 9 --kind kiosk {keys} --out papers"), 3, "no paper with that number"),
        (format!("print --due --format shc --kind kiosk {keys} --out papers"), 2, "--format"),
        (format!("print --all --way post --kind kiosk {keys} --out papers"), 2, "--way"),
        (format!("print --due --why 19840401 --kind kiosk {keys} --out papers"), 2, "names nobody"),
    ] {
        let output = tegata(folder, &line);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{line}: {error}");
        assert!(error.contains(said), "{line}: {error}");
    }
    done(folder, "print-templates templates");
    done(folder, &format!("print --all --kind card --templates templates {keys} --out cards"));
}

#[test]
fn a_run_of_papers_that_is_killed_anywhere_prints_each_of_them_once() {
    if fonts().is_none() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let keys = office(folder, 12);
    assert!(done(folder, &format!("print --due --kind kiosk {keys} --out papers")).contains("No paper is due"));
    // Some of them may be shielded, which is told.
    let issued = tegata(folder, &format!("print --all --kind card {keys} --out cards"));
    assert!(matches!(issued.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&issued.stderr));
    let open = || Register::open(folder.join("register.sqlite")).expect("opens");
    let mut register = open();
    let people = register.issuable_after(None, 100).expect("reads").into_iter().map(|record| record.person);
    let people: Vec<_> = people.filter(|person| !person.shielded).collect();
    for person in &people {
        done(folder, &format!("letters due --person {}", person.number));
    }
    assert!(people.len() >= 8);
    let noted = |act| {
        let (mut count, filter) = (0, AuditFilter { acts: vec![act], ..AuditFilter::default() });
        open().audit(&filter, &mut |_| count += 1).expect("reads");
        count
    };
    let before = (noted(ActKind::Print), noted(ActKind::Release));
    let line = format!("print --due --kind kiosk {keys} --out papers");
    for delay in 1_u64.. {
        let mut child = start(folder, &line);
        std::thread::sleep(Duration::from_millis(60 * delay));
        let has_ended = child.try_wait().expect("waits").is_some();
        child.kill().expect("is killed");
        child.wait().expect("ends");
        let names = fs::read_dir(folder.join("papers")).expect("is there").filter_map(Result::ok);
        let released = names.filter(|entry| entry.file_name().to_string_lossy().ends_with("-0001.pdf"));
        // A file under its own name is one that the register knows.
        if released.into_iter().any(|entry| entry.file_name() == "print-0001.pdf") {
            assert_eq!(noted(ActKind::Release), before.1 + 1, "after {delay}");
        }
        if has_ended {
            break;
        }
        assert!(delay < 500, "it never ends");
    }
    done(folder, &line);
    let manifest = fs::read_to_string(folder.join("papers/manifest.csv")).expect("is there");
    assert_eq!(manifest.lines().count() - 1, people.len(), "{manifest}");
    assert_eq!((noted(ActKind::Print), noted(ActKind::Release)), (before.0 + people.len(), before.1 + 1));
    let letters = register.letters(&LetterChoice::All, 0, 100).expect("reads");
    assert!(letters.len() == people.len() && letters.iter().all(|letter| letter.state == LetterState::Printed));
    assert!(!folder.join("papers/unreleased-0001.pdf").exists());
}
