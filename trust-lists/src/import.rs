//! Lists of others: read, checked, and scoped before any key of theirs may sign anything here.
//!
//! An importer takes the bytes of a published list and a stated [`Policy`], and gives [`Imported`]:
//! keys and withdrawals, each scoped to its family, country or exact issuer, kinds and dates, with a
//! [`Report`] that says of every entry what became of it. [`Draft::merge`](crate::publish::Draft::merge)
//! then puts the keys into the working state. Nothing here opens a file or follows a URL, and a
//! signature that cannot be checked is never taken for one that holds.

mod austria;
mod certificates;
pub mod cms;
mod crl;
mod csca;
mod document_key;
mod encoding;
mod error;
mod gateway;
mod germany;
mod hash_lists;
pub mod icao;
mod json;
mod jwks;
mod jws;
mod kind;
mod netherlands;
mod policy;
mod report;
mod shc_crl;
mod shc_key;
mod signer;
mod switzerland;
mod vci;
pub mod who;

pub use crl::keep_newest;
pub use error::ImportError;
pub use kind::{Input, InputFile, ListKind};
pub use policy::{Authenticity, Policy};
pub use report::{Observation, Outcome, Report};
pub use signer::ListSigner;

use crate::anchor::Anchor;
use crate::entry::KeyEntry;
use crate::status::WithdrawalGroup;
use crate::trust::Issuer;
use tegata_certificate::UnixTime;

/// The longest file of others that is read, in bytes. The largest in use (the VCI directory's archive)
/// has 0.7 MB.
pub const MAX_IMPORT: usize = 16 * 1024 * 1024;

/// What a list of others says, as far as the policy takes it.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The keys, in the order of the list.
    pub keys: Vec<ImportedKey>,
    /// Authorities that certificates inside seals chain to.
    pub anchors: Vec<Anchor>,
    /// Certificates that were withdrawn: the whole of what the list withdraws.
    pub withdrawals: Vec<WithdrawalGroup>,
    /// When the list says it was made; `None` if it does not say.
    pub as_of: Option<UnixTime>,
    /// Who vouches for the list.
    pub authenticity: Authenticity,
    /// What became of every entry.
    pub report: Report,
}

impl Imported {
    /// A list without entries yet.
    #[must_use]
    pub fn new(as_of: Option<UnixTime>, authenticity: Authenticity) -> Self {
        Self {
            keys: Vec::new(),
            anchors: Vec::new(),
            withdrawals: Vec::new(),
            as_of,
            authenticity,
            report: Report::default(),
        }
    }

    /// Takes an anchor, or says why not.
    pub fn push_anchor(&mut self, name: &str, anchor: Result<Anchor, Outcome>) {
        match anchor {
            Ok(anchor) => {
                self.report.add(Outcome::Taken, name);
                self.anchors.push(anchor);
            }
            Err(outcome) => self.report.add(outcome, name),
        }
    }

    /// Takes a key, or says why not.
    pub fn push(&mut self, name: &str, key: Result<ImportedKey, Outcome>) {
        match key {
            Ok(key) => {
                self.report.add(Outcome::Taken, name);
                self.keys.push(key);
            }
            Err(outcome) => self.report.add(outcome, name),
        }
    }
}

/// A key with its scope, and whose it is.
#[derive(Clone, Debug)]
pub struct ImportedKey {
    /// Whose key it is. For the keys of a country, its names are the country's.
    pub issuer: Issuer,
    /// The key and its scope. Its place among issuers means nothing yet; its `source` is set when it is merged.
    ///
    /// `kid` is the SHA-256 of the signer certificate where there is one, else the RFC 9679 thumbprint; the
    /// 8-byte `hint` is stated where messages name the key by other bytes than the first of `kid`.
    pub entry: KeyEntry,
}
