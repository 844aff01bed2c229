//! Numbers in signed digits.

/// So many windows of a width has a number of so many bits: one bit more is for what is carried out of them.
pub const fn windows(bits: usize, width: usize) -> usize {
    bits / width + 1
}

/// The digits of a little-endian number below 2^`bits` to the base 2^`width`, least first, each from 1 less than the
/// negative half of the base to the half.
pub fn digits(bytes: &[u8; 32], bits: usize, width: usize) -> impl Iterator<Item = i16> {
    let mut carry = 0;
    (0..windows(bits, width)).map(move |at| {
        let (byte, shift) = (at * width / 8, at * width % 8);
        let part = |at: usize| u16::from(bytes.get(at).copied().unwrap_or(0));
        let base = 1 << width;
        let bits = ((part(byte) | part(byte + 1) << 8) >> shift) as i16 & (base - 1);
        let digit = bits + carry;
        carry = i16::from(digit > base / 2);
        digit - base * carry
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::U512;

    /// Doubles and adds the digits back together, modulo 2⁵¹² for the negative ones.
    #[test]
    fn digits_add_up_to_their_number_and_stay_small() {
        let mut below_253 = [0xff; 32];
        below_253[31] = 0x1f;
        let numbers = [[0; 32], [0x10; 32], [0x0f; 32], below_253, [0xff; 32], [0x80; 32], [0x7f; 32]];
        for (bytes, width) in numbers.into_iter().flat_map(|bytes| (2..=8).map(move |width| (bytes, width))) {
            for bits in [253, 256].into_iter().filter(|bits| *bits == 256 || bytes[31] < 0x20) {
                let half = 1 << (width - 1);
                let mut sum = U512::ZERO;
                for digit in digits(&bytes, bits, width).collect::<Vec<_>>().into_iter().rev() {
                    assert!((1 - half..=half).contains(&digit), "{digit} of {width} bits");
                    let size = U512::from(digit.unsigned_abs());
                    sum = sum.shl_vartime(width as u32);
                    sum = if digit < 0 { sum.wrapping_sub(&size) } else { sum.wrapping_add(&size) };
                }
                let mut wide = [0; 64];
                wide[..32].copy_from_slice(&bytes);
                assert_eq!(sum, U512::from_le_slice(&wide), "{bits} bits by {width}");
            }
        }
    }
}
