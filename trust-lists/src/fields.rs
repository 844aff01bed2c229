//! Maps with integer labels, as every part of a list is one.

use crate::error::TrustError;
use crate::role::Role;
use tegata_certificate::UnixTime;
use tegata_certificate::cbor::{self, CborError, Head, Limits, Profile, Reader};

/// Labels from here on may be added without harm: a reader that does not know one steps over it.
/// An unknown label below might change what the list means, so it is refused.
pub(crate) const FIRST_OPTIONAL_LABEL: u64 = 64;

/// Nesting of the deepest list part, with room for extensions.
const MAX_DEPTH: usize = 12;

/// Items in the frame of a list: five, and four for each of at most 64 signatures.
const MAX_FRAME_ITEMS: usize = 512;

/// A cursor over the CBOR of one role's list; every error it gives names that role.
#[derive(Clone)]
pub(crate) struct ListReader<'a> {
    role: Role,
    bytes: &'a [u8],
    reader: Reader<'a>,
}

impl<'a> ListReader<'a> {
    /// A signed frame or a protected header, which nobody vouches for yet: few items.
    pub fn frame(role: Role, bytes: &'a [u8]) -> Result<Self, TrustError> {
        Self::within(role, bytes, MAX_FRAME_ITEMS)
    }

    /// A payload that the role's keys vouch for. Every item takes a byte, so the length, which is
    /// capped, bounds the items.
    pub fn payload(role: Role, bytes: &'a [u8]) -> Result<Self, TrustError> {
        Self::within(role, bytes, bytes.len())
    }

    /// Accepts `bytes` only if they are exactly one item in deterministic encoding.
    fn within(role: Role, bytes: &'a [u8], items: usize) -> Result<Self, TrustError> {
        let limits = Limits { depth: MAX_DEPTH, items };
        cbor::scan(bytes, Profile::Deterministic, limits).map_err(|_| TrustError::Malformed { role })?;
        Ok(Self { role, bytes, reader: Reader::new(bytes) })
    }

    pub fn role(&self) -> Role {
        self.role
    }

    pub fn malformed(&self) -> TrustError {
        TrustError::Malformed { role: self.role }
    }

    fn read<T>(&mut self, read: impl FnOnce(&mut Reader<'a>) -> Result<T, CborError>) -> Result<T, TrustError> {
        read(&mut self.reader).map_err(|_| TrustError::Malformed { role: self.role })
    }

    pub fn uint(&mut self) -> Result<u64, TrustError> {
        match self.read(Reader::head)? {
            Head::Unsigned(n) => Ok(n),
            _ => Err(self.malformed()),
        }
    }

    pub fn int(&mut self) -> Result<i64, TrustError> {
        self.read(Reader::int)
    }

    /// A moment from 1970 to the end of year 9999.
    pub fn time(&mut self) -> Result<UnixTime, TrustError> {
        let time = i64::try_from(self.uint()?).map(UnixTime).map_err(|_| self.malformed())?;
        if time <= UnixTime::MAX { Ok(time) } else { Err(TrustError::BadLifetime { role: self.role }) }
    }

    pub fn bytes(&mut self) -> Result<&'a [u8], TrustError> {
        self.read(Reader::bytes)
    }

    pub fn bytes32(&mut self) -> Result<[u8; 32], TrustError> {
        self.bytes()?.try_into().map_err(|_| self.malformed())
    }

    /// A text of 1 to `max` characters that can be shown on one line as it is: without control and
    /// direction-changing characters, which could make a name look like another.
    pub fn text(&mut self, max: usize) -> Result<String, TrustError> {
        let text = self.read(Reader::text)?;
        if is_showable(text, max) { Ok(text.to_owned()) } else { Err(self.malformed()) }
    }

    /// The head of an array and the number of its items.
    pub fn array(&mut self) -> Result<u64, TrustError> {
        match self.read(Reader::head)? {
            Head::Array(Some(count)) => Ok(u64::from(count)),
            _ => Err(self.malformed()),
        }
    }

    /// An array of 1 to `max` items.
    pub fn items<T>(
        &mut self,
        max: u64,
        mut item: impl FnMut(&mut Self) -> Result<T, TrustError>,
    ) -> Result<Vec<T>, TrustError> {
        let mut items = Vec::new();
        self.each(max, &mut |list| {
            items.push(item(list)?);
            Ok(())
        })?;
        Ok(items)
    }

    // Once for all kinds of items, as `each_field` is for all kinds of maps.
    fn each(&mut self, max: u64, item: &mut dyn FnMut(&mut Self) -> Result<(), TrustError>) -> Result<(), TrustError> {
        let count = self.array()?;
        if count == 0 || count > max {
            return Err(self.malformed());
        }
        (0..count).try_for_each(|_| item(self))
    }

    /// The head of a map and the number of its pairs.
    pub fn map(&mut self) -> Result<u64, TrustError> {
        match self.read(Reader::head)? {
            Head::Map(Some(count)) => Ok(u64::from(count)),
            _ => Err(self.malformed()),
        }
    }

    /// The tag in front of an item.
    pub fn tag(&mut self) -> Result<u64, TrustError> {
        match self.read(Reader::head)? {
            Head::Tag(tag) => Ok(tag),
            _ => Err(self.malformed()),
        }
    }

    /// What comes next, without stepping over it.
    pub fn peek(&self) -> Result<Head, TrustError> {
        self.reader.peek().map_err(|_| self.malformed())
    }

    /// Steps over the next item and lends its encoding.
    pub fn raw(&mut self) -> Result<&'a [u8], TrustError> {
        let start = self.reader.position();
        self.read(Reader::skip)?;
        self.bytes.get(start..self.reader.position()).ok_or(TrustError::Malformed { role: self.role })
    }

    /// What `read` reads, with its encoding.
    pub fn spanned<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, TrustError>,
    ) -> Result<(T, &'a [u8]), TrustError> {
        let start = self.reader.position();
        let value = read(self)?;
        let encoding = self.bytes.get(start..self.reader.position()).ok_or(self.malformed())?;
        Ok((value, encoding))
    }

    /// A map: `field` gets each label and reads its value, or says `Ok(false)` for one it does not know.
    pub fn fields(
        &mut self,
        mut field: impl FnMut(u64, &mut Self) -> Result<bool, TrustError>,
    ) -> Result<(), TrustError> {
        self.each_field(&mut field)
    }

    fn each_field(
        &mut self,
        field: &mut dyn FnMut(u64, &mut Self) -> Result<bool, TrustError>,
    ) -> Result<(), TrustError> {
        for _ in 0..self.map()? {
            let label = self.uint()?;
            if field(label, self)? {
                continue;
            }
            if label < FIRST_OPTIONAL_LABEL {
                return Err(TrustError::UnknownLabel { role: self.role, label });
            }
            self.raw()?;
        }
        Ok(())
    }
}

/// Whether a text has 1 to `max` characters, none of which controls a terminal or turns the
/// direction of writing.
pub(crate) fn is_showable(text: &str, max: usize) -> bool {
    let turns =
        |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    !text.is_empty() && text.chars().count() <= max && !text.chars().any(|c| c.is_control() || turns(c))
}
