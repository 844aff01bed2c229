//! `kill -9` at random moments of `issue --all` out of a file, with two workers: a rerun ends with exactly one
//! certificate a record, unique indices, and nothing that was handed out taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tegata_certificate::Format;
use tegata_keys::KeyStore;
use tegata_tests::office::{Certified, manifest};
use tegata_verifier::tool::{Limits, read_codes};

use super::handed_out::{HandedOut, hold_by_the_list, nothing_is_left, progress, texts};
use super::inspection::{Dice, holdings};
use super::town::{PASSPHRASE, Town, end, start};

const SEED: u64 = 20_260_601;

#[test]
fn issuing_to_10_000_that_was_killed_100_times_ends_with_one_certificate_a_record() {
    const KILLS: u32 = 100;
    let mut story = Story::new(10_000, 1, |town| town.issue().replace("compact,eu-dcc", "compact"));
    let pace = story.pace();
    let mut dice = Dice::thrown(SEED);
    let begun = Instant::now();
    let (mut killed, mut completed) = (0, 0);
    story.begin_anew();
    while killed < KILLS {
        // Mostly while parts are worked on; now and then before. Few parts a run, so that there are many runs a job.
        let moment = match dice.below(6) {
            0 => Moment::AfterStart(pace.start.mul_f64(dice.fraction())),
            _ => Moment::AfterWork(pace.work.mul_f64(dice.fraction() / 4.0)),
        };
        let done = if story.is_killed(moment) {
            killed += 1;
            // At times what follows is a job that finds everything issued.
            story.has_ended() && dice.below(2) == 0
        } else {
            true
        };
        if done {
            // It had ended before: then everything must be there, and the story begins anew.
            story.is_complete();
            completed += 1;
            assert!(completed < KILLS, "the runs are too quick to be killed");
            story.begin_anew();
        }
    }
    story.completes();
    println!("killed {killed} times, ended {} times, in {} s", completed + 1, begun.elapsed().as_secs());
}

#[test]
fn drawing_that_was_killed_8_times_leaves_whole_pictures_only() {
    let issue = |town: &Town| town.issue().replace("--picture none", "--picture png");
    let mut story = Story::new(800, 2, issue);
    let mut dice = Dice::thrown(SEED + 1);
    let pace = story.pace();
    story.begin_anew();
    for _ in 0..8 {
        let moment = Moment::AfterWork(pace.work.mul_f64(dice.fraction() / 12.0));
        assert!(story.is_killed(moment), "drawing is too quick to be killed");
    }
    story.completes();
    look_at_pictures(&story.folder());
}

/// When to kill.
#[derive(Clone, Copy)]
enum Moment {
    /// So long after the process began.
    AfterStart(Duration),
    /// So long after a worker of it began a part.
    AfterWork(Duration),
}

/// How long an undisturbed run takes until the first part is begun, and from then on.
struct Pace {
    start: Duration,
    work: Duration,
}

/// A town whose issuing is killed again and again.
struct Story {
    town: Town,
    people: u64,
    families: u64,
    /// The register before anything was issued.
    before: Vec<u8>,
    /// The command that is killed.
    line: String,
    handed_out: HandedOut,
    /// What stood under a picture's name.
    drawn: BTreeMap<String, Vec<u8>>,
}

impl Story {
    fn new(people: u64, families: u64, issue: impl Fn(&Town) -> String) -> Self {
        let town = Town::new(people);
        let before = fs::read(town.file("register.sqlite")).expect("a register");
        let line = format!("{} --workers 2", issue(&town));
        Self { town, people, families, before, line, handed_out: HandedOut::default(), drawn: BTreeMap::new() }
    }

    fn folder(&self) -> PathBuf {
        self.town.file("codes")
    }

    fn begin_anew(&mut self) {
        // The mark too: this is another story, not a backup of the last one.
        for end in ["", "-wal", "-shm", "-journal", ".key.mark"] {
            let _ = fs::remove_file(self.town.file(&format!("register.sqlite{end}")));
        }
        let _ = fs::remove_dir_all(self.folder());
        fs::write(self.town.file("register.sqlite"), &self.before).expect("writes");
        self.handed_out = HandedOut::default();
        self.drawn.clear();
    }

    /// Of the quicker of two undisturbed runs.
    fn pace(&mut self) -> Pace {
        let mut run = || {
            self.begin_anew();
            let begun = Instant::now();
            let mut child = self.town.start(&self.line);
            self.is_at_work(&mut child, &BTreeMap::new());
            let start = begun.elapsed();
            assert_eq!(end(child).status, Some(0));
            Pace { start, work: begun.elapsed() - start }
        };
        let (one, other) = (run(), run());
        let pace = if one.work < other.work { one } else { other };
        println!(
            "seed {SEED}: undisturbed the first part is begun after {} ms, and all is done {} ms later",
            pace.start.as_millis(),
            pace.work.as_millis()
        );
        pace
    }

    /// Waits until the process has begun a part, or has ended.
    fn is_at_work(&self, child: &mut Child, before: &BTreeMap<PathBuf, std::time::SystemTime>) {
        while progress(&self.folder()) == *before && child.try_wait().expect("runs").is_none() {
            sleep(Duration::from_millis(1));
        }
    }

    /// Runs the command and kills it; whether it was still running.
    fn is_killed(&mut self, moment: Moment) -> bool {
        let before = progress(&self.folder());
        let mut command = self.town.command(&self.line);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = start(command, PASSPHRASE.as_bytes());
        let (when, wait) = match moment {
            Moment::AfterStart(wait) => ("start", wait),
            Moment::AfterWork(wait) => {
                self.is_at_work(&mut child, &before);
                ("work", wait)
            }
        };
        sleep(wait);
        child.kill().expect("kills");
        let ended = child.wait().expect("ends");
        let folder = self.folder();
        self.handed_out.remember(&folder, self.people, self.families);
        remember_pictures(&mut self.drawn, &folder);
        let killed = ended.code().is_none();
        assert!(killed || ended.success(), "a rerun failed: {ended}");
        let what = if killed { "killed" } else { "done before it was killed" };
        let (texts, pictures) = (self.handed_out.count(), self.drawn.len());
        println!("{what} {} ms after {when}, with {texts} texts and {pictures} pictures so far", wait.as_millis());
        killed
    }

    /// Whether the job ended, though the process may have been killed before it could say so.
    fn has_ended(&self) -> bool {
        self.folder().join("manifest.ndjson").exists() && !self.folder().join(".parts").exists()
    }

    /// The same command, left in peace.
    fn completes(&self) {
        self.town.does(&self.line);
        self.is_complete();
    }

    /// After a run that ended, everything is there, and what was there before is the same.
    fn is_complete(&self) {
        let folder = self.folder();
        nothing_is_left(&folder);
        let certified = self.look_at(&folder);
        self.handed_out.agrees_with(&texts(&certified));
        for (name, picture) in &self.drawn {
            assert!(fs::read(folder.join(name)).is_ok_and(|now| now == *picture), "{name} was half a picture");
        }
    }

    /// Everything that must hold of a finished folder and its register; gives the certificates.
    fn look_at(&self, folder: &Path) -> Vec<Certified> {
        // One line for each person and family, and one certificate for each that was not refused.
        let lines = fs::read_to_string(folder.join("manifest.ndjson")).expect("a manifest");
        let lines: Vec<serde_json::Value> =
            lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let keys: BTreeSet<_> =
            lines.iter().map(|line| (line["number"].to_string(), line["format"].to_string())).collect();
        let wanted = self.families * self.people;
        assert_eq!((lines.len() as u64, keys.len() as u64), (wanted, wanted), "somebody is lost or there twice");
        assert!(lines.iter().all(|line| line["text"].is_string() != line["refused"].is_string()));

        let certified = manifest(folder);
        let compact = certified.iter().filter(|one| one.format == Format::Compact.name()).count() as u64;
        assert_eq!(compact, self.people);
        // The register agrees: one row each, one index each, none burnt.
        let register = holdings(&self.town.file("register.sqlite"));
        assert_eq!(register.integrity, "ok");
        let rows: BTreeMap<_, _> =
            register.certificates.iter().map(|row| ((row.number.clone(), row.format.clone()), row.status)).collect();
        assert_eq!(register.certificates.len(), rows.len(), "two certificates for one record");
        assert!(register.certificates.iter().all(|row| row.renewal == 0));
        assert!(rows.keys().eq(texts(&certified).keys()), "manifest and register differ");
        assert!(certified.iter().all(|one| rows[&(one.number.clone(), one.format.clone())] == one.status));
        let kid = KeyStore::new(self.town.file("keys")).record("office").expect("a key").kid();
        assert_eq!(register.given_out.get(kid.as_slice()), Some(&compact), "an index was burnt");
        hold_by_the_list(&self.town, &certified);
        certified
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
