//! Reports: the page, the lines, and the file itself with columns added.

use super::{import_all, planted_and_found, register, sorted, sources, today};
use std::fs;
use std::path::{Path, PathBuf};
use tegata_issuer::check::{Diagnostic, Language, Level};
use tegata_issuer::report::{ReportError, Reports};
use tegata_issuer::{
    Encoding, ImportOptions, Input, Layout, SampleOptions, Sources, Summary, import_with, write_sample,
};

fn reported(folder: &Path, sources: Sources, reports: &[&str]) -> Summary {
    let paths: Vec<PathBuf> = reports.iter().map(|name| folder.join(name)).collect();
    let mut reports = Reports::begin(&paths, &sources, Language::Ja).expect("begins");
    let options = ImportOptions { today: today(), dry_run: false, accept: vec![] };
    let summary = import_with(&mut register(folder), sources, &options, &mut reports).expect("imports");
    reports.finish().expect("places");
    summary
}

fn text_of(path: &Path, encoding: Encoding) -> String {
    let bytes = fs::read(path).expect("is there");
    let label = match encoding {
        Encoding::Cp932 => "shift_jis",
        Encoding::EucJp => "euc-jp",
        Encoding::Utf8 | Encoding::Utf8Bom => "utf-8",
    };
    encoding_rs::Encoding::for_label(label.as_bytes()).expect("known").decode(&bytes).0.into_owned()
}

/// The original rows are there byte for byte, and what is added says the same as the findings.
#[test]
fn the_returned_file_is_the_same_with_three_columns_more_and_goes_in_again_as_it_is() {
    for layout in [Layout::Vrs, Layout::Long] {
        for encoding in Encoding::ALL {
            let folder = tempfile::tempdir().expect("a folder");
            let options = SampleOptions { people: 200, seed: 5, faults: 0.3, layout, encoding };
            let sample = write_sample(&options, folder.path()).expect("writes");
            let first = reported(folder.path(), sources(layout, &sample.files), &["report.csv"]);
            let returned: Vec<PathBuf> = match layout {
                Layout::Vrs => vec![folder.path().join("report.residents.csv"), folder.path().join("report.doses.csv")],
                Layout::Long => vec![folder.path().join("report.csv")],
            };
            let mut remarks = 0;
            for (original, returned) in sample.files.iter().zip(&returned) {
                let (original, bytes) = (fs::read(original).expect("is there"), fs::read(returned).expect("is there"));
                let rows =
                    |bytes: &[u8]| bytes.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
                let (original, bytes) = (rows(&original), rows(&bytes));
                assert_eq!(original.len(), bytes.len());
                for (old, new) in original.iter().zip(&bytes) {
                    let old = old.strip_suffix(b"\r\n").expect("a line end");
                    let added = new.strip_prefix(old).expect("the very row").strip_suffix(b"\r\n").expect("a line end");
                    assert!(added.starts_with(b","));
                    remarks += usize::from(added != b",,,");
                }
            }
            assert!(remarks > 30, "{remarks}");

            // Again as it is: the same findings, and the report of it is the same file.
            let again = tempfile::tempdir().expect("a folder");
            let (second, findings) = import_all(&mut register(again.path()), sources(layout, &returned));
            assert_eq!(
                (second.refused(), second.waiting()),
                (first.refused(), first.waiting()),
                "{layout:?} {encoding:?}"
            );
            assert_eq!(second.changes, first.changes);
            assert!(second.files.iter().all(|file| file.unused_columns.is_empty()));
            let renamed: Vec<Diagnostic> = findings
                .into_iter()
                .map(|mut finding| {
                    let name = finding.file.replace("report.residents", "residents").replace("report.doses", "doses");
                    finding.file = name.replace("report.csv", "rows.csv").into();
                    finding
                })
                .collect();
            for level in [Level::Block, Level::Eye] {
                let (planted, found) = planted_and_found(folder.path(), &renamed, level);
                assert_eq!(planted, found);
            }
            reported(again.path(), sources(layout, &returned), &["again.csv"]);
            for file in &returned {
                let name = file.file_name().expect("a name").to_string_lossy().replace("report", "again");
                let lines = |path: &Path| -> Vec<String> {
                    let bytes = fs::read(path).expect("is there");
                    bytes.split(|&b| b == b'\n').map(|line| String::from_utf8_lossy(line).into_owned()).collect()
                };
                let (first, second) = (lines(file), lines(&again.path().join(name)));
                let other = first.iter().zip(&second).find(|(first, second)| first != second);
                assert_eq!((other, first.len()), (None, second.len()));
            }
        }
    }
}

/// Quotation marks, other separators, line ends and blank lines stay; a wide export without headings, too.
#[test]
fn a_returned_file_keeps_quotes_separators_line_ends_and_blank_lines() {
    let folder = tempfile::tempdir().expect("a folder");
    let report = |name: &str, text: &str, wide: bool| {
        let input = Input::from_bytes(name, text.as_bytes().to_vec());
        let sources = if wide { Sources::Wide { residents: None, doses: Some(input) } } else { Sources::Long(input) };
        reported(folder.path(), sources, &["out.csv"]);
        fs::read_to_string(folder.path().join("out.csv")).expect("is text")
    };
    let text = "resident_id;name;birth_date;dose_no;vaccinated_on;maker\n\n\
        1;\"山田;\n花子\";1980-05-06;1;2021-06-01;\"ファイザー\"\n\
        2;\"山\"\"田\";1980-05-07;1;2021-02-30;ファイザー\r\n\n\
        3;山田;1980-05-08;1;2021-06-01";
    let expected = "resident_id;name;birth_date;dose_no;vaccinated_on;maker;tegata_level;tegata_codes;tegata_message\n\n\
        1;\"山田;\n花子\";1980-05-06;1;2021-06-01;\"ファイザー\";block;E009;name: 証明書に載せられない文字（制御文字や書字方向の文字など）が含まれています\n\
        2;\"山\"\"田\";1980-05-07;1;2021-02-30;ファイザー;block;E012;vaccinated_on: 存在しない日付です\r\n\n\
        3;山田;1980-05-08;1;2021-06-01;block;E002;列の数が他の行と違います (6列のはずが5列)";
    let returned = report("rows.csv", text, false);
    assert_eq!(returned, expected);
    assert_eq!(report("rows.csv", &returned, false), expected, "again, it does not grow");

    let headless = "8,,20210601,1,131016,,,ファイザー,A1\n9,,20210631,1,131016,,,ファイザー,A1\n";
    let returned = report("doses.csv", headless, true);
    let lines: Vec<&str> = returned.lines().collect();
    assert!(lines[0].ends_with(",A1,block,E028,個別宛名番号: この宛名番号の住民が見つかりません"), "{returned}");
    assert!(lines[1].contains(",A1,block,E012,"), "{returned}");
    assert_eq!(report("doses.csv", &returned, true), returned);
}

#[test]
fn what_a_report_adds_is_no_formula_and_what_the_encoding_lacks_is_seen() {
    let folder = tempfile::tempdir().expect("a folder");
    // A heading that begins a formula begins the message.
    let head = "resident_id,name,=birth_date,birth_date,dose_no,vaccinated_on,maker\n";
    let text = format!("{head}1,山田,,1980-05-06,1,2021-06-01,ファイサー\n").replace("maker", "メーカー");
    let bytes = encoding_rs::EUC_JP.encode(&text).0.into_owned();
    let mut input = Input::from_bytes("rows.csv", bytes);
    input.encoding = Some(Encoding::EucJp);
    let sources = Sources::Long(input);
    reported(folder.path(), sources, &["out.csv"]);
    let returned = text_of(&folder.path().join("out.csv"), Encoding::EucJp);
    let line = returned.lines().nth(1).expect("a row");
    assert!(line.contains(",block,E016,メーカー: "), "{line}");
    assert!(line.contains("「ファイザー」"), "{line}");
    assert!(!line.split(',').any(|cell| cell.starts_with(['=', '+', '-', '@'])), "{line}");
}

#[test]
fn the_page_is_whole_safe_and_says_what_was_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let head = "resident_id,name,birth_date,dose_no,vaccinated_on,maker\n";
    let bad: String =
        (0..80).map(|id| format!("{id},<script>x</script>&,1980-05-06,1,2021-02-30,ファイザー\n")).collect();
    let text = format!("{head}{bad}99,山田,1980-05-06,1,2021-06-01,ファイザー\n");
    let sources = || Sources::Long(Input::from_bytes("rows.csv", text.as_bytes().to_vec()));
    let summary = reported(folder.path(), sources(), &["report.html", "report.ndjson"]);
    let page = fs::read_to_string(folder.path().join("report.html")).expect("is text");
    assert!(page.starts_with("<!doctype html>\n<html lang=\"ja\">"));
    assert!(page.contains("default-src 'none'; style-src 'sha256-"));
    assert!(
        !page.contains("<script") && !page.contains("http:") && !page.contains("https:") && !page.contains(" style=")
    );
    assert!(page.contains("&lt;script&gt;x&lt;/script&gt;&amp;"));
    assert!(page.contains("<mark>2021-02-30</mark>"));
    assert_eq!(page.matches("<mark>").count(), 50, "the rest is counted");
    assert!(page.contains("<p>30 行は省きました") && page.contains("<details>") && page.contains("id=\"E012\""));
    assert!(page.contains("<td>81</td><td>1</td><td>80</td><td>0</td>"));
    assert_eq!((summary.files[0].rows, summary.refused()), (81, 80));
    let lines = fs::read_to_string(folder.path().join("report.ndjson")).expect("is text");
    let lines: Vec<serde_json::Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!((lines.len(), lines[0]["number"].as_str()), (81, Some("E012")));
    assert_eq!(lines[80]["summary"]["files"][0]["refused"], 80);
    let names: Vec<String> = fs::read_dir(folder.path())
        .expect("reads")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .collect();
    let expected =
        ["register.sqlite", "register.sqlite.key", "register.sqlite.key.audit", "report.html", "report.ndjson"];
    assert_eq!(sorted(names), expected, "nothing is left beside them");
}

#[test]
fn a_report_never_takes_the_place_of_what_is_imported() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("rows.csv");
    fs::write(&file, "resident_id,name,birth_date,dose_no,vaccinated_on,maker\n").expect("writes");
    let sources = Sources::Long(Input::open(&file).expect("opens"));
    let begin = |path: PathBuf| Reports::begin(&[path], &sources, Language::En).err();
    assert!(matches!(begin(file.clone()), Some(ReportError::Overwrites(_))));
    assert!(matches!(begin(folder.path().join("report.pdf")), Some(ReportError::Kind(_))));
    assert!(matches!(begin(folder.path().join("none/report.html")), Some(ReportError::Begin { .. })));
    assert!(begin(folder.path().join("report.csv")).is_none());
}
