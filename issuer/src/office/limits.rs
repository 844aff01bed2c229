//! How often something may be tried: by whom, and from where.

use crate::office::trouble::Trouble;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::num::NonZeroU32;

/// The limits of one office.
pub struct Limits {
    clock: DefaultClock,
    sign_ins: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<String>,
    searches: DefaultKeyedRateLimiter<String>,
    calls: DefaultKeyedRateLimiter<String>,
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
            calls: RateLimiter::keyed(a_minute(6_000)),
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
        self.check(&self.sign_ins, account)
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

    /// Before another system's call.
    ///
    /// # Errors
    /// [`Trouble::too_often`].
    pub fn call(&self, account: &str) -> Result<(), Trouble> {
        self.check(&self.calls, account)
    }

    /// Forgets those who have not tried for long.
    pub fn tidy(&self) {
        for limiter in [&self.sign_ins, &self.addresses, &self.searches, &self.calls] {
            limiter.retain_recent();
        }
    }

    fn check(&self, limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<(), Trouble> {
        limiter.check_key(&key.to_owned()).map_err(|not_until| {
            Trouble::too_often(not_until.wait_time_from(self.clock.now()).as_secs().saturating_add(1))
        })
    }
}
