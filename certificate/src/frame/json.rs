//! JSON objects in which no name stands twice.
//!
//! Parsers disagree on which of two equal names wins (RFC 8259 section 4), so a header or key
//! that repeats one means different things to different verifiers. `serde_json` keeps the last;
//! here it is an error, at every depth.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// A JSON value whose objects hold each name once.
#[derive(Clone, PartialEq, Debug)]
pub enum Json {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as near as a double has it: whole up to 2^53, which no time or version exceeds.
    Number(f64),
    /// A text.
    Text(String),
    /// A list.
    List(Vec<Self>),
    /// An object, in the order of its text.
    Object(Object),
}

impl Json {
    /// A value from its text; blanks around it are allowed, anything else is not.
    ///
    /// # Errors
    /// [`NotJson`].
    pub fn parse(text: &[u8]) -> Result<Self, NotJson> {
        serde_json::from_slice(text).map_err(|_| NotJson)
    }

    /// The text, of a value that is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The number, of a value that is one.
    #[must_use]
    pub fn as_number(&self) -> Option<f64> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// The items, of a value that is a list.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Self::List(items) = self { Some(items) } else { None }
    }

    /// The members, of a value that is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Object> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The items of a list that holds texts only.
    ///
    /// # Errors
    /// [`NotJson`] for any other value.
    pub fn texts(&self) -> Result<Vec<&str>, NotJson> {
        let Self::List(items) = self else {
            return Err(NotJson);
        };
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            let Self::Text(text) = item else { return Err(NotJson) };
            texts.push(text.as_str());
        }
        Ok(texts)
    }
}

/// The members of an object.
#[derive(Clone, PartialEq, Debug)]
pub struct Object(Vec<(String, Json)>);

/// Not one JSON value, or one that repeats a name or is nested too deeply (128 levels).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotJson;

impl Object {
    /// An object from its text.
    ///
    /// # Errors
    /// [`NotJson`], also for a JSON value that is no object.
    pub fn parse(text: &[u8]) -> Result<Self, NotJson> {
        match Json::parse(text) {
            Ok(Json::Object(object)) => Ok(object),
            _ => Err(NotJson),
        }
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The members in the order of their text.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Json)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The member of that name, if it is there.
    ///
    /// # Errors
    /// [`NotJson`] where it is no text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, NotJson> {
        match self.get(name) {
            None => Ok(None),
            Some(Json::Text(text)) => Ok(Some(text)),
            Some(_) => Err(NotJson),
        }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

/// Names up to which comparing each with each is quicker than sorting.
const FEW: usize = 12;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json, E> {
        Ok(Json::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Json, A::Error> {
        let mut object: Vec<(String, Json)> = Vec::new();
        while let Some((name, value)) = members.next_entry()? {
            object.push((name, value));
        }
        // Nearly every object has a few names: compared pair by pair, nothing is allocated.
        if object.len() <= FEW {
            let repeats =
                object.iter().enumerate().any(|(at, (name, _))| object.iter().take(at).any(|(n, _)| n == name));
            return if repeats {
                Err(A::Error::custom("a name stands twice"))
            } else {
                Ok(Json::Object(Object(object)))
            };
        }
        // Sorting names keeps this linear-logarithmic for an object of many thousands.
        let mut names: Vec<&str> = object.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(A::Error::custom("a name stands twice"));
        }
        Ok(Json::Object(Object(object)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_depth() {
        assert!(Object::parse(br#"{"a":1,"b":{"a":1}}"#).is_ok());
        assert_eq!(Object::parse(br#"{"a":1,"a":1}"#), Err(NotJson));
        assert_eq!(Object::parse(br#"{"a":1,"\u0061":1}"#), Err(NotJson));
        assert_eq!(Object::parse(br#"{"a":[{"b":null,"b":1.5}]}"#), Err(NotJson));
        let many = |last: &str| {
            let names: Vec<String> = (0..100).map(|n| format!("\"n{n}\":{n}")).collect();
            format!("{{{},\"{last}\":null}}", names.join(","))
        };
        assert!(Object::parse(many("last").as_bytes()).is_ok());
        assert_eq!(Object::parse(many("n99").as_bytes()), Err(NotJson));
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for text in ["", "[]", "\"a\"", "{", "{}{}", "{} x", "{'a':1}", "\u{feff}{}"] {
            assert_eq!(Object::parse(text.as_bytes()), Err(NotJson), "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(4_000), "]".repeat(4_000));
        assert_eq!(Object::parse(deep.as_bytes()), Err(NotJson));
    }
}
