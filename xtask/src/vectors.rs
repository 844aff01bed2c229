//! `cargo xtask vectors`: the published vectors, with their counts.

use crate::cargo::{cargo, target};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};

/// The families, and the test that reads each.
const FAMILIES: [(&str, &str); 9] = [
    ("eu-dcc", "vectors_eu_dcc"),
    ("vci", "vectors_vci"),
    ("crypto", "vectors_crypto"),
    ("who", "vectors_who"),
    ("vds-nc", "vectors_vds_nc"),
    ("misc", "vectors_misc"),
    ("shc", "vectors_shc"),
    ("certlogic", "vectors_certlogic"),
    ("dcc-rules", "vectors_dcc_rules"),
];

/// The tests of all families.
pub fn tests() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|(_, test)| *test)
}

/// Whether there is such a family.
pub fn is_family(name: &str) -> bool {
    FAMILIES.iter().any(|(family, _)| *family == name)
}

/// How a family fared: whether nothing failed, and the line that says so.
pub struct Counted {
    /// Whether every check held.
    pub held: bool,
    /// `NAME: N passed, N failed, N skipped`, or why there is no such line.
    pub line: String,
}

/// `cargo xtask vectors`: the named families, or all.
pub fn run(names: &[&str]) -> bool {
    let wanted = FAMILIES.iter().filter(|(family, _)| names.is_empty() || names.contains(family));
    let counts: Vec<Counted> = wanted.map(|(family, test)| count(family, test)).collect();
    println!();
    for counted in &counts {
        println!("{}", counted.line);
    }
    counts.iter().all(|counted| counted.held)
}

/// Where the tests write down each verdict, to be compared with those of the page.
pub fn record() -> PathBuf {
    target().join("record")
}

/// All families, for the summary of a longer run.
pub fn count_all() -> Vec<Counted> {
    // What an earlier run wrote is not of these tests.
    let _ = fs::remove_dir_all(record());
    FAMILIES.iter().map(|(family, test)| count(family, test)).collect()
}

fn count(family: &str, test: &str) -> Counted {
    // With the whole workspace, as elsewhere, so that nothing is built a second time.
    let mut command = cargo();
    command.env("TEGATA_RECORD", record());
    command.args(["test", "--quiet", "--workspace", "--test", test, "--", "--nocapture"]);
    let child = command.stdout(Stdio::piped()).spawn();
    let line = |why: &str| format!("{family}: {why}");
    match child {
        Ok(child) => follow(child, family).unwrap_or_else(|why| Counted { held: false, line: line(&why) }),
        Err(error) => Counted { held: false, line: line(&error.to_string()) },
    }
}

/// Shows what the test says as it says it, and keeps the line that counts.
fn follow(mut child: Child, family: &str) -> Result<Counted, String> {
    let stdout = child.stdout.take().ok_or("no output")?;
    let mut counts = None;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line.map_err(|error| error.to_string())?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        // The family's own line is the last of its kind; the lines of its parts are longer.
        if line.starts_with(&format!("{family}: ")) {
            counts = Some(line.into_owned());
        }
    }
    let held = child.wait().map_err(|error| error.to_string())?.success();
    let line = counts.unwrap_or_else(|| format!("{family}: no count was given"));
    Ok(Counted { held: held && (line.contains(" passed, ") || line.contains(" skipped: ")), line })
}
