//! The index of a family whose cases stand under `vectors`, each with what must come of it under `expect`.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tegata_certificate::UnixTime;

/// The index of a family, `index.json`.
pub struct Index {
    folder: PathBuf,
    value: Value,
}

impl Index {
    /// The index in a family's folder.
    ///
    /// # Panics
    /// Where it cannot be read or is not JSON.
    #[must_use]
    pub fn read(folder: PathBuf) -> Self {
        Self { value: super::json(&folder.join("index.json")), folder }
    }

    /// Its cases.
    ///
    /// # Panics
    /// Where it has no list of them.
    pub fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        let cases = self.value["vectors"].as_array().expect("vectors");
        cases.iter().map(|value| Case { index: self, value })
    }
}

/// One entry of an [`Index`]. What is read of it panics where it is missing: a case that cannot be read is no check.
pub struct Case<'a> {
    index: &'a Index,
    value: &'a Value,
}

#[allow(clippy::missing_panics_doc, reason = "stated at the type")]
impl<'a> Case<'a> {
    /// A member that is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> &'a str {
        self.value[name].as_str().unwrap_or_else(|| panic!("{}: no {name}", self.value["id"]))
    }

    /// Whether a member is true.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.value[name].as_bool().unwrap_or(false)
    }

    /// What must come of it.
    #[must_use]
    pub fn expected(&self) -> &'a Value {
        &self.value["expect"]
    }

    /// The codes of a list in what must come of it, such as `reasons`; none where there is no such list.
    #[must_use]
    pub fn expected_codes(&self, name: &str) -> Vec<&'a str> {
        self.expected()[name].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// The moment of checking.
    #[must_use]
    pub fn now(&self) -> UnixTime {
        let time = self.value.get("time").unwrap_or(&self.index.value["defaults"]["time"]);
        UnixTime::parse(time.as_str().expect("a time")).expect("RFC 3339")
    }

    /// A file of the family.
    #[must_use]
    pub fn file(&self, name: &str) -> Vec<u8> {
        read(&self.index.folder.join(name))
    }

    /// The file to check.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.file(self.text("file"))
    }

    /// The files of one kind (`csca`, `crl`) in the trust set that the case names; none where it has none of them.
    #[must_use]
    pub fn trusted(&self, kind: &str) -> Vec<Vec<u8>> {
        let set = &self.index.value["trust_sets"][self.text("trust")];
        assert!(set.is_object(), "{}: no such trust set", self.value["id"]);
        let names = set[kind].as_array().into_iter().flatten();
        names.map(|name| self.file(name.as_str().expect("a name"))).collect()
    }
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
