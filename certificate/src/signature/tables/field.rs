//! What the points of P-256 need of its field.

/// A number modulo p = 2²⁵⁶ − 2²²⁴ + 2¹⁹² + 2⁹⁶ − 1. Two are equal exactly if they are the same number.
pub trait Element: Copy + PartialEq + Send + Sync + 'static {
    const ZERO: Self;
    const ONE: Self;

    /// From its big-endian bytes, which must be below p.
    fn below_p(bytes: &[u8; 32]) -> Self;
    fn plus(&self, other: &Self) -> Self;
    fn minus(&self, other: &Self) -> Self;
    fn times(&self, other: &Self) -> Self;
    fn squared(&self) -> Self;

    fn doubled(&self) -> Self {
        self.plus(self)
    }

    /// Its inverse, by Fermat's little theorem; of 0 it is 0.
    fn inverse(&self) -> Self {
        let mut inverse = Self::ONE;
        for bit in (0..256_usize).rev() {
            inverse = inverse.squared();
            if P_LESS_2.get(bit / 32).is_some_and(|limb| limb >> (bit % 32) & 1 == 1) {
                inverse = inverse.times(self);
            }
        }
        inverse
    }
}

/// p − 2, least limb first.
const P_LESS_2: [u32; 8] = [0xffff_fffd, 0xffff_ffff, 0xffff_ffff, 0, 0, 0, 1, 0xffff_ffff];
