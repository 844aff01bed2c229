//! Lists of whoever happens to control the server.

use crate::simulator::{Forgery, ID, Key, NOW, Part, Scene, key, keys};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{FileName, Role, RootPin, TrustError};

/// A scene to be forged: everything is new, so that every file is read.
fn renewed(scene: &Scene, part: Part) -> Scene {
    let mut next = scene.clone();
    next.renew(9);
    if part == Part::Root {
        next.roll(keys(3));
    }
    if part == Part::Base {
        for shard in next.shards.values_mut() {
            shard.base = shard.delta.take().expect("a delta");
        }
    }
    next
}

fn own_keys(scene: &Scene, part: Part) -> Vec<Key> {
    match part.role() {
        Role::Root => scene.roots.last().expect("a root").signers.clone(),
        Role::Trust => scene.trust_keys.clone(),
        Role::Head => scene.head_keys.clone(),
        _ => scene.status_keys.clone(),
    }
}

/// The refusal of a new set in which one kind of file is signed so. Afterwards the genuine set is taken.
fn refusal(part: Part, forge: impl Fn(&Scene) -> (Role, &'static str, Vec<Key>)) -> TrustError {
    let scene = full();
    let mut device = Device::with(&scene);
    let genuine = renewed(&scene, part);
    let (role, id, signers) = forge(&genuine);
    let forged = Scene { forgery: Some(Forgery { part, role, id: id.to_owned(), signers }), ..genuine.clone() };
    let error = device.refuses_scene(&forged);
    device.accepts(&genuine);
    assert_eq!(device.versions().0, 2, "the refused files are in nobody's way");
    error
}

#[test]
fn a_file_without_signatures_is_refused() {
    for part in Part::ALL {
        let error = refusal(part, |_| (part.role(), ID, Vec::new()));
        assert_eq!(error, TrustError::Malformed { role: part.role() }, "{part:?}");
    }
}

#[test]
fn a_file_signed_by_strangers_is_refused() {
    for part in Part::ALL {
        let error = refusal(part, |_| (part.role(), ID, keys(5)));
        assert_eq!(error, TrustError::BelowThreshold { role: part.role() }, "{part:?}");
    }
}

#[test]
fn a_file_signed_by_every_other_role_is_refused() {
    for part in Part::ALL {
        let others = |scene: &Scene| {
            let roles = [
                (Role::Root, &scene.root_keys),
                (Role::Trust, &scene.trust_keys),
                (Role::Head, &scene.head_keys),
                (Role::Status, &scene.status_keys),
            ];
            let mut signers: Vec<Key> =
                roles.into_iter().filter(|(role, _)| *role != part.role()).flat_map(|(_, keys)| keys.clone()).collect();
            signers.push(scene.document_key.clone());
            signers
        };
        let error = refusal(part, |scene| (part.role(), ID, others(scene)));
        assert_eq!(error, TrustError::BelowThreshold { role: part.role() }, "{part:?}");
    }
}

#[test]
fn a_file_signed_for_another_repository_is_refused() {
    for part in Part::ALL {
        let error = refusal(part, |scene| (part.role(), "example.jp/other", own_keys(scene, part)));
        assert_eq!(error, TrustError::BelowThreshold { role: part.role() }, "{part:?}");
    }
}

#[test]
fn a_file_signed_as_another_role_is_refused() {
    for part in Part::ALL {
        for role in Role::ALL.into_iter().chain([Role::Request]).filter(|role| *role != part.role()) {
            let error = refusal(part, |scene| (role, ID, own_keys(scene, part)));
            assert_eq!(error, TrustError::BelowThreshold { role: part.role() }, "{part:?} signed as {role}");
        }
    }
}

#[test]
fn a_threshold_less_one_is_not_enough_for_any_file() {
    for part in [Part::Root, Part::Trust] {
        let error = refusal(part, |scene| {
            let own = match part {
                Part::Root => scene.roots[0].signers[..1].to_vec(),
                _ => own_keys(scene, part)[..1].to_vec(),
            };
            // The thief signs too: with all keys he made himself.
            (part.role(), ID, [own, scene.root_keys.clone(), keys(3)].concat())
        });
        assert_eq!(error, TrustError::BelowThreshold { role: part.role() }, "{part:?}");
    }
}

#[test]
fn two_of_three_leaked_keys_of_a_role_speak_for_no_other() {
    let scene = full();
    let mut device = Device::with(&scene);
    let mut thief = scene.clone();
    thief.renew(9);
    thief.roll(keys(3)).signers = scene.trust_keys[..2].to_vec();
    assert_eq!(device.refuses_scene(&thief), TrustError::BelowThreshold { role: Role::Root });
}

#[test]
fn a_list_of_another_repository_is_refused_even_if_this_ones_keys_signed_it() {
    for part in Part::ALL {
        let scene = full();
        let mut device = Device::with(&scene);
        let mut other = renewed(&scene, part);
        let id = "example.jp/other".to_owned();
        match part {
            Part::Root => other.roots[1].list.header.repository_id = id,
            Part::Trust => other.trust.header.repository_id = id,
            Part::Head => other.head.repository_id = id,
            Part::Base => other.shards.get_mut(&2).expect("a shard").base.0.repository_id = id,
            Part::Delta => {
                let shard = other.shards.get_mut(&2).expect("a shard");
                shard.base.0.repository_id = id.clone();
                shard.delta.as_mut().expect("a delta").0.repository_id = id;
            }
            Part::Withdrawals => other.withdrawals.get_mut(&4).expect("a list").header.repository_id = id,
        }
        assert_eq!(device.refuses_scene(&other), TrustError::OtherRepository { role: part.role() }, "{part:?}");
    }
}

#[test]
fn another_file_in_place_of_a_named_one_is_refused() {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let site = Site::of(&next);
    let head = *site.files.keys().find(|name| **name == FileName::Head).expect("a head");
    for name in site.files.keys().filter(|name| **name != head && **name != FileName::Root(1)) {
        for other in site.files.values().filter(|bytes| *bytes != &site.files[name]) {
            let mut device = Device::with(&scene);
            let mut swapped = site.clone();
            swapped.files.insert(*name, other.clone());
            if device.update(&mut swapped, NOW) == Ok(true) {
                assert!(!swapped.asked.contains(name), "{name} was read and another file taken for it");
            }
        }
    }
}

#[test]
fn a_stranger_cannot_even_begin_a_chain() {
    let scene = full();
    let mut device = Device::pinned(&scene);
    assert_eq!(device.refuses(&mut Site::of(&full()), NOW), TrustError::NotPinned);
    // The pinned payload under another signature is another file.
    let mut site = Site::of(&scene);
    let resigned = scene.sign(Role::Root, &scene.roots[0].list.encode(), &[key()]);
    site.files.insert(FileName::Root(1), resigned);
    assert_eq!(device.refuses(&mut site, NOW), TrustError::NotPinned);
    assert_eq!(device.stored, None);
    device.accepts(&scene);
    // And what is held under one pin is nothing under another.
    let mut repinned = Device { pin: RootPin([0; 32]), ..device.clone() };
    let held = device.held();
    let refused = tegata_trust_lists::update(held.as_ref(), &repinned.pin, &mut Site::of(&scene), NOW);
    assert_eq!(refused.err().map(|error| error.to_string()), Some(TrustError::NotPinned.to_string()));
    repinned.stored = None;
    assert_eq!(repinned.refuses(&mut Site::of(&scene), NOW), TrustError::NotPinned);
}
