//! A town hall in a temporary folder, and its tools, run as processes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use tegata_certificate::{Format, UnixTime};
use tegata_keys::KeyStore;
use tegata_tests::specimen::{DAY, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, KeyEntry, RootPin};

use super::inspection::holdings;

/// What opens every key of the town.
pub const PASSPHRASE: &str = "three small boats at dawn";

/// The built tool of that name: cargo puts tools into the folder above the tests'.
pub fn tool(name: &str) -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let tool = program.ancestors().nth(2).expect("the folder of the tools").join(name);
    assert!(tool.is_file(), "{name} is not built; run: cargo build --workspace --all-targets");
    tool
}

/// The device's time, which the tools go by.
pub fn device_time() -> UnixTime {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    UnixTime(i64::try_from(since_epoch.as_secs()).expect("a clock before year 292277026596"))
}

/// How a tool ended, and what it said.
pub struct Answer {
    /// The exit status; none if a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub complaint: String,
}

/// Everything in a folder: each path with its mode and, for a file, its bytes.
#[derive(PartialEq, Eq)]
pub struct Snapshot(BTreeMap<PathBuf, (u32, Option<Vec<u8>>)>);

impl Snapshot {
    /// Of a folder with all folders in it.
    pub fn of(folder: &Path) -> Self {
        let mut entries = BTreeMap::new();
        let mut waiting = vec![folder.to_owned()];
        while let Some(folder) = waiting.pop() {
            for entry in fs::read_dir(&folder).expect("a folder") {
                let path = entry.expect("an entry").path();
                let metadata = fs::symlink_metadata(&path).expect("an entry");
                let mode = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions());
                let bytes = metadata.is_file().then(|| fs::read(&path).unwrap_or_default());
                if metadata.is_dir() {
                    waiting.push(path.clone());
                }
                entries.insert(path, (mode, bytes));
            }
        }
        Self(entries)
    }

    /// A file's bytes.
    fn bytes(&self, file: &Path) -> &[u8] {
        self.0.get(file).and_then(|(_, bytes)| bytes.as_deref()).expect("a file")
    }

    /// What differs in a later one, by name.
    pub fn changes(&self, later: &Self) -> Vec<String> {
        let gone =
            self.0.keys().filter(|path| !later.0.contains_key(*path)).map(|path| format!("{} is gone", path.display()));
        let other = later.0.iter().filter_map(|(path, entry)| match self.0.get(path) {
            None => Some(format!("{} is new", path.display())),
            Some(before) if before != entry => Some(format!("{} has changed", path.display())),
            Some(_) => None,
        });
        gone.chain(other).collect()
    }
}

/// A town hall: a sample register with its files, two keys (`office`, `office-eu`) that the published
/// list has, one for requests (`office-status`), and one that nobody knows (`stranger`).
pub struct Town {
    folder: tempfile::TempDir,
    /// The pin of `lists.cbor`.
    pub pin: String,
    /// What no message may hold: names, numbers, birth dates of the sample.
    personal: Vec<String>,
}

impl Town {
    /// A town of so many people, with nothing issued yet.
    pub fn new(people: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut town = Self { folder, pin: String::new(), personal: Vec::new() };
        for (name, kind) in
            [("office", "ed25519"), ("office-eu", "p256"), ("office-status", "ed25519"), ("stranger", "ed25519")]
        {
            town.does(&format!("tegata-issuer key new {name} --demo --type {kind} --passphrase-fd 0"));
        }
        town.pin = town.publish("lists.cbor", "DEMO/kakuu", device_time().plus(-600), |_| {}).to_string();
        town.does(&format!(
            "tegata-issuer sample --people {people} --seed 3 --layout vrs --encoding cp932 --out sample"
        ));
        town.does("tegata-issuer import --residents sample/residents.csv --doses sample/doses.csv");
        town.personal = personal(&town.file("sample/residents.csv"));
        town
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Publishes the town's two keys in a repository of that id into a bundle file, after `change`.
    pub fn publish(&self, file: &str, id: &str, at: UnixTime, change: impl FnOnce(&mut Vec<KeyEntry>)) -> RootPin {
        let mut repository = DemoRepository::new(id, at.plus(-DAY)).expect("makes keys");
        let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
        let issuer = repository.add_issuer(issuer);
        let store = KeyStore::new(self.file("keys"));
        for (name, format) in [("office", Format::Compact), ("office-eu", Format::EuDcc)] {
            let key = store.record(name).expect("is there").key;
            repository.add_key(issuer, &key, &[format], at.plus(-DAY));
        }
        change(&mut repository.keys);
        let (bundle, pin) = repository.publish(at).expect("publishes");
        fs::write(self.file(file), bundle.encode()).expect("writes");
        pin
    }

    /// The command that issues to everyone in both formats, without pictures.
    pub fn issue(&self) -> String {
        format!(
            "tegata-issuer issue --all --format compact,eu-dcc --picture none --key office --key office-eu --trust lists.cbor --root {} --out codes --passphrase-fd 0",
            self.pin
        )
    }

    /// The command that verifies by the town's list.
    pub fn verify(&self) -> String {
        format!("tegata-verifier verify --trust lists.cbor --root {} --demo", self.pin)
    }

    /// A command line (words between blanks) in the town's folder, its streams piped.
    pub fn command(&self, line: &str) -> Command {
        let mut words = line.split_whitespace();
        let mut command = Command::new(tool(words.next().expect("a tool")));
        command.args(words).current_dir(self.path()).env_remove("RUST_BACKTRACE");
        command.env("TEGATA_CONFIG_DIR", self.file("settings")).env("TEGATA_STATE_DIR", self.file("state"));
        command.env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Starts it, with the passphrase on standard input.
    pub fn start(&self, line: &str) -> Child {
        start(self.command(line), PASSPHRASE.as_bytes())
    }

    /// Runs it, with the passphrase on standard input.
    pub fn run(&self, line: &str) -> Answer {
        self.run_with(line, PASSPHRASE.as_bytes())
    }

    /// Runs it with those bytes on standard input.
    pub fn run_with(&self, line: &str, input: &[u8]) -> Answer {
        let answer = end(start(self.command(line), input));
        self.examine(line, &answer);
        answer
    }

    /// Runs what must succeed, and gives its output.
    pub fn does(&self, line: &str) -> String {
        let answer = self.run(line);
        assert_eq!(answer.status, Some(0), "{line}\n{}{}", answer.out, answer.complaint);
        answer.out
    }

    /// Runs what must be refused: with that status, in one message that holds all of `says`, and with
    /// every file as it was.
    pub fn refuses(&self, line: &str, status: i32, says: &[&str]) {
        self.refuses_with(line, PASSPHRASE.as_bytes(), status, says);
    }

    /// The same with those bytes on standard input.
    pub fn refuses_with(&self, line: &str, input: &[u8], status: i32, says: &[&str]) {
        let before = Snapshot::of(self.path());
        let answer = self.run_with(line, input);
        one_message(line, &answer, status, says);
        let mut changes = before.changes(&Snapshot::of(self.path()));
        if line.starts_with("tegata-issuer import ") {
            // A transaction that was undone leaves its number in the file's header, and nothing else.
            let register = self.file("register.sqlite");
            changes.retain(|change| *change != format!("{} has changed", register.display()));
            let earlier = tempfile::tempdir().expect("a folder");
            fs::write(earlier.path().join("register.sqlite"), before.bytes(&register)).expect("writes");
            assert!(
                holdings(&earlier.path().join("register.sqlite")) == holdings(&register),
                "{line} changed the register"
            );
        }
        assert!(changes.is_empty(), "{line}\n{}{changes:#?}", answer.complaint);
    }

    /// What must hold however a tool ended: it did not panic, and told nobody a secret.
    pub fn examine(&self, line: &str, answer: &Answer) {
        let complaint = &answer.complaint;
        for word in ["panicked", "RUST_BACKTRACE", "stack backtrace", "unreachable", PASSPHRASE] {
            assert!(!complaint.contains(word), "{line}\n{complaint}");
        }
        let told = self.personal.iter().find(|text| complaint.contains(text.as_str()));
        assert!(told.is_none(), "{line} told personal data:\n{complaint}");
    }
}

/// Starts a command and hands it its input.
pub fn start(mut command: Command, input: &[u8]) -> Child {
    let mut child = command.spawn().expect("starts");
    // Whoever refuses before reading has closed the other end.
    let _ = child.stdin.take().expect("piped").write_all(input);
    child
}

/// Waits for a command.
pub fn end(child: Child) -> Answer {
    let output = child.wait_with_output().expect("ends");
    let text = |bytes| String::from_utf8(bytes).expect("a text");
    Answer { status: output.status.code(), out: text(output.stdout), complaint: text(output.stderr) }
}

/// Asserts that a tool refused with one message, on one line or with its remedy on a second.
pub fn one_message(line: &str, answer: &Answer, status: i32, says: &[&str]) {
    let Answer { status: found, out, complaint } = answer;
    assert_eq!(*found, Some(status), "{line}\n{out}{complaint}");
    assert_eq!(out, "", "{line} also answered");
    let mut lines = complaint.lines();
    let first = lines.next().unwrap_or_default();
    assert!(first.starts_with("error: "), "{line}\n{complaint}");
    let remedy: Vec<&str> = lines.collect();
    assert!(remedy.iter().all(|line| line.starts_with("  remedy: ")) && remedy.len() <= 1, "{line}\n{complaint}");
    for text in says {
        assert!(complaint.contains(text), "{line}: no {text:?} in:\n{complaint}");
    }
}

/// The names, numbers and birth dates of a residents' file in CP932.
fn personal(file: &Path) -> Vec<String> {
    let bytes = fs::read(file).expect("the sample");
    let (text, _, damaged) = encoding_rs::SHIFT_JIS.decode(&bytes);
    assert!(!damaged, "the sample is in another encoding");
    // Number, name, kana, birth date; romanised name and passport.
    let cells = text.lines().skip(1).flat_map(|row| {
        let cells: Vec<&str> = row.split(',').collect();
        [0, 1, 2, 3, 6, 7].map(|place| cells[place].to_owned())
    });
    let cells: Vec<String> = cells.filter(|cell| cell.len() >= 6).collect();
    assert!(!cells.is_empty(), "the sample has no people");
    cells
}
