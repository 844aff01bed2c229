//! `kill -9` in the middle of an import: the register holds what it held, or all of the import.

use std::fs;
use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::inspection::{Dice, Holdings, holdings};
use super::town::Town;

/// What the register knows of people, without the numbers that it gives to repeated texts: those depend
/// on which of two threads comes first.
fn people(holdings: &Holdings) -> Vec<&str> {
    let people = holdings.records.iter().filter(|record| record.starts_with("person "));
    people.filter_map(|record| record.rsplit_once(' ')).map(|(said, _)| said).collect()
}

/// The journal of imports.
fn imports(holdings: &Holdings) -> Vec<&String> {
    holdings.records.iter().filter(|record| record.starts_with("import ") || record.starts_with("file ")).collect()
}

#[test]
fn a_killed_import_is_all_there_or_not_at_all() {
    const SEED: u64 = 9;
    let town = Town::new(300);
    town.does("tegata-issuer sample --people 25000 --seed 4 --out more");
    let import = "tegata-issuer import --residents more/residents.csv --doses more/doses.csv";
    let register = town.file("register.sqlite");
    let before = fs::read(&register).expect("a register");
    let old = holdings(&register);
    let begun = Instant::now();
    town.does(import);
    let took = begun.elapsed();
    let new = holdings(&register);
    assert!(new.records.len() > 20_000 && new != old);

    let mut dice = Dice::thrown(SEED);
    let (mut killed, mut olds, mut news) = (0, 0, 0);
    for _ in 0..40 {
        if killed == 12 {
            break;
        }
        for end in ["", "-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(town.file(&format!("register.sqlite{end}")));
        }
        fs::write(&register, &before).expect("writes");
        let moment = took.mul_f64(dice.fraction());
        let mut command = town.command(import);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("starts");
        sleep(moment);
        child.kill().expect("kills");
        if child.wait().expect("ends").success() {
            continue;
        }
        killed += 1;
        let left = holdings(&register);
        let is_old = left == old;
        println!(
            "seed {SEED}: killed after {} of {} ms: {}",
            moment.as_millis(),
            took.as_millis(),
            if is_old { "old" } else { "new" }
        );
        assert_eq!(left.integrity, "ok");
        assert!(is_old || people(&left) == people(&new), "a part of the import is in the register");
        assert!(is_old || imports(&left) == imports(&new), "an import without its journal, or the reverse");
        if is_old {
            olds += 1
        } else {
            news += 1
        }
        // The tool itself opens it, and the same import completes.
        town.does("tegata-issuer register status");
        if killed % 4 == 0 {
            town.does(import);
            let complete = holdings(&register);
            assert_eq!(complete.integrity, "ok");
            assert!(people(&complete) == people(&new));
        }
    }
    println!("{killed} killed: {olds} times the old state, {news} times the new one");
    assert_eq!(killed, 12, "the import was too quick to be killed");
    assert!(took > Duration::from_millis(50) && olds > 0);
}
