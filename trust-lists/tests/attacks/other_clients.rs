//! Bugs that other clients of such repositories had, each with what was published about it.

use crate::simulator::{DAY, ID, NOW, Part, Scene, assembled, keys, p256, role, sign, signatures};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{FileName, Role, TrustError};

const BELOW: TrustError = TrustError::BelowThreshold { role: Role::Trust };

/// A site of the scene whose trust list is this file, named by an honest head.
fn around(scene: &Scene, trust: Vec<u8>) -> Site {
    let bundle = scene.bundle_around(trust);
    Site::serving(&bundle, &scene.head_list(&bundle.roots, &bundle.trust))
}

/// The next trust list, its payload and the two honest signatures; and the device it is for.
fn next_trust() -> (Device, Scene, Vec<u8>, Vec<Vec<u8>>) {
    let scene = full();
    let device = Device::with(&scene);
    let mut next = scene;
    next.renew(9);
    let (payload, signed) = signatures(&next.trust_file());
    (device, next, payload, signed)
}

/// GMS-2022-4197 (python-tuf), CVE-2026-6966 (tough).
#[test]
fn the_same_signature_twice_counts_once() {
    let (mut device, next, payload, signed) = next_trust();
    let twice = assembled(&payload, &[signed[0].clone(), signed[0].clone()]);
    assert_eq!(device.refuses(&mut around(&next, twice), NOW), BELOW);
}

/// The same kid twice, with two different signatures of one key: ES256 signatures differ each time.
#[test]
fn the_same_kid_twice_counts_once() {
    let (mut device, next, payload, _) = next_trust();
    let one = [next.trust_keys[0].clone(), next.trust_keys[0].clone()];
    let file = sign(Role::Trust, ID, &payload, &one);
    assert_eq!(device.refuses(&mut around(&next, file), NOW), BELOW);
}

#[test]
fn the_same_key_under_two_kids_counts_once() {
    let (mut device, next, payload, signed) = next_trust();
    let mut renamed = signed[0].clone();
    let kid = |signature: &[u8]| signature.iter().position(|byte| *byte == 0x58).map(|at| at + 1).expect("a header");
    let (from, to) = (kid(&signed[1]), kid(&renamed));
    renamed[to..to + 40].copy_from_slice(&signed[1][from..from + 40]);
    let file = assembled(&payload, &[signed[0].clone(), renamed]);
    assert_eq!(device.refuses(&mut around(&next, file), NOW), BELOW);
    // And a root cannot list one key under two kids: the kid follows from the key.
    let mut scene = full();
    scene.roots[0].list.trust.keys[1] = scene.roots[0].list.trust.keys[0].clone();
    let error = Device::pinned(&scene).refuses_scene(&scene);
    assert_eq!(error, TrustError::SharedRoleKey { role: Role::Trust });
}

#[test]
fn an_ecdsa_signature_and_its_mirror_image_count_once() {
    let mut scene = full();
    scene.trust_keys = vec![p256(), p256(), p256()];
    scene.trust_signers = scene.trust_keys[..2].to_vec();
    scene.roots[0].list.trust = role(2, &scene.trust_keys);
    let mut device = Device::with(&scene);
    scene.renew(9);
    let (payload, signed) = signatures(&scene.trust_file());
    let (head, rs) = signed[0].split_at(signed[0].len() - 64);
    let signature = p256::ecdsa::Signature::from_slice(rs).expect("a signature");
    let mirrored = p256::ecdsa::Signature::from_scalars(*signature.r(), -*signature.s()).expect("in range");
    let mirror = [head, mirrored.to_bytes().as_slice()].concat();
    let file = assembled(&payload, &[signed[0].clone(), mirror.clone()]);
    assert_eq!(device.refuses(&mut around(&scene, file), NOW), BELOW);
    let file = assembled(&payload, &[mirror, signed[1].clone()]);
    assert_eq!(device.update(&mut around(&scene, file), NOW), Ok(true), "either form is a signature of its key");
}

/// GHSA-fphv-w9fq-2525 (go-tuf).
#[test]
fn a_threshold_of_nothing_or_of_more_than_there_are_is_refused_at_load() {
    for threshold in [0, 4, 33, 1 << 32, u64::MAX] {
        for part in [Part::Root, Part::Trust, Part::Head, Part::Base] {
            let scene = full();
            let mut device = Device::with(&scene);
            let mut next = scene.clone();
            next.renew(9);
            let list = &mut next.roll(keys(3)).list;
            match part {
                Part::Root => list.root.threshold = threshold,
                Part::Trust => list.trust.threshold = threshold,
                Part::Head => list.head.threshold = threshold,
                _ => list.status.as_mut().expect("a role").threshold = threshold,
            }
            let error = device.refuses_scene(&next);
            assert_eq!(error, TrustError::BadThreshold { role: part.role() }, "{part:?} {threshold}");
        }
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn only_thresholds_from_one_to_the_number_of_keys_load(threshold in proptest::num::u64::ANY, small in 0u64..8, number in 1usize..7) {
        for threshold in [threshold, small] {
            let mut scene = Scene::one_of_one("DEMO/thresholds");
            let keys = keys(number);
            scene.roots[0].list.trust = role(threshold, &keys);
            scene.trust_signers = keys;
            let loads = scene.load().is_ok();
            proptest::prop_assert_eq!(loads, (1..=number as u64).contains(&threshold));
        }
    }
}

/// CVE-2025-2885 (tough).
#[test]
fn a_root_that_leaves_out_a_version_is_refused() {
    let scene = full();
    let mut device = Device::with(&scene);
    let mut next = scene.clone();
    next.renew(9);
    next.roll(keys(3)).list.header.version = 3;
    assert_eq!(device.refuses_scene(&next), TrustError::RootVersion { found: 3, expected: 2 });
}

/// CVE-2020-15163 (python-tuf), CVE-2025-2888 (tough): what was refused must neither be trusted nor
/// be in the way later.
#[test]
fn a_refused_list_is_neither_believed_nor_in_the_way_of_the_next() {
    let scene = full();
    let mut device = Device::with(&scene);
    // Far ahead in version and time, complete, and signed by strangers from the trust list down.
    let mut rejected = scene.clone();
    rejected.renew(9);
    rejected.head.version = u64::MAX;
    rejected.head.issued_at = NOW.plus(DAY);
    rejected.head.expires_at = NOW.plus(2 * DAY);
    rejected.trust.header.version = u64::MAX;
    rejected.trust_signers = keys(3);
    let floor = device.state().clock_floor();
    assert_eq!(device.refuses_scene(&rejected), BELOW);
    assert_eq!(device.state().clock_floor(), floor);
    let mut genuine = scene;
    genuine.renew(10);
    device.accepts(&genuine);
    assert_eq!(device.versions(), (2, 2, vec![3, 2]));
}

/// CVE-2026-6967 (tough): delegated metadata whose rollback, expiry, hash and length nobody checked.
#[test]
fn status_files_are_held_to_version_expiry_hash_and_length() {
    let scene = full();
    let mut renewed = scene.clone();
    renewed.renew(9);
    let mut device = Device::with(&renewed);

    let mut older = renewed.clone();
    older.head.version = 3;
    older.shards = scene.shards.clone();
    assert!(matches!(device.refuses_scene(&older), TrustError::Rollback { held: 3, found: 2, .. }), "version");

    let mut next = renewed.clone();
    next.renew(10);
    let expired = NOW.plus(-31 * DAY);
    let mut old = next.clone();
    let header = &mut old.shards.get_mut(&1).expect("a shard").delta.as_mut().expect("a delta").0;
    (header.issued_at, header.expires_at) = (NOW, NOW.plus(DAY));
    let late = NOW.plus(32 * DAY);
    old.head.expires_at = NOW.plus(60 * DAY);
    let at = NOW.plus(DAY);
    let refused = device.refuses(&mut Site::of(&old), late);
    assert_eq!(refused, TrustError::Expired { role: Role::Status, at }, "expiry, not {expired}");

    let site = Site::of(&next);
    let not_named = TrustError::NotNamedByHead { role: Role::Status };
    for name in site.files.keys().filter(|name| name.role() == Role::Status) {
        if device.held().is_some_and(|held| site_has(&held, name)) {
            continue;
        }
        let mut changed = site.clone();
        changed.files.get_mut(name).expect("there")[40] ^= 1;
        assert_eq!(device.refuses(&mut changed, NOW), not_named, "hash of {name}");
        let mut shorter = site.clone();
        shorter.files.get_mut(name).expect("there").pop();
        assert_eq!(device.refuses(&mut shorter, NOW), not_named, "length of {name}");
        let mut longer = site.clone();
        longer.files.get_mut(name).expect("there").push(0);
        assert_eq!(device.refuses(&mut longer, NOW), TrustError::TooLarge { role: Role::Status }, "length of {name}");
    }
    device.accepts(&next);
}

fn site_has(held: &tegata_trust_lists::Held, name: &FileName) -> bool {
    use tegata_trust_lists::Source;
    matches!(held.bundle().read(name, u64::MAX), Ok(Some(_)))
}

/// CVE-2026-6968 (tough): a file name that leads out of the folder.
#[test]
fn no_name_leads_out_of_the_folder() {
    for number in [0, 1, u64::MAX] {
        for hash in [[0; 32], [0xff; 32], [b'/'; 32], *b"../../../../../../../etc/passwd\0"] {
            let names = [
                FileName::Head,
                FileName::Root(number),
                FileName::Trust(hash),
                FileName::StatusBase { shard: number, hash },
                FileName::StatusDelta { shard: number, hash },
                FileName::Withdrawals { list: number, hash },
            ];
            for path in names.map(|name| name.path()) {
                let rest = path.strip_prefix("v1/").expect("below the repository");
                let allowed = |part: &str| {
                    part.strip_suffix(".cose")
                        .unwrap_or(part)
                        .trim_end_matches(".base")
                        .trim_end_matches(".delta")
                        .bytes()
                        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
                };
                assert!(rest.split('/').all(|part| !part.is_empty() && allowed(part)), "{path}");
            }
        }
    }
    // Nor does a repository's id, which stands in every list, reach any name.
    let mut scene = full();
    scene.rename("DEMO/../../escape");
    for asked in Site::of(&scene).files.keys() {
        assert!(!asked.path().contains("escape") && !asked.path().contains(".."), "{asked}");
    }
}
