//! Another key for a register: whoever is killed in between goes on, and the old key opens nothing.

use super::stores::{Store, on_every_store};
use super::{number, run};
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tegata_certificate::Format;
use tegata_issuer::{Act, ActKind, AuditFilter, Record, Register, RegisterError, RegisterLocation, RekeyError, rekey};
use tegata_tests::specimen::NOW;

fn records(register: &mut Register) -> HashMap<String, Record> {
    let (mut found, mut after) = (HashMap::new(), None);
    loop {
        let page = register.records_after(after.as_ref(), 500).expect("reads");
        let Some(last) = page.last() else { return found };
        after = Some(last.person.number.clone());
        found.extend(page.into_iter().map(|record| (record.person.number.to_string(), record)));
    }
}

fn located(store: &Store, office: &tegata_tests::office::Office, key: &std::path::Path) -> RegisterLocation {
    let _ = store;
    office.location().clone().with_key(Some(key.to_path_buf()))
}

#[test]
fn whoever_is_stopped_at_any_page_goes_on_and_nothing_is_lost() {
    on_every_store(|store| {
        let office = store.office(1_700, 11);
        let out = tempfile::tempdir().expect("a folder");
        office.issue_as(&[Format::Compact], out.path(), &[], NOW);
        let old_key = match store {
            Store::File(_) => office.folder().join("register.sqlite.key"),
            Store::Server { .. } => office.folder().join("register.key"),
        };
        let new_key = office.folder().join("new.key");
        let (old, new) = (located(store, &office, &old_key), located(store, &office, &new_key));
        let mut register = Register::open(&old).expect("opens");
        let before = records(&mut register);
        let somebody = before.values().next().expect("somebody").person.clone();
        register.note(&[Act::new(ActKind::View).about(&somebody.number)]).expect("notes");
        let head = register.audit_head().expect("reads");
        assert!(matches!(rekey(old.clone(), &old_key, &mut |_| {}), Err(RekeyError::Same(_))));
        // Stopped after each page; what was committed is what a kill would leave.
        let mut runs = 0;
        loop {
            let stopped = catch_unwind(AssertUnwindSafe(|| {
                let mut pages = 0;
                rekey(old.clone(), &new_key, &mut |_| {
                    pages += 1;
                    if pages == 2 {
                        std::panic::panic_any("stopped");
                    }
                })
            }));
            runs += 1;
            match stopped {
                Err(_) => {
                    assert!(matches!(Register::open(&old), Err(RegisterError::Rekeying)));
                    assert!(matches!(Register::open(&new), Err(RegisterError::KeyMismatch { .. })));
                    let other = office.folder().join("other.key");
                    assert!(matches!(rekey(old.clone(), &other, &mut |_| {}), Err(RekeyError::Other(_))));
                    // Whoever had it open before writes nothing.
                    let note = register.note(&[Act::new(ActKind::Search)]);
                    assert!(matches!(note, Err(RegisterError::Rekeying)), "{note:?}");
                }
                Ok(done) => {
                    assert!(done.expect("ends").resumed);
                    break;
                }
            }
        }
        assert!(runs > 3, "{runs} runs");
        assert!(register.note(&[Act::new(ActKind::Search)]).is_err(), "it has the old key still");
        drop(register);
        assert!(matches!(Register::open(&old), Err(RegisterError::KeyMismatch { .. })));
        std::fs::remove_file(&old_key).expect("destroys the old key");
        let mut register = Register::open(&new).expect("opens");
        let after = records(&mut register);
        assert!(before == after, "every record is the same");
        let found = register.numbers_of(somebody.kana.as_deref().expect("kana"), somebody.birth).expect("looks up");
        assert!(found.contains(&somebody.number));
        // The chain goes on with the key it began with, and leads to the same people.
        let proof = register.verify_audit(&[head]).expect("verifies");
        assert_eq!(proof.fault, None);
        let (mut views, mut rekeyed) = (0, 0);
        let filter = AuditFilter { person: Some(somebody.number.clone()), ..AuditFilter::default() };
        register.audit(&filter, &mut |entry| views += u64::from(entry.act == ActKind::View)).expect("reads");
        register
            .audit(&AuditFilter::default(), &mut |entry| rekeyed += u64::from(entry.act == ActKind::Rekey))
            .expect("reads");
        assert_eq!((views, rekeyed), (1, 1));
        register.note(&[Act::new(ActKind::View).about(&number("1"))]).expect("notes");
        assert_eq!(register.verify_audit(&[]).expect("verifies").fault, None);
        // The same again, and the same certificates with it.
        register.close().expect("closes");
        let again = office.folder().join("again.key");
        rekey(new, &again, &mut |_| {}).expect("a third key");
        let mut register = Register::open(located(store, &office, &again)).expect("opens");
        assert_eq!(register.verify_audit(&[]).expect("verifies").fault, None);
        assert!(records(&mut register) == before);
    });
}

#[test]
fn a_chain_whose_kept_key_is_deleted_verifies_no_more() {
    on_every_store(|store| {
        let mut register = Register::open_or_create(store.location()).expect("begins");
        register.note(&[Act::new(ActKind::SignIn)]).expect("notes");
        register.close().expect("closes");
        let new = store.folder().join("new.key");
        rekey(store.location(), &new, &mut |_| {}).expect("another key");
        run(store, "DELETE FROM audit_key");
        let mut register = Register::open(store.location().with_key(Some(new))).expect("opens");
        let fault = register.verify_audit(&[]).expect("verifies").fault;
        assert_eq!(fault.and_then(|fault| fault.sequence()), Some(1));
    });
}
