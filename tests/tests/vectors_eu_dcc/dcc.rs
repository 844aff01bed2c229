//! What a health certificate's message says, taken apart without believing anything.

use ciborium::Value as Cbor;
use tegata_certificate::{Format, Kind, Sealed, base45, cbor::Profile, deflate};

/// CWT claims (RFC 8392) and the place of the payload in them (hcert-spec 3.3.1).
pub const EXPIRES_AT: i64 = 4;
pub const ISSUED_AT: i64 = 6;
const HCERT: i64 = -260;
const EU_DCC_V1: i64 = 1;

/// The bytes of the message inside a text, however the product would judge them.
pub fn message_of_text(text: &str) -> Option<Vec<u8>> {
    deflate::inflate(&base45::decode(text.strip_prefix("HC1:")?).ok()?).ok()
}

pub fn sealed(message: Vec<u8>) -> Option<Sealed> {
    Sealed::from_message(message, Format::EuDcc, Profile::Lenient).ok()
}

/// The claims of a message.
pub fn claims(sealed: &Sealed) -> Option<Cbor> {
    ciborium::from_reader(sealed.unverified_payload()).ok()
}

/// A claim by its number.
pub fn claim(claims: &Cbor, number: i64) -> Option<&Cbor> {
    let members = claims.as_map()?;
    members.iter().find(|(key, _)| *key == Cbor::from(number)).map(|(_, value)| value)
}

/// The payload in the claims.
pub fn payload(claims: &Cbor) -> Option<&Cbor> {
    claim(claim(claims, HCERT)?, EU_DCC_V1)
}

/// Seconds, whole or not.
pub fn seconds(value: &Cbor) -> Option<f64> {
    match value {
        #[allow(clippy::cast_precision_loss, reason = "times of this era are exact")]
        Cbor::Integer(whole) => Some(i128::from(*whole) as f64),
        Cbor::Float(seconds) => Some(*seconds),
        _ => None,
    }
}

/// The kinds of entries that a payload holds.
pub fn kinds(payload: &Cbor) -> Vec<Kind> {
    let members = payload.as_map().map(Vec::as_slice).unwrap_or_default();
    let holds = |name: &str| members.iter().any(|(key, value)| key.as_text() == Some(name) && !value.is_null());
    let all = [("v", Kind::Vaccination), ("t", Kind::Test), ("r", Kind::Recovery)];
    all.into_iter().filter(|(name, _)| holds(name)).map(|(_, kind)| kind).collect()
}
