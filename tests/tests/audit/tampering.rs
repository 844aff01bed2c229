//! Every row changed in every column, dropped, moved, doubled, or added by somebody without the key.

use super::stores::{Store, on_every_store};
use super::{bytes, number, open, run};
use sha2::{Digest, Sha256};
use tegata_certificate::{Format, UnixTime};
use tegata_issuer::audit::{AuditForm, export_audit};
use tegata_issuer::{
    Act, ActKind, ActPurpose, AuditFault, AuditFilter, CertificateHash, Head, Register, RegisterError,
};

const NOW: UnixTime = UnixTime(1_782_831_600);

/// A register with entries that have all fields: a year's key, then five acts.
fn made(store: &Store) -> Register {
    let mut register = open(store, "sato", "counter-1", NOW);
    for count in 1..=5_u64 {
        let act = Act::new(ActKind::Issue)
            .about(&number(&format!("47{count}")))
            .certificate(CertificateHash::of(&[7; 32], Format::Compact, &count.to_string()))
            .purpose(ActPurpose::parse("窓口での交付").expect("a purpose"))
            .with("format", "compact");
        register.note(&[act]).expect("notes");
    }
    run(store, "CREATE TABLE kept AS SELECT * FROM audit; CREATE TABLE kept_head AS SELECT * FROM audit_head");
    register
}

fn restore(store: &Store) {
    run(
        store,
        "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept; \
         DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM kept_head",
    );
}

fn fault(register: &mut Register) -> Option<AuditFault> {
    register.verify_audit(&[]).expect("verifies").fault
}

/// What a statement does to the chain, undone again.
fn after(store: &Store, register: &mut Register, sql: &str) -> Option<AuditFault> {
    run(store, sql);
    let found = fault(register);
    restore(store);
    assert_eq!(fault(register), None, "restored after {sql}");
    found
}

#[test]
fn every_column_of_every_entry_is_found_where_it_was_changed() {
    on_every_store(|store| {
        let mut register = made(store);
        assert_eq!(fault(&mut register), None);
        let (sixteen, thirty_two) = (bytes(store, &"5a".repeat(16)), bytes(store, &"5a".repeat(32)));
        let columns = [
            ("time", "time + 1".to_owned()),
            ("act", "act + 1".to_owned()),
            ("outcome", "outcome + 1".to_owned()),
            ("actor", "actor || 'x'".to_owned()),
            ("station", "station || 'x'".to_owned()),
            ("purpose", "COALESCE(purpose, '') || 'x'".to_owned()),
            ("person", sixteen.clone()),
            ("certificate", thirty_two.clone()),
            ("details", "details || 'x'".to_owned()),
            ("link", thirty_two),
            ("seal", sixteen),
        ];
        for sequence in 1..=6 {
            for (column, value) in &columns {
                let sql = format!("UPDATE audit SET {column} = {value} WHERE sequence = {sequence}");
                let found = after(store, &mut register, &sql).unwrap_or_else(|| panic!("found: {sql}"));
                assert_eq!(found.sequence(), Some(sequence), "{sql}");
            }
            let sql = format!("UPDATE audit SET sequence = sequence + 100 WHERE sequence = {sequence}");
            assert_eq!(after(store, &mut register, &sql).and_then(|found| found.sequence()), Some(sequence), "{sql}");
            if sequence > 1 {
                for column in ["purpose", "person", "certificate"] {
                    let sql = format!("UPDATE audit SET {column} = NULL WHERE sequence = {sequence}");
                    assert_eq!(after(store, &mut register, &sql), Some(AuditFault::Changed { sequence }), "{sql}");
                }
            }
        }
    });
}

#[test]
fn what_is_dropped_moved_or_doubled_is_found() {
    on_every_store(|store| {
        let mut register = made(store);
        let mut found = |sql: &str| after(store, &mut register, sql);
        for sequence in [1, 3, 5] {
            let sql = format!("DELETE FROM audit WHERE sequence = {sequence}");
            assert_eq!(found(&sql), Some(AuditFault::Missing { sequence }));
        }
        assert_eq!(found("DELETE FROM audit WHERE sequence = 6"), Some(AuditFault::Dropped { first: 6, last: 6 }));
        // As whoever covers it up would do it, with the database's own note.
        let cover = "DELETE FROM audit WHERE sequence > 4; UPDATE audit_head SET sequence = 4, \
                     link = (SELECT link FROM audit WHERE sequence = 4)";
        assert_eq!(found(cover), Some(AuditFault::Dropped { first: 5, last: 6 }));
        assert_eq!(found("DELETE FROM audit"), Some(AuditFault::Dropped { first: 1, last: 6 }));
        let swap = "UPDATE audit SET sequence = 99 WHERE sequence = 3; UPDATE audit SET sequence = 3 WHERE sequence = 4; \
                    UPDATE audit SET sequence = 4 WHERE sequence = 99";
        assert_eq!(found(swap), Some(AuditFault::Changed { sequence: 3 }));
        let double = "INSERT INTO audit SELECT 7, time, act, outcome, actor, station, purpose, person, certificate, \
                      details, link, seal FROM audit WHERE sequence = 6";
        assert_eq!(found(double), Some(AuditFault::Changed { sequence: 7 }));
        let before = "INSERT INTO audit SELECT 0, time, act, outcome, actor, station, purpose, person, certificate, \
                      details, link, seal FROM audit WHERE sequence = 1";
        assert_eq!(found(before), Some(AuditFault::Changed { sequence: 1 }));
        assert_eq!(found("UPDATE audit_head SET sequence = 5"), Some(AuditFault::Head { sequence: 6 }));
        let zero = format!("UPDATE audit_head SET sequence = 0, link = {}", bytes(store, &"00".repeat(32)));
        assert_eq!(found(&zero), Some(AuditFault::Head { sequence: 6 }));
        assert_eq!(found("DELETE FROM audit_head"), Some(AuditFault::Head { sequence: 6 }));
        let year = "UPDATE pseudonym_key SET year = year + 1";
        run(store, year);
        assert_eq!(fault(&mut register), Some(AuditFault::PseudonymKey { year: 2026 }));
    });
}

/// A field in the definition of docs/audit.md.
fn field(hash: &mut Sha256, bytes: Option<&[u8]>) {
    match bytes {
        None => hash.update([0xff; 4]),
        Some(bytes) => {
            hash.update(u32::try_from(bytes.len()).expect("short").to_be_bytes());
            hash.update(bytes);
        }
    }
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).expect("hexadecimal")
}

/// The link that an exported line should have, made from docs/audit.md alone.
fn link(line: &serde_json::Value, before: &[u8]) -> Vec<u8> {
    let text = |name: &str| line[name].as_str();
    let kind = ActKind::from_name(text("act").expect("a kind")).expect("a kind").number();
    let outcome = match text("outcome") {
        Some("done") => 1_i64,
        Some("refused") => 2,
        _ => 3,
    };
    let time = UnixTime::parse(text("time").expect("a time")).expect("a time");
    let mut hash = Sha256::new();
    hash.update(b"tegata audit/1\0");
    hash.update(before);
    hash.update(line["sequence"].as_u64().expect("a number").to_be_bytes());
    for number in [time.0, kind, outcome] {
        hash.update(number.to_be_bytes());
    }
    for name in ["actor", "station", "purpose"] {
        field(&mut hash, text(name).map(str::as_bytes));
    }
    for name in ["person", "certificate"] {
        field(&mut hash, text(name).map(hex).as_deref());
    }
    field(&mut hash, text("details").map(str::as_bytes));
    hash.finalize().to_vec()
}

#[test]
fn whoever_has_the_export_and_no_key_checks_the_chain_against_the_published_head() {
    on_every_store(|store| {
        let mut register = made(store);
        let head = register.audit_head().expect("reads");
        let mut lines = Vec::new();
        let count = export_audit(&mut register, &AuditFilter::default(), AuditForm::Ndjson, &mut lines);
        assert_eq!(count.expect("reads").expect("writes"), 6);
        let mut before = vec![0; 32];
        for line in String::from_utf8(lines).expect("text").lines() {
            let line = serde_json::from_str(line).expect("JSON");
            before = link(&line, &before);
            assert_eq!(line["link"].as_str().map(hex), Some(before.clone()));
        }
        assert_eq!(before, head.link);
    });
}

#[test]
fn an_entry_that_is_written_by_the_rules_but_without_the_key_is_found() {
    on_every_store(|store| {
        let mut register = made(store);
        let head = register.audit_head().expect("reads");
        let line = serde_json::json!({
            "sequence": 7, "time": "2026-07-01T00:00:00Z", "act": "resume", "outcome": "done", "actor": "sato",
            "station": "cli",
        });
        let forged = data_encoding::HEXLOWER.encode(&link(&line, &head.link));
        let time = UnixTime::parse("2026-07-01T00:00:00Z").expect("a time").0;
        let (link, seal) = (bytes(store, &forged), bytes(store, &"00".repeat(16)));
        let sql = format!(
            "INSERT INTO audit VALUES (7, {time}, 28, 1, 'sato', 'cli', NULL, NULL, NULL, NULL, {link}, {seal}); \
             UPDATE audit_head SET sequence = 7, link = {link}"
        );
        assert_eq!(after(store, &mut register, &sql), Some(AuditFault::Unsealed { sequence: 7 }));
        // What was published tells of a chain that was written anew by whoever has the key, too.
        let published = Head { sequence: 3, link: [9; 32] };
        let proof = register.verify_audit(&[published]).expect("verifies");
        assert_eq!(proof.fault, Some(AuditFault::SetBack { sequence: 3 }));
    });
}

#[test]
fn a_damaged_note_is_an_error_and_no_good_chain() {
    on_every_store(|store| {
        let mut register = made(store);
        let mut note = store.key().into_os_string();
        note.push(".audit");
        std::fs::write(&note, "tegata-audit-head/1\n").expect("writes");
        assert!(matches!(register.verify_audit(&[]), Err(RegisterError::AuditMark(_))));
    });
}

#[test]
fn many_connections_append_to_one_chain() {
    on_every_store(|store| {
        drop(open(store, "sato", "counter-1", NOW));
        std::thread::scope(|scope| {
            for worker in 0..4 {
                scope.spawn(move || {
                    let mut register = open(store, &format!("clerk-{worker}"), "counter-1", NOW);
                    for count in 0..25_u64 {
                        let act = Act::new(ActKind::View).about(&number(&format!("{worker}{count}")));
                        register.note(&[act.clone(), act]).expect("notes");
                    }
                });
            }
        });
        let mut register = open(store, "sato", "counter-1", NOW);
        let proof = register.verify_audit(&[]).expect("verifies");
        assert_eq!((proof.head.sequence, proof.fault), (1 + 4 * 25 * 2, None));
    });
}
