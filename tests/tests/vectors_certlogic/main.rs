//! CertLogic's own suites: what expressions come to, and what is no expression.

mod evaluation;
mod validation;

use tegata_tests::vectors::{self, Manifest};

#[test]
fn every_case_of_the_certlogic_suites_comes_out_as_expected() {
    let Some(folder) = vectors::family("certlogic") else { return };
    let manifest = Manifest::read(&folder);
    vectors::finish("certlogic", vec![evaluation::all(&manifest), validation::all(&manifest)]);
}
