//! SMART Health Cards: every card of the published vectors judged by the verifier, and every card, payload and key
//! set looked at by its lint.
//!
//! The folder's index says which cases there are and what must come of each.

mod issues;
mod trust;
mod verdicts;

use serde_json::Value;
use std::path::{Path, PathBuf};
use tegata_certificate::UnixTime;
use tegata_tests::vectors::{self, Tally};

#[test]
fn every_card_and_key_set_of_the_published_vectors_is_judged_as_expected() {
    let Some(folder) = vectors::family("shc") else { return };
    let index = vectors::json(&folder.join("index.json"));
    let (mut verdicts, mut issues) = (Tally::new("verdicts"), Tally::new("lint"));
    for value in index["vectors"].as_array().expect("vectors") {
        let case = Case { folder: &folder, value };
        match case.kind() {
            "qr-numeric" | "jws" | "health-card-file" | "fhir-parameters" | "qr-image" => {
                if !verdicts::is_health_link(&case) {
                    verdicts::check(&case, &mut verdicts);
                    issues::check(&case, &mut issues);
                } else {
                    verdicts.skip("health links are recognised and never fetched");
                }
            }
            "jws-payload" | "jwks" => issues::check(&case, &mut issues),
            "fhir-bundle" => issues.skip("bare FHIR bundles are not looked at yet"),
            kind if kind.starts_with("shl-") => issues.skip("health links are not looked at yet"),
            other => verdicts.check(format!("{}: unknown kind {other}", case.id()), false),
        }
    }
    vectors::finish("shc", vec![verdicts, issues]);
}

/// One entry of the index.
pub struct Case<'a> {
    folder: &'a Path,
    value: &'a Value,
}

impl Case<'_> {
    /// Its name.
    pub fn id(&self) -> &str {
        self.value["id"].as_str().expect("an id")
    }

    /// What its files hold.
    pub fn kind(&self) -> &str {
        self.value["kind"].as_str().expect("a kind")
    }

    /// The moment of judging.
    pub fn at(&self) -> UnixTime {
        UnixTime(self.value["at"].as_i64().expect("seconds"))
    }

    /// Its files, in the order of scanning.
    pub fn files(&self) -> Vec<PathBuf> {
        let files = self.value["files"].as_array().expect("files").iter();
        files.map(|file| self.path(file.as_str().expect("a name"))).collect()
    }

    /// Whom to trust.
    pub fn trust(&self) -> &[Value] {
        self.value["trust"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// An option that is a text.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.value["options"][name].as_str()
    }

    /// A member of the entry.
    pub fn member(&self, name: &str) -> &Value {
        &self.value[name]
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The bytes of a file in the folder.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let path = self.path(name);
        std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }
}
