//! A person's doses as one value of the register.
//!
//! Version byte 1, then dose after dose, each a row of unsigned LEB128 numbers: dose number, day
//! (zigzag, from 1970-01-01), CVX code, maker, lot, place (terms), coupon number and municipality
//! code (each plus one; 0 is none), import and line they came from. A term is 0 for none, 1 for a
//! text that follows (length, UTF-8), otherwise its `term.id` plus 2.

use std::sync::LazyLock;
use tegata_certificate::vaccine::{Disease, PRODUCTS};

/// A text that many doses share.
#[derive(Clone, PartialEq, Eq, Default)]
#[cfg_attr(test, derive(Debug))]
pub(crate) enum Term {
    /// No text.
    #[default]
    Absent,
    /// The text with that id in the table `term`.
    Known(u32),
    /// A text that the full table had no room for.
    Inline(String),
}

/// One dose as the register keeps it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(test, derive(Debug))]
pub(crate) struct PackedDose {
    pub(crate) number: u8,
    /// Days from 1970-01-01.
    pub(crate) day: i32,
    pub(crate) cvx: u16,
    pub(crate) maker: Term,
    pub(crate) lot: Term,
    pub(crate) site: Term,
    pub(crate) ticket: Option<u64>,
    pub(crate) municipality: Option<u32>,
    /// The import that last confirmed the dose, and the line of its file.
    pub(crate) import: u64,
    pub(crate) line: u64,
}

/// Which series a dose counts in: all COVID-19 vaccines in one, every other product in its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(crate) enum Series {
    Covid19,
    Product(u16),
}

impl Series {
    pub(crate) fn of(cvx: u16) -> Self {
        /// A bit a code: asked once or more a dose.
        static COVID_19: LazyLock<[u64; 16]> = LazyLock::new(|| {
            let mut bits = [0; 16];
            for product in PRODUCTS.iter().filter(|product| product.diseases() == [Disease::Covid19]) {
                if let Some(word) = bits.get_mut(usize::from(product.cvx / 64)) {
                    *word |= 1_u64 << (product.cvx % 64);
                }
            }
            bits
        });
        let covid = COVID_19.get(usize::from(cvx / 64)).is_some_and(|word| word >> (cvx % 64) & 1 == 1);
        if covid { Self::Covid19 } else { Self::Product(cvx) }
    }
}

impl PackedDose {
    /// What makes it this dose and no other of the person.
    pub(crate) fn key(&self) -> (Series, u8) {
        (Series::of(self.cvx), self.number)
    }

    /// Whether both say the same, wherever they came from.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        let content = |dose: &Self| (dose.number, dose.day, dose.cvx, dose.ticket, dose.municipality);
        content(self) == content(other) && self.maker == other.maker && self.lot == other.lot && self.site == other.site
    }
}

const VERSION: u8 = 1;

/// Packs doses; none at all are no bytes.
pub(crate) fn pack(doses: &[PackedDose]) -> Vec<u8> {
    if doses.is_empty() {
        return Vec::new();
    }
    let mut bytes = Vec::with_capacity(1 + doses.len() * 32);
    bytes.push(VERSION);
    for dose in doses {
        put(&mut bytes, u64::from(dose.number));
        put(&mut bytes, zigzag(dose.day));
        put(&mut bytes, u64::from(dose.cvx));
        for term in [&dose.maker, &dose.lot, &dose.site] {
            match term {
                Term::Absent => put(&mut bytes, 0),
                Term::Known(id) => put(&mut bytes, u64::from(*id) + 2),
                Term::Inline(text) => {
                    put(&mut bytes, 1);
                    put(&mut bytes, text.len() as u64);
                    bytes.extend_from_slice(text.as_bytes());
                }
            }
        }
        put(&mut bytes, dose.ticket.map_or(0, |ticket| ticket + 1));
        put(&mut bytes, dose.municipality.map_or(0, |code| u64::from(code) + 1));
        put(&mut bytes, dose.import);
        put(&mut bytes, dose.line);
    }
    bytes
}

/// Unpacks doses; `None` if the bytes are not what [`pack`] writes.
pub(crate) fn unpack(bytes: &[u8]) -> Option<Vec<PackedDose>> {
    let Some((&version, mut rest)) = bytes.split_first() else { return Some(Vec::new()) };
    if version != VERSION {
        return None;
    }
    let mut doses = Vec::new();
    while !rest.is_empty() {
        let rest = &mut rest;
        doses.push(PackedDose {
            number: take(rest)?.try_into().ok()?,
            day: unzigzag(take(rest)?)?,
            cvx: take(rest)?.try_into().ok()?,
            maker: take_term(rest)?,
            lot: take_term(rest)?,
            site: take_term(rest)?,
            ticket: take(rest)?.checked_sub(1),
            municipality: take(rest)?.checked_sub(1).map(u32::try_from).transpose().ok()?,
            import: take(rest)?,
            line: take(rest)?,
        });
    }
    Some(doses)
}

fn take_term(rest: &mut &[u8]) -> Option<Term> {
    Some(match take(rest)? {
        0 => Term::Absent,
        1 => {
            let length = usize::try_from(take(rest)?).ok()?;
            let (text, after) = rest.split_at_checked(length)?;
            *rest = after;
            Term::Inline(std::str::from_utf8(text).ok()?.to_owned())
        }
        id => Term::Known(u32::try_from(id - 2).ok()?),
    })
}

pub(super) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push((number & 0x7F) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

pub(super) fn take(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for place in 0..9 {
        let (&byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7F) << (7 * place);
        if byte < 0x80 {
            return Some(number);
        }
    }
    None
}

fn zigzag(number: i32) -> u64 {
    let number = i64::from(number);
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> Option<i32> {
    let half = i64::try_from(number >> 1).ok()?;
    i32::try_from(if number & 1 == 0 { half } else { -half - 1 }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn term() -> impl Strategy<Value = Term> {
        prop_oneof![Just(Term::Absent), any::<u32>().prop_map(Term::Known), ".{0,20}".prop_map(Term::Inline)]
    }

    prop_compose! {
        fn dose()(number: u8, day: i32, cvx: u16, maker in term(), lot in term(), site in term(),
            ticket in proptest::option::of(0..9_999_999_999_u64), municipality in proptest::option::of(0..999_999_u32),
            import in 0..1_u64 << 40, line in 0..1_u64 << 40) -> PackedDose {
            PackedDose { number, day, cvx, maker, lot, site, ticket, municipality, import, line }
        }
    }

    proptest! {
        #[test]
        fn what_is_packed_is_unpacked(doses in proptest::collection::vec(dose(), 0..6)) {
            prop_assert!(unpack(&pack(&doses)) == Some(doses));
        }

        #[test]
        fn no_bytes_make_unpacking_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
        }
    }

    #[test]
    fn all_covid_19_products_count_in_one_series() {
        assert_eq!(Series::of(208), Series::of(207));
        assert_ne!(Series::of(208), Series::of(37));
        assert_ne!(Series::of(37), Series::of(10));
    }

    #[test]
    fn three_doses_of_a_common_kind_take_less_than_a_hundred_bytes() {
        let dose = |number: u8| PackedDose {
            number,
            day: 18_700,
            cvx: 208,
            maker: Term::Known(1),
            lot: Term::Known(300),
            site: Term::Known(200),
            ticket: Some(1_234_567_890),
            municipality: Some(131_016),
            import: 1,
            line: 100_000,
        };
        assert!(pack(&[dose(1), dose(2), dose(3)]).len() < 100);
    }
}
