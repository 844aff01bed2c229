//! Import as a library: what a sample plants is found, and nothing else; good rows survive; importing again is safe.

mod findings;
mod holding;
mod passports;
mod reports;

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use tegata_certificate::Date;
use tegata_issuer::check::{Diagnostic, Level};
use tegata_issuer::{
    Encoding, ImportError, Input, Layout, Register, RegisterNumber, SAMPLE_MANIFEST, SampleOptions, Sources, Summary,
    import, write_sample,
};

fn today() -> Date {
    Date::from_ymd(2026, 11, 1).expect("a day")
}

fn sources(layout: Layout, files: &[PathBuf]) -> Sources {
    let open = |place: usize| Input::open(&files[place]).expect("opens");
    match layout {
        Layout::Vrs => Sources::Wide { residents: Some(open(0)), doses: Some(open(1)) },
        Layout::Long => Sources::Long(open(0)),
    }
}

fn register(folder: &Path) -> Register {
    Register::open_or_create(folder.join("register.sqlite")).expect("opens")
}

fn import_all(register: &mut Register, sources: Sources) -> (Summary, Vec<Diagnostic>) {
    let mut findings = Vec::new();
    let summary = import(register, sources, today(), false, &mut |finding: &Diagnostic| findings.push(finding.clone()))
        .expect("imports");
    (summary, findings)
}

fn rows(text: &str) -> Sources {
    Sources::Long(Input::from_bytes("rows.csv", text.as_bytes().to_vec()))
}

fn wide(residents: &str, doses: &str) -> Sources {
    let input = |name, text: &str| Some(Input::from_bytes(name, text.as_bytes().to_vec()));
    Sources::Wide { residents: input("residents.csv", residents), doses: input("doses.csv", doses) }
}

fn codes(findings: &[Diagnostic]) -> Vec<(&'static str, u64)> {
    findings.iter().map(|finding| (finding.code.name(), finding.line)).collect()
}

const LONG: &str = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot\n";

/// What a sample's manifest says must be found, and what was found, of a level: `file:line:column code`.
fn planted_and_found(folder: &Path, findings: &[Diagnostic], level: Level) -> (Vec<String>, Vec<String>) {
    let manifest = fs::read(folder.join(SAMPLE_MANIFEST)).expect("is there");
    let manifest: Value = serde_json::from_slice(&manifest).expect("is JSON");
    let faults = manifest["faults"].as_array().expect("a list").iter();
    let planted = faults.filter(|fault| fault["level"] == level.name()).map(|fault| {
        let (file, code) = (fault["file"].as_str().expect("a name"), fault["code"].as_str().expect("a code"));
        format!("{file}:{}:{} {code}", fault["line"], fault["column"])
    });
    let found = findings.iter().filter(|finding| finding.code.level() == level).map(|finding| {
        let file = Path::new(&*finding.file).file_name().expect("a name").to_string_lossy().into_owned();
        let column = finding.column.as_ref().map_or("null".to_owned(), |column| column.number.to_string());
        format!("{file}:{}:{column} {}", finding.line, finding.code.name())
    });
    (sorted(planted.collect()), sorted(found.collect()))
}

/// Every layout and encoding: exactly the planted faults, in their file, line and column.
#[test]
fn every_planted_fault_is_found_where_it_is_and_nothing_else_is() {
    for layout in [Layout::Vrs, Layout::Long] {
        for encoding in Encoding::ALL {
            let folder = tempfile::tempdir().expect("a folder");
            let options = SampleOptions { people: 400, seed: 7, faults: 0.3, layout, encoding };
            let sample = write_sample(&options, folder.path()).expect("writes");
            let mut register = register(folder.path());
            let (summary, findings) = import_all(&mut register, sources(layout, &sample.files));
            for level in [Level::Block, Level::Eye] {
                let (planted, found) = planted_and_found(folder.path(), &findings, level);
                assert_eq!(planted, found, "{layout:?} {encoding:?}");
            }
            let (planted, found) = planted_and_found(folder.path(), &findings, Level::Info);
            assert!(planted.iter().all(|planted| found.contains(planted)), "{planted:?} {found:?}");
            // Whoever has no other row of doses than a refused one has none.
            let follows = |found: &String| found.contains(" waits-for-") || found.ends_with(" resident-without-doses");
            assert!(found.iter().all(|found| planted.contains(found) || follows(found)), "{found:?}");
            let kinds: BTreeSet<&str> = findings.iter().map(|finding| finding.code.name()).collect();
            assert!(kinds.len() >= 44, "{} {kinds:?}", kinds.len());

            assert_eq!((summary.refused(), summary.waiting()), (sample.refused, sample.waiting));
            assert_eq!(
                (summary.changes.people_inserted, summary.changes.doses_inserted),
                (sample.people, sample.doses)
            );
            assert_eq!(summary.to_confirm, sample.held);
            assert!(summary.files.iter().all(|file| file.encoding == encoding.name()));
            let status = register.status().expect("reads");
            assert_eq!((status.people, status.doses), (sample.people, sample.doses));
        }
    }
}

#[test]
fn the_same_files_again_change_nothing_and_find_the_same() {
    for layout in [Layout::Vrs, Layout::Long] {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SampleOptions { people: 1500, seed: 3, faults: 0.05, layout, encoding: Encoding::Cp932 };
        let sample = write_sample(&options, folder.path()).expect("writes");
        let mut register = register(folder.path());
        let (first, findings) = import_all(&mut register, sources(layout, &sample.files));
        let records = all_hashes(&mut register);
        let (second, again) = import_all(&mut register, sources(layout, &sample.files));
        assert_eq!(sorted(codes(&findings)), sorted(codes(&again)));
        assert_eq!(second.changes.people_unchanged, first.changes.people_inserted);
        assert_eq!(second.changes.doses_unchanged, first.changes.doses_inserted);
        assert_eq!(second.changes.people_inserted + second.changes.people_updated + second.changes.doses_inserted, 0);
        assert_eq!(second.changes.doses_updated + second.changes.doses_removed, 0);
        assert_eq!(records, all_hashes(&mut register));
    }
}

fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort();
    list
}

fn all_hashes(register: &mut Register) -> Vec<(RegisterNumber, [u8; 32])> {
    let mut all = Vec::new();
    loop {
        let page = register.issuable_after(all.last().map(|(number, _)| number), 100).expect("reads");
        if page.is_empty() {
            return all;
        }
        all.extend(page.iter().map(|record| (record.person.number.clone(), record.content_hash())));
    }
}

#[test]
fn both_layouts_of_one_sample_give_the_same_records() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    for layout in [Layout::Vrs, Layout::Long] {
        let folder = folder.path().join(format!("{layout:?}"));
        let options = SampleOptions { people: 200, seed: 11, faults: 0.0, layout, encoding: Encoding::Utf8 };
        let sample = write_sample(&options, &folder).expect("writes");
        let mut register = register(&folder);
        let (summary, findings) = import_all(&mut register, sources(layout, &sample.files));
        assert_eq!((summary.refused(), findings.len()), (0, 0));
        all.push(all_hashes(&mut register));
    }
    assert_eq!(all[0].len(), 200);
    assert_eq!(all[0], all[1]);
}

#[test]
fn a_sample_follows_from_its_seed_byte_for_byte() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, seed| {
        let options = SampleOptions { people: 50, seed, faults: 0.3, layout: Layout::Vrs, encoding: Encoding::EucJp };
        let sample = write_sample(&options, &folder.path().join(name)).expect("writes");
        sample.files.iter().map(|file| fs::read(file).expect("is there")).collect::<Vec<_>>()
    };
    assert_eq!(write("a", 5), write("b", 5));
    assert_ne!(write("c", 5), write("d", 6));
}

#[test]
fn the_order_of_the_two_files_does_not_matter() {
    for faults in [0.0, 0.05] {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SampleOptions { people: 2500, seed: 9, faults, layout: Layout::Vrs, encoding: Encoding::Cp932 };
        let sample = write_sample(&options, folder.path()).expect("writes");
        let mut in_order = register(folder.path());
        let (expected, _) = import_all(&mut in_order, sources(Layout::Vrs, &sample.files));

        // The doses backwards: hardly any of them meets its person on the way.
        let bytes = fs::read(&sample.files[1]).expect("is there");
        let mut lines: Vec<&[u8]> = bytes.split_inclusive(|&b| b == b'\n').collect();
        lines[1..].reverse();
        let other = tempfile::tempdir().expect("a folder");
        let path = other.path().join("doses.csv");
        fs::write(&path, lines.concat()).expect("writes");
        let mut backwards = register(other.path());
        let (summary, _) = import_all(&mut backwards, sources(Layout::Vrs, &[sample.files[0].clone(), path]));
        assert_eq!(summary.changes, expected.changes);
        assert_eq!((summary.refused(), summary.waiting()), (expected.refused(), expected.waiting()));
        // Of two rows that contradict each other the first goes in, so only a good sample is the same.
        assert!(faults > 0.0 || all_hashes(&mut backwards) == all_hashes(&mut in_order));
    }
}

#[test]
fn a_corrected_row_goes_in_and_a_changed_one_is_updated() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let faulty = format!(
        "{LONG}1,山田　花子,1980-05-06,1,2021-06-31,ファイザー,TX1013\n2,佐藤　誠,1950-01-02,1,2021-06-01,ファイザー,TX1014\n"
    );
    let (summary, findings) = import_all(&mut register, rows(&faulty));
    assert_eq!(codes(&findings), [("impossible-date", 2)]);
    assert_eq!((summary.changes.people_inserted, summary.refused()), (1, 1));

    let corrected = faulty.replace("2021-06-31", "2021-06-30").replace("TX1014", "TX1041");
    let (summary, findings) = import_all(&mut register, rows(&corrected));
    assert!(findings.is_empty());
    let changes = summary.changes;
    assert_eq!((changes.people_inserted, changes.people_updated, changes.people_unchanged), (1, 0, 1));
    assert_eq!((changes.doses_inserted, changes.doses_updated, changes.doses_unchanged), (1, 1, 0));
    let record = register.record(&RegisterNumber::parse("2").expect("a number")).expect("reads").expect("is there");
    assert_eq!(record.doses.len(), 1);
    assert_eq!(record.doses[0].lot.as_deref(), Some("TX1041"));
}

#[test]
fn a_corrected_wide_row_states_the_whole_series_and_leaves_other_vaccines_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let residents = "個別宛名番号,氏名,生年月日\n7,森　愛,19700101\n";
    let two = "7,,20210601,1,131016,,,ファイザー,A1,,20210701,2,131016,,,ファイザー,A2\n";
    import_all(&mut register, wide(residents, two));
    let fever = format!("{LONG}7,森　愛,1970-01-01,1,2019-02-03,yellow-fever,YF1\n");
    assert_eq!(import_all(&mut register, rows(&fever)).0.changes.doses_inserted, 1);

    let one = "7,,20210601,1,131016,,,ファイザー,A1,,,,,,,,\n";
    let changes = import_all(&mut register, wide(residents, one)).0.changes;
    assert_eq!((changes.doses_removed, changes.doses_unchanged, changes.people_unchanged), (1, 1, 1));
    let record = register.record(&RegisterNumber::parse("0007").expect("a number")).expect("reads").expect("is there");
    let products: Vec<&str> = record.doses.iter().map(|dose| dose.product.key).collect();
    assert_eq!(products, ["yellow-fever", "comirnaty"]);
}

#[test]
fn a_file_without_a_column_leaves_those_particulars_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    import_all(
        &mut register,
        wide(
            "個別宛名番号,氏名,生年月日,ローマ字氏名,国籍\n7,森　愛,19700101,MORI<<AI,JPN\n",
            "7,,20210601,1,131016,,,ファイザー,A1\n",
        ),
    );
    let changes = import_all(
        &mut register,
        wide("個別宛名番号,氏名,生年月日\n7,森　愛,19700101\n", "7,,20210601,1,131016,,,ファイザー,A1\n"),
    )
    .0
    .changes;
    assert_eq!(changes.people_unchanged, 1);
    let number = RegisterNumber::parse("7").expect("a number");
    let record = register.record(&number).expect("reads").expect("is there");
    assert_eq!(record.person.romanised.expect("kept").to_mrz(), "MORI<<AI");
    // An emptied cell is a statement, a missing column is none.
    import_all(
        &mut register,
        wide("個別宛名番号,氏名,生年月日,ローマ字氏名\n7,森　愛,19700101,\n", "7,,20210601,1,131016,,,ファイザー,A1\n"),
    );
    assert!(register.record(&number).expect("reads").expect("is there").person.romanised.is_none());
}

#[test]
fn doses_alone_find_the_residents_of_an_earlier_import() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let residents =
        Input::from_bytes("residents.csv", "個別宛名番号,氏名,生年月日\n7,森　愛,19700101\n".as_bytes().to_vec());
    let (summary, _) = import_all(&mut register, Sources::Wide { residents: Some(residents), doses: None });
    assert_eq!(summary.changes.people_inserted, 1);
    assert!(register.issuable_after(None, 10).expect("reads").is_empty());
    let doses = "              7,,20210601,1,131016,,,ファイザー,A1\n8,,20210601,2,131016,,,ファイザー,A1\n";
    let doses = Input::from_bytes("doses.csv", doses.as_bytes().to_vec());
    let (summary, findings) = import_all(&mut register, Sources::Wide { residents: None, doses: Some(doses) });
    assert_eq!(codes(&findings), [("no-matching-resident", 2)]);
    assert_eq!((summary.changes.doses_inserted, summary.refused()), (1, 1));
}

#[test]
fn contradictions_are_refused_wherever_the_two_rows_stand() {
    let dose =
        |id: u64, number: u64, lot: &str| format!("{id},山田　花子,1980-05-06,{number},2021-06-01,ファイザー,{lot}\n");
    let between: String = (1000..2500).map(|id| dose(id, 1, "A1")).collect();
    // Next to each other, and far apart; also where the first was in the register before.
    for between in ["", between.as_str()] {
        for before in [false, true] {
            let folder = tempfile::tempdir().expect("a folder");
            let mut register = register(folder.path());
            if before {
                import_all(&mut register, rows(&format!("{LONG}{}", dose(1, 1, "A1"))));
            }
            let text = format!("{LONG}{}{between}{}", dose(1, 1, "A1"), dose(1, 1, "B2"));
            let line = 3 + between.lines().count() as u64;
            assert_eq!(codes(&import_all(&mut register, rows(&text)).1), [("conflicting-dose", line)]);
            let other_name = dose(1, 2, "A1").replace("花子", "太郎");
            let text = format!("{LONG}{}{between}{other_name}", dose(1, 1, "A1"));
            assert_eq!(codes(&import_all(&mut register, rows(&text)).1), [("conflicting-person", line)]);
            let record =
                register.record(&RegisterNumber::parse("1").expect("a number")).expect("reads").expect("is there");
            assert_eq!((record.doses.len(), record.doses[0].lot.as_deref()), (1, Some("A1")));
        }
    }
}

#[test]
fn repairs_are_listed_and_the_row_goes_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let text = "resident_id;name;name_kana;birth_date;dose_no;vaccinated_on;maker;municipality_code\r\n\
        １２；;山田　花子　;ﾔﾏﾀﾞ;S55.5.6;２;令和3年6月1日;武田／モデルナ;11002\r\n"
        .replace("１２；;", "１２;");
    let (summary, findings) = import_all(&mut register, rows(&text));
    assert_eq!(summary.refused(), 0);
    let mut found: Vec<&str> = findings.iter().map(|finding| finding.code.name()).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "repaired-blanks",
            "repaired-date",
            "repaired-date",
            "repaired-municipality",
            "repaired-width",
            "repaired-width",
            "repaired-width"
        ]
    );
    let record = register.record(&RegisterNumber::parse("12").expect("a number")).expect("reads").expect("is there");
    assert_eq!(record.person.kana.as_deref(), Some("ヤマダ"));
    assert_eq!(record.person.birth.to_string(), "1980-05-06");
    let dose = &record.doses[0];
    assert_eq!((dose.number, dose.date.to_string().as_str(), dose.product.key), (2, "2021-06-01", "spikevax"));
    assert_eq!(dose.municipality.expect("repaired").to_string(), "011002");
}

#[test]
fn a_file_that_is_no_register_is_refused_as_a_whole_with_a_remedy() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let mut fail =
        |sources| import(&mut register, sources, today(), false, &mut |_: &Diagnostic| {}).expect_err("refused");
    assert!(matches!(fail(rows("")), ImportError::Empty { .. }));
    assert!(matches!(fail(rows("a,b\n1,2\n")), ImportError::MissingColumns { .. }));
    assert!(matches!(
        fail(Sources::Long(Input::from_bytes("x", b"\xFF\xFEr\0e\0".to_vec()))),
        ImportError::Utf16 { .. }
    ));
    let wide_as_long = "個別宛名番号,登録日時1,接種日1,券番号1,自治体1,会場1,医師1,メーカー1,ロット1,登録日時2,接種日2,券2,自2,会2,医2,メ2,ロ2\n";
    assert!(matches!(fail(rows(wide_as_long)), ImportError::WideLayout { .. }));
    assert!(matches!(fail(wide("個別宛名番号,氏名,生年月日\n1,森,19700101\n", "1,2\n")), ImportError::NotWide { .. }));
    assert!(matches!(
        fail(wide("氏名,生年月日\n森,19700101\n", "")),
        ImportError::Empty { .. } | ImportError::MissingColumns { .. }
    ));
    assert_eq!(register.status().expect("reads").people, 0);
}

#[test]
fn a_dry_run_finds_all_and_keeps_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let text =
        format!("{LONG}1,山田　花子,1980-05-06,1,2021-06-01,ファイザー,A1\n2,佐藤,1950-01-02,1,2021-06-01,不明,A1\n");
    let mut findings = Vec::new();
    let summary =
        import(&mut register, rows(&text), today(), true, &mut |finding: &Diagnostic| findings.push(finding.clone()))
            .expect("checks");
    assert_eq!((summary.changes.people_inserted, summary.refused(), summary.dry_run), (1, 1, true));
    assert_eq!(codes(&findings), [("unknown-maker", 3)]);
    let status = register.status().expect("reads");
    assert_eq!((status.people, status.imports.len()), (0, 0));
}

/// The date injected is the border: the day itself is fine, the next is not.
#[test]
fn no_dose_lies_after_the_injected_today() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let text =
        format!("{LONG}1,山田,1980-05-06,1,2026-11-01,ファイザー,A1\n2,佐藤,1950-01-02,1,2026-11-02,ファイザー,A1\n");
    assert_eq!(codes(&import_all(&mut register, rows(&text)).1), [("future-date", 3)]);
}

mod hostile {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

        #[test]
        fn no_bytes_make_the_import_panic_or_leave_a_trace_of_an_error(
            people in proptest::collection::vec(any::<u8>(), 0..400),
            doses in proptest::collection::vec(any::<u8>(), 0..400),
            headed in any::<bool>(),
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            let mut register = register(folder.path());
            let head = |head: &str, bytes: &[u8]| {
                let mut all = if headed { head.as_bytes().to_vec() } else { Vec::new() };
                all.extend_from_slice(bytes);
                all
            };
            let residents = head("個別宛名番号,氏名,生年月日,ローマ字氏名\n", &people);
            let doses_file = head("個別宛名番号,登録日時,接種日,券番号,自治体コード,会場名,医師名,メーカー,ロット\n", &doses);
            let sources = Sources::Wide {
                residents: Some(Input::from_bytes("residents", residents)),
                doses: Some(Input::from_bytes("doses", doses_file)),
            };
            let wide = import(&mut register, sources, today(), false, &mut |_: &Diagnostic| {});
            let long = import(&mut register, Sources::Long(Input::from_bytes("rows", head(LONG, &people))), today(), false, &mut |_: &Diagnostic| {});
            let kept = register.status().expect("reads").imports.len();
            prop_assert_eq!(kept, wide.map_or(0, |_| 2) + usize::from(long.is_ok()));
        }

        #[test]
        fn no_text_in_a_cell_makes_the_import_panic(cells in proptest::collection::vec("[^,\n]{0,12}", 7)) {
            let folder = tempfile::tempdir().expect("a folder");
            let mut register = register(folder.path());
            let text = format!("{LONG}{}\n", cells.join(","));
            let _ = import(&mut register, rows(&text), today(), false, &mut |_: &Diagnostic| {});
        }
    }
}
