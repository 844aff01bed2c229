//! What an expression comes to.

use serde_json::Value as Any;
use tegata_certificate::jcs;
use tegata_certificate::json::Json;
use tegata_tests::vectors::{self, Manifest, Tally};
use tegata_trust_lists::rules::{Expression, Value};

/// Every assertion of every case.
pub fn all(manifest: &Manifest) -> Tally {
    let mut tally = Tally::new("evaluation");
    for name in manifest.below("evaluation", "json") {
        let suite = vectors::json(&manifest.path(name));
        let skips_suite = skips(&suite);
        for case in suite["cases"].as_array().expect("cases") {
            let skips_case = skips_suite || skips(case);
            for (place, assertion) in case["assertions"].as_array().expect("assertions").iter().enumerate() {
                if skips_case || skips(assertion) {
                    tally.skip("the suite says so");
                    continue;
                }
                let expression = assertion.get("certLogicExpression").unwrap_or(&case["certLogicExpression"]);
                let outcome = check(expression, &assertion["data"], &assertion["expected"]);
                tally.outcome(format!("{name} {} #{place}", case["name"]), outcome);
            }
        }
    }
    tally
}

fn skips(part: &Any) -> bool {
    part.get("directive").is_some_and(|directive| directive == "skip")
}

fn check(expression: &Any, data: &Any, expected: &Any) -> Result<(), String> {
    let (expression, data) = (expression.to_string(), data.to_string());
    let expression = Json::parse(expression.as_bytes()).map_err(|error| error.to_string())?;
    let expression = Expression::compile(&expression).map_err(|issues| format!("{issues:?}"))?;
    let data = Json::parse(data.as_bytes()).map_err(|error| error.to_string())?;
    let value = expression.evaluate(&Value::of(&data)).map_err(|error| error.to_string())?;
    let found = jcs::canonical(&value.to_json());
    let found: Any = serde_json::from_str(&found).expect("canonical JSON");
    if found == *expected { Ok(()) } else { Err(format!("{found}, not {expected}")) }
}
