//! What is no expression, and which part of it is to blame.

use serde_json::Value as Any;
use tegata_certificate::jcs;
use tegata_certificate::json::Json;
use tegata_tests::vectors::{self, Manifest, Tally};
use tegata_trust_lists::rules::Expression;

/// Every case. The reference's wording of an issue is its own; the parts count, in order.
pub fn all(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("validation");
    for name in manifest.below("validation", "json") {
        let suite = vectors::json(&manifest.path(name));
        for (place, case) in suite["cases"].as_array().expect("cases").iter().enumerate() {
            let text = case["certLogicExpression"].to_string();
            let expression = Json::parse(text.as_bytes()).expect("JSON");
            let issues = Expression::compile(&expression).err().unwrap_or_default();
            let found: Vec<Any> = issues
                .iter()
                .map(|issue| serde_json::from_str(&jcs::canonical(issue.part)).expect("canonical JSON"))
                .collect();
            let expected: Vec<&Any> = case["issues"].as_array().expect("issues").iter().map(|i| &i["expr"]).collect();
            let held = found.iter().eq(expected.iter().copied());
            tally.outcome(format!("{name} #{place}"), if held { Ok(()) } else { Err(format!("{issues:?}")) });
        }
    }
    tally
}
