//! The key store: what it writes, and what it refuses.

use std::fs;
use std::path::Path;
use tegata_certificate::{Algorithm, UnixTime};
use tegata_keys::{KeyStore, KeyType, Passphrase, Purpose, Signer, StoreError, sealed_file};

const NOW: UnixTime = UnixTime(1_767_225_600);

fn passphrase() -> Passphrase {
    Passphrase::new("three small boats at dawn")
}

fn store_with_key(folder: &Path, kind: KeyType) -> KeyStore {
    let store = KeyStore::new(folder.join("keys"));
    store.create("office", kind, &passphrase(), Purpose::Production, NOW).expect("a key");
    store
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("metadata").permissions().mode() & 0o7777
}

#[test]
fn a_key_of_each_type_signs_after_the_round_trip_through_its_file() {
    for kind in KeyType::ALL {
        let folder = tempfile::tempdir().expect("folder");
        let store = store_with_key(folder.path(), kind);
        let key = store.unlock("office", &passphrase()).expect("unlocks");
        let signature = key.sign(b"message").expect("signs");
        assert_eq!(signature.len(), 64);
        assert_eq!(signature, key.sign(b"message").expect("signs"), "signatures are deterministic");
        let record = store.record("office").expect("record");
        assert_eq!(record.algorithm(), kind.algorithm());
        record.key.verify(b"message", &signature).expect("the record's key verifies");
        assert!(record.key.verify(b"another", &signature).is_err());
    }
}

#[test]
fn a_wrong_passphrase_never_opens_a_key() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store_with_key(folder.path(), KeyType::Ed25519);
    for wrong in ["", "three small boats at dusk", "three small boats at dawn "] {
        let error = store.unlock("office", &Passphrase::new(wrong)).expect_err("refuses");
        assert!(matches!(error, StoreError::WrongPassphrase { .. }), "{error}");
    }
}

#[test]
fn listing_needs_no_passphrase_and_shows_no_secret() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store_with_key(folder.path(), KeyType::P256);
    assert!(KeyStore::new(folder.path().join("nowhere")).list().expect("empty").is_empty());
    let records = store.list().expect("lists");
    assert_eq!(records.len(), 1);
    assert_eq!(
        (records[0].name.as_str(), records[0].created, records[0].algorithm()),
        ("office", NOW, Algorithm::Es256)
    );
    let key = store.unlock("office", &passphrase()).expect("unlocks");
    assert_eq!(format!("{key:?}"), "Signer { algorithm: Es256, .. }");
}

#[cfg(unix)]
#[test]
fn the_sealed_file_is_the_owners_alone_and_refused_otherwise() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("folder");
    let store = store_with_key(folder.path(), KeyType::Ed25519);
    let sealed = folder.path().join("keys/office.key.pem");
    assert_eq!(mode(&sealed), 0o600);
    assert_eq!(mode(&folder.path().join("keys")), 0o700);
    for exposed in [0o640, 0o604, 0o620, 0o666] {
        fs::set_permissions(&sealed, fs::Permissions::from_mode(exposed)).expect("chmod");
        let error = store.unlock("office", &passphrase()).expect_err("refuses");
        assert!(matches!(error, StoreError::Exposed { mode, .. } if mode == exposed), "{error}");
    }
    fs::set_permissions(&sealed, fs::Permissions::from_mode(0o400)).expect("chmod");
    store.unlock("office", &passphrase()).expect("a read-only key is fine");
}

#[test]
fn a_retired_key_signs_nothing_and_keeps_its_first_date() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store_with_key(folder.path(), KeyType::Ed25519);
    store.retire("office", NOW.plus(10)).expect("retires");
    store.retire("office", NOW.plus(20)).expect("again");
    let error = store.unlock("office", &passphrase()).expect_err("refuses");
    assert!(matches!(error, StoreError::Retired { at, .. } if at == NOW.plus(10)), "{error}");
    assert_eq!(store.list().expect("lists")[0].retired, Some(NOW.plus(10)));
}

#[test]
fn a_key_is_never_overwritten() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store_with_key(folder.path(), KeyType::Ed25519);
    let sealed = folder.path().join("keys/office.key.pem");
    let before = fs::read(&sealed).expect("reads");
    let again = |store: &KeyStore| store.create("office", KeyType::P256, &passphrase(), Purpose::Production, NOW);
    assert!(matches!(again(&store), Err(StoreError::Exists { .. })));
    // A crash between the two writes leaves a sealed file without its record: still not overwritten.
    fs::remove_file(store.record_path("office")).expect("removes");
    assert!(matches!(again(&store), Err(StoreError::Exists { .. })));
    assert_eq!(fs::read(&sealed).expect("reads"), before);
    let left: Vec<_> = fs::read_dir(folder.path().join("keys")).expect("reads").collect();
    assert_eq!(left.len(), 1, "no temporary file stays behind");
}

#[test]
fn names_that_could_lead_elsewhere_are_refused() {
    let folder = tempfile::tempdir().expect("folder");
    let store = KeyStore::new(folder.path());
    for name in ["", "..", "a/b", "../a", "-a", "A", "a.b", "鍵", &"a".repeat(65)] {
        let error = store.create(name, KeyType::Ed25519, &passphrase(), Purpose::Production, NOW).expect_err(name);
        assert!(matches!(error, StoreError::Name(_)), "{name}");
        assert!(matches!(store.unlock(name, &passphrase()), Err(StoreError::Name(_))), "{name}");
    }
}

#[test]
fn unknown_keys_and_short_passphrases_are_named() {
    let folder = tempfile::tempdir().expect("folder");
    let store = KeyStore::new(folder.path());
    assert!(matches!(store.unlock("office", &passphrase()), Err(StoreError::Unknown { .. })));
    let short = Passphrase::new("elevenchars");
    assert!(matches!(
        store.create("a", KeyType::Ed25519, &short, Purpose::Production, NOW),
        Err(StoreError::ShortPassphrase)
    ));
    assert!(store.create("a", KeyType::Ed25519, &short, Purpose::Demo, NOW).expect("demo").demo);
}

#[test]
fn an_exchanged_sealed_file_is_noticed() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store_with_key(folder.path(), KeyType::Ed25519);
    store.create("other", KeyType::Ed25519, &passphrase(), Purpose::Production, NOW).expect("second");
    fs::rename(folder.path().join("keys/other.key.pem"), folder.path().join("keys/office.key.pem")).expect("swaps");
    assert!(matches!(store.unlock("office", &passphrase()), Err(StoreError::Mismatch { .. })));
}

#[test]
fn damaged_files_are_said_to_be_damaged() {
    let folder = tempfile::tempdir().expect("folder");
    let store = store_with_key(folder.path(), KeyType::Ed25519);
    let record = store.record_path("office");
    let good = fs::read_to_string(&record).expect("reads");
    let exchanged = good.replace("EdDSA", "ES256");
    for bad in ["", "{}", "not json", exchanged.as_str(), good.replace("\"office\"", "\"other\"").as_str()] {
        fs::write(&record, bad).expect("writes");
        assert!(matches!(store.unlock("office", &passphrase()), Err(StoreError::Damaged { .. })), "{bad}");
    }
    fs::write(&record, &good).expect("writes");
    let sealed = folder.path().join("keys/office.key.pem");
    fs::write(&sealed, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").expect("writes");
    assert!(matches!(store.unlock("office", &passphrase()), Err(StoreError::Damaged { .. })));
}

/// A PBES2 structure around any key derivation parameters, written by hand.
fn pbes2(kdf: &[u8]) -> Vec<u8> {
    fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let body = parts.concat();
        assert!(body.len() < 256);
        let mut out = if body.len() < 128 { vec![tag, body.len() as u8] } else { vec![tag, 0x81, body.len() as u8] };
        out.extend(body);
        out
    }
    let pbes2_oid = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x05, 0x0d];
    let aes_oid = [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2a];
    let cipher = tlv(0x30, &[&aes_oid, &tlv(0x04, &[&[0; 16]])]);
    let algorithm = tlv(0x30, &[&pbes2_oid, &tlv(0x30, &[kdf, &cipher])]);
    tlv(0x30, &[&algorithm, &tlv(0x04, &[&[0; 32]])])
}

fn scrypt(n: &[u8], r: u8, p: u8) -> Vec<u8> {
    let mut parameters = vec![0x04, 8, 1, 2, 3, 4, 5, 6, 7, 8, 0x02, n.len() as u8];
    parameters.extend(n);
    parameters.extend([0x02, 1, r, 0x02, 1, p]);
    let mut kdf = vec![
        0x30,
        (13 + parameters.len()) as u8,
        0x06,
        0x09,
        0x2b,
        0x06,
        0x01,
        0x04,
        0x01,
        0xda,
        0x47,
        0x04,
        0x0b,
        0x30,
        parameters.len() as u8,
    ];
    kdf.extend(parameters);
    pbes2(&kdf)
}

#[test]
fn absurd_key_derivation_costs_are_refused_before_any_work() {
    let open = |der: &[u8]| sealed_file::open_der(der, &passphrase()).map(drop);
    let started = std::time::Instant::now();
    for (what, der) in [
        ("1 TiB", scrypt(&[0x01, 0, 0, 0, 0], 8, 1)),
        ("512 MiB", scrypt(&[0x08, 0, 0], 8, 1)),
        ("cost 0", scrypt(&[0], 8, 1)),
        ("cost 1", scrypt(&[1], 8, 1)),
        ("no power of two", scrypt(&[3], 8, 1)),
        ("p 127", scrypt(&[0x04, 0, 0], 8, 127)),
        ("r 0", scrypt(&[2], 0, 1)),
    ] {
        assert_eq!(open(&der), Err(tegata_keys::SealedFileError::TooCostly), "{what}");
    }
    assert!(started.elapsed().as_secs() < 1);
    assert_eq!(
        open(&scrypt(&[0x04, 0], 1, 1)),
        Err(tegata_keys::SealedFileError::WrongPassphrase),
        "a modest cost is tried"
    );
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
        let _ = sealed_file::open_der(&bytes, &passphrase());
        let _ = sealed_file::open(&String::from_utf8_lossy(&bytes), &passphrase());
        let _ = tegata_keys::PrivateKey::from_pkcs8(&bytes);
        let _ = tegata_keys::KeyRecord::from_json(&String::from_utf8_lossy(&bytes));
    }
}
