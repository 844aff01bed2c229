//! What a vaccination certificate says, and how each family writes it: bytes in, values out.
//!
//! No I/O, no clock and no private key is in here; `now` is an argument of those who judge.

mod certificate;
mod date;
mod finding;
mod format;
mod frame;
mod name;
mod signature;
pub mod vaccine;

pub use certificate::{
    Certificate, Country, Dose, Holder, Kind, Recovery, Sex, StatusIndex, TestResult, TravelDocument,
};
pub use date::{BirthDate, Date, UnixTime};
pub use finding::{Finding, FindingCode};
pub use format::Format;
pub use frame::cbor;
pub use name::{RegisteredName, RomanisedName};
pub use signature::{Algorithm, KeyError, SignatureError, VerifyingKey};
