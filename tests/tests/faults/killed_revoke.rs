//! `kill -9` at random moments of withdrawing everybody's certificates: a rerun ends with exactly one request that
//! names each of them once, in a file that is the same whenever it appeared.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use tegata_keys::KeyStore;
use tegata_tests::office::manifest;
use tegata_trust_lists::Request;

use super::inspection::{Dice, Holdings, holdings};
use super::town::{PASSPHRASE, Town, start};

const PEOPLE: u64 = 1_500;
const SEED: u64 = 20_261_123;
const KILLS: u32 = 40;

#[test]
fn withdrawing_that_was_killed_40_times_ends_with_one_request_each_time() {
    let town = Town::new(PEOPLE);
    town.does(&town.issue().replace("compact,eu-dcc", "compact"));
    let rows: Vec<String> = manifest(&town.file("codes")).into_iter().map(|one| one.number).collect();
    assert_eq!(rows.len() as u64, PEOPLE);
    fs::write(town.file("list.csv"), format!("resident_id\n{}\n", rows.join("\n"))).expect("writes");
    let story = Story { before: fs::read(town.file("register.sqlite")).expect("a register"), town };

    story.begin_anew();
    let begun = Instant::now();
    story.completes();
    let took = begun.elapsed();
    println!("seed {SEED}: undisturbed it takes {} ms", took.as_millis());
    let mut dice = Dice::thrown(SEED);
    let (mut killed, mut with_request, mut with_file) = (0, 0, 0);
    let mut tries = 0;
    while killed < KILLS {
        tries += 1;
        assert!(tries < 4 * KILLS, "the runs are too quick to be killed");
        story.begin_anew();
        if !story.is_killed_after(took.mul_f64(dice.fraction())) {
            story.is_complete();
            continue;
        }
        killed += 1;
        with_file += u32::from(story.file().exists());
        // What is there under the file's name is whole, and what the rerun must give.
        let file = fs::read(story.file()).ok();
        let found = holdings(&story.town.file("register.sqlite"));
        with_request += u32::from(!found.requests.is_empty());
        assert!(
            file.is_none() || found.requests.contains_key(&1),
            "a file was handed out that the register does not know"
        );
        story.completes();
        let done = holdings(&story.town.file("register.sqlite"));
        for (sequence, bytes) in &found.requests {
            assert_eq!(done.requests.get(sequence), Some(bytes), "the request became another one");
        }
        assert!(file.is_none_or(|file| done.requests[&1] == file));
    }
    println!(
        "killed {killed} times: {with_request} times after the request was written down, {with_file} times after its file was"
    );
}

struct Story {
    town: Town,
    /// The register before anything was withdrawn.
    before: Vec<u8>,
}

impl Story {
    fn file(&self) -> PathBuf {
        self.town.file("requests/request-000001.cose")
    }

    fn line(&self) -> String {
        format!(
            "tegata-issuer revoke --from-file list.csv --yes --status-key office-status --trust lists.cbor --root {} --passphrase-fd 0",
            self.town.pin
        )
    }

    fn begin_anew(&self) {
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(self.town.file(&format!("register.sqlite{end}")));
        }
        let _ = fs::remove_dir_all(self.town.file("requests"));
        fs::write(self.town.file("register.sqlite"), &self.before).expect("writes");
    }

    /// Runs the command and kills it after that time; whether it was still running.
    fn is_killed_after(&self, moment: Duration) -> bool {
        let mut command = self.town.command(&self.line());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = start(command, PASSPHRASE.as_bytes());
        sleep(moment);
        child.kill().expect("kills");
        let ended = child.wait().expect("ends");
        assert!(ended.code().is_none() || ended.success(), "withdrawing failed: {ended}");
        ended.code().is_none()
    }

    fn completes(&self) {
        self.town.does(&self.line());
        self.is_complete();
    }

    /// One request, its file the same as the register has it, and every place withdrawn by it once.
    fn is_complete(&self) {
        let Holdings { integrity, certificates, withdrawals, requests, .. } =
            holdings(&self.town.file("register.sqlite"));
        assert_eq!(integrity, "ok");
        assert_eq!(requests.len(), 1, "a request is lost or there twice");
        let bytes = fs::read(self.file()).expect("its file");
        assert_eq!(requests[&1], bytes);
        let left = fs::read_dir(self.town.file("requests")).expect("a folder").count();
        assert!(left <= 2, "{left} files are left");

        let key = KeyStore::new(self.town.file("keys")).record("office-status").expect("a key").key;
        let (request, _) = Request::open(&bytes, "DEMO/kakuu", &[key]).expect("opens");
        let mut places = BTreeMap::<u64, Vec<u32>>::new();
        for (shard, index) in certificates.iter().filter_map(|row| row.status) {
            places.entry(shard).or_default().push(u32::try_from(index).expect("below 2^24"));
        }
        places.values_mut().for_each(|indices| indices.sort_unstable());
        assert_eq!(request.revoke, places);
        assert_eq!(withdrawals.len() as u64, PEOPLE);
        assert!(withdrawals.values().all(|requests| *requests == [(1, true)]));
    }
}
