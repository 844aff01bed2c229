//! Which lists of others were imported, and who vouched for them: the provenance in `repository.json`.

use super::draft::hex;
use crate::import::Authenticity;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tegata_certificate::UnixTime;

/// The last import of one source. Times are RFC 3339, hashes hex.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DraftImport {
    /// What the operator calls the source; the note on each of its keys begins with it.
    pub name: String,
    /// The kind of list.
    pub kind: String,
    /// When the list was made, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// When it was imported.
    pub imported_at: String,
    /// SHA-256 of the files, in the order in which they were named.
    pub files: Vec<String>,
    /// SHA-256 of the certificate or key that the list's signature held under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<String>,
    /// Whether nobody signed the list and the operator vouched for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsigned: bool,
}

/// The characters of a source's name.
const MAX_NAME: usize = 40;

impl DraftImport {
    /// The record of an import of these files at that time.
    #[must_use]
    pub fn new<'a>(name: &str, kind: &str, files: impl Iterator<Item = &'a [u8]>, now: UnixTime) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            as_of: None,
            imported_at: now.to_string(),
            files: files.map(|file| hex(&Sha256::digest(file))).collect(),
            signed_by: None,
            unsigned: false,
        }
    }

    /// Whether a text can name a source: 1 to 40 of `a-z 0-9 -`, a letter first.
    #[must_use]
    pub fn is_name(text: &str) -> bool {
        text.len() <= MAX_NAME
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-')
    }

    /// Writes down who vouched for the list, and when it was made.
    pub(super) fn state(&mut self, authenticity: Authenticity, as_of: Option<UnixTime>) {
        self.as_of = as_of.map(|time| time.to_string());
        match authenticity {
            Authenticity::Signed(signer) => self.signed_by = Some(hex(&signer)),
            Authenticity::Unsigned => self.unsigned = true,
        }
    }

    /// The note on each key: the source's name, the day of its list, and whether nobody signed it.
    pub(super) fn note(&self) -> String {
        let made = self.as_of.as_deref().unwrap_or(&self.imported_at);
        let day = made.get(..10).unwrap_or(made);
        let unsigned = if self.unsigned { ", unsigned" } else { "" };
        format!("{} {day}{unsigned}", self.name)
    }

    /// The source's name in a note.
    pub(super) fn name_in(note: &str) -> &str {
        note.split(' ').next().unwrap_or_default()
    }
}
