//! The claims of a health card: who issued it, when, and the credential inside.

use super::super::PayloadError;
use super::bundle;
use crate::certificate::Certificate;
use crate::date::UnixTime;
use crate::finding::{Finding, FindingCode};
use crate::frame::json::{self, Json, Object};

/// The type that makes a credential a health card. Others say what is in it, are not needed, and were given up in
/// version 1.4.0.
pub const HEALTH_CARD: &str = "https://smarthealth.cards#health-card";

/// Characters of an issuer, as in trust lists.
const ISS_MAX: usize = 300;
/// Characters of a `rid` (section "Revocation").
const RID_MAX: usize = 24;

/// Whether a text can be a card's revocation identifier: 1 to 24 characters of the base64url alphabet.
#[must_use]
pub fn is_rid(text: &str) -> bool {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_');
    (1..=RID_MAX).contains(&text.len()) && text.bytes().all(allowed)
}

/// The issuer that a payload names, read without belief: it serves to find keys.
pub(super) fn issuer_hint(payload: &[u8]) -> Option<String> {
    let iss = json::skim(payload, "iss")?;
    (iss.len() <= ISS_MAX).then(|| iss.into_owned())
}

/// Reads the claims.
pub(super) fn read(payload: &[u8]) -> Result<Certificate, PayloadError> {
    let claims = Object::parse(payload).map_err(|_| PayloadError::Structure)?;
    let iss = claims.get("iss").and_then(Json::as_text).ok_or(PayloadError::Issuer)?;
    let issued_at = claims.get("nbf").and_then(moment).ok_or(PayloadError::Time)?;
    let expires_at = match claims.get("exp") {
        None => None,
        Some(exp) => Some(moment(exp).ok_or(PayloadError::Time)?),
    };
    let credential = claims.get("vc").and_then(Json::as_object).ok_or(PayloadError::Structure)?;
    let types = credential.get("type").and_then(Json::as_list).ok_or(PayloadError::Structure)?;
    if !types.iter().any(|kind| kind.as_text() == Some(HEALTH_CARD)) {
        return Err(PayloadError::Structure);
    }
    let subject = credential.get("credentialSubject").and_then(Json::as_object).ok_or(PayloadError::Structure)?;
    let bundle = subject.get("fhirBundle").and_then(Json::as_object).ok_or(PayloadError::Structure)?;

    let mut certificate = bundle::read(bundle)?;
    certificate.issuer = Some(iss.to_owned());
    certificate.issued_at = Some(issued_at);
    certificate.expires_at = expires_at;
    match credential.get("rid") {
        None => {}
        Some(Json::Text(rid)) if is_rid(rid) => certificate.revocation_id = Some(rid.clone().into_owned()),
        // No list can name it, so it can't be withdrawn: for its issuer to know.
        Some(_) => certificate.findings.push(Finding::new(FindingCode::WrongForm, "vc/rid")),
    }
    Ok(certificate)
}

/// Seconds, whole or not. Fractions are dropped: whoever writes them begins within that second.
fn moment(value: &Json<'_>) -> Option<UnixTime> {
    let seconds = value.as_number()?;
    let range = 0.0..=UnixTime::MAX.0 as f64;
    range.contains(&seconds).then_some(UnixTime(seconds as i64))
}
