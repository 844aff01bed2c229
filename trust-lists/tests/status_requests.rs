//! Requests: only one of the issuers' keys, for this repository, asking for something possible.

use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use tegata_certificate::cbor::Writer;
use tegata_certificate::{UnixTime, VerifyingKey};
use tegata_keys::{KeyType, PrivateKey, Signer};
use tegata_trust_lists::publish::sign_list;
use tegata_trust_lists::{Header, Request, RevocationReason, Role, Rule, SHARD_SIZE, StatusFault, TrustError};

const NOW: UnixTime = UnixTime(1_767_225_600);
const ID: &str = "example.jp/test";

fn key() -> PrivateKey {
    PrivateKey::generate(KeyType::Ed25519).expect("random")
}

fn public(keys: &[&PrivateKey]) -> Vec<VerifyingKey> {
    keys.iter().map(|key| key.verifying_key().clone()).collect()
}

fn request() -> Request {
    let rule = Rule {
        kid: [1; 32],
        issued: Some((NOW, NOW.plus(60))),
        lot: None,
        reason: RevocationReason::Compromised,
        at: NOW,
    };
    Request {
        header: Header { version: 3, issued_at: NOW, expires_at: NOW.plus(86_400), repository_id: ID.to_owned() },
        revoke: BTreeMap::from([(0, vec![0, 5, (SHARD_SIZE - 1) as u32]), (300, vec![1])]),
        reinstate: BTreeMap::from([(0, vec![6])]),
        add: vec![rule.clone()],
        lift: vec![Rule { kid: [2; 32], ..rule }],
        reason: RevocationReason::Compromised,
    }
}

/// The error of a request with this payload, signed by a known key.
fn refused(payload: &[u8]) -> TrustError {
    let key = key();
    let file = sign_list(Role::Request, ID, payload, &[&key]).expect("signs");
    Request::open(&file, ID, &public(&[&key])).expect_err("must be refused")
}

#[test]
fn a_request_says_who_asks_for_what() {
    let (ours, other) = (key(), PrivateKey::generate(KeyType::P256).expect("random"));
    let file = request().sign(&ours).expect("signs");
    assert_eq!(Request::open(&file, ID, &public(&[&other, &ours])), Ok((request(), 1)));
    let empty = Request { revoke: BTreeMap::new(), reinstate: BTreeMap::new(), add: vec![], lift: vec![], ..request() };
    assert_eq!(Request::open(&empty.sign(&other).expect("signs"), ID, &public(&[&other])), Ok((empty, 0)));
    assert_eq!(request().encode(), request().encode(), "equal requests, equal bytes");
}

#[test]
fn a_strangers_signature_or_two_of_them_or_another_role_or_repository_is_refused() {
    let (ours, other) = (key(), key());
    let open = |file: &[u8], keys: &[&PrivateKey]| Request::open(file, ID, &public(keys)).map(|(_, place)| place);
    let file = request().sign(&ours).expect("signs");
    assert_eq!(open(&file, &[&other]), Err(TrustError::UnknownRequester));
    assert_eq!(open(&file, &[]), Err(TrustError::UnknownRequester));
    let payload = request().encode().expect("encodes");
    let signed = |role, id, keys: &[&dyn Signer]| sign_list(role, id, &payload, keys).expect("signs");
    assert_eq!(open(&signed(Role::Request, ID, &[&ours]), &[&ours]), Ok(0));
    assert_eq!(open(&signed(Role::Request, ID, &[&ours, &other]), &[&ours]), Err(TrustError::UnknownRequester));
    assert_eq!(open(&signed(Role::Request, ID, &[&ours, &ours]), &[&ours]), Err(TrustError::UnknownRequester));
    assert_eq!(open(&signed(Role::Status, ID, &[&ours]), &[&ours]), Err(TrustError::UnknownRequester));
    assert_eq!(open(&signed(Role::Request, "example.jp/other", &[&ours]), &[&ours]), Err(TrustError::UnknownRequester));
    // Signed for this repository and made for another.
    let mut elsewhere = request();
    elsewhere.header.repository_id = "example.jp/other".to_owned();
    let refused = refused(&elsewhere.encode().expect("encodes"));
    assert_eq!(refused, TrustError::OtherRepository { role: Role::Request });
}

#[test]
fn a_request_that_is_too_long_is_refused_unread() {
    let key = key();
    let file = sign_list(Role::Request, ID, &vec![0; Role::Request.max_length()], &[&key]).expect("signs");
    assert_eq!(Request::open(&file, ID, &public(&[&key])).err(), Some(TrustError::TooLarge { role: Role::Request }));
}

#[test]
fn a_request_that_contradicts_itself_is_neither_written_nor_read() {
    let both = Request { reinstate: BTreeMap::from([(300, vec![1])]), ..request() };
    assert_eq!(both.encode(), Err(TrustError::BadRequest { fault: StatusFault::AddedTwice }));
    assert!(both.sign(&key()).is_err());
    let nothing = Request { revoke: BTreeMap::from([(1, vec![])]), ..request() };
    assert_eq!(nothing.encode(), Err(TrustError::BadRequest { fault: StatusFault::Count }));
    let unordered = Request { revoke: BTreeMap::from([(1, vec![4, 3])]), ..request() };
    assert_eq!(unordered.encode(), Err(TrustError::BadRequest { fault: StatusFault::Order }));
    let beyond = Request { revoke: BTreeMap::from([(1, vec![SHARD_SIZE as u32])]), ..request() };
    assert_eq!(beyond.encode(), Err(TrustError::BadRequest { fault: StatusFault::Range }));
    let empty_rule = Rule { issued: None, lot: None, ..request().add[0].clone() };
    let rule = Request { add: vec![empty_rule], ..request() };
    assert_eq!(rule.encode(), Err(TrustError::BadRequest { fault: StatusFault::Rules }));
}

/// A payload with these pairs after the header's.
fn payload(role: Role, pairs: &[(u64, &[u8])]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(6 + pairs.len());
    for (label, number) in [(1, role.number() as i64), (2, 3), (3, NOW.0), (4, NOW.0 + 60)] {
        writer.uint(label);
        writer.int(number);
    }
    writer.uint(5);
    writer.text("vc-trust/1");
    writer.uint(6);
    writer.text(ID);
    for (label, value) in pairs {
        writer.uint(*label);
        writer.encoded(value);
    }
    writer.into_bytes()
}

#[test]
fn strange_payloads_are_refused() {
    let malformed = TrustError::Malformed { role: Role::Request };
    let bad = |fault| TrustError::BadRequest { fault };
    // One index of 2^24: 23 low bits in three bytes, then the one in a fourth.
    let five: &[u8] = &[0x82, 0x01, 0x44, 5, 0, 0, 1];
    let shards = |shards: &[u8]| {
        let count = 0xa0 | shards.len() as u8;
        shards.iter().fold(vec![count], |map, shard| [&map, &[*shard][..], five].concat())
    };
    let key = key();
    let fine = payload(Role::Request, &[(7, &shards(&[1, 2])), (11, &[1])]);
    let file = sign_list(Role::Request, ID, &fine, &[&key]).expect("signs");
    let (opened, _) = Request::open(&file, ID, &public(&[&key])).expect("opens");
    assert_eq!(opened.revoke, BTreeMap::from([(1, vec![5]), (2, vec![5])]));

    assert_eq!(refused(&payload(Role::Request, &[(7, &shards(&[2, 1])), (11, &[1])])), malformed, "out of order");
    assert_eq!(refused(&payload(Role::Request, &[(7, &shards(&[1, 1])), (11, &[1])])), malformed, "twice");
    assert_eq!(refused(&payload(Role::Request, &[(7, &shards(&[1]))])), malformed, "no reason");
    assert_eq!(refused(&payload(Role::Request, &[(11, &[3])])), malformed, "no such reason");
    let newer = TrustError::UnknownLabel { role: Role::Request, label: 12 };
    assert_eq!(refused(&payload(Role::Request, &[(11, &[1]), (12, &[1])])), newer);
    assert_eq!(refused(&payload(Role::Status, &[(11, &[1])])), TrustError::OtherRole { role: Role::Request });
    let twice = [(7, shards(&[1])), (8, shards(&[1])), (11, vec![1])];
    let twice: Vec<(u64, &[u8])> = twice.iter().map(|(label, value)| (*label, value.as_slice())).collect();
    assert_eq!(refused(&payload(Role::Request, &twice)), bad(StatusFault::AddedTwice));
    for (value, fault) in [
        (&[0xa1, 1, 0x82, 0x00, 0x40][..], StatusFault::Count),
        (&[0xa1, 1, 0x82, 0x01, 0x40], StatusFault::Truncated),
        (&[0xa1, 1, 0x82, 0x1a, 1, 0, 0, 1, 0x40], StatusFault::Count),
        (&[0xa1, 1, 0x82, 0x1a, 1, 0, 0, 0, 0x41, 0xff], StatusFault::Truncated),
        (&[0xa1, 1, 0x82, 0x01, 0x45, 5, 0, 0, 1, 0], StatusFault::Trailing),
    ] {
        assert_eq!(refused(&payload(Role::Request, &[(7, value), (11, &[1])])), bad(fault));
    }
}

proptest! {
    #[test]
    fn what_is_asked_for_arrives(
        revoke in prop::collection::btree_map(any::<u64>(), prop::collection::btree_set(0u32..1 << 24, 1..50), 0..5),
    ) {
        let sorted = |indices: &BTreeSet<u32>| indices.iter().copied().collect();
        let revoke: BTreeMap<u64, Vec<u32>> = revoke.iter().map(|(shard, set)| (*shard, sorted(set))).collect();
        let asked = Request { revoke, reinstate: BTreeMap::new(), ..request() };
        let key = key();
        let file = asked.sign(&key).expect("signs");
        prop_assert_eq!(Request::open(&file, ID, &public(&[&key])), Ok((asked, 0)));
    }
}
