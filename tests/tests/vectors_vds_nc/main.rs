//! The published vectors of ICAO's seals: each is judged by the real verifier, whose lists are made of the vector's
//! trust set by the importers and the publisher that an operator uses.

mod canonical;
mod pictures;
mod seals;
mod trust;

use serde_json::Value;
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_tests::vectors::{self, Tally};

#[test]
fn every_published_vector_of_seals_holds() {
    let Some(folder) = vectors::family("vds-nc") else { return };
    let index = Index { value: vectors::json(&folder.join("index.json")), folder };
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

/// The family's index.
pub struct Index {
    folder: PathBuf,
    value: Value,
}

impl Index {
    fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        let cases = self.value["vectors"].as_array().expect("vectors");
        cases.iter().map(|value| Case { index: self, value })
    }
}

/// One entry of it.
pub struct Case<'a> {
    index: &'a Index,
    value: &'a Value,
}

impl Case<'_> {
    /// A member that is a text.
    pub fn text(&self, name: &str) -> &str {
        self.value[name].as_str().unwrap_or_else(|| panic!("{}: no {name}", self.value["id"]))
    }

    /// Whether a member is true.
    pub fn is(&self, name: &str) -> bool {
        self.value[name].as_bool().unwrap_or(false)
    }

    /// What must come of it.
    pub fn expected(&self) -> &Value {
        &self.value["expect"]
    }

    /// The codes of a list in what must come of it.
    pub fn expected_codes(&self, name: &str) -> Vec<&str> {
        self.expected()[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The moment of checking.
    pub fn now(&self) -> UnixTime {
        let time = self.value.get("time").unwrap_or(&self.index.value["defaults"]["time"]);
        UnixTime::parse(time.as_str().expect("a time")).expect("RFC 3339")
    }

    /// A file of the family.
    pub fn file(&self, name: &str) -> Vec<u8> {
        read(&self.index.folder.join(name))
    }

    /// The file to check.
    pub fn bytes(&self) -> Vec<u8> {
        self.file(self.text("file"))
    }

    /// The files of one kind (`csca`, `crl`) in the vector's trust set.
    pub fn trusted(&self, kind: &str) -> Vec<Vec<u8>> {
        let names = self.index.value["trust_sets"][self.text("trust")][kind].as_array();
        names.into_iter().flatten().map(|name| self.file(name.as_str().expect("a name"))).collect()
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
