//! What a person reads when something cannot be done, and the exit status.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use tegata_certificate::{KeyError, UnixTime};
use tegata_keys::{KeyCommandError, PassphraseError, SignError, StoreError};
use tegata_trust_lists::import::ImportError;
use tegata_trust_lists::publish::{
    DraftError, FolderError, MergeError, Missing, ProposalError, PublishError, RuleFault, RuleTextError,
    WithdrawalsForm,
};
use tegata_trust_lists::{RootPin, TrustError};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(
        "`{0}` cannot be a repository's id\n  remedy: use 1 to 100 of A-Z a-z 0-9 . _ - /, as example.jp/vaccination or DEMO/kakuu"
    )]
    RepositoryId(String),
    #[error("`{0}` is the id of a demonstration\n  remedy: add --demo, or choose an id that does not begin with DEMO/")]
    DemoId(String),
    #[error("the id of a demonstration begins with DEMO/\n  remedy: use DEMO/{0}, or leave out --demo")]
    NoDemoId(String),
    #[error("{role}-role key `{name}` is a demonstration key\n  remedy: make another with `tegata-trust key new`")]
    DemoRoleKey { role: &'static str, name: String },
    #[error("{0} is a demonstration key\n  remedy: have the issuer make a key without --demo")]
    DemoDocumentKey(PathBuf),
    #[error(
        "{path}: not a public key that can be listed ({error})\n  remedy: give a key record, a COSE_Key, a public key or a signer certificate (PEM or DER)"
    )]
    PublicKey { path: PathBuf, error: KeyError },
    #[error("{0} is a demonstration key\n  remedy: have the officer make a key without --demo")]
    DemoOfficerKey(PathBuf),
    #[error("{error}\n  remedy: {remedy}", remedy = proposal_remedy(.error))]
    Proposal {
        #[from]
        error: ProposalError,
    },
    #[error(
        "the proposal says that it was issued at {0}, which is in the future\n  remedy: check this machine's clock; if it is right, have the list proposed anew"
    )]
    FutureProposal(UnixTime),
    #[error(
        "not signed: the hash was not confirmed\n  remedy: compare the hash with the other officers, then type its first 8 digits, or give them with --yes"
    )]
    NotConfirmed,
    #[error("{0}\n  remedy: check the key or its token")]
    NotSigned(SignError),
    #[error(
        "key `{0}` is not one of those that must sign\n  remedy: name another with --key, or ask the chair for the right proposal"
    )]
    NotASigner(String),
    #[error(
        "no key in {0} is one of those that must sign\n  remedy: name your key folder with --keys, or ask the chair for the right proposal"
    )]
    NoSigner(PathBuf),
    #[error("{count} keys in {folder} could sign\n  remedy: name one with --key")]
    ManySigners { folder: PathBuf, count: usize },
    #[error("{0}: not a signature file\n  remedy: give what `tegata-trust sign` wrote")]
    NotASignature(PathBuf),
    #[error("too few have signed: {}\n  remedy: give the signature files of more officers", missing(.0))]
    BelowThreshold(Vec<Missing>),
    #[error(
        "{refused} of {of} requests were refused, each as a whole\n  remedy: tell their issuers the reasons above; what was not refused is done"
    )]
    RequestsRefused { refused: usize, of: usize },
    #[error(
        "{count} verifiers would be left behind\n  remedy: publish no such list; propose one that keeps what each line above misses"
    )]
    Stranded { count: usize },
    #[error("no status is published for shard {0}\n  remedy: `tegata-trust status show` lists the shards")]
    UnknownShard(u64),
    #[error(
        "there is no rule set `{0}`\n  remedy: `tegata-trust rules show` lists them, `tegata-trust rules words` the starter sets"
    )]
    UnknownRuleSet(String),
    #[error("no rule set is there to be published\n  remedy: `tegata-trust rules add`")]
    NoRuleSets,
    #[error("a folder of rules needs an id\n  remedy: say what verifiers are told to judge by with --id, as border-at")]
    RuleSetId,
    #[error("{path}: {error}\n  remedy: correct the text; docs/rules.md says what it can hold")]
    RuleText { path: PathBuf, error: RuleTextError },
    #[error(
        "{0} files cannot be read, and what they ask for is not known\n  remedy: get them again from the state; or take the others alone with --leave-out-unreadable"
    )]
    UnreadableRules(usize),
    #[error("{}\n  remedy: correct the rules or their tests, and add them again", lines(.0))]
    Rules(Vec<RuleFault>),
    #[error("there is one set of lists, and nothing to compare it with\n  remedy: name the newer one too")]
    OneSide,
    #[error("withdrawals list {list}: {error}\n  remedy: import its source again")]
    Withdrawals { list: u64, error: WithdrawalsForm },
    #[error("{0}: this key belongs to a role of the repository\n  remedy: have the issuer make a key of its own")]
    RoleKey(PathBuf),
    #[error("{0}: the issuer has retired this key\n  remedy: list the key that is in use")]
    RetiredKey(PathBuf),
    #[error("no listed key has a kid beginning with `{0}`\n  remedy: `tegata-trust show` lists them")]
    UnknownKid(String),
    #[error("{count} listed keys have a kid beginning with `{kid}`\n  remedy: give more of it")]
    AmbiguousKid { kid: String, count: usize },
    #[error(
        "the lists do not begin with the root that was named: theirs is {0}\n  remedy: get the lists or the hash again, by another way"
    )]
    OtherRoot(RootPin),
    #[error("nothing is published yet\n  remedy: `tegata-trust publish`")]
    NothingPublished,
    #[error("{0}")]
    Folder(#[from] FolderError),
    #[error("{error}\n  remedy: {remedy}", remedy = publish_remedy(.error))]
    Publish {
        #[from]
        error: PublishError,
    },
    #[error("{error}\n  remedy: {remedy}", remedy = draft_remedy(.error))]
    Draft {
        #[from]
        error: DraftError,
    },
    #[error("the lists are refused ({code}): {0}\n  remedy: publish anew, or get newer lists", code = .0.code())]
    Lists(#[from] TrustError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Passphrase(#[from] PassphraseError),
    #[error("{0}")]
    KeyCommand(#[from] KeyCommandError),
    #[error("{format} certificates are never signed with {algorithm}\n  remedy: use a key of type {needed}")]
    Algorithm { format: &'static str, algorithm: &'static str, needed: &'static str },
    #[error("SMART Health Cards name their issuer exactly\n  remedy: say the URL in their `iss` with --iss")]
    NoIss,
    #[error(
        "a key with an exact issuer signs SMART Health Cards only: in other formats its country counts\n  remedy: list it for shc with --iss, and another key for the other formats without"
    )]
    IssOfCountries,
    #[error("{list}: {error}")]
    Import { list: PathBuf, error: ImportError },
    #[error("the files together are larger than any list\n  remedy: name the files of one list only")]
    ImportTooLarge,
    #[error("{0}")]
    Merge(#[from] MergeError),
    #[error("{path}: {error}\n  remedy: check the name and who may read it")]
    Read { path: PathBuf, error: io::Error },
    #[error("the output cannot be written: {0}\n  remedy: make room, or send it elsewhere")]
    Output(#[from] io::Error),
    #[error("the output cannot be written as JSON: {0}\n  remedy: make room, or send it elsewhere")]
    Json(#[from] serde_json::Error),
}

fn lines(faults: &[RuleFault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn missing(groups: &[Missing]) -> String {
    let each = groups.iter().map(|group| format!("{} of the {}, {} must", group.signed, group.group, group.threshold));
    each.collect::<Vec<_>>().join("; ")
}

fn proposal_remedy(error: &ProposalError) -> &'static str {
    match error {
        ProposalError::Malformed | ProposalError::Role(_) => "get the file from the chair again",
        ProposalError::OtherRoot(_) => "sign nothing; ask the chair by another way what this is",
        ProposalError::Refused(_) => "have it corrected and proposed anew",
        ProposalError::Version { .. } => "have it proposed anew from the repository as it is now",
    }
}

fn draft_remedy(error: &DraftError) -> &'static str {
    match error {
        DraftError::SharedKey { .. } => "have the issuer make a key that does nothing else",
        DraftError::NoRange { .. } => "ask for fewer indices",
        _ => "correct repository.json",
    }
}

fn publish_remedy(error: &PublishError) -> &'static str {
    match error {
        PublishError::Refused(TrustError::Expired { .. }) => {
            "publish without --head-only; an expired root needs a new one, signed by old and new keys"
        }
        PublishError::Refused(TrustError::BelowProductionMinimum { .. }) => {
            "give the role more keys, or make a DEMO repository"
        }
        PublishError::Sign(_) => "check the key or its token",
        PublishError::TooFewKeys { .. } => "bring more of the role's keys into the key folder, with this passphrase",
        PublishError::Refused(TrustError::KeyForgotten { .. }) => {
            "list it again in repository.json; to withdraw it use `set-key --state revoked`"
        }
        PublishError::Refused(TrustError::KeyUnrevoked { .. }) => "leave it revoked; the issuer needs a new key",
        PublishError::Refused(TrustError::AnchorForgotten { .. }) => {
            "list it again in repository.json; to withdraw it give it the state revoked there"
        }
        PublishError::Refused(TrustError::AnchorUnrevoked { .. }) => {
            "leave it revoked; the state's new CSCA is an anchor of its own"
        }
        PublishError::Refused(_) => "correct what was listed (repository.json)",
        PublishError::NoTrust => "publish without --head-only",
        PublishError::Waiting { .. } => "publish it first: `tegata-trust publish --head-only`",
        PublishError::Status { .. } => "correct the shard in repository.json, or restore the folder from a backup",
        PublishError::NoStatusRole => "propose a root with --add-status-key",
        PublishError::NoRulesRole => "propose a root with --add-rules-key",
        PublishError::Version { .. } => "propose it anew from the repository as it is now",
        PublishError::RootChange(_) => "`tegata-trust show --json` lists the keys of each role",
        PublishError::ClockBehind { .. } => "set the date and time of this machine",
    }
}

impl Failure {
    /// Whether it is only that nobody reads the output any more.
    pub fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) | Self::KeyCommand(KeyCommandError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe)
    }

    /// Exit status: 2 as asked it cannot be done, 3 not understood, 4 lists missing or refused, 5 files.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::PublicKey { .. }
            | Self::NotASignature(_)
            | Self::ImportTooLarge
            | Self::RuleText { .. }
            | Self::UnreadableRules(_) => 3,
            Self::Import { error, .. } => import_status(error),
            Self::Proposal { error } => match error {
                ProposalError::Malformed => 3,
                ProposalError::OtherRoot(_) => 4,
                _ => 2,
            },
            Self::NothingPublished | Self::OtherRoot(_) | Self::Lists(_) => 4,
            Self::Folder(error) => match error {
                FolderError::Exists(_) | FolderError::Locked(_) => 2,
                FolderError::Draft { .. }
                | FolderError::Withdrawals { .. }
                | FolderError::Rules { .. }
                | FolderError::Journal { .. } => 3,
                FolderError::Missing(_) | FolderError::Damaged { .. } | FolderError::Pending { .. } => 4,
                FolderError::Io { .. } => 5,
            },
            Self::Store(error) => store_status(error),
            Self::KeyCommand(error) => match error {
                KeyCommandError::Store(error) => store_status(error),
                KeyCommandError::Passphrase(_) => 2,
                KeyCommandError::Record(_) | KeyCommandError::Output(_) => 5,
            },
            Self::Read { .. } | Self::Output(_) | Self::Json(_) => 5,
            _ => 2,
        })
    }
}

fn import_status(error: &ImportError) -> u8 {
    match error {
        ImportError::TooLarge | ImportError::Form(_) | ImportError::Signer(_) => 3,
        ImportError::Signature
        | ImportError::AuthorityUnknown
        | ImportError::MasterList(_)
        | ImportError::SignerExpired
        | ImportError::TooOld { .. }
        | ImportError::Lapsed { .. }
        | ImportError::FromTheFuture { .. } => 4,
        ImportError::Files(_) | ImportError::SignerMissing | ImportError::Unsigned | ImportError::Untold { .. } => 2,
    }
}

fn store_status(error: &StoreError) -> u8 {
    match error {
        StoreError::Io { .. } | StoreError::Make(_) => 5,
        StoreError::Damaged { .. } | StoreError::Mismatch { .. } => 3,
        _ => 2,
    }
}
