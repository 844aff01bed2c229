//! A finding that a person has to judge holds the person; a confirmation lasts as long as the facts.

use super::{LONG, codes, import_all, register, rows, today};
use tegata_issuer::check::{Code, Diagnostic};
use tegata_issuer::{FindingChoice, ImportOptions, Register, Sources, Summary, import_with};

const GAP: &str =
    "1,山田　花子,1980-05-06,1,2021-06-01,ファイザー,A\n1,山田　花子,1980-05-06,3,2022-02-01,ファイザー,A\n";

fn open(register: &mut Register) -> Vec<(String, &'static str, u64)> {
    let findings = register.open_findings(&FindingChoice::All, None).expect("reads");
    let open = findings.into_iter().filter(|finding| finding.confirmed.is_none());
    open.map(|finding| (finding.person, finding.code.name(), finding.line)).collect()
}

fn confirm(register: &mut Register, choice: &FindingChoice, undo: bool) -> u64 {
    let findings = register.open_findings(choice, None).expect("reads");
    register.confirm(&findings, undo, "2026-11-02").expect("confirms")
}

fn accepting(register: &mut Register, sources: Sources, accept: Vec<Code>) -> Summary {
    let options = ImportOptions { today: today(), dry_run: false, accept };
    import_with(register, sources, &options, &mut |_: &Diagnostic| {}).expect("imports")
}

fn row(file: &str, line: u64, import: Option<u64>) -> FindingChoice {
    FindingChoice::Row { file: file.to_owned(), line, import }
}

#[test]
fn a_confirmation_outlasts_the_next_import_and_falls_with_the_facts() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let text = format!("{LONG}{GAP}2,佐藤　誠,1950-01-02,1,2021-06-01,ファイザー,A\n");
    let (summary, _) = import_all(&mut register, rows(&text));
    let held = ("1".to_owned(), "missing-middle-dose", 3);
    assert_eq!((summary.to_confirm, open(&mut register)), (1, vec![held.clone()]));
    assert_eq!(confirm(&mut register, &row("rows.csv", 2, None), false), 0, "nothing is in that row");
    assert_eq!(confirm(&mut register, &row("rows.csv", 3, None), false), 1);
    assert_eq!(confirm(&mut register, &row("rows.csv", 3, None), false), 0, "it was confirmed already");
    assert_eq!(open(&mut register), []);

    // The same facts in another line of another file.
    let (summary, findings) =
        import_all(&mut register, rows(&text.replace("2,佐藤　誠,1950-01-02,1,2021-06-01,ファイザー,A\n", "")));
    assert_eq!((codes(&findings), summary.to_confirm), (vec![("missing-middle-dose", 3)], 0));
    // Another day is another fact.
    let (summary, _) = import_all(&mut register, rows(&text.replace("2022-02-01", "2022-02-02")));
    assert_eq!((summary.to_confirm, open(&mut register)), (1, vec![held.clone()]));
    // Taken back, it holds again.
    assert_eq!(confirm(&mut register, &row("rows.csv", 3, Some(3)), false), 1);
    assert_eq!(confirm(&mut register, &row("rows.csv", 3, None), true), 1);
    assert_eq!(open(&mut register), [held]);
    // The missing dose ends it.
    let second = format!("{LONG}1,山田　花子,1980-05-06,2,2021-06-22,ファイザー,A\n");
    let (summary, findings) = import_all(&mut register, rows(&second));
    assert_eq!((findings.len(), summary.to_confirm, open(&mut register)), (0, 0, vec![]));
}

#[test]
fn an_import_accepts_a_code_for_its_own_findings_and_for_those_facts_ever_after() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let text = format!("{LONG}{GAP}");
    let summary = accepting(&mut register, rows(&text), vec![Code::MissingMiddleDose]);
    assert_eq!((summary.to_confirm, open(&mut register)), (0, vec![]));
    assert_eq!(import_all(&mut register, rows(&text)).0.to_confirm, 0);
    let other = text.replace("1,山田　花子,1980-05-06", "2,森　愛,1981-05-06");
    assert_eq!(accepting(&mut register, rows(&other), vec![Code::IntervalTooShort]).to_confirm, 1);
    assert_eq!(open(&mut register), [("2".to_owned(), "missing-middle-dose", 3)]);
}

#[test]
fn a_corrected_person_is_held_no_more_and_a_dry_run_holds_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let head = "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,name_romaji\n";
    let wrong = format!("{head}1,山田,ヤマダ ハナコ,1980-05-06,1,2021-06-01,ファイザー,HANAKO<<YAMADA\n");
    let options = ImportOptions { today: today(), dry_run: true, accept: vec![] };
    let tried = import_with(&mut register, rows(&wrong), &options, &mut |_: &Diagnostic| {}).expect("tries");
    assert_eq!((tried.to_confirm, open(&mut register)), (1, vec![]));
    assert_eq!(import_all(&mut register, rows(&wrong)).0.to_confirm, 1);
    assert_eq!(open(&mut register), [("1".to_owned(), "name-halves-swapped", 2)]);
    import_all(&mut register, rows(&wrong.replace("HANAKO<<YAMADA", "YAMADA<<HANAKO")));
    assert_eq!(open(&mut register), []);
}

#[test]
fn two_people_with_one_coupon_are_both_held_and_one_confirmation_frees_both() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut register = register(folder.path());
    let head = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,ticket_no\n";
    let row = |id: u64| format!("{id},山田,1980-05-0{id},1,2021-06-01,ファイザー,77\n");
    import_all(&mut register, rows(&format!("{head}{}{}", row(1), row(2))));
    let both = [("1".to_owned(), "duplicate-coupon", 2), ("2".to_owned(), "duplicate-coupon", 3)];
    assert_eq!(open(&mut register), both);
    let person = FindingChoice::Person(tegata_issuer::RegisterNumber::parse("1").expect("a number"));
    assert_eq!(confirm(&mut register, &person, false), 1);
    assert_eq!(open(&mut register), []);
}
