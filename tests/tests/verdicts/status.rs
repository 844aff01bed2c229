//! Withdrawn certificates: every way to be withdrawn, what the report tells of it, and how its age is told.

use crate::desk::{DAY, Desk, NOW, Office, compact, eu_claims, words};
use serde_json::Value;
use tegata_certificate::{Certificate, Format, Kind, Sealed, StatusIndex, UnixTime};
use tegata_keys::{KeyType, Signer};
use tegata_trust_lists::publish::WithdrawalsContent;
use tegata_trust_lists::{RevocationReason, Rule, WithdrawalGroup, Withdrawn, short_hash};
use tegata_verifier::{Moment, REPORT_SCHEMA, Verifier};

/// When the lists of these tests are issued.
const AS_OF: UnixTime = UnixTime(NOW.0 - 3_600);

/// An office whose shard 1 is published, and a certificate of its, issued the day before.
struct Scene {
    office: Office,
    desk: Desk,
    certificate: Certificate,
}

impl Scene {
    fn new() -> Self {
        let office = Office::new(KeyType::Ed25519);
        let mut desk = Desk::new();
        let range = desk.list(&office, &[Format::Compact]).ranges[0];
        desk.repository.publish_shard(range.shard);
        let place = StatusIndex { shard: range.shard, index: range.from + 7 };
        let certificate = Certificate { issued_at: Some(AS_OF.plus(-1)), ..compact(place) };
        Self { office, desk, certificate }
    }

    fn judge(&mut self) -> Judged {
        judge(&self.desk.verifier(), &self.office.sign(&self.certificate), Moment::Now(NOW))
    }
}

/// What of a report is about status.
#[derive(PartialEq, Eq, Debug)]
struct Judged {
    outcome: String,
    reason: Option<String>,
    status: Value,
}

fn judge(verifier: &Verifier, text: &str, moment: Moment) -> Judged {
    let verdict = verifier.verify(text, moment);
    let json = verdict.to_json(verifier.state());
    let report: Value = serde_json::from_str(&json).expect("JSON");
    let schema: Value = serde_json::from_str(REPORT_SCHEMA).expect("JSON");
    let schema = jsonschema::validator_for(&schema).expect("a schema");
    let errors: Vec<String> = schema.iter_errors(&report).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?} in {json}");
    let (outcome, reason) = words(&verdict);
    let status = report["steps"][6].clone();
    assert_eq!(status["step"], "status");
    Judged { outcome: outcome.into(), reason: reason.map(str::to_owned), status }
}

#[track_caller]
fn expect(judged: &Judged, outcome: &str, reason: Option<&str>, status: Value) {
    assert_eq!((judged.outcome.as_str(), judged.reason.as_deref()), (outcome, reason));
    assert_eq!(judged.status, status);
}

#[test]
fn who_is_not_withdrawn_is_valid_with_the_time_that_this_was_so() {
    let status = serde_json::json!({
        "step": "status", "result": "passed", "revocation": "checked", "as_of": AS_OF.to_string(),
    });
    expect(&Scene::new().judge(), "valid", None, status);
}

#[test]
fn a_withdrawn_certificate_is_refused_and_a_reinstated_one_is_valid_again() {
    let mut scene = Scene::new();
    let place = scene.certificate.status.expect("a place");
    let index = u32::try_from(place.index).expect("small");
    let refused = serde_json::json!({
        "step": "status", "result": "failed", "reason": "revoked", "revocation": "checked", "as_of": AS_OF.to_string(),
    });
    scene.desk.repository.revoke(place.shard, index + 1);
    assert_eq!(scene.judge().outcome, "valid", "the neighbour's");
    scene.desk.repository.revoke(place.shard, index);
    expect(&scene.judge(), "not-valid", Some("revoked"), refused.clone());
    // Whatever time it states, and whatever time is asked about.
    let verifier = scene.desk.verifier();
    scene.certificate.issued_at = Some(NOW.plus(-60));
    let text = scene.office.sign(&scene.certificate);
    for moment in [Moment::Now(NOW), Moment::At { at: NOW.plus(30 * DAY), now: NOW }] {
        expect(&judge(&verifier, &text, moment), "not-valid", Some("revoked"), refused.clone());
        assert!(verifier.verify(&text, moment).certificate().is_none());
    }
    scene.certificate.issued_at = Some(AS_OF.plus(-1));
    scene.desk.repository.reinstate(place.shard, index);
    assert_eq!(scene.judge().outcome, "valid");
}

#[test]
fn a_rule_withdraws_what_a_key_signed_in_a_time_or_from_a_lot_and_tells_when_and_no_more_than_a_class() {
    let at = NOW.plus(-5 * DAY);
    let kid = |scene: &Scene| scene.office.key.verifying_key().thumbprint();
    let issued = |from: i64, to: i64| Some((AS_OF.plus(from), AS_OF.plus(to)));
    let cases = [
        (issued(-10, 0), None, true),
        (issued(-10, -1), None, false),
        (issued(-1, 0), None, true),
        (None, Some("FC3661"), true),
        (None, Some("FC3662"), false),
        (issued(-10, 0), Some("FA7338"), true),
    ];
    for (issued, lot, applies) in cases {
        let mut scene = Scene::new();
        let rule =
            Rule { kid: kid(&scene), issued, lot: lot.map(str::to_owned), reason: RevocationReason::Compromised, at };
        scene.desk.repository.publish_shard(1).rules = vec![rule.clone()];
        let judged = scene.judge();
        if !applies {
            assert_eq!((judged.outcome.as_str(), &judged.status["result"]), ("valid", &"passed".into()), "{rule:?}");
            continue;
        }
        let status = serde_json::json!({
            "step": "status", "result": "failed", "reason": "revoked", "revocation": "checked",
            "as_of": AS_OF.to_string(), "class": "compromised", "revoked_at": at.to_string(),
        });
        expect(&judged, "not-valid", Some("revoked"), status);
        // A rule about another key is about another key.
        scene.desk.repository.publish_shard(1).rules = vec![Rule { kid: [9; 32], ..rule }];
        assert_eq!(scene.judge().outcome, "valid");
    }
}

#[test]
fn what_was_issued_after_the_list_is_to_be_weighed() {
    let mut scene = Scene::new();
    let noted = serde_json::json!({
        "step": "status", "result": "noted", "reason": "status-not-covered", "revocation": "checked",
        "as_of": AS_OF.to_string(),
    });
    scene.certificate.issued_at = Some(AS_OF);
    assert_eq!(scene.judge().outcome, "valid");
    scene.certificate.issued_at = Some(AS_OF.plus(1));
    expect(&scene.judge(), "valid-check", Some("status-not-covered"), noted);
}

#[test]
fn where_nobody_publishes_status_that_is_said_and_changes_nothing() {
    let office = Office::new(KeyType::Ed25519);
    let mut desk = Desk::new();
    let range = desk.list(&office, &[Format::Compact]).ranges[0];
    let text = office.sign(&compact(StatusIndex { shard: range.shard, index: range.from }));
    let skipped = serde_json::json!({ "step": "status", "result": "skipped", "revocation": "unavailable" });
    expect(&judge(&desk.verifier(), &text, Moment::Now(NOW)), "valid", None, skipped);
    // A step that was not reached tells nothing at all.
    let judged = judge(&desk.verifier(), "HC1:", Moment::Now(NOW));
    assert_eq!(judged.status, serde_json::json!({ "step": "status", "result": "skipped" }));
}

#[test]
fn status_ages_by_the_device_s_clock_and_is_told_as_stale() {
    let mut scene = Scene::new();
    let verifier = scene.desk.verifier();
    let text = scene.office.sign(&scene.certificate);
    let state = verifier.state();
    let (head, shard) = (state.head().header.expires_at, state.shard(1).expect("published").header().expires_at);
    assert!(head < shard, "status lives longer than the head");
    let at = |now: UnixTime| {
        let judged = judge(&verifier, &text, Moment::Now(now));
        (judged.outcome, judged.reason, judged.status["revocation"].as_str().map(str::to_owned))
    };
    let told = |outcome: &str, reason: Option<&str>, revocation: Option<&str>| {
        (outcome.to_owned(), reason.map(str::to_owned), revocation.map(str::to_owned))
    };
    assert_eq!(at(head.plus(-1)), told("valid", None, Some("checked")));
    assert_eq!(at(head), told("valid-check", Some("list-stale"), Some("checked")));
    assert_eq!(at(shard), told("valid-check", Some("list-stale"), Some("stale")));
    assert_eq!(at(head.plus(30 * DAY + 1)), told("not-checked", Some("list-expired"), None));
    // A retrospective question does not make the lists younger.
    let asked = Moment::At { at: NOW, now: shard };
    assert_eq!(judge(&verifier, &text, asked).status["revocation"], "stale");
}

#[test]
fn a_foreign_certificate_is_found_by_each_kind_of_hash_for_its_key_or_any() {
    let office = Office::new(KeyType::P256);
    let text = office.sign_claims(Format::EuDcc, &eu_claims(Kind::Vaccination, Some("JP")));
    let signature = Sealed::decode(&text).expect("decodes").signature().to_vec();
    let kid = office.key.verifying_key().thumbprint()[..8].to_vec();
    let uci = b"URN:UVCI:01:JP:A#B";
    let listed = |withdrawn: Withdrawn, kid: &[u8]| {
        let mut desk = Desk::new();
        desk.list(&office, &[Format::EuDcc]);
        let group = WithdrawalGroup { kid: kid.to_vec(), iss: None, entries: withdrawn };
        let content = WithdrawalsContent { source: "EU gateway".into(), groups: vec![group] };
        desk.repository.content.withdrawals.insert(1, content);
        judge(&desk.verifier(), &text, Moment::Now(NOW.plus(-300)))
    };
    let (r, all) = (&signature[..32], &signature[..]);
    let hit = |withdrawn: Withdrawn, kid: &[u8]| {
        let judged = listed(withdrawn, kid);
        let status = serde_json::json!({
            "step": "status", "result": "failed", "reason": "revoked", "revocation": "checked", "as_of": AS_OF.to_string(),
        });
        expect(&judged, "not-valid", Some("revoked"), status);
    };
    for kid in [kid.as_slice(), &[]] {
        hit(Withdrawn::Uci(vec![short_hash(&[uci])]), kid);
        hit(Withdrawn::CountryUci(vec![short_hash(&[b"JP", uci])]), kid);
        hit(Withdrawn::Signature(vec![short_hash(&[r])]), kid);
    }
    let missed = [
        Withdrawn::Uci(vec![short_hash(&[b"urn:uvci:01:jp:a#b"])]),
        Withdrawn::CountryUci(vec![short_hash(&[b"DE", uci])]),
        Withdrawn::CountryUci(vec![short_hash(&[uci])]),
        Withdrawn::Signature(vec![short_hash(&[all])]),
    ];
    for withdrawn in missed {
        let judged = listed(withdrawn, &kid);
        assert_eq!((judged.outcome.as_str(), judged.reason.as_deref()), ("valid-check", Some("status-not-covered")));
    }
    // A list about another key tells nothing.
    let judged = listed(Withdrawn::Uci(vec![short_hash(&[uci])]), &[7; 8]);
    let skipped = serde_json::json!({ "step": "status", "result": "skipped", "revocation": "unavailable" });
    expect(&judged, "valid", None, skipped);
}
