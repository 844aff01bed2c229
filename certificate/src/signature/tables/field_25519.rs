//! The field of Curve25519, 2²⁵⁵ − 19, as fiat-crypto derives it, with a machine-checked proof that it computes what it
//! says. The types keep its bounds: sums are carried before they are summed again.

/// A number modulo p = 2²⁵⁵ − 19, carried.
pub trait Element: Copy + Send + Sync + 'static {
    /// What is not carried yet: a sum or a difference. It can be a factor, and nothing else.
    type Loose: Copy + Send + Sync + 'static;

    const ZERO: Self;
    const ONE: Self;

    /// From little-endian bytes, of which the highest bit does not count.
    fn from_bytes(bytes: &[u8; 32]) -> Self;
    /// The little-endian bytes of the number below p.
    fn to_bytes(self) -> [u8; 32];
    fn plus(&self, other: &Self) -> Self::Loose;
    fn minus(&self, other: &Self) -> Self::Loose;
    fn product(a: &Self::Loose, b: &Self::Loose) -> Self;
    fn square(of: &Self::Loose) -> Self;
    fn carried(of: &Self::Loose) -> Self;
    /// The same number, as a factor.
    fn loose(&self) -> Self::Loose;

    fn times(&self, other: &Self) -> Self {
        Self::product(&self.loose(), &other.loose())
    }

    fn squared(&self) -> Self {
        self.squared_times(1)
    }

    /// To the power of 2^`times`.
    fn squared_times(self, times: usize) -> Self;

    /// To the powers of 11 and 2²⁵⁰ − 1.
    fn powers(&self) -> (Self, Self) {
        let two = self.squared();
        let nine = two.squared_times(2).times(self);
        let eleven = nine.times(&two);
        // Each is to the power of 2^n − 1.
        let n5 = eleven.squared().times(&nine);
        let n10 = n5.squared_times(5).times(&n5);
        let n20 = n10.squared_times(10).times(&n10);
        let n40 = n20.squared_times(20).times(&n20);
        let n50 = n40.squared_times(10).times(&n10);
        let n100 = n50.squared_times(50).times(&n50);
        let n200 = n100.squared_times(100).times(&n100);
        (eleven, n200.squared_times(50).times(&n50))
    }

    /// Its inverse, by Fermat's little theorem: to the power of p − 2 = (2²⁵⁰ − 1) · 2⁵ + 11. Of 0 it is 0.
    fn inverse(&self) -> Self {
        let (eleven, n250) = self.powers();
        n250.squared_times(5).times(&eleven)
    }

    /// To the power of (p − 5) / 8 = (2²⁵⁰ − 1) · 2² + 1.
    fn to_the_p58(&self) -> Self {
        let (_, n250) = self.powers();
        n250.squared_times(2).times(self)
    }
}

/// An [`Element`] of one of fiat-crypto's forms.
macro_rules! fiat {
    ($name:ident: $form:ident, [$limb:ty; $limbs:literal]) => {
        mod $form {
            use super::Element;
            use fiat_crypto::$form::{
                fiat_25519_add, fiat_25519_carry, fiat_25519_carry_mul, fiat_25519_carry_square, fiat_25519_from_bytes,
                fiat_25519_loose_field_element as Loose, fiat_25519_relax, fiat_25519_sub,
                fiat_25519_tight_field_element as Tight, fiat_25519_to_bytes,
            };

            const fn tight(lowest: $limb) -> Tight {
                let mut limbs = [0; $limbs];
                limbs[0] = lowest;
                Tight(limbs)
            }

            const fn loose() -> Loose {
                Loose([0; $limbs])
            }

            /// A number of the field.
            #[derive(Clone, Copy)]
            pub struct $name(Tight);

            impl Element for $name {
                type Loose = Loose;

                const ZERO: Self = Self(tight(0));
                const ONE: Self = Self(tight(1));

                fn from_bytes(bytes: &[u8; 32]) -> Self {
                    let (mut number, mut bytes) = (tight(0), *bytes);
                    bytes[31] &= 0x7f;
                    fiat_25519_from_bytes(&mut number, &bytes);
                    Self(number)
                }

                fn to_bytes(self) -> [u8; 32] {
                    let mut bytes = [0; 32];
                    fiat_25519_to_bytes(&mut bytes, &self.0);
                    bytes
                }

                #[inline]
                fn plus(&self, other: &Self) -> Loose {
                    let mut sum = loose();
                    fiat_25519_add(&mut sum, &self.0, &other.0);
                    sum
                }

                #[inline]
                fn minus(&self, other: &Self) -> Loose {
                    let mut difference = loose();
                    fiat_25519_sub(&mut difference, &self.0, &other.0);
                    difference
                }

                #[inline]
                fn product(a: &Loose, b: &Loose) -> Self {
                    let mut product = tight(0);
                    fiat_25519_carry_mul(&mut product, a, b);
                    Self(product)
                }

                #[inline]
                fn square(of: &Loose) -> Self {
                    let mut square = tight(0);
                    fiat_25519_carry_square(&mut square, of);
                    Self(square)
                }

                fn squared_times(mut self, times: usize) -> Self {
                    // One after the other in place: most of an inversion is this.
                    let mut factor = loose();
                    for _ in 0..times {
                        fiat_25519_relax(&mut factor, &self.0);
                        fiat_25519_carry_square(&mut self.0, &factor);
                    }
                    self
                }

                fn carried(of: &Loose) -> Self {
                    let mut carried = tight(0);
                    fiat_25519_carry(&mut carried, of);
                    Self(carried)
                }

                #[inline]
                fn loose(&self) -> Loose {
                    let mut same = loose();
                    fiat_25519_relax(&mut same, &self.0);
                    same
                }
            }
        }
        pub use $form::$name;
    };
}

// Where there is no product of 64 bits by 64.
#[cfg(any(target_arch = "wasm32", test))]
fiat!(Fiat32: curve25519_32, [u32; 10]);
#[cfg(not(target_arch = "wasm32"))]
fiat!(Fiat64: curve25519_64, [u64; 5]);

#[cfg(test)]
mod tests {
    use super::*;
    use crypto_bigint::{NonZero, U256, U512};
    use proptest::prelude::*;

    /// p, little-endian.
    const P: [u8; 32] = {
        let mut p = [0xff; 32];
        p[0] = 0xed;
        p[31] = 0x7f;
        p
    };

    fn modulo_p(number: U512) -> [u8; 32] {
        let p = NonZero::new(U256::from_le_slice(&P).resize::<{ U512::LIMBS }>()).expect("not 0");
        let bytes = number.rem_vartime(&p).to_le_bytes();
        bytes.as_ref().split_first_chunk().map(|(low, _)| *low).expect("64 bytes")
    }

    fn wide(bytes: &[u8; 32]) -> U512 {
        let mut bytes = *bytes;
        bytes[31] &= 0x7f;
        U256::from_le_slice(&bytes).resize()
    }

    /// All operations against plain arithmetic.
    fn check<F: Element>(a: &[u8; 32], b: &[u8; 32]) {
        let (ours, other) = (F::from_bytes(a), F::from_bytes(b));
        let (a, b, p) = (wide(a), wide(b), wide(&P));
        let carried = |loose| F::carried(&loose).to_bytes();
        assert_eq!(ours.to_bytes(), modulo_p(a));
        assert_eq!(carried(ours.plus(&other)), modulo_p(a.wrapping_add(&b)));
        // Below 2²⁵⁵ each: 2p more is more.
        assert_eq!(carried(ours.minus(&other)), modulo_p(a.wrapping_add(&p).wrapping_add(&p).wrapping_sub(&b)));
        assert_eq!(ours.times(&other).to_bytes(), modulo_p(a.wrapping_mul(&b)));
        assert_eq!(ours.squared().to_bytes(), modulo_p(a.wrapping_mul(&a)));
        let sum = a.wrapping_add(&b);
        assert_eq!(F::square(&ours.plus(&other)).to_bytes(), modulo_p(sum.wrapping_mul(&sum)));
        let inverse = ours.inverse();
        let one = if modulo_p(a) == [0; 32] { F::ZERO } else { F::ONE };
        assert_eq!(inverse.times(&ours).to_bytes(), one.to_bytes());
        // (p − 5) / 8 times eight and four more is p − 1.
        let power = ours.to_the_p58().squared_times(3).times(&ours.squared_times(2));
        assert_eq!(power.to_bytes(), one.to_bytes());
    }

    proptest! {
        #[test]
        fn it_computes_modulo_p(a in any::<[u8; 32]>(), b in any::<[u8; 32]>()) {
            check::<Fiat32>(&a, &b);
            check::<Fiat64>(&a, &b);
        }
    }

    #[test]
    fn at_its_edges_it_computes_modulo_p() {
        let near_p = |difference: i16| {
            let mut number = P;
            number[0] = number[0].wrapping_add_signed(i8::try_from(difference).expect("small"));
            number
        };
        let small = |number: u8| {
            let mut bytes = [0; 32];
            bytes[0] = number;
            bytes
        };
        let edges = [small(0), small(1), small(19), near_p(-1), near_p(0), near_p(1), near_p(18), [0xff; 32]];
        for (a, b) in edges.iter().flat_map(|a| edges.iter().map(move |b| (a, b))) {
            check::<Fiat32>(a, b);
            check::<Fiat64>(a, b);
        }
    }
}
