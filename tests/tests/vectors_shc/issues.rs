//! Cards, payloads and key sets through the lint.

use crate::Case;
use serde_json::Value;
use std::collections::BTreeSet;
use tegata_tests::vectors::Tally;
use tegata_verifier::lint::{Issue, IssueCode, LintTrust, Linter, Profile, Severity};
use tegata_verifier::tool::{Limits, read_codes_in_file};

/// One check a case: everything that must be reported is, and where only that may be, no other error is.
pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let issues = issues(case);
    let names = |severity| -> BTreeSet<&str> {
        issues.iter().filter(|issue| issue.severity == severity).map(|issue| issue.code.name()).collect()
    };
    let (errors, warnings) = (names(Severity::Error), names(Severity::Warning));
    let listed = |name: &str| -> BTreeSet<&str> {
        case.member(name).as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    // What only the symbol shows is not asked for.
    let (wanted, unchecked) = (listed("errors"), listed("unchecked"));
    let missing: Vec<_> = wanted.iter().filter(|code| !errors.contains(*code) && !unchecked.contains(*code)).collect();
    let unwarned: Vec<_> = listed("warnings").into_iter().filter(|code| !warnings.contains(code)).collect();
    let only = case.member("only") == true;
    let more: Vec<_> = errors.iter().filter(|code| only && !wanted.contains(*code)).collect();
    let verdict = match case.member("verdict").as_str() {
        Some("pass") => errors.is_empty(),
        Some("fail") => !errors.is_empty(),
        _ => true,
    };
    let held = missing.is_empty() && unwarned.is_empty() && more.is_empty() && verdict;
    let told = || format!("missing {missing:?}, without warning {unwarned:?}, besides {more:?}: {issues:?}");
    tally.outcome(case.id(), if held { Ok(()) } else { Err(told()) });
}

fn issues(case: &Case<'_>) -> Vec<Issue> {
    let linter = linter(case);
    let files: Vec<Vec<u8>> = case.files().iter().map(|path| std::fs::read(path).expect("a file")).collect();
    let first = files.first().map(Vec::as_slice).unwrap_or_default();
    let texts: Vec<String> = files.iter().map(|file| String::from_utf8_lossy(file).into_owned()).collect();
    let name = case.files().first().and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
    match case.kind() {
        "qr-numeric" => linter.codes(&texts.iter().map(String::as_str).collect::<Vec<_>>()),
        "jws" => texts.first().map(|text| linter.jws(text)).unwrap_or_default(),
        "health-card-file" => linter.file(name.as_deref(), first),
        "fhir-parameters" => linter.file(None, first),
        "jws-payload" => linter.payload(first),
        "jwks" => linter.key_set(first, case.option("iss")),
        _ => {
            let read = |path| read_codes_in_file(path, &Limits::default());
            let codes: Result<Vec<_>, _> = case.files().iter().map(|path| read(path)).collect();
            match codes {
                Ok(codes) => {
                    let codes: Vec<_> = codes.iter().flatten().map(|code| (code.text.as_str(), code.version)).collect();
                    linter.symbols(&codes)
                }
                Err(_) => vec![Issue {
                    severity: Severity::Error,
                    code: IssueCode::QrDecodeError,
                    place: "picture".to_owned(),
                }],
            }
        }
    }
}

fn linter(case: &Case<'_>) -> Linter {
    let linter = Linter::new(case.at());
    let linter = match case.option("profile").and_then(Profile::from_name) {
        Some(profile) => linter.with_profile(profile),
        None => linter,
    };
    if case.trust().is_empty() {
        return linter;
    }
    let mut trust = LintTrust::default();
    for source in case.trust() {
        if let Some(directory) = source["vci"].as_str() {
            trust.add_snapshot(&case.read(directory)).expect("a snapshot");
        }
        if let (Some(iss), Some(keys)) = (source["iss"].as_str(), source["jwks"].as_str()) {
            let lists = source["crls"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let lists: Vec<_> = lists.map(|name| case.read(name)).collect();
            trust.add_issuer(iss, &case.read(keys), &lists).expect("a key set");
        }
    }
    if let Some(directory) = case.option("directory") {
        trust.set_directory(&case.read(directory)).expect("a directory");
    }
    linter.with_trust(trust)
}
