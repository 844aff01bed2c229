//! No entry holds personal data.

use super::stores::on_every_store;
use tegata_certificate::Format;
use tegata_issuer::audit::{AuditForm, export_audit};
use tegata_issuer::check::Code;
use tegata_issuer::{
    Act, ActKind, AuditFilter, ExportForm, FindingChoice, Merge, MergeError, Numbering, Register, Selection, export,
};
use tegata_tests::specimen::NOW;

#[test]
fn nothing_of_a_person_is_in_any_entry() {
    on_every_store(|store| {
        let office = store.office(120, 23);
        let out = tempfile::tempdir().expect("a folder");
        office.issue_as(&[Format::Compact, Format::EuDcc], out.path(), &[], NOW);
        let mut register = Register::open(office.location()).expect("opens");
        let people = register.issuable_after(None, 500).expect("reads");
        let numbers: Vec<_> = people.iter().map(|record| record.person.number.clone()).collect();
        let acts: Vec<Act> = numbers.iter().map(|number| Act::new(ActKind::View).about(number)).collect();
        register.note(&acts).expect("notes");
        export(&mut register, &Selection::People(numbers.clone()), &ExportForm::Csv, &mut Vec::new()).expect("exports");
        export(&mut register, &Selection::All, &ExportForm::Csv, &mut Vec::new()).expect("exports");
        let findings = register.open_findings(&FindingChoice::All, None::<Code>).expect("reads");
        register.confirm(&findings, false, "2026-06-01").expect("confirms");
        let (from, into) = (&numbers[0], &numbers[1]);
        let merge = Merge { from, into, numbering: Numbering::ByDay, other_birth_date: true, dry_run: false, now: NOW };
        match register.merge(&merge) {
            Ok(_) => drop(register.unmerge(from)),
            Err(MergeError::Register(error)) => panic!("{error}"),
            Err(_) => {}
        }
        let mut lines = Vec::new();
        let count = export_audit(&mut register, &AuditFilter::default(), AuditForm::Ndjson, &mut lines);
        assert!(count.expect("reads").expect("writes") > 300);
        let lines = String::from_utf8(lines).expect("text");
        let words: std::collections::HashSet<&str> = lines.split(|c: char| !c.is_alphanumeric()).collect();
        for record in &people {
            let person = &record.person;
            assert!(!words.contains(person.number.as_str()), "a number");
            assert!(!lines.contains(&person.birth.to_string()), "a birth date");
            let name = person.registered.as_ref().map(|name| name.to_line()).unwrap_or_default();
            let kana = person.kana.clone().unwrap_or_default();
            for part in name.split(['　', ' ']).chain(kana.split(['　', ' '])).filter(|part| part.chars().count() > 1)
            {
                assert!(!lines.contains(part), "a name");
            }
            for lot in record.doses.iter().filter_map(|dose| dose.lot.as_deref()) {
                assert!(!words.contains(lot), "a lot");
            }
        }
        // The search is seen to find what is there.
        assert!(words.contains("compact") && words.contains("issue"));
        assert_eq!(register.verify_audit(&[]).expect("verifies").fault, None);
    });
}
