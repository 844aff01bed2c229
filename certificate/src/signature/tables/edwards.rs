//! Multiples of points of edwards25519.
//!
//! The formulas are `madd-2008-hwcd-3` and `dbl-2008-hwcd` (Hisil, Wong, Carter and Dawson, 2008) of the
//! Explicit-Formulas Database, for −x² + y² = 1 + d·x²·y². As −1 is a square of the field and d is none, they hold for
//! all points of the curve.

use super::Table;
use super::digits::{digits, windows};
use super::field_25519::Element;
use curve25519_dalek::scalar::Scalar;

#[cfg(target_arch = "wasm32")]
type Number = super::field_25519::Fiat32;
#[cfg(not(target_arch = "wasm32"))]
type Number = super::field_25519::Fiat64;

/// Windows over the field that is the fastest here.
pub type Multiples = Windows<Number>;
/// A sum of points over it.
pub type Sum = Extended<Number>;

/// d = −121665 / 121666, little-endian.
const D: [u8; 32] = *b"\xa3\x78\x59\x13\xca\x4d\xeb\x75\xab\xd8\x41\x41\x4d\x0a\x70\x00\x98\xe8\x79\x77\x79\x40\xc7\x8c\x73\xfe\x6f\x2b\xee\x6c\x03\x52";
/// A square root of −1, little-endian.
const ROOT: [u8; 32] = *b"\xb0\xa0\x0e\x4a\x27\x1b\xee\xc4\x78\xe4\x2f\xad\x06\x18\x43\x2f\xa7\xd7\xfb\x3d\x99\x00\x4d\x2b\x0b\xdf\xc1\x4f\x80\x24\x83\x2b";
/// A half: (p + 1) / 2, little-endian.
const HALF: [u8; 32] = {
    let mut half = [0xff; 32];
    half[0] = 0xf7;
    half[31] = 0x3f;
    half
};

/// So many points share an inversion, which takes as long as 30 additions.
const AT_ONCE: usize = 1024;

/// Scalars are below the order of the base point.
const BITS: usize = 253;

/// What adding a point needs of it. With the halves of `madd-2008-hwcd-3`'s, the sum comes out with all coordinates a
/// quarter as large, which is the same point, and its Z needs no doubling.
struct Niels<F: Element> {
    /// (y + x) / 2
    half_sum: F::Loose,
    /// (y − x) / 2
    half_difference: F::Loose,
    /// d·x·y
    product: F::Loose,
}

/// A point: (X/Z, Y/Z), with T = X·Y/Z.
#[derive(Clone, Copy)]
pub struct Extended<F> {
    x: F,
    y: F,
    z: F,
    t: F,
}

impl<F: Element> Extended<F> {
    pub const IDENTITY: Self = Self { x: F::ZERO, y: F::ONE, z: F::ONE, t: F::ZERO };

    /// The point with this encoding (RFC 8032 section 5.1.3), which must be that of a point.
    fn of(encoded: &[u8; 32]) -> Self {
        let y = F::from_bytes(encoded);
        let yy = y.squared();
        // x² = u / v
        let (u, v) = (F::carried(&yy.minus(&F::ONE)), F::carried(&yy.times(&F::from_bytes(&D)).plus(&F::ONE)));
        let vvv = v.squared().times(&v);
        let mut x = u.times(&vvv).times(&u.times(&vvv.squared().times(&v)).to_the_p58());
        if x.squared().times(&v).to_bytes() != u.to_bytes() {
            x = x.times(&F::from_bytes(&ROOT));
        }
        if is_odd(x) != (encoded[31] >> 7 == 1) {
            x = F::carried(&F::ZERO.minus(&x));
        }
        Self { x, y, z: F::ONE, t: x.times(&y) }
    }

    /// The point's encoding: that of y, with x's parity in the highest bit. It is canonical.
    pub fn encoded(&self) -> [u8; 32] {
        let inverse = self.z.inverse();
        let mut encoded = self.y.times(&inverse).to_bytes();
        encoded[31] |= u8::from(is_odd(self.x.times(&inverse))) << 7;
        encoded
    }

    /// `dbl-2008-hwcd`.
    fn doubled(&self) -> Self {
        let (xx, yy, zz) = (self.x.squared(), self.y.squared(), self.z.squared());
        let h = F::carried(&xx.plus(&yy));
        let e = h.minus(&F::square(&self.x.plus(&self.y)));
        let g = F::carried(&xx.minus(&yy));
        let f = F::carried(&zz.plus(&zz)).plus(&g);
        let (h, g) = (h.loose(), g.loose());
        Self { x: F::product(&e, &f), y: F::product(&g, &h), z: F::product(&f, &g), t: F::product(&e, &h) }
    }

    /// `madd-2008-hwcd-3`: adds a point, or its negative.
    fn add(&mut self, other: &Niels<F>, negative: bool) {
        let (with_difference, with_sum) = match negative {
            false => (&other.half_difference, &other.half_sum),
            true => (&other.half_sum, &other.half_difference),
        };
        let a = F::product(&self.y.minus(&self.x), with_difference);
        let b = F::product(&self.y.plus(&self.x), with_sum);
        let c = F::product(&self.t.loose(), &other.product);
        let (less, more) = (self.z.minus(&c), self.z.plus(&c));
        let (f, g) = if negative { (&more, &less) } else { (&less, &more) };
        let (e, h) = (b.minus(&a), b.plus(&a));
        self.x = F::product(&e, f);
        self.y = F::product(g, &h);
        self.z = F::product(f, g);
        self.t = F::product(&e, &h);
    }
}

fn is_odd(number: impl Element) -> bool {
    number.to_bytes()[0] & 1 == 1
}

/// For each window of a scalar's bits, the point shifted there, once to as many times as half the window's digits.
pub struct Windows<F: Element> {
    /// Bits of a window, from 2 to 8.
    width: usize,
    multiples: Vec<Niels<F>>,
}

impl<F: Element> Table for Windows<F> {
    fn bytes(&self) -> usize {
        self.multiples.capacity() * size_of::<Niels<F>>()
    }
}

impl<F: Element> Windows<F> {
    /// Of the point with this encoding, which must be that of a point.
    pub fn of(encoded: &[u8; 32], width: usize) -> Self {
        // Digits are signed, and a negative point is as good as a positive one.
        let (each, count) = (1 << (width - 1), windows(BITS, width));
        let mut shifted = Vec::with_capacity(count);
        let mut point = Extended::of(encoded);
        for _ in 0..count {
            shifted.push(point);
            for _ in 0..width {
                point = point.doubled();
            }
        }
        let mut multiples = Vec::with_capacity(each * count);
        // Not all at once: a verdict on whatever comes takes little memory for a moment.
        for some in niels::<F>(&shifted).chunks(AT_ONCE / each) {
            let mut points = Vec::with_capacity(AT_ONCE);
            for shifted in some {
                let mut multiple = Extended::IDENTITY;
                for _ in 0..each {
                    multiple.add(shifted, false);
                    points.push(multiple);
                }
            }
            multiples.extend(niels(&points));
        }
        Self { width, multiples }
    }

    /// Adds the product with a scalar to a sum.
    pub fn add_times(&self, scalar: &Scalar, mut sum: Extended<F>) -> Extended<F> {
        let windows = self.multiples.chunks_exact(1 << (self.width - 1));
        for (multiples, digit) in windows.zip(digits(scalar.as_bytes(), BITS, self.width)) {
            let at = usize::from(digit.unsigned_abs()).checked_sub(1);
            if let Some(multiple) = at.and_then(|at| multiples.get(at)) {
                sum.add(multiple, digit < 0);
            }
        }
        sum
    }
}

/// What adding these points needs of them, with one inversion for all (Montgomery's trick). No point's Z is 0.
fn niels<F: Element>(points: &[Extended<F>]) -> Vec<Niels<F>> {
    let half = F::from_bytes(&HALF);
    let d = F::from_bytes(&D);
    let four_d = F::carried(&d.plus(&d));
    let four_d = F::carried(&four_d.plus(&four_d));
    let mut products = Vec::with_capacity(points.len());
    let mut product = F::ONE;
    for point in points {
        products.push(product);
        product = product.times(&point.z);
    }
    let mut inverse = product.inverse();
    let mut niels = Vec::with_capacity(points.len());
    for (point, before) in points.iter().zip(products).rev() {
        let half_of_z = inverse.times(&before).times(&half);
        inverse = inverse.times(&point.z);
        let (x, y) = (point.x.times(&half_of_z), point.y.times(&half_of_z));
        let product = x.times(&y).times(&four_d).loose();
        niels.push(Niels { half_sum: y.plus(&x), half_difference: y.minus(&x), product });
    }
    niels.reverse();
    niels
}

#[cfg(test)]
mod tests {
    use super::super::field_25519::{Fiat32, Fiat64};
    use super::*;
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT as BASE, EIGHT_TORSION};
    use curve25519_dalek::edwards::EdwardsPoint;
    use curve25519_dalek::traits::Identity as _;
    use proptest::prelude::*;

    fn multiplies<F: Element>(point: &EdwardsPoint, times: &Scalar, sum: &EdwardsPoint, width: usize) -> bool {
        let [encoded, start] = [point, sum].map(|point| point.compress().0);
        let ours = Windows::<F>::of(&encoded, width).add_times(times, Extended::of(&start));
        ours.encoded() == (sum + point * times).compress().0
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn windows_multiply_as_the_curve_does(wide in any::<[[u8; 32]; 3]>(), width in 2usize..=8) {
            let [point, times, sum] = wide.map(Scalar::from_bytes_mod_order);
            let [point, sum] = [point, sum].map(|scalar| EdwardsPoint::mul_base(&scalar));
            prop_assert!(multiplies::<Fiat32>(&point, &times, &sum, width));
            prop_assert!(multiplies::<Fiat64>(&point, &times, &sum, width));
        }
    }

    /// Sums that meet the point itself, its opposite and the neutral one on their way, and points of small order.
    #[test]
    fn the_formulas_hold_everywhere() {
        let small = |number: u64| Scalar::from(number);
        let times =
            [Scalar::ZERO, Scalar::ONE, -Scalar::ONE, small(2), small(15), small(16), -small(17), small(1 << 20)];
        for times in times {
            let partial = [Scalar::ONE, times, -times, small(16), -small(16), times - Scalar::ONE, -(times + times)];
            let sums = partial.map(|scalar| BASE * scalar).into_iter().chain(EIGHT_TORSION);
            for sum in sums.chain([EdwardsPoint::identity(), BASE + EIGHT_TORSION[1]]) {
                assert!(multiplies::<Fiat32>(&BASE, &times, &sum, 4));
                assert!(multiplies::<Fiat64>(&BASE, &times, &sum, 4));
            }
        }
        // A table of what a key cannot be adds up all the same.
        for point in EIGHT_TORSION.into_iter().chain(EIGHT_TORSION.map(|point| point + BASE)) {
            // A multiple of a point that is not of prime order is no matter of the scalar modulo that order alone.
            for times in [1, 3, 7, 100].map(small) {
                assert!(multiplies::<Fiat32>(&point, &times, &BASE, 5));
                assert!(multiplies::<Fiat64>(&point, &times, &BASE, 5));
            }
        }
    }

    #[test]
    fn encodings_are_read_and_written() {
        let points = (0..64u64).map(|number| BASE * Scalar::from(number)).chain(EIGHT_TORSION);
        for encoded in points.flat_map(|point| [point, -point]).map(|point| point.compress().0) {
            assert_eq!(Extended::<Fiat32>::of(&encoded).encoded(), encoded);
            assert_eq!(Extended::<Fiat64>::of(&encoded).encoded(), encoded);
        }
    }
}
