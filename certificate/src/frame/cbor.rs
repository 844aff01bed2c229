//! CBOR (RFC 8949): one bounded scan before any parser sees the bytes, a cursor over scanned
//! bytes, and a writer of the deterministic form.
//!
//! The scan decides what every later reader may rely on: well-formed, nothing after the item,
//! bounded depth and count, valid UTF-8, no key twice in a map. Parsers disagree on which of two
//! equal keys wins, so such a message means different things to different verifiers.

mod scan;
mod value;

pub use scan::scan;
pub use value::Value;

/// How strictly the scan reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Profile {
    /// RFC 8949 section 4.2.1: shortest forms, definite lengths, map keys ascending. Floating-point
    /// numbers and undefined are refused too: nothing that we write holds any.
    Deterministic,
    /// Anything well-formed, as real issuers write it.
    Lenient,
}

/// The bounds of a scan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// How deeply items may nest; the outermost item has depth 1. At most 64.
    pub depth: usize,
    /// How many items there may be in all; keys and values, tags and chunks each count as one.
    pub items: usize,
}

impl Limits {
    /// The bounds of a certificate.
    pub const CERTIFICATE: Self = Self { depth: 16, items: 1024 };
}

/// Why bytes are not the CBOR that was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CborError {
    /// The bytes end inside an item, or a length points beyond them.
    #[error("CBOR ends too early")]
    Truncated,
    /// A reserved or misplaced head.
    #[error("CBOR is not well-formed")]
    Malformed,
    /// Bytes after the item.
    #[error("bytes after the CBOR item")]
    Trailing,
    /// Nested more deeply than allowed.
    #[error("CBOR nests too deeply")]
    TooDeep,
    /// More items than allowed.
    #[error("CBOR has too many items")]
    TooManyItems,
    /// A text that is not UTF-8.
    #[error("CBOR text is not UTF-8")]
    NotUtf8,
    /// The same key twice in one map.
    #[error("a CBOR map has a key twice")]
    RepeatedKey,
    /// Well-formed, but not in the deterministic form.
    #[error("CBOR is not in deterministic form")]
    NotDeterministic,
    /// Another type than the reader needs.
    #[error("CBOR item of an unexpected type")]
    UnexpectedType,
}

/// The head of an item: its type, and for definite items their length or value. No longer than two registers: it is
/// handed up for every item.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Head {
    /// Major type 0.
    Unsigned(u64),
    /// Major type 1: the number is −1 − value.
    Negative(u64),
    /// Byte string of so many bytes, or in chunks.
    Bytes(Option<u32>),
    /// Text string of so many bytes, or in chunks.
    Text(Option<u32>),
    /// Array of so many items, or up to a break.
    Array(Option<u32>),
    /// Map of so many pairs, or up to a break.
    Map(Option<u32>),
    /// Tag of the following item.
    Tag(u64),
    /// Simple value (20 false, 21 true, 22 null, 23 undefined).
    Simple(u8),
    /// Floating-point number, widened to 64 bits.
    Float(f64),
    /// The end of an item of indefinite length.
    Break,
}

/// A cursor over CBOR bytes that lends what it reads.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether every head so far was in its shortest form.
    shortest: bool,
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, shortest: true }
    }

    /// A cursor inside `bytes`.
    #[must_use]
    pub fn starting_at(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, shortest: true }
    }

    /// Steps over `length` bytes: the content of a string whose head was just read.
    ///
    /// # Errors
    /// [`CborError::Truncated`] if there are not so many.
    pub fn advance(&mut self, length: u32) -> Result<(), CborError> {
        self.take(length).map(drop)
    }

    /// How far the cursor has come, in bytes.
    #[must_use]
    pub fn position(&self) -> usize {
        self.at
    }

    /// Whether all bytes are read.
    #[must_use]
    pub fn at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    fn take(&mut self, length: u32) -> Result<&'a [u8], CborError> {
        let end = self.at.checked_add(length as usize).ok_or(CborError::Truncated)?;
        let taken = self.bytes.get(self.at..end).ok_or(CborError::Truncated)?;
        self.at = end;
        Ok(taken)
    }

    fn take_number<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        self.take(N as u32)?.try_into().map_err(|_| CborError::Truncated)
    }

    /// Reads one head; for strings the content follows at the cursor.
    ///
    /// # Errors
    /// [`CborError::Truncated`] or [`CborError::Malformed`].
    #[inline]
    pub fn head(&mut self) -> Result<Head, CborError> {
        let initial = *self.bytes.get(self.at).ok_or(CborError::Truncated)?;
        self.at += 1;
        // Most heads are of one byte.
        let info = initial & 31;
        match initial >> 5 {
            0 if info < 24 => Ok(Head::Unsigned(u64::from(info))),
            3 if info < 24 => Ok(Head::Text(Some(u32::from(info)))),
            major => self.longer_head(major, info),
        }
    }

    fn longer_head(&mut self, major: u8, info: u8) -> Result<Head, CborError> {
        if major == 7 {
            return self.simple_or_float(info);
        }
        let argument = match info {
            0..=23 => Some(u64::from(info)),
            24 => Some(u64::from(self.take_number::<1>()?[0])),
            25 => Some(u64::from(u16::from_be_bytes(self.take_number()?))),
            26 => Some(u64::from(u32::from_be_bytes(self.take_number()?))),
            27 => Some(u64::from_be_bytes(self.take_number()?)),
            31 if (2..=5).contains(&major) => None,
            _ => return Err(CborError::Malformed),
        };
        if let Some(n) = argument {
            self.shortest &= match n {
                0..=23 => info <= 23,
                24..=0xff => info == 24,
                0x100..=0xffff => info == 25,
                0x1_0000..=0xffff_ffff => info == 26,
                _ => info == 27,
            };
        }
        Ok(match (major, argument) {
            (0, Some(n)) => Head::Unsigned(n),
            (1, Some(n)) => Head::Negative(n),
            (2, n) => Head::Bytes(length(n)?),
            (3, n) => Head::Text(length(n)?),
            (4, n) => Head::Array(length(n)?),
            (5, n) => Head::Map(length(n)?),
            (6, Some(n)) => Head::Tag(n),
            _ => return Err(CborError::Malformed),
        })
    }

    fn simple_or_float(&mut self, info: u8) -> Result<Head, CborError> {
        Ok(match info {
            0..=23 => Head::Simple(info),
            24 => match self.take_number()? {
                [simple] if simple >= 32 => Head::Simple(simple),
                _ => return Err(CborError::Malformed),
            },
            25 => Head::Float(half_to_f64(u16::from_be_bytes(self.take_number()?))),
            26 => Head::Float(f64::from(f32::from_be_bytes(self.take_number()?))),
            27 => Head::Float(f64::from_be_bytes(self.take_number()?)),
            31 => Head::Break,
            _ => return Err(CborError::Malformed),
        })
    }

    /// Reads a text of fewer than 24 bytes, which need not be UTF-8; anything else, and what is cut short, stays.
    #[inline]
    fn short_text(&mut self) -> Option<&'a [u8]> {
        let length = self.bytes.get(self.at).filter(|initial| matches!(initial, 0x60..=0x77))? & 31;
        let start = self.at + 1;
        let text = self.bytes.get(start..start + usize::from(length))?;
        self.at = start + usize::from(length);
        Some(text)
    }

    /// Steps over a break, if there is one.
    fn take_break(&mut self) -> bool {
        let there = self.bytes.get(self.at) == Some(&0xff);
        self.at += usize::from(there);
        there
    }

    /// Reads a definite byte string.
    ///
    /// # Errors
    /// [`CborError::UnexpectedType`] for anything else, or what [`head`](Self::head) gives.
    pub fn bytes(&mut self) -> Result<&'a [u8], CborError> {
        match self.head()? {
            Head::Bytes(Some(length)) => self.take(length),
            _ => Err(CborError::UnexpectedType),
        }
    }

    /// Reads a number that fits 64 bits with sign.
    ///
    /// # Errors
    /// [`CborError::UnexpectedType`] for anything else, or what [`head`](Self::head) gives.
    pub fn int(&mut self) -> Result<i64, CborError> {
        match self.head()? {
            Head::Unsigned(n) => i64::try_from(n).map_err(|_| CborError::UnexpectedType),
            Head::Negative(n) => i64::try_from(n).map(|n| -1 - n).map_err(|_| CborError::UnexpectedType),
            _ => Err(CborError::UnexpectedType),
        }
    }

    /// Reads a definite text.
    ///
    /// # Errors
    /// [`CborError::UnexpectedType`] or [`CborError::NotUtf8`], or what [`head`](Self::head) gives.
    pub fn text(&mut self) -> Result<&'a str, CborError> {
        match self.head()? {
            Head::Text(Some(length)) => std::str::from_utf8(self.take(length)?).map_err(|_| CborError::NotUtf8),
            _ => Err(CborError::UnexpectedType),
        }
    }

    /// The next head, without moving.
    ///
    /// # Errors
    /// What [`head`](Self::head) gives.
    pub fn peek(&self) -> Result<Head, CborError> {
        let mut ahead = *self;
        ahead.head()
    }

    /// Steps over one item of bytes that a scan has accepted.
    ///
    /// # Errors
    /// Where it is cut short, malformed or has too many items. What a scan refuses beyond that may pass.
    pub fn skip(&mut self) -> Result<(), CborError> {
        let mut ahead = *self;
        let mut left = 1_u64;
        for _ in 0..Limits::CERTIFICATE.items {
            let more = match ahead.head()? {
                Head::Unsigned(_) | Head::Negative(_) | Head::Simple(_) | Head::Float(_) => 0,
                Head::Bytes(Some(length)) | Head::Text(Some(length)) => {
                    ahead.take(length)?;
                    0
                }
                Head::Array(Some(count)) => u64::from(count),
                Head::Map(Some(count)) => 2 * u64::from(count),
                Head::Tag(_) => 1,
                // What has no length is rare.
                Head::Bytes(None) | Head::Text(None) | Head::Array(None) | Head::Map(None) | Head::Break => {
                    return self.skip_open();
                }
            };
            left = (left - 1).checked_add(more).ok_or(CborError::TooManyItems)?;
            if left == 0 {
                self.at = ahead.at;
                return Ok(());
            }
        }
        Err(CborError::TooManyItems)
    }

    fn skip_open(&mut self) -> Result<(), CborError> {
        self.at = scan::end_of_item(*self)?;
        Ok(())
    }
}

/// A length, if there is one. Nothing that is read here has so much as one of more than 32 bits promises.
fn length(argument: Option<u64>) -> Result<Option<u32>, CborError> {
    argument.map(u32::try_from).transpose().map_err(|_| CborError::Truncated)
}

/// IEEE 754 half precision, as RFC 8949 appendix D explains it.
fn half_to_f64(half: u16) -> f64 {
    let exponent = i32::from(half >> 10 & 0x1f);
    let mantissa = f64::from(half & 0x3ff);
    let magnitude = match exponent {
        0 => mantissa * 2f64.powi(-24),
        31 if mantissa == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (mantissa + 1024.0) * 2f64.powi(exponent - 25),
    };
    if half & 0x8000 == 0 { magnitude } else { -magnitude }
}

/// Writes CBOR in the deterministic form. Map keys are the caller's to order; the order is the
/// bytewise one of their encodings (RFC 8949 section 4.2.1).
#[derive(Clone, Default)]
pub struct Writer {
    out: Vec<u8>,
}

impl Writer {
    /// An empty writer with room for `capacity` bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { out: Vec::with_capacity(capacity) }
    }

    /// What was written.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    fn head(&mut self, major: u8, n: u64) {
        let major = major << 5;
        match n {
            0..=23 => self.out.push(major | n as u8),
            24..=0xff => self.out.extend([major | 24, n as u8]),
            0x100..=0xffff => {
                self.out.push(major | 25);
                self.out.extend((n as u16).to_be_bytes());
            }
            0x1_0000..=0xffff_ffff => {
                self.out.push(major | 26);
                self.out.extend((n as u32).to_be_bytes());
            }
            _ => {
                self.out.push(major | 27);
                self.out.extend(n.to_be_bytes());
            }
        }
    }

    /// A number.
    pub fn int(&mut self, n: i64) {
        match u64::try_from(n) {
            Ok(n) => self.head(0, n),
            Err(_) => self.head(1, !n as u64),
        }
    }

    /// A number that is not negative.
    pub fn uint(&mut self, n: u64) {
        self.head(0, n);
    }

    /// A byte string.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.head(2, bytes.len() as u64);
        self.out.extend_from_slice(bytes);
    }

    /// A text string.
    pub fn text(&mut self, text: &str) {
        self.head(3, text.len() as u64);
        self.out.extend_from_slice(text.as_bytes());
    }

    /// The head of an array of `count` items.
    pub fn array(&mut self, count: usize) {
        self.head(4, count as u64);
    }

    /// The head of a map of `count` pairs.
    pub fn map(&mut self, count: usize) {
        self.head(5, count as u64);
    }

    /// The head of a tag; the tagged item follows.
    pub fn tag(&mut self, tag: u64) {
        self.head(6, tag);
    }

    /// Null.
    pub fn null(&mut self) {
        self.out.push(0xf6);
    }

    /// One item that is encoded already.
    pub fn encoded(&mut self, item: &[u8]) {
        self.out.extend_from_slice(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A head of this major type whose argument has `width` bytes; 0 is inside the first byte.
    fn head(major: u8, n: u64, width: usize) -> Vec<u8> {
        let info = match width {
            0 => u8::try_from(n).unwrap(),
            width => 24 + u8::try_from(width.trailing_zeros()).unwrap(),
        };
        let digits = n.to_be_bytes();
        [&[major << 5 | info], &digits[8 - width..]].concat()
    }

    #[test]
    fn only_the_shortest_head_is_deterministic_at_every_edge() {
        let edges = [0, 1, 23, 24, 0xff, 0x100, 0xffff, 0x1_0000, 0xffff_ffff, 0x1_0000_0000, u64::MAX];
        for n in edges {
            let fitting = |width: usize| if width == 0 { n < 24 } else { width == 8 || n >> (8 * width) == 0 };
            let widths: Vec<usize> = [0, 1, 2, 4, 8].into_iter().filter(|width| fitting(*width)).collect();
            for width in &widths {
                for (major, content) in [(0, &[][..]), (1, &[]), (6, &[0])] {
                    let item = [&head(major, n, *width), content].concat();
                    assert_eq!(scan(&item, Profile::Lenient, Limits::CERTIFICATE), Ok(()));
                    let strict = scan(&item, Profile::Deterministic, Limits::CERTIFICATE);
                    assert_eq!(strict.is_ok(), *width == widths[0], "{n} in {width} bytes, major type {major}");
                }
            }
        }
    }

    #[test]
    fn what_promises_more_than_there_can_be_is_cut_short() {
        for (major, width) in (2..=5).flat_map(|major| [(major, 4), (major, 8)]) {
            let n = if width == 4 { 0xffff_ffff } else { 0x1_0000_0000 };
            let item = [head(major, n, width), vec![0]].concat();
            assert_eq!(scan(&item, Profile::Lenient, Limits::CERTIFICATE), Err(CborError::Truncated), "major {major}");
            assert_eq!(Value::parse(&item), Err(CborError::Truncated));
            assert_eq!(Reader::new(&item).skip(), Err(CborError::Truncated));
        }
        // A short text that ends too early, and one that is none.
        assert_eq!(scan(&[0x77, b'a'], Profile::Lenient, Limits::CERTIFICATE), Err(CborError::Truncated));
        assert_eq!(scan(&[0x61, 0xff], Profile::Lenient, Limits::CERTIFICATE), Err(CborError::NotUtf8));
    }

    #[test]
    fn short_texts_count_and_nest_as_all_items_do() {
        let limits = |depth, items| Limits { depth, items };
        // [["a", "b"]]
        let nested = [0x81, 0x82, 0x61, b'a', 0x61, b'b'];
        assert_eq!(scan(&nested, Profile::Deterministic, limits(3, 4)), Ok(()));
        assert_eq!(scan(&nested, Profile::Deterministic, limits(2, 4)), Err(CborError::TooDeep));
        assert_eq!(scan(&nested, Profile::Deterministic, limits(3, 3)), Err(CborError::TooManyItems));
        // {"a": "b", "a": "c"}, the second key in a longer form, and both in maps without a length.
        let twice = [0xa2, 0x61, b'a', 0x61, b'b', 0x78, 1, b'a', 0x61, b'c'];
        assert_eq!(scan(&twice, Profile::Lenient, limits(3, 9)), Err(CborError::RepeatedKey));
        let open = [0xbf, 0x61, b'a', 0x61, b'b', 0x61, b'c', 0x61, b'd', 0xff];
        assert_eq!(scan(&open, Profile::Lenient, limits(2, 6)), Ok(()));
        assert_eq!(scan(&open, Profile::Lenient, limits(2, 5)), Err(CborError::TooManyItems));
        assert_eq!(scan(&open[..9], Profile::Lenient, limits(2, 6)), Err(CborError::Truncated));
    }
}
