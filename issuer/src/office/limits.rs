//! How often something may be tried: by whom, and from where.

use crate::office::backoff::Backoff;
use crate::office::trouble::Trouble;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Instant;

/// The limits of one office.
pub struct Limits {
    clock: DefaultClock,
    sign_ins: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<String>,
    searches: DefaultKeyedRateLimiter<String>,
    wrong: Backoff,
}

/// So many at once, and as many a minute.
fn a_minute(times: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN))
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            clock: DefaultClock::default(),
            sign_ins: RateLimiter::keyed(a_minute(5)),
            addresses: RateLimiter::keyed(a_minute(60)),
            searches: RateLimiter::keyed(a_minute(60)),
            wrong: Backoff::default(),
        }
    }
}

impl Limits {
    /// Before a password is looked at.
    ///
    /// # Errors
    /// [`Trouble::too_often`].
    pub fn sign_in(&self, account: &str, address: &str) -> Result<(), Trouble> {
        self.check(&self.addresses, address)?;
        if let Some(left) = self.wrong.wait(account, Instant::now()) {
            return Err(Trouble::too_often(left.as_secs().saturating_add(1)));
        }
        self.check(&self.sign_ins, account)
    }

    /// After a password was looked at: a wrong one makes the next wait longer, the right one wipes that out.
    pub fn signed_in(&self, account: &str, is_right: bool) {
        if is_right { self.wrong.right(account) } else { self.wrong.wrong(account, Instant::now()) }
    }

    /// Before somebody is sent to the provider or comes back from it.
    ///
    /// # Errors
    /// [`Trouble::too_often`].
    pub fn provider(&self, address: &str) -> Result<(), Trouble> {
        self.check(&self.addresses, address)
    }

    /// Before somebody is searched for.
    ///
    /// # Errors
    /// [`Trouble::too_often`].
    pub fn search(&self, account: &str) -> Result<(), Trouble> {
        self.check(&self.searches, account)
    }

    /// Forgets those who have not tried for long.
    pub fn tidy(&self) {
        for limiter in [&self.sign_ins, &self.addresses, &self.searches] {
            limiter.retain_recent();
        }
        self.wrong.tidy(Instant::now());
    }

    fn check(&self, limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<(), Trouble> {
        limiter.check_key(&key.to_owned()).map_err(|not_until| {
            Trouble::too_often(not_until.wait_time_from(self.clock.now()).as_secs().saturating_add(1))
        })
    }
}
