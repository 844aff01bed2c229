//! Seals, judged as a border desk judges them.

use super::trust::{Told, Trusting, Verifiers};
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
        Some(text) => trusting.judge(text),
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
    let signer = sealed.and_then(|sealed| certificate(sealed.as_ref().ok()?));
    let told = signer.map(|signer| trusting.told_of(&signer)).unwrap_or_default();
    match (wanted, accepted) {
        ("valid", true) => {
            let Told { mut warnings, refused, .. } = told;
            warnings.extend(warnings_of(verdict));
            let wanted: BTreeSet<_> = case.expected_codes("warnings").into_iter().collect();
            // A list from the future is not imported: without it, nothing is known of revocation.
            if warnings.contains("crl-from-the-future") && !wanted.contains("revocation-unknown") {
                warnings.remove("revocation-unknown");
            }
            let held = warnings == wanted && !refused.contains("crl-invalid");
            if held { Ok(()) } else { Err(format!("told {warnings:?}, refused {refused:?}, wanted {wanted:?}")) }
        }
        // A list that does not verify is refused when it is imported: whoever holds it alone has no lists of it.
        ("invalid", true) if reasons.contains(&"crl-invalid") => {
            let unknown = warnings_of(verdict).contains("revocation-unknown");
            let held = told.refused.contains("crl-invalid") && unknown != told.revocations;
            if held { Ok(()) } else { Err(format!("refused {:?}, revocation unknown: {unknown}", told.refused)) }
        }
        ("invalid" | "untrusted", false) => {
            let codes = codes(&case.bytes(), &told, sealed, verdict);
            let named = codes.iter().any(|code| reasons.contains(code));
            if named || case.is("any_reason") { Ok(()) } else { Err(format!("refused as {codes:?}, not {reasons:?}")) }
        }
        // Either outcome is right; what belongs to the wanted one was compared.
        _ if case.is("optional") => Ok(()),
        _ => Err(format!("{:?} ({:?}), wanted {wanted}", verdict.outcome(), verdict.reason())),
    }
}

/// What the verdict's reason is called in the vectors. Where one reason of ours covers several, the typed error behind
/// it tells which.
fn codes(
    bytes: &[u8],
    told: &Told,
    sealed: Option<&Result<Sealed, DecodeError>>,
    verdict: &Verdict<'_>,
) -> Vec<&'static str> {
    let Some(Ok(sealed)) = sealed else {
        return match sealed {
            Some(Err(DecodeError::Seal(error))) => vec![error.code()],
            // Nothing that begins as a seal: JSON all the same, or not even that.
            _ if serde_json::from_slice::<serde_json::Value>(bytes).is_ok() => vec!["schema"],
            _ => vec!["malformed-json"],
        };
    };
    match verdict.reason() {
        // What is refused when it is imported is nobody's anchor.
        Some(Reason::UnknownIssuer) => {
            let refused = told.refused.iter().copied().filter(|code| code.starts_with("anchor-"));
            refused.chain(["no-trust-anchor"]).collect()
        }
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
fn warnings_of(verdict: &Verdict<'_>) -> BTreeSet<&'static str> {
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
