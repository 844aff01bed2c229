//! Correcting a record by hand, with all that follows from it: one act, one transaction.
//!
//! ```text
//! edits ─▶ the record's cells ─▶ the checks of an import ─▶ new record, the old version kept
//!        certificates in force ─▶ contradicted: a new one, signed; the old one into the next request, signed
//!                              ─▶ surpassed: stays, or is replaced if that is asked for
//!        ─▶ a paper due, who stands in whose place, who did it and why ─▶ commit
//! ```
//!
//! Everything is signed before the commit. Killed anywhere, the register holds nothing of it or all of it; the request's
//! file is [handed out](crate::withdraw::hand_out()) after the commit, and again by the next run. Doing the same again
//! finds the record as it should be and changes nothing.
//!
//! A certificate that the corrected record does not contradict stays: all that it says is still so, and a withdrawal would
//! only make its holder stand at a door (see [`Standing`](crate::review::Standing)).

mod change;
mod check;
mod error;
mod plan;
mod reason;
mod work;

pub(crate) use change::Facts;
pub use change::{DoseFact, Edit, EditError, PersonFact};
pub use check::Fault;
pub use error::CorrectError;
pub use plan::Successor;
pub use reason::CorrectionReason;

use crate::approval::Permit;
use crate::check::{Code, Language};
use crate::issue::{IssuedText, IssuingKey, Replacing};
use crate::record::RegisterNumber;
use crate::register::{Register, Way};
use crate::withdraw::StatusKey;
use error::Stopped;
use std::collections::BTreeSet;
use std::path::Path;
use tegata_certificate::{Date, UnixTime};
use work::Work;

/// What is to be corrected, and how.
#[derive(Clone, Debug)]
pub struct Correction<'a> {
    /// Whose record.
    pub person: &'a RegisterNumber,
    /// What changes. Nothing is fine, too: then certificates that the record contradicts by now are replaced.
    pub edits: &'a [Edit],
    /// Why.
    pub reason: CorrectionReason,
    /// Findings of [`Level::Eye`](crate::check::Level::Eye) that somebody has looked at and found right.
    pub confirm: &'a [Code],
    /// Whether certificates that stay true, and say less than the record, are replaced as well.
    pub renew: bool,
    /// Whether certificates may be withdrawn for which there is no new one.
    pub withdraw_only: bool,
    /// The language of the paper that becomes due.
    pub language: Language,
    /// How it comes to the person.
    pub way: Way,
    /// Whether it is only looked at.
    pub dry_run: bool,
    /// The day after which no day of a record may lie.
    pub today: Date,
}

/// What a correction is made with.
#[derive(Clone, Copy)]
pub struct Tools<'a> {
    /// The keys that sign new certificates.
    pub keys: &'a [IssuingKey<'a>],
    /// The key that signs the request, where certificates are withdrawn by one.
    pub status: Option<&'a StatusKey<'a>>,
    /// Where the office's requests are kept.
    pub requests: &'a Path,
    /// The right to do it.
    pub permit: Permit<'a>,
}

/// What was corrected, or would be.
#[derive(Default)]
pub struct Corrected {
    /// Its number in the register; none if nothing was to be done, and for a dry run.
    pub correction: Option<u64>,
    /// Whether the record changed.
    pub changed: bool,
    /// What was found, and confirmed by now.
    pub findings: Vec<Fault>,
    /// Certificates that make way, each with what takes its place.
    pub successors: Vec<Successor>,
    /// Certificates in force of which it is not known what they say.
    pub unknown: u64,
    /// The requests that withdraw them: hand them out.
    pub requests: BTreeSet<u64>,
    /// Certificates withdrawn by numbers of their own: publish their lists anew.
    pub cards: u64,
    /// The new certificates.
    pub texts: Vec<IssuedText>,
    /// The paper that is due.
    pub letter: Option<u64>,
}

impl std::fmt::Debug for Corrected {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { correction, changed, successors, letter, .. } = self;
        write!(f, "Corrected({correction:?}, changed: {changed}, {} replaced, letter {letter:?})", successors.len())
    }
}

/// Corrects a record, or says with `dry_run` what that would come to.
///
/// # Errors
/// [`CorrectError`]. Nothing was changed then.
pub fn correct(
    register: &mut Register,
    tools: &Tools<'_>,
    correction: &Correction<'_>,
    now: UnixTime,
) -> Result<Corrected, CorrectError> {
    let replacing = Replacing::new(register, tools.keys, now)?;
    let work = Work { tools, correction, replacing: &replacing, now };
    match register.amend(|amendment| work.run(amendment)) {
        Ok(corrected) => Ok(corrected),
        Err(Stopped::Tried(corrected)) => Ok(*corrected),
        Err(Stopped::Refused(error)) => Err(error),
    }
}
