//! A verdict in words, for a terminal: what a person at a counter needs, and the steps on demand.

use crate::display::{mixes_scripts, plain};
use crate::messages::say;
use crate::{
    Applied, Binding, BindingResult, Language, Moment, Outcome, Revocation, Revoked, Step, Verdict, recognised_label,
};
use std::io::{self, Write};
use tegata_certificate::{Certificate, Dose, Kind, TestMethod, TestOutcome, TestResult, UnixTime, vaccine};
use tegata_trust_lists::rules::RuleOutcome;
use tegata_trust_lists::{Freshness, RevocationReason, TrustState};
use unicode_normalization::UnicodeNormalization;

/// How a verdict is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// In which language.
    pub language: Language,
    /// Whether the terminal shows colours. They repeat what mark and word say already.
    pub colour: bool,
    /// Whether each step is told.
    pub explain: bool,
}

/// The most characters of any text from a certificate that are shown.
const SHOWN_MAX: usize = 80;

/// Writes one verdict. `source` says where the code came from.
///
/// # Errors
/// What writing gives.
pub fn write_verdict(
    out: &mut dyn Write,
    verdict: &Verdict<'_>,
    state: &TrustState,
    source: Option<&str>,
    style: Style,
) -> io::Result<()> {
    let language = style.language;
    write_headline(out, verdict.outcome(), source, style)?;
    if state.is_demo() {
        writeln!(out, "  {}", say!(language, "note.demo"))?;
    }
    if let Some(reason) = verdict.reason() {
        let wording = reason.wording(style.language);
        writeln!(out, "  {}: {}  [{}]", say!(language, "field.reason"), wording.title, reason.code())?;
        writeln!(out, "  {}: {}", say!(language, "field.next"), wording.action)?;
    }
    if let Some(kind) = verdict.recognised() {
        writeln!(out, "  {}: {}", say!(language, "field.kind"), recognised_label(kind, language))?;
    }
    if let Some(certificate) = verdict.certificate() {
        write_certificate(out, certificate, verdict.binding(), style.language)?;
    } else if let Some(binding) = verdict.binding() {
        write_binding(out, binding, language)?;
    }
    if let Some(by) = verdict.signed_by() {
        let name = plain(by.name(language), SHOWN_MAX);
        writeln!(out, "  {}: {name} ({})", say!(language, "field.issuer"), by.country())?;
    }
    if let Moment::At { at, .. } = verdict.moment() {
        writeln!(out, "  {}: {at}", say!(language, "field.judged-for"))?;
    }
    if style.explain {
        write_steps(out, verdict, style.language)?;
    }
    if let Some(revocation) = verdict.revocation() {
        write_revocation(out, revocation, verdict.moment(), style.language)?;
    }
    if let Some(applied) = verdict.applied() {
        write_applied(out, applied, verdict.moment(), style.language)?;
    }
    write_list(out, state, verdict.moment(), style.language)
}

/// By which rules, and what each asked for and came to. What is not met comes first.
fn write_applied(out: &mut dyn Write, applied: &Applied<'_>, moment: Moment, language: Language) -> io::Result<()> {
    let tag = if language == Language::Ja { "ja" } else { "en" };
    let set = applied.set();
    let mut outcomes = applied.outcomes().to_vec();
    outcomes.sort_by_key(|(_, outcome)| std::cmp::Reverse(*outcome));
    let mut age = age(set.dated, moment, language);
    if !matches!(applied.freshness(), Freshness::Fresh) {
        age = [age.as_str(), say!(language, "freshness.stale")].join(say!(language, "punctuation.comma"));
    }
    let name = plain(set.name_in(tag), SHOWN_MAX);
    let line = say!(language, "rules.line", name = name, version = set.version, age = age);
    writeln!(out, "  {}: {line}", say!(language, "field.rules"))?;
    if applied.certificates() > 1 {
        writeln!(out, "    {}", say!(language, "rules.together", n = applied.certificates()))?;
    }
    for (rule, outcome) in outcomes {
        let (mark, word) = match outcome {
            RuleOutcome::Pass => ("✓", say!(language, "rule.pass")),
            RuleOutcome::Open => ("?", say!(language, "rule.open")),
            RuleOutcome::Fail => ("✕", say!(language, "rule.fail")),
        };
        let asked = rule.words_in(tag).map(|words| plain(words, 300)).unwrap_or_default();
        writeln!(out, "    {mark} {word}: {asked} [{}]", plain(&rule.identifier, SHOWN_MAX))?;
    }
    Ok(())
}

fn write_headline(out: &mut dyn Write, outcome: Outcome, source: Option<&str>, style: Style) -> io::Result<()> {
    // Mark and word tell it; the colours (teal, amber, orange, slate) differ for the colour-blind too.
    let (mark, colour) = match outcome {
        Outcome::Valid => ("✓", "1;38;5;30"),
        Outcome::ValidCheck => ("!", "1;38;5;214"),
        Outcome::NotValid => ("✕", "1;38;5;166"),
        Outcome::NotChecked => ("?", "1;38;5;245"),
    };
    let label = outcome.label(style.language);
    if style.colour {
        write!(out, "\x1b[{colour}m{mark} {label}\x1b[0m")?;
    } else {
        write!(out, "{mark} {label}")?;
    }
    match source {
        Some(source) => writeln!(out, "  ({})", plain(source, 200)),
        None => writeln!(out),
    }
}

fn write_certificate(
    out: &mut dyn Write,
    certificate: &Certificate,
    binding: Option<&Binding>,
    language: Language,
) -> io::Result<()> {
    if let Some(kind) = kind_label(certificate.kind, language) {
        writeln!(out, "  {}: {kind}", say!(language, "field.kind"))?;
    }
    let holder = &certificate.holder;
    // What is compared by eye is shown composed, whichever way it was signed.
    let registered = holder.registered.as_ref().map(|name| name.to_line().nfc().collect::<String>());
    let romanised = holder.romanised.as_ref().map(tegata_certificate::RomanisedName::to_mrz);
    // The romanised form first: it has no look-alikes.
    let names: Vec<String> = romanised.iter().chain(&registered).map(|name| plain(name, SHOWN_MAX)).collect();
    write!(out, "  {}: {}", say!(language, "field.name"), names.join(" / "))?;
    if let Some(kana) = &holder.kana {
        write!(out, " ({})", plain(kana, SHOWN_MAX))?;
    }
    writeln!(out)?;
    if registered.as_deref().is_some_and(mixes_scripts) {
        writeln!(out, "  ! {}", say!(language, "note.look-alikes"))?;
    }
    writeln!(out, "  {}: {}", say!(language, "field.born"), holder.birth)?;
    if let Some(document) = &holder.document {
        let kind =
            if document.passport { say!(language, "document.passport") } else { say!(language, "document.other") };
        writeln!(out, "  {kind}: {}", plain(&document.number, SHOWN_MAX))?;
    }
    if let Some(guardian) = &holder.guardian {
        writeln!(out, "  {}: {}", say!(language, "field.guardian"), plain(guardian, SHOWN_MAX))?;
    }
    match binding {
        Some(binding) => write_binding(out, binding, language)?,
        None => writeln!(out, "  → {}", say!(language, "note.compare"))?,
    }
    for (place, dose) in certificate.doses.iter().enumerate() {
        writeln!(out, "  {}", dose_line(dose, place, language))?;
    }
    for test in &certificate.tests {
        writeln!(out, "  {}", test_line(test, language))?;
    }
    for recovery in &certificate.recoveries {
        let date =
            |date: Option<tegata_certificate::Date>| date.map_or_else(|| "?".to_owned(), |date| date.to_string());
        let (first, from, until) =
            (date(recovery.first_positive), date(recovery.valid_from), date(recovery.valid_until));
        let line = say!(language, "recovery.line", first = first, from = from, until = until);
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// What the certificate is about, where that is not a vaccination: nobody is to take one for the other.
fn kind_label(kind: Kind, language: Language) -> Option<&'static str> {
    match kind {
        Kind::Vaccination => None,
        Kind::Test => Some(say!(language, "kind.test")),
        Kind::Recovery => Some(say!(language, "kind.recovery")),
    }
}

/// Whether it belongs to the document shown, and what differs or was missing.
fn write_binding(out: &mut dyn Write, binding: &Binding, language: Language) -> io::Result<()> {
    let mark = match binding.result() {
        BindingResult::Match => "✓",
        BindingResult::Mismatch => "✕",
        BindingResult::DifferentDocument | BindingResult::NotComparable => "!",
    };
    write!(out, "  {mark} {}", binding.result().label(language))?;
    if !binding.differs().is_empty() {
        let differs: Vec<&str> = binding.differs().iter().map(|particular| particular.label(language)).collect();
        let differs = differs.join(say!(language, "punctuation.comma"));
        let differs = say!(language, "note.differs", particulars = differs);
        write!(out, "{}{differs}", say!(language, "punctuation.colon"))?;
    }
    writeln!(out)?;
    for weakness in binding.weaker() {
        writeln!(out, "    ! {}", weakness.label(language))?;
    }
    Ok(())
}

/// The result first: it is what matters. Codes that are not known stand as they are.
fn test_line(test: &TestResult, language: Language) -> String {
    let result = match test.outcome() {
        Some(TestOutcome::NotDetected) => say!(language, "result.not-detected").to_owned(),
        Some(TestOutcome::Detected) => say!(language, "result.detected").to_owned(),
        None => plain(&test.result, SHOWN_MAX),
    };
    let method = match test.method() {
        Some(TestMethod::NucleicAcid) => say!(language, "method.nucleic-acid").to_owned(),
        Some(TestMethod::Antigen) => say!(language, "method.antigen").to_owned(),
        Some(TestMethod::Antibody) => say!(language, "method.antibody").to_owned(),
        None => plain(&test.test_type, SHOWN_MAX),
    };
    let time = test.sampled_at.map_or_else(|| "?".to_owned(), |time| time.to_string());
    let sample = say!(language, "test.sample", time = time);
    let mut line = format!("{}: {result}, {method}, {sample}", say!(language, "field.test"));
    if let Some(country) = test.country {
        line.push_str(&format!(", {country}"));
    }
    line
}

fn dose_line(dose: &Dose, place: usize, language: Language) -> String {
    let number = dose.number.unwrap_or(place as u64 + 1);
    let series = dose.total.map(|total| format!("/{total}")).unwrap_or_default();
    let known = vaccine::meaning(&dose.vaccine, dose.product.as_deref());
    let name = match (&dose.product, known) {
        (_, Some(meaning)) => meaning.name.to_owned(),
        (Some(product), None) => plain(product, SHOWN_MAX),
        (None, None) => format!("{} {}", dose.vaccine.system.name(), plain(&dose.vaccine.code, SHOWN_MAX)),
    };
    let dated = dose.date.map(|date| date.to_string()).unwrap_or_default();
    let mut line = say!(language, "dose.number", number = format!("{number}{series}"));
    line.push_str(&format!(": {dated} {name}"));
    if let Some(lot) = &dose.lot {
        line.push_str(", ");
        line.push_str(&say!(language, "dose.lot", lot = plain(lot, SHOWN_MAX)));
    }
    if let Some(country) = dose.country {
        line.push_str(&format!(", {country}"));
    }
    if let Some(clinician) = &dose.clinician {
        line.push_str(", ");
        line.push_str(&say!(language, "dose.clinician", name = plain(clinician, SHOWN_MAX)));
    }
    line
}

fn write_steps(out: &mut dyn Write, verdict: &Verdict<'_>, language: Language) -> io::Result<()> {
    for step in Step::ALL {
        let result = verdict.step(step);
        let mark = match result.name() {
            "passed" => "✓",
            "failed" => "✕",
            "noted" => "!",
            _ => "–",
        };
        write!(out, "    {mark} {:<9} {:<7} {}", step.name(), result.name(), step.label(language))?;
        if let Some(reason) = result.reason() {
            write!(out, " [{}]", reason.code())?;
        }
        writeln!(out)?;
        if step == Step::Signature {
            for finding in verdict.findings() {
                writeln!(out, "      ! {} {}", finding.code.name(), plain(&finding.path, SHOWN_MAX))?;
            }
        }
    }
    Ok(())
}

/// Whether it was withdrawn, as of when, and how old that is: no verdict is given without.
fn write_revocation(out: &mut dyn Write, revocation: Revocation, moment: Moment, language: Language) -> io::Result<()> {
    let label = say!(language, "field.withdrawn");
    let Some(as_of) = revocation.as_of else {
        return writeln!(out, "  {label}: {}", say!(language, "revocation.none"));
    };
    let comma = say!(language, "punctuation.comma");
    let mut answer = match revocation.revoked {
        Some(Revoked { class: Some(RevocationReason::Compromised), .. }) => say!(language, "revocation.compromised"),
        Some(_) => say!(language, "revocation.yes"),
        None if revocation.covered => say!(language, "revocation.no"),
        None => say!(language, "revocation.later"),
    }
    .to_owned();
    if let Some(Revoked { at: Some(at), .. }) = revocation.revoked {
        answer = [answer, say!(language, "revocation.since", time = at)].join(comma);
    }
    let mut details = vec![say!(language, "revocation.as-of", time = as_of), age(as_of, moment, language)];
    if revocation.stale {
        details.push(say!(language, "freshness.stale").to_owned());
    }
    let line = say!(language, "revocation.line", answer = answer, details = details.join(comma));
    writeln!(out, "  {label}: {line}")
}

/// How long ago something was issued, by the device's clock.
pub(super) fn age(issued_at: UnixTime, moment: Moment, language: Language) -> String {
    let age = moment.device_time().0.saturating_sub(issued_at.0).max(0);
    match age {
        0..3_600 => say!(language, "age.minutes", n = age / 60),
        3_600..172_800 => say!(language, "age.hours", n = age / 3_600),
        _ => say!(language, "age.days", n = age / 86_400),
    }
}

fn write_list(out: &mut dyn Write, state: &TrustState, moment: Moment, language: Language) -> io::Result<()> {
    let head = &state.head().header;
    let mut details = age(head.issued_at, moment, language);
    let freshness = match state.freshness(moment.device_time()) {
        Freshness::Fresh => None,
        Freshness::Stale { .. } => Some(say!(language, "freshness.stale")),
        Freshness::Expired { .. } => Some(say!(language, "freshness.expired")),
    };
    if let Some(freshness) = freshness {
        details.push_str(say!(language, "punctuation.comma"));
        details.push_str(freshness);
    }
    let (label, repository) = (say!(language, "field.trust-list"), state.repository_id());
    writeln!(out, "  {label}: {repository} #{} ({details})", head.version)
}
