//! Papers that are due: printed once, marked only when their file is released, and in the audit.

use crate::press::press;
use crate::runs::{ROWS, approve, lines, number, office, order, run, watched, with_rows};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tegata_certificate::Format;
use tegata_issuer::approval::{ApprovalError, ApprovalKind, Permit};
use tegata_issuer::check::{Diagnostic, Language};
use tegata_issuer::issue::{IssuingKey, Plan, issue_texts};
use tegata_issuer::paper::{HELD_BACK, HoldReason, PRINT_MANIFEST, PaperKind, PrintChoice, PrintError, PrintOrder};
use tegata_issuer::{
    ActKind, ActPurpose, AuditEntry, AuditFilter, LetterChoice, LetterEntry, LetterError, LetterReason, LetterState,
    NewLetter, Register, Way,
};
use tegata_tests::office::Office;
use tegata_tests::postgres::server;
use tegata_tests::specimen::NOW;

/// Notes a paper of somebody's certificates, which it issues.
fn owe(office: &Office, person: &str, formats: &[Format], way: Way) -> u64 {
    let state = office.state();
    let keys = [&office.compact, &office.eu].map(|key| IssuingKey::new(key, &state, NOW).expect("is listed"));
    let plan = Plan { formats: formats.to_vec(), ..Plan::default() };
    let mut register = Register::open(office.location()).expect("opens");
    let issued = issue_texts(&mut register, &keys, &plan, &number(person), NOW).expect("issues");
    let certificates: Vec<String> = issued.into_iter().filter_map(|one| one.identifier).collect();
    assert!(!certificates.is_empty());
    let person = &number(person);
    let (reason, language) = (LetterReason::Issued, Language::Ja);
    let letter = NewLetter { person, reason, language, way, certificates: &certificates };
    register.letter_due(&letter, &Permit::KEY_HOLDER, NOW).expect("is due")
}

fn letters(office: &Office) -> Vec<LetterEntry> {
    let mut register = Register::open(office.location()).expect("opens");
    register.letters(&LetterChoice::All, 0, 100).expect("reads")
}

fn state(office: &Office, id: u64) -> LetterState {
    letters(office).into_iter().find(|letter| letter.id == id).expect("is there").state
}

fn noted(office: &Office, acts: &[ActKind]) -> Vec<AuditEntry> {
    let mut entries = Vec::new();
    let filter = AuditFilter { acts: acts.to_vec(), ..AuditFilter::default() };
    let mut register = Register::open(office.location()).expect("opens");
    register.audit(&filter, &mut |entry| entries.push(entry.clone())).expect("reads");
    entries
}

fn by_post(office: &Office) -> PrintOrder {
    order(office, PaperKind::Letter, PrintChoice::Due(Way::Post))
}

/// File and certificate of each page.
fn pages(out: &Path) -> Vec<(String, String)> {
    let lines = lines(&out.join(PRINT_MANIFEST)).into_iter();
    lines.map(|line| (line["file"].clone(), line["certificate"].clone())).collect()
}

#[test]
fn what_is_due_is_printed_once_and_marked_and_in_the_audit() {
    let Some(press) = press() else { return };
    let mut offices = vec![office(ROWS)];
    if let Some(server) = server() {
        let url = server.url(&server.database());
        offices.push(with_rows(Office::on_server(&url, 4, 11), ROWS));
    }
    for office in offices {
        let out = tempfile::tempdir().expect("a folder");
        let first = owe(&office, "9001", &[Format::Compact], Way::Post);
        let nowhere = owe(&office, "9003", &[Format::Compact], Way::Post);
        let counter = owe(&office, "9004", &[Format::Compact], Way::Counter);
        let purpose = ActPurpose::parse("letters of the week").expect("a purpose");
        let order = PrintOrder { purpose: Some(purpose), ..by_post(&office) };
        let end = run(&office, &press, &order, out.path()).expect("prints");
        assert_eq!((end.files, end.pages, end.issuance.issued, end.held.len()), (1, 1, 0, 1));
        assert_eq!((state(&office, first), state(&office, nowhere)), (LetterState::Printed, LetterState::Due));
        assert_eq!(state(&office, counter), LetterState::Due, "another way");
        let held = lines(&out.path().join(HELD_BACK));
        assert_eq!((held[0]["resident_id"].as_str(), held[0]["reason"].as_str()), ("9003", "no-address"));
        let printed = pages(out.path());
        let paper = letters(&office).into_iter().find(|letter| letter.id == first).expect("is there");
        assert_eq!(printed, [("print-0001.pdf".to_owned(), paper.certificates[0].clone())]);
        let (_, _, file) = paper.printed.expect("is printed");
        assert!(file.starts_with("print-0001.pdf:"), "{file}");

        let acts = noted(&office, &[ActKind::Print, ActKind::Release]);
        assert_eq!(acts.iter().map(|entry| entry.act).collect::<Vec<_>>(), [ActKind::Print, ActKind::Release]);
        assert!(acts[0].certificate.is_some() && acts[0].person.is_some());
        assert_eq!(acts[0].detail("letter"), Some(first.to_string().as_str()));
        assert_eq!(acts[1].detail("pages"), Some("1"));
        assert!(acts.iter().all(|entry| entry.purpose.as_deref() == Some("letters of the week")));

        // The same again finds nothing; with the address that was missing, that one alone, behind the others.
        let again = run(&office, &press, &order, out.path()).expect("prints");
        assert_eq!((again.files, again.pages, again.held.len()), (0, 0, 1));
        assert_eq!(pages(out.path()), printed);
        let path = office.folder().join("more.csv");
        fs::write(&path, "resident_id,postcode,address\n9003,1234567,架空市南\n").expect("writes");
        let addresses = tegata_issuer::paper::Addresses::read(&path).expect("reads");
        let end = run(&office, &press, &PrintOrder { addresses, ..order }, out.path()).expect("prints");
        assert_eq!((end.files, end.pages, end.held.len()), (1, 1, 0));
        assert_eq!(state(&office, nowhere), LetterState::Printed);
        let files: Vec<String> = pages(out.path()).into_iter().map(|(file, _)| file).collect();
        assert_eq!(files, ["print-0001.pdf", "print-0002.pdf"]);
        assert_eq!(noted(&office, &[ActKind::Release]).len(), 2);
    }
}

#[test]
fn a_paper_holds_what_was_issued_of_every_family_and_nothing_else() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    owe(&office, "9001", &[Format::Compact], Way::Counter);
    let everyone = Register::open(office.location()).expect("opens").issuable_after(None, 100).expect("reads");
    let traveller = everyone.into_iter().map(|record| record.person).find(|person| person.romanised.is_some());
    let traveller = traveller.expect("the sample has one").number;
    let both = owe(&office, traveller.as_str(), &[Format::Compact, Format::EuDcc], Way::Counter);
    // The run has the key for compact only: nothing of the other paper is printed.
    let counter = order(&office, PaperKind::Kiosk, PrintChoice::Due(Way::Counter));
    let certificates = |id| letters(&office).into_iter().find(|letter| letter.id == id).expect("is there").certificates;
    assert_eq!(certificates(both).len(), 2);
    let end = run(&office, &press, &counter, out.path()).expect("prints");
    assert_eq!((end.pages, end.held.len()), (1, 1));
    assert_eq!(end.held[0].reason.code(), "issued-with-another-key");
    assert_eq!(state(&office, both), LetterState::Due);

    // What was withdrawn, or is of a record of before, is not printed.
    let before = noted(&office, &[ActKind::Issue]).len();
    let more = "9001,髙橋　﨑子,タカハシ　サキコ,1980-05-06,2,2021-07-01,ファイザー,TX1014,0\n";
    let old = owe(&office, "9001", &[Format::Compact], Way::Counter);
    let office = with_rows(office, more);
    let end = run(&office, &press, &counter, out.path()).expect("prints");
    assert!(end.held.iter().any(|held| held.reason == HoldReason::Changed), "{:?}", end.held);
    assert_eq!((end.pages, state(&office, old)), (0, LetterState::Due));
    assert_eq!(noted(&office, &[ActKind::Issue]).len(), before, "nothing is issued on the way");
}

#[test]
fn a_kill_before_the_register_knows_undoes_a_file_and_one_behind_it_does_not() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let id = owe(&office, "9001", &[Format::Compact], Way::Post);
    let order = by_post(&office);
    run(&office, &press, &order, out.path()).expect("prints");
    let whole = pages(out.path());
    let acts = noted(&office, &[ActKind::Print, ActKind::Release]).len();
    let path = |name: &str| out.path().join(name);
    let unname = |kind: &str| {
        fs::rename(path(&format!("print-0001.{kind}")), path(&format!("unreleased-0001.{kind}"))).expect("renames");
    };
    // As it is between the note and the names, and between the two names.
    for kinds in [&["pdf", "json"][..], &["json"]] {
        kinds.iter().for_each(|kind| unname(kind));
        fs::remove_file(path(PRINT_MANIFEST)).expect("was there");
        let end = run(&office, &press, &order, out.path()).expect("goes on");
        assert_eq!((end.files, end.kept, end.pages), (1, 1, 1));
        assert!(!path("unreleased-0001.json").exists() && !path("unreleased-0001.pdf").exists());
        assert_eq!(pages(out.path()), whole);
        assert_eq!(noted(&office, &[ActKind::Print, ActKind::Release]).len(), acts, "noted twice");
    }
    // As it is before the note: the same files in another run's folder, which the register does not know.
    let other = tempfile::tempdir().expect("a folder");
    run(&office, &press, &order, other.path()).expect("finds nothing due");
    for kind in ["pdf", "json"] {
        fs::copy(path(&format!("print-0001.{kind}")), other.path().join(format!("unreleased-0001.{kind}")))
            .expect("copies");
    }
    let end = run(&office, &press, &order, other.path()).expect("goes on");
    assert_eq!((end.files, end.pages), (0, 0));
    assert!(!other.path().join("print-0001.pdf").exists() && !other.path().join("unreleased-0001.pdf").exists());
    // Another order does not mix with it; a paper that went astray is printed again by its number.
    let by_number = PrintOrder { choice: PrintChoice::Papers(vec![id]), ..by_post(&office) };
    assert!(matches!(run(&office, &press, &by_number, out.path()), Err(PrintError::OtherOrder(_))));
    let again = tempfile::tempdir().expect("a folder");
    assert_eq!(run(&office, &press, &by_number, again.path()).expect("prints again").pages, 1);
    assert_eq!(noted(&office, &[ActKind::Print, ActKind::Release]).len(), acts + 2);
    let unknown = PrintOrder { choice: PrintChoice::Papers(vec![404]), ..by_post(&office) };
    let error = run(&office, &press, &unknown, again.path()).expect_err("no such paper");
    assert!(matches!(error, PrintError::Letter(LetterError::Unknown)), "{error}");
}

#[test]
fn what_was_printed_by_another_run_meanwhile_is_not_released_twice() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let ids =
        [owe(&office, "9001", &[Format::Compact], Way::Post), owe(&office, "9004", &[Format::Compact], Way::Post)];
    let order = by_post(&office);
    let other = |_| {
        let mut register = Register::open(office.location()).expect("opens");
        register.letters_printed(&ids[..1], "another.pdf", NOW).expect("was faster");
    };
    let error = watched(&office, &press, &order, out.path(), &other).expect_err("was printed");
    assert!(matches!(error, PrintError::Meanwhile(LetterError::Before(LetterState::Printed))), "{error}");
    assert!(!out.path().join("print-0001.pdf").exists() && !out.path().join(PRINT_MANIFEST).exists());
    assert_eq!(state(&office, ids[1]), LetterState::Due, "half a file was noted");
    let end = run(&office, &press, &order, out.path()).expect("prints the rest");
    assert_eq!((end.pages, state(&office, ids[1])), (1, LetterState::Printed));
    assert!(!out.path().join("unreleased-0001.pdf").exists());
}

#[test]
fn a_shielded_person_s_paper_takes_a_second_person_s_word_each_time() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let id = owe(&office, "9002", &[Format::Compact], Way::Counter);
    let order = order(&office, PaperKind::Kiosk, PrintChoice::Due(Way::Counter));
    let reason = |order: &PrintOrder| {
        let end = run(&office, &press, order, out.path()).expect("ends");
        assert_eq!((end.pages, end.held.len()), (0, 1));
        end.held[0].reason.clone()
    };
    assert_eq!(reason(&order), HoldReason::Shielded);
    let including = PrintOrder { include_shielded: true, ..order };
    assert_eq!(reason(&including), HoldReason::Unapproved);
    // An approval of another act, or about another person, is none.
    approve(&office, ApprovalKind::ShowProtected, "9002");
    approve(&office, ApprovalKind::PrintProtected, "9001");
    assert_eq!(reason(&including), HoldReason::Unapproved);
    let approval = approve(&office, ApprovalKind::PrintProtected, "9002");
    let end = run(&office, &press, &including, out.path()).expect("prints");
    assert_eq!((end.pages, state(&office, id)), (1, LetterState::Printed));
    let mut register = Register::open(office.location()).expect("opens");
    assert!(matches!(register.granted(approval, NOW), Err(ApprovalError::Used)));
    assert_eq!(noted(&office, &[ActKind::ApprovalUsed]).len(), 1);
    // Again, by its number: another word.
    let again = tempfile::tempdir().expect("a folder");
    let by_number = PrintOrder { choice: PrintChoice::Papers(vec![id]), ..including };
    let end = run(&office, &press, &by_number, again.path()).expect("ends");
    assert_eq!((end.pages, &end.held[0].reason), (0, &HoldReason::Unapproved));
    approve(&office, ApprovalKind::PrintProtected, "9002");
    assert_eq!(run(&office, &press, &by_number, again.path()).expect("prints").pages, 1);
    register.letter_delivered(id, Way::Counter, NOW).expect("hands over");
    let error = run(&office, &press, &by_number, again.path()).expect_err("was handed over");
    assert!(matches!(error, PrintError::Letter(LetterError::Before(LetterState::Delivered))), "{error}");
}

#[test]
fn an_address_that_was_shielded_while_it_was_printed_holds_the_file() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let id = owe(&office, "9001", &[Format::Compact], Way::Counter);
    let order = order(&office, PaperKind::Kiosk, PrintChoice::Due(Way::Counter));
    let shield = |_| {
        let shielded = ROWS.replacen("TX1013,0", "TX1013,1", 1);
        let head = "resident_id,name,kana,birth_date,dose_no,vaccinated_on,maker,lot,shield_flag\n";
        let input = tegata_issuer::Input::from_bytes("rows.csv", format!("{head}{shielded}").into_bytes());
        let mut register = Register::open(office.location()).expect("opens");
        let sources = tegata_issuer::Sources::Long(input);
        tegata_issuer::import(&mut register, sources, crate::press::today(), false, &mut |_: &Diagnostic| {})
            .expect("imports");
    };
    let error = watched(&office, &press, &order, out.path(), &shield).expect_err("is shielded");
    let needed = ApprovalKind::PrintProtected;
    assert!(
        matches!(error, PrintError::Meanwhile(LetterError::Approval(ApprovalError::Needed { kind })) if kind == needed),
        "{error}"
    );
    assert_eq!(state(&office, id), LetterState::Due);
    assert!(!out.path().join("print-0001.pdf").exists());
}

#[test]
fn a_page_that_breaks_the_program_ends_the_run_with_an_error_and_loses_nothing() {
    let Some(press) = press() else { return };
    let (office, out) = (office(ROWS), tempfile::tempdir().expect("a folder"));
    let ids: BTreeSet<u64> =
        ["9001", "9004"].iter().map(|person| owe(&office, person, &[Format::Compact], Way::Post)).collect();
    let error =
        watched(&office, &press, &by_post(&office), out.path(), &|_| panic!("as a font might")).expect_err("broke");
    assert!(matches!(error, PrintError::Worker), "{error}");
    assert!(error.to_string().contains("run the same command again"));
    assert!(ids.iter().all(|id| state(&office, *id) == LetterState::Due));
    let end = run(&office, &press, &by_post(&office), out.path()).expect("prints");
    assert_eq!((end.files, end.pages), (1, 2));
}
