//! Making, taking in and opening keys of a token, and what is refused.

use std::fs;

use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, ObjectClass};
use tegata_certificate::Algorithm;
use tegata_keys::{KeyType, Passphrase, Purpose, Signer, StoreError, TokenError};
use tegata_tests::soft_token::{PIN, Tokens, on_stage};
use tegata_tests::specimen::NOW;

use super::objects::{Bystander, new_key, pin, place, store};

fn why(error: StoreError) -> TokenError {
    match error {
        StoreError::Token { error, .. } => error,
        other => panic!("{other}"),
    }
}

#[test]
fn both_kinds_are_made_sign_and_are_listed_like_keys_in_files() {
    on_stage("opening::both_kinds_are_made_sign_and_are_listed_like_keys_in_files", |tokens| {
        tokens.make("office");
        for (name, kind) in [("one", KeyType::Ed25519), ("two", KeyType::P256)] {
            let key = new_key(tokens, name, kind);
            let record = store(tokens).record(name).expect("a record");
            assert_eq!((&record.key, record.algorithm()), (key.verifying_key(), kind.algorithm()));
            for message in [&b""[..], b"a message", &[7; 5000]] {
                let signature = key.sign(message).expect("signs");
                key.verifying_key().verify(message, &signature).expect("holds");
                assert!(key.verifying_key().verify(b"another", &signature).is_err());
                assert_eq!(key.is_deterministic(), key.sign(message).expect("signs") == signature, "{name}");
            }
            assert_eq!(key.is_deterministic(), kind.algorithm() == Algorithm::EdDsa);
            let text = fs::read_to_string(store(tokens).record_path(name)).expect("a record");
            assert!(text.contains("pkcs11:token=office;serial=") && text.contains(&format!("object={name};id=%")));
            assert!(!text.contains(PIN) && !format!("{key:?} {record:?}").contains(PIN));
        }
        let file = Passphrase::new("three small boats at dawn");
        store(tokens).create("file", KeyType::P256, &file, Purpose::Demo, NOW).expect("makes a key");
        fs::write(tokens.folder().join("keys/other.json"), "{}").expect("writes");
        let names: Vec<_> = store(tokens).list().expect("lists").into_iter().map(|record| record.name).collect();
        assert_eq!(names, ["file", "one", "two"]);
        for name in ["one", "file"] {
            let made =
                store(tokens).create_in_token(name, KeyType::P256, &place(tokens, ""), &pin(), Purpose::Demo, NOW);
            assert!(matches!(made, Err(StoreError::Exists { .. })));
        }
        store(tokens).retire("one", NOW).expect("retires");
        assert!(matches!(store(tokens).unlock("one", &pin()), Err(StoreError::Retired { .. })));
        assert!(store(tokens).record("one").expect("a record").token.is_some(), "where it is stays known");
    });
}

#[test]
fn a_key_that_was_made_never_comes_out() {
    on_stage("opening::a_key_that_was_made_never_comes_out", |tokens| {
        tokens.make("office");
        let keys = [("one", KeyType::Ed25519), ("two", KeyType::P256)].map(|(name, kind)| new_key(tokens, name, kind));
        drop(keys);
        let bystander = Bystander::at(tokens);
        let session = &bystander.session;
        let found = session.find_objects(&[Attribute::Class(ObjectClass::PRIVATE_KEY)]).expect("finds");
        assert_eq!(found.len(), 2);
        for key in found {
            let told = session.get_attributes(key, &[AttributeType::Value, AttributeType::Sensitive]).expect("tells");
            assert!(told.contains(&Attribute::Sensitive(true)));
            assert!(told.iter().all(|told| told.attribute_type() != AttributeType::Value), "the private value is told");
            for change in [Attribute::Sensitive(false), Attribute::Extractable(true)] {
                let changed = session.update_attributes(key, &[change]);
                assert!(matches!(changed, Err(Error::Pkcs11(RvError::AttributeReadOnly, _))), "{changed:?}");
            }
        }
    });
}

#[test]
fn a_key_that_could_leave_or_do_more_than_sign_is_refused_by_name() {
    on_stage("opening::a_key_that_could_leave_or_do_more_than_sign_is_refused_by_name", |tokens| {
        tokens.make("office");
        let bad = [
            ("CKA_SENSITIVE", Attribute::Sensitive(false)),
            ("CKA_EXTRACTABLE", Attribute::Extractable(true)),
            ("CKA_PRIVATE", Attribute::Private(false)),
            ("CKA_SIGN", Attribute::Sign(false)),
            ("CKA_DECRYPT", Attribute::Decrypt(true)),
            ("CKA_UNWRAP", Attribute::Unwrap(true)),
            ("CKA_DERIVE", Attribute::Derive(true)),
            ("CKA_SIGN_RECOVER", Attribute::SignRecover(true)),
            ("CKA_ALWAYS_AUTHENTICATE", Attribute::AlwaysAuthenticate(true)),
        ];
        {
            let bystander = Bystander::at(tokens);
            bystander.make("good", &[]);
            for (name, change) in &bad {
                bystander.make(name, std::slice::from_ref(change));
            }
        }
        let take_in = |label: &str, name: &str| {
            let place = place(tokens, &format!(";object={label}"));
            store(tokens).adopt_from_token(name, &place, &pin(), Purpose::Demo, NOW)
        };
        for (name, _) in &bad {
            let error = take_in(name, "bad").expect_err("refuses");
            let text = error.to_string();
            match why(error) {
                TokenError::Attribute { attribute, must, found } => {
                    assert_eq!((attribute, found), (*name, Some(!must)), "{text}");
                }
                other => panic!("{name}: {other}"),
            }
            assert!(text.contains(name) && text.contains("key new"), "{text}");
        }
        assert!(store(tokens).list().expect("lists").is_empty(), "what was refused has a record");
        let record = take_in("good", "good").expect("takes it in");
        let key = store(tokens).unlock("good", &pin()).expect("opens");
        assert_eq!(&record.key, key.verifying_key());
        // It is looked at each time, not only when it is taken in.
        drop(key);
        let bystander = Bystander::at(tokens);
        let private = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(b"good".to_vec())];
        let object = bystander.session.find_objects(&private).expect("finds")[0];
        bystander.session.update_attributes(object, &[Attribute::Decrypt(true)]).expect("changes");
        drop(bystander);
        let error = why(store(tokens).unlock("good", &pin()).expect_err("refuses"));
        assert!(matches!(error, TokenError::Attribute { attribute: "CKA_DECRYPT", .. }), "{error}");
    });
}

#[test]
fn what_is_not_there_or_not_clear_is_told_and_another_key_under_the_name_is_refused() {
    on_stage("opening::what_is_not_there_or_not_clear_is_told_and_another_key_under_the_name_is_refused", |tokens| {
        tokens.make("office");
        let key = new_key(tokens, "office", KeyType::P256);
        let take_in = |key: &str| {
            why(store(tokens)
                .adopt_from_token("x", &place(tokens, key), &pin(), Purpose::Demo, NOW)
                .expect_err("refuses"))
        };
        assert!(matches!(take_in(";object=nobody"), TokenError::NoKey(_)));
        assert!(matches!(take_in(""), TokenError::NoKey(_)));
        {
            let bystander = Bystander::at(tokens);
            bystander.make("twin", &[]);
            bystander.make("twin", &[]);
        }
        assert!(matches!(take_in(";object=twin"), TokenError::ManyKeys(_)));
        let mut elsewhere = place(tokens, "");
        elsewhere.uri.token = Some("nowhere".into());
        let made = store(tokens).create_in_token("x", KeyType::P256, &elsewhere, &pin(), Purpose::Demo, NOW);
        assert!(matches!(why(made.expect_err("refuses")), TokenError::Away(_)));
        let mut odd = place(tokens, "");
        odd.module = Some("/nowhere/lib.so".into());
        let made = store(tokens).create_in_token("x", KeyType::P256, &odd, &pin(), Purpose::Demo, NOW);
        assert!(matches!(why(made.expect_err("refuses")), TokenError::Module { .. }));
        // A record that points to another key than the one that it describes.
        new_key(tokens, "other", KeyType::P256);
        drop(key);
        let path = store(tokens).record_path("office");
        let text = fs::read_to_string(&path).expect("a record");
        let other = store(tokens).record("other").expect("a record").token.expect("a place").uri.to_string();
        let own = store(tokens).record("office").expect("a record").token.expect("a place").uri.to_string();
        fs::write(&path, text.replace(&own, &other)).expect("writes");
        assert!(matches!(why(store(tokens).unlock("office", &pin()).expect_err("refuses")), TokenError::OtherKey));
        // A second token of the name: the record's serial number still says which.
        tokens.make("office");
        tokens.take_away();
        assert!(matches!(why(store(tokens).unlock("other", &pin()).expect_err("is away")), TokenError::Away(_)));
        tokens.bring_back();
        store(tokens).unlock("other", &pin()).expect("opens");
        let made = store(tokens).create_in_token("x", KeyType::P256, &place(tokens, ""), &pin(), Purpose::Demo, NOW);
        assert!(matches!(why(made.expect_err("refuses")), TokenError::ManyTokens(_)));
    });
}

/// Writes flags into a token's own file, as the token would set them: SoftHSM2 counts, but never locks.
fn set_flags(tokens: &Tokens, flag: u64) {
    let token = fs::read_dir(tokens.present()).expect("tokens").next().expect("a token").expect("an entry").path();
    let file = token.join("token.object");
    let mut bytes = fs::read(&file).expect("reads");
    let name = 0x8000_534b_u64.to_be_bytes();
    let at = bytes.windows(8).position(|window| window == name).expect("its flags") + 16;
    let flags = u64::from_be_bytes(bytes[at..at + 8].try_into().expect("8 bytes"));
    bytes[at..at + 8].copy_from_slice(&(flags | flag).to_be_bytes());
    fs::write(&file, bytes).expect("writes");
}

#[test]
fn a_wrong_pin_is_tried_once_and_a_locked_one_not_at_all() {
    on_stage("opening::a_wrong_pin_is_tried_once_and_a_locked_one_not_at_all", |tokens| {
        tokens.make("office");
        drop(new_key(tokens, "office", KeyType::Ed25519));
        let unlock = |pin: &str| store(tokens).unlock("office", &Passphrase::new(pin));
        for wrong in ["000000", "1", "a very long one that no token would ever take, of more than 255 bytes"] {
            let error = unlock(wrong).expect_err("refuses");
            assert!(error.is_about_secret() && !error.to_string().contains(wrong), "{error}");
            assert_eq!(why(error), TokenError::WrongPin);
        }
        // While it is open, another PIN is as wrong as ever, though the process is logged in.
        let key = unlock(PIN).expect("opens");
        assert_eq!(why(unlock("000000").expect_err("refuses")), TokenError::WrongPin);
        key.sign(b"goes on").expect("signs");
        drop(key);
        for (flag, told) in [(0x0002_0000, TokenError::PinLastTry), (0x0004_0000, TokenError::PinLocked)] {
            // The module reads them when it begins: that is, when a token was away.
            set_flags(tokens, flag);
            tokens.take_away();
            assert!(matches!(why(unlock(PIN).expect_err("is away")), TokenError::Away(_)));
            tokens.bring_back();
            let error = unlock(PIN).expect_err("refuses");
            assert!(error.is_about_secret());
            assert_eq!(why(error), told);
        }
    });
}
