//! Two numbers, one person: what becomes of records and certificates when they are merged, added to or corrected.

use std::collections::BTreeMap;
use tegata_issuer::review::{Difference, Standing, review};
use tegata_issuer::{Merge, MergeError, Numbering, Register};
use tegata_tests::office::Office;
use tegata_tests::specimen::{DAY, NOW};

use super::stores::on_every_store;
use super::{import_rows, number};

const MOVER_THERE: &str = "A1,山田　花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                           A1,山田　花子,ヤマダ　ハナコ,1980-05-06,2,2021-06-29,ファイザー,TX1014\n";
const MOVER_HERE: &str = "B1,山田　花子,ヤマダ　ハナコ,1980-05-06,3,2022-02-01,モデルナ,3001014\n";

fn merge<'a>(from: &'a tegata_issuer::RegisterNumber, into: &'a tegata_issuer::RegisterNumber) -> Merge<'a> {
    Merge { from, into, numbering: Numbering::Kept, other_birth_date: false, dry_run: false, now: NOW }
}

fn days(register: &mut Register, who: &str) -> Vec<(u8, String)> {
    let record = register.record(&number(who)).expect("reads").expect("somebody");
    record.doses.iter().map(|dose| (dose.number, dose.date.to_string())).collect()
}

#[test]
fn the_doses_of_both_municipalities_become_one_record_and_later_files_go_there() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        import_rows(&mut register, MOVER_THERE);
        import_rows(&mut register, MOVER_HERE);
        let (a, b) = (number("A1"), number("B1"));
        let dry = register.merge(&Merge { dry_run: true, ..merge(&a, &b) }).expect("looks");
        assert_eq!((dry.doses_added, dry.doses_shared, dry.record.doses.len()), (2, 0, 3));
        assert_eq!(days(&mut register, "B1").len(), 1, "only looked at");
        register.merge(&merge(&a, &b)).expect("merges");
        let three = [(1, "2021-06-01".to_owned()), (2, "2021-06-29".to_owned()), (3, "2022-02-01".to_owned())];
        assert_eq!(days(&mut register, "B1"), three);
        assert!(register.record(&a).expect("reads").is_none());
        // The same files again change nothing; a fourth dose under the old number goes to the new one.
        import_rows(&mut register, MOVER_THERE);
        import_rows(&mut register, MOVER_HERE);
        assert_eq!(days(&mut register, "B1"), three);
        assert!(register.record(&a).expect("reads").is_none());
        import_rows(&mut register, "A1,山田　花子,,1980-05-06,4,2022-09-01,ファイザー,TX1015\n");
        assert_eq!(days(&mut register, "B1").len(), 4);
        // A correction in the old municipality's file still counts.
        import_rows(&mut register, "A1,山田　花子,,1980-05-06,2,2021-06-30,ファイザー,TX1014\n");
        assert_eq!(days(&mut register, "B1")[1].1, "2021-06-30");
    });
}

#[test]
fn two_that_both_count_from_one_are_numbered_by_day_and_stay_so() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        let here = "B1,山田　花子,,1980-05-06,1,2022-02-01,モデルナ,3001014\n";
        import_rows(&mut register, MOVER_THERE);
        import_rows(&mut register, here);
        let (a, b) = (number("A1"), number("B1"));
        assert!(matches!(register.merge(&merge(&a, &b)), Err(MergeError::Dose(1))));
        assert_eq!(days(&mut register, "A1").len(), 2, "a refusal changes nothing");
        register.merge(&Merge { numbering: Numbering::ByDay, ..merge(&a, &b) }).expect("merges");
        let three = [(1, "2021-06-01".to_owned()), (2, "2021-06-29".to_owned()), (3, "2022-02-01".to_owned())];
        assert_eq!(days(&mut register, "B1"), three);
        for rows in [MOVER_THERE, here] {
            assert_eq!(import_rows(&mut register, rows).refused(), 0);
            assert_eq!(days(&mut register, "B1"), three);
        }
        // Whose first dose that is, nobody can tell.
        let other = import_rows(&mut register, "A1,山田　花子,,1980-05-06,1,2021-06-03,ファイザー,TX1013\n");
        assert_eq!(other.refused(), 1);
        assert_eq!(days(&mut register, "B1"), three);
    });
}

#[test]
fn who_may_be_two_people_is_not_merged_and_a_merger_can_be_undone() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        import_rows(&mut register, MOVER_THERE);
        import_rows(&mut register, "B1,山田　花子,,1980-05-07,3,2022-02-01,モデルナ,3001014\n");
        let (a, b, nobody) = (number("A1"), number("B1"), number("C1"));
        assert!(matches!(register.merge(&merge(&a, &b)), Err(MergeError::OtherPerson)));
        assert!(matches!(register.merge(&merge(&a, &a)), Err(MergeError::Same)));
        assert!(matches!(register.merge(&merge(&nobody, &b)), Err(MergeError::Nobody(_))));
        assert!(matches!(register.unmerge(&a), Err(MergeError::NotMerged)));
        let before = [&a, &b].map(|who| register.record(who).expect("reads"));
        register.merge(&Merge { other_birth_date: true, ..merge(&a, &b) }).expect("merges");
        assert!(matches!(register.merge(&merge(&a, &b)), Err(MergeError::MergedBefore)));
        assert!(register.unmerge(&a).expect("undoes") == b);
        assert!([&a, &b].map(|who| register.record(who).expect("reads")) == before);
        register.merge(&Merge { other_birth_date: true, ..merge(&a, &b) }).expect("merges again");
        import_rows(&mut register, "B1,山田　花子,,1980-05-07,4,2022-09-01,モデルナ,3001015\n");
        assert!(matches!(register.unmerge(&a), Err(MergeError::ChangedSince)));
    });
}

/// How many certificates in force stand how, and whose are contradicted by what.
fn look(office: &Office) -> (BTreeMap<&'static str, u64>, Vec<(String, Difference)>) {
    let mut register = Register::open(office.location()).expect("opens");
    let mut wrong = Vec::new();
    let counts = review(&mut register, None, NOW.plus(DAY), &mut |_| {}, &mut |reviewed| {
        if let Standing::Contradicted(difference) = reviewed.standing {
            wrong.push((reviewed.number.to_string(), difference));
        }
    });
    (counts.expect("reviews"), wrong)
}

#[test]
fn a_review_tells_certificates_that_are_true_from_those_that_must_go() {
    on_every_store(|store| {
        let office = store.office(40, 61);
        let out = tempfile::tempdir().expect("a folder");
        let issued = office.issue_as(&[tegata_certificate::Format::Compact], out.path(), &[], NOW);
        assert_eq!(look(&office), (BTreeMap::from([("current", issued.issued)]), vec![]));

        let mut register = Register::open(office.location()).expect("opens");
        let people = register.issuable_after(None, 100).expect("reads");
        let (added, corrected, mover) = (&people[0], &people[1], &people[2]);
        let row = |record: &tegata_issuer::Record, number: u8, day: &str| {
            let person = &record.person;
            let name = person.registered.as_ref().map(tegata_certificate::RegisteredName::to_line).unwrap_or_default();
            let kana = person.kana.as_deref().unwrap_or_default();
            format!("{},{name},{kana},{},{number},{day},ファイザー,FA7338\n", person.number, person.birth)
        };
        let next = |record: &tegata_issuer::Record| record.doses.len() as u8 + 1;
        import_rows(&mut register, &row(added, next(added), "2023-05-01"));
        let day = i64::from(corrected.doses[0].date.days()) - 1;
        let day = tegata_certificate::Date::from_days(day).expect("a day");
        import_rows(&mut register, &row(corrected, corrected.doses[0].number, &day.to_string()));
        let there = row(mover, next(mover), "2023-05-01").replace(&format!("{},", mover.person.number), "M1,");
        import_rows(&mut register, &there);
        register.merge(&merge(&mover.person.number, &number("M1"))).expect("merges");
        register.close().expect("closes");

        let (counts, wrong) = look(&office);
        let first = corrected.doses[0].number;
        assert_eq!(wrong, [(corrected.person.number.to_string(), Difference::Dose(first))]);
        let expected = [("current", issued.issued - 3), ("surpassed", 2), ("contradicted", 1)];
        assert_eq!(counts, BTreeMap::from(expected));

        // Issued anew, all say what the records say; the wrong one is still in force until it is withdrawn.
        let again = office.issue_as(&[tegata_certificate::Format::Compact], out.path(), &[], NOW.plus(60));
        assert_eq!(again.issued, 3);
        let (counts, wrong) = look(&office);
        assert_eq!((counts.get("current"), wrong.len()), (Some(&issued.issued), 1));
    });
}
