//! The verdict: the only door to a certificate.

use crate::messages::both;
use crate::{Applied, Binding, Language, Reason, Revocation, SealSigner, Step, StepResult, decide};
use std::fmt;
use std::sync::Arc;
use tegata_certificate::mrz::Mrz;
use tegata_certificate::{Certificate, Country, Finding, FindingCode, Format, Kind, Recognised, UnixTime};
use tegata_trust_lists::rules::RuleSet;
use tegata_trust_lists::{Anchor, Issuer, KeyEntry, TrustState};

/// What a verdict comes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Outcome {
    /// Authentic and in force.
    Valid,
    /// Authentic and in force, with something that a person must weigh.
    ValidCheck,
    /// Not to be accepted.
    NotValid,
    /// Could not be decided.
    NotChecked,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Valid, Self::ValidCheck, Self::NotValid, Self::NotChecked];

    /// The stable name used in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ValidCheck => "valid-check",
            Self::NotValid => "not-valid",
            Self::NotChecked => "not-checked",
        }
    }

    /// The words of the verdict, for people.
    #[must_use]
    pub fn label(self, language: crate::Language) -> &'static str {
        let (ja, en) = match self {
            Self::Valid => both!("outcome.valid"),
            Self::ValidCheck => both!("outcome.valid-check"),
            Self::NotValid => both!("outcome.not-valid"),
            Self::NotChecked => both!("outcome.not-checked"),
        };
        language.choose(ja, en)
    }
}

/// The time that a certificate is judged at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Moment {
    /// Now, by the device's clock.
    Now(UnixTime),
    /// Another time, asked for; the report is marked as retrospective. The trust list is still
    /// judged by the device's clock.
    At {
        /// The time asked for.
        at: UnixTime,
        /// The device's clock.
        now: UnixTime,
    },
}

impl Moment {
    /// The time that the certificate is judged at.
    #[must_use]
    pub fn judged_at(self) -> UnixTime {
        match self {
            Self::Now(at) | Self::At { at, .. } => at,
        }
    }

    /// The device's clock.
    #[must_use]
    pub fn device_time(self) -> UnixTime {
        match self {
            Self::Now(now) | Self::At { now, .. } => now,
        }
    }
}

/// The steps taken so far, and how each ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps([StepResult; Step::ALL.len()]);

impl Steps {
    pub(crate) fn none_taken() -> Self {
        Self([StepResult::Skipped; Step::ALL.len()])
    }

    pub(crate) fn set(&mut self, step: Step, result: StepResult) {
        self.0[step as usize] = result;
    }

    pub(crate) fn get(&self, step: Step) -> StepResult {
        self.0[step as usize]
    }

    fn outcome(&self) -> (Outcome, Option<Reason>) {
        let failed = self.0.iter().find_map(|result| match result {
            StepResult::Failed(reason) => Some(*reason),
            _ => None,
        });
        let noted = || self.0.iter().find_map(|result| result.reason());
        match failed.or_else(noted) {
            Some(reason) => (reason.outcome(), Some(reason)),
            None => (Outcome::Valid, None),
        }
    }
}

/// Who signed, once the signature has held.
#[derive(Clone, Debug)]
pub enum SignedBy<'a> {
    /// A key on the trust list.
    Listed {
        /// Its entry.
        key: &'a KeyEntry,
        /// Its owner.
        issuer: &'a Issuer,
    },
    /// The key of a certificate that the message carries, which a listed authority vouches for.
    Anchored {
        /// The authority.
        anchor: &'a Anchor,
        /// The signer.
        signer: Arc<SealSigner>,
    },
}

impl SignedBy<'_> {
    /// What the issuer is called.
    #[must_use]
    pub fn name(&self, language: Language) -> &str {
        match self {
            Self::Listed { issuer, .. } => language.choose(&issuer.name_ja, &issuer.name_en),
            // Certificates say nothing that is fit to be shown: the state's name comes from our table.
            Self::Anchored { anchor, .. } => {
                let country = &anchor.country;
                let name = country.name_ja().zip(country.name_en()).map(|(ja, en)| language.choose(ja, en));
                name.unwrap_or(country.as_str())
            }
        }
    }

    /// The issuer's country.
    #[must_use]
    pub fn country(&self) -> Country {
        match self {
            Self::Listed { issuer, .. } => issuer.country,
            Self::Anchored { anchor, .. } => anchor.country,
        }
    }

    /// What of the signer's certificate deviates without refusing it.
    pub(crate) fn findings(&self) -> Option<Finding> {
        match self {
            Self::Listed { .. } => None,
            Self::Anchored { signer, .. } => {
                let unnamed = signer.profile().is_ok_and(|profile| !profile.names_issuer_key);
                unnamed.then(|| Finding::new(FindingCode::Missing, "sig/cer/authorityKeyIdentifier"))
            }
        }
    }

    /// The full identifier of the key that signed; of a certificate in the message its SHA-256.
    #[must_use]
    pub fn kid(&self) -> &[u8; 32] {
        match self {
            Self::Listed { key, .. } => &key.kid,
            Self::Anchored { signer, .. } => signer.sha256(),
        }
    }
}

/// What was found about one scanned text.
///
/// It gives out the certificate when it is valid or valid-check, and never otherwise: what a forged
/// or expired code says about a person is nobody's business.
///
/// ```compile_fail
/// // Only the verifier makes one.
/// let verdict = tegata_verifier::Verdict { outcome: tegata_verifier::Outcome::Valid };
/// ```
pub struct Verdict<'a> {
    outcome: Outcome,
    reason: Option<Reason>,
    steps: Steps,
    moment: Moment,
    format: Option<Format>,
    recognised: Option<Recognised>,
    signed_by: Option<SignedBy<'a>>,
    certificate: Option<Certificate>,
    revocation: Option<Revocation>,
    applied: Option<Applied<'a>>,
    binding: Option<Binding>,
}

/// What is known of a text when its steps are over.
#[derive(Default)]
pub(crate) struct Known<'a> {
    pub format: Option<Format>,
    pub recognised: Option<Recognised>,
    pub signed_by: Option<SignedBy<'a>>,
    pub certificate: Option<Certificate>,
    pub revocation: Option<Revocation>,
}

impl<'a> Verdict<'a> {
    pub(crate) fn conclude(steps: Steps, moment: Moment, known: Known<'a>) -> Self {
        let (outcome, reason) = steps.outcome();
        let Known { format, recognised, signed_by, certificate, revocation } = known;
        let (applied, binding) = (None, None);
        Self {
            outcome,
            reason,
            steps,
            moment,
            format,
            recognised,
            signed_by,
            certificate,
            revocation,
            applied,
            binding,
        }
    }

    /// The verdict on something that gave no text at all: a picture without a readable code.
    #[must_use]
    pub fn unreadable(reason: Reason, moment: Moment) -> Self {
        let mut steps = Steps::none_taken();
        steps.set(Step::Read, StepResult::Failed(reason));
        Self::conclude(steps, moment, Known::default())
    }

    /// Takes the rules step: whether what is authentic and in force is enough for a purpose. The verdict comes out as it
    /// is or graver, and one that gives out no certificate stays as it is. Several codes for one decision: [`decide`].
    #[must_use]
    pub fn judged_by(self, set: &'a RuleSet, state: &'a TrustState) -> Self {
        let moment = self.moment;
        decide(vec![self], set, state).pop().unwrap_or_else(|| Self::unreadable(Reason::NoCode, moment))
    }

    /// Takes what rules came to.
    pub(crate) fn rule(&mut self, applied: Applied<'a>) {
        self.steps.set(Step::Rules, applied.step_result(self.steps.get(Step::Rules)));
        (self.outcome, self.reason) = self.steps.outcome();
        self.applied = Some(applied);
    }

    /// The lists have no rules for the purpose.
    pub(crate) fn rule_missing(&mut self) {
        if self.certificate().is_some() {
            self.steps.set(Step::Rules, StepResult::Failed(Reason::PurposeMissing));
            (self.outcome, self.reason) = self.steps.outcome();
        }
    }

    /// What the rules of a purpose came to, if they were applied.
    #[must_use]
    pub fn applied(&self) -> Option<&Applied<'a>> {
        self.applied.as_ref()
    }

    /// Takes the holder step: whether the certificate belongs to the travel document shown. The verdict comes out
    /// as it is or graver. One that gives out no certificate stays as it is: whose a forged code is is not told.
    #[must_use]
    pub fn bind(mut self, shown: &Mrz) -> Self {
        let Some(certificate) = self.certificate() else { return self };
        let binding = Binding::of(&certificate.holder, shown);
        self.steps.set(Step::Holder, binding.step_result());
        (self.outcome, self.reason) = self.steps.outcome();
        self.binding = Some(binding);
        self
    }

    /// What comparing it with the travel document shown came to, if it was compared.
    #[must_use]
    pub fn binding(&self) -> Option<&Binding> {
        self.binding.as_ref()
    }

    /// What it comes to.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// Why it is not simply valid.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        self.reason
    }

    /// How a step ended.
    #[must_use]
    pub fn step(&self, step: Step) -> StepResult {
        self.steps.get(step)
    }

    /// The time it was judged at.
    #[must_use]
    pub fn moment(&self) -> Moment {
        self.moment
    }

    /// The family of the text, once that is known.
    #[must_use]
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// Who signed it, once the signature has held.
    #[must_use]
    pub fn signed_by(&self) -> Option<&SignedBy<'a>> {
        self.signed_by.as_ref()
    }

    /// What the text is, where it is of a kind that is recognised and not checked here.
    #[must_use]
    pub fn recognised(&self) -> Option<Recognised> {
        self.recognised
    }

    /// What kind of event it is about, once the signature has held; it says nothing of the person.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.certificate.as_ref().map(|certificate| certificate.kind)
    }

    /// Whether it was withdrawn and how well that is known, once the status step was reached.
    #[must_use]
    pub fn revocation(&self) -> Option<Revocation> {
        self.revocation
    }

    /// The deviations found in the signed payload; paths, never values.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        self.certificate.as_ref().map_or(&[], |certificate| &certificate.findings)
    }

    /// What the certificate says, if it is valid or valid-check.
    #[must_use]
    pub fn certificate(&self) -> Option<&Certificate> {
        match self.outcome {
            Outcome::Valid | Outcome::ValidCheck => self.certificate.as_ref(),
            Outcome::NotValid | Outcome::NotChecked => None,
        }
    }
}

impl fmt::Debug for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verdict").field("outcome", &self.outcome).field("reason", &self.reason).finish_non_exhaustive()
    }
}
