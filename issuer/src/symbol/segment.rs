//! How a text is split into segments, and the bits that they become (ISO/IEC 18004, 7.4).

/// Digits at the end of a text that are worth a segment of their own: below this the header eats
/// the gain.
const LEAST_NUMERIC_TAIL: usize = 16;

/// How a segment's characters become bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// Three digits in ten bits.
    Numeric,
    /// Two of 45 characters in eleven bits.
    Alphanumeric,
    /// A byte in eight bits.
    Byte,
}

/// A run of bytes in one mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'t> {
    pub(super) mode: Mode,
    pub(super) bytes: &'t [u8],
}

/// Splits `text` as [`super::Symbol::encode`] promises.
pub(super) fn segments(text: &[u8]) -> Vec<Segment<'_>> {
    let whole = |mode| vec![Segment { mode, bytes: text }];
    let tail = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if tail == text.len() {
        return whole(Mode::Numeric);
    }
    if text.iter().all(|byte| value_of(*byte).is_some()) {
        return whole(Mode::Alphanumeric);
    }
    if tail < LEAST_NUMERIC_TAIL {
        return whole(Mode::Byte);
    }
    let (bytes, digits) = text.split_at(text.len() - tail);
    vec![Segment { mode: Mode::Byte, bytes }, Segment { mode: Mode::Numeric, bytes: digits }]
}

impl Segment<'_> {
    /// How many bits it takes in symbols of that version.
    pub(super) const fn bits(&self, version: u8) -> usize {
        let length = self.bytes.len();
        let characters = match self.mode {
            Mode::Numeric => length / 3 * 10 + [0, 4, 7][length % 3],
            Mode::Alphanumeric => length / 2 * 11 + length % 2 * 6,
            Mode::Byte => length * 8,
        };
        4 + self.mode.count_bits(version) + characters
    }

    /// Writes mode, length and characters.
    pub(super) fn write(&self, version: u8, to: &mut BitString) {
        to.push(self.mode.indicator(), 4);
        // What fits a version never overflows that version's length field.
        to.push(self.bytes.len() as u32, self.mode.count_bits(version));
        match self.mode {
            Mode::Numeric => {
                for group in self.bytes.chunks(3) {
                    let number = group.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
                    to.push(number, group.len() * 3 + 1);
                }
            }
            Mode::Alphanumeric => {
                for pair in self.bytes.chunks(2) {
                    let value = |byte: &u8| u32::from(value_of(*byte).unwrap_or_default());
                    let number = pair.iter().fold(0, |number, byte| number * 45 + value(byte));
                    to.push(number, pair.len() * 5 + 1);
                }
            }
            Mode::Byte => self.bytes.iter().for_each(|byte| to.push(u32::from(*byte), 8)),
        }
    }
}

impl Mode {
    /// Table 2.
    const fn indicator(self) -> u32 {
        match self {
            Self::Numeric => 0b0001,
            Self::Alphanumeric => 0b0010,
            Self::Byte => 0b0100,
        }
    }

    /// Bits of the length field (table 3).
    const fn count_bits(self, version: u8) -> usize {
        let class = match version {
            0..=9 => 0,
            10..=26 => 1,
            _ => 2,
        };
        match self {
            Self::Numeric => [10, 12, 14][class],
            Self::Alphanumeric => [9, 11, 13][class],
            Self::Byte => [8, 16, 16][class],
        }
    }
}

/// Values of the alphanumeric characters (table 5), the alphabet of Base45 (RFC 9285); 255 for all other bytes.
const VALUES: [u8; 256] = {
    let characters = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
    let mut values = [u8::MAX; 256];
    let mut value = 0;
    while value < characters.len() {
        values[characters[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// The value of an alphanumeric character.
fn value_of(byte: u8) -> Option<u8> {
    Some(VALUES[usize::from(byte)]).filter(|value| *value != u8::MAX)
}

/// Bits, gathered into bytes from the highest on.
#[derive(Default)]
pub(super) struct BitString {
    bytes: Vec<u8>,
    /// Bits that do not fill a byte yet, the last one lowest.
    rest: u64,
    rest_length: usize,
}

impl BitString {
    /// Adds the lowest `length` bits of a number, 32 at most.
    pub(super) fn push(&mut self, number: u32, length: usize) {
        self.rest = self.rest << length | u64::from(number);
        self.rest_length += length;
        while self.rest_length >= 8 {
            self.rest_length -= 8;
            self.bytes.push((self.rest >> self.rest_length) as u8);
        }
    }

    /// The bytes, filled up to that length: a terminator of up to four zeros, zeros to the next byte, then the pad
    /// codewords (7.4.9, 7.4.10).
    pub(super) fn filled(mut self, length: usize) -> Vec<u8> {
        let free = (length * 8).saturating_sub(self.bytes.len() * 8 + self.rest_length);
        self.push(0, free.min(4));
        if self.rest_length > 0 {
            self.push(0, 8 - self.rest_length);
        }
        self.bytes.extend([0xEC, 0x11].into_iter().cycle().take(length.saturating_sub(self.bytes.len())));
        self.bytes
    }
}
