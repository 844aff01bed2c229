//! One record, every family: what is issued is valid by our verifier, gives back what the record says, and is read by
//! libraries that are not ours.

use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tegata_certificate::icvp::Generation;
use tegata_certificate::vaccine::{CodeSystem, who};
use tegata_certificate::{Certificate, Format, RegisteredName, RomanisedName};
use tegata_issuer::health_cards::{PublishedKey, static_files};
use tegata_issuer::issue::{Issuance, MANIFEST, Picture, Purpose};
use tegata_issuer::{CardList, Record};
use tegata_keys::Signer;
use tegata_tests::specimen::NOW;
use tegata_tests::travel_office::{ISS, TravelOffice};
use tegata_verifier::{Moment, Outcome, Policy, Verifier};

/// A line of a manifest that holds a certificate.
struct Issued {
    number: String,
    format: Format,
    dose: Option<usize>,
    text: String,
    files: Vec<PathBuf>,
}

fn manifest(folder: &Path) -> Vec<Issued> {
    let text = fs::read_to_string(folder.join(MANIFEST)).expect("a manifest");
    let line = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("JSON");
        Some(Issued {
            number: line["number"].as_str()?.to_owned(),
            format: Format::from_name(line["format"].as_str()?)?,
            dose: line["dose"].as_u64().map(|dose| dose as usize),
            text: line["text"].as_str()?.to_owned(),
            files: line["files"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|f| Some(folder.join(f.as_str()?)))
                .collect(),
        })
    };
    text.lines().filter_map(line).collect()
}

fn verifier(office: &TravelOffice) -> Verifier {
    Verifier::new(office.state(), Policy { accept_demo: true, ..Policy::default() }).expect("told so")
}

fn counted(issued: &[Issued]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for one in issued {
        *counts.entry(one.format.name()).or_default() += 1;
    }
    counts
}

/// The doses that a family can say, as the register has them.
fn known(record: &Record, system: CodeSystem) -> Vec<&tegata_issuer::Dose> {
    record.doses.iter().filter(|dose| dose.product.code(system).code().is_some()).collect()
}

/// The id that the register names.
fn who_product(dose: &tegata_issuer::Dose) -> Option<String> {
    dose.maker.as_deref().and_then(who::find).map(|entry| entry.id())
}

#[test]
fn what_each_family_can_say_of_a_record_comes_back_from_its_code() {
    let mut office = TravelOffice::new(40, 31);
    let out = office.folder().join("all");
    office.issue(&Format::ALL, Purpose::Travel, &out, &[]);
    office.icvp = Some(Generation::Gen2);
    let newer = office.folder().join("newer");
    let again = office.issue(&[Format::Icvp], Purpose::Travel, &newer, &[]);
    assert_eq!((again.issued, again.again), (40, 0), "another model is another certificate");
    let mut issued = manifest(&out);
    issued.extend(manifest(&newer));
    let verifier = verifier(&office);
    for one in &issued {
        let verdict = verifier.verify(&one.text, Moment::Now(NOW));
        let family = one.format.name();
        assert_eq!(verdict.outcome(), Outcome::Valid, "{family}: {:?}", verdict.reason());
        assert!(verdict.findings().is_empty(), "{family}: {:?}", verdict.findings());
        let certificate = verdict.certificate().expect("valid");
        assert_eq!(certificate.format, one.format);
        says_the_record(certificate, &office.record(&one.number), one);
    }
    let counts = counted(&issued);
    for (family, count) in [("compact", 40), ("icvp", 80), ("shc", 40), ("vds-nc", 40)] {
        assert_eq!(counts[family], count, "{counts:?}");
    }
    assert!(counts["eu-dcc"] >= 30, "{counts:?}");
}

fn says_the_record(certificate: &Certificate, record: &Record, one: &Issued) {
    let (person, holder, family) = (&record.person, &certificate.holder, one.format.name());
    assert_eq!(holder.birth, person.birth, "{family}");
    // Of a name each family carries what it has room for; no name is another's.
    if let Some(name) = &holder.romanised {
        let whole = person.romanised.as_ref().expect("has one").to_mrz();
        let cut = name.to_mrz();
        assert!(whole == cut || (one.format == Format::VdsNc && whole.starts_with(&cut)), "{family}");
    }
    if matches!(one.format, Format::Compact | Format::Shc) {
        let line = |name: &RegisteredName| name.to_line();
        assert_eq!(holder.registered.as_ref().map(line), person.registered.as_ref().map(line), "{family}");
    }
    if matches!(one.format, Format::Compact | Format::Icvp | Format::VdsNc) {
        let number = holder.document.as_ref().map(|document| document.number.as_str());
        assert_eq!(number, person.passport.as_deref(), "{family}");
    }
    let facts = |certificate: &Certificate| {
        let mut facts: Vec<_> = certificate.doses.iter().map(|dose| (dose.date, dose.lot.clone())).collect();
        facts.sort();
        facts
    };
    let of_record = |doses: &[&tegata_issuer::Dose]| {
        let mut facts: Vec<_> = doses.iter().map(|dose| (Some(dose.date), dose.lot.clone())).collect();
        facts.sort();
        facts
    };
    match one.format {
        Format::Compact | Format::Shc => {
            assert_eq!(facts(certificate), of_record(&record.doses.iter().collect::<Vec<_>>()), "{family}");
            for (said, dose) in certificate.doses.iter().zip(&record.doses) {
                assert_eq!(said.vaccine.code, dose.product.cvx.to_string(), "{family}");
            }
        }
        Format::VdsNc => assert_eq!(facts(certificate), of_record(&known(record, CodeSystem::Icd11)), "{family}"),
        Format::Icvp => {
            let dose = &record.doses[one.dose.expect("one a dose") - 1];
            assert_eq!(facts(certificate), of_record(&[dose]), "{family}");
            assert_eq!(Some(&certificate.doses[0].vaccine.code), who_product(dose).as_ref(), "{family}");
        }
        Format::EuDcc => {
            let latest = record.doses.iter().rev().find(|dose| dose.product.eu.is_some()).expect("has one");
            assert_eq!(certificate.doses[0].date, Some(latest.date), "{family}");
        }
    }
}

#[test]
fn a_purpose_chooses_families_and_fields_and_none_replaces_another() {
    let office = TravelOffice::new(5, 32);
    let out = office.folder().join("purposes");
    let issue = |purpose: Purpose| office.issue(&purpose.formats(), purpose, &out, &[Picture::Svg]);
    let domestic = issue(Purpose::Domestic);
    let within = manifest(&out);
    assert_eq!(counted(&within), BTreeMap::from([("compact", 5), ("shc", 5)]));
    let verifier = verifier(&office);
    for one in &within {
        let verdict = verifier.verify(&one.text, Moment::Now(NOW));
        let holder = &verdict.certificate().expect("valid").holder;
        assert!(holder.romanised.is_none() && holder.document.is_none(), "{}", one.format.name());
    }
    let travel = issue(Purpose::Travel);
    assert!(travel.issued > domestic.issued && travel.again == 0, "{travel:?}");
    for one in manifest(&out).iter().filter(|one| one.format == Format::Shc) {
        let verdict = verifier.verify(&one.text, Moment::Now(NOW));
        let holder = &verdict.certificate().expect("valid").holder;
        assert!(holder.romanised.is_some() && holder.registered.is_some());
    }
    // Both editions are kept, each the same when it is issued again, and no file of one overwrote the other's.
    let again = issue(Purpose::Domestic);
    assert_eq!(again, Issuance { issued: 0, again: domestic.issued, refused: domestic.refused });
    for one in &within {
        assert!(one.files.iter().all(|file| file.is_file()));
        if one.format == Format::Shc {
            assert!(out.join(format!("{}.shc.travel.svg", one.number)).is_file());
        }
    }
}

/// What the register says, for readers that are not ours.
fn expected(record: &Record) -> Value {
    let person = &record.person;
    let romanised = person.romanised.as_ref();
    let doses = record.doses.iter().map(|dose| {
        json!({
            "date": dose.date.to_string(),
            "lot": dose.lot,
            "cvx": dose.product.cvx.to_string(),
            "eu": dose.product.eu.map(|eu| eu.product),
            "icd11": dose.product.code(CodeSystem::Icd11).code(),
            "who": who_product(dose),
        })
    });
    json!({
        "family": romanised.map(RomanisedName::family),
        "given": romanised.map(RomanisedName::given),
        "name": person.registered.as_ref().map(RegisteredName::to_line),
        "birth": person.birth.to_string(),
        "document": person.passport,
        "doses": doses.collect::<Vec<_>>(),
    })
}

/// Runs a reader that is not ours; says so where it cannot be run.
///
/// # Panics
/// Where it does not read what the register says.
fn run(what: &str, command: &mut Command) {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => {
            println!("{what}: skipped: {error}");
            return;
        }
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{what}: {said}");
    match output.status.code() {
        Some(0) => {}
        Some(77) => println!("{what}: skipped; cargo xtask test installs what is missing"),
        _ => panic!("{what} disagrees:\n{said}"),
    }
}

#[test]
fn two_hundred_people_s_certificates_are_read_by_libraries_that_are_not_ours() {
    let mut office = TravelOffice::new(200, 33);
    let out = office.folder().join("certificates");
    office.issue(&Format::ALL, Purpose::Travel, &out, &[]);
    let mut issued = manifest(&out);
    office.icvp = Some(Generation::Gen2);
    let newer = office.folder().join("newer");
    office.issue(&[Format::Icvp], Purpose::Travel, &newer, &[]);
    issued.extend(manifest(&newer));
    let counts = counted(&issued);
    assert!(
        ["shc", "vds-nc"].iter().all(|family| counts[family] == 200)
            && counts["icvp"] == 400
            && counts["eu-dcc"] >= 150,
        "{counts:?}"
    );

    let cards = &office.keys[3];
    let list = CardList { counter: 1, rids: Vec::new() };
    let files = static_files(&[PublishedKey { key: cards.verifying_key(), list }]).expect("a P-256 key");
    let jwks = files.iter().find(|file| file.path.ends_with("jwks.json")).expect("a key set");
    let jwks: Value = serde_json::from_slice(&jwks.bytes).expect("JSON");
    let mut lines = String::new();
    for one in issued.iter().filter(|one| one.format != Format::Compact) {
        let place = Format::ALL.iter().position(|format| *format == one.format).expect("one of all");
        let cose_key = data_encoding::HEXLOWER.encode(&office.keys[place].verifying_key().to_cose_key());
        let mut line = json!({
            "format": one.format.name(),
            "text": one.text,
            "cose_key": cose_key,
            "expected": expected(&office.record(&one.number)),
        });
        match one.format {
            Format::Shc => {
                line["iss"] = json!(ISS);
                line["jwks"] = jwks.clone();
            }
            Format::VdsNc => line["anchor"] = json!(data_encoding::BASE64.encode(&office.csca)),
            _ => {}
        }
        lines.push_str(&line.to_string());
        lines.push('\n');
    }
    fs::write(out.join("families.ndjson"), lines).expect("a file");

    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = tests.join("../target");
    let python = env::var_os("TEGATA_READERS_PYTHON").map(PathBuf::from).unwrap_or_else(|| {
        let installed = target.join("readers/bin/python");
        if installed.is_file() { installed } else { PathBuf::from("python3") }
    });
    run("families.py", Command::new(python).arg(tests.join("readers/families.py")).arg(&out));
    let modules = env::var_os("TEGATA_READERS_NODE").map_or_else(|| target.join("readers-node"), PathBuf::from);
    run("health_cards.mjs", Command::new("node").arg(tests.join("readers/health_cards.mjs")).arg(&out).arg(modules));
}
