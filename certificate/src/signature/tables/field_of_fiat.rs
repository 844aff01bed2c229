//! The field as fiat-crypto derives it, with a machine-checked proof that it computes what it says: natively a third
//! faster than the field of the crate `p256` (measured).

use super::field::Element;
use fiat_crypto::p256_64::{
    fiat_p256_add, fiat_p256_from_bytes, fiat_p256_montgomery_domain_field_element as Montgomery, fiat_p256_mul,
    fiat_p256_non_montgomery_domain_field_element as Plain, fiat_p256_set_one, fiat_p256_square, fiat_p256_sub,
    fiat_p256_to_montgomery,
};

/// In the Montgomery domain, and always below p: every number has one form.
#[derive(Clone, Copy)]
pub struct Fiat(Montgomery);

impl PartialEq for Fiat {
    fn eq(&self, other: &Self) -> bool {
        self.0.0 == other.0.0
    }
}

const fn zero() -> Montgomery {
    Montgomery([0; 4])
}

const fn one() -> Montgomery {
    let mut one = zero();
    fiat_p256_set_one(&mut one);
    one
}

impl Element for Fiat {
    const ZERO: Self = Self(zero());
    const ONE: Self = Self(one());

    fn below_p(bytes: &[u8; 32]) -> Self {
        let mut little_endian = *bytes;
        little_endian.reverse();
        let (mut plain, mut number) = (Plain([0; 4]), zero());
        fiat_p256_from_bytes(&mut plain.0, &little_endian);
        fiat_p256_to_montgomery(&mut number, &plain);
        Self(number)
    }

    #[inline]
    fn plus(&self, other: &Self) -> Self {
        let mut sum = zero();
        fiat_p256_add(&mut sum, &self.0, &other.0);
        Self(sum)
    }

    #[inline]
    fn minus(&self, other: &Self) -> Self {
        let mut difference = zero();
        fiat_p256_sub(&mut difference, &self.0, &other.0);
        Self(difference)
    }

    #[inline]
    fn times(&self, other: &Self) -> Self {
        let mut product = zero();
        fiat_p256_mul(&mut product, &self.0, &other.0);
        Self(product)
    }

    #[inline]
    fn squared(&self) -> Self {
        let mut square = zero();
        fiat_p256_square(&mut square, &self.0);
        Self(square)
    }
}
