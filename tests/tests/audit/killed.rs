//! The real tool, killed while it gives a register another key; and transactions that see each other's appends.

use super::open;
use super::stores::{Store, on_every_store};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tegata_issuer::{Act, ActKind, Register, RegisterError};
use tegata_tests::office::Office;
use tegata_tests::specimen::NOW;

/// The folder that the tools are built into: the one above the tests'.
fn tool() -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let tool = program.ancestors().nth(2).expect("the folder of the tools").join("tegata-issuer");
    assert!(tool.is_file(), "tegata-issuer is not built; run: cargo build --workspace --bins");
    tool
}

fn rekey(office: &Office, old: &Path, new: &Path) -> Command {
    let mut command = Command::new(tool());
    command.arg("register").arg("rekey").arg(new);
    command.arg("--register").arg(office.register()).arg("--register-key").arg(old);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_tool_that_is_killed_while_it_rekeys_leaves_a_register_that_the_next_run_ends() {
    let office = Office::new(6_000, 31);
    let (old, new) = (office.folder().join("register.sqlite.key"), office.folder().join("new.key"));
    let mut register = Register::open(office.location()).expect("opens");
    let people = register.status().expect("reads").people;
    register.close().expect("closes");
    let mut half = 0;
    for pause in 1..40_u64 {
        let mut child = rekey(&office, &old, &new).spawn().expect("runs");
        std::thread::sleep(Duration::from_millis(10 * pause));
        child.kill().expect("kills");
        child.wait().expect("ends");
        match Register::open(office.location()) {
            // Before it began, or in the middle.
            Ok(register) => register.close().expect("closes"),
            Err(RegisterError::Rekeying) => half += 1,
            // It was done before it was killed.
            Err(RegisterError::KeyMismatch { .. }) => break,
            Err(error) => panic!("{error}"),
        }
    }
    println!("{half} times in the middle");
    if matches!(Register::open(office.location()), Err(RegisterError::Rekeying)) {
        assert!(rekey(&office, &old, &new).status().expect("runs").success());
    }
    std::fs::remove_file(&old).expect("destroys the old key");
    let mut register = Register::open(office.location().clone().with_key(Some(new))).expect("opens");
    let (mut found, mut after) = (0, None);
    loop {
        let page = register.records_after(after.as_ref(), 500).expect("every record opens");
        let Some(last) = page.last() else { break };
        after = Some(last.person.number.clone());
        found += page.len() as u64;
    }
    assert_eq!(found, people);
    assert_eq!(register.verify_audit(&[]).expect("verifies").fault, None);
}

#[test]
fn transactions_that_must_be_alone_come_through_while_others_append() {
    on_every_store(|store: &Store| {
        drop(open(store, "admin", "cli", NOW));
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for worker in 0..3 {
                let done = &done;
                scope.spawn(move || {
                    let mut register = open(store, &format!("clerk-{worker}"), "counter-1", NOW);
                    while !done.load(Ordering::Relaxed) {
                        register.note(&[Act::new(ActKind::Search)]).expect("notes");
                    }
                });
            }
            let mut register = open(store, "admin", "cli", NOW);
            let restored: Result<Vec<u64>, RegisterError> = (0..15).map(|_| register.close_ranges()).collect();
            done.store(true, Ordering::Relaxed);
            assert_eq!(restored.expect("all come through"), [0; 15]);
        });
    });
}
