//! Whoever gives wrong passwords waits, each time longer: guessing gets slower, and a slip costs little.
//!
//! It is counted by account, from wherever somebody tries, also for names that nobody has: what is told tells nothing.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Wrong passwords one after another that cost nothing.
const FREE: u32 = 4;
/// What the next one costs; each further one twice as much.
const FIRST: Duration = Duration::from_secs(30);
/// The most that one costs: an account that others attack opens again for its owner.
const LONGEST: Duration = Duration::from_secs(900);
/// After so long without another, all is forgotten.
const MEMORY: Duration = Duration::from_secs(24 * 3_600);
/// Names that are remembered. Beyond it, those that tried longest ago go.
const MOST: usize = 10_000;

/// Who gave wrong passwords.
#[derive(Default)]
pub(super) struct Backoff(Mutex<HashMap<String, Wrong>>);

#[derive(Clone, Copy)]
struct Wrong {
    times: u32,
    last: Instant,
}

impl Wrong {
    /// How long to wait after the last one.
    fn cost(self) -> Duration {
        match self.times.saturating_sub(FREE) {
            0 => Duration::ZERO,
            more => FIRST.saturating_mul(1_u32.checked_shl(more - 1).unwrap_or(u32::MAX)).min(LONGEST),
        }
    }
}

impl Backoff {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Wrong>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long that account still waits, if it does.
    pub(super) fn wait(&self, account: &str, now: Instant) -> Option<Duration> {
        let wrong = *self.all().get(account)?;
        (wrong.last + wrong.cost()).checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// A wrong password was given.
    pub(super) fn wrong(&self, account: &str, now: Instant) {
        let mut all = self.all();
        if all.len() >= MOST && !all.contains_key(account) {
            let oldest = all.iter().min_by_key(|(_, wrong)| (wrong.cost(), wrong.last)).map(|(name, _)| name.clone());
            if let Some(name) = oldest {
                all.remove(&name);
            }
        }
        let wrong = all.entry(account.to_owned()).or_insert(Wrong { times: 0, last: now });
        *wrong = Wrong { times: wrong.times.saturating_add(1), last: now };
    }

    /// The right one was given.
    pub(super) fn right(&self, account: &str) {
        self.all().remove(account);
    }

    /// Forgets those who have not tried for long.
    pub(super) fn tidy(&self, now: Instant) {
        self.all().retain(|_, wrong| now.saturating_duration_since(wrong.last) < MEMORY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wrong_password_costs_twice_the_one_before_up_to_a_bound() {
        let (backoff, mut now) = (Backoff::default(), Instant::now());
        let mut costs = Vec::new();
        for _ in 0..12 {
            backoff.wrong("hanako", now);
            let cost = backoff.wait("hanako", now).unwrap_or_default();
            costs.push(cost.as_secs());
            if !cost.is_zero() {
                assert!(backoff.wait("hanako", now + cost - Duration::from_millis(1)).is_some());
            }
            now += cost;
            assert_eq!(backoff.wait("hanako", now), None, "then it may be tried again");
        }
        assert_eq!(costs, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        assert_eq!(backoff.wait("jiro", now), None, "nobody else waits");
        backoff.right("hanako");
        backoff.wrong("hanako", now);
        assert_eq!(backoff.wait("hanako", now), None, "the right one wipes it out");
    }

    #[test]
    fn it_forgets_and_never_grows_beyond_its_bound() {
        let (backoff, now) = (Backoff::default(), Instant::now());
        for _ in 0..8 {
            backoff.wrong("hanako", now);
        }
        for name in 0..11_000 {
            backoff.wrong(&format!("x{name}"), now);
        }
        assert_eq!(backoff.all().len(), MOST);
        assert!(backoff.wait("hanako", now).is_some(), "made-up names push out no one who waits");
        backoff.tidy(now + Duration::from_secs(3_600));
        assert_eq!(backoff.all().len(), MOST);
        backoff.tidy(now + MEMORY);
        assert!(backoff.all().is_empty());
    }
}
