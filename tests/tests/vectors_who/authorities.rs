//! The trust anchor, and the authorities that it signed.

use serde_json::Value;
use sha2::{Digest, Sha256};
use tegata_certificate::x509::Certificate;
use tegata_tests::vectors::{self, Tally};
use tegata_trust_lists::import::who::open_authority;
use tegata_trust_lists::import::{Authenticity, ListSigner};

use super::Case;

/// The trust anchor's certificate: the first of its chain.
fn anchor(chain: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(chain).expect("PEM");
    let body = text.split("-----").nth(2).expect("a certificate");
    vectors::base64(body).expect("base64")
}

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let id = case.name();
    if let Some(sha256) = case.expected("ta_sha256") {
        let wanted = vectors::hex(sha256).expect("hex");
        let signer = ListSigner::parse(&case.bytes()).map(|signer| signer.authenticity());
        let pinned: Option<[u8; 32]> = wanted.try_into().ok();
        tally.check(id, signer.ok() == pinned.map(Authenticity::Signed));
        return;
    }
    let chain = case.entry_with("ta_sha256").bytes();
    let anchor = anchor(&chain);
    let anchor = Certificate::from_der(&anchor).expect("the anchor's certificate");
    let wanted = vectors::hex(case.expected("sca_sha256").expect("a hash")).expect("hex");
    let message = case.bytes();
    let authority = open_authority(&message, &anchor);
    tally.check(id, authority.as_ref().is_ok_and(|der| Sha256::digest(der).as_slice() == wanted));
    if let Ok(der) = &authority {
        let read = Certificate::from_der(der).expect("opened already");
        let until = read.not_after().date().map(|date| date.to_string());
        tally.check(format!("{id} until"), until.as_deref() == case.expected("sca_not_after"));
        let country = read.subject().country();
        tally.check(format!("{id} country"), country == case.value()["decoded"]["country_alpha2"].as_str());
    }
    let twin: Value = serde_json::from_slice(&case.read(&id.replace(".cms.der", ".json"))).expect("JSON");
    let member = |name: &str| vectors::base64(twin[name].as_str().expect("base64")).expect("base64");
    let twin_opened = open_authority(&member("trustAnchorSignature"), &anchor);
    tally.check(format!("{id} in JSON"), twin_opened == authority && twin_opened == Ok(member("certificateRawData")));
    // Another anchor's word counts for nothing, and neither does a changed byte.
    let other = Certificate::from_der(authority.as_deref().unwrap_or_default());
    tally.check(format!("{id} under another"), other.is_ok_and(|other| open_authority(&message, &other).is_err()));
    let mut changed = message.clone();
    changed[300] ^= 1;
    tally.check(format!("{id} changed"), open_authority(&changed, &anchor).is_err());
}
