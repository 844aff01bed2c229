//! A key of a SMART Health Card issuer, scoped to that exact issuer.

use super::encoding::{base64, base64url, to_base64url};
use super::{ImportedKey, Observation, Outcome, Policy, Report, json};
use crate::entry::{Authority, KeyEntry, KeyState};
use crate::fields::is_showable;
use crate::trust::Issuer;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tegata_certificate::x509::Certificate;
use tegata_certificate::{Algorithm, Country, Format, Kind, UnixTime, VerifyingKey};

/// No card was issued before: 2021-01-01.
const BEGINNING: UnixTime = UnixTime(1_609_459_200);

/// Cards mostly state no end, and paper outlives apps: what a key signed stays valid for twenty years.
const CARD_LIFE: i64 = 7305 * 86_400;

/// Characters of an exact issuer and of an issuer's name, as in trust lists.
const MAX_ISS: usize = 300;
const MAX_NAME: usize = 120;

/// An issuer of cards.
#[derive(Clone, Debug)]
pub(super) struct ShcIssuer {
    pub iss: String,
    pub issuer: Issuer,
}

impl ShcIssuer {
    /// An issuer, if its URL can be one: https, no slash at the end, no blanks. A name that cannot be shown is
    /// replaced by the URL, and an unknown country by `ZZ`.
    pub fn named(iss: &str, name: &str, country: Option<Country>) -> Option<Self> {
        let shaped = iss.starts_with("https://") && !iss.ends_with('/') && !iss.contains(char::is_whitespace);
        if !shaped || !is_showable(iss, MAX_ISS) {
            return None;
        }
        let short: String = iss.chars().take(MAX_NAME).collect();
        let name = if is_showable(name, MAX_NAME) { name.to_owned() } else { short };
        let country = country.or_else(|| Country::parse("ZZ"))?;
        Some(Self { iss: iss.to_owned(), issuer: Issuer { name_ja: name.clone(), name_en: name, country } })
    }
}

/// Reads a key that the issuer's directory or key set lists. What says it was signed from `sign_until` on is
/// not its own.
pub(super) fn read(
    jwk: &Value,
    of: &ShcIssuer,
    sign_until: UnixTime,
    policy: &Policy,
    report: &mut Report,
) -> Result<ImportedKey, Outcome> {
    let key = read_material(jwk)?;
    if key.algorithm() != Algorithm::Es256 {
        return Err(Outcome::UnusableKey);
    }
    // Cards name the key by its thumbprint, over the members as its issuer wrote them.
    let kid = json::text(jwk, "kid").and_then(base64url);
    let own = thumbprint_as_written(jwk).ok_or(Outcome::Malformed)?;
    if kid.as_deref() != Some(&own) {
        return Err(Outcome::KidMismatch);
    }
    if sign_until <= BEGINNING {
        return Err(Outcome::Expired);
    }
    let valid_until = sign_until.plus(CARD_LIFE);
    policy.admit(of.issuer.country, valid_until)?;
    observe(jwk, policy.now, report);
    if own != key.jwk_thumbprint() {
        report.observe(Observation::OwnKid);
    }
    let entry = KeyEntry {
        kid: if own == key.jwk_thumbprint() { key.thumbprint() } else { own },
        key,
        issuer: 0,
        formats: vec![Format::Shc],
        authority: Authority::Iss(of.iss.clone()),
        kinds: vec![Kind::Vaccination, Kind::Test],
        diseases: Vec::new(),
        sign_from: BEGINNING,
        sign_until,
        valid_until,
        max_life: None,
        ranges: Vec::new(),
        state: KeyState::Active,
        hint: None,
        source: None,
    };
    Ok(ImportedKey { issuer: of.issuer.clone(), entry })
}

/// The key, also where its writer left out a coordinate's leading zeros, which RFC 7518 section 6.2.1.2 forbids
/// and two issuers of the VCI directory do.
fn read_material(jwk: &Value) -> Result<VerifyingKey, Outcome> {
    let mut jwk = jwk.clone();
    for name in ["x", "y"] {
        let coordinate = json::text(&jwk, name).and_then(base64url);
        let short =
            coordinate.filter(|bytes| (1..32).contains(&bytes.len()) && json::text(&jwk, "crv") == Some("P-256"));
        if let (Some(short), Some(member)) = (short, jwk.get_mut(name)) {
            let zeros = vec![0; 32 - short.len()];
            *member = Value::from(to_base64url(&[zeros, short].concat()));
        }
    }
    VerifyingKey::from_jwk(jwk.to_string().as_bytes()).map_err(|_| Outcome::UnusableKey)
}

/// RFC 7638 over the members as they stand.
fn thumbprint_as_written(jwk: &Value) -> Option<[u8; 32]> {
    let member = |name| json::text(jwk, name);
    // In the order of their names, and without blanks: the RFC's form.
    let required = json!({ "crv": member("crv")?, "kty": member("kty")?, "x": member("x")?, "y": member("y")? });
    Some(Sha256::digest(required.to_string()).into())
}

/// A chain decides nothing here: the directory vouches for the key, also when the chain has expired.
fn observe(jwk: &Value, now: UnixTime, report: &mut Report) {
    if let Some(chain) = jwk.get("x5c").and_then(Value::as_array) {
        report.observe(Observation::ChainIgnored);
        let leaf = chain.first().and_then(Value::as_str).and_then(base64);
        let ended = leaf.is_some_and(|der| Certificate::from_der(&der).is_ok_and(|leaf| leaf.not_after() < now));
        if ended {
            report.observe(Observation::ChainExpired);
        }
    }
    if jwk.get("crlVersion").is_some_and(|version| !version.is_null()) {
        report.observe(Observation::WithdrawalsPublished);
    }
}
