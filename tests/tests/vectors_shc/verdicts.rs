//! Cards through the verifier, from the files that a person would give it.

use crate::{Case, trust};
use tegata_certificate::{DecodeError, Recognised, Sealed};
use tegata_tests::vectors::Tally;
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
    let verifier = Verifier::new(trust::state(case), policy).expect("taken");
    let moment = Moment::Now(case.at());
    let verdicts: Vec<Verdict<'_>> = scanned(case)
        .iter()
        .map(|text| match text {
            Ok(text) => verifier.verify(text, moment),
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
    tally.outcome(case.id(), if found == wanted { Ok(()) } else { Err(format!("{told:?}, not {wanted:?}")) });
}
