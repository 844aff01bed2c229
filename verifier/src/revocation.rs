//! Whether a certificate was withdrawn, and how well that is known.

use crate::verify::Stop;
use crate::{Reason, SealSigner, SignedBy, StepResult};
use tegata_certificate::x509::der::integer;
use tegata_certificate::{Authentic, Certificate, LookupHints, StatusIndex, UnixTime};
use tegata_trust_lists::{KeyEntry, RevocationReason, StatusAnswer, StatusSubject, TrustState, Withdrawable};

/// What is known of a certificate's withdrawal, once its signature and the key's scope have held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revocation {
    /// When the status list that was asked was issued; `None` where nobody publishes one.
    pub as_of: Option<UnixTime>,
    /// Whether that list is past its date.
    pub stale: bool,
    /// Whether it was issued after the certificate and reaches its place; otherwise the certificate may have been
    /// withdrawn since.
    pub covered: bool,
    /// How it was withdrawn, if it was.
    pub revoked: Option<Revoked>,
}

/// A withdrawal. Never more than a class of reasons is published: why is between issuer and holder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Revoked {
    /// The class of its reason, where a rule gives one.
    pub class: Option<RevocationReason>,
    /// Since when, where a rule says so. For display: whatever a certificate dates itself, it counts no more.
    pub at: Option<UnixTime>,
}

impl Revocation {
    /// No list tells of certificates of this key.
    const UNAVAILABLE: Self = Self { as_of: None, stale: false, covered: false, revoked: None };

    /// The stable name of how well it is known: `checked`, `stale` or `unavailable`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self { as_of: None, .. } => "unavailable",
            Self { stale: true, .. } => "stale",
            Self { .. } => "checked",
        }
    }
}

/// Asks the status lists. `now` is the device's time: it is the lists that age, also where a
/// certificate is judged for another time.
///
/// The end of the step is the verdict's; how well it is known goes into `known` in any case.
pub(crate) fn check(
    state: &TrustState,
    signed_by: &SignedBy<'_>,
    authentic: Authentic<'_>,
    certificate: &Certificate,
    now: UnixTime,
    known: &mut Option<Revocation>,
) -> Result<StepResult, Stop> {
    let key = match signed_by {
        SignedBy::Listed { key, .. } => *key,
        SignedBy::Anchored { signer, .. } => return by_serial(state, signer, now, known),
    };
    let issued_at = certificate.issued_at.ok_or(Stop(Reason::IssueTimeMissing))?;
    let revocation = match (certificate.status, authentic.sealed().hints()) {
        (Some(status), _) => by_index(state, key, certificate, status, issued_at, now)?,
        (None, LookupHints::Kid(Some(kid))) => by_hash(state, key, kid, authentic, certificate, issued_at, now),
        (None, LookupHints::Issuer { iss, kid }) => by_number(state, iss, kid, certificate, issued_at, now),
        (None, _) => None,
    };
    match *known.insert(revocation.unwrap_or(Revocation::UNAVAILABLE)) {
        Revocation { revoked: Some(_), .. } => Err(Stop(Reason::Revoked)),
        Revocation { as_of: None, .. } => Ok(StepResult::Skipped),
        Revocation { covered: true, .. } => Ok(StepResult::Passed),
        Revocation { covered: false, .. } => Ok(StepResult::Noted(Some(Reason::StatusNotCovered))),
    }
}

/// By the serial number of the signer's certificate: states publish what they revoked of those, and nothing of single
/// seals. A list that is missing or old refuses nothing, since the check is offline, but is told.
fn by_serial(
    state: &TrustState,
    signer: &SealSigner,
    now: UnixTime,
    known: &mut Option<Revocation>,
) -> Result<StepResult, Stop> {
    let Some(list) = signer.authority().and_then(|authority| state.revoked_serials(authority)) else {
        *known = Some(Revocation::UNAVAILABLE);
        return Ok(StepResult::Noted(None));
    };
    let serial = signer.profile().ok().and_then(|profile| integer(&profile.serial).ok());
    let revoked = serial.is_none_or(|serial| list.holds(serial)).then_some(Revoked { class: None, at: None });
    let stale = list.is_stale(now);
    *known = Some(Revocation { as_of: Some(list.made), stale, covered: true, revoked });
    match (revoked, stale) {
        (Some(_), _) => Err(Stop(Reason::SignerRevoked)),
        (None, true) => Ok(StepResult::Noted(Some(Reason::RevocationListStale))),
        (None, false) => Ok(StepResult::Passed),
    }
}

/// By the certificate's place in a shard of the repository.
fn by_index(
    state: &TrustState,
    key: &KeyEntry,
    certificate: &Certificate,
    status: StatusIndex,
    issued_at: UnixTime,
    now: UnixTime,
) -> Result<Option<Revocation>, Stop> {
    // A place of another key's is no place at all: its answer would be about someone else's certificate.
    if !key.holds(status) {
        return Err(Stop(Reason::StatusOutOfRange));
    }
    let Some(shard) = state.shard(status.shard) else { return Ok(None) };
    let lots: Vec<&str> = certificate.doses.iter().filter_map(|dose| dose.lot.as_deref()).collect();
    let subject = StatusSubject { index: status.index, kid: &key.kid, issued_at, lots: &lots };
    let (covered, revoked) = match shard.answer(&subject) {
        StatusAnswer::Good { .. } => (true, None),
        StatusAnswer::Revoked { reason, at } => (true, Some(Revoked { class: reason, at })),
        StatusAnswer::NotCovered { .. } => (false, None),
    };
    let stale = now >= shard.header().expires_at;
    Ok(Some(Revocation { as_of: Some(shard.as_of()), stale, covered, revoked }))
}

/// By what other networks publish: hashes of identifiers and of signatures.
fn by_hash(
    state: &TrustState,
    key: &KeyEntry,
    kid: &[u8],
    authentic: Authentic<'_>,
    certificate: &Certificate,
    issued_at: UnixTime,
    now: UnixTime,
) -> Option<Revocation> {
    let signature = authentic.sealed().signature();
    let algorithm = key.key.algorithm();
    let hc1 = |uci, country| Withdrawable::Hc1 { kid, uci, country, algorithm, signature };
    // An entry's own country stands before its identifier; which belongs to which is not told apart here, and no
    // hash of a wrong pair is listed.
    let countries = countries(certificate);
    let named = certificate.identifiers.iter().flat_map(|uci| {
        let pairs = countries.iter().map(move |country| (Some(uci.as_str()), Some(country.as_str())));
        std::iter::once((Some(uci.as_str()), None)).chain(pairs)
    });
    let all: Vec<_> = std::iter::once((None, None)).chain(named).map(|(uci, country)| hc1(uci, country)).collect();
    ask(state, &all, issued_at, now)
}

/// By the number that the issuer gave the certificate for this. One without a number can't be withdrawn, but is as
/// well known as its issuer's list.
fn by_number(
    state: &TrustState,
    iss: &str,
    kid: &[u8; 32],
    certificate: &Certificate,
    issued_at: UnixTime,
    now: UnixTime,
) -> Option<Revocation> {
    // No list holds the empty number.
    let rid = certificate.revocation_id.as_deref().unwrap_or_default();
    ask(state, &[Withdrawable::Shc { iss, kid, rid, nbf: issued_at }], issued_at, now)
}

/// Asks the lists of others about a certificate, by all that it may be withdrawn by.
fn ask(state: &TrustState, all: &[Withdrawable<'_>], issued_at: UnixTime, now: UnixTime) -> Option<Revocation> {
    let about = |list: &&tegata_trust_lists::Withdrawals| all.iter().any(|one| list.covers(one));
    let asked: Vec<_> = state.withdrawals().iter().filter(about).collect();
    let holding = asked.iter().find(|list| all.iter().any(|one| list.holds(one)));
    // Who counts on several lists counts on the oldest.
    let oldest = || asked.iter().min_by_key(|list| list.header.issued_at);
    let list = holding.or_else(oldest)?;
    Some(Revocation {
        as_of: Some(list.header.issued_at),
        stale: now >= list.header.expires_at,
        covered: issued_at <= list.header.issued_at,
        revoked: holding.map(|_| Revoked { class: None, at: None }),
    })
}

fn countries(certificate: &Certificate) -> Vec<tegata_certificate::Country> {
    let doses = certificate.doses.iter().filter_map(|dose| dose.country);
    let tests = certificate.tests.iter().filter_map(|test| test.country);
    let recoveries = certificate.recoveries.iter().filter_map(|recovery| recovery.country);
    let mut all = Vec::new();
    for country in doses.chain(tests).chain(recoveries) {
        if !all.contains(&country) {
            all.push(country);
        }
    }
    all
}
