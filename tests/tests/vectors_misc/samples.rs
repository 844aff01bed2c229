//! Published samples of EU certificates and health cards, judged with their issuers' keys in a published list.

use crate::judge;
use serde_json::{Value, json};
use tegata_certificate::{LookupHints, Sealed};
use tegata_tests::published::{Published, published};
use tegata_tests::vectors::{Case, Tally, record};
use tegata_trust_lists::import::{Input, InputFile, ListKind, Policy};
use tegata_verifier::{Moment, Outcome, Policy as Judging, Reason, Verifier};

/// An EU certificate, whose trust set holds the certificates that sign: they are listed as they are.
pub fn eu_dcc(case: &Case<'_>, tally: &mut Tally) {
    let text = String::from_utf8(case.bytes()).expect("a text");
    judge_with(case, text.trim_end(), ListKind::Certificates, None, case.trusted("csca"), tally);
}

/// A health card.
pub fn health_card(case: &Case<'_>, tally: &mut Tally) {
    let text = String::from_utf8(case.bytes()).expect("a text");
    let sealed = Sealed::decode(text.trim_end()).ok();
    // The key is its issuer's, whose address stands in the card alone.
    let iss = match sealed.as_ref().map(Sealed::hints) {
        Some(LookupHints::Issuer { iss, .. }) => iss.to_owned(),
        _ => String::new(),
    };
    let jwk: Value = serde_json::from_slice(&case.file(case.text("jwk"))).expect("a key in JSON");
    let keys = json!({ "keys": [jwk] }).to_string().into_bytes();
    judge_with(case, text.trim_end(), ListKind::Jwks, Some(&iss), vec![keys], tally);
}

fn judge_with(case: &Case<'_>, text: &str, kind: ListKind, iss: Option<&str>, keys: Vec<Vec<u8>>, tally: &mut Tally) {
    let Published { bundle, pin, state } = listed(case, kind, iss, keys);
    record(&bundle, &pin, text, case.now());
    let verifier = Verifier::new(state, Judging { accept_demo: true, ..Judging::default() });
    let verifier = verifier.expect("takes demonstrations");
    let verdict = verifier.verify(text, Moment::Now(case.now()));
    let outcome = match verdict.outcome() {
        Outcome::Valid | Outcome::ValidCheck => Ok(()),
        _ => Err(verdict.reason().map_or("", code)),
    };
    judge(case, tally, outcome);
}

/// A reason in the words of the vectors.
fn code(reason: Reason) -> &'static str {
    match reason {
        Reason::KeyExpired => "cert-expired",
        other => other.code(),
    }
}

/// The keys in a published list, also those that have ended.
fn listed(case: &Case<'_>, kind: ListKind, iss: Option<&str>, keys: Vec<Vec<u8>>) -> Published {
    let now = case.now();
    let files: Vec<_> = keys.into_iter().map(|bytes| InputFile { name: "keys".to_owned(), bytes }).collect();
    let policy = Policy { unsigned_ok: true, keep_expired: true, ..Policy::new(now) };
    let input = Input { files: &files, signer: None, country: None, iss, anchors: &[], policy: &policy };
    published(kind.read(&input), now)
}
