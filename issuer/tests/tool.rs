//! The tool as a person meets it when something fails: one message with the remedy, its exit status, and
//! a register that is as it was.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;
use tegata_issuer::{Encoding, Layout, SampleOptions, write_sample};

fn tool(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tegata-issuer"))
        .current_dir(folder)
        .env("LC_ALL", "C")
        .args(arguments)
        .output()
        .expect("runs")
}

fn status(output: &Output) -> i32 {
    output.status.code().expect("ends by itself")
}

fn message(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("is text")
}

fn sample(folder: &Path, people: u64, seed: u64) {
    let options = SampleOptions { people, seed, faults: 0.0, layout: Layout::Vrs, encoding: Encoding::Cp932 };
    write_sample(&options, folder).expect("writes");
}

const IMPORT: [&str; 7] = ["import", "--residents", "residents.csv", "--doses", "doses.csv", "--today", "2026-11-01"];

fn counts(folder: &Path) -> (u64, u64) {
    let output = tool(folder, &["register", "status", "--json"]);
    assert_eq!(status(&output), 0, "{}", message(&output));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    (value["people"].as_u64().expect("a number"), value["doses"].as_u64().expect("a number"))
}

#[test]
fn a_good_import_ends_with_0_and_one_with_refused_rows_with_1() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 40, 1);
    let output = tool(folder.path(), &IMPORT);
    assert_eq!((status(&output), message(&output).as_str()), (0, ""));
    fs::write(
        folder.path().join("rows.csv"),
        "resident_id,name,birth_date,dose_no,vaccinated_on,maker\n1,森,1970-01-01,1,2021-02-30,ファイザー\n",
    )
    .expect("writes");
    let output = tool(folder.path(), &["import", "rows.csv", "--today", "2026-11-01"]);
    assert_eq!(status(&output), 1);
    let answer = String::from_utf8(output.stdout).expect("is text");
    let expected = "\
E012 impossible-date

  x block: there is no such day
   ,-[rows.csv:2:5]
 2 | 1,森,1970-01-01,1,2021-02-30,ファイザー
   :                   ^^^^^|^^^^
   :                        `-- vaccinated_on
   `----
  help: look up the right day and correct it

";
    assert!(answer.starts_with(expected), "{answer}");
    let output = tool(folder.path(), &["import", "rows.csv", "--today", "2026-11-01", "--lang", "ja"]);
    assert!(String::from_utf8(output.stdout).expect("is text").contains("存在しない日付です"));
    let output = tool(folder.path(), &["import", "rows.csv", "--today", "2026-11-01", "--json"]);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).expect("is JSON");
    assert_eq!(answer["findings"][0]["code"], "impossible-date");
    assert_eq!(answer["summary"]["files"][0]["refused"], 1);
    let output = tool(folder.path(), &["import", "rows.csv", "--today", "2026-11-01", "--ndjson"]);
    assert!(
        output
            .stdout
            .split(|&b| b == b'\n')
            .filter(|line| !line.is_empty())
            .all(|line| serde_json::from_slice::<serde_json::Value>(line).is_ok())
    );
}

#[test]
fn a_missing_file_or_register_is_named_with_its_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = tool(folder.path(), &["import", "nowhere.csv"]);
    assert_eq!(status(&output), 5);
    assert!(message(&output).contains("nowhere.csv cannot be read"), "{}", message(&output));
    assert!(!folder.path().join("register.sqlite").exists());
    let output = tool(folder.path(), &["register", "status"]);
    assert_eq!(status(&output), 5);
    assert!(message(&output).contains("there is no register at register.sqlite"), "{}", message(&output));
    assert_eq!(status(&tool(folder.path(), &["import"])), 2);
    assert_eq!(status(&tool(folder.path(), &["import", "a.csv", "--doses", "b.csv"])), 2);
}

#[test]
fn a_file_in_another_encoding_than_said_is_refused_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 40, 1);
    let mut arguments = IMPORT.to_vec();
    arguments.extend(["--encoding", "utf-8"]);
    let output = tool(folder.path(), &arguments);
    assert_eq!(status(&output), 3);
    assert!(message(&output).contains("--encoding"), "{}", message(&output));
    assert!(!folder.path().join("register.sqlite").exists());
}

#[test]
fn an_import_that_fails_or_is_only_tried_begins_no_register() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 5, 1);
    let register = folder.path().join("register.sqlite");
    let refused = tool(folder.path(), &["import", "doses.csv"]);
    assert_eq!(status(&refused), 3, "{}", message(&refused));
    assert!(!register.exists());
    let tried = tool(folder.path(), &[&IMPORT[..], &["--dry-run"]].concat());
    assert_eq!(status(&tried), 0, "{}", message(&tried));
    assert!(!register.exists());
    assert_eq!(status(&tool(folder.path(), &IMPORT)), 0);
    assert!(register.exists());
    // One that was there stays, whatever fails.
    assert_eq!(status(&tool(folder.path(), &["import", "doses.csv"])), 3);
    assert_eq!(counts(folder.path()).0, 5);
}

#[test]
fn a_damaged_or_foreign_register_is_told_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 400, 1);
    assert_eq!(status(&tool(folder.path(), &IMPORT)), 0);
    let path = folder.path().join("register.sqlite");
    let whole = fs::read(&path).expect("is there");
    for length in [0, 50, 4096, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..length]).expect("writes");
        let output = tool(folder.path(), &IMPORT);
        assert_eq!(status(&output), 5, "cut to {length}: {}", message(&output));
        assert!(
            message(&output).contains("damaged or cut short: restore it from a backup"),
            "cut to {length}: {}",
            message(&output)
        );
        assert_eq!(message(&output).lines().count(), 1);
        assert_eq!(fs::read(&path).expect("is there"), &whole[..length], "cut to {length}");
    }
    fs::write(&path, b"resident_id,name\n").expect("writes");
    let output = tool(folder.path(), &IMPORT);
    assert_eq!(status(&output), 5);
    assert!(message(&output).contains("is not a Tegata register"), "{}", message(&output));
    fs::write(&path, &whole).expect("writes");
    assert_eq!(counts(folder.path()).0, 400);
}

#[cfg(unix)]
#[test]
fn the_register_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 5, 1);
    assert_eq!(status(&tool(folder.path(), &IMPORT)), 0);
    let mode = fs::metadata(folder.path().join("register.sqlite")).expect("is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left: Vec<_> =
        fs::read_dir(folder.path()).expect("reads").map(|entry| entry.expect("reads").file_name()).collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().contains("-wal") && !name.to_string_lossy().starts_with(".register")),
        "{left:?}"
    );
}

/// Whenever it is killed, the register has all of the import or nothing of it, and the next run makes it whole.
#[test]
fn a_killed_import_leaves_the_old_state_or_the_new_one() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 300, 1);
    assert_eq!(status(&tool(folder.path(), &IMPORT)), 0);
    let old = counts(folder.path());
    sample(folder.path(), 20_000, 2);
    let new_people = 20_000;
    let mut unfinished = 0;
    for wait in (0..12).map(|step| Duration::from_millis(5 + 45 * step)) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_tegata-issuer"))
            .current_dir(folder.path())
            .args(IMPORT)
            .stdout(Stdio::null())
            .spawn()
            .expect("runs");
        std::thread::sleep(wait);
        child.kill().expect("is ours");
        child.wait().expect("ends");
        let now = counts(folder.path());
        if now == old {
            unfinished += 1;
        } else {
            assert_eq!(now.0, new_people, "after {wait:?}");
        }
    }
    assert!(unfinished > 0, "every import was done before it was killed");
    assert_eq!(status(&tool(folder.path(), &IMPORT)), 0);
    assert_eq!(counts(folder.path()).0, new_people);
}

/// A limit on the size of files stands in for a full disk: the same system call fails.
#[cfg(target_os = "linux")]
#[test]
fn a_disk_without_room_undoes_the_import() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 300, 1);
    assert_eq!(status(&tool(folder.path(), &IMPORT)), 0);
    let old = counts(folder.path());
    sample(folder.path(), 20_000, 2);
    let limited = format!("trap '' XFSZ; ulimit -f 1000; exec \"$0\" {}", IMPORT.join(" "));
    let output = Command::new("sh")
        .current_dir(folder.path())
        .args(["-c", &limited, env!("CARGO_BIN_EXE_tegata-issuer")])
        .output()
        .expect("runs");
    assert_eq!(status(&output), 5, "{}", message(&output));
    assert!(message(&output).contains("nothing was changed"), "{}", message(&output));
    assert_eq!(message(&output).lines().count(), 1);
    assert_eq!(counts(folder.path()), old);
    assert_eq!(status(&tool(folder.path(), &IMPORT)), 0);
    assert_eq!(counts(folder.path()).0, 20_000);
}

/// An answer that cannot be written is told, also when the import itself went well.
#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    sample(folder.path(), 5, 1);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").expect("opens");
    let output = Command::new(env!("CARGO_BIN_EXE_tegata-issuer"))
        .current_dir(folder.path())
        .args(IMPORT)
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .expect("runs");
    assert_eq!(status(&output), 5);
    assert!(message(&output).contains("the answer cannot be written"), "{}", message(&output));
}

/// Ten times the people take about the same memory: the database's cache of 16 MiB fills up, and little besides.
#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_file() {
    let peak = |people: u64| {
        let folder = tempfile::tempdir().expect("a folder");
        sample(folder.path(), people, 1);
        // The tool measures itself by way of its parent: wait4 is not in the standard library, `/proc` is.
        let mut child = Command::new(env!("CARGO_BIN_EXE_tegata-issuer"))
            .current_dir(folder.path())
            .args(IMPORT)
            .stdout(Stdio::null())
            .spawn()
            .expect("runs");
        let mut peak = 0;
        while child.try_wait().expect("waits").is_none() {
            let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
            let high = status
                .lines()
                .find_map(|line| line.strip_prefix("VmHWM:"))
                .and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
            peak = peak.max(high.unwrap_or(0_u64));
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    };
    let (small, large) = (peak(10_000), peak(100_000));
    assert!(small > 0 && large < small + 32 * 1024, "{small} KiB for 10,000 people, {large} KiB for 100,000");
}
