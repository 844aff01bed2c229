//! What issuing has handed out so far, in manifests and in parts of a job, and what must hold of all of it at the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::SystemTime;

use tegata_keys::KeyStore;
use tegata_tests::office::Certified;
use tegata_trust_lists::{Bundle, StatusRange, TrustState};
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

use super::town::{Town, device_time};

/// Records in a part of a job.
pub const PART: u64 = 512;
/// Of so many texts one is verified.
const SAMPLE: usize = 40;

/// Number and family to text.
pub type Texts = BTreeMap<(String, String), String>;

/// A file as it was last looked at: its length and when it was written.
type Look = (u64, SystemTime);

/// What was in any manifest or part of a job since the story began.
#[derive(Default)]
pub struct HandedOut {
    texts: Texts,
    looked_at: BTreeMap<PathBuf, Look>,
}

impl HandedOut {
    /// How many texts.
    pub fn count(&self) -> usize {
        self.texts.len()
    }

    /// Remembers what a folder holds of a job over so many people with `families` lines for each.
    pub fn remember(&mut self, folder: &Path, people: u64, families: u64) {
        for path in parts(folder) {
            let part: u64 = part_number(&path).unwrap_or_else(|| panic!("{} is no part", path.display()));
            let lines = self.read(&path);
            // Whole or not there: also a part that a kill interrupted.
            let expected = families * PART.min(people - part * PART);
            assert!(lines.is_none_or(|lines| lines == expected), "{} is not whole", path.display());
        }
        self.read(&folder.join("manifest.ndjson"));
    }

    /// Takes in a file, unless it is as it was; says how many lines it has.
    fn read(&mut self, path: &Path) -> Option<u64> {
        let metadata = fs::metadata(path).ok()?;
        let look = (metadata.len(), metadata.modified().expect("a time"));
        if self.looked_at.insert(path.to_owned(), look) == Some(look) {
            return None;
        }
        let text = fs::read_to_string(path).expect("a text");
        assert!(text.is_empty() || text.ends_with('\n'), "{} ends in half a line", path.display());
        for line in text.lines() {
            let line: serde_json::Value = serde_json::from_str(line).expect("a whole line");
            let string = |key: &str| line[key].as_str().map(str::to_owned);
            if let Some(text) = string("text") {
                let key = (string("number").expect("a number"), string("format").expect("a format"));
                let earlier = self.texts.insert(key, text.clone());
                assert!(earlier.is_none_or(|earlier| earlier == text), "a rerun gave another certificate");
            }
        }
        Some(text.lines().count() as u64)
    }

    /// Every text that was handed out is the one that the record has in the end.
    pub fn agrees_with(&self, end: &Texts) {
        for (key, text) in &self.texts {
            assert_eq!(end.get(key), Some(text), "a certificate that was handed out is another one now");
        }
    }
}

/// The parts of jobs in a folder, without those that are being written.
fn parts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.join(".parts")).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.extension().is_some_and(|end| end == "ndjson")).collect()
}

/// `JOB-PART.ndjson`.
fn part_number(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.split_once('-')?.1.parse().ok()
}

/// What lies in the folder of a job's parts, with times: it is another as soon as a worker has begun a part.
pub fn progress(folder: &Path) -> BTreeMap<PathBuf, SystemTime> {
    let entries = fs::read_dir(folder.join(".parts")).into_iter().flatten().flatten();
    let look = |entry: fs::DirEntry| Some((entry.path(), entry.metadata().ok()?.modified().ok()?));
    entries.filter_map(look).collect()
}

/// Nothing is left in a finished folder but what belongs there.
pub fn nothing_is_left(folder: &Path) {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = entries.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?} is left");
}

/// The texts of the certificates, each of which may be told several times but is one.
pub fn texts(certified: &[Certified]) -> Texts {
    let mut texts = Texts::new();
    for one in certified {
        let earlier = texts.insert((one.number.clone(), one.format.clone()), one.text.clone());
        assert!(earlier.is_none_or(|earlier| earlier == one.text), "two certificates for one record");
    }
    texts
}

/// The places of these certificates are each given out once, and are the ranges of the town's key; a sample of the texts
/// is valid by our verifier.
pub fn hold_by_the_list(town: &Town, certified: &[Certified]) {
    let bundle = Bundle::parse(&fs::read(town.file("lists.cbor")).expect("a bundle")).expect("parses");
    let state = TrustState::load(&bundle, &town.pin.parse().expect("a pin"), device_time()).expect("loads");
    let kid = KeyStore::new(town.file("keys")).record("office").expect("a key").kid();
    let entry = state.trust().keys.iter().find(|entry| entry.kid == kid).expect("listed");
    let mut holders = BTreeMap::new();
    for one in certified {
        let Some((shard, index)) = one.status else { continue };
        let holder = holders.insert((shard, index), &one.number);
        assert!(holder.is_none_or(|holder| *holder == one.number), "an index was given out twice");
        let inside = |range: &StatusRange| range.shard == shard && (range.from..range.to).contains(&index);
        assert!(entry.ranges.iter().any(inside), "index {index} is not the key's");
    }
    let people: BTreeSet<_> = holders.values().collect();
    assert_eq!(people.len(), holders.len(), "a record has two indices");
    let texts: BTreeSet<&String> = certified.iter().map(|one| &one.text).collect();
    verify(state, &texts.into_iter().step_by(SAMPLE).collect::<Vec<_>>());
}

fn verify(state: TrustState, texts: &[&String]) {
    let verifier = &Verifier::new(state, Policy { accept_demo: true, ..Policy::default() }).expect("told so");
    let now = device_time();
    thread::scope(|threads| {
        for half in texts.chunks(texts.len().div_ceil(2).max(1)) {
            threads.spawn(move || {
                for text in half {
                    let verdict = verifier.verify(text, Moment::Now(now));
                    assert_eq!(verdict.outcome(), Outcome::Valid, "{:?}", verdict.reason());
                }
            });
        }
    });
}
