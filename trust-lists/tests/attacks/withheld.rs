//! Files that do not come: the k-th request fails, for every k.

use crate::simulator::{NOW, Scene, keys};
use crate::site::{Broken, Device, Site, full};
use tegata_trust_lists::{FileName, TrustError, UpdateError};

/// Old and new: a new root, and every kind of file renewed.
fn scenes() -> (Scene, Scene) {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    next.roll(keys(3));
    for shard in next.shards.values_mut() {
        // A new base too, so that both are read.
        shard.base.1.push(60_000);
        shard.delta.as_mut().expect("a delta").1.push(60_000);
    }
    (scene, next)
}

/// What a whole update asks for.
fn requests(device: &Device, scene: &Scene) -> Vec<FileName> {
    let mut site = Site::of(scene);
    assert_eq!(device.clone().update(&mut site, NOW), Ok(true));
    site.asked
}

#[test]
fn a_source_that_breaks_at_any_request_leaves_the_old_set_and_a_retry_succeeds() {
    let (old, new) = scenes();
    for start in [Device::with(&old), Device::pinned(&old)] {
        let asked = requests(&start, &new);
        assert!(asked.len() >= 9, "roots, head, trust, two shards with two files each, a list: {asked:?}");
        for (place, file) in asked.iter().enumerate() {
            let mut device = start.clone();
            let mut site = Site { breaks: Some(place), ..Site::of(&new) };
            let broken = Err(UpdateError::Source { file: *file, error: Broken });
            assert_eq!(device.update(&mut site, NOW), broken, "request {place}");
            assert_eq!(device.stored, start.stored, "the old set, byte for byte");
            assert_eq!(device.update(&mut site, NOW), Ok(true), "the next try");
            assert_eq!(device.held().expect("held").bundle(), &new.bundle(), "the new set, whole");
        }
    }
}

#[test]
fn a_file_that_is_withheld_leaves_the_old_set_whole_and_a_retry_succeeds() {
    let (old, new) = scenes();
    for start in [Device::with(&old), Device::pinned(&old)] {
        for (place, file) in requests(&start, &new).into_iter().enumerate() {
            let mut device = start.clone();
            let mut site = Site { loses: Some(place), ..Site::of(&new) };
            if file == FileName::Root(3) {
                assert_eq!(device.update(&mut site, NOW), Ok(true), "there is none anyway");
                continue;
            }
            let refused = device.refuses(&mut site, NOW);
            let expected = match file {
                // Without the root that the head names the head means nothing.
                FileName::Root(2) => TrustError::NotNamedByHead { role: tegata_trust_lists::Role::Root },
                file => TrustError::Withheld { file },
            };
            assert_eq!(refused, expected, "request {place}");
            assert_eq!(device.update(&mut site, NOW), Ok(true), "the next try");
            assert_eq!(device.held().expect("held").bundle(), &new.bundle(), "the new set, whole");
        }
    }
}

#[test]
fn a_bundle_that_lacks_a_file_is_no_set() {
    let (old, new) = scenes();
    let whole = new.bundle();
    let without: [fn(&mut tegata_trust_lists::Bundle); 6] = [
        |bundle| bundle.trust.clear(),
        |bundle| bundle.head.clear(),
        |bundle| bundle.status.clear(),
        |bundle| bundle.status[0].delta = None,
        |bundle| bundle.withdrawals.clear(),
        |bundle| drop(bundle.roots.pop()),
    ];
    for (place, drop) in without.into_iter().enumerate() {
        let mut partial = whole.clone();
        drop(&mut partial);
        Device::with(&old).refuses(&mut &partial, NOW);
        Device::pinned(&old).refuses(&mut &partial, NOW);
        assert!(crate::simulator::load(&partial, NOW).is_err(), "{place}");
    }
    let mut more = whole;
    more.status.push(more.status[0].clone());
    assert_eq!(crate::simulator::load(&more, NOW).err(), Some(TrustError::BundleMalformed));
}
