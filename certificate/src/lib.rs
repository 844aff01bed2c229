//! What a vaccination certificate says, and how each family writes it: bytes in, values out.
//!
//! No I/O, no clock and no private key is in here; `now` is an argument of those who judge.
//!
//! A scanned text becomes [`Sealed`]: decoded, bounded, believed by nobody. Its [`LookupHints`] find keys
//! and decide nothing. [`Sealed::open`] gives [`Authentic`] if a key signed exactly the bytes that were
//! received; only then is the payload read into a [`Certificate`]. Whether the key may sign it, and
//! whether it is in force, is the verifier's part of the journey: a certificate is to be had from its
//! verdict.
//!
//! The other way round, [`Format::write`] lays a certificate out, whoever holds the key signs, and
//! [`Unsigned::seal`] gives the text for the QR symbol:
//!
//! ```
//! use ed25519_dalek::Signer;
//! use tegata_certificate::vaccine::{CodeSystem, VaccineCode};
//! use tegata_certificate::{
//!     Algorithm, BirthDate, Certificate, Date, Dose, Format, Holder, KeyIdentity, Kind, RegisteredName, Sealed,
//!     StatusIndex, UnixTime, VerifyingKey,
//! };
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let holder = Holder {
//!     registered: Some(RegisteredName::Whole("手形 花子".into())),
//!     ..Holder::born(BirthDate::parse("1984-04-01").ok_or("no date")?)
//! };
//! let comirnaty = VaccineCode { system: CodeSystem::Cvx, code: "208".into() };
//! let dose = Dose { date: Date::parse("2021-07-01"), lot: Some("FA7338".into()), number: Some(1), ..Dose::of(comirnaty) };
//! let certificate = Certificate {
//!     doses: vec![dose],
//!     issued_at: Some(UnixTime(1_780_000_000)),
//!     expires_at: Some(UnixTime(2_095_000_000)),
//!     status: Some(StatusIndex { shard: 1, index: 4711 }),
//!     ..Certificate::about(holder, Format::Compact, Kind::Vaccination)
//! };
//!
//! let office = ed25519_dalek::SigningKey::from_bytes(&[7; 32]); // a token or a sealed file, in earnest
//! let listed = VerifyingKey::ed25519(office.verifying_key().as_bytes())?;
//! let identity = KeyIdentity { algorithm: Algorithm::EdDsa, kid: listed.thumbprint(), certificate: None };
//! let unsigned = Format::Compact.write(&certificate, &identity)?;
//! let signature = office.sign(unsigned.to_be_signed()).to_bytes();
//! let written = unsigned.seal(&signature)?;
//! assert!(written.text().starts_with("TG1:"));
//!
//! let sealed = Sealed::decode(written.text())?;
//! assert_eq!(sealed.kid(), Some(&listed.thumbprint()[..4]));
//! let authentic = sealed.open(&listed)?;
//! assert!(authentic.read()? == certificate);
//! # Ok(())
//! # }
//! ```

mod barcode_signer;
mod caution;
mod certificate;
mod country;
mod date;
mod finding;
mod format;
mod frame;
mod message;
pub mod mrz;
mod name;
mod recognised;
mod sealed;
mod signature;
mod signer_certificate;
pub mod transliteration;
pub mod vaccine;
pub mod x509;

pub use barcode_signer::{BarcodeSigner, SignerFault};
pub use caution::Caution;
pub use certificate::{
    Certificate, Dose, Holder, Kind, Recovery, Sex, StatusIndex, TestMethod, TestOutcome, TestResult, TravelDocument,
};
pub use country::Country;
pub use date::{BirthDate, Date, UnixTime};
pub use finding::{Finding, FindingCode};
pub use format::{Encoding, Format, PayloadError, QR_CHARACTERS_MAX, SealError};
pub use format::{eu_dcc, icvp, shc};
pub use frame::cose::{ClaimedAlgorithm, CoseError, KidPlace};
pub use frame::jws::{Jws, JwsError};
pub use frame::{FrameError, base45, cbor, deflate, jcs, json};
pub use name::{RegisteredName, RomanisedName};
pub use recognised::Recognised;
pub use sealed::{
    Authentic, DecodeError, KeyIdentity, LookupHints, OpenError, ReadBackError, Sealed, Unsigned, WriteError, Written,
};
pub use signature::tables as key_tables;
pub use signature::{Algorithm, JwkError, JwkSet, KeyError, SignatureError, VerifyingKey};
pub use signer_certificate::SignerCertificate;
