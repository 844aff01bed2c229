//! What a register is for: demonstrations, or certificates that count. Once that is known it never changes, so that no
//! sample's record can ever be signed with a key that counts, nor a real one's with a key that counts for nothing.
//!
//! A register becomes known as one for demonstrations by a sample that is imported into it or by the first issuing under
//! a list for demonstrations, and as one that counts by the first issuing under a list that does.

use super::database::{Database, Isolation, values};
use super::read::{count, damaged};
use super::{Register, RegisterError, Undone};
use tegata_certificate::UnixTime;

/// What a register is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Usage {
    /// Demonstrations and tests.
    Demo,
    /// Certificates that count.
    Live,
}

impl Usage {
    /// Of a list, or a key, that is for demonstrations or not.
    #[must_use]
    pub fn of(demo: bool) -> Self {
        if demo { Self::Demo } else { Self::Live }
    }
}

impl Register {
    /// What the register is for, if that is known.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub fn usage(&mut self) -> Result<Option<Usage>, RegisterError> {
        self.run(usage_in)
    }

    /// Uses the register for that, from now on for ever.
    ///
    /// # Errors
    /// [`RegisterError::DemoRegister`] and [`RegisterError::LiveRegister`] if it is for the other.
    pub(crate) fn use_for(&mut self, usage: Usage, now: UnixTime) -> Result<(), RegisterError> {
        let place = self.place.clone();
        // Nearly always it is known: then nothing is written, and nobody waits.
        let known = match self.usage()? {
            Some(known) => known,
            None => self.transaction(Isolation::Alone, |database| {
                Ok::<_, Undone<RegisterError>>(claim_usage(database, usage, now)?)
            })?,
        };
        match (known, usage) {
            (Usage::Demo, Usage::Live) => Err(RegisterError::DemoRegister(place)),
            (Usage::Live, Usage::Demo) => Err(RegisterError::LiveRegister(place)),
            _ => Ok(()),
        }
    }
}

/// What the register is for afterwards, in a transaction that is open.
pub(super) fn claim_usage(database: &mut dyn Database, usage: Usage, now: UnixTime) -> Result<Usage, sqlx::Error> {
    let sql = "INSERT INTO register_use (id, demo, known_at) VALUES (1, ?, ?) ON CONFLICT (id) DO NOTHING";
    database.execute(sql, values![i64::from(usage == Usage::Demo), now.0])?;
    usage_in(database)?.ok_or_else(damaged)
}

fn usage_in(database: &mut dyn Database) -> Result<Option<Usage>, sqlx::Error> {
    let rows = database.query("SELECT demo FROM register_use WHERE id = 1", values![])?;
    rows.first().map(|row| Ok(Usage::of(count(row, 0)? == 1))).transpose()
}
