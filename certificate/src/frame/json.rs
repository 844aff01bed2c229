//! JSON values in which no name stands twice (RFC 8259), read so that one text means one value.
//!
//! Parsers disagree on which of two equal names wins (section 4), so a header or key that repeats one
//! means different things to different verifiers; here it is an error, at every depth. So are half of a
//! surrogate pair and a number beyond the double's range.

mod number;
mod reader;

pub(super) use number::write as write_number;

use std::borrow::Cow;

/// The deepest nesting that is read where a caller asks for nothing stricter.
pub const DEPTH_MAX: usize = 128;

/// A JSON value whose objects hold each name once. Texts without escapes are lent from the input.
#[derive(Clone, PartialEq, Debug)]
pub enum Json<'a> {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number, as the double nearest to it; always finite.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(Object<'a>),
}

/// Why a text is not JSON that is read here.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotJson {
    /// Not one JSON value of the kind that was asked for, or with a number that no double holds, or half of a
    /// surrogate pair.
    #[error("not one JSON value")]
    Malformed,
    /// A name stands twice in an object.
    #[error("a name stands twice")]
    RepeatedName,
    /// Nested more deeply than allowed.
    #[error("nested too deeply")]
    TooDeep,
}

impl<'a> Json<'a> {
    /// Reads exactly one value of up to [`DEPTH_MAX`] levels; blanks around it are allowed, anything else is not.
    ///
    /// # Errors
    /// [`NotJson`].
    pub fn parse(text: &'a [u8]) -> Result<Self, NotJson> {
        Self::parse_within(std::str::from_utf8(text).map_err(|_| NotJson::Malformed)?, DEPTH_MAX)
    }

    /// Reads exactly one value of up to `depth_max` levels, at most [`DEPTH_MAX`].
    ///
    /// # Errors
    /// [`NotJson`].
    pub fn parse_within(text: &'a str, depth_max: usize) -> Result<Self, NotJson> {
        reader::read(text, depth_max.min(DEPTH_MAX))
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
    pub fn as_object(&self) -> Option<&Object<'a>> {
        if let Self::Object(object) = self { Some(object) } else { None }
    }

    /// The items of a list that holds texts only.
    ///
    /// # Errors
    /// [`NotJson::Malformed`] for any other value.
    pub fn texts(&self) -> Result<Vec<&str>, NotJson> {
        let items = self.as_list().ok_or(NotJson::Malformed)?;
        let mut texts = Vec::with_capacity(items.len());
        for item in items {
            texts.push(item.as_text().ok_or(NotJson::Malformed)?);
        }
        Ok(texts)
    }
}

/// The text of an object's member, found without reading the others, to learn from it who may have signed the object.
/// Whoever reads it afterwards refuses what is amiss in them.
pub(crate) fn skim<'a>(text: &'a [u8], name: &str) -> Option<Cow<'a, str>> {
    reader::skim(std::str::from_utf8(text).ok()?, name).ok().flatten()
}

/// The members of an object, each name once, in the order of its text.
#[derive(Clone, PartialEq, Debug)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// An object from its text.
    ///
    /// # Errors
    /// [`NotJson`]; [`NotJson::Malformed`] also for a JSON value that is no object.
    pub fn parse(text: &'a [u8]) -> Result<Self, NotJson> {
        match Json::parse(text)? {
            Json::Object(object) => Ok(object),
            _ => Err(NotJson::Malformed),
        }
    }

    /// An object of these members.
    ///
    /// # Errors
    /// [`NotJson::RepeatedName`].
    pub fn of(members: Vec<(Cow<'a, str>, Json<'a>)>) -> Result<Self, NotJson> {
        if repeats(&members) { Err(NotJson::RepeatedName) } else { Ok(Self(members)) }
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The members in the order of their text.
    pub fn members(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// The member of that name, if it is there.
    ///
    /// # Errors
    /// [`NotJson::Malformed`] where it is no text.
    pub fn text(&self, name: &str) -> Result<Option<&str>, NotJson> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_text().map(Some).ok_or(NotJson::Malformed),
        }
    }
}

/// Names up to which comparing each with each is quicker than a tree of them.
const FEW: usize = 12;

fn repeats(members: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    // Nearly every object has a few names: compared pair by pair, nothing is allocated.
    if members.len() <= FEW {
        return members.iter().enumerate().any(|(at, (name, _))| members.iter().take(at).any(|(n, _)| n == name));
    }
    // The tree keeps this linear-logarithmic for an object of many thousands.
    let mut names = std::collections::BTreeSet::new();
    !members.iter().all(|(name, _)| names.insert(name.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_depth() {
        assert!(Object::parse(br#"{"a":1,"b":{"a":1}}"#).is_ok());
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":1}"#, r#"{"a":[{"b":null,"b":1.5}]}"#] {
            assert_eq!(Object::parse(text.as_bytes()), Err(NotJson::RepeatedName), "{text}");
        }
        let many = |last: &str| {
            let names: Vec<String> = (0..100).map(|n| format!("\"n{n}\":{n}")).collect();
            format!("{{{},\"{last}\":null}}", names.join(","))
        };
        assert!(Object::parse(many("last").as_bytes()).is_ok());
        assert_eq!(Object::parse(many("n99").as_bytes()), Err(NotJson::RepeatedName));
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for text in ["", "[]", "\"a\"", "{", "{}{}", "{} x", "{'a':1}", "\u{feff}{}"] {
            assert_eq!(Object::parse(text.as_bytes()), Err(NotJson::Malformed), "{text}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(4_000), "]".repeat(4_000));
        assert_eq!(Object::parse(deep.as_bytes()), Err(NotJson::TooDeep));
    }
}
