//! Rice codes (Rice and Plaunt 1971): of a gap the low `k` bits as they are, what is above them in unary.
//!
//! Gaps between random indices are distributed geometrically, for which these codes are optimal; at
//! 1 % revoked they take 0.4 % more than the entropy. A gap is the number of indices between two
//! neighbours, and before the first one.
//!
//! The two parts of the codes are stored apart: first all low parts, `k` bits each; then, from the
//! next whole byte on, all high parts, as many zeros as the number says and a one. Bits are counted
//! from the lowest of each byte up, and each of the two is filled up with zeros to a whole byte.
//! It costs no more than codes in one piece, and a whole block is stepped over by counting ones and
//! adding lanes; to load a set one code after the other took four times as long (measured).

use super::fault::StatusFault;

/// Codes that are stepped over together: whole eights, whose low parts are `k` bytes. Twice as many make a query
/// take four binary searches.
pub const BLOCK: usize = 32;

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

/// The codes of a set.
#[derive(Clone, Copy)]
pub struct Codes<'a> {
    k: u32,
    count: usize,
    /// Low parts, then high parts.
    data: &'a [u8],
    highs: &'a [u8],
}

impl<'a> Codes<'a> {
    /// `count` codes with `k` low bits, whose low parts are whole.
    pub fn new(data: &'a [u8], k: u32, count: usize) -> Result<Self, StatusFault> {
        let bits = count * k as usize;
        let (lows, highs) = data.split_at_checked(bits.div_ceil(8)).ok_or(StatusFault::Truncated)?;
        // Every high part takes a bit at least.
        if highs.len() < count.div_ceil(8) {
            return Err(StatusFault::Truncated);
        }
        let filled = lows.last().is_none_or(|last| last.leading_zeros() as usize >= 8 * lows.len() - bits);
        if filled { Ok(Self { k, count, data, highs }) } else { Err(StatusFault::Trailing) }
    }

    /// Codes in the block of that number.
    pub fn block_length(&self, block: usize) -> usize {
        self.count.saturating_sub(BLOCK * block).min(BLOCK)
    }

    /// The high parts from a bit on.
    #[inline(always)]
    pub fn highs(&self, position: usize) -> Highs<'a> {
        let word = word_at(self.highs, position / 8) & u64::MAX << (position % 8);
        Highs { data: self.highs, start: position / 8, word }
    }

    /// The low parts from a place on. What is read beyond the last one means nothing.
    #[inline(always)]
    pub fn lows(&self, place: usize) -> Lows<'a> {
        Lows { data: self.data, k: self.k, position: place * self.k as usize, word: 0, bits: 0 }
    }

    /// Whether one of the codes of a block, whose high parts begin at a bit, ends `wanted` indices after
    /// the first index that the block could hold.
    #[inline(always)]
    pub fn reach(&self, block: usize, position: usize, wanted: u64) -> bool {
        let (k, low) = (self.k, !u64::MAX.wrapping_shl(self.k));
        let mut highs = self.highs(position);
        // Where the next one is if its high part is 0: a place later for every code.
        let mut zero = position;
        // The low parts so far, and one for every index.
        let mut sum = 0u64;
        let (mut place, mut left) = (BLOCK * block, self.block_length(block));
        // As many low parts as surely are in a word: eight begin with a whole byte.
        let at_once = if k <= 8 { 8 } else { 2 };
        while left > 0 {
            let some = at_once.min(left);
            let bit = place.wrapping_mul(k as usize);
            let mut lows = word_at(self.data, bit / 8).wrapping_shr(bit as u32 % 8);
            for _ in 0..some {
                // It was read once, so it reads again.
                let Ok(one) = highs.next() else { return false };
                sum = sum.wrapping_add(lows & low);
                lows = lows.wrapping_shr(k);
                let reached = (one.wrapping_sub(zero) as u64).wrapping_shl(k).wrapping_add(sum);
                if reached >= wanted {
                    return reached == wanted;
                }
                (sum, zero) = (sum.wrapping_add(1), zero.wrapping_add(1));
            }
            (place, left) = (place.wrapping_add(some), left.wrapping_sub(some));
        }
        false
    }

    /// The sum of a block's low parts.
    #[inline(always)]
    pub fn low_sum(&self, block: usize) -> u64 {
        let length = self.block_length(block);
        match (length, self.k) {
            (BLOCK, 4) => self.low_sum_in_lanes::<4>(block),
            (BLOCK, 5) => self.low_sum_in_lanes::<5>(block),
            (BLOCK, 6) => self.low_sum_in_lanes::<6>(block),
            (BLOCK, 7) => self.low_sum_in_lanes::<7>(block),
            (BLOCK, 8) => self.low_sum_in_lanes::<8>(block),
            _ => {
                let mut lows = self.lows(BLOCK * block);
                (0..length).map(|_| lows.next()).sum()
            }
        }
    }

    /// The same for a whole block. Eight low parts are `K` bytes: they are added in four lanes of `2 * K`
    /// bits, which hold the `BLOCK / 4` summands below `2^K` that come into each if `K` is 4 to 8.
    #[inline(always)]
    fn low_sum_in_lanes<const K: usize>(&self, block: usize) -> u64 {
        let every_other = const { low_lanes(2 * K, (1 << K) - 1) };
        let mut sums = 0u64;
        for eight in BLOCK / 8 * block..BLOCK / 8 * (block + 1) {
            let word = word_at(self.data, eight.wrapping_mul(K));
            sums = sums.wrapping_add((word & every_other).wrapping_add(word >> K & every_other));
        }
        let lane = const { (1 << (2 * K)) - 1 };
        (0..4).map(|place| sums >> (2 * K * place) & lane).sum()
    }
}

/// The same bits in each of the four lowest lanes.
const fn low_lanes(lane: usize, bits: u64) -> u64 {
    bits | bits << lane | bits << (2 * lane) | bits << (3 * lane)
}

/// Reads low parts one by one.
#[derive(Clone)]
pub struct Lows<'a> {
    data: &'a [u8],
    k: u32,
    /// The first bit that is not used.
    position: usize,
    /// The bits from there on.
    word: u64,
    /// How many of them were loaded.
    bits: u32,
}

impl Lows<'_> {
    #[inline(always)]
    pub fn next(&mut self) -> u64 {
        // What is plain arithmetic elsewhere wraps here, where the checks would cost a third of the time. None does.
        if self.bits < self.k {
            let used = self.position as u32 % 8;
            self.word = word_at(self.data, self.position / 8) >> used;
            self.bits = 64 - used;
        }
        let low = self.word & !u64::MAX.wrapping_shl(self.k);
        self.word = self.word.wrapping_shr(self.k);
        self.bits = self.bits.wrapping_sub(self.k);
        self.position = self.position.wrapping_add(self.k as usize);
        low
    }
}

/// Finds the ones that end the high parts.
#[derive(Clone)]
pub struct Highs<'a> {
    data: &'a [u8],
    /// The byte where the word begins.
    start: usize,
    /// 64 bits from there on, without the ones that were found.
    word: u64,
}

impl Highs<'_> {
    #[inline(never)]
    fn advance(&mut self) -> Result<(), StatusFault> {
        self.start += 8;
        if self.start >= self.data.len() {
            return Err(StatusFault::Truncated);
        }
        self.word = word_at(self.data, self.start);
        Ok(())
    }

    /// The place of the next one.
    #[inline(always)]
    pub fn next(&mut self) -> Result<usize, StatusFault> {
        while self.word == 0 {
            self.advance()?;
        }
        let place = self.word.trailing_zeros();
        self.word &= self.word.wrapping_sub(1);
        Ok((8 * self.start).wrapping_add(place as usize))
    }

    /// The place of the one that is `count` ones further; `count` is at least 1.
    #[inline(always)]
    pub fn skip(&mut self, count: usize) -> Result<usize, StatusFault> {
        let mut left = count as u64;
        loop {
            let ones = Ones::of(self.word);
            if ones.total() >= left {
                let place = ones.place(left);
                self.word &= u64::MAX.wrapping_shl(place) << 1;
                return Ok(8 * self.start + place as usize);
            }
            left -= ones.total();
            self.advance()?;
        }
    }

    /// Accepts only data that ends in the byte before `position`, the place after the last one, with zeros
    /// between them.
    pub fn finish(&self, position: usize) -> Result<(), StatusFault> {
        let ends = self.data.len() == position.div_ceil(8) && self.word == 0;
        if ends { Ok(()) } else { Err(StatusFault::Trailing) }
    }
}

/// The 64 bits from a byte on; zeros beyond the end.
#[inline(always)]
fn word_at(data: &[u8], byte: usize) -> u64 {
    match data.get(byte..).and_then(<[u8]>::first_chunk) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => last_word(data, byte),
    }
}

#[cold]
fn last_word(data: &[u8], byte: usize) -> u64 {
    let rest = data.get(byte..).unwrap_or_default();
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    u64::from_le_bytes(bytes)
}

/// The ones of a word, counted and found without branches, which nothing could predict (S. Vigna, "Broadword
/// implementation of rank/select queries", 2008).
struct Ones {
    word: u64,
    /// In each byte the ones up to its end.
    up_to: u64,
}

/// A one in every byte.
const EVERY: u64 = 0x0101_0101_0101_0101;

/// For each byte the places of its ones.
const PLACES: [[u8; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut place, mut found) = (0, 0);
        while place < 8 {
            if byte >> place & 1 == 1 {
                places[byte][found] = place as u8;
                found += 1;
            }
            place += 1;
        }
        byte += 1;
    }
    places
};

impl Ones {
    #[inline(always)]
    fn of(word: u64) -> Self {
        let pairs = word.wrapping_sub(word >> 1 & 0x5555_5555_5555_5555);
        let fours = (pairs & 0x3333_3333_3333_3333).wrapping_add(pairs >> 2 & 0x3333_3333_3333_3333);
        let each = fours.wrapping_add(fours >> 4) & 0x0f0f_0f0f_0f0f_0f0f;
        Self { word, up_to: each.wrapping_mul(EVERY) }
    }

    #[inline(always)]
    fn total(&self) -> u64 {
        self.up_to >> 56
    }

    /// The place of the `nth` one; `nth` is at least 1 and at most the total.
    #[inline(always)]
    fn place(&self, nth: u64) -> u32 {
        // The highest bit of each byte says whether it or one before it holds that one.
        let reached = (self.up_to | EVERY << 7).wrapping_sub(EVERY.wrapping_mul(nth)) & EVERY << 7;
        let before = reached.trailing_zeros() & 0x38;
        let byte = self.word.wrapping_shr(before) as u8;
        let rank = nth.wrapping_sub(1).wrapping_sub((self.up_to << 8).wrapping_shr(before) & 0xff) as usize % 8;
        before | u32::from(PLACES[usize::from(byte)][rank])
    }
}

/// Writes bits.
struct Bits {
    out: Vec<u8>,
    /// Bits not yet written, the first one lowest.
    window: u64,
    /// How many they are: fewer than 32.
    bits: u32,
}

impl Bits {
    fn with_capacity(bits: usize) -> Self {
        Self { out: Vec::with_capacity(bits / 8 + 8), window: 0, bits: 0 }
    }

    fn position(&self) -> usize {
        8 * self.out.len() + self.bits as usize
    }

    /// Writes the lowest `bits` of a value, at most 32; the others are zero.
    #[inline(always)]
    fn put(&mut self, value: u64, bits: u32) {
        self.window |= value << self.bits;
        self.bits += bits;
        if self.bits >= 32 {
            self.out.extend_from_slice(&(self.window as u32).to_le_bytes());
            self.window >>= 32;
            self.bits -= 32;
        }
    }

    /// All of it, filled up with zeros to a whole byte.
    fn finish(mut self) -> Vec<u8> {
        let bytes = self.bits.div_ceil(8) as usize;
        self.out.extend(self.window.to_le_bytes().iter().take(bytes));
        self.out
    }
}

/// Writes codes one after the other.
pub struct Encoder {
    k: u32,
    lows: Bits,
    highs: Bits,
}

impl Encoder {
    /// For `count` codes with `k` low bits.
    pub fn new(k: u32, count: usize) -> Self {
        Self { k, lows: Bits::with_capacity(count * k as usize), highs: Bits::with_capacity(5 * count / 2) }
    }

    /// How many bits of high parts were written.
    pub fn position(&self) -> usize {
        self.highs.position()
    }

    /// Writes a gap.
    #[inline(always)]
    pub fn push(&mut self, gap: u32) {
        self.lows.put(u64::from(gap) & !(u64::MAX << self.k), self.k);
        let mut zeros = gap >> self.k;
        while zeros >= 32 {
            self.highs.put(0, 32);
            zeros -= 32;
        }
        self.highs.put(1 << zeros, zeros + 1);
    }

    /// The data.
    pub fn finish(self) -> Vec<u8> {
        let mut data = self.lows.finish();
        data.extend(self.highs.finish());
        data
    }
}
