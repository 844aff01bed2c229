//! `kill -9` at random moments of a correction: there is all of it, or nothing, and a rerun ends with all of it once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tegata_keys::KeyStore;
use tegata_tests::office::manifest;
use tegata_trust_lists::Request;

use super::inspection::{Dice, counts, holdings};
use super::town::{PASSPHRASE, Town, start};

const PEOPLE: u64 = 400;
const SEED: u64 = 20_261_128;
const KILLS: u32 = 40;

/// What a correction writes, table by table.
pub const TABLES: [&str; 8] = [
    "SELECT COUNT(*) FROM correction",
    "SELECT COUNT(*) FROM replacement",
    "SELECT COUNT(*) FROM letter",
    "SELECT COUNT(*) FROM letter_certificate",
    "SELECT COUNT(*) FROM record_version",
    "SELECT COUNT(*) FROM withdrawal",
    "SELECT COUNT(*) FROM import_file WHERE role = 'correction'",
    "SELECT COUNT(*) FROM audit WHERE act = 10",
];
/// Nothing of a correction.
pub const NOTHING: [i64; 8] = [0; 8];
/// All of one that replaces one certificate.
pub const ALL: [i64; 8] = [1; 8];

#[test]
fn a_correction_that_was_killed_40_times_is_there_as_a_whole_or_not_at_all() {
    let town = Town::new(PEOPLE);
    town.does(&town.issue().replace("compact,eu-dcc", "compact"));
    let person = manifest(&town.file("codes")).remove(7).number;
    fs::write(town.file("edits.txt"), "1.lot=ZZ9999\n").expect("writes");
    let story = Story { before: fs::read(town.file("register.sqlite")).expect("a register"), town, person };

    story.begin_anew();
    let begun = Instant::now();
    story.completes();
    let took = begun.elapsed();
    println!("seed {SEED}: undisturbed it takes {} ms", took.as_millis());
    let mut dice = Dice::thrown(SEED);
    let (mut killed, mut committed, mut with_file, mut tries) = (0, 0, 0, 0);
    while killed < KILLS {
        tries += 1;
        assert!(tries < 6 * KILLS, "the runs are too quick to be killed");
        story.begin_anew();
        // Later moments more often: before its transaction, nothing is at stake.
        if !story.is_killed_after(took.mul_f64(0.4 + 0.6 * dice.fraction())) {
            story.is_complete();
            continue;
        }
        killed += 1;
        let found = counts(&story.register(), TABLES);
        assert!(found == NOTHING || found == ALL, "half of a correction: {found:?}");
        let certificates = holdings(&story.register()).certificates.len() as u64;
        let whole = found == ALL;
        assert_eq!(certificates, PEOPLE + u64::from(whole), "a certificate without its correction, or the reverse");
        let file = fs::read(story.file()).ok();
        assert!(whole || file.is_none(), "a request was handed out that the register does not know");
        (committed, with_file) = (committed + u32::from(whole), with_file + u32::from(file.is_some()));
        story.completes();
        assert!(file.is_none_or(|file| fs::read(story.file()).is_ok_and(|now| now == file)), "another request");
    }
    println!("killed {killed} times: {committed} times after the commit, {with_file} times after the file was there");
}

struct Story {
    town: Town,
    /// The register before anything was corrected.
    before: Vec<u8>,
    person: String,
}

impl Story {
    fn register(&self) -> PathBuf {
        self.town.file("register.sqlite")
    }

    fn file(&self) -> PathBuf {
        self.town.file("requests/request-000001.cose")
    }

    fn begin_anew(&self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(self.town.file(&format!("register.sqlite{end}")));
        }
        // The marks beside the key tell of what a register of before has counted.
        for entry in fs::read_dir(self.town.path()).expect("a folder").flatten() {
            let name = entry.file_name().into_string().expect("a name");
            if name.starts_with("register.sqlite.key.") {
                fs::remove_file(entry.path()).expect("goes");
            }
        }
        let _ = fs::remove_dir_all(self.town.file("requests"));
        fs::write(self.register(), &self.before).expect("writes");
    }

    /// Runs the command and kills it after that time; whether it was still running.
    fn is_killed_after(&self, moment: Duration) -> bool {
        let mut command = self.town.command(&line(&self.town, &self.person, "register.sqlite"));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = start(command, PASSPHRASE.as_bytes());
        sleep(moment);
        child.kill().expect("kills");
        let ended = child.wait().expect("ends");
        assert!(ended.code().is_none() || ended.success(), "correcting failed: {ended}");
        ended.code().is_none()
    }

    fn completes(&self) {
        self.town.does(&line(&self.town, &self.person, "register.sqlite"));
        self.is_complete();
    }

    fn is_complete(&self) {
        is_complete(&self.town, &self.register());
        let left = fs::read_dir(self.town.file("requests")).expect("a folder").count();
        assert!(left <= 2, "{left} files are left");
    }
}

/// The command that corrects.
pub fn line(town: &Town, person: &str, register: &str) -> String {
    format!(
        "tegata-issuer correct {person} --edits edits.txt --reason clerical --register {register} --key office \
         --status-key office-status --trust lists.cbor --root {} --passphrase-fd 0",
        town.pin
    )
}

/// One correction, one request with the old place in it, the same in the register and in its file.
pub fn is_complete(town: &Town, register: &Path) {
    assert_eq!(counts(register, TABLES), ALL);
    let held = holdings(register);
    assert_eq!((held.integrity.as_str(), held.requests.len()), ("ok", 1));
    let bytes = fs::read(register.with_file_name("requests/request-000001.cose")).expect("its file");
    assert_eq!(held.requests[&1], bytes);
    let key = KeyStore::new(town.file("keys")).record("office-status").expect("a key").key;
    let (request, _) = Request::open(&bytes, "DEMO/kakuu", &[key]).expect("opens");
    assert_eq!(request.revoke.values().flatten().count(), 1);
    let in_force = "SELECT COUNT(*) FROM certificate c WHERE NOT EXISTS (SELECT 1 FROM withdrawal w \
                    WHERE w.shard = c.shard AND w.status_index = c.status_index)";
    let [in_force] = counts(register, [in_force]);
    assert_eq!(in_force + 1, held.certificates.len() as i64, "nobody lost a certificate");
}
