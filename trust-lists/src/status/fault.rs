//! Why a status set is not one.

/// What is wrong with a status set, its rules or its delta.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StatusFault {
    /// Larger than a shard: more than 2^24 indices.
    #[error("it is larger than a shard may be")]
    Size,
    /// More revoked indices than there are indices, or than its data can hold.
    #[error("it counts more indices than it can hold")]
    Count,
    /// Indices that do not ascend, or one twice.
    #[error("its indices do not ascend")]
    Order,
    /// An index that is not below the size.
    #[error("it holds an index beyond its size")]
    Range,
    /// The data ends before the last index.
    #[error("its data ends too early")]
    Truncated,
    /// Data after the last index: a whole byte, or a bit that is not zero.
    #[error("it has data after its last index")]
    Trailing,
    /// More than 256 rules, rules that do not ascend, or one that is impossible.
    #[error("its rules are impossible")]
    Rules,
    /// The file is of another shard, or it is a delta in place of a base or the reverse.
    #[error("it is not the file of that shard that it should be")]
    OtherShard,
    /// The delta was made for another base.
    #[error("its delta belongs to another base")]
    OtherBase,
    /// The delta is not newer than the base, of another repository, or makes the shard smaller.
    #[error("its delta does not follow from its base")]
    NoSuccessor,
    /// The delta adds an index that the base holds already.
    #[error("its delta adds what is there already")]
    AddedTwice,
    /// The delta removes an index that the base does not hold, or one that it adds.
    #[error("its delta removes what is not there")]
    RemovedMissing,
    /// Not the set whose hash the head names.
    #[error("it is not the set that the head names")]
    OtherResult,
}

impl StatusFault {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Size => "status-size",
            Self::Count => "status-count",
            Self::Order => "status-order",
            Self::Range => "status-index-range",
            Self::Truncated => "status-truncated",
            Self::Trailing => "status-trailing",
            Self::Rules => "status-rules",
            Self::OtherShard => "status-other-shard",
            Self::OtherBase => "status-other-base",
            Self::NoSuccessor => "status-no-successor",
            Self::AddedTwice => "status-added-twice",
            Self::RemovedMissing => "status-removed-missing",
            Self::OtherResult => "status-other-result",
        }
    }
}
