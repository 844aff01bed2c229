//! Findings across cells and rows: what must be told, and what must not be.

use super::{LONG, codes, import_all, planted_and_found, register, rows, sorted, sources, wide};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tegata_issuer::check::{Code, Diagnostic, Level, Note};
use tegata_issuer::{Encoding, Layout, SampleOptions, write_sample};

fn found(text: &str) -> Vec<(&'static str, u64)> {
    let folder = tempfile::tempdir().expect("a folder");
    codes(&import_all(&mut register(folder.path()), rows(text)).1)
}

/// Ten faults of ten kinds, and over the seeds every kind that can be planted.
#[test]
fn a_file_of_a_hundred_rows_with_ten_faults_gives_exactly_those_ten_findings() {
    let mut kinds = BTreeSet::new();
    for (layout, people) in [(Layout::Vrs, 100), (Layout::Long, 33)] {
        for seed in 0..6 {
            for encoding in Encoding::ALL {
                let folder = tempfile::tempdir().expect("a folder");
                let options = SampleOptions { people, seed, faults: 10.0 / people as f64, layout, encoding };
                let sample = write_sample(&options, folder.path()).expect("writes");
                let lines = fs::read(&sample.files[0]).expect("is there").iter().filter(|&&b| b == b'\n').count();
                assert!((85..=125).contains(&lines), "{lines}");
                let (summary, findings) = import_all(&mut register(folder.path()), sources(layout, &sample.files));
                let told: Vec<Diagnostic> =
                    findings.into_iter().filter(|finding| !follows(folder.path(), finding)).collect();
                let mut all = BTreeSet::new();
                for level in Level::ALL {
                    let (planted, found) = planted_and_found(folder.path(), &told, level);
                    assert_eq!(planted, found, "{layout:?} {encoding:?} {seed}");
                    all.extend(found);
                }
                assert_eq!(
                    (all.len(), summary.to_confirm),
                    (10, sample.held),
                    "{layout:?} {encoding:?} {seed} {all:?}"
                );
                kinds.extend(told.iter().map(|finding| finding.code));
            }
        }
    }
    // Of those that refuse or hold, only passports' zones, a file's shape, My Numbers and FHIR have tests of their own.
    let missing: Vec<&str> = Code::ALL
        .iter()
        .filter(|code| code.level() != Level::Info && !kinds.contains(code) && !code.name().starts_with("fhir-"))
        .map(|code| code.name())
        .collect();
    assert_eq!(
        missing,
        [
            "row-too-long",
            "mrz-check-digit",
            "bad-mrz",
            "mrz-not-passport",
            "mrz-birth-differs",
            "mrz-contradicts",
            "my-number"
        ]
    );
}

/// Whether a finding only follows from another, planted one: rows that wait, and residents whose row of doses has no
/// number that can be read. (A resident whose row was left out is planted, and told by that.)
fn follows(folder: &Path, finding: &Diagnostic) -> bool {
    let planted = planted_and_found(folder, std::slice::from_ref(finding), Level::Info);
    match finding.code {
        Code::WaitsForResident | Code::WaitsForDose => true,
        Code::ResidentWithoutDoses => !planted.0.contains(&planted.1[0]),
        _ => false,
    }
}

#[test]
fn good_rows_of_twenty_thousand_people_give_no_finding_at_all() {
    for (layout, encoding) in [(Layout::Vrs, Encoding::Cp932), (Layout::Long, Encoding::Utf8)] {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SampleOptions { people: 20_000, seed: 4, faults: 0.0, layout, encoding };
        let sample = write_sample(&options, folder.path()).expect("writes");
        let (summary, findings) = import_all(&mut register(folder.path()), sources(layout, &sample.files));
        assert_eq!((findings.len(), summary.refused(), summary.to_confirm), (0, 0, 0), "{findings:?}");
    }
}

#[test]
fn small_good_files_of_any_size_give_no_finding() {
    for people in [1, 7, 40, 150, 230, 450, 700, 1300] {
        let folder = tempfile::tempdir().expect("a folder");
        let options =
            SampleOptions { people, seed: people, faults: 0.0, layout: Layout::Vrs, encoding: Encoding::EucJp };
        let sample = write_sample(&options, folder.path()).expect("writes");
        let (_, findings) = import_all(&mut register(folder.path()), sources(Layout::Vrs, &sample.files));
        assert!(findings.is_empty(), "{people}: {findings:?}");
    }
}

#[test]
fn days_that_cannot_be_come_with_the_day_that_was_meant() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = format!(
        "{LONG}1,森,1970-01-01,1,20211306,ファイザー,A\n2,林,1970-01-02,1,3/6/1,ファイザー,A\n\
         3,原,1970-13-03,1,2021-06-01,ファイザー,A\n4,堀,1970-01-04,1,2003-06-01,ファイザー,A\n\
         5,関,0045-01-05,1,2021-06-01,ファイザー,A\n6,辻,1970-01-06,1,2021-06-31,ファイザー,A\n"
    );
    let findings = import_all(&mut register(folder.path()), rows(&text)).1;
    let told: Vec<(u64, &str, Option<&str>)> = findings
        .iter()
        .map(|finding| {
            let meant = match &finding.note {
                Some(Note::Suggestion(meant)) => Some(meant.as_str()),
                _ => None,
            };
            (finding.line, finding.code.number(), meant)
        })
        .collect();
    assert_eq!(
        sorted(told),
        [
            (2, "E012", Some("2021-06-13")),
            (3, "E011", Some("2021-06-01")),
            (4, "E012", Some("1970-03-13")),
            (5, "W003", Some("2021-06-01")),
            (6, "W001", Some("1970-01-05")),
            (7, "E012", None),
        ]
    );
}

#[test]
fn the_doses_of_a_person_are_judged_together_wherever_their_rows_stand() {
    let dose = |id: u64, number: u64, day: &str| format!("{id},山田　花子,1980-05-06,{number},{day},ファイザー,\n");
    let between: String =
        (1000..2500).map(|id| format!("{id},堀　{id},1980-05-06,1,2021-06-01,ファイザー,\n")).collect();
    for between in ["", between.as_str()] {
        let line = 3 + between.lines().count() as u64;
        let two = |first: String, second: String| found(&format!("{LONG}{first}{between}{second}"));
        let good = two(dose(1, 1, "2021-06-01"), dose(1, 2, "2021-06-22"));
        assert_eq!(good, []);
        let order = two(dose(1, 1, "2021-07-01"), dose(1, 2, "2021-06-01"));
        assert_eq!(sorted(order), [("dose-order", line), ("waits-for-dose", 2)]);
        let interval = two(dose(1, 1, "2021-06-01"), dose(1, 2, "2021-06-05"));
        assert_eq!(interval, [("interval-too-short", line)]);
        let gap = two(dose(1, 1, "2021-06-01"), dose(1, 3, "2022-02-05"));
        assert_eq!(gap, [("missing-middle-dose", line)]);
        let twice = two(dose(1, 1, "2021-06-01"), dose(1, 2, "2021-06-01"));
        assert_eq!(twice, [("same-dose-twice", line)]);
        // The same row again says nothing new, and the later rows may come first.
        assert_eq!(two(dose(1, 2, "2021-06-22"), dose(1, 1, "2021-06-01")), []);
        assert_eq!(two(dose(1, 1, "2021-06-01"), dose(1, 1, "2021-06-01")), []);
    }
}

#[test]
fn doses_that_contradict_those_of_the_register_leave_them_as_they_are() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let row = |number: u64, day: &str| format!("1,山田　花子,1980-05-06,{number},{day},ファイザー,\n");
    import_all(&mut register, rows(&format!("{LONG}{}{}", row(1, "2021-06-01"), row(2, "2021-06-22"))));
    let (summary, findings) = import_all(&mut register, rows(&format!("{LONG}{}", row(2, "2021-05-22"))));
    assert_eq!((codes(&findings), summary.refused()), (vec![("dose-order", 2)], 1));
    let number = tegata_issuer::RegisterNumber::parse("1").expect("a number");
    let days = |register: &mut tegata_issuer::Register| -> Vec<String> {
        let record = register.record(&number).expect("reads").expect("is there");
        record.doses.iter().map(|dose| dose.date.to_string()).collect()
    };
    assert_eq!(days(&mut register), ["2021-06-01", "2021-06-22"]);
    let (summary, findings) = import_all(&mut register, rows(&format!("{LONG}{}", row(1, "2021-07-01"))));
    assert_eq!((codes(&findings), summary.refused()), (vec![("dose-order", 2)], 1));
    assert_eq!(days(&mut register), ["2021-06-01", "2021-06-22"]);
    // Both corrected at once are right whatever the register had.
    let (_, findings) =
        import_all(&mut register, rows(&format!("{LONG}{}{}", row(2, "2021-05-22"), row(1, "2021-05-01"))));
    assert_eq!(
        (codes(&findings), days(&mut register)),
        (vec![], vec!["2021-05-01".to_owned(), "2021-05-22".to_owned()])
    );
}

#[test]
fn a_wide_row_before_the_birth_is_refused_whichever_file_comes_first_in_order() {
    let residents = "個別宛名番号,氏名,生年月日\n7,森　愛,20220101\n8,林　誠,19700101\n";
    let seven = "7,,20210601,1,131016,,,ファイザー,A1\n";
    let eight = "8,,20210601,2,131016,,,ファイザー,A1\n";
    for doses in [format!("{seven}{eight}"), format!("{eight}{seven}")] {
        let folder = tempfile::tempdir().expect("a folder");
        let (summary, findings) = import_all(&mut register(folder.path()), wide(residents, &doses));
        assert_eq!(findings.iter().map(|finding| finding.code.name()).collect::<Vec<_>>(), ["dose-before-birth"]);
        assert_eq!((summary.refused(), summary.changes.doses_inserted), (1, 1));
        let row = findings[0].row.as_ref().expect("the row");
        assert_eq!((row.parts().1, findings[0].column.as_ref().map(|column| column.number)), ("20210601", Some(3)));
    }
}

#[test]
fn a_changed_birth_date_after_the_register_s_doses_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    import_all(&mut register, rows(&format!("{LONG}1,森,1970-01-01,1,2021-06-01,ファイザー,A\n")));
    let residents = "個別宛名番号,氏名,生年月日\n1,森,20220101\n".as_bytes().to_vec();
    let residents = Some(tegata_issuer::Input::from_bytes("residents.csv", residents));
    let sources = tegata_issuer::Sources::Wide { residents, doses: None };
    let (summary, findings) = import_all(&mut register, sources);
    assert_eq!((codes(&findings), summary.refused()), (vec![("dose-before-birth", 2)], 1));
}

#[test]
fn coupons_and_people_that_come_twice_are_told_with_their_counterpart() {
    let head = "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,ticket_no,municipality_code\n";
    let row = |id: u64, kana: &str, dose: u64, day: &str, coupon: &str| {
        format!("{id},山田,{kana},1980-05-0{id},{dose},{day},ファイザー,{coupon},131016\n")
    };
    let text = [
        row(1, "ヤマダ ハナコ", 1, "2021-06-01", "1234567890"),
        // The second dose has the same number on its coupon: only the eighteen digits differ.
        row(1, "ヤマダ ハナコ", 2, "2021-06-22", "221310161234567890"),
        row(2, "ヤマダ イチロウ", 1, "2021-06-01", "211310161234567890"),
        row(3, "ヤマダ ジロウ", 1, "2021-06-01", "1234567891"),
        row(4, "やまだじろう", 1, "2021-06-01", "1234567892").replace("1980-05-04", "1980-05-03"),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    let (summary, findings) = import_all(&mut register(folder.path()), rows(&format!("{head}{}", text.concat())));
    assert_eq!(codes(&findings), [("duplicate-coupon", 4), ("same-person-twice", 6)]);
    let others: Vec<Option<&Note>> = findings.iter().map(|finding| finding.note.as_ref()).collect();
    assert!(matches!(others[0], Some(Note::OtherPerson { line: 2, number }) if number == "1"));
    assert!(matches!(others[1], Some(Note::OtherPerson { line: 5, number }) if number == "3"));
    assert_eq!(summary.to_confirm, 4, "both people of each");
}

#[test]
fn a_coupon_of_another_dose_or_place_is_told_and_an_unreadable_one_left_out() {
    let head = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,ticket_no,municipality_code\n";
    let row = |id: u64, coupon: &str| format!("{id},山田,1980-05-0{id},1,2021-06-01,ファイザー,{coupon},131016\n");
    let text = [
        row(1, "211310160000000001"),
        row(2, "241310160000000002"),
        row(3, "210110020000000003"),
        row(4, "211310170000000004"),
        row(5, "2113101600000005"),
        row(6, "２１１３１０１６０００００００００６"),
    ];
    assert_eq!(
        found(&format!("{head}{}", text.concat())),
        [
            ("coupon-contradicts", 3),
            ("coupon-contradicts", 4),
            ("coupon-check-digit", 5),
            ("bad-ticket", 6),
            ("repaired-width", 7)
        ]
    );
}

#[test]
fn names_that_a_certificate_cannot_carry_are_refused_and_long_ones_told() {
    let name = |name: &str| found(&format!("{LONG}1,{name},1980-05-06,1,2021-06-01,ファイザー,A\n"));
    assert_eq!(name("山田\u{202E}花子"), [("unrepresentable-character", 2)]);
    assert_eq!(name("山田\u{7}花子"), [("unrepresentable-character", 2)]);
    assert_eq!(name("髙﨑\u{E0100}　辻"), [], "a variant is no fault");
    assert_eq!(name(&"山".repeat(20)), []);
    assert_eq!(name(&"山".repeat(21)), [("name-over-20", 2)]);
}

#[test]
fn a_romanised_name_is_held_against_the_kana_of_japanese_only() {
    let head =
        "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,name_romaji,nationality,passport_no\n";
    let row = |id: u64, romanised: &str, nationality: &str| {
        format!("{id},山田,ヤマダ ハナコ,198{id}-05-06,1,2021-06-01,ファイザー,{romanised},{nationality},TK{id}\n")
    };
    let text = [
        row(1, "YAMADA<<HANAKO", "JPN"),
        row(2, "SUZUKI<<ICHIRO", "JPN"),
        row(3, "SUZUKI<<ICHIRO", "BRA"),
        row(4, "HANAKO<<YAMADA", ""),
        row(5, "", "JPN"),
        row(6, "", ""),
    ];
    let told = found(&format!("{head}{}", text.concat()));
    assert_eq!(told, [("romanised-unlike-kana", 3), ("name-halves-swapped", 5), ("romanised-missing", 1)]);
}

#[test]
fn a_lot_that_the_register_knows_is_held_against_a_small_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let row = |id: u64, maker: &str, lot: &str, day: &str| format!("{id},山田,1980-05-06,1,{day},{maker},{lot}\n");
    let many: String = (1..=60).map(|id| row(id, "ファイザー", "FF1013", "2021-06-01")).collect();
    assert_eq!(codes(&import_all(&mut register, rows(&format!("{LONG}{many}"))).1), []);
    let few = [
        row(101, "ファイザー", "FF1013", "2021-06-20"),
        row(102, "ファイザー", "FF1018", "2021-06-20"),
        row(103, "武田/モデルナ", "FF1013", "2021-06-20"),
        row(104, "ファイザー", "FF1013", "2022-06-20"),
        row(105, "武田/モデルナ", "FF1018", "2021-06-20"),
        row(106, "ファイザー", "GG2031", "2021-06-20"),
    ];
    let (summary, findings) = import_all(&mut register, rows(&format!("{LONG}{}", few.concat())));
    assert_eq!(sorted(codes(&findings)), [("lot-like-frequent", 3), ("lot-other-maker", 4), ("lot-out-of-range", 5)]);
    assert_eq!(summary.to_confirm, 3);
}

#[test]
fn residents_without_doses_are_told_only_beside_a_file_of_doses() {
    let residents = "個別宛名番号,氏名,生年月日\n7,森　愛,19700101\n8,林　誠,19700102\n";
    let doses = "7,,20210601,1,131016,,,ファイザー,A1\n";
    let folder = tempfile::tempdir().expect("a folder");
    let findings = import_all(&mut register(folder.path()), wide(residents, doses)).1;
    assert_eq!(codes(&findings), [("resident-without-doses", 3)]);
    // Whose row of doses is refused has been told so already.
    let refused = format!("{doses}8,,20210631,1,131016,,,ファイザー,A1\n");
    let folder = tempfile::tempdir().expect("a folder");
    let findings = import_all(&mut register(folder.path()), wide(residents, &refused)).1;
    assert_eq!(codes(&findings), [("impossible-date", 2)]);
    let residents = Some(tegata_issuer::Input::from_bytes("residents.csv", residents.as_bytes().to_vec()));
    let folder = tempfile::tempdir().expect("a folder");
    let sources = tegata_issuer::Sources::Wide { residents, doses: None };
    assert!(import_all(&mut register(folder.path()), sources).1.is_empty());
}

#[test]
fn every_finding_shows_its_row_with_the_cell_marked() {
    for encoding in [Encoding::Cp932, Encoding::Utf8Bom] {
        let folder = tempfile::tempdir().expect("a folder");
        let options = SampleOptions { people: 300, seed: 2, faults: 0.3, layout: Layout::Vrs, encoding };
        let sample = write_sample(&options, folder.path()).expect("writes");
        let findings = import_all(&mut register(folder.path()), sources(Layout::Vrs, &sample.files)).1;
        assert!(findings.len() > 60);
        for finding in &findings {
            let row = finding.row.as_ref().expect("a row");
            let (before, part, after) = row.parts();
            assert_eq!(format!("{before}{part}{after}"), row.text);
            assert!(!row.text.chars().any(char::is_control) && row.text.chars().count() <= 220, "{}", row.text);
            let text = finding.text.as_deref().unwrap_or_default().trim_end_matches('…');
            let is_number = finding.column.as_ref().is_some_and(|column| column.number == 1);
            assert!(is_number || part.trim().starts_with(text.trim()), "{finding:?}: {part} is not {text}");
        }
    }
}
