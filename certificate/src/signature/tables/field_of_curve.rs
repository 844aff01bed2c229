//! The field of the crate `p256`. In wasm, where products of 64 bits are slow, it is as fast as fiat-crypto's, and it
//! is in every page already.

use super::field::Element;
use ecdsa::elliptic_curve::hazmat::FieldArithmetic;
use p256::NistP256;
use p256::elliptic_curve::ff::PrimeField;

type Number = <NistP256 as FieldArithmetic>::FieldElement;

/// A number of the curve's field.
#[derive(Clone, Copy, PartialEq)]
pub struct Own(Number);

impl Element for Own {
    const ZERO: Self = Self(Number::ZERO);
    const ONE: Self = Self(Number::ONE);

    fn below_p(bytes: &[u8; 32]) -> Self {
        // Never zero by accident: all callers have numbers below p.
        Self(Option::from(Number::from_repr((*bytes).into())).unwrap_or(Number::ZERO))
    }

    fn plus(&self, other: &Self) -> Self {
        Self(self.0 + other.0)
    }

    fn minus(&self, other: &Self) -> Self {
        Self(self.0 - other.0)
    }

    fn times(&self, other: &Self) -> Self {
        Self(self.0 * other.0)
    }

    fn squared(&self) -> Self {
        Self(self.0.square())
    }
}

#[cfg(test)]
impl Own {
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_repr().into()
    }
}
