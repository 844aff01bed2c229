//! Texts and pictures with what a reader must find in them.

use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tegata_certificate::{Algorithm, ClaimedAlgorithm, KidPlace, Sealed, SignerCertificate};
use tegata_tests::vectors::{self, Manifest, Plain, Reading, Tally};
use tegata_verifier::tool::{Limits, read_codes};

use crate::dcc;

const ISSUER: i64 = 1;

/// Certificates read from pictures of a second collection: one check a field that is told.
pub fn texts(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("texts");
    for line in vectors::json_lines(&manifest.path("texts.jsonl")) {
        let id = line["id"].as_str().unwrap_or_default();
        let sealed = line["text"].as_str().and_then(|text| Sealed::decode(text).ok());
        let Some(sealed) = sealed else {
            tally.check(format!("{id} decodes"), false);
            continue;
        };
        let claims = dcc::claims(&sealed).unwrap_or(Cbor::Null);
        for (field, wanted) in line["expect"].as_object().into_iter().flatten() {
            match field_holds(field, wanted, &sealed, &claims) {
                Some(held) => tally.check(format!("{id} {field}"), held),
                None => tally.skip(format!("a field that is not known here: {field}")),
            }
        }
        if let Some(der) = line["certificate"].as_str().and_then(vectors::base64) {
            signature(&mut tally, id, &sealed, &der);
        }
    }
    tally
}

fn field_holds(field: &str, wanted: &Json, sealed: &Sealed, claims: &Cbor) -> Option<bool> {
    let claim = |number| {
        let found = dcc::claim(claims, number);
        plain(found.unwrap_or(&Cbor::Null)) == Plain::from_json(wanted, Reading::Exact)
    };
    Some(match field {
        "alg" => algorithm(sealed).map(Algorithm::name) == wanted.as_str(),
        "kid" => sealed.kid() == wanted.as_str().and_then(vectors::hex).as_deref(),
        "kid_in" => {
            // The protected one counts where both headers have one.
            let places = wanted.as_array().map(Vec::as_slice).unwrap_or_default();
            let place = match places.contains(&Json::from("protected")) {
                true => Some(KidPlace::Protected),
                false if places.is_empty() => None,
                false => Some(KidPlace::Unprotected),
            };
            sealed.kid_place() == place
        }
        "tags" => Json::from(sealed.tags()) == *wanted,
        "iss" => claim(ISSUER),
        "iat" => claim(dcc::ISSUED_AT),
        "exp" => claim(dcc::EXPIRES_AT),
        "hcert" => dcc::payload(claims).map(plain) == Some(Plain::from_json(wanted, Reading::Exact)),
        _ => return None,
    })
}

fn plain(value: &Cbor) -> Plain {
    Plain::from_cbor(value, Reading::Exact)
}

fn algorithm(sealed: &Sealed) -> Option<Algorithm> {
    match sealed.claimed_algorithm() {
        ClaimedAlgorithm::Protected(number) | ClaimedAlgorithm::Unprotected(number) => Algorithm::from_cose(number),
        ClaimedAlgorithm::Absent => None,
    }
}

/// The signature holds, and what it covers is read as a certificate with the message's own times.
fn signature(tally: &mut Tally, id: &str, sealed: &Sealed, der: &[u8]) {
    let Ok(signer) = SignerCertificate::from_der(der) else {
        tally.check(format!("{id} certificate"), false);
        return;
    };
    let opened = sealed.open(&signer.key);
    tally.check(format!("{id} signature"), opened.is_ok());
    if let Ok(authentic) = opened {
        tally.outcome(format!("{id} reads"), authentic.read().map(drop));
    }
}

/// Pictures of codes, with the text that each must give.
pub fn pictures(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("pictures");
    for line in vectors::json_lines(&manifest.path("pictures/pictures.jsonl")) {
        let file = line["file"].as_str().unwrap_or_default();
        let picture = std::fs::read(manifest.path("pictures").join(file)).unwrap_or_default();
        let outcome = match read_codes(&picture, &Limits::default()) {
            Ok(codes) if codes.iter().any(|code| line["text"] == code.text.as_str()) => Ok(()),
            Ok(codes) => Err(format!("{} codes with other texts", codes.len())),
            Err(error) => Err(error.to_string()),
        };
        tally.outcome(file, outcome);
    }
    tally
}
