//! Devices whose clock is wrong.

use crate::simulator::{DAY, NOW, Scene};
use crate::site::{Device, Site, full};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Clock, Freshness, Header, Held, Role, TrustError};

/// What a device says of its lists and of its clock, after an attempt to update.
fn at(now: UnixTime) -> (Result<bool, TrustError>, Clock, Freshness) {
    let scene = full();
    let mut device = Device::with(&scene);
    let updated = match device.update(&mut Site::of(&scene), now) {
        Ok(changed) => Ok(changed),
        Err(tegata_trust_lists::UpdateError::Refused(error)) => Err(error),
        Err(other) => panic!("{other}"),
    };
    (updated, device.state().clock(now), device.state().freshness(now))
}

#[test]
fn a_clock_in_1970_is_called_wrong_and_revives_nothing() {
    let suspect = TrustError::ClockSuspect { role: Role::Root, issued_at: NOW };
    for now in [UnixTime(0), UnixTime(i64::MIN), NOW.plus(-DAY - 1)] {
        assert_eq!(at(now), (Err(suspect.clone()), Clock::Behind { floor: NOW }, Freshness::Fresh), "{now:?}");
    }
}

#[test]
fn a_clock_a_day_behind_is_called_behind() {
    assert_eq!(at(NOW.plus(-DAY)), (Ok(false), Clock::Behind { floor: NOW }, Freshness::Fresh));
    assert_eq!(at(NOW.plus(-301)), (Ok(false), Clock::Behind { floor: NOW }, Freshness::Fresh));
    assert_eq!(at(NOW.plus(-300)), (Ok(false), Clock::Plausible, Freshness::Fresh));
}

#[test]
fn a_clock_ten_years_ahead_finds_everything_expired() {
    let now = NOW.plus(3650 * DAY);
    let (updated, clock, freshness) = at(now);
    assert_eq!(updated, Err(TrustError::Expired { role: Role::Root, at: NOW.plus(730 * DAY) }));
    assert_eq!(clock, Clock::Plausible);
    assert!(matches!(freshness, Freshness::Expired { .. }));
}

/// Everything issued so much later.
fn issued_later(scene: &Scene, seconds: i64) -> Scene {
    let mut next = scene.clone();
    next.renew(9);
    let later = |header: &mut Header| {
        header.issued_at = header.issued_at.plus(seconds);
        header.expires_at = header.expires_at.plus(seconds);
    };
    later(&mut next.head);
    later(&mut next.trust.header);
    next.shards.values_mut().for_each(|shard| later(&mut shard.delta.as_mut().expect("a delta").0));
    next.withdrawals.values_mut().for_each(|list| later(&mut list.header));
    next
}

#[test]
fn a_clock_set_back_does_not_revive_expired_lists() {
    let scene = full();
    let mut device = Device::with(&scene);
    // One list was issued long after another expired for good.
    let mut next = issued_later(&scene, 60 * DAY);
    next.trust.header = Header { version: 2, ..scene.trust.header.clone() };
    next.trust.header.expires_at = NOW.plus(DAY);
    let expired = TrustError::Expired { role: Role::Trust, at: NOW.plus(DAY) };
    for now in [NOW.plus(60 * DAY), NOW.plus(59 * DAY)] {
        assert_eq!(device.refuses(&mut Site::of(&next), now), expired);
    }
    // What is held is measured against the newest moment ever seen, over restarts and recoveries.
    let next = issued_later(&scene, 10 * DAY);
    assert_eq!(device.update(&mut Site::of(&next), NOW.plus(10 * DAY)), Ok(true));
    assert_eq!(device.state().clock_floor(), NOW.plus(10 * DAY));
    assert_eq!(device.state().clock(NOW), Clock::Behind { floor: NOW.plus(10 * DAY) });
}

#[test]
fn a_list_from_more_than_a_day_ahead_is_refused_whichever_it_is() {
    let scene = full();
    for (ahead, suspect) in [(DAY, false), (DAY + 1, true)] {
        for place in 0..4 {
            let later = issued_later(&scene, ahead);
            let mut next = scene.clone();
            next.renew(9);
            let role = match place {
                0 => {
                    next.head = later.head;
                    Role::Head
                }
                1 => {
                    next.trust = later.trust;
                    Role::Trust
                }
                2 => {
                    next.shards = later.shards;
                    Role::Status
                }
                _ => {
                    next.withdrawals = later.withdrawals;
                    Role::Status
                }
            };
            let mut device = Device::with(&scene);
            if suspect {
                let expected = TrustError::ClockSuspect { role, issued_at: NOW.plus(ahead) };
                assert_eq!(device.refuses_scene(&next), expected);
                assert_eq!(device.state().clock_floor(), NOW, "a refused list teaches no time");
            } else {
                device.accepts(&next);
                assert_eq!(device.state().clock_floor(), NOW.plus(ahead));
            }
        }
    }
}

#[test]
fn no_byte_of_what_is_kept_can_be_changed_unnoticed() {
    let scene = full();
    let device = Device::with(&scene);
    let kept = device.stored.clone().expect("held");
    assert_eq!(Held::open(&kept, &device.pin).expect("opens").encode(), kept);
    for place in 0..kept.len() {
        let mut changed = kept.clone();
        changed[place] ^= 1 << (place % 8);
        assert!(Held::open(&changed, &device.pin).is_err(), "byte {place}");
    }
    for length in [0, 1, kept.len() / 2, kept.len() - 1] {
        assert_eq!(Held::open(&kept[..length], &device.pin).err(), Some(TrustError::HeldMalformed), "cut to {length}");
    }
    let longer = [&kept[..], &[0]].concat();
    assert_eq!(Held::open(&longer, &device.pin).err(), Some(TrustError::HeldMalformed));
    assert_eq!(Held::open(&kept, &tegata_trust_lists::RootPin([1; 32])).err(), Some(TrustError::NotPinned));
}
