//! What one publication lists.

use crate::anchor::Anchor;
use crate::entry::KeyEntry;
use crate::trust::Issuer;

/// The parts of the next trust list.
#[derive(Clone, Default, Debug)]
pub struct Lists {
    /// The issuers.
    pub issuers: Vec<Issuer>,
    /// Their keys.
    pub keys: Vec<KeyEntry>,
    /// The CSCAs that certificates inside seals chain to.
    pub anchors: Vec<Anchor>,
}

impl Lists {
    /// Whether nothing is listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.issuers.is_empty() && self.keys.is_empty() && self.anchors.is_empty()
    }
}
