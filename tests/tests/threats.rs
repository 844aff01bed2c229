//! `docs/threats.md` names tests; each of them exists.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The file of a named module: of the attack harness, or with a slash of this package.
fn source(module: &str) -> PathBuf {
    let folder = if module.contains('/') { "tests/tests" } else { "trust-lists/tests/attacks" };
    root().join(folder).join(module).with_extension("rs")
}

#[test]
fn every_test_that_the_page_of_threats_names_exists() {
    let page = fs::read_to_string(root().join("docs/threats.md")).expect("the page");
    let mut named = 0;
    for (module, test) in page.split('`').skip(1).step_by(2).filter_map(|word| word.split_once("::")) {
        let path = source(module);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(text.contains(&format!("fn {test}(")), "{module} has no test {test}");
        named += 1;
    }
    assert!(named >= 40, "only {named} tests are named");
}

#[test]
fn every_test_of_the_attack_harness_is_named_by_the_page_of_threats() {
    let page = fs::read_to_string(root().join("docs/threats.md")).expect("the page");
    let harness = fs::read_dir(root().join("trust-lists/tests/attacks")).expect("the harness");
    let mut missing = Vec::new();
    for path in harness.map(|entry| entry.expect("an entry").path()) {
        let module = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a source");
        let tests = text.split("#[test]\nfn ").skip(1).filter_map(|rest| rest.split_once('(').map(|(name, _)| name));
        missing
            .extend(tests.map(|test| format!("{module}::{test}")).filter(|name| !page.contains(&format!("`{name}`"))));
    }
    assert_eq!(missing, Vec::<String>::new(), "tests that no row of the page names");
}
