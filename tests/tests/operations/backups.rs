//! `tegata-backup`: what it makes is whole, and what it cannot make it says.

use std::fs;
use std::path::Path;

use super::town::{Town, on_every_store};

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_backup_that_was_changed_is_not_restored_and_the_register_stays() {
    on_every_store(|server| {
        let mut town = Town::new(server, 4);
        let backup = town.back_up();
        let mut bytes = fs::read(&backup).expect("reads");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&backup, bytes).expect("writes");
        let (register, status) = (town.register().to_owned(), town.status());
        let refused = town.restore(&backup);
        assert!(refused.status != 0 && refused.out.contains("FAILED"), "{}\n{}", refused.out, refused.err);
        town.set("TEGATA_REGISTER", register);
        assert_eq!(town.status(), status);
    });
}

#[test]
fn backups_past_their_days_go_when_there_is_a_new_one_and_nothing_else_goes() {
    on_every_store(|server| {
        let town = Town::new(server, 4);
        town.run(
            "cd backups; touch -d '40 days ago' register-old.sqlite register-old.sqlite.sha256 notes.txt
             touch -d '30 days ago' register-newer.sqlite",
        )
        .good();
        // One that cannot be made takes none away.
        let failed = town.run("TEGATA_REGISTER=/nowhere/register.sqlite tegata-backup");
        assert!(failed.status == 2 && failed.err.contains("there is no register"), "{}", failed.err);
        assert_eq!(names(&town.path("backups")).len(), 4, "something was deleted or left");

        let made = town.back_up().file_name().expect("a name").to_string_lossy().into_owned();
        let mut expected =
            vec!["notes.txt".into(), "register-newer.sqlite".into(), made.clone(), format!("{made}.sha256")];
        expected.sort();
        assert_eq!(names(&town.path("backups")), expected);
    });
}

#[test]
fn what_is_not_set_or_no_place_is_said_and_nothing_is_made() {
    on_every_store(|server| {
        let town = Town::new(server, 4);
        for (script, words) in [
            ("unset TEGATA_REGISTER; tegata-backup", "name the register"),
            ("unset TEGATA_BACKUPS; tegata-backup", "name the folder"),
            ("TEGATA_REGISTER=register.sqlite tegata-backup", "whole path"),
            ("TEGATA_BACKUP_DAYS=soon tegata-backup", "number of days"),
            ("TEGATA_REGISTER=$PWD/passphrase tegata-backup", "not a database"),
            ("TEGATA_REGISTER=postgres://nobody@127.0.0.1:1/nothing tegata-backup", ""),
        ] {
            let answer = town.run(script);
            assert!(answer.status != 0 && answer.err.contains(words), "{script}: {}", answer.err);
            assert_eq!(names(&town.path("backups")), Vec::<String>::new(), "{script}");
        }
    });
}

#[test]
fn a_backup_holds_no_name_and_no_key() {
    on_every_store(|server| {
        let town = Town::new(server, 12);
        let backup = town.back_up();
        // What it says when it is unpacked, and as it lies there.
        let text = "case $BACKUP in *.pgdump) pg_restore --file=- \"$BACKUP\" ;; *) sqlite3 \"$BACKUP\" .dump ;; esac";
        let mut plain = town.run(&format!("BACKUP={}; {text}", backup.display())).good();
        plain.push_str(&String::from_utf8_lossy(&fs::read(&backup).expect("reads")));
        let key = fs::read_to_string(town.key()).expect("the key file");
        let secret = key.lines().find(|line| line.len() > 32).expect("the key");
        assert!(!plain.contains(secret), "the key is in the backup");
        for record in town.records() {
            let record: serde_json::Value = serde_json::from_str(&record).expect("JSON");
            for field in ["name", "kana", "romanised"] {
                if let Some(value) = record[field].as_str().filter(|value| value.chars().count() > 3) {
                    assert!(!plain.contains(value), "a {field} is in the backup");
                }
            }
            assert!(plain.contains(record["number"].as_str().expect("a number")), "nothing was looked at");
        }
    });
}
