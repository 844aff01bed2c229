//! JSON and CBOR values in one form, so that they can be compared as values.

use std::collections::BTreeMap;

use ciborium::Value as Cbor;
use serde_json::Value as Json;
use tegata_certificate::UnixTime;
use unicode_normalization::UnicodeNormalization;

/// How much is taken for the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reading {
    /// Values as they are; only the order of members and the width of numbers are no matter.
    Exact,
    /// Also: texts in NFC, members that are null left out, stamps by their moment.
    Loose,
}

/// A value that was JSON or CBOR.
#[derive(Clone, PartialEq, PartialOrd, Debug)]
pub enum Plain {
    /// Null.
    Null,
    /// True or false.
    Bool(bool),
    /// A number; whole numbers of either kind compare equal up to 2^53.
    Number(f64),
    /// A text.
    Text(String),
    /// A date with a time and what follows the seconds, by its moment.
    Moment(i64, String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<Self>),
    /// Members by their keys; keys that are not texts are written as numbers after `#`.
    Object(BTreeMap<String, Self>),
    /// A CBOR tag other than those of dates.
    Tagged(u64, Box<Self>),
}

impl Plain {
    /// A JSON value.
    #[must_use]
    pub fn from_json(value: &Json, reading: Reading) -> Self {
        match value {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(value) => Self::Number(value.as_f64().unwrap_or(f64::NAN)),
            Json::String(value) => text(value, reading),
            Json::Array(list) => Self::List(list.iter().map(|item| Self::from_json(item, reading)).collect()),
            Json::Object(members) => {
                object(members.iter().map(|(k, v)| (k.clone(), Self::from_json(v, reading))), reading)
            }
        }
    }

    /// A CBOR value. The tags 0 and 1 of dates stand for the text they mean.
    #[must_use]
    pub fn from_cbor(value: &Cbor, reading: Reading) -> Self {
        match value {
            Cbor::Null => Self::Null,
            Cbor::Bool(value) => Self::Bool(*value),
            #[allow(clippy::cast_precision_loss, reason = "stated at the variant")]
            Cbor::Integer(value) => Self::Number(i128::from(*value) as f64),
            Cbor::Float(value) => Self::Number(*value),
            Cbor::Text(value) => text(value, reading),
            Cbor::Bytes(value) => Self::Bytes(value.clone()),
            Cbor::Array(list) => Self::List(list.iter().map(|item| Self::from_cbor(item, reading)).collect()),
            Cbor::Map(members) => object(members.iter().map(|(k, v)| (key(k), Self::from_cbor(v, reading))), reading),
            Cbor::Tag(0, inner) => Self::from_cbor(inner, reading),
            Cbor::Tag(1, inner) if reading == Reading::Loose => match &**inner {
                Cbor::Integer(seconds) => match i64::try_from(*seconds) {
                    Ok(seconds) => Self::Moment(seconds, String::new()),
                    Err(_) => Self::Tagged(1, Box::new(Self::from_cbor(inner, reading))),
                },
                _ => Self::Tagged(1, Box::new(Self::from_cbor(inner, reading))),
            },
            Cbor::Tag(tag, inner) => Self::Tagged(*tag, Box::new(Self::from_cbor(inner, reading))),
            other => Self::Text(format!("unknown kind of CBOR value: {other:?}")),
        }
    }
}

/// A JSON value as CBOR: whole numbers as integers, as an issuer would write it.
#[must_use]
pub fn cbor_of_json(value: &Json) -> Cbor {
    match value {
        Json::Null => Cbor::Null,
        Json::Bool(value) => Cbor::Bool(*value),
        Json::Number(value) => match (value.as_i64(), value.as_u64()) {
            (Some(whole), _) => Cbor::from(whole),
            (_, Some(whole)) => Cbor::from(whole),
            _ => Cbor::Float(value.as_f64().unwrap_or(f64::NAN)),
        },
        Json::String(value) => Cbor::Text(value.clone()),
        Json::Array(list) => Cbor::Array(list.iter().map(cbor_of_json).collect()),
        Json::Object(members) => {
            Cbor::Map(members.iter().map(|(k, v)| (Cbor::Text(k.clone()), cbor_of_json(v))).collect())
        }
    }
}

/// A value as our own reader finds it in a message.
///
/// # Panics
/// If it is larger than a certificate may be.
#[must_use]
pub fn as_read(value: &Cbor) -> tegata_certificate::cbor::Value<'static> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("writing to memory");
    tegata_certificate::cbor::Value::parse(&bytes).expect("within the bounds of a certificate").into_owned()
}

fn key(key: &Cbor) -> String {
    match key {
        Cbor::Text(text) => text.clone(),
        Cbor::Integer(number) => format!("#{}", i128::from(*number)),
        other => format!("#{other:?}"),
    }
}

fn object(members: impl Iterator<Item = (String, Plain)>, reading: Reading) -> Plain {
    let kept = |(_, value): &(String, Plain)| reading == Reading::Exact || *value != Plain::Null;
    Plain::Object(members.filter(kept).collect())
}

fn text(text: &str, reading: Reading) -> Plain {
    if reading == Reading::Exact {
        return Plain::Text(text.to_owned());
    }
    match moment(text) {
        Some((seconds, fraction)) => Plain::Moment(seconds, fraction),
        None => Plain::Text(text.nfc().collect()),
    }
}

/// A date with a time, as seconds and the digits of their fraction without closing zeros.
fn moment(text: &str) -> Option<(i64, String)> {
    if text.as_bytes().get(10) != Some(&b'T') {
        return None;
    }
    let after_seconds = text.get(19..).unwrap_or_default();
    let fraction = after_seconds.strip_prefix('.').unwrap_or_default();
    let digits: String = fraction.chars().take_while(char::is_ascii_digit).collect();
    Some((UnixTime::parse(text)?.0, digits.trim_end_matches('0').to_owned()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_loose_reading_knows_only_the_stated_differences() {
        let loose = |value: &Json| Plain::from_json(value, Reading::Loose);
        let base = json!({"a": "é", "t": "2021-05-03T10:27:15Z"});
        assert_eq!(loose(&base), loose(&json!({"t": "2021-05-03T12:27:15+02:00", "a": "e\u{301}", "n": null})));
        assert_ne!(loose(&base), loose(&json!({"a": "é", "t": "2021-05-03T10:27:15.5Z"})));
        assert_ne!(loose(&base), loose(&json!({"a": "e", "t": "2021-05-03T10:27:15Z"})));
        assert_ne!(loose(&json!("2021-05-03")), loose(&json!("2021-05-03T00:00:00Z")));
    }

    #[test]
    fn an_exact_reading_keeps_nulls_and_spellings() {
        let exact = |value: &Json| Plain::from_json(value, Reading::Exact);
        assert_ne!(exact(&json!({"a": null})), exact(&json!({})));
        assert_ne!(exact(&json!("é")), exact(&json!("e\u{301}")));
        assert_eq!(exact(&json!({"a": 1, "b": 2})), exact(&json!({"b": 2, "a": 1.0})));
    }
}
