//! What a person reads when a command fails, and the exit statuses.

use std::process::ExitCode;
use tegata_issuer::report::ReportError;
use tegata_issuer::{ExportError, ImportError, RegisterError};
use tegata_keys::{KeyCommandError, StoreError};

/// How a command ended. The numbers are a contract: scripts rely on them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Everything was done.
    Done = 0,
    /// Done, but for some: rows that were refused or wait, certificates that cannot be withdrawn.
    RowsRefused = 1,
    /// What was given is not what the command needs: an argument, a layout, an unknown person.
    Unsuitable = 3,
    /// The trust list is refused, or a key is not on it as it must be.
    TrustRefused = 4,
    /// A file, the register or the disk failed. Nothing was changed.
    Failed = 5,
    /// There was no passphrase, or a wrong one.
    NoPassphrase = 6,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The import failed.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A report on an import cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The export failed.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// A file cannot be written.
    #[error("{file} cannot be written: {error}; make room, or name another file with --out")]
    Write {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The register failed.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// What the command answers cannot be written.
    #[error("the answer cannot be written: {0}; make room, or send it elsewhere")]
    Output(#[from] std::io::Error),
    /// A sample cannot be written.
    #[error("the sample cannot be written to {folder}: {error}; make room, or name another folder with --out")]
    Sample {
        /// The folder.
        folder: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// Issuing failed.
    #[error(transparent)]
    Issue(#[from] crate::commands::issue::IssueFailure),
    /// Printing failed.
    #[error(transparent)]
    Print(#[from] crate::commands::print::PrintFailure),
    /// Withdrawing, reinstating or telling the status failed.
    #[error(transparent)]
    Withdraw(#[from] crate::commands::withdraw::WithdrawFailure),
    /// Publishing the keys of health cards failed.
    #[error(transparent)]
    HealthCards(#[from] crate::commands::health_cards::HealthCardFailure),
    /// A request for a certificate, or the certificate, failed.
    #[error(transparent)]
    Csr(#[from] crate::commands::csr::CsrFailure),
    /// A key command failed.
    #[error(transparent)]
    Key(#[from] tegata_keys::KeyCommandError),
    /// A mapping that no file is for.
    #[error(
        "there is no file for the mapping of the layout \"{layout}\": residents go with --residents, wide with --doses, any other with FILE"
    )]
    IdleMapping {
        /// The mapping's layout.
        layout: &'static str,
    },
    /// There is no such person.
    #[error("the register has no person with that number: look at the number, or import the residents' file")]
    UnknownPerson,
    /// There is no such job.
    #[error("there is no unfinished job with that number: tegata-issuer jobs lists them")]
    NoSuchJob,
    /// Two numbers cannot be merged.
    #[error(transparent)]
    Merge(#[from] tegata_issuer::MergeError),
    /// Nothing is there to be confirmed.
    #[error(
        "no finding is open there: look with tegata-issuer confirm --list (rows count as in the newest import of the file)"
    )]
    NoFinding,
    /// The number is none.
    #[error("that is no register number: it has at most 20 letters, digits and \"-\"")]
    BadNumber,
}

impl CommandError {
    /// The exit status.
    pub fn status(&self) -> Status {
        match self {
            Self::Import(
                ImportError::Read { .. }
                | ImportError::Register(_)
                | ImportError::Temporary { .. }
                | ImportError::Report { .. },
            ) => Status::Failed,
            Self::Merge(tegata_issuer::MergeError::Register(_)) => Status::Failed,
            Self::Import(_)
            | Self::IdleMapping { .. }
            | Self::UnknownPerson
            | Self::NoFinding
            | Self::BadNumber
            | Self::NoSuchJob
            | Self::Merge(_) => Status::Unsuitable,
            Self::Report(ReportError::Kind(_) | ReportError::Overwrites(_) | ReportError::NoTable(_)) => {
                Status::Unsuitable
            }
            Self::Report(_) => Status::Failed,
            Self::Export(ExportError::UnknownPerson(_)) => Status::Unsuitable,
            Self::Export(_) | Self::Write { .. } => Status::Failed,
            Self::Issue(failure) => failure.status(),
            Self::Print(failure) => failure.status(),
            Self::Csr(failure) => failure.status(),
            Self::Withdraw(failure) => failure.status(),
            Self::HealthCards(failure) => failure.status(),
            Self::Key(KeyCommandError::Store(error)) => store_status(error),
            Self::Key(KeyCommandError::Passphrase(_)) => Status::NoPassphrase,
            Self::Register(_) | Self::Key(_) | Self::Output(_) | Self::Sample { .. } => Status::Failed,
        }
    }
}

/// The status of what a key store refuses.
pub fn store_status(error: &StoreError) -> Status {
    match error {
        StoreError::WrongPassphrase { .. } | StoreError::ShortPassphrase => Status::NoPassphrase,
        StoreError::Io { .. } => Status::Failed,
        _ => Status::Unsuitable,
    }
}
