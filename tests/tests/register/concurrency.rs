//! Several connections reserve the same and different records at once.

use std::collections::{BTreeMap, HashSet};
use std::thread;
use tegata_certificate::Format;
use tegata_issuer::issue::{IssueError, IssuingKey, Plan, issue};
use tegata_issuer::{Register, RegisterNumber};
use tegata_tests::office::{Office, manifest};
use tegata_tests::specimen::NOW;

use super::stores::on_every_store;

/// Connections at once.
const RUNS: usize = 4;

/// Issues for these people over a connection of its own.
fn issue_once(office: &Office, people: &[RegisterNumber], out: &std::path::Path) -> Result<u64, IssueError> {
    let state = office.state();
    let keys = [IssuingKey::new(&office.compact, &state, NOW), IssuingKey::new(&office.eu, &state, NOW)];
    let keys = keys.map(|key| key.expect("is listed"));
    let plan = Plan { formats: vec![Format::Compact, Format::EuDcc], ..Plan::default() };
    let mut register = Register::open(office.location())?;
    let issued = issue(&mut register, &keys, &plan, people, out, NOW, &mut |_| {})?;
    register.close()?;
    Ok(issued.issued)
}

fn everybody(office: &Office) -> Vec<RegisterNumber> {
    let mut register = Register::open(office.location()).expect("opens");
    let records = register.issuable_after(None, 1000).expect("reads");
    register.close().expect("closes");
    records.into_iter().map(|record| record.person.number).collect()
}

#[test]
fn who_issues_for_the_same_people_at_once_gives_each_the_same_certificate() {
    on_every_store(|store| {
        let office = store.office(700, 21);
        let everybody = everybody(&office);
        let outs: Vec<_> = (0..RUNS).map(|_| tempfile::tempdir().expect("a folder")).collect();
        let issued: u64 = thread::scope(|threads| {
            let run = |out: &tempfile::TempDir| {
                let (office, everybody, out) = (&office, &everybody, out.path().to_path_buf());
                threads.spawn(move || issue_once(office, everybody, &out).expect("issues"))
            };
            let runs: Vec<_> = outs.iter().map(run).collect();
            runs.into_iter().map(|run| run.join().expect("ends")).sum()
        });
        let first = manifest(outs[0].path());
        assert_eq!(issued, first.len() as u64, "each certificate is new to one run");
        let texts = |out: &tempfile::TempDir| -> Vec<_> {
            manifest(out.path()).into_iter().map(|one| (one.number, one.format, one.text, one.status)).collect()
        };
        for out in &outs {
            assert!(texts(out) == texts(&outs[0]), "two runs gave out two certificates");
        }
        let places: HashSet<_> = first.iter().filter_map(|one| one.status).collect();
        assert_eq!(places.len(), first.iter().filter(|one| one.status.is_some()).count());
    });
}

#[test]
fn who_issues_for_different_people_at_once_gives_no_index_twice() {
    on_every_store(|store| {
        let office = store.office(600, 22);
        let everybody = everybody(&office);
        // Each has a third of its people in common with the next, so that both kinds are there.
        let share = everybody.len() / RUNS;
        let shares = (0..RUNS).map(|run| everybody.iter().cycle().skip(run * share).take(share * 4 / 3));
        let shares: Vec<Vec<RegisterNumber>> = shares.map(|share| share.cloned().collect()).collect();
        let outs: Vec<_> = (0..RUNS).map(|_| tempfile::tempdir().expect("a folder")).collect();
        thread::scope(|threads| {
            for (share, out) in shares.iter().zip(&outs) {
                let office = &office;
                threads.spawn(move || {
                    issue_once(office, share, out.path()).expect("issues");
                });
            }
        });
        let mut by_record = BTreeMap::<_, HashSet<_>>::new();
        let mut by_place = BTreeMap::<_, HashSet<_>>::new();
        for one in outs.iter().flat_map(|out| manifest(out.path())) {
            by_record.entry((one.number.clone(), one.format)).or_default().insert(one.text);
            if let Some(place) = one.status {
                by_place.entry(place).or_default().insert(one.number);
            }
        }
        assert!(by_record.len() >= share * RUNS && by_record.values().all(|texts| texts.len() == 1));
        assert!(by_place.values().all(|people| people.len() == 1), "an index names two people");
    });
}
