//! Refusals that need keys and lists of today: each is one clear message with a remedy, its documented
//! status, and no certificate.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const PASSPHRASE: &str = "three small boats at dawn";

/// Runs a line in a folder, with a passphrase on standard input: status, output, complaint.
fn run(folder: &Path, line: &str, passphrase: &str) -> (i32, String, String) {
    let mut words = line.split(' ');
    let mut command = Command::new(super::tool(words.next().expect("a tool")));
    command.args(words).current_dir(folder).env("LC_ALL", "C.UTF-8");
    command.env("TEGATA_CONFIG_DIR", folder.join("settings")).env("TEGATA_STATE_DIR", folder.join("state"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("runs");
    // A tool that refuses earlier has closed its end.
    let _ = writeln!(child.stdin.take().expect("piped"), "{passphrase}");
    let output = child.wait_with_output().expect("ends");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    (output.status.code().expect("a status"), text(output.stdout), text(output.stderr))
}

/// An office with a register of three people, a key on the published list and one that is not.
fn office() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let done = |line: &str| {
        let (status, out, err) = run(folder.path(), line, PASSPHRASE);
        assert_eq!(status, 0, "{line}\n{out}{err}");
        out
    };
    let root = done("tegata-trust init --demo --repository-id DEMO/cli --passphrase-fd 0");
    done("tegata-issuer key new office --demo --passphrase-fd 0");
    done("tegata-issuer key new stranger --demo --passphrase-fd 0");
    done(
        "tegata-trust add-issuer --name-ja 架空市 --name-en City --country JP --key keys/office.json --format compact",
    );
    done("tegata-trust publish --passphrase-fd 0");
    done("tegata-trust bundle --out lists.cbor");
    done("tegata-issuer sample --people 3 --out sample");
    done("tegata-issuer import --residents sample/residents.csv --doses sample/doses.csv");
    (folder, root.lines().last().expect("a pin").to_owned())
}

#[test]
fn issuing_is_refused_with_a_remedy_and_writes_no_certificate() {
    let (folder, root) = office();
    let folder = folder.path();
    let issue = |rest: &str, root: &str, passphrase: &str| {
        let line = format!("tegata-issuer issue {rest} --trust lists.cbor --root {root} --out codes --passphrase-fd 0");
        run(folder, &line, passphrase)
    };
    let other = "0".repeat(64);
    let refusals = [
        ("--all --key office", root.as_str(), "three small boats at dusk", 6, "passphrase"),
        ("--all --key nobody", &root, PASSPHRASE, 3, "nobody"),
        ("--all --key stranger", &root, PASSPHRASE, 4, "not on the trust list"),
        ("--all --key office", &other, PASSPHRASE, 4, "root-not-pinned"),
        ("--person 4711 --key office", &root, PASSPHRASE, 3, "nobody has that number"),
    ];
    for (rest, root, passphrase, wanted, says) in refusals {
        let (status, out, err) = issue(rest, root, passphrase);
        assert_eq!(status, wanted, "{rest}: {out}{err}");
        assert!(out.is_empty() && err.contains(says), "{rest}: {out}{err}");
        let entries = fs::read_dir(folder.join("codes")).into_iter().flatten().map(|entry| entry.expect("an entry"));
        // A hidden part file may stay: the next run writes over it, and nobody takes it for a result.
        let left: Vec<_> = entries.map(|entry| entry.file_name().into_string().expect("UTF-8")).collect();
        assert!(left.iter().all(|name| name.starts_with('.')), "{rest}: {left:?} was written");
    }
    let (status, out, err) = issue("--all --key office", &root, PASSPHRASE);
    assert_eq!(status, 0, "{out}{err}");

    let verify = |rest: &str| run(folder, &format!("tegata-verifier verify --trust lists.cbor {rest}"), "");
    let picture = fs::read_dir(folder.join("codes")).expect("codes").map(|entry| entry.expect("an entry").path());
    let picture = picture.filter(|path| path.extension().is_some_and(|e| e == "png")).min().expect("a picture");
    let picture = picture.display();
    assert_eq!(verify(&format!("{picture} --root {root} --demo")).0, 0);
    let (status, out, err) = verify(&format!("{picture} --root {root}"));
    assert!(status == 4 && out.is_empty() && err.contains("--demo"), "not told that it is a DEMO: {status} {err}");
    let (status, out, err) = verify(&format!("{picture} --root {other} --demo"));
    assert!(status == 4 && out.is_empty() && err.contains("root-not-pinned"), "another pin: {status} {err}");
    let (status, _, err) = verify(&format!("none.png {picture} --root {root} --demo"));
    assert!(status == 5 && err.contains("none.png"), "a missing file does not hide the others: {status} {err}");
}
