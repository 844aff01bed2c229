//! The committed corpora of the fuzz targets, through the same code on a stable compiler.

use std::fs;
use std::path::{Path, PathBuf};

use tegata_tests::fuzzing::{TARGETS, seeds};

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus").join(target)
}

#[test]
fn no_committed_input_breaks_what_its_target_asserts() {
    for (target, body) in TARGETS {
        let entries = fs::read_dir(corpus(target)).expect("a corpus");
        let mut count = 0;
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            println!("{}", path.display());
            let input = fs::read(&path).expect("an input");
            assert!(input.len() <= 64 * 1024, "{}: corpora are small", path.display());
            body(&input);
            // A byte off at every place: the neighbours of what is well-formed.
            for place in 0..input.len().min(1024) {
                let mut changed = input.clone();
                changed[place] ^= 1 << (place % 8);
                body(&changed);
            }
            count += 1;
        }
        assert!(count > 0, "{target} has no corpus");
    }
}

#[test]
fn every_target_begins_with_inputs_that_it_accepts() {
    for (target, body) in TARGETS {
        let seeds = seeds(target);
        assert!(!seeds.is_empty(), "{target} has no seeds");
        for (name, seed) in seeds {
            assert!(body(&seed), "{target}/{name} does not get through");
        }
    }
}

/// `cargo test -p tegata-tests --test fuzz_corpora -- --ignored`: after a format has changed.
#[test]
#[ignore = "writes the seeds into fuzz/corpus"]
fn write_the_seeds() {
    for (target, _) in TARGETS {
        fs::create_dir_all(corpus(target)).expect("a folder");
        for (name, seed) in seeds(target) {
            fs::write(corpus(target).join(name), seed).expect("a file");
        }
    }
}
