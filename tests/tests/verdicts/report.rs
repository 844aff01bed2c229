//! The report fits its schema for every outcome, is the same each time, and keeps secrets.

use crate::desk::{DAY, Desk, NOW, Office, compact, eu_claims, eu_dcc};
use serde_json::Value;
use tegata_certificate::{Format, Kind, RegisteredName, StatusIndex};
use tegata_keys::KeyType;
use tegata_verifier::{Moment, Outcome, REPORT_SCHEMA, Reason, Step, Verdict, Verifier};

/// A verifier, and a text for each outcome and kind.
fn verdict_texts() -> (Verifier, Vec<String>) {
    let (ed, ec, stranger) = (Office::new(KeyType::Ed25519), Office::new(KeyType::P256), Office::new(KeyType::P256));
    let mut desk = Desk::new();
    let range = desk.list(&ed, &[Format::Compact]).ranges[0];
    desk.list(&ec, &[Format::EuDcc]).kinds = Kind::ALL.to_vec();
    let good = compact(StatusIndex { shard: range.shard, index: range.from });
    let mut expired = good.clone();
    expired.expires_at = Some(NOW.plus(-1));
    let mut texts = vec![
        ed.sign(&good),
        ed.sign(&expired),
        ec.sign(&eu_dcc()),
        stranger.sign(&eu_dcc()),
        "rubbish".into(),
        "shc:/1".into(),
    ];
    texts.extend(Kind::ALL.map(|kind| ec.sign_claims(Format::EuDcc, &eu_claims(kind, Some("JP")))));
    texts.push(ec.sign_claims(Format::EuDcc, &eu_claims(Kind::Test, Some("Ministry of Health"))));
    texts.push(ec.sign_claims(Format::EuDcc, &[0xa0]));
    (desk.verifier(), texts)
}

#[test]
fn every_report_fits_the_schema_and_is_the_same_each_time() {
    let schema: Value = serde_json::from_str(REPORT_SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let (verifier, texts) = verdict_texts();
    let expires = verifier.state().head().header.expires_at;
    let moments = [
        Moment::Now(NOW),
        Moment::At { at: NOW.plus(5_000 * DAY), now: NOW },
        Moment::Now(expires.plus(1)),
        Moment::Now(expires.plus(40 * DAY)),
        Moment::Now(NOW.plus(-9 * DAY)),
    ];
    let mut outcomes = Vec::new();
    for moment in moments {
        let texts = texts.iter().map(|text| verifier.verify(text, moment));
        let unreadable = Reason::ALL
            .iter()
            .filter(|reason| reason.step() == Step::Read)
            .map(|reason| Verdict::unreadable(*reason, moment));
        for verdict in texts.chain(unreadable) {
            let json = verdict.to_json(verifier.state());
            let report: Value = serde_json::from_str(&json).expect("JSON");
            let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{errors:?} in {json}");
            assert_eq!(json, verdict.to_json(verifier.state()));
            outcomes.push(verdict.outcome());
        }
    }
    for outcome in Outcome::ALL {
        assert!(outcomes.contains(&outcome), "no {outcome:?} among the samples");
    }
}

#[test]
fn a_refused_certificate_s_person_is_in_no_report_and_no_debug_output() {
    let (verifier, texts) = verdict_texts();
    let secrets = ["山田", "花子", "YAMADA", "HANAKO", "1971-11-03", "FA7338", "URN:UVCI"];
    for text in &texts {
        let verdict = verifier.verify(text, Moment::Now(NOW));
        let shown = format!("{verdict:?} {:?} {:?}", verdict.certificate(), tegata_certificate::Sealed::decode(text));
        assert!(secrets.iter().all(|secret| !shown.contains(secret)), "{shown}");
        if verdict.certificate().is_none() {
            let json = verdict.to_json(verifier.state());
            assert!(secrets.iter().all(|secret| !json.contains(secret)), "{json}");
        }
    }
}

#[test]
fn a_report_holds_no_raw_character_that_acts_on_a_terminal() {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    desk.list(&office, &[Format::EuDcc]);
    let mut certificate = eu_dcc();
    certificate.holder.registered =
        Some(RegisteredName::Parts { family: Some("abc\u{202e}txt\u{e0041}\u{2066}".into()), given: None });
    let verifier = desk.verifier();
    let verdict = verifier.verify(&office.sign(&certificate), Moment::Now(NOW));
    let json = verdict.to_json(verifier.state());
    assert!(!json.chars().any(tegata_verifier::display::is_hazard), "{json}");
    let report: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(report["certificate"]["holder"]["registered"], "abc\u{202e}txt\u{e0041}\u{2066}");
}
