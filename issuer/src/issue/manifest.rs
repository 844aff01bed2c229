//! The manifest: which certificate and which file is whose, one JSON object a line.

use super::edition::generation_name;
use super::output::{Drawn, Issued};
use serde::{Deserialize, Serialize};

/// The manifest's name in the folder: one JSON object a line, one line a certificate or refusal.
pub const MANIFEST: &str = "manifest.ndjson";

/// A line of the manifest.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    number: &'a str,
    format: &'static str,
    /// Only where the family says something else for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'static str>,
    /// Only where it is not the released one.
    #[serde(skip_serializing_if = "Option::is_none")]
    generation: Option<&'static str>,
    /// The dose's place in the record, from 1, where each dose has a certificate of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    dose: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    files: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol_version: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<u64>,
}

impl<'a> Line<'a> {
    /// The line about one certificate, or the reason why there is none.
    pub(super) fn of(issued: &'a Issued, drawn: &'a Drawn) -> Self {
        let reservation = issued.reservation.as_ref();
        let status = reservation.and_then(|reservation| reservation.status);
        let edition = issued.edition;
        Self {
            number: issued.number.as_str(),
            format: edition.format.name(),
            purpose: (!edition.is_for_all_purposes()).then(|| edition.purpose.name()),
            generation: edition.generation.map(generation_name),
            dose: edition.dose.map(|place| place + 1),
            refused: issued.text.as_ref().err().map(|refusal| refusal.code()),
            text: issued.text.as_deref().ok(),
            files: &drawn.files,
            symbol_version: drawn.version,
            issued_at: reservation.map(|reservation| reservation.issued_at.to_string()),
            expires_at: reservation.map(|reservation| reservation.expires_at.to_string()),
            shard: status.map(|status| status.shard),
            index: status.map(|status| status.index),
        }
    }

    /// What tells it from other lines.
    pub(super) fn key(&self) -> LineKey {
        LineKey {
            number: self.number.to_owned(),
            format: self.format.to_owned(),
            purpose: self.purpose.map(str::to_owned),
            generation: self.generation.map(str::to_owned),
            dose: self.dose,
        }
    }
}

/// What tells the lines of a manifest apart.
#[derive(Deserialize, PartialEq, Eq, Hash)]
pub(super) struct LineKey {
    number: String,
    format: String,
    purpose: Option<String>,
    generation: Option<String>,
    dose: Option<usize>,
}
