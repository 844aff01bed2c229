//! A visit: who is signed in, since when, and whom they have looked up.
//!
//! It lies in the session, on the server; the browser has a random name for it and nothing else. Whoever was found by a
//! search gets a handle that is good in this session only: no page's address holds anybody's number, and nobody is
//! reached by counting.

use crate::office::language::Tongue;
use crate::office::role::{Duty, Role};
use crate::record::RegisterNumber;
use crate::register::{Actor, ActorError};
use serde::{Deserialize, Serialize};
use tegata_certificate::UnixTime;
use tower_sessions::Session;
use tower_sessions::session::Error as SessionError;

/// Where it lies in the session.
pub(super) const KEY: &str = "visit";
/// People whom one session can go back to.
const REMEMBERED: usize = 50;

/// Who is signed in.
#[derive(Clone, Serialize, Deserialize)]
pub struct Visit {
    /// The account's name.
    pub account: String,
    /// How the person is called.
    pub display: String,
    /// The names of the roles.
    pub roles: Vec<String>,
    /// The station.
    pub station: String,
    /// When they signed in.
    pub since: i64,
    /// When they last asked for something.
    pub seen: i64,
    /// Whether nobody was there for too long.
    pub is_locked: bool,
    /// Whether they signed in at a provider.
    pub is_foreign: bool,
    /// What every form brings back.
    pub token: String,
    /// The language.
    pub tongue: Tongue,
    /// The people looked up, newest last.
    people: Vec<Found>,
}

/// Somebody who was looked up.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// Good in this session only.
    pub handle: String,
    number: String,
    /// What they were searched for.
    pub purpose: String,
}

impl Found {
    /// The number in the register.
    #[must_use]
    pub fn number(&self) -> Option<RegisterNumber> {
        RegisterNumber::parse(&self.number)
    }
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Visit({} at {})", self.account, self.station)
    }
}

/// Who signs in.
pub struct Arrival {
    /// The account's name.
    pub account: String,
    /// How the person is called.
    pub display: String,
    /// Their roles.
    pub roles: Vec<Role>,
    /// Their station.
    pub station: String,
    /// Whether a provider vouches for them.
    pub is_foreign: bool,
}

impl Visit {
    /// Begins a visit, under a new name of the session: one that somebody else knew before is worth nothing.
    ///
    /// # Errors
    /// If the session cannot be kept, or the system gives no randomness.
    pub async fn begin(
        session: &Session,
        arrival: Arrival,
        tongue: Tongue,
        now: UnixTime,
    ) -> Result<Self, SessionError> {
        session.clear().await;
        session.cycle_id().await?;
        let visit = Self {
            account: arrival.account,
            display: arrival.display,
            roles: arrival.roles.iter().map(|role| role.name().to_owned()).collect(),
            station: arrival.station,
            since: now.0,
            seen: now.0,
            is_locked: false,
            is_foreign: arrival.is_foreign,
            token: random(),
            tongue,
            people: Vec::new(),
        };
        session.insert(KEY, &visit).await?;
        Ok(visit)
    }

    /// The visit of this session.
    ///
    /// # Errors
    /// If the session cannot be read.
    pub async fn of(session: &Session) -> Result<Option<Self>, SessionError> {
        session.get(KEY).await
    }

    /// Keeps what changed.
    ///
    /// # Errors
    /// If the session cannot be kept.
    pub async fn keep(&self, session: &Session) -> Result<(), SessionError> {
        session.insert(KEY, self).await
    }

    /// The roles.
    #[must_use]
    pub fn roles(&self) -> Vec<Role> {
        self.roles.iter().filter_map(|role| Role::from_name(role)).collect()
    }

    /// Whether they do that.
    #[must_use]
    pub fn does(&self, duty: Duty) -> bool {
        duty.is_of(&self.roles())
    }

    /// Who acts, for the audit.
    ///
    /// # Errors
    /// If the account's name or the station's is none that the audit takes.
    pub fn actor(&self) -> Result<Actor, ActorError> {
        Actor::new(&self.account, &self.station)
    }

    /// A handle for somebody who was found.
    pub fn remember(&mut self, number: &RegisterNumber, purpose: &str) -> Found {
        if let Some(known) =
            self.people.iter().find(|found| found.number == number.as_str() && found.purpose == purpose)
        {
            return known.clone();
        }
        let found = Found { handle: random(), number: number.to_string(), purpose: purpose.to_owned() };
        if self.people.len() >= REMEMBERED {
            self.people.remove(0);
        }
        self.people.push(found.clone());
        found
    }

    /// Whom a handle means.
    #[must_use]
    pub fn found(&self, handle: &str) -> Option<&Found> {
        self.people.iter().find(|found| found.handle == handle)
    }
}

/// 128 random bits as text. Without randomness none is made that could be guessed: the process ends the request.
pub(super) fn random() -> String {
    let mut bytes = [0; 16];
    // A system without randomness has none for session names either, which the library makes: it would stop there.
    if getrandom::fill(&mut bytes).is_err() {
        return String::new();
    }
    base16ct::lower::encode_string(&bytes)
}
