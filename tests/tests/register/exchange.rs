//! Other systems' files, on both databases: what is exported is the same wherever the register is, and comes back as it was.

use std::cell::RefCell;

use crate::stores::{Store, on_every_store};
use tegata_certificate::Date;
use tegata_issuer::check::Diagnostic;
use tegata_issuer::{
    Encoding, ExportForm, FhirOptions, Input, Layout, Mapping, Record, Register, SampleOptions, Selection, Sources,
    export, import, write_sample,
};

fn today() -> Date {
    Date::from_ymd(2026, 11, 1).expect("a day")
}

/// Imports without a finding.
fn take(register: &mut Register, sources: Sources) {
    let mut findings = Vec::new();
    let sink = &mut |finding: &Diagnostic| findings.push(finding.clone());
    import(register, sources, today(), false, sink).expect("imports");
    assert!(findings.is_empty(), "{findings:?}");
}

/// Every record.
fn all(register: &mut Register) -> Vec<Record> {
    register.records_after(None, 1_000).expect("reads")
}

fn fhir_of(register: &mut Register) -> Vec<u8> {
    let mut bytes = Vec::new();
    let form = ExportForm::FhirLines { identifier_system: None };
    export(register, &Selection::All, &form, &mut bytes).expect("exports");
    bytes
}

#[test]
fn records_go_out_as_fhir_and_come_back_the_same_whatever_the_database() {
    let sample = tempfile::tempdir().expect("a folder");
    let options = SampleOptions { people: 300, seed: 3, faults: 0.0, layout: Layout::Long, encoding: Encoding::Utf8 };
    let files = write_sample(&options, sample.path()).expect("writes").files;
    let exports = RefCell::new(Vec::new());
    let again = tempfile::tempdir().expect("a folder");
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        take(&mut register, Sources::Long(Input::open(&files[0]).expect("opens")));
        assert_eq!(all(&mut register).len(), 300);
        let lines = fhir_of(&mut register);
        exports.borrow_mut().push(lines.clone());
        // Back into a database of the same kind, and into a file.
        let other = match store {
            Store::File(_) => Store::File(tempfile::tempdir().expect("a folder")),
            Store::Server { .. } => Store::server().expect("starts as before"),
        };
        for location in [other.location(), again.path().join("again.sqlite").into()] {
            let mut back = Register::open_or_create(location).expect("begins");
            take(
                &mut back,
                Sources::Fhir(vec![Input::from_bytes("all.ndjson", lines.clone())], FhirOptions::default()),
            );
            assert!(all(&mut back) == all(&mut register), "the same records");
            back.close().expect("closes");
        }
    });
    let exports = exports.into_inner();
    assert!(exports.iter().all(|lines| *lines == exports[0]), "one export, whatever the database");
}

#[test]
fn a_mapped_file_gives_the_records_of_our_own_form_whatever_the_database() {
    const MAPPING: &str = "layout = \"long\"\n[columns]\nresident_id = \"No\"\nname = [\"Family\", \"Given\"]\n\
        name_kana = \"Reading\"\nbirth_date = \"Born\"\ndose_no = \"Dose\"\nvaccinated_on = \"On\"\nmaker = \"Maker\"\nlot = \"Lot\"\n";
    let theirs = "No,Family,Given,Reading,Born,Dose,On,Maker,Lot\n\
                  1,山田,花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                  1,山田,花子,ヤマダ　ハナコ,1980-05-06,2,2021-06-22,ファイザー,TX1014\n";
    let ours = "1,山田 花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                1,山田 花子,ヤマダ　ハナコ,1980-05-06,2,2021-06-22,ファイザー,TX1014\n";
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        let mut input = Input::from_bytes("vendor.csv", theirs.into());
        input.mapping = Some(Box::new(Mapping::parse("vendor.toml", MAPPING).expect("a mapping")));
        take(&mut register, Sources::single(input));
        let again = crate::import_rows(&mut register, ours).changes;
        assert_eq!((again.people_unchanged, again.doses_unchanged), (1, 2), "{again:?}");
    });
}
