//! What a certificate was made from stays readable when the record is corrected.

use tegata_issuer::Register;
use tegata_tests::specimen::{DAY, NOW};

use super::stores::on_every_store;
use super::{import_rows, number};

#[test]
fn a_corrected_record_is_kept_as_it_was_if_a_certificate_said_it() {
    on_every_store(|store| {
        let office = store.office(20, 41);
        let mut register = Register::open(office.location()).expect("opens");
        let people = register.issuable_after(None, 100).expect("reads");
        let (one, other) = (&people[0], &people[1]);
        let correct = |register: &mut Register, record: &tegata_issuer::Record, name: &str| {
            let dose = &record.doses[0];
            let row = format!(
                "{},{name},,{},{},{},ファイザー,FA7338\n",
                record.person.number, record.person.birth, dose.number, dose.date
            );
            import_rows(register, &row);
            register.record(&record.person.number).expect("reads").expect("somebody")
        };
        // Nobody has a certificate yet: nothing to keep.
        let second = correct(&mut register, one, "手形　花子");
        assert_ne!(second.content_hash(), one.content_hash());
        assert!(register.earlier_all(&one.person.number).expect("reads").is_empty());
        register.close().expect("closes");

        let out = tempfile::tempdir().expect("a folder");
        office.issue(out.path(), &[], NOW);
        let mut register = Register::open(office.location()).expect("opens");
        let third = correct(&mut register, &second, "手形　華子");
        let earlier = register.earlier(&one.person.number, &second.content_hash()).expect("reads");
        assert!(earlier == Some(second.clone()), "the record as the certificate said it");
        assert!(register.earlier(&one.person.number, &third.content_hash()).expect("reads").is_none());
        assert!(register.earlier(&other.person.number, &second.content_hash()).expect("reads").is_none());

        // Again the same, and back again: each content once.
        correct(&mut register, &third, "手形　華子");
        assert_eq!(register.earlier_all(&one.person.number).expect("reads").len(), 1);
        let fourth = correct(&mut register, &third, "手形　花子");
        assert_eq!(fourth.content_hash(), second.content_hash());
        correct(&mut register, &fourth, "手形　華子");
        assert_eq!(register.earlier_all(&one.person.number).expect("reads").len(), 2);
        register.close().expect("closes");
        let issued = office.issue(out.path(), &[], NOW.plus(DAY));
        assert!((1..=2).contains(&issued.issued), "the corrected record's certificates only");
    });
}

#[test]
fn what_no_certificate_says_is_changed_without_a_trace() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        import_rows(&mut register, "1,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1013\n");
        import_rows(&mut register, "1,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1014\n");
        assert!(register.earlier_all(&number("1")).expect("reads").is_empty());
    });
}
