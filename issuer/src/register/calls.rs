//! Answers to other systems' calls, kept for a while under the key that the system named them by: who asks again after a
//! broken connection gets the same answer, and nothing is done twice.
//!
//! What is kept are counts, codes and lines: nobody's name or number.

use super::database::{Isolation, values};
use super::read::{kid, text};
use super::{Register, RegisterError, Undone};
use tegata_certificate::UnixTime;

/// Seconds that an answer is kept.
const KEPT: i64 = 48 * 3_600;

/// An answer that was given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct KeptAnswer {
    /// SHA-256 of what was asked.
    pub(crate) digest: [u8; 32],
    /// The answer's text.
    pub(crate) answer: String,
}

impl Register {
    /// What that account was answered under that key, not longer ago than two days.
    ///
    /// # Errors
    /// If the register cannot be read.
    pub(crate) fn kept_answer(
        &mut self,
        account: &str,
        key: &str,
        now: UnixTime,
    ) -> Result<Option<KeptAnswer>, RegisterError> {
        self.run(|database| {
            let sql = "SELECT digest, answer FROM system_call WHERE account = ? AND call_key = ? AND answered_at > ?";
            let rows = database.query(sql, values![account, key, now.0 - KEPT])?;
            rows.first()
                .map(|row| Ok(KeptAnswer { digest: kid(row, 0)?, answer: text(row, 1)?.to_owned() }))
                .transpose()
        })
    }

    /// Keeps an answer, and forgets those that are too old. Of two under one key the first stays.
    ///
    /// # Errors
    /// If the register cannot be written.
    pub(crate) fn keep_answer(
        &mut self,
        account: &str,
        key: &str,
        kept: &KeptAnswer,
        now: UnixTime,
    ) -> Result<(), RegisterError> {
        self.transaction(Isolation::Alone, |database| {
            database.execute("DELETE FROM system_call WHERE answered_at <= ?", values![now.0 - KEPT])?;
            let sql = "INSERT INTO system_call (account, call_key, digest, answer, answered_at) VALUES (?, ?, ?, ?, ?) \
                       ON CONFLICT (account, call_key) DO NOTHING";
            database.execute(sql, values![account, key, &kept.digest, &kept.answer, now.0])?;
            Ok::<(), Undone<RegisterError>>(())
        })
    }
}
