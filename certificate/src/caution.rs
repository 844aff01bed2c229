//! Cautions: what a person must weigh in an authentic certificate that is in force. A signature says
//! who wrote it, not that what it says lets anybody in.

use crate::certificate::{Certificate, TestOutcome};
use crate::date::{Date, UnixTime};

/// Something in an authentic certificate that a person must weigh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Caution {
    /// A test in it detected the agent.
    Detected,
    /// The vaccination does not count yet (IHR Annex 7: ten days for yellow fever).
    TooRecent {
        /// The first day on which it counts.
        from: Date,
    },
    /// The product is not on WHO's list as it is known here, which may be older than the product.
    ProductNotListed,
    /// The day of vaccination is missing or cannot be read.
    Undated,
}

impl Certificate {
    /// What to weigh at a moment, by the domain and by the standard of its family.
    #[must_use]
    pub fn caution(&self, at: UnixTime) -> Option<Caution> {
        if self.tests.iter().any(|test| test.outcome() == Some(TestOutcome::Detected)) {
            return Some(Caution::Detected);
        }
        self.format.family().caution(self, at.date()?)
    }
}
