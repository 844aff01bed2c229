//! WHO's network: authorities signed by its trust anchor, trust lists and their proofs, and the codes.
//!
//! The folder's index says which files there are and what must come of each.

mod authorities;
mod codes;
mod documents;
mod entries;
mod imports;
mod payloads;

use std::path::PathBuf;

use serde_json::Value;
use tegata_certificate::UnixTime;
use tegata_tests::vectors::{self, Tally};

#[test]
fn every_entry_of_the_published_who_vectors_is_judged_as_expected() {
    let Some(folder) = vectors::family("who") else { return };
    let index = Index { value: vectors::json(&folder.join("index.json")), folder };
    let mut tallies = ["authorities", "proofs", "trust lists", "codes", "payloads", "catalogues"].map(Tally::new);
    let mut others = Tally::new("others");
    for case in index.cases() {
        let expect = &case.value["expect"];
        let [authorities, proofs, lists, codes, payloads, catalogues] = &mut tallies;
        if expect.get("cms").is_some() || expect.get("ta_sha256").is_some() {
            authorities::check(&case, authorities);
        } else if case.is_document() {
            documents::check(&case, proofs);
            imports::check(&case, lists);
        } else if case.is_link() {
            codes::links(&case, codes);
        } else if expect.get("decode").is_some() {
            codes::check(&case, codes);
        } else if expect.get("generation").is_some() {
            payloads::check(&case, payloads);
        } else if expect.get("count").is_some() {
            payloads::catalogue(&case, catalogues);
        } else {
            others.skip("JSON-LD contexts, which the proofs of documents are checked with");
        }
    }
    vectors::finish("who", tallies.into_iter().chain([others]).collect());
}

/// The family's index.
pub struct Index {
    folder: PathBuf,
    value: Value,
}

impl Index {
    /// Its entries.
    pub fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        let entries = self.value["entries"].as_array().expect("entries");
        entries.iter().map(|value| Case { index: self, value })
    }
}

/// One entry of it.
pub struct Case<'a> {
    index: &'a Index,
    value: &'a Value,
}

impl<'a> Case<'a> {
    /// Its file's name.
    pub fn name(&self) -> &'a str {
        self.value["file"].as_str().expect("a file's name")
    }

    /// A member of what must come of it.
    pub fn expected(&self, name: &str) -> Option<&'a str> {
        self.value["expect"].get(name)?.as_str()
    }

    /// The whole entry.
    pub fn value(&self) -> &'a Value {
        self.value
    }

    /// The moment of checking.
    pub fn now(&self) -> UnixTime {
        let time = self.value.get("at").unwrap_or(&self.index.value["evaluation_time_default"]);
        UnixTime::parse(time.as_str().expect("a time")).expect("RFC 3339")
    }

    /// The bytes of its file.
    pub fn bytes(&self) -> Vec<u8> {
        self.read(self.name())
    }

    /// The bytes of another file of the folder, as an entry names it.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.index.folder.join(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The first entry about which something is expected by that name.
    pub fn entry_with(&self, expected: &str) -> Self {
        self.index.cases().find(|case| case.value["expect"].get(expected).is_some()).expect("such an entry")
    }

    /// The entry whose name ends so.
    pub fn named(&self, end: &str) -> Option<Self> {
        self.index.cases().find(|case| case.name().ends_with(end))
    }

    /// Whether the file holds bare links among other lines.
    fn is_link(&self) -> bool {
        self.name().ends_with(".txt") && self.value["decoded"].is_null()
    }

    fn is_document(&self) -> bool {
        let value = self.name().ends_with(".json").then(|| serde_json::from_slice::<Value>(&self.bytes()).ok());
        value.flatten().is_some_and(|value| value.get("verificationMethod").is_some())
    }
}
