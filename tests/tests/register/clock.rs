//! A clock that steps while a job is under way.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::path::Path;
use std::thread;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::Register;
use tegata_issuer::issue::{IssueError, IssuingKey, JobEnd, JobState, Plan, Watch, issue_all};
use tegata_tests::office::{Office, manifest};
use tegata_tests::specimen::{DAY, NOW};

use super::stores::{Store, on_every_store};

/// People: four parts of a job.
const PEOPLE: u64 = 1_700;
/// One second less than the life of a certificate for travel.
const YEAR: i64 = 365 * DAY - 1;

fn run(office: &Office, out: &Path, now: UnixTime, watch: &dyn Watch) -> Result<JobEnd, IssueError> {
    run_for(office, &[Format::Compact, Format::EuDcc], out, now, watch)
}

fn run_for(
    office: &Office,
    formats: &[Format],
    out: &Path,
    now: UnixTime,
    watch: &dyn Watch,
) -> Result<JobEnd, IssueError> {
    let state = office.state();
    let keys = [&office.compact, &office.eu].map(|key| IssuingKey::new(key, &state, NOW).expect("is listed"));
    let plan = Plan { formats: formats.to_vec(), ..Plan::default() };
    let mut register = Register::open(office.location())?;
    let end = issue_all(&mut register, &keys, &plan, out, NonZero::<usize>::MIN, now, watch)?;
    register.close()?;
    Ok(end)
}

/// Pauses the job after each part, as of the time of that process.
struct OnePart<'o>(&'o Office, UnixTime);

impl Watch for OnePart<'_> {
    fn done(&self, _: u64) {
        steer(self.0, JobState::Paused, self.1);
    }
}

fn steer(office: &Office, wish: JobState, now: UnixTime) {
    let mut register = Register::open(office.location()).expect("opens");
    assert!(register.steer_job(1, wish, now).expect("steers"));
    register.close().expect("closes");
}

/// Text and index by number and family.
type HandedOut = BTreeMap<(String, String), (String, Option<(u64, u64)>)>;

/// What lies in these folders: each once.
fn handed_out(outs: &[&Path]) -> HandedOut {
    let mut handed_out = BTreeMap::new();
    for one in outs.iter().flat_map(|out| manifest(out)) {
        let earlier = handed_out.insert((one.number, one.format), (one.text.clone(), one.status));
        assert!(earlier.is_none_or(|(text, _)| text == one.text), "two certificates for one record");
    }
    let places: Vec<_> = handed_out.values().filter_map(|(_, place)| *place).collect();
    assert_eq!(places.iter().collect::<BTreeSet<_>>().len(), places.len(), "an index was given out twice");
    assert_eq!(places.len() as u64, PEOPLE);
    handed_out
}

/// How many certificates the register has, by what runs at a time find in it: nothing is new then.
fn nothing_is_new_at(office: &Office, out: &Path, now: UnixTime, made: u64) {
    let end = run(office, out, now, &()).expect("issues again");
    assert_eq!((end.issuance.issued, end.issuance.again), (0, made), "renewed at {now}");
}

#[test]
fn a_job_whose_clock_steps_between_its_parts_gives_each_record_one_certificate() {
    on_every_store(|store| {
        let office = store.office(PEOPLE, 61);
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().join("codes");
        let clocks = [NOW, NOW.plus(-DAY), NOW.plus(YEAR), NOW.plus(-2)];
        for (place, clock) in clocks.iter().enumerate() {
            let paused = run(&office, &out, *clock, &OnePart(&office, *clock));
            assert!(matches!(paused, Err(IssueError::Paused(1))), "part {place}");
            let mut register = Register::open(office.location()).expect("opens");
            let jobs = register.jobs(*clock).expect("lists");
            register.close().expect("closes");
            assert_eq!((jobs.len(), jobs[0].parts_done), (1, place as u64 + 1));
            assert!(jobs[0].rate.is_none_or(|rate| rate >= 0.0));
            steer(&office, JobState::Running, *clock);
        }
        // The clock is back: all is done, and the job ends.
        let end = run(&office, &out, NOW.plus(-2), &()).expect("ends");
        assert_eq!((end.job, end.here), (1, 4));
        let first = handed_out(&[&out]);
        let made = first.len() as u64;
        assert_eq!((end.issuance.issued, end.issuance.again), (made, 0));

        // Whatever the clock says next, a certificate in force is not renewed.
        for clock in [NOW.plus(-DAY), NOW.plus(-2), NOW.plus(YEAR - DAY)] {
            nothing_is_new_at(&office, &out, clock, made);
            assert!(handed_out(&[&out]) == first, "another certificate at {clock}");
        }
        // What has expired is renewed once, also if the clock then steps back.
        let later = NOW.plus(YEAR + 1);
        let renewed = run(&office, &out, later, &()).expect("issues").issuance;
        let second = handed_out(&[&out]);
        let changed: Vec<_> = second.iter().filter(|(key, one)| first[*key] != **one).map(|(key, _)| key).collect();
        assert_eq!((renewed.issued, renewed.again), (changed.len() as u64, made - changed.len() as u64));
        assert!(!changed.is_empty() && changed.iter().all(|(_, family)| family == Format::EuDcc.name()));
        for clock in [later, later.plus(-2), later.plus(-DAY), NOW] {
            nothing_is_new_at(&office, &out, clock, made);
            assert!(handed_out(&[&out]) == second, "another certificate at {clock}");
        }
    });
}

#[test]
fn processes_whose_clocks_differ_share_a_job_and_give_each_record_one_certificate() {
    // A family whose certificates are in force at each of these times, also where a process comes when the job is over.
    let formats = [Format::Compact];
    let Some(store) = Store::server() else { return };
    let office = store.office(PEOPLE, 62);
    let clocks = [NOW.plus(-DAY), NOW.plus(YEAR), NOW.plus(-2)];
    let outs: Vec<_> = clocks.iter().map(|_| tempfile::tempdir().expect("a folder")).collect();
    let issued: u64 = thread::scope(|threads| {
        let start = |(clock, out): (UnixTime, &tempfile::TempDir)| {
            let (office, out) = (&office, out.path().to_path_buf());
            threads.spawn(move || run_for(office, &formats, &out, clock, &()).expect("issues"))
        };
        let runs: Vec<_> = clocks.into_iter().zip(&outs).map(start).collect();
        let ends: Vec<JobEnd> = runs.into_iter().map(|run| run.join().expect("ends")).collect();
        ends.into_iter().map(|end| (end.job, end.issuance.issued)).collect::<BTreeMap<_, _>>().into_values().sum()
    });
    let folders: Vec<&Path> = outs.iter().map(tempfile::TempDir::path).collect();
    let first = handed_out(&folders);
    assert_eq!(issued, first.len() as u64);
    let again = tempfile::tempdir().expect("a folder");
    for clock in [NOW, NOW.plus(-DAY), NOW.plus(YEAR - DAY)] {
        let end = run_for(&office, &formats, again.path(), clock, &()).expect("issues again");
        assert_eq!((end.issuance.issued, end.issuance.again), (0, issued), "renewed at {clock}");
        assert!(handed_out(&[again.path()]) == first, "another certificate at {clock}");
    }
}
