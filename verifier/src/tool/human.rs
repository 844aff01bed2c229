//! A verdict in words, for a terminal: what a person at a counter needs, and the steps on demand.

use crate::display::{mixes_scripts, plain};
use crate::{Binding, BindingResult, Language, Moment, Outcome, Revocation, Revoked, Step, Verdict, recognised_label};
use std::io::{self, Write};
use tegata_certificate::{Certificate, Dose, Kind, TestMethod, TestOutcome, TestResult, UnixTime, vaccine};
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
        writeln!(
            out,
            "  {}",
            language.choose(
                "DEMO: 実演用のリストです。本物の証明書ではありません",
                "DEMO: a demonstration, not a real certificate"
            )
        )?;
    }
    if let Some(reason) = verdict.reason() {
        let wording = reason.wording(style.language);
        writeln!(out, "  {}: {}  [{}]", language.choose("理由", "Reason"), wording.title, reason.code())?;
        writeln!(out, "  {}: {}", language.choose("対応", "Next"), wording.action)?;
    }
    if let Some(kind) = verdict.recognised() {
        writeln!(out, "  {}: {}", language.choose("種類", "Kind"), recognised_label(kind, language))?;
    }
    if let Some(certificate) = verdict.certificate() {
        write_certificate(out, certificate, verdict.binding(), style.language)?;
    } else if let Some(binding) = verdict.binding() {
        write_binding(out, binding, language)?;
    }
    if let Some(by) = verdict.signed_by() {
        let name = plain(by.name(language), SHOWN_MAX);
        writeln!(out, "  {}: {name} ({})", language.choose("発行者", "Issuer"), by.country())?;
    }
    if let Moment::At { at, .. } = verdict.moment() {
        writeln!(
            out,
            "  {}: {at}",
            language.choose("この日時について判定（現在ではありません）", "Judged for another time")
        )?;
    }
    if style.explain {
        write_steps(out, verdict, style.language)?;
    }
    if let Some(revocation) = verdict.revocation() {
        write_revocation(out, revocation, verdict.moment(), style.language)?;
    }
    write_list(out, state, verdict.moment(), style.language)
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
    let say = |ja: &'static str, en: &'static str| language.choose(ja, en);
    if let Some(kind) = kind_label(certificate.kind, language) {
        writeln!(out, "  {}: {kind}", say("種類", "Kind"))?;
    }
    let holder = &certificate.holder;
    // What is compared by eye is shown composed, whichever way it was signed.
    let registered = holder.registered.as_ref().map(|name| name.to_line().nfc().collect::<String>());
    let romanised = holder.romanised.as_ref().map(tegata_certificate::RomanisedName::to_mrz);
    // The romanised form first: it has no look-alikes.
    let names: Vec<String> = romanised.iter().chain(&registered).map(|name| plain(name, SHOWN_MAX)).collect();
    write!(out, "  {}: {}", say("氏名", "Name"), names.join(" / "))?;
    if let Some(kana) = &holder.kana {
        write!(out, " ({})", plain(kana, SHOWN_MAX))?;
    }
    writeln!(out)?;
    if registered.as_deref().is_some_and(mixes_scripts) {
        writeln!(
            out,
            "  ! {}",
            say(
                "氏名に似た文字が混ざっています。文字を一つずつ比べてください",
                "The name mixes look-alike letters of two scripts: compare letter by letter"
            )
        )?;
    }
    writeln!(out, "  {}: {}", say("生年月日", "Born"), holder.birth)?;
    if let Some(document) = &holder.document {
        let kind = if document.passport { say("旅券", "Passport") } else { say("渡航文書", "Document") };
        writeln!(out, "  {kind}: {}", plain(&document.number, SHOWN_MAX))?;
    }
    if let Some(guardian) = &holder.guardian {
        writeln!(out, "  {}: {}", say("保護者", "Guardian"), plain(guardian, SHOWN_MAX))?;
    }
    match binding {
        Some(binding) => write_binding(out, binding, language)?,
        None => writeln!(out, "  → {}", say("身分証と見比べてください", "Compare with an identity document"))?,
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
        let line = match language {
            Language::Ja => format!("回復: 最初の陽性 {first}、証明の期間 {from} から {until} まで"),
            Language::En => format!("Recovery: first positive {first}, certified from {from} until {until}"),
        };
        writeln!(out, "  {line}")?;
    }
    Ok(())
}

/// What the certificate is about, where that is not a vaccination: nobody is to take one for the other.
fn kind_label(kind: Kind, language: Language) -> Option<&'static str> {
    match kind {
        Kind::Vaccination => None,
        Kind::Test => {
            Some(language.choose("検査の証明書（接種ではありません）", "test certificate (not a vaccination)"))
        }
        Kind::Recovery => {
            Some(language.choose("回復の証明書（接種ではありません）", "recovery certificate (not a vaccination)"))
        }
    }
}

/// Whether it belongs to the document shown, and what differs or was missing.
fn write_binding(out: &mut dyn Write, binding: &Binding, language: Language) -> io::Result<()> {
    let mark = match binding.result() {
        BindingResult::Match => "✓",
        BindingResult::Mismatch => "✕",
        BindingResult::DifferentDocument | BindingResult::NotComparable => "!",
    };
    let (comma, colon) = (language.choose("、", ", "), language.choose("：", ": "));
    write!(out, "  {mark} {}", binding.result().label(language))?;
    if !binding.differs().is_empty() {
        let differs: Vec<&str> = binding.differs().iter().map(|particular| particular.label(language)).collect();
        write!(out, "{colon}{}{}", differs.join(comma), language.choose("が異なります", " differs"))?;
    }
    writeln!(out)?;
    for weakness in binding.weaker() {
        writeln!(out, "    ! {}", weakness.label(language))?;
    }
    Ok(())
}

/// The result first: it is what matters. Codes that are not known stand as they are.
fn test_line(test: &TestResult, language: Language) -> String {
    let say = |ja: &'static str, en: &'static str| language.choose(ja, en);
    let result = match test.outcome() {
        Some(TestOutcome::NotDetected) => say("陰性（検出せず）", "not detected (negative)").to_owned(),
        Some(TestOutcome::Detected) => say("陽性（検出）", "DETECTED (positive)").to_owned(),
        None => plain(&test.result, SHOWN_MAX),
    };
    let method = match test.method() {
        Some(TestMethod::NucleicAcid) => say("核酸検査（PCR など）", "nucleic acid test (such as PCR)").to_owned(),
        Some(TestMethod::Antigen) => say("抗原検査", "antigen test").to_owned(),
        Some(TestMethod::Antibody) => say("抗体検査", "antibody test").to_owned(),
        None => plain(&test.test_type, SHOWN_MAX),
    };
    let sampled = test.sampled_at.map_or_else(|| "?".to_owned(), |time| time.to_string());
    let mut line = format!("{}: {result}, {method}, {} {sampled}", say("検査", "Test"), say("検体採取", "sample of"));
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
    let mut line = format!(
        "{} {number}{series}: {} {name}",
        language.choose("接種", "Dose"),
        dose.date.map(|date| date.to_string()).unwrap_or_default()
    );
    if let Some(lot) = &dose.lot {
        line.push_str(&format!(", {} {}", language.choose("ロット", "lot"), plain(lot, SHOWN_MAX)));
    }
    if let Some(country) = dose.country {
        line.push_str(&format!(", {country}"));
    }
    if let Some(clinician) = &dose.clinician {
        line.push_str(&format!(", {} {}", language.choose("医師", "by"), plain(clinician, SHOWN_MAX)));
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
    let say = |ja: &'static str, en: &'static str| language.choose(ja, en);
    let label = say("失効の確認", "Withdrawn");
    let Some(as_of) = revocation.as_of else {
        let none = say("この発行者の失効リストはありません", "not known, this issuer has no status list");
        return writeln!(out, "  {label}: {none}");
    };
    let answer = match revocation.revoked {
        Some(Revoked { class: Some(RevocationReason::Compromised), .. }) => {
            say("取消（不正の疑い）", "yes (compromised)")
        }
        Some(_) => say("取消", "yes"),
        None if revocation.covered => say("なし", "no"),
        None => say("この時点より後の発行", "not known, issued later"),
    };
    let since = match revocation.revoked {
        Some(Revoked { at: Some(at), .. }) => format!("{}{at}", say("、取消日時 ", ", since ")),
        _ => String::new(),
    };
    let stale = if revocation.stale { say("、期限を過ぎています", ", past its date") } else { "" };
    let age = age(as_of, moment, language);
    let of = say("時点", "as of ");
    match language {
        Language::Ja => writeln!(out, "  {label}: {answer}{since}（{as_of} {of}、{age}{stale}）"),
        Language::En => writeln!(out, "  {label}: {answer}{since} ({of}{as_of}, {age}{stale})"),
    }
}

/// How long ago something was issued, by the device's clock.
pub(super) fn age(issued_at: UnixTime, moment: Moment, language: Language) -> String {
    let say = |ja: &'static str, en: &'static str| language.choose(ja, en);
    let age = moment.device_time().0.saturating_sub(issued_at.0).max(0);
    match age {
        0..3_600 => format!("{} {}", age / 60, say("分前", "min old")),
        3_600..172_800 => format!("{} {}", age / 3_600, say("時間前", "h old")),
        _ => format!("{} {}", age / 86_400, say("日前", "days old")),
    }
}

fn write_list(out: &mut dyn Write, state: &TrustState, moment: Moment, language: Language) -> io::Result<()> {
    let say = |ja: &'static str, en: &'static str| language.choose(ja, en);
    let head = &state.head().header;
    let age = age(head.issued_at, moment, language);
    let freshness = match state.freshness(moment.device_time()) {
        Freshness::Fresh => "",
        Freshness::Stale { .. } => say("、期限を過ぎています", ", past its date"),
        Freshness::Expired { .. } => say("、期限切れ", ", expired"),
    };
    writeln!(
        out,
        "  {}: {} #{} ({age}{freshness})",
        say("信頼リスト", "Trust list"),
        state.repository_id(),
        head.version
    )
}
