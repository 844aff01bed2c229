//! What the audit tells: reports, exports, and who was affected by a breach.
//!
//! The chain itself is the register's ([`Register::note`](crate::Register::note),
//! [`Register::verify_audit`](crate::Register::verify_audit)).

mod breach;
mod export;
mod origin;
mod report;

pub use breach::{Breach, BreachScope, breach};
pub use export::{AuditForm, export_audit};
pub use origin::{Origin, find_certificate, origin};
pub use report::{AuditReport, HourOfStation, Many, Night, ReportWish, Total, report};
