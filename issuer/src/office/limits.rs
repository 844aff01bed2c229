//! How often something may be tried: by whom, and from where.

use crate::office::backoff::Backoff;
use crate::office::trouble::Trouble;
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a system waits that missed too often.
const MISSED: Duration = Duration::from_secs(60);

/// The limits of one office.
pub struct Limits {
    clock: DefaultClock,
    sign_ins: DefaultKeyedRateLimiter<String>,
    addresses: DefaultKeyedRateLimiter<String>,
    searches: DefaultKeyedRateLimiter<String>,
    calls: DefaultKeyedRateLimiter<String>,
    misses: DefaultKeyedRateLimiter<String>,
    /// Systems that asked for too many whom nobody knows, and until when they wait.
    waiting: Mutex<HashMap<String, Instant>>,
    wrong: Backoff,
}

/// So many at once, and as many a minute.
fn a_minute(times: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN))
}

impl Limits {
    /// The limits of an office where a system may miss so often a minute: name a person whom its station does not have.
    #[must_use]
    pub fn new(misses: u32) -> Self {
        Self {
            clock: DefaultClock::default(),
            sign_ins: RateLimiter::keyed(a_minute(5)),
            addresses: RateLimiter::keyed(a_minute(60)),
            searches: RateLimiter::keyed(a_minute(60)),
            calls: RateLimiter::keyed(a_minute(6_000)),
            misses: RateLimiter::keyed(a_minute(misses)),
            waiting: Mutex::default(),
            wrong: Backoff::default(),
        }
    }

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

    /// Before another system's call.
    ///
    /// # Errors
    /// [`Trouble::too_often`].
    pub fn call(&self, account: &str) -> Result<(), Trouble> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let left = waiting.get(account).map(|until| until.saturating_duration_since(Instant::now()));
        drop(waiting);
        match left.filter(|left| !left.is_zero()) {
            Some(left) => Err(Trouble::too_often(left.as_secs().saturating_add(1))),
            None => self.check(&self.calls, account),
        }
    }

    /// After a system named a person whom its station does not have. Who does so too often waits a minute, whatever it asks:
    /// birth dates are not found by trying.
    ///
    /// # Errors
    /// [`Trouble::too_often`].
    pub fn missed(&self, account: &str) -> Result<(), Trouble> {
        self.check(&self.misses, account).inspect_err(|_| {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.insert(account.to_owned(), Instant::now() + MISSED);
        })
    }

    /// Forgets those who have not tried for long.
    pub fn tidy(&self) {
        for limiter in [&self.sign_ins, &self.addresses, &self.searches, &self.calls, &self.misses] {
            limiter.retain_recent();
        }
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.retain(|_, until| *until > Instant::now());
        self.wrong.tidy(Instant::now());
    }

    fn check(&self, limiter: &DefaultKeyedRateLimiter<String>, key: &str) -> Result<(), Trouble> {
        limiter.check_key(&key.to_owned()).map_err(|not_until| {
            Trouble::too_often(not_until.wait_time_from(self.clock.now()).as_secs().saturating_add(1))
        })
    }
}
