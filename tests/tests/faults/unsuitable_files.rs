//! Files that an import cannot be made of.

use std::fs;

use super::town::{Town, end, one_message, start};

const IMPORT: &str = "tegata-issuer import --residents sample/residents.csv --doses";

#[test]
fn a_file_that_is_missing_or_a_folder_is_named() {
    let town = Town::new(5);
    town.refuses(&format!("{IMPORT} none.csv"), 5, &["none.csv cannot be read", "nothing was imported", "check"]);
    town.refuses(&format!("{IMPORT} sample"), 5, &["sample cannot be read", "directory", "check"]);
    town.refuses("tegata-issuer import none.csv --register new.sqlite", 5, &["none.csv"]);
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    let town = Town::new(5);
    let file = town.file("closed.csv");
    fs::copy(town.file("sample/doses.csv"), &file).expect("copies");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o000)).expect("changes the mode");
    let line = format!("{IMPORT} closed.csv");
    let mut command = town.command(&line);
    if fs::File::open(&file).is_ok() {
        // Whoever reads everything gives that right up first.
        let mut humble = std::process::Command::new("setpriv");
        humble.arg("--bounding-set=-dac_override,-dac_read_search").arg(command.get_program()).args(command.get_args());
        humble.current_dir(town.path()).stdin(std::process::Stdio::piped());
        humble.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let may = |program: &str| std::process::Command::new(program).arg("--version").output().is_ok();
        if !may("setpriv") {
            eprintln!("NOT TESTED: an unreadable file: there is no setpriv, and this user reads everything");
            return;
        }
        command = humble;
    }
    let answer = end(start(command, b""));
    one_message(&line, &answer, 5, &["closed.csv cannot be read", "ermission", "nothing was imported", "check"]);
}

#[test]
fn an_empty_file_and_one_in_another_encoding_are_told_apart() {
    let town = Town::new(5);
    let doses = fs::read(town.file("sample/doses.csv")).expect("the sample");
    let residents = fs::read(town.file("sample/residents.csv")).expect("the sample");
    let (text, _, _) = encoding_rs::SHIFT_JIS.decode(&residents);
    let utf16 = |bom: u16, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(bom).chain(text.encode_utf16()).flat_map(order).collect()
    };
    fs::write(town.file("empty.csv"), b"").expect("writes");
    fs::write(town.file("little.csv"), utf16(0xFEFF, u16::to_le_bytes)).expect("writes");
    fs::write(town.file("big.csv"), utf16(0xFEFF, u16::to_be_bytes)).expect("writes");
    fs::write(town.file("noise.csv"), [0xFF_u8, 0x00, 0x80, 0x81].repeat(500)).expect("writes");
    fs::write(town.file("nulls.csv"), [0; 4096]).expect("writes");
    town.refuses(&format!("{IMPORT} empty.csv"), 3, &["empty.csv is empty", "export it again"]);
    let import = |file: &str| format!("tegata-issuer import --residents {file} --doses sample/doses.csv");
    for file in ["little.csv", "big.csv"] {
        town.refuses(&import(file), 3, &[file, "UTF-16", "save it as"]);
    }
    for file in ["noise.csv", "nulls.csv"] {
        town.refuses(&import(file), 3, &[file, "nothing was imported"]);
        town.refuses(&format!("tegata-issuer import {file}"), 3, &[file, "nothing was imported"]);
    }
    town.refuses(
        &format!("{} --encoding euc-jp", import("sample/residents.csv")),
        3,
        &["residents.csv has no column", "--encoding"],
    );
    // Files in each other's place.
    town.refuses("tegata-issuer import sample/doses.csv", 3, &["--doses"]);
    let answer = town.run(&format!("{IMPORT} sample/residents.csv"));
    assert_eq!(answer.status, Some(1), "{}", answer.out);
    assert!(answer.out.contains("doses: 0 new, 0 updated, 0 unchanged, 0 removed"), "{}", answer.out);
    assert_eq!(fs::read(town.file("sample/doses.csv")).expect("the sample"), doses);
}

#[test]
fn bytes_that_mean_nothing_cost_their_row_and_no_other() {
    let town = Town::new(20);
    let mut residents = fs::read(town.file("sample/residents.csv")).expect("the sample");
    let row = residents.iter().position(|byte| *byte == b'\n').expect("a heading") + 1;
    let comma = residents[row..].iter().position(|byte| *byte == b',').expect("a cell") + row;
    // The first byte of the first name: 0x80 begins nothing in CP932.
    residents[comma + 1] = 0x80;
    residents[comma + 2] = 0xFF;
    fs::write(town.file("broken.csv"), residents).expect("writes");
    let answer = town.run(
        "tegata-issuer import --residents broken.csv --doses sample/doses.csv --register new.sqlite --encoding cp932",
    );
    assert_eq!(answer.status, Some(1), "{}{}", answer.out, answer.complaint);
    assert_eq!(answer.complaint, "");
    for text in ["E001 undecodable-bytes", "block: ", "broken.csv:2:2"] {
        assert!(answer.out.contains(text), "{}", answer.out);
    }
    assert!(answer.out.contains("people: 19 new"), "{}", answer.out);
}
