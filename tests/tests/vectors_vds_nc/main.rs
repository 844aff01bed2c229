//! The published vectors of ICAO's seals: each is judged by the real verifier, whose lists are made of the vector's
//! trust set by the importers and the publisher that an operator uses.

mod canonical;
mod pictures;
mod seals;
mod trust;

use tegata_tests::vectors::{self, Index, Tally};

#[test]
fn every_published_vector_of_seals_holds() {
    let Some(folder) = vectors::family("vds-nc") else { return };
    let index = Index::read(folder);
    let mut seals = Tally::new("seals");
    let mut canonical = Tally::new("jcs");
    let mut pictures = Tally::new("qr");
    let mut others = Tally::new("others");
    let mut verifiers = trust::Verifiers::default();
    for case in index.cases() {
        match case.text("kind") {
            "vds-nc" => seals::check(&case, &mut verifiers, &mut seals),
            "jcs" => canonical.outcome(case.text("id"), canonical::check(&case)),
            "qr" => pictures.outcome(case.text("id"), pictures::check(&case)),
            kind => others.skip(format!("{kind} is no kind of vector that is known")),
        }
    }
    vectors::finish("vds-nc", vec![seals, canonical, pictures, others]);
}
