//! Whether whoever signed may sign this.

use crate::verify::Stop;
use crate::{Reason, SignedBy};
use tegata_certificate::vaccine::{self, CodeSystem};
use tegata_certificate::{Certificate, Dose, Kind, UnixTime};
use tegata_trust_lists::{Authority, KeyEntry, KeyState};

/// Checks the signer's scope. Every part of it must allow the certificate.
pub(crate) fn check(signed_by: &SignedBy<'_>, certificate: &Certificate, at: UnixTime) -> Result<(), Stop> {
    match signed_by {
        SignedBy::Listed { key, .. } => check_listed(key, certificate, at),
    }
}

fn check_listed(key: &KeyEntry, certificate: &Certificate, at: UnixTime) -> Result<(), Stop> {
    if let KeyState::Revoked { .. } = key.state {
        return Err(Stop(Reason::KeyRevoked));
    }
    if !key.signs(certificate.format) {
        return Err(Stop(Reason::FormatOutOfScope));
    }
    // A health card may hold vaccinations and tests at once.
    if !kinds(certificate).all(|kind| key.kinds.contains(&kind)) {
        return Err(Stop(Reason::KindOutOfScope));
    }
    if !speaks_for(&key.authority, certificate) {
        return Err(Stop(Reason::CountryOutOfScope));
    }
    if !key.diseases.is_empty()
        && !diseases(certificate).all(|disease| key.diseases.iter().any(|d| Some(d.as_str()) == disease))
    {
        return Err(Stop(Reason::DiseaseOutOfScope));
    }
    let issued_at = certificate.issued_at.ok_or(Stop(Reason::IssueTimeMissing))?;
    if !(key.sign_from..key.sign_until).contains(&issued_at) {
        return Err(Stop(Reason::OutsideSigningWindow));
    }
    if at >= key.valid_until {
        return Err(Stop(Reason::KeyExpired));
    }
    let life = certificate.expires_at.map(|expires_at| expires_at.0.saturating_sub(issued_at.0));
    if key.max_life.zip(life).is_some_and(|(max, life)| life > max) {
        return Err(Stop(Reason::LifeTooLong));
    }
    Ok(())
}

/// The kinds of events in a certificate, and the one that it is of.
fn kinds(certificate: &Certificate) -> impl Iterator<Item = Kind> {
    let Certificate { kind, doses, tests, recoveries, .. } = certificate;
    let holds = [
        (Kind::Vaccination, !doses.is_empty()),
        (Kind::Test, !tests.is_empty()),
        (Kind::Recovery, !recoveries.is_empty()),
    ];
    holds.into_iter().filter(|(_, there)| *there).map(|(kind, _)| kind).chain([*kind])
}

/// Whether the issuer that the certificate names is the key's. One that names no country (`compact` never
/// does) claims no other; an exact issuer must be named exactly.
fn speaks_for(authority: &Authority, certificate: &Certificate) -> bool {
    match authority {
        Authority::Countries(countries) => certificate.country.is_none_or(|country| countries.contains(&country)),
        Authority::Iss(iss) => certificate.issuer.as_ref() == Some(iss),
    }
}

/// The diseases that a certificate is about, as the EU writes them; `None` for one that is not known.
fn diseases(certificate: &Certificate) -> impl Iterator<Item = Option<&str>> {
    let doses = certificate.doses.iter().map(|dose| dose.disease.as_deref().or_else(|| disease_of_vaccine(dose)));
    let tests = certificate.tests.iter().map(|test| test.disease.as_deref());
    let recoveries = certificate.recoveries.iter().map(|recovery| recovery.disease.as_deref());
    doses.chain(tests).chain(recoveries)
}

/// The disease that a vaccine is against, where the certificate names the vaccine alone.
fn disease_of_vaccine(dose: &Dose) -> Option<&'static str> {
    let cvx = (dose.vaccine.system == CodeSystem::Cvx).then(|| dose.vaccine.code.parse().ok()).flatten();
    cvx.and_then(vaccine::by_cvx).and_then(|product| product.eu).map(|eu| eu.disease)
}
