//! Bulk issuing without pictures: two workers against one, and one against the sum of its stages.

use crate::measure::{Bound, Table};
use crate::stages;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use std::time::Instant;
use tegata_certificate::Format;
use tegata_issuer::issue::{IssuingKey, Plan, issue_all};
use tegata_issuer::{Register, RegisterLocation};
use tegata_tests::office::Office;
use tegata_tests::postgres;
use tegata_tests::specimen::NOW;

/// People in the register.
const PEOPLE: u64 = 40_000;
/// Rounds of one worker and two in turns; the best of each counts, because whatever else the machine does only slows.
const ROUNDS: usize = 5;
/// Certificates a second that are aimed at, without pictures.
const AIM: f64 = 10_000.0;

/// How long a run took.
#[derive(Clone, Copy)]
struct Run {
    /// Microseconds a certificate.
    micros: f64,
    /// Of those of all cores, in this process.
    cpu: f64,
    certificates: u64,
}

/// Issues to everybody with so many workers: opened, issued, the manifest in its place, closed.
fn run(office: &Office, location: &RegisterLocation, format: Format, out: &Path, workers: usize) -> Run {
    let state = office.state();
    let keys = [&office.compact, &office.eu].map(|key| IssuingKey::new(key, &state, NOW).expect("is listed"));
    let plan = Plan { formats: vec![format], ..Plan::default() };
    let workers = NonZero::new(workers).expect("some");
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let mut register = Register::open(location).expect("opens");
    let end = issue_all(&mut register, &keys, &plan, out, workers, NOW, &()).expect("issues");
    register.close().expect("closes");
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let certificates = end.issuance.issued;
    // Only a part of the people has a name in Latin letters, which eu-dcc needs.
    let refused: u64 = end.issuance.refused.values().sum();
    assert!(end.issuance.again == 0 && certificates + refused == PEOPLE, "{:?}", end.issuance);
    let each = |seconds: f64| seconds * 1e6 / certificates as f64;
    Run { micros: each(seconds), cpu: each(cpu), certificates }
}

/// The best of one worker and of two, each run on a fresh copy of the register.
fn in_turns(mut run: impl FnMut(usize, usize) -> Run) -> (Run, Run) {
    let best = |best: Option<Run>, run: Run| match best {
        Some(best) if best.micros <= run.micros => best,
        _ => run,
    };
    let (mut one, mut two) = (None, None);
    for round in 0..ROUNDS {
        one = Some(best(one, run(2 * round, 1)));
        two = Some(best(two, run(2 * round + 1, 2)));
    }
    one.zip(two).expect("rounds")
}

fn print(table: &mut Table, one: Run, two: Run, bound: f64) {
    let rate = |run: Run| format!("{:.0} /s", 1e6 / run.micros);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let bound = if cores > 1 { Bound::AtLeast(bound) } else { Bound::None };
    table.figure("one worker", &rate(one));
    table.ratio("two workers", &rate(two), one.micros / two.micros, "the speed of one", bound);
    let cpu = |run: Run| format!("{:.1} µs", run.cpu);
    table.figure("  processor time a certificate, one worker", &cpu(one));
    table.figure("  processor time a certificate, two workers", &cpu(two));
}

pub fn measure(table: &mut Table) {
    on_sqlite(table);
    match postgres::server() {
        Some(server) => on_postgres(table, server),
        None => table.figure("! NOT MEASURED: bulk issuing on PostgreSQL", "not installed"),
    }
}

fn on_sqlite(table: &mut Table) {
    let office = Office::new(PEOPLE, 61);
    let fresh = || {
        let folder = tempfile::tempdir().expect("a folder");
        for file in ["register.sqlite", "register.sqlite.key"] {
            fs::copy(office.folder().join(file), folder.path().join(file)).expect("copies");
        }
        let location = RegisterLocation::from(folder.path().join("register.sqlite"));
        (folder, location)
    };
    let (one, two) = in_turns(|_, workers| {
        let (folder, location) = fresh();
        run(&office, &location, Format::Compact, &folder.path().join("codes"), workers)
    });
    table.heading(&format!("Bulk issuing of {} compact certificates, Ed25519, no pictures, SQLite", one.certificates));
    print(table, one, two, 1.6);
    let best = 1e6 / one.micros.min(two.micros);
    table.aim("certificates a second", &format!("{best:.0} /s"), &format!("≥ {AIM} /s"), best >= AIM);
    let (folder, _) = fresh();
    let stages = stages::measure(&office, folder.path());
    for (name, micros) in &stages {
        table.figure(&format!("  {name}, alone"), &format!("{micros:.1} µs"));
    }
    let sum: f64 = stages.iter().map(|(_, micros)| micros).sum();
    let of = format!("its stages' sum, {sum:.1} µs");
    table.ratio("one worker", &format!("{:.1} µs", one.micros), sum / one.micros, &of, Bound::AtLeast(0.6));
}

fn on_postgres(table: &mut Table, server: &postgres::Server) {
    let (base, other) = (server.database(), server.database());
    let office = Office::on_server(&server.url(&base), PEOPLE, 62);
    let (one, two) = in_turns(|round, workers| {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("register.key");
        fs::copy(office.folder().join("register.key"), &key).expect("copies");
        let database = format!("{base}run{round}");
        server.ask(&other, &format!("CREATE DATABASE {database} TEMPLATE {base}"));
        server.ask(&database, "CHECKPOINT");
        let location: RegisterLocation = server.url(&database).parse().expect("a location");
        let done = run(&office, &location.with_key(Some(key)), Format::EuDcc, &folder.path().join("codes"), workers);
        server.ask(&other, &format!("DROP DATABASE {database}"));
        done
    });
    table.heading(&format!("Bulk issuing of {} eu-dcc certificates, ES256, no pictures, PostgreSQL", one.certificates));
    print(table, one, two, 1.4);
}

/// Processor time of this process so far, in seconds (Linux; 0 elsewhere).
fn cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Behind the name in brackets: the fields from the third on; the 14th and 15th are user and system time, in
    // hundredths of a second.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().skip(11).take(2));
    fields.into_iter().flatten().filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0
}
