//! What other systems write: JP Core and plain R4, whole and damaged.

use super::{all, exported, fhir, forms, import_all, register, sample, today};
use serde_json::{Value, json};
use std::sync::Arc;
use tegata_issuer::check::{Diagnostic, Language, Note};
use tegata_issuer::report::Reports;
use tegata_issuer::{
    FhirOptions, FindingChoice, ImportError, Input, Record, RegisterNumber, Selection, Sources, import,
};

const REPRESENTATION: &str = "http://hl7.org/fhir/StructureDefinition/iso21090-EN-representation";
const SYSTEM: &str = "https://github.com/tegata/tegata/fhir/resident-number";
const COUPON: &str = "https://github.com/tegata/tegata/fhir/coupon-number";

fn name(writing: &str, text: &str) -> Value {
    json!({ "extension": [{ "url": REPRESENTATION, "valueCode": writing }], "use": "official", "text": text })
}

fn patient(id: &str, number: &str) -> Value {
    json!({
        "resourceType": "Patient", "id": id, "identifier": [{ "system": SYSTEM, "value": number }],
        "name": [name("IDE", "山田 太郎"), name("SYL", "ヤマダ タロウ")], "gender": "male", "birthDate": "1970-01-01"
    })
}

fn dose(patient: &str, number: u64) -> Value {
    json!({
        "resourceType": "Immunization", "status": "completed",
        "vaccineCode": { "coding": [{ "system": "http://hl7.org/fhir/sid/cvx", "code": "208" }] },
        "patient": { "reference": patient }, "occurrenceDateTime": format!("2021-07-{number:02}"), "lotNumber": "L1",
        "protocolApplied": [{ "doseNumberPositiveInt": number }]
    })
}

/// A value with some elements set, or taken out where they are null.
fn with(mut value: Value, elements: Value) -> Value {
    for (name, element) in elements.as_object().expect("an object") {
        match element {
            Value::Null => drop(value.as_object_mut().expect("an object").remove(name)),
            element => value[name] = element.clone(),
        }
    }
    value
}

fn bundle(kind: &str, resources: &[Value]) -> Vec<u8> {
    let entries: Vec<Value> = resources.iter().map(|resource| json!({ "resource": resource })).collect();
    serde_json::to_vec_pretty(&json!({ "resourceType": "Bundle", "type": kind, "entry": entries })).expect("JSON")
}

fn lines(resources: &[Value]) -> Vec<u8> {
    resources.iter().map(|resource| format!("{resource}\n")).collect::<String>().into_bytes()
}

/// The records that a file gives, and what is found in it.
fn read(bytes: &[u8]) -> (Vec<Record>, Vec<Diagnostic>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    let (_, findings) = import_all(&mut register, fhir("file", bytes));
    (all(&mut register), findings)
}

fn told(findings: &[Diagnostic]) -> Vec<(&'static str, u64, String, String)> {
    findings
        .iter()
        .map(|finding| {
            assert!(finding.column.as_ref().is_none_or(|column| column.number == 0), "JSON has no columns");
            let path = finding.column.as_ref().map(|column| column.name.to_string()).unwrap_or_default();
            (finding.code.name(), finding.line, path, finding.text.clone().unwrap_or_default())
        })
        .collect()
}

fn tell(code: &'static str, line: u64, path: &str, text: &str) -> (&'static str, u64, String, String) {
    (code, line, path.to_owned(), text.to_owned())
}

fn failure(bytes: Vec<u8>) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    let error = import(&mut register, fhir("file", &bytes), today(), false, &mut |_: &Diagnostic| {});
    assert!(all(&mut register).is_empty());
    error.expect_err("no FHIR").to_string()
}

/// In the shape of the examples of JP Core's guide: a hospital's number, a product by HOT9, a time with its offset.
#[test]
fn a_patient_and_an_immunisation_of_jp_core_are_a_record() {
    let patient = with(
        patient("p", ""),
        json!({
            "identifier": [{ "system": "urn:oid:1.2.392.100495.20.3.51.11311234567", "value": "00000010" }],
            "name": [
                name("IDE", "山田 太郎"),
                { "extension": [{ "url": REPRESENTATION, "valueCode": "SYL" }], "use": "usual", "family": "ヤマダ", "given": ["タロウ"] }
            ]
        }),
    );
    let dose = with(
        dose("Patient/p", 1),
        json!({
            "vaccineCode": { "coding": [{ "system": "urn:oid:1.2.392.200119.4.403.1", "code": "182110901", "display": "コミナティ筋注" }] },
            "occurrenceDateTime": "2021-07-01T23:30:00+09:00",
            "site": { "coding": [{ "system": "http://terminology.hl7.org/CodeSystem/v3-ActSite", "code": "LA" }] },
            "doseQuantity": { "value": 0.45, "unit": "mL" },
            "performer": [{ "actor": { "reference": "Practitioner/1", "display": "大阪 一郎" } }],
            "location": { "display": "市民体育館" }
        }),
    );
    for bytes in [bundle("collection", &[patient.clone(), dose.clone()]), lines(&[dose, patient])] {
        let (records, findings) = read(&bytes);
        assert!(findings.is_empty(), "{findings:?}");
        let (person, dose) = (&records[0].person, &records[0].doses[0]);
        assert_eq!(person.number.as_str(), "10");
        assert_eq!(person.registered.as_ref().expect("a name").to_line(), "山田 太郎");
        assert_eq!(person.kana.as_deref(), Some("ヤマダ タロウ"));
        assert_eq!((dose.date.to_string().as_str(), dose.product.key), ("2021-07-01", "comirnaty"));
        assert_eq!((dose.site.as_deref(), dose.number), (Some("市民体育館"), 1));
    }
}

#[test]
fn names_without_a_representation_are_told_apart_by_their_script() {
    let named = |names: Value| {
        let (records, findings) = read(&lines(&[with(patient("p", "1"), json!({ "name": names }))]));
        let person = records.first().map(|record| &record.person);
        let name = person.and_then(|person| person.registered.as_ref()).map(|name| name.to_line());
        let romanised = person.and_then(|person| person.romanised.as_ref()).map(|name| name.to_mrz());
        (name, person.and_then(|person| person.kana.clone()), romanised, told(&findings))
    };
    let text = |text: &str| Some(text.to_owned());
    let (name, kana, ..) = named(json!([{ "text": "ヤマダ タロウ" }, { "family": "山田", "given": ["太郎"] }]));
    assert_eq!((name, kana), (text("山田 太郎"), text("ヤマダ タロウ")));
    // Alone, a name in kana is the name: nothing says that it is a reading.
    assert_eq!(named(json!([{ "text": "タロウ" }])).0, text("タロウ"));
    // Former names are not taken, and the official one goes first.
    let former = json!([{ "use": "old", "text": "佐藤" }, { "use": "usual", "text": "鈴木" }, { "use": "official", "text": "山田" }]);
    assert_eq!(named(former).0, text("山田"));
    let two = json!([{ "use": "official", "text": "山田" }, { "use": "official", "text": "鈴木" }]);
    assert_eq!(named(two).3, [tell("fhir-contradiction", 1, "name[0].text", "山田")]);
    // The passport's name is taken only as the passport has it.
    let latin = |text: &str| json!([self::name("IDE", "山田"), self::name("ABC", text)]);
    assert_eq!(named(latin("YAMADA<<TARO")).2, text("YAMADA<<TARO"));
    for spelling in ["YAMADA TARO", "Yamada Taro", "YAMADA"] {
        let (_, _, romanised, found) = named(latin(spelling));
        assert_eq!((romanised, found), (None, vec![tell("fhir-romanised", 1, "name[1].text", spelling)]));
    }
    assert_eq!(named(json!(null)).3, [tell("missing-name", 1, "name", "")]);
}

#[test]
fn what_was_not_given_and_who_is_no_longer_in_use_is_not_taken() {
    let resources = [
        patient("1", "1"),
        with(dose("Patient/1", 1), json!({ "status": "entered-in-error" })),
        with(dose("Patient/1", 2), json!({ "status": "not-done" })),
        dose("Patient/1", 3),
        with(patient("2", "2"), json!({ "active": false })),
        with(patient("3", "3"), json!({ "link": [{ "other": { "reference": "Patient/1" }, "type": "replaced-by" }] })),
        dose("Patient/2", 1),
        json!({ "resourceType": "Organization" }),
        json!({ "resourceType": "Organization" }),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    let (summary, findings) = import_all(&mut register, fhir("file", &lines(&resources)));
    assert_eq!(
        told(&findings),
        [
            tell("fhir-status", 2, "status", "entered-in-error"),
            tell("fhir-status", 3, "status", "not-done"),
            tell("fhir-status", 5, "active", "false"),
            tell("fhir-status", 6, "active", "replaced-by"),
            tell("fhir-reference", 7, "patient.reference", "Patient/2"),
            tell("fhir-other-resource", 8, "resourceType", "Organization"),
        ]
    );
    assert!(matches!(findings[4].note, Some(Note::OtherLine(5))));
    assert_eq!((summary.files[0].rows, summary.refused()), (3, 1));
    let records = all(&mut register);
    assert_eq!((records.len(), records[0].doses.len(), records[0].doses[0].number), (1, 1, 3));
}

#[test]
fn an_element_that_changes_the_meaning_of_others_refuses_its_row() {
    let extension = json!([{ "url": "https://example.org/not", "valueBoolean": true }]);
    for (elements, path, text) in [
        (json!({ "isSubpotent": true }), "isSubpotent", "true"),
        (json!({ "modifierExtension": extension }), "modifierExtension", ""),
        (json!({ "implicitRules": "https://example.org/rules" }), "implicitRules", ""),
    ] {
        let (records, findings) = read(&lines(&[patient("1", "1"), with(dose("Patient/1", 1), elements)]));
        assert_eq!(told(&findings), [tell("fhir-modifier", 2, path, text)]);
        assert!(records[0].doses.is_empty());
    }
}

#[test]
fn faults_are_the_findings_of_a_table_at_the_path_of_the_element() {
    let bad = [
        with(patient("1", "1"), json!({ "birthDate": "1970-02-30", "gender": "m" })),
        with(patient("2", "2"), json!({ "birthDate": null })),
        with(patient("3", "3"), json!({ "identifier": [{ "system": "urn:oid:9.9", "value": "x" }] })),
        with(patient("4", "4"), json!({ "name": [name("IDE", "山\u{E000}")] })),
        patient("5", "5"),
        with(dose("Patient/5", 1), json!({ "occurrenceDateTime": "2021-07" })),
        with(dose("Patient/5", 1), json!({ "occurrenceDateTime": null, "occurrenceString": "６才頃" })),
        with(dose("Patient/5", 1), json!({ "occurrenceDateTime": "2999-01-01" })),
        with(dose("Patient/5", 1), json!({ "lotNumber": 12 })),
        with(dose("Patient/5", 1), json!({ "lotNumber": "ロット" })),
        with(dose("Patient/5", 1), json!({ "protocolApplied": null })),
        with(dose("Patient/5", 1), json!({ "vaccineCode": { "text": "謎のワクチン" } })),
        with(
            dose("Patient/5", 1),
            json!({ "vaccineCode": { "coding": [{ "system": "http://hl7.org/fhir/sid/cvx", "code": "999" }], "text": "ファイザー" } }),
        ),
        with(dose("Patient/5", 1), json!({ "manufacturer": { "display": "モデルナ" } })),
        with(dose("Patient/5", 1), json!({ "patient": { "reference": "Patient/nobody" } })),
        with(dose("Patient/5", 1), json!({ "patient": null, "status": null })),
        dose("Patient/3", 1),
        dose("Patient/2", 1),
    ];
    let expected = [
        tell("impossible-date", 1, "birthDate", "1970-02-30"),
        tell("bad-sex", 1, "gender", "m"),
        tell("missing-birth-date", 2, "birthDate", ""),
        tell("fhir-identifier", 3, "identifier", ""),
        tell("private-character", 4, "name[0].text", "山\u{E000}"),
        tell("bad-date", 6, "occurrenceDateTime", "2021-07"),
        tell("bad-date", 7, "occurrenceString", "６才頃"),
        tell("future-date", 8, "occurrenceDateTime", "2999-01-01"),
        tell("fhir-element", 9, "lotNumber", "12"),
        tell("bad-lot", 10, "lotNumber", "ロット"),
        tell("missing-dose-number", 11, "protocolApplied", ""),
        tell("unknown-maker", 12, "vaccineCode.text", "謎のワクチン"),
        tell("unknown-maker", 13, "vaccineCode.coding[0].code", "CVX:999"),
        tell("fhir-contradiction", 14, "manufacturer.display", "モデルナ"),
        tell("fhir-element", 16, "status", ""),
        tell("fhir-reference", 16, "patient", ""),
        tell("fhir-reference", 17, "patient.reference", "Patient/3"),
        tell("fhir-reference", 15, "patient.reference", "Patient/nobody"),
        tell("waits-for-resident", 18, "protocolApplied", "2"),
    ];
    for in_bundle in [false, true] {
        let bytes = if in_bundle { bundle("searchset", &bad) } else { lines(&bad) };
        let (_, findings) = read(&bytes);
        let expected = expected.clone().map(|(code, line, path, text)| {
            let late = code == "waits-for-resident";
            let path = if in_bundle && !late { format!("entry[{}].resource.{path}", line - 1) } else { path };
            (code, line, if late { "identifier".to_owned() } else { path }, text)
        });
        assert_eq!(told(&findings), expected);
    }
}

#[test]
fn references_mean_the_patient_of_their_own_bundle_and_server() {
    let entry = |url: &str, resource: Value| json!({ "fullUrl": url, "resource": resource });
    let kept = |entries: Vec<Value>| {
        let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
        let (records, findings) = read(bundle.to_string().as_bytes());
        let doses: Vec<(String, usize)> =
            records.iter().map(|record| (record.person.number.to_string(), record.doses.len())).collect();
        (doses, told(&findings).into_iter().map(|(code, line, ..)| (code, line)).collect::<Vec<_>>())
    };
    // Two servers have a patient 1 each: a relative reference means the one of the dose's own.
    let (doses, found) = kept(vec![
        entry("https://a.example/fhir/Patient/1", patient("1", "11")),
        entry("https://b.example/fhir/Patient/1", patient("1", "22")),
        entry("https://b.example/fhir/Immunization/5", dose("Patient/1", 1)),
        entry("https://b.example/fhir/Immunization/6", dose("https://a.example/fhir/Patient/1/_history/3", 2)),
        entry("urn:uuid:5", dose("Patient/1", 3)),
        entry("urn:uuid:6", dose("https://c.example/fhir/Patient/1", 4)),
    ]);
    assert_eq!(doses, [("11".to_owned(), 1), ("22".to_owned(), 1)]);
    assert_eq!(
        found,
        [("fhir-reference", 5), ("fhir-reference", 6), ("same-person-twice", 2)],
        "ambiguous, another server's, and one name and birth date under two numbers"
    );
    // By UUID, and inside.
    let contained = with(dose("#p", 2), json!({ "contained": [patient("p", "33")] }));
    let (doses, found) = kept(vec![
        entry("urn:uuid:1", dose("urn:uuid:2", 1)),
        entry("urn:uuid:2", patient("1", "11")),
        entry("urn:uuid:3", contained),
        entry("urn:uuid:4", with(dose("#q", 2), json!({ "contained": [patient("p", "44")] }))),
    ]);
    assert_eq!(doses, [("11".to_owned(), 1), ("33".to_owned(), 1)]);
    assert_eq!(found, [("fhir-reference", 4), ("same-person-twice", 3)]);
    // Patients of one bundle are not those of another.
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    let files = [
        bundle("collection", &[patient("1", "11"), dose("Patient/1", 1)]),
        bundle("collection", &[patient("1", "22"), dose("Patient/1", 1), dose("Patient/2", 1)]),
    ];
    let files = files.map(|bytes| Input::from_bytes("part", bytes)).into();
    let (summary, findings) = import_all(&mut register, Sources::Fhir(files, FhirOptions::default()));
    assert!(all(&mut register).iter().all(|record| record.doses.len() == 1));
    let twin = tell("same-person-twice", 1, "identifier", "22");
    assert_eq!(told(&findings), [tell("fhir-reference", 3, "entry[2].resource.patient.reference", "Patient/2"), twin]);
    assert_eq!((summary.files[0].refused, summary.files[1].refused), (0, 1));
}

#[test]
fn doses_that_name_the_person_s_number_join_with_the_register() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    import_all(&mut register, fhir("file", &lines(&[patient("1", "7")])));
    let by_number = |number: &str| {
        let person = json!({ "identifier": { "system": SYSTEM, "value": number } });
        with(dose("", 1), json!({ "patient": person }))
    };
    let (_, findings) = import_all(&mut register, fhir("file", &lines(&[by_number("0007"), by_number("8")])));
    assert_eq!(told(&findings), [tell("no-matching-resident", 2, "identifier", "8")]);
    assert_eq!(all(&mut register)[0].doses.len(), 1);
}

/// The lines of several files are those of the file that a finding names, also for what shows only at the end.
#[test]
fn a_finding_of_several_files_names_the_file_and_its_own_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    let files = [
        ("a", lines(&[patient("1", "1"), patient("2", "2")])),
        ("b", lines(&[dose("Patient/1", 1), with(dose("Patient/1", 1), json!({ "lotNumber": "L9" }))])),
        ("c", lines(&[with(patient("3", "2"), json!({ "birthDate": "1999-09-09" }))])),
    ];
    let files = files.into_iter().map(|(name, bytes)| Input::from_bytes(name, bytes)).collect();
    let (_, findings) = import_all(&mut register, Sources::Fhir(files, FhirOptions::default()));
    let mut found: Vec<(Arc<str>, u64, &str)> =
        findings.iter().map(|finding| (finding.file.clone(), finding.line, finding.code.name())).collect();
    found.sort();
    let twins = ("a".into(), 2, "same-person-twice");
    assert_eq!(found, [twins, ("b".into(), 2, "conflicting-dose"), ("c".into(), 1, "conflicting-person")]);
}

#[test]
fn a_report_in_columns_is_refused_and_one_to_read_shows_path_and_text() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    let bytes = lines(&[patient("1", "1"), with(dose("Patient/1", 1), json!({ "lotNumber": "あ" }))]);
    let sources = || fhir("file", &bytes);
    let begin = |name: &str| Reports::begin(&[folder.path().join(name)], &sources(), Language::En);
    let refused = begin("report.csv").err().expect("refused").to_string();
    assert!(refused.contains("FHIR") && refused.contains(".html"), "{refused}");
    let mut reports = begin("report.html").expect("begins");
    import(&mut register, sources(), today(), true, &mut reports).expect("imports");
    reports.finish().expect("is put in its place");
    let page = std::fs::read_to_string(folder.path().join("report.html")).expect("is there");
    assert!(page.contains("<td>lotNumber</td><td><code><mark>あ</mark></code>"), "{page}");
}

/// What holds somebody must be found again where `confirm` looks for it: in the file it names and at its line there.
#[test]
fn whoever_is_held_is_held_at_the_line_of_their_own_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    // The dose comes before its patient, with a coupon of the second dose; the second file has the same person again.
    let coupon = json!([{ "system": COUPON, "value": "221310160000000001" }]);
    let first = with(dose("Patient/1", 1), json!({ "identifier": coupon }));
    let files = [
        ("a", lines(&[first.clone(), patient("1", "1")])),
        ("b", lines(&[with(dose("Patient/2", 1), json!({ "identifier": coupon })), patient("2", "2"), first])),
    ];
    let files = files.into_iter().map(|(name, bytes)| Input::from_bytes(name, bytes)).collect();
    let (summary, findings) = import_all(&mut register, Sources::Fhir(files, FhirOptions::default()));
    let mut found: Vec<(Arc<str>, u64, &str)> =
        findings.iter().map(|finding| (finding.file.clone(), finding.line, finding.code.name())).collect();
    found.sort();
    let coupon = |file: &str, line| (file.into(), line, "coupon-contradicts");
    assert_eq!(
        found,
        [
            coupon("a", 1),
            coupon("b", 1),
            ("b".into(), 1, "duplicate-coupon"),
            ("b".into(), 2, "same-person-twice"),
            coupon("b", 3),
        ]
    );
    assert!(findings.iter().all(|finding| finding.row.is_none()));
    let note = findings.iter().find_map(|finding| finding.note.clone().filter(|_| finding.line == 2));
    assert!(note == Some(Note::OtherPerson { line: 0, number: "1".to_owned() }), "of another file");
    assert_eq!(summary.to_confirm, 2);
    let mut held: Vec<(String, &str, String, u64, Option<u64>)> = register
        .open_findings(&FindingChoice::All, None)
        .expect("reads")
        .into_iter()
        .map(|open| (open.person, open.code.name(), open.file, open.line, open.column))
        .collect();
    held.sort();
    let held_at = |person: &str, code, file: &str, line| (person.to_owned(), code, file.to_owned(), line, None);
    assert_eq!(
        held,
        [
            held_at("1", "coupon-contradicts", "a", 1),
            held_at("1", "duplicate-coupon", "a", 1),
            held_at("1", "same-person-twice", "a", 2),
            held_at("2", "coupon-contradicts", "b", 1),
            held_at("2", "duplicate-coupon", "b", 1),
            held_at("2", "same-person-twice", "b", 2),
        ]
    );
}

#[test]
fn what_a_patient_does_not_say_the_register_keeps() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path(), "register.sqlite");
    let residents = "resident_id,name,birth_date,nationality,shield_flag\n1,山田 太郎,1970-01-01,JPN,1\n";
    let residents = Some(Input::from_bytes("residents.csv", residents.into()));
    import_all(&mut register, Sources::Wide { residents, doses: None });
    let (summary, _) = import_all(&mut register, fhir("file", &lines(&[patient("1", "1")])));
    assert_eq!(summary.changes.people_updated, 1);
    let number = RegisterNumber::parse("1").expect("a number");
    let person = register.record(&number).expect("reads").expect("is there").person;
    assert_eq!((person.nationality.as_deref(), person.kana.as_deref()), (Some("JPN"), Some("ヤマダ タロウ")));
    assert!(person.shielded, "an address to be shielded stays so");
}

#[test]
fn a_damaged_line_is_a_finding_and_the_next_is_read() {
    let good = patient("1", "1").to_string();
    let long = format!("{{\"resourceType\":\"Patient\",\"text\":\"{}\"}}", "x".repeat(1 << 20));
    let deep = format!("{{\"resourceType\":\"Patient\",\"x\":{}{}}}", "[".repeat(500), "]".repeat(500));
    let bad = ["{\"resourceType\":", "[]", "{}", &long, &deep, "x"];
    let mut bytes = format!("{good}\r\n\n").into_bytes();
    for line in bad {
        bytes.extend_from_slice(format!("{line}\n").as_bytes());
    }
    bytes.extend_from_slice(b"\xFF\xFE\n");
    bytes.extend_from_slice(dose("Patient/1", 1).to_string().as_bytes());
    let (records, findings) = read(&bytes);
    let found: Vec<(&str, u64)> = findings.iter().map(|finding| (finding.code.name(), finding.line)).collect();
    assert_eq!(found, (3..=9).map(|line| ("fhir-json", line)).collect::<Vec<_>>());
    assert_eq!((records.len(), records[0].doses.len()), (1, 1));
}

#[test]
fn what_is_no_fhir_file_is_an_error_that_says_what_to_do() {
    let bundled = bundle("collection", &[patient("1", "1")]);
    let mut cp932 = b"{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"x\":\"".to_vec();
    cp932.extend_from_slice(&encoding_rs::SHIFT_JIS.encode("山田").0);
    cp932.extend_from_slice(b"\"}}]}");
    let mut photo = patient("1", "1");
    photo["photo"] = json!([{ "data": "x".repeat(2 << 20) }]);
    for (bytes, says) in [
        (b"resident_id,name\n".to_vec(), "neither a FHIR bundle nor"),
        (Vec::new(), "neither a FHIR bundle nor"),
        (b"[]".to_vec(), "neither a FHIR bundle nor"),
        (b"{}".to_vec(), "neither a FHIR bundle nor"),
        (b"{\"resourceType\":\"Bundle\",\"entry\":5}".to_vec(), "file:1:"),
        (bundled[..bundled.len() - 9].to_vec(), "the JSON cannot be read from here on"),
        (cp932, "in UTF-8"),
        (b"\xFF\xFE{\0}\0".to_vec(), "UTF-16"),
        (bundle("history", &[patient("1", "1")]), "is a history"),
        (bundle("collection", &[patient("2", "2"), photo]), "entry 2 has more than 1048576 bytes"),
    ] {
        let error = failure(bytes);
        assert!(error.contains(says) && error.contains("nothing was imported"), "{error}");
        assert!(!error.contains("山田"), "no text of the file is in an error");
    }
}

/// A bundle may be longer than the memory that is spent on it: here, some ten times what one entry may have.
#[test]
fn a_long_bundle_is_read_as_a_stream_whatever_the_order_of_its_members() {
    let mut entries: Vec<Value> = (0..3000).map(|at| patient(&at.to_string(), &at.to_string())).collect();
    for (at, patient) in entries.iter_mut().enumerate() {
        patient["birthDate"] = format!("19{:02}-{:02}-{:02}", at / 336 + 40, at / 28 % 12 + 1, at % 28 + 1).into();
        patient["text"] = json!({ "status": "generated", "div": "x".repeat(3000) });
    }
    entries.extend((0..3000).map(|at| dose(&format!("Patient/{at}"), 1)));
    let entries: Vec<String> = entries.iter().map(|resource| format!("{{\"resource\":{resource}}}")).collect();
    let text = format!("{{\"entry\":[{}],\"type\":\"batch\",\"resourceType\":\"Bundle\"}}", entries.join(","));
    assert!(text.len() > 10 << 20);
    let (records, findings) = read(text.as_bytes());
    assert!(findings.is_empty() && records.len() == 3000 && records.iter().all(|record| record.doses.len() == 1));
}

/// Cut and changed bytes give findings or an error, never a panic, and never a person that was not there.
#[test]
fn damaged_files_give_findings_or_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut whole = sample(folder.path(), 3);
    let numbers: Vec<String> = all(&mut whole).iter().map(|record| record.person.number.to_string()).collect();
    let mut other = register(folder.path(), "other.sqlite");
    let mut random = 0x2545_F491_4F6C_DD1D_u64;
    for form in forms() {
        let bytes = exported(&mut whole, &Selection::All, &form);
        for _ in 0..150 {
            let mut next = || {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                random as usize
            };
            let mut damaged = bytes.clone();
            for _ in 0..1 + next() % 3 {
                let at = next() % damaged.len();
                damaged[at] = b"\"{}[]:,0x\xFF"[next() % 10];
            }
            damaged.truncate(1 + next() % damaged.len());
            match import(&mut other, fhir("file", &damaged), today(), true, &mut |_: &Diagnostic| {}) {
                Ok(_) | Err(ImportError::NotJson { .. } | ImportError::NotFhir { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
    assert!(all(&mut other).is_empty() && numbers.len() >= 5);
}
