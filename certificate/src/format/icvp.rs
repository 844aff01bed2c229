//! `icvp`: WHO's International Certificate of Vaccination or Prophylaxis, and one reader a generation.
//!
//! The envelope is that of `eu-dcc`; claim −260 holds the certificate under −6. Three generations are
//! in use, and a name means different things in them (`dt` is the day of the dose in one and the type of
//! the document in the next), so each has a reader of its own. They are read leniently: what its
//! generation's model does not allow becomes a finding. Written are the released one (SMART ICVP 0.3.0)
//! and the model of 2026, with exactly one vaccination, as the guide's requirements demand.
//!
//! What the domain calls otherwise: `n` is a whole name as registered; `cn` is [`Dose::clinician`];
//! `is`, the authority, is the certificate's issuer, as in `eu-dcc`; `gn` is the *guardian's* name.
//!
//! [`Dose::clinician`]: crate::Dose::clinician

mod border;
mod gen0;
mod gen1;
mod gen2;
mod reading;
#[cfg(test)]
mod tests;
mod write;

pub use border::{Border, border};

use super::hcert::{self, Claims, Members};
use super::{Family, Format, PayloadError, Writing};
use crate::caution::Caution;
use crate::certificate::Certificate;
use crate::date::Date;
use crate::finding::{Finding, FindingCode};
use crate::frame::cbor::{Profile, Value};
use crate::message::Message;
use crate::sealed::{DecodeError, Draft, KeyIdentity, Unsigned, WriteError, Written};

/// Which of the three models a payload follows.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Generation {
    /// The draft of 2024 (DVC).
    Gen0,
    /// SMART ICVP 0.2 and 0.3.0 (October 2025), the released one.
    Gen1,
    /// The model of 2026.
    Gen2,
}

impl Generation {
    /// The generation of a payload, by the members that only one of them has.
    #[must_use]
    pub fn of(payload: &Value<'_>) -> Option<Self> {
        let members = Members::of(payload)?;
        let version = members.get("v");
        if members.get("vx").is_some() || version.is_some_and(|version| hcert::text(version).is_some()) {
            return Some(Self::Gen2);
        }
        let dose = version.and_then(|doses| doses.as_array().map_or(Some(doses), |doses| doses.first()));
        let draft =
            dose.and_then(Members::of).is_some_and(|dose| ["tg", "dn", "mp"].iter().any(|key| dose.get(key).is_some()));
        Some(if draft { Self::Gen0 } else { Self::Gen1 })
    }
}

pub(super) struct Icvp;

impl Family for Icvp {
    fn announced_by(&self, text: &str) -> bool {
        text.starts_with(hcert::PREFIX)
    }

    fn decode(&self, text: &str) -> Result<Message, DecodeError> {
        hcert::decode(text)
    }

    fn take(&self, message: Vec<u8>, profile: Profile) -> Result<Message, DecodeError> {
        hcert::take(message, profile)
    }

    fn read(&self, bytes: &[u8], profile: Profile) -> Result<Certificate, PayloadError> {
        let claims = Claims::read(bytes, hcert::ICVP, profile)?;
        let mut certificate = read_payload(claims.content())?;
        // The envelope's rules ask for an end; real ones have none, and the dose may count for life.
        if claims.expires_at().is_none() {
            certificate.findings.push(Finding::new(FindingCode::Missing, "exp"));
        }
        claims.complete(&mut certificate, profile)?;
        Ok(certificate)
    }

    fn caution(&self, certificate: &Certificate, on: Date) -> Option<Caution> {
        border::caution(certificate, on)
    }
}

impl Writing for Icvp {
    /// Writes the released generation; [`write`] has the choice.
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
        write::draft(certificate, identity, Generation::Gen1)
    }

    fn seal(&self, draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
        hcert::seal(draft, signature)
    }
}

/// Lays a certificate out in one generation, to be signed. For the QR symbol the guide recommends
/// alphanumeric mode at level Q.
///
/// # Errors
/// [`WriteError`]; [`WriteError::NotWrittenHere`] for the draft of 2024.
pub fn write(
    certificate: &Certificate,
    identity: &KeyIdentity<'_>,
    generation: Generation,
) -> Result<Unsigned, WriteError> {
    Ok(Unsigned { format: Format::Icvp, draft: write::draft(certificate, identity, generation)? })
}

/// What a payload deviates in from the model of its generation; `None` if it is nothing of the kind.
#[must_use]
pub fn findings(payload: &Value<'_>) -> Option<Vec<Finding>> {
    read_payload(payload).ok().map(|certificate| certificate.findings)
}

fn read_payload(payload: &Value<'_>) -> Result<Certificate, PayloadError> {
    let generation = Generation::of(payload).ok_or(PayloadError::Structure)?;
    let members = Members::of(payload).ok_or(PayloadError::Structure)?;
    match generation {
        Generation::Gen0 => gen0::read(members),
        Generation::Gen1 => gen1::read(members),
        Generation::Gen2 => gen2::read(members),
    }
}
