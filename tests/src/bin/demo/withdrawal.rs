//! Withdrawing: a certificate counts no more, another counts again, and the verifier still asks nobody; it
//! updates when it can.

use crate::city::City;
use crate::codes::{Code, Issued, issue_again};
use crate::register::Register;
use crate::stage::{Failure, Said, Stage, json};
use crate::verdicts::{Wanted, judge_by};

/// Of a certificate that was withdrawn.
pub const REVOKED: Wanted<'static> = ("not-valid", Some("revoked"), 1);
/// Of one that counts.
pub const VALID: Wanted<'static> = ("valid", None, 0);

/// Two certificates are withdrawn, one of them by mistake; that one is reinstated, and for the other a new one is issued.
pub fn tell(stage: &Stage, city: &City, register: &Register, issued: &Issued) -> Result<(), Failure> {
    println!(
        "\nA verifier that keeps its lists and updates them, by hand here, from the web or a USB stick elsewhere:"
    );
    let [wrong, mistaken] = &issued.domestic;
    stage.run("tegata-verifier", &["trust", "pin", &city.pin], 0)?;
    publish(stage, city, &[], "0 indices revoked")?;
    update(stage, city)?;
    judge(stage, wrong, "wrong.png, before anybody noticed", VALID)?;

    // The text of a code, as somebody brought it in.
    let brought = city.path("brought.txt");
    std::fs::write(stage.folder().join(&brought), &mistaken.text)?;
    let first = ask(stage, city, register, "revoke", &["--person", &wrong.number, "--certificate", &brought])?;
    stage.expect(first["request"] == 1 && first["certificates"] == 2, || format!("{first}"))?;
    println!("\n✔ the office withdrew two certificates: request 1, signed with office-status");
    let again = ask(stage, city, register, "revoke", &["--person", &wrong.number])?;
    stage.expect(again["request"].is_null() && again["already"] == 1, || format!("{again}"))?;
    publish(stage, city, &["--request", &city.path("requests")], "2 indices revoked")?;
    unnoticed(stage, wrong)?;
    update(stage, city)?;
    judge(stage, wrong, "wrong.png, after the update", REVOKED)?;
    judge(stage, mistaken, "mistaken.png, withdrawn together with it", REVOKED)?;

    let second = ask(stage, city, register, "reinstate", &["--index", &place(stage, city, register, mistaken)?])?;
    stage.expect(second["request"] == 2 && second["certificates"] == 1, || format!("{second}"))?;
    let renewed = issue_again(stage, city, register, &wrong.number)?;
    stage.expect(renewed.text != wrong.text, || "a withdrawn certificate was handed out again".to_owned())?;
    println!("\n✔ the office reinstated the one that was right (request 2), and issued the other person's anew");
    publish(stage, city, &["--request", &city.path("requests")], "1 indices revoked")?;
    update(stage, city)?;
    judge(stage, mistaken, "mistaken.png, reinstated", VALID)?;
    judge(stage, &renewed, "renewed.png, the new certificate", VALID)?;
    judge(stage, wrong, "wrong.png, still withdrawn", REVOKED)?;
    published(stage, city, register)
}

fn judge(stage: &Stage, code: &Code, shown_as: &str, wanted: Wanted<'_>) -> Result<(), Failure> {
    judge_by(stage, &[], &code.picture, shown_as, wanted)
}

/// What is published changes nothing in a verifier that has not updated.
fn unnoticed(stage: &Stage, code: &Code) -> Result<(), Failure> {
    let picture = code.picture.display().to_string();
    stage.run("tegata-verifier", &["verify", &picture, "--demo"], 0).map(drop)
}

/// The status service's daily work.
pub fn publish(stage: &Stage, city: &City, requests: &[&str], says: &str) -> Result<Said, Failure> {
    let trust = city.path("trust");
    let line = [&["status", "publish", "--dir", &trust], requests].concat();
    let said = stage.run_with_keys("tegata-trust", &line)?;
    stage.expect(said.out.contains(says), || format!("no {says:?} in:\n{}", said.out))?;
    Ok(said)
}

/// The verifier takes up what is published.
pub fn update(stage: &Stage, city: &City) -> Result<(), Failure> {
    let published = city.path("trust/published");
    stage.run("tegata-verifier", &["update", "--from", &published], 0).map(drop)
}

/// A command that makes a request, by the published list.
fn ask(
    stage: &Stage,
    city: &City,
    register: &Register,
    command: &str,
    what: &[&str],
) -> Result<serde_json::Value, Failure> {
    let (keys, bundle) = (city.path("keys"), city.bundle());
    let common = [command, "--register", &register.file, "--keys", &keys, "--status-key", "office-status"];
    let lists = ["--trust", &bundle, "--root", &city.pin, "--json"];
    json(&stage.run_with_keys("tegata-issuer", &[&common, &lists[..], what].concat())?.out)
}

/// Where a person's certificate stands in the status list, as `shard:index`.
fn place(stage: &Stage, city: &City, register: &Register, code: &Code) -> Result<String, Failure> {
    let status = ["status", "--register", &register.file, "--person", &code.number, "--json"];
    let answer = json(&stage.run("tegata-issuer", &status, 0)?.out)?;
    let certificates = answer["certificates"].as_array().cloned().unwrap_or_default();
    let withdrawn = certificates.iter().find(|certificate| certificate["state"] == "withdrawn");
    let withdrawn = withdrawn.ok_or_else(|| Failure(format!("{}: nothing withdrawn in {answer}", city.id)))?;
    Ok(format!("{}:{}", withdrawn["shard"], withdrawn["index"]))
}

/// The office sees that everything it asked for is published.
fn published(stage: &Stage, city: &City, register: &Register) -> Result<(), Failure> {
    let (trust, bundle) = (city.path("trust"), city.bundle());
    stage.run("tegata-trust", &["bundle", "--dir", &trust, "--out", &bundle], 0)?;
    let status = ["status", "--register", &register.file, "--trust", &bundle, "--root", &city.pin, "--json"];
    let status = json(&stage.run("tegata-issuer", &status, 0)?.out)?;
    let (shown, published) = (status["published"]["shown"].as_u64(), &status["published"]);
    let all = shown == Some(2) && published["waiting"] == 0 && published["unknown"] == 0;
    stage.expect(all && status["withdrawn"] == 1 && status["reinstated"] == 1, || format!("{status:#}"))?;
    println!("\n✔ tegata-issuer status: 2 requests, both published; 1 certificate withdrawn, 1 reinstated");
    Ok(())
}
