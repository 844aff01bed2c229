//! The same lists for ever: they age to the second, and a device says so.

use crate::simulator::{DAY, NOW, Part, Scene};
use crate::site::{Device, Site, full};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Freshness, Header, Role, TrustError};

const GRACE: i64 = 30 * DAY;
const EXPIRY: UnixTime = UnixTime(NOW.0 + DAY);

/// A scene in which everything but that part lives long.
fn frozen(part: Part) -> Scene {
    let mut scene = full();
    let live = |header: &mut Header, this: Part| {
        header.expires_at = if this == part { EXPIRY } else { NOW.plus(700 * DAY) };
    };
    live(&mut scene.roots[0].list.header, Part::Root);
    live(&mut scene.trust.header, Part::Trust);
    live(&mut scene.head, Part::Head);
    for shard in scene.shards.values_mut() {
        live(&mut shard.base.0, Part::Base);
        if let Some((header, _)) = &mut shard.delta {
            live(header, Part::Delta);
        }
    }
    live(&mut scene.withdrawals.get_mut(&4).expect("a list").header, Part::Withdrawals);
    scene
}

#[test]
fn a_server_that_stands_still_ages_to_the_second() {
    for part in [Part::Trust, Part::Head, Part::Base, Part::Delta, Part::Withdrawals] {
        let scene = frozen(part);
        let mut device = Device::with(&scene);
        let mut site = Site::of(&scene);
        for (offset, fresh) in [(-1, true), (0, false), (1, false), (GRACE - 1, false), (GRACE, false)] {
            let now = EXPIRY.plus(offset);
            assert_eq!(device.update(&mut site, now), Ok(false), "{part:?} {offset}: usable, nothing new");
            let expected = match fresh {
                true => Freshness::Fresh,
                false => Freshness::Stale { expired_at: EXPIRY, age: DAY + offset },
            };
            assert_eq!(device.state().freshness(now), expected, "{part:?} {offset}");
        }
        for offset in [GRACE + 1, 10 * 365 * DAY] {
            let now = EXPIRY.plus(offset);
            if now < scene.roots[0].list.header.expires_at {
                let expired = TrustError::Expired { role: part.role(), at: EXPIRY };
                assert_eq!(device.refuses(&mut site, now), expired, "{part:?} {offset}");
            }
            assert!(matches!(device.state().freshness(now), Freshness::Expired { .. }), "{part:?} {offset}");
        }
    }
}

#[test]
fn a_root_that_is_not_renewed_ends_everything_to_the_second() {
    let scene = frozen(Part::Root);
    let mut device = Device::with(&scene);
    let mut site = Site::of(&scene);
    assert_eq!(device.update(&mut site, EXPIRY.plus(-1)), Ok(false));
    assert_eq!(device.state().freshness(EXPIRY.plus(-1)), Freshness::Fresh);
    site.asked.clear();
    let expired = TrustError::Expired { role: Role::Root, at: EXPIRY };
    assert_eq!(device.refuses(&mut site, EXPIRY), expired);
    assert_eq!(site.asked.len(), 1, "no head is asked for in the name of an expired root");
    assert!(matches!(device.state().freshness(EXPIRY), Freshness::Expired { .. }));
}

#[test]
fn an_expired_base_under_a_living_delta_is_fresh() {
    let mut scene = frozen(Part::Base);
    scene.shards.remove(&2);
    let device = Device::with(&scene);
    assert_eq!(device.state().freshness(EXPIRY.plus(GRACE + 1)), Freshness::Fresh);
}

#[test]
fn lists_of_last_week_on_a_stick_load_as_stale_and_older_ones_do_not() {
    let scene = frozen(Part::Head);
    let mut newer = scene.clone();
    newer.renew(9);
    let late = EXPIRY.plus(GRACE);
    let mut device = Device::with(&scene);
    assert_eq!(device.clone().update(&mut &newer.bundle(), late), Ok(true), "newer than ours, within grace");
    assert_eq!(Device::pinned(&scene).update(&mut &newer.bundle(), late), Ok(true), "the first it has");
    let expired = TrustError::Expired { role: Role::Head, at: EXPIRY };
    assert_eq!(device.refuses(&mut &newer.bundle(), late.plus(1)), expired);
    assert_eq!(Device::pinned(&scene).refuses(&mut &newer.bundle(), late.plus(1)), expired);
}

#[test]
fn what_was_kept_opens_after_its_expiry_and_still_bars_what_is_older() {
    let mut scene = full();
    let first = scene.clone();
    scene.renew(9);
    let mut device = Device::with(&scene);
    let late = NOW.plus(365 * DAY);
    assert!(matches!(device.state().freshness(late), Freshness::Expired { .. }));
    assert!(matches!(device.refuses(&mut Site::of(&first), late), TrustError::Rollback { .. }));
}
