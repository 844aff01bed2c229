//! The tool with other systems' files: mappings, guesses, FHIR in and out, as a person at a terminal meets them.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};
use tegata_issuer::{Encoding, Layout, SampleOptions, write_sample};

fn tool(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tegata-issuer"))
        .current_dir(folder)
        .env("LANG", "C")
        .args(arguments.split(' '))
        .output()
        .expect("runs")
}

fn done(folder: &Path, arguments: &str) -> String {
    let output = tool(folder, arguments);
    let said = String::from_utf8(output.stderr).expect("is text");
    assert_eq!(output.status.code(), Some(0), "{arguments}: {said}");
    String::from_utf8(output.stdout).expect("is text")
}

fn refused(folder: &Path, arguments: &str) -> (Option<i32>, String) {
    let output = tool(folder, arguments);
    (output.status.code(), String::from_utf8(output.stderr).expect("is text"))
}

/// A folder with a sample and a register of it.
fn desk() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let options = SampleOptions { people: 20, seed: 4, faults: 0.0, layout: Layout::Vrs, encoding: Encoding::Cp932 };
    write_sample(&options, folder.path()).expect("writes");
    done(folder.path(), "import --residents residents.csv --doses doses.csv --today 2026-11-01");
    folder
}

fn people(folder: &Path, register: &str) -> u64 {
    let status = done(folder, &format!("register status --json --register {register}"));
    serde_json::from_str::<serde_json::Value>(&status).expect("is JSON")["people"].as_u64().expect("a number")
}

fn first_number(folder: &Path) -> String {
    let bytes = fs::read(folder.join("doses.csv")).expect("reads");
    let row = bytes.split(|&b| b == b'\n').nth(1).expect("a row").to_vec();
    let cell = row.split(|&b| b == b',').next().expect("a cell").to_vec();
    String::from_utf8(cell).expect("digits").trim().to_owned()
}

#[cfg(unix)]
#[test]
fn an_export_is_readable_by_its_owner_only_and_whole_or_not_there() {
    use std::os::unix::fs::PermissionsExt;
    let folder = desk();
    let folder = folder.path();
    fs::write(folder.join("all.ndjson"), "old").expect("writes");
    done(folder, "export --fhir --all --out all.ndjson");
    done(folder, "export --csv --all --out rows.csv");
    for name in ["all.ndjson", "rows.csv"] {
        assert_eq!(fs::metadata(folder.join(name)).expect("is there").permissions().mode() & 0o777, 0o600, "{name}");
    }
    let (code, said) = refused(folder, "export --fhir --person 999 --out nobody.json");
    assert_eq!(code, Some(3));
    assert!(said.contains("no person with the number 999"), "{said}");
    let names: Vec<String> = fs::read_dir(folder)
        .expect("reads")
        .map(|entry| entry.expect("reads").file_name().to_string_lossy().into_owned())
        .collect();
    assert!(!names.iter().any(|name| name == "nobody.json" || name.starts_with(".part-")), "{names:?}");
}

#[test]
fn what_is_exported_is_imported_again_and_json_is_known_by_its_content() {
    let folder = desk();
    let folder = folder.path();
    done(folder, "export --fhir --all --out all.data");
    done(folder, "import all.data --register again.sqlite --today 2026-11-01");
    assert_eq!(people(folder, "again.sqlite"), 20);
    let number = first_number(folder);
    let bundle = done(folder, &format!("export --fhir --person {number} --out -"));
    fs::write(folder.join("one.json"), bundle).expect("writes");
    done(folder, "import --fhir one.json --register one.sqlite --today 2026-11-01");
    let show = |register: &str| done(folder, &format!("register show {number} --json --register {register}"));
    assert_eq!(show("one.sqlite"), show("register.sqlite"));
    assert_eq!(show("again.sqlite"), show("register.sqlite"));
}

#[test]
fn a_guess_changes_nothing_and_reads_the_file_that_it_was_made_of() {
    let folder = desk();
    let folder = folder.path();
    let printed = done(folder, "import --guess residents.csv --register new.sqlite");
    assert!(printed.contains("layout = \"residents\"") && !folder.join("new.sqlite").exists());
    done(folder, "import --guess residents.csv --out residents.toml");
    assert_eq!(fs::read_to_string(folder.join("residents.toml")).expect("is there"), printed);
    done(folder, "import --guess doses.csv --out doses.toml");
    let both = "import --residents residents.csv --doses doses.csv --today 2026-11-01 --register new.sqlite";
    // In whatever order: a mapping's layout says which file it is for.
    done(folder, &format!("{both} --mapping doses.toml --mapping residents.toml"));
    let number = first_number(folder);
    let show = |register: &str| done(folder, &format!("register show {number} --json --register {register}"));
    assert_eq!(show("new.sqlite"), show("register.sqlite"));
}

#[test]
fn a_mapping_that_cannot_be_used_ends_with_3_and_begins_no_register() {
    let folder = desk();
    let folder = folder.path();
    fs::write(folder.join("bad.toml"), "layout = \"long\"\ncolour = 1\n").expect("writes");
    fs::write(
        folder.join("wide.toml"),
        "layout = \"wide\"\n[columns]\nresident_id = 1\n[[dose]]\nvaccinated_on = 2\nmaker = 3\n",
    )
    .expect("writes");
    for (arguments, says) in [
        ("import --mapping bad.toml doses.csv", "error: bad.toml:2: unknown key colour"),
        ("import --mapping none.toml doses.csv", "name a TOML file, or one of ch and divoc"),
        ("import --mapping ch doses.csv", "ch:15: doses.csv has no column \"dateOfBirth\"; it has: 見本宛名番号"),
        ("import --residents residents.csv --mapping wide.toml", "no file for the mapping of the layout \"wide\""),
        ("import --mapping wide.toml --mapping ch doses.csv", "no file for the mapping of the layout \"long\""),
    ] {
        let (code, said) = refused(folder, &format!("{arguments} --register new.sqlite"));
        assert_eq!((code, said.lines().count()), (Some(3), 1), "{said}");
        assert!(said.contains(says), "{said}");
        assert!(!folder.join("new.sqlite").exists(), "{arguments}");
    }
}
