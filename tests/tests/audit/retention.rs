//! What is past its term goes, and nothing else; the chain stays whole.

use super::stores::on_every_store;
use super::{number, open};
use tegata_certificate::{Date, Format, UnixTime};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::issue::{IssuingKey, Plan, issue_texts};
use tegata_issuer::{Act, ActKind, AuditFilter, Input, Register, RetentionTerms, Retired, Sources, import};
use tegata_tests::specimen::NOW;

fn day(text: &str) -> UnixTime {
    Date::parse(text).expect("a day").start()
}

#[test]
fn people_go_so_many_years_after_their_last_dose_and_their_pseudonyms_lead_nowhere() {
    on_every_store(|store| {
        let mut register = open(store, "sato", "counter-1", day("2021-07-01"));
        let rows = "resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,lot\n\
                    1,手形　花子,テガタ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                    2,手形　太郎,テガタ　タロウ,1980-05-07,1,2021-06-01,ファイザー,TX1013\n\
                    2,手形　太郎,テガタ　タロウ,1980-05-07,2,2022-06-01,ファイザー,TX1013\n";
        let sources = Sources::Long(Input::from_bytes("rows.csv", rows.into()));
        let today = NOW.date().expect("a day");
        import(&mut register, sources, today, false, &mut |_: &Diagnostic| {}).expect("imports");
        let act = |person| Act::new(ActKind::View).about(&number(person));
        register.note(&[act("1"), act("2")]).expect("notes");
        register.act_at(day("2026-01-01"));
        register.note(&[act("1")]).expect("notes");
        let seen = |register: &mut Register| {
            let mut count = 0;
            let filter = AuditFilter { person: Some(number("1")), ..AuditFilter::default() };
            register.audit(&filter, &mut |_| count += 1).expect("reads");
            count
        };
        assert_eq!(seen(&mut register), 2);
        let none = Retired::default();
        assert_eq!(register.preview_retention(day("2026-05-31")).expect("looks"), none);
        assert_eq!(register.run_retention(day("2026-06-01")).expect("runs"), none, "the last day of five years");
        let first = Retired { people: 1, ..none };
        assert_eq!(register.preview_retention(day("2026-06-02")).expect("looks"), first);
        assert!(register.record(&number("1")).expect("reads").is_some(), "looking deletes nothing");
        register.act_at(day("2026-06-02"));
        assert_eq!(register.run_retention(day("2026-06-02")).expect("runs"), first);
        assert_eq!(register.run_retention(day("2026-06-02")).expect("again"), none);
        assert!(register.record(&number("1")).expect("reads").is_none());
        assert!(register.record(&number("2")).expect("reads").is_some());
        assert_eq!(seen(&mut register), 2, "the years' keys have their own term");
        // The year 2021 is past its term when five more have ended.
        let terms = RetentionTerms { records: 100, ..RetentionTerms::default() };
        register.set_retention_terms(&terms).expect("chooses");
        assert_eq!(register.run_retention(day("2026-12-31")).expect("runs"), none);
        let year = Retired { years: 1, ..none };
        assert_eq!(register.run_retention(day("2027-01-01")).expect("runs"), year);
        assert_eq!(seen(&mut register), 1);
        assert_eq!(register.verify_audit(&[]).expect("verifies").fault, None);
    });
}

#[test]
fn a_certificate_in_force_keeps_its_person_and_an_expired_one_goes_in_its_time() {
    on_every_store(|store| {
        let office = store.office(10, 5);
        let state = office.state();
        let keys = [IssuingKey::new(&office.compact, &state, NOW).expect("listed")];
        let life = 86_400;
        let plan = Plan { formats: vec![Format::Compact], life: Some(life), ..Plan::default() };
        let mut register = Register::open(office.location()).expect("opens");
        let people = register.issuable_after(None, 10).expect("reads");
        let (person, all) = (people[0].person.number.clone(), register.status().expect("reads").people);
        issue_texts(&mut register, &keys, &plan, &person, NOW).expect("issues");
        let (y, m, d) = NOW.date().expect("a day").ymd();
        let later = |years: i32, days: i64| Date::from_ymd(y + years, m, d).expect("a day").start().plus(days * 86_400);
        // Long after every dose, four years after the certificate's end: the person stays with it.
        let terms = RetentionTerms { records: 4, certificates: 6, ..RetentionTerms::default() };
        register.set_retention_terms(&terms).expect("chooses");
        let found = register.preview_retention(later(4, 1)).expect("looks");
        assert_eq!(found.certificates, 0);
        let found = register.preview_retention(later(9, 0)).expect("looks");
        assert_eq!((found.people >= 1, found.certificates), (true, 1));
        let went = register.run_retention(later(9, 0)).expect("runs");
        assert_eq!((went.people, went.certificates), (found.people, found.certificates));
        assert_eq!(register.status().expect("reads").people, all - went.people);
        assert_eq!(register.verify_audit(&[]).expect("verifies").fault, None);
    });
}
