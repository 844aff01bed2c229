//! Vaccination coupons (接種券): ten digits that people see, eighteen in the line that machines read.

use super::cells::digits;

/// A coupon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Coupon {
    /// Its number: ten digits.
    pub(crate) number: u64,
    /// From all eighteen digits: the dose that it is for, and the municipality's code, unchecked.
    pub(crate) whole: Option<(u8, u32)>,
}

impl Coupon {
    /// Reads the ten digits, of which zeros in front may be left out, or kind (1), dose (1), municipality (6) and number
    /// (10) in a row.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        if let Some(number) = digits(text, 10) {
            return Some(Self { number, whole: None });
        }
        let all = digits(text, 18).filter(|_| text.len() == 18)?;
        let number = all % 10_000_000_000;
        let municipality = u32::try_from(all / 10_000_000_000 % 1_000_000).ok()?;
        let dose = u8::try_from(all / 10_000_000_000_000_000 % 10).ok()?;
        Some(Self { number, whole: Some((dose, municipality)) })
    }

    /// What tells it from every other: municipality, number and dose, 61 bits.
    pub(crate) fn key(number: u64, municipality: Option<u32>, dose: u8) -> u64 {
        u64::from(municipality.unwrap_or(0)) << 41 | number << 7 | u64::from(dose)
    }
}
