//! From a scanned text to a verdict, one step after the other.

use crate::revocation;
use crate::verdict::{Known, Steps};
use crate::{Moment, Reason, SignedBy, Step, StepResult, Verdict};
use tegata_certificate::{Certificate, ClaimedAlgorithm, DecodeError, Format, OpenError, Sealed, UnixTime, vaccine};
use tegata_trust_lists::{Authority, Clock, Freshness, KeyEntry, KeyState, TrustState};

/// What a verifier may be told to do differently.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Whether lists of DEMO repositories are taken: for demonstrations only.
    pub accept_demo: bool,
    /// How far in the future a certificate may begin, in seconds. Its end gets no such allowance.
    pub skew: i64,
}

impl Default for Policy {
    fn default() -> Self {
        Self { accept_demo: false, skew: 300 }
    }
}

/// The lists are of a DEMO repository, and the verifier was not told to take those.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the trust list belongs to a DEMO repository")]
pub struct DemoRefused;

/// Judges scanned texts by one set of verified lists.
#[derive(Debug)]
pub struct Verifier {
    state: TrustState,
    policy: Policy,
}

/// Why the steps end early.
pub(crate) struct Stop(pub Reason);

impl Verifier {
    /// A verifier by those lists.
    ///
    /// # Errors
    /// [`DemoRefused`] for lists of a DEMO repository, unless the policy accepts them.
    pub fn new(state: TrustState, policy: Policy) -> Result<Self, DemoRefused> {
        if state.is_demo() && !policy.accept_demo { Err(DemoRefused) } else { Ok(Self { state, policy }) }
    }

    /// The lists it judges by.
    #[must_use]
    pub fn state(&self) -> &TrustState {
        &self.state
    }

    /// Judges one scanned text. Nothing is trimmed: blanks are data.
    #[must_use]
    pub fn verify(&self, text: &str, moment: Moment) -> Verdict<'_> {
        self.verify_sealed(Sealed::decode(text).as_ref().map_err(|error| *error), moment)
    }

    /// Judges a message that is decoded already, or the reason why it is not.
    #[must_use]
    pub fn verify_sealed(&self, sealed: Result<&Sealed, DecodeError>, moment: Moment) -> Verdict<'_> {
        let mut steps = Steps::none_taken();
        let mut known = Known::default();
        if let Err(Stop(reason)) = self.take_steps(sealed, moment, &mut steps, &mut known) {
            steps.set(reason.step(), StepResult::Failed(reason));
        }
        Verdict::conclude(steps, moment, known)
    }

    fn take_steps<'a>(
        &'a self,
        sealed: Result<&Sealed, DecodeError>,
        moment: Moment,
        steps: &mut Steps,
        known: &mut Known<'a>,
    ) -> Result<(), Stop> {
        let sealed = read_and_decode(sealed, steps)?;
        known.format = Some(sealed.format());

        let age = self.judge_lists(moment.device_time())?;
        let (authentic, key) = self.open(sealed, steps)?;
        steps.set(Step::Issuer, age);
        known.signed_by = self.state.issuer(key).map(|issuer| SignedBy { key, issuer });

        let certificate = authentic.read().map_err(|_| Stop(Reason::MalformedPayload))?;
        let deviates = !certificate.findings.is_empty();
        steps.set(Step::Signature, if deviates { StepResult::Noted(None) } else { StepResult::Passed });
        let certificate = known.certificate.insert(certificate);

        check_scope(key, certificate, moment.judged_at())?;
        steps.set(Step::Scope, StepResult::Passed);
        self.check_time(certificate, moment.judged_at())?;
        steps.set(Step::Time, StepResult::Passed);
        let now = moment.device_time();
        let status = revocation::check(&self.state, key, authentic, certificate, now, &mut known.revocation)?;
        steps.set(Step::Status, status);
        Ok(())
    }

    /// Whether the lists may be used at all, and whether their age is worth a note.
    fn judge_lists(&self, now: UnixTime) -> Result<StepResult, Stop> {
        if let Clock::Behind { .. } = self.state.clock(now) {
            return Err(Stop(Reason::ClockBehind));
        }
        match self.state.freshness(now) {
            Freshness::Fresh => Ok(StepResult::Passed),
            Freshness::Stale { .. } => Ok(StepResult::Noted(Some(Reason::ListStale))),
            Freshness::Expired { .. } => Err(Stop(Reason::ListExpired)),
        }
    }

    /// Tries every listed key that the message's identifier may mean.
    fn open<'a, 's>(
        &'a self,
        sealed: &'s Sealed,
        steps: &mut Steps,
    ) -> Result<(tegata_certificate::Authentic<'s>, &'a KeyEntry), Stop> {
        let kid = sealed.hints().kid.ok_or(Stop(Reason::UnknownIssuer))?;
        let mut candidates = self.state.candidates(sealed.format(), kid).peekable();
        if candidates.peek().is_none() {
            return Err(Stop(Reason::UnknownIssuer));
        }
        steps.set(Step::Issuer, StepResult::Passed);
        // An algorithm that is not signed with the message is an invitation to change it.
        if !matches!(sealed.claimed_algorithm(), ClaimedAlgorithm::Protected(_)) {
            return Err(Stop(Reason::AlgorithmMismatch));
        }
        let mut reason = Reason::AlgorithmMismatch;
        for entry in candidates {
            match sealed.open(&entry.key) {
                Ok(authentic) => return Ok((authentic, entry)),
                Err(OpenError::Signature) => reason = Reason::SignatureInvalid,
                Err(OpenError::AlgorithmMissing | OpenError::AlgorithmMismatch) => {}
            }
        }
        Err(Stop(reason))
    }

    fn check_time(&self, certificate: &Certificate, at: UnixTime) -> Result<(), Stop> {
        let begins = certificate.not_before.max(certificate.issued_at);
        let (Some(begins), Some(ends)) = (begins, certificate.expires_at) else {
            return Err(Stop(Reason::IssueTimeMissing));
        };
        if ends < begins {
            return Err(Stop(Reason::TimesContradict));
        }
        if begins > at.plus(self.policy.skew) {
            return Err(Stop(Reason::NotYetValid));
        }
        if at > ends { Err(Stop(Reason::Expired)) } else { Ok(()) }
    }
}

fn read_and_decode<'s>(sealed: Result<&'s Sealed, DecodeError>, steps: &mut Steps) -> Result<&'s Sealed, Stop> {
    let reason = match sealed {
        Ok(sealed) => {
            steps.set(Step::Read, StepResult::Passed);
            steps.set(Step::Decode, StepResult::Passed);
            return Ok(sealed);
        }
        Err(DecodeError::UnknownPrefix) => Reason::NotACertificate,
        Err(DecodeError::NotReadHere) => Reason::FamilyNotChecked,
        Err(DecodeError::TooLong) => Reason::TooLong,
        Err(DecodeError::Frame(_)) => Reason::Damaged,
    };
    if reason.step() == Step::Decode {
        steps.set(Step::Read, StepResult::Passed);
    }
    Err(Stop(reason))
}

/// Whether the key may sign this certificate. Every part of its scope must allow it.
fn check_scope(key: &KeyEntry, certificate: &Certificate, at: UnixTime) -> Result<(), Stop> {
    if let KeyState::Revoked { .. } = key.state {
        return Err(Stop(Reason::KeyRevoked));
    }
    if !key.signs(certificate.format) {
        return Err(Stop(Reason::FormatOutOfScope));
    }
    if !key.kinds.contains(&certificate.kind) {
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

/// Whether the issuer that the certificate names is the key's. One that names none (`compact` never
/// does) claims no other.
fn speaks_for(authority: &Authority, certificate: &Certificate) -> bool {
    match authority {
        Authority::Countries(countries) => certificate.country.is_none_or(|country| countries.contains(&country)),
        // An exact issuer is for families that name one; of those none is read yet.
        Authority::Iss(_) => false,
    }
}

/// The diseases that a certificate is about, as the EU writes them; `None` for one that is not known.
fn diseases(certificate: &Certificate) -> impl Iterator<Item = Option<&str>> {
    let doses = certificate.doses.iter().map(|dose| match certificate.format {
        Format::Compact => {
            let product = dose.vaccine.code.parse().ok().and_then(vaccine::by_cvx);
            product.and_then(|product| product.eu).map(|eu| eu.disease)
        }
        _ => dose.disease.as_deref(),
    });
    let tests = certificate.tests.iter().map(|test| test.disease.as_deref());
    let recoveries = certificate.recoveries.iter().map(|recovery| recovery.disease.as_deref());
    doses.chain(tests).chain(recoveries)
}
