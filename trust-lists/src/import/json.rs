//! JSON of others, in which no name stands twice.
//!
//! Parsers disagree on which of two equal names wins (RFC 8259 section 4), so a list that repeats one says
//! different things to different readers, and a signature holds for all of them.

use super::{ImportError, MAX_IMPORT};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// A value from its text.
pub(super) fn parse(text: &[u8], what: &'static str) -> Result<Value, ImportError> {
    if text.len() > MAX_IMPORT {
        return Err(ImportError::TooLarge);
    }
    // A byte order mark is no JSON, and real lists begin with one.
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut reader).map_err(|_| ImportError::Form(what))?;
    reader.end().map_err(|_| ImportError::Form(what))?;
    Ok(value)
}

/// The member of that name, if it is a text.
pub(super) fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Self)?;
            if object.insert(name, value).is_some() {
                return Err(A::Error::custom("a name stands twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_depth() {
        for good in [r#"{"a":1,"b":{"a":[null,true,-1,1.5,"x"]}}"#, "\u{feff}[]"] {
            assert!(parse(good.as_bytes(), "JSON").is_ok(), "{good}");
        }
        for bad in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":1}"#, r#"[{"b":[{"c":1,"c":2}]}]"#, "{} {}", "{", ""] {
            assert_eq!(parse(bad.as_bytes(), "JSON"), Err(ImportError::Form("JSON")), "{bad}");
        }
        let deep = "[".repeat(100_000);
        assert!(parse(deep.as_bytes(), "JSON").is_err());
    }
}
