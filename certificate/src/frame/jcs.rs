//! The canonical form of JSON values, the JSON Canonicalization Scheme (RFC 8785).
//!
//! What is signed is the canonical form of what was received, so two readers that take one text for two
//! values would let a signer (or a forger) show one and sign the other: hence the strictness of
//! [`json`](super::json). Depth is bounded; so is the length, by whoever hands the text in.

use super::json::{Json, NotJson, write_number};

/// Nesting of the deepest value that is read.
pub const DEPTH_MAX: usize = 16;

/// Reads exactly one value that is to have a canonical form.
///
/// # Errors
/// [`NotJson`].
pub fn parse(text: &str) -> Result<Json<'_>, NotJson> {
    Json::parse_within(text, DEPTH_MAX)
}

/// The canonical form of a value.
#[must_use]
pub fn canonical(value: &Json<'_>) -> String {
    let mut out = String::with_capacity(1024);
    write(value, &mut out);
    out
}

fn write(value: &Json<'_>, out: &mut String) {
    match value {
        Json::Null => out.push_str("null"),
        Json::Bool(true) => out.push_str("true"),
        Json::Bool(false) => out.push_str("false"),
        Json::Number(number) => write_number(*number, out),
        Json::Text(text) => write_text(text, out),
        Json::List(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Json::Object(object) => {
            // By the UTF-16 code units of the names (section 3.2.3).
            let mut members: Vec<(&str, &Json<'_>)> = Vec::new();
            for member in object.members() {
                let place = members.partition_point(|(name, _)| name.encode_utf16().lt(member.0.encode_utf16()));
                members.insert(place, member);
            }
            out.push('{');
            for (place, (name, value)) in members.into_iter().enumerate() {
                if place > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write(value, out);
            }
            out.push('}');
        }
    }
}

/// A text in quotes, with just the escapes that must be (section 3.2.2.2).
fn write_text(text: &str, out: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    out.push('"');
    let mut rest = text;
    while let Some(place) = rest.bytes().position(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
        let Some((plain, from)) = rest.split_at_checked(place) else { break };
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

    fn canonical(text: &str) -> Result<String, NotJson> {
        parse(text).map(|value| super::canonical(&value))
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
            assert_eq!(canonical(text), Err(NotJson::RepeatedName), "{text}");
        }
        // Without normalisation these are two names.
        assert!(canonical("{\"\u{e9}\":1,\"e\u{301}\":2}").is_ok());
    }
}
