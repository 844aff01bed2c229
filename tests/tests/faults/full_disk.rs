//! A full disk, at every amount of room that was left: one message, the old state whole, and the same
//! command completes once there is room.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use tegata_tests::office::manifest;

use super::handed_out::{HandedOut, nothing_is_left};
use super::inspection::{counts, holdings};
use super::killed_correct;
use super::small_disk::{SmallDisk, copy, in_namespace};
use super::town::{Snapshot, Town, one_message};

/// What is left on the disk in each round, in KiB.
const ROOM: [u64; 14] = [0, 4, 8, 12, 20, 32, 48, 80, 130, 200, 350, 600, 1_200, 4_000];

/// Runs a command in every amount of room on a disk that begins as `before`. `refused` looks at what a
/// full disk left; afterwards, with room, the same command must end with status 0 or 1, and
/// `complete` looks at that.
fn in_every_room(town: &Town, disk: &SmallDisk, before: &Path, line: &str, refused: impl Fn(), complete: impl Fn()) {
    let (mut full, mut fitted) = (0, 0);
    for room in ROOM {
        disk.hold(before);
        disk.leave(room);
        let answer = town.run(line);
        println!("{room} KiB left: {:?} {}", answer.status, answer.complaint.trim_end());
        match answer.status {
            Some(0 | 1) => fitted += 1,
            _ => {
                one_message(line, &answer, 5, &["disk"]);
                refused();
                full += 1;
            }
        }
        disk.make_room();
        let answer = town.run(line);
        assert!(matches!(answer.status, Some(0 | 1)), "{line}\n{}{}", answer.out, answer.complaint);
        complete();
    }
    println!("{line}: {full} times the disk was full, {fitted} times it sufficed");
    assert!(full >= 2 && fitted >= 1, "the disk was always full, or never");
}

/// A disk of 8 MiB at that name in the town, and a folder outside of it to begin from.
fn disk(town: &Town, name: &str) -> (SmallDisk, PathBuf) {
    let before = town.file(&format!("before-{name}"));
    fs::create_dir(&before).expect("a folder");
    (SmallDisk::mount(&town.file(name), 8 * 1024), before)
}

/// The names of everything in a folder.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().into_string().expect("a name")).collect()
}

#[test]
fn an_import_on_a_full_disk_changes_nothing_and_completes_later() {
    if !in_namespace("full_disk::an_import_on_a_full_disk_changes_nothing_and_completes_later") {
        return;
    }
    let town = Town::new(20);
    town.does("tegata-issuer sample --people 3000 --seed 9 --out more");
    let import =
        "tegata-issuer import --residents more/residents.csv --doses more/doses.csv --register disk/register.sqlite";
    let (disk, before) = disk(&town, "disk");
    // Into a register that is there.
    for name in ["register.sqlite", "register.sqlite.key"] {
        fs::copy(town.file(name), before.join(name)).expect("copies");
    }
    let register = town.file("disk/register.sqlite");
    let old = holdings(&register.with_file_name("../register.sqlite"));
    in_every_room(
        &town,
        &disk,
        &before,
        import,
        || assert!(holdings(&register) == old, "a part was imported"),
        || {
            let new = holdings(&register);
            assert_eq!(new.integrity, "ok");
            assert!(new.records.iter().filter(|record| record.starts_with("person ")).count() >= 3000);
        },
    );
    // Into one that is to be begun.
    for name in ["register.sqlite", "register.sqlite.key"] {
        fs::remove_file(before.join(name)).expect("was there");
    }
    in_every_room(
        &town,
        &disk,
        &before,
        import,
        || {
            let left = names(&town.file("disk"));
            assert!(
                left.iter().all(|name| ["ballast", "register.sqlite", "register.sqlite.key"].contains(&name.as_str())
                    || name.starts_with("register.sqlite-")),
                "{left:?}"
            );
            assert_eq!(register.exists(), left.contains("register.sqlite.key"), "one without the other: {left:?}");
            if register.exists() {
                assert!(holdings(&register).records.is_empty(), "a part was imported");
            }
        },
        || assert_eq!(holdings(&register).integrity, "ok"),
    );
}

#[test]
fn issuing_into_a_full_folder_leaves_whole_pictures_only_and_completes_later() {
    if !in_namespace("full_disk::issuing_into_a_full_folder_leaves_whole_pictures_only_and_completes_later") {
        return;
    }
    let town = Town::new(60);
    let line = town.issue().replace("--picture none", "--picture png").replace("--out codes", "--out disk/codes");
    let (disk, before) = disk(&town, "disk");
    town.does(&line);
    let folder = town.file("disk/codes");
    let good = Snapshot::of(&folder);
    let whole = |name: &str| fs::read(town.file("good").join(name)).expect("issued");
    copy(&folder, &town.file("good"));
    in_every_room(
        &town,
        &disk,
        &before,
        &line,
        || {
            let left = if folder.exists() { names(&folder) } else { BTreeSet::new() };
            whole_parts_only(&folder, 60, 2);
            for name in left.iter().filter(|name| *name != ".parts") {
                assert!(fs::read(folder.join(name)).expect("a picture") == whole(name), "half of {name}");
            }
        },
        || assert!(good.changes(&Snapshot::of(&folder)).is_empty(), "another certificate for the same record"),
    );
}

/// What a job that a full disk stopped left in its folder: whole parts, and nothing else of its own.
fn whole_parts_only(folder: &Path, people: u64, families: u64) {
    let left = if folder.exists() { names(folder) } else { BTreeSet::new() };
    assert!(!left.contains("manifest.ndjson"), "a manifest of a part");
    assert!(!left.iter().any(|name| name.ends_with(".part")), "{left:?}");
    HandedOut::default().remember(folder, people, families);
    let parts = if left.contains(".parts") { names(&folder.join(".parts")) } else { BTreeSet::new() };
    assert!(parts.iter().all(|name| name.ends_with(".ndjson")), "{parts:?}");
}

#[test]
fn a_job_into_a_full_folder_leaves_whole_parts_only_and_completes_later() {
    if !in_namespace("full_disk::a_job_into_a_full_folder_leaves_whole_parts_only_and_completes_later") {
        return;
    }
    const PEOPLE: u64 = 1_700;
    let town = Town::new(PEOPLE);
    let line = format!("{} --workers 2", town.issue().replace("compact,eu-dcc", "compact"));
    let line = line.replace("--out codes", "--out disk/codes");
    let (disk, before) = disk(&town, "disk");
    let folder = town.file("disk/codes");
    town.does(&line);
    let good = fs::read(folder.join("manifest.ndjson")).expect("a manifest");
    let most = Cell::new(0);
    in_every_room(
        &town,
        &disk,
        &before,
        &line,
        || {
            whole_parts_only(&folder, PEOPLE, 1);
            most.set(most.get().max(names(&folder.join(".parts")).len()));
        },
        || {
            nothing_is_left(&folder);
            assert!(fs::read(folder.join("manifest.ndjson")).is_ok_and(|now| now == good), "another certificate");
        },
    );
    assert!((1..=4).contains(&most.get()), "no part was done before the disk was full");
}

#[test]
fn a_full_disk_under_the_register_loses_no_certificate_and_no_index() {
    if !in_namespace("full_disk::a_full_disk_under_the_register_loses_no_certificate_and_no_index") {
        return;
    }
    // Some parts of a job, so that the disk is full in the middle of it.
    const PEOPLE: u64 = 1_700;
    let town = Town::new(PEOPLE);
    let line = format!("{} --register disk/register.sqlite --workers 2", town.issue());
    let (disk, before) = disk(&town, "disk");
    for name in ["register.sqlite", "register.sqlite.key"] {
        fs::copy(town.file(name), before.join(name)).expect("copies");
    }
    let register = town.file("disk/register.sqlite");
    let records = holdings(&town.file("register.sqlite")).records;
    in_every_room(
        &town,
        &disk,
        &before,
        &line,
        || {
            let left = holdings(&register);
            assert_eq!(left.integrity, "ok");
            assert!(left.records == records, "issuing changed the records");
            whole_parts_only(&town.file("codes"), PEOPLE, 2);
            // What was handed out is known to the register.
            let mut handed_out = HandedOut::default();
            handed_out.remember(&town.file("codes"), PEOPLE, 2);
            assert!(handed_out.count() <= left.certificates.len(), "handed out and not written down");
        },
        || {
            let done = holdings(&register);
            nothing_is_left(&town.file("codes"));
            let certified = manifest(&town.file("codes"));
            // The next round begins with no certificate in the register, and so with none in the folder.
            fs::remove_dir_all(town.file("codes")).expect("was there");
            assert_eq!(done.certificates.len(), certified.len());
            let compact = certified.iter().filter(|certificate| certificate.status.is_some());
            let indices: BTreeSet<_> = compact.clone().map(|certificate| certificate.status).collect();
            assert_eq!(indices.len(), compact.count(), "an index was given out twice");
            assert_eq!(indices.len() as u64, done.given_out.values().sum::<u64>(), "an index was lost");
        },
    );
}

#[test]
fn a_key_on_a_full_disk_is_there_whole_or_not_at_all() {
    if !in_namespace("full_disk::a_key_on_a_full_disk_is_there_whole_or_not_at_all") {
        return;
    }
    let town = Town::new(1);
    let (disk, before) = disk(&town, "disk");
    fs::create_dir(before.join("keys")).expect("a folder");
    let line = "tegata-issuer key new fresh --demo --keys disk/keys --passphrase-fd 0";
    let keys = town.file("disk/keys");
    for room in [0, 4, 8] {
        disk.hold(&before);
        disk.leave(room);
        let answer = town.run(line);
        println!("{room} KiB left: {:?} {}", answer.status, answer.complaint.trim_end());
        if room < 8 {
            one_message(line, &answer, 5, &["disk/keys", "No space left", "make room"]);
            assert!(names(&keys).is_empty(), "half a key: {:?}", names(&keys));
        }
        disk.make_room();
        if answer.status != Some(0) {
            town.does(line);
        }
        assert_eq!(names(&keys), BTreeSet::from(["fresh.json".to_owned(), "fresh.key.pem".to_owned()]));
        assert!(town.does("tegata-issuer key list --keys disk/keys").contains("fresh"));
    }
}

#[test]
fn lists_on_a_full_disk_stay_the_old_ones_until_the_new_ones_are_whole() {
    if !in_namespace("full_disk::lists_on_a_full_disk_stay_the_old_ones_until_the_new_ones_are_whole") {
        return;
    }
    let town = Town::new(1);
    town.does("tegata-trust init --demo --repository-id DEMO/disk --dir trust --passphrase-fd 0");
    let add = |key: &str, format: &str| {
        format!(
            "tegata-trust add-issuer --dir disk/trust --name-ja 架空市 --name-en Kakuu --country JP --key keys/{key}.json --format {format}"
        )
    };
    let (disk, before) = disk(&town, "disk");
    copy(&town.file("trust"), &before.join("trust"));
    disk.hold(&before);
    town.does(&add("office", "compact"));
    town.does("tegata-trust publish --dir disk/trust --passphrase-fd 0");
    town.does(&add("office-eu", "eu-dcc"));
    fs::remove_dir_all(before.join("trust")).expect("was there");
    copy(&town.file("disk/trust"), &before.join("trust"));
    let show = "tegata-trust show --dir disk/trust --json";
    let old = town.does(show);
    let publish = "tegata-trust publish --dir disk/trust --passphrase-fd 0";
    let bundle = "tegata-trust bundle --dir disk/trust --out disk/lists.cbor";
    for room in [0, 4, 8, 12, 16, 32] {
        disk.hold(&before);
        disk.leave(room);
        for line in [publish, bundle] {
            let answer = town.run(line);
            println!("{room} KiB left: {line}: {:?} {}", answer.status, answer.complaint.trim_end());
            if answer.status != Some(0) {
                one_message(line, &answer, 5, &["No space left", "the disk has room"]);
                let shown = town.does(show);
                assert!(line == bundle || shown == old, "half of a publication is in force");
                assert!(line == publish || !town.file("disk/lists.cbor").exists(), "half a bundle");
            } else {
                assert!(room > 0, "nothing was written: {line}");
            }
        }
        assert!(!names(&town.file("disk/trust/published/v1")).iter().any(|name| name.starts_with(".new-")));
        disk.make_room();
        town.does(publish);
        town.does(bundle);
        assert!(town.does("tegata-trust show --bundle disk/lists.cbor --json").contains("eu-dcc"));
    }
}

#[test]
fn a_repository_that_a_full_disk_interrupted_is_made_by_the_same_command_later() {
    if !in_namespace("full_disk::a_repository_that_a_full_disk_interrupted_is_made_by_the_same_command_later") {
        return;
    }
    let town = Town::new(1);
    let (disk, before) = disk(&town, "disk");
    let line = "tegata-trust init --demo --repository-id DEMO/disk --dir disk/trust --passphrase-fd 0";
    for room in [0, 4, 12, 24, 32, 36, 40, 44] {
        disk.hold(&before);
        disk.leave(room);
        let answer = town.run(line);
        println!("{room} KiB left: {:?} {}", answer.status, answer.complaint.trim_end());
        disk.make_room();
        if answer.status != Some(0) {
            one_message(line, &answer, 5, &["No space left", "room"]);
            town.does(line);
        }
        town.does("tegata-trust publish --dir disk/trust --passphrase-fd 0");
    }
}

#[test]
fn a_correction_on_a_full_disk_is_there_as_a_whole_or_not_at_all_and_completes_later() {
    if !in_namespace("full_disk::a_correction_on_a_full_disk_is_there_as_a_whole_or_not_at_all_and_completes_later") {
        return;
    }
    let town = Town::new(60);
    town.does(&town.issue().replace("compact,eu-dcc", "compact"));
    let person = manifest(&town.file("codes")).remove(7).number;
    fs::write(town.file("edits.txt"), "1.lot=ZZ9999\n").expect("writes");
    let (disk, before) = disk(&town, "disk");
    for entry in fs::read_dir(town.path()).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a name");
        if name.starts_with("register.sqlite") {
            fs::copy(entry.path(), before.join(name)).expect("copies");
        }
    }
    let register = town.file("disk/register.sqlite");
    in_every_room(
        &town,
        &disk,
        &before,
        &killed_correct::line(&town, &person, "disk/register.sqlite"),
        || {
            let found = counts(&register, killed_correct::TABLES);
            let whole = found == killed_correct::ALL;
            assert!(whole || found == killed_correct::NOTHING, "half of a correction: {found:?}");
        },
        || killed_correct::is_complete(&town, &register),
    );
}
