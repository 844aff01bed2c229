//! Reads JSON (RFC 8259) so that one text means one value.

use super::NotJson::{self, Malformed};
use super::{Json, Object, number};
use std::borrow::Cow;

/// Reads exactly one value, white space around it allowed (RFC 8259 section 2).
pub(super) fn read(text: &str, depth_max: usize) -> Result<Json<'_>, NotJson> {
    let mut reader = Reader { text, at: 0, depth_max };
    let value = reader.value(0)?;
    reader.skip_blanks();
    if reader.at == text.len() { Ok(value) } else { Err(Malformed) }
}

/// The text of one member of an object; of the others only names and extent are looked at.
pub(super) fn skim<'a>(text: &'a str, name: &str) -> Result<Option<Cow<'a, str>>, NotJson> {
    let mut reader = Reader { text, at: 0, depth_max: 0 };
    let mut found = None;
    reader.skip_blanks();
    let mut more = reader.begin(b'{', b'}')?;
    while more {
        if reader.name()? == name {
            found = Some(reader.string()?);
        } else {
            reader.step_over()?;
        }
        more = reader.go_on(b'}')?;
    }
    reader.skip_blanks();
    if reader.at == text.len() { Ok(found) } else { Err(Malformed) }
}

/// A cursor; `at` always stands between characters.
struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth_max: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    fn expect(&mut self, byte: u8) -> Result<(), NotJson> {
        if self.take(byte) { Ok(()) } else { Err(Malformed) }
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn since(&self, start: usize) -> &'a str {
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, NotJson> {
        self.skip_blanks();
        match self.peek().ok_or(Malformed)? {
            b'{' | b'[' if depth == self.depth_max => Err(NotJson::TooDeep),
            b'{' => self.object(depth + 1),
            b'[' => self.list(depth + 1),
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ => self.literal(),
        }
    }

    fn literal(&mut self) -> Result<Json<'a>, NotJson> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let known = [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))];
        let (word, value) = known.into_iter().find(|(word, _)| rest.starts_with(word)).ok_or(Malformed)?;
        self.at += word.len();
        Ok(value)
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, NotJson> {
        let mut members = Vec::new();
        let mut more = self.begin(b'{', b'}')?;
        while more {
            let name = self.name()?;
            members.push((name, self.value(depth)?));
            more = self.go_on(b'}')?;
        }
        Object::of(members).map(Json::Object)
    }

    /// Whether something stands in an object or list, at its opening bracket.
    fn begin(&mut self, open: u8, close: u8) -> Result<bool, NotJson> {
        self.expect(open)?;
        self.skip_blanks();
        Ok(!self.take(close))
    }

    /// Whether something more follows, behind a value.
    fn go_on(&mut self, close: u8) -> Result<bool, NotJson> {
        self.skip_blanks();
        if self.take(close) {
            return Ok(false);
        }
        self.expect(b',').map(|()| true)
    }

    /// The name of a member, up to its value.
    fn name(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.skip_blanks();
        let name = self.string()?;
        self.skip_blanks();
        self.expect(b':')?;
        self.skip_blanks();
        Ok(name)
    }

    /// Steps over a value by its brackets and texts alone, and without recursion.
    fn step_over(&mut self) -> Result<(), NotJson> {
        let mut depth = 0_usize;
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' | b',' if depth == 0 => return Ok(()),
                b'}' | b']' => depth -= 1,
                _ => {}
            }
            self.at += 1;
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, NotJson> {
        let mut items = Vec::new();
        let mut more = self.begin(b'[', b']')?;
        while more {
            items.push(self.value(depth)?);
            more = self.go_on(b']')?;
        }
        Ok(Json::List(items))
    }

    /// A string at its opening quote.
    fn string(&mut self) -> Result<Cow<'a, str>, NotJson> {
        self.expect(b'"')?;
        let mut unescaped = String::new();
        let mut start = self.at;
        loop {
            match self.peek().ok_or(Malformed)? {
                b'"' => {
                    let plain = self.since(start);
                    self.at += 1;
                    return Ok(if unescaped.is_empty() {
                        Cow::Borrowed(plain)
                    } else {
                        unescaped.push_str(plain);
                        Cow::Owned(unescaped)
                    });
                }
                b'\\' => {
                    unescaped.push_str(self.since(start));
                    self.at += 1;
                    unescaped.push(self.escape()?);
                    start = self.at;
                }
                0..0x20 => return Err(Malformed),
                _ => self.at += 1,
            }
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self) -> Result<char, NotJson> {
        let kind = self.peek().ok_or(Malformed)?;
        self.at += 1;
        Ok(match kind {
            b'"' | b'\\' | b'/' => char::from(kind),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(Malformed),
        })
    }

    fn unicode_escape(&mut self) -> Result<char, NotJson> {
        let first = self.code_unit()?;
        if !(0xd800..0xdc00).contains(&first) {
            // The second half of a pair alone is no character either.
            return char::from_u32(first).ok_or(Malformed);
        }
        self.expect(b'\\')?;
        self.expect(b'u')?;
        let second = self.code_unit()?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(Malformed);
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(Malformed)
    }

    fn code_unit(&mut self) -> Result<u32, NotJson> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(Malformed)?;
        let unit = digits.iter().try_fold(0, |unit, digit| Some(unit * 16 + char::from(*digit).to_digit(16)?));
        self.at += 4;
        unit.ok_or(Malformed)
    }

    /// A number (RFC 8259 section 6).
    fn number(&mut self) -> Result<Json<'a>, NotJson> {
        let start = self.at;
        self.take(b'-');
        let zero = self.peek() == Some(b'0');
        let whole = self.digits()?;
        if zero && whole > 1 {
            return Err(Malformed);
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if self.take(b'e') || self.take(b'E') {
            if !self.take(b'-') {
                self.take(b'+');
            }
            self.digits()?;
        }
        number::parse(self.since(start)).map(Json::Number).ok_or(Malformed)
    }

    fn digits(&mut self) -> Result<usize, NotJson> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        let count = self.at - start;
        if count > 0 { Ok(count) } else { Err(Malformed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPTH_MAX: usize = 16;

    fn read(text: &str) -> Result<Json<'_>, NotJson> {
        super::read(text, DEPTH_MAX)
    }

    #[test]
    fn what_is_not_one_value_is_refused() {
        for text in [
            "",
            " ",
            "[",
            "]",
            "{",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "{'a':1}",
            "[1 2]",
            "nul",
            "True",
            "NaN",
            "Infinity",
            "+1",
            "01",
            "-",
            "1.",
            ".5",
            "1e",
            "1e+",
            "0x10",
            "1 1",
            "{} x",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\\u12g4\"",
            "\"\n\"",
            "\"\u{0}\"",
            "\u{feff}1",
            "// c\n1",
            "1\u{a0}",
        ] {
            assert_eq!(read(text), Err(Malformed), "{text:?}");
        }
    }

    #[test]
    fn half_a_surrogate_pair_is_refused_and_a_whole_one_is_a_character() {
        for text in
            [r#""\ud800""#, r#""\udc00""#, r#""\ud800x""#, r#""\ud800\n""#, r#""\ud800\ud800""#, r#""\ud83d\u0041""#]
        {
            assert_eq!(read(text), Err(Malformed), "{text}");
        }
        assert_eq!(read(r#""\ud83D\uDE00""#), Ok(Json::Text("😀".into())));
    }

    #[test]
    fn numbers_beyond_the_double_are_refused_and_long_ones_are_rounded() {
        assert_eq!(read("1e309"), Err(Malformed));
        assert_eq!(read("-1e400"), Err(Malformed));
        assert_eq!(read(&format!("1{}", "0".repeat(400))), Err(Malformed));
        assert_eq!(read(&format!("0.{}1", "0".repeat(400))), Ok(Json::Number(0.0)));
        assert_eq!(read("9007199254740993"), Ok(Json::Number(9_007_199_254_740_992.0)));
        assert_eq!(read("-0"), Ok(Json::Number(-0.0)));
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(DEPTH_MAX)).is_ok());
        assert_eq!(read(&nested(DEPTH_MAX + 1)), Err(NotJson::TooDeep));
        assert_eq!(read(&nested(100_000)), Err(NotJson::TooDeep));
        assert_eq!(read(&"{\"a\":".repeat(100_000)), Err(NotJson::TooDeep));
    }
}
