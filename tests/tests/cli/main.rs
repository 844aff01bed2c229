//! What the tools answer on the command line: exact cases as data, and those that need keys of today.

mod documents;
mod health_cards;
mod keys;
mod purposes;

use std::path::PathBuf;

/// The folder that the tools are built into: the one above the tests'.
pub fn tool(name: &str) -> PathBuf {
    let program = std::env::current_exe().expect("this program");
    let tool = program.ancestors().nth(2).expect("the folder of the tools").join(name);
    assert!(tool.is_file(), "{name} is not built; run: cargo build --workspace --all-targets");
    tool
}

#[test]
fn help_and_refusals_are_word_for_word_as_in_the_cases() {
    let cases = trycmd::TestCases::new();
    for name in ["tegata-issuer", "tegata-trust", "tegata-verifier"] {
        cases.register_bin(name, tool(name));
    }
    // No pin, no lists and no language of whoever runs this; help as wide as an ordinary terminal.
    cases.env("TEGATA_CONFIG_DIR", "settings").env("TEGATA_STATE_DIR", "state");
    cases.env("LC_ALL", "C.UTF-8").env("COLUMNS", "100");
    cases.case("tests/cli/cases/*.trycmd");
}
