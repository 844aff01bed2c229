//! Withdrawing certificates, and reinstating them: from people, lots, codes or a list to a signed request.
//!
//! An office does not publish what is withdrawn; the repository's status service does. The office sends it
//! numbered [requests](tegata_trust_lists::Request) signed with a key that signs nothing else. A request is
//! settled against what was asked for before, signed, and written into the register in one transaction; only
//! then is its file [handed out](hand_out). Whoever kills the program in between finds, on the next run, the same
//! request with the same bytes.
//!
//! A request holds places of the status list and rules about keys, times and lots: nobody's name or number.

mod act;
mod adopt;
mod hand_out;
mod list;
mod overview;
mod request;
mod select;

pub use act::{CarriedOut, carry_out, subject_of};
pub use adopt::adopt;
pub use hand_out::{HandOutError, REQUESTS, hand_out, request_name};
pub use list::{ListError, ListRow, RowProblem, read_list};
pub(crate) use overview::publishes_as_withdrawn;
pub use overview::{CertificateState, Overview, PublishedState, RequestSummary, RuleSummary, overview, person};
pub use request::{Asked, MAX_PLACES, Order, StatusKey, StatusKeyProblem, ask, change_cards, preview};
pub use select::{CertificateProblem, Chosen, Target, choose, key_with_prefix, opened_place};

pub use crate::register::{Change, RuleScope};

use crate::approval::ApprovalError;
use crate::register::{AskError, RegisterError};
use tegata_keys::SignError;
use tegata_trust_lists::TrustError;

/// Why nothing was asked for. Each says what to do; none names anybody.
#[derive(Debug, thiserror::Error)]
pub enum WithdrawError {
    /// The register.
    #[error(transparent)]
    Register(#[from] RegisterError),
    /// Somebody that was asked for is not in the register and never was given a certificate.
    #[error("nobody has that number in the register: look it up again (row order and blanks do not matter)")]
    NobodyThere,
    /// There is no certificate.
    #[error(
        "no certificate was issued there: look at the number, or at what was issued (tegata-issuer status --person)"
    )]
    NothingIssued,
    /// Nothing is wrong.
    #[error("no certificate in force says anything that its record denies: there is nothing to withdraw")]
    NothingContradicted,
    /// All have expired.
    #[error("every certificate there has expired by itself: there is nothing left to withdraw")]
    OnlyExpired,
    /// None has a place in the status list.
    #[error(
        "those certificates are of formats without a place in the status list: only their whole key can be withdrawn, of eu-dcc and icvp by the list's operator (tegata-trust set-key --state revoked), of vds-nc by the authority that issued its certificate; nothing was changed"
    )]
    NoPlace,
    /// No record names the lot.
    #[error("no record in the register names that lot: write it letter for letter as on the certificate")]
    NoSuchLot,
    /// A certificate's text does not lead to a place.
    #[error(transparent)]
    Certificate(#[from] CertificateProblem),
    /// A list, or rows of it.
    #[error(transparent)]
    List(#[from] ListError),
    /// A place that this office never had.
    #[error(
        "that index lies in no range of this office: look at shard and index; another office's certificates are withdrawn by that office"
    )]
    NotOurRange,
    /// A key that gives out no places here.
    #[error(
        "that key gave out no status indices from this register: a rule needs a key that issued compact certificates here; name it as tegata-issuer key list does, or by its kid"
    )]
    NotOurKey,
    /// More than a request holds.
    #[error(
        "more than {MAX_PLACES} certificates at once: split the list, or withdraw by a rule (--key with --issued-from or --dose-lot)"
    )]
    TooMany,
    /// More rules than the status list holds.
    #[error(
        "there would be more rules in force than the status list holds (256): withdraw by certificates instead, or lift rules that are not needed"
    )]
    TooManyRules,
    /// The number given with `--sequence` is used.
    #[error("request number {last} was made already: give a number above it, or leave --sequence out")]
    Sequence {
        /// The last one.
        last: u64,
    },
    /// The earlier requests went elsewhere.
    #[error(
        "this register's requests went to another repository: name that repository's bundle with --trust, or the right register"
    )]
    OtherRepository,
    /// Files of later requests are there.
    #[error(
        "{found} is there, but the register does not know of that request, so it is older than its requests (a backup?): take them in with tegata-issuer status --adopt, or number on above them with --sequence; nothing was changed"
    )]
    OldRegister {
        /// The file of the later request.
        found: String,
    },
    /// The file to write is there and is another one.
    #[error("{0} is there and is another file: name another with --out; the request is kept in the register")]
    InTheWay(String),
    /// An adopted request contradicts the register.
    #[error(
        "the register has another request with the number {sequence}: two registers have numbered on from one; ask the status service which of the two it took"
    )]
    Unlike {
        /// Its number.
        sequence: u64,
    },
    /// Adopted requests leave a gap.
    #[error("request {sequence} is missing: give it as well, or ask the status service for its copy")]
    Missing {
        /// Its number.
        sequence: u64,
    },
    /// A file that is no request of this office.
    #[error(
        "{file} is no request that this key signed for this repository ({problem}): name the right file and --status-key; nothing was changed"
    )]
    NotARequest {
        /// Which file.
        file: String,
        /// What is wrong.
        #[source]
        problem: TrustError,
    },
    /// The key did not sign.
    #[error("{0}; nothing was asked for")]
    Sign(#[from] SignError),
    /// Files.
    #[error(transparent)]
    HandOut(#[from] HandOutError),
    /// The second person.
    #[error(transparent)]
    Approval(#[from] ApprovalError),
}

impl From<AskError<Self>> for WithdrawError {
    fn from(error: AskError<Self>) -> Self {
        match error {
            AskError::Register(error) => Self::Register(error),
            AskError::Sequence { last } => Self::Sequence { last },
            AskError::OtherRepository => Self::OtherRepository,
            AskError::Unlike { sequence } => Self::Unlike { sequence },
            AskError::Missing { sequence } => Self::Missing { sequence },
            AskError::Sign(error) => error,
        }
    }
}
