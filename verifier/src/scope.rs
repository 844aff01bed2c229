//! Whether whoever signed may sign this.

use crate::verify::Stop;
use crate::{Reason, SignedBy};
use tegata_certificate::vaccine::{self, Disease};
use tegata_certificate::{Certificate, Dose, Kind, SignerFault, UnixTime};
use tegata_trust_lists::{Authority, KeyEntry, KeyState};

/// Checks the signer's scope. Every part of it must allow the certificate.
pub(crate) fn check(signed_by: &SignedBy<'_>, certificate: &Certificate, at: UnixTime) -> Result<(), Stop> {
    match signed_by {
        SignedBy::Listed { key, .. } => check_listed(key, certificate, at),
        SignedBy::Anchored { signer, .. } => {
            let checked = signer.profile().and_then(|profile| profile.judge(certificate, at));
            checked.map_err(|fault| Stop(reason(fault)))
        }
    }
}

fn reason(fault: SignerFault) -> Reason {
    match fault {
        SignerFault::Malformed
        | SignerFault::NotABarcodeSigner
        | SignerFault::DocumentTypesMissing
        | SignerFault::IsAuthority
        | SignerFault::KeyUsage
        | SignerFault::UnknownCriticalExtension => Reason::SignerUnsuitable,
        SignerFault::DocumentType => Reason::KindOutOfScope,
        SignerFault::Country => Reason::CountryOutOfScope,
        SignerFault::NotYetValid => Reason::KeyNotYetValid,
        SignerFault::Expired => Reason::KeyExpired,
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
    if !key.diseases.is_empty() && !covers(&key.diseases, certificate) {
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

/// Whether a key is listed for every disease that the certificate is about, in whatever system each names it.
/// A vaccine against several diseases proves each of them; one that is not known here proves none.
fn covers(listed: &[String], certificate: &Certificate) -> bool {
    let is_listed = |code: &str| listed.iter().any(|disease| Disease::same(disease, code));
    let stated = |code: Option<&str>| code.is_some_and(is_listed);
    let by_vaccine = |dose: &Dose| {
        let meaning = vaccine::meaning(&dose.vaccine, dose.product.as_deref());
        meaning.is_some_and(|meaning| meaning.diseases.iter().all(|disease| is_listed(disease.snomed_ct())))
    };
    certificate.doses.iter().all(|dose| dose.disease.as_deref().map_or_else(|| by_vaccine(dose), is_listed))
        && certificate.tests.iter().all(|test| stated(test.disease.as_deref()))
        && certificate.recoveries.iter().all(|recovery| stated(recovery.disease.as_deref()))
}
