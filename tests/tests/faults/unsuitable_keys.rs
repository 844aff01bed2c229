//! Passphrases and keys that do not open, or that may not sign.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use tegata_tests::specimen::DAY;
use tegata_trust_lists::KeyState;

use super::town::{PASSPHRASE, Town, device_time};

#[test]
fn a_passphrase_that_is_wrong_empty_or_not_there_issues_nothing() {
    let town = Town::new(5);
    let issue = town.issue();
    town.refuses_with(
        &issue,
        b"three small boats at dusk\n",
        6,
        &["wrong passphrase for `office`", "restore it from a backup"],
    );
    town.refuses_with(&issue, b"", 6, &["passphrase is empty", "first line"]);
    town.refuses_with(&issue, b"\nsecond line\n", 6, &["passphrase is empty"]);
    town.refuses_with(&issue, &[b'x'; 5000], 6, &["longer than 1,024 bytes"]);
    town.refuses(&issue.replace("-fd 0", "-fd 9"), 6, &["file descriptor 9", "open it for the tool"]);
    town.refuses(&issue.replace("-fd 0", "-credential office"), 6, &["CREDENTIALS_DIRECTORY", "--passphrase-fd"]);
    town.refuses(&issue.replace(" --passphrase-fd 0", ""), 6, &["no terminal", "--passphrase-fd"]);
    town.refuses_with("tegata-issuer key new short --passphrase-fd 0", b"short\n", 6, &["too short", "at least 12"]);
    town.refuses_with("tegata-issuer key new none --demo --passphrase-fd 0", b"\n", 6, &["passphrase is empty"]);
}

#[test]
fn a_key_that_is_missing_open_to_others_damaged_or_exchanged_signs_nothing() {
    let town = Town::new(5);
    let issue = town.issue();
    town.refuses(&issue.replace("office-eu", "nobody"), 3, &["no key `nobody`", "key list"]);
    town.refuses(
        &issue.replace("--key office ", "--key ../keys/office "),
        3,
        &["cannot be a key's name", "use 1 to 64"],
    );
    town.refuses("tegata-issuer key new office --demo --passphrase-fd 0", 3, &["is there already", "another name"]);

    let sealed = town.file("keys/office.key.pem");
    let pem = fs::read(&sealed).expect("a key");
    fs::set_permissions(&sealed, PermissionsExt::from_mode(0o640)).expect("changes the mode");
    town.refuses(&issue, 3, &["office.key.pem is open to others (mode 0640)", "chmod 600"]);
    fs::set_permissions(&sealed, PermissionsExt::from_mode(0o600)).expect("changes the mode");

    let damage =
        [(b"".to_vec(), "empty"), (pem[..pem.len() / 2].to_vec(), "cut"), (b"\xFF\xFE\0not text".to_vec(), "bytes")];
    for (bytes, what) in damage {
        fs::write(&sealed, bytes).expect("writes");
        println!("{what}");
        town.refuses(&issue, 3, &["office.key.pem is damaged", "restore it from a backup"]);
    }
    let mut flipped = pem.clone();
    let middle = pem.len() - 60;
    flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
    fs::write(&sealed, flipped).expect("writes");
    let answer = town.run(&issue);
    assert!(matches!(answer.status, Some(3 | 6)), "{}", answer.complaint);
    assert!(answer.complaint.contains("restore it from a backup"), "{}", answer.complaint);
    assert!(!town.file("codes").exists());

    fs::copy(town.file("keys/stranger.key.pem"), &sealed).expect("copies");
    town.refuses(&issue, 3, &["not the one that its record names", "exchanged"]);
    fs::write(&sealed, &pem).expect("writes");
    fs::write(town.file("keys/office.json"), "{}").expect("writes");
    town.refuses(&issue, 3, &["office.json is damaged", "restore it from a backup"]);
}

#[test]
fn a_key_that_is_retired_or_that_the_list_does_not_let_sign_signs_nothing() {
    let town = Town::new(5);
    let issue = |key: &str, list: &str, pin: &str| {
        format!("tegata-issuer issue --all --key {key} --trust {list} --root {pin} --out codes --passphrase-fd 0")
    };
    town.refuses(
        &issue("stranger", "lists.cbor", &town.pin),
        4,
        &["key `stranger`", "not on the trust list", "add-issuer"],
    );
    let only_eu = format!("{} --format compact", issue("office-eu", "lists.cbor", &town.pin));
    town.refuses(&only_eu, 4, &["no key given may sign compact", "--key"]);

    let now = device_time();
    type Change = fn(&mut tegata_trust_lists::KeyEntry, tegata_certificate::UnixTime);
    let cases: [(&str, Change, &[&str]); 4] = [
        (
            "past.cbor",
            |key, now| key.sign_until = now.plus(-DAY / 2),
            &["outside the key's signing window", "use the key of this period"],
        ),
        ("future.cbor", |key, now| key.sign_from = now.plus(DAY), &["outside the key's signing window"]),
        ("retired.cbor", |key, _| key.state = KeyState::Retired, &["signs no more", "make a new one"]),
        (
            "revoked.cbor",
            |key, now| {
                key.state =
                    KeyState::Revoked { at: now.plus(-60), reason: tegata_trust_lists::RevocationReason::Compromised };
            },
            &["signs no more", "make a new one"],
        ),
    ];
    for (list, change, says) in cases {
        let pin = town.publish(list, "DEMO/kakuu", now.plus(-600), |keys| change(&mut keys[0], now)).to_string();
        town.refuses(&issue("office", list, &pin), 4, says);
    }
    town.does("tegata-issuer key retire office");
    town.refuses(&issue("office", "lists.cbor", &town.pin), 3, &["key `office` was retired", "key new"]);
    assert!(!town.file("codes").exists());
    assert!(
        town.run_with(&town.issue().replace("--key office ", "").replace("compact,", ""), PASSPHRASE.as_bytes()).status
            == Some(0)
    );
}
