//! What a person reads when something went wrong, and the exit status.

use std::io;
use std::net::SocketAddr;
use std::process::ExitCode;
use tegata_verifier::tool::{
    HttpError, InputError, ListError, PageError, PinFileError, ShownDocumentError, SourceError, StateError,
    UpdateFailure,
};
use tegata_verifier::{Outcome, Reason, Step, Verdict};

/// How the tool ends. The numbers are documented in `--help`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Everything is valid.
    Valid,
    /// Something is not valid.
    NotValid,
    /// The command says too little.
    Usage,
    /// Something is unreadable or not a certificate.
    Unreadable,
    /// Trust lists missing, unpinned, refused or expired, or the clock is wrong.
    Trust,
    /// A file or stream cannot be read or written.
    Io,
    /// Something is valid, but a person must weigh it.
    ValidCheck,
}

impl Exit {
    /// The exit of one verdict.
    pub fn of(verdict: &Verdict<'_>, accept_valid_check: bool) -> Self {
        match verdict.outcome() {
            Outcome::Valid => Self::Valid,
            Outcome::ValidCheck if accept_valid_check => Self::Valid,
            Outcome::ValidCheck => Self::ValidCheck,
            Outcome::NotValid => Self::NotValid,
            Outcome::NotChecked => match verdict.reason().map(Reason::step) {
                Some(Step::Read | Step::Decode) => Self::Unreadable,
                _ => Self::Trust,
            },
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Valid => 0,
            Self::NotValid => 1,
            Self::Usage => 2,
            Self::Unreadable => 3,
            Self::Trust => 4,
            Self::Io => 5,
            Self::ValidCheck => 6,
        }
    }

    /// Of two, the one that a script must not miss.
    pub fn graver(self, other: Self) -> Self {
        let gravity = |exit| match exit {
            Self::Valid => 0,
            Self::ValidCheck => 1,
            Self::Unreadable => 2,
            Self::NotValid => 3,
            Self::Trust => 4,
            Self::Io => 5,
            Self::Usage => 6,
        };
        if gravity(other) > gravity(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

/// Why the tool could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The lists.
    #[error(transparent)]
    List(#[from] ListError),
    /// The pin.
    #[error(transparent)]
    Pin(#[from] PinFileError),
    /// The kept lists.
    #[error(transparent)]
    State(#[from] StateError),
    /// Nothing says where to get lists from.
    #[error("no source: nothing was updated here before\n  remedy: name one: tegata-verifier update --from URL")]
    NoSource,
    /// The source of an update.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// An update.
    #[error(transparent)]
    Update(#[from] UpdateFailure),
    /// The page.
    #[error(transparent)]
    Page(#[from] PageError),
    /// No rule set of that id.
    #[error("the lists have no rules for `{wanted}`\n  remedy: {}", purposes(.known))]
    NoSuchPurpose {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The address to serve the page at.
    #[error("cannot listen on {address}: {error}\n  remedy: name another address or port: --listen 127.0.0.1:8081")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        error: io::Error,
    },
    /// A file to lint by.
    #[error("{0:?} is {1}\n  remedy: check the name and what the option takes")]
    Lint(String, tegata_verifier::lint::NotReadable),
    /// Key sets to lint by, and nobody whose they are.
    #[error("there are more --keys than --iss\n  remedy: say whose each key set is, in the same order")]
    KeysWithoutIssuer,
    /// The travel document shown.
    #[error(transparent)]
    ShownDocument(#[from] ShownDocumentError),
    /// An input.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The output.
    #[error("the result cannot be written: {0}\n  remedy: make room, or send it elsewhere")]
    Output(#[from] io::Error),
}

fn purposes(known: &[String]) -> String {
    match known {
        [] => "update the lists: tegata-verifier update; if it stays so, their publisher has no rules".to_owned(),
        known => format!("name one that they have: {}", known.join(", ")),
    }
}

impl ToolError {
    /// The exit status that it leads to.
    pub fn exit(&self) -> Exit {
        match self {
            Self::List(ListError::File { .. }) | Self::Pin(PinFileError::File { .. }) => Exit::Io,
            Self::List(ListError::State(error)) | Self::State(error) => of_state(error),
            Self::List(ListError::Pin(PinFileError::File { .. })) => Exit::Io,
            Self::List(_) | Self::Pin(_) => Exit::Trust,
            Self::NoSource => Exit::Usage,
            Self::Source(error) => of_source(error),
            Self::Update(UpdateFailure::State(error)) => of_state(error),
            Self::Update(UpdateFailure::Source(error)) => of_source(error),
            Self::Update(UpdateFailure::Refused { .. }) => Exit::Trust,
            Self::Page(PageError::State(error)) => of_state(error),
            Self::Page(PageError::NoLists | PageError::Refused { .. } | PageError::Demo) => Exit::Trust,
            Self::Page(_) | Self::Listen { .. } => Exit::Io,
            Self::Lint(..) | Self::KeysWithoutIssuer | Self::NoSuchPurpose { .. } => Exit::Usage,
            Self::ShownDocument(ShownDocumentError::Mrz(_) | ShownDocumentError::NoSuchFile) => Exit::Usage,
            Self::ShownDocument(ShownDocumentError::File(_)) | Self::Input(_) | Self::Output(_) => Exit::Io,
        }
    }
}

fn of_state(error: &StateError) -> Exit {
    match error {
        StateError::File { .. } | StateError::Locked(_) => Exit::Io,
        StateError::NoFolder | StateError::Damaged { .. } | StateError::OtherRoot(_) | StateError::SourceDamaged(_) => {
            Exit::Trust
        }
    }
}

fn of_source(error: &SourceError) -> Exit {
    match error {
        SourceError::NotABundle { .. } => Exit::Trust,
        SourceError::Http(HttpError::Address(_)) => Exit::Usage,
        SourceError::NoSuch(_) | SourceError::NoRepository(_) | SourceError::File { .. } | SourceError::Http(_) => {
            Exit::Io
        }
    }
}
