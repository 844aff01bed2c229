//! A key of the EU's network, scoped: family, country, kinds, dates.

use super::{ImportedKey, Observation, Outcome, Policy, Report};
use crate::entry::{Authority, KeyEntry, KeyState};
use crate::trust::Issuer;
use tegata_certificate::x509::Certificate;
use tegata_certificate::{Algorithm, Country, Format, Kind, SignerCertificate, UnixTime, VerifyingKey};

/// The family had no certificates before: 2021-01-01.
const BEGINNING: UnixTime = UnixTime(1_609_459_200);

/// What a list says of a key besides.
#[derive(Clone, Copy)]
pub(super) struct Listed<'a> {
    /// The identifier that messages use, if the list says it.
    pub kid: Option<&'a [u8]>,
    /// The country, if the list says it.
    pub country: Option<Country>,
    /// The kinds that the list allows.
    pub kinds: &'a [Kind],
}

/// The entry of a signer certificate. Its own dates and usage narrow it.
pub(super) fn certified(
    der: &[u8],
    listed: Listed<'_>,
    policy: &Policy,
    report: &mut Report,
) -> Result<ImportedKey, Outcome> {
    let certificate = Certificate::from_der(der).map_err(|_| Outcome::Malformed)?;
    if certificate.states_ca() {
        return Err(Outcome::OtherPurpose);
    }
    let signer = SignerCertificate::of(&certificate).map_err(|_| Outcome::UnusableKey)?;
    let own_country = || country_of(certificate.subject().country().or(certificate.issuer().country())?);
    let country = listed.country.or_else(own_country).ok_or(Outcome::NoCountry)?;
    let mut kinds = signer.kinds.clone();
    kinds.retain(|kind| listed.kinds.contains(kind));
    let own = signer.sha256.get(..Format::EuDcc.kid_length());
    let hint = match listed.kid {
        Some(kid) if Some(kid) != own => Some(kid.try_into().map_err(|_| Outcome::KidMismatch)?),
        _ => None,
    };
    let window = (signer.not_before, signer.not_after, signer.not_after);
    let key = entry(signer.sha256, signer.key, hint, country, kinds, window, policy, report)?;
    if hint.is_some() {
        report.observe(Observation::OwnKid);
    }
    Ok(key)
}

/// The entry of a key without a certificate: its dates follow from the list's.
pub(super) fn bare(
    key: VerifyingKey,
    listed: Listed<'_>,
    made: UnixTime,
    policy: &Policy,
    report: &mut Report,
) -> Result<ImportedKey, Outcome> {
    let country = listed.country.ok_or(Outcome::NoCountry)?;
    let hint = listed.kid.ok_or(Outcome::KidMismatch)?.try_into().map_err(|_| Outcome::KidMismatch)?;
    let until = made.plus(policy.undated_life);
    let window = (BEGINNING, until, until.plus(policy.undated_life));
    let kid = key.thumbprint();
    let key = entry(kid, key, Some(hint), country, listed.kinds.to_vec(), window, policy, report)?;
    report.observe(Observation::Undated);
    Ok(key)
}

#[allow(clippy::too_many_arguments, reason = "the parts of one entry, from two callers")]
fn entry(
    kid: [u8; 32],
    key: VerifyingKey,
    hint: Option<[u8; 8]>,
    country: Country,
    kinds: Vec<Kind>,
    (sign_from, sign_until, valid_until): (UnixTime, UnixTime, UnixTime),
    policy: &Policy,
    report: &mut Report,
) -> Result<ImportedKey, Outcome> {
    if !matches!(key.algorithm(), Algorithm::Es256 | Algorithm::Ps256) || sign_from >= sign_until || sign_from.0 < 0 {
        return Err(Outcome::UnusableKey);
    }
    if kinds.is_empty() {
        return Err(Outcome::OtherPurpose);
    }
    policy.admit(country, valid_until)?;
    let issuer = issuer_of(country, policy, report)?;
    if valid_until <= policy.now {
        report.observe(Observation::ExpiredKept);
    }
    let entry = KeyEntry {
        kid,
        key,
        issuer: 0,
        formats: vec![Format::EuDcc],
        authority: Authority::Countries(vec![country]),
        kinds,
        diseases: Vec::new(),
        sign_from,
        sign_until,
        valid_until,
        max_life: None,
        ranges: Vec::new(),
        state: KeyState::Active,
        hint: hint.filter(|hint| kid.get(..hint.len()) != Some(hint)),
        source: None,
    };
    Ok(ImportedKey { issuer, entry })
}

/// The country as the issuer. Codes that ISO 3166-1 leaves to its users stand for test participants.
fn issuer_of(country: Country, policy: &Policy, report: &mut Report) -> Result<Issuer, Outcome> {
    if let Some((name_ja, name_en)) = country.name_ja().zip(country.name_en()) {
        return Ok(Issuer { name_ja: name_ja.to_owned(), name_en: name_en.to_owned(), country });
    }
    match country.as_str().as_bytes() {
        [b'X', _] | [b'A', b'A'] | [b'Q', b'M'..=b'Z'] | [b'Z', b'Z'] if !policy.keep_test => Err(Outcome::Test),
        [b'X', _] | [b'A', b'A'] | [b'Q', b'M'..=b'Z'] | [b'Z', b'Z'] => {
            report.observe(Observation::TestKept);
            let name = format!("TEST {country}");
            Ok(Issuer { name_ja: name.clone(), name_en: name, country })
        }
        _ => Err(Outcome::NoCountry),
    }
}

/// A country from a code of two or three letters, in either case.
pub(super) fn country_of(code: &str) -> Option<Country> {
    let code = code.trim().to_ascii_uppercase();
    // Some lists write the code that the European Union uses for Greece.
    if code == "EL" {
        return Country::parse("GR");
    }
    Country::parse(&code).or_else(|| Country::from_alpha3(&code))
}
