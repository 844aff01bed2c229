//! Our FHIR exports are read by models that are not ours, as the register has it.

use serde_json::{Value, json};
use std::env;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use tegata_certificate::{Date, RegisteredName, RomanisedName, Sex};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::{
    Encoding, ExportForm, Input, Layout, Record, Register, SampleOptions, Selection, Sources, export, import,
    write_sample,
};

fn expected(record: &Record) -> Value {
    let person = &record.person;
    let gender = person.sex.map(|sex| match sex {
        Sex::Male => "male",
        Sex::Female => "female",
        Sex::NotApplicable => "other",
        Sex::NotKnown => "unknown",
    });
    let doses: Vec<Value> = record
        .doses
        .iter()
        .map(|dose| {
            json!({
                "number": dose.number, "date": dose.date.to_string(), "cvx": format!("{:02}", dose.product.cvx),
                "lot": dose.lot, "site": dose.site,
            })
        })
        .collect();
    json!({
        "kanji": person.registered.as_ref().map(RegisteredName::to_line),
        "kana": person.kana,
        "latin": person.romanised.as_ref().map(RomanisedName::to_mrz),
        "birth": person.birth.to_string(),
        "gender": gender,
        "nationality": person.nationality,
        "passport": person.passport,
        "shielded": person.shielded,
        "doses": doses,
    })
}

/// A register of two hundred people and some with what samples lack.
fn register(folder: &Path) -> Register {
    let today = Date::from_ymd(2026, 11, 1).expect("a day");
    let options = SampleOptions { people: 200, seed: 21, faults: 0.0, layout: Layout::Vrs, encoding: Encoding::Utf8 };
    let sample = write_sample(&options, folder).expect("writes");
    let mut register = Register::open_or_create(folder.join("register.sqlite")).expect("opens");
    let open = |at: usize| Some(Input::open(&sample.files[at]).expect("opens"));
    let more = "resident_id,name,name_romaji,birth_date,sex,shield_flag,nationality,passport_no
X-1,一人,ARKFREITH,1940,9,1,D<<,C01X0006H
X-2,李  明,VAN<DER<BERG<<ANNA<MARIA,1941-05,0,0,CHN,\n";
    let more = Some(Input::from_bytes("more.csv", more.into()));
    for (residents, doses) in [(open(0), open(1)), (more, None)] {
        let sources = Sources::Wide { residents, doses };
        let mut findings = 0;
        import(&mut register, sources, today, false, &mut |_: &Diagnostic| findings += 1).expect("imports");
        assert_eq!(findings, 0);
    }
    register
}

#[test]
fn two_hundred_people_are_read_by_models_of_fhir_that_are_not_ours() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let records = register.records_after(None, 1000).expect("reads");
    assert_eq!(records.len(), 202);
    let all: serde_json::Map<String, Value> =
        records.iter().map(|record| (record.person.number.to_string(), expected(record))).collect();
    fs::write(folder.path().join("expected.json"), Value::Object(all).to_string()).expect("a file");
    let some = Selection::People(records.iter().step_by(4).map(|record| record.person.number.clone()).collect());
    let mut write = |name: &str, selection: &Selection, form: ExportForm| {
        let mut file = File::create(folder.path().join(name)).expect("a file");
        export(&mut register, selection, &form, &mut file).expect("exports");
    };
    write("bundle.json", &some, ExportForm::FhirBundle { identifier_system: None });
    write("all.ndjson", &Selection::All, ExportForm::FhirLines { identifier_system: None });

    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = env::var_os("TEGATA_READERS_PYTHON").map(PathBuf::from).unwrap_or_else(|| {
        let installed = tests.join("../target/readers/bin/python");
        if installed.is_file() { installed } else { PathBuf::from("python3") }
    });
    let output = match Command::new(python).arg(tests.join("readers/fhir_records.py")).arg(folder.path()).output() {
        Ok(output) => output,
        Err(error) => {
            println!("fhir_records.py: skipped: {error}");
            return;
        }
    };
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("fhir_records.py: {said}");
    match output.status.code() {
        Some(0) => assert!(said.contains("lines: 202 patients"), "{said}"),
        Some(77) => println!("fhir_records.py: skipped; cargo xtask test installs what is missing"),
        _ => panic!("fhir_records.py disagrees:\n{said}"),
    }
}
