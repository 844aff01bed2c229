//! `cargo xtask test`: everything that must hold before a change goes in.

use crate::cargo::{cargo, run as cargo_run, succeeds, works};
use crate::{browser, demo, page, setup, vectors};
use setup::{Missing, WASM};
use std::time::{Duration, Instant};

/// How a step does its work; what it adds to the summary goes into [`Notes`].
type Work = fn(&mut Notes) -> bool;

/// The steps, quick ones first.
const STEPS: [(&str, Work); 11] = [
    ("fmt", |_| cargo_run(["fmt", "--all", "--check"])),
    ("clippy", |_| cargo_run(["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])),
    ("page", build_page),
    // In one go with everything that the later steps run: one set of features, nothing built twice.
    ("build", |_| cargo_run(["build", "--workspace", "--all-targets"])),
    ("tests", tests),
    ("doc-tests", |_| cargo_run(["test", "--quiet", "--workspace", "--doc"])),
    ("doc", |_| {
        succeeds(cargo().env("RUSTDOCFLAGS", "--deny warnings").args(["doc", "--quiet", "--workspace", "--no-deps"]))
    }),
    ("wasm", wasm),
    ("vectors", count_vectors),
    ("demo", |_| demo::run_story(&["--once"])),
    ("browser", |notes| notes.expect(browser::test()).unwrap_or(true)),
];

/// What the summary tells beside the steps.
#[derive(Default)]
struct Notes {
    counts: Vec<String>,
    missing: Vec<Missing>,
}

impl Notes {
    /// What was set up, or a note that it is missing.
    fn expect<T>(&mut self, setup: Result<T, Missing>) -> Option<T> {
        setup.map_err(|missing| self.missing.push(missing)).ok()
    }
}

/// Whether there is such a step.
pub fn is_step(name: &str) -> bool {
    STEPS.iter().any(|(step, _)| *step == name)
}

/// `cargo xtask test`: the named steps, or all. One that fails does not keep the others from running.
pub fn run(names: &[&str]) -> bool {
    let mut notes = Notes::default();
    let mut results = Vec::new();
    let asked = |step: &str| names.is_empty() || names.contains(&step);
    for (name, work) in STEPS.iter().filter(|(step, _)| asked(step)) {
        println!("\n── {name}");
        let start = Instant::now();
        results.push((*name, work(&mut notes), start.elapsed()));
    }
    summarise(&results, &notes)
}

fn summarise(results: &[(&str, bool, Duration)], notes: &Notes) -> bool {
    println!("\n── summary");
    for (name, held, time) in results {
        println!("{} {name:<10} {:>6.1} s", if *held { "✓" } else { "✕" }, time.as_secs_f64());
    }
    for line in &notes.counts {
        println!("  {line}");
    }
    for missing in &notes.missing {
        println!("! NOT TESTED: {}\n    install it by: {}", missing.leaves_out, missing.line);
    }
    let total: Duration = results.iter().map(|(_, _, time)| *time).sum();
    let failed: Vec<&str> = results.iter().filter(|(_, held, _)| !held).map(|(name, _, _)| *name).collect();
    if failed.is_empty() {
        println!("All held, in {:.1} min.", total.as_secs_f64() / 60.0);
    } else {
        println!("FAILED: {}", failed.join(", "));
    }
    failed.is_empty()
}

fn tests(notes: &mut Notes) -> bool {
    notes.expect(setup::zbar());
    notes.expect(setup::poppler());
    notes.expect(setup::japanese_fonts());
    notes.expect(setup::postgres());
    notes.expect(setup::soft_token());
    notes.expect(setup::sqlite());
    let python = notes.expect(setup::readers());
    let mut command = cargo();
    if let Some(python) = python {
        command.env("TEGATA_READERS_PYTHON", python);
    }
    if let Some(program) = notes.expect(setup::schemathesis()) {
        command.env("TEGATA_SCHEMATHESIS", program);
    }
    if let Some(modules) = notes.expect(setup::readers_of_cards()) {
        command.env("TEGATA_READERS_NODE", modules);
    }
    if works(cargo().args(["nextest", "--version"])) {
        // The vectors have a step of their own, which shows their counts.
        let vectors: Vec<String> = vectors::tests().map(|test| format!("binary({test})")).collect();
        let others = format!("not ({})", vectors.join(" + "));
        succeeds(command.args([
            "nextest",
            "run",
            "--workspace",
            "--no-fail-fast",
            "--status-level",
            "fail",
            "-E",
            &others,
        ]))
    } else {
        succeeds(command.args(["test", "--quiet", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]))
    }
}

/// Before everything else is built: the verifier's program holds the page.
fn build_page(notes: &mut Notes) -> bool {
    match page::build() {
        Ok(built) => built && page::check(),
        Err(missing) => {
            notes.missing.push(missing);
            true
        }
    }
}

/// What verifies builds without its tools for a page.
fn wasm(notes: &mut Notes) -> bool {
    if notes.expect(setup::wasm_target()).is_none() {
        return true;
    }
    let mut check = cargo();
    check.args(["check", "--quiet", "--lib", "--no-default-features", "--target", WASM]);
    for package in ["certificate", "trust-lists", "verifier", "reader", "wasm-verifier", "wasm-reader"] {
        check.args(["--package", &format!("tegata-{package}")]);
    }
    succeeds(&mut check)
}

fn count_vectors(notes: &mut Notes) -> bool {
    let counts = vectors::count_all();
    let held = counts.iter().all(|counted| counted.held);
    notes.counts.extend(counts.into_iter().map(|counted| counted.line));
    held
}
