//! The members of a payload shaped like JSON, read leniently.

use super::super::PayloadError;
use crate::country::Country;
use crate::date::Date;
use crate::frame::cbor::Value;

/// A map with text keys.
#[derive(Clone, Copy)]
pub struct Members<'a>(&'a [(Value<'a>, Value<'a>)]);

impl<'a> Members<'a> {
    /// Its members, if it is a map.
    pub fn of(value: &'a Value<'a>) -> Option<Self> {
        value.as_map().map(Self)
    }

    /// The member, unless it is absent or null.
    pub fn get(self, key: &str) -> Option<&'a Value<'a>> {
        self.raw(key).filter(|value| **value != Value::Null)
    }

    /// A text.
    pub fn text(self, key: &str) -> Option<String> {
        self.get(key).and_then(text).map(str::to_owned)
    }

    /// The member, null or not.
    pub fn raw(self, key: &str) -> Option<&'a Value<'a>> {
        self.0.iter().find(|(name, _)| name.is(key)).map(|(_, value)| value)
    }

    /// The entries of a group; Bulgaria writes null for a group that is not there.
    pub fn entries(self, key: &str) -> Result<&'a [Value<'a>], PayloadError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(group) => group.as_array().ok_or(PayloadError::Structure),
        }
    }

    /// A whole number, also where it is written as 2.0.
    pub fn number(self, key: &str) -> Option<u64> {
        match self.get(key)? {
            Value::Unsigned(n) => Some(*n),
            Value::Float(n) if n.fract() == 0.0 && (0.0..=9e15).contains(n) => Some(*n as u64),
            _ => None,
        }
    }

    /// A day, also where a time follows it.
    pub fn date(self, key: &str) -> Option<Date> {
        let text = self.get(key).and_then(text)?;
        Date::parse(text.get(..10)?).filter(|_| is_day_or_moment(text))
    }

    /// A country by its two letters.
    pub fn country(self, key: &str) -> Option<Country> {
        self.get(key).and_then(text).and_then(Country::parse)
    }
}

/// A text, also where it carries the tag of a date (RFC 8949 section 3.4.1).
pub fn text<'a>(value: &'a Value<'_>) -> Option<&'a str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Tag(0 | 1004, inner) => inner.as_text(),
        _ => None,
    }
}

/// Whether a text of at least ten characters is a day, or a day and what begins a time.
pub fn is_day_or_moment(text: &str) -> bool {
    text.len() == 10 || matches!(text.as_bytes().get(10), Some(b'T' | b't' | b' '))
}
