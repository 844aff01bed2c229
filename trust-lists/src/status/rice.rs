//! Rice codes (Rice and Plaunt 1971): a gap's high part in unary, its low `k` bits as they are.
//!
//! Gaps between random indices are distributed geometrically, for which these codes are optimal; at
//! 1 % revoked they take 0.4 % more than the entropy. The codes are written from the highest bit of
//! each byte down: as many zeros as the high part says, a one, the low bits. A gap is the number of indices
//! between two neighbours, and before the first one.

use super::fault::StatusFault;

/// The number of low bits for `count` of `size` indices: the one that costs least on average for
/// indices at random (A. Kiely, "Selecting the Golomb Parameter in Rice Coding", IPN Progress
/// Report 42-159, 2004). It is not stored, so one set has one encoding.
///
/// Both are at most 2^24, so that nothing overflows; the result is at most 23.
pub fn parameter(size: u64, count: u64) -> u32 {
    // ln of the golden ratio, 0.4812, over the share of revoked indices.
    let quotient = (size * 4812).checked_div(count * 10_000).unwrap_or(0);
    u64::BITS - quotient.leading_zeros()
}

/// Reads codes one after the other. Past the end there are zeros; who reads the last code asks
/// [`finish`](Self::finish).
#[derive(Clone)]
pub struct Decoder<'a> {
    data: &'a [u8],
    k: u32,
    /// The byte after those that were loaded.
    loaded: usize,
    /// Bits that were loaded and not used, from the highest down; zeros after them.
    window: u64,
    /// How many they are.
    bits: u32,
}

impl<'a> Decoder<'a> {
    pub fn new(data: &'a [u8], k: u32) -> Self {
        Self { data, k, loaded: 0, window: 0, bits: 0 }
    }

    /// Begins at a bit that [`position`](Self::position) gave.
    pub fn at(data: &'a [u8], k: u32, position: usize) -> Self {
        let mut decoder = Self { data, k, loaded: position / 8, window: 0, bits: 0 };
        decoder.refill();
        let used = (position % 8) as u32;
        decoder.window <<= used;
        decoder.bits -= used;
        decoder
    }

    /// How many bits were used.
    pub fn position(&self) -> usize {
        8 * self.loaded - self.bits as usize
    }

    /// Loads whole bytes until at least 56 bits are there.
    #[inline(always)]
    fn refill(&mut self) {
        let next = match self.data.get(self.loaded..).and_then(<[u8]>::first_chunk) {
            Some(bytes) => u64::from_be_bytes(*bytes),
            None => self.last_bytes(),
        };
        self.window |= next >> self.bits;
        let bytes = (63 - self.bits) / 8;
        self.loaded += bytes as usize;
        self.bits += 8 * bytes;
        // Bits beyond the whole bytes come again with the next ones.
        self.window &= !(u64::MAX >> self.bits);
    }

    #[cold]
    fn last_bytes(&self) -> u64 {
        let rest = self.data.get(self.loaded..).unwrap_or_default();
        rest.iter().take(8).zip((0..8).rev()).fold(0, |word, (byte, place)| word | u64::from(*byte) << (8 * place))
    }

    /// The next gap. It can be wrong only if the data ended, which [`finish`](Self::finish) tells.
    #[inline(always)]
    pub fn next(&mut self) -> Result<u64, StatusFault> {
        if self.bits < 32 {
            self.refill();
        }
        let zeros = self.window.leading_zeros();
        let used = zeros + 1 + self.k;
        if used > self.bits {
            return self.next_long();
        }
        let low = (self.window << zeros << 1 >> 1) >> (63 - self.k);
        self.window = self.window << zeros << 1 << self.k;
        self.bits -= used;
        Ok(u64::from(zeros) << self.k | low)
    }

    /// A code that does not end within the window.
    #[cold]
    fn next_long(&mut self) -> Result<u64, StatusFault> {
        let mut high = 0;
        self.refill();
        while self.window == 0 {
            if self.loaded >= self.data.len() {
                return Err(StatusFault::Truncated);
            }
            high += u64::from(self.bits);
            self.bits = 0;
            self.refill();
        }
        let zeros = self.window.leading_zeros();
        high += u64::from(zeros);
        self.window = self.window << zeros << 1;
        self.bits -= zeros + 1;
        self.refill();
        let low = (self.window >> 1) >> (63 - self.k);
        self.window <<= self.k;
        self.bits -= self.k;
        Ok(high << self.k | low)
    }

    /// Accepts only data that ends with the code read last, in the same byte, with zeros after it.
    pub fn finish(&self) -> Result<(), StatusFault> {
        let unused = (8 * self.data.len()).checked_sub(self.position()).ok_or(StatusFault::Truncated)?;
        let last = self.data.last().copied().unwrap_or(0);
        let zeros = unused < 8 && last & !(u8::MAX << unused) == 0;
        if zeros { Ok(()) } else { Err(StatusFault::Trailing) }
    }
}

/// Writes codes one after the other.
pub struct Encoder {
    out: Vec<u8>,
    k: u32,
    /// Bits not yet written, the last one lowest.
    window: u64,
    /// How many they are: fewer than 32.
    bits: u32,
}

impl Encoder {
    /// For about `count` codes of the best length.
    pub fn new(k: u32, count: usize) -> Self {
        Self { out: Vec::with_capacity(count * (k as usize + 2) / 8 + 8), k, window: 0, bits: 0 }
    }

    /// How many bits were written.
    pub fn position(&self) -> usize {
        8 * self.out.len() + self.bits as usize
    }

    /// Writes the lowest `bits` of a value, at most 32; the others are zero.
    #[inline(always)]
    fn put(&mut self, value: u64, bits: u32) {
        self.window = self.window << bits | value;
        self.bits += bits;
        if self.bits >= 32 {
            self.bits -= 32;
            self.out.extend_from_slice(&((self.window >> self.bits) as u32).to_be_bytes());
        }
    }

    /// Writes a gap.
    #[inline(always)]
    pub fn push(&mut self, gap: u32) {
        let mut zeros = gap >> self.k;
        // With the one and the low bits, at most 23, that makes 32.
        while zeros > 8 {
            let some = zeros.min(32);
            self.put(0, some);
            zeros -= some;
        }
        let low = u64::from(gap) & !(u64::MAX << self.k);
        self.put(1 << self.k | low, zeros + 1 + self.k);
    }

    /// The data, filled up with zeros to a whole byte.
    pub fn finish(mut self) -> Vec<u8> {
        let rest = ((self.window as u32) << (31 - self.bits)) << 1;
        let bytes = self.bits.div_ceil(8) as usize;
        self.out.extend(rest.to_be_bytes().iter().take(bytes));
        self.out
    }
}
