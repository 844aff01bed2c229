//! DER, just enough (X.690 section 10): elements one after another, lent and never copied.
//!
//! What stands inside is the caller's to judge: certificates of real states carry negative serial
//! numbers and stated defaults, which a reader of the whole schema would refuse.

use crate::date::{Date, UnixTime};

/// Tags as they stand in the first byte: class, constructed bit and number.
pub mod tag {
    #![allow(missing_docs, reason = "X.680 section 8.6 names them")]
    pub const BOOLEAN: u8 = 0x01;
    pub const INTEGER: u8 = 0x02;
    pub const BIT_STRING: u8 = 0x03;
    pub const OCTET_STRING: u8 = 0x04;
    pub const NULL: u8 = 0x05;
    pub const OBJECT_IDENTIFIER: u8 = 0x06;
    pub const UTC_TIME: u8 = 0x17;
    pub const GENERALIZED_TIME: u8 = 0x18;
    pub const SEQUENCE: u8 = 0x30;
    pub const SET: u8 = 0x31;

    /// The tag `[number]` around other elements.
    #[must_use]
    pub const fn constructed(number: u8) -> u8 {
        0xa0 | number
    }

    /// The tag `[number]` in place of a primitive one.
    #[must_use]
    pub const fn primitive(number: u8) -> u8 {
        0x80 | number
    }
}

/// Not the DER that was asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the DER that belongs here")]
pub struct NotDer;

/// One element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element<'a> {
    /// Its tag.
    pub tag: u8,
    /// The whole of it, as received.
    pub raw: &'a [u8],
    /// Its content.
    pub value: &'a [u8],
}

impl<'a> Element<'a> {
    /// The content, if that is the tag.
    ///
    /// # Errors
    /// [`NotDer`].
    pub fn expect(self, tag: u8) -> Result<&'a [u8], NotDer> {
        if self.tag == tag { Ok(self.value) } else { Err(NotDer) }
    }

    /// What stands inside.
    #[must_use]
    pub fn inside(self) -> Elements<'a> {
        Elements(self.value)
    }
}

/// Elements one after another.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    /// A cursor at the first element.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Exactly one element with that tag: what stands inside.
    ///
    /// # Errors
    /// [`NotDer`].
    pub fn only(bytes: &'a [u8], tag: u8) -> Result<Self, NotDer> {
        let mut elements = Self(bytes);
        let inside = elements.take(tag)?.inside();
        elements.end()?;
        Ok(inside)
    }

    /// Whether nothing follows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Nothing may follow.
    ///
    /// # Errors
    /// [`NotDer`].
    pub fn end(self) -> Result<(), NotDer> {
        if self.is_empty() { Ok(()) } else { Err(NotDer) }
    }

    /// The next element, of any tag.
    ///
    /// # Errors
    /// [`NotDer`]: at the end, for tags of several bytes, lengths that are indefinite, not minimal or too large.
    pub fn take_any(&mut self) -> Result<Element<'a>, NotDer> {
        let (tag, header, length) = header(self.0).ok_or(NotDer)?;
        let end = header.checked_add(length).ok_or(NotDer)?;
        let (raw, rest) = self.0.split_at_checked(end).ok_or(NotDer)?;
        self.0 = rest;
        Ok(Element { tag, raw, value: raw.get(header..).ok_or(NotDer)? })
    }

    /// The next element, which must have that tag.
    ///
    /// # Errors
    /// [`NotDer`].
    pub fn take(&mut self, tag: u8) -> Result<Element<'a>, NotDer> {
        let element = self.take_any()?;
        if element.tag == tag { Ok(element) } else { Err(NotDer) }
    }

    /// The next element, if it has that tag.
    ///
    /// # Errors
    /// [`NotDer`].
    pub fn take_if(&mut self, tag: u8) -> Result<Option<Element<'a>>, NotDer> {
        if self.0.first() == Some(&tag) { self.take_any().map(Some) } else { Ok(None) }
    }
}

/// Tag, length of the header, length of the content.
fn header(bytes: &[u8]) -> Option<(u8, usize, usize)> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if tag & 0x1f == 0x1f {
        return None;
    }
    if first < 0x80 {
        return Some((tag, 2, usize::from(first)));
    }
    let count = usize::from(first & 0x7f);
    let digits = rest.get(..count)?;
    // Up to 4 GiB; 0x80 would be an indefinite length.
    if count == 0 || count > 4 || digits.first() == Some(&0) {
        return None;
    }
    let length =
        digits.iter().try_fold(0_usize, |length, digit| length.checked_mul(256)?.checked_add(usize::from(*digit)))?;
    if length < 0x80 { None } else { Some((tag, 2 + count, length)) }
}

/// The magnitude of an INTEGER that must not be negative, without leading zeros.
///
/// # Errors
/// [`NotDer`].
pub fn unsigned(value: &[u8]) -> Result<&[u8], NotDer> {
    match value.first() {
        None => Err(NotDer),
        Some(top) if top & 0x80 != 0 => Err(NotDer),
        Some(_) => Ok(without_leading_zeros(value)),
    }
}

/// An INTEGER's content without needless bytes before it: of equal numbers, negative ones too, the bytes are equal.
///
/// # Errors
/// [`NotDer`] for no content at all.
pub fn integer(value: &[u8]) -> Result<&[u8], NotDer> {
    let mut value = value;
    while let [first, rest @ ..] = value
        && let Some(next) = rest.first()
        && ((*first == 0 && next & 0x80 == 0) || (*first == 0xff && next & 0x80 != 0))
    {
        value = rest;
    }
    if value.is_empty() { Err(NotDer) } else { Ok(value) }
}

/// A small INTEGER that must not be negative.
///
/// # Errors
/// [`NotDer`] above 2^32 − 1.
pub fn small(value: &[u8]) -> Result<u32, NotDer> {
    let digits = unsigned(value)?;
    if digits.len() > 4 {
        return Err(NotDer);
    }
    Ok(digits.iter().fold(0, |number, digit| number << 8 | u32::from(*digit)))
}

/// The bytes of a BIT STRING of whole bytes.
///
/// # Errors
/// [`NotDer`].
pub fn whole_bytes(value: &[u8]) -> Result<&[u8], NotDer> {
    match value.split_first() {
        Some((0, bytes)) => Ok(bytes),
        _ => Err(NotDer),
    }
}

/// A number's digits without the zeros before them.
#[must_use]
pub fn without_leading_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.get(zeros..).unwrap_or_default()
}

/// A moment: `YYMMDDhhmmssZ` or `YYYYMMDDhhmmssZ` (RFC 5280 section 4.1.2.5).
///
/// # Errors
/// [`NotDer`], also for a day or hour that there is not.
pub fn time(element: Element<'_>) -> Result<UnixTime, NotDer> {
    let digits = element.value.strip_suffix(b"Z").ok_or(NotDer)?;
    let (year, rest) = match element.tag {
        tag::UTC_TIME => {
            let (year, rest) = digits.split_at_checked(2).ok_or(NotDer)?;
            let year = decimal(year)?;
            (if year < 50 { 2000 + year } else { 1900 + year }, rest)
        }
        tag::GENERALIZED_TIME => {
            let (year, rest) = digits.split_at_checked(4).ok_or(NotDer)?;
            (decimal(year)?, rest)
        }
        _ => return Err(NotDer),
    };
    let parts: Vec<u32> = rest.chunks(2).map(decimal).collect::<Result<_, _>>()?;
    match (rest.len(), parts.as_slice()) {
        (10, &[month, day, hour, minute, second]) if hour < 24 && minute < 60 && second < 60 => {
            let date = Date::from_ymd(i32::try_from(year).map_err(|_| NotDer)?, month, day).ok_or(NotDer)?;
            Ok(date.start().plus(i64::from(hour * 3600 + minute * 60 + second)))
        }
        _ => Err(NotDer),
    }
}

fn decimal(digits: &[u8]) -> Result<u32, NotDer> {
    digits.iter().try_fold(0, |number, digit| match digit {
        b'0'..=b'9' => Ok(number * 10 + u32::from(digit - b'0')),
        _ => Err(NotDer),
    })
}

/// An element around contents, in their order.
#[must_use]
pub fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let length: usize = contents.iter().map(|part| part.len()).sum();
    let mut bytes = vec![tag];
    if length < 0x80 {
        bytes.push(length as u8);
    } else {
        let digits = length.to_be_bytes();
        let digits = without_leading_zeros(&digits);
        bytes.push(0x80 | digits.len() as u8);
        bytes.extend_from_slice(digits);
    }
    for part in contents {
        bytes.extend_from_slice(part);
    }
    bytes
}

/// The INTEGER of a number that is not negative, from its digits.
#[must_use]
pub fn unsigned_element(digits: &[u8]) -> Vec<u8> {
    let digits = without_leading_zeros(digits);
    let sign: &[u8] = if digits.first().is_none_or(|top| top & 0x80 != 0) { &[0] } else { &[] };
    element(tag::INTEGER, &[sign, digits])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for length in [0, 1, 127, 128, 255, 256, 65_535, 65_536] {
            let content = vec![7; length];
            let written = element(tag::OCTET_STRING, &[&content]);
            let mut elements = Elements::new(&written);
            let read = elements.take_any().expect("an element");
            assert_eq!((read.tag, read.raw, read.value), (tag::OCTET_STRING, &written[..], &content[..]));
            assert!(elements.is_empty());
        }
    }

    #[test]
    fn other_forms_of_a_length_and_long_tags_are_refused() {
        for bytes in [
            &[0x30][..],
            &[0x30, 0x80, 0, 0],
            &[0x30, 0x81, 0x01, 0],
            &[0x30, 0x82, 0x00, 0x80],
            &[0x30, 0x85, 1, 0, 0, 0, 0],
            &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
            &[0x1f, 0x21, 0],
            &[0x30, 2, 0],
        ] {
            assert_eq!(Elements::new(bytes).take_any(), Err(NotDer), "{bytes:02x?}");
        }
    }

    #[test]
    fn moments_are_read_in_both_forms() {
        let read = |tag, text: &str| time(Element { tag, raw: &[], value: text.as_bytes() });
        assert_eq!(read(tag::UTC_TIME, "700101000001Z"), Ok(UnixTime(1)));
        assert_eq!(read(tag::UTC_TIME, "491231235959Z"), Ok(UnixTime(2_524_607_999)));
        assert_eq!(read(tag::UTC_TIME, "500101000000Z"), Ok(UnixTime(-631_152_000)));
        assert_eq!(read(tag::GENERALIZED_TIME, "20500101000000Z"), Ok(UnixTime(2_524_608_000)));
        for bad in ["700101000001", "7001010000Z", "701301000001Z", "700101240001Z", "70010100000aZ", "Z", ""] {
            assert_eq!(read(tag::UTC_TIME, bad), Err(NotDer), "{bad}");
        }
        assert_eq!(read(tag::INTEGER, "700101000001Z"), Err(NotDer));
    }

    #[test]
    fn numbers_are_read_by_their_magnitude() {
        assert_eq!(unsigned(&[0, 0, 5]), Ok(&[5][..]));
        for (digits, written) in [(&[][..], &[0][..]), (&[0, 0], &[0]), (&[0, 0x7f], &[0x7f]), (&[0x80], &[0, 0x80])] {
            assert_eq!(Elements::new(&unsigned_element(digits)).take(tag::INTEGER).map(|e| e.value), Ok(written));
        }
        assert_eq!(unsigned(&[0x80]), Err(NotDer));
        assert_eq!(unsigned(&[]), Err(NotDer));
        assert_eq!(small(&[0, 0xff, 0xff, 0xff, 0xff]), Ok(u32::MAX));
        assert_eq!(small(&[1, 0, 0, 0, 0]), Err(NotDer));
    }
}
