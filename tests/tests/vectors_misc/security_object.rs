//! EF.SOD of passports (Doc 9303-10 section 4.6.2): the same signed messages, chains, curves and
//! algorithms as master lists have, from other hands. Hashes of data groups concern no part of the product.

use tegata_certificate::x509::der::Elements;
use tegata_certificate::x509::{Candidate, find_issuer};
use tegata_tests::vectors::{Case, Tally};
use tegata_trust_lists::import::cms::{CmsError, Message};

use super::parsed;

/// 2.23.136.1.1.1, and the tag of the file around the message.
const SECURITY_OBJECT: &[u8] = b"\x67\x81\x08\x01\x01\x01";
const FILE: u8 = 0x77;

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let reasons = case.expected()["reasons"].as_array().expect("reasons");
    if reasons.iter().any(|reason| reason.as_str().is_some_and(|reason| reason.starts_with("dg-"))) {
        tally.skip("data groups of passports are not read");
        return;
    }
    let weak =
        |warnings: &serde_json::Value| warnings.as_array().into_iter().flatten().any(|warning| warning == "weak-hash");
    match judge(case) {
        Ok(_) if weak(&case.expected()["warnings"]) && case.text("id").starts_with("gen-") => {
            tally.skip("hashes of data groups are not read");
        }
        Ok(weak_hash) => {
            super::judge(case, tally, Ok(()));
            tally.check(format!("{} weak hash", case.text("id")), weak_hash == weak(&case.expected()["warnings"]));
        }
        Err(code) => super::judge(case, tally, Err(code)),
    }
}

/// Whether the hash is weak, or the code of why not.
fn judge(case: &Case<'_>) -> Result<bool, &'static str> {
    let bytes = case.bytes();
    let file = Elements::new(&bytes).take(FILE).map_err(|_| CmsError::Malformed.code())?;
    let message = Message::read(file.value).map_err(CmsError::code)?;
    let signed = message.open(SECURITY_OBJECT, &[]).map_err(CmsError::code)?;
    if case.now() < signed.signer.not_before() {
        return Err("cert-not-yet-valid");
    }
    if signed.signer.not_after() < case.now() {
        return Err("cert-expired");
    }
    let trusted = case.trusted("csca");
    find_issuer(&signed.signer, parsed(&trusted).iter().map(Candidate::from), case.now())
        .map_err(|error| error.code())?;
    Ok(signed.weak_hash)
}
