//! A small town whose files have faults: they come back marked, are mended and imported again, and in the end somebody
//! who moved there gets one certificate for the doses of both towns.

use crate::city::City;
use crate::stage::{Failure, Stage, json};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PEOPLE: &str = "120";
/// The number of somebody who moved, in the register of the town that they left.
const MOVER: &str = "T-88";

/// The columns that a report adds.
const ADDED: usize = 3;

/// Tells it.
pub fn tell(stage: &Stage) -> Result<(), Failure> {
    println!("\nA town with faults in its files:");
    let town = City::found(stage, "naoshi", "DEMO/naoshi-town", ("なおし町", "Naoshi Town"), false)?;
    for (folder, faults) in [("export", "0.1"), ("right", "0")] {
        let out = town.path(folder);
        let sample = ["sample", "--people", PEOPLE, "--seed", "9", "--faults", faults, "--out", &out];
        stage.run("tegata-issuer", &sample, 0)?;
    }
    mend(stage, &town)?;
    issue(stage, &town, 1)?;
    let asked = lot(stage, &town)?;
    println!("✔ {asked} certificates name lot TX1013: shown before they would be withdrawn");
    mover(stage, &town)
}

fn register(town: &City) -> String {
    town.path("register.sqlite")
}

/// Imports, reads the report, mends the files that came back, and imports them again.
fn mend(stage: &Stage, town: &City) -> Result<(), Failure> {
    let file = |name: &str| town.path(name);
    let (register, page, sheet) = (register(town), file("report.html"), file("report.csv"));
    let import = |residents: &str, doses: &str, rest: &[&str], status| {
        let files = ["import", "--residents", residents, "--doses", doses, "--register", &register, "--json"];
        json(&stage.run("tegata-issuer", &[&files[..], rest].concat(), status)?.out)
    };
    let reports = ["--report", &page, "--report", &sheet];
    let found = import(&file("export/residents.csv"), &file("export/doses.csv"), &reports, 1)?;
    let faults = serious(&found);
    let planted = json(&std::fs::read_to_string(stage.folder().join(file("export/manifest.json")))?)?;
    let planted = planted["faults"].as_array().into_iter().flatten().filter(|fault| fault["level"] != "info").count();
    stage.expect(faults == planted && faults > 5, || format!("{planted} faults planted, {faults} found"))?;
    let returned =
        ["residents", "doses"].map(|name| (file(&format!("report.{name}.csv")), file(&format!("right/{name}.csv"))));
    let path = |name: &str| stage.folder().join(name);
    let mut marked = BTreeSet::new();
    for (came_back, _) in &returned {
        marked.extend(numbers(&path(came_back), true)?);
    }
    for (came_back, right) in &returned {
        fix(&path(came_back), &path(right), &marked)?;
    }
    let [(residents, _), (doses, _)] = &returned;
    let again = import(residents, doses, &[], 0)?;
    stage.expect(serious(&again) == 0, || format!("{again}"))?;
    println!(
        "✔ {faults} faults found, each in its cell; a report to read, and the same files back with the reasons beside the rows"
    );
    println!("✔ mended, and imported again as they are: all {PEOPLE} people are in the register");
    Ok(())
}

/// Findings that keep somebody from a certificate.
fn serious(answer: &Value) -> usize {
    answer["findings"].as_array().into_iter().flatten().filter(|finding| finding["level"] != "info").count()
}

/// A file in CP932 as rows of cells.
fn rows(file: &Path) -> Result<Vec<Vec<String>>, Failure> {
    let text = encoding_rs::SHIFT_JIS.decode_without_bom_handling(&std::fs::read(file)?).0.into_owned();
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| Ok(row?.iter().map(str::to_owned).collect()));
    rows.collect()
}

fn number(row: &[String]) -> String {
    row.first().map(|cell| cell.trim().to_owned()).unwrap_or_default()
}

/// The numbers in a file; of one that came back, only of rows that were marked.
fn numbers(file: &Path, marked: bool) -> Result<BTreeSet<String>, Failure> {
    let level = |row: &[String]| row.len().checked_sub(ADDED).and_then(|at| row.get(at)).cloned().unwrap_or_default();
    let wanted = |row: &Vec<String>| !marked || ["block", "eye"].contains(&level(row).as_str());
    Ok(rows(file)?.into_iter().filter(wanted).map(|row| number(&row)).collect())
}

/// Puts right what was marked; the added columns stay.
fn fix(came_back: &PathBuf, right: &Path, marked: &BTreeSet<String>) -> Result<(), Failure> {
    let mut mended: Vec<_> = rows(came_back)?.into_iter().filter(|row| !marked.contains(&number(row))).collect();
    let known: BTreeSet<String> = mended.iter().map(|row| number(row)).collect();
    for mut row in rows(right)?.into_iter().skip(1).filter(|row| !known.contains(&number(row))) {
        row.extend((0..ADDED).map(|_| String::new()));
        mended.push(row);
    }
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in mended {
        writer.write_record(row)?;
    }
    let text = String::from_utf8(writer.into_inner()?)?;
    Ok(std::fs::write(came_back, encoding_rs::SHIFT_JIS.encode(&text).0)?)
}

/// Issues for everybody; gives what came of it.
fn issue(stage: &Stage, town: &City, wanted: u64) -> Result<Value, Failure> {
    let (register, keys, bundle, out) = (register(town), town.path("keys"), town.bundle(), town.path("codes"));
    let common = ["issue", "--all", "--workers", "2", "--picture", "none", "--key", "office", "--register", &register];
    let rest = ["--keys", &keys, "--trust", &bundle, "--root", &town.pin, "--out", &out, "--json"];
    let issued = json(&stage.run_with_keys("tegata-issuer", &[&common[..], &rest].concat())?.out)?;
    stage.expect(issued["issued"].as_u64() >= Some(wanted), || format!("{issued}"))?;
    Ok(issued)
}

/// How many certificates name a lot.
fn lot(stage: &Stage, town: &City) -> Result<u64, Failure> {
    let (register, bundle) = (register(town), town.bundle());
    let revoke = ["revoke", "--dose-lot", "TX1013", "--dry-run", "--register", &register, "--json"];
    let asked = stage.run("tegata-issuer", &[&revoke[..], &["--trust", &bundle, "--root", &town.pin]].concat(), 0)?;
    let certificates = json(&asked.out)?["certificates"].as_u64().unwrap_or_default();
    stage.expect(certificates > 1, || asked.out.clone())?;
    Ok(certificates)
}

/// Somebody has doses here and in the town that they left.
fn mover(stage: &Stage, town: &City) -> Result<(), Failure> {
    let register = register(town);
    let ask = |arguments: &[&str], status| {
        let rest = ["--register", &register, "--json"];
        json(&stage.run("tegata-issuer", &[arguments, &rest].concat(), status)?.out)
    };
    let right = numbers(&stage.folder().join(town.path("right/residents.csv")), false)?;
    let here =
        right.iter().find(|number| number.starts_with(|c: char| c.is_ascii_digit())).cloned().unwrap_or_default();
    let person = ask(&["register", "show", &here], 0)?;
    let text = |key: &str| person[key].as_str().unwrap_or_default().to_owned();
    let doses = person["doses"].as_array().map_or(0, Vec::len);
    let rows = format!(
        "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,lot\n{MOVER},{},{},{},{},2024-10-01,ファイザー,HA1234\n",
        text("name"),
        text("kana"),
        text("birth"),
        doses + 1
    );
    let file = town.path("tonari.csv");
    std::fs::write(stage.folder().join(&file), rows)?;
    let found = ask(&["import", &file], 1)?;
    stage.expect(found["findings"][0]["code"] == "same-person-twice", || format!("{found}"))?;
    println!("⚠ the neighbour's file has somebody who is here, too, by another number: held until a clerk has looked");
    let merged = ask(&["register", "merge", MOVER, &here], 0)?;
    stage.expect(merged["doses_added"] == 1, || format!("{merged}"))?;
    let review = ask(&["review", "--person", &here], 0)?;
    stage.expect(review["counts"]["surpassed"] == 1, || format!("{review}"))?;
    let issued = issue(stage, town, 1)?;
    stage.expect(issued["issued"] == 1, || format!("{issued}"))?;
    println!("✔ merged: one record with {} doses, one new certificate; the old one stays true and in force", doses + 1);
    Ok(())
}
