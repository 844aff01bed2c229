//! Seals, judged as a border desk judges them.

use super::trust::{Trusting, Verifiers};
use std::collections::BTreeSet;
use tegata_certificate::x509::{Certificate, PublicKey};
use tegata_certificate::{BarcodeSigner, DecodeError, FindingCode, LookupHints, OpenError, Sealed};
use tegata_tests::vectors::Case;
use tegata_tests::vectors::Tally;
use tegata_verifier::{Moment, Outcome, Reason, Step, Verdict};

/// Checks of one vector: its verdict with one of its reasons, what is told besides, and the signature by itself.
pub fn check(case: &Case<'_>, verifiers: &mut Verifiers, tally: &mut Tally) {
    let id = case.text("id");
    let trusting = verifiers.of(case);
    let bytes = case.bytes();
    let text = std::str::from_utf8(&bytes).ok();
    let sealed = text.map(Sealed::decode);
    if let Some(wanted) = case.expected()["signature"].as_str() {
        let good = sealed.as_ref().and_then(|sealed| sealed.as_ref().ok()).is_some_and(|sealed| open(sealed).is_ok());
        tally.check(format!("{id}: signature"), good == (wanted == "good"));
    }
    // What is no text gives the verifier no text.
    let verdict = match text {
        Some(text) => trusting.verifier.verify(text, Moment::Now(case.now())),
        None => Verdict::unreadable(Reason::NotACertificate, Moment::Now(case.now())),
    };
    tally.outcome(id, judge(case, &trusting, sealed.as_ref(), &verdict));
}

fn judge(
    case: &Case<'_>,
    trusting: &Trusting,
    sealed: Option<&Result<Sealed, DecodeError>>,
    verdict: &Verdict<'_>,
) -> Result<(), String> {
    let accepted = matches!(verdict.outcome(), Outcome::Valid | Outcome::ValidCheck);
    let wanted = case.expected()["verdict"].as_str().expect("a verdict");
    let reasons = case.expected_codes("reasons");
    // Either outcome is right, as long as there is one.
    if case.is("optional") {
        return Ok(());
    }
    // A list that does not verify is refused when it is imported: whoever holds it alone has no lists of it.
    if reasons.contains(&"crl-invalid") && trusting.refused.contains(&"crl-invalid") {
        return Ok(());
    }
    match (wanted, accepted) {
        ("valid", true) => {
            let told = warnings(verdict);
            let wanted: BTreeSet<_> = case.expected_codes("warnings").into_iter().collect();
            // Of its lists the operator was told, whichever of them this seal needs.
            let all = wanted.iter().all(|code| told.contains(code) || trusting.told.contains(code));
            let nothing_else = told.is_subset(&wanted);
            if all && nothing_else { Ok(()) } else { Err(format!("told {told:?}, wanted {wanted:?}")) }
        }
        ("invalid" | "untrusted", false) => {
            let codes = codes(trusting, sealed, verdict);
            let named = codes.iter().any(|code| reasons.contains(code));
            if named || case.is("any_reason") { Ok(()) } else { Err(format!("refused as {codes:?}, not {reasons:?}")) }
        }
        _ => Err(format!("{:?} ({:?}), wanted {wanted}", verdict.outcome(), verdict.reason())),
    }
}

/// What the verdict's reason is called in the vectors. Where one reason of ours covers several, the typed error behind
/// it tells which.
fn codes(
    trusting: &Trusting,
    sealed: Option<&Result<Sealed, DecodeError>>,
    verdict: &Verdict<'_>,
) -> Vec<&'static str> {
    let Some(Ok(sealed)) = sealed else {
        return match sealed {
            Some(Err(DecodeError::Seal(error))) => vec![error.code()],
            // Not UTF-8, not JSON, or JSON that is no seal.
            _ => vec!["malformed-json", "schema"],
        };
    };
    match verdict.reason() {
        Some(Reason::UnknownIssuer) => [&["no-trust-anchor"][..], &trusting.refused].concat(),
        Some(Reason::SignerNotIssued) => vec!["chain-signature-invalid"],
        Some(Reason::AuthorityNotYetValid) => vec!["anchor-not-yet-valid"],
        Some(Reason::AuthorityExpired) => vec!["anchor-expired"],
        Some(Reason::SignatureInvalid | Reason::AlgorithmMismatch) => match open(sealed) {
            Err(OpenError::AlgorithmMissing) => vec!["unsupported-alg"],
            Err(OpenError::AlgorithmMismatch) => vec!["alg-key-mismatch"],
            Err(OpenError::SignatureForm) => vec!["bad-signature-encoding"],
            Err(OpenError::Signature) => vec!["signature-invalid"],
            Ok(()) => vec![],
        },
        Some(Reason::MalformedPayload) => vec!["schema"],
        Some(Reason::SignerUnsuitable) => {
            let fault = certificate(sealed).and_then(|certificate| BarcodeSigner::of(&certificate).err());
            fault.into_iter().map(|fault| fault.code()).collect()
        }
        Some(Reason::KindOutOfScope) => vec!["doc-type-not-allowed"],
        Some(Reason::CountryOutOfScope) => vec!["country-mismatch"],
        Some(Reason::KeyNotYetValid) => vec!["cert-not-yet-valid"],
        Some(Reason::KeyExpired) => vec!["cert-expired"],
        Some(Reason::SignerRevoked) => vec!["revoked"],
        _ => vec![],
    }
}

/// What is told besides a seal that counts: the payload's and the frame's findings, and what is known of revocation.
fn warnings(verdict: &Verdict<'_>) -> BTreeSet<&'static str> {
    let mut told = BTreeSet::new();
    for finding in verdict.findings() {
        told.insert(match finding.code {
            FindingCode::ArrayWrapped => "array-wrapped",
            FindingCode::Padded => "base64url-padding",
            FindingCode::WrongType => "number-as-string",
            FindingCode::OutOfRange => "field-too-long",
            FindingCode::UnknownMember => "unknown-field",
            FindingCode::Missing if finding.path.ends_with("authorityKeyIdentifier") => "aki-missing",
            other => other.name(),
        });
    }
    let revocation = verdict.revocation().expect("the status step was reached");
    match (revocation.name(), verdict.step(Step::Status).reason()) {
        ("unavailable", None) => drop(told.insert("revocation-unknown")),
        ("stale", Some(Reason::RevocationListStale)) => drop(told.insert("crl-stale")),
        ("checked", None) => {}
        _ => drop(told.insert("a status that contradicts itself")),
    }
    told
}

fn certificate(sealed: &Sealed) -> Option<Certificate<'_>> {
    match sealed.hints() {
        LookupHints::SignerCertificate(der) => Certificate::from_der(der).ok(),
        _ => None,
    }
}

/// Opens a seal with the key of its own certificate, whoever that is.
fn open(sealed: &Sealed) -> Result<(), OpenError> {
    let key = certificate(sealed).and_then(|certificate| PublicKey::from_spki(certificate.spki()).ok());
    sealed.open_by_certificate(&key.ok_or(OpenError::AlgorithmMismatch)?).map(drop)
}
