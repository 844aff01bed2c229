//! A card's claims.

use super::{IssueCode, Issues, Linter, Profile, fhir, trimmed};
use tegata_certificate::json::{Json, Object};
use tegata_certificate::shc::{HEALTH_CARD, is_rid};
use tegata_certificate::vaccine;

/// What a card may say that it holds, given up in version 1.4.0 and allowed.
const IMMUNIZATION: &str = "https://smarthealth.cards#immunization";
const LABORATORY: &str = "https://smarthealth.cards#laboratory";
const COVID_19: &str = "https://smarthealth.cards#covid19";

/// Seconds above this are milliseconds: in seconds it is year 5138.
const MILLISECONDS: f64 = 1e11;

/// Looks at claims, and gives them where they are claims.
pub(super) fn check<'a>(linter: &Linter, bytes: &'a [u8], place: &str, issues: &mut Issues) -> Option<Object<'a>> {
    let Ok(claims) = Object::parse(trimmed(bytes, place, issues)) else {
        issues.error(IssueCode::JsonParseError, place);
        return None;
    };
    let within = |member: &str| format!("{place} {member}");
    match claims.get("iss").and_then(Json::as_text) {
        None => issues.error(IssueCode::SchemaError, within("iss")),
        Some(iss) if !iss.starts_with("https://") || iss.ends_with('/') => {
            issues.error(IssueCode::InvalidIssuerUrl, within("iss"));
        }
        Some(_) => {}
    }
    check_times(linter, &claims, &within, issues);
    match claims.get("vc").and_then(Json::as_object) {
        None => issues.error(IssueCode::SchemaError, within("vc")),
        Some(credential) => check_credential(linter, credential, &within, issues),
    }
    Some(claims)
}

fn check_times(linter: &Linter, claims: &Object, within: &dyn Fn(&str) -> String, issues: &mut Issues) {
    let at = linter.at.0 as f64;
    let nbf = claims.get("nbf").and_then(Json::as_number);
    match nbf {
        None => issues.error(IssueCode::SchemaError, within("nbf")),
        Some(nbf) if nbf > at => issues.error(IssueCode::NotYetValid, within("nbf")),
        Some(_) => {}
    }
    let Some(exp) = claims.get("exp") else { return };
    match exp.as_number() {
        None => issues.error(IssueCode::SchemaError, within("exp")),
        Some(exp) if exp < at || nbf.is_some_and(|nbf| exp <= nbf) => {
            issues.error(IssueCode::ExpirationError, within("exp"));
        }
        Some(exp) if exp > MILLISECONDS => issues.warning(IssueCode::ExpirationError, within("exp")),
        Some(_) => {}
    }
}

fn check_credential(linter: &Linter, credential: &Object, within: &dyn Fn(&str) -> String, issues: &mut Issues) {
    let types = credential.get("type").and_then(|types| types.texts().ok());
    if !types.as_ref().is_some_and(|types| types.contains(&HEALTH_CARD)) {
        issues.error(IssueCode::SchemaError, within("vc.type"));
    }
    if credential.get("rid").is_some_and(|rid| !rid.as_text().is_some_and(is_rid)) {
        issues.error(IssueCode::RevocationError, within("vc.rid"));
    }
    let Some(subject) = credential.get("credentialSubject").and_then(Json::as_object) else {
        return issues.error(IssueCode::SchemaError, within("vc.credentialSubject"));
    };
    let version = subject.get("fhirVersion").and_then(Json::as_text);
    if !version.is_some_and(|version| version.starts_with("4.0.")) {
        issues.error(IssueCode::SchemaError, within("vc.credentialSubject.fhirVersion"));
    }
    let Some(bundle) = subject.get("fhirBundle").and_then(Json::as_object) else {
        return issues.error(IssueCode::CriticalDataMissing, within("vc.credentialSubject.fhirBundle"));
    };
    let bundle = fhir::Bundle::check(bundle, &within("fhirBundle"), issues);
    for kind in types.unwrap_or_default() {
        let needed = match kind {
            HEALTH_CARD => true,
            IMMUNIZATION => bundle.holds("Immunization"),
            LABORATORY => bundle.holds("Observation"),
            COVID_19 => is_about_covid_19(&bundle),
            // Verifiers must let it be.
            _ => false,
        };
        if !needed {
            issues.warning(IssueCode::SchemaError, within("vc.type"));
        }
    }
    if linter.profile == Some(Profile::UsaCovid19Immunization) && !bundle.cvx().any(is_covid_19) {
        issues.error(IssueCode::ProfileError, within("fhirBundle"));
    }
}

fn is_covid_19(cvx: &str) -> bool {
    // 213 is a COVID-19 vaccine of which no more is known.
    let number: Option<u64> = cvx.parse().ok();
    number == Some(213) || number.and_then(vaccine::by_cvx).and_then(|product| product.eu).is_some()
}

/// Whether anything says so: a vaccine, or a test, which is not looked up.
fn is_about_covid_19(bundle: &fhir::Bundle<'_>) -> bool {
    bundle.has_code("Observation")
        || bundle.cvx().any(is_covid_19)
        || (bundle.has_code("Immunization") && bundle.cvx().next().is_none())
}
