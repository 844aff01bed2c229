//! `cargo xtask`: sets up what is missing, then does it.
//!
//! Depends on nothing but the standard library, so that it is there a second after the clone.

mod bench;
mod browser;
mod cargo;
mod demo;
mod page;
mod scanning;
mod setup;
mod test;
mod vectors;

use std::process::ExitCode;

const USAGE: &str = "\
Sets up what is missing, then does it.

Usage: cargo xtask COMMAND

  demo [--once] [--keep]   The whole story in a temporary folder, without a network: a register
                           with faults goes in, certificates come out, codes are judged
  test [STEP]...           Everything that must hold before a change goes in; all steps, or those named:
                           fmt clippy page build tests doc-tests doc wasm vectors demo browser
  vectors [FAMILY]...      The published vectors, with their counts: eu-dcc, vci, crypto, who,
                           misc, shc, vds-nc, certlogic, dcc-rules
  page                     The npm package @tegata/verifier and the app that venues open in a browser
  bench                    All that is measured:
  bench verdicts           Speeds, as ratios to the bare cryptography (release build), and sizes
  bench register           Import with all checks, bulk issuing on SQLite and PostgreSQL, memory
                           (a million people too with TEGATA_BENCH_MILLION=1)
  bench paper              Letters beside bare Typst, and the memory of print runs of 1,000 and 10,000
  bench office             The office's counter: 200 clerks at once, then more than it can do
  bench --peers [--chart FILE.svg]  Reading and issuing beside aws-lc-rs, ring, dgc, qrcode and other
                           crates, beside readers for Node and Python, and in a browser beside WebCrypto
  bench browser            The page in a browser, beside WebCrypto; from camera to screen
  bench scanning [--seed N]  The reader of codes beside zxing-cpp and zxing-wasm, on pictures and
                           camera clips that a seed makes (some ten minutes, 1.6 GB)

Vectors are looked for in the folder that TEGATA_VECTORS names, else in ../shared/vectors; what makes
the pictures in TEGATA_QR_CORPUS, else in ../shared/qr-corpus.
Exit status: 0 all held, 1 something did not, 2 usage.
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.split_first() {
        Some((&"demo", options)) if options.iter().all(|option| ["--once", "--keep"].contains(option)) => {
            demo::run(options)
        }
        Some((&"test", steps)) if steps.iter().all(|step| test::is_step(step)) => test::run(steps),
        Some((&"vectors", families)) if families.iter().all(|family| vectors::is_family(family)) => {
            vectors::run(families)
        }
        Some((&"page", [])) => page::run(),
        Some((&"bench", [])) => [bench::verdicts, bench::register, bench::paper, bench::office, bench::browser, || {
            scanning::run(scanning::SEED)
        }]
        .map(|part| part())
        .iter()
        .all(|held| *held),
        Some((&"bench", ["verdicts"])) => bench::verdicts(),
        Some((&"bench", ["register"])) => bench::register(),
        Some((&"bench", ["paper"])) => bench::paper(),
        Some((&"bench", ["office"])) => bench::office(),
        Some((&"bench", ["--peers"])) => bench::peers(None),
        Some((&"bench", ["--peers", "--chart", file])) => bench::peers(Some(file)),
        Some((&"bench", ["browser"])) => bench::browser(),
        Some((&"bench", ["scanning", options @ ..])) if let Some(seed) = scanning::seed(options) => scanning::run(seed),
        Some((&("help" | "-h" | "--help"), _)) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
