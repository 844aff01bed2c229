//! `kill -9` at random moments of `issue --all` over 2,000 people: a rerun ends with exactly one
//! certificate a record, unique indices, and nothing that was handed out taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use tegata_certificate::Format;
use tegata_keys::KeyStore;
use tegata_tests::office::manifest;
use tegata_trust_lists::{Bundle, TrustState};
use tegata_verifier::tool::{Limits, read_codes};
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

use super::inspection::{Dice, holdings};
use super::town::{PASSPHRASE, Town, device_time, end, start};

const PEOPLE: u64 = 2_000;
const SEED: u64 = 20_260_601;

/// Number and family to text.
type Texts = BTreeMap<(String, String), String>;

#[test]
fn issuing_that_was_killed_50_times_ends_with_one_certificate_a_record() {
    let town = Town::new(PEOPLE);
    let before = fs::read(town.file("register.sqlite")).expect("a register");
    let (unlocked, took) =
        (0..2).map(|_| uninterrupted(&town, &before)).min_by_key(|(_, took)| *took).expect("two runs");
    println!(
        "seed {SEED}: keys are open after {} ms, all is issued after {} ms",
        unlocked.as_millis(),
        took.as_millis()
    );
    let mut dice = Dice::thrown(SEED);
    let mut story = Story { line: town.issue(), town, before, handed_out: Texts::new(), drawn: BTreeMap::new() };
    // From shortly before the first page to the end, early moments more often: there the first reservations are made.
    let mut moment = |end: Duration| {
        let from = unlocked.mul_f64(0.9);
        from + end.saturating_sub(from).mul_f64(dice.fraction().powi(2))
    };
    story.begin_anew();
    let (mut killed, mut completed) = (0, 0);
    while killed < 46 {
        if story.is_killed_after(moment(took)) {
            killed += 1;
        } else {
            // It had ended before: then everything must be there, and the story begins anew.
            story.is_complete();
            completed += 1;
            assert!(completed < 25, "the runs are too quick to be killed");
            story.begin_anew();
        }
    }
    story.completes();
    // The last four draw pictures, which takes longer.
    story.line = story.line.replace("--picture none", "--picture png");
    story.begin_anew();
    while killed < 50 {
        assert!(story.is_killed_after(moment(4 * took)), "drawing is too quick to be killed");
        killed += 1;
    }
    story.completes();
    look_at_pictures(&story.folder());
}

/// How long it takes until the first page is begun, and all in all.
fn uninterrupted(town: &Town, before: &[u8]) -> (Duration, Duration) {
    begin_anew(town, before);
    let begun = Instant::now();
    let mut child = town.start(&town.issue());
    let part = town.file("codes/.manifest.ndjson.part");
    while !part.exists() && child.try_wait().expect("runs").is_none() {
        sleep(Duration::from_millis(2));
    }
    let unlocked = begun.elapsed();
    assert_eq!(end(child).status, Some(0));
    (unlocked, begun.elapsed())
}

fn begin_anew(town: &Town, register: &[u8]) {
    // The mark too: this is another story, not a backup of the last one.
    for end in ["", "-wal", "-shm", "-journal", ".key.mark"] {
        let _ = fs::remove_file(town.file(&format!("register.sqlite{end}")));
    }
    let _ = fs::remove_dir_all(town.file("codes"));
    fs::write(town.file("register.sqlite"), register).expect("writes");
}

/// A town whose issuing is killed again and again.
struct Story {
    town: Town,
    /// The register before anything was issued.
    before: Vec<u8>,
    /// The command that is killed.
    line: String,
    /// What was in any manifest, finished or not, since the story began.
    handed_out: Texts,
    /// What stood under a picture's name.
    drawn: BTreeMap<String, Vec<u8>>,
}

impl Story {
    fn folder(&self) -> PathBuf {
        self.town.file("codes")
    }

    fn begin_anew(&mut self) {
        begin_anew(&self.town, &self.before);
        self.handed_out.clear();
        self.drawn.clear();
    }

    /// Runs the command and kills it after that time; whether it was still running.
    fn is_killed_after(&mut self, moment: Duration) -> bool {
        let mut command = self.town.command(&self.line);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = start(command, PASSPHRASE.as_bytes());
        sleep(moment);
        child.kill().expect("kills");
        let ended = child.wait().expect("ends");
        let folder = self.folder();
        remember(&mut self.handed_out, &folder.join("manifest.ndjson"));
        remember(&mut self.handed_out, &folder.join(".manifest.ndjson.part"));
        remember_pictures(&mut self.drawn, &folder);
        let killed = ended.code().is_none();
        assert!(killed || ended.success(), "a rerun failed: {ended}");
        let what = if killed { "killed" } else { "done before it was killed" };
        let (texts, pictures) = (self.handed_out.len(), self.drawn.len());
        println!("{what} after {} ms, with {texts} texts and {pictures} pictures so far", moment.as_millis());
        killed
    }

    /// The same command, left in peace.
    fn completes(&self) {
        self.town.does(&self.line);
        self.is_complete();
    }

    /// After a run that ended, everything is there, and what was there before is the same.
    fn is_complete(&self) {
        let folder = self.folder();
        let texts = look_at(&self.town, &folder);
        for (key, text) in &self.handed_out {
            assert_eq!(texts.get(key), Some(text), "a certificate that was handed out is another one now");
        }
        for (name, picture) in &self.drawn {
            assert!(fs::read(folder.join(name)).is_ok_and(|now| now == *picture), "{name} was half a picture");
        }
    }
}

/// The certificates in the whole lines of a manifest, finished or not.
fn remember(texts: &mut Texts, file: &Path) {
    let bytes = fs::read(file).unwrap_or_default();
    let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    for line in bytes[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line: serde_json::Value = serde_json::from_slice(line).expect("a whole line");
        let string = |key: &str| line[key].as_str().map(str::to_owned);
        if let Some(text) = string("text") {
            let key = (string("number").expect("a number"), string("format").expect("a format"));
            let earlier = texts.insert(key, text.clone());
            assert!(earlier.is_none_or(|earlier| earlier == text), "a rerun gave another certificate");
        }
    }
}

/// The files that stand under a picture's name.
fn remember_pictures(drawn: &mut BTreeMap<String, Vec<u8>>, folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let name = entry.expect("an entry").file_name().into_string().expect("a name");
        if !name.starts_with('.') && name.ends_with(".png") && !drawn.contains_key(&name) {
            let bytes = fs::read(folder.join(&name)).expect("a picture");
            drawn.insert(name, bytes);
        }
    }
}

/// Everything that must hold of a finished folder and its register; gives the texts.
fn look_at(town: &Town, folder: &Path) -> Texts {
    let left: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "a part is left");

    // One line for each person and family, and one certificate for each that was not refused.
    let lines = fs::read_to_string(folder.join("manifest.ndjson")).expect("a manifest");
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let key = |line: &serde_json::Value| (line["number"].to_string(), line["format"].to_string());
    let keys: BTreeSet<_> = lines.iter().map(key).collect();
    assert_eq!((lines.len() as u64, keys.len() as u64), (2 * PEOPLE, 2 * PEOPLE), "somebody is lost or there twice");
    assert!(lines.iter().all(|line| line["text"].is_string() != line["refused"].is_string()));

    let certified = manifest(folder);
    let texts: Texts =
        certified.iter().map(|one| ((one.number.clone(), one.format.clone()), one.text.clone())).collect();
    let compact = certified.iter().filter(|one| one.format == Format::Compact.name()).count() as u64;
    assert_eq!(compact, PEOPLE);
    assert!(texts.len() as u64 > PEOPLE, "nobody got a certificate for travel");

    // The register agrees: one row each, one index each, none burnt.
    let register = holdings(&town.file("register.sqlite"));
    assert_eq!(register.integrity, "ok");
    let rows: BTreeMap<_, _> =
        register.certificates.iter().map(|row| ((row.number.clone(), row.format.clone()), row.status)).collect();
    assert_eq!(register.certificates.len(), rows.len(), "two certificates for one record");
    assert!(register.certificates.iter().all(|row| row.renewal == 0));
    assert!(rows.keys().eq(texts.keys()), "manifest and register differ");
    assert!(certified.iter().all(|one| rows[&(one.number.clone(), one.format.clone())] == one.status));

    let kid = KeyStore::new(town.file("keys")).record("office").expect("a key").kid();
    assert_eq!(register.given_out.get(kid.as_slice()), Some(&compact), "an index was burnt");
    let state = list(town);
    let entry = state.trust().keys.iter().find(|entry| entry.kid == kid).expect("listed");
    let indices: BTreeSet<_> = certified.iter().filter_map(|one| one.status).collect();
    assert_eq!(indices.len() as u64, compact, "an index was given out twice");
    for (shard, index) in indices {
        let inside =
            |range: &tegata_trust_lists::StatusRange| range.shard == shard && (range.from..range.to).contains(&index);
        assert!(entry.ranges.iter().any(inside), "index {index} is not the key's");
    }
    verify_all(&state, &texts);
    texts
}

fn list(town: &Town) -> TrustState {
    let bundle = Bundle::parse(&fs::read(town.file("lists.cbor")).expect("a bundle")).expect("parses");
    TrustState::load(&bundle, &town.pin.parse().expect("a pin"), device_time()).expect("loads")
}

fn verify_all(state: &TrustState, texts: &Texts) {
    let verifier = &Verifier::new(state.clone(), Policy { accept_demo: true, ..Policy::default() }).expect("told so");
    let now = device_time();
    let texts: Vec<&String> = texts.values().collect();
    thread::scope(|threads| {
        for half in texts.chunks(texts.len().div_ceil(2)) {
            threads.spawn(move || {
                for text in half {
                    let verdict = verifier.verify(text, Moment::Now(now));
                    assert_eq!(verdict.outcome(), Outcome::Valid, "{:?}", verdict.reason());
                }
            });
        }
    });
}

/// Every picture that the manifest names is there; every fiftieth is read.
fn look_at_pictures(folder: &Path) {
    let certified = manifest(folder);
    let named: BTreeSet<_> = certified.iter().flat_map(|one| one.files.clone()).collect();
    assert_eq!(named.len(), certified.len());
    assert!(named.iter().all(|file| file.is_file()));
    for one in certified.iter().step_by(50) {
        let codes = read_codes(&fs::read(&one.files[0]).expect("a picture"), &Limits::default()).expect("a code");
        assert!(codes.iter().map(|code| &code.text).eq([&one.text]));
    }
}
