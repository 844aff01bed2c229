//! Verifying: what the verifier says of each code, and what it should say.

use crate::city::City;
use crate::codes::{Code, Issued};
use crate::stage::{Failure, Stage, json};
use std::path::{Path, PathBuf};
use tegata_certificate::{Sealed, base45};
use tegata_issuer::{EcLevel, Symbol};

/// What a verdict should be: outcome, reason, exit status.
pub type Wanted<'a> = (&'a str, Option<&'a str>, i32);

/// Judges a picture by a city's list, as a machine and as a person, and shows what a person sees.
fn judge(stage: &Stage, city: &City, picture: &Path, shown_as: &str, wanted: Wanted<'_>) -> Result<(), Failure> {
    let bundle = city.bundle();
    judge_by(stage, &["--trust", &bundle, "--root", &city.pin], picture, shown_as, wanted)
}

/// The same by the lists that these arguments name; without any, by those that the last update kept.
pub fn judge_by(
    stage: &Stage,
    lists: &[&str],
    picture: &Path,
    shown_as: &str,
    wanted: Wanted<'_>,
) -> Result<(), Failure> {
    let (outcome, reason, status) = wanted;
    let picture = picture.display().to_string();
    let verify = [&["verify", &picture, "--demo"], lists].concat();
    let report = stage.run("tegata-verifier", &[&verify[..], &["--json"]].concat(), status)?;
    let report = json(&report.out)?;
    let as_wanted = report["outcome"] == outcome && report["reason"].as_str() == reason;
    stage.expect(as_wanted, || format!("{shown_as}: wanted {wanted:?}, got {report:#}"))?;
    let discreet = outcome == "valid" || report["certificate"].is_null();
    stage.expect(discreet, || format!("{shown_as}: personal data in a verdict that is not valid"))?;

    println!("\n  {shown_as}");
    for language in ["ja", "en"] {
        let said = stage.run("tegata-verifier", &[&verify[..], &["--lang", language]].concat(), status)?;
        let file = format!("  ({picture})");
        for line in said.out.lines().take(if reason.is_some() { 3 } else { 8 }).filter(|line| !line.contains("DEMO")) {
            println!("    {}", line.trim_end_matches(&file));
        }
    }
    Ok(())
}

/// Without `--demo`, and without a pin, nothing is judged at all.
pub fn refuse_without_demo(stage: &Stage, city: &City, code: &Code) -> Result<(), Failure> {
    let (picture, bundle) = (code.picture.display().to_string(), city.bundle());
    let told_nothing = ["verify", &picture, "--trust", &bundle, "--root", &city.pin];
    let said = stage.run("tegata-verifier", &told_nothing, 4)?;
    stage.expect(said.out.is_empty() && said.err.contains("DEMO"), || format!("{}{}", said.out, said.err))?;
    println!("\n  not told --demo\n    {}", said.err.lines().next().unwrap_or_default());
    let unpinned = stage.run("tegata-verifier", &["verify", &picture, "--trust", &bundle, "--demo"], 4)?;
    let refused = unpinned.out.is_empty() && unpinned.err.contains("no root is pinned");
    stage.expect(refused, || format!("{}{}", unpinned.out, unpinned.err))?;
    println!("\n  no root pinned\n    {}", unpinned.err.lines().next().unwrap_or_default());
    Ok(())
}

/// A code of each format.
pub fn valid(stage: &Stage, city: &City, issued: &Issued) -> Result<(), Failure> {
    judge(stage, city, &issued.compact.picture, "valid.png, compact", ("valid", None, 0))?;
    judge(stage, city, &issued.eu.picture, "valid.png, the same person's eu-dcc", ("valid", None, 0))
}

/// The same code with another name in it, in a picture as crisp as ours.
pub fn tampered(stage: &Stage, city: &City, code: &Code) -> Result<(), Failure> {
    let picture = PathBuf::from("tampered.png");
    let symbol = Symbol::encode(&rename(stage, city, code)?, EcLevel::default())?;
    std::fs::write(stage.folder().join(&picture), symbol.png(Symbol::DEFAULT_PIXELS_PER_MODULE)?)?;
    let wanted = ("not-valid", Some("signature-invalid"), 1);
    judge(stage, city, &picture, "tampered.png, one character of the name is another", wanted)
}

/// A code's text with another first character of the name; everything else is as it was signed.
fn rename(stage: &Stage, city: &City, code: &Code) -> Result<String, Failure> {
    let bundle = city.bundle();
    let verify = ["verify", &code.text, "--trust", &bundle, "--root", &city.pin, "--demo", "--json"];
    let report = json(&stage.run("tegata-verifier", &verify, 0)?.out)?;
    let name = report["certificate"]["holder"]["registered"].as_str().unwrap_or_default();
    let first = name.chars().next().map(String::from).unwrap_or_default();
    let other = ["一", "手"].into_iter().find(|other| *other != first && other.len() == first.len());
    let other = other.ok_or_else(|| Failure(format!("no other character as long as {first:?}")))?;
    let mut message = Sealed::decode(&code.text)?.message().to_vec();
    let place = message.windows(name.len()).position(|bytes| bytes == name.as_bytes());
    let place = place.ok_or_else(|| Failure("the name is not in the message as it is shown".to_owned()))?;
    message[place..place + other.len()].copy_from_slice(other.as_bytes());
    Ok(format!("TG1:{}", base45::encode(&message)))
}

/// A code whose second is over.
pub fn expired(stage: &Stage, city: &City, code: &Code) -> Result<(), Failure> {
    let wanted = ("not-valid", Some("expired"), 1);
    judge(stage, city, &code.picture, "expired.png, issued for one second", wanted)
}

/// A code that our list does not know, and the list that it came with, which our pin refuses.
pub fn unknown(stage: &Stage, ours: &City, theirs: &City, code: &Code, shown_as: &str) -> Result<(), Failure> {
    judge(stage, ours, &code.picture, shown_as, ("not-valid", Some("unknown-issuer"), 1))?;
    let (picture, bundle) = (code.picture.display().to_string(), theirs.bundle());
    let with_their_list = ["verify", &picture, "--trust", &bundle, "--root", &ours.pin, "--demo"];
    let said = stage.run("tegata-verifier", &with_their_list, 4)?;
    stage.expect(said.out.is_empty() && said.err.contains("refused"), || format!("{}{}", said.out, said.err))?;
    println!("    with the list it came with: {}", said.err.lines().next().unwrap_or_default());
    Ok(())
}

/// The other repository's code is good where its own root is pinned: the pin decides, not the code.
pub fn valid_at_home(stage: &Stage, city: &City, code: &Code) -> Result<(), Failure> {
    judge(stage, city, &code.picture, "tonari.png, where Tonari Town's root is pinned", ("valid", None, 0))
}
