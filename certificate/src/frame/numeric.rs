//! The text of a health card's QR code: two digits for each character of a JWS (SMART Health Cards 1.4.0,
//! "Encoding Chunks as QR Codes"), whole or in chunks.

use super::jws::TEXT_MAX;

/// The scheme in front of the digits. It occurs in upper case too.
pub const SCHEME: &str = "shc:/";

/// The most digits that one symbol holds (version 40, level L, numeric mode).
pub const DIGITS_MAX: usize = 7_089;

/// The most characters of a JWS in one symbol: what version 22 holds at level L.
pub const SINGLE_MAX: usize = 1_195;

/// The most codes that one card is read from. Three hold the largest published example.
pub const CHUNKS_MAX: usize = 64;

/// The least character of a JWS, which stands for 00: a hyphen.
const FIRST: u8 = b'-';
/// The largest pair, which stands for `z`.
const LAST_PAIR: u8 = 77;

/// Why a text is not a health card's digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NumericError {
    /// The scheme is missing, or what stands between it and the digits is no `C/N/`.
    #[error("the head of a health card's digits is wrong")]
    Header,
    /// Something else than pairs of digits from 00 to 77.
    #[error("not pairs of digits from 00 to 77")]
    Digits,
    /// More than a symbol, or a card, holds.
    #[error("more digits than any health card has")]
    TooLong,
    /// One of several codes that make up a card.
    #[error("one of several codes of a health card")]
    Chunk,
}

/// What one code says: a card, or a part of one.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Chunk<'a> {
    /// Which part, from 1.
    pub index: usize,
    /// Of how many; 1 for a whole card.
    pub of: usize,
    /// Whether it says so itself: `shc:/1/1/` is needless and occurs.
    pub numbered: bool,
    /// The digits.
    pub digits: &'a str,
}

impl std::fmt::Debug for Chunk<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunk").field("index", &self.index).field("of", &self.of).finish_non_exhaustive()
    }
}

impl<'a> Chunk<'a> {
    /// Whether a text announces digits of a health card.
    #[must_use]
    pub fn is_announced_by(text: &str) -> bool {
        after_scheme(text.trim_ascii_start()).is_some()
    }

    /// Takes a text apart; the digits are not looked at. Blanks around it are no part of it.
    ///
    /// # Errors
    /// [`NumericError::Header`] and [`NumericError::TooLong`].
    pub fn parse(text: &'a str) -> Result<Self, NumericError> {
        let rest = after_scheme(text.trim_ascii()).ok_or(NumericError::Header)?;
        if rest.len() > DIGITS_MAX + 8 {
            return Err(NumericError::TooLong);
        }
        let mut parts = rest.split('/');
        let chunk = match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(digits), None, ..) => Self { index: 1, of: 1, numbered: false, digits },
            (Some(index), Some(of), Some(digits), None) => {
                let (index, of) = place(index).zip(place(of)).ok_or(NumericError::Header)?;
                Self { index, of, numbered: true, digits }
            }
            _ => return Err(NumericError::Header),
        };
        if chunk.index > chunk.of {
            return Err(NumericError::Header);
        }
        if chunk.of > CHUNKS_MAX { Err(NumericError::TooLong) } else { Ok(chunk) }
    }

    /// The part of the JWS that the digits stand for.
    ///
    /// # Errors
    /// [`NumericError::Digits`].
    pub fn characters(&self) -> Result<String, NumericError> {
        let (pairs, rest) = self.digits.as_bytes().as_chunks::<2>();
        if !rest.is_empty() {
            return Err(NumericError::Digits);
        }
        let mut characters = String::with_capacity(pairs.len());
        for [tens, ones] in pairs {
            let pair = (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (tens - b'0') * 10 + ones - b'0');
            let pair = pair.filter(|pair| *pair <= LAST_PAIR).ok_or(NumericError::Digits)?;
            characters.push(char::from(pair + FIRST));
        }
        Ok(characters)
    }
}

fn after_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

/// A number of a chunk: digits without zeros in front.
fn place(text: &str) -> Option<usize> {
    let plain = text.bytes().all(|c| c.is_ascii_digit()) && !text.starts_with('0') && text.len() <= 3;
    if plain { text.parse().ok() } else { None }
}

/// The digits for a JWS, with the scheme in front.
pub(crate) fn encode(jws: &str) -> String {
    let mut text = String::with_capacity(SCHEME.len() + 2 * jws.len());
    text.push_str(SCHEME);
    for c in jws.bytes() {
        // A JWS has no character below the hyphen.
        let pair = c.saturating_sub(FIRST);
        text.push(char::from(b'0' + pair / 10));
        text.push(char::from(b'0' + pair % 10));
    }
    text
}

/// What became of a chunk that was added to a set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Added {
    /// It was missing.
    New,
    /// It was there, with the same characters.
    Again,
    /// Another set: of another number of chunks, or with other characters in that place. Nothing was added.
    Other,
}

/// The codes that make up one card, in whatever order they are scanned.
///
/// ```
/// use tegata_certificate::shc::{Added, Chunk, ChunkSet};
///
/// let (first, second) = (Chunk::parse("shc:/1/2/5676")?, Chunk::parse("shc:/2/2/2909")?);
/// let mut set = ChunkSet::of(&second)?;
/// assert_eq!(set.missing().collect::<Vec<_>>(), [1]);
/// assert_eq!(set.add(&first)?, Added::New);
/// assert_eq!(set.jws().as_deref(), Some("eyJ6"));
/// # Ok::<(), tegata_certificate::shc::NumericError>(())
/// ```
#[derive(Clone)]
pub struct ChunkSet {
    parts: Vec<Option<String>>,
}

impl ChunkSet {
    /// The set that a chunk is of, with it alone.
    ///
    /// # Errors
    /// [`NumericError::Digits`].
    pub fn of(chunk: &Chunk<'_>) -> Result<Self, NumericError> {
        let mut set = Self { parts: vec![None; chunk.of.clamp(1, CHUNKS_MAX)] };
        set.add(chunk)?;
        Ok(set)
    }

    /// Adds a chunk.
    ///
    /// # Errors
    /// [`NumericError::Digits`].
    pub fn add(&mut self, chunk: &Chunk<'_>) -> Result<Added, NumericError> {
        let characters = chunk.characters()?;
        if chunk.of != self.parts.len() {
            return Ok(Added::Other);
        }
        let place = chunk.index.checked_sub(1).and_then(|at| self.parts.get_mut(at)).ok_or(NumericError::Header)?;
        Ok(match place {
            Some(there) if *there == characters => Added::Again,
            Some(_) => Added::Other,
            None => {
                *place = Some(characters);
                Added::New
            }
        })
    }

    /// How many chunks the card has.
    #[must_use]
    pub fn total(&self) -> usize {
        self.parts.len()
    }

    /// The numbers of the chunks that are not there yet.
    pub fn missing(&self) -> impl Iterator<Item = usize> + '_ {
        self.parts.iter().enumerate().filter(|(_, part)| part.is_none()).map(|(at, _)| at + 1)
    }

    /// The JWS, once every chunk is there.
    #[must_use]
    pub fn jws(&self) -> Option<String> {
        self.parts.iter().map(Option::as_deref).collect()
    }
}

impl std::fmt::Debug for ChunkSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChunkSet").field("total", &self.parts.len()).finish_non_exhaustive()
    }
}

/// The JWS of a text that holds a whole card: digits, or the JWS itself.
pub(crate) fn whole(text: &str) -> Result<String, NumericError> {
    if !Chunk::is_announced_by(text) {
        let text = text.trim_ascii();
        return if text.len() > TEXT_MAX { Err(NumericError::TooLong) } else { Ok(text.to_owned()) };
    }
    let chunk = Chunk::parse(text)?;
    let characters = chunk.characters()?;
    if chunk.of > 1 { Err(NumericError::Chunk) } else { Ok(characters) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_of_a_jws_survives_its_digits() {
        let all = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
        let text = encode(all);
        assert!(text.starts_with("shc:/000103"));
        assert_eq!(whole(&text).as_deref(), Ok(all));
        assert_eq!(whole(&text.replace("shc", "SHC")).as_deref(), Ok(all));
        assert_eq!(whole(&format!(" \t{text}\r\n")).as_deref(), Ok(all));
        assert_eq!(whole(&text.replace("shc:/", "shc:/1/1/")).as_deref(), Ok(all));
    }

    #[test]
    fn digits_that_stand_for_nothing_are_refused() {
        for (text, why) in [
            ("shc:5676", NumericError::Header),
            ("shc:/0/1/5676", NumericError::Header),
            ("shc:/2/1/5676", NumericError::Header),
            ("shc:/01/2/5676", NumericError::Header),
            ("shc:/1/2/3/5676", NumericError::Header),
            ("shc:/1/5676", NumericError::Header),
            ("shc:/+1/2/5676", NumericError::Header),
            ("shc:/1/65/5676", NumericError::TooLong),
            ("shc:/567", NumericError::Digits),
            ("shc:/5678", NumericError::Digits),
            ("shc:/99", NumericError::Digits),
            ("shc:/56 6", NumericError::Digits),
            ("shc:/56x6", NumericError::Digits),
            ("shc:/５６", NumericError::Digits),
        ] {
            let read = Chunk::parse(text).and_then(|chunk| chunk.characters());
            assert_eq!(read, Err(why), "{text}");
        }
        assert_eq!(whole("shc:/1/2/5676"), Err(NumericError::Chunk));
        assert_eq!(whole(&format!("shc:/{}", "5".repeat(DIGITS_MAX + 9))), Err(NumericError::TooLong));
    }

    #[test]
    fn a_set_takes_each_chunk_once_and_no_other_set_s() {
        let chunk = |text| Chunk::parse(text).expect("a chunk");
        let mut set = ChunkSet::of(&chunk("shc:/2/3/5676")).expect("digits");
        assert_eq!(set.add(&chunk("shc:/2/3/5676")), Ok(Added::Again));
        assert_eq!(set.add(&chunk("shc:/2/3/5677")), Ok(Added::Other));
        assert_eq!(set.add(&chunk("shc:/1/2/5677")), Ok(Added::Other));
        assert_eq!(set.add(&chunk("shc:/1/3/5")), Err(NumericError::Digits));
        assert_eq!((set.jws(), set.missing().collect::<Vec<_>>()), (None, vec![1, 3]));
        assert_eq!(set.add(&chunk("shc:/3/3/00")), Ok(Added::New));
        assert_eq!(set.add(&chunk("shc:/1/3/77")), Ok(Added::New));
        assert_eq!(set.jws().as_deref(), Some("zey-"));
    }
}
