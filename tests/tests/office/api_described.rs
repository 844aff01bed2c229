//! What the interface says of itself: its description, its page, and schemathesis over both.

use crate::place::{BIRTH, FAR, NEAR, Place, SHIELDED};
use crate::system::{System, near, said};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tegata_issuer::ActKind;
use tegata_issuer::office::{CALLS, described};

/// What stands before each block of the page that is run.
const MARK: &str = "<!-- tests/tests/office runs this block. -->\n```sh\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn page() -> String {
    fs::read_to_string(root().join("docs/api.md")).expect("the page")
}

#[test]
fn the_description_has_every_call_and_is_the_same_from_the_command_and_the_service() {
    let description: Value = serde_json::from_str(described()).expect("JSON");
    assert_eq!(description["openapi"], "3.1.0");
    let paths = description["paths"].as_object().expect("paths");
    let told: BTreeSet<(&str, &str)> = paths
        .iter()
        .flat_map(|(path, methods)| methods.as_object().expect("methods").keys().map(|m| (path.as_str(), m.as_str())))
        .collect();
    let mut calls: BTreeSet<(&str, &str)> = CALLS.iter().map(|route| (route.path, route.method)).collect();
    calls.insert(("/api/v1/openapi.json", "get"));
    assert_eq!(told, calls);
    let place = Place::new("");
    let served = place.browser().ask("GET", "/api/v1/openapi.json", &[], "");
    assert_eq!((served.status, served.header("content-type")), (200, Some("application/json")));
    assert_eq!(served.body, described());
    let program = std::env::current_exe().expect("this program");
    let tool = program.ancestors().nth(2).expect("the folder of the tools").join("tegata-issuer");
    let printed = Command::new(tool).args(["serve", "--openapi"]).output().expect("runs");
    assert!(printed.status.success());
    assert_eq!(String::from_utf8_lossy(&printed.stdout), described());
}

#[test]
fn the_page_names_every_call_and_explains_every_problem() {
    let page = page();
    for route in CALLS {
        let short = route.path.trim_start_matches("/api/v1/");
        assert!(page.contains(&format!("`{short}`")), "docs/api.md says nothing of {short}");
    }
    let mut codes = BTreeSet::new();
    // The words of troubles stand in the sources, each as the second argument of its maker.
    for entry in fs::read_dir(root().join("issuer/src/office/api")).expect("the folder") {
        let source = fs::read_to_string(entry.expect("an entry").path()).expect("a source");
        let lines: Vec<&str> = source.lines().map(str::trim).collect();
        for pair in lines.windows(2).filter(|pair| pair[0].starts_with("StatusCode::") && pair[1].starts_with('"')) {
            codes.insert(pair[1].trim_matches(|c| c == '"' || c == ',').to_owned());
        }
    }
    let others = [
        "role",
        "suspended",
        "nobody",
        "busy",
        "too-often",
        "register",
        "keys",
        "approval",
        "not-understood",
        "failed",
        "signing",
        "not-issued",
        "nothing-to-withdraw",
        "characters",
        "dense",
        "no-press",
    ];
    codes.extend(others.map(str::to_owned));
    assert!(codes.len() > 25, "{codes:?}");
    for code in codes {
        assert!(page.contains(&format!("\n### {code}\n")), "docs/api.md does not explain {code}");
    }
}

#[test]
fn the_page_s_commands_do_what_it_says() {
    if Command::new("curl").arg("--version").output().is_err() {
        println!("docs/api.md: skipped without curl");
        return;
    }
    let place = Place::new("");
    let mut system = System::new(&place, "near");
    let blocks: Vec<String> = page()
        .split(MARK)
        .skip(1)
        .map(|rest| rest.split_once("```\n").expect("the end of the block").0.to_owned())
        .collect();
    assert!(blocks.len() >= 4, "{} blocks are run", blocks.len());
    let folder = tempfile::tempdir().expect("a folder");
    let script =
        format!("set -e\nexport OFFICE=http://{} TOKEN={}\n{}", place.address, system.token, blocks.join("\n"));
    let done = Command::new("sh").arg("-c").arg(&script).current_dir(folder.path()).output().expect("runs");
    let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{told}");
    let record = system.post("records/read", &crate::system::whom("4711", "1980-05-06"));
    assert_eq!(said(&record)["name"], "山田　太郎");
    let certificates = fs::read_to_string(folder.path().join("certificates.json")).expect("certificates");
    assert!(certificates.contains("\"TG1:"), "{certificates}");
    assert!(fs::read_to_string(folder.path().join("record.json")).expect("a bundle").contains("\"Bundle\""));
}

/// schemathesis, where `cargo xtask test` puts it, or where the variable says.
fn schemathesis() -> Option<PathBuf> {
    let named = std::env::var_os("TEGATA_SCHEMATHESIS").map(PathBuf::from);
    named.or_else(|| Some(root().join("target/schemathesis/bin/schemathesis")).filter(|path| path.is_file()))
}

/// Runs it over a description, with every check; gives what it said.
fn finds_nothing(place: &Place, system: &System, config: &str, location: &[&str]) -> String {
    let Some(program) = schemathesis() else {
        println!("schemathesis: SKIPPED: it is not here; cargo xtask test installs it");
        return String::new();
    };
    let folder = tempfile::tempdir().expect("a folder");
    let done = Command::new(program)
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(root().join("tests/schemathesis").join(config))
        .args(["run", "--checks", "all", "--no-color", "--header"])
        .arg(format!("Authorization: Bearer {}", system.token))
        .args(location)
        .output()
        .expect("runs");
    let told = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    println!("{told}");
    assert!(done.status.success(), "{told}");
    // It must have come through the guard: what it did is in the audit.
    let noted = place.audit().iter().filter(|entry| entry.actor == "vendor-near").count();
    assert!(noted > 50, "only {noted} acts are noted");
    told
}

#[test]
fn schemathesis_finds_nothing() {
    // Whom nobody knows is what it asks about most.
    let place = Place::new("misses-a-minute = 100000");
    let mut system = System::new(&place, "near");
    finds_nothing(&place, &system, "schemathesis.toml", &[&format!("http://{}/api/v1/openapi.json", place.address)]);
    assert_eq!(system.post("records/read", &near()).status, 200, "nobody was changed");
}

/// The description with people who are there, purposes of the office, and entries of a bundle: what is beyond the first look.
fn narrowed() -> Value {
    let mut description: Value = serde_json::from_str(described()).expect("JSON");
    let schemas = &mut description["components"]["schemas"];
    let whom = &mut schemas["Whom"]["properties"];
    whom["number"] = json!({ "type": "string", "enum": [NEAR, FAR, SHIELDED] });
    whom["birth"] = json!({ "type": "string", "enum": [BIRTH] });
    whom["purpose"] = json!({ "type": "string", "enum": ["issue", "inquiry"] });
    let text = || json!({ "type": ["string", "null", "integer"] });
    let coded = || {
        json!({ "type": "object", "properties": {
        "coding": { "type": "array", "items": { "type": "object", "properties": {
            "system": { "enum": ["http://hl7.org/fhir/sid/cvx", "x"] }, "code": { "enum": ["208", "207", "x", 1] } } } },
        "text": text() } })
    };
    let number = json!({ "type": "array", "items": { "type": "object", "properties": {
        "system": { "enum": ["https://github.com/tegata/tegata/fhir/resident-number", "urn:x"] },
        "value": { "enum": ["1", "2", "5", "05", "x y", ""] } } } });
    schemas["Bundle"]["properties"]["type"] = json!({ "enum": ["collection", "transaction"] });
    schemas["Bundle"]["properties"]["entry"] = json!({ "type": "array", "maxItems": 4, "items": { "type": "object", "properties": {
        "fullUrl": { "enum": ["urn:uuid:1", "Patient/1", "x"] },
        "resource": { "type": "object", "required": ["resourceType"], "properties": {
            "resourceType": { "enum": ["Patient", "Immunization", "Observation"] }, "id": { "enum": ["1", "2"] },
            "identifier": number, "birthDate": { "enum": ["1980-05-06", "1980", "1980-13-45", "x", 7] },
            "name": { "type": "array", "items": { "type": "object", "properties": { "text": text(), "family": text() } } },
            "gender": text(), "active": { "type": "boolean" }, "status": { "enum": ["completed", "not-done", "x"] },
            "patient": { "type": "object", "properties": { "reference": { "enum": ["urn:uuid:1", "Patient/1", "#a", ""] } } },
            "occurrenceDateTime": { "enum": ["2021-06-21", "2021-06", "2021-06-21T10:00:00Z", "x"] },
            "vaccineCode": coded(), "lotNumber": text(), "location": { "type": "object", "properties": { "display": text() } },
            "protocolApplied": { "type": "array", "items": { "type": "object", "properties": {
                "doseNumberPositiveInt": { "type": ["integer", "string"] } } } },
        } },
    } } });
    for call in ["/api/v1/imports", "/api/v1/imports/fhir"] {
        let parameters = description["paths"][call]["post"]["parameters"].as_array_mut().expect("parameters");
        parameters.retain(|one| one["in"] == "query" && one["name"] != "municipality");
    }
    description
}

#[test]
fn schemathesis_finds_nothing_about_people_who_are_there_either() {
    let place = Place::withdrawing("misses-a-minute = 100000", "[second-person]\nrevoke = false\nreinstate = false\n");
    let system = System::new(&place, "near");
    let file = tempfile::NamedTempFile::with_suffix(".json").expect("a file");
    fs::write(file.path(), narrowed().to_string()).expect("writes");
    let address = format!("http://{}", place.address);
    let told = finds_nothing(&place, &system, "people.toml", &[&file.path().to_string_lossy(), "--url", &address]);
    if told.is_empty() {
        return;
    }
    let acts = place.audit();
    for kind in [ActKind::View, ActKind::Export, ActKind::Import, ActKind::Issue, ActKind::ApprovalAsked] {
        assert!(acts.iter().any(|entry| entry.act == kind && entry.actor == "vendor-near"), "{kind:?} was never done");
    }
    let proof = place.register(|register| register.verify_audit(&[]).expect("reads"));
    assert!(proof.fault.is_none(), "the chain holds");
}
