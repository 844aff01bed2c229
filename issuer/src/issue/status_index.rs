//! Status indices: unique without looking any up, and telling nothing of order, time or place.
//!
//! The certificates of a range are counted, and a keyed permutation of the range puts each count at
//! an index: a Feistel network over the next even number of bits, walked along its cycle until it
//! falls into the range (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002).

use sha2::{Digest, Sha256};

/// Enough for a network whose halves are small (NIST SP 800-38G wants 8 for 8 bits and more).
const ROUNDS: u8 = 10;

/// A keyed permutation of the numbers below `size`.
pub(crate) struct Permutation {
    secret: [u8; 32],
    size: u64,
    half_bits: u32,
}

impl Permutation {
    /// The permutation of `0..size` under that secret; `None` for an empty range or one above 2^32.
    pub(crate) fn new(secret: [u8; 32], size: u64) -> Option<Self> {
        if !(1..=1 << 32).contains(&size) {
            return None;
        }
        let bits = (u64::BITS - (size - 1).leading_zeros()).max(2);
        Some(Self { secret, size, half_bits: bits.div_ceil(2) })
    }

    /// Where the permutation puts `count`, or `None` if the range has no such number.
    pub(crate) fn at(&self, count: u64) -> Option<u64> {
        if count >= self.size {
            return None;
        }
        // The network permutes less than four times the range, so the walk is short on average, and it
        // ends because it stays on the cycle of a number inside the range.
        let mut place = self.network(count);
        while place >= self.size {
            place = self.network(place);
        }
        Some(place)
    }

    /// Which number the permutation puts at that place, or `None` if the range has no such place.
    pub(crate) fn count_of(&self, place: u64) -> Option<u64> {
        if place >= self.size {
            return None;
        }
        let mut count = self.network_backwards(place);
        while count >= self.size {
            count = self.network_backwards(count);
        }
        Some(count)
    }

    fn network(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits & mask, value & mask);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ (self.round(round, right) & mask));
        }
        left << self.half_bits | right
    }

    fn network_backwards(&self, value: u64) -> u64 {
        let mask = (1 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits & mask, value & mask);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ (self.round(round, left) & mask), left);
        }
        left << self.half_bits | right
    }

    fn round(&self, round: u8, half: u64) -> u64 {
        let mut hash = Sha256::new();
        // Every input has the same length, so a plain hash behind a secret is a keyed one.
        hash.update(self.secret);
        hash.update(self.size.to_be_bytes());
        hash.update([round]);
        hash.update(half.to_be_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_range_is_given_out_exactly_once() {
        for size in (1..70).chain([255, 256, 257, 1_000, 4_096, 10_007]) {
            let permutation = Permutation::new([size as u8; 32], size).expect("not empty");
            let mut seen = vec![false; size as usize];
            for count in 0..size {
                let index = permutation.at(count).expect("in range") as usize;
                assert!(!std::mem::replace(&mut seen[index], true), "{size}: {index} twice");
                assert_eq!(permutation.count_of(index as u64), Some(count), "and leads back");
            }
            assert_eq!((permutation.at(size), permutation.count_of(size)), (None, None));
        }
        assert!(Permutation::new([0; 32], 0).is_none());
    }

    #[test]
    fn another_secret_is_another_order() {
        let order = |secret| {
            let permutation = Permutation::new([secret; 32], 1 << 24).expect("not empty");
            (0..8).map(|count| permutation.at(count)).collect::<Vec<_>>()
        };
        assert_ne!(order(1), order(2));
        assert!(!order(1).is_sorted());
    }
}
