//! A folder in which `tegata-trust` runs as an operator runs it.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Bundle, RootPin, TrustState};

pub const PASSPHRASE: &str = "three small boats at dawn\n";

pub struct Workplace(pub tempfile::TempDir);

pub struct Outcome {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Workplace {
    pub fn new() -> Self {
        Self(tempfile::tempdir().expect("folder"))
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Runs the tool in the folder, with the passphrase on standard input.
    pub fn run_with(&self, passphrase: &str, line: &str) -> Outcome {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tegata-trust"))
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("starts");
        // A command that needs no passphrase may be gone already.
        let _ = child.stdin.take().expect("stdin").write_all(passphrase.as_bytes());
        let output = child.wait_with_output().expect("ends");
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        Outcome { status: output.status.code().expect("status"), out: text(output.stdout), err: text(output.stderr) }
    }

    pub fn run(&self, line: &str) -> Outcome {
        self.run_with(PASSPHRASE, line)
    }

    pub fn done(&self, line: &str) -> String {
        let outcome = self.run(line);
        assert_eq!(outcome.status, 0, "{line}: {}", outcome.err);
        outcome.out
    }

    pub fn refused(&self, line: &str, status: i32, says: &str) {
        let outcome = self.run(line);
        assert_eq!(outcome.status, status, "{line}: {}{}", outcome.out, outcome.err);
        assert!(outcome.err.contains(says), "{line}: {}", outcome.err);
        assert!(!outcome.err.contains("three small boats"), "a passphrase is never shown");
    }

    /// A DEMO repository with one listed compact key; gives the pin.
    pub fn demo(&self) -> RootPin {
        let out = self.done("init --demo --repository-id DEMO/kakuu --dir trust --passphrase-fd 0");
        self.done("key new office --demo --keys office --passphrase-fd 0");
        self.done("add-issuer --name-ja 架空市 --name-en Kakuu --country JP --key office/office.json --format compact");
        out.lines().last().expect("pin").parse().expect("a pin")
    }

    pub fn load(&self, pin: &RootPin) -> TrustState {
        self.done("bundle --out lists.cbor");
        let bundle = Bundle::parse(&fs::read(self.path("lists.cbor")).expect("reads")).expect("parses");
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_secs();
        TrustState::load(&bundle, pin, UnixTime(now as i64)).expect("loads")
    }
}

pub fn files_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("reads")
        .map(|entry| entry.expect("entry").file_name().into_string().expect("name"))
        .collect();
    names.sort();
    names
}
