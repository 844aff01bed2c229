//! What surrounds a seal at a border desk: master lists, and what of passports' security objects is the same code
//! (signed messages and chains); machine-readable zones, and the binding of a certificate to the document shown.
//!
//! The folder's index says which cases there are and what must come of each.

mod binding;
mod certificates;
mod health_cards;
mod master_list;
mod mrz;
mod security_object;

use std::path::{Path, PathBuf};

use serde_json::Value;
use tegata_certificate::UnixTime;
use tegata_certificate::x509::Certificate;
use tegata_tests::vectors::{self, Tally};

#[test]
fn every_list_chain_zone_and_binding_of_the_published_vectors_is_judged_as_expected() {
    let Some(folder) = vectors::family("misc") else { return };
    let index = Index { value: vectors::json(&folder.join("index.json")), folder };
    let mut lists = Tally::new("master-list");
    let mut objects = Tally::new("emrtd-pa");
    let mut cards = Tally::new("shc");
    let mut zones = Tally::new("mrz");
    let mut bindings = Tally::new("binding");
    let mut others = Tally::new("others");
    for case in index.cases() {
        match case.text("kind") {
            "master-list" => master_list::check(&case, &mut lists),
            "emrtd-pa" => security_object::check(&case, &mut objects),
            "shc" => health_cards::check(&case, &mut cards),
            "mrz" => mrz::check(&case, &mut zones),
            "binding" => binding::check(&case, &mut bindings),
            kind => others.skip(format!("{kind} is read by no part of this step")),
        }
    }
    let certificates = certificates::all(&index);
    vectors::finish("misc", vec![lists, objects, cards, certificates, zones, bindings, others]);
}

/// The family's index.
pub struct Index {
    folder: PathBuf,
    value: Value,
}

impl Index {
    /// Its cases.
    pub fn cases(&self) -> impl Iterator<Item = Case<'_>> {
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

    /// What must come of it.
    pub fn expected(&self) -> &Value {
        &self.value["expect"]
    }

    /// The moment of checking.
    pub fn now(&self) -> UnixTime {
        let time = self.value.get("time").unwrap_or(&self.index.value["defaults"]["time"]);
        UnixTime::parse(time.as_str().expect("a time")).expect("RFC 3339")
    }

    /// The file to check.
    pub fn bytes(&self) -> Vec<u8> {
        read(&self.index.folder.join(self.text("file")))
    }

    /// The text of another file that it names.
    pub fn file(&self, member: &str) -> String {
        String::from_utf8(read(&self.index.folder.join(self.text(member)))).expect("text")
    }

    /// The reasons that are named for what must come of it.
    pub fn reasons(&self) -> impl Iterator<Item = &str> {
        self.expected()["reasons"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }

    /// Whether only the verdict counts.
    pub fn is_any_reason(&self) -> bool {
        self.value["any_reason"].as_bool().unwrap_or_default()
    }

    /// The certificates that the checker holds for it.
    pub fn trusted(&self) -> Vec<Vec<u8>> {
        let names = self.index.value["trust_sets"][self.text("trust")]["csca"].as_array().expect("a trust set");
        names.iter().map(|name| read(&self.index.folder.join(name.as_str().expect("a name")))).collect()
    }

    /// Counts an outcome: the verdict, and for a refusal one of the named reasons.
    pub fn judge(&self, tally: &mut Tally, outcome: Result<(), &str>) {
        let expected = self.expected();
        let held = match (expected["verdict"].as_str(), outcome) {
            (Some("valid"), Ok(())) => Ok(()),
            (Some("invalid" | "untrusted"), Err(_)) if self.is_any_reason() => Ok(()),
            (Some("invalid" | "untrusted"), Err(code)) if self.reasons().any(|reason| reason == code) => Ok(()),
            // The specifications leave room: either outcome is acceptable, and a panic would end the test.
            _ if self.value["optional"].as_bool().unwrap_or_default() => Ok(()),
            (_, outcome) => Err(format!("{outcome:?}, not {expected}")),
        };
        tally.outcome(self.text("id"), held);
    }
}

/// The bytes of a file.
pub fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Certificates from their DER.
pub fn parsed(ders: &[Vec<u8>]) -> Vec<Certificate<'_>> {
    ders.iter().map(|der| Certificate::from_der(der).expect("a trusted certificate")).collect()
}
