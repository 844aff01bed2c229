//! Cards through the verifier, from the files that a person would give it.

use crate::{Case, trust};
use tegata_certificate::{DecodeError, Recognised, Sealed};
use tegata_tests::published::Published;
use tegata_tests::vectors::{Tally, record};
use tegata_verifier::tool::{Limits, Scan, scan_argument};
use tegata_verifier::{ChunkCollector, Moment, Outcome, Policy, Reason, Verdict, Verifier};

/// What is there to be judged: texts, or the reasons why there are none.
fn scanned(case: &Case<'_>) -> Vec<Result<String, Reason>> {
    let (mut codes, mut found) = (ChunkCollector::default(), Vec::new());
    for path in case.files() {
        let path = path.to_str().expect("a path of text");
        for scan in scan_argument(path, &Limits::default()).expect("a readable file") {
            match scan {
                Scan::Text(text) => {
                    codes.take(&text, |text| found.push(text.map(str::to_owned).ok_or(Reason::MissingQrChunk)))
                }
                Scan::Unreadable(reason) => found.push(Err(reason)),
            }
        }
    }
    codes.finish(|text| found.push(text.map(str::to_owned).ok_or(Reason::MissingQrChunk)));
    found
}

/// Whether a picture's code is a health link, which no verdict is given on.
pub fn is_health_link(case: &Case<'_>) -> bool {
    let link = |text: &Result<String, Reason>| {
        let decoded = text.as_ref().ok().map(|text| Sealed::decode(text).err());
        decoded == Some(Some(DecodeError::Recognised(Recognised::SmartHealthLink)))
    };
    case.kind() == "qr-image" && scanned(case).iter().any(link)
}

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let wanted: Vec<&str> = match case.member("verdict") {
        serde_json::Value::Array(all) => all.iter().filter_map(|one| one.as_str()).collect(),
        one => one.as_str().into_iter().collect(),
    };
    // The vectors have one clock, exact to the second.
    let policy = Policy { accept_demo: true, skew: 0 };
    let Published { bundle, pin, state } = trust::lists(case);
    let verifier = Verifier::new(state, policy).expect("taken");
    let moment = Moment::Now(case.at());
    let verdicts: Vec<Verdict<'_>> = scanned(case)
        .iter()
        .map(|text| match text {
            Ok(text) => {
                record(&bundle, &pin, text, case.at());
                verifier.verify(text, moment)
            }
            Err(reason) => Verdict::unreadable(*reason, moment),
        })
        .collect();
    if wanted == ["either"] {
        return tally.skip("a matter of policy");
    }
    let accepted = |verdict: &Verdict<'_>| match verdict.outcome() {
        Outcome::Valid | Outcome::ValidCheck => "accept",
        Outcome::NotValid | Outcome::NotChecked => "reject",
    };
    let found: Vec<&str> = verdicts.iter().map(accepted).collect();
    let told: Vec<_> = verdicts.iter().map(|verdict| (verdict.outcome(), verdict.reason())).collect();
    let named =
        verdicts.iter().filter(|verdict| accepted(verdict) == "reject").all(|verdict| is_demanded(case, verdict));
    let held = found == wanted && named;
    let errors = case.member("errors");
    tally.outcome(case.id(), if held { Ok(()) } else { Err(format!("{told:?}, not {wanted:?} for {errors}")) });
}

/// Whether a refusal's reason is one of the errors that the case demands, where no other may be reported.
fn is_demanded(case: &Case<'_>, verdict: &Verdict<'_>) -> bool {
    let errors = case.member("errors").as_array().into_iter().flatten().filter_map(|error| error.as_str());
    let allowed: Vec<Reason> = errors.flat_map(reasons).copied().collect();
    let any = case.member("only") != true || allowed.is_empty();
    any || verdict.reason().is_some_and(|reason| allowed.contains(&reason))
}

/// The reasons that an error of the vectors can have at a door, where a text is refused by its first fault; none for
/// what only the lint tells.
fn reasons(error: &str) -> &'static [Reason] {
    match error {
        "missing-qr-chunk" => &[Reason::MissingQrChunk],
        // What no family begins with is looked at as a picture.
        "invalid-numeric-qr-header" => {
            &[Reason::NotACertificate, Reason::NotAPicture, Reason::Damaged, Reason::MissingQrChunk]
        }
        "json-parse-error" => {
            &[Reason::NotACertificate, Reason::NotAPicture, Reason::Damaged, Reason::MalformedPayload]
        }
        "critical-data-missing" => &[Reason::NotACertificate, Reason::MalformedPayload],
        "qr-decode-error" => &[
            Reason::NotAPicture,
            Reason::PictureTooLarge,
            Reason::DamagedPicture,
            Reason::NoCode,
            Reason::UnreadableCode,
        ],
        "invalid-numeric-qr" | "inflation-error" => &[Reason::Damaged, Reason::TooLong],
        "jws-header-error" => &[Reason::Damaged, Reason::AlgorithmMismatch],
        "schema-error" => &[Reason::Damaged, Reason::MalformedPayload],
        "fhir-schema-error" => &[Reason::MalformedPayload, Reason::NothingRecorded],
        "revocation-error" => &[Reason::MalformedPayload],
        "invalid-issuer-url" | "issuer-key-download-error" | "issuer-kid-mismatch" | "issuer-not-trusted" => {
            &[Reason::UnknownIssuer]
        }
        "jws-verification-error" => &[Reason::UnknownIssuer, Reason::AlgorithmMismatch, Reason::SignatureInvalid],
        "signature-format-error" => &[Reason::SignatureInvalid],
        "not-yet-valid" => &[Reason::NotYetValid],
        "expiration-error" => &[Reason::Expired, Reason::TimesContradict],
        "revoked" => &[Reason::Revoked],
        _ => &[],
    }
}
