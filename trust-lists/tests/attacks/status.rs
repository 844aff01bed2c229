//! Status files: whose they are, what they may say, and what a delta may do.

use crate::simulator::{DAY, Forgery, ID, Key, NOW, Part, Scene, header, key, keys, role, sign, status_set};
use crate::site::{Broken, Device, Site, full, named};
use tegata_certificate::cbor::Writer;
use tegata_trust_lists::{
    Bundle, FileName, Role, ShardFiles, StatusFault, StatusFiles, TrustError, encode_base, encode_delta, result_hash,
};

/// The set of shards of a scene is one issuer's and another's; each has keys of its own, and neither may
/// sign status files.
#[test]
fn no_issuers_key_signs_a_shard_not_even_its_own() {
    let scene = full();
    let own_request_key: Key = key();
    for signers in [vec![own_request_key], vec![scene.document_key.clone()]] {
        for part in [Part::Base, Part::Delta] {
            for signed_as in [Role::Status, Role::Request] {
                let mut device = Device::with(&scene);
                let mut next = scene.clone();
                next.renew(9);
                if part == Part::Base {
                    next.shards.values_mut().for_each(|shard| shard.base = shard.delta.take().expect("a delta"));
                }
                let forgery = Forgery { part, role: signed_as, id: ID.to_owned(), signers: signers.clone() };
                next.forgery = Some(forgery);
                assert_eq!(device.refuses_scene(&next), TrustError::BelowThreshold { role: Role::Status });
            }
        }
    }
}

#[test]
fn a_repository_without_a_status_role_publishes_no_status() {
    let mut scene = full();
    scene.roots[0].list.status = None;
    let mut device = Device::pinned(&scene);
    assert_eq!(device.refuses_scene(&scene), TrustError::BelowThreshold { role: Role::Status });
    scene.shards.clear();
    assert_eq!(device.refuses_scene(&scene), TrustError::BelowThreshold { role: Role::Status }, "nor withdrawals");
    scene.withdrawals.clear();
    device.accepts(&scene);
}

/// The refusal of shard 1 made of these payloads, which the status key signed and the head names truly.
fn refusal(base: &[u8], delta: Option<&[u8]>, result: [u8; 32]) -> TrustError {
    let (mut site, scene) = site_with(base, delta, result);
    let mut device = Device::with(&scene);
    device.refuses(&mut site, NOW)
}

fn site_with(base: &[u8], delta: Option<&[u8]>, result: [u8; 32]) -> (Site, Scene) {
    let scene = Scene::new();
    let mut next = scene.clone();
    next.head.version = 2;
    let signed = |payload: &[u8]| sign(Role::Status, ID, payload, &next.status_signers);
    let files = ShardFiles { base: signed(base), delta: delta.map(signed) };
    let bundle = next.bundle();
    let mut head = next.head_list(&bundle.roots, &bundle.trust);
    let names = StatusFiles { base: named(&files.base, 2), delta: files.delta.as_ref().map(|d| named(d, 3)), result };
    head.status.insert(1, names);
    let signed = next.sign(Role::Head, &head.encode(), &next.head_signers);
    let bundle = Bundle { head: signed, status: vec![files], ..bundle };
    (Site::serving(&bundle, &head), scene)
}

fn base(revoked: &[u32]) -> Vec<u8> {
    encode_base(&header(2, 14 * DAY), 1, &status_set(revoked), &[]).expect("a base")
}

fn delta(from: &[u32], to: &[u32]) -> Vec<u8> {
    let (from, to) = (status_set(from), status_set(to));
    encode_delta(&header(3, 14 * DAY), 1, (&from, &[]), (&to, &[])).expect("a delta")
}

fn result(revoked: &[u32]) -> [u8; 32] {
    result_hash(&status_set(revoked), &[]).expect("a hash")
}

fn bad(fault: StatusFault) -> TrustError {
    TrustError::BadStatus { shard: 1, fault }
}

#[test]
fn a_delta_leads_from_its_own_base_to_the_named_set_and_nowhere_else() {
    let (mut site, scene) = site_with(&base(&[1, 2]), Some(&delta(&[1, 2], &[1, 9])), result(&[1, 9]));
    assert_eq!(Device::with(&scene).update(&mut site, NOW), Ok(true));

    let wrong_base = refusal(&base(&[1, 3]), Some(&delta(&[1, 2], &[1, 9])), result(&[1, 9]));
    assert_eq!(wrong_base, bad(StatusFault::OtherBase));
    let other_result = refusal(&base(&[1, 2]), Some(&delta(&[1, 2], &[1, 9])), result(&[1, 2]));
    assert_eq!(other_result, bad(StatusFault::OtherResult));
    let other_result = refusal(&base(&[1, 2]), None, result(&[1, 9]));
    assert_eq!(other_result, bad(StatusFault::OtherResult));
    // A delta in a base's place, and a base in a delta's.
    let swapped = refusal(&delta(&[1, 2], &[1, 9]), Some(&base(&[1, 2])), result(&[1, 9]));
    assert!(matches!(swapped, TrustError::BadStatus { .. }), "{swapped}");
}

#[test]
fn a_file_that_says_another_shards_number_is_refused() {
    let other = encode_base(&header(2, 14 * DAY), 2, &status_set(&[1]), &[]).expect("a base");
    assert_eq!(refusal(&other, None, result(&[1])), bad(StatusFault::OtherShard));
    let set = (&status_set(&[1]), &[][..]);
    let other = encode_delta(&header(3, 14 * DAY), 2, set, set).expect("a delta");
    assert_eq!(refusal(&base(&[1]), Some(&other), result(&[1])), bad(StatusFault::OtherShard));
}

#[test]
fn every_changed_byte_of_a_delta_is_noticed() {
    let scene = full();
    let mut next = scene.clone();
    next.renew(9);
    let site = Site::of(&next);
    let name = site.named(|name| matches!(name, FileName::StatusDelta { shard: 1, .. }));
    let device = Device::with(&scene);
    let held = device.held();
    for place in 0..site.files[&name].len() {
        for bit in 0..8 {
            let mut changed = site.clone();
            changed.files.get_mut(&name).expect("there")[place] ^= 1 << bit;
            let refused = tegata_trust_lists::update(held.as_ref(), &device.pin, &mut changed, NOW);
            let not_named = TrustError::NotNamedByHead { role: Role::Status };
            assert_eq!(refused.err(), Some(tegata_trust_lists::UpdateError::<Broken>::Refused(not_named)));
        }
    }
}

#[test]
fn every_changed_byte_of_a_signed_delta_is_refused_or_gives_another_set() {
    // The status key itself signs the changed delta and the head names it: then the named result still holds.
    let (from, to) = ([1, 2, 300], [1, 9, 300, 4000]);
    let good = delta(&from, &to);
    for place in 0..good.len() {
        for bit in [1, 16, 128] {
            let mut changed = good.clone();
            changed[place] ^= bit;
            let (mut site, scene) = site_with(&base(&from), Some(&changed), result(&to));
            let mut device = Device::with(&scene);
            // A changed time or version may be possible; the set is the one named in any case.
            if device.update(&mut site, NOW) == Ok(true) {
                let held: Vec<u32> = device.state().shard(1).expect("held").set().iter().collect();
                assert_eq!(held, to, "byte {place}");
            }
        }
    }
}

/// A status payload with the shard's set or delta as these bytes.
fn raw(label: u64, body: impl Fn(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.map(8);
    let version = if label == 8 { 2 } else { 3 };
    for (label, value) in [(1, 3), (2, version), (3, NOW.0 as u64), (4, NOW.plus(DAY).0 as u64)] {
        writer.uint(label);
        writer.uint(value);
    }
    writer.uint(5);
    writer.text("vc-trust/1");
    writer.uint(6);
    writer.text(ID);
    writer.uint(7);
    writer.uint(1);
    writer.uint(label);
    body(&mut writer);
    writer.into_bytes()
}

#[test]
fn sizes_and_counts_beyond_what_is_there_are_refused_in_little_memory() {
    let data = vec![0xff; 1 << 16];
    for (size, count, fault) in [
        (u64::MAX, 1, StatusFault::Size),
        ((1 << 24) + 1, 1, StatusFault::Size),
        (1 << 24, u64::MAX, StatusFault::Count),
        (1 << 24, (1 << 24) + 1, StatusFault::Count),
        (1 << 24, 1 << 24, StatusFault::Truncated),
        (10, 11, StatusFault::Count),
    ] {
        let set = |writer: &mut Writer| {
            writer.array(4);
            writer.uint(size);
            writer.uint(count);
            writer.bytes(&data);
            writer.array(0);
        };
        let change = |writer: &mut Writer| {
            writer.array(5);
            writer.bytes(&[0; 32]);
            writer.uint(size);
            for _ in 0..2 {
                writer.array(2);
                writer.uint(count);
                writer.bytes(&data);
            }
            writer.array(0);
        };
        for (base, delta) in [(raw(8, set), None), (base(&[1]), Some(raw(9, change)))] {
            let (site, scene) = site_with(&base, delta.as_deref(), [0; 32]);
            let device = Device::with(&scene);
            let held = device.held();
            let mut refused = None;
            let used = allocation_counter::measure(|| {
                refused = tegata_trust_lists::update(held.as_ref(), &device.pin, &mut site.clone(), NOW).err();
            });
            let expected = tegata_trust_lists::UpdateError::<Broken>::Refused(bad(fault));
            assert_eq!(refused, Some(expected), "{size} {count}");
            assert!(used.bytes_max < 2 << 20, "{size} {count}: {} bytes", used.bytes_max);
        }
    }
}

#[test]
fn a_rotation_of_status_keys_lets_the_new_ones_begin_and_the_old_ones_end() {
    let scene = full();
    let mut device = Device::with(&scene);
    let new = keys(2);
    let mut next = scene.clone();
    next.renew(9);
    next.roll(keys(3)).list.status = Some(role(1, &new));
    assert_eq!(device.refuses_scene(&next), TrustError::BelowThreshold { role: Role::Status });
    next.status_signers = new.clone();
    next.shards.values_mut().for_each(|shard| shard.signers = new.clone());
    device.accepts(&next);
}
