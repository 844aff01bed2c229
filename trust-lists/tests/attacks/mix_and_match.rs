//! Genuine files of different publications, put together.

use crate::simulator::{NOW, Scene};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{FileName, Role, StatusFault, TrustError};

/// What a head is made to say.
type Lie = fn(&mut tegata_trust_lists::Head);

/// Three publications one after the other, and a device with the first.
fn three() -> (Device, [Scene; 3]) {
    let first = full();
    let mut second = first.clone();
    second.renew(8);
    let mut third = second.clone();
    third.renew(9);
    (Device::with(&first), [first, second, third])
}

/// The middle publication's head over files of another one: where it names a file, the other's is served.
fn refusals(is: impl Fn(&FileName) -> bool) {
    let (_, [first, second, third]) = three();
    for other in [&first, &third] {
        let mut site = Site::of(&second);
        let name = site.named(&is);
        let foreign = Site::of(other);
        let file = foreign.files[&foreign.named(&is)].clone();
        site.files.insert(name, file);
        let mut device = Device::pinned(&second);
        let refused = device.refuses(&mut site, NOW);
        let expected = [TrustError::NotNamedByHead { role: name.role() }, TrustError::TooLarge { role: name.role() }];
        assert!(expected.contains(&refused), "{name}: {refused}");
        assert_eq!(device.stored, None);
    }
}

#[test]
fn a_head_with_the_trust_list_of_another_publication_is_refused() {
    refusals(|name| matches!(name, FileName::Trust(_)));
}

#[test]
fn a_head_with_status_files_of_another_publication_is_refused() {
    refusals(|name| matches!(name, FileName::StatusDelta { shard: 1, .. }));
    refusals(|name| matches!(name, FileName::Withdrawals { .. }));
}

#[test]
fn a_head_that_itself_mixes_publications_is_refused() {
    let (_, [first, second, third]) = three();
    let mut device = Device::with(&second);
    let mut mixed = third.clone();
    mixed.trust = first.trust.clone();
    assert!(matches!(device.refuses_scene(&mixed), TrustError::Rollback { found: 1, held: 2, .. }), "trust N-1");
    let mut mixed = third;
    mixed.shards = first.shards;
    assert!(matches!(device.refuses_scene(&mixed), TrustError::Rollback { .. }), "status N-1");
}

#[test]
fn a_bundle_of_two_publications_is_refused() {
    let (mut device, [_, second, third]) = three();
    let (second, third) = (second.bundle(), third.bundle());
    let not_named = |role| TrustError::NotNamedByHead { role };
    let mut mixed = third.clone();
    mixed.trust = second.trust.clone();
    assert_eq!(device.refuses(&mut &mixed, NOW), not_named(Role::Trust));
    let mut mixed = third.clone();
    mixed.status = second.status.clone();
    assert_eq!(device.refuses(&mut &mixed, NOW), not_named(Role::Status));
    let mut mixed = third.clone();
    mixed.status.swap(0, 1);
    assert!(matches!(
        device.refuses(&mut &mixed, NOW),
        TrustError::NotNamedByHead { .. } | TrustError::TooLarge { .. }
    ));
    let mut mixed = third;
    mixed.status.pop();
    assert!(matches!(device.refuses(&mut &mixed, NOW), TrustError::Withheld { .. }));
}

#[test]
fn a_head_that_names_another_shards_file_is_refused() {
    let (mut device, [_, second, _]) = three();
    let bundle = second.bundle();
    let mut head = second.head_list(&bundle.roots, &bundle.trust);
    let (one, two) = (head.status[&1], head.status[&2]);
    head.status.insert(1, two);
    head.status.insert(2, one);
    let mut bundle = bundle;
    bundle.status.swap(0, 1);
    bundle.head = second.sign(Role::Head, &head.encode(), &second.head_signers);
    let fault = TrustError::BadStatus { shard: 1, fault: StatusFault::OtherShard };
    assert_eq!(device.refuses(&mut Site::serving(&bundle, &head), NOW), fault);
    assert_eq!(device.refuses(&mut &bundle, NOW), fault);
}

#[test]
fn a_head_that_lies_about_a_version_is_refused() {
    let (mut device, [_, second, _]) = three();
    let bundle = second.bundle();
    let lies: [(Role, Lie); 4] = [
        (Role::Trust, |head| head.trust.version += 1),
        (Role::Status, |head| head.status.get_mut(&1).expect("a shard").base.version -= 1),
        (Role::Status, |head| {
            head.status.get_mut(&1).expect("a shard").delta.as_mut().expect("a delta").version += 1;
        }),
        (Role::Status, |head| head.withdrawals.get_mut(&4).expect("a list").version += 1),
    ];
    for (place, (role, lie)) in lies.into_iter().enumerate() {
        let mut head = second.head_list(&bundle.roots, &bundle.trust);
        lie(&mut head);
        let mut bundle = bundle.clone();
        bundle.head = second.sign(Role::Head, &head.encode(), &second.head_signers);
        let refused = device.refuses(&mut Site::serving(&bundle, &head), NOW);
        assert_eq!(refused, TrustError::NotNamedByHead { role }, "lie {place}");
    }
}
