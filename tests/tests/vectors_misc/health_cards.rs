//! A published sample of a health card, with its issuer's key.

use crate::judge;
use serde_json::{Value, json};
use tegata_certificate::{LookupHints, Sealed};
use tegata_tests::vectors::{Case, Tally};
use tegata_trust_lists::TrustState;
use tegata_trust_lists::import::{Input, InputFile, ListKind, Policy};
use tegata_trust_lists::publish::{DemoRepository, Draft, DraftImport};
use tegata_verifier::{Moment, Outcome, Policy as Judging, Verifier};

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let text = String::from_utf8(case.bytes()).expect("a text");
    let sealed = Sealed::decode(text.trim_end()).ok();
    // The key is its issuer's, whose address stands in the card alone.
    let iss = match sealed.as_ref().map(Sealed::hints) {
        Some(LookupHints::Issuer { iss, .. }) => iss.to_owned(),
        _ => String::new(),
    };
    let jwk = case.file(case.text("jwk"));
    let verifier = Verifier::new(listed(case, &iss, &jwk), Judging { accept_demo: true, ..Judging::default() });
    let verifier = verifier.expect("takes demonstrations");
    let verdict = verifier.verify(text.trim_end(), Moment::Now(case.now()));
    let outcome = match verdict.outcome() {
        Outcome::Valid | Outcome::ValidCheck => Ok(()),
        _ => Err(verdict.reason().map_or("", tegata_verifier::Reason::code)),
    };
    judge(case, tally, outcome);
}

/// The key in a published list.
fn listed(case: &Case<'_>, iss: &str, jwk: &[u8]) -> TrustState {
    let now = case.now();
    let jwk: Value = serde_json::from_slice(jwk).expect("a key in JSON");
    let files = [InputFile { name: "jwks.json".to_owned(), bytes: json!({ "keys": [jwk] }).to_string().into_bytes() }];
    let policy = Policy { unsigned_ok: true, ..Policy::new(now) };
    let input = Input { files: &files, signer: None, country: None, iss: Some(iss), anchors: &[], policy: &policy };
    let mut draft = Draft::new("DEMO/misc");
    if let Ok(mut imported) = ListKind::Jwks.read(&input) {
        let record = DraftImport::new("card", "card", [].into_iter(), now);
        draft.merge(&mut imported, record, false, now).expect("merges");
    }
    let lists = draft.lists().expect("lists");
    let mut demo = DemoRepository::new("misc", now).expect("a repository");
    (demo.issuers, demo.keys) = (lists.issuers, lists.keys);
    let (bundle, pin) = demo.publish(now).expect("publishes");
    TrustState::load(&bundle, &pin, now).expect("loads")
}
