//! The memory that the tool takes to issue for everybody: flat, however many they are.

use crate::measure::{Bound, Table};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tegata_certificate::{Format, UnixTime};
use tegata_keys::KeyStore;
use tegata_tests::specimen::{DAY, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, SHARD_SIZE, StatusRange};

const FEW: u64 = 20_000;
const MANY: u64 = 200_000;
const MILLION: u64 = 1_000_000;
/// Set to measure a million people too, which takes minutes and some gigabytes of disk.
const WITH_MILLION: &str = "TEGATA_BENCH_MILLION";
/// MiB that a process may take for a million.
const AIM: u64 = 512;

/// The passphrase of the key; it guards nothing.
const PASSPHRASE: &[u8] = b"three small boats at dawn";

/// What two processes took, one after the other.
struct Taken {
    import: Option<u64>,
    issue: Option<u64>,
    import_seconds: f64,
    issue_seconds: f64,
}

pub fn measure(table: &mut Table) {
    let tool = std::env::current_exe().expect("this program").with_file_name("tegata-issuer");
    if !tool.is_file() {
        table.heading("Memory of tegata-issuer");
        table.figure("! NOT MEASURED: cargo build --release --bin tegata-issuer", "not built");
        return;
    }
    table.heading("Peak memory of tegata-issuer as a process, no pictures, SQLite");
    let few = taken(&tool, FEW);
    print(table, FEW, &few);
    let many = taken(&tool, MANY);
    print(table, MANY, &many);
    if let (Some(few), Some(many)) = (few.issue, many.issue) {
        let ratio = many as f64 / few as f64;
        table.ratio(
            "issue --all, ten times as many people",
            &mebibytes(many),
            ratio,
            "that of few",
            Bound::AtMost(2.0),
        );
    }
    if std::env::var_os(WITH_MILLION).is_some() {
        let million = taken(&tool, MILLION);
        print(table, MILLION, &million);
        for (name, peak) in [("import", million.import), ("issue --all", million.issue)] {
            let reached = peak.is_some_and(|kibibytes| kibibytes / 1024 <= AIM);
            let figure = peak.map_or("not known".to_owned(), mebibytes);
            table.aim(&format!("{name}, a million people"), &figure, &format!("≤ {AIM} MiB"), reached);
        }
    } else {
        table.figure(&format!("a million people: set {WITH_MILLION}=1"), "left out");
    }
}

fn print(table: &mut Table, people: u64, taken: &Taken) {
    for (name, peak, seconds) in
        [("import", taken.import, taken.import_seconds), ("issue --all", taken.issue, taken.issue_seconds)]
    {
        let figure = peak.map_or("not known".to_owned(), mebibytes);
        table.figure(&format!("{name}, {people} people, {seconds:.1} s"), &figure);
    }
}

pub fn mebibytes(kibibytes: u64) -> String {
    format!("{} MiB", kibibytes / 1024)
}

/// Imports and issues with the tool, as a town hall would.
fn taken(tool: &Path, people: u64) -> Taken {
    let folder = tempfile::tempdir().expect("a folder");
    let town = Town { tool: tool.to_owned(), folder: folder.path().to_owned() };
    town.run("key new office --demo --type ed25519 --passphrase-fd 0");
    town.run(&format!("sample --people {people} --seed 3 --layout vrs --encoding cp932 --out sample"));
    let pin = town.publish();
    let start = Instant::now();
    let import = town.run("import --residents sample/residents.csv --doses sample/doses.csv");
    let import_seconds = start.elapsed().as_secs_f64();
    fs::remove_dir_all(folder.path().join("sample")).expect("removes");
    let start = Instant::now();
    let issue = town.run(&format!(
        "issue --all --picture none --key office --trust lists.cbor --root {pin} --out codes --passphrase-fd 0"
    ));
    Taken { import, issue, import_seconds, issue_seconds: start.elapsed().as_secs_f64() }
}

/// A town hall in a folder.
pub struct Town {
    pub tool: PathBuf,
    pub folder: PathBuf,
}

impl Town {
    /// Publishes the office's key; gives the pin.
    pub fn publish(&self) -> String {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
        let at = UnixTime(i64::try_from(since_epoch.as_secs()).expect("a time")).plus(-600);
        let mut repository = DemoRepository::new("DEMO/bench", at.plus(-DAY)).expect("makes keys");
        let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
        let issuer = repository.add_issuer(issuer);
        let key = KeyStore::new(self.folder.join("keys")).record("office").expect("is there").key;
        // As many places in the status list as there are people.
        let whole = StatusRange { shard: 1, from: 0, to: SHARD_SIZE };
        repository.add_key(issuer, &key, &[Format::Compact], at.plus(-DAY)).ranges = vec![whole];
        let (bundle, pin) = repository.publish(at).expect("publishes");
        fs::write(self.folder.join("lists.cbor"), bundle.encode()).expect("writes");
        pin.to_string()
    }

    /// Runs the tool to its end; gives its largest resident size in KiB.
    pub fn run(&self, line: &str) -> Option<u64> {
        let mut command = Command::new(&self.tool);
        command.args(line.split_whitespace()).current_dir(&self.folder);
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        // Whoever needs none has closed the other end.
        let _ = child.stdin.take().expect("piped").write_all(PASSPHRASE);
        let process = child.id().to_string();
        let mut peak = None;
        // The figure only grows, so the last one that is seen is short of the end by no more than a moment's growth.
        while child.try_wait().expect("waits").is_none() {
            peak = self::peak(&process).or(peak);
            std::thread::sleep(Duration::from_millis(5));
        }
        let output = child.wait_with_output().expect("ends");
        assert!(output.status.success(), "{line}\n{}", String::from_utf8_lossy(&output.stderr));
        peak
    }
}

/// The largest resident size of a process so far, in KiB (Linux).
pub fn peak(process: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}
