//! `docs/diagnostics.md` is what the program explains.

use std::path::Path;
use tegata_issuer::check::markdown;

#[test]
fn the_list_of_findings_in_the_documents_is_the_program_s() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/diagnostics.md");
    let written = std::fs::read_to_string(path).expect("docs/diagnostics.md");
    assert!(written == markdown(), "stale; run: tegata-issuer explain --markdown > docs/diagnostics.md");
}
