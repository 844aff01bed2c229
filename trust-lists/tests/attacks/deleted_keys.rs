//! Keys and anchors that quietly vanish, or count again.

use crate::simulator::{DAY, NOW, anchor, entry, key};
use crate::site::{Device, Site, full};
use tegata_trust_lists::{Anchor, AnchorRevocation, KeyEntry, KeyState, RevocationReason, TrustError};

const REVOKED: KeyState = KeyState::Revoked { at: NOW, reason: RevocationReason::Compromised };

#[test]
fn a_listed_key_may_leave_at_the_end_of_its_validity_and_not_a_second_before() {
    for state in [KeyState::Active, KeyState::Retired, REVOKED] {
        let mut scene = full();
        let end = NOW.plus(3 * DAY);
        let leaving = KeyEntry { ranges: vec![], sign_until: end, valid_until: end, state, ..entry(&key(), 0) };
        let kid = leaving.kid;
        scene.trust.keys.push(leaving);
        let mut device = Device::with(&scene);
        let mut next = scene.clone();
        next.renew(9);
        next.trust.keys.pop();
        let mut site = Site::of(&next);
        for now in [NOW, end.plus(-1)] {
            assert_eq!(device.refuses(&mut site, now), TrustError::KeyForgotten { kid }, "{state:?}");
        }
        // A clock that runs behind the publisher's: the list itself says what time it is.
        let mut later = next.clone();
        later.trust.header.issued_at = end;
        assert_eq!(device.clone().update(&mut Site::of(&later), end.plus(-60)), Ok(true), "{state:?}");
        assert_eq!(device.update(&mut site, end), Ok(true), "{state:?}");
    }
}

#[test]
fn a_revoked_key_stays_revoked() {
    for back in [KeyState::Active, KeyState::Retired] {
        let mut scene = full();
        scene.trust.keys[0].state = REVOKED;
        let kid = scene.trust.keys[0].kid;
        let mut device = Device::with(&scene);
        let mut next = scene.clone();
        next.renew(9);
        next.trust.keys[0].state = back;
        assert_eq!(device.refuses_scene(&next), TrustError::KeyUnrevoked { kid });
        next.trust.keys[0].state = REVOKED;
        device.accepts(&next);
    }
}

#[test]
fn an_issuer_that_is_renamed_keeps_its_keys_and_its_revocations() {
    let mut scene = full();
    let mut device = Device::with(&scene);
    scene.renew(9);
    scene.trust.issuers[0].name_en = "Kakuu-Tonari City".to_owned();
    device.accepts(&scene);
    scene.renew(10);
    scene.trust.keys[0].state = REVOKED;
    device.accepts(&scene);
    let kid = scene.trust.keys[0].kid;
    scene.renew(11);
    scene.trust.issuers[0].name_en = "Kakuu City".to_owned();
    scene.trust.keys[0].state = KeyState::Active;
    assert_eq!(device.refuses_scene(&scene), TrustError::KeyUnrevoked { kid });
}

#[test]
fn a_revoked_key_does_not_count_again_by_standing_in_the_list_of_another_issuer_too() {
    let mut scene = full();
    scene.trust.issuers.push(crate::simulator::issuer("Other City"));
    scene.trust.keys[0].ranges.clear();
    let other = KeyEntry { issuer: 1, ..scene.trust.keys[0].clone() };
    scene.trust.keys[0].state = REVOKED;
    scene.trust.keys.push(other);
    let kid = scene.trust.keys[0].kid;
    let mut device = Device::with(&scene);
    let mut next = scene.clone();
    next.renew(9);
    next.trust.keys[0].state = KeyState::Active;
    assert_eq!(device.refuses_scene(&next), TrustError::KeyUnrevoked { kid });
    next.trust.keys.remove(0);
    assert_eq!(device.refuses_scene(&next), TrustError::KeyUnrevoked { kid });
    next.trust.keys[0].state = REVOKED;
    let last = next.trust.keys.len() - 1;
    next.trust.keys[last].state = REVOKED;
    assert_eq!(device.refuses_scene(&next), TrustError::KeyForgotten { kid });
}

#[test]
fn a_listed_anchor_neither_vanishes_nor_counts_again_while_it_lasts() {
    let mut scene = full();
    let end = NOW.plus(3 * DAY);
    let revoked = Some(AnchorRevocation { at: NOW, reason: RevocationReason::Compromised });
    scene.trust.anchors = vec![Anchor { until: end, revoked, ..anchor() }];
    let sha256 = scene.trust.anchors[0].sha256;
    let mut device = Device::with(&scene);
    let mut next = scene.clone();
    next.renew(9);
    next.trust.anchors[0].revoked = None;
    assert_eq!(device.refuses_scene(&next), TrustError::AnchorUnrevoked { sha256 });
    next.trust.anchors.clear();
    assert_eq!(device.refuses(&mut Site::of(&next), end), TrustError::AnchorForgotten { sha256 });
    assert_eq!(device.update(&mut Site::of(&next), end.plus(1)), Ok(true));
}
