//! FHIR R4 in and out: what is exported comes back as the same records; what other systems write is read strictly.

mod reading;

use std::fs;
use std::path::Path;
use tegata_certificate::Date;
use tegata_issuer::check::Diagnostic;
use tegata_issuer::{
    Encoding, ExportForm, FhirOptions, Input, Layout, Record, Register, RegisterNumber, SampleOptions, Selection,
    Sources, Summary, export, import, write_sample,
};

fn today() -> Date {
    Date::from_ymd(2026, 11, 1).expect("a day")
}

fn register(folder: &Path, name: &str) -> Register {
    Register::open_or_create(folder.join(name)).expect("opens")
}

fn import_all(register: &mut Register, sources: Sources) -> (Summary, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let summary = import(register, sources, today(), false, &mut |finding: &Diagnostic| findings.push(finding.clone()))
        .expect("imports");
    (summary, findings)
}

pub(crate) fn fhir(name: &str, bytes: &[u8]) -> Sources {
    Sources::Fhir(vec![Input::from_bytes(name, bytes.to_vec())], FhirOptions::default())
}

/// All records, with or without doses.
fn all(register: &mut Register) -> Vec<Record> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let last = records.last().map(|record| record.person.number.clone());
        let page = register.records_after(last.as_ref(), 64).expect("reads");
        if page.is_empty() {
            return records;
        }
        records.extend(page);
    }
}

/// A register of a sample, some of whose people have no dose.
fn sample(folder: &Path, people: u64) -> Register {
    let options = SampleOptions { people, seed: 11, faults: 0.0, layout: Layout::Vrs, encoding: Encoding::Utf8 };
    let sample = write_sample(&options, folder).expect("writes");
    let mut register = register(folder, "sample.sqlite");
    let open = |at: usize| Some(Input::open(&sample.files[at]).expect("opens"));
    import_all(&mut register, Sources::Wide { residents: open(0), doses: open(1) });
    let more = "resident_id,name,name_romaji,birth_date,sex,shield_flag,nationality,passport_no,municipality_code
X-1,一人,ARKFREITH,1940,9,1,D<<,C01X0006H,131016
X-2,李  明,,1941-05,0,0,CHN,,\n";
    let residents = Some(Input::from_bytes("more.csv", more.into()));
    let (summary, findings) = import_all(&mut register, Sources::Wide { residents, doses: None });
    assert_eq!((summary.refused(), findings.len()), (0, 0), "{findings:?}");
    let who = "resident_id,name,birth_date,dose_no,vaccinated_on,product_code,lot
X-3,黄熱 ＷＨＯ,1980-01-01,1,2020-02-03,YellowFeverProducta,L1\n"
        .replace("YellowFeverProducta", &who_product());
    let (summary, findings) = import_all(&mut register, Sources::Long(Input::from_bytes("who.csv", who.into())));
    assert_eq!(summary.refused(), 0, "{findings:?}");
    register
}

/// An id of the WHO's list that a product of ours goes by.
fn who_product() -> String {
    let entry = tegata_certificate::vaccine::who::LIST.iter().find(|entry| entry.cvx().is_some());
    entry.expect("an entry with a CVX code").id()
}

fn exported(register: &mut Register, selection: &Selection, form: &ExportForm) -> Vec<u8> {
    let mut bytes = Vec::new();
    export(register, selection, form, &mut bytes).expect("exports");
    bytes
}

fn forms() -> [ExportForm; 2] {
    [ExportForm::FhirLines { identifier_system: None }, ExportForm::FhirBundle { identifier_system: None }]
}

#[test]
fn two_hundred_people_come_back_from_fhir_as_the_same_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = sample(folder.path(), 200);
    let records = all(&mut register);
    assert!(records.len() >= 200 && records.iter().any(|record| record.doses.is_empty()));
    assert!(records.iter().any(|record| record.person.shielded && record.person.passport.is_some()));
    for (at, form) in forms().iter().enumerate() {
        let bytes = exported(&mut register, &Selection::All, form);
        let mut other = self::register(folder.path(), &format!("other{at}.sqlite"));
        let (summary, findings) = import_all(&mut other, fhir("export", &bytes));
        assert!(findings.is_empty(), "{findings:?}");
        let again = all(&mut other);
        assert_eq!(again.len(), records.len());
        for (record, again) in records.iter().zip(&again) {
            assert_eq!(record.content_hash(), again.content_hash(), "{}", record.person.number.as_str());
            assert!(record.person == again.person, "{}", record.person.number.as_str());
            assert!(record.doses == again.doses, "{}", record.person.number.as_str());
        }
        assert_eq!(summary.changes.people_inserted, records.len() as u64);
        // What is there already stays as it is.
        let (summary, _) = import_all(&mut other, fhir("export", &bytes));
        assert_eq!((summary.changes.people_inserted, summary.changes.people_updated), (0, 0));
        assert_eq!((summary.changes.doses_inserted, summary.changes.doses_updated), (0, 0));
    }
}

#[test]
fn people_with_doses_come_back_from_rows_as_the_same_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = sample(folder.path(), 200);
    let records = all(&mut register);
    let bytes = exported(&mut register, &Selection::All, &ExportForm::Csv);
    let mut other = self::register(folder.path(), "other.sqlite");
    let (_, findings) = import_all(&mut other, Sources::Long(Input::from_bytes("rows.csv", bytes)));
    assert!(findings.is_empty(), "{findings:?}");
    let again = all(&mut other);
    let with_doses: Vec<&Record> = records.iter().filter(|record| !record.doses.is_empty()).collect();
    assert_eq!(again.len(), with_doses.len());
    for (record, again) in with_doses.into_iter().zip(&again) {
        assert_eq!(record.content_hash(), again.content_hash(), "{}", record.person.number.as_str());
        assert!(record.doses == again.doses && record.person.shielded == again.person.shielded);
    }
}

#[test]
fn a_bundle_of_one_person_holds_that_person_and_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = sample(folder.path(), 20);
    let number = all(&mut register)[3].person.number.clone();
    let [_, form] = forms();
    let bytes = exported(&mut register, &Selection::People(vec![number.clone()]), &form);
    let mut other = self::register(folder.path(), "other.sqlite");
    import_all(&mut other, fhir("export", &bytes));
    let again = all(&mut other);
    assert!(again.len() == 1 && again[0] == register.record(&number).expect("reads").expect("is there"));
    let nobody = Selection::People(vec![RegisterNumber::parse("999").expect("a number")]);
    let error = export(&mut register, &nobody, &form, &mut Vec::new()).expect_err("nobody");
    assert!(error.to_string().contains("no person with the number 999"), "{error}");
}

#[test]
fn doses_that_come_before_their_patients_find_them_in_any_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = sample(folder.path(), 40);
    let records = all(&mut register);
    let [lines, _] = forms();
    let text = String::from_utf8(exported(&mut register, &Selection::All, &lines)).expect("UTF-8");
    let (patients, doses): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.contains("\"Patient\""));
    for (at, order) in [[&doses, &patients], [&patients, &doses]].into_iter().enumerate() {
        let mut other = self::register(folder.path(), &format!("other{at}.sqlite"));
        let files = order.map(|lines| Input::from_bytes("part.ndjson", lines.join("\n").into_bytes()));
        let (summary, findings) = import_all(&mut other, Sources::Fhir(files.into(), FhirOptions::default()));
        assert!(findings.is_empty(), "{findings:?}");
        assert!(all(&mut other) == records);
        let rows: Vec<u64> = summary.files.iter().map(|file| file.rows).collect();
        assert_eq!(rows, order.map(|lines| lines.len() as u64));
        assert_eq!(other.status().expect("reads").imports.len(), 2, "each file is in the journal");
    }
}

#[test]
fn the_identifier_system_of_an_export_is_the_one_that_was_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = sample(folder.path(), 5);
    let form = ExportForm::FhirBundle { identifier_system: Some("urn:oid:1.2.3".to_owned()) };
    let bytes = exported(&mut register, &Selection::All, &form);
    let mut other = self::register(folder.path(), "other.sqlite");
    let (summary, _) = import_all(&mut other, fhir("export", &bytes));
    assert_eq!(summary.changes.people_inserted, 0, "nobody asked for that system");
    let options = FhirOptions { identifier_system: Some("urn:oid:1.2.3".to_owned()) };
    let file = Input::from_bytes("export", bytes);
    let (summary, findings) = import_all(&mut other, Sources::Fhir(vec![file], options));
    assert_eq!((summary.changes.people_inserted, findings.len()), (8, 0));
    let _ = fs::remove_dir_all(folder);
}
