//! JSON values and their canonical form, the JSON Canonicalization Scheme (RFC 8785).
//!
//! What is signed is the canonical form of what was received, so two readers that take one text for two
//! values would let a signer (or a forger) show one and sign the other. The reader here is therefore
//! stricter than most: a name that stands twice, half of a surrogate pair, and a number beyond the
//! double's range are refused. Depth is bounded; so is the length, by whoever hands the text in.

mod number;
mod reader;

pub use reader::NotCanonicalizable;

use std::borrow::Cow;

/// Nesting of the deepest value that is read.
pub const DEPTH_MAX: usize = 16;

/// A JSON value. Texts without escapes are lent from the input.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// null
    Null,
    /// true or false
    Bool(bool),
    /// A number, as the double that RFC 8785 makes of it; always finite.
    Number(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(Members<'a>),
}

/// The members of an object in canonical order, each name once.
#[derive(Clone, PartialEq, Debug)]
pub struct Members<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

impl<'a> Value<'a> {
    /// Reads exactly one value, white space around it allowed (RFC 8259 section 2).
    ///
    /// # Errors
    /// [`NotCanonicalizable`].
    pub fn parse(text: &'a str) -> Result<Self, NotCanonicalizable> {
        reader::read(text)
    }

    /// The canonical form.
    #[must_use]
    pub fn canonical(&self) -> String {
        let mut out = String::with_capacity(1024);
        self.write(&mut out);
        out
    }

    /// The members, if it is an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&Members<'a>> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(number) => number::write(*number, out),
            Self::Text(text) => write_text(text, out),
            Self::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Self::Object(Members(members)) => {
                out.push('{');
                for (place, (name, value)) in members.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl<'a> Members<'a> {
    /// Puts members into canonical order: by the UTF-16 code units of their names (section 3.2.3).
    /// `None` if a name stands twice.
    #[must_use]
    pub fn new(mut members: Vec<(Cow<'a, str>, Value<'a>)>) -> Option<Self> {
        // Names without code points beyond U+FFFF sort by their bytes as they do by their units.
        members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
        let twice = members.array_windows().any(|[(a, _), (b, _)]| a == b);
        if twice { None } else { Some(Self(members)) }
    }

    /// The member of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value<'a>> {
        self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The names, in canonical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }
}

/// A text in quotes, with just the escapes that must be (section 3.2.2.2).
fn write_text(text: &str, out: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push('"');
    let mut rest = text;
    while let Some(place) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let (plain, from) = rest.split_at(place);
        out.push_str(plain);
        let byte = from.as_bytes().first().copied().unwrap_or_default();
        out.push('\\');
        match byte {
            b'"' | b'\\' => out.push(char::from(byte)),
            0x08 => out.push('b'),
            b'\t' => out.push('t'),
            b'\n' => out.push('n'),
            0x0c => out.push('f'),
            b'\r' => out.push('r'),
            other => {
                out.push_str("u00");
                out.push(HEX[usize::from(other >> 4)]);
                out.push(HEX[usize::from(other & 15)]);
            }
        }
        rest = from.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> Result<String, NotCanonicalizable> {
        Value::parse(text).map(|value| value.canonical())
    }

    /// RFC 8785 section 3.2.3: a name beyond U+FFFF sorts before one at U+FB33.
    #[test]
    fn names_sort_by_utf_16_units() {
        let text = "{\"€\":1,\"\\r\":2,\"\u{fb33}\":3,\"1\":4,\"😀\":5,\"\\u0080\":6,\"ö\":7}";
        let expected = "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}";
        assert_eq!(canonical(text).as_deref(), Ok(expected));
    }

    /// RFC 8785 section 3.2.2.
    #[test]
    fn the_example_of_the_rfc_is_written_as_there() {
        let text = r#"{
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }"#;
        let expected = concat!(
            r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"#,
            r#""string":"€$\u000f\nA'B\"\\\\\"/"}"#
        );
        assert_eq!(canonical(text).as_deref(), Ok(expected));
    }

    #[test]
    fn a_canonical_form_is_its_own() {
        for text in ["null", "[]", "{}", r#"{"a":{"b":[1,2.5,-3e-7,""]},"b":false}"#, "\"\u{7f}\u{2028}\""] {
            assert_eq!(canonical(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn a_name_that_stands_twice_is_refused_at_every_depth() {
        for text in [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"[{"b":[{"a":1,"c":2,"a":3}]}]"#] {
            assert_eq!(canonical(text), Err(NotCanonicalizable::RepeatedName), "{text}");
        }
        // Without normalisation these are two names.
        assert!(canonical("{\"\u{e9}\":1,\"e\u{301}\":2}").is_ok());
    }
}
