//! The scan that goes before every reading.

use super::{CborError, Head, Limits, Profile, Reader};
use std::cmp::Ordering;

/// Checks that `bytes` are exactly one item of the profile, within the limits.
///
/// # Errors
/// The first [`CborError`] met.
pub fn scan(bytes: &[u8], profile: Profile, limits: Limits) -> Result<(), CborError> {
    let mut scan =
        Scan { reader: Reader::new(bytes), profile, items_left: limits.items, keys: Vec::new(), check_keys: true };
    scan.item(limits.depth.min(64))?;
    if scan.reader.at_end() { Ok(()) } else { Err(CborError::Trailing) }
}

/// Where the item at the cursor ends, whatever its keys.
pub(super) fn end_of_item(reader: Reader<'_>) -> Result<usize, CborError> {
    let limits = Limits::CERTIFICATE;
    let (profile, items_left) = (Profile::Lenient, limits.items);
    let mut scan = Scan { reader, profile, items_left, keys: Vec::new(), check_keys: false };
    scan.item(limits.depth)?;
    Ok(scan.reader.at)
}

struct Scan<'a> {
    reader: Reader<'a>,
    profile: Profile,
    items_left: usize,
    /// The keys of the maps now open: a stack, one allocation for the whole scan.
    keys: Vec<Key<'a>>,
    check_keys: bool,
}

impl<'a> Scan<'a> {
    /// One item that may nest `depth` levels, itself included. Recursion is bounded by that depth.
    fn item(&mut self, depth: usize) -> Result<(), CborError> {
        // Most items are short texts.
        if depth > 0
            && self.items_left > 0
            && let Some(text) = self.reader.short_text()
        {
            self.items_left -= 1;
            return std::str::from_utf8(text).map(drop).map_err(|_| CborError::NotUtf8);
        }
        let head = self.head()?;
        self.content(head, depth)
    }

    fn head(&mut self) -> Result<Head, CborError> {
        self.items_left = self.items_left.checked_sub(1).ok_or(CborError::TooManyItems)?;
        let head = self.reader.head()?;
        if self.profile == Profile::Deterministic {
            let indefinite = matches!(head, Head::Bytes(None) | Head::Text(None) | Head::Array(None) | Head::Map(None));
            if !self.reader.shortest || indefinite || matches!(head, Head::Float(_) | Head::Simple(23)) {
                return Err(CborError::NotDeterministic);
            }
        }
        Ok(head)
    }

    fn content(&mut self, head: Head, depth: usize) -> Result<(), CborError> {
        let depth = depth.checked_sub(1).ok_or(CborError::TooDeep)?;
        match head {
            Head::Unsigned(_) | Head::Negative(_) | Head::Simple(_) | Head::Float(_) => Ok(()),
            Head::Break => Err(CborError::Malformed),
            Head::Bytes(Some(length)) => self.reader.take(length).map(drop),
            Head::Text(Some(length)) => self.text(length),
            Head::Bytes(None) => self.chunks(|head| matches!(head, Head::Bytes(Some(_)))),
            Head::Text(None) => self.chunks(|head| matches!(head, Head::Text(Some(_)))),
            Head::Tag(_) => self.item(depth),
            Head::Array(Some(count)) => (0..count).try_for_each(|_| self.item(depth)),
            Head::Array(None) => loop {
                match self.head()? {
                    Head::Break => return Ok(()),
                    head => self.content(head, depth)?,
                }
            },
            Head::Map(count) => self.map(count, depth),
        }
    }

    fn text(&mut self, length: u32) -> Result<(), CborError> {
        let bytes = self.reader.take(length)?;
        std::str::from_utf8(bytes).map(drop).map_err(|_| CborError::NotUtf8)
    }

    fn chunks(&mut self, same_kind: fn(&Head) -> bool) -> Result<(), CborError> {
        loop {
            match self.head()? {
                Head::Break => return Ok(()),
                head if same_kind(&head) => self.content(head, 1)?,
                _ => return Err(CborError::Malformed),
            }
        }
    }

    fn map(&mut self, count: Option<u32>, depth: usize) -> Result<(), CborError> {
        let first_key = self.keys.len();
        let mut pairs = 0;
        while count.is_none_or(|count| pairs < count) {
            let start = self.reader.at;
            if count.is_none() && self.reader.peek()? == Head::Break {
                self.head()?;
                break;
            }
            self.item(depth)?;
            if self.check_keys {
                self.check_key(first_key, start)?;
            }
            self.item(depth)?;
            pairs += 1;
        }
        self.keys.truncate(first_key);
        Ok(())
    }

    /// Compares the key that was just read with the earlier ones of its map.
    fn check_key(&mut self, first_key: usize, start: usize) -> Result<(), CborError> {
        let raw = self.reader.bytes.get(start..self.reader.at).unwrap_or_default();
        let earlier = self.keys.get(first_key..).unwrap_or_default();
        let key = if self.profile == Profile::Deterministic {
            match earlier.last().map(|last| last.cmp(&Key::Other(raw))) {
                None | Some(Ordering::Less) => Key::Other(raw),
                Some(Ordering::Equal) => return Err(CborError::RepeatedKey),
                Some(Ordering::Greater) => return Err(CborError::NotDeterministic),
            }
        } else {
            let key = Key::of(raw)?;
            if earlier.contains(&key) {
                return Err(CborError::RepeatedKey);
            }
            key
        };
        self.keys.push(key);
        Ok(())
    }
}

/// A map key by its meaning: a longer encoding of the same number or text is the same key. In the deterministic profile,
/// where every meaning has one form, by its bytes.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Unsigned(u64),
    Negative(u64),
    Text(&'a [u8]),
    Other(&'a [u8]),
}

impl<'a> Key<'a> {
    fn of(raw: &'a [u8]) -> Result<Self, CborError> {
        let mut reader = Reader::new(raw);
        if let Some(text) = reader.short_text() {
            return Ok(Self::Text(text));
        }
        Ok(match reader.head()? {
            Head::Unsigned(n) => Self::Unsigned(n),
            Head::Negative(n) => Self::Negative(n),
            Head::Text(Some(length)) => Self::Text(reader.take(length)?),
            // A key in chunks could equal a whole one; no issuer writes such keys.
            Head::Text(None) | Head::Bytes(None) => return Err(CborError::Malformed),
            _ => Self::Other(raw),
        })
    }
}
