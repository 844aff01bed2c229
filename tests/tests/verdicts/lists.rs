//! Lists that are old, clocks that are wrong, codes that are nobody's.

use crate::desk::{DAY, Desk, NOW, Office, compact, eu_dcc, words};
use tegata_certificate::{Format, StatusIndex, UnixTime, base45};
use tegata_keys::KeyType;
use tegata_verifier::{DemoRefused, Moment, Policy, Reason, Step, StepResult, Verifier};

struct Scene {
    desk: Desk,
    text: String,
}

fn scene() -> Scene {
    let office = Office::new(KeyType::Ed25519);
    let mut desk = Desk::new();
    let range = desk.list(&office, &[Format::Compact]).ranges[0];
    let text = office.sign(&compact(StatusIndex { shard: range.shard, index: range.from }));
    Scene { desk, text }
}

#[test]
fn an_old_list_makes_a_verdict_to_weigh_and_then_none() {
    let Scene { mut desk, text } = scene();
    let verifier = desk.verifier();
    let expires = verifier.state().head().header.expires_at;
    let at = |now: UnixTime| words(&verifier.verify(&text, Moment::Now(now)));
    assert_eq!(at(expires.plus(-1)), ("valid", None));
    assert_eq!(at(expires), ("valid-check", Some("list-stale")));
    assert_eq!(at(expires.plus(30 * DAY)), ("valid-check", Some("list-stale")));
    assert_eq!(at(expires.plus(30 * DAY + 1)), ("not-checked", Some("list-expired")));
}

#[test]
fn a_clock_that_was_set_back_decides_nothing() {
    let Scene { mut desk, text } = scene();
    let verifier = desk.verifier();
    for back in [DAY, 3_650 * DAY, NOW.0] {
        let verdict = verifier.verify(&text, Moment::Now(NOW.plus(-back)));
        assert_eq!(words(&verdict), ("not-checked", Some("clock-behind")));
        assert!(verdict.certificate().is_none());
    }
}

#[test]
fn a_demo_list_is_refused_by_a_verifier_that_was_not_told() {
    let Scene { mut desk, .. } = scene();
    assert_eq!(Verifier::new(desk.state(NOW), Policy::default()).err(), Some(DemoRefused));
}

#[test]
fn a_stranger_s_code_is_of_an_unknown_issuer_and_gives_nothing_away() {
    let Scene { mut desk, .. } = scene();
    let verifier = desk.verifier();
    let stranger = Office::new(KeyType::P256);
    let text = stranger.sign(&eu_dcc());
    let verdict = verifier.verify(&text, Moment::Now(NOW));
    assert_eq!(words(&verdict), ("not-valid", Some("unknown-issuer")));
    assert!(verdict.certificate().is_none() && verdict.signed_by().is_none());
    assert_eq!(verdict.step(Step::Decode), StepResult::Passed);
    assert_eq!(verdict.step(Step::Signature), StepResult::Skipped);
}

#[test]
fn a_changed_code_is_not_valid_and_an_unreadable_one_is_not_checked() {
    let Scene { mut desk, text } = scene();
    let verifier = desk.verifier();
    let mut message = base45::decode(text.strip_prefix("TG1:").expect("prefix")).expect("base45");
    let middle = message.len() / 2;
    message[middle] ^= 1;
    let changed = format!("TG1:{}", base45::encode(&message));
    let outcome = |text: &str| words(&verifier.verify(text, Moment::Now(NOW)));
    assert_eq!(outcome(&changed), ("not-valid", Some("signature-invalid")));
    assert_eq!(outcome(&text[..text.len() - 3]), ("not-checked", Some("damaged")));
    assert_eq!(outcome("TG1:"), ("not-checked", Some("damaged")));
    assert_eq!(outcome("https://example.com"), ("not-checked", Some("not-a-certificate")));
    assert_eq!(outcome(""), ("not-checked", Some("not-a-certificate")));
    assert_eq!(outcome("shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUuY29tIn0"), ("not-checked", Some("family-not-checked")));
    assert_eq!(outcome("shc:/5676290952432060346029243740446031"), ("not-checked", Some("damaged")));
    assert_eq!(outcome(&format!("TG1:{}", "0".repeat(5_000))), ("not-checked", Some("too-long")));
    assert_eq!(
        words(&tegata_verifier::Verdict::unreadable(Reason::NoCode, Moment::Now(NOW))),
        ("not-checked", Some("no-code"))
    );
}
