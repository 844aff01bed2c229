//! Versions driven to the end by a leaked key, so that nothing honest can follow; and the way out.

use crate::simulator::{DAY, Key, NOW, Part, Scene, key, keys, role};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{Header, KeyEntry, TrustError};

const FAR: u64 = 1 << 63;

/// Drives a list's versions to `far`, with the keys that this scene has.
fn drive(scene: &mut Scene, part: Part, far: u64) {
    // Only a newer head leads to newer files.
    scene.head.version = if part == Part::Head { far } else { scene.head.version + 1 };
    match part {
        Part::Head | Part::Root => {}
        Part::Trust => scene.trust.header.version = far,
        Part::Base | Part::Delta => {
            for shard in scene.shards.values_mut() {
                let (header, revoked) = shard.delta.take().unwrap_or_else(|| shard.base.clone());
                shard.delta = Some((Header { version: far, ..header }, revoked));
            }
        }
        Part::Withdrawals => {
            for list in scene.withdrawals.values_mut() {
                list.header.version = far;
            }
        }
    }
}

/// A root that gives new keys to the role whose files these are; everything signed anew by them.
fn rotate(scene: &mut Scene, part: Part) {
    let new: Vec<Key> = keys(3);
    let issued_at = scene.head.issued_at;
    let list = &mut scene.roll(keys(3)).list;
    list.header.issued_at = issued_at;
    match part {
        Part::Root | Part::Head => list.head = role(1, &new),
        Part::Trust => list.trust = role(2, &new),
        _ => list.status = Some(role(1, &new)),
    }
    match part {
        Part::Root | Part::Head => scene.head_signers = new[..1].to_vec(),
        Part::Trust => scene.trust_signers = new[..2].to_vec(),
        _ => {
            scene.status_signers = new[..1].to_vec();
            scene.shards.values_mut().for_each(|shard| shard.signers = new[..1].to_vec());
        }
    }
}

/// A device that took a list of version `far`; and the honest repository, which never had it.
fn driven(part: Part, far: u64) -> (Device, Scene) {
    let honest = full();
    let mut device = Device::with(&honest);
    let mut thief = honest.clone();
    drive(&mut thief, part, far);
    device.accepts(&thief);
    let mut next = honest;
    next.renew(9);
    next.head.version = device.versions().0.saturating_add(u64::from(part != Part::Head));
    if part == Part::Head {
        next.head.version = 2;
    }
    (device, next)
}

const DRIVEN: [Part; 4] = [Part::Head, Part::Trust, Part::Delta, Part::Withdrawals];

#[test]
fn versions_driven_to_the_end_are_left_behind_by_a_root_that_replaces_the_keys() {
    for part in DRIVEN {
        for far in [FAR, u64::MAX] {
            let (mut device, mut honest) = driven(part, far);
            let refused = device.refuses_scene(&honest);
            assert!(matches!(refused, TrustError::Rollback { held, .. } if held == far), "{part:?}: {refused}");
            rotate(&mut honest, part);
            device.accepts(&honest);
            assert_eq!(device.versions().1, 2, "{part:?}");
            // And on from there.
            honest.renew(10);
            device.accepts(&honest);
        }
    }
}

#[test]
fn a_root_that_keeps_the_keys_leaves_nothing_behind() {
    for part in DRIVEN {
        let (mut device, mut honest) = driven(part, FAR);
        honest.roll(keys(3));
        assert!(matches!(device.refuses_scene(&honest), TrustError::Rollback { held: FAR, .. }), "{part:?}");
        // Nor does one that replaces the keys of another role.
        let other = if part == Part::Head { Part::Trust } else { Part::Head };
        rotate(&mut honest, other);
        assert!(matches!(device.refuses_scene(&honest), TrustError::Rollback { held: FAR, .. }), "{part:?}");
    }
}

#[test]
fn new_keys_do_not_open_the_door_to_old_lists() {
    // An officer leaves; the two who stay signed the old lists too.
    let mut scene = full();
    let first = scene.clone();
    scene.renew(9);
    let mut device = Device::with(&scene);
    let day = NOW.plus(DAY);
    let stay = scene.trust_keys[..2].to_vec();
    let mut officers = stay.clone();
    officers.push(key());
    let mut rolled = scene.clone();
    {
        let list = &mut rolled.roll(keys(3)).list;
        list.header.issued_at = day;
        list.trust = role(2, &officers);
    }
    rolled.head.version += 1;
    let mut replayed = rolled.clone();
    replayed.trust = first.trust;
    let refused = device.refuses(&mut Site::of(&replayed), day);
    assert!(matches!(refused, TrustError::Rollback { found: 1, held: 2, .. }), "{refused}");
    assert_eq!(device.update(&mut Site::of(&rolled), day), Ok(true), "what was in force stays so");
    assert_eq!(device.versions().1, 2);
}

#[test]
fn what_leaked_keys_listed_may_be_left_out_by_the_new_ones() {
    let honest = full();
    let mut device = Device::with(&honest);
    let mut thief = honest.clone();
    thief.renew(9);
    thief.trust.keys.push(KeyEntry { ranges: vec![], ..crate::simulator::entry(&key(), 0) });
    thief.add_shard(77, &[1]);
    device.accepts(&thief);

    let mut next = honest;
    next.renew(10);
    next.head.version = 3;
    assert!(matches!(device.refuses_scene(&next), TrustError::Rollback { .. } | TrustError::Forked { .. }));
    rotate(&mut next, Part::Trust);
    rotate(&mut next, Part::Delta);
    device.accepts(&next);
    assert_eq!(device.state().trust().keys.len(), 1);
    assert!(device.state().shard(77).is_none());
}

#[test]
fn the_clock_floor_outlives_the_list_that_set_it() {
    let (mut device, mut honest) = driven(Part::Head, FAR);
    // A last list of the leaked key, from as far ahead as any may be.
    let mut thief = full();
    thief.roots = honest.roots.clone();
    thief.root_keys = honest.root_keys.clone();
    let held = device.held().expect("held");
    assert!(held.state().clock_floor() == NOW);
    let mut ahead = honest.clone();
    drive(&mut ahead, Part::Head, u64::MAX);
    ahead.head.issued_at = NOW.plus(DAY);
    ahead.head.expires_at = NOW.plus(8 * DAY);
    device.accepts(&ahead);
    rotate(&mut honest, Part::Head);
    device.accepts(&honest);
    assert_eq!(device.state().head().header.issued_at, NOW);
    assert_eq!(device.state().clock_floor(), NOW.plus(DAY), "kept over the recovery, and over a restart");
}
