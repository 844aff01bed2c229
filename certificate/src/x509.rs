//! X.509 certificates of travel documents and of health networks: reading them as states really write
//! them, and checking who signed them.
//!
//! Doc 9303-12 and practice differ from the web's certificates: curves are spelled out, names and
//! key identifiers are shared by several certificates, numbers are negative. Lenient is the reading
//! only; a signature is checked over the bytes as received, and a curve counts as the one it is if every
//! one of its parameters is.
//!
//! ```no_run
//! use tegata_certificate::{UnixTime, x509};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (signer, csca): (&[u8], &[u8]) = (&[], &[]);
//! let signer = x509::Certificate::from_der(signer)?;
//! let trusted = [x509::Certificate::from_der(csca)?];
//! let issuer = x509::find_issuer(&signer, trusted.iter().map(x509::Candidate::from), UnixTime(1_767_225_600))?;
//! # Ok(())
//! # }
//! ```

mod algorithm;
mod certificate;
mod chain;
mod crl;
mod curve;
pub mod der;
mod name;
mod public_key;
mod spki;
mod weierstrass;

pub use algorithm::{AlgorithmError, Hash, SignatureAlgorithm};
pub use certificate::{Certificate, Extension};
pub use chain::{Candidate, ChainError, find_issuer, find_signers};
pub use crl::{Crl, CrlError};
pub use curve::Curve;
pub use name::Name;
pub use public_key::PublicKey;
pub(crate) use spki::SubjectKey;
