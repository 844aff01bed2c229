//! A city with faults in its files, from the first import to a mover, with the real tools, on SQLite and on
//! PostgreSQL: import → read the report → fix the file → import again → issue all → revoke a lot's certificates → merge a
//! mover.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tegata_certificate::{Certificate, Format, UnixTime};
use tegata_keys::KeyStore;
use tegata_tests::office::manifest;
use tegata_tests::postgres::server;
use tegata_tests::specimen::{DAY, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Bundle, Issuer, TrustState};
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

const PASSPHRASE: &[u8] = b"three small boats at dawn";
const PEOPLE: u64 = 600;

/// The city's folder, and where its register is, if not in a file there.
struct City {
    folder: tempfile::TempDir,
    server: Option<String>,
    pin: String,
}

/// How a tool ended, and what it said.
struct Answer {
    status: Option<i32>,
    out: String,
    complaint: String,
}

impl City {
    fn found(server: Option<String>) -> Self {
        let mut city = Self { folder: tempfile::tempdir().expect("a folder"), server, pin: String::new() };
        city.does("tegata-issuer key new office --demo --passphrase-fd 0");
        city.does("tegata-issuer key new office-status --demo --passphrase-fd 0");
        city.does("tegata-issuer register key new office.key");
        city.pin = city.publish();
        for (folder, faults) in [("export", "0.08"), ("right", "0")] {
            city.does(&format!("tegata-issuer sample --people {PEOPLE} --seed 7 --faults {faults} --out {folder}"));
        }
        city
    }

    fn publish(&self) -> String {
        let now = device_time();
        let mut repository = DemoRepository::new("DEMO/kakuu", now.plus(-DAY)).expect("makes keys");
        let issuer = Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() };
        let issuer = repository.add_issuer(issuer);
        let key = KeyStore::new(self.file("keys")).record("office").expect("is there").key;
        repository.add_key(issuer, &key, &[Format::Compact], now.plus(-DAY));
        let (bundle, pin) = repository.publish(now.plus(-600)).expect("publishes");
        fs::write(self.file("lists.cbor"), bundle.encode()).expect("writes");
        pin.to_string()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs a line of words in the city's folder.
    fn run(&self, line: &str) -> Answer {
        let mut words = line.split_whitespace();
        let program = std::env::current_exe().expect("this program");
        let tool = program.ancestors().nth(2).expect("the folder of the tools").join(words.next().expect("a tool"));
        assert!(tool.is_file(), "the tools are not built; run: cargo build --workspace --all-targets");
        let mut command = Command::new(tool);
        command.args(words).current_dir(self.folder.path()).env("LC_ALL", "C.UTF-8").env_remove("RUST_BACKTRACE");
        command.env("TEGATA_REGISTER_KEY", "office.key");
        if let Some(server) = &self.server {
            command.env("TEGATA_REGISTER", server);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        // Who needs no passphrase may be gone already.
        let _ = child.stdin.take().expect("piped").write_all(PASSPHRASE);
        let output = child.wait_with_output().expect("ends");
        let text = |bytes| String::from_utf8(bytes).expect("a text");
        Answer { status: output.status.code(), out: text(output.stdout), complaint: text(output.stderr) }
    }

    /// Runs what ends with that status, and gives its output.
    fn ends(&self, line: &str, status: i32) -> String {
        let answer = self.run(line);
        assert_eq!(answer.status, Some(status), "{line}\n{}{}", answer.out, answer.complaint);
        answer.out
    }

    fn does(&self, line: &str) -> String {
        self.ends(line, 0)
    }

    fn json(&self, line: &str, status: i32) -> Value {
        serde_json::from_str(&self.ends(line, status)).expect("JSON")
    }

    fn with_list(&self, line: &str) -> String {
        format!("{line} --trust lists.cbor --root {} --passphrase-fd 0", self.pin)
    }

    /// Everybody's certificates in force, by number.
    fn issue(&self) -> (Value, BTreeMap<String, String>) {
        let line =
            self.with_list("tegata-issuer issue --all --workers 2 --picture none --key office --out codes --json");
        let issued = self.json(&line, 0);
        let texts = manifest(&self.file("codes")).into_iter().map(|one| (one.number, one.text)).collect();
        (issued, texts)
    }

    fn verifier(&self) -> Verifier {
        let bundle = Bundle::parse(&fs::read(self.file("lists.cbor")).expect("a bundle")).expect("parses");
        let state = TrustState::load(&bundle, &self.pin.parse().expect("a pin"), device_time()).expect("loads");
        Verifier::new(state, Policy { accept_demo: true, ..Policy::default() }).expect("told so")
    }
}

fn device_time() -> UnixTime {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970");
    UnixTime(i64::try_from(since_epoch.as_secs()).expect("small"))
}

/// The rows of a file in CP932, the first its heading, each with its cells.
fn rows(file: &Path) -> Vec<Vec<String>> {
    let bytes = fs::read(file).expect("a file");
    let text = encoding_rs::SHIFT_JIS.decode_without_bom_handling(&bytes).0.into_owned();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let row = |row: csv::StringRecord| row.iter().map(str::to_owned).collect();
    reader.records().map(|record| row(record.expect("a row"))).collect()
}

/// The number in a row.
fn number(row: &[String]) -> String {
    row[0].trim().to_owned()
}

/// Whose rows were marked in a file that came back.
fn marked(returned: &Path) -> BTreeSet<String> {
    let rows = rows(returned);
    assert!(rows[0].ends_with(&ADDED.map(str::to_owned)), "{:?}", rows[0]);
    let marked = rows.iter().filter(|row| ["block", "eye"].contains(&row[row.len() - 3].as_str()));
    let numbers: BTreeSet<String> = marked.map(|row| number(row)).collect();
    assert!(!numbers.is_empty(), "nothing is marked in {}", returned.display());
    numbers
}

/// The columns that a report adds.
const ADDED: [&str; 3] = ["tegata_level", "tegata_codes", "tegata_message"];

/// What a clerk does with the file that came back: the rows of whoever was marked are looked up and corrected; the added
/// columns stay.
fn fix(returned: &Path, right: &Path, marked: &BTreeSet<String>) {
    let mut mended: Vec<Vec<String>> =
        rows(returned).into_iter().filter(|row| !marked.contains(&number(row))).collect();
    let known: BTreeSet<String> = mended.iter().map(|row| number(row)).collect();
    for mut row in rows(right).into_iter().skip(1).filter(|row| !known.contains(&number(row))) {
        row.extend(ADDED.map(|_| String::new()));
        mended.push(row);
    }
    let mut writer = csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    mended.iter().for_each(|row| writer.write_record(row).expect("writes"));
    let text = String::from_utf8(writer.into_inner().expect("ends")).expect("a text");
    fs::write(returned, encoding_rs::SHIFT_JIS.encode(&text).0).expect("writes");
}

#[test]
fn a_city_s_records_are_mended_issued_withdrawn_and_merged_on_sqlite() {
    story(&City::found(None));
}

#[test]
fn a_city_s_records_are_mended_issued_withdrawn_and_merged_on_postgresql() {
    let Some(server) = server() else { return };
    story(&City::found(Some(server.url(&server.database()))));
}

fn story(city: &City) {
    mend(city);
    let texts = issue(city);
    withdraw_a_lot(city);
    merge_a_mover(city, &texts);
}

/// Import, the report, the mended files, the import again.
fn mend(city: &City) {
    let import = "tegata-issuer import --residents export/residents.csv --doses export/doses.csv";
    let found = city.json(&format!("{import} --report report.html --report report.csv --json"), 1);
    let planted: Value =
        serde_json::from_str(&fs::read_to_string(city.file("export/manifest.json")).expect("a manifest"))
            .expect("JSON");
    let place = |finding: &Value, file: &Value, column: &Value| {
        let file = file.as_str().expect("a file").rsplit('/').next().expect("a name").to_owned();
        (file, finding["line"].as_u64(), column.as_u64(), finding["code"].as_str().expect("a code").to_owned())
    };
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let planted = list(&planted["faults"]).into_iter().filter(|fault| fault["level"] != "info");
    let planted: BTreeSet<_> = planted.map(|fault| place(&fault, &fault["file"], &fault["column"])).collect();
    let told = list(&found["findings"]).into_iter().filter(|finding| finding["level"] != "info");
    let told: BTreeSet<_> =
        told.map(|finding| place(&finding, &finding["file"], &finding["column"]["number"])).collect();
    assert!(planted.len() > 30);
    assert_eq!(told, planted, "what was found is not what was planted");
    let page = fs::read_to_string(city.file("report.html")).expect("a report");
    assert!(
        planted.iter().all(|(_, _, _, code)| page.contains(&explained(city, code))),
        "a fault is not in the report"
    );

    let files = ["residents", "doses"];
    let returned = |file: &str| city.file(&format!("report.{file}.csv"));
    let numbers: BTreeSet<String> = files.iter().flat_map(|file| marked(&returned(file))).collect();
    for file in files {
        fix(&returned(file), &city.file(&format!("right/{file}.csv")), &numbers);
    }
    let again = "tegata-issuer import --residents report.residents.csv --doses report.doses.csv";
    let mended = city.json(&format!("{again} --json"), 0);
    let left: Vec<Value> = list(&mended["findings"]).into_iter().filter(|finding| finding["level"] != "info").collect();
    assert_eq!(left, Vec::<Value>::new(), "the mended files still have faults");
    assert_eq!(city.json("tegata-issuer confirm --list --json", 0), serde_json::json!({ "open": [] }));
    let status = city.json("tegata-issuer register status --json", 0);
    assert_eq!(status["people"].as_u64(), Some(PEOPLE));
    let once_more = city.json(&format!("{again} --json"), 0);
    let changes = &once_more["summary"]["changes"];
    assert_eq!((changes["people_updated"].as_u64(), changes["doses_updated"].as_u64()), (Some(0), Some(0)));
}

/// The title by which the report calls a finding.
fn explained(city: &City, code: &str) -> String {
    let page = city.json(&format!("tegata-issuer explain {code} --json"), 0);
    page["number"].as_str().or(page[0]["number"].as_str()).expect("a number").to_owned()
}

/// Everybody gets one certificate, and all are valid; doing it again changes nothing.
fn issue(city: &City) -> BTreeMap<String, String> {
    let (issued, texts) = city.issue();
    assert_eq!((issued["issued"].as_u64(), issued["again"].as_u64()), (Some(PEOPLE), Some(0)), "{issued}");
    let verifier = city.verifier();
    for text in texts.values() {
        assert_eq!(verifier.verify(text, Moment::Now(device_time())).outcome(), Outcome::Valid);
    }
    let (again, same) = city.issue();
    assert_eq!((again["issued"].as_u64(), again["again"].as_u64()), (Some(0), Some(PEOPLE)));
    assert!(same == texts);
    let jobs = city.json("tegata-issuer jobs --json", 0);
    assert!(jobs.as_array().expect("jobs").iter().all(|job| job["state"] == "done"));
    texts
}

/// A lot turns out to be bad: all certificates that name it are asked to be withdrawn, and issued anew.
fn withdraw_a_lot(city: &City) {
    let line = city.with_list("tegata-issuer revoke --dose-lot TX1013 --status-key office-status --yes --json");
    let asked = city.json(&line, 0);
    let withdrawn = asked["certificates"].as_u64().expect("a count");
    assert!(withdrawn > 10 && withdrawn < PEOPLE, "{asked}");
    assert!(city.file("requests").is_dir() || city.server.is_some());
    let again = city.json(&line, 0);
    assert_eq!((again["request"].is_null(), again["already"].as_u64()), (true, Some(withdrawn)), "{again}");
    let (issued, _) = city.issue();
    assert_eq!((issued["issued"].as_u64(), issued["again"].as_u64()), (Some(withdrawn), Some(PEOPLE - withdrawn)));
}

/// Somebody moved here, and has doses in the neighbour's register: one record, one new certificate, and the old one
/// stays true.
fn merge_a_mover(city: &City, first: &BTreeMap<String, String>) {
    let (number, _) = first.iter().nth(10).expect("somebody");
    let person = city.json(&format!("tegata-issuer register show {number} --json"), 0);
    let text = |key: &str| person[key].as_str().unwrap_or_default().to_owned();
    let doses = person["doses"].as_array().expect("doses").len();
    let rows = format!(
        "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,lot\nT-88,{},{},{},{},2024-10-01,ファイザー,HA1234\n",
        text("name"),
        text("kana"),
        text("birth"),
        doses + 1
    );
    fs::write(city.file("tonari.csv"), rows).expect("writes");
    // The same person under two numbers: somebody has to look at it.
    let found = city.json("tegata-issuer import tonari.csv --json", 1);
    let codes: Vec<&str> =
        found["findings"].as_array().expect("a list").iter().filter_map(|one| one["code"].as_str()).collect();
    assert!(codes.contains(&"same-person-twice"), "{codes:?}");
    let (_, held) = city.issue();
    assert!(!held.contains_key("T-88") && !held.contains_key(number), "held until somebody has looked");

    let merged = city.json(&format!("tegata-issuer register merge T-88 {number} --json"), 0);
    assert_eq!(merged["record"]["doses"].as_array().expect("doses").len(), doses + 1);
    let review = city.json(&format!("tegata-issuer review --person {number} --surpassed --json"), 0);
    assert_eq!(review["counts"], serde_json::json!({ "surpassed": 1 }), "{review}");
    let (issued, texts) = city.issue();
    assert_eq!(issued["issued"].as_u64(), Some(1), "{issued}");
    let verifier = city.verifier();
    let verdict = verifier.verify(&texts[number], Moment::Now(device_time()));
    assert_eq!(verdict.outcome(), Outcome::Valid);
    let certificate: &Certificate = verdict.certificate().expect("valid");
    assert_eq!(certificate.doses.len(), doses + 1);
    // The neighbour's next export says it again: nothing changes, and nobody comes back.
    city.ends("tegata-issuer import tonari.csv", 0);
    assert_eq!(city.json("tegata-issuer register status --json", 0)["people"].as_u64(), Some(PEOPLE));
    assert_eq!(city.issue().0["issued"].as_u64(), Some(0));
}
