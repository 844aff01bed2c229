//! Writing `icao.vacc`: canonical JSON, base64url without padding, one event a dose.

use super::holder::NAME_MAX;
use super::seal::TEXT_MAX;
use crate::barcode_signer::BarcodeSigner;
use crate::certificate::{Certificate, Dose, Holder, Kind, Sex};
use crate::country::Country;
use crate::date::BirthDate;
use crate::frame::jcs;
use crate::frame::json::{Json, Object};
use crate::sealed::{Draft, KeyIdentity, WriteError, Written};
use crate::signature::{Algorithm, VerifyingKey};
use crate::vaccine::CodeSystem;
use crate::x509;
use base64ct::{Base64UrlUnpadded, Encoding};
use std::borrow::Cow;

/// The most bytes that a QR symbol holds in byte mode (version 40, level L).
const QR_BYTES_MAX: usize = 2_953;

/// Lays a vaccination out, to be signed by the key of the identity's certificate.
pub(super) fn write(certificate: &Certificate, identity: &KeyIdentity<'_>) -> Result<Draft, WriteError> {
    if identity.algorithm != Algorithm::Es256 {
        return Err(WriteError::Algorithm);
    }
    let signer = identity.certificate.ok_or(WriteError::SignerCertificate)?;
    let country = certificate.country.ok_or(WriteError::Missing)?;
    check_signer(signer, country)?;
    if certificate.kind != Kind::Vaccination || certificate.doses.is_empty() {
        return Err(WriteError::DoseCount);
    }
    let issuing = alpha3(country)?;
    let identifier = certificate.identifiers.first().ok_or(WriteError::Missing)?;
    if !(1..=12).contains(&identifier.len()) || !identifier.bytes().all(|c| matches!(c, b'A'..=b'Z' | b'0'..=b'9')) {
        return Err(WriteError::Missing);
    }
    let doses = certificate.doses.iter().map(|dose| event(dose, country, certificate)).collect::<Result<_, _>>()?;
    let data = object(vec![
        ("hdr", object(vec![("t", text("icao.vacc")), ("v", Json::Number(super::VERSION)), ("is", text(issuing))])),
        (
            "msg",
            object(vec![("uvci", text(identifier)), ("pid", person(&certificate.holder)?), ("ve", Json::List(doses))]),
        ),
    ]);
    let payload = jcs::canonical(&data).into_bytes();
    Ok(Draft { header: signer.to_vec(), to_be_signed: payload.clone(), payload })
}

/// Joins data, certificate and signature.
pub(super) fn seal(draft: &Draft, signature: &[u8]) -> Result<Written, WriteError> {
    let data = std::str::from_utf8(&draft.payload).map_err(|_| WriteError::Text)?;
    let base64url = Base64UrlUnpadded::encode_string;
    // The members of `sig` in canonical order as well: every byte of the text has one form.
    let text = format!(
        r#"{{"data":{data},"sig":{{"alg":"ES256","cer":"{}","sigvl":"{}"}}}}"#,
        base64url(&draft.header),
        base64url(signature)
    );
    if text.len() > QR_BYTES_MAX.min(TEXT_MAX) {
        return Err(WriteError::TooLarge);
    }
    let message = text.as_bytes().to_vec();
    Ok(Written { text, message })
}

/// A seal with a certificate that no verifier takes is not written.
fn check_signer(der: &[u8], country: Country) -> Result<(), WriteError> {
    let unfit = WriteError::SignerCertificate;
    let certificate = x509::Certificate::from_der(der).map_err(|_| unfit)?;
    let signer = BarcodeSigner::of(&certificate).map_err(|_| unfit)?;
    let es256 = VerifyingKey::from_spki(certificate.spki()).is_ok_and(|key| key.algorithm() == Algorithm::Es256);
    let fits = es256 && signer.country == Some(country) && signer.kinds.contains(&Kind::Vaccination);
    if fits { Ok(()) } else { Err(unfit) }
}

fn alpha3(country: Country) -> Result<&'static str, WriteError> {
    match country.as_str() {
        // Doc 9303-3 section 5: Germany, and the specimen state.
        "DE" => Ok("D"),
        "UT" => Ok("UTO"),
        _ => country.alpha3().ok_or(WriteError::Missing),
    }
}

fn person(holder: &Holder) -> Result<Json<'static>, WriteError> {
    let mut members = vec![("n", text(&name(holder)?))];
    let birth = match holder.birth {
        BirthDate::Day(day) => Some(day.to_string()),
        BirthDate::Month(..) => Some(format!("{}-XX", holder.birth)),
        BirthDate::Year(_) => Some(format!("{}-XX-XX", holder.birth)),
        BirthDate::Unknown => None,
    };
    let number = holder.document.as_ref().map(|document| document.number.as_str());
    if birth.is_none() && number.is_none() {
        return Err(WriteError::Date);
    }
    members.extend(birth.map(|birth| ("dob", text(&birth))));
    if let Some(number) = number {
        members.push(("i", limited(number, 11)?));
    }
    let sex = match holder.sex {
        Some(Sex::Male) => Some("M"),
        Some(Sex::Female) => Some("F"),
        Some(Sex::NotApplicable) => Some("X"),
        Some(Sex::NotKnown) | None => None,
    };
    members.extend(sex.map(|sex| ("sex", text(sex))));
    Ok(object(members))
}

/// The name as in the machine-readable zone of a passport, its fillers made blanks, cut where the zone would end
/// (Doc 9303-4 section 4.2.3 note: a long name is truncated).
fn name(holder: &Holder) -> Result<String, WriteError> {
    let name = holder.romanised.as_ref().ok_or(WriteError::RomanisedNameMissing)?;
    let mut line = name.to_mrz().replace('<', " ");
    line.truncate(NAME_MAX);
    Ok(line.trim_end().to_owned())
}

fn event(dose: &Dose, issuing: Country, certificate: &Certificate) -> Result<Json<'static>, WriteError> {
    let [code, product, disease] = icd11(dose)?;
    let given = dose.date.ok_or(WriteError::Date)?;
    let number = dose.number.filter(|number| (1..=99).contains(number)).ok_or(WriteError::Missing)?;
    let centre = dose.centre.as_deref().or(certificate.issuer.as_deref()).ok_or(WriteError::Missing)?;
    let given = object(vec![
        ("dvc", text(&given.to_string())),
        // Below 100: exact as a double.
        ("seq", Json::Number(number as f64)),
        ("ctr", text(alpha3(dose.country.unwrap_or(issuing))?)),
        ("adm", limited(centre, 20)?),
        ("lot", limited(dose.lot.as_deref().ok_or(WriteError::Missing)?, 20)?),
    ]);
    let mut members = vec![("des", text(&code)), ("nam", text(&product)), ("vd", Json::List(vec![given]))];
    if !disease.is_empty() {
        members.push(("dis", limited(&disease, 6)?));
    }
    Ok(object(members))
}

/// The vaccine's ICD-11 code, the product's name and the disease's ICD-11 code, which may be empty.
fn icd11(dose: &Dose) -> Result<[String; 3], WriteError> {
    match dose.vaccine.system {
        CodeSystem::Icd11 => {
            let product = dose.product.clone().ok_or(WriteError::Vaccine)?;
            Ok([dose.vaccine.code.clone(), product, dose.disease.clone().unwrap_or_default()])
        }
        _ => Err(WriteError::Vaccine),
    }
}

fn limited(content: &str, max: usize) -> Result<Json<'static>, WriteError> {
    let sound = (1..=max).contains(&content.chars().count()) && !content.chars().any(char::is_control);
    if sound { Ok(text(content)) } else { Err(WriteError::Text) }
}

fn text(content: &str) -> Json<'static> {
    Json::Text(Cow::Owned(content.to_owned()))
}

fn object(members: Vec<(&'static str, Json<'static>)>) -> Json<'static> {
    let members = members.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)).collect();
    // The names above differ.
    Object::of(members).map_or(Json::Null, Json::Object)
}
