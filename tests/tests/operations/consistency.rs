//! A backup that is made while others write holds one moment, and whoever goes on from it gets everything right.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Child;

use tegata_tests::office::manifest;

use super::town::{Town, on_every_store};

/// Makes backups until the other has ended; those that were done before it had. Each in a folder of its own.
fn during(town: &mut Town, mut other: Child) -> Vec<PathBuf> {
    let mut made = Vec::new();
    loop {
        let folder = town.path(&format!("backups/{}", made.len()));
        fs::create_dir(&folder).expect("makes");
        town.set("TEGATA_BACKUPS", folder.display().to_string());
        let backup = town.back_up();
        if let Some(status) = other.try_wait().expect("the other") {
            assert!(status.success(), "{}", fs::read_to_string(town.path("begun.log")).unwrap_or_default());
            assert!(!made.is_empty(), "no backup was made meanwhile");
            return made;
        }
        made.push(backup);
    }
}

/// Restores it as the page says, where no other one is in the way.
fn restore(town: &mut Town, backup: &std::path::Path) {
    let clear = "case $TEGATA_REGISTER in postgres*) dropdb --if-exists --maintenance-db=\"$SERVER/postgres\" tegata_restored ;;
        *) rm -rf \"$TEGATA_REGISTER.before\" ;; esac";
    town.run(clear).good();
    town.restore(backup).good();
}

#[test]
fn a_backup_during_an_import_has_all_of_it_or_nothing() {
    on_every_store(|server| {
        let mut town = Town::new(server, 6);
        town.run("tegata-issuer sample --people 25000 --faults 0 --seed 8 --out more").good();
        let before = town.status();
        let import = "tegata-issuer import --residents more/residents.csv --doses more/doses.csv";
        let import = town.begin(import);
        let backups = during(&mut town, import);
        let after = town.status();
        assert!(before["people"] != after["people"]);
        for backup in [backups.first(), backups.last()].into_iter().flatten() {
            restore(&mut town, backup);
            let found = town.status();
            assert!(found == before || found == after, "{found}");
        }
    });
}

#[test]
fn a_backup_during_issuing_to_everybody_is_gone_on_from_with_one_certificate_for_each() {
    on_every_store(|server| {
        let people = 3_000;
        let mut town = Town::new(server, people);
        let issuing = town.begin("issue --all --workers 2 --out codes");
        let backups = during(&mut town, issuing);
        assert_eq!(manifest(&town.path("codes")).len(), people as usize);

        restore(&mut town, backups.last().expect("a backup"));
        // As on another machine: the mark is not there, and these indices are nobody's but its own.
        fs::remove_file(town.key().display().to_string() + ".mark").expect("the mark");
        // The job goes on with what was not done; asked for once more, all of it is written again.
        town.run("issue --all --workers 2 --out rest; issue --all --workers 2 --out whole").good();
        let whole = manifest(&town.path("whole"));
        let numbers: BTreeSet<_> = whole.iter().map(|one| &one.number).collect();
        let places: BTreeSet<_> = whole.iter().filter_map(|one| one.status).collect();
        assert_eq!((whole.len(), numbers.len(), places.len()), (people as usize, people as usize, people as usize));
        let rest = manifest(&town.path("rest"));
        let texts: BTreeSet<_> = whole.iter().map(|one| &one.text).collect();
        assert!(rest.iter().all(|one| texts.contains(&one.text)), "a certificate of the job is another one now");
        let jobs = town.run("tegata-issuer jobs --json").good();
        assert!(jobs.contains("\"state\":\"done\""), "{jobs}");
    });
}
