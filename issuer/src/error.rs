//! What a person reads when a command fails, and the exit statuses.

use std::process::ExitCode;
use tegata_issuer::report::ReportError;
use tegata_issuer::{ExportError, ImportError, RegisterError};
use tegata_keys::{KeyCommandError, StoreError, TokenError};

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
    /// A second person.
    #[error(transparent)]
    Approval(#[from] tegata_issuer::approval::ApprovalError),
    /// A paper.
    #[error(transparent)]
    Letter(#[from] tegata_issuer::LetterError),
    /// The service did not start.
    #[error(transparent)]
    Serve(#[from] crate::commands::serve::ServeFailure),
    /// An account was not changed.
    #[error(transparent)]
    Account(#[from] crate::commands::account::AccountFailure),
    /// Correcting failed.
    #[error(transparent)]
    Correct(#[from] crate::commands::correct::CorrectFailure),
    /// Nothing is there to be confirmed.
    #[error(
        "no finding is open there: look with tegata-issuer confirm --list (rows count as in the newest import of the file)"
    )]
    NoFinding,
    /// There is no such certificate.
    #[error(
        "the register has no such certificate: name it by its hash in the audit, its identifier, or its place as SHARD/INDEX"
    )]
    UnknownCertificate,
    /// A suspension was not made or lifted.
    #[error(transparent)]
    Station(#[from] tegata_issuer::StationError),
    /// The register did not get another key.
    #[error(transparent)]
    Rekey(#[from] tegata_issuer::RekeyError),
    /// A file cannot be read.
    #[error("{file} cannot be read: {error}; look at the name and its rights")]
    Read {
        /// The file.
        file: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
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
            Self::Merge(tegata_issuer::MergeError::Register(_))
            | Self::Approval(tegata_issuer::approval::ApprovalError::Register(_))
            | Self::Letter(tegata_issuer::LetterError::Register(_)) => Status::Failed,
            Self::Serve(failure) => failure.status(),
            Self::Account(failure) => failure.status(),
            Self::Correct(failure) => failure.status(),
            Self::Station(tegata_issuer::StationError::Register(_)) => Status::Failed,
            Self::Rekey(tegata_issuer::RekeyError::Register(_)) | Self::Read { .. } => Status::Failed,
            Self::Import(_)
            | Self::IdleMapping { .. }
            | Self::UnknownPerson
            | Self::NoFinding
            | Self::BadNumber
            | Self::NoSuchJob
            | Self::Approval(_)
            | Self::Letter(_)
            | Self::UnknownCertificate
            | Self::Station(_)
            | Self::Rekey(_)
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
        error if error.is_about_secret() => Status::NoPassphrase,
        StoreError::Io { .. } => Status::Failed,
        // Nothing is wrong with what was asked for: the token is to be plugged in, or looked at.
        StoreError::Token { error: TokenError::Away(_) | TokenError::Failed { .. }, .. } => Status::Failed,
        _ => Status::Unsuitable,
    }
}
