//! The families of certificates: one file each, behind one small trait. Adding a family adds its
//! file and its line in [`Format::family`].

mod compact;
pub mod eu_dcc;
mod hcert;
pub mod icvp;
pub mod shc;
mod vds_nc;

pub use vds_nc::SealError;

use crate::caution::Caution;
use crate::certificate::Certificate;
use crate::date::Date;
use crate::frame::FrameError;
use crate::frame::cbor::{CborError, Profile};
use crate::frame::cose;
use crate::message::Message;
use crate::recognised::Recognised;
use crate::sealed::{DecodeError, Draft, KeyIdentity, Unsigned, WriteError, Written};

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

    /// The family that a text announces by its first characters. Of those that share a frame it is the first.
    ///
    /// # Errors
    /// [`DecodeError::Recognised`] for what is recognised only (health links, DIVOC, domestic codes),
    /// [`DecodeError::UnknownPrefix`] for anything else.
    pub fn recognise(text: &str) -> Result<Self, DecodeError> {
        let announced = |format: &Self| format.family().announced_by(text);
        match Self::ALL.into_iter().find(announced) {
            Some(format) => Ok(format),
            None => Err(Recognised::of(text).map_or(DecodeError::UnknownPrefix, DecodeError::Recognised)),
        }
    }

    /// How the family is written.
    pub(crate) fn writing(self) -> &'static dyn Writing {
        match self {
            Self::Compact => &compact::Compact,
            Self::EuDcc => &eu_dcc::EuDcc,
            Self::Icvp => &icvp::Icvp,
            Self::Shc => &shc::Shc,
            Self::VdsNc => &vds_nc::VdsNc,
        }
    }

    /// How the family is read.
    pub(crate) fn family(self) -> &'static dyn Family {
        match self {
            Self::Compact => &compact::Compact,
            Self::EuDcc => &eu_dcc::EuDcc,
            Self::Icvp => &icvp::Icvp,
            Self::Shc => &shc::Shc,
            Self::VdsNc => &vds_nc::VdsNc,
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
            Self::EuDcc | Self::Icvp | Self::VdsNc => hcert::KID_LENGTH,
            Self::Shc => shc::KID_LENGTH,
        }
    }

    /// How its signed content is written.
    #[must_use]
    pub fn encoding(self) -> Encoding {
        match self {
            Self::Compact | Self::EuDcc | Self::Icvp => Encoding::Cbor,
            Self::Shc | Self::VdsNc => Encoding::Json,
        }
    }

    /// Whether each message brings its signer's certificate along.
    #[must_use]
    pub fn carries_certificate(self) -> bool {
        self == Self::VdsNc
    }

    /// Whether its certificates name their issuer exactly, by an address; those of the others speak for a country.
    #[must_use]
    pub fn names_exact_issuer(self) -> bool {
        self == Self::Shc
    }

    /// Whether its certificates name their place in a status list.
    #[must_use]
    pub fn names_status_index(self) -> bool {
        self == Self::Compact
    }

    /// The largest QR symbol that the family's specification allows: a version from 1 to 40.
    #[must_use]
    pub fn symbol_version_max(self) -> u8 {
        match self {
            Self::Shc => shc::SYMBOL_VERSION_MAX,
            Self::Compact | Self::EuDcc | Self::Icvp | Self::VdsNc => 40,
        }
    }

    /// Lays a certificate out in this family, to be signed by the key of that identity.
    ///
    /// # Errors
    /// [`WriteError`] if the family cannot say it.
    pub fn write(self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Unsigned, WriteError> {
        let draft = self.writing().write(certificate, identity)?;
        Ok(Unsigned { format: self, draft })
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

/// How the content of a message is written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Encoding {
    /// CBOR (RFC 8949).
    Cbor,
    /// JSON (RFC 8259).
    Json,
}

impl Encoding {
    /// Its stable name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Cbor => "cbor",
            Self::Json => "json",
        }
    }
}

/// How one family is read.
pub(crate) trait Family: Sync {
    /// Whether a text announces this family by its first characters.
    fn announced_by(&self, text: &str) -> bool;

    /// The message in a text of this family, decoded within bounds.
    fn decode(&self, text: &str) -> Result<Message, DecodeError>;

    /// The same of a message that came without its text. Only COSE messages do.
    fn take(&self, _message: Vec<u8>, _profile: Profile) -> Result<Message, DecodeError> {
        Err(DecodeError::UnknownPrefix)
    }

    /// Reads a signed payload.
    fn read(&self, payload: &[u8], profile: Profile) -> Result<Certificate, PayloadError>;

    /// What the family's own standard makes of an authentic certificate on a day, beyond its signature.
    fn caution(&self, _certificate: &Certificate, _on: Date) -> Option<Caution> {
        None
    }
}

/// How one family is written. Apart from reading, so that a verifier does not carry it.
pub(crate) trait Writing: Sync {
    /// Lays a certificate out.
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError>;

    /// The text of a signed message.
    fn seal(&self, draft: &Draft, signature: &[u8]) -> Result<Written, WriteError>;
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

/// A COSE message with its signature, and its text: a prefix and the base45 of the message, compressed by
/// `compress`, if that fits a QR symbol.
fn seal_sign1(
    prefix: &str,
    draft: &Draft,
    signature: &[u8],
    compress: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, FrameError>,
) -> Result<Written, WriteError> {
    let message = cose::write_sign1(&draft.header, &draft.payload, signature);
    let compressed = compress(&message)?;
    let text = format!("{prefix}{}", crate::frame::base45::encode(compressed.as_ref().unwrap_or(&message)));
    if text.len() > QR_CHARACTERS_MAX { Err(WriteError::TooLarge) } else { Ok(Written { text, message }) }
}

impl From<FrameError> for WriteError {
    fn from(_: FrameError) -> Self {
        Self::TooLarge
    }
}
