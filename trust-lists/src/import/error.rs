//! Why nothing of a list is taken.

use super::icao::MasterListError;
use tegata_certificate::{KeyError, UnixTime};

/// Why a whole list was refused. Each message says what to do.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ImportError {
    /// Longer than [`MAX_IMPORT`](super::MAX_IMPORT), or with more entries than a list may have.
    #[error("the list is larger than any in use\n  remedy: check that this is the right file")]
    TooLarge,
    /// Another number of files than this kind of list has.
    #[error("this kind of list is {0}\n  remedy: name these files in this order")]
    Files(&'static str),
    /// Not the form of this kind of list.
    #[error("not {0}\n  remedy: check the kind of list and the file; `tegata-trust import --help` names the kinds")]
    Form(&'static str),
    /// A signed list without the certificate or key that checks it.
    #[error(
        "the list's signature needs the certificate or key of whoever signs it\n  remedy: get it by another way than the list, and name it with --signer"
    )]
    SignerMissing,
    /// The certificate or key of the signer cannot be used.
    #[error(
        "the signer's certificate or key cannot be used ({0})\n  remedy: name a certificate or public key in PEM or DER with --signer"
    )]
    Signer(KeyError),
    /// The signer's certificate is not in force.
    #[error(
        "the signer's certificate is not in force now\n  remedy: get the newer one from whoever publishes the list"
    )]
    SignerExpired,
    /// The signature does not hold.
    #[error(
        "the list's signature does not hold under that signer\n  remedy: get list and signature again; if it stays so, ask who publishes it"
    )]
    Signature,
    /// A list of revoked certificates of an authority that is not listed.
    #[error(
        "the authority that made the list is not listed here\n  remedy: import its certificate first (tegata-trust import csca, or master-list)"
    )]
    AuthorityUnknown,
    /// Nobody vouches for the list.
    #[error(
        "nobody vouches for this list\n  remedy: make sure of it by another way, then say so with --unsigned-ok; it is kept in the provenance of its keys"
    )]
    Unsigned,
    /// A master list that is not believed.
    #[error(
        "the master list is not believed: {0}\n  remedy: name the CSCA of whoever publishes it with --signer, got by another way; for a damaged list get it again"
    )]
    MasterList(#[from] MasterListError),
    /// The list is older than the policy takes.
    #[error("the list is too old{}\n  remedy: get the current one, or allow its age with --max-age-days", dated(.as_of))]
    TooOld {
        /// When it was made, if it says so.
        as_of: Option<UnixTime>,
    },
    /// The list is past the end that it states itself.
    #[error("the list ended at {until}\n  remedy: get the current one")]
    Lapsed {
        /// Its end.
        until: UnixTime,
    },
    /// The list was made after the present.
    #[error("the list was made at {as_of}, after the present time\n  remedy: check this machine's clock")]
    FromTheFuture {
        /// When it was made.
        as_of: UnixTime,
    },
    /// Something that the file does not say must be told.
    #[error("the list does not say {what}\n  remedy: say it with {option}")]
    Untold {
        /// What is missing.
        what: &'static str,
        /// The option that says it.
        option: &'static str,
    },
}

fn dated(as_of: &Option<UnixTime>) -> String {
    as_of.map_or_else(|| ": it has no date".to_owned(), |as_of| format!(": it was made at {as_of}"))
}

impl ImportError {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "import-too-large",
            Self::Files(_) => "import-files",
            Self::Form(_) => "import-form",
            Self::SignerMissing => "import-signer-missing",
            Self::Signer(_) => "import-signer-unusable",
            Self::SignerExpired => "import-signer-expired",
            Self::Signature => "import-signature",
            Self::AuthorityUnknown => "import-authority-unknown",
            Self::Unsigned => "import-unsigned",
            Self::MasterList(error) => error.code(),
            Self::TooOld { .. } => "import-too-old",
            Self::Lapsed { .. } => "import-lapsed",
            Self::FromTheFuture { .. } => "import-from-the-future",
            Self::Untold { .. } => "import-untold",
        }
    }
}
