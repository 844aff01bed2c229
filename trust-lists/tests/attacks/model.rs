//! Any sequence of publications, replays, damage and loss, against a model that fits on a page.

use crate::simulator::{NOW, Scene, keys};
use crate::site::{Device, Site, full};
use proptest::prelude::*;
use tegata_trust_lists::{Bundle, FileName, Header, UpdateError};

#[derive(Clone, Debug)]
enum Step {
    /// A new head; the flags say what else is new: trust list, each shard, withdrawals, root.
    Publish([bool; 5]),
    /// An update from the publication of that place.
    Update(prop::sample::Index),
    /// The same from a bundle.
    Bundle(prop::sample::Index),
    /// The same with a bit of some file turned.
    Damaged(prop::sample::Index, prop::sample::Index, prop::sample::Index),
    /// The same with some file missing.
    Without(prop::sample::Index, prop::sample::Index),
    /// The same with a file of another publication in place of some file.
    Mixed(prop::sample::Index, prop::sample::Index, prop::sample::Index),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        3 => any::<[bool; 5]>().prop_map(Step::Publish),
        3 => index().prop_map(Step::Update),
        1 => index().prop_map(Step::Bundle),
        2 => (index(), index(), index()).prop_map(|(at, file, byte)| Step::Damaged(at, file, byte)),
        2 => (index(), index()).prop_map(|(at, file)| Step::Without(at, file)),
        2 => (index(), index(), index()).prop_map(|(at, file, other)| Step::Mixed(at, file, other)),
    ]
}

struct Publication {
    bundle: Bundle,
    site: Site,
}

fn publish(scene: &Scene) -> Publication {
    Publication { bundle: scene.bundle(), site: Site::of(scene) }
}

fn renew(scene: &mut Scene, [trust, one, two, list, root]: [bool; 5], more: u32) {
    scene.head.version += 1;
    scene.trust.header.version += u64::from(trust);
    for (number, due) in [(1, one), (2, two)] {
        let Some(shard) = scene.shards.get_mut(&number).filter(|_| due) else { continue };
        let (header, mut revoked) = shard.delta.take().unwrap_or_else(|| shard.base.clone());
        revoked.push(more);
        let next = (Header { version: header.version + 1, ..header }, revoked);
        // Now and then a new base.
        if more.is_multiple_of(3) { shard.base = next } else { shard.delta = Some(next) }
    }
    if list {
        scene.withdrawals.get_mut(&4).expect("a list").header.version += 1;
    }
    if root {
        scene.roll(keys(3));
    }
}

/// The model: a device holds the newest publication that it was ever shown whole, and nothing else.
fn check(device: &mut Device, have: &mut usize, shown: usize, all: &[Publication], mut site: Site, genuine: bool) {
    let before = device.stored.clone();
    let versions = device.versions();
    match device.update(&mut site, NOW) {
        Ok(true) => {
            assert!(shown > *have, "only what is newer is taken");
            *have = shown;
        }
        Ok(false) => assert_eq!(shown, *have, "unchanged means: that one is held"),
        Err(UpdateError::Refused(_)) => assert!(!genuine || shown < *have, "what is genuine and new is taken"),
        Err(UpdateError::Source { .. }) => unreachable!("this source does not break"),
    }
    let held = device.held().expect("held");
    assert_eq!(held.bundle(), &all[*have].bundle, "nothing but that publication is kept");
    assert!(before == device.stored || versions.0 < device.versions().0, "the head's version rises");
    let now = device.versions();
    assert!(versions.1 <= now.1 && versions.2.iter().zip(&now.2).all(|(old, new)| old <= new), "no version falls");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_device_holds_the_newest_publication_it_was_shown_whole(steps in proptest::collection::vec(step(), 1..24)) {
        let mut scene = full();
        let mut device = Device::with(&scene);
        let mut all = vec![publish(&scene)];
        let mut have = 0;
        for step in steps {
            let file = |at: usize, file: prop::sample::Index| {
                let names: Vec<FileName> = all[at].site.files.keys().copied().collect();
                *file.get(&names)
            };
            match step {
                Step::Publish(what) => {
                    renew(&mut scene, what, 1000 + all.len() as u32);
                    all.push(publish(&scene));
                }
                Step::Update(at) => {
                    let at = at.index(all.len());
                    check(&mut device, &mut have, at, &all, all[at].site.clone(), true);
                }
                Step::Bundle(at) => {
                    let at = at.index(all.len());
                    let result = device.update(&mut &all[at].bundle, NOW);
                    prop_assert_eq!(result.is_ok(), at >= have);
                    have = have.max(at);
                }
                Step::Damaged(at, which, byte) => {
                    let at = at.index(all.len());
                    let mut site = all[at].site.clone();
                    let bytes = site.files.get_mut(&file(at, which)).expect("there");
                    let place = byte.index(bytes.len());
                    bytes[place] ^= 1;
                    check(&mut device, &mut have, at, &all, site, false);
                }
                Step::Without(at, which) => {
                    let at = at.index(all.len());
                    let mut site = all[at].site.clone();
                    site.files.remove(&file(at, which));
                    check(&mut device, &mut have, at, &all, site, false);
                }
                Step::Mixed(at, which, other) => {
                    let at = at.index(all.len());
                    let mut site = all[at].site.clone();
                    let others: Vec<&Vec<u8>> = all.iter().flat_map(|one| one.site.files.values()).collect();
                    let name = file(at, which);
                    // Another publication's head is that publication's; here it is about the other files.
                    if name != FileName::Head {
                        site.files.insert(name, (*other.get(&others)).clone());
                    }
                    check(&mut device, &mut have, at, &all, site, false);
                }
            }
        }
    }
}
