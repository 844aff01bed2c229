//! Writes a health card: the Vaccination IG's data-minimised profile, minified, in one code.

use super::claims::{HEALTH_CARD, is_rid};
use crate::certificate::{Certificate, Dose, Holder};
use crate::date::{BirthDate, UnixTime};
use crate::frame::deflate;
use crate::frame::numeric::{SINGLE_MAX, encode};
use crate::name::RegisteredName;
use crate::sealed::{Draft, KeyIdentity, WriteError, Written};
use crate::signature::Algorithm;
use crate::vaccine::CodeSystem;
use base64ct::{Base64UrlUnpadded, Encoding};

/// Characters of a name and of an issuer.
const NAME_MAX: usize = 80;
const ISS_MAX: usize = 300;
/// Characters of a lot and of the performer's name: the profile advises fewer than 20 and 30.
const LOT_MAX: usize = 20;
const PERFORMER_MAX: usize = 29;

/// Lays a card out. Its text is the same whenever it is written again from the same certificate and key.
pub(super) fn lay_out(certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
    if identity.algorithm != Algorithm::Es256 {
        return Err(WriteError::Algorithm);
    }
    let payload = claims(certificate)?;
    let base64 = Base64UrlUnpadded::encode_string;
    let header = format!(r#"{{"zip":"DEF","alg":"ES256","kid":"{}"}}"#, base64(&identity.kid));
    let signed = format!("{}.{}", base64(header.as_bytes()), base64(&deflate::deflate_raw(payload.as_bytes())?));
    // A dot and the 86 characters of a signature follow.
    if signed.len() + 87 > SINGLE_MAX {
        return Err(WriteError::TooLarge);
    }
    Ok(Draft { header: header.into_bytes(), payload: payload.into_bytes(), to_be_signed: signed.into_bytes() })
}

/// Joins the signature.
pub(super) fn seal(draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
    let mut jws = String::from_utf8(draft.to_be_signed.clone()).map_err(|_| WriteError::Text)?;
    jws.push('.');
    jws.push_str(&Base64UrlUnpadded::encode_string(signature));
    Ok(Written { text: encode(&jws), message: jws.into_bytes() })
}

fn claims(certificate: &Certificate) -> Result<String, WriteError> {
    let iss = certificate.issuer.as_deref().ok_or(WriteError::Missing)?;
    if !iss.starts_with("https://") || iss.ends_with('/') {
        return Err(WriteError::Missing);
    }
    let range = UnixTime(0)..=UnixTime::MAX;
    let issued_at = certificate.issued_at.filter(|at| range.contains(at)).ok_or(WriteError::Date)?;
    let mut out = Minified::with_capacity(1_024);
    out.raw(r#"{"iss":"#).text(iss, ISS_MAX)?.raw(&format!(r#","nbf":{}"#, issued_at.0));
    if let Some(expires_at) = certificate.expires_at {
        if !range.contains(&expires_at) || expires_at <= issued_at {
            return Err(WriteError::Date);
        }
        out.raw(&format!(r#","exp":{}"#, expires_at.0));
    }
    out.raw(r#","vc":{"type":[""#).raw(HEALTH_CARD).raw(r#""]"#);
    if let Some(rid) = &certificate.revocation_id {
        if !is_rid(rid) {
            return Err(WriteError::Text);
        }
        out.raw(r#","rid":""#).raw(rid).raw("\"");
    }
    out.raw(r#","credentialSubject":{"fhirVersion":"4.0.1","fhirBundle":{"resourceType":"Bundle","type":"collection","entry":["#);
    write_patient(&mut out, &certificate.holder)?;
    if certificate.doses.is_empty() || !certificate.tests.is_empty() || !certificate.recoveries.is_empty() {
        return Err(WriteError::DoseCount);
    }
    for (place, dose) in certificate.doses.iter().enumerate() {
        write_dose(&mut out, place + 1, dose)?;
    }
    out.raw("]}}}}");
    Ok(out.0)
}

fn write_patient(out: &mut Minified, holder: &Holder) -> Result<(), WriteError> {
    out.raw(r#"{"fullUrl":"resource:0","resource":{"resourceType":"Patient","name":["#);
    let romanised = holder.romanised.as_ref().map(|name| {
        let half = |text: &str| (!text.is_empty()).then(|| text.replace('<', " "));
        RegisteredName::Parts { family: half(name.family()), given: half(name.given()) }
    });
    // `use` tells two names apart; the profile forbids it on a single one.
    match (&romanised, &holder.registered) {
        (Some(passport), Some(register)) => {
            write_name(out, passport, Some("official"))?;
            out.raw(",");
            write_name(out, register, Some("usual"))?;
        }
        (Some(only), None) | (None, Some(only)) => write_name(out, only, None)?,
        (None, None) => return Err(WriteError::NameMissing),
    }
    let birth = match holder.birth {
        BirthDate::Unknown => return Err(WriteError::Date),
        known => known,
    };
    out.raw(&format!(r#"],"birthDate":"{birth}"}}}}"#));
    Ok(())
}

/// Family and given name, or one text: never both.
fn write_name(out: &mut Minified, name: &RegisteredName, purpose: Option<&str>) -> Result<(), WriteError> {
    out.raw("{");
    if let Some(purpose) = purpose {
        out.raw(r#""use":""#).raw(purpose).raw(r#"","#);
    }
    match name {
        RegisteredName::Whole(whole) => {
            out.raw(r#""text":"#).text(whole, NAME_MAX)?;
        }
        RegisteredName::Parts { family: None, given: None } => return Err(WriteError::NameMissing),
        RegisteredName::Parts { family, given } => {
            if let Some(family) = family {
                out.raw(r#""family":"#).text(family, NAME_MAX)?;
            }
            if let Some(given) = given {
                let comma = if family.is_some() { "," } else { "" };
                out.raw(comma).raw(r#""given":["#).text(given, NAME_MAX)?.raw("]");
            }
        }
    }
    out.raw("}");
    Ok(())
}

fn write_dose(out: &mut Minified, place: usize, dose: &Dose) -> Result<(), WriteError> {
    let number = dose.vaccine.code.parse::<u16>().ok().filter(|_| dose.vaccine.system == CodeSystem::Cvx);
    let (cvx, system) = number.zip(CodeSystem::Cvx.uri()).ok_or(WriteError::Vaccine)?;
    // As the CDC lists them, codes below 10 have a zero in front.
    out.raw(&format!(
        r#",{{"fullUrl":"resource:{place}","resource":{{"resourceType":"Immunization","status":"completed","#
    ));
    out.raw(&format!(r#""vaccineCode":{{"coding":[{{"system":"{system}","code":"{cvx:02}"}}]}},"#));
    let date = dose.date.ok_or(WriteError::Date)?;
    out.raw(&format!(r#""patient":{{"reference":"resource:0"}},"occurrenceDateTime":"{date}""#));
    // Where it was given is said if it is short; nobody checks it, and it decides how large the code is.
    if let Some(centre) = dose.centre.as_deref().filter(|centre| centre.chars().count() <= PERFORMER_MAX) {
        out.raw(r#","performer":[{"actor":{"display":"#).text(centre, PERFORMER_MAX)?.raw("}}]");
    }
    if let Some(lot) = &dose.lot {
        out.raw(r#","lotNumber":"#).text(lot, LOT_MAX)?;
    }
    out.raw("}}");
    Ok(())
}

/// JSON without blanks.
struct Minified(String);

impl Minified {
    fn with_capacity(length: usize) -> Self {
        Self(String::with_capacity(length))
    }

    fn raw(&mut self, json: &str) -> &mut Self {
        self.0.push_str(json);
        self
    }

    /// A text in quotes, of 1 to `max` characters.
    fn text(&mut self, text: &str, max: usize) -> Result<&mut Self, WriteError> {
        if !(1..=max).contains(&text.chars().count()) || text.chars().any(char::is_control) {
            return Err(WriteError::Text);
        }
        self.0.push('"');
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                self.0.push('\\');
            }
            self.0.push(c);
        }
        self.0.push('"');
        Ok(self)
    }
}
