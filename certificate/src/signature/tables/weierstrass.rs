//! Multiples of points of P-256.
//!
//! The formulas are `dbl-2001-b` and `madd` (Cohen, Miyaji and Ono, 1998) of the Explicit-Formulas Database, for curves
//! y² = x³ − 3x + b. Where they do not hold, at infinity and for two points with one x, the cases are told apart.

use super::Table;
use super::digits::{digits, windows};
use super::field::Element;

#[cfg(target_arch = "wasm32")]
type Number = super::field_of_curve::Own;
#[cfg(not(target_arch = "wasm32"))]
type Number = super::field_of_fiat::Fiat;

/// Windows over the field that is the fastest here.
pub type Multiples = Windows<Number>;
/// A sum of points over it.
pub type Sum = Jacobian<Number>;

/// p − n, big-endian: the difference of the field's order and the group's.
const P_LESS_N: [u8; 32] =
    *b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x43\x19\x05\x53\x58\xe8\x61\x7b\x0c\x46\x35\x3d\x03\x9c\xda\xae";
/// n, big-endian.
const N: [u8; 32] = *b"\xff\xff\xff\xff\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xbc\xe6\xfa\xad\xa7\x17\x9e\x84\xf3\xb9\xca\xc2\xfc\x63\x25\x51";

/// So many points share an inversion, which takes as long as 30 additions.
const AT_ONCE: usize = 1024;

/// Scalars are below n.
const BITS: usize = 256;

/// A point that is not infinity.
#[derive(Clone, Copy)]
struct Affine<F> {
    x: F,
    y: F,
}

/// A point: (X/Z², Y/Z³), or infinity where Z is 0.
#[derive(Clone, Copy)]
pub struct Jacobian<F> {
    x: F,
    y: F,
    z: F,
}

impl<F: Element> Jacobian<F> {
    pub const INFINITY: Self = Self { x: F::ONE, y: F::ONE, z: F::ZERO };

    fn of(point: &Affine<F>) -> Self {
        Self { x: point.x, y: point.y, z: F::ONE }
    }

    fn is_infinity(&self) -> bool {
        self.z == F::ZERO
    }

    /// `dbl-2001-b`. No point has order 2, and infinity stays infinity.
    fn doubled(&self) -> Self {
        let delta = self.z.squared();
        let gamma = self.y.squared();
        let beta = self.x.times(&gamma);
        let alpha = self.x.minus(&delta).times(&self.x.plus(&delta));
        let alpha = alpha.doubled().plus(&alpha);
        let four_beta = beta.doubled().doubled();
        let x = alpha.squared().minus(&four_beta.doubled());
        let z = self.y.times(&self.z).doubled();
        let y = alpha.times(&four_beta.minus(&x)).minus(&gamma.squared().doubled().doubled().doubled());
        Self { x, y, z }
    }

    /// Eight products and three squares.
    fn plus(&self, other: &Affine<F>) -> Self {
        if self.is_infinity() {
            return Self::of(other);
        }
        let zz = self.z.squared();
        let h = other.x.times(&zz).minus(&self.x);
        let r = other.y.times(&self.z.times(&zz)).minus(&self.y);
        if h == F::ZERO {
            // The same x: the same point, or its opposite.
            return if r == F::ZERO { self.doubled() } else { Self::INFINITY };
        }
        let hh = h.squared();
        let hhh = h.times(&hh);
        let v = self.x.times(&hh);
        let x = r.squared().minus(&hhh).minus(&v.doubled());
        let y = r.times(&v.minus(&x)).minus(&self.y.times(&hhh));
        Self { x, y, z: self.z.times(&h) }
    }

    /// Whether the point's x, modulo the group's order, is this number, big-endian and below that order. Infinity has
    /// no x. The order is below the field's, so an x that is not below the order is itself less the order.
    pub fn has_x(&self, number: &[u8; 32]) -> bool {
        if self.is_infinity() {
            return false;
        }
        let zz = self.z.squared();
        let candidate = F::below_p(number);
        let is = |candidate: &F| candidate.times(&zz) == self.x;
        is(&candidate) || number < &P_LESS_N && is(&candidate.plus(&F::below_p(&N)))
    }
}

/// For each window of a scalar's bits, the point shifted there, once to as many times as half the window's digits.
pub struct Windows<F> {
    /// Bits of a window, from 2 to 8.
    width: usize,
    multiples: Vec<Affine<F>>,
}

impl<F: Element> Table for Windows<F> {
    fn bytes(&self) -> usize {
        self.multiples.capacity() * size_of::<Affine<F>>()
    }
}

impl<F: Element> Windows<F> {
    /// Of the point with these coordinates, which must be on the curve. As the group's order is prime, none of the
    /// multiples is infinity.
    pub fn of(x: &[u8; 32], y: &[u8; 32], width: usize) -> Self {
        let (each, count) = (1 << (width - 1), windows(BITS, width));
        let mut shifted = Vec::with_capacity(count);
        let mut point = Jacobian::of(&Affine { x: F::below_p(x), y: F::below_p(y) });
        for _ in 0..count {
            shifted.push(point);
            for _ in 0..width {
                point = point.doubled();
            }
        }
        let mut multiples = Vec::with_capacity(each * count);
        // Not all at once: a verdict on whatever comes takes little memory for a moment (at most a megabyte).
        for some in affine(&shifted).chunks(AT_ONCE / each) {
            let mut points = Vec::with_capacity(AT_ONCE);
            for shifted in some {
                let mut multiple = Jacobian::INFINITY;
                for _ in 0..each {
                    multiple = multiple.plus(shifted);
                    points.push(multiple);
                }
            }
            multiples.extend(affine(&points));
        }
        Self { width, multiples }
    }

    /// Adds the product with a scalar, big-endian, to a sum.
    pub fn add_times(&self, scalar: &[u8; 32], mut sum: Jacobian<F>) -> Jacobian<F> {
        let mut little_endian = *scalar;
        little_endian.reverse();
        let windows = self.multiples.chunks_exact(1 << (self.width - 1));
        for (multiples, digit) in windows.zip(digits(&little_endian, BITS, self.width)) {
            let multiple = |size: usize| size.checked_sub(1).and_then(|at| multiples.get(at));
            match multiple(usize::from(digit.unsigned_abs())) {
                Some(point) if digit < 0 => sum = sum.plus(&Affine { x: point.x, y: F::ZERO.minus(&point.y) }),
                Some(point) => sum = sum.plus(point),
                None => {}
            }
        }
        sum
    }
}

/// Points, none of them infinity, with one inversion for all (Montgomery's trick).
fn affine<F: Element>(points: &[Jacobian<F>]) -> Vec<Affine<F>> {
    let mut products = Vec::with_capacity(points.len());
    let mut product = F::ONE;
    for point in points {
        products.push(product);
        product = product.times(&point.z);
    }
    let mut inverse = product.inverse();
    let mut affine = Vec::with_capacity(points.len());
    for (point, before) in points.iter().zip(products).rev() {
        let of_z = inverse.times(&before);
        inverse = inverse.times(&point.z);
        let squared = of_z.squared();
        affine.push(Affine { x: point.x.times(&squared), y: point.y.times(&squared.times(&of_z)) });
    }
    affine.reverse();
    affine
}

#[cfg(test)]
mod tests {
    use super::super::field_of_curve::Own;
    use super::super::field_of_fiat::Fiat;
    use super::*;
    use p256::elliptic_curve::ff::PrimeField as _;
    use p256::elliptic_curve::point::AffineCoordinates as _;
    use p256::{AffinePoint, ProjectivePoint, Scalar};
    use proptest::prelude::*;

    fn scalar(mut bytes: [u8; 32]) -> Scalar {
        bytes[0] &= 0x7f;
        Option::from(Scalar::from_repr(bytes.into())).expect("below n")
    }

    fn table<F: Element>(point: &ProjectivePoint, width: usize) -> Windows<F> {
        let point = point.to_affine();
        Windows::of(&point.x().into(), &point.y().into(), width)
    }

    fn jacobian<F: Element>(point: &ProjectivePoint) -> Jacobian<F> {
        if *point == ProjectivePoint::IDENTITY {
            return Jacobian::INFINITY;
        }
        let point: AffinePoint = point.to_affine();
        Jacobian::of(&Affine { x: F::below_p(&point.x().into()), y: F::below_p(&point.y().into()) })
    }

    /// Whether both are the same point.
    fn same<F: Element>(a: &Jacobian<F>, b: &Jacobian<F>) -> bool {
        let (aa, bb) = (a.z.squared(), b.z.squared());
        a.is_infinity() == b.is_infinity()
            && a.x.times(&bb) == b.x.times(&aa)
            && a.y.times(&bb.times(&b.z)) == b.y.times(&aa.times(&a.z))
    }

    fn multiplies<F: Element>(point: &ProjectivePoint, times: &Scalar, sum: &ProjectivePoint, width: usize) -> bool {
        let ours = table::<F>(point, width).add_times(&times.to_bytes().into(), jacobian(sum));
        same(&ours, &jacobian(&(*sum + *point * *times)))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn windows_multiply_as_the_curve_does(wide in any::<[[u8; 32]; 3]>(), width in 2usize..=8) {
            let [point, times, sum] = wide.map(scalar);
            let [point, sum] = [point, sum].map(|scalar| ProjectivePoint::GENERATOR * scalar);
            prop_assert!(multiplies::<Fiat>(&point, &times, &sum, width));
            prop_assert!(multiplies::<Own>(&point, &times, &sum, width));
        }
    }

    /// Sums that meet the point itself, its opposite and infinity on their way.
    #[test]
    fn where_formulas_do_not_hold_sums_are_right() {
        let base = ProjectivePoint::GENERATOR;
        let (one, small) = (Scalar::ONE, |number: u64| Scalar::from(number));
        let times = [Scalar::ZERO, one, -one, small(2), small(15), small(16), small(17), -small(2), small(1 << 20)];
        for times in times {
            let partial = [one, -one, times, -times, small(16), -small(16), times - one, one - times, -(times + times)];
            for sum in partial.map(|scalar| base * scalar).into_iter().chain([ProjectivePoint::IDENTITY]) {
                assert!(multiplies::<Fiat>(&base, &times, &sum, 4));
                assert!(multiplies::<Own>(&base, &times, &sum, 4));
            }
        }
    }

    #[test]
    fn both_fields_are_the_same_and_invert() {
        let bytes = |number: u8| [number; 32];
        for number in 1..=0xfe {
            let (ours, own) = (Fiat::below_p(&bytes(number)), Own::below_p(&bytes(number)));
            assert!(ours.times(&ours.inverse()) == Fiat::ONE && own.times(&own.inverse()) == Own::ONE);
            let mixed = |at: u8| bytes(at);
            let of = |x: [u8; 32]| (Fiat::below_p(&x), Own::below_p(&x));
            let (other, theirs) = of(mixed(0xff - number));
            // Through the one way out that both have: the bytes of the crate's.
            let expect = |own: Own| Fiat::below_p(&own.to_bytes());
            assert!(ours.times(&other) == expect(own.times(&theirs)));
            assert!(ours.plus(&other) == expect(own.plus(&theirs)));
            assert!(ours.minus(&other) == expect(own.minus(&theirs)));
            assert!(ours.squared() == expect(own.squared()));
        }
        assert!(Fiat::ZERO.inverse() == Fiat::ZERO && Fiat::ZERO.minus(&Fiat::ONE).plus(&Fiat::ONE) == Fiat::ZERO);
    }

    /// x at or above the group's order, which random points never have: both of its forms are x modulo that order.
    #[test]
    fn an_x_beyond_the_order_is_known_by_its_remainder() {
        fn check<F: Element>() {
            let z = F::below_p(&[7; 32]);
            let point = |x: F| Jacobian { x: x.times(&z.squared()), y: F::ONE, z };
            let mut five = [0; 32];
            five[31] = 5;
            let beyond = F::below_p(&N).plus(&F::below_p(&five));
            assert!(point(beyond).has_x(&five));
            assert!(point(F::below_p(&five)).has_x(&five));
            assert!(!point(beyond).has_x(&[1; 32]));
            // p − n and what follows plus n is p and what follows: no x of any point.
            assert!(!point(F::ZERO).has_x(&P_LESS_N));
            let mut last = P_LESS_N;
            last[31] -= 1;
            assert!(point(F::ZERO.minus(&F::ONE)).has_x(&last));
            assert!(!Jacobian::<F>::INFINITY.has_x(&[0; 32]) && !Jacobian { z: F::ZERO, ..point(F::ONE) }.has_x(&five));
        }
        check::<Fiat>();
        check::<Own>();
    }
}
