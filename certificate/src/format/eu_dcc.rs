//! `eu-dcc`: the EU Digital COVID Certificate.
//!
//! `HC1:` · base45 · zlib · COSE_Sign1 · CWT whose claim −260 holds, under 1, a payload shaped like
//! JSON (hcert-spec 1.0.8, ehn-dcc-schema 1.0.0 to 1.3.3). It is read leniently, because issuers
//! deviate: what the schema does not allow becomes a finding. It is written strictly, as 1.3.2.

mod payload;
pub mod schema;
mod uvci;

pub use uvci::uvci;

use super::hcert::{self, Claims};
use super::{Family, PayloadError, Writing};
use crate::certificate::Certificate;
use crate::frame::cbor::Profile;
use crate::message::Message;
use crate::sealed::{DecodeError, Draft, KeyIdentity, WriteError, Written};

pub(super) struct EuDcc;

impl Family for EuDcc {
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
        let claims = Claims::read(bytes, hcert::EU_DCC_V1, profile)?;
        // Without an end nothing can be judged; hcert-spec 3.3.1 demands one.
        claims.expires_at().ok_or(PayloadError::Time)?;
        let mut certificate = payload::read(claims.content())?;
        certificate.findings = schema::findings(claims.content());
        claims.complete(&mut certificate, profile)?;
        Ok(certificate)
    }
}

impl Writing for EuDcc {
    fn write(&self, certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
        hcert::draft(certificate, identity, hcert::EU_DCC_V1, |writer, country| {
            payload::write(writer, certificate, country)
        })
    }

    fn seal(&self, draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
        hcert::seal(draft, signature)
    }
}
