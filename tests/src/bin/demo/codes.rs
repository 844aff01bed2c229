//! Issuing: records become codes.

use crate::city::City;
use crate::register::Register;
use crate::stage::{Failure, Said, Stage, json};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// An issued code.
#[derive(Clone)]
pub struct Code {
    /// The person's number in the register.
    pub number: String,
    /// What the code says.
    pub text: String,
    /// Its PNG, in the stage's folder.
    pub picture: PathBuf,
}

/// The codes of one person.
pub struct Issued {
    /// As `compact`.
    pub compact: Code,
    /// As `eu-dcc`.
    pub eu: Code,
    /// The compact codes of two people who have no other.
    pub domestic: [Code; 2],
}

fn issue(stage: &Stage, city: &City, register: &Register, rest: &[&str]) -> Result<Said, Failure> {
    let (keys, bundle) = (city.path("keys"), city.bundle());
    let common = ["issue", "--register", &register.file, "--keys", &keys, "--trust", &bundle, "--root", &city.pin];
    stage.run_with_keys("tegata-issuer", &[&common, rest].concat())
}

/// What the manifest of a folder says was issued.
fn manifest(stage: &Stage, folder: &str) -> Result<Vec<(String, Code)>, Failure> {
    let folder = PathBuf::from(folder);
    let mut codes = Vec::new();
    for line in std::fs::read_to_string(stage.folder().join(&folder).join("manifest.ndjson"))?.lines() {
        let line = json(line)?;
        let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let pictures = line["files"].as_array().into_iter().flatten().filter_map(|file| file.as_str());
        if let Some(picture) = pictures.into_iter().find(|file| file.ends_with(".png")) {
            let code = Code { number: text("number"), text: text("text"), picture: folder.join(picture) };
            codes.push((text("format"), code));
        }
    }
    Ok(codes)
}

/// A code that is in force for a second.
pub struct Expiring {
    /// It.
    pub code: Code,
    issued: Instant,
}

impl Expiring {
    /// Waits until its second is over, with another one for the second that its times are cut to.
    pub fn wait_until_over(&self) {
        std::thread::sleep(Duration::from_millis(2_100).saturating_sub(self.issued.elapsed()));
    }
}

/// Issues for a second what the first record of the register says.
pub fn issue_for_a_second(stage: &Stage, city: &City, register: &Register) -> Result<Expiring, Failure> {
    let out = city.path("expiring");
    let number = first_number(stage, city)?;
    let rest = ["--key", "office", "--person", &number, "--valid-for", "1s", "--out", &out];
    issue(stage, city, register, &rest)?;
    Ok(Expiring { code: only(manifest(stage, &out)?)?, issued: Instant::now() })
}

/// Everybody's codes, in both formats, twice: the same again.
pub fn issue_all(stage: &Stage, city: &City, register: &Register) -> Result<Issued, Failure> {
    let out = city.path("codes");
    let rest = ["--key", "office", "--key", "office-eu", "--format", "compact,eu-dcc", "--picture", "png,svg"];
    let rest = [&rest[..], &["--all", "--json", "--out", &out]].concat();
    let first = json(&issue(stage, city, register, &rest)?.out)?;
    let codes = manifest(stage, &out)?;
    let count = |format: &str| codes.iter().filter(|(of, _)| of == format).count() as u64;
    let (compact, eu) = (count("compact"), count("eu-dcc"));
    stage.expect(compact == register.people, || format!("{compact} compact codes for {} people", register.people))?;
    stage.expect(first["issued"] == compact + eu, || format!("{first} of {compact} and {eu} codes"))?;

    let again = json(&issue(stage, city, register, &rest)?.out)?;
    stage.expect(again["issued"] == 0 && again["again"] == compact + eu, || format!("issuing again: {again}"))?;
    println!("✔ issued {compact} compact and {eu} eu-dcc codes as PNG and SVG; issuing again gives the same ones");
    let nameless = &first["refused"]["romanised-name-missing"];
    stage.expect(*nameless == compact - eu, || format!("{first}: who has no eu-dcc code"))?;
    println!(
        "  ({nameless} people are in the register without a romanised name; eu-dcc needs one, and nobody guesses it)"
    );

    let both = codes.iter().find_map(|(format, eu)| {
        let compact = codes.iter().find(|(of, code)| of == "compact" && code.number == eu.number);
        compact.filter(|_| format == "eu-dcc").map(|(_, compact)| (compact.clone(), eu.clone()))
    });
    let (compact, eu) = both.ok_or_else(|| Failure("nobody has codes in both formats".to_owned()))?;
    let travels = |code: &Code| codes.iter().any(|(of, other)| of == "eu-dcc" && other.number == code.number);
    let mut domestic = codes.iter().map(|(_, code)| code).filter(|code| !travels(code)).cloned();
    let two = domestic.next().zip(domestic.next());
    let (one, other) = two.ok_or_else(|| Failure("everybody has codes in both formats".to_owned()))?;
    Ok(Issued { compact, eu, domestic: [one, other] })
}

/// Issues again what the record of one person says, into a folder of its own.
pub fn issue_again(stage: &Stage, city: &City, register: &Register, number: &str) -> Result<Code, Failure> {
    let out = city.path("again");
    issue(stage, city, register, &["--key", "office", "--person", number, "--out", &out])?;
    only(manifest(stage, &out)?)
}

/// One compact code of a city with few people.
pub fn issue_one(stage: &Stage, city: &City) -> Result<Code, Failure> {
    let register = Register::import(stage, city, 3, 0.0)?;
    let out = city.path("codes");
    let number = first_number(stage, city)?;
    issue(stage, city, &register, &["--key", "office", "--person", &number, "--out", &out])?;
    only(manifest(stage, &out)?)
}

/// Draws a person's code in the terminal.
pub fn draw(stage: &Stage, city: &City, number: &str) -> Result<(), Failure> {
    let register = Register { file: city.path("register.sqlite"), people: 0 };
    let drawn = issue(stage, city, &register, &["--key", "office", "--person", number, "--terminal"])?;
    print!("{}", drawn.out);
    Ok(())
}

/// The number of somebody in the sample whose row is good: the first row after the headings.
fn first_number(stage: &Stage, city: &City) -> Result<String, Failure> {
    // The number is the first cell and in ASCII, whatever the encoding of the rest.
    let rows = std::fs::read(stage.folder().join(city.path("sample/residents.csv")))?;
    let row = rows.split(|byte| *byte == b'\n').nth(1).unwrap_or_default();
    let cell = row.split(|byte| *byte == b',').next().unwrap_or_default();
    Ok(String::from_utf8_lossy(cell).trim_matches('"').to_owned())
}

fn only(codes: Vec<(String, Code)>) -> Result<Code, Failure> {
    match codes.as_slice() {
        [(_, code)] => Ok(code.clone()),
        codes => Err(Failure(format!("{} codes instead of one", codes.len()))),
    }
}
