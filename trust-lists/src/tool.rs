//! The parts of the tool: a file a command.

pub mod add_issuer;
pub mod assemble;
pub mod bundle;
pub mod cli;
pub mod diff;
pub mod doctor;
pub mod failure;
pub mod import;
pub mod import_report;
pub mod init;
pub mod propose;
pub mod public_key;
pub mod publish;
pub mod rehearse;
pub mod rules;
pub mod set_key;
pub mod show;
pub mod sign;
pub mod signers;
pub mod status;
pub mod status_export;
pub mod words;

use tegata_certificate::UnixTime;

/// The machine's time.
pub fn now() -> UnixTime {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    UnixTime(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
