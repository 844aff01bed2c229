//! From a scanned text to a verdict, one step after the other.

use crate::signers::Signers;
use crate::verdict::{Known, Steps};
use crate::{Moment, Reason, SignedBy, Step, StepResult, Verdict};
use crate::{revocation, scope};
use tegata_certificate::shc::NumericError;
use tegata_certificate::{
    Authentic, Caution, Certificate, ClaimedAlgorithm, DecodeError, FrameError, LookupHints, OpenError, SealError,
    Sealed, UnixTime,
};
use tegata_trust_lists::{Clock, Freshness, KeyEntry, TrustState};

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
    signers: Signers,
}

/// Why the steps end early.
pub(crate) struct Stop(pub Reason);

impl Verifier {
    /// A verifier by those lists.
    ///
    /// # Errors
    /// [`DemoRefused`] for lists of a DEMO repository, unless the policy accepts them.
    pub fn new(state: TrustState, policy: Policy) -> Result<Self, DemoRefused> {
        if state.is_demo() && !policy.accept_demo {
            Err(DemoRefused)
        } else {
            Ok(Self { state, policy, signers: Signers::default() })
        }
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
        if let Err(DecodeError::Recognised(kind)) = sealed {
            known.recognised = Some(kind);
        }
        let sealed = read_and_decode(sealed, steps)?;
        known.format = Some(sealed.format());

        let age = self.judge_lists(moment.device_time())?;
        let (authentic, signed_by) = self.open(sealed, moment.judged_at(), steps)?;
        steps.set(Step::Issuer, age);
        let signed_by = known.signed_by.insert(signed_by);

        let mut certificate = authentic.read().map_err(|_| Stop(Reason::MalformedPayload))?;
        certificate.findings.extend(signed_by.findings());
        steps.set(Step::Signature, weigh(&certificate));
        // Of families that share a frame, only what was signed says which it is.
        known.format = Some(certificate.format);
        let certificate = known.certificate.insert(certificate);

        scope::check(signed_by, certificate, moment.judged_at())?;
        steps.set(Step::Scope, StepResult::Passed);
        self.check_time(certificate, moment.judged_at())?;
        steps.set(Step::Time, StepResult::Passed);
        let now = moment.device_time();
        let status = revocation::check(&self.state, signed_by, authentic, certificate, now, &mut known.revocation)?;
        steps.set(Step::Status, status);
        if let Some(caution) = certificate.caution(moment.judged_at()) {
            steps.set(Step::Rules, StepResult::Noted(Some(reason_of(caution))));
        }
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

    /// Finds who may have signed by what the message names, and tries each.
    fn open<'a, 's>(
        &'a self,
        sealed: &'s Sealed,
        at: UnixTime,
        steps: &mut Steps,
    ) -> Result<(Authentic<'s>, SignedBy<'a>), Stop> {
        match sealed.hints() {
            LookupHints::Kid(Some(kid)) => self.open_with(sealed, self.state.candidates(sealed.format(), kid), steps),
            LookupHints::Issuer { iss, kid } => self.open_with(sealed, self.state.shc_candidates(iss, kid), steps),
            LookupHints::SignerCertificate(der) => self.open_by_certificate(sealed, der, at, steps),
            LookupHints::Kid(None) => Err(Stop(Reason::UnknownIssuer)),
        }
    }

    /// Asks who issued the certificate that the message carries, and only then opens the message with it.
    fn open_by_certificate<'a, 's>(
        &'a self,
        sealed: &'s Sealed,
        der: &[u8],
        at: UnixTime,
        steps: &mut Steps,
    ) -> Result<(Authentic<'s>, SignedBy<'a>), Stop> {
        let signer = self.signers.of(der, &self.state)?;
        let anchor = signer.vouched_for(&self.state, at)?;
        steps.set(Step::Issuer, StepResult::Passed);
        let opened = sealed.open_by_certificate(signer.key());
        let authentic = opened.map_err(|error| {
            Stop(match error {
                OpenError::AlgorithmMissing | OpenError::AlgorithmMismatch => Reason::AlgorithmMismatch,
                OpenError::SignatureForm | OpenError::Signature => Reason::SignatureInvalid,
            })
        })?;
        Ok((authentic, SignedBy::Anchored { anchor, signer }))
    }

    /// Tries listed keys, at most four.
    fn open_with<'a, 's>(
        &'a self,
        sealed: &'s Sealed,
        candidates: impl Iterator<Item = &'a KeyEntry>,
        steps: &mut Steps,
    ) -> Result<(Authentic<'s>, SignedBy<'a>), Stop> {
        let mut candidates = candidates.peekable();
        if candidates.peek().is_none() {
            return Err(Stop(Reason::UnknownIssuer));
        }
        steps.set(Step::Issuer, StepResult::Passed);
        // An algorithm that is not signed with the message is an invitation to change it.
        if !matches!(sealed.claimed_algorithm(), ClaimedAlgorithm::Protected(_)) {
            return Err(Stop(Reason::AlgorithmMismatch));
        }
        let mut reason = Reason::AlgorithmMismatch;
        for key in candidates {
            match sealed.open(&key.key) {
                Ok(authentic) => {
                    let issuer = self.state.issuer(key).ok_or(Stop(Reason::UnknownIssuer))?;
                    return Ok((authentic, SignedBy::Listed { key, issuer }));
                }
                Err(OpenError::SignatureForm | OpenError::Signature) => reason = Reason::SignatureInvalid,
                Err(OpenError::AlgorithmMissing | OpenError::AlgorithmMismatch) => {}
            }
        }
        Err(Stop(reason))
    }

    /// Whether it is in force. A family that asks for an end reads nothing without one; others have none.
    fn check_time(&self, certificate: &Certificate, at: UnixTime) -> Result<(), Stop> {
        let begins = certificate.not_before.max(certificate.issued_at);
        let ends = certificate.expires_at;
        if begins.zip(ends).is_some_and(|(begins, ends)| ends < begins) {
            return Err(Stop(Reason::TimesContradict));
        }
        if begins.is_some_and(|begins| begins > at.plus(self.policy.skew)) {
            return Err(Stop(Reason::NotYetValid));
        }
        if ends.is_some_and(|ends| at > ends) { Err(Stop(Reason::Expired)) } else { Ok(()) }
    }
}

/// What is to be said of a certificate that was signed as it stands.
fn weigh(certificate: &Certificate) -> StepResult {
    let Certificate { doses, tests, recoveries, findings, .. } = certificate;
    if doses.is_empty() && tests.is_empty() && recoveries.is_empty() {
        StepResult::Noted(Some(Reason::NothingRecorded))
    } else if findings.is_empty() {
        StepResult::Passed
    } else {
        StepResult::Noted(None)
    }
}

/// What a caution is called in a verdict.
fn reason_of(caution: Caution) -> Reason {
    match caution {
        Caution::Detected => Reason::TestDetected,
        Caution::TooRecent { .. } => Reason::DoseTooRecent,
        Caution::ProductNotListed => Reason::ProductNotListed,
        Caution::Undated => Reason::DoseUndated,
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
        Err(DecodeError::Recognised(_)) => Reason::FamilyNotChecked,
        Err(DecodeError::TooLong) => Reason::TooLong,
        Err(DecodeError::Frame(FrameError::Numeric(NumericError::Chunk))) => Reason::MissingQrChunk,
        Err(DecodeError::Frame(FrameError::BlanksLost)) => Reason::BlanksLost,
        Err(DecodeError::Seal(SealError::Type | SealError::Version)) => Reason::FamilyNotChecked,
        Err(DecodeError::Frame(_) | DecodeError::Seal(_)) => Reason::Damaged,
    };
    if reason.step() == Step::Decode {
        steps.set(Step::Read, StepResult::Passed);
    }
    Err(Stop(reason))
}
