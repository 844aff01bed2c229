//! JSON in one line, written member by member.

use std::fmt::{Display, Write as _};

/// The line so far.
pub(super) struct Line(String);

impl Line {
    /// An empty one, with room for most reports.
    pub fn new() -> Self {
        Self(String::with_capacity(2048))
    }

    pub fn into_string(self) -> String {
        self.0
    }

    /// Begins the next item: behind another one there is a comma before it.
    fn begin(&mut self) {
        if !matches!(self.0.as_bytes().last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(',');
        }
    }

    /// The name of the next member: one of ours, in which nothing is to be escaped.
    #[inline(never)]
    pub fn name(&mut self, name: &'static str) {
        self.begin();
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
    }

    /// Opens an object or a list.
    pub fn open(&mut self, bracket: char) {
        self.begin();
        self.0.push(bracket);
    }

    /// Opens a member that is an object or a list.
    #[inline(never)]
    pub fn open_member(&mut self, name: &'static str, bracket: char) {
        self.name(name);
        self.0.push(bracket);
    }

    /// Closes what was opened last, which the bracket must fit.
    pub fn close(&mut self, bracket: char) {
        self.0.push(bracket);
    }

    /// A text. Characters that a terminal or a reader may act on are escaped.
    #[inline(never)]
    pub fn text(&mut self, text: &str) {
        self.begin();
        self.0.push('"');
        self.within_text(text);
        self.0.push('"');
    }

    fn within_text(&mut self, text: &str) {
        // Nearly all of it stands as it is: it is copied in runs.
        let (mut run, mut at) = (0, 0);
        while let Some(byte) = text.as_bytes().get(at) {
            if matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\') {
                at += 1;
                continue;
            }
            let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
            let next = at + c.len_utf8();
            if c <= '~' || crate::display::is_hazard(c) {
                self.0.push_str(text.get(run..at).unwrap_or_default());
                self.escape(c);
                run = next;
            }
            at = next;
        }
        self.0.push_str(text.get(run..).unwrap_or_default());
    }

    fn escape(&mut self, c: char) {
        let short = match c {
            '"' | '\\' => c,
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{c}' => 'f',
            '\r' => 'r',
            _ => return self.escape_units(c),
        };
        self.0.push('\\');
        self.0.push(short);
    }

    fn escape_units(&mut self, c: char) {
        for unit in c.encode_utf16(&mut [0; 2]) {
            self.0.push_str("\\u");
            for place in (0..4).rev() {
                self.0.extend(char::from_digit(u32::from(*unit >> (4 * place) & 15), 16));
            }
        }
    }

    /// A member that is a text.
    #[inline(never)]
    pub fn member(&mut self, name: &'static str, text: &str) {
        self.name(name);
        self.text(text);
    }

    /// A member that is a text, or null.
    #[inline(never)]
    pub fn nullable(&mut self, name: &'static str, text: Option<&str>) {
        match text {
            Some(text) => self.member(name, text),
            None => self.raw(name, &"null"),
        }
    }

    /// A member that is a text, if there is one.
    #[inline(never)]
    pub fn optional(&mut self, name: &'static str, text: Option<&str>) {
        if let Some(text) = text {
            self.member(name, text);
        }
    }

    /// A member that is a list of texts, if there are any.
    pub fn names<'a>(&mut self, name: &'static str, texts: impl ExactSizeIterator<Item = &'a str>) {
        if texts.len() > 0 {
            self.open_member(name, '[');
            for text in texts {
                self.text(text);
            }
            self.close(']');
        }
    }

    /// A member that is what a value shows as, if there is one.
    pub fn shown<T: Display>(&mut self, name: &'static str, value: Option<T>) {
        if let Some(value) = value {
            self.shown_as(name, &value);
        }
    }

    #[inline(never)]
    fn shown_as(&mut self, name: &'static str, value: &dyn Display) {
        self.name(name);
        self.0.push('"');
        // Writing to a `String` cannot fail.
        let _ = write!(Text(self), "{value}");
        self.0.push('"');
    }

    /// A member whose value stands as it shows: a number or a word of JSON.
    #[inline(never)]
    pub fn raw(&mut self, name: &'static str, value: &dyn Display) {
        self.name(name);
        // Writing to a `String` cannot fail.
        let _ = write!(self.0, "{value}");
    }

    /// A member that is a number, if there is one.
    #[inline(never)]
    pub fn number(&mut self, name: &'static str, number: Option<u64>) {
        if let Some(number) = number {
            self.raw(name, &number);
        }
    }
}

/// A text of the line that is being written.
struct Text<'l>(&'l mut Line);

impl std::fmt::Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.within_text(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_so_that_they_read_back_and_are_safe_to_print() {
        let all: String = (0..=0x2_ffff).filter_map(char::from_u32).collect();
        let mut line = Line::new();
        line.text(&all);
        let line = line.into_string();
        assert!(!line.chars().any(crate::display::is_hazard));
        assert_eq!(serde_json::from_str::<String>(&line).expect("JSON"), all);
    }

    #[test]
    fn members_and_items_are_parted_by_commas() {
        let mut line = Line::new();
        line.open('{');
        line.open_member("a", '[');
        line.close(']');
        line.open_member("b", '[');
        for _ in 0..2 {
            line.open('{');
            line.optional("c", None);
            line.nullable("d", None);
            line.number("e", Some(1));
            line.close('}');
        }
        line.text("{");
        line.text("[");
        line.close(']');
        line.shown("f", Some(2));
        line.close('}');
        assert_eq!(line.into_string(), r#"{"a":[],"b":[{"d":null,"e":1},{"d":null,"e":1},"{","["],"f":"2"}"#);
    }
}
