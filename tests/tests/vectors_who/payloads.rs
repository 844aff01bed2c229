//! Unsigned payloads, and the catalogue of products.

use serde_json::Value;
use tegata_certificate::icvp::{self, Generation};
use tegata_certificate::vaccine::{Disease, who};
use tegata_tests::vectors::{self, Tally, cbor_of_json};

use super::{Case, codes};

pub fn check(case: &Case<'_>, tally: &mut Tally) {
    let payload: Value = serde_json::from_slice(&case.bytes()).expect("JSON");
    let payload = cbor_of_json(&payload);
    let generation = Generation::of(&vectors::as_read(&payload)).map(codes::generation_name);
    tally.check(case.name(), generation == case.expected("generation"));
    tally.check(format!("{} schema", case.name()), icvp::findings(&vectors::as_read(&payload)) == Some(Vec::new()));
}

pub fn catalogue(case: &Case<'_>, tally: &mut Tally) {
    let catalogue: Value = serde_json::from_slice(&case.bytes()).expect("JSON");
    let products = catalogue["products"].as_array().expect("products");
    let count = case.value()["expect"]["count"].as_u64();
    tally.check(format!("{} count", case.name()), Some(products.len() as u64) == count);
    for product in products {
        match product["vp"].as_str() {
            Some(id) => tally.check(id, is_listed(id, product)),
            // Of the newer catalogue, of which no map to the older ids is published: ids, of products not known.
            None => {
                let ids = ["id", "name"].map(|key| product[key].as_str().expect("an id"));
                tally.check(ids[0], ids.iter().all(|id| who::is_id(id) && who::find(id).is_none()));
            }
        }
    }
}

fn is_listed(id: &str, product: &Value) -> bool {
    let Some(entry) = who::find(id) else { return false };
    let disease = match product["disease"].as_str() {
        Some("yellow fever") => Disease::YellowFever,
        _ => Disease::Poliomyelitis,
    };
    let doses = product["doses"].as_str().and_then(|doses| doses.parse().ok());
    let diseases = who::diseases(id).unwrap_or_default();
    entry.id() == id && Some(entry.doses) == doses && diseases.contains(&disease)
}
