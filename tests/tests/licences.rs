//! Every dependency comes under a licence that `deny.toml` allows, and from crates.io.
//!
//! `cargo deny` says more; this needs nothing installed and nothing from the network.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

/// What `deny.toml` allows everywhere, and by the names of single crates.
struct Allowed {
    everywhere: Vec<String>,
    exceptions: BTreeMap<String, String>,
}

impl Allowed {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deny.toml");
        let text = std::fs::read_to_string(path).expect("deny.toml is there");
        let list = |name: &str| {
            let start = text.find(&format!("\n{name} = [\n")).expect("the list is there");
            let lines = text[start..].lines().skip(2).take_while(|line| *line != "]");
            lines.map(quoted).collect::<Vec<_>>()
        };
        let everywhere = list("allow").into_iter().flatten().collect();
        let exceptions = list("exceptions").into_iter().map(|names| match names.as_slice() {
            [name, licence] => (name.clone(), licence.clone()),
            _ => panic!("an exception that is not of the form crate, licence"),
        });
        Self { everywhere, exceptions: exceptions.collect() }
    }

    fn allows(&self, name: &str, licence: &str) -> bool {
        self.everywhere.iter().any(|allowed| allowed == licence)
            || self.exceptions.get(name).is_some_and(|allowed| allowed == licence)
    }
}

/// The texts between quotation marks.
fn quoted(line: &str) -> Vec<String> {
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Whether a licence expression (SPDX, annex D) can be met: OR binds weaker than AND. Older crates
/// write a slash for OR.
fn met(expression: &str, allows: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let (met, rest) = either(&words, allows);
    assert!(rest.is_empty(), "cannot read the licence expression {expression:?}");
    met
}

fn either<'w>(words: &'w [&'w str], allows: &dyn Fn(&str) -> bool) -> (bool, &'w [&'w str]) {
    let (mut met, mut rest) = both(words, allows);
    while let ["OR", more @ ..] = rest {
        let (other, left) = both(more, allows);
        (met, rest) = (met | other, left);
    }
    (met, rest)
}

fn both<'w>(words: &'w [&'w str], allows: &dyn Fn(&str) -> bool) -> (bool, &'w [&'w str]) {
    let (mut met, mut rest) = one(words, allows);
    while let ["AND", more @ ..] = rest {
        let (other, left) = one(more, allows);
        (met, rest) = (met & other, left);
    }
    (met, rest)
}

fn one<'w>(words: &'w [&'w str], allows: &dyn Fn(&str) -> bool) -> (bool, &'w [&'w str]) {
    match words {
        ["(", inner @ ..] => match either(inner, allows) {
            (met, [")", rest @ ..]) => (met, rest),
            _ => panic!("a parenthesis is not closed"),
        },
        [licence, "WITH", exception, rest @ ..] => (allows(&format!("{licence} WITH {exception}")), rest),
        [licence, rest @ ..] => (allows(licence), rest),
        [] => panic!("a licence expression ends too early"),
    }
}

/// Everything in the lock file that is built on this kind of machine.
fn metadata() -> Metadata {
    let version = Command::new("rustc").arg("-vV").output().expect("rustc").stdout;
    let version = String::from_utf8(version).expect("a text");
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .features(CargoOpt::AllFeatures)
        .other_options(["--locked".to_owned(), format!("--filter-platform={host}")])
        .exec()
        .expect("cargo metadata")
}

#[test]
fn every_dependency_has_an_allowed_licence_and_comes_from_crates_io() {
    let allowed = Allowed::read();
    let mut faults = Vec::new();
    for package in metadata().packages {
        let name = package.name.as_str();
        match &package.license {
            Some(licence) if met(licence, &|licence| allowed.allows(name, licence)) => {}
            licence => faults.push(format!("{name} {}: licence {licence:?}", package.version)),
        }
        match &package.source {
            None if name.starts_with("tegata-") || name == "xtask" => {}
            Some(source) if source.is_crates_io() => {}
            source => faults.push(format!("{name} {}: from {source:?}", package.version)),
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_licence_expression_is_met_as_spdx_reads_it() {
    let mit = |licence: &str| licence == "MIT" || licence == "Unicode-3.0";
    for good in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(GPL-3.0 OR MIT) AND Unicode-3.0", "GPL-3.0 AND X OR MIT"] {
        assert!(met(good, &mit), "{good}");
    }
    for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR X) AND GPL-3.0", "MIT WITH GPL-exception", "MIT-0"] {
        assert!(!met(bad, &mit), "{bad}");
    }
}
