//! `kill -9` of two processes that share a job on a PostgreSQL server, and of the server itself, at random moments:
//! reruns end with exactly one certificate a record, and nothing that was handed out is taken back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use tegata_issuer::make_key_file;
use tegata_tests::office::{Certified, manifest};
use tegata_tests::postgres::Server;

use super::handed_out::{HandedOut, PART, hold_by_the_list, nothing_is_left, progress, texts};
use super::inspection::Dice;
use super::town::{Answer, Town, end, one_message};

const PEOPLE: u64 = 10_000;
const SEED: u64 = 20_261_127;
/// Kills of a process that issues.
const PROCESSES: u32 = 60;
/// Kills of the server.
const SERVERS: u32 = 40;
/// In this time whoever lost the server must have ended.
const NOTICED: Duration = Duration::from_secs(15);

#[test]
fn workers_and_server_killed_100_times_leave_one_certificate_a_record() {
    let Some(server) = Server::start() else { return };
    let mut story = Story::new(&server, PEOPLE, "none");
    let pace = story.pace();
    let mut dice = Dice::thrown(SEED);
    let begun = Instant::now();
    let (mut processes, mut servers, mut completed) = (0, 0, 0);
    while processes < PROCESSES || servers < SERVERS {
        story.start_all();
        if dice.below(6) > 0 {
            story.wait_for_work();
        }
        sleep(pace.mul_f64(dice.fraction() / 5.0));
        if story.has_one_done() {
            story.completes();
            completed += 1;
            assert!(completed < PROCESSES + SERVERS, "the runs are too quick to be killed");
            story.begin_anew();
            continue;
        }
        let left = (u64::from(PROCESSES - processes), u64::from(SERVERS - servers));
        if dice.below(left.0 + left.1) < left.0 {
            processes += u32::from(story.kill_process(dice.below(2) as usize));
        } else {
            story.kill_server();
            servers += 1;
        }
    }
    story.completes();
    println!(
        "seed {SEED}: killed processes {processes} times and the server {servers} times, ended {} times, in {} s; \
         {} indices were passed over in all",
        completed + 1,
        begun.elapsed().as_secs(),
        story.passed_over
    );
    println!("those who lost the server said: {:#?}", story.said);
}

#[test]
fn the_part_of_a_killed_process_is_taken_over_within_seconds() {
    let Some(server) = Server::start() else { return };
    // One part; its worker is stopped in the middle, since nobody knows how long it takes.
    let mut story = Story::new(&server, PART, "png");
    // An administrator's choice that must not end the claim of a living worker.
    let database = &story.database;
    server.ask(database, &format!("ALTER DATABASE {database} SET idle_in_transaction_session_timeout = 300"));
    story.begin_anew();
    story.start(0);
    story.wait_for_work();
    story.signal(0, "-STOP");
    story.start(1);
    sleep(Duration::from_millis(1_500));
    let waits = |story: &Story| progress(&story.seats[1].folder).is_empty();
    assert!(waits(&story), "two processes work on one part");
    assert!(story.kill_process(0), "the part was done before its worker was killed");
    let killed = Instant::now();
    while waits(&story) {
        assert!(killed.elapsed() < Duration::from_secs(5), "the part is still the dead worker's");
        sleep(Duration::from_millis(2));
    }
    println!("taken over after {} ms", killed.elapsed().as_millis());
    let other = story.seats[1].child.take().expect("runs");
    assert_eq!(end(other).status, Some(0));
    assert_eq!(manifest(&story.seats[1].folder).len() as u64, PART);
    // The same command of the killed one ends as well.
    story.completes();
}

#[test]
fn two_processes_are_kept_out_of_one_folder() {
    let Some(server) = Server::start() else { return };
    let mut story = Story::new(&server, PART, "png");
    story.begin_anew();
    story.start(0);
    story.wait_for_work();
    story.signal(0, "-STOP");
    let second = story.seats[0].line.clone();
    let answer = story.town.run(&second);
    story.signal(0, "-CONT");
    one_message(&second, &answer, 5, &["another process is issuing into", "--out"]);
    let first = story.seats[0].child.take().expect("runs");
    assert_eq!(end(first).status, Some(0));
    assert_eq!(manifest(&story.seats[0].folder).len() as u64, PART);
}

/// Where a process issues, again and again.
struct Seat {
    line: String,
    folder: PathBuf,
    child: Option<Child>,
    /// What its parts were when it was started.
    before: BTreeMap<PathBuf, SystemTime>,
}

/// A town whose register is a server's, and two processes that issue from it.
struct Story<'s> {
    server: &'s Server,
    database: String,
    town: Town,
    people: u64,
    seats: [Seat; 2],
    /// How often anything was killed since the story began.
    kills: u64,
    handed_out: HandedOut,
    /// Indices that no certificate has.
    passed_over: u64,
    /// What processes said that lost the server, and how often.
    said: BTreeMap<String, u32>,
}

impl<'s> Story<'s> {
    fn new(server: &'s Server, people: u64, picture: &str) -> Self {
        let town = Town::new(people);
        let database = server.database();
        make_key_file(&town.file("server.key")).expect("makes a key");
        let register = format!("--register {} --register-key server.key", server.url(&database));
        town.does(&format!(
            "tegata-issuer import --residents sample/residents.csv --doses sample/doses.csv {register}"
        ));
        let issue = town.issue().replace("compact,eu-dcc", "compact").replace("--picture none", "--picture PICTURE");
        let issue = issue.replace("PICTURE", picture);
        let seat = |name: &str| Seat {
            line: format!("{} --workers 2 {register}", issue.replace("--out codes", &format!("--out {name}"))),
            folder: town.file(name),
            child: None,
            before: BTreeMap::new(),
        };
        let seats = [seat("one"), seat("two")];
        let (handed_out, said) = (HandedOut::default(), BTreeMap::new());
        Self { server, database, town, people, seats, kills: 0, handed_out, passed_over: 0, said }
    }

    fn begin_anew(&mut self) {
        let sql = "TRUNCATE certificate, job, job_part, status_range";
        self.server.ask(&self.database, sql);
        // The mark too: this is another story, not a backup of the last one.
        let _ = fs::remove_file(self.town.file("server.key.mark"));
        for seat in &self.seats {
            let _ = fs::remove_dir_all(&seat.folder);
        }
        self.handed_out = HandedOut::default();
        self.kills = 0;
    }

    /// How long both take together, undisturbed, from the first part on.
    fn pace(&mut self) -> Duration {
        self.begin_anew();
        self.start_all();
        self.wait_for_work();
        let begun = Instant::now();
        self.completes();
        let took = begun.elapsed();
        println!("seed {SEED}: undisturbed, two processes take {} ms", took.as_millis());
        assert_eq!(self.passed_over, 0, "an index was passed over, and nobody was killed");
        self.begin_anew();
        took
    }

    fn start(&mut self, place: usize) {
        let seat = &mut self.seats[place];
        if seat.child.is_none() {
            seat.before = progress(&seat.folder);
            seat.child = Some(self.town.start(&seat.line));
        }
    }

    fn start_all(&mut self) {
        (0..self.seats.len()).for_each(|place| self.start(place));
    }

    /// Waits until a process has begun a part, or has ended.
    fn wait_for_work(&mut self) {
        let is_idle = |seat: &mut Seat| {
            let Some(child) = &mut seat.child else { return true };
            progress(&seat.folder) == seat.before && child.try_wait().expect("runs").is_none()
        };
        while self.seats.iter_mut().all(is_idle) {
            sleep(Duration::from_millis(1));
        }
    }

    fn has_one_done(&mut self) -> bool {
        let has_ended =
            |seat: &mut Seat| seat.child.as_mut().is_some_and(|child| child.try_wait().expect("runs").is_some());
        self.seats.iter_mut().any(has_ended)
    }

    /// Stops a process where it is, or lets it go on.
    fn signal(&self, place: usize, signal: &str) {
        let child = self.seats[place].child.as_ref().expect("runs");
        let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().expect("runs");
        assert!(sent.success(), "the process ended before it was stopped");
    }

    /// Kills a process; whether it was still running.
    fn kill_process(&mut self, place: usize) -> bool {
        let seat = &mut self.seats[place];
        let mut child = seat.child.take().expect("runs");
        child.kill().expect("kills");
        let answer = end(child);
        assert!(matches!(answer.status, None | Some(0)), "{}", answer.complaint);
        self.kills += 1;
        self.remember();
        answer.status.is_none()
    }

    /// Kills the server with all of its processes; whoever works must notice, say so and end. Then it starts again.
    fn kill_server(&mut self) {
        self.server.kill();
        self.kills += 1;
        let killed = Instant::now();
        for seat in &mut self.seats {
            let mut child = seat.child.take().expect("runs");
            while child.try_wait().expect("runs").is_none() {
                assert!(killed.elapsed() < NOTICED, "it hangs without a server");
                sleep(Duration::from_millis(2));
            }
            let answer = end(child);
            self.town.examine(&seat.line, &answer);
            if answer.status != Some(0) {
                one_message(&seat.line, &answer, 5, &["cannot be reached", "run the same command again"]);
                *self.said.entry(reason(&answer)).or_default() += 1;
            }
        }
        self.remember();
        self.server.start_again();
    }

    fn remember(&mut self) {
        for seat in &self.seats {
            self.handed_out.remember(&seat.folder, self.people, 1);
        }
    }

    /// All processes, left in peace, end; and then everything is there.
    fn completes(&mut self) {
        self.start_all();
        for seat in &mut self.seats {
            let answer = end(seat.child.take().expect("runs"));
            assert_eq!(answer.status, Some(0), "a rerun failed: {}", answer.complaint);
            nothing_is_left(&seat.folder);
        }
        self.remember();
        self.is_complete();
    }

    fn is_complete(&mut self) {
        let certified: Vec<Certified> = self.seats.iter().flat_map(|seat| manifest(&seat.folder)).collect();
        let texts = texts(&certified);
        assert_eq!(texts.len() as u64, self.people, "somebody is lost");
        self.handed_out.agrees_with(&texts);
        hold_by_the_list(&self.town, &certified);
        // The register agrees: one row each, the same places, no renewal.
        let rows = self.ask("SELECT number || ' ' || shard || ' ' || status_index FROM certificate WHERE renewal = 0");
        let place = |one: &Certified| {
            let (shard, index) = one.status.expect("an index");
            format!("{} {shard} {index}", one.number)
        };
        assert!(certified.iter().map(place).collect::<BTreeSet<_>>() == rows, "manifests and register differ");
        let count = |sql: &str| self.server.ask(&self.database, sql).trim().parse::<u64>().expect("a number");
        assert_eq!(count("SELECT COUNT(*) FROM certificate"), self.people, "two certificates for one record");
        assert_eq!(count("SELECT COUNT(*) FROM job WHERE state < 3"), 0, "a job did not end");
        assert_eq!(count("SELECT COUNT(*) FROM job_part WHERE done_at IS NULL"), 0, "a part is not done");
        let over = count("SELECT SUM(next) FROM status_range") - self.people;
        println!("{} kills, then all is there; {over} indices were passed over", self.kills);
        self.passed_over += over;
        // A transaction that is undone gives its indices back. Only where a dead worker's part was taken over while the
        // server was still committing what that worker had sent, the second finds its own page unneeded and passes it over.
        assert!(self.passed_over <= 2 * PART, "indices are used up that no certificate has");
    }

    fn ask(&self, sql: &str) -> BTreeSet<String> {
        self.server.ask(&self.database, sql).lines().map(str::to_owned).collect()
    }
}

/// The reason in the message of who lost the server.
fn reason(answer: &Answer) -> String {
    let reason = answer.complaint.split_once("cannot be reached (").and_then(|(_, rest)| rest.split_once("): "));
    reason.map_or_else(|| answer.complaint.clone(), |(reason, _)| reason.to_owned())
}
