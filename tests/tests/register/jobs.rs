//! Bulk issuing: many workers, many processes, one job.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::issue::{IssueError, IssuingKey, JobEnd, JobEntry, JobState, Plan, Watch, issue_all, prometheus};
use tegata_issuer::{Register, RegisterError};
use tegata_tests::office::{Office, manifest};
use tegata_tests::specimen::{DAY, NOW};

use super::stores::{Store, on_every_store};

/// People: some parts of a job.
const PEOPLE: u64 = 1_700;

fn run(office: &Office, out: &Path, workers: usize, now: UnixTime, watch: &dyn Watch) -> Result<JobEnd, IssueError> {
    let state = office.state();
    let keys = [IssuingKey::new(&office.compact, &state, NOW), IssuingKey::new(&office.eu, &state, NOW)];
    let keys = keys.map(|key| key.expect("is listed"));
    let plan = Plan { formats: vec![Format::Compact, Format::EuDcc], ..Plan::default() };
    let mut register = Register::open(office.location())?;
    let workers = NonZero::new(workers).expect("some");
    let end = issue_all(&mut register, &keys, &plan, out, workers, now, watch)?;
    register.close()?;
    Ok(end)
}

fn jobs(office: &Office) -> Vec<JobEntry> {
    Register::open(office.location()).expect("opens").jobs(NOW.plus(DAY)).expect("lists")
}

/// Whose text is which.
fn texts(out: &Path) -> BTreeMap<(String, String), String> {
    manifest(out).into_iter().map(|one| ((one.number, one.format), one.text)).collect()
}

#[test]
fn the_manifest_is_the_same_with_one_worker_and_with_four() {
    on_every_store(|store| {
        let office = store.office(PEOPLE, 51);
        let (one, four) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let first = run(&office, four.path(), 4, NOW, &()).expect("issues");
        let again = run(&office, one.path(), 1, NOW.plus(DAY), &()).expect("issues");
        let lines =
            |folder: &tempfile::TempDir| std::fs::read(folder.path().join("manifest.ndjson")).expect("a manifest");
        assert!(lines(&one) == lines(&four), "the order of lines or a text differs");
        assert_eq!((first.parts, first.here, again.here), (4, 4, 4));
        let made = texts(one.path()).len() as u64;
        assert!(made > PEOPLE);
        assert_eq!((first.issuance.issued, first.issuance.again), (made, 0));
        assert_eq!((again.issuance.issued, again.issuance.again), (0, made));
        assert_eq!(first.issuance.refused, again.issuance.refused);
        // Nothing is left in the folder but what belongs there.
        let left: Vec<_> =
            std::fs::read_dir(four.path()).expect("a folder").map(|one| one.expect("one").file_name()).collect();
        assert_eq!(left, ["manifest.ndjson"]);
        let jobs = jobs(&office);
        assert!(jobs.iter().all(|job| job.state == JobState::Done && job.parts_done == 4 && job.rate.is_none()));
        assert_eq!(
            jobs.iter().map(|job| (job.id, job.issued, job.again)).collect::<Vec<_>>(),
            [(2, 0, made), (1, made, 0)]
        );
    });
}

#[test]
fn processes_on_one_server_share_a_job_and_each_record_is_issued_for_once() {
    let Some(store) = Store::server() else { return };
    let office = store.office(PEOPLE, 52);
    let outs: Vec<_> = (0..3).map(|_| tempfile::tempdir().expect("a folder")).collect();
    let ends: Vec<JobEnd> = thread::scope(|threads| {
        let runs = outs.iter().map(|out| threads.spawn(|| run(&office, out.path(), 2, NOW, &()).expect("issues")));
        let runs: Vec<_> = runs.collect();
        runs.into_iter().map(|run| run.join().expect("ends")).collect()
    });
    let mut all = BTreeMap::new();
    for (job, folders) in ends.iter().zip(&outs).fold(BTreeMap::new(), |mut jobs: BTreeMap<u64, Vec<_>>, (end, out)| {
        jobs.entry(end.job).or_default().push(out);
        jobs
    }) {
        let mut of_job = BTreeMap::new();
        for out in folders {
            for (key, text) in texts(out.path()) {
                assert!(of_job.insert(key, text).is_none(), "job {job} issued twice for one record");
            }
        }
        // Whoever came when it was over began another job, which gives the same.
        assert!(all.is_empty() || all == of_job);
        all = of_job;
    }
    let people: std::collections::BTreeSet<_> = all.keys().map(|(number, _)| number).collect();
    assert_eq!(people.len() as u64, PEOPLE);
    assert_eq!(jobs(&office).iter().map(|job| job.issued).sum::<u64>(), all.len() as u64);
}

#[test]
fn a_file_has_one_process_at_work_and_says_so_to_others() {
    let office = Office::new(20, 53);
    let key = std::fs::File::open(office.folder().join("register.sqlite.key")).expect("a key file");
    key.lock().expect("as another process would");
    let out = tempfile::tempdir().expect("a folder");
    let error = run(&office, out.path(), 1, NOW, &()).expect_err("is busy");
    assert!(matches!(error, IssueError::Register(RegisterError::AtWork(_))), "{error}");
    drop(key);
    assert_eq!(run(&office, out.path(), 1, NOW, &()).expect("issues").here, 1);
}

/// Pauses a job after its first part.
struct Pause<'o> {
    office: &'o Office,
    parts: AtomicU64,
    wish: JobState,
}

impl Watch for Pause<'_> {
    fn done(&self, _: u64) {
        if self.parts.fetch_add(1, Ordering::SeqCst) == 0 {
            let mut register = Register::open(self.office.location()).expect("opens");
            assert!(register.steer_job(1, self.wish, NOW).expect("steers"));
        }
    }
}

#[test]
fn a_paused_job_goes_on_where_it_was_and_a_cancelled_one_begins_anew() {
    on_every_store(|store| {
        let office = store.office(PEOPLE, 54);
        let out = tempfile::tempdir().expect("a folder");
        let pause = |wish| Pause { office: &office, parts: AtomicU64::new(0), wish };
        let paused = run(&office, out.path(), 1, NOW, &pause(JobState::Paused));
        assert!(matches!(paused, Err(IssueError::Paused(1))));
        let entry = &jobs(&office)[0];
        assert_eq!((entry.state, entry.parts_done, entry.records_done), (JobState::Paused, 1, 512));
        assert!(!out.path().join("manifest.ndjson").exists(), "a manifest of a part");
        // It stays so until somebody resumes it.
        assert!(matches!(run(&office, out.path(), 1, NOW, &()), Err(IssueError::Paused(1))));
        let mut register = Register::open(office.location()).expect("opens");
        assert!(register.steer_job(1, JobState::Running, NOW).expect("resumes"));
        let parts = AtomicU64::new(0);
        struct Count<'c>(&'c AtomicU64);
        impl Watch for Count<'_> {
            fn done(&self, _: u64) {
                self.0.fetch_add(1, Ordering::SeqCst);
            }
        }
        let end = run(&office, out.path(), 2, NOW.plus(DAY), &Count(&parts)).expect("goes on");
        assert_eq!((end.job, end.here, parts.load(Ordering::SeqCst)), (1, 4, 3));
        assert_eq!(end.issuance.issued, texts(out.path()).len() as u64);
        assert!(!register.steer_job(1, JobState::Paused, NOW).expect("asks"), "it has ended");

        let before = texts(out.path());
        struct Cancel<'o>(&'o Office);
        impl Watch for Cancel<'_> {
            fn done(&self, _: u64) {
                let mut register = Register::open(self.0.location()).expect("opens");
                register.steer_job(2, JobState::Cancelled, NOW).expect("cancels");
            }
        }
        let cancelled = run(&office, out.path(), 1, NOW, &Cancel(&office));
        assert!(matches!(cancelled, Err(IssueError::Cancelled(2))));
        let end = run(&office, out.path(), 1, NOW, &()).expect("begins anew");
        assert_eq!((end.job, end.issuance.issued), (3, 0));
        assert!(texts(out.path()) == before);
    });
}

#[test]
fn parts_that_were_lost_with_their_folder_are_written_again() {
    on_every_store(|store| {
        let office = store.office(PEOPLE, 55);
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("codes");
        let pause = Pause { office: &office, parts: AtomicU64::new(0), wish: JobState::Paused };
        assert!(run(&office, &out, 1, NOW, &pause).is_err());
        std::fs::remove_dir_all(&out).expect("is lost");
        let mut register = Register::open(office.location()).expect("opens");
        register.steer_job(1, JobState::Running, NOW).expect("resumes");
        register.close().expect("closes");
        let end = run(&office, &out, 2, NOW, &()).expect("goes on");
        assert_eq!((end.here, end.parts), (4, 4));
        let people: std::collections::BTreeSet<_> = texts(&out).into_keys().map(|(number, _)| number).collect();
        assert_eq!(people.len() as u64, PEOPLE);
    });
}

#[test]
fn jobs_are_told_in_the_form_of_prometheus() {
    let office = Office::new(30, 56);
    let out = tempfile::tempdir().expect("a folder");
    run(&office, out.path(), 1, NOW, &()).expect("issues");
    let text = prometheus(&jobs(&office));
    assert!(text.contains("# TYPE tegata_job_records_done gauge\ntegata_job_records_done{job=\"1\"} 30\n"), "{text}");
    assert!(text.contains("tegata_job_running{job=\"1\"} 0\n"));
    let good = |line: &str| {
        line.starts_with("# ") || line.split_once("} ").is_some_and(|(_, number)| number.parse::<f64>().is_ok())
    };
    assert!(text.lines().all(good), "{text}");
}
