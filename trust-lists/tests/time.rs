//! How lists age, and what they say about a clock.

mod simulator;

use simulator::{DAY, NOW, Scene};
use tegata_certificate::UnixTime;
use tegata_trust_lists::{Clock, Freshness, Role, TrustError};

const HEAD_EXPIRES: UnixTime = UnixTime(NOW.0 + 7 * DAY);
const GRACE: i64 = 30 * DAY;

fn at(offset: i64) -> UnixTime {
    HEAD_EXPIRES.plus(offset)
}

#[test]
fn lists_are_fresh_then_stale_then_expired_to_the_second() {
    let scene = Scene::new();
    let state = scene.load().expect("loads");
    assert_eq!(state.freshness(at(-1)), Freshness::Fresh);
    assert_eq!(state.freshness(at(0)), Freshness::Stale { expired_at: HEAD_EXPIRES, age: 7 * DAY });
    assert_eq!(state.freshness(at(GRACE)), Freshness::Stale { expired_at: HEAD_EXPIRES, age: 37 * DAY });
    assert_eq!(state.freshness(at(GRACE + 1)), Freshness::Expired { expired_at: HEAD_EXPIRES, age: 37 * DAY + 1 });
    assert!(scene.load_at(at(GRACE)).is_ok(), "a stale bundle loads");
    assert_eq!(scene.load_at(at(GRACE + 1)).err(), Some(TrustError::Expired { role: Role::Head, at: HEAD_EXPIRES }));
}

#[test]
fn the_older_of_head_and_trust_decides() {
    let mut scene = Scene::new();
    scene.trust.header.expires_at = NOW.plus(DAY);
    let state = scene.load().expect("loads");
    assert_eq!(state.freshness(NOW.plus(DAY - 1)), Freshness::Fresh);
    assert_eq!(state.freshness(NOW.plus(DAY)), Freshness::Stale { expired_at: NOW.plus(DAY), age: DAY });
    let error = scene.load_at(NOW.plus(DAY + GRACE + 1)).err();
    assert_eq!(error, Some(TrustError::Expired { role: Role::Trust, at: NOW.plus(DAY) }));
}

#[test]
fn the_roots_cap_and_a_verifiers_policy_only_narrow_the_grace() {
    let mut scene = Scene::new();
    scene.roots[0].list.grace_cap = DAY;
    let state = scene.load().expect("loads");
    assert!(matches!(state.freshness(at(DAY)), Freshness::Stale { .. }));
    assert!(matches!(state.freshness(at(DAY + 1)), Freshness::Expired { .. }));
    assert!(matches!(state.clone().with_grace(99 * DAY).freshness(at(DAY + 1)), Freshness::Expired { .. }));
    assert!(matches!(state.with_grace(0).freshness(at(1)), Freshness::Expired { .. }));
    scene.roots[0].list.grace_cap = 1 << 60;
    let state = scene.load().expect("loads");
    assert!(
        matches!(state.freshness(at(GRACE + 1)), Freshness::Expired { .. }),
        "the default holds below a generous cap"
    );
}

#[test]
fn an_expired_root_gets_no_grace() {
    let mut scene = Scene::new();
    let expiry = NOW.plus(DAY);
    scene.roots[0].list.header.expires_at = expiry;
    let state = scene.load_at(expiry.plus(-1)).expect("loads");
    assert_eq!(state.freshness(expiry), Freshness::Expired { expired_at: expiry, age: DAY });
    assert_eq!(scene.load_at(expiry).err(), Some(TrustError::Expired { role: Role::Root, at: expiry }));
}

#[test]
fn a_clock_that_was_set_back_revives_nothing() {
    let mut scene = Scene::new();
    // The head was renewed after the trust list had expired for good.
    scene.trust.header.expires_at = NOW.plus(DAY);
    scene.head.issued_at = NOW.plus(DAY + GRACE + 1);
    scene.head.expires_at = NOW.plus(DAY + GRACE + 2);
    let error = scene.load_at(NOW.plus(GRACE + 2));
    assert_eq!(error.err(), Some(TrustError::Expired { role: Role::Trust, at: NOW.plus(DAY) }));
}

#[test]
fn a_clock_behind_the_newest_list_is_called_so() {
    let mut scene = Scene::new();
    scene.head.issued_at = NOW.plus(3600);
    let state = scene.load().expect("loads within a day");
    assert_eq!(state.clock_floor(), NOW.plus(3600));
    assert_eq!(state.clock(NOW.plus(3600 - 301)), Clock::Behind { floor: NOW.plus(3600) });
    assert_eq!(state.clock(NOW.plus(3600 - 300)), Clock::Plausible, "machines differ by minutes");
    assert_eq!(state.clock(UnixTime(0)), Clock::Behind { floor: NOW.plus(3600) });
    assert_eq!(state.freshness(UnixTime(0)), Freshness::Fresh);
    assert_eq!(state.clock(NOW.plus(3650 * DAY)), Clock::Plausible);
}

#[test]
fn a_list_from_more_than_a_day_ahead_makes_the_clock_suspect() {
    for (role, ahead, refused) in [
        (Role::Head, DAY, false),
        (Role::Head, DAY + 1, true),
        (Role::Trust, DAY + 1, true),
        (Role::Root, DAY + 1, true),
    ] {
        let mut scene = Scene::new();
        let header = match role {
            Role::Root => &mut scene.roots[0].list.header,
            Role::Trust => &mut scene.trust.header,
            _ => &mut scene.head,
        };
        header.issued_at = NOW.plus(ahead);
        header.expires_at = NOW.plus(ahead + DAY);
        let expected = refused.then(|| TrustError::ClockSuspect { role, issued_at: NOW.plus(ahead) });
        assert_eq!(scene.load().err(), expected, "{role} {ahead}");
    }
}

#[test]
fn impossible_lifetimes_and_versions_are_refused() {
    for (version, issued_at, expires_at) in
        [(0, NOW, NOW.plus(1)), (1, NOW, NOW), (1, NOW, NOW.plus(-1)), (1, NOW, UnixTime(UnixTime::MAX.0 + 1))]
    {
        let mut scene = Scene::new();
        scene.trust.header = tegata_trust_lists::Header { version, issued_at, expires_at, ..scene.trust.header };
        assert_eq!(scene.error(), TrustError::BadLifetime { role: Role::Trust }, "{version} {issued_at} {expires_at}");
    }
    let mut scene = Scene::new();
    scene.trust.header.version = u64::MAX;
    scene.load().expect("any version from 1 on");
}
