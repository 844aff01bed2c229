//! What an update costs when there is little news or none.

use crate::simulator::{NOW, Scene, entry, issuer, key, keys};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{FileName, KeyEntry, MAX_BUNDLE, StatusRange};

#[test]
fn an_unchanged_repository_costs_a_question_and_the_head_of_at_most_6_kilobytes() {
    // Two years of half-yearly roots, 2,000 keys, 24 shards with deltas, 8 countries' withdrawals.
    let mut scene = Scene::new();
    for _ in 0..4 {
        scene.roll(keys(3));
    }
    scene.trust.issuers = (0..1741).map(|_| issuer("Kita-Kakuu City")).collect();
    scene.trust.keys = (0..2000)
        .map(|place| {
            let from = 65_536 * (place as u64 % 256);
            let range = StatusRange { shard: 1 + place as u64 / 256, from, to: from + 65_536 };
            KeyEntry { ranges: vec![range], ..entry(&key(), place % 1741) }
        })
        .collect();
    (1..=24).for_each(|number| scene.add_shard(number, &[1, 2, 3]));
    (1..=8).for_each(|number| scene.add_withdrawals(number));
    scene.renew(9);
    let mut device = Device::with(&scene);
    let mut site = Site::of(&scene);
    assert_eq!(device.update(&mut site, NOW), Ok(false));
    assert_eq!(site.asked, [FileName::Root(6), FileName::Head]);
    println!("{} bytes", site.sent);
    assert!(site.sent <= 6 * 1024, "{} bytes", site.sent);
}

#[test]
fn only_what_is_new_is_read_and_at_most_a_base_and_a_delta_of_a_shard() {
    let scene = full();
    let mut device = Device::with(&scene);
    let mut next = scene.clone();
    next.head.version += 1;
    let (header, revoked) = next.shards[&1].delta.clone().expect("a delta");
    let renewed = tegata_trust_lists::Header { version: 3, ..header };
    next.shards.get_mut(&1).expect("a shard").delta = Some((renewed.clone(), [revoked.as_slice(), &[900]].concat()));
    let mut site = Site::of(&next);
    assert_eq!(device.update(&mut site, NOW), Ok(true));
    let delta = site.named(|name| matches!(name, FileName::StatusDelta { .. }));
    assert_eq!(site.asked, [FileName::Root(2), FileName::Head, delta]);
    assert!(device.state().shard(1).expect("held").set().contains(900));

    // A new base: that alone.
    next.head.version += 1;
    let shard = next.shards.get_mut(&1).expect("a shard");
    let (header, revoked) = shard.delta.take().expect("a delta");
    shard.base = (tegata_trust_lists::Header { version: 4, ..header }, revoked);
    let mut site = Site::of(&next);
    assert_eq!(device.update(&mut site, NOW), Ok(true));
    let base = site.named(|name| matches!(name, FileName::StatusBase { shard: 1, .. }));
    assert_eq!(site.asked, [FileName::Root(2), FileName::Head, base]);

    // And for who has nothing: each file once.
    let mut site = Site::of(&next);
    assert_eq!(Device::pinned(&scene).update(&mut site, NOW), Ok(true));
    let mut once = site.asked.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), site.asked.len());
}

#[test]
fn whichever_way_the_files_came_the_same_is_held() {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let mut by_steps = Device::with(&scene);
    by_steps.accepts(&next);
    let mut at_once = Device::pinned(&scene);
    at_once.accepts(&next);
    let mut by_bundle = Device::pinned(&scene);
    let bundle = tegata_trust_lists::Bundle::parse(&next.bundle().encode()).expect("parses");
    assert_eq!(by_bundle.update(&mut &bundle, NOW), Ok(true));
    assert_eq!(by_steps.stored, at_once.stored);
    assert_eq!(by_steps.stored, by_bundle.stored);
    assert!(by_steps.stored.is_some_and(|kept| kept.len() < MAX_BUNDLE));
}
