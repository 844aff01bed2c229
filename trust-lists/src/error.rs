//! Why a repository is not believed.

use crate::role::Role;
use crate::source::FileName;
use crate::status::StatusFault;
use tegata_certificate::{KeyError, UnixTime};

/// Why trust lists were refused. Nothing of a refused set is used.
///
/// The messages hold no secret and no personal data; [`code`](Self::code) is stable.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TrustError {
    /// Not a bundle.
    #[error("not a trust list bundle")]
    BundleMalformed,
    /// Longer than any file of this role.
    #[error("the {role} file is larger than allowed")]
    TooLarge {
        /// Whose file.
        role: Role,
    },
    /// Not deterministic CBOR of the specified shape.
    #[error("the {role} file is malformed")]
    Malformed {
        /// Whose file.
        role: Role,
    },
    /// A label below 64 that this version does not know: it might change what the list means.
    #[error("the {role} file needs a newer version of this program")]
    UnknownLabel {
        /// Whose file.
        role: Role,
        /// The label.
        label: u64,
    },
    /// Of another specification than `vc-trust/1`.
    #[error("the {role} file is of another specification")]
    OtherSpecification {
        /// Whose file.
        role: Role,
    },
    /// A list of another role in this one's place.
    #[error("another role's file stands in place of the {role} file")]
    OtherRole {
        /// In whose place.
        role: Role,
    },
    /// A list of another repository.
    #[error("the {role} file belongs to another repository")]
    OtherRepository {
        /// Whose file.
        role: Role,
    },
    /// Version 0, or it expires before it was issued, or outside years 1970 to 9999.
    #[error("the {role} file states an impossible version or lifetime")]
    BadLifetime {
        /// Whose file.
        role: Role,
    },
    /// A repository id that is empty, too long, or of other characters than `A-Z a-z 0-9 . _ - /`.
    #[error("the repository's id is malformed")]
    BadRepositoryId,
    /// The first root is not the pinned one.
    #[error("the first root is not the pinned one")]
    NotPinned,
    /// The root versions are not 1, 2, … without a gap.
    #[error("root version {found} stands where {expected} belongs")]
    RootVersion {
        /// The version in the file.
        found: u64,
        /// The version that belongs there.
        expected: u64,
    },
    /// Fewer valid signatures of distinct keys of the role than its threshold.
    #[error("the {role} file is not signed by enough of its keys")]
    BelowThreshold {
        /// Whose file.
        role: Role,
    },
    /// A threshold of 0 or above the number of keys, no keys, or too many.
    #[error("the root gives the {role} role an impossible threshold")]
    BadThreshold {
        /// Whose threshold.
        role: Role,
    },
    /// A role's key that is unusable: weak, or neither Ed25519 nor P-256.
    #[error("the root gives the {role} role an unusable key")]
    BadRoleKey {
        /// Whose key.
        role: Role,
    },
    /// A key twice in a role, or in two roles.
    #[error("the root gives a key of the {role} role twice")]
    SharedRoleKey {
        /// The second role that names it.
        role: Role,
    },
    /// Less than what a repository that is not DEMO needs.
    #[error("the {role} role has fewer keys than a production repository needs")]
    BelowProductionMinimum {
        /// Whose keys.
        role: Role,
    },
    /// Not the file that the head names.
    #[error("the {role} file is not the one that the head names")]
    NotNamedByHead {
        /// Whose file.
        role: Role,
    },
    /// More root versions than there can be.
    #[error("the repository has more root versions than allowed: a new one must be pinned")]
    TooManyRoots,
    /// The head names more bytes than a verifier keeps.
    #[error("the head names more bytes than allowed")]
    TooMuchNamed,
    /// A file that must be there is not.
    #[error("{file} is missing")]
    Withheld {
        /// The file.
        file: FileName,
    },
    /// Older than what is held: somebody replays it, or the source is out of date.
    #[error("{file} is version {found}, older than version {held} that is held")]
    Rollback {
        /// The file.
        file: FileName,
        /// Its version.
        found: u64,
        /// The version held.
        held: u64,
    },
    /// Another file of the version that is held.
    #[error("{file} is another file of version {version} than the one held")]
    Forked {
        /// The file.
        file: FileName,
        /// The version of both.
        version: u64,
    },
    /// A listed key vanished, though something that it signed could still be valid.
    #[error("key {} is no longer in the trust file", base16ct::lower::encode_string(kid))]
    KeyForgotten {
        /// Its kid.
        kid: [u8; 32],
    },
    /// A revoked key is to count again.
    #[error("key {} was published as revoked and is to count again", base16ct::lower::encode_string(kid))]
    KeyUnrevoked {
        /// Its kid.
        kid: [u8; 32],
    },
    /// A listed anchor vanished, though something could still chain to it.
    #[error("anchor {} is no longer in the trust file", base16ct::lower::encode_string(sha256))]
    AnchorForgotten {
        /// SHA-256 of its certificate.
        sha256: [u8; 32],
    },
    /// A revoked anchor is to count again.
    #[error("anchor {} was published as revoked and is to count again", base16ct::lower::encode_string(sha256))]
    AnchorUnrevoked {
        /// SHA-256 of its certificate.
        sha256: [u8; 32],
    },
    /// A status shard that is in force is no longer published.
    #[error("the head no longer names status shard {shard}, which has not expired")]
    ShardForgotten {
        /// Its number.
        shard: u64,
    },
    /// A list of others' withdrawals that is in force is no longer published.
    #[error("the head no longer names withdrawal list {list}, which has not expired")]
    WithdrawalsForgotten {
        /// Its number.
        list: u64,
    },
    /// Rule sets that are in force are no longer published.
    #[error("the head no longer names the rule sets, which have not expired")]
    RulesForgotten,
    /// Not held, and yet older than the head that is held: it had left and an old version came back.
    #[error("{file} is new here and yet older than the head that is held")]
    Reappeared {
        /// The file.
        file: FileName,
    },
    /// What was kept is damaged.
    #[error("the lists that were kept are damaged")]
    HeldMalformed,
    /// Past its expiry, for head and trust past the grace period too.
    #[error("the {role} file expired at {at}")]
    Expired {
        /// Whose file.
        role: Role,
        /// Its expiry.
        at: UnixTime,
    },
    /// Issued more than a day after `now`: the clock is wrong, or the file lies.
    #[error("the {role} file was issued at {issued_at}, which is in the future: check this device's clock")]
    ClockSuspect {
        /// Whose file.
        role: Role,
        /// When it says it was issued.
        issued_at: UnixTime,
    },
    /// More issuers, keys or anchors than allowed.
    #[error("the trust file has too many entries")]
    TooManyEntries,
    /// An issuer without a proper name or country.
    #[error("issuer {issuer} in the trust file: no proper name or country")]
    BadIssuer {
        /// Its place, from 0.
        issuer: usize,
    },
    /// A key entry that does not stand by itself.
    #[error("key {entry} in the trust file: {fault}")]
    BadEntry {
        /// Its place, from 0.
        entry: usize,
        /// What is wrong.
        fault: EntryFault,
    },
    /// An anchor that does not stand by itself.
    #[error("anchor {anchor} in the trust file: {fault}")]
    BadAnchor {
        /// Its place, from 0.
        anchor: usize,
        /// What is wrong.
        fault: EntryFault,
    },
    /// The same certificate twice among the anchors.
    #[error("anchor {anchor} in the trust file is there twice")]
    DuplicateAnchor {
        /// The second one's place, from 0.
        anchor: usize,
    },
    /// The same kid twice for one issuer (and one `iss`).
    #[error("key {entry} in the trust file is there twice")]
    DuplicateEntry {
        /// The second one's place, from 0.
        entry: usize,
    },
    /// More than four keys answer to one hint: some would never be tried.
    #[error("key {entry} in the trust file: more than four keys share its short identifier")]
    CrowdedHint {
        /// A place, from 0.
        entry: usize,
    },
    /// A status range of this key overlaps one of another issuer.
    #[error("key {entry} in the trust file: its status range overlaps another issuer's")]
    OverlappingRanges {
        /// Its place, from 0.
        entry: usize,
    },
    /// A key that signs lists also signs documents.
    #[error("key {entry} in the trust file also belongs to a role of the repository")]
    RoleKeyListed {
        /// Its place, from 0.
        entry: usize,
    },
    /// A shard whose files do not give the set that the head names.
    #[error("status shard {shard}: {fault}")]
    BadStatus {
        /// Its number.
        shard: u64,
        /// What is wrong.
        fault: StatusFault,
    },
    /// A foreign withdrawal list in another one's place.
    #[error("another list stands in place of withdrawal list {list}")]
    OtherWithdrawals {
        /// In whose place.
        list: u64,
    },
    /// A part of a foreign withdrawal list that is malformed, impossible or out of order.
    #[error("group {group} of withdrawal list {list} is not as it should be")]
    BadWithdrawals {
        /// The list's number.
        list: u64,
        /// The part's place, from 0.
        group: u64,
    },
    /// A status request that contradicts itself, or names impossible indices or rules.
    #[error("the status request: {fault}")]
    BadRequest {
        /// What is wrong.
        fault: StatusFault,
    },
    /// A status request that none of the issuers' status-request keys signed, or more than one key.
    #[error("the status request is not signed by one key that may ask")]
    UnknownRequester,
}

/// What is wrong with one key entry.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum EntryFault {
    /// A part is missing or of the wrong shape.
    #[error("malformed")]
    Malformed,
    /// The public key is weak or unusable.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// The algorithm is not the key's.
    #[error("its algorithm is not the one of its key")]
    Algorithm,
    /// It names an issuer that is not in the list.
    #[error("it belongs to no listed issuer")]
    Issuer,
    /// A compact key whose kid is not its thumbprint, or a thumbprint that is stated though it follows from the key.
    #[error("its kid is not stated as it should be")]
    Kid,
    /// No format, no kind, no country, both countries and an exact issuer, or `shc` without an exact issuer.
    #[error("its scope is empty or contradictory")]
    Scope,
    /// A window that ends before it starts, or a certificate life of nothing.
    #[error("its windows are impossible")]
    Window,
    /// A status range that is empty, too long, or overlaps another of the same key.
    #[error("its status ranges are impossible")]
    Range,
}

impl TrustError {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BundleMalformed => "bundle-malformed",
            Self::TooLarge { .. } => "list-too-large",
            Self::Malformed { .. } => "list-malformed",
            Self::UnknownLabel { .. } => "list-too-new",
            Self::OtherSpecification { .. } => "list-other-specification",
            Self::OtherRole { .. } => "list-other-role",
            Self::OtherRepository { .. } => "list-other-repository",
            Self::BadLifetime { .. } => "list-bad-lifetime",
            Self::BadRepositoryId => "repository-id-malformed",
            Self::NotPinned => "root-not-pinned",
            Self::RootVersion { .. } => "root-version-gap",
            Self::BelowThreshold { .. } => "list-below-threshold",
            Self::BadThreshold { .. } => "root-bad-threshold",
            Self::BadRoleKey { .. } => "root-bad-key",
            Self::SharedRoleKey { .. } => "root-shared-key",
            Self::BelowProductionMinimum { .. } => "root-below-production-minimum",
            Self::NotNamedByHead { .. } => "list-not-named-by-head",
            Self::TooManyRoots => "root-too-many",
            Self::TooMuchNamed => "head-names-too-much",
            Self::Withheld { .. } => "list-withheld",
            Self::Rollback { .. } => "list-rollback",
            Self::Forked { .. } => "list-forked",
            Self::KeyForgotten { .. } => "trust-key-forgotten",
            Self::KeyUnrevoked { .. } => "trust-key-unrevoked",
            Self::AnchorForgotten { .. } => "trust-anchor-forgotten",
            Self::AnchorUnrevoked { .. } => "trust-anchor-unrevoked",
            Self::ShardForgotten { .. } => "status-forgotten",
            Self::WithdrawalsForgotten { .. } => "withdrawals-forgotten",
            Self::RulesForgotten => "rules-forgotten",
            Self::Reappeared { .. } => "list-reappeared",
            Self::HeldMalformed => "held-malformed",
            Self::Expired { .. } => "list-expired",
            Self::ClockSuspect { .. } => "clock-suspect",
            Self::TooManyEntries => "trust-too-many-entries",
            Self::BadIssuer { .. } => "trust-bad-issuer",
            Self::BadEntry { .. } => "trust-bad-key",
            Self::BadAnchor { .. } => "trust-bad-anchor",
            Self::DuplicateAnchor { .. } => "trust-duplicate-anchor",
            Self::DuplicateEntry { .. } => "trust-duplicate-key",
            Self::CrowdedHint { .. } => "trust-crowded-hint",
            Self::OverlappingRanges { .. } => "trust-overlapping-ranges",
            Self::RoleKeyListed { .. } => "trust-role-key-listed",
            Self::BadStatus { fault, .. } => fault.code(),
            Self::OtherWithdrawals { .. } => "withdrawals-other-list",
            Self::BadWithdrawals { .. } => "withdrawals-bad-group",
            Self::BadRequest { .. } => "request-impossible",
            Self::UnknownRequester => "request-unknown-key",
        }
    }
}
