//! A card's JWS: header, payload, signature, and who signed it.

use super::base64::decode_url;
use super::{IssueCode, Issues, Linter, claims, trimmed};
use tegata_certificate::deflate;
use tegata_certificate::json::{Json, Object};
use tegata_certificate::shc::SINGLE_MAX;

/// Looks at a JWS and at what is in it.
pub(super) fn check(linter: &Linter, text: &str, place: &str, issues: &mut Issues) {
    let text = std::str::from_utf8(trimmed(text.as_bytes(), place, issues)).unwrap_or_default();
    if text.len() > SINGLE_MAX {
        issues.warning(IssueCode::JwsTooLong, place);
    }
    let parts: Vec<&str> = text.split('.').collect();
    let bytes: Option<Vec<Vec<u8>>> = parts.iter().map(|part| decode_url(part)).collect();
    let (Some([header, payload, signature]), Some(signed)) = (bytes.as_deref(), text.rsplit_once('.')) else {
        return issues.error(IssueCode::JsonParseError, place);
    };
    let header = check_header(header, place, issues);
    let Some(inflated) = check_inflation(payload, place, issues) else { return };
    let claims = claims::check(linter, &inflated, &format!("{place} payload"), issues);
    let (Some(claims), Some(trust)) = (claims, &linter.trust) else {
        check_length(signature, place, issues);
        return;
    };
    let kid = header.as_ref().and_then(|header| header.get("kid")).and_then(Json::as_text);
    if let Some(iss) = claims.get("iss").and_then(Json::as_text) {
        if !trust.admits(iss) {
            issues.error(IssueCode::IssuerNotTrusted, format!("{place} payload iss"));
        }
        // What claims another algorithm is not checked with ours; what claims none is.
        let other =
            header.as_ref().and_then(|header| header.get("alg")).is_some_and(|alg| alg.as_text() != Some("ES256"));
        let verifiable = check_length(signature, place, issues) && !other;
        trust.check_signer(iss, kid, verifiable.then_some((signed.0, signature.as_slice())), place, issues);
        trust.check_revocation(iss, kid, &claims, place, issues);
    }
}

fn check_header<'a>(header: &'a [u8], place: &str, issues: &mut Issues) -> Option<Object<'a>> {
    let place = |member: &str| format!("{place} header {member}");
    let Ok(header) = Object::parse(header) else {
        issues.error(IssueCode::JsonParseError, place(""));
        return None;
    };
    let text = |name| header.get(name).and_then(Json::as_text);
    if text("alg") != Some("ES256") {
        issues.error(IssueCode::JwsHeaderError, place("alg"));
    }
    if text("zip") != Some("DEF") {
        issues.error(IssueCode::JwsHeaderError, place("zip"));
    }
    if text("kid").is_none() {
        issues.error(IssueCode::JwsHeaderError, place("kid"));
    }
    if header.get("crit").is_some() {
        issues.error(IssueCode::JwsHeaderError, place("crit"));
    }
    Some(header)
}

fn check_inflation(payload: &[u8], place: &str, issues: &mut Issues) -> Option<Vec<u8>> {
    let inflated = deflate::inflate_raw(payload).ok();
    if inflated.is_none() {
        issues.error(IssueCode::InflationError, format!("{place} payload"));
    }
    inflated
}

/// Whether the signature can be one. The commonest other form is DER.
fn check_length(signature: &[u8], place: &str, issues: &mut Issues) -> bool {
    let fits = signature.len() == 64;
    if !fits {
        issues.error(IssueCode::SignatureFormatError, format!("{place} signature"));
    }
    fits
}
