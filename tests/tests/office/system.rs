//! Another system, by its token.

use crate::browser::{Answer, Browser};
use crate::place::{BIRTH, NEAR, Place, now};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tegata_issuer::AccountEntry;
use tegata_issuer::office::Role;

/// A system that calls.
pub struct System {
    browser: Browser,
    pub token: String,
}

impl System {
    /// A system with an account at that station.
    pub fn new(place: &Place, station: &str) -> Self {
        Self::with_roles(place, &format!("vendor-{station}"), &[Role::System], station)
    }

    /// An account with a token and these roles.
    pub fn with_roles(place: &Place, name: &str, roles: &[Role], station: &str) -> Self {
        let token = format!("tegata_{name}_0123456789abcdef0123456789abcdef");
        let account = AccountEntry {
            name: name.to_owned(),
            display: name.to_owned(),
            roles: roles.iter().map(|role| role.name().to_owned()).collect(),
            station: station.to_owned(),
            password: None,
            token: Some(Sha256::digest(&token).into()),
            is_disabled: false,
            changed_at: now(),
        };
        place.register(|register| register.add_account(&account).expect("adds an account"));
        Self { browser: place.browser(), token }
    }

    /// Calls with a body in JSON.
    pub fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.send(path, "application/json", &body.to_string(), &[])
    }

    /// Calls with a body of that kind, and with more headers.
    pub fn send(&mut self, path: &str, kind: &str, body: &str, more: &[(&str, &str)]) -> Answer {
        let token = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", token.as_str()), ("content-type", kind)];
        headers.extend_from_slice(more);
        self.browser.ask("POST", &format!("/api/v1/{path}"), &headers, body)
    }

    /// Calls without a body.
    pub fn get(&mut self, path: &str) -> Answer {
        let token = format!("Bearer {}", self.token);
        self.browser.ask("GET", &format!("/api/v1/{path}"), &[("authorization", &token)], "")
    }
}

/// About whom a system asks.
pub fn whom(number: &str, birth: &str) -> Value {
    json!({ "number": number, "birth": birth, "purpose": "inquiry" })
}

/// Somebody whom `near` serves.
pub fn near() -> Value {
    whom(NEAR, BIRTH)
}

/// What an answer says, if it is JSON.
pub fn said(answer: &Answer) -> Value {
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{}: no JSON: {}", answer.status, answer.body))
}

/// The stable word of a problem document; it is one.
pub fn problem(answer: &Answer) -> String {
    assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{}", answer.body);
    assert_eq!(answer.headers("set-cookie").count(), 0, "a cookie");
    let problem = said(answer);
    assert_eq!(problem["status"], answer.status, "{problem}");
    for told in ["type", "title", "title_ja"] {
        assert!(problem[told].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
    problem["code"].as_str().expect("a code").to_owned()
}

/// A good row of somebody new.
pub fn row(number: &str, name: &str) -> Value {
    json!({
        "resident_id": number, "name": name, "birth_date": "1975-02-03", "dose_no": "1", "vaccinated_on": "2021-06-21",
        "maker": "ファイザー", "lot": "TX1014", "municipality_code": "131016",
    })
}

/// A body that fits that call, about that person.
pub fn fitting(path: &str, person: Value) -> (&'static str, Value) {
    let body = match path.trim_start_matches("/api/v1/") {
        "certificates/issue" => json!({ "person": person, "for": "domestic" }),
        "certificates/print" => json!({ "person": person, "format": "compact", "paper": "kiosk" }),
        "certificates/withdraw" => json!({ "person": person, "change": "withdraw" }),
        "approvals/ask" => json!({ "person": person, "kind": "revoke", "why": "The register says otherwise" }),
        "records/correct" => json!({
            "person": person, "reason": "clerical", "edits": [{ "edit": "person", "fact": "kana", "value": "ヤマダ　ハナ" }],
        }),
        "imports" => json!({ "rows": [row("77", "田中　実")] }),
        "imports/fhir" => return ("application/fhir+json", json!({ "resourceType": "Bundle", "type": "collection" })),
        "records/read" | "records/fhir" | "certificates/states" => person,
        "station" => json!({}),
        other => panic!("{other}: say here what fits it"),
    };
    ("application/json", body)
}
