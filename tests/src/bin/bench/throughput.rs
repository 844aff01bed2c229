//! Many codes of every family through the desk's pipeline: one thread against all cores.

use crate::measure::{Bound, Table};
use std::io;
use std::time::Instant;
use tegata_certificate::Format;
use tegata_issuer::issue::{MANIFEST, Purpose};
use tegata_tests::specimen::NOW;
use tegata_tests::travel_office::TravelOffice;
use tegata_verifier::tool::in_order;
use tegata_verifier::{Moment, Policy, Verifier};

/// As many as a morning at an airport.
const CODES: usize = 100_000;

pub fn measure(table: &mut Table) {
    let office = TravelOffice::new(50, 51);
    let out = office.folder().join("codes");
    office.issue(&Format::ALL, Purpose::Travel, &out, &[]);
    let manifest = std::fs::read_to_string(out.join(MANIFEST)).expect("a manifest");
    let text = |line: &str| {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        line["text"].as_str().map(str::to_owned)
    };
    let texts: Vec<String> = manifest.lines().filter_map(text).collect();
    let verifier = Verifier::new(office.state(), Policy { accept_demo: true, ..Policy::default() }).expect("told so");
    let run = |threads: usize| {
        let start = Instant::now();
        let mut bytes = 0;
        in_order(
            threads,
            |ask| texts.iter().cycle().take(CODES).try_for_each(|text| ask(text.as_str())),
            |text| verifier.verify(text, Moment::Now(NOW)).to_json(verifier.state()),
            |report| {
                bytes += report.len();
                io::Result::Ok(())
            },
        )
        .expect("reads and writes memory");
        assert!(bytes > 100 * CODES);
        start.elapsed().as_secs_f64()
    };
    // Once each to warm up the caches; then in turns, the better of two against a busy machine.
    let (mut one, mut all) = (f64::INFINITY, f64::INFINITY);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..2 {
        one = one.min(run(1));
        all = all.min(run(cores));
    }
    table.heading(&format!("{CODES} codes of all families to reports, as verify - --ndjson judges them"));
    table.figure("one thread", &format!("{:.0} /s", CODES as f64 / one));
    let bound = if cores > 1 { Bound::AtLeast(1.7) } else { Bound::None };
    table.ratio(
        &format!("{cores} threads"),
        &format!("{:.0} /s", CODES as f64 / all),
        one / all,
        "the speed of one thread",
        bound,
    );
}
