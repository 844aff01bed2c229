//! `cargo xtask bench --peers`: reading and issuing certificates beside what others do it with, and beside the bare
//! signature check that nobody can do without.
//!
//! What binds are ratios of medians of one run, measured in turns. `--chart FILE` draws them as well;
//! `--cases` prints what others' readers are to read.

mod chart;
mod issuing;
#[path = "../../tests/src/bin/bench/measure.rs"]
#[allow(dead_code, reason = "the whole of it is used by the other benchmarks")]
mod measure;
mod peers;
mod samples;
mod scene;
#[path = "../../tests/src/specimen.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod specimen;
// The files rather than the crate, whose registers and letters take a quarter of an hour to compile.
#[path = "../../issuer/src"]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "the issuer uses the rest")]
mod issuer {
    pub mod symbol;
}

use chart::Bar;
use measure::{Bound, Table, micros};
use samples::{Candidate, Samples, in_turns, shortest};
use scene::Scene;
use std::path::PathBuf;
use std::process::ExitCode;
use tegata_certificate::key_tables;

/// What takes microseconds has many rounds.
const ROUNDS: usize = 1001;

/// Everything but the signature may take so long, in microseconds, on the class of machine that this was measured on.
const FRAME_AIM: f64 = 3.0;

fn main() -> ExitCode {
    if cfg!(debug_assertions) {
        eprintln!("error: this is a debug build, whose figures mean nothing\n  remedy: cargo xtask bench --peers");
        return ExitCode::from(2);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let chart = match arguments.as_slice() {
        [] => None,
        [option] if option == "--cases" => {
            Scene::all().iter().for_each(|scene| println!("{}", scene.to_json()));
            return ExitCode::SUCCESS;
        }
        [option, file] if option == "--chart" => Some(PathBuf::from(file)),
        _ => {
            eprintln!("error: unknown arguments\n  remedy: tegata-bench-peers [--cases | --chart FILE.svg]");
            return ExitCode::from(2);
        }
    };
    let scenes = Scene::all();
    let mut table = Table::default();
    let samples = measure(&scenes);
    let times = Times(samples.iter().map(|samples| (samples.name, samples.median())).collect());
    print(&mut table, &times, &scenes);
    let all = [samples, issuing::pictures(&mut table), issuing::symbols(&mut table)].concat();
    table.heading("The machine");
    table.fact("it was quiet enough: half of the samples within a half more", all.iter().all(Samples::is_steady));
    table.close();
    if let Some(file) = chart
        && let Err(error) = std::fs::write(&file, chart::draw(&bars(&times)))
    {
        eprintln!("error: {}: {error}\n  remedy: name a file that can be written", file.display());
        return ExitCode::from(5);
    }
    if table.all_hold() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Medians of one run, in microseconds.
struct Times(Vec<(&'static str, f64)>);

impl Times {
    /// Of the candidate of that name.
    fn of(&self, name: &str) -> f64 {
        self.0.iter().find(|(own, _)| *own == name).map_or(f64::NAN, |(_, time)| *time)
    }
}

fn measure(scenes: &[Scene; 3]) -> Vec<Samples> {
    let [eu, compact, card] = scenes;
    let dgc = peers::dgc(eu);
    let candidates = vec![
        Candidate::new("eu-dcc, text to certificate", || eu.read()),
        Candidate::new("eu-dcc, our check alone", || eu.check()),
        Candidate::new("compact, text to certificate", || compact.read()),
        Candidate::new("compact, our check alone", || compact.check()),
        Candidate::new("health card, text to certificate", || card.read()),
        Candidate::new("health card, our check alone", || card.check()),
        Candidate::new("aws-lc-rs ES256, eu-dcc", peers::aws_es256(eu)),
        Candidate::new("aws-lc-rs ES256, health card", peers::aws_es256(card)),
        Candidate::new("ring ES256, eu-dcc", peers::ring_es256(eu)),
        Candidate::new("p256 ES256, eu-dcc", peers::p256_es256(eu)),
        Candidate::new("verify_strict, compact", peers::strict(compact)),
        Candidate::new("aws-lc-rs Ed25519, compact", peers::aws_ed25519(compact)),
        Candidate::new("ring Ed25519, compact", peers::ring_ed25519(compact)),
        Candidate::new("crate dgc, eu-dcc", || dgc.validate()),
        Candidate::new("eu-dcc, text to sealed", || eu.decode()),
        Candidate::new("compact, text to sealed", || compact.decode()),
        Candidate::new("health card, text to sealed", || card.decode()),
    ];
    in_turns(ROUNDS, candidates)
}

fn print(table: &mut Table, times: &Times, scenes: &[Scene; 3]) {
    table.heading("A text to a certificate, key known");
    for (name, of, bound) in [
        ("eu-dcc, text to certificate", "aws-lc-rs ES256, eu-dcc", 0.75),
        ("eu-dcc, text to certificate", "crate dgc, eu-dcc", 0.5),
        ("compact, text to certificate", "verify_strict, compact", 0.75),
        ("health card, text to certificate", "aws-lc-rs ES256, health card", 1.0),
    ] {
        let time = times.of(name);
        table.ratio(name, &micros(time), time / times.of(of), of, Bound::AtMost(bound));
    }
    table.heading("Everything but the signature");
    for (family, aimed) in [("eu-dcc", true), ("compact", true), ("health card", false)] {
        let whole = times.of(&format!("{family}, text to certificate"));
        let frame = whole - times.of(&format!("{family}, our check alone"));
        if aimed {
            table.aim(family, &micros(frame), &micros(FRAME_AIM), frame <= FRAME_AIM);
        } else {
            table.figure(family, &micros(frame));
        }
    }
    table.heading("Bare checks of the same messages");
    for (name, time) in &times.0 {
        if !name.ends_with("text to certificate") {
            table.figure(name, &micros(*time));
        }
    }
    table.heading("Once for each key");
    for (scene, name) in scenes.iter().zip(["table of an ES256 key, at best", "table of an EdDSA key, at best"]) {
        table.figure(name, &micros(shortest(|| scene.prepare_anew())));
    }
    table.heading("Memory");
    table.figure("tables of the keys above", &format!("{} KB", key_tables::held() / 1000));
    table.figure("bound of all tables", &format!("{} KB", key_tables::LIMIT / 1000));
    for scene in scenes {
        table.figure(scene.name(), &format!("{} characters", scene.text().len()));
    }
}

/// What the chart shows: from a text to a certificate, ours and others', beside what a check alone takes.
fn bars(times: &Times) -> Vec<Bar> {
    let bar = |name: &'static str, label: &'static str, ours: bool| Bar { label, time: times.of(name), ours };
    vec![
        bar("eu-dcc, text to certificate", "Tegata: eu-dcc, text to certificate", true),
        bar("ring ES256, eu-dcc", "ring: ES256 check alone", false),
        bar("aws-lc-rs ES256, eu-dcc", "aws-lc-rs: ES256 check alone", false),
        bar("crate dgc, eu-dcc", "crate dgc: eu-dcc, text to certificate", false),
        bar("p256 ES256, eu-dcc", "p256: ES256 check alone", false),
        bar("health card, text to certificate", "Tegata: health card, text to certificate", true),
        bar("compact, text to certificate", "Tegata: compact, text to certificate", true),
        bar("aws-lc-rs Ed25519, compact", "aws-lc-rs: Ed25519 check alone", false),
        bar("verify_strict, compact", "ed25519-dalek: strict check alone", false),
        bar("ring Ed25519, compact", "ring: Ed25519 check alone", false),
    ]
}
