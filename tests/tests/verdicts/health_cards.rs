//! Health cards: found by exact issuer and key, withdrawn by number, put together from parts.

use crate::desk::{Desk, NOW, Office, now, words};
use tegata_certificate::shc::SINGLE_MAX;
use tegata_certificate::{Certificate, Format, Kind, UnixTime};
use tegata_keys::{KeyType, Signer};
use tegata_tests::specimen::{CARD_ISSUER, card_identity, health_card};
use tegata_trust_lists::publish::WithdrawalsContent;
use tegata_trust_lists::{Authority, KeyEntry, WithdrawalGroup, Withdrawn};
use tegata_verifier::{ChunkCollector, Moment, Step, StepResult};

fn list<'a>(desk: &'a mut Desk, office: &Office, iss: &str) -> &'a mut KeyEntry {
    let entry = desk.list(office, &[Format::Shc]);
    entry.authority = Authority::Iss(iss.to_owned());
    entry.ranges.clear();
    entry
}

fn sign(office: &Office, certificate: &Certificate) -> String {
    let unsigned = Format::Shc.write(certificate, &card_identity(&office.key)).expect("lays out");
    let signature = office.key.sign(unsigned.to_be_signed()).expect("signs");
    unsigned.seal(&signature).expect("seals").text().to_owned()
}

#[test]
fn a_card_counts_for_exactly_its_issuer_and_says_what_it_holds() {
    let office = Office::new(KeyType::P256);
    let text = sign(&office, &health_card());
    let mut desk = Desk::new();
    list(&mut desk, &office, CARD_ISSUER);
    let verifier = desk.verifier();
    let verdict = verifier.verify(&text, Moment::Now(NOW));
    assert_eq!(words(&verdict), ("valid", None));
    assert!(verdict.certificate() == Some(&health_card()));
    assert_eq!(verdict.step(Step::Status), StepResult::Skipped);
    // A card without an end stays valid for as long as its key's cards do.
    let later = verifier.verify(&text, Moment::At { at: NOW.plus(9 * 365 * 86_400), now: NOW });
    assert_eq!(words(&later), ("valid", None));
    for other in ["https://card.example/Issuer", "https://card.example/issuer/", "https://card.example"] {
        let mut desk = Desk::new();
        list(&mut desk, &office, other);
        assert_eq!(now(&desk.verifier(), &text), ("not-valid", Some("unknown-issuer")), "{other}");
    }
    // A country's key is no card issuer's: no list names one so.
    let mut desk = Desk::new();
    desk.list(&office, &[Format::Shc]);
    assert!(desk.repository.publish(NOW).is_err());
}

#[test]
fn a_key_signs_no_kind_that_its_entry_does_not_name() {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    list(&mut desk, &office, CARD_ISSUER).kinds = vec![Kind::Test];
    assert_eq!(now(&desk.verifier(), &sign(&office, &health_card())), ("not-valid", Some("kind-out-of-scope")));
}

#[test]
fn a_card_is_withdrawn_by_its_number_and_up_to_a_time() {
    let office = Office::new(KeyType::P256);
    let kid = office.key.verifying_key().jwk_thumbprint();
    let text = sign(&office, &health_card());
    let issued_at = health_card().issued_at.expect("a time");
    let judge = |rid: &str, before: Option<UnixTime>, iss: &str| {
        let mut desk = Desk::new();
        list(&mut desk, &office, CARD_ISSUER);
        let entries = Withdrawn::Rid(vec![(rid.to_owned(), before)]);
        let group = WithdrawalGroup { kid: kid.to_vec(), iss: Some(iss.to_owned()), entries };
        let content = WithdrawalsContent { source: "cards".into(), groups: vec![group] };
        desk.repository.content.withdrawals.insert(1, content);
        now(&desk.verifier(), &text)
    };
    assert_eq!(judge("AQPCj4wwk6M", None, CARD_ISSUER), ("not-valid", Some("revoked")));
    assert_eq!(judge("AQPCj4wwk6M", Some(issued_at.plus(1)), CARD_ISSUER), ("not-valid", Some("revoked")));
    // The list is an hour old, the card ten minutes: it may have been withdrawn since.
    let good = ("valid-check", Some("status-not-covered"));
    assert_eq!(judge("AQPCj4wwk6M", Some(issued_at), CARD_ISSUER), good);
    assert_eq!(judge("AQPCj4wwk6N", None, CARD_ISSUER), good);
    assert_eq!(judge("AQPCj4wwk6M", None, "https://other.example"), ("valid", None), "nothing is said of this issuer");
}

#[test]
fn a_card_in_parts_is_judged_when_all_are_there_and_never_by_one() {
    let office = Office::new(KeyType::P256);
    let mut desk = Desk::new();
    list(&mut desk, &office, CARD_ISSUER);
    let verifier = desk.verifier();
    let text = sign(&office, &health_card());
    let digits = text.strip_prefix("shc:/").expect("digits");
    assert!(digits.len() <= 2 * SINGLE_MAX);
    let (first, second) = digits.split_at(digits.len() / 4 * 2);
    let parts = [format!("shc:/2/2/{second}"), format!("shc:/1/2/{first}")];
    assert_eq!(now(&verifier, &parts[0]), ("not-checked", Some("missing-qr-chunk")));
    let (mut codes, mut verdicts) = (ChunkCollector::default(), Vec::new());
    for part in &parts {
        codes.take(part, |text| verdicts.push(now(&verifier, text.expect("whole"))));
    }
    assert_eq!(verdicts, [("valid", None)]);
}

#[test]
fn a_health_link_is_recognised_and_no_more() {
    let verifier = Desk::new().verifier();
    for link in ["shlink:/eyJ1cmwiOiJodHRwczovL2EuZXhhbXBsZSJ9", "https://viewer.example/#shlink:/eyJ1cmwiOiJh"] {
        let verdict = verifier.verify(link, Moment::Now(NOW));
        assert_eq!(words(&verdict), ("not-checked", Some("family-not-checked")));
        assert_eq!(verdict.recognised().map(tegata_certificate::Recognised::name), Some("smart-health-link"));
    }
}
