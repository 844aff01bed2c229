//! What carries several cards at once: `.smart-health-card` files, and the answer of FHIR's
//! `$health-cards-issue` operation.

use crate::frame::json::{Json, Object};
use crate::frame::jws::TEXT_MAX;

/// The most cards that one file is read for.
pub const CARDS_MAX: usize = 100;

/// No file of cards is longer, in bytes.
const FILE_MAX: usize = 4 * TEXT_MAX;

/// Why a file gives no cards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CarrierError {
    /// Not JSON, or no object of one of the two kinds.
    #[error("not a file of health cards")]
    Form,
    /// One of the two kinds, but what should be a card is no text.
    #[error("a health card in the file is no text")]
    Card,
    /// No card in it.
    #[error("no health card in the file")]
    Empty,
    /// More bytes, or more cards, than are read.
    #[error("the file of health cards is too large")]
    TooLarge,
}

/// The cards of a file, each a JWS in compact form that is not looked at: `{"verifiableCredential": [JWS, …]}`, or a
/// FHIR `Parameters` resource with a `verifiableCredential` for each card.
///
/// # Errors
/// [`CarrierError`].
pub fn cards_in(file: &[u8]) -> Result<Vec<String>, CarrierError> {
    if file.len() > FILE_MAX {
        return Err(CarrierError::TooLarge);
    }
    // Some libraries begin a file with a byte order mark.
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let object = Object::parse(file).map_err(|_| CarrierError::Form)?;
    let cards: Result<Vec<String>, CarrierError> = match (object.get("verifiableCredential"), object.get("parameter")) {
        (Some(Json::List(cards)), _) => cards.iter().map(card).collect(),
        (Some(_), _) => Err(CarrierError::Card),
        (None, Some(Json::List(parameters))) if is_parameters(&object) => {
            let named = |name: &str, parameter: &Json<'_>| {
                parameter.as_object().and_then(|part| part.get("name")).and_then(Json::as_text) == Some(name)
            };
            let cards = parameters.iter().filter(|parameter| named("verifiableCredential", parameter));
            cards
                .map(|part| {
                    part.as_object().and_then(|part| part.get("valueString")).map_or(Err(CarrierError::Card), card)
                })
                .collect()
        }
        (None, _) if is_parameters(&object) => Ok(Vec::new()),
        (None, _) => Err(CarrierError::Form),
    };
    let cards = cards?;
    match cards.len() {
        0 => Err(CarrierError::Empty),
        1..=CARDS_MAX => Ok(cards),
        _ => Err(CarrierError::TooLarge),
    }
}

fn is_parameters(object: &Object<'_>) -> bool {
    object.get("resourceType").and_then(Json::as_text) == Some("Parameters")
}

fn card(value: &Json<'_>) -> Result<String, CarrierError> {
    value.as_text().map(str::to_owned).ok_or(CarrierError::Card)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_files_give_their_cards_in_order() {
        let file = b"\xef\xbb\xbf {\"verifiableCredential\": [\"a.b.c\", \"d.e.f\"]}\n";
        assert_eq!(cards_in(file), Ok(vec!["a.b.c".to_owned(), "d.e.f".to_owned()]));
        let answer =
            br#"{"resourceType":"Parameters","parameter":[{"name":"verifiableCredential","valueString":"a.b.c"},
            {"name":"resourceLink","part":[]},{"name":"verifiableCredential","valueString":"d.e.f"}]}"#;
        assert_eq!(cards_in(answer), Ok(vec!["a.b.c".to_owned(), "d.e.f".to_owned()]));
    }

    #[test]
    fn a_file_without_cards_or_with_something_else_is_refused() {
        let many = format!("{{\"verifiableCredential\":[{}\"a\"]}}", "\"a\",".repeat(CARDS_MAX));
        let large = format!("{{\"verifiableCredential\":[\"{}\"]}}", "a".repeat(FILE_MAX));
        for (file, why) in [
            ("{\"verifiableCredential\":[]}", CarrierError::Empty),
            ("{\"resourceType\":\"Parameters\"}", CarrierError::Empty),
            ("{\"resourceType\":\"Parameters\",\"parameter\":[]}", CarrierError::Empty),
            ("{\"resourceType\":\"Bundle\",\"parameter\":[]}", CarrierError::Form),
            ("{\"verifiableCredential\":\"a.b.c\"}", CarrierError::Card),
            ("{\"verifiableCredential\":[1]}", CarrierError::Card),
            ("{\"verifiableCredential\":[\"a\"],\"verifiableCredential\":[\"b\"]}", CarrierError::Form),
            ("[]", CarrierError::Form),
            ("", CarrierError::Form),
            (many.as_str(), CarrierError::TooLarge),
            (large.as_str(), CarrierError::TooLarge),
        ] {
            assert_eq!(cards_in(file.as_bytes()), Err(why), "{}", file.get(..60).unwrap_or(file));
        }
    }
}
