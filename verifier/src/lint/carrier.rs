//! Files of cards.

use super::{IssueCode, Issues, Linter, envelope, trimmed};
use tegata_certificate::json::{Json, Object};
use tegata_certificate::shc::{CarrierError, cards_in};

/// Looks at a file of cards, or an answer with cards, and at each card.
pub(super) fn check(linter: &Linter, name: Option<&str>, bytes: &[u8], issues: &mut Issues) {
    let bytes = trimmed(bytes, "file", issues);
    let Ok(file) = Object::parse(bytes) else {
        return issues.error(IssueCode::JsonParseError, "file");
    };
    let is_answer = file.get("resourceType").and_then(Json::as_text) == Some("Parameters");
    // The answer of a server has no name of its own.
    if !is_answer && name.is_some_and(|name| !name.to_ascii_lowercase().ends_with(".smart-health-card")) {
        issues.warning(IssueCode::InvalidFileExtension, "file name");
    }
    match cards_in(bytes) {
        Ok(cards) => {
            for (place, card) in cards.iter().enumerate() {
                envelope::check(linter, card, &format!("card {}", place + 1), issues);
            }
        }
        Err(CarrierError::Empty | CarrierError::Form) => issues.error(IssueCode::CriticalDataMissing, "file"),
        Err(CarrierError::Card | CarrierError::TooLarge) => issues.error(IssueCode::SchemaError, "file"),
    }
}
