//! Mapping files: other systems' layouts are read as ours, and what is wrong with a mapping or a cell is shown where it is.

mod guessing;

use std::path::Path;
use tegata_certificate::Date;
use tegata_issuer::check::Diagnostic;
use tegata_issuer::{Encoding, ImportError, Input, Mapping, Record, Register, Sources, Summary, import};

pub(crate) fn today() -> Date {
    Date::from_ymd(2026, 11, 1).expect("a day")
}

/// A register in a folder that goes with it.
pub(crate) struct Desk {
    _folder: tempfile::TempDir,
    pub(crate) register: Register,
}

impl Desk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let register = Register::open_or_create(folder.path().join("register.sqlite")).expect("opens");
        Self { _folder: folder, register }
    }

    pub(crate) fn try_import(&mut self, sources: Sources) -> Result<(Summary, Vec<Diagnostic>), ImportError> {
        let mut findings = Vec::new();
        let sink = &mut |finding: &Diagnostic| findings.push(finding.clone());
        let summary = import(&mut self.register, sources, today(), false, sink)?;
        Ok((summary, findings))
    }

    pub(crate) fn import(&mut self, sources: Sources) -> (Summary, Vec<Diagnostic>) {
        self.try_import(sources).expect("imports")
    }

    pub(crate) fn records(&mut self) -> Vec<Record> {
        self.register.records_after(None, 10_000).expect("reads")
    }
}

pub(crate) fn mapped(mapping: &str, file: &[u8]) -> Sources {
    let mut input = Input::from_bytes("vendor.csv", file.to_vec());
    input.mapping = Some(Box::new(Mapping::parse("vendor.toml", mapping).expect("a mapping")));
    Sources::single(input)
}

pub(crate) fn bundled(name: &str, file: &str) -> Sources {
    let mut input = Input::from_bytes("vendor.csv", file.as_bytes().to_vec());
    input.mapping = Some(Box::new(Mapping::open(Path::new(name)).expect("bundled")));
    Sources::single(input)
}

/// The records that rows in our own long form give.
pub(crate) fn ours(rows: &str) -> Vec<Record> {
    let mut desk = Desk::new();
    let (summary, findings) = desk.import(Sources::Long(Input::from_bytes("rows.csv", rows.as_bytes().to_vec())));
    assert_eq!(summary.refused(), 0, "{findings:?}");
    desk.records()
}

/// Content hashes: how a maker was spelt is no part of a record.
pub(crate) fn hashes(records: &[Record]) -> Vec<[u8; 32]> {
    records.iter().map(Record::content_hash).collect()
}

fn codes(findings: &[Diagnostic]) -> Vec<(&'static str, u64, usize, String, Option<String>)> {
    let column =
        |finding: &Diagnostic| finding.column.as_ref().map_or((0, String::new()), |c| (c.number, c.name.to_string()));
    findings
        .iter()
        .map(|finding| {
            let (number, name) = column(finding);
            if let (Some(row), Some(text), true) = (&finding.row, &finding.text, number > 0) {
                let (_, part, _) = row.parts();
                assert!(!part.is_empty() && text.starts_with(part), "the mark is at the vendor's cell: {part} {text}");
            }
            (finding.code.name(), finding.line, number, name, finding.text.clone())
        })
        .collect()
}

pub(crate) const CH: &str = "givenName;familyName;dateOfBirth;language;medicinalProductCode;numberOfDoses;totalNumberOfDoses;vaccinationDate;countryOfVaccination;streetAndNr;zipCode;city;cantonCodeSender;inAppDeliveryCode;error
Anna Maria;Müller;1980-02-03;de;EU/1/20/1528;1;2;2021-04-05;CH;;;;;;
Anna Maria;Müller;1980-02-03;de;EU/1/20/1528;2;2;2021-05-05;CH;;;;;;
Jean;Dupont;1950;fr;EU/1/20/1507;1;1;2021-06-07;CH;;;;;;
";

pub(crate) const DIVOC: &str = "preEnrollmentCode,recipientName,recipientMobileNumber,recipientDOB,recipientAge,recipientGender,recipientNationality,recipientIdentity,recipientAddressLine1,recipientAddressLine2,recipientDistrict,recipientState,recipientPincode,vaccinationBatch,vaccinationDate,vaccinationDose,vaccinationTotalDoses,vaccinationEffectiveStart,vaccinationEffectiveEnd,vaccinationManufacturer,vaccinationName,vaccinatorName,facilityName,facilityAddressLine1,facilityAddressLine2,facilityDistrict,facilityState,facilityPincode,errors
SA-123,Asha Example,9000000001,1994-11-26,,Female,Indian,did:example:1,,,,,,B-77,2021-12-02T19:21:18.646Z,1,2,2021-12-02,2025-12-02,Bharat Biotech,COVAXIN,Sooraj Example,ABC Medical Center,\"1, First Street\",,,,560034,
SA-124,Ravi Example,9000000002,1983-03-03,,Male,Sri Lankan,did:example:2,,,,,,C-78,2021-12-03T01:00:00.000Z,1,2,2021-12-03,2025-12-03,AstraZeneca,Vaxzevria,Sooraj Example,ABC Medical Center,\"1, First Street\",,,,560034,
";

#[test]
fn a_file_of_the_swiss_console_is_read_with_the_mapping_that_comes_with_the_program() {
    let mut desk = Desk::new();
    let (summary, findings) = desk.import(bundled("ch", CH));
    assert_eq!((summary.changes.people_inserted, summary.changes.doses_inserted), (2, 3), "{findings:?}");
    let records = desk.records();
    let anna = records.iter().find(|record| record.doses.len() == 2).expect("two doses");
    assert_eq!(anna.person.registered.as_ref().expect("a name").to_line(), "Müller Anna Maria");
    assert_eq!(anna.doses[1].product.key, "comirnaty");
    let jean = records.iter().find(|record| record.doses.len() == 1).expect("one dose");
    assert_eq!((jean.person.birth.to_string().as_str(), jean.doses[0].product.key), ("1950", "spikevax"));
    assert_eq!(summary.files[0].unused_columns.len(), 9);
    // The same person again is the same, however the name is written.
    let (summary, _) = desk.import(bundled("ch", &CH.replace("Müller", "MÜLLER")));
    assert_eq!((summary.changes.people_inserted, summary.changes.people_updated), (0, 1));
}

#[test]
fn a_certificate_file_of_divoc_is_read_with_the_mapping_that_comes_with_the_program() {
    let mut desk = Desk::new();
    let (_, findings) = desk.import(bundled("divoc", DIVOC));
    assert!(findings.is_empty(), "{findings:?}");
    let expected = ours(
        "resident_id,name,birth_date,sex,nationality,dose_no,vaccinated_on,maker,lot,site
SA-123,Asha Example,1994-11-26,2,IND,1,2021-12-02,COVAXIN,B-77,ABC Medical Center
SA-124,Ravi Example,1983-03-03,1,LKA,1,2021-12-03,Vaxzevria,C-78,ABC Medical Center\n",
    );
    assert_eq!(hashes(&desk.records()), hashes(&expected));
}

const VENDOR: &str = "layout = \"long\"
separator = \";\"
date = \"DD.MM.YYYY\"
[columns]
resident_id = 2
name = { join = [\"姓\", \"名\"], with = \"　\" }
birth_date = \"生年月日\"
sex = \"区分\"
vaccinated_on = \"実施\"
product_code = \"種別\"
lot = 8
[constants]
dose_no = \"1\"
municipality_code = \"131016\"
[values.sex]
\"甲\" = \"1\"
\"乙\" = \"2\"
\"\" = \"0\"
[values.product_code]
\"PF\" = \"ファイザー\"
";

#[test]
fn joined_translated_turned_and_constant_cells_make_the_same_record_in_every_encoding() {
    let file = "備考;番号;姓;名;生年月日;区分;実施;製造番号;種別
;1;髙橋;花子;03.04.1980;乙;01.06.2021;L1;PF
;2;佐藤;;3.4.1950;;2.6.2021;;モデルナ\n";
    let expected = ours(
        "resident_id,name,birth_date,sex,dose_no,vaccinated_on,maker,lot,municipality_code
1,髙橋　花子,1980-04-03,2,1,2021-06-01,ファイザー,L1,131016
2,佐藤,1950-04-03,0,1,2021-06-02,モデルナ,,131016\n",
    );
    for encoding in Encoding::ALL {
        let codec = match encoding {
            Encoding::Utf8 | Encoding::Utf8Bom => encoding_rs::UTF_8,
            Encoding::Cp932 => encoding_rs::SHIFT_JIS,
            Encoding::EucJp => encoding_rs::EUC_JP,
        };
        let text = if encoding == Encoding::EucJp { file.replace('髙', "高") } else { file.to_owned() };
        let mut bytes = if encoding == Encoding::Utf8Bom { b"\xEF\xBB\xBF".to_vec() } else { Vec::new() };
        bytes.extend_from_slice(&codec.encode(&text).0);
        let mut desk = Desk::new();
        let (summary, findings) = desk.import(mapped(VENDOR, &bytes));
        assert!(findings.is_empty(), "{encoding:?} {findings:?}");
        assert_eq!(summary.files[0].unused_columns, ["備考"]);
        let records = desk.records();
        assert!(records[1] == expected[1], "{encoding:?}");
        assert!(records[0].doses == expected[0].doses && records[0].person.sex == expected[0].person.sex);
    }
}

#[test]
fn findings_show_the_vendor_s_own_column_and_text() {
    let file = "備考;番号;姓;名;生年月日;区分;実施;製造番号;種別
;1;山田;花子;31.02.1980;丙;01.06.2021;L1;PF
;;山田;花子;03.04.1980;甲;01.06.2999;L1;ＸＸ
;3;山田;花子;03.04.1980;甲;;ロット;PF
;4;山田;花子;03.04.1980;甲;01.06.2021;L1\n";
    let mut desk = Desk::new();
    let (summary, findings) = desk.import(mapped(VENDOR, file.as_bytes()));
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(
        codes(&findings),
        [
            ("impossible-date", 2, 5, "生年月日".to_owned(), text("31.02.1980")),
            ("bad-sex", 2, 6, "区分".to_owned(), text("丙")),
            ("missing-number", 3, 2, "番号".to_owned(), None),
            ("future-date", 3, 7, "実施".to_owned(), text("01.06.2999")),
            ("unknown-maker", 3, 9, "種別".to_owned(), text("ＸＸ")),
            ("missing-date", 4, 7, "実施".to_owned(), None),
            ("bad-lot", 4, 8, "製造番号".to_owned(), text("ロット")),
            ("wrong-cell-count", 5, 0, String::new(), None),
        ]
    );
    assert_eq!((summary.refused(), summary.changes.people_inserted), (4, 0));
    // A person that contradicts another row is found in the vendor's column too.
    let file = "備考;番号;姓;名;生年月日;区分;実施;製造番号;種別
;1;山田;花子;03.04.1980;甲;01.06.2021;L1;PF
;2;山田;花子;03.04.1980;甲;01.06.2021;L1;PF
;1;山田;花子;04.04.1980;甲;01.06.2021;L1;PF\n";
    let (_, findings) = Desk::new().import(mapped(VENDOR, file.as_bytes()));
    assert_eq!(codes(&findings), [("conflicting-person", 4, 2, "番号".to_owned(), text("1"))]);
}

const WIDE: &str = "layout = \"wide\"
[columns]
resident_id = \"id\"
name = \"name\"
birth_date = \"born\"
[[dose]]
vaccinated_on = \"a day\"
lot = \"a lot\"
[[dose]]
number = 3
vaccinated_on = \"b day\"
lot = \"b lot\"
[constants]
maker = \"ファイザー\"
";

#[test]
fn a_wide_row_gives_the_person_and_only_the_doses_that_are_filled() {
    let file = "id,name,born,a day,b day,a lot,b lot
1,山田,1980-01-01,2021-06-01,2021-09-01,L1,L3
2,佐藤,1980-01-02,,2021-09-01,,L3
3,鈴木,1980-01-03,,,,
4,田中,1980-01-04,,2021-09-01,L1,L3\n";
    let mut desk = Desk::new();
    let (summary, findings) = desk.import(mapped(WIDE, file.as_bytes()));
    let gap = ("missing-middle-dose", 2, 5, "b day".to_owned(), Some("2021-09-01".to_owned()));
    let expected = [("missing-date", 5, 4, "a day".to_owned(), None), gap];
    assert_eq!(codes(&findings), expected);
    assert_eq!((summary.changes.people_inserted, summary.changes.doses_inserted, summary.refused()), (3, 3, 1));
    let numbers: Vec<Vec<u8>> =
        desk.records().iter().map(|record| record.doses.iter().map(|dose| dose.number).collect()).collect();
    assert_eq!(numbers, [vec![1, 3], vec![3], vec![]]);
    // A row gives a person's whole series: a dose that it no longer has goes.
    let (summary, _) = desk.import(mapped(WIDE, file.replace("2021-06-01", "").replace("L1", "").as_bytes()));
    assert_eq!(summary.changes.doses_removed, 1);
}

#[test]
fn what_a_mapping_cannot_say_is_an_error_with_its_line() {
    let long = "layout = \"long\"\n[columns]\nresident_id = 1\nname = 2\nbirth_date = 3\ndose_no = 4\nvaccinated_on = 5\nmaker = 6\n";
    assert!(Mapping::parse("m.toml", long).is_ok());
    let cases: [(String, usize, &str); 23] = [
        ("layout = \"long\"\ncolumns = {".to_owned(), 2, "not TOML"),
        ("separator = \",\"\n".to_owned(), 1, "layout is missing"),
        ("layout = \"tall\"\n".to_owned(), 1, "\"long\", \"wide\" or \"residents\""),
        (format!("colums = 1\n{long}"), 1, "unknown key colums; the keys here are: layout, encoding"),
        (format!("{long}kana = 7\n"), 9, "unknown key kana; the keys here are: resident_id, name"),
        (long.replace("resident_id = 1", "resident_id = 0"), 3, "resident_id must be a heading"),
        (long.replace("resident_id = 1", "resident_id = []"), 3, "resident_id must be a heading"),
        (long.replace("name = 2\n", ""), 1, "name in [columns] is missing"),
        (long.replace("dose_no = 4\n", ""), 1, "dose_no in [columns] or [constants] is missing"),
        (format!("{long}[constants]\ndose_no = \"1\"\n"), 1, "dose_no is given twice"),
        (format!("{long}[constants]\nmunicipality_code = \"131017\"\n"), 10, "municipality_code cannot be \"131017\""),
        (format!("{long}[values.maker]\nPF = \"ファイサー\"\n"), 10, "maker cannot be \"ファイサー\""),
        (format!("{long}[values.sex]\n\"F\" = 2\n"), 10, "F must be a text"),
        (format!("{long}[values.colour]\n\"F\" = \"2\"\n"), 9, "unknown key colour"),
        (format!("date = \"DD/MM/YY\"\n{long}"), 1, "date must be YYYY, MM and DD"),
        (format!("headings = \"yes\"\n{long}"), 1, "headings must be true or false"),
        (format!("encoding = \"sjis\"\n{long}"), 1, "encoding must be"),
        (format!("separator = \" \"\n{long}"), 1, "separator must be"),
        (format!("{long}[[dose]]\nvaccinated_on = 1\n"), 9, "unknown key dose"),
        (long.replace("name = 2", "name = { fingerprint = [1] }"), 4, "only resident_id may be a fingerprint"),
        ("layout = \"wide\"\n[columns]\nresident_id = 1\n".to_owned(), 1, "[[dose]] or [doses] is missing"),
        (
            "layout = \"wide\"\n[columns]\nresident_id = 1\n[doses]\nfirst = 2\nwidth = 2\n[doses.columns]\nvaccinated_on = 3\nmaker = 1\n"
                .to_owned(),
            7,
            "a place must be 1 to the width",
        ),
        ("layout = \"wide\"\n[columns]\nresident_id = 1\n[[dose]]\nvaccinated_on = 3\n".to_owned(), 1, "maker or product_code of a dose"),
    ];
    for (text, line, says) in cases {
        let error = Mapping::parse("m.toml", &text).expect_err(&text).to_string();
        assert!(error.starts_with(&format!("m.toml:{line}: ")) && error.contains(says), "{error}\n{text}");
    }
}

#[test]
fn columns_that_a_file_does_not_have_stop_the_import_before_anything_is_taken() {
    let good = ";1;髙橋;花子;03.04.1980;乙;01.06.2021;L1;PF\n";
    for (headings, says) in [
        (
            "備考;番号;姓;名;生年月日;区分;実施;製造番号;型",
            "vendor.toml:10: vendor.csv has no column \"種別\"; it has: 備考, 番号",
        ),
        (
            "備考;番号;姓;名;生年月日;区分;実施;種別;種別",
            "vendor.toml:10: vendor.csv has 2 columns \"種別\": name the column by its number",
        ),
        ("備考;番号;姓;名;生年月日;実施;種別;他", "has no column \"区分\""),
    ] {
        let mut desk = Desk::new();
        let file = format!("{headings}\n{good}");
        let error = desk.try_import(mapped(VENDOR, file.as_bytes())).expect_err("a column is missing").to_string();
        assert!(error.contains(says) && error.ends_with("nothing was imported"), "{error}");
        assert!(desk.records().is_empty() && desk.register.status().expect("reads").imports.is_empty());
    }
    let numbers = "layout = \"wide\"\nheadings = false\n[columns]\nresident_id = 1\n[doses]\nfirst = 2\nwidth = 2\ncount = 2\n[doses.columns]\nvaccinated_on = 1\nmaker = 2\n";
    let error = Desk::new().try_import(mapped(numbers, b"1,2021-06-01,\n")).expect_err("too few").to_string();
    assert!(error.contains("vendor.toml:5: vendor.csv has 3 columns, none with the number 5"), "{error}");
}

#[test]
fn a_text_that_the_file_s_encoding_lacks_is_an_error() {
    let mapping = VENDOR.replace("\"　\"", "\"🙂\"");
    let (bytes, ..) = encoding_rs::SHIFT_JIS.encode("備考;番号;姓;名;生年月日;区分;実施;製造番号;種別\n");
    let error = Desk::new().try_import(mapped(&mapping, &bytes)).expect_err("no such character").to_string();
    assert!(error.contains("vendor.toml:6: \"🙂\" cannot be written in the file's encoding (cp932)"), "{error}");
}

#[test]
fn a_mapping_of_another_layout_than_its_file_is_an_error() {
    let mut input = Input::from_bytes("vendor.csv", b"1,2\n".to_vec());
    input.mapping = Some(Box::new(Mapping::parse("m.toml", VENDOR).expect("a mapping")));
    let sources = Sources::Wide { residents: Some(input), doses: None };
    let error = Desk::new().try_import(sources).expect_err("a long layout").to_string();
    assert!(error.contains("the layout \"long\", which does not fit"), "{error}");
}

/// The examples of the documentation are read, and the whole one does what it says.
#[test]
fn the_example_in_the_documentation_works() {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/mapping.md")).expect("is there");
    let blocks = |kind: &str| -> Vec<String> {
        let fence = format!("```{kind}\n");
        let parts = text.split(&fence).skip(1);
        parts.map(|part| part.split("```").next().unwrap_or_default().to_owned()).collect()
    };
    let (mappings, tables) = (blocks("toml"), blocks("csv"));
    assert!(mappings.len() >= 2 && mappings.len() == tables.len(), "each mapping has its file");
    for (mapping, table) in mappings.iter().zip(&tables) {
        let (summary, findings) = Desk::new().import(mapped(mapping, table.as_bytes()));
        assert_eq!((summary.refused(), findings.len()), (0, 0), "{findings:?}\n{mapping}");
        assert!(summary.changes.doses_inserted > 0);
    }
    // Every field, and every key, is told.
    for field in [
        "resident_id",
        "name",
        "name_kana",
        "name_romaji",
        "birth_date",
        "sex",
        "municipality_code",
        "nationality",
        "passport_no",
        "passport_mrz",
        "shield_flag",
        "recorded_at",
        "dose_no",
        "vaccinated_on",
        "ticket_no",
        "site",
        "doctor",
        "maker",
        "product_code",
        "lot",
        "layout",
        "encoding",
        "separator",
        "headings",
        "date",
        "columns",
        "constants",
        "values",
        "[[dose]]",
        "[doses]",
        "first",
        "width",
        "count",
        "join",
        "with",
        "fingerprint",
        "number",
    ] {
        assert!(text.contains(&format!("`{field}`")), "{field}");
    }
}

/// What only the end of a file shows is looked up in the vendor's rows once more, through the mapping.
#[test]
fn a_late_finding_marks_the_vendor_s_cell_and_holds_the_people_of_both_rows() {
    let mapping = "layout = \"long\"
date = \"DD.MM.YYYY\"
[columns]
resident_id = { fingerprint = [\"name\", \"born\"] }
name = \"name\"
birth_date = \"born\"
dose_no = \"no\"
vaccinated_on = \"day\"
ticket_no = \"coupon\"
[constants]
maker = \"ファイザー\"
";
    let file = "day;coupon;no;born;name
01.06.2021;77;1;06.05.1980;山田
02.06.2021;77;1;07.05.1980;佐藤
22.06.2021;;2;07.05.1980;佐藤
25.06.2021;;3;07.05.1980;佐藤\n";
    let mut desk = Desk::new();
    let (summary, findings) = desk.import(mapped(mapping, file.as_bytes()));
    let told =
        |code, line, number, name: &str, text: &str| (code, line, number, name.to_owned(), Some(text.to_owned()));
    assert_eq!(
        codes(&findings),
        [told("duplicate-coupon", 3, 2, "coupon", "77"), told("interval-too-short", 5, 1, "day", "25.06.2021")]
    );
    assert!(findings.iter().all(|finding| finding.row.is_some()));
    assert_eq!(summary.to_confirm, 2, "both whose coupon it is");
}
