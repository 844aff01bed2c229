//! A register that was restored from a backup gives no status index out twice.

use std::collections::HashSet;
use std::fs;
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::issue::{Issuance, IssueError, IssuingKey, Plan, issue};
use tegata_issuer::{Register, RegisterLocation, RegisterNumber};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_tests::office::{Certified, Office, manifest};
use tegata_tests::specimen::{DAY, NOW, japan};
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Issuer, StatusRange, TrustState};

use super::stores::{Store, on_every_store};

/// A list with one key that has these ranges of 1,000 indices each.
fn listed(key: &PrivateKey, ranges: u64) -> TrustState {
    let mut repository = DemoRepository::new("DEMO/one", NOW.plus(-DAY)).expect("keys");
    let issuer =
        repository.add_issuer(Issuer { name_ja: "架空市".into(), name_en: "Kakuu City".into(), country: japan() });
    repository.add_key(issuer, key.verifying_key(), &[Format::Compact], NOW.plus(-DAY)).ranges =
        (0..ranges).map(|range| StatusRange { shard: 9, from: range * 1_000, to: (range + 1) * 1_000 }).collect();
    let (bundle, pin) = repository.publish(NOW.plus(-60)).expect("publishes");
    TrustState::load(&bundle, &pin, NOW).expect("loads")
}

struct Run {
    issuance: Issuance,
    certified: Vec<Certified>,
}

fn run(
    location: &RegisterLocation,
    key: &PrivateKey,
    state: &TrustState,
    people: &[RegisterNumber],
    now: UnixTime,
) -> Result<Run, IssueError> {
    let keys = [IssuingKey::new(key, state, now).expect("listed")];
    let plan = Plan { formats: vec![Format::Compact], ..Plan::default() };
    let out = tempfile::tempdir().expect("a folder");
    let mut register = Register::open(location)?;
    let issuance = issue(&mut register, &keys, &plan, people, out.path(), now, &mut |_| {})?;
    register.close()?;
    Ok(Run { issuance, certified: manifest(out.path()) })
}

/// The register as it is now, kept aside.
struct Backup {
    bytes: Vec<u8>,
    database: String,
}

fn database_of(location: &RegisterLocation) -> String {
    location.to_string().rsplit('/').next().expect("a name").to_owned()
}

fn back_up(store: &Store, office: &Office) -> Backup {
    match store {
        Store::File(_) => Backup { bytes: fs::read(office.register()).expect("reads"), database: String::new() },
        Store::Server { server, .. } => {
            Backup { bytes: Vec::new(), database: server.copy(&database_of(office.location())) }
        }
    }
}

/// Where the restored register is; its key file is the same.
fn restore(store: &Store, office: &Office, backup: &Backup) -> RegisterLocation {
    match store {
        Store::File(_) => {
            fs::write(office.register(), &backup.bytes).expect("writes");
            office.location().clone()
        }
        Store::Server { server, .. } => {
            let location: RegisterLocation = server.url(&backup.database).parse().expect("a location");
            location.with_key(Some(office.folder().join("register.key")))
        }
    }
}

fn everybody(office: &Office) -> Vec<RegisterNumber> {
    let mut register = Register::open(office.location()).expect("opens");
    let records = register.issuable_after(None, 1_000).expect("reads");
    register.close().expect("closes");
    records.into_iter().map(|record| record.person.number).collect()
}

fn places(runs: &[&Run]) -> Vec<(u64, u64)> {
    runs.iter().flat_map(|run| &run.certified).filter_map(|one| one.status).collect()
}

#[test]
fn after_a_restore_no_index_is_given_out_twice_and_the_next_range_is_used() {
    on_every_store(|store| {
        let office = store.office(60, 31);
        let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let state = listed(&key, 2);
        let people = everybody(&office);
        let (first, rest) = people.split_at(20);
        let (second, third) = rest.split_at(20);
        let before = run(office.location(), &key, &state, first, NOW).expect("issues");
        let backup = back_up(store, &office);
        let lost = run(office.location(), &key, &state, second, NOW).expect("issues");
        assert!(before.issuance.closed_ranges.is_empty() && lost.issuance.closed_ranges.is_empty());

        let location = restore(store, &office, &backup);
        let after = run(&location, &key, &state, third, NOW).expect("issues");
        let [closed] = after.issuance.closed_ranges.as_slice() else { panic!("the range was not given up") };
        assert_eq!((closed.shard, closed.first, closed.counted, closed.issued), (9, 0, 20, 40));
        let all = places(&[&before, &lost, &after]);
        assert_eq!(all.len(), people.len());
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len(), "an index was given out twice");
        assert!(places(&[&after]).iter().all(|(_, index)| (1_000..2_000).contains(index)));

        // Told once; what the backup holds stays as it was issued.
        let again = run(&location, &key, &state, first, NOW).expect("issues");
        assert!(again.issuance.closed_ranges.is_empty());
        assert_eq!((again.issuance.issued, again.issuance.again), (0, first.len() as u64));
    });
}

#[test]
fn a_backup_of_the_newest_state_goes_on_with_the_same_range() {
    on_every_store(|store| {
        let office = store.office(20, 32);
        let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let state = listed(&key, 2);
        let people = everybody(&office);
        let (first, rest) = people.split_at(10);
        run(office.location(), &key, &state, first, NOW).expect("issues");
        let location = restore(store, &office, &back_up(store, &office));
        let after = run(&location, &key, &state, rest, NOW).expect("issues");
        assert!(after.issuance.closed_ranges.is_empty());
        assert!(places(&[&after]).iter().all(|(_, index)| (0..1_000).contains(index)));
    });
}

#[test]
fn a_restored_register_without_another_range_issues_nothing_until_one_is_allotted() {
    on_every_store(|store| {
        let office = store.office(30, 33);
        let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let state = listed(&key, 1);
        let people = everybody(&office);
        let (first, rest) = people.split_at(10);
        let backup = back_up(store, &office);
        let lost = run(office.location(), &key, &state, first, NOW).expect("issues");
        let location = restore(store, &office, &backup);
        for _ in 0..2 {
            let error = run(&location, &key, &state, rest, NOW).err().expect("refuses");
            assert!(matches!(error, IssueError::Restored), "{error}");
            assert!(error.to_string().contains("--add-indices"));
        }
        let after = run(&location, &key, &listed(&key, 2), rest, NOW).expect("issues from the new range");
        let all = places(&[&lost, &after]);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    });
}

#[test]
fn where_the_mark_was_lost_too_the_clerk_gives_the_ranges_up() {
    on_every_store(|store| {
        let office = store.office(30, 34);
        let key = PrivateKey::generate(KeyType::Ed25519).expect("randomness");
        let people = everybody(&office);
        let (first, rest) = people.split_at(10);
        run(office.location(), &key, &listed(&key, 1), &people[..1], NOW).expect("issues");
        let backup = back_up(store, &office);
        let lost = run(office.location(), &key, &listed(&key, 1), first, NOW).expect("issues");
        let location = restore(store, &office, &backup);
        let mark = match store {
            Store::File(_) => office.folder().join("register.sqlite.key.mark"),
            Store::Server { .. } => office.folder().join("register.key.mark"),
        };
        fs::remove_file(&mark).expect("there was one");
        let mut register = Register::open(&location).expect("opens");
        assert_eq!(register.close_ranges().expect("closes"), 1);
        assert_eq!(register.close_ranges().expect("closes"), 0);
        register.close().expect("closes");
        assert!(matches!(run(&location, &key, &listed(&key, 1), rest, NOW), Err(IssueError::Restored)));
        let after = run(&location, &key, &listed(&key, 2), rest, NOW).expect("issues");
        let all = places(&[&lost, &after]);
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), all.len());
    });
}
