//! Roots: gaps, forks, age, and devices that slept through many.

use crate::simulator::{DAY, Key, NOW, Scene, keys, role};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{FileName, Role, TrustError};

/// The same repository with so many more roots, each with new keys, and everything renewed.
fn rolled(scene: &Scene, times: usize) -> Scene {
    let mut next = scene.clone();
    next.renew(9);
    for _ in 0..times {
        next.roll(keys(3));
    }
    next
}

#[test]
fn a_device_that_slept_follows_every_root_it_missed() {
    let scene = full();
    let next = rolled(&scene, 5);
    for mut device in [Device::with(&scene), Device::pinned(&scene)] {
        let mut site = Site::of(&next);
        let first = if device.stored.is_some() { 2 } else { 1 };
        assert_eq!(device.update(&mut site, NOW), Ok(true));
        assert_eq!(device.state().root().header.version, 6);
        let asked: Vec<_> = site.asked.iter().take_while(|name| **name != FileName::Head).copied().collect();
        assert_eq!(asked, (first..=7).map(FileName::Root).collect::<Vec<_>>());
    }
    // And by a bundle alone.
    let mut device = Device::with(&scene);
    assert_eq!(device.update(&mut &next.bundle(), NOW), Ok(true));
    assert_eq!(device.state().root().header.version, 6);
}

#[test]
fn a_gap_in_the_roots_is_refused() {
    let scene = full();
    let next = rolled(&scene, 2);
    let mut device = Device::with(&scene);
    // Served in place of the missing one, or not served at all.
    let mut site = Site::of(&next);
    let third = site.files[&FileName::Root(3)].clone();
    site.files.insert(FileName::Root(2), third);
    assert_eq!(device.refuses(&mut site, NOW), TrustError::RootVersion { found: 3, expected: 2 });
    site.files.remove(&FileName::Root(2));
    assert_eq!(device.refuses(&mut site, NOW), TrustError::NotNamedByHead { role: Role::Root });
    // Nor if the first root's keys did not sign the third.
    let mut next_only = next.clone();
    let signers = next_only.roots[2].signers.split_off(2);
    next_only.roots[2].signers = signers;
    let mut site = Site::of(&next_only);
    let third = site.files[&FileName::Root(3)].clone();
    site.files.insert(FileName::Root(2), third);
    assert_eq!(device.refuses(&mut site, NOW), TrustError::BelowThreshold { role: Role::Root });
    device.accepts(&next);
}

#[test]
fn a_next_root_needs_the_old_threshold_and_its_own() {
    let scene = full();
    let mut device = Device::with(&scene);
    let next = rolled(&scene, 1);
    let below = TrustError::BelowThreshold { role: Role::Root };
    for missing in 0..4 {
        // Two of the old keys and two of the new ones sign; any one of the four is missing.
        let mut short = next.clone();
        short.roots[1].signers.remove(missing);
        assert_eq!(device.refuses_scene(&short), below, "signer {missing}");
    }
    device.accepts(&next);
}

#[test]
fn of_two_roots_of_one_version_the_one_first_followed_stays() {
    let scene = full();
    let (one, two) = (rolled(&scene, 1), rolled(&scene, 1));
    let mut device = Device::with(&scene);
    device.accepts(&one);
    let mut two = two;
    two.head.version += 1;
    // Its head keys are the same ones, so its head is signed well; it names another root.
    assert_eq!(device.refuses_scene(&two), TrustError::NotNamedByHead { role: Role::Root });
    // Nor can it be continued: a third root follows the keys of one second root only.
    two.roll(keys(3));
    assert_eq!(device.refuses_scene(&two), TrustError::BelowThreshold { role: Role::Root });
}

#[test]
fn an_expired_root_in_the_middle_is_followed_and_at_the_end_refused() {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let expired = NOW.plus(-1);
    {
        let list = &mut next.roll(keys(3)).list;
        (list.header.issued_at, list.header.expires_at) = (NOW.plus(-800 * DAY), expired);
    }
    let mut device = Device::with(&scene);
    assert_eq!(device.refuses_scene(&next), TrustError::Expired { role: Role::Root, at: expired });
    {
        let list = &mut next.roll(keys(3)).list;
        (list.header.issued_at, list.header.expires_at) = (NOW, NOW.plus(DAY));
    }
    device.accepts(&next);
    assert_eq!(device.state().root().header.version, 3);
}

#[test]
fn a_device_whose_own_root_has_expired_is_led_on_by_the_next() {
    let mut scene = full();
    scene.roots[0].list.header.expires_at = NOW.plus(DAY);
    let mut device = Device::with(&scene);
    let mut next = scene.clone();
    next.renew(9);
    next.roll(keys(3)).list.header.expires_at = NOW.plus(700 * DAY);
    let late = NOW.plus(DAY);
    assert_eq!(device.refuses(&mut Site::of(&scene), late), TrustError::Expired { role: Role::Root, at: late });
    assert_eq!(device.update(&mut Site::of(&next), late), Ok(true));
}

#[test]
fn a_root_that_the_head_does_not_name_yet_counts_already() {
    let scene = full();
    let mut device = Device::with(&scene);
    let mut next = scene.clone();
    next.roll(keys(3));
    // The server has the new root beside the old head.
    let site = Site::of(&scene).keeping(&Site::of(&next));
    let mut site = Site { files: site.files, ..Site::default() };
    assert_eq!(device.update(&mut site, NOW), Ok(true));
    assert_eq!((device.state().root().header.version, device.versions().0), (2, 1));
    assert_eq!(site.asked, [FileName::Root(2), FileName::Root(3), FileName::Head], "all else is held");
    assert_eq!(device.update(&mut site, NOW), Ok(false));

    // If it replaced the head's keys, the old head is none any more.
    let new: Vec<Key> = keys(2);
    next.roll(keys(3)).list.head = role(1, &new);
    let mut site = site.keeping(&Site::of(&next));
    assert_eq!(device.refuses(&mut site, NOW), TrustError::BelowThreshold { role: Role::Head });
    next.head_signers = new;
    next.head.version += 1;
    device.accepts(&next);
}

#[test]
fn a_root_that_replaces_the_keys_of_trust_or_status_ends_what_the_old_ones_signed() {
    let scene = full();
    for (place, role_of) in [Role::Trust, Role::Status].into_iter().enumerate() {
        let mut device = Device::with(&scene);
        let mut next = scene.clone();
        let list = &mut next.roll(keys(3)).list;
        match place {
            0 => list.trust = role(2, &keys(3)),
            _ => list.status = Some(role(1, &keys(2))),
        }
        next.head.version += 1;
        assert_eq!(device.refuses_scene(&next), TrustError::BelowThreshold { role: role_of });
        if place == 1 {
            next.roots[1].list.status = None;
            assert_eq!(device.refuses_scene(&next), TrustError::BelowThreshold { role: role_of }, "no status role");
        }
    }
}

#[test]
fn an_endless_chain_of_roots_ends_at_256() {
    let mut scene = Scene::one_of_one("DEMO/roots");
    let list = scene.roots[0].list.clone();
    for version in 2..=257 {
        let mut next = list.clone();
        next.header.version = version;
        let signers = scene.root_keys[..1].to_vec();
        scene.roots.push(crate::simulator::RootScene { list: next, signers });
    }
    let mut device = Device::pinned(&scene);
    let mut site = Site::of(&scene);
    // The head names 257 roots, more than there may be.
    assert_eq!(device.refuses(&mut site, NOW), TrustError::Malformed { role: Role::Head });
    assert_eq!(site.asked.len(), 257, "256 roots and the head");
    scene.roots.pop();
    device.accepts(&scene);
    let mut site = Site::of(&scene);
    assert_eq!(device.update(&mut site, NOW), Ok(false));
    assert_eq!(site.asked, [FileName::Head]);
}
