//! What somebody learns who takes the database and not the key.

use std::fs;
use tegata_issuer::{Register, RegisterError};

use super::stores::{Store, on_every_store};
use super::{import_rows, number};

/// Everything that the database keeps, as its files and its dump have it.
fn everything(store: &Store) -> Vec<u8> {
    match store {
        Store::File(folder) => {
            let files = fs::read_dir(folder.path()).expect("a folder").flatten();
            let ours = files.filter(|file| !file.file_name().to_string_lossy().contains(".key"));
            ours.flat_map(|file| fs::read(file.path()).expect("reads")).collect()
        }
        Store::Server { server, database, .. } => {
            server.ask(database, "CHECKPOINT");
            let mut bytes = server.dump(database);
            let mut folders = vec![server.folder().join("data/base"), server.folder().join("data/pg_wal")];
            while let Some(folder) = folders.pop() {
                for entry in fs::read_dir(folder).expect("a folder").flatten() {
                    match entry.file_type() {
                        Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                        _ => bytes.extend(fs::read(entry.path()).unwrap_or_default()),
                    }
                }
            }
            bytes
        }
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    // The folder of a server with many databases is large: only where the first byte fits the rest is compared.
    let (first, rest) = text.as_bytes().split_first().expect("a text");
    bytes.iter().enumerate().any(|(at, byte)| byte == first && bytes[at + 1..].starts_with(rest))
}

#[test]
fn a_database_tells_no_name_kana_birth_date_or_passport_without_the_key() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        let rows = "resident_id,name,name_kana,name_romaji,birth_date,nationality,passport_no,dose_no,vaccinated_on,maker,lot\n\
                    4711,手形　花子,テガタ　ハナコ,TEGATA<<HANAKO,1984-04-01,JPN,TK1234567,1,2021-07-01,ファイザー,FA7338\n";
        // A second row of the same person waits for the first, and what waits is written down too.
        let sources =
            tegata_issuer::Sources::Long(tegata_issuer::Input::from_bytes("rows.csv", rows.as_bytes().to_vec()));
        let today = tegata_tests::specimen::NOW.date().expect("a day");
        let summary = tegata_issuer::import(
            &mut register,
            sources,
            today,
            false,
            &mut |finding: &tegata_issuer::check::Diagnostic| panic!("{}", finding.code.name()),
        );
        assert_eq!(summary.expect("imports").changes.people_inserted, 1);
        for state in ["open, with its write-ahead log", "closed"] {
            let bytes = everything(store);
            // The number is the office's own, and stays; so the search is seen to find what is there.
            assert!(holds(&bytes, "4711") && holds(&bytes, "FA7338"), "{state}");
            let personal =
                ["手形", "花子", "テガタ", "ハナコ", "TEGATA", "HANAKO", "TK1234567", "1984-04-01", "19840401"];
            for text in personal {
                assert!(!holds(&bytes, text), "{state}: {text}");
            }
            if state != "closed" {
                register = Register::open(store.location()).expect("opens");
                register.close().expect("closes");
                register = Register::open(store.location()).expect("opens");
            }
        }
        assert!(register.record(&number("4711")).expect("reads").is_some());
    });
}

#[test]
fn two_people_s_sealed_values_exchanged_are_damage_and_not_another_record() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        import_rows(
            &mut register,
            "1,山田　花子,,1980-05-06,1,2021-06-01,ファイザー,TX1013\n\
             2,佐藤　誠,,1950-01-02,1,2021-06-02,モデルナ,TX1014\n",
        );
        register.close().expect("closes");
        let exchange = "UPDATE person SET sealed = other.sealed FROM (SELECT number, sealed FROM person) AS other \
                        WHERE other.number <> person.number";
        match store {
            Store::File(folder) => super::stores::run_sqlite(&folder.path().join("register.sqlite"), exchange),
            Store::Server { server, database, .. } => {
                server.ask(database, exchange);
            }
        }
        let mut register = Register::open(store.location()).expect("opens");
        for one in ["1", "2"] {
            assert!(matches!(register.record(&number(one)), Err(RegisterError::Damaged(_))));
        }
        assert!(matches!(register.issuable_after(None, 10), Err(RegisterError::Damaged(_))));
    });
}
