//! Scanned text in, verdict out, entirely offline.
//!
//! A [`Verifier`] holds verified lists ([`TrustState`](tegata_trust_lists::TrustState)) and judges one text
//! after the other. The steps are always the same: read, decode, issuer, signature, scope, time, status,
//! rules, holder. A [`Verdict`] tells how each ended and is the only door to the certificate.
//! There is no clock in here and no socket: the time is an argument ([`Moment`]).

pub mod display;
mod language;
mod reason;
mod report;
mod step;
#[cfg(feature = "tool")]
pub mod tool;
mod verdict;
mod verify;

pub use language::Language;
pub use reason::{Reason, Wording};
pub use report::{REPORT_FORM, REPORT_SCHEMA};
pub use step::{Step, StepResult};
pub use verdict::{Moment, Outcome, SignedBy, Verdict};
pub use verify::{DemoRefused, Policy, Verifier};
