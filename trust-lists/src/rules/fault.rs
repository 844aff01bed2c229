//! What is wrong with an expression, and why one gives no value.

use tegata_certificate::json::Json;

/// Why something is not an expression of CertLogic 1.3.3.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExpressionFault {
    /// Null, or another value that cannot stand for itself.
    #[error("null is no expression")]
    Null,
    /// A number with a fraction.
    #[error("a number that is not whole")]
    NotWhole,
    /// An object that is no operation.
    #[error("an operation is an object with exactly one name, and this has {0}")]
    Names(usize),
    /// The operands are no list.
    #[error("the operands of an operation are a list")]
    NoOperands,
    /// No operation of CertLogic.
    #[error("there is no operation `{0}`")]
    Unknown(String),
    /// Too few or too many operands.
    #[error("an operation with {found} operands, which takes {wanted}")]
    Operands {
        /// How many it takes, in words.
        wanted: &'static str,
        /// How many there are.
        found: usize,
    },
    /// The path of a data access is no text.
    #[error("the path of `var` is a text")]
    PathNoText,
    /// The path has an empty part.
    #[error("the path of `var` has an empty part")]
    PathPart,
    /// What a time is moved by is no whole number.
    #[error("the second operand of `plusTime` is a whole number")]
    Amount,
    /// What a time is moved by has no unit.
    #[error("the third operand of `plusTime` is year, month, day or hour")]
    Unit,
    /// Which part of an identifier is wanted is no whole number.
    #[error("the second operand of `extractFromUVCI` is a whole number")]
    Index,
    /// Nested more deeply than is evaluated.
    #[error("nested too deeply")]
    TooDeep,
    /// More operations than are evaluated.
    #[error("too long")]
    TooLong,
}

/// A part of an expression that is none, and why.
#[derive(Clone, PartialEq, Debug)]
pub struct Issue<'a> {
    /// The part.
    pub part: &'a Json<'a>,
    /// What is wrong with it.
    pub fault: ExpressionFault,
}

/// Why an expression gives no value for some data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Unevaluable {
    /// An operand that is neither truthy nor falsy: a time.
    #[error("a time is neither true nor false")]
    NeitherTrueNorFalse,
    /// An operand that must be a list.
    #[error("an operand is no list")]
    NoList,
    /// An operand that must be a whole number.
    #[error("an operand is no whole number")]
    NoInteger,
    /// An operand that must be a time.
    #[error("an operand is no time")]
    NoTime,
    /// An operand that must be a text.
    #[error("an operand is no text")]
    NoText,
    /// A text that is no date or time, or one beyond years 1 to 9999.
    #[error("a text is no date or time")]
    BadTime,
    /// More work than is done for a rule.
    #[error("evaluating it takes too long")]
    TooLong,
}
