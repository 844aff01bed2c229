//! Why records are corrected.

use tegata_trust_lists::RevocationReason;

/// Why a record is corrected.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CorrectionReason {
    /// Somebody mistyped it.
    Clerical,
    /// A machine misread it.
    OcrMisread,
    /// It was another person's.
    WrongPerson,
    /// The person moved, and the register of before said otherwise.
    Moved,
    /// The name changed.
    NameChange,
    /// The lot was recalled or entered wrongly for many.
    LotRecall,
    /// Somebody lied.
    Fraud,
    /// Something else.
    Other,
}

impl CorrectionReason {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::Clerical,
        Self::OcrMisread,
        Self::WrongPerson,
        Self::Moved,
        Self::NameChange,
        Self::LotRecall,
        Self::Fraud,
        Self::Other,
    ];

    /// The stable name used in arguments and reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Clerical => "clerical",
            Self::OcrMisread => "ocr-misread",
            Self::WrongPerson => "wrong-person",
            Self::Moved => "moved",
            Self::NameChange => "name-change",
            Self::LotRecall => "lot-recall",
            Self::Fraud => "fraud",
            Self::Other => "other",
        }
    }

    /// The reason with that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    pub(super) fn number(self) -> i64 {
        match self {
            Self::Clerical => 1,
            Self::OcrMisread => 2,
            Self::WrongPerson => 3,
            Self::Moved => 4,
            Self::NameChange => 5,
            Self::LotRecall => 6,
            Self::Fraud => 7,
            Self::Other => 8,
        }
    }

    pub(crate) fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| u64::try_from(reason.number()) == Ok(number))
    }

    /// What the status list says of the old certificates. It publishes no more than it needs: whether the holder was
    /// at fault is nobody's business at a door.
    #[must_use]
    pub fn revocation(self) -> RevocationReason {
        RevocationReason::Withdrawn
    }
}
