//! What surrounds a seal at a border desk: master lists, and what of passports' security objects is the same code
//! (signed messages and chains); machine-readable zones, and the binding of a certificate to the document shown.
//!
//! The folder's index says which cases there are and what must come of each.

mod binding;
mod certificates;
mod master_list;
mod mrz;
mod samples;
mod security_object;

use tegata_certificate::x509::Certificate;
use tegata_tests::vectors::{self, Case, Index, Tally};

#[test]
fn every_list_chain_zone_and_binding_of_the_published_vectors_is_judged_as_expected() {
    let Some(folder) = vectors::family("misc") else { return };
    let index = Index::read(folder);
    let mut lists = Tally::new("master-list");
    let mut objects = Tally::new("emrtd-pa");
    let mut cards = Tally::new("samples");
    let mut zones = Tally::new("mrz");
    let mut bindings = Tally::new("binding");
    let mut others = Tally::new("others");
    for case in index.cases() {
        match case.text("kind") {
            "master-list" => master_list::check(&case, &mut lists),
            "emrtd-pa" => security_object::check(&case, &mut objects),
            "eu-dcc" => samples::eu_dcc(&case, &mut cards),
            "shc" => samples::health_card(&case, &mut cards),
            "mrz" => mrz::check(&case, &mut zones),
            "binding" => binding::check(&case, &mut bindings),
            kind => others.skip(format!("{kind} is read by no part of this step")),
        }
    }
    let certificates = certificates::all(&index);
    vectors::finish("misc", vec![lists, objects, cards, certificates, zones, bindings, others]);
}

/// Counts an outcome: the verdict, and for a refusal one of the named reasons.
pub fn judge(case: &Case<'_>, tally: &mut Tally, outcome: Result<(), &str>) {
    let expected = case.expected();
    let held = match (expected["verdict"].as_str(), outcome) {
        (Some("valid"), Ok(())) => Ok(()),
        (Some("invalid" | "untrusted"), Err(_)) if case.is("any_reason") => Ok(()),
        (Some("invalid" | "untrusted"), Err(code)) if case.expected_codes("reasons").contains(&code) => Ok(()),
        // The specifications leave room: either outcome is acceptable, and a panic would end the test.
        _ if case.is("optional") => Ok(()),
        (_, outcome) => Err(format!("{outcome:?}, not {expected}")),
    };
    tally.outcome(case.text("id"), held);
}

/// Certificates from their DER.
pub fn parsed(ders: &[Vec<u8>]) -> Vec<Certificate<'_>> {
    ders.iter().map(|der| Certificate::from_der(der).expect("a trusted certificate")).collect()
}
