//! The register: a sample with planted faults, imported, every fault pinpointed.

use crate::city::City;
use crate::stage::{Failure, Stage, json};
use serde_json::Value;
use std::collections::BTreeSet;

/// An imported register.
pub struct Register {
    /// Its file.
    pub file: String,
    /// People with a dose, and their row in order.
    pub people: u64,
}

/// Where a fault is and what it is: file, line, column, code.
type Fault = (String, u64, Option<u64>, String);

fn faults(list: &Value, column: impl Fn(&Value) -> Option<u64>) -> BTreeSet<Fault> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let name = |value: &Value| text(value).rsplit('/').next().unwrap_or_default().to_owned();
    let fault = |f: &Value| (name(&f["file"]), f["line"].as_u64().unwrap_or_default(), column(f), text(&f["code"]));
    list.as_array().into_iter().flatten().map(fault).collect()
}

impl Register {
    /// Writes a sample of so many people, that share of them with a fault, and imports it: first for
    /// the machine, to compare what is found with what was planted, then as a clerk would.
    pub fn import(stage: &Stage, city: &City, people: u64, share: f64) -> Result<Self, Failure> {
        let (sample, file) = (city.path("sample"), city.path("register.sqlite"));
        let (people, share) = (people.to_string(), share.to_string());
        // A seed of its own a city, so that nobody lives in two.
        let seed = city.folder.len().to_string();
        let write = ["sample", "--people", &people, "--seed", &seed, "--faults", &share, "--out", &sample];
        stage.run("tegata-issuer", &write, 0)?;
        let planted = json(&std::fs::read_to_string(stage.folder().join(&sample).join("manifest.json"))?)?;
        let status = i32::from(planted["refused"].as_u64() != Some(0));

        let (residents, doses) = (format!("{sample}/residents.csv"), format!("{sample}/doses.csv"));
        let files = ["import", "--residents", &residents, "--doses", &doses, "--register", &file];
        let dry = stage.run("tegata-issuer", &[&files[..], &["--dry-run", "--json"]].concat(), status)?;
        let found = json(&dry.out)?;
        // What is only to be known is in neither.
        let serious = |list: &Value| {
            let list = list.as_array().into_iter().flatten().filter(|fault| fault["level"] != "info");
            Value::Array(list.cloned().collect())
        };
        let wanted = faults(&serious(&planted["faults"]), |fault| fault["column"].as_u64());
        let told = faults(&serious(&found["findings"]), |fault| fault["column"]["number"].as_u64());
        stage.expect(told == wanted, || format!("planted {wanted:#?}\nfound {told:#?}"))?;

        let clerk = stage.run("tegata-issuer", &[&files[..], &["--lang", "en"]].concat(), status)?;
        let again = stage.run("tegata-issuer", &[&files[..], &["--json"]].concat(), status)?;
        let again = json(&again.out)?["summary"]["changes"].clone();
        let new = ["people_inserted", "people_updated", "doses_inserted", "doses_updated", "doses_removed"];
        stage.expect(new.iter().all(|name| again[name] == 0), || format!("importing again changed: {again}"))?;

        let held = confirm_all(stage, &file)?;
        let people = planted["people"].as_u64().unwrap_or_default();
        if !wanted.is_empty() {
            println!(
                "✔ register of {} residents, as VRS exports it (wide, CP932), with {} faults planted",
                planted["asked_people"],
                wanted.len()
            );
            println!("✔ imported: {people} people, {} doses; a second import changes nothing", planted["doses"]);
            println!("⚠ {} rows are refused, every fault at its line and column:", planted["refused"]);
            show_some(&clerk.out);
            println!("✔ held for a doubt until a clerk has looked and confirmed: {held}");
        }
        // Whoever has a dose.
        let now = json(&stage.run("tegata-issuer", &["register", "status", "--json", "--register", &file], 0)?.out)?;
        let issuable = now["issuable"].as_u64().unwrap_or_default();
        stage.expect(now["people"] == people && issuable > 0, || format!("{now}"))?;
        Ok(Self { file, people: issuable })
    }
}

/// Confirms what holds people, row by row; says how many people it held.
fn confirm_all(stage: &Stage, register: &str) -> Result<usize, Failure> {
    let list = |status| {
        let open = ["confirm", "--list", "--json", "--register", register];
        json(&stage.run("tegata-issuer", &open, status)?.out)
    };
    let open = list(0)?;
    let findings = || open["open"].as_array().into_iter().flatten();
    let people: BTreeSet<&str> = findings().filter_map(|finding| finding["person"].as_str()).collect();
    for number in &people {
        stage.run("tegata-issuer", &["confirm", "--person", number, "--register", register], 0)?;
    }
    let left = list(0)?;
    stage.expect(left["open"].as_array().is_some_and(Vec::is_empty), || format!("{left}"))?;
    Ok(people.len())
}

/// The first findings that block a row, and how many more there are. Each begins with its number.
fn show_some(findings: &str) {
    const SHOWN: usize = 2;
    let begins = |line: &str| line.starts_with('E') && line.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let ends = |line: &str| !line.is_empty() && !line.starts_with(' ');
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut open = false;
    for line in findings.lines() {
        if begins(line) {
            (open, _) = (true, blocks.push(Vec::new()));
        } else if ends(line) {
            open = false;
        }
        if let (true, Some(block)) = (open, blocks.last_mut()) {
            block.push(line);
        }
    }
    for line in blocks.iter().take(SHOWN).flatten().filter(|line| !line.is_empty()) {
        println!("    {line}");
    }
    println!("    … and {} more", blocks.len().saturating_sub(SHOWN));
}
