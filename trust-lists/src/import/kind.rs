//! The kinds of lists, and what each is read from.

use super::{ImportError, Imported, ListSigner, MAX_IMPORT, Policy};
use super::{
    austria, certificates, crl, csca, gateway, germany, hash_lists, icao, jwks, netherlands, shc_crl, switzerland, vci,
    who,
};
use crate::anchor::Anchor;
use tegata_certificate::Country;

/// A file that the operator named.
#[derive(Clone, Debug)]
pub struct InputFile {
    /// Its name without folders: some kinds of list number their files.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What an importer is given.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The files, in the operator's order.
    pub files: &'a [InputFile],
    /// Whoever signs the list, given by the operator and never taken from the list.
    pub signer: Option<&'a ListSigner>,
    /// The country of keys that name none.
    pub country: Option<Country>,
    /// The exact issuer that a list is about that does not name it.
    pub iss: Option<&'a str>,
    /// The authorities that are listed already, whose lists of revoked certificates are believed.
    pub anchors: &'a [Anchor],
    /// What is taken.
    pub policy: &'a Policy,
}

impl<'a> Input<'a> {
    /// The files, if there are at least `least` and at most `most`.
    pub(super) fn files(
        &self,
        least: usize,
        most: usize,
        wanted: &'static str,
    ) -> Result<&'a [InputFile], ImportError> {
        if self.files.iter().any(|file| file.bytes.len() > MAX_IMPORT) {
            return Err(ImportError::TooLarge);
        }
        if (least..=most).contains(&self.files.len()) { Ok(self.files) } else { Err(ImportError::Files(wanted)) }
    }
}

/// A kind of list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListKind {
    /// EU DCC keys as Austria publishes them.
    Austria,
    /// EU DCC keys as the Netherlands publish them.
    Netherlands,
    /// EU DCC keys as Switzerland publishes them.
    Switzerland,
    /// EU DCC keys as Germany publishes them.
    Germany,
    /// Entries of the EU gateway.
    Gateway,
    /// A JSON Web Key set.
    Jwks,
    /// Signer certificates.
    Certificates,
    /// The directory of the Vaccination Credential Initiative.
    Vci,
    /// A master list of ICAO's form, of CSCAs for seals.
    MasterList,
    /// Single CSCAs for seals.
    Csca,
    /// What CSCAs have revoked.
    Crl,
    /// WHO's network.
    Who,
    /// Batches of withdrawn EU DCCs.
    EuHashes,
    /// A withdrawal list of a SMART Health Card issuer.
    ShcCrl,
}

impl ListKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::Austria,
        Self::Netherlands,
        Self::Switzerland,
        Self::Germany,
        Self::Gateway,
        Self::Jwks,
        Self::Certificates,
        Self::Vci,
        Self::MasterList,
        Self::Csca,
        Self::Crl,
        Self::Who,
        Self::EuHashes,
        Self::ShcCrl,
    ];

    /// The stable name used in the tool.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Austria => "austria",
            Self::Netherlands => "netherlands",
            Self::Switzerland => "switzerland",
            Self::Germany => "germany",
            Self::Gateway => "gateway",
            Self::Jwks => "jwks",
            Self::Certificates => "certificates",
            Self::Vci => "vci",
            Self::MasterList => "master-list",
            Self::Csca => "csca",
            Self::Crl => "crl",
            Self::Who => "who",
            Self::EuHashes => "eu-hashes",
            Self::ShcCrl => "shc-crl",
        }
    }

    /// The kind with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether what such a list does not speak of stays as it was: each file speaks of one authority only.
    #[must_use]
    pub fn keeps_absent(self) -> bool {
        self == Self::Crl
    }

    /// Reads a list, checks who vouches for it, and scopes what it says.
    ///
    /// # Errors
    /// [`ImportError`]: nothing of the list is taken.
    pub fn read(self, input: &Input<'_>) -> Result<Imported, ImportError> {
        match self {
            Self::Austria => austria::read(input),
            Self::Netherlands => netherlands::read(input),
            Self::Switzerland => switzerland::read(input),
            Self::Germany => germany::read(input),
            Self::Gateway => gateway::read(input),
            Self::Jwks => jwks::read(input),
            Self::Certificates => certificates::read(input),
            Self::Vci => vci::read(input),
            Self::MasterList => icao::read(input),
            Self::Csca => csca::read(input),
            Self::Crl => crl::read(input),
            Self::Who => who::read(input),
            Self::EuHashes => hash_lists::read(input),
            Self::ShcCrl => shc_crl::read(input),
        }
    }
}
