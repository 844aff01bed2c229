//! Hostile bytes: no change of a file goes unnoticed, and nothing panics.

mod simulator;

use proptest::prelude::*;
use simulator::{NOW, Scene, entry, key, load};
use tegata_certificate::UnixTime;
use tegata_trust_lists::publish::DemoRepository;
use tegata_trust_lists::{Bundle, NamedFile, Role, RootPin, TrustError, TrustState};

#[test]
fn every_changed_byte_of_every_file_is_noticed() {
    let bundle = Scene::new().bundle();
    let pin = RootPin::of(&bundle.roots[0]);
    TrustState::load(&bundle, &pin, NOW).expect("loads as it is");
    type FileOf = fn(&mut Bundle) -> &mut Vec<u8>;
    let files: [(&str, FileOf); 3] =
        [("root", |b| &mut b.roots[0]), ("trust", |b| &mut b.trust), ("head", |b| &mut b.head)];
    for (name, file) in files {
        let length = file(&mut bundle.clone()).len();
        for place in 0..length {
            for bit in [0x01, 0x20, 0x80] {
                let mut changed = bundle.clone();
                file(&mut changed)[place] ^= bit;
                assert!(TrustState::load(&changed, &pin, NOW).is_err(), "{name} byte {place} ^ {bit:02x}");
            }
        }
        for length in [0, 1, length / 2, length - 1] {
            let mut changed = bundle.clone();
            file(&mut changed).truncate(length);
            assert!(TrustState::load(&changed, &pin, NOW).is_err(), "{name} cut to {length}");
        }
        let mut changed = bundle.clone();
        file(&mut changed).push(0);
        assert!(TrustState::load(&changed, &pin, NOW).is_err(), "{name} with a byte more");
    }
}

#[test]
fn head_and_trust_of_different_publications_do_not_mix() {
    let old = Scene::new();
    let mut new = old.clone();
    new.trust.header.version = 2;
    new.head.version = 2;
    new.trust.keys.push(tegata_trust_lists::KeyEntry { ranges: vec![], ..entry(&key(), 0) });
    let (old, new) = (old.bundle(), new.bundle());
    let mixed = |trust: &Bundle, head: &Bundle| {
        load(
            &Bundle {
                roots: old.roots.clone(),
                trust: trust.trust.clone(),
                head: head.head.clone(),
                ..Bundle::default()
            },
            NOW,
        )
    };
    assert!(mixed(&new, &new).is_ok());
    let refused = Some(TrustError::NotNamedByHead { role: Role::Trust });
    assert_eq!(mixed(&old, &new).err(), refused);
    assert_eq!(mixed(&new, &old).err(), refused);
}

#[test]
fn the_head_must_tell_hash_length_and_version_truly() {
    let scene = Scene::new();
    let (roots, trust) = (scene.root_files(), scene.trust_file());
    let lies: [fn(&mut NamedFile); 4] = [|f| f.hash[0] ^= 1, |f| f.length += 1, |f| f.length -= 1, |f| f.version += 1];
    for lie in lies {
        for role in [Role::Root, Role::Trust] {
            let mut head = scene.head_list(&roots, &trust);
            lie(if role == Role::Root { &mut head.roots[0] } else { &mut head.trust });
            let head = scene.sign(Role::Head, &head.encode(), &scene.head_signers);
            let bundle = Bundle { roots: roots.clone(), trust: trust.clone(), head, ..Bundle::default() };
            assert_eq!(load(&bundle, NOW).err(), Some(TrustError::NotNamedByHead { role }));
        }
    }
}

#[test]
fn a_bundle_survives_its_encoding_and_strange_ones_are_refused() {
    let bundle = Scene::new().bundle();
    let bytes = bundle.encode();
    assert_eq!(Bundle::parse(&bytes).expect("parses"), bundle);
    for length in 0..bytes.len() {
        assert_eq!(Bundle::parse(&bytes[..length]).err(), Some(TrustError::BundleMalformed), "cut to {length}");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(Bundle::parse(&longer).err(), Some(TrustError::BundleMalformed));
    let oversized = Bundle { head: vec![0; Role::Head.max_length() + 1], ..bundle };
    assert_eq!(Bundle::parse(&oversized.encode()).err(), Some(TrustError::TooLarge { role: Role::Head }));
}

#[test]
fn the_same_input_at_the_same_time_gives_the_same_bytes() {
    let scene = Scene::new();
    assert_eq!(scene.bundle().encode(), scene.bundle().encode());
    let mut shuffled = scene.clone();
    shuffled.trust.keys[0].formats = vec![tegata_certificate::Format::EuDcc, tegata_certificate::Format::Compact];
    let mut ordered = scene.clone();
    ordered.trust.keys[0].formats = vec![tegata_certificate::Format::Compact, tegata_certificate::Format::EuDcc];
    assert_eq!(shuffled.trust_file(), ordered.trust_file(), "sets are written in one order");
}

#[test]
fn a_demo_repository_publishes_again_and_again() {
    let mut demo = DemoRepository::new("unit", NOW).expect("made");
    let issuer = demo.add_issuer(simulator::issuer("Kakuu City"));
    use tegata_keys::Signer;
    demo.add_key(issuer, key().verifying_key(), &[tegata_certificate::Format::Compact], NOW);
    let (first, pin) = demo.publish(NOW).expect("published");
    demo.keys[0].state = tegata_trust_lists::KeyState::Retired;
    let (second, same_pin) = demo.publish(NOW.plus(60)).expect("published again");
    assert_eq!(pin, same_pin);
    let versions = |bundle: &Bundle| {
        TrustState::load(bundle, &pin, NOW.plus(60))
            .map(|state| (state.trust().header.version, state.head().header.version))
    };
    assert_eq!((versions(&first), versions(&second)), (Ok((1, 1)), Ok((2, 2))));
    let back = demo.publish(NOW.plus(59)).expect_err("a clock that went back");
    assert!(matches!(back, tegata_trust_lists::publish::PublishError::ClockBehind { role: Role::Trust, .. }));
}

#[test]
fn coset_and_ciborium_read_what_we_write() {
    use coset::TaggedCborSerializable;
    use tegata_keys::Signer;
    let scene = Scene::new();
    let file = scene.trust_file();
    let sign = coset::CoseSign::from_tagged_slice(&file).expect("COSE_Sign");
    assert_eq!(sign.clone().to_tagged_vec().expect("encodes"), file, "coset writes the same bytes");
    let payload: ciborium::Value = ciborium::from_reader(sign.payload.as_deref().expect("attached")).expect("CBOR");
    assert_eq!(payload.as_map().map(Vec::len), Some(8));
    let mut external = Vec::new();
    ciborium::into_writer(&(2, simulator::ID), &mut external).expect("external data");
    for (place, signer) in scene.trust_signers.iter().enumerate() {
        assert_eq!(sign.signatures[place].protected.header.key_id, signer.verifying_key().thumbprint());
        sign.verify_signature(place, &external, |signature, message| signer.verifying_key().verify(message, signature))
            .expect("holds");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_a_bundle_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = Bundle::parse(&bytes);
    }

    #[test]
    fn no_files_make_loading_panic(root in proptest::collection::vec(any::<u8>(), 0..200), trust in proptest::collection::vec(any::<u8>(), 0..200), now in any::<i64>()) {
        let bundle = Bundle { roots: vec![root.clone()], trust: trust.clone(), head: trust, ..Bundle::default() };
        prop_assert!(load(&bundle, UnixTime(now)).is_err());
    }

    /// Signed nonsense gets past the signatures and must stop at the parser.
    #[test]
    fn no_signed_payload_makes_loading_panic(payload in proptest::collection::vec(any::<u8>(), 0..200), place in 0usize..3, cut in any::<prop::sample::Index>(), now in any::<i64>()) {
        let scene = Scene::one_of_one("DEMO/fuzz");
        // Random bytes, or a good list with a random tail.
        for payload in [payload.clone(), {
            let good = match place { 0 => scene.roots[0].list.encode(), 1 => scene.trust.encode(), _ => scene.head_list(&scene.root_files(), &scene.trust_file()).encode() };
            let cut = cut.index(good.len());
            [&good[..cut], &payload[..]].concat()
        }] {
            let bundle = match place {
                0 => Bundle { roots: vec![scene.sign(Role::Root, &payload, &scene.root_keys)], ..scene.bundle() },
                1 => scene.bundle_around(scene.sign(Role::Trust, &payload, &scene.trust_keys)),
                _ => Bundle { head: scene.sign(Role::Head, &payload, &scene.head_keys), ..scene.bundle() },
            };
            prop_assert!(load(&bundle, UnixTime(now)).is_err());
        }
    }

    #[test]
    fn any_time_is_answered(now in any::<i64>()) {
        let state = Scene::one_of_one("DEMO/time").load().expect("loads");
        let _ = (state.freshness(UnixTime(now)), state.clock(UnixTime(now)));
        let _ = Scene::one_of_one("DEMO/time").load_at(UnixTime(now));
    }
}

/// Whether bytes are what a rule of the published CDDL says.
fn conforms(rule: &str, bytes: &[u8]) -> Result<(), String> {
    let cddl = include_str!("../vc-trust.cddl");
    // The first rule of a CDDL text is the one that counts.
    cddl::validate_cbor_from_slice(&format!("start = {rule}\n{cddl}"), bytes, None).map_err(|error| error.to_string())
}

#[test]
fn every_list_is_what_the_published_cddl_says() {
    let mut scene = Scene::new();
    scene.add_shard(1, &[3, 5]);
    scene.add_shard(300, &[]);
    scene.shards.get_mut(&300).expect("a shard").delta = Some((simulator::header(2, simulator::DAY), vec![7]));
    scene.add_withdrawals(4);
    scene.trust.keys[0].state =
        tegata_trust_lists::KeyState::Revoked { at: NOW, reason: tegata_trust_lists::RevocationReason::Withdrawn };
    let revoked =
        tegata_trust_lists::AnchorRevocation { at: NOW, reason: tegata_trust_lists::RevocationReason::Withdrawn };
    let full =
        tegata_trust_lists::Anchor { revoked: Some(revoked), source: Some("a list".to_owned()), ..simulator::anchor() };
    scene.trust.anchors = vec![simulator::anchor(), full];
    let bundle = scene.bundle();
    let head = scene.head_list(&bundle.roots, &bundle.trust);
    for (rule, bytes) in [
        ("signed-list", bundle.roots[0].clone()),
        ("signed-list", bundle.trust.clone()),
        ("root-list", scene.roots[0].list.encode()),
        ("trust-list", scene.trust.encode()),
        ("head-list", head.encode()),
        ("bundle", bundle.encode()),
        ("bundle", Scene::new().bundle().encode()),
    ] {
        conforms(rule, &bytes).unwrap_or_else(|error| panic!("{rule}: {error}"));
    }
    assert!(conforms("trust-list", &scene.roots[0].list.encode()).is_err(), "the schema tells lists apart");
    // A head that names status files loads with them and says for which shards.
    let state = load(&bundle, NOW).expect("loads");
    assert_eq!([0, 1, 2, 300].map(|shard| state.publishes_status(shard)), [false, true, false, true]);
    assert_eq!((&state.head().status, &state.head().withdrawals), (&head.status, &head.withdrawals));
    assert_eq!(state.shard(300).map(|shard| shard.set().contains(7)), Some(true));
    assert_eq!(state.withdrawals().iter().map(|list| list.list).collect::<Vec<_>>(), [4]);
}

#[test]
fn hostile_files_take_little_memory() {
    // The most items in the fewest bytes: arrays in arrays, and a map of many keys, before any signature is checked.
    let many = |head: &[u8], item: &[u8]| [head, &item.repeat(1 << 16)].concat();
    for bytes in [
        many(&[0x9a, 0, 1, 0, 0], &[0x80]),
        many(&[0xba, 0, 1, 0, 0], &[0x01]),
        vec![0x81; 1 << 16],
        vec![0xd8; 1 << 16],
    ] {
        let used = allocation_counter::measure(|| {
            assert!(Bundle::parse(&bytes).is_err());
            let bundle =
                Bundle { roots: vec![bytes.clone()], trust: bytes.clone(), head: bytes.clone(), ..Bundle::default() };
            assert!(load(&bundle, NOW).is_err());
        });
        // Three copies of the input are the test's own.
        assert!(used.bytes_max < 4 * bytes.len() as u64 + (64 << 10), "{} bytes for {}", used.bytes_max, bytes.len());
    }
}

#[test]
fn two_thousand_keys_of_every_municipality_fit_270_kilobytes() {
    let mut scene = Scene::new();
    // As many issuers as Japan has municipalities; some have two keys.
    let issuers = 1741;
    scene.trust.issuers = (0..issuers)
        .map(|_| tegata_trust_lists::Issuer {
            name_ja: "架空県北架空市".to_owned(),
            ..simulator::issuer("Kita-Kakuu City")
        })
        .collect();
    scene.trust.keys = (0..2000)
        .map(|place| {
            let from = 65_536 * (place as u64 % 256);
            let range = tegata_trust_lists::StatusRange { shard: 1 + place as u64 / 256, from, to: from + 65_536 };
            tegata_trust_lists::KeyEntry { ranges: vec![range], ..entry(&key(), place % issuers) }
        })
        .collect();
    let bundle = scene.bundle();
    let started = std::time::Instant::now();
    let state = load(&bundle, NOW).expect("loads");
    println!("{} bytes, loaded in {:?}", bundle.trust.len(), started.elapsed());
    assert_eq!(state.trust().keys.len(), 2000);
    assert!(bundle.trust.len() <= 270_000, "{} bytes", bundle.trust.len());
}
