//! Eight pixels at once, in a word of eight bytes: WebAssembly has no wider ones that every phone knows.

/// The highest bit of every byte.
const HIGHEST: u64 = 0x8080_8080_8080_8080;
const ONES: u64 = 0x0101_0101_0101_0101;
/// Every other byte.
const EVEN: u64 = 0x00FF_00FF_00FF_00FF;

/// Eight pixels, the first lowest; what is missing at the end is as the last pixel.
pub(crate) fn of(pixels: &[u8]) -> u64 {
    let bytes = pixels.try_into().unwrap_or_else(|_| {
        let mut bytes = [pixels.last().copied().unwrap_or(0); 8];
        bytes.iter_mut().zip(pixels).for_each(|(to, from)| *to = *from);
        bytes
    });
    u64::from_le_bytes(bytes)
}

/// Sets the highest bit of each byte of `a` that is not less than that of `b`.
const fn at_least(a: u64, b: u64) -> u64 {
    let low = (a | HIGHEST) - (b & !HIGHEST);
    ((a & !b) | (!(a ^ b) & low)) & HIGHEST
}

/// Takes the bytes of `a` whose highest bit is set in `where_set`, else those of `b`.
const fn choose(where_set: u64, a: u64, b: u64) -> u64 {
    let mask = (where_set >> 7) * 0xFF;
    (a & mask) | (b & !mask)
}

/// The lesser of each two bytes.
pub(crate) const fn min(a: u64, b: u64) -> u64 {
    choose(at_least(a, b), b, a)
}

/// The greater of each two bytes.
pub(crate) const fn max(a: u64, b: u64) -> u64 {
    choose(at_least(a, b), a, b)
}

/// The sums of two bytes each, in 16 bits.
pub(crate) const fn sums(pixels: u64) -> u64 {
    (pixels & EVEN) + ((pixels >> 8) & EVEN)
}

/// The sum of four sums, if it fits 16 bits.
pub(crate) const fn total(sums: u64) -> u32 {
    (sums.wrapping_mul(0x0001_0001_0001_0001) >> 48) as u32
}

/// A bit for each pixel that is no lighter than the threshold, the first lowest: nothing is lighter than black.
pub(crate) const fn no_lighter(pixels: u64, threshold: u8) -> usize {
    let dark = at_least(threshold as u64 * ONES, pixels) >> 7;
    // Each product of two set bits falls on a place of its own, the wanted ones into the highest byte.
    (dark.wrapping_mul(0x0102_0408_1020_4080) >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_at_once_are_as_one_by_one() {
        let mut state = 1_u64;
        for round in 0..20_000 {
            // Xorshift; every other round has many equal and extreme bytes.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            let (a, b) = (state, state.rotate_left(round % 64));
            let (a, b) = if round % 2 == 0 { (a & 0x8181_8181_8181_8181, b & 0xFFFF_0101_8080_7F7F) } else { (a, b) };
            let (x, y) = (a.to_le_bytes(), b.to_le_bytes());
            let each = |f: fn(u8, u8) -> u8| u64::from_le_bytes(std::array::from_fn(|at| f(x[at], y[at])));
            assert_eq!(min(a, b), each(u8::min));
            assert_eq!(max(a, b), each(u8::max));
            assert_eq!(total(sums(a)), x.iter().map(|byte| u32::from(*byte)).sum());
            for threshold in [0, y[0], 127, 128, 255] {
                let bits = x.iter().rev().fold(0, |bits, pixel| bits << 1 | usize::from(*pixel <= threshold));
                assert_eq!(no_lighter(a, threshold), bits, "{a:x} {threshold}");
            }
        }
    }

    #[test]
    fn a_short_row_goes_on_as_it_ended() {
        assert_eq!(of(&[1, 2, 3]), u64::from_le_bytes([1, 2, 3, 3, 3, 3, 3, 3]));
        assert_eq!(of(&[1, 2, 3, 4, 5, 6, 7, 8]), 0x0807_0605_0403_0201);
    }
}
