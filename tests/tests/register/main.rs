//! The register on both databases: what holds on one holds on the other.

mod approvals;
mod clock;
mod concurrency;
mod correcting;
mod desk;
mod exchange;
mod jobs;
mod letters;
mod mergers;
mod privacy;
mod restored;
mod server;
mod stores;
mod versions;

use std::collections::HashSet;
use tegata_certificate::{BirthDate, Format};
use tegata_issuer::check::Diagnostic;
use tegata_issuer::issue::Picture;
use tegata_issuer::{Input, Register, RegisterError, RegisterNumber, Sources, import};
use tegata_tests::office::manifest;
use tegata_tests::specimen::{DAY, NOW};

use stores::{Store, on_every_store};

/// Imports rows of the long form.
pub fn import_rows(register: &mut Register, rows: &str) -> tegata_issuer::Summary {
    let rows = format!("resident_id,name,name_kana,birth_date,dose_no,vaccinated_on,maker,lot\n{rows}");
    let sources = Sources::Long(Input::from_bytes("rows.csv", rows.into_bytes()));
    let today = NOW.date().expect("a day");
    import(register, sources, today, false, &mut |_: &Diagnostic| {}).expect("imports")
}

/// A register number.
pub fn number(text: &str) -> RegisterNumber {
    RegisterNumber::parse(text).expect("a number")
}

#[test]
fn a_register_gives_back_what_was_imported_in_the_order_of_its_numbers() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        // As bytes: digits, then capitals, then the hyphen's neighbours; a language would order otherwise.
        let rows = "b-1,山田　花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
                    B2,佐藤　誠,サトウ　マコト,1950-01-02,1,2021-06-02,モデルナ,TX1014\n\
                    10,鈴木　一郎,スズキ　イチロウ,1960-01-02,1,2021-06-03,ファイザー,TX1015\n\
                    9,高橋　次郎,,1970-01-02,1,2021-06-03,ファイザー,TX1015\n";
        assert_eq!(import_rows(&mut register, rows).changes.people_inserted, 4);
        let mut seen = Vec::new();
        while let Some(record) = {
            let after = seen.last().map(|text: &String| number(text));
            register.issuable_after(after.as_ref(), 1).expect("reads").pop()
        } {
            seen.push(record.person.number.to_string());
        }
        assert_eq!(seen, ["10", "9", "B2", "b-1"]);
        register.close().expect("closes");
        let mut register = Register::open(store.location()).expect("opens again");
        let record = register.record(&number("b-1")).expect("reads").expect("somebody");
        assert_eq!(record.person.kana.as_deref(), Some("ヤマダ　ハナコ"));
        assert_eq!(record.doses[0].lot.as_deref(), Some("TX1013"));
        let status = register.status().expect("reads");
        assert_eq!((status.people, status.issuable, status.doses, status.imports.len()), (4, 4, 4, 1));
    });
}

#[test]
fn a_person_is_found_by_kana_and_birth_date_however_the_kana_is_written() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        import_rows(
            &mut register,
            "1,山田　花子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
             2,山田　華子,ヤマダ　ハナコ,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
             3,山田　花子,ヤマダ　ハナコ,1980-05-07,1,2021-06-01,ファイザー,TX1013\n",
        );
        let day = BirthDate::Day(tegata_certificate::Date::from_ymd(1980, 5, 6).expect("a day"));
        let mut found = |kana: &str, birth| -> Vec<String> {
            register.numbers_of(kana, birth).expect("reads").iter().map(ToString::to_string).collect()
        };
        assert_eq!(found("やまだはなこ", day), ["1", "2"]);
        assert_eq!(found("ﾔﾏﾀﾞ ﾊﾅｺ", day), ["1", "2"]);
        assert!(found("ヤマタ　ハナコ", day).is_empty());
        if let Store::File(folder) = store {
            // An import into an empty register lays the index aside; it's there again afterwards.
            stores::run_sqlite(&folder.path().join("register.sqlite"), "DROP INDEX person_lookup");
        }
        assert!(found("ヤマダ　ハナコ", BirthDate::year(1980).expect("a year")).is_empty());
    });
}

#[test]
fn an_import_that_is_only_tried_or_fails_changes_nothing() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        import_rows(&mut register, "1,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1013\n");
        let before = register.status().expect("reads");
        let rows = "resident_id,name,birth_date,dose_no,vaccinated_on,maker,lot\n\
                    2,佐藤　誠,1950-01-02,1,2021-06-02,モデルナ,TX1014\n";
        let today = NOW.date().expect("a day");
        let mut try_it = |rows: &str| {
            let sources = Sources::Long(Input::from_bytes("rows.csv", rows.as_bytes().to_vec()));
            import(&mut register, sources, today, true, &mut |_: &Diagnostic| {})
        };
        assert_eq!(try_it(rows).expect("tries").changes.people_inserted, 1);
        assert!(try_it("a,b\n1,2\n").is_err());
        assert_eq!(register.status().expect("reads"), before);
        // And the next import is in nobody's way.
        assert_eq!(
            import_rows(&mut register, "2,佐藤　誠,,1950-01-02,1,2021-06-02,モデルナ,L\n").changes.people_inserted,
            1
        );
    });
}

#[test]
fn everybody_gets_one_certificate_of_each_family_whichever_database_keeps_it() {
    on_every_store(|store| {
        let office = store.office(300, 5);
        let out = tempfile::tempdir().expect("a folder");
        let first = office.issue(out.path(), &[], NOW);
        let certified = manifest(out.path());
        assert_eq!(first.issued, certified.len() as u64);
        let places: HashSet<_> = certified.iter().filter_map(|one| one.status).collect();
        let compact = certified.iter().filter(|one| one.format == Format::Compact.name());
        assert_eq!(places.len(), compact.count());
        let again = office.issue(out.path(), &[Picture::Svg], NOW.plus(DAY));
        assert_eq!((again.issued, again.again), (0, first.issued));
        let texts = |certified: &[tegata_tests::office::Certified]| -> Vec<String> {
            certified.iter().map(|one| one.text.clone()).collect()
        };
        assert!(texts(&manifest(out.path())) == texts(&certified), "the same bytes again");
    });
}

#[test]
fn a_register_without_its_key_file_or_with_another_is_told_and_left_as_it_is() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        import_rows(&mut register, "1,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1013\n");
        register.close().expect("closes");
        let (key, aside) = (store.key(), store.folder().join("aside.key"));
        std::fs::rename(&key, &aside).expect("moves");
        assert!(matches!(Register::open(store.location()), Err(RegisterError::KeyMissing(_))));
        assert!(matches!(Register::open_or_create(store.location()), Err(RegisterError::KeyMissing(_))));
        assert!(!key.exists(), "no key was made for a register that has one");
        tegata_issuer::make_key_file(&key).expect("makes another");
        let error = Register::open(store.location()).err().expect("refuses");
        assert!(matches!(error, RegisterError::KeyMismatch { .. }), "{error}");
        std::fs::write(&key, "no key").expect("writes");
        assert!(matches!(Register::open(store.location()), Err(RegisterError::KeyFile(_))));
        let elsewhere = store.location().with_key(Some(aside));
        let mut register = Register::open(elsewhere).expect("opens with its own");
        assert!(register.record(&number("1")).expect("reads").is_some());
    });
}

#[test]
fn a_register_that_is_not_there_is_told_and_not_begun() {
    on_every_store(|store| {
        assert!(matches!(Register::open(store.location()), Err(RegisterError::Missing(_))));
        if let Store::Server { server, database, .. } = store {
            let tables =
                server.ask(database, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'");
            assert_eq!(tables.trim(), "0");
        }
    });
}
