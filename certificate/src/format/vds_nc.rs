//! `vds-nc`: ICAO's Visible Digital Seal for non-constrained environments (technical report 1.1).
//!
//! One JSON object, `{"data": {"hdr", "msg"}, "sig": {"alg", "cer", "sigvl"}}`. Signed is the RFC 8785 form of
//! `data`; the signer's certificate travels inside and counts if a listed CSCA issued it. It is read as real
//! issuers write it, padded and wrapped, and written in the one form that all of them accept.

mod fields;
mod holder;
mod seal;
mod test;
mod vaccination;
mod write;

pub use seal::SealError;

use super::{Family, Format, PayloadError, Writing};
use crate::certificate::{Certificate, Kind};
use crate::country::Country;
use crate::frame::cbor::Profile;
use crate::frame::jcs;
use crate::frame::json::{Json, Object};
use crate::message::{Hints, Message, Part, SignedInput};
use crate::sealed::{DecodeError, Draft, KeyIdentity, WriteError, Written};
use fields::Fields;
use seal::Seal;

/// Types of seals that are read (`hdr.t`), and what they are about.
const TYPES: [(&str, Kind); 2] = [("icao.vacc", Kind::Vaccination), ("icao.test", Kind::Test)];
/// The version that is read and written (`hdr.v`).
const VERSION: f64 = 1.0;

pub(super) struct VdsNc;

impl Family for VdsNc {
    fn announced_by(&self, text: &str) -> bool {
        seal::announced_by(text)
    }

    fn decode(&self, text: &str) -> Result<Message, DecodeError> {
        let Seal { data, algorithm, certificate, signature, findings } = Seal::read(text)?;
        Ok(Message {
            format: Format::VdsNc,
            profile: Profile::Lenient,
            received: text.as_bytes().to_vec(),
            signed: SignedInput::Payload,
            payload: Part::Own(data.into_bytes()),
            signature: Part::Own(signature),
            algorithm,
            hints: Hints::SignerCertificate(certificate),
            tags: Vec::new(),
            findings,
        })
    }

    fn read(&self, payload: &[u8], _: Profile) -> Result<Certificate, PayloadError> {
        let text = std::str::from_utf8(payload).map_err(|_| PayloadError::Structure)?;
        let data = jcs::parse(text).map_err(|_| PayloadError::Structure)?;
        let data = data.as_object().ok_or(PayloadError::Structure)?;
        let (kind, issuing) = header(data)?;
        let mut fields = Fields::of(data, "");
        let mut certificate = fields.object("msg", |message| match kind {
            Kind::Test => test::read(message),
            Kind::Vaccination | Kind::Recovery => vaccination::read(message),
        })?;
        fields.object("hdr", |header| {
            header.known(&["t", "v", "is"]);
            Ok(())
        })?;
        fields.known(&["hdr", "msg"]);
        certificate.country = state(&issuing);
        certificate.findings = fields.findings();
        Ok(certificate)
    }
}

impl Writing for VdsNc {
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
        write::write(certificate, identity)
    }

    fn seal(&self, draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
        write::seal(draft, signature)
    }
}

/// What the header announces: the kind of event and the issuing state's code.
fn header(data: &Object<'_>) -> Result<(Kind, String), SealError> {
    let header = data.get("hdr").and_then(Json::as_object).ok_or(SealError::Structure)?;
    let text = |name| header.get(name).and_then(Json::as_text).ok_or(SealError::Structure);
    let (named, issuing) = (text("t")?, text("is")?);
    match header.get("v") {
        Some(Json::Number(VERSION)) => {}
        Some(Json::Number(_)) => return Err(SealError::Version),
        _ => return Err(SealError::Structure),
    }
    let kind = TYPES.iter().find(|(name, _)| *name == named).map(|(_, kind)| *kind).ok_or(SealError::Type)?;
    Ok((kind, issuing.to_owned()))
}

/// The country of a code of Doc 9303-3 section 5. The specimen state Utopia has certificates of its own country `UT`;
/// holders of British passports of other kinds are Britain's.
fn state(code: &str) -> Option<Country> {
    match code {
        "UTO" => Country::parse("UT"),
        "GBD" | "GBN" | "GBO" | "GBP" | "GBS" => Country::parse("GB"),
        other => Country::from_alpha3(other),
    }
}

impl From<SealError> for PayloadError {
    fn from(_: SealError) -> Self {
        Self::Structure
    }
}
