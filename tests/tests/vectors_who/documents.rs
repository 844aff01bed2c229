//! Proofs of DID documents, under the key of whoever signs them.

use serde_json::Value;
use tegata_certificate::VerifyingKey;
use tegata_tests::vectors::Tally;
use tegata_trust_lists::import::who::{ProofError, check_proof};

use super::Case;

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let id = case.name();
    let document = case.bytes();
    let Some(expected) = case.expected("proof") else {
        tally.skip("a document of which no proof is expected");
        return;
    };
    match expected.split([' ', ':']).next() {
        Some("valid") => {
            tally.outcome(id, check_proof(&document, &signer(case)).map_err(|error| error.to_string()));
            // Any change of what it says, and the proof is gone.
            let text = String::from_utf8(document).expect("UTF-8");
            let changed = text.replacen("did:web:", "did:web:x", 1);
            tally.check(format!("{id} changed"), check_proof(changed.as_bytes(), &signer(case)).is_err());
            let dropped = text.replacen('{', "{\"unsigned\":\"member\",", 1);
            tally.check(
                format!("{id} with a member that nobody signs"),
                check_proof(dropped.as_bytes(), &signer(case)) == Err(ProofError::Form),
            );
        }
        Some("invalid") => tally.check(id, check_proof(&document, &signer(case)) == Err(ProofError::Invalid)),
        Some("absent" | "not") => {
            let any = case.named("constructed/signer.did.json").expect("some signer");
            tally.check(id, check_proof(&document, &spki(&key_of(&any.bytes()))) == Err(ProofError::Absent));
        }
        _ => tally.check(format!("{id}: {expected}"), false),
    }
}

/// The signer's key: the one that the entry states, or that of the document that it names, or of the signer's
/// document beside it.
fn signer(case: &Case<'_>) -> Vec<u8> {
    let stated = &case.value()["expect"]["recovered_signer_key"];
    if stated.is_object() {
        return spki(stated);
    }
    let expected = case.expected("proof").expect("stated");
    let named = expected.split_whitespace().find(|word| word.ends_with(".json")).unwrap_or("signer.did.json");
    let folder = case.name().rsplit_once('/').map_or("", |(folder, _)| folder);
    let document =
        case.named(&format!("{folder}/{named}")).or_else(|| case.named(named)).expect("the signer's document");
    spki(&key_of(&document.bytes()))
}

fn key_of(document: &[u8]) -> Value {
    let document: Value = serde_json::from_slice(document).expect("JSON");
    document["verificationMethod"][0]["publicKeyJwk"].clone()
}

fn spki(jwk: &Value) -> Vec<u8> {
    VerifyingKey::from_jwk(jwk.to_string().as_bytes()).expect("a signer's key").to_spki()
}
