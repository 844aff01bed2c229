//! Names that are made to act on whoever sees them: the published `display` cases, each as the name in a certificate
//! of ours that is valid.

use crate::codes::{claims, said};
use crate::lists::Lists;
use serde_json::{Value, json};
use std::path::Path;
use tegata_certificate::{Format, Kind, UnixTime};
use tegata_tests::specimen::seal_claims;
use tegata_tests::travel_office::TravelOffice;
use tegata_tests::vectors;

/// A certificate with such a name.
pub struct Display {
    id: String,
    name: String,
    text: String,
}

/// One for each published case; none where the vectors are not here, which is said.
pub fn cases(office: &TravelOffice, now: UnixTime) -> Vec<Display> {
    let Some(family) = vectors::family("crypto") else { return Vec::new() };
    vectors::files_below(&family, "json")
        .iter()
        .flat_map(|path| in_file(path))
        .map(|(id, name)| {
            let names = [("fn", &*name), ("fnt", "DISPLAY"), ("gn", "Hanako"), ("gnt", "HANAKO")];
            let text = seal_claims(&office.keys[1], Format::EuDcc, &claims(Kind::Vaccination, &names, now));
            Display { id, name, text }
        })
        .collect()
}

/// The ids and names of a file's cases.
fn in_file(path: &Path) -> Vec<(String, String)> {
    let file = vectors::json(path);
    let cases = file["cases"].as_array().cloned().unwrap_or_default();
    let display = cases.iter().filter(|case| case["class"] == "display");
    display.filter_map(|case| Some((case["id"].as_str()?.to_owned(), case["text"].as_str()?.to_owned()))).collect()
}

impl Display {
    /// What the tests need of it.
    pub fn to_json(&self, lists: &Lists, now: UnixTime) -> Value {
        let report = said(&lists.verifier(now), &self.text, now);
        json!({ "id": self.id, "name": self.name, "text": self.text, "report": report })
    }
}
