//! Rules applied: whether what is authentic and in force is enough for a purpose.
//!
//! A verdict is asked afterwards, as it is for the travel document shown: [`Verdict::judged_by`] for one code,
//! [`decide`] for several that belong together.

use crate::{Reason, SignedBy, StepResult, Verdict};
use tegata_certificate::{BirthDate, Certificate, Kind, UnixTime};
use tegata_trust_lists::rules::view::{Surroundings, data, eu_dcc, surroundings, tegata};
use tegata_trust_lists::rules::{Rule, RuleOutcome, RuleSet, Ruling, Shape};
use tegata_trust_lists::{Freshness, TrustState};

/// What a rule set came to for a certificate, or for all that was shown of one person.
#[derive(Clone, Debug)]
pub struct Applied<'a> {
    set: &'a RuleSet,
    ruling: Ruling,
    outcomes: Vec<(&'a Rule, RuleOutcome)>,
    freshness: Freshness,
    certificates: usize,
}

impl<'a> Applied<'a> {
    /// The rule set.
    #[must_use]
    pub fn set(&self) -> &'a RuleSet {
        self.set
    }

    /// What it came to.
    #[must_use]
    pub fn ruling(&self) -> Ruling {
        self.ruling
    }

    /// The rules that counted, and what each said.
    #[must_use]
    pub fn outcomes(&self) -> &[(&'a Rule, RuleOutcome)] {
        &self.outcomes
    }

    /// How old the rules are.
    #[must_use]
    pub fn freshness(&self) -> Freshness {
        self.freshness
    }

    /// How many certificates of the person were looked at together.
    #[must_use]
    pub fn certificates(&self) -> usize {
        self.certificates
    }

    /// How the step ends, where it would have ended so without any rules.
    pub(crate) fn step_result(&self, without: StepResult) -> StepResult {
        if matches!(self.freshness, Freshness::Expired { .. }) {
            return StepResult::Failed(Reason::RulesExpired);
        }
        match self.ruling {
            Ruling::KindNotAccepted => StepResult::Failed(Reason::KindNotAccepted),
            Ruling::Refused => StepResult::Failed(Reason::RuleNotMet),
            Ruling::Open => StepResult::Noted(Some(Reason::RuleOpen)),
            Ruling::NoRule => StepResult::Noted(Some(Reason::NoRuleForKind)),
            Ruling::Accepted if without.reason().is_some() => without,
            Ruling::Accepted if matches!(self.freshness, Freshness::Stale { .. }) => {
                StepResult::Noted(Some(Reason::RulesStale))
            }
            Ruling::Accepted => StepResult::Passed,
        }
    }
}

/// One certificate, and the country of whoever signed it.
struct Shown<'v> {
    certificate: &'v Certificate,
    issuer: Option<String>,
}

/// Judges several codes for one purpose: those of one person together, each person apart. Codes are one person's where
/// name and birth date are the same; what is not valid without any rules is nobody's and stays as it is.
#[must_use]
pub fn decide<'a>(mut verdicts: Vec<Verdict<'a>>, set: &'a RuleSet, state: &'a TrustState) -> Vec<Verdict<'a>> {
    let mut applied: Vec<Option<Applied<'a>>> = verdicts.iter().map(|_| None).collect();
    for place in 0..verdicts.len() {
        let Some(one) = verdicts.get(place) else { continue };
        let Some(first) = one.certificate().filter(|_| applied.get(place).is_some_and(Option::is_none)) else {
            continue;
        };
        let same = |verdict: &Verdict<'_>| verdict.certificate().is_some_and(|other| is_same_person(first, other));
        let group: Vec<usize> =
            (place..verdicts.len()).filter(|at| *at == place || verdicts.get(*at).is_some_and(same)).collect();
        let shown: Vec<Shown<'_>> = group.iter().filter_map(|at| Shown::of(verdicts.get(*at)?)).collect();
        let result = apply(&shown, set, state, one.moment().judged_at(), one.moment().device_time());
        for at in group {
            if let Some(slot) = applied.get_mut(at) {
                *slot = Some(result.clone());
            }
        }
    }
    for (verdict, applied) in verdicts.iter_mut().zip(applied) {
        if let Some(applied) = applied {
            verdict.rule(applied);
        }
    }
    verdicts
}

/// The same by the rule set of that id. Where the lists have none, nothing is decided: a purpose that was chosen is never
/// passed over in silence.
#[must_use]
pub fn decide_for<'a>(mut verdicts: Vec<Verdict<'a>>, id: &str, state: &'a TrustState) -> Vec<Verdict<'a>> {
    match state.rules().and_then(|list| list.set(id)) {
        Some(set) => decide(verdicts, set, state),
        None => {
            verdicts.iter_mut().for_each(Verdict::rule_missing);
            verdicts
        }
    }
}

/// Whether two certificates are of one person, as far as they say. Without a name or a birth date nobody is.
fn is_same_person(one: &Certificate, other: &Certificate) -> bool {
    let (one, other) = (&one.holder, &other.holder);
    if one.birth != other.birth || one.birth == BirthDate::Unknown {
        return false;
    }
    match (&one.romanised, &other.romanised, &one.registered, &other.registered) {
        (Some(one), Some(other), ..) => one == other,
        (_, _, Some(one), Some(other)) => one.to_line() == other.to_line(),
        _ => false,
    }
}

impl<'v> Shown<'v> {
    fn of(verdict: &'v Verdict<'_>) -> Option<Self> {
        let issuer = verdict.signed_by().map(SignedBy::country).map(|country| country.to_string());
        Some(Self { certificate: verdict.certificate()?, issuer })
    }
}

/// What a rule set comes to for what one person has shown.
fn apply<'a>(shown: &[Shown<'_>], set: &'a RuleSet, state: &'a TrustState, at: UnixTime, now: UnixTime) -> Applied<'a> {
    let (ruling, outcomes) = match set.shape {
        Shape::Tegata => together(shown, set, state, at),
        Shape::EuDcc => apart(shown, set, state, at),
    };
    let certificates = if set.shape == Shape::Tegata { shown.len() } else { 1 };
    let freshness = state.rules_freshness(now).unwrap_or(Freshness::Fresh);
    Applied { set, ruling, outcomes, freshness, certificates }
}

type Judged<'a> = (Ruling, Vec<(&'a Rule, RuleOutcome)>);

/// The better of two.
fn better<'a>(best: Option<Judged<'a>>, next: Judged<'a>) -> Option<Judged<'a>> {
    match best {
        Some(best) if best.0 <= next.0 => Some(best),
        _ => Some(next),
    }
}

/// All of it in one view. Who shows a vaccination and a test needs one of them to be enough.
fn together<'a>(shown: &[Shown<'_>], set: &'a RuleSet, state: &'a TrustState, at: UnixTime) -> Judged<'a> {
    let certificates: Vec<&Certificate> = shown.iter().map(|one| one.certificate).collect();
    let payload = tegata(&certificates);
    let mut best = None;
    for kind in Kind::ALL {
        let Some(of_kind) = shown.iter().find(|one| one.certificate.kind == kind) else { continue };
        let texts = of_kind.texts(set, at);
        let mut others = Vec::new();
        for (place, one) in shown.iter().enumerate() {
            let told = shown.iter().take(place).any(|before| before.issuer == one.issuer);
            if let Some(country) = one.issuer.as_deref().filter(|_| !told) {
                others.extend(invalidation(set, state, country, kind, at));
            }
        }
        let input = surroundings(set.value_sets(), &texts).and_then(|external| data(&payload, external));
        best = better(best, judge(set, kind, others, input, at));
    }
    best.unwrap_or((Ruling::KindNotAccepted, Vec::new()))
}

/// Each as an EU DCC of its own: rules of that shape know no other.
fn apart<'a>(shown: &[Shown<'_>], set: &'a RuleSet, state: &'a TrustState, at: UnixTime) -> Judged<'a> {
    let mut best = None;
    for one in shown {
        let issuer = one.issuer.as_deref();
        let (payload, texts) = (eu_dcc(one.certificate, issuer), one.texts(set, at));
        let kind = one.certificate.kind;
        let others = issuer.map(|country| invalidation(set, state, country, kind, at)).unwrap_or_default();
        let input = surroundings(set.value_sets(), &texts).and_then(|external| data(&payload, external));
        best = better(best, judge(set, kind, others, input, at));
    }
    best.unwrap_or((Ruling::KindNotAccepted, Vec::new()))
}

fn judge<'a>(
    set: &'a RuleSet,
    kind: Kind,
    others: Vec<&'a Rule>,
    input: Option<tegata_trust_lists::rules::Value<'_>>,
    at: UnixTime,
) -> Judged<'a> {
    match input {
        Some(input) => set.judge(&[kind], others, &input, at),
        None => (Ruling::Open, Vec::new()),
    }
}

/// What the country that issued says of its own certificates: in the shape that this set's rules look at.
fn invalidation<'a>(set: &RuleSet, state: &'a TrustState, country: &str, kind: Kind, at: UnixTime) -> Vec<&'a Rule> {
    let sets = state.rules().map_or(&[][..], |list| &list.sets);
    let same_shape = sets.iter().filter(|other| other.shape == set.shape);
    same_shape.flat_map(|other| other.invalidation(country, &[kind], at)).collect()
}

impl Shown<'_> {
    fn texts(&self, set: &RuleSet, at: UnixTime) -> Surroundings {
        Surroundings::at(at, set.zone).of(set.country.as_deref(), self.issuer.as_deref(), self.certificate)
    }
}
