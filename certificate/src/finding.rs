//! Findings: what is wrong with an authentic certificate without refusing it.
//!
//! Real issuers deviate from their own schemas; a verifier that refused every deviation would
//! turn genuine holders away. Each deviation is read and reported instead.

/// One deviation from the family's schema or profile.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What kind of deviation.
    pub code: FindingCode,
    /// Where: a path in the payload such as `v/0/dn`; never a value.
    pub path: String,
}

/// The kinds of deviation. The list is closed; each has a stable kebab-case name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FindingCode {
    /// A member that the schema requires is missing.
    Missing,
    /// A member has another type than the schema's.
    WrongType,
    /// A text or number lies outside the schema's length or range.
    OutOfRange,
    /// A text does not have the form that the schema asks for.
    WrongForm,
    /// A list has fewer or more entries than the schema allows.
    WrongCount,
    /// More than one kind of entry, or none.
    MixedKinds,
    /// A schema version that is not known.
    UnknownVersion,
    /// A member that no version of the schema has; it is signed all the same.
    UnknownMember,
    /// A list of one around the message.
    ArrayWrapped,
    /// `=` at the end of base64url, where the family writes none.
    Padded,
}

impl FindingCode {
    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongType => "wrong-type",
            Self::OutOfRange => "out-of-range",
            Self::WrongForm => "wrong-form",
            Self::WrongCount => "wrong-count",
            Self::MixedKinds => "mixed-kinds",
            Self::UnknownVersion => "unknown-version",
            Self::UnknownMember => "unknown-member",
            Self::ArrayWrapped => "array-wrapped",
            Self::Padded => "base64url-padding",
        }
    }
}

impl Finding {
    /// A finding of that kind at that place.
    #[must_use]
    pub fn new(code: FindingCode, path: impl Into<String>) -> Self {
        Self { code, path: path.into() }
    }
}
