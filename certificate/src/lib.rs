//! What a vaccination certificate says, and how each family writes it: bytes in, values out.
//!
//! No I/O, no clock and no private key is in here; `now` is an argument of those who judge.

mod certificate;
mod date;
mod finding;
mod format;
mod frame;
mod name;
mod sealed;
mod signature;
mod signer_certificate;
pub mod vaccine;

pub use certificate::{
    Certificate, Country, Dose, Holder, Kind, Recovery, Sex, StatusIndex, TestResult, TravelDocument,
};
pub use date::{BirthDate, Date, UnixTime};
pub use finding::{Finding, FindingCode};
pub use format::eu_dcc;
pub use format::{Format, PayloadError, QR_CHARACTERS_MAX};
pub use frame::cose::{ClaimedAlgorithm, CoseError, KidPlace};
pub use frame::jws::{Jws, JwsError};
pub use frame::{FrameError, base45, cbor, deflate};
pub use name::{RegisteredName, RomanisedName};
pub use sealed::{Authentic, DecodeError, KeyIdentity, LookupHints, OpenError, Sealed, Unsigned, WriteError, Written};
pub use signature::{Algorithm, JwkError, JwkSet, KeyError, SignatureError, VerifyingKey};
pub use signer_certificate::SignerCertificate;
