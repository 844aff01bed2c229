//! What a trust list may say about issuers and keys, and how keys are found.

mod simulator;

use simulator::{DAY, NOW, Scene, entry, issuer, key, p256};
use tegata_certificate::cbor::Writer;
use tegata_certificate::{Country, Format, Kind, StatusIndex, UnixTime};
use tegata_keys::Signer;
use tegata_trust_lists::{
    Authority, EntryFault, KeyEntry, KeyState, RevocationReason, Role, SHARD_SIZE, StatusRange, TrustError,
};

fn country(text: &str) -> Country {
    Country::parse(text).expect("a country")
}

/// Loads a repository whose only key was changed.
fn load_changed(change: impl FnOnce(&mut KeyEntry)) -> Result<tegata_trust_lists::TrustState, TrustError> {
    let mut scene = Scene::new();
    change(&mut scene.trust.keys[0]);
    scene.load()
}

fn fault(change: impl FnOnce(&mut KeyEntry)) -> EntryFault {
    match load_changed(change).expect_err("must be refused") {
        TrustError::BadEntry { entry: 0, fault } => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_field_of_an_entry_survives_publication() {
    let mut scene = Scene::new();
    let full = KeyEntry {
        kid: [7; 32],
        formats: vec![Format::EuDcc, Format::Icvp],
        authority: Authority::Countries(vec![country("DE"), country("JP")]),
        kinds: vec![Kind::Vaccination, Kind::Recovery],
        diseases: vec!["840539006".to_owned()],
        ranges: vec![StatusRange { shard: 1, from: 1000, to: 2000 }, StatusRange { shard: 2, from: 0, to: SHARD_SIZE }],
        state: KeyState::Revoked { at: NOW, reason: RevocationReason::Compromised },
        hint: Some(*b"\x01\x02\x03\x04\x05\x06\x07\x08"),
        source: Some("an imported list".to_owned()),
        ..entry(&p256(), 0)
    };
    scene.trust.keys.push(full.clone());
    let iss = KeyEntry {
        authority: Authority::Iss("https://example.org/issuer".to_owned()),
        formats: vec![Format::Shc],
        ranges: vec![],
        ..entry(&p256(), 0)
    };
    scene.trust.keys.push(iss.clone());
    let state = scene.load().expect("loads");
    assert_eq!(format!("{:?}", state.trust().keys), format!("{:?}", [scene.trust.keys[0].clone(), full, iss]));
    assert_eq!(state.trust().issuers, [issuer("Kakuu City")]);
}

#[test]
fn a_scope_must_say_something() {
    // Empty sets cannot even be written as the specification has them.
    assert_eq!(fault(|key| key.formats.clear()), EntryFault::Malformed);
    assert_eq!(fault(|key| key.kinds.clear()), EntryFault::Malformed);
    assert_eq!(fault(|key| key.authority = Authority::Countries(vec![])), EntryFault::Malformed);
    assert_eq!(fault(|key| key.authority = Authority::Iss(String::new())), EntryFault::Malformed);
}

#[test]
fn windows_that_end_before_they_start_are_refused() {
    assert_eq!(fault(|key| key.sign_until = key.sign_from), EntryFault::Window);
    assert_eq!(fault(|key| key.sign_until = key.sign_from.plus(-1)), EntryFault::Window);
    assert_eq!(fault(|key| key.valid_until = key.sign_until.plus(-1)), EntryFault::Window);
    assert_eq!(fault(|key| key.max_life = Some(0)), EntryFault::Window);
    load_changed(|key| {
        key.sign_until = key.sign_from.plus(1);
        key.valid_until = key.sign_until;
    })
    .expect("a window of one second");
    assert!(load_changed(|key| key.valid_until = UnixTime(UnixTime::MAX.0 + 1)).is_err());
    assert!(load_changed(|key| key.sign_from = UnixTime(-1)).is_err());
}

#[test]
fn a_compact_key_is_named_by_its_thumbprint() {
    assert_eq!(fault(|key| key.kid[0] ^= 1), EntryFault::Kid);
    load_changed(|key| {
        key.kid[0] ^= 1;
        key.formats = vec![Format::EuDcc];
    })
    .expect("other families name keys otherwise");
}

#[test]
fn status_ranges_lie_in_their_shard_and_apart() {
    let range = |shard, from, to| StatusRange { shard, from, to };
    for ranges in [
        vec![range(1, 5, 5)],
        vec![range(1, 6, 5)],
        vec![range(1, 0, SHARD_SIZE + 1)],
        vec![range(1, 0, 10), range(1, 9, 20)],
        vec![range(1, 0, 10), range(1, 2, 5)],
    ] {
        assert_eq!(fault(|key| key.ranges = ranges.clone()), EntryFault::Range, "{ranges:?}");
    }
    load_changed(|key| key.ranges = vec![range(2, 0, SHARD_SIZE), range(1, 10, 20), range(1, 0, 10)])
        .expect("any order is written ascending");
}

#[test]
fn a_range_holds_its_first_and_not_its_end() {
    let key = entry(&key(), 0);
    let holds = |shard, index| key.holds(StatusIndex { shard, index });
    assert!(holds(1, 0) && holds(1, 999));
    assert!(!holds(1, 1000) && !holds(2, 0) && !holds(0, 0) && !holds(1, u64::MAX));
}

#[test]
fn ranges_of_different_issuers_never_overlap() {
    let range = |shard, from, to| vec![StatusRange { shard, from, to }];
    // First range of issuer 0 is 0..1000 of shard 1.
    for (place, ranges, overlaps) in [
        (1, range(1, 999, 2000), true),
        (1, range(1, 0, 1), true),
        (1, range(1, 500, 501), true),
        (1, range(1, 1000, 2000), false),
        (1, range(2, 0, 1000), false),
        (0, range(1, 999, 2000), false),
    ] {
        let mut scene = Scene::new();
        scene.trust.issuers.push(issuer("Other Town"));
        let mut second = entry(&key(), place);
        second.ranges = ranges.clone();
        scene.trust.keys.push(second);
        let result = scene.load().err();
        assert_eq!(
            matches!(result, Some(TrustError::OverlappingRanges { .. })),
            overlaps,
            "issuer {place}, {ranges:?}: {result:?}"
        );
        assert_eq!(result.is_some(), overlaps);
    }
    // A long range hides behind a shorter one of the same issuer.
    let mut scene = Scene::new();
    scene.trust.issuers.push(issuer("Other Town"));
    for (place, from, to) in [(0, 100, 200), (1, 900, 950)] {
        let mut more = entry(&key(), place);
        more.ranges = range(1, from, to);
        scene.trust.keys.push(more);
    }
    assert_eq!(scene.error(), TrustError::OverlappingRanges { entry: 2 });
}

#[test]
fn one_issuer_lists_a_key_once() {
    let mut scene = Scene::new();
    let again = scene.trust.keys[0].clone();
    scene.trust.keys.push(again.clone());
    assert_eq!(scene.error(), TrustError::DuplicateEntry { entry: 1 });
    scene.trust.issuers.push(issuer("Other Town"));
    scene.trust.keys[1] = KeyEntry { issuer: 1, ranges: vec![], ..again };
    scene.load().expect("two issuers may be listed with one imported key");
}

#[test]
fn a_key_belongs_to_a_listed_issuer() {
    assert_eq!(fault(|key| key.issuer = 1), EntryFault::Issuer);
    assert_eq!(fault(|key| key.issuer = usize::MAX), EntryFault::Issuer);
}

#[test]
fn a_key_that_signs_lists_signs_no_documents() {
    let mut scene = Scene::new();
    scene.trust.keys[0] = entry(&scene.root_keys[2].clone(), 0);
    assert_eq!(scene.error(), TrustError::RoleKeyListed { entry: 0 });
}

#[test]
fn names_that_could_deceive_a_reader_are_refused() {
    for bad in ["", "Kakuu\nCity", "Kakuu\u{202e}ytiC", "\u{1b}[31mKakuu", "a\u{2066}b", &"長".repeat(121)] {
        let mut scene = Scene::new();
        scene.trust.issuers[0].name_en = bad.to_owned();
        assert_eq!(scene.error(), TrustError::BadIssuer { issuer: 0 }, "{bad:?}");
        let mut scene = Scene::new();
        scene.trust.issuers[0].name_ja = bad.to_owned();
        assert_eq!(scene.error(), TrustError::BadIssuer { issuer: 0 }, "{bad:?}");
    }
}

#[test]
fn keys_are_found_by_the_identifier_of_their_family_only() {
    let mut scene = Scene::new();
    let imported = p256();
    let mut other = entry(&imported, 0);
    other.formats = vec![Format::Icvp];
    other.kid = [9; 32];
    other.hint = Some([1, 2, 3, 4, 5, 6, 7, 8]);
    other.ranges.clear();
    scene.trust.keys.push(other);
    let state = scene.load().expect("loads");
    let found = |format, hint: &[u8]| state.candidates(format, hint).map(|entry| entry.kid).collect::<Vec<_>>();
    let kid = scene.trust.keys[0].kid;
    assert_eq!(found(Format::Compact, &kid[..4]), [kid]);
    for length in [0, 1, 3, 5, 8, 32] {
        assert!(found(Format::Compact, &kid[..length]).is_empty(), "{length} bytes");
    }
    assert!(found(Format::EuDcc, &kid[..8]).is_empty(), "a compact key answers to no HC1 message");
    assert!(found(Format::Shc, &kid).is_empty());
    for format in [Format::EuDcc, Format::Icvp] {
        assert_eq!(
            found(format, &[1, 2, 3, 4, 5, 6, 7, 8]),
            [[9; 32]],
            "{format:?}: the frame does not tell the two apart"
        );
        assert!(found(format, &[9; 8]).is_empty(), "the stated identifier replaces the kid's beginning");
    }
    let entry = state.candidates(Format::Compact, &kid[..4]).next().expect("found");
    assert_eq!(state.issuer(entry).map(|issuer| issuer.name_en.as_str()), Some("Kakuu City"));
}

#[test]
fn a_shared_key_speaks_only_for_the_exact_issuer_that_lists_it() {
    let shared = p256();
    let kid = shared.verifying_key().jwk_thumbprint();
    let listed = |iss: &str| KeyEntry {
        authority: Authority::Iss(iss.to_owned()),
        formats: vec![Format::Shc],
        ranges: vec![],
        ..entry(&shared, 0)
    };
    let mut scene = Scene::new();
    scene.trust.keys = (0..200).map(|number| listed(&format!("https://example.org/{number}"))).collect();
    scene.trust.keys.push(listed("https://example.org/A"));
    scene.trust.keys.push(listed("https://example.org/a"));
    let state = scene.load().expect("one issuer may list one key under many names");
    for iss in ["https://example.org/0", "https://example.org/199", "https://example.org/A", "https://example.org/a"] {
        let found: Vec<_> = state.shc_candidates(iss, &kid).filter_map(KeyEntry::iss).collect();
        assert_eq!(found, [iss], "letter case counts");
    }
    for iss in ["https://example.org/200", "https://example.org/", "HTTPS://example.org/0", ""] {
        assert_eq!(state.shc_candidates(iss, &kid).count(), 0, "{iss}");
    }
    assert_eq!(
        state.shc_candidates("https://example.org/0", &shared.verifying_key().thumbprint()).count(),
        0,
        "the COSE_Key's name"
    );
    for hint in [&kid[..], &shared.verifying_key().thumbprint(), &kid[..8]] {
        assert_eq!(state.candidates(Format::Shc, hint).count(), 0, "never by the kid alone");
    }
    scene.trust.keys[1] = scene.trust.keys[0].clone();
    assert_eq!(scene.error(), TrustError::DuplicateEntry { entry: 1 });
}

#[test]
fn a_health_card_key_without_an_exact_issuer_is_refused() {
    assert_eq!(
        fault(|key| {
            key.formats = vec![Format::Compact, Format::Shc];
        }),
        EntryFault::Scope
    );
}

#[test]
fn up_to_four_keys_share_an_identifier_and_all_are_found() {
    let scene_with = |count: u8| {
        let mut scene = Scene::new();
        for number in 0..count {
            let mut imported = entry(&p256(), 0);
            imported.formats = vec![Format::EuDcc];
            imported.kid = [5; 32];
            imported.kid[31] = number;
            imported.ranges.clear();
            scene.trust.keys.push(imported);
        }
        scene
    };
    let state = scene_with(4).load().expect("loads");
    assert_eq!(state.candidates(Format::EuDcc, &[5; 8]).count(), 4);
    assert!(matches!(scene_with(5).error(), TrustError::CrowdedHint { .. }));
}

/// A trust file with one hand-written key entry.
fn hand_written(scene: &Scene, write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut payload = Writer::default();
    payload.map(8);
    for (label, number) in [(1, 2), (2, 1), (3, NOW.0), (4, NOW.0 + DAY)] {
        payload.uint(label);
        payload.int(number);
    }
    payload.uint(5);
    payload.text("vc-trust/1");
    payload.uint(6);
    payload.text(simulator::ID);
    payload.uint(7);
    payload.array(1);
    payload.map(3);
    for (label, text) in [(1, "架空市"), (2, "Kakuu City"), (3, "JP")] {
        payload.uint(label);
        payload.text(text);
    }
    payload.uint(8);
    payload.array(1);
    write(&mut payload);
    scene.sign(Role::Trust, &payload.into_bytes(), &scene.trust_signers)
}

/// A good entry with this key and algorithm, and more labels behind.
fn write_entry(writer: &mut Writer, cose_key: &[u8], algorithm: i64, more: &[u64]) {
    writer.map(8 + more.len());
    writer.uint(2);
    writer.encoded(cose_key);
    writer.uint(3);
    writer.int(algorithm);
    writer.uint(4);
    writer.uint(0);
    writer.uint(5);
    writer.array(1);
    writer.uint(2);
    writer.uint(8);
    writer.array(1);
    writer.uint(1);
    for label in [10, 11, 12] {
        writer.uint(label);
        writer.uint(label);
    }
    for label in more {
        writer.uint(*label);
        writer.array(0);
    }
}

fn load_hand_written(cose_key: &[u8], algorithm: i64, more: &[u64]) -> Option<TrustError> {
    let scene = Scene::new();
    let file = hand_written(&scene, |writer| write_entry(writer, cose_key, algorithm, more));
    simulator::load(&scene.bundle_around(file), NOW).err()
}

fn okp(x: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(3);
    for (label, number) in [(1, 1), (-1, 6)] {
        writer.int(label);
        writer.int(number);
    }
    writer.int(-2);
    writer.bytes(x);
    writer.into_bytes()
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(3);
    writer.int(1);
    writer.int(3);
    writer.int(-1);
    writer.bytes(modulus);
    writer.int(-2);
    writer.bytes(exponent);
    writer.into_bytes()
}

#[test]
fn weak_and_foreign_keys_are_refused() {
    use tegata_keys::Signer;
    let good_p256 = p256().verifying_key().to_cose_key();
    assert_eq!(load_hand_written(&good_p256, -7, &[]), None, "the hand-written list is good");
    let mut off_curve = good_p256.clone();
    *off_curve.last_mut().expect("y") ^= 1;
    // A point of order 8, and the non-canonical y = p + 1.
    let torsion = [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20,
        0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
    ];
    let mut non_canonical = [0xff; 32];
    non_canonical[0] = 0xee;
    non_canonical[31] = 0x7f;
    for (what, cose_key, algorithm) in [
        ("off the curve", off_curve, -7),
        ("torsion", okp(&torsion), -8),
        ("not canonical", okp(&non_canonical), -8),
        ("identity", okp(&[&[1][..], &[0; 31]].concat()), -8),
        ("RSA of 1024 bits", rsa(&[0xff; 128], &[1, 0, 1]), -37),
        ("RSA with exponent 3", rsa(&[0xff; 256], &[3]), -37),
    ] {
        let error = load_hand_written(&cose_key, algorithm, &[]).expect(what);
        assert!(matches!(error, TrustError::BadEntry { entry: 0, fault: EntryFault::Key(_) }), "{what}: {error:?}");
    }
    for algorithm in [-8, -35, -37, -257, 5, 0] {
        let expected = TrustError::BadEntry { entry: 0, fault: EntryFault::Algorithm };
        assert_eq!(load_hand_written(&good_p256, algorithm, &[]), Some(expected), "algorithm {algorithm}");
    }
}

#[test]
fn a_label_below_64_needs_a_newer_program_and_one_from_64_on_does_not() {
    use tegata_keys::Signer;
    let cose_key = p256().verifying_key().to_cose_key();
    for label in [18, 63] {
        let expected = TrustError::UnknownLabel { role: Role::Trust, label };
        assert_eq!(load_hand_written(&cose_key, -7, &[label]), Some(expected));
    }
    assert_eq!(load_hand_written(&cose_key, -7, &[64, 1000]), None);
}

#[test]
fn a_list_longer_than_its_cap_is_refused_unread() {
    let scene = Scene::new();
    let error = simulator::load(&scene.bundle_around(vec![0; Role::Trust.max_length() + 1]), NOW).err();
    assert_eq!(error, Some(TrustError::TooLarge { role: Role::Trust }));
}

#[test]
fn what_follows_from_the_rest_of_the_list_is_not_stated_and_refused_if_it_is() {
    use tegata_keys::Signer;
    let cose_key = p256().verifying_key().to_cose_key();
    let kid = tegata_certificate::VerifyingKey::from_cose_key(&cose_key).expect("a key").thumbprint();
    let scene = Scene::new();
    for (stated, refused) in [(kid, true), ([3; 32], false)] {
        let file = hand_written(&scene, |writer| {
            let mut plain = Writer::default();
            write_entry(&mut plain, &cose_key, -7, &[]);
            writer.map(9);
            writer.uint(1);
            writer.bytes(&stated);
            writer.encoded(&plain.into_bytes()[1..]);
        });
        let error = simulator::load(&scene.bundle_around(file), NOW).err();
        let expected = TrustError::BadEntry { entry: 0, fault: EntryFault::Kid };
        assert_eq!(error, refused.then_some(expected));
    }
}
