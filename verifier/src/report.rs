//! `tegata-report/1`: a verdict as data. The same from the command line, from WebAssembly and from a
//! service, byte for byte for the same input, lists and time. Its schema is `report.schema.json`.

use crate::{Language, Moment, Outcome, Revocation, Step, Verdict};
use serde::Serialize;
use tegata_certificate::{
    Certificate, Date, Dose, Holder, Recovery, RegisteredName, TestMethod, TestOutcome, TestResult,
};
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
        // Strings, numbers and lists only: there is nothing that could fail to be written.
        let json = serde_json::to_string(&Report::of(self, state)).unwrap_or_default();
        escape_hazards(&json)
    }
}

/// Replaces what must not reach a terminal raw. In JSON such characters stand inside strings only.
fn escape_hazards(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if crate::display::is_hazard(c) {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[derive(Serialize)]
struct Report<'a> {
    report: &'static str,
    outcome: &'static str,
    reason: Option<&'static str>,
    title: InBoth,
    action: Option<InBoth>,
    at: String,
    retrospective: bool,
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recognised: Option<&'static str>,
    kind: Option<&'static str>,
    steps: Vec<StepEntry<'a>>,
    issuer: Option<IssuerEntry<'a>>,
    certificate: Option<CertificateEntry<'a>>,
    trust: TrustEntry<'a>,
}

#[derive(Serialize)]
struct InBoth {
    ja: &'static str,
    en: &'static str,
}

#[derive(Serialize)]
struct StepEntry<'a> {
    step: &'static str,
    result: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingEntry<'a>>,
    #[serde(flatten)]
    revocation: Option<RevocationEntry>,
}

/// What the status step tells beyond its result.
#[derive(Serialize)]
struct RevocationEntry {
    revocation: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    as_of: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
}

#[derive(Serialize)]
struct FindingEntry<'a> {
    code: &'static str,
    path: &'a str,
}

#[derive(Serialize)]
struct IssuerEntry<'a> {
    name: IssuerName<'a>,
    country: String,
    kid: String,
}

#[derive(Serialize)]
struct IssuerName<'a> {
    ja: &'a str,
    en: &'a str,
}

#[derive(Serialize)]
struct TrustEntry<'a> {
    repository: &'a str,
    demo: bool,
    trust_version: u64,
    head_version: u64,
    issued_at: String,
    expires_at: String,
    freshness: &'static str,
}

#[derive(Serialize)]
struct CertificateEntry<'a> {
    holder: HolderEntry<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    doses: Vec<DoseEntry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tests: Vec<TestEntry<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recoveries: Vec<RecoveryEntry<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    identifiers: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issued_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_before: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<StatusEntry>,
}

#[derive(Serialize)]
struct StatusEntry {
    shard: u64,
    index: u64,
}

#[derive(Serialize)]
struct HolderEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    romanised: Option<Romanised<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    registered: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kana: Option<&'a str>,
    birth: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    sex: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nationality: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<DocumentEntry<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    guardian: Option<&'a str>,
}

#[derive(Serialize)]
struct Romanised<'a> {
    family: &'a str,
    given: &'a str,
}

#[derive(Serialize)]
struct DocumentEntry<'a> {
    kind: &'static str,
    number: &'a str,
}

#[derive(Serialize)]
struct DoseEntry<'a> {
    vaccine: VaccineEntry<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    disease: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    maker: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lot: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    centre: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clinician: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
}

#[derive(Serialize)]
struct VaccineEntry<'a> {
    system: &'static str,
    code: &'a str,
}

#[derive(Serialize)]
struct TestEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    disease: Option<&'a str>,
    test_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sampled_at: Option<String>,
    result: &'a str,
    /// The type and the result in words that do not change with the family; absent where they are others.
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    centre: Option<&'a str>,
}

#[derive(Serialize)]
struct RecoveryEntry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    disease: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_positive: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid_until: Option<String>,
}

impl<'a> Report<'a> {
    fn of(verdict: &'a Verdict<'_>, state: &'a TrustState) -> Self {
        let reason = verdict.reason();
        let title = match reason {
            Some(reason) => InBoth { ja: reason.wording(Language::Ja).title, en: reason.wording(Language::En).title },
            None => InBoth { ja: Outcome::Valid.label(Language::Ja), en: Outcome::Valid.label(Language::En) },
        };
        let action = reason
            .map(|reason| InBoth { ja: reason.wording(Language::Ja).action, en: reason.wording(Language::En).action });
        Self {
            report: REPORT_FORM,
            outcome: verdict.outcome().name(),
            reason: reason.map(crate::Reason::code),
            title,
            action,
            at: verdict.moment().judged_at().to_string(),
            retrospective: matches!(verdict.moment(), Moment::At { .. }),
            format: verdict.format().map(tegata_certificate::Format::name),
            recognised: verdict.recognised().map(tegata_certificate::Recognised::name),
            kind: verdict.kind().map(tegata_certificate::Kind::name),
            steps: Step::ALL.iter().map(|step| StepEntry::of(verdict, *step)).collect(),
            issuer: verdict.signed_by().map(|by| IssuerEntry {
                name: IssuerName { ja: by.name(Language::Ja), en: by.name(Language::En) },
                country: by.country().to_string(),
                kid: by.kid().iter().map(|byte| format!("{byte:02x}")).collect(),
            }),
            certificate: verdict.certificate().map(CertificateEntry::of),
            trust: TrustEntry::of(state, verdict.moment()),
        }
    }
}

impl<'a> StepEntry<'a> {
    fn of(verdict: &'a Verdict<'_>, step: Step) -> Self {
        let result = verdict.step(step);
        let findings = if step == Step::Signature { verdict.findings() } else { &[] };
        Self {
            step: step.name(),
            result: result.name(),
            reason: result.reason().map(crate::Reason::code),
            findings: findings.iter().map(|f| FindingEntry { code: f.code.name(), path: &f.path }).collect(),
            revocation: verdict.revocation().filter(|_| step == Step::Status).map(RevocationEntry::of),
        }
    }
}

impl RevocationEntry {
    fn of(revocation: Revocation) -> Self {
        let revoked = revocation.revoked;
        Self {
            revocation: revocation.name(),
            as_of: revocation.as_of.map(|time| time.to_string()),
            class: revoked.and_then(|revoked| revoked.class).map(RevocationReason::name),
            revoked_at: revoked.and_then(|revoked| revoked.at).map(|time| time.to_string()),
        }
    }
}

/// The stable name of how old lists are.
pub(crate) fn freshness_name(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Fresh => "fresh",
        Freshness::Stale { .. } => "stale",
        Freshness::Expired { .. } => "expired",
    }
}

impl<'a> TrustEntry<'a> {
    fn of(state: &'a TrustState, moment: Moment) -> Self {
        Self {
            repository: state.repository_id(),
            demo: state.is_demo(),
            trust_version: state.trust().header.version,
            head_version: state.head().header.version,
            issued_at: state.head().header.issued_at.to_string(),
            expires_at: state.head().header.expires_at.to_string(),
            freshness: freshness_name(state.freshness(moment.device_time())),
        }
    }
}

impl<'a> CertificateEntry<'a> {
    fn of(certificate: &'a Certificate) -> Self {
        let time = |time: Option<tegata_certificate::UnixTime>| time.map(|time| time.to_string());
        Self {
            holder: HolderEntry::of(&certificate.holder),
            doses: certificate.doses.iter().map(DoseEntry::of).collect(),
            tests: certificate.tests.iter().map(TestEntry::of).collect(),
            recoveries: certificate.recoveries.iter().map(RecoveryEntry::of).collect(),
            identifiers: &certificate.identifiers,
            country: certificate.country.map(|country| country.to_string()),
            issuer: certificate.issuer.as_deref(),
            issued_at: time(certificate.issued_at),
            not_before: time(certificate.not_before),
            expires_at: time(certificate.expires_at),
            status: certificate.status.map(|status| StatusEntry { shard: status.shard, index: status.index }),
        }
    }
}

impl<'a> HolderEntry<'a> {
    fn of(holder: &'a Holder) -> Self {
        Self {
            romanised: holder.romanised.as_ref().map(|name| Romanised { family: name.family(), given: name.given() }),
            registered: holder.registered.as_ref().map(RegisteredName::to_line),
            kana: holder.kana.as_deref(),
            birth: holder.birth.to_string(),
            sex: holder.sex.map(tegata_certificate::Sex::number),
            nationality: holder.nationality.as_deref(),
            document: holder.document.as_ref().map(|document| DocumentEntry {
                kind: if document.passport { "passport" } else { "other" },
                number: &document.number,
            }),
            guardian: holder.guardian.as_deref(),
        }
    }
}

fn date(date: Option<Date>) -> Option<String> {
    date.map(|date| date.to_string())
}

impl<'a> DoseEntry<'a> {
    fn of(dose: &'a Dose) -> Self {
        Self {
            vaccine: VaccineEntry { system: dose.vaccine.system.name(), code: &dose.vaccine.code },
            disease: dose.disease.as_deref(),
            product: dose.product.as_deref(),
            maker: dose.maker.as_deref(),
            lot: dose.lot.as_deref(),
            date: date(dose.date),
            number: dose.number,
            total: dose.total,
            country: dose.country.map(|country| country.to_string()),
            centre: dose.centre.as_deref(),
            clinician: dose.clinician.as_deref(),
            valid_from: date(dose.valid_from),
            valid_until: date(dose.valid_until),
        }
    }
}

impl<'a> TestEntry<'a> {
    fn of(test: &'a TestResult) -> Self {
        Self {
            disease: test.disease.as_deref(),
            test_type: &test.test_type,
            name: test.name.as_deref(),
            sampled_at: test.sampled_at.map(|time| time.to_string()),
            result: &test.result,
            method: test.method().map(TestMethod::name),
            outcome: test.outcome().map(TestOutcome::name),
            country: test.country.map(|country| country.to_string()),
            centre: test.centre.as_deref(),
        }
    }
}

impl<'a> RecoveryEntry<'a> {
    fn of(recovery: &'a Recovery) -> Self {
        Self {
            disease: recovery.disease.as_deref(),
            first_positive: date(recovery.first_positive),
            country: recovery.country.map(|country| country.to_string()),
            valid_from: date(recovery.valid_from),
            valid_until: date(recovery.valid_until),
        }
    }
}
