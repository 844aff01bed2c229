//! Whoever reads a tool's answer may stop reading, or have no room for it.

use std::fs::{self, File};
use std::process::Stdio;

use tegata_tests::office::manifest;

use super::town::{PASSPHRASE, Town, end, start};

/// Commands with an answer, long ones first.
fn commands(town: &Town) -> Vec<String> {
    let mut texts = String::new();
    for certificate in manifest(&town.file("codes")) {
        texts += &format!("{}\n", certificate.text);
    }
    fs::write(town.file("texts.txt"), texts).expect("writes");
    fs::write(
        town.file("bad.csv"),
        format!("resident_id,name,birth_date,dose_no,vaccinated_on,maker\n{}", ",,,,,\n".repeat(3000)),
    )
    .expect("writes");
    vec![
        "tegata-issuer import bad.csv --register other.sqlite --ndjson".to_owned(),
        "tegata-issuer import bad.csv --register other.sqlite --json".to_owned(),
        "tegata-issuer import bad.csv --register other.sqlite --show 0".to_owned(),
        format!("{} --ndjson texts.txt", town.verify()),
        format!("{} --json texts.txt", town.verify()),
        format!("{} --explain texts.txt", town.verify()),
        town.issue(),
        "tegata-issuer register status".to_owned(),
        "tegata-issuer key list".to_owned(),
        format!("tegata-verifier trust show --trust lists.cbor --root {} --demo", town.pin),
        "tegata-trust show --bundle lists.cbor".to_owned(),
        "tegata-trust show --bundle lists.cbor --json".to_owned(),
    ]
}

#[test]
fn a_reader_that_stops_reading_makes_no_tool_panic() {
    let town = Town::new(40);
    town.does(&town.issue());
    for line in commands(&town) {
        let mut child = town.start(&line);
        drop(child.stdout.take());
        let answer = end(child);
        town.examine(&line, &answer);
        assert!(matches!(answer.status, Some(0 | 5)), "{line}: {:?}\n{}", answer.status, answer.complaint);
        assert!(answer.complaint.lines().count() <= 2, "{line}\n{}", answer.complaint);
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let town = Town::new(40);
    town.does(&town.issue());
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        eprintln!("NOT TESTED: an answer that cannot be written: there is no /dev/full");
        return;
    };
    for line in commands(&town) {
        let mut command = town.command(&line);
        command.stdout(Stdio::from(full.try_clone().expect("a handle")));
        let answer = end(start(command, PASSPHRASE.as_bytes()));
        town.examine(&line, &answer);
        super::town::one_message(&line, &answer, 5, &["cannot be written", "No space left", "make room"]);
    }
    // What was issued is whole although nobody could be told.
    assert!(!manifest(&town.file("codes")).is_empty());
}
