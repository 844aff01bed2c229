//! Frames: how a text becomes bytes and bytes become a signed message. Every bound on hostile
//! input is here.

pub mod base45;
pub mod cbor;
pub mod cose;
pub mod deflate;
pub mod jcs;
pub mod json;
pub mod jws;
pub mod numeric;

pub use cose::CoseError;

/// Why a text is not the frame that its prefix announces.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FrameError {
    /// Not base45 (RFC 9285).
    #[error("not base45")]
    Base45,
    /// Not base45, because the blanks, which are part of its alphabet, were lost on the way.
    #[error("not base45: its blanks were lost")]
    BlanksLost,
    /// Not one intact zlib stream.
    #[error("not an intact zlib stream")]
    Inflate,
    /// Longer than any certificate, before or after inflating.
    #[error("larger than any certificate")]
    TooLarge,
    /// Not well-formed CBOR within the bounds.
    #[error(transparent)]
    Cbor(#[from] cbor::CborError),
    /// Not the digits of a SMART Health Card.
    #[error(transparent)]
    Numeric(#[from] numeric::NumericError),
    /// Not the JSON Web Signature of this family.
    #[error(transparent)]
    Jws(#[from] jws::JwsError),
    /// A payload in which what names its signer cannot be found.
    #[error("the payload does not name its issuer")]
    Issuer,
    /// Not the COSE message of this family.
    #[error(transparent)]
    Cose(#[from] cose::CoseError),
}
