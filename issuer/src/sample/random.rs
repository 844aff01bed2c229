//! A small random generator with the same output in every version: SplitMix64 (Steele, Lea and Flood 2014).

/// A stream of numbers that follows from its seed.
pub(super) struct Random(u64);

impl Random {
    /// The stream number `stream` of a seed.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut mixed = Self(seed);
        let start = mixed.next() ^ stream.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        Self(start)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 if `bound` is 0.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        // The high half of a product: even enough for fiction.
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// One of a list; the list's default if it is empty.
    pub(super) fn pick<T: Copy + Default>(&mut self, list: &[T]) -> T {
        let at = self.below(list.len() as u64);
        usize::try_from(at).ok().and_then(|at| list.get(at)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_numbers_for_ever() {
        let mut random = Random::new(1, 2);
        let numbers: Vec<u64> = (0..4).map(|_| random.below(1000)).collect();
        let mut again = Random::new(1, 2);
        assert_eq!(numbers, (0..4).map(|_| again.below(1000)).collect::<Vec<_>>());
        assert_ne!(
            numbers,
            (0..4)
                .map({
                    let mut other = Random::new(1, 3);
                    move |_| other.below(1000)
                })
                .collect::<Vec<_>>()
        );
    }
}
