//! Scanned text in, verdict out, entirely offline.
//!
//! A [`Verifier`] holds verified lists ([`TrustState`](tegata_trust_lists::TrustState)) and judges one text
//! after the other. The steps are always the same: read, decode, issuer, signature, scope, time, status,
//! rules, holder ([`Step`]). A [`Verdict`] tells how each ended and is the only door to the certificate.
//! Whether it is enough for a purpose is asked of the verdict afterwards ([`Verdict::judged_by`], [`decide`]), and so is
//! whether the certificate belongs to the travel document shown ([`Verdict::bind`]).
//! There is no clock in here and no socket: the time is an argument ([`Moment`]).
//!
//! ```
//! use tegata_certificate::UnixTime;
//! use tegata_trust_lists::{Bundle, TrustState};
//! use tegata_verifier::{Moment, Outcome, Policy, Verifier};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let now = UnixTime(1_780_272_000);
//! # let mut repository = tegata_trust_lists::publish::DemoRepository::new("DEMO/docs", now)?;
//! # let (published, pin) = repository.publish(now)?;
//! # let file = published.encode();
//! // What an authority published (`file`), and the pin of its first root, which came another way.
//! let state = TrustState::load(&Bundle::parse(&file)?, &pin, now)?;
//! // This list is of a demonstration: a verifier takes it only when told to.
//! let verifier = Verifier::new(state, Policy { accept_demo: true, ..Policy::default() })?;
//!
//! let verdict = verifier.verify("HC1:THIS IS NO CERTIFICATE", Moment::Now(now));
//! assert_eq!(verdict.outcome(), Outcome::NotChecked);
//! assert_eq!(verdict.reason().map(|reason| reason.code()), Some("damaged"));
//! assert!(verdict.certificate().is_none());
//! println!("{}", verdict.to_json(verifier.state()));
//! # Ok(())
//! # }
//! ```

mod chunks;
pub mod display;
mod document;
mod language;
#[cfg(feature = "tool")]
pub mod lint;
mod messages;
mod reason;
mod recognised;
mod report;
mod revocation;
mod rules;
mod scope;
mod signers;
mod step;
#[cfg(feature = "tool")]
pub mod tool;
mod verdict;
mod verify;

pub use chunks::ChunkCollector;
pub use document::{Binding, BindingResult, Particular, Weakness};
pub use language::Language;
pub use reason::{Reason, Wording};
pub use recognised::recognised_label;
pub use report::{REPORT_FORM, REPORT_SCHEMA, lists_json};
pub use revocation::{Revocation, Revoked};
pub use rules::{Applied, decide, decide_for};
pub use signers::SealSigner;
pub use step::{Step, StepResult};
pub use verdict::{Moment, Outcome, SignedBy, Verdict};
pub use verify::{DemoRefused, Policy, Verifier};
