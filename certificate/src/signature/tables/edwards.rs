//! Multiples of points of Curve25519.

use super::Table;
use super::digits::{digits, windows};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;

/// Scalars are below the order of the base point.
const BITS: usize = 253;

/// For each window of a scalar's bits, the point shifted there, once to as many times as half the window's digits.
pub struct Windows {
    /// Bits of a window, from 2 to 8.
    width: usize,
    multiples: Vec<EdwardsPoint>,
}

impl Table for Windows {
    fn bytes(&self) -> usize {
        self.multiples.capacity() * size_of::<EdwardsPoint>()
    }
}

impl Windows {
    pub fn of(point: EdwardsPoint, width: usize) -> Self {
        // Digits are signed, and a negative point is as good as a positive one.
        let (each, count) = (1 << (width - 1), windows(BITS, width));
        let mut multiples = Vec::with_capacity(each * count);
        let mut shifted = point;
        for _ in 0..count {
            let mut multiple = shifted;
            multiples.push(multiple);
            for _ in 1..each {
                multiple += shifted;
                multiples.push(multiple);
            }
            // The last is half of what the next window begins with.
            shifted = multiple + multiple;
        }
        Self { width, multiples }
    }

    /// Adds the product with a scalar to a sum.
    pub fn add_times(&self, scalar: &Scalar, mut sum: EdwardsPoint) -> EdwardsPoint {
        let windows = self.multiples.chunks_exact(1 << (self.width - 1));
        for (multiples, digit) in windows.zip(digits(scalar.as_bytes(), BITS, self.width)) {
            let multiple = |size: usize| size.checked_sub(1).and_then(|at| multiples.get(at));
            match multiple(usize::from(digit.unsigned_abs())) {
                Some(point) if digit < 0 => sum -= point,
                Some(point) => sum += point,
                None => {}
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn windows_multiply_as_the_curve_does(wide in any::<[[u8; 32]; 3]>(), width in 2usize..=8) {
            let [point, scalar, sum] = wide.map(Scalar::from_bytes_mod_order);
            let [point, sum] = [point, sum].map(|scalar| EdwardsPoint::mul_base(&scalar));
            prop_assert_eq!(Windows::of(point, width).add_times(&scalar, sum), sum + point * scalar);
        }
    }
}
