//! What of a list is taken, stated before it is read.

use super::{ImportError, Outcome};
use tegata_certificate::{Country, UnixTime};

const DAY: i64 = 86_400;

/// What of a list is taken. Every key that it leaves out is counted in the report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// The present.
    pub now: UnixTime,
    /// Whether keys are taken that nothing in force can be signed with any more.
    pub keep_expired: bool,
    /// Whether entries are taken that are marked or known as tests.
    pub keep_test: bool,
    /// Whether issuers are left out that the list has not reached for [`dead_after`](Self::dead_after).
    /// By default they stay: their keys are nowhere else, and people hold their certificates.
    pub drop_dead: bool,
    /// After how many seconds without an answer an issuer counts as dead.
    pub dead_after: i64,
    /// The oldest list that is taken, in seconds; `None`: any.
    pub max_age: Option<i64>,
    /// How long a key without a certificate may sign on after its list was made, in seconds: the list must be
    /// imported again before.
    pub undated_life: i64,
    /// The countries whose keys are taken; empty: all.
    pub countries: Vec<Country>,
    /// Whether a list is taken that nobody signed, or whose signature no key is at hand for. Whoever sets this has
    /// made sure of the list by another way, and the provenance says so.
    pub unsigned_ok: bool,
}

impl Policy {
    /// The defaults: keys in force, no tests, dead issuers kept, signed lists of any age.
    #[must_use]
    pub fn new(now: UnixTime) -> Self {
        Self {
            now,
            keep_expired: false,
            keep_test: false,
            drop_dead: false,
            dead_after: 180 * DAY,
            max_age: None,
            undated_life: 730 * DAY,
            countries: Vec::new(),
            unsigned_ok: false,
        }
    }

    /// Refuses a list that is too old, or was made in the future.
    ///
    /// # Errors
    /// [`ImportError::TooOld`], [`ImportError::FromTheFuture`].
    pub fn check_age(&self, as_of: Option<UnixTime>) -> Result<(), ImportError> {
        match (as_of, self.max_age) {
            (Some(as_of), _) if as_of > self.now.plus(DAY) => Err(ImportError::FromTheFuture { as_of }),
            (Some(as_of), Some(max)) if as_of.plus(max) < self.now => Err(ImportError::TooOld { as_of: Some(as_of) }),
            (None, Some(_)) => Err(ImportError::TooOld { as_of: None }),
            _ => Ok(()),
        }
    }

    /// Refuses a list that nobody vouches for, unless that was said to be right.
    ///
    /// # Errors
    /// [`ImportError::Unsigned`].
    pub fn accept_unsigned(&self) -> Result<Authenticity, ImportError> {
        if self.unsigned_ok { Ok(Authenticity::Unsigned) } else { Err(ImportError::Unsigned) }
    }

    /// Whether a key of that country that is valid until then is taken.
    ///
    /// # Errors
    /// [`Outcome::OutOfPolicy`], [`Outcome::Expired`].
    pub fn admit(&self, country: Country, valid_until: UnixTime) -> Result<(), Outcome> {
        if !self.countries.is_empty() && !self.countries.contains(&country) {
            return Err(Outcome::OutOfPolicy);
        }
        if valid_until <= self.now && !self.keep_expired {
            return Err(Outcome::Expired);
        }
        Ok(())
    }
}

/// Who vouches for a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Authenticity {
    /// It was signed by the key or certificate that the operator gave; this is the SHA-256 of that one (of the
    /// DER SubjectPublicKeyInfo for a bare key).
    Signed([u8; 32]),
    /// Nobody here: the operator said that it came by a way to be relied upon.
    Unsigned,
}
