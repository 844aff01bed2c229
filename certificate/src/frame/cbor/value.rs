//! CBOR values, for whoever looks members up by name and not in the order of their bytes.

use super::{CborError, Head, Limits, Profile, Reader, scan};
use std::borrow::Cow;

/// A value, its texts as they stand in the bytes. Strings in chunks are joined.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// A whole number from 0.
    Unsigned(u64),
    /// A whole number below 0: −1 − value.
    Negative(u64),
    /// A byte string.
    Bytes(Cow<'a, [u8]>),
    /// A text.
    Text(Cow<'a, str>),
    /// An array.
    Array(Vec<Self>),
    /// A map in the order of its bytes; no key stands twice.
    Map(Vec<(Self, Self)>),
    /// A tag and what it is about.
    Tag(u64, Box<Self>),
    /// True or false.
    Bool(bool),
    /// Null, and undefined.
    Null,
    /// A floating-point number.
    Float(f64),
}

impl<'a> Value<'a> {
    /// Reads exactly one item within the bounds of a certificate, in any well-formed encoding.
    ///
    /// # Errors
    /// Those of [`scan`]; [`CborError::Malformed`] for simple values without a meaning.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, CborError> {
        scan(bytes, Profile::Lenient, Limits::CERTIFICATE)?;
        Self::read(&mut Reader::new(bytes))
    }

    /// Of scanned bytes: the scan has bounded depth and counts.
    pub(crate) fn read(reader: &mut Reader<'a>) -> Result<Self, CborError> {
        let mut value = Self::Null;
        value.take(reader)?;
        Ok(value)
    }

    /// Becomes the next item. In its place: handed up from item to item, values would be copied more often than read.
    fn take(&mut self, reader: &mut Reader<'a>) -> Result<(), CborError> {
        // Most items are short texts.
        if let Some(text) = reader.short_text() {
            *self = Self::Text(Cow::Borrowed(str::from_utf8(text).map_err(|_| CborError::NotUtf8)?));
            return Ok(());
        }
        *self = match reader.head()? {
            Head::Unsigned(n) => Self::Unsigned(n),
            Head::Negative(n) => Self::Negative(n),
            Head::Bytes(length) => Self::Bytes(bytes(length, reader)?),
            Head::Text(length) => Self::Text(match bytes(length, reader)? {
                Cow::Borrowed(text) => Cow::Borrowed(str::from_utf8(text).map_err(|_| CborError::NotUtf8)?),
                Cow::Owned(text) => Cow::Owned(String::from_utf8(text).map_err(|_| CborError::NotUtf8)?),
            }),
            Head::Array(count) => Self::Array(all(count, reader, || Self::Null, Self::take)?),
            Head::Map(count) => {
                let take = |(key, value): &mut (Self, Self), reader: &mut Reader<'a>| {
                    key.take(reader)?;
                    value.take(reader)
                };
                Self::Map(all(count, reader, || (Self::Null, Self::Null), take)?)
            }
            Head::Tag(tag) => Self::Tag(tag, Box::new(Self::read(reader)?)),
            Head::Simple(20) => Self::Bool(false),
            Head::Simple(21) => Self::Bool(true),
            Head::Simple(22 | 23) => Self::Null,
            Head::Float(number) => Self::Float(number),
            Head::Simple(_) | Head::Break => return Err(CborError::Malformed),
        };
        Ok(())
    }

    /// The same, of bytes of its own.
    #[must_use]
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Unsigned(n) => Value::Unsigned(n),
            Self::Negative(n) => Value::Negative(n),
            Self::Bytes(bytes) => Value::Bytes(bytes.into_owned().into()),
            Self::Text(text) => Value::Text(text.into_owned().into()),
            Self::Array(items) => Value::Array(items.into_iter().map(Self::into_owned).collect()),
            Self::Map(pairs) => {
                Value::Map(pairs.into_iter().map(|(key, value)| (key.into_owned(), value.into_owned())).collect())
            }
            Self::Tag(tag, inner) => Value::Tag(tag, Box::new(inner.into_owned())),
            Self::Bool(truth) => Value::Bool(truth),
            Self::Null => Value::Null,
            Self::Float(number) => Value::Float(number),
        }
    }

    /// Whether it is that text. Most names in a map differ in their first byte, which spares each a call.
    pub(crate) fn is(&self, text: &str) -> bool {
        matches!(self, Self::Text(own) if own.as_bytes().first() == text.as_bytes().first() && own == text)
    }

    /// The text, of a value that is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// The items, of a value that is an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        if let Self::Array(items) = self { Some(items) } else { None }
    }

    /// The pairs, of a value that is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[(Self, Self)]> {
        if let Self::Map(pairs) = self { Some(pairs) } else { None }
    }
}

/// So many items, or up to a break. Room is made for some at a time, whatever a message says of its own.
fn all<'a, T>(
    count: Option<u32>,
    reader: &mut Reader<'a>,
    empty: impl Fn() -> T,
    take: impl Fn(&mut T, &mut Reader<'a>) -> Result<(), CborError>,
) -> Result<Vec<T>, CborError> {
    const AT_ONCE: usize = 16;
    let count = count.map(|count| count as usize);
    let (mut items, mut read) = (Vec::new(), 0);
    while match count {
        Some(count) => read < count,
        None => !reader.take_break(),
    } {
        if read == items.len() {
            items.resize_with(count.unwrap_or(usize::MAX).min(read + AT_ONCE), &empty);
        }
        items.get_mut(read).map_or(Ok(()), |item| take(item, reader))?;
        read += 1;
    }
    items.truncate(read);
    Ok(items)
}

/// The content of a string, whole or in chunks.
fn bytes<'a>(length: Option<u32>, reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, CborError> {
    if let Some(length) = length {
        return Ok(Cow::Borrowed(reader.take(length)?));
    }
    let mut whole = Vec::new();
    while let Head::Bytes(Some(length)) | Head::Text(Some(length)) = reader.head()? {
        whole.extend_from_slice(reader.take(length)?);
    }
    Ok(Cow::Owned(whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ciborium::Value as Other;
    use proptest::prelude::*;

    fn of(other: Other) -> Value<'static> {
        match other {
            Other::Integer(n) => match i128::from(n) {
                n @ 0.. => Value::Unsigned(n as u64),
                n => Value::Negative((-1 - n) as u64),
            },
            Other::Bytes(bytes) => Value::Bytes(bytes.into()),
            Other::Text(text) => Value::Text(text.into()),
            Other::Array(items) => Value::Array(items.into_iter().map(of).collect()),
            Other::Map(pairs) => Value::Map(pairs.into_iter().map(|(key, value)| (of(key), of(value))).collect()),
            Other::Tag(tag, inner) => Value::Tag(tag, Box::new(of(*inner))),
            Other::Bool(truth) => Value::Bool(truth),
            Other::Float(number) => Value::Float(number),
            _ => Value::Null,
        }
    }

    /// Whether both are the same; a number that is none equals itself here.
    fn same(one: &Value<'_>, other: &Value<'_>) -> bool {
        format!("{one:?}") == format!("{other:?}")
    }

    fn values() -> impl Strategy<Value = Other> {
        let leaf = prop_oneof![
            any::<u64>().prop_map(Other::from),
            any::<i64>().prop_map(Other::from),
            prop::collection::vec(any::<u8>(), 0..40).prop_map(Other::Bytes),
            ".{0,30}".prop_map(Other::Text),
            any::<bool>().prop_map(Other::Bool),
            Just(Other::Null),
            any::<f64>().prop_map(Other::Float),
        ];
        leaf.prop_recursive(4, 60, 8, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..8).prop_map(Other::Array),
                prop::collection::btree_map("[a-z]{0,3}", inner.clone(), 0..8)
                    .prop_map(|pairs| Other::Map(pairs.into_iter().map(|(k, v)| (Other::Text(k), v)).collect())),
                (4_u64.., inner).prop_map(|(tag, inner)| Other::Tag(tag, Box::new(inner))),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_another_implementation_writes_is_read_as_it_was(value in values()) {
            let mut written = Vec::new();
            ciborium::into_writer(&value, &mut written).expect("writes to memory");
            prop_assert!(same(&Value::parse(&written).expect("within the bounds"), &of(value)));
        }

        #[test]
        fn of_any_bytes_both_read_the_same_or_nothing(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
            if let Ok(value) = Value::parse(&bytes) {
                let other: Other = ciborium::from_reader(bytes.as_slice()).expect("reads it too");
                // Tags 2 and 3 are numbers there.
                let numbers = bytes.iter().any(|byte| matches!(byte, 0xc2 | 0xc3 | 0xd8..=0xdb));
                prop_assert!(numbers || same(&value, &of(other)));
            }
        }
    }

    #[test]
    fn strings_in_chunks_are_joined_and_open_ends_are_found() {
        let bytes =
            [0x9f, 0x7f, 0x61, b'a', 0x60, 0x62, b'b', b'c', 0xff, 0x5f, 0x41, 1, 0xff, 0xbf, 0x01, 0xf7, 0xff, 0xff];
        let map = Value::Map(vec![(Value::Unsigned(1), Value::Null)]);
        let expected = vec![Value::Text("abc".into()), Value::Bytes(vec![1].into()), map];
        assert_eq!(Value::parse(&bytes), Ok(Value::Array(expected)));
        assert_eq!(Value::parse(&[0xe0]), Err(CborError::Malformed), "a simple value without a meaning");
        assert_eq!(Value::parse(&[0xa2, 1, 2, 1, 3]), Err(CborError::RepeatedKey));
        assert_eq!(Value::parse(&[1, 2]), Err(CborError::Trailing));
        assert_eq!(Value::parse(&[0x81; 17]), Err(CborError::TooDeep));
    }
}
