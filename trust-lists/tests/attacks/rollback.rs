//! Old lists as if they were new: from a server, from a bundle, and after a restart.

use crate::simulator::{DAY, Key, NOW, Scene, keys, status_set};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{FileName, Header, TrustError, TrustState};

/// Changes one list's header in a scene.
type Change = fn(&mut Scene, fn(&mut Header));

/// A device with the third publication, and the first two.
fn third() -> (Device, [Scene; 3]) {
    let first = full();
    let mut second = first.clone();
    second.renew(8);
    let mut third = second.clone();
    third.renew(9);
    (Device::with(&third), [first, second, third])
}

#[test]
fn every_older_head_is_refused() {
    let (mut device, [first, second, _]) = third();
    for (old, found) in [(first, 1), (second, 2)] {
        assert_eq!(device.refuses_scene(&old), TrustError::Rollback { file: FileName::Head, found, held: 3 });
    }
}

#[test]
fn every_older_trust_list_is_refused_though_a_new_head_names_it() {
    let (mut device, [first, second, third]) = third();
    for old in [first, second] {
        let found = old.trust.header.version;
        let mut next = third.clone();
        next.renew(10);
        next.trust = old.trust;
        let file = Site::of(&next).named(|name| matches!(name, FileName::Trust(_)));
        assert_eq!(device.refuses_scene(&next), TrustError::Rollback { file, found, held: 3 });
    }
}

#[test]
fn every_older_version_of_every_shard_is_refused_though_a_new_head_names_it() {
    let (mut device, [first, second, third]) = third();
    for number in [1, 2] {
        for old in [&first, &second] {
            let mut next = third.clone();
            next.renew(10);
            next.shards.insert(number, old.shards[&number].clone());
            let refused = device.refuses_scene(&next);
            let versions = (old.shards[&number].delta.as_ref()).map_or(1, |(header, _)| header.version);
            let held = device.state().shard(number).expect("held").header().version;
            assert!(
                matches!(refused, TrustError::Rollback { found, held: stored, .. } if (found, stored) == (versions, held)),
                "shard {number}: {refused}"
            );
        }
    }
}

#[test]
fn every_older_withdrawal_list_is_refused_though_a_new_head_names_it() {
    let (mut device, [first, second, third]) = third();
    for old in [first, second] {
        let found = old.withdrawals[&4].header.version;
        let mut next = third.clone();
        next.renew(10);
        next.withdrawals = old.withdrawals;
        let file = Site::of(&next).named(|name| matches!(name, FileName::Withdrawals { .. }));
        assert_eq!(device.refuses_scene(&next), TrustError::Rollback { file, found, held: 3 });
    }
}

#[test]
fn a_root_once_followed_stays_in_force_whatever_the_server_still_has() {
    let old = full();
    let mut rolled = old.clone();
    rolled.renew(9);
    let new_head: Vec<Key> = keys(2);
    rolled.roll(keys(3)).list.head = crate::simulator::role(1, &new_head);
    rolled.head_signers = new_head[..1].to_vec();
    let mut device = Device::with(&old);
    device.accepts(&rolled);
    assert_eq!(device.state().root().header.version, 2);
    // The server forgot root 2, and whoever has the old head key signs on.
    let mut leaked = old.clone();
    leaked.renew(10);
    leaked.head.version = 9;
    let refused = device.refuses_scene(&leaked);
    assert_eq!(refused, TrustError::BelowThreshold { role: tegata_trust_lists::Role::Head });
    assert_eq!(device.state().root().header.version, 2);
}

#[test]
fn a_second_file_of_a_version_that_is_held_is_refused() {
    let (mut device, [.., third]) = third();
    let later = |header: &mut Header| header.expires_at = header.expires_at.plus(1);
    let changes: [Change; 5] = [
        |scene, change| change(&mut scene.head),
        |scene, change| change(&mut scene.trust.header),
        |scene, change| change(&mut scene.shards.get_mut(&1).expect("a shard").delta.as_mut().expect("a delta").0),
        // The delta's version is the same, the base under it another.
        |scene, change| change(&mut scene.shards.get_mut(&2).expect("a shard").base.0),
        |scene, change| change(&mut scene.withdrawals.get_mut(&4).expect("a list").header),
    ];
    for (place, change) in changes.into_iter().enumerate() {
        let mut fork = third.clone();
        change(&mut fork, later);
        if place > 0 {
            fork.head.version += 1;
        }
        let refused = device.refuses_scene(&fork);
        assert!(matches!(refused, TrustError::Forked { .. }), "change {place}: {refused}");
    }
}

#[test]
fn a_revocation_is_not_taken_back_by_an_older_delta() {
    let (mut device, [_, second, third]) = third();
    let revoked = |state: TrustState, index| state.shard(1).expect("held").set().contains(index);
    assert!(revoked(device.state(), 9));
    let mut next = third;
    next.head.version += 1;
    next.shards = second.shards;
    device.refuses_scene(&next);
    assert!(revoked(device.state(), 9));
    assert!(!status_set(&[3]).contains(9));
}

#[test]
fn a_shard_leaves_the_head_after_its_expiry_and_not_a_second_before() {
    let expiry = NOW.plus(14 * DAY);
    for list in [false, true] {
        let mut scene = full();
        scene.head.expires_at = NOW.plus(60 * DAY);
        let mut device = Device::with(&scene);
        let mut next = scene.clone();
        next.head.version += 1;
        let forgotten = if list {
            next.withdrawals.clear();
            TrustError::WithdrawalsForgotten { list: 4 }
        } else {
            next.shards.remove(&1);
            TrustError::ShardForgotten { shard: 1 }
        };
        let mut site = Site::of(&next);
        assert_eq!(device.refuses(&mut site, NOW), forgotten);
        assert_eq!(device.refuses(&mut site, expiry.plus(-1)), forgotten);
        assert_eq!(device.update(&mut site, expiry), Ok(true));
        assert_eq!((device.state().shard(1).is_some(), device.state().withdrawals().len()), (list, usize::from(!list)));

        // It comes back as it was: its version is forgotten, its age is not.
        let mut back = scene.clone();
        back.head.version += 2;
        back.head.issued_at = expiry;
        let refused = device.clone().update(&mut Site::of(&back), expiry);
        assert_eq!(refused, Ok(true), "issued no earlier than the head that is held");
        next.head.issued_at = NOW.plus(1);
        next.head.version += 1;
        assert_eq!(device.update(&mut Site::of(&next), expiry), Ok(true));
        back.head.version += 2;
        let refused = device.refuses(&mut Site::of(&back), expiry);
        assert!(matches!(refused, TrustError::Reappeared { .. }), "{refused}");
        // A new one of that number is as good as any.
        let now = expiry.plus(1);
        for shard in back.shards.values_mut() {
            shard.delta = None;
            shard.base.0 = Header { version: 40, issued_at: now, expires_at: now.plus(DAY), ..shard.base.0.clone() };
        }
        let header = &mut back.withdrawals.get_mut(&4).expect("a list").header;
        (header.version, header.issued_at, header.expires_at) = (40, now, now.plus(DAY));
        assert_eq!(device.update(&mut Site::of(&back), now), Ok(true));
    }
}
