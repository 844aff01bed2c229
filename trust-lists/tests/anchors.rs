//! What a trust list may say about CSCAs.

mod simulator;

use simulator::{DAY, NOW, Scene, anchor};
use tegata_certificate::KeyError;
use tegata_trust_lists::publish::{DemoRepository, Draft, PublishError};
use tegata_trust_lists::{Anchor, AnchorRevocation, EntryFault, RevocationReason, TrustError};

const REVOKED: Option<AnchorRevocation> = Some(AnchorRevocation { at: NOW, reason: RevocationReason::Compromised });

fn key_fault(fault: KeyError) -> TrustError {
    TrustError::BadAnchor { anchor: 1, fault: EntryFault::Key(fault) }
}

fn full() -> Anchor {
    Anchor { revoked: REVOKED, source: Some("a master list".to_owned()), ..anchor() }
}

fn refusal(change: impl FnOnce(&mut Anchor)) -> TrustError {
    let mut scene = Scene::new();
    let mut changed = anchor();
    change(&mut changed);
    scene.trust.anchors = vec![anchor(), changed];
    scene.load().expect_err("must be refused")
}

#[test]
fn every_field_of_an_anchor_survives_publication() {
    let mut scene = Scene::new();
    scene.trust.anchors = vec![full(), Anchor { key_identifier: None, ..anchor() }];
    assert_eq!(scene.load().expect("loads").trust().anchors, scene.trust.anchors);
}

#[test]
fn every_field_of_an_anchor_survives_the_draft() {
    let mut draft = Draft::new("DEMO/anchors");
    let anchors = [full(), Anchor { key_identifier: None, ..anchor() }];
    assert!(anchors.iter().all(|anchor| draft.add_anchor(anchor)));
    assert!(!draft.add_anchor(&anchors[0]), "listed already");
    let read = Draft::from_json(&draft.to_json().expect("JSON")).expect("the same form");
    assert_eq!(read.lists().expect("understood").anchors, anchors);
    // A certificate says not when it signed: nothing could be held against a retired anchor.
    let retired = draft.to_json().expect("JSON").replace("\"active\"", "\"retired\"");
    assert!(Draft::from_json(&retired).expect("the same form").lists().is_err());
}

#[test]
fn an_anchor_counts_within_its_validity_until_it_is_revoked() {
    let anchor = anchor();
    assert!(anchor.is_live(anchor.from) && anchor.is_live(anchor.until));
    assert!(!anchor.is_live(anchor.from.plus(-1)) && !anchor.is_live(anchor.until.plus(1)));
    assert!(!Anchor { revoked: REVOKED, ..anchor }.is_live(NOW));
}

#[test]
fn an_anchor_that_says_too_much_or_nothing_is_refused() {
    let malformed = TrustError::BadAnchor { anchor: 1, fault: EntryFault::Malformed };
    assert_eq!(refusal(|anchor| anchor.subject.clear()), malformed);
    assert_eq!(refusal(|anchor| anchor.subject = vec![0x30; 1025]), malformed);
    assert_eq!(refusal(|anchor| anchor.key_identifier = Some(Vec::new())), malformed);
    assert_eq!(refusal(|anchor| anchor.spki.clear()), malformed);
    assert_eq!(refusal(|anchor| anchor.subject.truncate(3)), malformed);
    // The same key with a byte behind it, and a point that is none.
    assert_eq!(refusal(|anchor| anchor.spki.push(0)), key_fault(KeyError::Malformed));
    assert_eq!(refusal(|anchor| anchor.spki[60] ^= 1), key_fault(KeyError::NotOnCurve));
    let window = TrustError::BadAnchor { anchor: 1, fault: EntryFault::Window };
    assert_eq!(refusal(|anchor| anchor.until = anchor.from), window);
}

#[test]
fn a_certificate_is_an_anchor_once() {
    let mut scene = Scene::new();
    let twice = anchor();
    scene.trust.anchors = vec![twice.clone(), Anchor { revoked: REVOKED, ..twice }];
    assert_eq!(scene.load().expect_err("twice"), TrustError::DuplicateAnchor { anchor: 1 });
}

#[test]
fn a_published_anchor_is_neither_forgotten_nor_unrevoked_while_it_lasts() {
    let mut demo = DemoRepository::new("anchors", NOW).expect("a repository");
    let anchor = Anchor { until: NOW.plus(DAY), revoked: REVOKED, ..anchor() };
    let sha256 = anchor.sha256;
    demo.anchors = vec![anchor];
    demo.publish(NOW).expect("published");
    demo.anchors[0].revoked = None;
    let back = demo.publish(NOW.plus(60)).expect_err("must stay revoked");
    assert_eq!(back, PublishError::Refused(TrustError::AnchorUnrevoked { sha256 }));
    demo.anchors.clear();
    let gone = demo.publish(NOW.plus(60)).expect_err("must stay listed");
    assert_eq!(gone, PublishError::Refused(TrustError::AnchorForgotten { sha256 }));
    demo.publish(NOW.plus(2 * DAY)).expect("nothing can chain to it any more");
}
