//! Print runs: what is released, what is held back, and what a second run finds.

use crate::press::{fonts, press, today};
use std::collections::HashMap;
use std::fs;
use std::num::NonZero;
use std::path::Path;
use tegata_certificate::{Date, Format};
use tegata_issuer::approval::{ApprovalKind, Decision, Subject};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::issue::{IssuingKey, Plan};
use tegata_issuer::paper::{
    Addresses, Expected, HELD_BACK, HoldReason, LintFault, PRINT_MANIFEST, PaperKind, Press, PrintChoice, PrintEnd,
    PrintError, PrintOrder, Templates, lint, print,
};
use tegata_issuer::{Actor, Input, Register, RegisterNumber, Sources, import};
use tegata_tests::office::Office;
use tegata_tests::specimen::NOW;

/// An office with people of these rows beside those of its sample.
pub fn office(rows: &str) -> Office {
    with_rows(Office::new(4, 11), rows)
}

/// Takes these rows in, too.
pub fn with_rows(office: Office, rows: &str) -> Office {
    let mut register = Register::open(office.location()).expect("opens");
    let head = "resident_id,name,kana,birth_date,dose_no,vaccinated_on,maker,lot,shield_flag\n";
    let input = Input::from_bytes("rows.csv", format!("{head}{rows}").into_bytes());
    let day = Date::from_ymd(2026, 6, 1).expect("a day");
    let mut said = Vec::new();
    let summary = import(&mut register, Sources::Long(input), day, false, &mut |finding: &Diagnostic| {
        said.push(format!("{finding:?}"));
    });
    assert_eq!(summary.expect("imports").refused(), 0, "{said:?}");
    register.close().expect("closes");
    office
}

pub const ROWS: &str = "\
9001,髙橋　﨑子,タカハシ　サキコ,1980-05-06,1,2021-06-01,ファイザー,TX1013,0
9002,佐藤　誠,サトウ　マコト,1950-01-02,1,2021-06-11,ファイザー,TX1014,1
9003,鈴木　一,スズキ　ハジメ,1961-01-02,1,2021-06-11,ファイザー,TX1014,0
9004,田中　二郎,タナカ　ジロウ,1971-01-02,1,2021-06-11,ファイザー,TX1015,0
";

const ADDRESSES: &str = "\
resident_id,postcode,address
9001,900-0001,架空市北一丁目
9002,100-0002,架空市西二丁目
9004,100-0004,架空市東三丁目
";

pub fn number(number: &str) -> RegisterNumber {
    RegisterNumber::parse(number).expect("a number")
}

fn of(all: &[&str]) -> PrintChoice {
    PrintChoice::People(all.iter().map(|one| number(one)).collect())
}

pub fn order(office: &Office, kind: PaperKind, choice: PrintChoice) -> PrintOrder {
    let path = office.folder().join("addresses.csv");
    fs::write(&path, ADDRESSES).expect("writes");
    PrintOrder {
        kind,
        choice,
        addresses: Addresses::read(&path).expect("reads"),
        include_shielded: false,
        verifier: None,
        purpose: None,
        workers: NonZero::new(2).expect("two"),
        today: today(),
    }
}

pub fn run(office: &Office, press: &Press, order: &PrintOrder, out: &Path) -> Result<PrintEnd, PrintError> {
    watched(office, press, order, out, &|_| {})
}

/// The same; `watch` hears of pages that were read back, before their file is released.
pub fn watched(
    office: &Office,
    press: &Press,
    order: &PrintOrder,
    out: &Path,
    watch: &(dyn Fn(u64) + Sync),
) -> Result<PrintEnd, PrintError> {
    let state = office.state();
    let keys = [IssuingKey::new(&office.compact, &state, NOW).expect("is listed")];
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    let mut register = Register::open(office.location()).expect("opens");
    let end = print(press, &mut register, (&keys, &plan), order, (out, NOW), watch);
    register.close().expect("closes");
    end
}

/// Has a second person approve an act about that person.
pub fn approve(office: &Office, kind: ApprovalKind, person: &str) -> u64 {
    let subject = Subject::Person(number(person));
    let mut register = Register::open(office.location()).expect("opens");
    register.act_for(Actor::new("clerk", "counter-1").expect("an actor"));
    let id = register.ask_approval(kind, &subject, "asked for at the counter", NOW).expect("asks");
    register.act_for(Actor::new("chief", "counter-2").expect("an actor"));
    register.decide_approval(id, Decision::Approve, "", NOW).expect("approves");
    register.close().expect("closes");
    id
}

/// Lines of a CSV file as maps.
pub fn lines(path: &Path) -> Vec<HashMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).expect("opens");
    reader.deserialize().map(|line| line.expect("a line")).collect()
}

#[test]
fn letters_are_in_the_order_of_postcodes_and_who_is_held_back_is_listed() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let order = order(&office, PaperKind::Letter, of(&["9001", "9002", "9003", "9004", "9001"]));
    let end = run(&office, &press, &order, out.path()).expect("prints");
    assert_eq!((end.files, end.pages, end.unreleased.len()), (1, 2, 0));
    let manifest = lines(&out.path().join(PRINT_MANIFEST));
    let postcodes: Vec<&str> = manifest.iter().map(|line| line["postcode"].as_str()).collect();
    assert_eq!(postcodes, ["100-0004", "900-0001"]);
    assert_eq!(manifest[0]["file"], "print-0001.pdf");
    let held: Vec<(String, String)> = lines(&out.path().join(HELD_BACK))
        .into_iter()
        .map(|mut line| (line.remove("resident_id").expect("is there"), line.remove("reason").expect("is there")))
        .collect();
    assert_eq!(held, [("9003".into(), "no-address".into()), ("9002".into(), "shielded".into())]);
    // With a second person's word the shielded one is printed, once; the same run again finds it printed.
    let included = tempfile::tempdir().expect("a folder");
    let including = PrintOrder { include_shielded: true, ..order };
    let end = run(&office, &press, &including, included.path()).expect("prints");
    assert_eq!((end.pages, end.held.len()), (2, 2));
    assert!(end.held.iter().any(|held| held.reason == HoldReason::Unapproved));
    approve(&office, ApprovalKind::PrintProtected, "9002");
    let end = run(&office, &press, &including, included.path()).expect("prints");
    assert_eq!((end.pages, end.held.len(), end.issuance.issued, end.kept), (3, 1, 0, 0));
    let end = run(&office, &press, &including, included.path()).expect("prints");
    assert_eq!((end.pages, end.held.len(), end.kept), (3, 1, 1));
    let elsewhere = tempfile::tempdir().expect("a folder");
    let end = run(&office, &press, &including, elsewhere.path()).expect("prints");
    assert_eq!((end.pages, end.held.len()), (2, 2), "an approval serves once");
    // Nothing of it is for others to read.
    #[cfg(unix)]
    for entry in fs::read_dir(included.path()).expect("reads") {
        use std::os::unix::fs::PermissionsExt;
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("is there").permissions().mode() & 0o077;
        assert!(mode == 0 || entry.file_name() == "order.json", "{entry:?} {mode:o}");
    }
}

#[test]
fn printing_again_keeps_what_is_released_and_mends_what_is_not() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let everyone = order(&office, PaperKind::Kiosk, PrintChoice::Everyone);
    let first = run(&office, &press, &everyone, out.path()).expect("prints");
    assert!(first.pages >= 4 && first.kept == 0);
    let pdf = out.path().join("print-0001.pdf");
    let before = (fs::read(&pdf).expect("is there"), fs::read(out.path().join(PRINT_MANIFEST)).expect("is there"));
    let again = run(&office, &press, &everyone, out.path()).expect("prints");
    assert_eq!((again.kept, again.pages, again.issuance.issued), (1, first.pages, 0));
    // As a kill in the middle leaves it: a damaged file, one that is not released, one half written.
    fs::write(&pdf, &before.0[..1000]).expect("writes");
    fs::write(out.path().join("unreleased-0001.pdf"), b"half").expect("writes");
    fs::write(out.path().join(".part-abc"), b"half").expect("writes");
    let mended = run(&office, &press, &everyone, out.path()).expect("prints");
    assert_eq!((mended.kept, mended.pages), (0, first.pages));
    assert!(!out.path().join("unreleased-0001.pdf").exists() && !out.path().join(".part-abc").exists());
    assert_eq!(
        before,
        (fs::read(&pdf).expect("is there"), fs::read(out.path().join(PRINT_MANIFEST)).expect("is there"))
    );
    // Another order does not mix with it.
    let other = order(&office, PaperKind::Card, PrintChoice::Everyone);
    assert!(matches!(run(&office, &press, &other, out.path()), Err(PrintError::OtherOrder(_))));
    assert_eq!(fs::read(&pdf).expect("is there"), before.0);
}

#[test]
fn a_file_whose_codes_are_not_read_is_not_released() {
    let Some(fonts) = fonts() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let folder = tempfile::tempdir().expect("a folder");
    Templates::write_built_in(folder.path()).expect("writes");
    let template = folder.path().join("certificate.typ");
    let text = fs::read_to_string(&template).expect("is there");
    let faint = text.replace(
        "#let code(sheet) = image(",
        "#let code(sheet) = scale(12%, reflow: true)[#the-code(sheet)]\n#let the-code(sheet) = image(",
    );
    let faint = faint.replace("#let code(sheet)", "#let code-of-nothing = none\n#let code(sheet)");
    // Definitions are read in their order.
    let (head, tail) = faint.split_once("#let code(sheet) = scale").expect("was put there");
    let (line, rest) = tail.split_once('\n').expect("a line");
    let end = rest.find("\n)\n").expect("its end") + 3;
    let faint = format!("{head}{}\n#let code(sheet) = scale{line}\n{}", &rest[..end], &rest[end..]);
    fs::write(&template, faint).expect("writes");
    let press = Press::new(Templates::read(folder.path()).expect("reads"), fonts.clone());
    let everyone = order(&office, PaperKind::Kiosk, PrintChoice::Everyone);
    let end = run(&office, &press, &everyone, out.path()).expect("prints");
    assert_eq!((end.files, end.unreleased.len()), (0, 1));
    assert!(out.path().join("unreleased-0001.pdf").exists());
    for name in ["print-0001.pdf", "print-0001.json", PRINT_MANIFEST] {
        assert!(!out.path().join(name).exists(), "{name}");
    }
    let linted = lint(&out.path().join("unreleased-0001.pdf"), None).expect("lints");
    assert!(linted.good == 0 && linted.faults.len() as u64 == linted.pages && linted.pages > 0, "{linted:?}");
    // With the templates mended, it is printed; and with the bad ones again, no manifest of before tells of it.
    let bad = press;
    let press = Press::new(Templates::built_in(), fonts);
    let mended = run(&office, &press, &everyone, out.path()).expect("prints");
    assert_eq!((mended.files, mended.unreleased.len()), (1, 0));
    assert!(!out.path().join("unreleased-0001.pdf").exists() && out.path().join(PRINT_MANIFEST).exists());
    let end = run(&office, &bad, &everyone, out.path()).expect("prints");
    assert_eq!((end.files, end.unreleased.len()), (0, 1));
    assert!(!out.path().join(PRINT_MANIFEST).exists(), "a manifest of pages that are not there");
}

#[test]
fn linting_finds_pages_that_are_not_the_manifest_s() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let end = run(&office, &press, &order(&office, PaperKind::Letter, of(&["9001", "9004"])), out.path());
    assert_eq!(end.expect("prints").pages, 2);
    let (pdf, manifest) = (out.path().join("print-0001.pdf"), out.path().join(PRINT_MANIFEST));
    let expected = Expected::read(&manifest).expect("reads");
    let good = lint(&pdf, Some(&expected)).expect("lints");
    assert_eq!((good.pages, good.good, good.faults.len()), (2, 2, 0));
    let text = fs::read_to_string(&manifest).expect("is there");
    let fault_of = |text: String| {
        fs::write(&manifest, text).expect("writes");
        lint(&pdf, Some(&Expected::read(&manifest).expect("reads"))).expect("lints").faults
    };
    let lines: Vec<&str> = text.lines().collect();
    let swapped = text.replacen("pdf,1,", "pdf,x,", 1).replacen("pdf,2,", "pdf,1,", 1).replacen("pdf,x,", "pdf,2,", 1);
    assert_eq!(fault_of(swapped), [(1, LintFault::Other), (2, LintFault::Other)]);
    assert_eq!(fault_of(lines[..2].join("\n")), [(2, LintFault::NotInManifest)]);
    assert_eq!(fault_of(format!("{text}{}", lines[2].replacen("pdf,2,", "pdf,3,", 1))), [(3, LintFault::Missing)]);
    fs::write(&manifest, "a,b\n1,2\n").expect("writes");
    assert!(Expected::read(&manifest).is_err());
    assert!(lint(&manifest, None).is_err(), "a manifest is no PDF");
}
