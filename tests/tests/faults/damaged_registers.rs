//! Registers that are missing, foreign, cut or overwritten: told, and left as they are.

use std::fs;

use super::inspection::{Dice, foreign_database};
use super::town::{Town, one_message};

const STATUS: &str = "tegata-issuer register status --register";
const IMPORT: &str = "tegata-issuer import --residents sample/residents.csv --doses sample/doses.csv --register";

#[test]
fn a_register_that_is_missing_or_none_is_named_and_left_as_it_is() {
    let town = Town::new(5);
    let issue = |register: &str| format!("{} --register {register}", town.issue());
    for line in [format!("{STATUS} none.sqlite"), issue("none.sqlite")] {
        town.refuses(&line, 5, &["no register at none.sqlite", "import a file to begin one"]);
    }
    fs::write(town.file("empty.sqlite"), b"").expect("writes");
    foreign_database(&town.file("foreign.sqlite"));
    let faults = [
        ("empty.sqlite", "damaged or cut short", "restore it from a backup"),
        ("foreign.sqlite", "is not a Tegata register", "name the right file"),
        ("sample/doses.csv", "is not a Tegata register", "name the right file"),
        ("sample", "cannot be read or written", "look at the folder"),
    ];
    for (register, fault, remedy) in faults {
        for line in [format!("{STATUS} {register}"), format!("{IMPORT} {register}"), issue(register)] {
            town.refuses(&line, 5, &[register, fault, remedy]);
        }
    }
    town.refuses(&format!("{IMPORT} none/register.sqlite"), 5, &["none/register.sqlite", "cannot be created"]);
}

#[test]
fn a_register_that_was_cut_is_told_and_left_as_it_is() {
    let town = Town::new(400);
    let whole = fs::read(town.file("register.sqlite")).expect("a register");
    let page = 16 * 1024;
    assert!(whole.len() > 4 * page, "a register of {} bytes has too few pages for this", whole.len());
    let mut dice = Dice::thrown(16);
    let mut cuts =
        vec![1, 16, 99, 100, 512, page, page + 1, 2 * page, whole.len() / 2, whole.len() - page, whole.len() - 1];
    cuts.extend((0..12).map(|_| 1 + dice.below(whole.len() as u64 - 1) as usize));
    for cut in cuts {
        println!("cut to {cut} of {} bytes", whole.len());
        fs::write(town.file("cut.sqlite"), &whole[..cut]).expect("writes");
        for line in [
            format!("{STATUS} cut.sqlite"),
            format!("{IMPORT} cut.sqlite"),
            format!("{} --register cut.sqlite", town.issue()),
        ] {
            town.refuses(&line, 5, &["cut.sqlite"]);
        }
    }
}

#[test]
fn a_register_that_was_overwritten_is_told_or_read_and_makes_no_tool_panic() {
    let town = Town::new(400);
    let whole = fs::read(town.file("register.sqlite")).expect("a register");
    let page = 16 * 1024;
    let mut dice = Dice::thrown(17);
    let (mut refused, mut unharmed) = (0, 0);
    for round in 0..24 {
        let mut damaged = whole.clone();
        let at = 100 + dice.below((whole.len() - 100) as u64) as usize;
        let end = (at + [1, 64, page][round % 3]).min(whole.len());
        for byte in &mut damaged[at..end] {
            *byte = dice.below(256) as u8;
        }
        fs::write(town.file("damaged.sqlite"), &damaged).expect("writes");
        println!("bytes {at} to {end} overwritten");
        let line =
            format!("{} --register damaged.sqlite --out codes-{round}", town.issue().replace(" --out codes", ""));
        let answer = town.run(&line);
        match answer.status {
            // SQLite keeps no checksums: a byte in unused room, or in a value, is not noticed.
            Some(0) => unharmed += 1,
            _ => {
                one_message(&line, &answer, 5, &["damaged.sqlite"]);
                refused += 1;
            }
        }
        for end in ["-wal", "-shm", "-journal"] {
            let _ = fs::remove_file(town.file(&format!("damaged.sqlite{end}")));
        }
        fs::write(town.file("damaged.sqlite"), &damaged).expect("writes");
        let line = format!("{STATUS} damaged.sqlite --json");
        let answer = town.run(&line);
        match answer.status {
            Some(0) => assert!(serde_json::from_str::<serde_json::Value>(&answer.out).is_ok(), "{}", answer.out),
            _ => one_message(&line, &answer, 5, &["damaged.sqlite"]),
        }
    }
    println!("{refused} refused, {unharmed} not noticed");
    assert!(refused > 0, "no damage was noticed");
}
