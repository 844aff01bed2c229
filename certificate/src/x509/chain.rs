//! From a certificate to the one that vouches for it, among those that are trusted already.

use super::certificate::Certificate;
use super::name::Name;
use super::public_key::PublicKey;
use crate::date::UnixTime;

/// A trusted certificate that may have issued another: of it just what the check needs.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Its subject, in DER.
    pub subject: &'a [u8],
    /// Its subject key identifier.
    pub key_identifier: Option<&'a [u8]>,
    /// Its key, as a SubjectPublicKeyInfo in DER.
    pub spki: &'a [u8],
    /// The first moment of its validity.
    pub from: UnixTime,
    /// The last moment of its validity.
    pub until: UnixTime,
    /// Whether its key may sign certificates.
    pub may_issue: bool,
    /// The country for which it may: compared without regard to case; `None`: any.
    pub country: Option<&'a str>,
}

impl<'a> From<&Certificate<'a>> for Candidate<'a> {
    fn from(certificate: &Certificate<'a>) -> Self {
        Self {
            subject: certificate.subject().as_der(),
            key_identifier: certificate.subject_key_identifier(),
            spki: certificate.spki(),
            from: certificate.not_before(),
            until: certificate.not_after(),
            may_issue: certificate.may_issue(),
            country: certificate.subject().country(),
        }
    }
}

/// Why no trusted certificate vouches for one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, thiserror::Error)]
pub enum ChainError {
    /// None has its issuer's key identifier or name.
    #[error("its issuer is not among the trusted certificates")]
    NoTrustAnchor,
    /// Some have, but none of them signed it.
    #[error("no trusted certificate of its issuer signed it")]
    SignatureInvalid,
    /// The one that signed it is no issuer of certificates.
    #[error("the certificate that signed it may not sign certificates")]
    NotCa,
    /// The one that signed it is not valid yet.
    #[error("the certificate that signed it is not valid yet")]
    NotYetValid,
    /// The one that signed it has expired.
    #[error("the certificate that signed it has expired")]
    Expired,
    /// The one that signed it speaks for another country.
    #[error("the certificate that signed it is another country's")]
    CountryMismatch,
}

impl ChainError {
    /// The stable code of the cause.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoTrustAnchor => "no-trust-anchor",
            Self::SignatureInvalid => "chain-signature-invalid",
            Self::NotCa => "anchor-not-ca",
            Self::NotYetValid => "anchor-not-yet-valid",
            Self::Expired => "anchor-expired",
            Self::CountryMismatch => "country-mismatch",
        }
    }
}

/// No more candidates of one issuer are tried: the longest row of one name in a master list is ten.
const MAX_TRIED: usize = 64;

/// The place of a candidate that issued the certificate and may at `now`.
///
/// One name and one key identifier are shared by self-signed, link and renewed certificates, so
/// every candidate that has them is tried; equal subject and issuer say nothing about who signed.
///
/// # Errors
/// [`ChainError`]: what the candidate that came furthest lacks.
pub fn find_issuer<'a>(
    certificate: &Certificate<'_>,
    candidates: impl IntoIterator<Item = Candidate<'a>>,
    now: UnixTime,
) -> Result<usize, ChainError> {
    let mut furthest = ChainError::NoTrustAnchor;
    for (place, candidate) in named_by(certificate, candidates) {
        match candidate.and_then(|candidate| candidate.judge(certificate.subject().country(), now)) {
            Ok(()) => return Ok(place),
            Err(lack) => furthest = furthest.max(lack),
        }
    }
    Err(furthest)
}

/// The places of all candidates whose key signed the certificate, whether or not they may at any time: for whoever
/// checks a signature once and judges it ([`Candidate::judge`]) more often.
///
/// # Errors
/// [`ChainError::NoTrustAnchor`] or [`ChainError::SignatureInvalid`] if there is none.
pub fn find_signers<'a>(
    certificate: &Certificate<'_>,
    candidates: impl IntoIterator<Item = Candidate<'a>>,
) -> Result<Vec<usize>, ChainError> {
    let mut furthest = ChainError::NoTrustAnchor;
    let mut places = Vec::new();
    for (place, candidate) in named_by(certificate, candidates) {
        match candidate {
            Ok(_) => places.push(place),
            Err(lack) => furthest = furthest.max(lack),
        }
    }
    if places.is_empty() { Err(furthest) } else { Ok(places) }
}

/// Every candidate that the certificate names as its issuer, if its key signed it.
fn named_by<'a, 'c>(
    certificate: &'c Certificate<'_>,
    candidates: impl IntoIterator<Item = Candidate<'a>> + 'c,
) -> impl Iterator<Item = (usize, Result<Candidate<'a>, ChainError>)> + 'c
where
    'a: 'c,
{
    let named = candidates.into_iter().enumerate().map(|(place, candidate)| {
        let named = named(certificate, &candidate);
        (place, candidate, named)
    });
    let named = named.filter(|(_, _, named)| *named != Named::No).take(MAX_TRIED);
    named.filter_map(|(place, candidate, named)| match (signed(certificate, &candidate), named) {
        (Ok(()), _) => Some((place, Ok(candidate))),
        (Err(_), Named::LooselyByName) => None,
        (Err(lack), _) => Some((place, Err(lack))),
    })
}

/// How a certificate names a candidate as its issuer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Named {
    /// By key identifier, or by name where either has no identifier.
    Yes,
    /// By name, though its identifier is another: Lithuania and Togo write identifiers that no key of theirs
    /// has. Only a signature makes such a one the issuer.
    LooselyByName,
    No,
}

fn named(certificate: &Certificate<'_>, candidate: &Candidate<'_>) -> Named {
    let by_name = || Name::from_der(candidate.subject).is_ok_and(|subject| certificate.issuer().means(&subject));
    match (certificate.authority_key_identifier(), candidate.key_identifier) {
        (Some(wanted), Some(own)) if wanted == own => Named::Yes,
        (Some(_), Some(_)) if by_name() => Named::LooselyByName,
        (Some(_), Some(_)) => Named::No,
        _ if by_name() => Named::Yes,
        _ => Named::No,
    }
}

fn signed(certificate: &Certificate<'_>, candidate: &Candidate<'_>) -> Result<(), ChainError> {
    let key = PublicKey::from_spki(candidate.spki).map_err(|_| ChainError::SignatureInvalid)?;
    certificate.is_signed_by(&key).map_err(|_| ChainError::SignatureInvalid)
}

impl Candidate<'_> {
    /// Whether it may issue certificates at `now` to a subject of that country.
    ///
    /// # Errors
    /// [`ChainError`]: the first thing that it lacks.
    pub fn judge(&self, country: Option<&str>, now: UnixTime) -> Result<(), ChainError> {
        if !self.may_issue {
            return Err(ChainError::NotCa);
        }
        if now < self.from {
            return Err(ChainError::NotYetValid);
        }
        if self.until < now {
            return Err(ChainError::Expired);
        }
        let same = |own: &str| country.is_some_and(|country| country.eq_ignore_ascii_case(own));
        if self.country.is_none_or(same) { Ok(()) } else { Err(ChainError::CountryMismatch) }
    }
}
