//! `tegata-report/1`: a verdict as data. The same from the command line, from WebAssembly and from a
//! service, byte for byte for the same input, lists and time. Its schema is `report.schema.json`.

mod line;
mod lists;

use crate::{Applied, Binding, Language, Moment, Outcome, Reason, Revocation, Step, Verdict};
use line::Line;
pub use lists::lists_json;
use tegata_certificate::{
    Certificate, Dose, Format, Holder, Kind, Recognised, Recovery, RegisteredName, Sex, TestMethod, TestOutcome,
    TestResult, vaccine,
};
use tegata_trust_lists::rules::Rule;
use tegata_trust_lists::{Freshness, RevocationReason, TrustState};

/// The name of this form.
pub const REPORT_FORM: &str = "tegata-report/1";

/// The JSON Schema (2020-12) of the report.
pub const REPORT_SCHEMA: &str = include_str!("report.schema.json");

impl Verdict<'_> {
    /// The report as one line of JSON. On not-valid and not-checked it holds no personal data.
    ///
    /// Characters that a terminal or a reader may act on (controls, directions, invisible ones) are
    /// escaped, so that the line is safe to print.
    #[must_use]
    pub fn to_json(&self, state: &TrustState) -> String {
        let mut line = Line::new();
        line.open('{');
        line.member("report", REPORT_FORM);
        line.member("outcome", self.outcome().name());
        write_reason(&mut line, self.reason());
        line.shown("at", Some(self.moment().judged_at()));
        line.raw("retrospective", &matches!(self.moment(), Moment::At { .. }));
        line.nullable("format", self.format().map(Format::name));
        line.optional("recognised", self.recognised().map(Recognised::name));
        line.nullable("kind", self.kind().map(Kind::name));
        line.open_member("steps", '[');
        for step in Step::ALL {
            write_step(&mut line, self, step);
        }
        line.close(']');
        write_issuer(&mut line, self);
        match self.certificate() {
            None => line.nullable("certificate", None),
            Some(certificate) => write_certificate(&mut line, certificate),
        }
        write_trust(&mut line, state, self.moment());
        line.close('}');
        line.into_string()
    }
}

fn write_in_both(line: &mut Line, name: &'static str, text: impl Fn(Language) -> &'static str) {
    line.open_member(name, '{');
    line.member("ja", text(Language::Ja));
    line.member("en", text(Language::En));
    line.close('}');
}

/// The reason with its title and action.
fn write_reason(line: &mut Line, reason: Option<Reason>) {
    line.nullable("reason", reason.map(Reason::code));
    write_in_both(line, "title", |language| match reason {
        Some(reason) => reason.wording(language).title,
        None => Outcome::Valid.label(language),
    });
    match reason {
        Some(reason) => write_in_both(line, "action", |language| reason.wording(language).action),
        None => line.nullable("action", None),
    }
}

fn write_step(line: &mut Line, verdict: &Verdict<'_>, step: Step) {
    let result = verdict.step(step);
    line.open('{');
    line.member("step", step.name());
    line.member("result", result.name());
    line.optional("reason", result.reason().map(Reason::code));
    let findings = if step == Step::Signature { verdict.findings() } else { &[] };
    if !findings.is_empty() {
        line.open_member("findings", '[');
        for finding in findings {
            line.open('{');
            line.member("code", finding.code.name());
            line.member("path", &finding.path);
            line.close('}');
        }
        line.close(']');
    }
    if let Some(revocation) = verdict.revocation().filter(|_| step == Step::Status) {
        write_revocation(line, revocation);
    }
    if let Some(applied) = verdict.applied().filter(|_| step == Step::Rules) {
        write_applied(line, applied);
    }
    if let Some(binding) = verdict.binding().filter(|_| step == Step::Holder) {
        write_binding(line, binding);
    }
    line.close('}');
}

/// What the rules step tells beyond its result: by what, what each rule asked for in words, and what came of it.
fn write_applied(line: &mut Line, applied: &Applied<'_>) {
    let set = applied.set();
    line.open_member("rules", '{');
    line.member("id", &set.id);
    line.member("purpose", set.purpose.name());
    write_names(line, "name", |language| Some(set.name_in(language)));
    line.number("version", Some(set.version));
    line.shown("dated", Some(set.dated));
    line.member("freshness", freshness_name(applied.freshness()));
    line.member("ruling", applied.ruling().name());
    line.raw("certificates", &applied.certificates());
    line.open_member("results", '[');
    for (rule, outcome) in applied.outcomes() {
        line.open('{');
        line.member("rule", &rule.identifier);
        line.shown("version", Some(rule.version));
        line.member("outcome", outcome.name());
        write_names(line, "words", |language| Rule::words_in(rule, language));
        line.close('}');
    }
    line.close(']');
    line.close('}');
}

/// What a list says in Japanese and in English, as far as it says it.
fn write_names<'t>(line: &mut Line, name: &'static str, text: impl Fn(&str) -> Option<&'t str>) {
    line.open_member(name, '{');
    line.optional("ja", text("ja"));
    line.optional("en", text("en"));
    line.close('}');
}

/// What the holder step tells beyond its result: which particulars, never their values.
fn write_binding(line: &mut Line, binding: &Binding) {
    line.member("binding", binding.result().name());
    line.names("differs", binding.differs().iter().map(|particular| particular.name()));
    line.names("weaker", binding.weaker().iter().map(|weakness| weakness.name()));
}

/// What the status step tells beyond its result.
fn write_revocation(line: &mut Line, revocation: Revocation) {
    line.member("revocation", revocation.name());
    line.shown("as_of", revocation.as_of);
    line.optional("class", revocation.revoked.and_then(|revoked| revoked.class).map(RevocationReason::name));
    line.shown("revoked_at", revocation.revoked.and_then(|revoked| revoked.at));
}

fn write_issuer(line: &mut Line, verdict: &Verdict<'_>) {
    let Some(by) = verdict.signed_by() else {
        line.nullable("issuer", None);
        return;
    };
    line.open_member("issuer", '{');
    line.open_member("name", '{');
    line.member("ja", by.name(Language::Ja));
    line.member("en", by.name(Language::En));
    line.close('}');
    line.shown("country", Some(by.country()));
    line.member("kid", &base16ct::lower::encode_string(by.kid()));
    line.close('}');
}

/// The stable name of how old lists are.
fn freshness_name(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Fresh => "fresh",
        Freshness::Stale { .. } => "stale",
        Freshness::Expired { .. } => "expired",
    }
}

fn write_trust(line: &mut Line, state: &TrustState, moment: Moment) {
    let head = &state.head().header;
    line.open_member("trust", '{');
    line.member("repository", state.repository_id());
    line.raw("demo", &state.is_demo());
    line.number("trust_version", Some(state.trust().header.version));
    line.number("head_version", Some(head.version));
    line.shown("issued_at", Some(head.issued_at));
    line.shown("expires_at", Some(head.expires_at));
    line.member("freshness", freshness_name(state.freshness(moment.device_time())));
    line.close('}');
}

fn write_certificate(line: &mut Line, certificate: &Certificate) {
    line.open_member("certificate", '{');
    write_holder(line, &certificate.holder);
    write_list(line, "doses", &certificate.doses, write_dose);
    write_list(line, "tests", &certificate.tests, write_test);
    write_list(line, "recoveries", &certificate.recoveries, write_recovery);
    if !certificate.identifiers.is_empty() {
        line.open_member("identifiers", '[');
        for identifier in &certificate.identifiers {
            line.text(identifier);
        }
        line.close(']');
    }
    line.shown("country", certificate.country);
    line.optional("issuer", certificate.issuer.as_deref());
    line.shown("issued_at", certificate.issued_at);
    line.shown("not_before", certificate.not_before);
    line.shown("expires_at", certificate.expires_at);
    if let Some(status) = certificate.status {
        line.open_member("status", '{');
        line.number("shard", Some(status.shard));
        line.number("index", Some(status.index));
        line.close('}');
    }
    line.close('}');
}

/// A list of objects, if it is not empty.
fn write_list<T>(line: &mut Line, name: &'static str, items: &[T], write: impl Fn(&mut Line, &T)) {
    if items.is_empty() {
        return;
    }
    line.open_member(name, '[');
    for item in items {
        line.open('{');
        write(line, item);
        line.close('}');
    }
    line.close(']');
}

fn write_holder(line: &mut Line, holder: &Holder) {
    line.open_member("holder", '{');
    if let Some(name) = &holder.romanised {
        line.open_member("romanised", '{');
        line.member("family", name.family());
        line.member("given", name.given());
        line.close('}');
    }
    line.optional("registered", holder.registered.as_ref().map(RegisteredName::to_line).as_deref());
    line.optional("kana", holder.kana.as_deref());
    line.shown("birth", Some(holder.birth));
    line.number("sex", holder.sex.map(Sex::number).map(u64::from));
    line.optional("nationality", holder.nationality.as_deref());
    if let Some(document) = &holder.document {
        line.open_member("document", '{');
        line.member("kind", if document.passport { "passport" } else { "other" });
        line.member("number", &document.number);
        line.close('}');
    }
    line.optional("guardian", holder.guardian.as_deref());
    line.close('}');
}

fn write_dose(line: &mut Line, dose: &Dose) {
    line.open_member("vaccine", '{');
    line.member("system", dose.vaccine.system.name());
    line.member("code", &dose.vaccine.code);
    line.optional("name", vaccine::meaning(&dose.vaccine, dose.product.as_deref()).map(|meaning| meaning.name));
    line.close('}');
    line.optional("disease", dose.disease.as_deref());
    line.optional("product", dose.product.as_deref());
    line.optional("maker", dose.maker.as_deref());
    line.optional("lot", dose.lot.as_deref());
    line.shown("date", dose.date);
    line.number("number", dose.number);
    line.number("total", dose.total);
    line.shown("country", dose.country);
    line.optional("centre", dose.centre.as_deref());
    line.optional("clinician", dose.clinician.as_deref());
    line.shown("valid_from", dose.valid_from);
    line.shown("valid_until", dose.valid_until);
}

fn write_test(line: &mut Line, test: &TestResult) {
    line.optional("disease", test.disease.as_deref());
    line.member("test_type", &test.test_type);
    line.optional("name", test.name.as_deref());
    line.shown("sampled_at", test.sampled_at);
    line.member("result", &test.result);
    // The type and the result in words that do not change with the family; absent where they are others.
    line.optional("method", test.method().map(TestMethod::name));
    line.optional("outcome", test.outcome().map(TestOutcome::name));
    line.shown("country", test.country);
    line.optional("centre", test.centre.as_deref());
}

fn write_recovery(line: &mut Line, recovery: &Recovery) {
    line.optional("disease", recovery.disease.as_deref());
    line.shown("first_positive", recovery.first_positive);
    line.shown("country", recovery.country);
    line.shown("valid_from", recovery.valid_from);
    line.shown("valid_until", recovery.valid_until);
}
