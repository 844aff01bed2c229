//! Error correction codewords (ISO/IEC 18004, 7.5.2): Reed–Solomon over GF(2⁸) with the polynomial 0x11D.

use std::sync::OnceLock;

/// The most error correction codewords a block has.
const MOST: usize = 30;

/// Error correction codewords of a block, the first one first; those beyond its number are zero.
pub(super) type Remainder = [u8; 32];

/// For each byte, its products with a generator's coefficients behind the leading one, the first in the highest byte.
type Products = [[u128; 2]; 256];

/// The remainder of a block's data by the generator of that degree, 1 to 30.
pub(super) fn remainder(data: &[u8], degree: usize) -> Remainder {
    let products = products(degree);
    let [mut high, mut low] = [0_u128; 2];
    for byte in data {
        let [add_high, add_low] = products[usize::from((high >> 120) as u8 ^ byte)];
        high = (high << 8 | low >> 120) ^ add_high;
        low = low << 8 ^ add_low;
    }
    let mut remainder = [0; 32];
    remainder[..16].copy_from_slice(&high.to_be_bytes());
    remainder[16..].copy_from_slice(&low.to_be_bytes());
    remainder
}

/// Made once for each degree that is used: eight kilobytes.
fn products(degree: usize) -> &'static Products {
    static TABLES: [OnceLock<Box<Products>>; MOST + 1] = [const { OnceLock::new() }; MOST + 1];
    TABLES[degree].get_or_init(|| {
        let generator = generator(degree);
        let mut table = Box::new([[0; 2]; 256]);
        for (factor, entry) in (0..=u8::MAX).zip(table.iter_mut()) {
            let mut bytes = [0; 32];
            for (to, coefficient) in bytes.iter_mut().zip(&generator) {
                *to = multiply(*coefficient, factor);
            }
            let half = |from: usize| {
                let half = bytes[from..from + 16].iter();
                half.fold(0, |number, byte| number << 8 | u128::from(*byte))
            };
            *entry = [half(0), half(16)];
        }
        table
    })
}

/// The product of (x − 2⁰)(x − 2¹)… of that many factors, without its leading coefficient, the highest power first.
fn generator(degree: usize) -> Vec<u8> {
    let mut coefficients = vec![0; degree];
    coefficients[degree - 1] = 1;
    let mut root = 1;
    for _ in 0..degree {
        for at in 0..degree {
            coefficients[at] = multiply(coefficients[at], root);
            if let Some(next) = coefficients.get(at + 1).copied() {
                coefficients[at] ^= next;
            }
        }
        root = multiply(root, 2);
    }
    coefficients
}

/// The product of two elements.
fn multiply(one: u8, other: u8) -> u8 {
    let mut product = 0_u8;
    for bit in (0..8).rev() {
        let carry = if product & 0x80 == 0 { 0 } else { 0x1D };
        product = product << 1 ^ carry;
        if other >> bit & 1 == 1 {
            product ^= one;
        }
    }
    product
}
