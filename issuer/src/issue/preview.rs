//! What readers will make of a person's certificates, before there are any: laid out as for signing, and read back.
//!
//! No key signs, no index is taken, and nothing is written into the register.

use super::{Edition, IssueError, IssuingKey, Plan, Press, Refusal, choose_keys, editions, layout};
use crate::record::Record;
use crate::register::Reservation;
use tegata_certificate::{Certificate, Encoding, UnixTime};

/// A certificate as its readers will have it.
pub struct Preview {
    /// Which.
    pub edition: Edition,
    /// What is read of it, or why there would be none.
    pub reading: Result<Reading, Refusal>,
}

/// What a reader has.
pub struct Reading {
    /// What the certificate says.
    pub certificate: Certificate,
    /// The issuer's name in Japanese and in English, as the list of the key has it.
    pub issuer: (String, String),
    /// What will be signed, where it is a text: JSON.
    pub text: Option<String>,
}

/// What a plan would issue of a record, as readers will have it.
///
/// # Errors
/// [`IssueError::NoKey`].
pub fn preview(
    keys: &[IssuingKey<'_>],
    plan: &Plan,
    record: &Record,
    now: UnixTime,
) -> Result<Vec<Preview>, IssueError> {
    let press = Press { by_format: choose_keys(keys, &plan.formats)?, plan, now, granted: None };
    let content = record.content_hash();
    let mut previews = Vec::new();
    for (format, key) in &press.by_format {
        for (edition, refusal) in editions(record, *format, plan) {
            let read = || {
                let want = press.want(record, edition.content(content), *format, key);
                let unsigned = layout::lay_out(record, edition, key, &Reservation::draft(&want))?;
                let text = match format.encoding() {
                    Encoding::Json => std::str::from_utf8(unsigned.payload()).ok().map(str::to_owned),
                    Encoding::Cbor => None,
                };
                // What is written here is read here, but for what fits no symbol.
                let certificate = unsigned.read_back().map_err(|_| Refusal::TooLarge)?;
                Ok(Reading { certificate, issuer: key.issuer_names(), text })
            };
            previews.push(Preview { edition, reading: refusal.map_or_else(read, Err) });
        }
    }
    Ok(previews)
}
