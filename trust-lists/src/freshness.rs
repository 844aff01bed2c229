//! How old lists are, and what they say about the clock.

use crate::header::Header;
use tegata_certificate::UnixTime;

/// How long lists may be used after their expiry unless the root's cap or the verifier's policy
/// says less, in seconds: 30 days.
pub const DEFAULT_GRACE: i64 = 30 * 86_400;

/// How far behind the newest list a clock may be before it is called wrong, in seconds: what two
/// honest machines differ by.
const CLOCK_SKEW: i64 = 300;

/// How old the lists are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Freshness {
    /// None has expired.
    Fresh,
    /// One has expired, but within grace: usable, and worth telling.
    Stale {
        /// When the first of them expired.
        expired_at: UnixTime,
        /// How long ago that list was issued, in seconds.
        age: i64,
    },
    /// Too old to be used.
    Expired {
        /// When the first of them expired.
        expired_at: UnixTime,
        /// How long ago that list was issued, in seconds.
        age: i64,
    },
}

/// A device's clock, seen from the lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Clock {
    /// Nothing speaks against it.
    Plausible,
    /// It is behind a moment that has surely passed: nothing that depends on time can be decided.
    Behind {
        /// That moment.
        floor: UnixTime,
    },
}

pub(crate) fn clock(floor: UnixTime, now: UnixTime) -> Clock {
    if now.plus(CLOCK_SKEW) < floor { Clock::Behind { floor } } else { Clock::Plausible }
}

/// The root gets no grace: who speaks for whom is not a thing to be vague about.
pub(crate) fn freshness<'a>(
    root: &Header,
    lists: impl Iterator<Item = &'a Header>,
    grace: i64,
    now: UnixTime,
) -> Freshness {
    let age = |header: &Header| now.0.saturating_sub(header.issued_at.0);
    if now >= root.expires_at {
        return Freshness::Expired { expired_at: root.expires_at, age: age(root) };
    }
    match lists.min_by_key(|header| header.expires_at) {
        Some(oldest) if now > oldest.expires_at.plus(grace) => {
            Freshness::Expired { expired_at: oldest.expires_at, age: age(oldest) }
        }
        Some(oldest) if now >= oldest.expires_at => {
            Freshness::Stale { expired_at: oldest.expires_at, age: age(oldest) }
        }
        _ => Freshness::Fresh,
    }
}
