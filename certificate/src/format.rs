//! The families of certificates: one file each, behind one small trait. Adding a family adds its
//! file and its line in [`Format::family`].

mod compact;
pub mod eu_dcc;

use crate::certificate::Certificate;
use crate::frame::cbor::{CborError, Profile};
use crate::frame::{CoseError, FrameError};
use crate::sealed::{DecodeError, KeyIdentity, Sealed, Unsigned, WriteError};

/// The most characters that a QR symbol holds in alphanumeric mode (version 40, level L).
pub const QR_CHARACTERS_MAX: usize = 4_296;

/// A family of certificates. The numbers are those of trust lists.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    /// Our own: `TG1:`, COSE, integer keys, a status index.
    Compact,
    /// EU Digital COVID Certificate: `HC1:`, claim −260/1.
    EuDcc,
    /// WHO International Certificate of Vaccination or Prophylaxis: `HC1:`, claim −260/−6.
    Icvp,
    /// SMART Health Card: `shc:/`.
    Shc,
    /// ICAO Visible Digital Seal for non-constrained environments.
    VdsNc,
}

impl Format {
    /// Every family, in the order of their numbers.
    pub const ALL: [Self; 5] = [Self::Compact, Self::EuDcc, Self::Icvp, Self::Shc, Self::VdsNc];

    /// The family that a text announces by its first characters.
    ///
    /// # Errors
    /// [`DecodeError::NotReadHere`] for the families that are recognised only (SMART Health Cards and
    /// Links, VDS-NC, DIVOC, the domestic codes of the Netherlands, Austria and Lithuania),
    /// [`DecodeError::UnknownPrefix`] for anything else.
    pub fn recognise(text: &str) -> Result<Self, DecodeError> {
        const READ: [(&str, Format); 2] = [("TG1:", Format::Compact), ("HC1:", Format::EuDcc)];
        const RECOGNISED: [&str; 10] = [
            "shc:/",
            "SHC:/",
            "shlink:/",
            "HC",
            "AT1:",
            "LT1:",
            "NL",
            "PK\u{3}\u{4}",
            "{\"data\":{\"hdr\"",
            "[{\"data\":{\"hdr\"",
        ];
        if let Some((_, format)) = READ.iter().find(|(prefix, _)| text.starts_with(prefix)) {
            return Ok(*format);
        }
        let known = RECOGNISED.iter().any(|prefix| match *prefix {
            // A version digit or letter follows: later envelopes of the EU, and NL1:, NL2: …
            "HC" | "NL" => text
                .strip_prefix(prefix)
                .is_some_and(|rest| matches!(rest.as_bytes(), [b'0'..=b'9' | b'A'..=b'Z', b':', ..])),
            prefix => text.starts_with(prefix),
        });
        Err(if known { DecodeError::NotReadHere } else { DecodeError::UnknownPrefix })
    }

    /// How the family is read and written; `None` for one that is not yet.
    pub(crate) fn family(self) -> Option<&'static dyn Family> {
        match self {
            Self::Compact => Some(&compact::Compact),
            Self::EuDcc => Some(&eu_dcc::EuDcc),
            Self::Icvp | Self::Shc | Self::VdsNc => None,
        }
    }

    /// How strictly the family's messages are read.
    #[must_use]
    pub fn profile(self) -> Profile {
        match self {
            Self::Compact => Profile::Deterministic,
            Self::EuDcc | Self::Icvp | Self::Shc | Self::VdsNc => Profile::Lenient,
        }
    }

    /// How many bytes of a key's identifier the family writes.
    #[must_use]
    pub fn kid_length(self) -> usize {
        match self {
            Self::Compact => compact::KID_LENGTH,
            Self::EuDcc | Self::Icvp | Self::Shc | Self::VdsNc => eu_dcc::KID_LENGTH,
        }
    }

    /// Lays a certificate out in this family, to be signed by the key of that identity.
    ///
    /// # Errors
    /// [`WriteError`] if the family cannot say it, or is not written here.
    pub fn write(self, certificate: &Certificate, identity: &KeyIdentity) -> Result<Unsigned, WriteError> {
        self.family().ok_or(WriteError::NotWrittenHere)?.write(certificate, identity)
    }

    /// The number in trust lists, from 1.
    #[must_use]
    pub fn number(self) -> u64 {
        match self {
            Self::Compact => 1,
            Self::EuDcc => 2,
            Self::Icvp => 3,
            Self::Shc => 4,
            Self::VdsNc => 5,
        }
    }

    /// The family with that number.
    #[must_use]
    pub fn from_number(number: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.number() == number)
    }

    /// The stable name used in reports, lists and arguments.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Compact => "compact",
            Self::EuDcc => "eu-dcc",
            Self::Icvp => "icvp",
            Self::Shc => "shc",
            Self::VdsNc => "vds-nc",
        }
    }

    /// The family with that [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// How one family is read and written.
pub(crate) trait Family: Sync {
    /// The COSE message inside a text of this family.
    fn unframe(&self, text: &str) -> Result<Vec<u8>, DecodeError>;

    /// What the family asks of a message's headers beyond its profile.
    fn check_headers(&self, sealed: &Sealed) -> Result<(), CoseError>;

    /// Reads a signed payload.
    fn read(&self, payload: &[u8], profile: Profile) -> Result<Certificate, PayloadError>;

    /// Lays a certificate out.
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity) -> Result<Unsigned, WriteError>;

    /// The text of a signed message.
    fn frame(&self, message: &[u8]) -> Result<String, WriteError>;
}

/// Why a signed payload is not a certificate of its family. The signature held: its issuer wrote it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PayloadError {
    /// Not CBOR within the bounds.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Not the shape of the family.
    #[error("the payload is not of the family's shape")]
    Structure,
    /// A moment that is missing, no number, negative, not finite or beyond year 9999.
    #[error("a time claim is missing or out of range")]
    Time,
    /// The issuer claim is no text.
    #[error("the issuer claim is no text")]
    Issuer,
    /// No vaccination, test or recovery in it, or several kinds at once.
    #[error("the payload does not hold exactly one kind of entry")]
    Entry,
    /// A name or birth date that is no text.
    #[error("a name or birth date is of a wrong type")]
    Person,
    /// The strict profile allows no finding.
    #[error("the payload is outside the strict profile")]
    NotStrict,
}

/// The part of a text behind its prefix, if all of it fits a QR symbol.
fn body<'a>(text: &'a str, prefix: &str) -> Result<&'a str, DecodeError> {
    if text.len() > QR_CHARACTERS_MAX {
        return Err(DecodeError::TooLong);
    }
    text.strip_prefix(prefix).ok_or(DecodeError::UnknownPrefix)
}

/// The prefix and the base45 of what follows it, if it fits a QR symbol.
fn framed(prefix: &str, bytes: &[u8]) -> Result<String, WriteError> {
    let text = format!("{prefix}{}", crate::frame::base45::encode(bytes));
    if text.len() > QR_CHARACTERS_MAX { Err(WriteError::TooLarge) } else { Ok(text) }
}

impl From<FrameError> for WriteError {
    fn from(_: FrameError) -> Self {
        Self::TooLarge
    }
}
